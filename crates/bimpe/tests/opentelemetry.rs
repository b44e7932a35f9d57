//! Spans of OpenTelemetry, made by `tracing-opentelemetry` from those of the engine, with the SDK and an exporter in memory.
//!
//! A separate program: each thread here has a subscriber before `tracing` registers the first call site.

use std::sync::Arc;

use bimpe::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use bimpe::types::{ChannelType, CreateConversationMessage};
use bimpe::{BoxFuture, Client, ErrorKind};
use bimpe_sandbox::Sandbox;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use serde_json::{Value, json};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

/// Sends the trace context with each attempt.
struct Propagating(Arc<dyn Transport>);

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

impl Transport for Propagating {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let context = Span::current().context();
        TraceContextPropagator::new().inject_context(&context, &mut Headers(&mut request.headers));
        self.0.send(request)
    }
}

/// Runs the work against a sandbox, below a span `job`. Returns the other spans and the sandbox.
fn exported<F: Future<Output = ()>>(
    work: impl FnOnce(Client, Arc<Sandbox>) -> F,
) -> (Vec<SpanData>, SpanId, Arc<Sandbox>) {
    let sandbox = Arc::new(Sandbox::start_blocking().expect("a sandbox"));
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    // The libraries below have spans and events, too.
    let ours = filter_fn(|metadata| metadata.target() == "bimpe");
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test")).with_filter(ours);
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let client = Client::builder()
        .env(|_| None)
        .api_key(sandbox.api_key())
        .base_url(sandbox.url())
        .wrap_transport(|inner| Arc::new(Propagating(inner)))
        .build()
        .expect("the settings are right");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let job = tracing::info_span!(target: "bimpe", "job");
    runtime.block_on(tracing::Instrument::instrument(work(client, sandbox.clone()), job));
    let mut spans = exporter.get_finished_spans().expect("the exporter works");
    let job = spans.iter().position(|span| span.name == "job").expect("the span of the test");
    let job = spans.remove(job).span_context.span_id();
    (spans, job, sandbox)
}

/// Returns an attribute as text.
fn attribute(span: &SpanData, name: &str) -> Option<String> {
    span.attributes.iter().find(|pair| pair.key.as_str() == name).map(|pair| pair.value.to_string())
}

/// Returns the parents that the requests of an operation name, as `traceparent` has them.
fn parents(sandbox: &Sandbox, operation: &str) -> Vec<String> {
    let requests = sandbox.requests(Some(operation)).expect("the journal");
    let parent = |request: &Value| {
        let header = request["headers"]["traceparent"].as_str().expect("it was sent").to_owned();
        header.rsplit_once('-').expect("it has flags").0.replacen("00-", "", 1)
    };
    requests.iter().map(parent).collect()
}

fn id(span: &SpanData) -> String {
    format!("{}-{}", span.span_context.trace_id(), span.span_context.span_id())
}

fn events(span: &SpanData) -> Vec<&str> {
    span.events.iter().map(|event| &*event.name).collect()
}

#[test]
fn a_request_is_a_client_span_with_the_names_of_the_conventions() {
    let (spans, job, sandbox) = exported(|client, sandbox| async move {
        let fault = json!({"operation": "workflows.list", "status": 503, "times": 1, "retry_after": 0});
        sandbox.fail(fault).expect("a fault");
        client.workflows().list().search("canary").await.expect("the second attempt succeeds");
    });
    let [span] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!(
        (&*span.name, &span.span_kind, span.parent_span_id),
        ("GET /workflows", &SpanKind::Client, job)
    );
    let url = format!("{}/api/v1/console/workflows?search=REDACTED", sandbox.url());
    let port = sandbox.url().rsplit_once(':').expect("a port").1;
    for (name, value) in [
        ("http.request.method", "GET"),
        ("url.template", "/workflows"),
        ("url.full", &url),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("operation", "workflows.list"),
        ("http.response.status_code", "200"),
        ("http.request.resend_count", "1"),
    ] {
        assert_eq!(attribute(span, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(attribute(span, "error.type"), None);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(events(span), ["the request is retried", "the request ended"]);
    assert_eq!(parents(&sandbox, "workflows.list"), [id(span), id(span)]);
    assert!(!format!("{spans:?}").contains("canary"));
}

#[test]
fn an_error_is_recorded_without_secrets() {
    let (spans, _, sandbox) = exported(|client, sandbox| async move {
        let error = client.agents().retrieve(sandbox.api_key()).await.expect_err("no such agent");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        client.agents().retrieve("..").await.expect_err("no id");
        let custom = bimpe::engine::OperationRequest::custom("GET", "/canary").expect("a path");
        client.execute(custom).await.expect_err("no such endpoint");
    });
    let types: Vec<_> = spans.iter().map(|span| attribute(span, "error.type").unwrap_or_default()).collect();
    assert_eq!(types, ["404", "user", "404"]);
    assert!(spans.iter().all(|span| matches!(span.status, Status::Error { .. })));
    let url = |path: &str| Some(format!("{}/api/v1/console/{path}", sandbox.url()));
    assert_eq!(attribute(&spans[0], "url.full"), url("agents/****"));
    assert_eq!((attribute(&spans[2], "url.full"), &*spans[2].name), (url("REDACTED"), "GET"));
    assert_eq!(attribute(&spans[2], "url.template"), None);
    let text = format!("{spans:?}");
    assert!(!text.contains(sandbox.api_key()) && !text.contains("canary"), "{text}");
}

#[test]
fn a_stream_is_one_span_above_those_of_its_tickets() {
    let (spans, job, sandbox) = exported(|client, sandbox| async move {
        let agent = sandbox.agent_id();
        let message = CreateConversationMessage::new("Hello")
            .channel_type(ChannelType::Webchat)
            .channel_user_id(bimpe::webchat_user_id("ada"))
            .is_test_channel(true);
        let sent = client.conversations().send(agent, message).await.expect("a message");
        let conversation = sent.conversation_id.expect("a conversation");
        let fault = json!({"operation": "conversations.messages.stream", "stream": "cut", "times": 1});
        sandbox.fail(fault).expect("a fault");
        let messages = client.conversations().messages();
        let stream = messages.stream(agent, conversation).after("2020-01-01T00:00:00Z");
        let mut events = stream.open().await.expect("it opens");
        events.try_next().await.expect("it continues").expect("an event");
        let unknown = messages.stream(agent, "cm0000000000").open().await;
        unknown.expect_err("no such conversation");
    });
    let streams: Vec<_> = spans.iter().filter(|span| span.name.ends_with("/stream")).collect();
    let [failed, read] = streams[..] else { panic!("{spans:#?}") };
    assert_eq!((read.parent_span_id, &read.span_kind), (job, &SpanKind::Client));
    assert_eq!(events(read)[..3], ["the stream opened", "the stream reconnects", "the stream opened"]);
    assert!(attribute(read, "url.full").is_some_and(|url| url.starts_with(sandbox.url())));
    assert_eq!(attribute(failed, "error.type").as_deref(), Some("404"));
    assert_eq!(parents(&sandbox, "conversations.messages.stream"), [id(read), id(read)]);
    let tickets: Vec<_> = spans.iter().filter(|span| span.name.ends_with("/stream-ticket")).collect();
    assert_eq!(tickets.len(), 3);
    assert!(tickets[..2].iter().all(|ticket| ticket.parent_span_id == read.span_context.span_id()));
}
