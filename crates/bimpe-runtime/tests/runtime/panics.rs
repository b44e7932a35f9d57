//! A panic becomes an error. The client stays usable.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bimpe::engine::OperationRequest;
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::{Client, Error, ErrorKind};
use bimpe_runtime::{catch_panic, catch_panic_async};

const CANARY: &str = "canary of a panic";

fn check(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(!format!("{error:?} {error} {}", error.to_json()).contains(CANARY));
}

#[test]
fn a_panic_of_a_function_becomes_an_internal_error() {
    let result = catch_panic(|| panic!("{CANARY}"), Err::<(), _>);
    check(&result.expect_err("it panicked"));
    assert_eq!(catch_panic(|| 5, |_error| 6), 5);
}

#[tokio::test]
async fn a_request_succeeds_after_one_that_panicked() {
    let count = AtomicUsize::new(0);
    let transport = MemoryTransport::new(move |_| {
        assert!(count.fetch_add(1, Ordering::Relaxed) > 0, "{CANARY}");
        reply(200, r#"{"message": "ok", "data": {"id": "cm1"}}"#)
    });
    let builder = Client::builder().api_key("sk_test").env(|_| None).transport(Arc::new(transport));
    let client = builder.clock(Arc::new(VirtualClock::new())).build().expect("valid settings");
    let retrieve = || {
        let mut request = OperationRequest::new("agents.retrieve").expect("the operation exists");
        request.path = vec!["cm1".to_owned()];
        catch_panic_async(client.execute(request), Err)
    };
    check(&retrieve().await.expect_err("it panicked"));
    assert_eq!(retrieve().await.expect("an agent").attempts, 1);
}
