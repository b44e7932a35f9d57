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
    /// Collects the key and every secret field of the body.
    pub(crate) fn of(key: &str, operation: &Operation, body: Option<&Value>) -> Self {
        let mut secrets = Self::default();
        secrets.add(key);
        if let (Some(ty), Some(value)) = (operation.body, body) {
            secrets.collect(ty, value, false);
        }
        // Longest first, so that a secret inside another does not leave its rest.
        secrets.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn add(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            self.0.push(text.to_owned());
        }
    }

    fn collect(&mut self, ty: &Type, value: &Value, secret: bool) {
        match (ty, value) {
            (_, Value::String(text)) if secret => self.add(text),
            (_, Value::Array(values)) if secret => {
                values.iter().for_each(|value| self.collect(ty, value, true))
            }
            (_, Value::Object(values)) if secret => {
                values.values().for_each(|value| self.collect(ty, value, true))
            }
            (Type::Nullable(inner), _) => self.collect(inner, value, secret),
            (Type::Array(item), Value::Array(values)) => {
                for value in values {
                    self.collect(item, value, false);
                }
            }
            (Type::Map(item), Value::Object(values)) => {
                for value in values.values() {
                    self.collect(item, value, false);
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

    fn fields(&mut self, fields: &[Field], values: &Map<String, Value>) {
        for field in fields {
            if let Some(value) = values.get(field.name) {
                self.collect(field.ty, value, field.secret);
            }
        }
    }

    /// The text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), BLOT))
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
