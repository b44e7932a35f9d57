//! Paths of operations: their templates, and the parameters of one path.

use std::collections::BTreeMap;

use super::Operation;

pub(super) enum Segment {
    Literal(String),
    Parameter(String),
}

impl Segment {
    pub(super) fn parse(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Literal(text.to_owned()),
        }
    }
}

impl Operation {
    /// Returns the decoded parameters of a path that fits the template.
    pub(super) fn matches(&self, parts: &[&str]) -> Option<BTreeMap<String, String>> {
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut parameters = BTreeMap::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(text) if text == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.insert(name.clone(), percent_decode(part)?);
                }
                _ => return None,
            }
        }
        Some(parameters)
    }

    /// Returns the path below the prefix, or `None` if a parameter is missing.
    pub(crate) fn path(&self, parameters: &BTreeMap<String, String>) -> Option<String> {
        let segment = |segment: &Segment| match segment {
            Segment::Literal(text) => Some(text.clone()),
            Segment::Parameter(name) => {
                let value = parameters.get(name).filter(|value| !value.is_empty())?;
                Some(
                    url::form_urlencoded::byte_serialize(value.as_bytes())
                        .collect::<String>()
                        .replace('+', "%20"),
                )
            }
        };
        let segments: Option<Vec<String>> = self.segments.iter().map(segment).collect();
        Some(format!("/{}", segments?.join("/")))
    }

    /// Returns the names of the path parameters in the order of the path.
    pub(crate) fn path_names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => Some(name.as_str()),
        })
    }

    /// Whether a pattern, in which `*` is any segment, fits some path of the operation.
    pub(crate) fn fits_pattern(&self, pattern: &[&str]) -> bool {
        let fits = |(segment, part): (&Segment, &&str)| match segment {
            Segment::Literal(text) => *part == "*" || text == part,
            Segment::Parameter(_) => !part.is_empty(),
        };
        self.segments.len() == pattern.len() && self.segments.iter().zip(pattern).all(fits)
    }

    /// Returns whether each segment is literal.
    pub(super) fn literals(&self) -> Vec<bool> {
        self.segments.iter().map(|segment| matches!(segment, Segment::Literal(_))).collect()
    }
}

fn percent_decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}
