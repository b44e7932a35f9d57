//! Observation of requests: hooks, custom transports and API keys.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::agent;
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use bimpe::{BoxFuture, Client, ClientBuilder, Error, ErrorKind};

fn builder(transport: MemoryTransport) -> ClientBuilder {
    let builder = Client::builder().env(|_| None).api_key("sk_canary").transport(Arc::new(transport));
    builder.clock(Arc::new(VirtualClock::new()))
}

fn found() -> Reply {
    reply(200, json!({"message": "ok", "data": agent()}).to_string()).header("x-request-id", "r1")
}

/// Fails once, then responds.
fn unsteady() -> MemoryTransport {
    MemoryTransport::script([reply(503, r#"{"message": "busy"}"#), found()])
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn streaming() -> MemoryTransport {
    MemoryTransport::script([
        reply(200, r#"{"message": "ok", "data": {"ticket": "tk_canary", "expires_in": 60}}"#),
        reply(200, "").header("content-type", "text/event-stream"),
    ])
}

#[test]
fn hooks_observe_each_request_and_their_panics_have_no_effect() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |seen: &Arc<Mutex<Vec<String>>>| {
        let seen = seen.clone();
        move |line: String| seen.lock().expect("no panic").push(line)
    };
    let (request, retry, response) = (note(&seen), note(&seen), note(&seen));
    let transport = Arc::new(unsteady());
    let client = builder(MemoryTransport::script([])).transport(transport.clone());
    let client = client
        .on_request(move |info| {
            info.headers.push(("x-trace".to_owned(), "17".to_owned()));
            request(format!("{} {} {}", info.operation, info.method, info.path));
        })
        .on_retry(move |info| {
            retry(format!("{} {} {}", info.operation, info.attempt, info.error.message()));
            panic!("a fault of the program");
        })
        .on_response(move |info| {
            response(format!("{} {:?} {:?} {}", info.operation, info.status, info.request_id, info.attempts));
            panic!("a fault of the program");
        })
        .build()
        .expect("the settings are right");
    block_on(async { client.agents().retrieve("a1").await }).expect("a response");
    assert_eq!(
        *seen.lock().expect("no panic"),
        [
            "agents.retrieve GET /agents/{agent_id}",
            "agents.retrieve 1 busy",
            "agents.retrieve Some(200) Some(\"r1\") 2",
        ]
    );
    assert!(transport.requests().iter().all(|request| request.headers["x-trace"] == "17"));
}

struct Counting(Arc<dyn Transport>, Arc<AtomicU32>);

impl Transport for Counting {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(request)
    }
}

#[test]
fn every_transport_can_be_wrapped() {
    let count = Arc::new(AtomicU32::new(0));
    let counting = |builder: ClientBuilder| {
        let count = count.clone();
        let wrapped = builder.wrap_transport(move |inner| Arc::new(Counting(inner, count.clone())));
        wrapped.build().expect("the settings are right")
    };
    let client = counting(builder(streaming()));
    drop(block_on(client.conversations().messages().stream("a1", "c1").open()).expect("it opens"));
    assert_eq!(count.load(Ordering::Relaxed), 2);
    // That of the network, too.
    let unreachable =
        Client::builder().env(|_| None).api_key("sk_test").base_url("http://127.0.0.1:1").max_retries(0);
    let error =
        block_on(counting(unreachable).agents().retrieve("a1").send()).expect_err("no server responds");
    assert_eq!((error.kind(), count.load(Ordering::Relaxed)), (ErrorKind::Connection, 3));
}

#[test]
fn a_key_provider_is_called_for_each_request() {
    let transport = Arc::new(MemoryTransport::new(|_| found()));
    let calls = Arc::new(AtomicU32::new(0));
    let provider = move || {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        async move { if number < 2 { Ok(format!("sk_{number}")) } else { Err("the vault is closed") } }
    };
    let builder = Client::builder().env(|_| None).transport(transport.clone());
    let client = builder.clock(Arc::new(VirtualClock::new())).key_provider(provider).build().expect("valid");
    let outcome: Result<Vec<_>, Error> = block_on(async {
        let mut agents = Vec::new();
        for _ in 0..3 {
            agents.push(client.agents().retrieve("a1").await?);
        }
        Ok(agents)
    });
    let error = outcome.expect_err("the third key is missing");
    assert!(error.message().contains("the vault is closed"), "{error}");
    let keys: Vec<_> =
        transport.requests().iter().map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(keys, ["Bearer sk_0", "Bearer sk_1"]);
}

#[test]
fn a_stream_requests_another_key_after_a_refused_one() {
    let world = || {
        let transport = MemoryTransport::new(|request| match request.uri.path() {
            path if path.ends_with("/stream") => reply(200, "").header("content-type", "text/event-stream"),
            _ if request.headers["authorization"] == "Bearer sk_new" => {
                reply(200, r#"{"message": "ok", "data": {"ticket": "tk", "expires_in": 60}}"#)
            }
            _ => reply(401, r#"{"message": "Unknown key", "code": "api_key_invalid"}"#),
        });
        Client::builder().env(|_| None).transport(Arc::new(transport)).clock(Arc::new(VirtualClock::new()))
    };
    let open = |client: Client| {
        block_on(client.conversations().messages().stream("a1", "c1").open()).map(|events| events.stats())
    };
    let asked = AtomicU32::new(0);
    let replaced = move || {
        let key = if asked.fetch_add(1, Ordering::Relaxed) == 0 { "sk_old" } else { "sk_new" };
        async move { Ok::<_, Error>(key.to_owned()) }
    };
    open(world().key_provider(replaced).build().expect("valid")).expect("the second key is good");
    let same = || async { Ok::<_, Error>("sk_old".to_owned()) };
    let error = open(world().key_provider(same).build().expect("valid")).expect_err("it is the same key");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let count = AtomicU32::new(0);
    let bad = move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, Error>(format!("sk_{number}")) }
    };
    let error = open(world().key_provider(bad).build().expect("valid")).expect_err("none is good");
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[test]
fn a_request_without_a_runtime_is_an_error() {
    let client = Client::builder().env(|_| None).api_key("sk_test").build().expect("the settings are right");
    let error = futures_util::FutureExt::now_or_never(client.agents().retrieve("a1").send());
    let error = error.expect("it ends at once").expect_err("there is no runtime");
    assert_eq!(error.kind(), ErrorKind::User);
    assert!(error.message().contains("tokio runtime"), "{error}");
    let open = client.conversations().messages().stream("a1", "c1").open();
    let opened = futures_util::FutureExt::now_or_never(Box::pin(open)).expect("it ends at once");
    assert!(opened.expect_err("there is no runtime").message().contains("tokio runtime"));
}
