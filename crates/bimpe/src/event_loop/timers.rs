//! Timers whose owner asks when the next one is due, which a runtime does not tell.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::clock::{BoxFuture, Clock};

#[derive(Clone)]
pub(super) struct Timers(Arc<Shared>);

struct Shared {
    origin: Instant,
    /// In nanoseconds. Nobody's time has come that is later, though it may be over: what else has arrived goes first.
    fired: AtomicU64,
    waiting: Mutex<Waiting>,
}

/// Those who wait, by the time that they wait for, and in the order of their coming.
#[derive(Default)]
struct Waiting {
    wakers: BTreeMap<(Duration, u64), Waker>,
    last: u64,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { origin: Instant::now(), fired: AtomicU64::new(0), waiting: Mutex::default() }))
    }

    /// Wakes those whose time has come.
    pub(super) fn fire(&self) {
        let now = self.now();
        self.0.fired.store(nanoseconds(now), Ordering::Relaxed);
        let mut waiting = self.waiting();
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

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut waiting = self.waiting();
        waiting.last += 1;
        let key = (self.now().saturating_add(duration), waiting.last);
        drop(waiting);
        Box::pin(Sleep { timers: self.clone(), key, waker: None })
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

struct Sleep {
    timers: Timers,
    key: (Duration, u64),
    /// Who is woken, as it was noted.
    waker: Option<Waker>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.timers.0.fired.load(Ordering::Relaxed) >= nanoseconds(self.key.0) {
            return Poll::Ready(());
        }
        // Streams ask again with each piece.
        if !self.waker.as_ref().is_some_and(|noted| noted.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
            self.timers.waiting().wakers.insert(self.key, context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timers.waiting().wakers.remove(&self.key);
    }
}
