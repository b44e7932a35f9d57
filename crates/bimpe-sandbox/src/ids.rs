//! Identifiers in the shapes of the API.

use uuid::Uuid;

/// A new id: 25 lower-case letters and digits that start with `cm`.
pub(crate) fn new_id() -> String {
    cuid(Uuid::new_v4())
}

/// The id of a seeded thing: the same in every fresh sandbox.
pub(crate) fn seeded_id(name: &str) -> String {
    cuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

/// A key only a sandbox accepts.
pub(crate) fn new_key() -> String {
    format!("sk_sandbox_{}", base36(Uuid::new_v4(), 24))
}

/// An unguessable token for a URL.
pub(crate) fn new_token() -> String {
    base36(Uuid::new_v4(), 24) + &base36(Uuid::new_v4(), 19)
}

/// Eight upper-case letters and digits, to be typed by a person.
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

/// `Create order` becomes `create_order`.
pub(crate) fn snake(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
