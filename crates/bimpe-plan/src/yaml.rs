//! YAML values with the position of each.

use saphyr::{LoadableYamlNode, MarkedYamlOwned, ScalarOwned, YamlDataOwned};
use serde_json::Value;

use crate::problem::{Problem, Source, Spot};

/// A value and its position.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) spot: Spot,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key, its position, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) spot: Spot,
    pub(crate) node: Node,
}

/// Reads the only document of a file. An empty file is an empty mapping.
pub(crate) fn parse(source: &Source, text: &str) -> Result<Node, Problem> {
    let documents = MarkedYamlOwned::load_from_str(text).map_err(|error| {
        let text = format!(
            "the YAML is invalid: {}; check the indentation, the brackets and the quotes up to here",
            error.info()
        );
        source.problem(spot(error.marker()), text)
    })?;
    match documents.as_slice() {
        [] => Ok(Node { spot: Spot { line: 1, column: 1 }, content: Content::Map(Vec::new()) }),
        [document] => convert(source, document),
        [_, second, ..] => {
            Err(source
                .problem(spot(&second.span.start), "a file must hold one YAML document; use several files"))
        }
    }
}

/// Columns of saphyr start at 0.
fn spot(marker: &saphyr::Marker) -> Spot {
    Spot { line: marker.line().max(1), column: marker.col() + 1 }
}

fn convert(source: &Source, yaml: &MarkedYamlOwned) -> Result<Node, Problem> {
    let spot = spot(&yaml.span.start);
    let content = match &yaml.data {
        YamlDataOwned::Value(scalar) => Content::Scalar(convert_scalar(scalar)),
        YamlDataOwned::Sequence(items) => {
            Content::List(items.iter().map(|item| convert(source, item)).collect::<Result<_, _>>()?)
        }
        YamlDataOwned::Mapping(mapping) => Content::Map(
            mapping.iter().map(|(key, value)| convert_entry(source, key, value)).collect::<Result<_, _>>()?,
        ),
        _ => return Err(source.problem(spot, "YAML tags are unsupported; remove the tag")),
    };
    Ok(Node { spot, content })
}

fn convert_entry(source: &Source, key: &MarkedYamlOwned, value: &MarkedYamlOwned) -> Result<Entry, Problem> {
    let spot = spot(&key.span.start);
    match &key.data {
        YamlDataOwned::Value(ScalarOwned::String(text)) => {
            Ok(Entry { key: text.clone(), spot, node: convert(source, value)? })
        }
        _ => Err(source.problem(spot, "a key must be a string; put it in quotes")),
    }
}

fn convert_scalar(scalar: &ScalarOwned) -> Value {
    match scalar {
        ScalarOwned::Null => Value::Null,
        ScalarOwned::Boolean(value) => (*value).into(),
        ScalarOwned::Integer(value) => (*value).into(),
        ScalarOwned::FloatingPoint(value) => value.into_inner().into(),
        ScalarOwned::String(value) => value.as_str().into(),
    }
}

impl Node {
    /// Returns the entries of a mapping. An absent value (`agents:`) is an empty mapping.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Map(entries) => Some(entries),
            Content::Scalar(Value::Null) => Some(&[]),
            _ => None,
        }
    }

    /// Returns the items of a list. An absent value (`agents:`) is an empty list.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(items) => Some(items),
            Content::Scalar(Value::Null) => Some(&[]),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// Returns the position of a path such as `rules[0].name`, or of its nearest part. `true` if the whole path exists.
    pub(crate) fn locate(&self, path: &str) -> (Spot, bool) {
        let (head, rest) = split_path(path);
        if head.is_empty() {
            return (self.spot, true);
        }
        let index = head.strip_prefix('[').and_then(|head| head.strip_suffix(']')?.parse::<usize>().ok());
        match (index, &self.content) {
            (Some(index), Content::List(items)) => {
                items.get(index).map_or((self.spot, false), |item| item.locate(rest))
            }
            (None, _) => match self.get(head) {
                // The key says more than the value.
                Some(entry) if rest.is_empty() => (entry.spot, true),
                Some(entry) => entry.node.locate(rest),
                None => (self.spot, false),
            },
            _ => (self.spot, false),
        }
    }
}

/// The first step of a path (`rules` or `[0]`) and the rest.
pub(crate) fn split_path(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('.').unwrap_or(path);
    let end =
        path.char_indices().skip(1).find(|(_, character)| matches!(character, '.' | '[')).map(|(at, _)| at);
    path.split_at(end.unwrap_or(path.len()))
}
