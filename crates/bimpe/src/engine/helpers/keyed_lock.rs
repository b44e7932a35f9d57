//! One after the other for the same name, all at once for different names.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use uuid::Uuid;

/// Holds back all but one.
pub(super) type Turn = futures_util::lock::Mutex<()>;

/// The locks that calls of this process hold or wait for. The clients of one process share them.
static TURNS: LazyLock<Mutex<HashMap<Uuid, Weak<Turn>>>> = LazyLock::new(Mutex::default);

/// The lock for what these parts name. Only their hash is kept, because one of them is the API key.
pub(super) fn turn(parts: &[&str]) -> Arc<Turn> {
    // A forked child has copies of locks that its parent holds, and must not wait for them.
    let process = if cfg!(target_family = "wasm") { 0 } else { std::process::id() };
    let name = hash(&(process, parts));
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.retain(|_, turn| turn.strong_count() > 0);
    if let Some(turn) = turns.get(&name).and_then(Weak::upgrade) {
        return turn;
    }
    let turn = Arc::default();
    turns.insert(name, Arc::downgrade(&turn));
    turn
}

/// The hash of values, which does not show them.
pub(super) fn hash(values: &impl serde::Serialize) -> Uuid {
    // Values of our own types can always be written as JSON.
    Uuid::new_v5(&Uuid::NAMESPACE_OID, serde_json::to_string(values).unwrap_or_default().as_bytes())
}
