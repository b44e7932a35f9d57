//! Names of secrets: hashes that do not show them.

use uuid::Uuid;

/// Returns the hash of values.
pub(super) fn hash(values: &impl serde::Serialize) -> Uuid {
    // Values of our own types can always be written as JSON.
    Uuid::new_v5(&Uuid::NAMESPACE_OID, serde_json::to_string(values).unwrap_or_default().as_bytes())
}

/// Returns the id of this process, which a forked child does not share.
pub(super) fn process_id() -> u32 {
    if cfg!(target_family = "wasm") { 0 } else { std::process::id() }
}
