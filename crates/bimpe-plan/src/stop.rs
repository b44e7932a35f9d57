//! A request to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Stops a [`crate::Fleet`] after the changes that are being written. Clones stop the same one.
///
/// ```
/// let stop = bimpe_plan::Stop::default();
/// stop.clone().request();
/// assert!(stop.is_requested());
/// ```
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Begins no other change.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether a stop was requested.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the request.
    pub(crate) async fn wait(&self) {
        // The sender lives as long as this value.
        let _ = self.0.subscribe().wait_for(|requested| *requested).await;
    }
}
