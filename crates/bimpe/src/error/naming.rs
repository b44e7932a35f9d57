//! Names of arguments, options and methods, as the language of the caller writes them.

use super::Error;
use crate::operations::OPERATIONS;

/// How a language writes names of arguments and methods, for [`Error::to_json_in`]. Fields keep the names of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `agent_id`, `agents.knowledge_bases.list`.
    Snake,
    /// `agentId`, `agents.knowledgeBases.list`.
    Camel,
}

impl Error {
    /// The error with names in camelCase in what this library says. The text of the server stays as it is.
    pub(super) fn renamed(&self) -> Self {
        let naming = Naming::Camel;
        self.copy().with(|inner| {
            if inner.status.is_none() {
                inner.message = naming.text(&inner.message, &inner.names);
            }
            inner.hint = inner.hint.take().map(|hint| naming.text(&hint, &inner.names));
            for field in &mut inner.field_errors {
                if inner.names.contains(&&*field.path) {
                    field.path = naming.name(&field.path);
                }
                if inner.status.is_none() {
                    field.message = naming.text(&field.message, &inner.names);
                }
            }
        })
    }
}

impl Naming {
    /// One name.
    pub(crate) fn name(self, name: &str) -> String {
        if self == Self::Snake {
            return name.to_owned();
        }
        let mut camel = String::with_capacity(name.len());
        for part in name.split('_') {
            let mut rest_of_part = part.chars();
            match rest_of_part.next() {
                // At the start of a word or of the name of a method it stays small.
                Some(first) if !camel.is_empty() => camel.extend([first.to_ascii_uppercase()]),
                first => camel.extend(first),
            }
            camel.push_str(rest_of_part.as_str());
        }
        camel
    }

    /// A text with these names, and those of methods, in this form.
    fn text(self, text: &str, names: &[&str]) -> String {
        let mut result = String::with_capacity(text.len());
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|character| !is_part(character)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            result.push_str(before);
            // A full stop may follow.
            let name = word.trim_end_matches('.');
            let is_method = OPERATIONS.binary_search_by(|operation| operation.id.cmp(name)).is_ok();
            if is_method || names.contains(&name) {
                result.push_str(&self.name(name));
                result.push_str(&word[name.len()..]);
            } else {
                result.push_str(word);
            }
            rest = after;
        }
        result + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_list_and_of_methods_are_written_in_camel_case() {
        let text =
            "agents.knowledge_bases.delete: `kb_id` is empty, not `workflow_id`; see phone_numbers.list.";
        let named =
            "agents.knowledgeBases.delete: `kbId` is empty, not `workflow_id`; see phoneNumbers.list.";
        assert_eq!(Naming::Camel.text(text, &["kb_id"]), named);
        assert_eq!(Naming::Camel.name("error.idempotency_key"), "error.idempotencyKey");
    }

    #[test]
    fn the_text_of_the_server_is_not_renamed() {
        let error = Error::user("`kb_id` of agents.knowledge_bases.list").naming(&["kb_id"]);
        assert_eq!(error.to_json_in(Naming::Camel)["display"], "`kbId` of agents.knowledgeBases.list");
        let from_server = error.with(|inner| inner.status = Some(http::StatusCode::NOT_FOUND));
        assert_eq!(
            from_server.to_json_in(Naming::Camel)["message"],
            "`kb_id` of agents.knowledge_bases.list"
        );
    }
}
