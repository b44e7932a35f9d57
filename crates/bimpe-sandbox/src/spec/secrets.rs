//! Masks secrets, so that the journal holds none.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use super::Spec;

const MASK: &str = "****";
const HEADERS: [&str; 4] = ["authorization", "cookie", "proxyauthorization", "xapikey"];

/// Keys of the API and of payment services. A client can send a key in any text by mistake.
static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bsk_\w+").expect("a valid pattern"));

impl Spec {
    /// Masks the secret fields of a JSON value, and the keys in its texts.
    ///
    /// Only the name decides, because the fields of an invalid body match no schema.
    pub(crate) fn mask(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    if self.is_secret(name) && !field.is_null() {
                        *field = MASK.into();
                    } else {
                        self.mask(field);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            // Most texts hold no key, and the pattern is slow.
            Value::String(text) if text.contains("sk_") => *text = mask_keys(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = plain(name);
        HEADERS.contains(&name.as_str()) || self.secrets.contains(&name)
    }
}

/// Returns a name without case and separators, because a client can write `secretKey` or `X-API-Key`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Masks the keys in a text.
pub(crate) fn mask_keys(text: &str) -> String {
    KEY.replace_all(text, MASK).into_owned()
}

/// Returns the names of the fields with `x-secret` in an OpenAPI document.
pub(super) fn names(schema: &Value) -> BTreeSet<String> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut found: BTreeSet<String> =
        properties.filter(|(_, field)| field["x-secret"] == true).map(|(name, _)| plain(name)).collect();
    let children: Box<dyn Iterator<Item = &Value>> = match schema {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => return found,
    };
    children.for_each(|child| found.extend(names(child)));
    found
}
