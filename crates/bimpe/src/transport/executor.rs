//! Who runs the tasks of connections.

use hyper::rt;

use crate::event_loop::{Hurry, Spawner};

/// The runtime that a call is made in, or an event loop.
#[derive(Clone, Default)]
pub(crate) struct Executor(Option<Spawner>);

impl Executor {
    pub(super) fn of(event_loop: Spawner) -> Self {
        Self(Some(event_loop))
    }

    /// To be kept as long as timers of tokio are waited for that are to be on time.
    pub(super) fn hurry(&self) -> Option<Hurry> {
        self.0.as_ref().map(Spawner::hurry)
    }
}

impl<F> rt::Executor<F> for Executor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        match &self.0 {
            Some(spawner) => spawner.spawn(task),
            None => drop(tokio::spawn(task)),
        }
    }
}
