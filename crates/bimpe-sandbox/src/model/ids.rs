//! Identifiers in the formats of the API: random, or the same for the same seed and the same requests.

use serde_json::json;
use uuid::Uuid;

use crate::store::{Db, Table};

/// The setting with the seed and the number of ids that followed from it.
const SETTING: &str = "ids";

/// Lets later ids follow from a seed. An existing database continues to count, because ids must stay unique.
pub(crate) fn set_seed(db: &Db<'_>, seed: u64) -> rusqlite::Result<()> {
    let earlier = db.get(Table::Settings, SETTING)?;
    let count = earlier.and_then(|row| row.data["count"].as_i64()).unwrap_or_default();
    // A text, because numbers of SQLite cannot hold each u64.
    db.put(Table::Settings, "", &json!({ "id": SETTING, "seed": seed.to_string(), "count": count }))
}

/// Repeats the ids of the seed from the first one. The caller removed all objects.
pub(crate) fn restart(db: &Db<'_>) -> rusqlite::Result<()> {
    let Some(mut row) = db.get(Table::Settings, SETTING)? else { return Ok(()) };
    row.data["count"] = 0.into();
    db.save(Table::Settings, &row)
}

/// Returns a new id: `cm` and 23 lowercase letters and digits.
pub(crate) fn new_id(db: &Db<'_>) -> rusqlite::Result<String> {
    entropy(db, "id").map(cuid)
}

/// Returns the id that belongs to a name. The id is the same in every sandbox.
pub(crate) fn derived_id(name: &str) -> String {
    cuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

/// Returns a new API key. Only sandboxes accept its prefix.
pub(crate) fn new_api_key(db: &Db<'_>) -> rusqlite::Result<String> {
    Ok(format!("sk_sandbox_{}", base36(entropy(db, "key")?, 24)))
}

/// Returns a random token for a URL.
pub(crate) fn new_token(db: &Db<'_>) -> rusqlite::Result<String> {
    Ok(base36(entropy(db, "token")?, 24) + &base36(entropy(db, "token")?, 19))
}

/// Returns a test code: eight uppercase letters and digits.
pub(crate) fn new_test_code(db: &Db<'_>) -> rusqlite::Result<String> {
    Ok(base36(entropy(db, "test code")?, 8).to_ascii_uppercase())
}

/// Returns random bits, or those that follow from the seed.
fn entropy(db: &Db<'_>, kind: &str) -> rusqlite::Result<Uuid> {
    let counted = db.increment(Table::Settings, SETTING, "count")?;
    Ok(counted.map_or_else(Uuid::new_v4, |setting| {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind} {setting}").as_bytes())
    }))
}

fn cuid(entropy: Uuid) -> String {
    format!("cm{}", base36(entropy, 23))
}

fn base36(entropy: Uuid, length: usize) -> String {
    let mut rest = entropy.as_u128();
    let digits = std::iter::from_fn(|| {
        let digit = u32::try_from(rest % 36).expect("a remainder below 36");
        rest /= 36;
        char::from_digit(digit, 36)
    });
    digits.take(length).collect()
}

/// Converts a name to `snake_case`: `Create order` becomes `create_order`.
pub(crate) fn snake_case(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
