//! Tasks that belong to no runtime: they go on whenever their owner polls them.

use std::mem;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures_util::future::CatchUnwind;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, Stream};

use crate::clock::BoxFuture;

type Task = BoxFuture<'static, ()>;

/// How long tasks may go on in one go, while their owner does nothing else.
const LONGEST: Duration = Duration::from_millis(2);

/// Where tasks are begun, by tasks and by any thread.
#[derive(Clone, Default)]
pub(crate) struct Spawner(Arc<Shared>);

#[derive(Default)]
struct Shared {
    begun: Mutex<Vec<Task>>,
    /// Those who count on timers that the owner does not know.
    hurrying: AtomicUsize,
    signal: Arc<Signal>,
}

impl Spawner {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.begun().push(Box::pin(task));
        self.0.signal.wake_by_ref();
    }

    /// As long as this is kept, turns come so often that timers which the owner does not know are on time.
    pub(crate) fn hurry(&self) -> Hurry {
        self.0.hurrying.fetch_add(1, Ordering::Relaxed);
        Hurry(self.0.clone())
    }
}

pub(crate) struct Hurry(Arc<Shared>);

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.hurrying.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    fn begun(&self) -> MutexGuard<'_, Vec<Task>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that a task can go on. Only the first to say so wakes the owner.
#[derive(Default)]
struct Signal {
    raised: AtomicBool,
    /// Absent while the owner attends.
    owner: Mutex<Option<Waker>>,
}

impl Signal {
    fn set_owner(&self, owner: Option<Waker>) -> Option<Waker> {
        mem::replace(&mut self.owner.lock().unwrap_or_else(PoisonError::into_inner), owner)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.raised.swap(true, Ordering::AcqRel)
            && let Some(owner) = self.set_owner(None)
        {
            owner.wake();
        }
    }
}

/// Tasks, and whether any of them can go on.
pub(super) struct Tasks {
    shared: Arc<Shared>,
    waker: Waker,
    /// A panic ends its task alone, as it would in a runtime.
    running: FuturesUnordered<CatchUnwind<AssertUnwindSafe<Task>>>,
}

impl Tasks {
    pub(super) fn new() -> Self {
        let shared = Arc::<Shared>::default();
        Self { waker: Waker::from(shared.signal.clone()), shared, running: FuturesUnordered::new() }
    }

    pub(super) fn spawner(&self) -> Spawner {
        Spawner(self.shared.clone())
    }

    /// Begins a task without waking the owner, who is about to run it.
    pub(super) fn begin(&self, task: Task) {
        self.shared.begun().push(task);
        self.shared.signal.raised.store(true, Ordering::Release);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn are_hurrying(&self) -> bool {
        self.shared.hurrying.load(Ordering::Relaxed) > 0
    }

    /// The tasks are about to be run, and nobody needs to be woken for that. A runtime that is woken in its own turn would not
    /// notice that it is woken again after it.
    pub(super) fn attend(&self) {
        self.shared.signal.set_owner(None);
    }

    /// Runs tasks until none can go on, or for long enough.
    pub(super) fn run(&mut self) {
        let Shared { signal, .. } = &*self.shared;
        let began = Instant::now();
        while signal.raised.swap(false, Ordering::AcqRel) {
            for task in self.shared.begun().drain(..) {
                self.running.push(AssertUnwindSafe(task).catch_unwind());
            }
            let context = &mut Context::from_waker(&self.waker);
            while let Poll::Ready(Some(_)) = Pin::new(&mut self.running).poll_next(context) {}
            if began.elapsed() >= LONGEST {
                break;
            }
        }
    }

    /// The owner turns to something else, and is woken once a task can go on. Says whether one still can.
    pub(super) fn leave(&self, owner: &Waker) -> bool {
        self.shared.signal.set_owner(Some(owner.clone()));
        self.shared.signal.raised.load(Ordering::Acquire)
    }
}
