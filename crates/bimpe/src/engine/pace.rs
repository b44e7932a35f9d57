//! Pacing: requests wait for the rate limit of their key instead of being refused by it.

use std::collections::HashMap;
use std::future::poll_fn;
use std::str::FromStr;
#[cfg(feature = "network")]
use std::sync::LazyLock;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::hash::{hash, process_id};
use super::retry;
use crate::clock::{BoxFuture, Clock};
use crate::error::{Error, RateLimit};
use crate::sync::lock;

/// How a client follows the rate limit of the server.
///
/// ```
/// let pace: bimpe::Pace = "adaptive".parse()?;
/// assert_eq!(pace, bimpe::Pace::Adaptive);
/// # Ok::<(), bimpe::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pace {
    /// Requests wait, within their timeouts, while the window of their API key is used up.
    Adaptive,
}

impl FromStr for Pace {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if name == "adaptive" { Ok(Self::Adaptive) } else { Err(Error::user("pace must be `adaptive`")) }
    }
}

/// The time that one request has to learn the state of a window, while others wait for its response.
const PROBE_TIME: Duration = Duration::from_secs(1);
/// The time until the next look at a server that sent no rate limit.
const UNLIMITED_TIME: Duration = Duration::from_secs(60);

/// The pacers of all keys.
#[derive(Clone, Default)]
pub(crate) struct Pacers(Arc<Mutex<HashMap<Uuid, Arc<Pacer>>>>);

impl Pacers {
    /// The pacers that the clients of this process share.
    #[cfg(feature = "network")]
    pub(crate) fn shared() -> Self {
        static SHARED: LazyLock<Pacers> = LazyLock::new(Pacers::default);
        SHARED.clone()
    }

    /// Returns the pacer of a key. Only a hash of the key is kept.
    pub(super) fn of(&self, base: &str, key: &str, clock: &Arc<dyn Clock>) -> Arc<Pacer> {
        // In a forked child, the requests of the parent never end.
        let name = hash(&(process_id(), base, key));
        let mut pacers = lock(&self.0);
        if let Some(pacer) = pacers.get(&name) {
            return pacer.clone();
        }
        pacers.retain(|_, pacer| Arc::strong_count(pacer) > 1 || pacer.knows_a_window());
        pacers.entry(name).or_insert_with(|| Arc::new(Pacer::new(clock.clone()))).clone()
    }
}

/// Admits the requests of one key.
pub(crate) struct Pacer {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held by the request that is next, so that one request wakes for each change.
    turn: futures_util::lock::Mutex<()>,
    /// The waker of the request that is next.
    next: AtomicWaker,
}

#[derive(Default)]
struct State {
    window: Option<Window>,
    in_flight: u64,
    /// End of the time for the request that looks at a new window.
    probe_ends: Duration,
}

/// A window, as the server described it.
struct Window {
    /// The end in Unix seconds, which identifies the window. Zero if the server did not send it.
    reset_at: u64,
    /// The end by the clock of the client.
    ends: Duration,
    remaining: u64,
}

/// The window is used up, and the next one begins after the deadline.
pub(super) struct UsedUp(pub(super) Duration);

impl Pacer {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            turn: futures_util::lock::Mutex::new(()),
            next: AtomicWaker::new(),
        }
    }

    fn knows_a_window(&self) -> bool {
        let now = self.clock.now();
        lock(&self.state).window.as_ref().is_some_and(|window| window.ends > now)
    }

    /// Waits until the window has room. Fails at once if it has none before the end of this time.
    pub(super) async fn permit(self: Arc<Self>, time: Duration) -> Result<Permit, UsedUp> {
        let deadline = self.clock.now().saturating_add(time);
        let _turn = self.turn.lock().await;
        let mut timer = None;
        poll_fn(|context| self.poll_permit(context, deadline, &mut timer)).await
    }

    fn poll_permit(
        self: &Arc<Self>,
        context: &mut Context<'_>,
        deadline: Duration,
        timer: &mut Option<(Duration, BoxFuture<'static, ()>)>,
    ) -> Poll<Result<Permit, UsedUp>> {
        self.next.register(context.waker());
        loop {
            let now = self.clock.now();
            let until = match lock(&self.state).admit(now) {
                Admission::Granted { is_probe } => {
                    return Poll::Ready(Ok(Permit { pacer: self.clone(), is_probe }));
                }
                Admission::UsedUpUntil(end) if end > deadline => {
                    return Poll::Ready(Err(UsedUp(end.saturating_sub(now))));
                }
                Admission::UsedUpUntil(time) | Admission::UnknownUntil(time) => time,
            };
            let sleep = match timer {
                Some((due, sleep)) if *due == until => sleep,
                _ => &mut timer.insert((until, self.clock.sleep(until.saturating_sub(now)))).1,
            };
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            *timer = None;
        }
    }
}

/// The reply to a request that would like to be sent.
enum Admission {
    Granted {
        is_probe: bool,
    },
    /// No request fits before this time.
    UsedUpUntil(Duration),
    /// A response may change the state before this time.
    UnknownUntil(Duration),
}

