//! Requests to the server, and the rules that keep creations from happening twice.

use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::operations as op;
use bimpe::schema::{Operation, ResponseShape, Type};
use bimpe::{Client, Error, ErrorKind};
use serde_json::{Map, Value};

use crate::kinds::Kind;

/// How often a 409 is waited out: the server may be at work on the same request of another run.
const CONFLICTS: u32 = 4;
const CONFLICT_WAIT: Duration = Duration::from_millis(250);
/// How long a new object may take to appear in its list.
const APPEARANCE: Duration = Duration::from_millis(500);
/// How often an object is created again because an idempotency key gave one that was deleted since.
const CREATIONS: usize = 3;

/// Sends requests.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) client: Client,
}

/// A creation of an object.
pub(crate) struct Creation<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) operation: &'static Operation,
    pub(crate) ids: &'a [String],
    pub(crate) name: &'a str,
    pub(crate) body: &'a Map<String, Value>,
    /// The id of the object that this one replaces.
    pub(crate) replaced: Option<&'a str>,
}

/// The result of a creation.
pub(crate) enum Created {
    /// The data of the response.
    Response(Value),
    /// The new object, as the list shows it.
    Entry(Value),
    /// A person must open this URL to finish.
    Pending(String),
}

impl Remote {
    pub(crate) async fn send(
        &self,
        operation: &'static Operation,
        ids: &[String],
        query: Map<String, Value>,
    ) -> Result<Vec<Value>, Error> {
        let is_page = matches!(operation.response, ResponseShape::Page(_));
        let mut request = OperationRequest::of(operation);
        request.path = ids.to_vec();
        request.query = query;
        if is_page {
            // The oldest first: objects that are created meanwhile do not move the pages.
            request.query.insert("sort".to_owned(), "created_at".into());
            request.query.insert("limit".to_owned(), 100.into());
        }
        let mut all = Vec::new();
        loop {
            let response = match self.client.execute(request.clone()).await {
                // An agent without a workflow has no integrations.
                Err(error) if error.code() == Some("workflow_required") => return Ok(all),
                response => response?,
            };
            match serde_json::from_str(response.data()) {
                Ok(Value::Array(entries)) => all.extend(entries),
                _ => return Err(Error::user(format!("the response of `{}` is not a list", operation.id))),
            }
            match response.next() {
                Some(next) => request.cursor = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    /// Returns an agent by its id, if it exists.
    pub(crate) async fn agent(&self, id: &str) -> Result<Option<Value>, Error> {
        let mut request = OperationRequest::of(&op::AGENTS_RETRIEVE);
        request.path = vec![id.to_owned()];
        match self.client.execute(request).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            response => Ok(serde_json::from_str(response?.data()).ok()),
        }
    }

    /// Returns all objects of a kind below a parent.
    pub(crate) async fn list(&self, kind: &Kind, ids: &[String]) -> Result<Vec<Value>, Error> {
        self.entries(kind, ids, Map::new()).await
    }

    /// Returns the objects of a name.
    pub(crate) async fn named(&self, kind: &Kind, ids: &[String], name: &str) -> Result<Vec<Value>, Error> {
        let mut query = Map::new();
        if kind.list.query.iter().any(|parameter| parameter.name == "search") {
            query.insert("search".to_owned(), name.into());
        }
        let mut entries = self.entries(kind, ids, query).await?;
        entries.retain(|entry| kind.name_of(entry) == name);
        Ok(entries)
    }

    async fn entries(
        &self,
        kind: &Kind,
        ids: &[String],
        mut query: Map<String, Value>,
    ) -> Result<Vec<Value>, Error> {
        if kind.list.query.iter().any(|parameter| parameter.name == "scope") {
            query.insert("scope".to_owned(), "owned".into());
        }
        let mut entries = self.send(kind.list, ids, query).await?;
        // The list of first-party services has an entry for each service, connected or not.
        entries.retain(|entry| entry["id"].is_string() && entry["is_connected"] != false);
        Ok(entries)
    }

    /// Sends a body, and returns the data of the response. The client generates an idempotency key if omitted.
    pub(crate) async fn write(
        &self,
        operation: &'static Operation,
        ids: &[String],
        body: Option<Value>,
        key: Option<String>,
    ) -> Result<Value, Error> {
        let mut request = OperationRequest::of(operation);
        request.path = ids.to_vec();
        request.body = body;
        request.options.idempotency_key = key;
        let response = self.client.execute(request).await?;
        Ok(serde_json::from_str(response.data()).unwrap_or_default())
    }

    /// Deletes an object. Another run may have done so already.
    pub(crate) async fn delete(&self, kind: &Kind, ids: &[String], id: &str) -> Result<(), Error> {
        let ids = [ids, &[id.to_owned()]].concat();
        match self.write(kind.delete, &ids, None, None).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Creates an object, and returns it as the list shows it afterwards.
    ///
    /// The idempotency key follows from the request, so that the server carries out the requests of several runs once. If the
    /// server gives an object that was deleted since, the next key follows from that one.
    pub(crate) async fn create(&self, creation: &Creation<'_>) -> Result<Created, Error> {
        let mut before = creation.replaced.map(str::to_owned);
        for _ in 0..CREATIONS {
            let made = match self.create_once(creation, before.as_deref()).await? {
                Created::Response(made) => made,
                created => return Ok(created),
            };
            if let Some(url) = made["onboarding_url"].as_str() {
                return Ok(Created::Pending(url.to_owned()));
            }
            let id = made["id"].as_str().or_else(|| made["channel_id"].as_str());
            for is_last in [false, true] {
                if let Some(entry) = self.made(creation, id).await? {
                    return Ok(Created::Entry(entry));
                }
                if !is_last {
                    tokio::time::sleep(APPEARANCE).await;
                }
            }
            before = id.map(str::to_owned);
        }
        Err(Error::user(format!("`{}` returned objects that the list does not show", creation.operation.id)))
    }

    /// Returns the object of the creation from the list. Without an id, any of its name but the replaced one.
    async fn made(&self, creation: &Creation<'_>, id: Option<&str>) -> Result<Option<Value>, Error> {
        let listed = self.named(creation.kind, creation.ids, creation.name).await?;
        Ok(listed.into_iter().find(|entry| match id {
            Some(id) => entry["id"] == id,
            None => creation.replaced.is_none_or(|old| entry["id"] != old),
        }))
    }

    /// Sends the request. After a 409, returns the object if another run created it.
    async fn create_once(&self, creation: &Creation<'_>, before: Option<&str>) -> Result<Created, Error> {
        let mut request = OperationRequest::of(creation.operation);
        request.path = creation.ids.to_vec();
        request.body = Some(creation.body.clone().into());
        // A key would repeat the response to an earlier change of the same object, or a URL that has expired.
        let returns_id = returns_id(creation.operation);
        let key = returns_id.then(|| self.client.derived_idempotency_key(&request, before));
        let mut conflicts = 0;
        loop {
            match self.write(creation.operation, creation.ids, request.body.clone(), key.clone()).await {
                Err(error) if is_conflict(&error) && conflicts < CONFLICTS => {
                    tokio::time::sleep(CONFLICT_WAIT * (1 << conflicts)).await;
                    conflicts += 1;
                    if let Some(entry) = self.made(creation, None).await? {
                        return Ok(Created::Entry(entry));
                    }
                }
                made => return made.map(Created::Response),
            }
        }
    }
}

fn returns_id(operation: &Operation) -> bool {
    match operation.response {
        ResponseShape::One(Type::Object(object)) => object.fields.iter().any(|field| field.name == "id"),
        _ => false,
    }
}

/// Whether the server may be at work on the same request. At the limit of the plan, waiting does not help.
fn is_conflict(error: &Error) -> bool {
    error.status() == Some(409) && error.code() != Some("integration_limit_reached")
}
