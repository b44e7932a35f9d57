//! How outcomes reach JavaScript: by one letter-box for each environment, which wakes JavaScript once for all that have
//! come. A promise of Node-API for each call would cost a thread-safe function each.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bimpe::Error;
use bimpe::engine::Response;
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::outcome::Outcome;

/// Is called when there are outcomes to take. It does not keep the process alive: JavaScript sees to that while it waits.
type OnMail = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Where the outcomes of an environment's calls are left.
#[napi]
pub struct LetterBox(Arc<Shared>);

struct Shared {
    mail: Mutex<Vec<(u32, Result<Response, Error>)>>,
    on_mail: OnMail,
}

impl Shared {
    fn mail(&self) -> MutexGuard<'_, Vec<(u32, Result<Response, Error>)>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[napi]
impl LetterBox {
    /// A letter-box that calls this function.
    #[napi(constructor)]
    pub fn new(on_mail: OnMail) -> Self {
        Self(Arc::new(Shared { mail: Mutex::default(), on_mail }))
    }

    /// What has come since the last time.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Vec<Outcome> {
        let mail = mem::take(&mut *self.0.mail());
        mail.into_iter().map(|(id, result)| Outcome::new(id, result)).collect()
    }
}

impl LetterBox {
    /// Where the outcome of a call is put.
    pub(crate) fn slot(&self, id: u32) -> Slot {
        Slot { shared: self.0.clone(), id }
    }
}

/// The way of one outcome.
pub(crate) struct Slot {
    shared: Arc<Shared>,
    id: u32,
}

impl Slot {
    pub(crate) fn put(self, result: Result<Response, Error>) {
        let mut mail = self.shared.mail();
        let is_first = mail.is_empty();
        mail.push((self.id, result));
        drop(mail);
        if is_first {
            // Refused only when JavaScript is about to end.
            self.shared.on_mail.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
