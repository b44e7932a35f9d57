//! A stream ends when it is closed, or with an error that says why; never in silence.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bimpe::engine::StreamOptions;
use bimpe::testing::{MemoryTransport, Reply, VirtualClock, reply};
use bimpe::transport::TransportError;
use bimpe::{Clock, ErrorKind};
use bimpe_fault_server::results;
use fastrand::Rng;
use serde_json::json;

use crate::block_on::block_on;
use crate::server::stream;

/// Connections that go wrong before all is well.
const MAX_STEPS: usize = 12;
/// Refusals in a row that a stream bears: of tickets, and of the server before the first connection.
const PATIENCE: u32 = 3;

/// The end of one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// One message, then a clean end.
    Message,
    /// Signs of life, then a clean end.
    Quiet,
    /// Not a word, for longer than anybody waits.
    Silent,
    Reset,
    Status(u16),
    RetryAfter(u64),
    Html,
    NoContent,
}

fn step(random: &mut Rng) -> Step {
    match random.u8(..20) {
        0..=3 => Step::Quiet,
        4..=6 => Step::Silent,
        7..=9 => Step::Reset,
        10..=12 => Step::Status([401, 403, 410][random.usize(..3)]),
        13..=15 => Step::Status([408, 500, 502, 503, 504][random.usize(..5)]),
        16 => Step::Status([400, 404, 301, 501][random.usize(..4)]),
        17 => Step::RetryAfter(random.u64(..70)),
        18 => Step::Message,
        _ => [Step::Html, Step::NoContent][random.usize(..2)],
    }
}

impl Step {
    fn reply(self, number: usize, clock: &VirtualClock) -> Reply {
        let sse = |text: String| {
            let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + clock.unix_time());
            reply(200, text).header("content-type", "text/event-stream").header("date", &date)
        };
        match self {
            Self::Message => sse(format!("id: m{number}\ndata: {{\"id\": \"m{number}\"}}\n\n")),
            Self::Quiet => sse("event: heartbeat\nid: 1\ndata: {\"ts\": 1}\n\n".to_owned()),
            Self::Silent => sse(String::new()).followed_by_stall(clock, Duration::from_secs(1_000_000)),
            Self::Reset => sse(": hello\n".to_owned()).followed_by_error(TransportError::lost("reset")),
            Self::Status(status) => reply(status, r#"{"message": "no"}"#),
            Self::RetryAfter(asked) => reply(429, "{}").header("retry-after", &asked.to_string()),
            Self::Html => reply(200, "<html>login</html>").header("content-type", "text/html"),
            Self::NoContent => reply(204, ""),
        }
    }
}

/// Expected result of these connections: the number of messages, and the kind of the final error, if any.
fn expected(steps: &[Step]) -> (usize, Option<ErrorKind>) {
    let (mut messages, mut opened, mut bad_tickets, mut failures) = (0, false, 0, 0);
    for step in steps {
        match step {
            Step::Message | Step::Quiet | Step::Silent | Step::Reset => {
                messages += usize::from(*step == Step::Message);
                opened = true;
                bad_tickets = 0;
            }
            Step::Status(status @ (401 | 403 | 410)) => {
                bad_tickets += 1;
                if bad_tickets == PATIENCE {
                    return (messages, Some(kind(*status)));
                }
            }
            Step::Status(status @ (408 | 500 | 502 | 503 | 504)) => {
                failures += 1;
                if !opened && failures == PATIENCE {
                    return (messages, Some(kind(*status)));
                }
            }
            Step::Status(status) => return (messages, Some(kind(*status))),
            Step::RetryAfter(asked) => {
                failures += 1;
                if *asked > 60 || !opened && failures == PATIENCE {
                    let kind = if opened { ErrorKind::StreamEnded } else { ErrorKind::RateLimit };
                    return (messages, Some(kind));
                }
            }
            Step::Html => return (messages, Some(ErrorKind::UnexpectedResponse)),
            Step::NoContent => return (messages, Some(ErrorKind::StreamEnded)),
        }
    }
    (messages, None)
}

fn kind(status: u16) -> ErrorKind {
    match status {
        301 => ErrorKind::Redirect,
        400 => ErrorKind::BadRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        501 => ErrorKind::NotImplemented,
        500..600 => ErrorKind::InternalServer,
        _ => ErrorKind::Api,
    }
}

