//! Validates JSON against the schema keywords that the OpenAPI document uses.
//!
//! The sandbox does not use a JSON Schema library, because the errors of the API differ in three ways: they have one
//! sentence for each field, follow the discriminator of a union, and refuse unknown fields in `allOf` objects.

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::Spec;

/// Validates a value and collects errors in the form `"<path>: <text>"`.
pub(crate) struct Validator<'a> {
    spec: &'a Spec,
    /// Whether unknown fields are errors.
    strict: bool,
    defaults: bool,
    /// Whether to replace the values of enums with an unknown value.
    replace_enums: bool,
    errors: Vec<String>,
}

impl<'a> Validator<'a> {
    /// Returns a validator for requests. Unknown fields are errors.
    pub(crate) fn strict(spec: &'a Spec) -> Self {
        Self { spec, strict: true, defaults: false, replace_enums: false, errors: Vec::new() }
    }

    /// Returns a validator for responses. Unknown fields are valid.
    pub(crate) fn open(spec: &'a Spec) -> Self {
        Self { strict: false, ..Self::strict(spec) }
    }

    /// Returns a validator that replaces the values of enums in a response.
    pub(crate) fn replacing_enums(spec: &'a Spec) -> Self {
        Self { replace_enums: true, ..Self::open(spec) }
    }

    pub(crate) fn fill_defaults(&mut self, fill: bool) {
        self.defaults = fill;
    }

    pub(crate) fn add_error(&mut self, path: &str, text: &str) {
        let path = if path.is_empty() { "body" } else { path };
        self.errors.push(format!("{path}: {text}"));
    }

    pub(crate) fn finish(self) -> Result<(), Vec<String>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    pub(crate) fn value(&mut self, schema: &'a Value, value: &mut Value, path: &str) {
        let schema = self.spec.resolve(schema);
        if let Some(variants) = schema["oneOf"].as_array() {
            return self.union(schema, variants, value, path);
        }
        if schema["allOf"].is_array() || schema["properties"].is_object() {
            if !value.is_null() || !allows(schema, "null") {
                self.object(schema, value, path);
            }
            return;
        }
        if let Some(expected) = type_error(schema, value) {
            return self.add_error(path, &expected);
        }
        if self.replace_enums && schema["enum"].is_array() && !value.is_null() {
            *value = "value_from_the_future".into();
            return;
        }
        if let Some(allowed) = enum_values(schema)
            && !allowed.contains(value)
            && !(value.is_null() && allows(schema, "null"))
        {
            let names: Vec<String> = allowed.iter().map(display).collect();
            return self.add_error(path, &format!("must be one of {}", names.join(", ")));
        }
        match value {
            Value::String(text) => self.text(schema, text, path),
            Value::Number(number) => self.number(schema, number.as_f64().unwrap_or_default(), path),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(&schema["items"], item, &join(path, &index.to_string()));
                }
            }
            Value::Object(fields) => self.extra_fields(schema, &[], fields, path),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn object(&mut self, schema: &'a Value, value: &mut Value, path: &str) {
        let Some(fields) = value.as_object_mut() else { return self.add_error(path, "must be an object") };
        let parts = self.parts(schema);
        let mut known = Vec::new();
        for part in &parts {
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                known.push(name.as_str());
                match fields.get_mut(name) {
                    Some(field) => self.value(property, field, &join(path, name)),
                    None => self.missing(part, name, property, fields, path),
                }
            }
        }
        let open = parts.iter().find(|part| part.get("additionalProperties").is_some());
        self.extra_fields(open.copied().unwrap_or(schema), &known, fields, path);
    }

    fn missing(
        &mut self,
        part: &Value,
        name: &str,
        property: &Value,
        fields: &mut Map<String, Value>,
        path: &str,
    ) {
        if part["required"].as_array().is_some_and(|required| required.iter().any(|field| field == name)) {
            self.add_error(&join(path, name), "is required");
        } else if self.defaults
            && let Some(default) =
                property.get("default").or_else(|| self.spec.resolve(property).get("default"))
        {
            fields.insert(name.to_owned(), default.clone());
        }
    }

    fn extra_fields(
        &mut self,
        schema: &'a Value,
        known: &[&str],
        fields: &mut Map<String, Value>,
        path: &str,
    ) {
        let extra = fields.iter_mut().filter(|(name, _)| !known.contains(&name.as_str()));
        for (name, field) in extra {
            match &schema["additionalProperties"] {
                inner @ Value::Object(_) => self.value(inner, field, &join(path, name)),
                Value::Bool(true) => {}
                _ if !self.strict || known.is_empty() && schema["additionalProperties"].is_null() => {}
                _ => self.add_error(&join(path, name), "is not a known field"),
            }
        }
    }

    /// Returns the object schemas of an `allOf`, or the schema itself.
    fn parts(&self, schema: &'a Value) -> Vec<&'a Value> {
        match schema["allOf"].as_array() {
            Some(parts) => parts.iter().flat_map(|part| self.parts(self.spec.resolve(part))).collect(),
            None => vec![schema],
        }
    }

    fn union(&mut self, schema: &'a Value, variants: &'a [Value], value: &mut Value, path: &str) {
        let Some(tag) = schema["discriminator"]["propertyName"].as_str() else {
            return self.untagged(variants, value, path);
        };
        if !value.is_object() {
            return self.add_error(path, "must be an object");
        }
        let mut tags = Vec::new();
        for variant in variants {
            let (names, default) = self.tags(variant, tag);
            if value.get(tag).map_or(default, |given| names.contains(&given)) {
                return self.value(variant, value, path);
            }
            tags.extend(names.into_iter().map(display));
        }
        let missing = value.get(tag).is_none();
        let text = if missing { "is required and must be one of" } else { "must be one of" };
        self.add_error(&join(path, tag), &format!("{text} {}", tags.join(", ")));
    }

    /// Returns the tag values of a variant, and whether the variant is the default if the tag is missing.
    fn tags(&self, variant: &'a Value, tag: &str) -> (Vec<&'a Value>, bool) {
        let parts = self.parts(self.spec.resolve(variant));
        let properties = parts.iter().filter_map(|part| part["properties"].get(tag));
        properties.map(|property| self.spec.resolve(property)).fold(
            (Vec::new(), false),
            |(mut names, default), property| {
                names.extend(
                    property
                        .get("const")
                        .into_iter()
                        .chain(property["enum"].as_array().into_iter().flatten()),
                );
                (names, default || property.get("default").is_some())
            },
        )
    }

    fn untagged(&mut self, variants: &'a [Value], value: &mut Value, path: &str) {
        let (nulls, others): (Vec<_>, Vec<_>) =
            variants.iter().partition(|variant| variant["type"] == "null");
        if value.is_null() && !nulls.is_empty() {
            return;
        }
        // The union is a nullable type, and the errors of the type itself are more precise.
        if let [only] = others[..] {
            return self.value(only, value, path);
        }
        let fits = variants.iter().any(|variant| {
            let mut validator = Validator { errors: Vec::new(), ..*self };
            validator.value(variant, &mut value.clone(), path);
            validator.errors.is_empty()
        });
        if !fits {
            self.add_error(path, "does not have any of the allowed shapes");
        }
    }

    fn text(&mut self, schema: &Value, text: &str, path: &str) {
        let length = text.chars().count() as u64;
        if let Some(limit) = schema["maxLength"].as_u64().filter(|limit| length > *limit) {
            self.add_error(path, &format!("must be at most {limit} characters"));
        }
        if let Some(limit) = schema["minLength"].as_u64().filter(|limit| length < *limit) {
            self.add_error(path, &format!("must be at least {limit} characters"));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text))
        {
            self.add_error(path, &format!("must match {pattern}"));
        }
        if let Some(error) = schema["format"].as_str().and_then(|format| format_error(format, text)) {
            self.add_error(path, error);
        }
    }

    fn number(&mut self, schema: &Value, number: f64, path: &str) {
        if let Some(limit) = schema["minimum"].as_f64().filter(|limit| number < *limit) {
            self.add_error(path, &format!("must be at least {limit}"));
        }
        if let Some(limit) = schema["maximum"].as_f64().filter(|limit| number > *limit) {
            self.add_error(path, &format!("must be at most {limit}"));
        }
    }
}

