//! Timers whose owner asks when the next one is due, which a runtime does not tell.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clock::{BoxFuture, Clock};

#[derive(Clone)]
pub(super) struct Timers(Arc<Shared>);

struct Shared {
    origin: Instant,
    waiting: Mutex<Waiting>,
}

/// Those who wait, by the time that they wait for, and in the order of their coming.
#[derive(Default)]
struct Waiting {
    wakers: BTreeMap<(Duration, u64), Waker>,
    last: u64,
    /// Nobody's time has come that is later, though it may be over: what else has arrived goes first.
    fired: Duration,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { origin: Instant::now(), waiting: Mutex::default() }))
    }

    /// Wakes those whose time has come.
    pub(super) fn fire(&self) {
        let now = self.now();
        let mut waiting = self.waiting();
        waiting.fired = now;
        while let Some(first) = waiting.wakers.first_entry()
            && first.key().0 <= now
        {
            first.remove().wake();
        }
    }

    /// How long it is until the next one is due.
    pub(super) fn next(&self) -> Option<Duration> {
        let at = self.waiting().wakers.first_key_value().map(|((at, _), _)| *at);
        at.map(|at| at.saturating_sub(self.now()))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Timers {
    fn now(&self) -> Duration {
        self.0.origin.elapsed()
    }

    fn unix_time(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut waiting = self.waiting();
        waiting.last += 1;
        let key = (self.now().saturating_add(duration), waiting.last);
        drop(waiting);
        Box::pin(Sleep { timers: self.clone(), key })
    }
}

struct Sleep {
    timers: Timers,
    key: (Duration, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.timers.waiting();
        if waiting.fired >= self.key.0 {
            return Poll::Ready(());
        }
        waiting.wakers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timers.waiting().wakers.remove(&self.key);
    }
}
