//! Ids, paths and queries: an id can never reach another endpoint.

use http::Uri;
use url::{Url, form_urlencoded};

use super::custom_request;
use crate::encoding::push_segment;
use crate::error::Error;
use crate::schema::{Operation, Segment};

const MAX_ID_BYTES: usize = 256;

/// The address of a request while it is written. It is encoded piece by piece, and never read again.
pub(crate) struct RequestUrl {
    text: String,
    /// The index at which the query starts.
    query: usize,
}

impl RequestUrl {
    /// That of an operation with these ids, each encoded as one segment.
    pub(crate) fn of(base: &Url, operation: &Operation, ids: &[String]) -> Result<Self, Error> {
        let mut text = String::with_capacity(base.as_str().len() + operation.path.len() + 64);
        text.push_str(base.as_str());
        let mut left = ids.iter();
        for segment in operation.segments {
            text.push('/');
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Id { name, reserved } => {
                    let id = left.next().ok_or_else(|| {
                        Error::user(format!("{}: `{name}` is missing", operation.id)).naming([name])
                    })?;
                    check(operation, name, id, reserved)?;
                    push_segment(&mut text, id);
                }
            }
        }
        if left.next().is_some() {
            return Err(Error::user(format!("{}: more ids than the path takes", operation.id)));
        }
        Ok(Self::new(text))
    }

    /// That of a custom request.
    pub(crate) fn custom(base: &Url, path: &str) -> Result<Self, Error> {
        custom_request::address(base, path).map(|url| Self::new(url.into()))
    }

    fn new(text: String) -> Self {
        Self { query: text.len(), text }
    }

    /// Adds a parameter to the query.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.text.push(if self.text.len() == self.query { '?' } else { '&' });
        self.text.extend(form_urlencoded::byte_serialize(name.as_bytes()));
        self.text.push('=');
        self.text.extend(form_urlencoded::byte_serialize(value.as_bytes()));
    }

    /// The whole address.
    pub(crate) fn finish(self) -> Result<Uri, Error> {
        Uri::from_maybe_shared(self.text).map_err(|_| Error::user("the address is too long for HTTP"))
    }
}

fn check(operation: &Operation, name: &'static str, id: &str, reserved: &[&str]) -> Result<(), Error> {
    let reason = if id.is_empty() {
        "is empty".to_owned()
    } else if id.trim().is_empty() {
        "is only white space".to_owned()
    } else if id == "." || id == ".." {
        format!("is `{id}`, which is a dot segment, not an id")
    } else if let Some(position) = id.chars().position(char::is_control) {
        format!("contains a control character at position {position}")
    } else if id.len() > MAX_ID_BYTES {
        format!("is longer than {MAX_ID_BYTES} bytes")
    } else if reserved.contains(&id) {
        format!("is `{id}`, which names another endpoint")
    } else {
        return Ok(());
    };
    Err(Error::field(operation.id, name, reason).naming(&[name]))
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::OperationRequest;

    fn address(operation: &Operation, ids: &[String]) -> Result<Uri, Error> {
        let base = Url::parse("https://api.bimpe.ai/api/v1/console").expect("a valid address");
        RequestUrl::of(&base, operation, ids)?.finish()
    }

    proptest! {
        #[test]
        fn an_id_is_refused_or_is_exactly_one_segment(id in any::<String>(), dots in "[./\\\\%?# \\r\\n;:a]{0,6}") {
            let operation = OperationRequest::new("agents.knowledge_bases.delete").expect("it exists").operation;
            for id in [id, dots] {
                let Ok(url) = address(operation, &["cm1".to_owned(), id.clone()]) else { continue };
                let segments: Vec<&str> = url.path().split('/').collect();
                prop_assert_eq!(&segments[..7], &["", "api", "v1", "console", "agents", "cm1", "knowledge_bases"]);
                prop_assert_eq!(segments.len(), 8);
                prop_assert_eq!(percent_decode_str(segments[7]).collect::<Vec<_>>(), id.as_bytes());
                prop_assert!(url.query().is_none() && !url.to_string().contains('#'));
            }
        }
    }

    #[test]
    fn hostile_ids_are_refused_by_name() {
        let operation = OperationRequest::new("agents.retrieve").expect("it exists").operation;
        for id in ["", " ", ".", "..", "a\nb", "\u{0}", "a\u{85}", &"x".repeat(257)] {
            let error = address(operation, &[id.to_owned()]).expect_err("refused");
            assert_eq!(error.kind(), crate::ErrorKind::User);
            assert!(error.message().starts_with("agents.retrieve: `agent_id` "), "{error}");
        }
    }

    #[test]
    fn words_of_sibling_routes_are_not_ids() {
        for (operation, ids) in
            [("workflows.retrieve", vec!["clone"]), ("conversations.retrieve", vec!["cm1", "messages"])]
        {
            let operation = OperationRequest::new(operation).expect("it exists").operation;
            let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
            let error = address(operation, &ids).expect_err("refused");
            assert!(error.message().contains("names another endpoint"), "{error}");
        }
    }
}