fn allows(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::Array(types) => types.iter().any(|allowed| allowed == name),
        allowed => allowed == name,
    }
}

fn type_error(schema: &Value, value: &Value) -> Option<String> {
    schema.get("type")?;
    let fits = match value {
        Value::Null => allows(schema, "null"),
        Value::Bool(_) => allows(schema, "boolean"),
        Value::Number(number) => {
            let whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            allows(schema, "number") || allows(schema, "integer") && whole
        }
        Value::String(_) => allows(schema, "string"),
        Value::Array(_) => allows(schema, "array"),
        Value::Object(_) => allows(schema, "object"),
    };
    let listed = schema["type"].as_array().map_or(std::slice::from_ref(&schema["type"]), Vec::as_slice);
    let names: Vec<&str> = listed.iter().filter_map(Value::as_str).map(with_article).collect();
    (!fits).then(|| format!("must be {}", names.join(" or ")))
}

fn with_article(name: &str) -> &str {
    match name {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

fn enum_values(schema: &Value) -> Option<Vec<Value>> {
    schema.get("const").map(|only| vec![only.clone()]).or_else(|| schema["enum"].as_array().cloned())
}

fn format_error(format: &str, text: &str) -> Option<&'static str> {
    let (fits, error) = match format {
        "uri" => (url::Url::parse(text).is_ok(), "must be an absolute URL"),
        "uuid" => (uuid::Uuid::try_parse(text).is_ok(), "must be a UUID"),
        "email" => (is_email(text), "must be an email address"),
        "date-time" => {
            (chrono::DateTime::parse_from_rfc3339(text).is_ok(), "must be an ISO 8601 date and time")
        }
        _ => return None,
    };
    (!fits).then_some(error)
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn display(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