impl State {
    fn admit(&mut self, now: Duration) -> Admission {
        if self.window.as_ref().is_some_and(|window| window.ends <= now) {
            self.window = None;
        }
        let is_probe = self.window.is_none();
        match &self.window {
            None if now < self.probe_ends => return Admission::UnknownUntil(self.probe_ends),
            None => self.probe_ends = now.saturating_add(PROBE_TIME),
            Some(window) if window.remaining == 0 => return Admission::UsedUpUntil(window.ends),
            // The server may not have counted the requests in flight.
            Some(window) if window.remaining <= self.in_flight => {
                return Admission::UnknownUntil(window.ends);
            }
            Some(_) => {}
        }
        self.in_flight += 1;
        Admission::Granted { is_probe }
    }

    /// Takes over the window of a response.
    fn learn(&mut self, seen: Window) {
        match &mut self.window {
            // A response that was on its way for longer than others.
            Some(known) if seen.reset_at < known.reset_at => {}
            Some(known) if seen.reset_at == known.reset_at => {
                known.remaining = known.remaining.min(seen.remaining);
                known.ends = known.ends.min(seen.ends);
            }
            _ => self.window = Some(seen),
        }
    }
}

/// Permission to send one request. The request is in flight until the permit is dropped.
pub(super) struct Permit {
    pacer: Arc<Pacer>,
    is_probe: bool,
}

impl Permit {
    /// Reads the rate limit of a response.
    pub(super) fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        let clock = &self.pacer.clock;
        let now = clock.now();
        let limit = RateLimit::of(headers);
        let reset = limit.reset_at.map(|reset_at| {
            (
                reset_at,
                now.saturating_add(
                    Duration::from_secs(reset_at).saturating_sub(server_time(headers, &**clock)),
                ),
            )
        });
        let mut state = lock(&self.pacer.state);
        if status == StatusCode::TOO_MANY_REQUESTS {
            let asked = retry::retry_after(headers, clock.unix_time());
            let Some(ends) = asked.map(|wait| now.saturating_add(wait)).or(reset.map(|(_, ends)| ends))
            else {
                return;
            };
            let known = state.window.as_ref().map_or(0, |window| window.reset_at);
            let reset_at = reset.map_or(known, |(reset_at, _)| reset_at).max(known);
            state.window = Some(Window { reset_at, ends, remaining: 0 });
        } else if let (Some(remaining), Some((reset_at, ends))) = (limit.remaining, reset) {
            state.learn(Window { reset_at, ends, remaining });
        } else if state.window.is_none() {
            let ends = now.saturating_add(UNLIMITED_TIME);
            state.window = Some(Window { reset_at: 0, ends, remaining: u64::MAX });
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = lock(&self.pacer.state);
        state.in_flight = state.in_flight.saturating_sub(1);
        if self.is_probe {
            state.probe_ends = Duration::ZERO;
        }
        drop(state);
        self.pacer.next.wake();
    }
}

/// The Unix time of the server: that of this machine, unless the date of the response contradicts it.
fn server_time(headers: &HeaderMap, clock: &dyn Clock) -> Duration {
    /// `Date` has whole seconds, and the response was on its way.
    const TOLERANCE: Duration = Duration::from_secs(2);
    let own = clock.unix_time();
    match retry::date(headers) {
        Some(date) if date.abs_diff(own) > TOLERANCE => date,
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn window(reset_at: u64, ends: u64, remaining: u64) -> Window {
        Window { reset_at, ends: Duration::from_secs(ends), remaining }
    }

    fn grants(state: &mut State, now: Duration) -> usize {
        (0..100).take_while(|_| matches!(state.admit(now), Admission::Granted { .. })).count()
    }

    #[test]
    fn an_unknown_window_admits_one_request_until_its_response() {
        let mut state = State::default();
        assert_eq!(grants(&mut state, NOW), 1);
        assert_eq!(grants(&mut state, NOW + PROBE_TIME), 1);
        state.learn(window(7, 110, 5));
        assert_eq!(grants(&mut state, NOW + PROBE_TIME), 3);
    }

    #[test]
    fn a_window_admits_what_remains_and_the_next_one_begins_with_one() {
        let mut state = State { window: Some(window(7, 110, 3)), ..State::default() };
        assert_eq!(grants(&mut state, NOW), 3);
        assert!(matches!(state.admit(NOW), Admission::UnknownUntil(_)));
        state.learn(window(7, 110, 0));
        assert!(matches!(state.admit(NOW), Admission::UsedUpUntil(end) if end.as_secs() == 110));
        assert_eq!(grants(&mut state, Duration::from_secs(110)), 1);
    }

    #[test]
    fn late_responses_of_a_window_do_not_enlarge_it() {
        let mut state = State { window: Some(window(7, 110, 3)), ..State::default() };
        state.learn(window(7, 111, 5));
        state.learn(window(6, 109, 60));
        let known = state.window.expect("it is known");
        assert_eq!((known.remaining, known.ends.as_secs()), (3, 110));
    }
}
