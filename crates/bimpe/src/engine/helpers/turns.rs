//! One after the other for the same thing, all at once for different things.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Holds back all but one.
pub(super) type Turn = futures_util::lock::Mutex<()>;

/// The things that somebody is at work on.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Weak<Turn>>>);

impl Turns {
    /// The lock of a thing, for as long as anybody holds it.
    pub(super) fn of(&self, thing: String) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&thing).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(thing, Arc::downgrade(&turn));
        turn
    }
}
