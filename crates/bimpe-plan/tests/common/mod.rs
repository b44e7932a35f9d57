//! A sandbox, a client, and short forms of the steps.

#![allow(dead_code, reason = "each test program uses a part")]

use std::path::{Path, PathBuf};

use bimpe::Client;
use bimpe_plan::{Document, Error, Files, Outcome, Plan};
use bimpe_sandbox::Sandbox;
use serde_json::Value;

/// A shop with every kind of object.
pub(crate) const SHOP: &str = include_str!("shop.yaml");

pub(crate) struct Server {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::of(Sandbox::builder().start().await.expect("a sandbox"))
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let client = client(&sandbox);
        Self { sandbox, client }
    }

    pub(crate) async fn plan(&self, text: &str) -> Plan {
        plan(&self.client, &document(text)).await
    }

    /// Plans and applies a text, which must succeed.
    pub(crate) async fn apply(&self, text: &str) -> Outcome {
        self.apply_document(&document(text), false).await
    }

    pub(crate) async fn apply_document(&self, document: &Document, prune: bool) -> Outcome {
        let plan = bimpe_plan::plan(&self.client, document, prune).await.expect("a plan");
        let outcome = bimpe_plan::apply(&self.client, document, &plan, &|_| {}).await;
        assert!(outcome.error.is_none(), "{}", outcome.error.expect("checked"));
        outcome
    }

    /// Sends a request of any path, and returns the data of the response.
    pub(crate) async fn request(&self, operation: &str, body: Option<Value>) -> Value {
        let mut request = bimpe::engine::OperationRequest::new(operation).expect("an operation");
        request.body = body;
        let response = self.client.execute(request).await.expect("a response");
        serde_json::from_str(response.data()).expect("JSON")
    }

    /// Returns the id of the only agent of a name.
    pub(crate) async fn agent(&self, name: &str) -> String {
        let agents = self.request("GET /agents", None).await;
        let mut named = agents.as_array().expect("a list").iter().filter(|agent| agent["name"] == name);
        let id = named.next().expect("an agent")["id"].as_str().expect("an id").to_owned();
        assert!(named.next().is_none(), "two agents `{name}`");
        id
    }
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build().expect("a client")
}

pub(crate) async fn plan(client: &Client, document: &Document) -> Plan {
    bimpe_plan::plan(client, document, false).await.expect("a plan")
}

pub(crate) fn read(text: &str) -> Result<Document, Error> {
    let mut files = files();
    files.read_text("bimpe.yaml", text)?;
    files.finish()
}

pub(crate) fn document(text: &str) -> Document {
    read(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Files with the variables of the shop.
pub(crate) fn files() -> Files {
    Files::default().env(|name| match name {
        "STRIPE_PUBLIC_KEY" => Some("pk_test_1".to_owned()),
        "STRIPE_SECRET_KEY" => Some("sk_test_1".to_owned()),
        "ORDERS_TOKEN" => Some("t0k3n".to_owned()),
        _ => None,
    })
}

/// The actions and addresses of changes, as in `create workflows/Shop`.
pub(crate) fn summary(changes: &[bimpe_plan::Change]) -> Vec<String> {
    let action = |change: &bimpe_plan::Change| serde_json::to_value(change.action).expect("a word");
    let line = |change| format!("{} {}", action(change).as_str().expect("a string"), change_address(change));
    changes.iter().map(line).collect()
}

fn change_address(change: &bimpe_plan::Change) -> &str {
    &change.address
}

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bimpe-plan-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Reads a file of the folder with the variables of the shop.
    pub(crate) fn read(path: &Path) -> Document {
        let mut files = files();
        files.read(path).unwrap_or_else(|error| panic!("{error}"));
        files.finish().expect("a document")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
