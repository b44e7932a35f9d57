//! A proposed tool: the body of the request that adds it.

use bimpe::operations::OPERATIONS;
use bimpe::schema::{Operation, Type};
use serde_json::{Map, Value, json};

pub(super) const ADD: &str = "agents.integrations.custom_api.tools.add";

/// A tool that can be added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proposal {
    /// The body of the request.
    pub(super) body: Value,
    /// Remarks for the person who imports it.
    pub(super) notes: Vec<String>,
    /// The `auth_type` that the integration needs, if the document names one.
    pub(super) auth_type: Option<&'static str>,
}

impl Proposal {
    pub(super) fn name(&self) -> &str {
        self.body["name"].as_str().unwrap_or_default()
    }
}

/// The parts of a tool while they are collected.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) query: Vec<String>,
    pub(super) headers: Map<String, Value>,
    pub(super) body: Option<Value>,
    pub(super) timeout_ms: Option<i64>,
    pub(super) notes: Vec<String>,
    pub(super) url_parameters: Vec<Value>,
    pub(super) body_parameters: Vec<Value>,
    /// Optional parameters that the tool does not have.
    pub(super) skipped: Vec<String>,
}

impl Draft {
    /// Adds a parameter and returns its placeholder. `place` distinguishes parameters of the same name.
    pub(super) fn parameter(
        &mut self,
        place: &str,
        name: &str,
        mut definition: Map<String, Value>,
    ) -> String {
        let plain: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
        let plain = plain.trim_matches('_').to_owned();
        let mut free = if plain.is_empty() { place.to_owned() } else { plain };
        while self.has_parameter(&free) {
            free = format!("{place}_{free}");
        }
        if is_secret(name) {
            let note =
                format!("`{name}` may be a secret, which the model cannot know: let the integration send it");
            self.notes.push(note);
        }
        definition.insert("name".to_owned(), free.clone().into());
        let list = if place == "body" { &mut self.body_parameters } else { &mut self.url_parameters };
        list.push(definition.into());
        format!("{{{{{free}}}}}")
    }

    /// Notes an optional parameter that the tool does not have.
    pub(super) fn skip_optional(&mut self, name: &str) {
        self.skipped.push(format!("`{name}`"));
    }

    fn has_parameter(&self, name: &str) -> bool {
        self.url_parameters.iter().chain(&self.body_parameters).any(|parameter| parameter["name"] == name)
    }

    /// Returns the finished tool, within the limits of the API.
    pub(super) fn finish(mut self) -> Proposal {
        if !self.skipped.is_empty() {
            self.notes.push(format!("left out optional {}: --optional adds them", self.skipped.join(", ")));
        }
        let (name, is_cut) = shortened(&self.name, limit("name"));
        if is_cut {
            self.notes.push("the name is shortened".to_owned());
        }
        let (description, is_cut) = shortened(&self.description, limit("description"));
        if is_cut {
            self.notes.push("the description is shortened".to_owned());
        }
        let mut url = self.url;
        if !self.query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&self.query.join("&"));
        }
        let mut body = json!({"name": name, "http_method": self.method, "url_template": url});
        if !description.is_empty() {
            body["description"] = description.into();
        }
        if !self.url_parameters.is_empty() {
            body["url_params"] = self.url_parameters.into();
        }
        if let Some(template) = self.body {
            // Without a template and the type of its content, requests have been seen to arrive with an empty body.
            self.headers.insert("Content-Type".to_owned(), "application/json".into());
            body["body_params"] = self.body_parameters.into();
            body["body_template"] = template;
        }
        if !self.headers.is_empty() {
            body["headers_template"] = self.headers.into();
        }
        if let Some(wanted) = self.timeout_ms {
            let timeout = within("timeout", wanted);
            if timeout != wanted {
                self.notes.push(format!("the timeout is {timeout} ms, because the API refuses {wanted} ms"));
            }
            body["timeout"] = timeout.into();
        }
        Proposal { body, notes: self.notes, auth_type: None }
    }
}

