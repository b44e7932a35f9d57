//! YAML values with their file and line.

use std::{fmt, path::Path, rc::Rc};

use anyhow::{Context, Result, anyhow, bail};
use saphyr::{LoadableYamlNode, MarkedYamlOwned, ScalarOwned, YamlDataOwned};

/// The position of a value.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    file: Rc<str>,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A YAML value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// null, a boolean, a number or a string
    Scalar(serde_json::Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Node {
    /// Reads the only document of a file. `name` is the name of the file in errors.
    pub(crate) fn read(path: &Path, name: &str) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text, name)
    }

    pub(crate) fn parse(text: &str, name: &str) -> Result<Self> {
        let documents = MarkedYamlOwned::load_from_str(text)
            .map_err(|error| anyhow!("{name}:{}: {error}", error.marker().line()))?;
        match documents.as_slice() {
            [document] => convert(document, &Rc::from(name)),
            _ => bail!("expected one YAML document in {name}, found {}", documents.len()),
        }
    }

    /// Returns an error about this value.
    pub(crate) fn error(&self, message: impl fmt::Display) -> anyhow::Error {
        anyhow!("{}: {message}", self.place)
    }

    pub(crate) fn entries(&self) -> Result<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.error("expected a mapping")),
        }
    }

    pub(crate) fn items(&self) -> Result<&[Node]> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.error("expected a list")),
        }
    }

    pub(crate) fn text(&self) -> Result<&str> {
        match &self.value {
            Value::Scalar(serde_json::Value::String(text)) => Ok(text),
            _ => Err(self.error("expected a string")),
        }
    }

    /// Returns the value of a key, if this is a mapping with that key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// Returns the value of a required key.
    pub(crate) fn require(&self, key: &str) -> Result<&Node> {
        self.get(key).ok_or_else(|| self.error(format!("missing key `{key}`")))
    }

    /// Returns the text of a key. Empty if the key is absent.
    pub(crate) fn text_of(&self, key: &str) -> Result<String> {
        self.get(key).map_or(Ok(String::new()), |node| Ok(node.text()?.trim().to_owned()))
    }

    /// Returns whether the key is present and true.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| matches!(node.value, Value::Scalar(serde_json::Value::Bool(true))))
    }

    /// Returns the strings of a key's list. Empty if the key is absent.
    pub(crate) fn texts_of(&self, key: &str) -> Result<Vec<String>> {
        let Some(list) = self.get(key) else { return Ok(Vec::new()) };
        list.items()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar.clone(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect()
            }
        }
    }
}

fn convert(yaml: &MarkedYamlOwned, file: &Rc<str>) -> Result<Node> {
    let place = Place { file: file.clone(), line: yaml.span.start.line() };
    let value = match &yaml.data {
        YamlDataOwned::Value(scalar) => Value::Scalar(convert_scalar(scalar)),
        YamlDataOwned::Sequence(items) => {
            Value::List(items.iter().map(|item| convert(item, file)).collect::<Result<_>>()?)
        }
        YamlDataOwned::Mapping(mapping) => Value::Map(
            mapping
                .iter()
                .map(|(key, value)| {
                    let place = Place { file: file.clone(), line: key.span.start.line() };
                    let key = match &key.data {
                        YamlDataOwned::Value(ScalarOwned::String(text)) => text.clone(),
                        // Responses have integer keys, as in `200:`.
                        YamlDataOwned::Value(ScalarOwned::Integer(number)) => number.to_string(),
                        _ => bail!("{place}: invalid key: expected a string"),
                    };
                    Ok(Entry { key, place, node: convert(value, file)? })
                })
                .collect::<Result<_>>()?,
        ),
        _ => bail!("{place}: unsupported YAML alias or tag"),
    };
    Ok(Node { value, place })
}

fn convert_scalar(scalar: &ScalarOwned) -> serde_json::Value {
    match scalar {
        ScalarOwned::Null => serde_json::Value::Null,
        ScalarOwned::Boolean(value) => (*value).into(),
        ScalarOwned::Integer(value) => (*value).into(),
        ScalarOwned::FloatingPoint(value) => value.into_inner().into(),
        ScalarOwned::String(value) => value.as_str().into(),
    }
}
