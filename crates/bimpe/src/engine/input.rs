//! Validates a body or a query against its type before the request is sent. Names every invalid field.

use serde_json::{Map, Value};

use super::suggest::did_you_mean;
use crate::error::{Error, FieldError};
use crate::schema::{Field, Format, ObjectType, Operation, StringType, Type, UnionType, Variant};

/// Longer values are not repeated in errors.
const SHOWN: usize = 40;

/// Options of a request in Node, where they are a separate argument after the parameters.
const OPTIONS: [&str; 5] = ["headers", "idempotencyKey", "maxRetries", "signal", "timeout"];

/// Validates the body of a request.
pub(crate) fn body(operation: &Operation, body: Option<&Value>) -> Result<(), Error> {
    let mut check = Validator::default();
    match (operation.body, body) {
        (None, None) => {}
        (None, Some(_)) => check.add_error("", "this operation takes no body"),
        (Some(_), None) => check.add_error("", "a body is required"),
        (Some(ty), Some(value)) => check.value(ty, value, false),
    }
    check.finish(operation)
}

/// Validates the query of a request.
pub(crate) fn query(operation: &Operation, query: &Map<String, Value>) -> Result<(), Error> {
    let mut check = Validator::default();
    check.fields(operation.query, query, "is not a parameter", |_| None);
    let checked = check.finish(operation);
    // Those of a list are parameters of the API, those of a helper are options of the language.
    let names = operation.query.iter().filter(|_| operation.helper.is_some()).map(|field| &field.name);
    checked.map_err(|error| error.naming(names))
}

#[derive(Default)]
struct Validator {
    path: String,
    errors: Vec<FieldError>,
}

