//! Who runs the tasks of connections.

use hyper::rt;

/// The runtime that a call is made in.
#[derive(Clone)]
pub(super) struct Executor;

impl<F> rt::Executor<F> for Executor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        drop(tokio::spawn(task));
    }
}
