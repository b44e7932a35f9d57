//! Virtual time. The earliest timer moves the clock to its due time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::clock::{BoxFuture, Clock};
use crate::sync::lock;

/// A clock that jumps to the next sleeper's moment instead of waiting.
#[derive(Default, Clone)]
pub struct VirtualClock(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    next_id: u64,
    sleepers: Vec<Sleeper>,
}

struct Sleeper {
    id: u64,
    due: Duration,
    waker: Option<Waker>,
}

impl VirtualClock {
    /// Creates a clock at zero, which is 2026-01-01 00:00 UTC.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        lock(&self.0).now
    }

    fn unix_time(&self) -> Duration {
        Duration::from_secs(1_767_225_600) + self.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = lock(&self.0);
        let id = state.next_id;
        state.next_id += 1;
        let due = state.now.saturating_add(duration);
        state.sleepers.push(Sleeper { id, due, waker: None });
        Box::pin(Sleep { clock: self.clone(), id, due })
    }
}

struct Sleep {
    clock: VirtualClock,
    id: u64,
    due: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.clock.0);
        let earliest = state.sleepers.iter().map(|sleeper| sleeper.due).min().unwrap_or(self.due);
        if self.due <= earliest || self.due <= state.now {
            state.now = state.now.max(self.due);
            return Poll::Ready(());
        }
        let id = self.id;
        if let Some(sleeper) = state.sleepers.iter_mut().find(|sleeper| sleeper.id == id) {
            sleeper.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut state = lock(&self.clock.0);
        let id = self.id;
        state.sleepers.retain(|sleeper| sleeper.id != id);
        // The earliest timer may now move the clock.
        for sleeper in &mut state.sleepers {
            if let Some(waker) = sleeper.waker.take() {
                waker.wake();
            }
        }
    }
}
