//! Spans and events of requests and streams.
//!
//! A separate program: each thread here has a subscriber before `tracing` registers the first call site. Without one, it
//! registers the call site as never recorded.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::{Client, ClientBuilder};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Records the spans and events of each thread, one line for each.
#[derive(Default)]
struct Recorder(AtomicU64);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("it grows");
    }
}

fn add(start: String, visit: impl FnOnce(&mut Line)) {
    let mut line = Line(start);
    visit(&mut line);
    LINES.with_borrow_mut(|lines| lines.push(line.0));
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "bimpe"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        add(format!("span {}", span.metadata().name()), |line| span.record(line));
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        add("record".to_owned(), |line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        add("event".to_owned(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Returns what a future records on this thread.
fn recorded(future: impl Future<Output = ()>) -> Vec<String> {
    static RECORDER: Once = Once::new();
    RECORDER
        .call_once(|| tracing::subscriber::set_global_default(Recorder::default()).expect("the only one"));
    LINES.take();
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future);
    LINES.take()
}

fn builder(transport: MemoryTransport) -> ClientBuilder {
    let builder = Client::builder().env(|_| None).api_key("sk_canary").transport(Arc::new(transport));
    builder.clock(Arc::new(VirtualClock::new()))
}

#[test]
fn each_request_has_a_span_its_retries_and_its_end() {
    let agent = json!({
        "id": "a1", "name": "Ada", "description": "", "logo": null, "mood": "good", "channels": [],
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        "knowledge_bases": [], "integrations": [],
    });
    let found = reply(200, json!({"message": "ok", "data": agent}).to_string()).header("x-request-id", "r1");
    let transport = MemoryTransport::script([reply(503, r#"{"message": "busy"}"#), found]);
    let client = builder(transport).build().expect("the settings are right");
    let lines = recorded(async {
        client.agents().retrieve("a1").await.expect("the second attempt succeeds");
        client.agents().retrieve("a1").max_retries(0).await.expect_err("the script has ended");
    });
    let spans: Vec<&String> = lines.iter().filter(|line| line.starts_with("span")).collect();
    assert_eq!(spans.len(), 2, "{lines:#?}");
    for part in [
        "operation=\"agents.retrieve\"",
        "http.request.method=\"GET\"",
        "url.template=\"/agents/{agent_id}\"",
        "url.full=\"https://api.bimpe.ai/api/v1/console/agents/a1\"",
    ] {
        assert!(spans.iter().all(|line| line.contains(part)), "{lines:#?}");
    }
    for wanted in [
        vec!["event", "message=the request is retried", "attempt=1"],
        vec!["record", "http.response.status_code=200"],
        vec!["record", "http.request.resend_count=1"],
        vec!["record", "error.type=\"connection\""],
        vec!["record", "otel.status_code=\"ERROR\""],
        vec!["record", "request_id=\"r1\""],
        vec!["event", "message=the request ended", "status=200", "attempts=2"],
        vec!["event", "message=the request ended", "error=\"connection\""],
    ] {
        assert!(
            lines.iter().any(|line| wanted.iter().all(|part| line.contains(part))),
            "{wanted:?} {lines:#?}"
        );
    }
    assert!(!lines.concat().contains("canary"), "{lines:#?}");
}

#[test]
fn a_stream_logs_its_connections() {
    let transport = MemoryTransport::script([
        reply(200, r#"{"message": "ok", "data": {"ticket": "tk_canary", "expires_in": 60}}"#),
        reply(200, "").header("content-type", "text/event-stream"),
    ]);
    let client = builder(transport).build().expect("the settings are right");
    let lines = recorded(async {
        let stream = client.conversations().messages().stream("a1", "c1").max_reconnects(1);
        let mut events = stream.open().await.expect("it opens");
        events.try_next().await.expect_err("the script has ended");
    });
    for part in [
        "span stream",
        "url.template=\"/agents/",
        "the stream opened",
        "the stream reconnects",
        "the stream ended",
    ] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part} {lines:#?}");
    }
    assert!(!lines.concat().contains("canary"), "{lines:#?}");
}
