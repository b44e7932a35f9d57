//! Tasks that belong to no runtime: they go on whenever their owner polls them.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::stream::FuturesUnordered;
use futures_util::task::AtomicWaker;
use futures_util::{FutureExt, Stream};

use crate::clock::BoxFuture;

type Task = BoxFuture<'static, ()>;

/// With more rounds in one go, tasks that always find something to do would keep their owner from all else.
const ROUNDS: usize = 64;

/// Where tasks are begun, by tasks and by any thread.
#[derive(Clone, Default)]
pub(crate) struct Spawner(Arc<Shared>);

#[derive(Default)]
struct Shared {
    begun: Mutex<Vec<Task>>,
    signal: Arc<Signal>,
}

impl Spawner {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.begun().push(Box::pin(task));
        self.0.signal.wake_by_ref();
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
    owner: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            self.owner.wake();
        }
    }
}

/// Tasks, and whether any of them can go on.
pub(super) struct Tasks {
    shared: Arc<Shared>,
    waker: Waker,
    running: FuturesUnordered<Task>,
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

    /// The tasks are about to be run, and nobody needs to be woken for that. A runtime that is woken in its own turn would not
    /// notice that it is woken again after it.
    pub(super) fn attend(&self) {
        drop(self.shared.signal.owner.take());
    }

    /// Runs tasks until none can go on, or for long enough: says whether one still can. Once one can again, the waker of
    /// this context is called.
    pub(super) fn run(&mut self, context: &Context<'_>) -> bool {
        let Shared { signal, .. } = &*self.shared;
        for _ in 0..ROUNDS {
            if !signal.raised.swap(false, Ordering::AcqRel) {
                break;
            }
            for task in self.shared.begun().drain(..) {
                // A panic ends its task alone, as it would in a runtime.
                self.running.push(Box::pin(AssertUnwindSafe(task).catch_unwind().map(drop)));
            }
            let context = &mut Context::from_waker(&self.waker);
            while let Poll::Ready(Some(())) = Pin::new(&mut self.running).poll_next(context) {}
        }
        signal.owner.register(context.waker());
        signal.raised.load(Ordering::Acquire)
    }
}