impl Validator {
    fn finish(self, operation: &Operation) -> Result<(), Error> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = self
            .errors
            .iter()
            .map(|error| match error.path.as_str() {
                "" => error.message.clone(),
                path => format!("`{path}` {}", error.message),
            })
            .collect();
        let message = format!("{}: {}", operation.id, texts.join("; "));
        Err(Error::user(message).with(|inner| inner.field_errors = self.errors))
    }

    fn add_error(&mut self, name: &str, message: impl Into<String>) {
        let path = join(&self.path, name);
        self.errors.push(FieldError { path, message: message.into() });
    }

    fn inside(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.path);
        self.path = join(&outer, name);
        check(self);
        self.path = outer;
    }

    fn value(&mut self, ty: &Type, value: &Value, secret: bool) {
        match (ty, value) {
            (Type::Nullable(_), Value::Null) | (Type::Boolean, Value::Bool(_)) | (Type::Any, _) => {}
            (Type::Nullable(inner), _) => self.value(inner, value, secret),
            (Type::String(limits), Value::String(text)) => self.string(limits, text, secret),
            (Type::Integer { min, max, unit }, Value::Number(number)) => match number.as_i64() {
                Some(number) => self.bounds(number, *min, *max, *unit),
                None => self.add_error("", "must be a whole number"),
            },
            (Type::Number { min, max }, Value::Number(number)) => {
                self.bounds(number.as_f64().unwrap_or(f64::NAN), *min, *max, None);
            }
            (Type::Array(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.inside(&format!("[{index}]"), |check| check.value(item, value, secret));
                }
            }
            (Type::Map(item), Value::Object(values)) => {
                for (name, value) in values {
                    self.inside(name, |check| check.value(item, value, secret));
                }
            }
            (Type::Object(object), Value::Object(values)) => self.object(object, values),
            (Type::Union(union), Value::Object(values)) => self.union(union, values),
            _ => self.add_error("", format!("must be {}, not {}", expected(ty), found(value))),
        }
    }

    fn bounds<N: PartialOrd + Copy + std::fmt::Display>(
        &mut self,
        number: N,
        min: Option<N>,
        max: Option<N>,
        unit: Option<&str>,
    ) {
        let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        match (min, max) {
            (Some(min), _) if number < min => {
                self.add_error("", format!("must be at least {min}{unit}, not {number}"));
            }
            (_, Some(max)) if number > max => {
                self.add_error("", format!("must be at most {max}{unit}, not {number}"));
            }
            _ => {}
        }
    }

    fn string(&mut self, limits: &StringType, text: &str, secret: bool) {
        let length = text.chars().count();
        let shown =
            if secret || length > SHOWN { String::new() } else { format!(", not `{}`", text.escape_debug()) };
        if !limits.values.is_empty() && !limits.values.contains(&text) {
            let hint = if secret { String::new() } else { did_you_mean(text, limits.values.iter().copied()) };
            self.add_error("", format!("must be {}{shown}{hint}", one_of(limits.values)));
        } else if let Some(most) = limits.max_length.filter(|most| length > *most) {
            self.add_error("", format!("must have at most {most} characters, not {length}"));
        } else if let Some(fewest) = limits.min_length.filter(|fewest| length < *fewest) {
            self.add_error("", format!("must have at least {fewest} character(s), not {length}"));
        } else if let Some(format) = limits.format.filter(|format| !matches_format(*format, text)) {
            self.add_error("", format!("must be {}{shown}", format_name(format)));
        }
    }

    fn object(&mut self, object: &ObjectType, values: &Map<String, Value>) {
        if object.open {
            self.known_fields(object.fields, values);
        } else {
            self.fields(object.fields, values, "is not a field", |_| None);
        }
    }

    fn union(&mut self, union: &UnionType, values: &Map<String, Value>) {
        let Some(tag) = union.tag else {
            // Only responses hold unions without a tag.
            return;
        };
        let all = || union.variants.iter().flat_map(|variant| variant.tags.iter().copied());
        let chosen = match values.get(tag) {
            None => union.variants.iter().find(|variant| variant.default),
            Some(Value::String(text)) => {
                union.variants.iter().find(|variant| variant.tags.contains(&text.as_str()))
            }
            Some(_) => None,
        };
        let Some(variant) = chosen else {
            let tags: Vec<&str> = all().collect();
            match values.get(tag) {
                None => self.add_error(tag, format!("is required: {}", one_of(&tags))),
                Some(Value::String(text)) if text.chars().count() <= SHOWN => {
                    let hint = did_you_mean(text, all());
                    self.add_error(
                        tag,
                        format!("must be {}, not `{}`{hint}", one_of(&tags), text.escape_debug()),
                    );
                }
                Some(other) => {
                    self.add_error(tag, format!("must be {}, not {}", one_of(&tags), found(other)));
                }
            }
            return;
        };
        // A field of a sibling is not a typing error, but the wrong combination.
        let note = variant_name(tag, variant);
        let siblings = |name: &str| {
            let elsewhere =
                union.variants.iter().any(|other| other.object.fields.iter().any(|field| field.name == name));
            elsewhere.then(|| format!("is not used with {note}"))
        };
        self.fields(variant.object.fields, values, &format!("is not a field with {note}"), siblings);
    }

    /// Checks all fields, and that there are no others. `explain` may say more about an unknown one.
    fn fields(
        &mut self,
        fields: &[Field],
        values: &Map<String, Value>,
        unknown: &str,
        explain: impl Fn(&str) -> Option<String>,
    ) {
        self.known_fields(fields, values);
        for name in values.keys() {
            if !fields.iter().any(|field| field.name == name) {
                let is_option = self.path.is_empty() && OPTIONS.contains(&name.as_str());
                let hint = if is_option {
                    "; pass options of the request in the last argument".to_owned()
                } else {
                    did_you_mean(name, fields.iter().map(|field| field.name))
                };
                self.add_error(name, explain(name).unwrap_or_else(|| format!("{unknown}{hint}")));
            }
        }
    }

    fn known_fields(&mut self, fields: &[Field], values: &Map<String, Value>) {
        for field in fields {
            match values.get(field.name) {
                None if field.required => self.add_error(field.name, "is required"),
                None => {}
                // The official clients send null for any optional field, and the server decides.
                Some(Value::Null) if !field.required => {}
                Some(value) => self.inside(field.name, |check| check.value(field.ty, value, field.secret)),
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() || name.is_empty() || name.starts_with('[') {
        format!("{path}{name}")
    } else {
        format!("{path}.{name}")
    }
}

fn variant_name(tag: &str, variant: &Variant) -> String {
    format!("{tag} `{}`", variant.tags.first().copied().unwrap_or("?"))
}

fn one_of(values: &[&str]) -> String {
    match values {
        [only] => format!("`{only}`"),
        _ => format!(
            "one of {}",
            values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn expected(ty: &Type) -> &'static str {
    match ty {
        Type::String(_) => "a string",
        Type::Integer { .. } => "a whole number",
        Type::Number { .. } => "a number",
        Type::Boolean => "true or false",
        Type::Array(_) => "a list",
        Type::Map(_) | Type::Object(_) | Type::Union(_) => "an object",
        Type::Nullable(inner) => expected(inner),
        Type::Any => "a value",
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(super) fn matches_format(format: Format, text: &str) -> bool {
    match format {
        Format::Uri => url::Url::parse(text).is_ok(),
        Format::Uuid => uuid::Uuid::try_parse(text).is_ok() && text.len() == 36,
        Format::Email => text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !text.contains(char::is_whitespace)
        }),
        Format::DateTime => {
            let bytes = text.as_bytes();
            bytes.len() >= 20
                && bytes[4] == b'-'
                && bytes[7] == b'-'
                && matches!(bytes[10], b'T' | b't' | b' ')
        }
        Format::E164 => text.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        }),
    }
}

pub(super) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Uri => "an absolute URL",
        Format::Uuid => "a UUID",
        Format::Email => "an e-mail address",
        Format::DateTime => "an ISO-8601 time",
        Format::E164 => "a phone number in E.164 form, as in +2348012345678",
    }
}
