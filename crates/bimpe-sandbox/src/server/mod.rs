//! A running sandbox. The server runs on its own thread.

mod builder;
mod connections;
mod control;
mod error;

use std::fmt;
use std::sync::Arc;
use std::thread;

use tokio::sync::watch;

use crate::state::AppState;

pub use builder::Builder;
pub use error::Error;

struct Running {
    state: Arc<AppState>,
    stop: watch::Sender<bool>,
}

/// A running sandbox. Dropping the value stops the sandbox.
///
/// ```
/// use bimpe_sandbox::Sandbox;
///
/// # fn main() -> Result<(), bimpe_sandbox::Error> {
/// let sandbox = Sandbox::start_blocking()?;
/// println!("export BIMPEAI_BASE_URL={}", sandbox.url());
/// println!("export BIMPEAI_API_KEY={}", sandbox.api_key());
/// println!("agent {} uses workflow {}", sandbox.agent_id(), sandbox.workflow_id());
/// sandbox.stop();
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    running: Running,
    thread: Option<thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a sandbox with the default settings on a free port, from code that is not async.
    pub fn start_blocking() -> Result<Self, Error> {
        Builder::default().start_blocking()
    }

    fn new(running: Running, thread: thread::JoinHandle<()>) -> Self {
        Self { running, thread: Some(thread) }
    }

    /// Returns the base URL, for example `http://127.0.0.1:4010`. Clients append `/api/v1/console`.
    pub fn url(&self) -> &str {
        &self.running.state.url
    }

    /// Returns an API key with all scopes.
    pub fn api_key(&self) -> &str {
        &self.running.state.seed_data.key
    }

    /// Returns the id of the seeded agent.
    pub fn agent_id(&self) -> &str {
        &self.running.state.seed_data.agent
    }

    /// Returns the id of the workflow of the seeded agent. The team owns the workflow.
    pub fn workflow_id(&self) -> &str {
        &self.running.state.seed_data.workflow
    }

    /// Stops the sandbox, and returns when its thread has ended.
    pub async fn shutdown(mut self) {
        self.running.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // The thread printed the message of a panic, so the result holds nothing new.
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }

    /// Stops the sandbox from code that is not async, and returns when its thread has ended.
    pub fn stop(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.running.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url()).finish_non_exhaustive()
    }
}
