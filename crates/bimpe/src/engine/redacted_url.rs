//! The URL of a request, as spans show it.

use url::form_urlencoded;

use super::{Client, OperationRequest};

/// The text in place of a secret, as the conventions of OpenTelemetry name it.
const REDACTED: &str = "REDACTED";

impl Client {
    /// Returns the URL of a request for spans: without the values of its query, the ids that are secrets and the path of a
    /// custom request.
    ///
    /// ```
    /// use bimpe::engine::OperationRequest;
    ///
    /// # fn main() -> Result<(), bimpe::Error> {
    /// # let client = bimpe::Client::builder().env(|_| None).api_key("sk_test").build()?;
    /// let mut request = OperationRequest::new("agents.retrieve")?;
    /// request.path.push("cm1234567890".to_owned());
    /// assert_eq!(client.redacted_url(&request), "https://api.bimpe.ai/api/v1/console/agents/cm1234567890");
    /// # Ok(())
    /// # }
    /// ```
    pub fn redacted_url(&self, call: &OperationRequest) -> String {
        let mut url = self.base_url().to_owned();
        if call.custom_path.is_some() {
            url.push('/');
            url.push_str(REDACTED);
        } else {
            url.push_str(&self.failed_request(call.operation, &call.path, call).address());
        }
        for (index, (name, _)) in call.query.iter().filter(|(_, value)| !value.is_null()).enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            url.push('=');
            url.push_str(REDACTED);
        }
        url
    }
}
