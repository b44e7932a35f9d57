//! Identifiers in the formats of the API.

use uuid::Uuid;

/// Returns a new id: `cm` and 23 lowercase letters and digits.
pub(crate) fn new_id() -> String {
    cuid(Uuid::new_v4())
}

/// Returns the id of a seeded object. The id is the same in every new sandbox.
pub(crate) fn seeded_id(name: &str) -> String {
    cuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

/// Returns a new API key. Only sandboxes accept its prefix.
pub(crate) fn new_api_key() -> String {
    format!("sk_sandbox_{}", base36(Uuid::new_v4(), 24))
}

/// Returns a random token for a URL.
pub(crate) fn new_token() -> String {
    base36(Uuid::new_v4(), 24) + &base36(Uuid::new_v4(), 19)
}

/// Returns a test code: eight uppercase letters and digits.
pub(crate) fn new_test_code() -> String {
    base36(Uuid::new_v4(), 8).to_ascii_uppercase()
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
