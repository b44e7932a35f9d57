//! Where a thread of Python waits for what the runtime's thread brings.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// Things that have come, and who waits for more.
pub(crate) struct Inbox<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    things: VecDeque<T>,
    reader: Option<Thread>,
    closed: bool,
}

/// What is there to read.
pub(crate) enum Read<T> {
    Thing(T),
    /// Nothing has come in the time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

impl<T> Inbox<T> {
    /// An inbox, and the only way to put things into it.
    pub(crate) fn new() -> (Outbox<T>, Self) {
        let state = State { things: VecDeque::new(), reader: None, closed: false };
        let shared = Arc::new(Mutex::new(state));
        (Outbox(shared.clone()), Self(shared))
    }

    /// Waits for something, but not longer than this.
    pub(crate) fn read(&self, longest: Duration) -> Read<T> {
        let begun = Instant::now();
        loop {
            let mut state = lock(&self.0);
            if let Some(thing) = state.things.pop_front() {
                return Read::Thing(thing);
            }
            if state.closed {
                return Read::Closed;
            }
            let left = longest.saturating_sub(begun.elapsed());
            if left.is_zero() {
                state.reader = None;
                return Read::Nothing;
            }
            state.reader = Some(thread::current());
            drop(state);
            thread::park_timeout(left);
        }
    }
}

/// The other end of an inbox, which is closed when this is dropped. Only tasks of the runtime put something in.
pub(crate) struct Outbox<T>(Arc<Mutex<State<T>>>);

impl<T> Outbox<T> {
    pub(crate) fn put(&self, thing: T) {
        let mut state = lock(&self.0);
        state.things.push_back(thing);
        wake(state);
    }
}

impl<T> Drop for Outbox<T> {
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
        wake_soon(reader);
    }
}

thread_local! {
    /// Who is to be woken by this thread. No lock, which a fork could leave taken.
    static READERS: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
}

/// Wakes the thread when the tasks that are ready have run. It may push this thread aside, and would then be followed by
/// each of those for which these tasks have news, one by one.
fn wake_soon(reader: Thread) {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