/// A server whose connections take these steps and then bring messages; the moment of each is written down.
fn server(steps: Vec<Step>, clock: &VirtualClock) -> (Arc<MemoryTransport>, Arc<Mutex<Vec<Duration>>>) {
    let moments = Arc::<Mutex<Vec<Duration>>>::default();
    let (seen, clock) = (moments.clone(), clock.clone());
    let transport = MemoryTransport::new(move |request| {
        if !request.uri.path().ends_with("/stream") {
            return reply(201, r#"{"message": "ok", "data": {"ticket": "t", "expires_in": 60}}"#);
        }
        let mut seen = seen.lock().expect("nothing panics here");
        seen.push(clock.now());
        steps.get(seen.len() - 1).unwrap_or(&Step::Message).reply(seen.len(), &clock)
    });
    (Arc::new(transport), moments)
}

#[test]
fn every_stream_ends_with_events_or_an_error() {
    let runs = if results::is_full_run() { 20_000 } else { 300 };
    let mut silent = 0;
    for seed in 0..runs {
        let mut random = Rng::with_seed(seed);
        let steps: Vec<Step> = (0..random.usize(..MAX_STEPS)).map(|_| step(&mut random)).collect();
        let (messages, end) = expected(&steps);
        let clock = VirtualClock::new();
        let (transport, _) = server(steps.clone(), &clock);
        let mut stream = stream(transport, &clock, StreamOptions::default());
        let mut seen = 0;
        let outcome = loop {
            match block_on(stream.next()) {
                Some(Ok(_)) if seen == messages && end.is_none() => break Ok(()),
                Some(Ok(_)) => seen += 1,
                Some(Err(error)) => break Err(error),
                None => {
                    silent += 1;
                    break Ok(());
                }
            }
            assert!(seen <= messages, "{steps:?}: it should have ended with {end:?}");
        };
        assert_eq!(seen, messages, "{steps:?}");
        assert_eq!(outcome.as_ref().err().map(bimpe::Error::kind), end, "{steps:?}");
        if let Err(error) = outcome {
            assert!(!error.message().is_empty());
            assert_eq!(error.stream_end().is_some(), end == Some(ErrorKind::StreamEnded), "{error}");
            assert!(block_on(stream.next()).is_none(), "after the error there is nothing more");
        }
        stream.close();
        assert!(block_on(stream.next()).is_none());
    }
    let goal = json!({"silent ends": 0});
    results::record(5, "Streams through random failures", runs, &json!({"silent ends": silent}), &goal);
    assert_eq!(silent, 0);
}

#[test]
fn a_quiet_stream_whose_connections_are_recycled_lives_on() {
    for trouble in [Step::Quiet, Step::Silent, Step::Reset, Step::Status(503)] {
        // The first opens it; a server that is not there from the start is an error sooner.
        let mut steps = vec![Step::Quiet; 2];
        steps.resize(50, trouble);
        let clock = VirtualClock::new();
        let (transport, moments) = server(steps, &clock);
        let mut stream = stream(transport, &clock, StreamOptions::default());
        let event = block_on(stream.next()).expect("another event").expect("a message");
        assert_eq!(event.id.as_deref(), Some("m51"), "{trouble:?}");
        let moments = moments.lock().expect("no panic");
        let longest = moments.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max();
        assert!(longest <= Some(Duration::from_secs(60 + 30)), "{trouble:?}: {longest:?}");
    }
}

#[test]
fn silence_is_noticed_in_time() {
    const RUNS: usize = 50;
    let longest = |stall: Option<Duration>| {
        let clock = VirtualClock::new();
        let (transport, moments) = server(vec![Step::Message, Step::Silent], &clock);
        let mut options = StreamOptions::default();
        options.stall_timeout = stall.unwrap_or(options.stall_timeout);
        options.first_delay = Duration::ZERO;
        let mut stream = stream(transport, &clock, options);
        for _ in 0..2 {
            block_on(stream.next()).expect("another event").expect("a message");
        }
        let moments = moments.lock().expect("no panic").clone();
        moments[2].saturating_sub(moments[1])
    };
    let mut most = Duration::ZERO;
    for _ in 0..RUNS {
        assert_eq!(longest(Some(Duration::from_millis(300))), Duration::from_millis(300));
        most = most.max(longest(None));
    }
    let seen = json!({"seconds of silence": most.as_secs_f64()});
    results::record(
        5,
        "Silence counts as the end of a connection",
        50,
        &seen,
        &json!({"seconds of silence": 60}),
    );
    assert_eq!(most, Duration::from_secs(60));
}
