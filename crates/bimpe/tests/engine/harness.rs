//! A client over an in-memory transport, in virtual time.

use std::sync::Arc;

use bimpe::engine::{OperationRequest, Response};
use bimpe::testing::{MemoryTransport, Reply, VirtualClock};
use bimpe::{Client, ClientBuilder, Error};
use serde_json::Value;

pub(crate) const KEY: &str = "sk_test_canary_key";

pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) transport: Arc<MemoryTransport>,
    pub(crate) clock: VirtualClock,
}

impl World {
    pub(crate) fn new(transport: MemoryTransport) -> Self {
        Self::with(transport, VirtualClock::new(), |builder| builder)
    }

    pub(crate) fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::new(MemoryTransport::script(replies))
    }

    pub(crate) fn with(
        transport: MemoryTransport,
        clock: VirtualClock,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let transport = Arc::new(transport);
        let builder = Client::builder().api_key(KEY).base_url("https://api.example.test").env(|_| None);
        let builder = builder.transport(transport.clone()).clock(Arc::new(clock.clone()));
        Self { client: change(builder).build().expect("valid settings"), transport, clock }
    }

    /// Runs a call to its end.
    pub(crate) fn run(&self, call: OperationRequest) -> Result<Response, Error> {
        block_on(self.client.execute(call))
    }

    pub(crate) fn sent(&self) -> usize {
        self.transport.requests().len()
    }

    /// One header of each request so far.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let text = |request: &bimpe::transport::HttpRequest| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().expect("ASCII").to_owned())
                .unwrap_or_default()
        };
        self.transport.requests().iter().map(text).collect()
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A call of an operation with these ids.
pub(crate) fn call(operation: &str, ids: &[&str]) -> OperationRequest {
    let mut call = OperationRequest::new(operation).expect("the operation exists");
    call.path = ids.iter().map(|id| (*id).to_owned()).collect();
    call
}

/// The same with a body.
pub(crate) fn call_with(operation: &str, ids: &[&str], body: Value) -> OperationRequest {
    let mut call = call(operation, ids);
    call.body = Some(body);
    call
}

/// A write with valid arguments.
pub(crate) fn a_write() -> OperationRequest {
    call_with(
        "agents.integrations.pipedream.configure",
        &["cm1"],
        serde_json::json!({"app_slug": "google-sheets"}),
    )
}
