//! Cancelling one call from JavaScript.

use std::sync::{Mutex, PoisonError};

use futures_util::future::{AbortHandle, AbortRegistration};
use napi_derive::napi;

/// Cancels the call that it was given to, wherever that call is: connecting, waiting or backing off.
#[napi]
pub struct CancelHandle {
    handle: AbortHandle,
    registration: Mutex<Option<AbortRegistration>>,
}

#[napi]
impl CancelHandle {
    /// A handle for one call.
    #[napi(constructor)]
    pub fn new() -> Self {
        let (handle, registration) = AbortHandle::new_pair();
        Self { handle, registration: Mutex::new(Some(registration)) }
    }

    /// Drops the call's future, which closes its connection.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.handle.abort();
    }

    /// What ties a future to this handle. It is there once, because a handle serves one call.
    pub(crate) fn registration(&self) -> Option<AbortRegistration> {
        self.registration.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
