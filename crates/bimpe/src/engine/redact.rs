//! Secrets of a request, blotted out of whatever the server sends back in an error.

use serde_json::{Map, Value};

use crate::schema::{Field, Operation, Type};

const BLOT: &str = "****";
/// Shorter values are too common as parts of other words.
const SHORTEST: usize = 4;

/// The secret values of one request.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Collects the key and every secret field of the body. Of a body that nothing is known of, every text is one.
    pub(crate) fn of(key: &str, operation: &Operation, body: Option<&Value>) -> Self {
        let mut secrets = Self::default();
        secrets.add(key);
        match (operation.body, body) {
            (Some(Type::Any), Some(value)) => secrets.everything(value),
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
        // As it stands in JSON that is shown as text.
        if text.contains(['"', '\\']) || text.contains(|letter| letter < ' ') {
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
    fn everything(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(values) => values.iter().for_each(|value| self.everything(value)),
            Value::Object(values) => values.values().for_each(|value| self.everything(value)),
            _ => {}
        }
    }

    fn fields(&mut self, fields: &[Field], values: &Map<String, Value>) {
        for field in fields {
            match values.get(field.name) {
                Some(value) if field.secret => self.everything(value),
                Some(value) => self.collect(field.ty, value),
                None => {}
            }
        }
    }

    /// The text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        let blot = |text: String, secret: &String| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), BLOT) } else { text }
        };
        self.0.iter().fold(text.to_owned(), blot)
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
