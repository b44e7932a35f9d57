//! Parts of the engine, each on the same text every time. What they make of it is checked once, so that no part can get
//! fast by doing nothing.

use std::future::IntoFuture;
use std::hint::black_box;
use std::sync::Arc;

use bimpe::engine::{Call, Client, StreamOptions};
use bimpe::fuzzing;
use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::types::Agent;
use bimpe_bench_answers::{agent, envelope, events, page};
use bytes::Bytes;
use futures_util::FutureExt;
use serde_json::{Value, json};

/// Objects on the large page.
const MANY: usize = 100;
/// Events that the parser reads in one go.
const EVENTS: usize = 1000;
/// What arrives of a stream at once, if the network is quick.
const CHUNK: usize = 16 * 1024;

/// One part of the engine.
pub struct Part {
    /// What it is called in tables.
    pub name: &'static str,
    /// What it gives whenever it runs.
    expected: usize,
    prepare: fn() -> Work,
}

type Work = Box<dyn FnMut() -> usize>;

impl Part {
    const fn new(name: &'static str, expected: usize, prepare: fn() -> Work) -> Self {
        Self { name, expected, prepare }
    }

    /// What does the work once.
    ///
    /// # Panics
    /// If the work does not give what it should.
    pub fn prepare(&self) -> impl FnMut() + use<> {
        let mut work = (self.prepare)();
        assert_eq!(work(), self.expected, "{}", self.name);
        move || {
            black_box(work());
        }
    }
}

/// All parts, from the smallest to a whole call.
pub const PARTS: [Part; 13] = [
    Part::new("path of a call", 48, || {
        let base = "https://api.bimpe.ai/api/v1/console".parse().expect("an address");
        let read = read();
        Box::new(move || fuzzing::address(&base, &read).expect("an id").path().len())
    }),
    Part::new("request", 48, || {
        let (client, read) = (client(String::new()).0, read());
        Box::new(move || fuzzing::request(&client, &read).expect("a good call").uri.path().len())
    }),
    Part::new("request with a body", 44, || {
        let (client, write) = (client(String::new()).0, write());
        Box::new(move || {
            let request = fuzzing::request(&client, &write).expect("a good call");
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
    Part::new("1,000 events in pieces of 16 KB", EVENTS, || parse(CHUNK)),
    Part::new("1,000 events, one a piece", EVENTS, || parse(0)),
    Part::new("stream of 1,000 events", EVENTS, stream),
    Part::new("call", 200, || {
        let read = read();
        whole(envelope(&agent(1), None), move |client| {
            let response = client.execute(read.clone()).now_or_never().expect("nothing waits");
            response.expect("an answer").status.into()
        })
    }),
    Part::new("typed call", 25, || {
        whole(envelope(&agent(1), None), |client| {
            let agent = client.agents().retrieve("cm1").into_future().now_or_never().expect("nothing waits");
            agent.expect("an answer").id.len()
        })
    }),
    Part::new("typed call for 100 objects", MANY, || {
        whole(page(1, MANY), |client| {
            let page = client.agents().list().into_future().now_or_never().expect("nothing waits");
            page.expect("an answer").data.len()
        })
    }),
];

fn agents() -> Value {
    (0..MANY).map(agent).collect()
}

/// Looks for the data in an envelope around it.
fn find(data: &Value) -> Work {
    let body = Bytes::from(envelope(data, None));
    let length = data.to_string().len();
    Box::new(move || usize::from(fuzzing::data(body.clone()).is_some_and(|found| found.len() == length)))
}

/// Reads events in pieces of this size.
fn parse(size: usize) -> Work {
    let pieces = events(EVENTS, size);
    Box::new(move || fuzzing::decode(pieces.iter().map(Vec::as_slice)).expect("within bounds").len())
}

/// A whole stream, read in batches as bindings do.
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
    let operation = call("conversations.messages.stream", &[]).operation;
    let mut options = StreamOptions::default();
    options.reconnect = false;
    Box::new(move || {
        let ids = vec!["cm1".to_owned(), "cm2".to_owned()];
        let mut stream = client.stream(operation, ids, options.clone()).expect("valid ids");
        let mut seen = 0;
        loop {
            let batch = stream.next_batch().now_or_never().expect("nothing waits").expect("events");
            if batch.is_end() {
                break;
            }
            seen += batch.events.into_json().matches("\"message_type\"").count();
        }
        assert_eq!(transport.take_requests().len(), 2);
        seen
    })
}

/// Whole calls over a transport that always gives this answer, without a network.
fn whole(body: String, work: impl Fn(&Client) -> usize + 'static) -> Work {
    let (client, transport) = client(body);
    Box::new(move || {
        let seen = work(&client);
        // It keeps all requests, and would grow.
        assert_eq!(transport.take_requests().len(), 1);
        seen
    })
}

fn read() -> Call {
    call("agents.retrieve", &["cmf0000000000000000000001"])
}

fn write() -> Call {
    let mut write = call("agents.integrations.bimpeai.configure", &["cmf0000000000000000000001"]);
    write.body = Some(json!({"type": "bumpa", "token": "a token of a shop"}));
    write
}

fn call(operation: &str, ids: &[&str]) -> Call {
    let mut call = Call::new(operation).expect("an operation");
    call.path = ids.iter().map(|id| (*id).to_owned()).collect();
    call
}

fn client(body: String) -> (Client, Arc<MemoryTransport>) {
    let body = Bytes::from(body);
    let transport = Arc::new(MemoryTransport::new(move |_| reply(200, body.clone())));
    (over(transport.clone()), transport)
}

fn over(transport: Arc<MemoryTransport>) -> Client {
    let clock = Arc::new(VirtualClock::new());
    Client::builder().api_key("sk_test").transport(transport).clock(clock).build().expect("good settings")
}
