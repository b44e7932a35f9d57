//! A server of one conversation: it makes messages as time passes, replays what a client asks for, and fails on request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bimpe::engine::{EventStream, OperationRequest, StreamOptions};
use bimpe::testing::VirtualClock;
use bimpe::transport::{Body, HttpRequest, HttpResponse, Transport, TransportError};
use bimpe::{BoxFuture, Client, Clock};
use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::fake_feed::{Feed, Limit};

/// The first message comes when the first connection, or the first few, have had time to open.
const LEAD: Duration = Duration::from_secs(10);

/// Random failures.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may come together")]
pub(crate) struct Faults {
    /// Connections end between two events.
    pub(crate) ends: bool,
    /// Connections end with a reset instead.
    pub(crate) resets: bool,
    /// Connections end inside of an event.
    pub(crate) cuts: bool,
    /// Connections fall silent instead of ending.
    pub(crate) stalls: bool,
    /// More is replayed than was asked for.
    pub(crate) overlaps: bool,
    /// Roles, types and fields that are unknown.
    pub(crate) unknown: bool,
    /// Tickets are no good.
    pub(crate) tickets: bool,
    /// The server is overloaded, or not there.
    pub(crate) unavailable: bool,
    /// Events have no id, only the message in them has.
    pub(crate) anonymous: bool,
    /// The first connections end before the first message.
    pub(crate) early: bool,
}

/// Violations of the client that the server noticed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Complaints {
    /// Requests that came before the time that the server had asked for.
    pub(crate) too_early: u32,
    /// Tickets that were used again, or that were never given.
    pub(crate) wrong_ticket: u32,
    /// Attempts at one ticket with several idempotency keys, or at several tickets with one.
    pub(crate) wrong_key: u32,
    /// Streams that were asked for with the key of the API.
    pub(crate) key_sent: u32,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) clock: VirtualClock,
    state: Arc<Mutex<State>>,
}

struct State {
    faults: Faults,
    random: Rng,
    /// When each message is made, since the clock's zero.
    made: Vec<Duration>,
    complaints: Complaints,
    connections: u32,
    tickets: u32,
    ticket: Option<String>,
    /// The idempotency key of a ticket that could not be had yet.
    pending_key: Option<String>,
    used_keys: Vec<String>,
    /// How often in a row the server was not to be had, and a ticket was no good.
    outages: u32,
    bad_tickets: u32,
    not_before: Duration,
}

impl Server {
    pub(crate) fn new(messages: usize, faults: Faults, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut at = LEAD;
        let mut made = Vec::with_capacity(messages);
        for _ in 0..messages {
            // Mostly a lively talk, with bursts and with long pauses.
            at += Duration::from_millis(match random.u8(..20) {
                0 => random.u64(..100_000),
                1..=8 => 0,
                _ => random.u64(..3000),
            });
            made.push(at);
        }
        let state = State {
            faults,
            random,
            made,
            complaints: Complaints::default(),
            connections: 0,
            tickets: 0,
            ticket: None,
            pending_key: None,
            used_keys: Vec::new(),
            outages: 0,
            bad_tickets: 0,
            not_before: Duration::ZERO,
        };
        Self { clock: VirtualClock::new(), state: Arc::new(Mutex::new(state)) }
    }

    /// A stream of all that it says.
    pub(crate) fn stream(&self) -> EventStream {
        stream(Arc::new(self.clone()), &self.clock, StreamOptions::default())
    }

    pub(crate) fn complaints(&self) -> Complaints {
        self.state().complaints.clone()
    }

    pub(crate) fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    /// When a message is made; `None` if there are no more.
    pub(crate) fn made(&self, message: usize) -> Option<Duration> {
        self.state().made.get(message).copied()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let now = self.clock.now();
        let mut state = self.state();
        state.complaints.too_early += u32::from(now < state.not_before);
        if !request.uri.path().ends_with("/stream") {
            return state.ticket(request, now);
        }
        if let Some(refusal) = state.refusal(request) {
            return Ok(refusal);
        }
        Ok(self.events(&mut state, query(request, "after").as_deref()))
    }

    /// An open stream of what comes after an id, after a time, or from now on.
    fn events(&self, state: &mut State, after: Option<&str>) -> HttpResponse {
        let now = self.clock.now();
        let id = after.and_then(|after| after.strip_prefix('m')?.parse::<usize>().ok());
        let next = match (id, after) {
            (Some(id), _) => id,
            (None, Some(time)) => state.made.partition_point(|made| self.iso(*made).as_str() < time),
            (None, None) => state.made.partition_point(|made| *made < now),
        };
        let more = if state.faults.overlaps && after.is_some() { state.random.usize(..50) } else { 0 };
        let body = Feed {
            next: next.saturating_sub(more),
            limit: state.lifetime(),
            silent: state.faults.stalls && state.random.u8(..4) == 0,
            reset: state.faults.resets && state.random.bool(),
            random: state.random.fork(),
            ..Feed::new(self)
        };
        state.connections += 1;
        let date = httpdate::fmt_http_date(UNIX_EPOCH + self.clock.unix_time());
        let pairs = [("content-type", "text/event-stream; charset=utf-8"), ("date", &date)];
        HttpResponse::new(StatusCode::OK, headers(&pairs), Box::new(body))
    }

