//! The keychain of the operating system, where there is one.

use keyring::{Entry, Error};

/// The name under which keychains show the keys.
const SERVICE: &str = "bimpe";

/// Stores a key. Returns whether there is a keychain for it.
pub(super) fn store(profile: &str, key: &str) -> bool {
    Entry::new(SERVICE, profile).and_then(|entry| entry.set_password(key)).is_ok()
}

/// Reads a key. The error is the reason in one sentence.
pub(super) fn read(profile: &str) -> Result<String, String> {
    let entry = Entry::new(SERVICE, profile).and_then(|entry| entry.get_password());
    entry.map_err(|error| match error {
        Error::NoEntry => "the keychain has no key for it".to_owned(),
        other => format!("the keychain cannot be read: {other}"),
    })
}

/// Deletes a key. Returns whether none is left.
pub(super) fn delete(profile: &str) -> Result<(), String> {
    match Entry::new(SERVICE, profile).and_then(|entry| entry.delete_credential()) {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(format!("the keychain cannot delete the key: {error}")),
    }
}
