//! A runtime for what never waits for anything but virtual time.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A future that is not ready after this number of polls never will be: there is no network, and time does not pass by itself.
const PATIENCE: u32 = 1_000_000;

/// Polls a future until it is ready.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..PATIENCE {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("it waits for something that will never come");
}
