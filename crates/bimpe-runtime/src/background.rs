//! The thread that runs the requests of a binding.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex};
use std::thread;

use bimpe::{BoxFuture, Error};
use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::sync::lock;

/// A thread that runs tasks. One thread is enough, because no request keeps it busy, and several would wake each other.
/// The thread runs until the process exits. It accesses no memory of the other language.
#[derive(Clone)]
pub struct BackgroundRuntime(Arc<Queue>);

#[derive(Default)]
struct Queue {
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    submitted: Notify,
}

impl BackgroundRuntime {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system provides no thread or no file descriptor.
    pub fn start() -> Result<Self, Error> {
        let queue = Arc::new(Queue::default());
        run(queue.clone())
            .map_err(|error| Error::internal(format!("could not start the background thread: {error}")))?;
        Ok(Self(queue))
    }

    /// Spawns a task. One wake-up of the thread starts all tasks that were submitted by then.
    pub fn spawn(&self, task: BoxFuture<'static, ()>) {
        let mut tasks = lock(&self.0.tasks);
        let is_first = tasks.is_empty();
        tasks.push(task);
        drop(tasks);
        if is_first {
            self.0.submitted.notify_one();
        }
    }
}

fn run(queue: Arc<Queue>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let spawn_submitted = async move {
        loop {
            queue.submitted.notified().await;
            for task in mem::take(&mut *lock(&queue.tasks)) {
                tokio::spawn(task);
            }
        }
    };
    thread::Builder::new().name("bimpe".to_owned()).spawn(move || runtime.block_on(spawn_submitted))?;
    Ok(())
}
