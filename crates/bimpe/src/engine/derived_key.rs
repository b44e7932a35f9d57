//! Idempotency keys that follow from a request: equal requests of several programs have the same key.

use serde_json::Value;

use super::hash::hash;
use super::{ApiKey, Client, OperationRequest};
use crate::schema::Operation;

/// Returns the key of a request. `before` is the id of the resource that a request with the same content created before.
/// The hash covers the API key, so that the idempotency key gives no hint of secrets in the body.
pub(crate) fn derived_key(
    api_key: &str,
    operation: &Operation,
    ids: &[String],
    body: Option<&Value>,
    before: Option<&str>,
) -> String {
    let mut body = body.cloned();
    if let Some(body) = &mut body {
        body.sort_all_objects();
    }
    hash(&(api_key, operation.id, ids, body, before)).to_string()
}

impl Client {
    /// Returns an idempotency key that follows from the content of a request: programs that send the same request with the
    /// same API key derive the same key. `before` is the id of the resource that the request created before, if that is gone.
    ///
    /// ```
    /// # fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// use bimpe::engine::OperationRequest;
    ///
    /// let mut request = OperationRequest::new("workflows.create")?;
    /// request.body = Some(serde_json::json!({ "name": "Shop", "system_prompt": "Be brief." }));
    /// assert_eq!(client.derived_idempotency_key(&request, None), client.derived_idempotency_key(&request, None));
    /// # Ok(())
    /// # }
    /// ```
    pub fn derived_idempotency_key(&self, request: &OperationRequest, before: Option<&str>) -> String {
        derived_key(self.key_text(request), request.operation, &request.path, request.body.as_ref(), before)
    }

    /// The API key of a request, to derive hashes from.
    pub(super) fn key_text<'a>(&'a self, request: &'a OperationRequest) -> &'a str {
        let options = request.options.api_key.as_ref().or(self.defaults.api_key.as_ref());
        options.or(self.shared.settings.key.as_ref()).map_or("", ApiKey::text)
    }
}
