//! Values out of texts, with every number exact: `serde_json` alone may lose the last digit of a double, unless a feature
//! is on, and a feature would be on for the whole program.

use serde_json::{Map, Number, Value};

use super::{JsonError, Kind, Reader};

impl Reader<'_> {
    /// Reads the next value.
    pub(crate) fn value(&mut self) -> Result<Value, JsonError> {
        Ok(match self.kind()? {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number => Value::Number(number(self.number()?).ok_or(JsonError)?),
            Kind::String => Value::String(self.string()?.decode().into_owned()),
            Kind::Array => {
                let mut items = Vec::new();
                self.items(|reader| {
                    items.push(reader.value()?);
                    Ok::<_, JsonError>(())
                })?;
                Value::Array(items)
            }
            Kind::Object => {
                let mut fields = Map::new();
                self.fields(|reader, name| {
                    fields.insert(name.decode().into_owned(), reader.value()?);
                    Ok::<_, JsonError>(())
                })?;
                Value::Object(fields)
            }
        })
    }
}

/// An integer of 64 bits, or else a double.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    match text.parse::<i64>() {
        // `-0` is a double.
        Ok(whole) if whole != 0 => Some(whole.into()),
        _ => text.parse().ok().and_then(Number::from_f64),
    }
}

/// Reads a whole text. Half a surrogate pair becomes the replacement character, which other readers refuse.
///
/// ```
/// let value = bimpe::engine::json::value("{\"name\": \"cut \\ud83d\"}").expect("JSON");
/// assert_eq!(value["name"], "cut \u{fffd}");
/// ```
pub fn value(json: &str) -> Result<Value, JsonError> {
    let mut reader = Reader::new(json);
    let value = reader.value()?;
    reader.end().map(|_| value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_what_the_text_says() {
        let text = r#" {"a": [1, -2, true, null, {}], "b": "\u00e9\n", "a": [], "c": {"d": "x"}} "#;
        assert_eq!(value(text), Ok(json!({"a": [], "b": "\u{e9}\n", "c": {"d": "x"}})));
        for wrong in ["", "{", "[1,]", "1 2", "nul", "1e400", "\"a\nb\""] {
            assert_eq!(value(wrong), Err(JsonError), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_exact() {
        for number in ["0", "18446744073709551615", "-9223372036854775808", "0.1", "1e300", "-0.0"] {
            assert_eq!(value(number).expect("JSON").as_f64(), number.parse().ok(), "{number}");
        }
        assert_eq!(value("18446744073709551615"), Ok(json!(u64::MAX)));
        assert!(value("18446744073709551616").expect("JSON").is_f64());
        assert!(value("-0").expect("JSON").as_f64().expect("a number").is_sign_negative());
        // The shortest texts of doubles, whose last digit is easily lost.
        for _ in 0..2000 {
            let double = fastrand::f64() * 10_f64.powi(fastrand::i32(-30..30));
            assert_eq!(value(&double.to_string()).expect("JSON").as_f64(), Some(double));
        }
    }

    #[test]
    fn the_deepest_text_is_read() {
        let deep = "{\"a\":".repeat(500) + "1" + &"}".repeat(500);
        assert_eq!(value(&deep).expect("it is JSON").to_string(), deep);
    }
}
