//! The calls of the table, as a Rust program writes them.

use bimpe::types::{
    BimpeaiConfigure, BimpeaiConfigureResult, MakeCall, PipedreamConfigure, UpdateLiveStatus,
};
use bimpe::{Client, Error, FromResponse, Listing, Request};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;

/// The result of a request, and the number of items of an iteration.
pub(crate) struct Given {
    pub(crate) outcome: Result<Value, Error>,
    pub(crate) items: usize,
}

async fn one<T: Serialize + FromResponse + 'static>(request: Request<T>) -> Result<Value, Error> {
    Ok(serde_json::to_value(request.lenient().await?).expect("results can be written"))
}

fn list<T: Serialize>(items: &[T]) -> Value {
    serde_json::to_value(items).expect("results can be written")
}

fn connected(given: &BimpeaiConfigureResult) -> Value {
    match given {
        BimpeaiConfigureResult::OnboardingUrl(page) => serde_json::to_value(page),
        BimpeaiConfigureResult::BimpeaiConnectResult(done) => serde_json::to_value(done),
        other => panic!("a response of another form: {other:?}"),
    }
    .expect("results can be written")
}

/// Makes a call of the table.
pub(crate) async fn make(client: &Client, call: &Value) -> Given {
    let id = |index: usize| call["path"][index].as_str().expect("an id");
    if call["iterate"] == true {
        return match call["method"].as_str().expect("an operation") {
            "agents.list" => iterate(client.agents().list().lenient().items()).await,
            "workflows.list" => iterate(client.workflows().list().lenient().items()).await,
            "conversations.list" => iterate(client.conversations().list(id(0)).lenient().items()).await,
            "conversations.messages.list" => {
                iterate(client.conversations().messages().list(id(0), id(1)).lenient().items()).await
            }
            "calls.list" => iterate(client.calls().list(id(0)).lenient().items()).await,
            "phone_numbers.list" => iterate(client.phone_numbers().list().lenient().items()).await,
            "phone_numbers.requests.list" => {
                iterate(client.phone_numbers().requests().list().lenient().items()).await
            }
            other => panic!("the table iterates {other}, which this function lacks"),
        };
    }
    let body = || call["body"].clone();
    let agents = client.agents();
    let outcome = match call["method"].as_str().expect("an operation") {
        "agents.retrieve" => one(agents.retrieve(id(0))).await,
        "agents.delete" => one(agents.delete(id(0))).await,
        "agents.list" => agents.list().lenient().await.map(|page| list(&page.data)),
        "agents.update_live_status" => {
            let body: UpdateLiveStatus = serde_json::from_value(body()).expect("a body");
            one(agents.update_live_status(id(0), body)).await
        }
        "agents.integrations.pipedream.configure" => {
            let body: PipedreamConfigure = serde_json::from_value(body()).expect("a body");
            one(agents.integrations().pipedream().configure(id(0), body)).await
        }
        "agents.integrations.mcp_server.discover" => {
            one(agents.integrations().mcp_server().discover(id(0), id(1))).await
        }
        "agents.integrations.bimpeai.configure" => {
            let body: BimpeaiConfigure = serde_json::from_value(body()).expect("a body");
            agents.integrations().bimpeai().configure(id(0), body).await.map(|given| connected(&given))
        }
        "calls.make" => {
            let body: MakeCall = serde_json::from_value(body()).expect("a body");
            one(client.calls().make(id(0), body)).await
        }
        "conversations.messages.list" => {
            client.conversations().messages().list(id(0), id(1)).lenient().await.map(|page| list(&page.data))
        }
        other => panic!("the table has the new call {other}: write it here"),
    };
    Given { outcome, items: 0 }
}

async fn iterate<T>(mut list: Listing<T>) -> Given {
    let mut items = 0;
    while let Some(item) = list.next().await {
        match item {
            Ok(_) => items += 1,
            Err(error) => return Given { outcome: Err(error), items },
        }
    }
    Given { outcome: Ok(Value::Null), items }
}
