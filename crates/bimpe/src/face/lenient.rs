//! Reading what the server sends without ever failing over its shape: what does not fit a field is kept aside.

use serde::{Deserialize, Serialize, ser::SerializeMap};
use serde_json::{Map, Value};

/// The key under which a value is kept that should be an object and is not.
const WHOLE: &str = "";

/// The fields of a value. A value that is no object is kept as one unknown field without a name.
pub(crate) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        other => Map::from_iter([(WHOLE.to_owned(), other)]),
    }
}

/// Takes a field out. One that is missing or does not fit gives the empty value; what does not fit stays where it is.
pub(crate) fn take<T: Default + for<'de> Deserialize<'de>>(fields: &mut Map<String, Value>, name: &str) -> T {
    let Some(value) = fields.get(name) else { return T::default() };
    match T::deserialize(value) {
        Ok(fitting) => {
            fields.remove(name);
            fitting
        }
        Err(_) => T::default(),
    }
}

/// Writes a field, unless it is null or what came in its place was kept aside.
pub(crate) fn put<S: SerializeMap>(
    map: &mut S,
    extra: &Map<String, Value>,
    name: &str,
    value: &impl Serialize,
) -> Result<(), S::Error> {
    let value = serde_json::to_value(value).map_err(serde::ser::Error::custom)?;
    if value.is_null() || extra.contains_key(name) { Ok(()) } else { map.serialize_entry(name, &value) }
}

/// Lets a struct be read from any JSON value, and be written as it came. It has a field `extra` beside those named.
macro_rules! lenient {
    ($name:ident { $($field:ident: $wire:literal),* $(,)? }) => {
        impl From<serde_json::Value> for $name {
            fn from(value: serde_json::Value) -> Self {
                let mut extra = crate::face::lenient::fields(value);
                Self { $( $field: crate::face::lenient::take(&mut extra, $wire), )* extra }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <serde_json::Value as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $( crate::face::lenient::put(&mut map, &self.extra, $wire, &self.$field)?; )*
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

    #[derive(Debug, Default, PartialEq)]
    struct Rule {
        id: String,
        steps: Vec<Rule>,
        note: Option<String>,
        extra: Map<String, Value>,
    }

    lenient!(Rule { id: "id", steps: "steps", note: "note" });

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
