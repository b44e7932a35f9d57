//! The thread that a binding gives its calls to. For bindings only.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::clock::BoxFuture;
use crate::error::Error;

/// A thread that runs tasks. One is enough: no call keeps it busy, and more of them would only wake each other. It is left
/// running when the process ends, and touches nothing of the other language.
#[derive(Clone)]
pub struct Background(Arc<Queue>);

/// Tasks that are to begin.
#[derive(Default)]
struct Queue {
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    news: Notify,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives no thread or no descriptor.
    pub fn start() -> Result<Self, Error> {
        let queue = Arc::new(Queue::default());
        serve(queue.clone()).map_err(|problem| {
            Error::internal(format!("could not start the background thread: {problem}"))
        })?;
        Ok(Self(queue))
    }

    /// Begins a task. The thread is woken once for all that begin before it comes to them.
    pub fn begin(&self, task: BoxFuture<'static, ()>) {
        let mut tasks = self.0.tasks();
        let is_first = tasks.is_empty();
        tasks.push(task);
        drop(tasks);
        if is_first {
            self.0.news.notify_one();
        }
    }
}

impl Queue {
    fn tasks(&self) -> MutexGuard<'_, Vec<BoxFuture<'static, ()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(queue: Arc<Queue>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let begin = async move {
        loop {
            queue.news.notified().await;
            for task in mem::take(&mut *queue.tasks()) {
                tokio::spawn(task);
            }
        }
    };
    thread::Builder::new().name("bimpe".to_owned()).spawn(move || runtime.block_on(begin))?;
    Ok(())
}
