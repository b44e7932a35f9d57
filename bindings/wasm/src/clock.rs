//! Time of the host.

use std::time::Duration;

use bimpe::{BoxFuture, Clock};
use js_sys::futures::JsFuture;
use send_wrapper::SendWrapper;

use crate::host::{self, Timer};

/// The clock and the timers of the host.
pub(crate) struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Duration {
        duration(host::get().now())
    }

    fn unix_time(&self) -> Duration {
        duration(host::get().unix_time())
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let timer = RunningTimer(host::get().timer(time.as_secs_f64() * 1000.0));
        Box::pin(SendWrapper::new(async move {
            // The promise of a timer never rejects.
            let _ = JsFuture::from(timer.0.done()).await;
        }))
    }
}

fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

/// A timer that ends with its future, because a running timer keeps a program alive.
struct RunningTimer(Timer);

impl Drop for RunningTimer {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