/// Returns the definition of a required text that has no description.
pub(super) fn text_definition(name: &str) -> Map<String, Value> {
    let mut definition = Map::new();
    definition.insert("type".to_owned(), "string".into());
    definition.insert("description".to_owned(), format!("The value of `{name}`.").into());
    definition.insert("required".to_owned(), true.into());
    definition
}

/// Words of names that usually hold a secret.
const SECRET_WORDS: [&str; 11] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "key",
    "apikey",
    "password",
    "passwd",
    "signature",
    "credential",
    "credentials",
];

/// Returns whether the name of a header or a field is that of a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let words = words(name).to_lowercase();
    words.split(' ').any(|word| SECRET_WORDS.contains(&word))
}

/// Returns the words of an id, as in `find Order` for `findOrder`.
pub(super) fn words(id: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for letter in id.chars() {
        if letter.is_uppercase() && (before.is_lowercase() || before.is_numeric()) {
            text.push(' ');
        }
        text.push(if letter.is_alphanumeric() { letter } else { ' ' });
        before = letter;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the name that the server derives from a display name.
pub(crate) fn action_name(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// Returns a text on one line, cut at a word if it is too long.
fn shortened(text: &str, limit: usize) -> (String, bool) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return (line, false);
    }
    let start: String = line.chars().take(limit - 1).collect();
    let whole = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    (format!("{whole}…"), true)
}

fn operation() -> &'static Operation {
    OPERATIONS.iter().find(|operation| operation.id == ADD).expect("the API has the operation")
}

fn field(name: &str) -> Option<&'static Type> {
    let Some(Type::Object(object)) = operation().body else { return None };
    object.fields.iter().find(|field| field.name == name).map(|field| field.ty)
}

/// Returns the longest text that a field of a tool accepts.
pub(crate) fn limit(name: &str) -> usize {
    match field(name) {
        Some(Type::String(text)) => text.max_length.unwrap_or(usize::MAX),
        _ => usize::MAX,
    }
}

/// Returns the nearest number that a field of a tool accepts.
fn within(name: &str, wanted: i64) -> i64 {
    match field(name) {
        Some(Type::Integer { min, max, .. }) => {
            wanted.clamp(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))
        }
        _ => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft { name: "A".to_owned(), method: "GET".to_owned(), url: "/a".to_owned(), ..Draft::default() }
    }

    #[test]
    fn texts_and_timeouts_are_within_the_limits_of_the_api() {
        let long = "word ".repeat(200);
        let draft = Draft { name: long.clone(), description: long, timeout_ms: Some(15), ..draft() };
        let proposal = draft.finish();
        assert!(proposal.name().chars().count() <= 80 && proposal.name().ends_with("word…"));
        assert!(
            (790..=800).contains(&proposal.body["description"].as_str().expect("a text").chars().count())
        );
        assert_eq!(proposal.body["timeout"], 1000);
        assert_eq!(proposal.notes.len(), 3, "{:?}", proposal.notes);
    }

    #[test]
    fn parameters_have_distinct_plain_names() {
        let mut draft = draft();
        assert_eq!(draft.parameter("path", "id", Map::new()), "{{id}}");
        assert_eq!(draft.parameter("query", "filter[name]", Map::new()), "{{filter_name}}");
        assert_eq!(draft.parameter("body", "id", Map::new()), "{{body_id}}");
    }

    #[test]
    fn names_of_secrets_are_known_by_their_words() {
        for name in ["X-Api-Key", "apiKey", "api_key", "Authorization", "accessToken", "key", "PASSWORD"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["keyword", "monkey", "tokens_used", "sku", "secretary"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_for_the_model_are_those_of_the_server() {
        assert_eq!(action_name("Create order (beta)"), "create_order_beta");
    }
}
