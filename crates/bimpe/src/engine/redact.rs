//! Masks the secrets of a request in errors and in response headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use memchr::memmem;
use serde_json::{Map, Value};

use crate::schema::{Field, Operation, Type};

const MASK: &str = "****";
/// Shorter values are too common as parts of other words.
const SHORTEST: usize = 4;

/// The secret values of one request.
#[derive(Default)]
pub(crate) struct Redactor(Vec<String>);

impl Redactor {
    /// Collects the key and every secret field of the body. Every string of a custom body is a secret.
    pub(crate) fn of(key: &str, operation: &Operation, body: Option<&Value>) -> Self {
        let mut secrets = Self::default();
        secrets.add(key);
        match (operation.body, body) {
            (Some(Type::Any), Some(value)) => secrets.collect_strings(value),
            (Some(ty), Some(value)) => secrets.collect(ty, value),
            _ => {}
        }
        // Longest first, so that a secret inside another does not leave its rest.
        secrets.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn add(&mut self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        self.0.push(text.to_owned());
        // The secret with JSON escapes.
        if text.contains(['"', '\\']) || text.contains(|character| character < ' ') {
            let written = Value::from(text).to_string();
            self.0.push(written[1..written.len() - 1].to_owned());
        }
    }

    fn collect(&mut self, ty: &Type, value: &Value) {
        match (ty, value) {
            (Type::Nullable(inner), _) => self.collect(inner, value),
            (Type::Array(item), Value::Array(values)) => {
                for value in values {
                    self.collect(item, value);
                }
            }
            (Type::Map(item), Value::Object(values)) => {
                for value in values.values() {
                    self.collect(item, value);
                }
            }
            (Type::Object(object), Value::Object(values)) => self.fields(object.fields, values),
            (Type::Union(union), Value::Object(values)) => {
                for variant in union.variants {
                    self.fields(variant.object.fields, values);
                }
            }
            _ => {}
        }
    }

    /// Every text below a secret field is a secret, whatever its shape.
    fn collect_strings(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(values) => values.iter().for_each(|value| self.collect_strings(value)),
            Value::Object(values) => values.values().for_each(|value| self.collect_strings(value)),
            _ => {}
        }
    }

    fn fields(&mut self, fields: &[Field], values: &Map<String, Value>) {
        for field in fields {
            match values.get(field.name) {
                Some(value) if field.secret => self.collect_strings(value),
                Some(value) => self.collect(field.ty, value),
                None => {}
            }
        }
    }

    /// The text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        let mask = |text: String, secret: &String| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text }
        };
        self.0.iter().fold(text.to_owned(), mask)
    }

    /// Text that was put into lower case, such as the name of a host or a header, without secrets.
    pub(crate) fn lowercase<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let fitting = self.0.iter().filter(|secret| secret.len() <= text.len());
        fitting.fold(Cow::Borrowed(text), |text, secret| {
            let secret = secret.to_ascii_lowercase();
            if text.contains(&secret) { Cow::Owned(text.replace(&secret, MASK)) } else { text }
        })
    }

    /// The headers without secrets, in values of any bytes and in names.
    pub(crate) fn headers(&self, headers: HeaderMap) -> HeaderMap {
        let is_clean = |(name, value): (&HeaderName, &HeaderValue)| {
            self.bytes(value.as_bytes()).is_none() && self.lowercase(name.as_str()) == name.as_str()
        };
        if headers.iter().all(is_clean) {
            return headers;
        }
        let mut clean = HeaderMap::with_capacity(headers.len());
        for (name, value) in &headers {
            let name = HeaderName::from_bytes(self.lowercase(name.as_str()).as_bytes());
            let value = match self.bytes(value.as_bytes()) {
                None => Ok(value.clone()),
                Some(masked) => HeaderValue::from_bytes(&masked),
            };
            if let (Ok(name), Ok(value)) = (name, value) {
                clean.append(name, value);
            }
        }
        clean
    }

    /// The first characters of a body that may break off anywhere. A secret that begins at its end is masked, too.
    pub(crate) fn preview(&self, body: &[u8], length: usize) -> String {
        let longest = self.0.first().map_or(0, String::len);
        let body = &body[..body.len().min(4 * length + longest)];
        let mut body = self.bytes(body).map_or(Cow::Borrowed(body), Cow::Owned);
        if let Some(begun) = self.0.iter().filter_map(|secret| begun(&body, secret.as_bytes())).max() {
            let whole = body.len() - begun;
            let body = body.to_mut();
            body.truncate(whole);
            body.extend_from_slice(MASK.as_bytes());
        }
        String::from_utf8_lossy(&body).chars().take(length).collect()
    }

    /// The bytes without secrets, if they hold any.
    fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut masked: Option<Vec<u8>> = None;
        for secret in &self.0 {
            let current = masked.as_deref().unwrap_or(bytes);
            let mut parts = memmem::find_iter(current, secret).peekable();
            if parts.peek().is_none() {
                continue;
            }
            let mut clean = Vec::with_capacity(current.len());
            let mut end = 0;
            for start in parts {
                clean.extend_from_slice(&current[end..start]);
                clean.extend_from_slice(MASK.as_bytes());
                end = start + secret.len();
            }
            clean.extend_from_slice(&current[end..]);
            masked = Some(clean);
        }
        masked
    }

    /// The value without secrets, in any of its strings and names.
    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(values) => {
                values.into_iter().map(|(name, value)| (self.text(&name), self.value(value))).collect()
            }
            other => other,
        }
    }
}

/// How many bytes at the end of the text are the beginning of a secret.
fn begun(text: &[u8], secret: &[u8]) -> Option<usize> {
    (SHORTEST..secret.len()).rev().find(|length| text.ends_with(&secret[..*length]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[&str]) -> Redactor {
        let mut secrets = Redactor::default();
        for secret in all {
            secrets.add(secret);
        }
        secrets
    }

    #[test]
    fn a_secret_is_masked_wherever_a_body_breaks_off() {
        let secrets = secrets(&["sk_live_Canary", "pässwort"]);
        for secret in ["sk_live_Canary", "pässwort"] {
            for length in SHORTEST..=secret.len() {
                let body = [b"{\"message\": \"no ", &secret.as_bytes()[..length]].concat();
                assert_eq!(
                    secrets.preview(&body, 200),
                    "{\"message\": \"no ****",
                    "{length} bytes of {secret}"
                );
            }
        }
        assert_eq!(secrets.preview(b"it ends with sk_", 200), "it ends with sk_");
        assert_eq!(secrets.preview(b"sk_live_Canary and more", 8), "**** and");
        assert_eq!(secrets.preview("é".repeat(900).as_bytes(), 200), "é".repeat(200));
    }

    #[test]
    fn headers_keep_all_that_is_no_secret() {
        let mut headers = HeaderMap::new();
        let latin = HeaderValue::from_bytes(b"Z\xfcrich sk_live_Canary \xe6").expect("obs-text");
        headers.append("x-echo", latin);
        headers.append("x-echo", HeaderValue::from_bytes(b"1.1 Z\xfcrich").expect("obs-text"));
        headers.append("x-sk_live_canary-id", HeaderValue::from_static("7"));
        let clean = secrets(&["sk_live_Canary"]).headers(headers);
        let values: Vec<&[u8]> = clean.get_all("x-echo").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(values, [&b"Z\xfcrich **** \xe6"[..], b"1.1 Z\xfcrich"]);
        assert_eq!(clean.get("x-****-id").map(HeaderValue::as_bytes), Some(&b"7"[..]));
        assert_eq!(clean.len(), 3);
    }
}
