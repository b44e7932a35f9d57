//! Locks by name.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, Weak};

use uuid::Uuid;

use crate::engine::hash::{hash, process_id};
use crate::sync::lock;

/// A lock of one name.
pub(super) type KeyedLock = futures_util::lock::Mutex<()>;

/// The locks that requests of this process hold or wait for.
static LOCKS: LazyLock<Mutex<HashMap<Uuid, Weak<KeyedLock>>>> = LazyLock::new(Mutex::default);

/// Returns the lock of these parts. Only their hash is kept, because one of them is the API key.
pub(super) fn keyed_lock(parts: &[&str]) -> Arc<KeyedLock> {
    // A forked child has copies of locks that its parent holds, and must not wait for them.
    let name = hash(&(process_id(), parts));
    let mut locks = lock(&LOCKS);
    locks.retain(|_, lock| lock.strong_count() > 0);
    if let Some(lock) = locks.get(&name).and_then(Weak::upgrade) {
        return lock;
    }
    let lock = Arc::default();
    locks.insert(name, Arc::downgrade(&lock));
    lock
}