    /// A moment as the API writes it. All of a test lies within the first month of the clock.
    fn iso(&self, at: Duration) -> String {
        let unix = self.clock.unix_time().saturating_sub(self.clock.now()) + at;
        // As in `Thu, 01 Jan 2026 00:00:10 GMT`.
        let text = httpdate::fmt_http_date(UNIX_EPOCH + unix);
        format!("2026-01-{}T{}.{:03}Z", &text[5..7], &text[17..25], unix.subsec_millis())
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let response = self.respond(&request);
        Box::pin(async move { response })
    }
}

impl State {
    /// How long the next connection lives.
    fn lifetime(&mut self) -> Limit {
        if self.faults.early && self.connections < 3 {
            return Limit::At(LEAD.mul_f64(f64::from(self.connections + 1) * 0.3));
        }
        if self.faults.cuts {
            return Limit::Bytes(self.random.usize(..4000));
        }
        if self.faults.ends || self.faults.resets || self.faults.stalls {
            return Limit::Events(self.random.usize(..40));
        }
        Limit::None
    }

    fn ticket(&mut self, request: &HttpRequest, now: Duration) -> Result<HttpResponse, TransportError> {
        let key =
            request.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
        let another = self.pending_key.as_deref().is_some_and(|pending| pending != key);
        if another || key.is_empty() || self.used_keys.iter().any(|used| used == key) {
            self.complaints.wrong_key += 1;
        }
        self.pending_key = Some(key.to_owned());
        // Before the first connection a client gives up sooner: the outages are counted, in a row or not.
        let so_far = self.outages;
        if refuses(&mut self.outages, self.faults.unavailable, &mut self.random) {
            return self.unavailable(now);
        }
        if self.connections == 0 {
            self.outages = so_far;
        }
        self.used_keys.extend(self.pending_key.take());
        self.tickets += 1;
        let ticket = format!("t{}", self.tickets);
        let body = format!(r#"{{"message":"ok","data":{{"ticket":"{ticket}","expires_in":60}}}}"#);
        self.ticket = Some(ticket);
        Ok(whole(201, &[], body))
    }

    fn unavailable(&mut self, now: Duration) -> Result<HttpResponse, TransportError> {
        match self.random.u8(..5) {
            0 => Err(TransportError::not_sent("refused")),
            1 => Err(TransportError::lost("reset")),
            2 => {
                let asked = self.random.u64(..3);
                self.not_before = now + Duration::from_secs(asked);
                Ok(whole(429, &[("retry-after", &asked.to_string())], "{}"))
            }
            3 => Ok(whole(500, &[], "oops")),
            _ => Ok(whole(503, &[], "{}")),
        }
    }

    /// Why a stream is not opened, if it is not.
    fn refusal(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
        self.complaints.key_sent += u32::from(request.headers.contains_key("authorization"));
        let given = self.ticket.take();
        self.complaints.wrong_ticket += u32::from(given.is_none() || query(request, "ticket") != given);
        if refuses(&mut self.bad_tickets, self.faults.tickets, &mut self.random) {
            let status = [401, 403, 410][self.random.usize(..3)];
            return Some(whole(status, &[], r#"{"message":"expired"}"#));
        }
        None
    }
}

/// Whether to refuse this time: now and then, but not so often in a row that a client gives up.
fn refuses(in_a_row: &mut u32, wanted: bool, random: &mut Rng) -> bool {
    let refuses = wanted && *in_a_row < 2 && random.bool();
    *in_a_row = if refuses { *in_a_row + 1 } else { 0 };
    refuses
}

/// A stream of any server.
pub(crate) fn stream(
    transport: Arc<dyn Transport>,
    clock: &VirtualClock,
    options: StreamOptions,
) -> EventStream {
    let client = Client::builder().api_key("sk_test").env(|_| None).transport(transport);
    let client = client.clock(Arc::new(clock.clone())).build().expect("valid settings");
    let operation = OperationRequest::new("conversations.messages.stream").expect("it exists").operation;
    client.stream(operation, vec!["cm1".into(), "cm2".into()], options).expect("valid ids")
}

/// One parameter of a request's query.
pub(crate) fn query(request: &HttpRequest, name: &str) -> Option<String> {
    let query = request.uri.query().unwrap_or_default().as_bytes();
    url::form_urlencoded::parse(query).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"))
    };
    pairs.iter().map(pair).collect()
}

fn whole(status: u16, pairs: &[(&str, &str)], body: impl Into<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::new(status, headers(pairs), Box::new(Whole(Some(body.into()))))
}

struct Whole(Option<Bytes>);

impl Body for Whole {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async { Ok(self.0.take()) })
    }
}
