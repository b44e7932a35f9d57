//! The engine within the event loop of another language: no thread of its own, and no way to one and back for each call. That
//! loop waits for the engine's descriptor, and gives it a turn when something has happened. For bindings only.

use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::unconstrained;

use self::tasks::Tasks;
pub(crate) use self::tasks::{Hurry, Spawner};
use self::timers::Timers;
use crate::clock::{BoxFuture, Clock};
use crate::error::Error;
use crate::transport::Connections;

mod tasks;
mod timers;

/// tokio does not tell when its own timers are due, which are those of connections: to ping, to close an idle one. They last many
/// seconds, and this is how late they may be.
const TICK: Duration = Duration::from_secs(1);
/// The same while a connection is made, where an address that does not answer is followed by the next one soon.
const SHORT_TICK: Duration = Duration::from_millis(10);

/// An engine that waits for turns.
pub struct EventLoop {
    runtime: Runtime,
    tasks: Tasks,
    timers: Timers,
    connections: Connections,
}

impl EventLoop {
    /// An engine with nothing to do.
    ///
    /// # Errors
    /// If the system gives no descriptor.
    pub fn new() -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|problem| Error::internal(format!("could not wait for the network: {problem}")))?;
        let tasks = Tasks::new();
        let connections = Connections::run_by(tasks.spawner());
        Ok(Self { runtime, tasks, timers: Timers::new(), connections })
    }

    /// What waits for the network. Its descriptor says when a turn is needed.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The connections of clients whose calls are begun here.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The time of these clients.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.timers.clone())
    }

    /// Begins a task, in the next turn.
    pub fn begin(&mut self, task: BoxFuture<'static, ()>) {
        self.tasks.begin(task);
    }

    /// Does all that can be done without waiting. Gives the time after which another turn is due, even if nothing happens.
    pub fn turn(&mut self) -> Option<Duration> {
        let Self { runtime, tasks, timers, .. } = self;
        let mut has_looked = false;
        // tokio's budget would leave wakers behind that it calls only in a turn of its own.
        let more = runtime.block_on(unconstrained(poll_fn(|context| {
            // The runtime looks at the network before it polls this again: a connection that was closed is not sent on, and
            // what has arrived goes before what is due.
            if !mem::replace(&mut has_looked, true) {
                tasks.attend();
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            tasks.run();
            timers.fire();
            tasks.run();
            Poll::Ready(tasks.leave(context.waker()))
        })));
        let tick = if tasks.are_hurrying() { SHORT_TICK } else { TICK };
        match timers.next() {
            _ if more => Some(Duration::ZERO),
            Some(due) => Some(due.min(tick)),
            None => (!tasks.is_empty()).then_some(tick),
        }
    }

    /// Ends all tasks where they are.
    pub fn shut_down(self) {
        drop(self.tasks);
        // Does not wait for a name that is being looked up.
        self.runtime.shutdown_background();
    }
}
