//! A channel from tasks of the runtime to a waiting Python thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bimpe_runtime::lock;
use tokio::runtime::Handle;

/// The receiving end.
pub(crate) struct Receiver<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    items: VecDeque<T>,
    reader: Option<Thread>,
    closed: bool,
}

/// Result of [`Receiver::recv`].
pub(crate) enum RecvResult<T> {
    Item(T),
    /// No item arrived in time.
    TimedOut,
    /// The sender was dropped.
    Closed,
}

impl<T> Receiver<T> {
    /// Returns both ends of a channel.
    pub(crate) fn new() -> (Sender<T>, Self) {
        let state = State { items: VecDeque::new(), reader: None, closed: false };
        let shared = Arc::new(Mutex::new(state));
        (Sender(shared.clone()), Self(shared))
    }

    /// Waits for an item, at most until the timeout.
    pub(crate) fn recv(&self, timeout: Duration) -> RecvResult<T> {
        let begun = Instant::now();
        loop {
            let mut state = lock(&self.0);
            if let Some(item) = state.items.pop_front() {
                return RecvResult::Item(item);
            }
            if state.closed {
                return RecvResult::Closed;
            }
            let left = timeout.saturating_sub(begun.elapsed());
            if left.is_zero() {
                state.reader = None;
                return RecvResult::TimedOut;
            }
            state.reader = Some(thread::current());
            drop(state);
            thread::park_timeout(left);
        }
    }
}

/// The sending end, for tasks of the runtime. Dropping it closes the channel.
pub(crate) struct Sender<T>(Arc<Mutex<State<T>>>);

impl<T> Sender<T> {
    pub(crate) fn send(&self, item: T) {
        let mut state = lock(&self.0);
        state.items.push_back(item);
        wake(state);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.closed = true;
        wake(state);
    }
}

fn wake<T>(mut state: MutexGuard<'_, State<T>>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        unpark_after_batch(reader);
    }
}

thread_local! {
    /// Readers to wake. Not a mutex, because a fork could leave one locked.
    static READERS: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
}

/// Wakes the reader after the ready tasks have run. Waking at once would preempt this thread once for each reader.
fn unpark_after_batch(reader: Thread) {
    if Handle::try_current().is_err() {
        reader.unpark();
        return;
    }
    let waiting = READERS.with_borrow_mut(|readers| {
        readers.push(reader);
        readers.len()
    });
    if waiting == 1 {
        tokio::spawn(async { READERS.take().iter().for_each(Thread::unpark) });
    }
}
