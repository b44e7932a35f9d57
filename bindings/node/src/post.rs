//! How what has come reaches JavaScript: by one letter-box for each environment, whose function is called once for all of it.
//! A promise of Node-API for each call would cost a thread-safe function each.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;

use crate::outcome::Outcome;
use crate::stream::Batch;

/// How a call ended, or what a stream has brought.
pub(crate) type Letter = Either<Outcome, Batch>;

/// Where all that JavaScript waits for is left.
#[napi]
pub struct LetterBox(Arc<Shared>);

struct Shared {
    mail: Mutex<Vec<Letter>>,
    /// What is called when there is something to take. It does not keep the process alive: JavaScript sees to that while
    /// it waits.
    on_mail: ThreadsafeFunction<(), (), (), Status, false, true>,
}

impl Shared {
    fn mail(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[napi]
impl LetterBox {
    /// A letter-box that calls this function.
    #[napi(constructor)]
    pub fn new(on_mail: Function<'_, (), ()>) -> Result<Self> {
        let on_mail = on_mail.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self(Arc::new(Shared { mail: Mutex::default(), on_mail })))
    }

    /// What has come since the last time.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Vec<Either<Outcome, Batch>> {
        mem::take(&mut *self.0.mail())
    }
}

impl LetterBox {
    /// Where a letter is put.
    pub(crate) fn slot(&self) -> Slot {
        Slot(self.0.clone())
    }
}

/// The way of one letter.
pub(crate) struct Slot(Arc<Shared>);

impl Slot {
    pub(crate) fn put(self, letter: Letter) {
        let mut mail = self.0.mail();
        let is_first = mail.is_empty();
        mail.push(letter);
        drop(mail);
        if is_first {
            // Refused only when JavaScript is about to end.
            self.0.on_mail.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
