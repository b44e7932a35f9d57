//! Which request an error is about.

use http::Method;

use crate::encoding::push_segment;
use crate::schema::{Operation, Segment};

const MASK: &str = "****";

/// An operation and the ids of its path.
#[derive(Clone)]
pub(crate) struct FailedRequest {
    operation: &'static Operation,
    ids: Vec<String>,
}

impl FailedRequest {
    /// Masks each id that `is_secret`, because a caller may pass a key in the place of an id.
    pub(crate) fn new(
        operation: &'static Operation,
        ids: &[String],
        is_secret: impl Fn(&str) -> bool,
    ) -> Self {
        let shown = |id: &String| if is_secret(id) { MASK.to_owned() } else { id.clone() };
        Self { operation, ids: ids.iter().map(shown).collect() }
    }

    pub(crate) fn method(&self) -> &'static Method {
        &self.operation.method
    }

    /// The template of the path.
    pub(crate) fn path(&self) -> &'static str {
        self.operation.path
    }

    /// The names and ids of the path. A request may lack ids.
    pub(crate) fn params(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = self.operation.segments.iter().filter_map(|segment| match segment {
            Segment::Id { name, .. } => Some(*name),
            Segment::Literal(_) => None,
        });
        names.zip(self.ids.iter().map(String::as_str))
    }

    /// The path with the ids, as it was sent.
    pub(crate) fn address(&self) -> String {
        if self.operation.segments.is_empty() {
            return self.path().to_owned();
        }
        let mut ids = self.ids.iter();
        let mut address = String::new();
        for segment in self.operation.segments {
            address.push('/');
            match segment {
                Segment::Literal(text) => address.push_str(text),
                Segment::Id { name, .. } => match ids.next() {
                    Some(id) if id == MASK => address.push_str(MASK),
                    Some(id) => push_segment(&mut address, id),
                    None => address.push_str(name),
                },
            }
        }
        address
    }
}
