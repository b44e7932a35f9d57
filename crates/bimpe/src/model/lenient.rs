//! Structs of responses.

use serde::{Serialize, ser::SerializeMap};
use serde_json::{Map, Value};

/// Writes a field, unless it is null or `extra` holds its value.
pub(crate) fn put<S: SerializeMap>(
    map: &mut S,
    extra: &Map<String, Value>,
    name: &str,
    value: &impl Serialize,
) -> Result<(), S::Error> {
    let value = serde_json::to_value(value).map_err(serde::ser::Error::custom)?;
    if value.is_null() || extra.contains_key(name) { Ok(()) } else { map.serialize_entry(name, &value) }
}

/// Implements decoding from a response and encoding without loss. The struct has a field `extra` beside those named.
macro_rules! lenient {
    ($name:ident { $($field:ident: $wire:literal $($required:ident)?),* $(,)? }) => {
        impl crate::FromResponse for $name {
            fn read(value: &serde_json::Value, strict: bool) -> Result<Self, crate::model::Misfit> {
                let mut fields = crate::model::Fields::of(value, strict)?;
                Ok(Self {
                    $( $field: fields.take($wire, !stringify!($($required)?).is_empty())?, )*
                    extra: fields.rest(),
                })
            }
        }

        impl From<serde_json::Value> for $name {
            fn from(value: serde_json::Value) -> Self {
                <Self as crate::FromResponse>::read(&value, false).unwrap_or_default()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                <Self as crate::FromResponse>::read(&value, true).map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $( crate::model::lenient::put(&mut map, &self.extra, $wire, &self.$field)?; )*
                for (name, value) in &self.extra {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    };
}

pub(crate) use lenient;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::decoding::WHOLE;

    #[derive(Debug, Default, PartialEq)]
    struct Rule {
        id: String,
        steps: Vec<Rule>,
        note: Option<String>,
        extra: Map<String, Value>,
    }

    lenient!(Rule { id: "id" required, steps: "steps" required, note: "note" });

    #[test]
    fn no_shape_is_refused_and_nothing_is_lost() {
        for json in [
            json!({"id": "r1", "steps": [{"id": "s1", "steps": []}], "note": "n"}),
            json!({"id": 7, "steps": "none", "new": [1]}),
        ] {
            let rule = Rule::from(json.clone());
            let written = serde_json::to_value(&rule).expect("it can be written");
            for (name, value) in json.as_object().expect("both are objects") {
                assert_eq!(&written[name], value);
            }
        }
    }

    #[test]
    fn placeholders_in_a_list_stay_in_their_places() {
        let rule = Rule::from(json!({"id": "r1", "steps": [[], {"id": "s1"}, null]}));
        assert_eq!(rule.steps.len(), 3);
        assert_eq!(rule.steps[0].extra[WHOLE], json!([]));
        assert_eq!(rule.steps[1].id, "s1");
        assert_eq!(rule.steps[2], Rule::default());
    }
}
