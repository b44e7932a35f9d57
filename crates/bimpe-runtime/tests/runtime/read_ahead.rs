//! Streams that a task reads ahead deliver all events in order, and read few events before a request for more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::Duration;

use bimpe::engine::{OperationRequest, StreamBatch, StreamOptions};
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::{Client, Error, ErrorKind};
use bimpe_runtime::{BackgroundRuntime, ReadAheadStream};

/// Events of each connection.
const EACH: usize = 10;
/// The task pauses at this number of events.
const ENOUGH: usize = 32;
const TIMEOUT: Duration = Duration::from_secs(20);

fn event(id: usize) -> String {
    format!("id: m{id}\nevent: message\ndata: {{\"id\": \"m{id}\", \"role\": \"user\"}}\n\n")
}

fn sse(text: String) -> Reply {
    reply(200, text)
        .header("content-type", "text/event-stream")
        .header("date", "Thu, 01 Jan 2026 00:00:10 GMT")
}

/// An endless stream: each connection sends some events and breaks.
fn endless(connection: usize) -> Reply {
    sse((connection * EACH..(connection + 1) * EACH).map(event).collect())
}

/// A stream that is read ahead, with its notifications and the server's requests.
struct Reader {
    stream: ReadAheadStream,
    notified: Receiver<()>,
    transport: Arc<MemoryTransport>,
}

impl Reader {
    /// Opens a stream on a server that sends this on its connections, numbered from 0.
    fn new(open: impl Fn(usize) -> Reply + Send + Sync + 'static, options: StreamOptions) -> Self {
        let connections = AtomicUsize::new(0);
        let transport = Arc::new(MemoryTransport::new(move |request| {
            if request.uri.path().ends_with("/stream") {
                open(connections.fetch_add(1, Ordering::Relaxed))
            } else {
                reply(201, r#"{"message": "ok", "data": {"ticket": "t1", "expires_in": 60}}"#)
            }
        }));
        let builder = Client::builder().api_key("sk_test").env(|_| None).transport(transport.clone());
        let client = builder.clock(Arc::new(VirtualClock::new())).build().expect("valid settings");
        let operation =
            OperationRequest::new("conversations.messages.stream").expect("the operation exists").operation;
        let stream = client.stream(operation, vec!["cm1".into(), "cm2".into()], options).expect("valid ids");
        let (notify, notified) = channel();
        let stream = ReadAheadStream::new(stream, move || {
            // Tests end before the task does.
            let _ = notify.send(());
        });
        Self { stream, notified, transport }
    }

    fn request_more(&self) {
        self.stream.request_more(|task| BackgroundRuntime::start().expect("a thread").spawn(task));
    }

    fn wait(&self) {
        self.notified.recv_timeout(TIMEOUT).expect("a notification");
    }

    fn next(&self) -> Result<StreamBatch, Error> {
        loop {
            if let Some(batch) = self.stream.take() {
                return batch;
            }
            self.request_more();
            self.wait();
        }
    }

    fn sent(&self) -> usize {
        self.transport.requests().len()
    }
}

fn without_reconnect(after: Option<&str>) -> StreamOptions {
    let mut options = StreamOptions::default();
    options.reconnect = false;
    options.after = after.map(str::to_owned);
    options
}

#[test]
fn events_arrive_in_order_and_then_the_end() {
    let reader = Reader::new(|_| sse((0..5000).map(event).collect()), without_reconnect(None));
    assert!(reader.stream.take().is_none(), "no event was requested");
    let mut ids = Vec::new();
    loop {
        let batch = reader.next().expect("no error");
        if batch.is_end() {
            break;
        }
        ids.extend(batch.events.iter().filter_map(|event| event.id.map(str::to_owned)));
    }
    assert!(ids.into_iter().eq((0..5000).map(|id| format!("m{id}"))));
    assert!(reader.stream.take().is_some_and(|batch| batch.expect("no error").is_end()), "it stays ended");
}

#[test]
fn the_task_pauses_after_enough_events() {
    let reader = Reader::new(endless, StreamOptions::default());
    reader.request_more();
    reader.wait();
    // A ticket and a stream for each connection.
    let connections = || reader.sent() / 2;
    while connections() <= ENOUGH / EACH {
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(100));
    assert_eq!(connections(), ENOUGH / EACH + 1, "the task is paused");

    let mut taken = 0;
    while taken < 100 * ENOUGH {
        let events = reader.next().expect("no error").events;
        for id in events.iter().filter_map(|event| event.id) {
            assert_eq!(id, format!("m{taken}"));
            taken += 1;
        }
    }
    reader.stream.close();
}

#[test]
fn after_an_error_the_task_sends_nothing_until_more_is_requested() {
    let not_found = r#"{"message": "no", "code": "not_found", "statusCode": 404}"#;
    let reader = Reader::new(move |_| reply(404, not_found), StreamOptions::default());
    assert_eq!(reader.next().expect_err("the stream does not exist").kind(), ErrorKind::NotFound);
    let sent = reader.sent();
    sleep(Duration::from_millis(50));
    assert!(reader.stream.take().is_none());
    assert_eq!(reader.sent(), sent);
    assert!(reader.next().expect("no error").is_end());
}

#[test]
fn close_notifies_the_reader_and_drops_updates() {
    let reader = Reader::new(endless, StreamOptions::default());
    reader.next().expect("a connection");
    while reader.notified.try_recv().is_ok() {}
    reader.stream.close();
    reader.wait();
    assert!(reader.stream.take().is_some_and(|batch| batch.expect("no error").is_end()));
}

#[test]
fn the_resume_id_covers_taken_batches_only() {
    let text = format!("{}{}id: m3\ndata: oops\n\n{}", event(1), event(2), event(4));
    let reader = Reader::new(move |_| sse(text.clone()), without_reconnect(Some("m0")));
    let mut seen = vec![reader.stream.last_id()];
    loop {
        match reader.next() {
            Ok(batch) if batch.is_end() => break,
            // A notice of the connection.
            Ok(batch) if batch.events.is_empty() => {}
            _ => seen.push(reader.stream.last_id()),
        }
    }
    let seen: Vec<_> = seen.iter().map(|id| id.as_deref().expect("a resume id")).collect();
    assert_eq!(seen, ["m0", "m2", "m3", "m4"]);
}
