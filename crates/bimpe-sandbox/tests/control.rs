//! Methods of a sandbox in the same process.

mod common;

use std::time::Duration;

use bimpe_sandbox::Error;
use common::{Api, code, text};
use serde_json::json;

#[tokio::test]
async fn methods_of_the_sandbox_have_the_effect_of_the_admin_paths() {
    let api = Api::start().await;
    let sandbox = &api.sandbox;
    let kind = json!({ "type": "google_calendar" });
    api.post("{agent}/integrations/bimpeai/configure", kind.clone()).await;
    assert_eq!(sandbox.approve_all().expect("approvals"), 1);

    sandbox.freeze(true).expect("a clock");
    let before = api.admin_get("/clock").await;
    sandbox.advance(Duration::from_secs(60)).expect("a clock");
    assert_ne!(text(&api.admin_get("/clock").await, "now"), text(&before, "now"));

    sandbox.snapshot("s").expect("a snapshot");
    api.delete("{agent}").await;
    sandbox.restore("s").expect("a snapshot");
    assert_eq!(api.get("{agent}").await.0, 200);

    let fault = json!({ "operation": "agents.list", "status": 503, "times": 1 });
    let fault = sandbox.fail(fault).expect("a fault");
    assert_eq!(api.get("/agents").await.0, 503);
    assert_eq!(api.get("/agents").await.0, 200);
    let requests = sandbox.requests(Some("agents.list")).expect("requests");
    assert_eq!(requests.len(), 2);
    assert_eq!((&requests[0]["status"], &requests[0]["fault"]), (&json!(503), &fault["id"]));
    let configured = sandbox.requests(Some("agents.integrations.bimpeai.configure")).expect("requests");
    assert_eq!(configured[0]["body"], kind);

    sandbox.reset().expect("a reset");
    assert!(sandbox.requests(None).expect("requests").is_empty());
    assert_eq!(api.admin_get("/clock").await.1["data"]["frozen"], false);
}

#[tokio::test]
async fn invalid_arguments_are_errors_that_name_the_field() {
    let api = Api::start().await;
    let sandbox = &api.sandbox;
    let refused = |result: Result<(), Error>| match result {
        Err(Error::Refused(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(refused(sandbox.snapshot("../x")).starts_with("name: must be"));
    assert_eq!(refused(sandbox.restore("unknown")), "Snapshot not found");
    assert!(refused(sandbox.advance(Duration::MAX)).starts_with("advance: must not lead beyond"));
    assert!(refused(sandbox.fail(json!({ "status": "503" })).map(drop)).starts_with("status: must be"));
    let unknown = "operation: agents.lists is not an operationId; did you mean agents.list?";
    assert_eq!(refused(sandbox.requests(Some("agents.lists")).map(drop)), unknown);
    let fault = json!({ "operation": "agents.lists", "status": 503 });
    assert_eq!(refused(sandbox.fail(fault).map(drop)), unknown);
    assert_eq!(refused(sandbox.requests(Some("x")).map(drop)), "operation: x is not an operationId");
    assert_eq!(code(&api.get("/agents/unknown").await), (404, "not_found"));
}
