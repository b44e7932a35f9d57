//! Schemas as parameters of tools.

use serde_json::{Map, Value, json};

use super::{Document, Node, Problem, Result};

/// Objects in objects, after which the inner fields are left open.
const MOST_DEPTH: usize = 6;

/// A schema whose `allOf` is merged.
pub(super) struct Shape<'a> {
    pub(super) kind: &'static str,
    pub(super) properties: Vec<(&'a str, Node<'a>)>,
    pub(super) required: Vec<&'a str>,
    items: Option<Node<'a>>,
    description: Option<&'a str>,
    values: Option<&'a [Value]>,
    pub(super) constant: Option<&'a Value>,
    pub(super) is_read_only: bool,
    is_open: bool,
}

impl<'a> Document<'a> {
    /// Reads a schema. `what` names the value in refusals.
    pub(super) fn shape(&self, node: Node<'a>, what: &str) -> Result<Shape<'a>> {
        self.shape_at(node, what, 0)
    }

    fn shape_at(&self, node: Node<'a>, what: &str, depth: usize) -> Result<Shape<'a>> {
        let outer_description = node.text("description");
        let node = self.follow(node)?;
        if node.value.is_boolean() {
            return Ok(Shape::of("string"));
        }
        if !node.value.is_object() {
            return Err(node.broken("must be a schema"));
        }
        let mut shape = Shape::of("string");
        let parts = node.items("allOf")?;
        if depth > MOST_DEPTH {
            return Err(Problem::Refused(format!("{what} has schemas in each other without end")));
        }
        for part in parts {
            let part = self.shape_at(part, what, depth + 1)?;
            shape.merge(part);
        }
        for keyword in ["oneOf", "anyOf"] {
            let choices = node.items(keyword)?;
            let is_null = |choice: &Node<'a>| choice.text("type") == Some("null");
            let mut choices: Vec<_> = choices.into_iter().filter(|choice| !is_null(choice)).collect();
            // Groups of required fields choose nothing.
            choices.retain(|choice| {
                choice.value.as_object().is_none_or(|fields| fields.keys().any(|key| key != "required"))
            });
            match choices.len() {
                0 => {}
                1 => shape.merge(self.shape_at(choices.remove(0), what, depth + 1)?),
                _ => return Err(Problem::Refused(format!("{what} is one of several shapes (`{keyword}`)"))),
            }
        }
        shape.merge(Shape::read(&node, what)?);
        shape.description = outer_description.or(shape.description);
        Ok(shape)
    }

    /// Returns the definition of a parameter without its name.
    pub(super) fn definition(
        &self,
        shape: &Shape<'a>,
        name: &str,
        required: bool,
        description: Option<&str>,
        depth: usize,
    ) -> Result<Map<String, Value>> {
        let mut definition = Map::new();
        definition.insert("type".to_owned(), shape.kind.into());
        let description = description.or(shape.description).filter(|text| !text.trim().is_empty());
        let mut text = description.map_or_else(|| format!("The value of `{name}`."), one_line);
        if let Some(values) = shape.values {
            let values: Vec<String> = values.iter().filter(|value| !value.is_null()).map(plain).collect();
            let end = if text.ends_with('.') { "" } else { "." };
            text = format!("{text}{end} One of: {}.", values.join(", "));
        }
        definition.insert("description".to_owned(), text.into());
        definition.insert("required".to_owned(), required.into());
        if let Some(items) = shape.items.clone().filter(|_| shape.kind == "array" && depth < MOST_DEPTH) {
            let items = self.shape(items, &format!("`{name}`"))?;
            let mut inner = self.definition(&items, "item", true, None, depth + 1)?;
            inner.insert("name".to_owned(), "item".into());
            definition.insert("items".to_owned(), inner.into());
        }
        if !shape.properties.is_empty() && depth < MOST_DEPTH {
            let mut fields = Map::new();
            for (field, node) in &shape.properties {
                let inner = self.shape(node.clone(), &format!("`{name}.{field}`"))?;
                if inner.is_read_only {
                    continue;
                }
                let required = shape.required.contains(field);
                let mut inner = self.definition(&inner, field, required, None, depth + 1)?;
                inner.insert("name".to_owned(), (*field).into());
                fields.insert((*field).to_owned(), inner.into());
            }
            definition.insert("properties".to_owned(), fields.into());
        }
        Ok(definition)
    }
}

impl<'a> Shape<'a> {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            properties: Vec::new(),
            required: Vec::new(),
            items: None,
            description: None,
            values: None,
            constant: None,
            is_read_only: false,
            is_open: false,
        }
    }

    /// Reads the keywords of one schema.
    fn read(node: &Node<'a>, what: &str) -> Result<Self> {
        let is_file = node.text("format") == Some("binary") || node.field("contentMediaType").is_some();
        if is_file {
            return Err(Problem::Refused(format!("{what} is a file")));
        }
        let mut shape = Self::of("");
        shape.kind = match node.field("type") {
            Some(field) => kind(&field)?,
            None if node.field("properties").is_some() => "object",
            None if node.field("items").is_some() => "array",
            None => "",
        };
        if let Some((properties, entries)) = node.object("properties")? {
            shape.properties =
                entries.keys().filter_map(|name| Some((name.as_str(), properties.field(name)?))).collect();
        }
        let required = node.field("required").and_then(|field| field.value.as_array());
        shape.required = required.into_iter().flatten().filter_map(Value::as_str).collect();
        shape.items = node.field("items");
        shape.description = node.text("description");
        shape.values = node.field("enum").and_then(|field| Some(field.value.as_array()?.as_slice()));
        shape.constant = node.field("const").map(|field| field.value);
        shape.is_read_only = node.is_true("readOnly");
        shape.is_open =
            node.field("additionalProperties").is_some_and(|field| field.value != &Value::Bool(false));
        Ok(shape)
    }

    /// Adds the constraints of another part of an `allOf`.
    fn merge(&mut self, other: Self) {
        if !other.kind.is_empty() {
            self.kind = other.kind;
        }
        for (name, node) in other.properties {
            self.properties.retain(|(known, _)| *known != name);
            self.properties.push((name, node));
        }
        self.required.extend(other.required);
        self.items = other.items.or(self.items.take());
        self.description = other.description.or(self.description);
        self.values = other.values.or(self.values);
        self.constant = other.constant.or(self.constant);
        self.is_read_only |= other.is_read_only;
        self.is_open |= other.is_open;
    }

    /// Returns the only possible value.
    pub(super) fn only_value(&self) -> Option<&'a Value> {
        self.constant.or(match self.values {
            Some([value]) => Some(value),
            _ => None,
        })
    }

    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self.kind, "array" | "object")
    }

    /// Returns whether it is an object of fields that have no names in the document.
    pub(super) fn is_map(&self) -> bool {
        self.kind == "object" && self.properties.is_empty() && self.is_open
    }
}

/// Returns the type of a parameter for a JSON type, or for a list of a type and `null`.
fn kind(field: &Node<'_>) -> Result<&'static str> {
    let listed = field.value.as_array();
    let named = match listed {
        Some(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        None => field.value.as_str(),
    };
    match named {
        Some("string") => Ok("string"),
        Some("integer") => Ok("integer"),
        Some("number") => Ok("number"),
        Some("boolean") => Ok("boolean"),
        Some("array") => Ok("array"),
        Some("object") => Ok("object"),
        Some("null") => Ok(""),
        _ => Err(field.broken("must be a JSON type")),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a value as text without quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| json!(value).to_string(), str::to_owned)
}
