//! How what has come reaches JavaScript: by one letter-box for each environment, whose function is called once for all of it.
//! A promise of Node-API for each call would cost a thread-safe function each.
#![expect(deprecated, reason = "napi has no other safe way to keep the process alive for a while")]

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, AbortRegistration};
use napi::bindgen_prelude::{Either, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::outcome::Outcome;
use crate::stream::Batch;

/// How a call ended, or what a stream has brought.
pub(crate) type Letter = Either<Outcome, Batch>;

/// Where all that JavaScript waits for is left. It keeps the process alive while there is something to wait for.
#[napi]
pub struct LetterBox(Arc<Shared>);

type OnMail = ThreadsafeFunction<(), (), (), Status, false, true>;

struct Shared {
    state: Mutex<State>,
    /// What is called when there is something to take. It is not part of the state: to call it takes long enough for others to
    /// want the state.
    on_mail: Mutex<OnMail>,
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    /// How many letters JavaScript waits for, those above included.
    pending: usize,
    /// Aborts the calls that are running, by their numbers.
    calls: HashMap<u32, AbortHandle>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_mail(&self) -> MutexGuard<'_, OnMail> {
        self.on_mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[napi]
impl LetterBox {
    /// A letter-box that calls this function.
    #[napi(constructor)]
    pub fn new(on_mail: Function<'_, (), ()>) -> Result<Self> {
        let on_mail = on_mail.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self(Arc::new(Shared { state: Mutex::default(), on_mail: Mutex::new(on_mail) })))
    }

    /// What has come since the last time.
    #[napi(catch_unwind)]
    pub fn take(&self, env: Env) -> Result<Vec<Either<Outcome, Batch>>> {
        let mut state = self.0.state();
        let letters = mem::take(&mut state.letters);
        state.pending -= letters.len();
        let is_last = state.pending == 0;
        drop(state);
        if is_last {
            self.0.on_mail().unref(&env)?;
        }
        Ok(letters)
    }

    /// Aborts the call with this number, wherever it is: connecting, waiting or backing off. Its connection is closed.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        let call = self.0.state().calls.remove(&id);
        call.iter().for_each(AbortHandle::abort);
    }
}

/// Node drops it when the environment ends, as that of a worker that is terminated.
impl Drop for LetterBox {
    fn drop(&mut self) {
        let calls = mem::take(&mut self.0.state().calls);
        calls.values().for_each(AbortHandle::abort);
    }
}

impl LetterBox {
    /// Where a letter is put.
    pub(crate) fn slot(&self, env: Env) -> Result<Slot> {
        self.expect(env, |_| ())?;
        Ok(Slot(self.0.clone()))
    }

    /// Where the outcome of the call with this number is put, and what aborts the call.
    pub(crate) fn call_slot(&self, env: Env, id: u32) -> Result<(Slot, AbortRegistration)> {
        let (handle, registration) = AbortHandle::new_pair();
        self.expect(env, |state| drop(state.calls.insert(id, handle)))?;
        Ok((Slot(self.0.clone()), registration))
    }

    /// One more letter is to come.
    fn expect(&self, env: Env, note: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = self.0.state();
        let is_first = state.pending == 0;
        state.pending += 1;
        note(&mut state);
        drop(state);
        if is_first { self.0.on_mail().refer(&env) } else { Ok(()) }
    }
}

/// The way of one letter.
pub(crate) struct Slot(Arc<Shared>);

impl Slot {
    pub(crate) fn put(self, letter: Letter) {
        let mut state = self.0.state();
        if let Letter::A(outcome) = &letter {
            state.calls.remove(&outcome.id);
        }
        let is_first = state.letters.is_empty();
        state.letters.push(letter);
        drop(state);
        if is_first {
            // Refused only when JavaScript is about to end.
            self.0.on_mail().call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}
