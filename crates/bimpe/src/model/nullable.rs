//! Input that may be null on purpose, which is not the same as absent.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value to send, or null to send. A field that is not set at all is not sent.
///
/// ```
/// use bimpe::types::UpdatePhoneNumber;
///
/// let detach = UpdatePhoneNumber::new().agent_id(None);
/// assert_eq!(serde_json::to_value(detach)?, serde_json::json!({"agent_id": null}));
/// let rename = UpdatePhoneNumber::new().label("Shop");
/// assert_eq!(serde_json::to_value(rename)?, serde_json::json!({"label": "Shop"}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Nullable<T> {
    /// JSON null, which clears the field.
    Null,
    /// A value.
    Value(T),
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl From<&String> for Nullable<String> {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&str> for Nullable<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

/// Reads a field that is present, null included; `Option` alone would take null for absent.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Nullable<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Nullable::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
    struct Sample {
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        name: Option<Nullable<String>>,
    }

    #[test]
    fn absent_null_and_a_value_are_different() {
        for (json, name) in [
            ("{}", None),
            (r#"{"name":null}"#, Some(Nullable::from(None))),
            (r#"{"name":"Ada"}"#, Some(Nullable::from("Ada"))),
        ] {
            let sample: Sample = serde_json::from_str(json).expect("it is JSON of a sample");
            assert_eq!(sample, Sample { name });
            assert_eq!(serde_json::to_string(&sample).expect("it can be written"), json);
        }
    }
}
