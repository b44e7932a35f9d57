//! Benchmarks of single parts of the engine with constant input. Each benchmark checks its result once, because a part
//! that fails early would appear to be fast.

use std::future::IntoFuture;
use std::hint::black_box;
use std::sync::Arc;

use bimpe::engine::{Client, OperationRequest, StreamOptions};
use bimpe::fuzzing;
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::types::Agent;
use bimpe_bench_responses::{agent, agent_detail, envelope, events, page};
use bytes::Bytes;
use futures_util::FutureExt;
use serde_json::{Value, json};

/// Objects on the large page.
const MANY: usize = 100;
/// Events per run of the parser.
const EVENTS: usize = 1000;
/// Size of a chunk on a fast network.
const CHUNK: usize = 16 * 1024;

/// One part of the engine.
pub struct Part {
    /// Name in tables.
    pub name: &'static str,
    /// Result of each run.
    expected: usize,
    prepare: fn() -> Work,
}

type Work = Box<dyn FnMut() -> usize>;

impl Part {
    const fn new(name: &'static str, expected: usize, prepare: fn() -> Work) -> Self {
        Self { name, expected, prepare }
    }

    /// Returns a function that does the work once.
    ///
    /// # Panics
    /// If the work has an unexpected result.
    pub fn prepare(&self) -> impl FnMut() + use<> {
        let mut work = (self.prepare)();
        assert_eq!(work(), self.expected, "{}", self.name);
        move || {
            black_box(work());
        }
    }
}

/// All parts, from the smallest to a whole request.
pub const PARTS: [Part; 13] = [
    Part::new("request URL", 48, || {
        let base = "https://api.bimpe.ai/api/v1/console".parse().expect("an address");
        let read = read();
        Box::new(move || fuzzing::address(&base, &read).expect("an id").path().len())
    }),
    Part::new("prepared request", 48, || {
        let (client, read) = (client(String::new()).0, read());
        Box::new(move || fuzzing::request(&client, &read).expect("a valid request").uri.path().len())
    }),
    Part::new("prepared request with a body", 44, || {
        let (client, write) = (client(String::new()).0, write());
        Box::new(move || {
            let request = fuzzing::request(&client, &write).expect("a valid request");
            request.body.map_or(0, |body| body.len())
        })
    }),
    Part::new("envelope of an object", 1, || find(&agent(1))),
    Part::new("envelope of 100 objects", 1, || find(&agents())),
    Part::new("typed object", 25, || {
        let text = agent(1).to_string();
        Box::new(move || serde_json::from_str::<Agent>(&text).expect("an agent").id.len())
    }),
    Part::new("100 typed objects", MANY, || {
        let text = agents().to_string();
        Box::new(move || serde_json::from_str::<Vec<Agent>>(&text).expect("agents").len())
    }),
    Part::new("1,000 events in chunks of 16 KB", EVENTS, || parse(CHUNK)),
    Part::new("1,000 events, one per chunk", EVENTS, || parse(0)),
    Part::new("stream of 1,000 events", EVENTS, stream),
    Part::new("whole request", 200, || {
        let read = read();
        whole(envelope(&agent_detail(1), None), move |client| {
            let response = client.execute(read.clone()).now_or_never().expect("the response is ready");
            response.expect("a response").status.into()
        })
    }),
    Part::new("typed request", 25, || {
        whole(envelope(&agent_detail(1), None), |client| {
            let agent =
                client.agents().retrieve("cm1").into_future().now_or_never().expect("the response is ready");
            agent.expect("a response").id.len()
        })
    }),
    Part::new("typed request for 100 objects", MANY, || {
        whole(page(1, MANY), |client| {
            let page = client.agents().list().into_future().now_or_never().expect("the response is ready");
            page.expect("a response").data.len()
        })
    }),
];

fn agents() -> Value {
    (0..MANY).map(agent).collect()
}

/// Finds the data in an envelope.
fn find(data: &Value) -> Work {
    let body = Bytes::from(envelope(data, None));
    let length = data.to_string().len();
    Box::new(move || usize::from(fuzzing::data(body.clone()).is_some_and(|found| found.len() == length)))
}

/// Parses events in chunks of this size.
fn parse(size: usize) -> Work {
    let chunks = events(EVENTS, size);
    Box::new(move || fuzzing::decode(chunks.iter().map(Vec::as_slice)).expect("within bounds").len())
}

/// Reads a whole stream in batches, as the bindings do.
fn stream() -> Work {
    let [ticket, events] = [
        envelope(&json!({"ticket": "t", "expires_in": 60}), None).into_bytes(),
        events(EVENTS, usize::MAX).concat(),
    ]
    .map(Bytes::from);
    let transport = Arc::new(MemoryTransport::new(move |request| {
        if request.method == "POST" {
            return reply(201, ticket.clone());
        }
        reply(200, events.clone()).header("content-type", "text/event-stream")
    }));
    let client = over(transport.clone());
    let operation = request_of("conversations.messages.stream", &[]).operation;
    let mut options = StreamOptions::default();
    options.reconnect = false;
    Box::new(move || {
        let ids = vec!["cm1".to_owned(), "cm2".to_owned()];
        let mut stream = client.stream(operation, ids, options.clone()).expect("valid ids");
        let mut seen = 0;
        loop {
            let batch = stream.next_batch().now_or_never().expect("the response is ready").expect("events");
            if batch.is_end() {
                break;
            }
            seen += batch.events.len();
            black_box(batch.events.into_json());
        }
        assert_eq!(transport.take_requests().len(), 2);
        seen
    })
}

/// Sends whole requests over a transport in memory that always returns this response.
fn whole(body: String, work: impl Fn(&Client) -> usize + 'static) -> Work {
    let (client, transport) = client(body);
    Box::new(move || {
        let seen = work(&client);
        // The transport keeps all requests, so its memory would grow.
        assert_eq!(transport.take_requests().len(), 1);
        seen
    })
}

fn read() -> OperationRequest {
    request_of("agents.retrieve", &["cmf0000000000000000000001"])
}

fn write() -> OperationRequest {
    let mut write = request_of("agents.integrations.bimpeai.configure", &["cmf0000000000000000000001"]);
    write.body = Some(json!({"type": "bumpa", "token": "a token of a shop"}));
    write
}

fn request_of(operation: &str, ids: &[&str]) -> OperationRequest {
    let mut request = OperationRequest::new(operation).expect("an operation");
    request.path = ids.iter().map(|id| (*id).to_owned()).collect();
    request
}

fn client(body: String) -> (Client, Arc<MemoryTransport>) {
    let body = Bytes::from(body);
    let transport = Arc::new(MemoryTransport::new(move |_| reply(200, body.clone())));
    (over(transport.clone()), transport)
}

fn over(transport: Arc<MemoryTransport>) -> Client {
    let clock = Arc::new(VirtualClock::new());
    Client::builder().api_key("sk_test").transport(transport).clock(clock).build().expect("valid settings")
}
