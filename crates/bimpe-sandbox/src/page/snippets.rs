//! A recorded request as a shell command and as a program in each language.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::spec::{Operation, SPEC};
use crate::state::AppState;

/// Maximum length of arguments in one line.
const MAX_ARGUMENTS: usize = 60;

/// A request of an operation.
pub(super) struct Example<'a> {
    pub operation: &'a Operation,
    pub path: BTreeMap<String, String>,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

/// Returns the request in each language, with the name of the language.
pub(super) fn all(example: &Example<'_>, state: &AppState) -> Value {
    // The client redeems the ticket of a stream itself, and the parameters of its method differ.
    if example.operation.is_stream() {
        return json!([]);
    }
    let client = Client { url: &state.url, key: &state.seed_data.key };
    json!([
        { "language": "curl", "code": curl(example, &client) },
        { "language": "Python", "code": python(example, &client) },
        { "language": "TypeScript", "code": typescript(example, &client) },
        { "language": "Rust", "code": rust(example, &client) },
    ])
}

struct Client<'a> {
    url: &'a str,
    key: &'a str,
}

impl Example<'_> {
    /// Returns the ids of the path in the order of the parameters of a method.
    fn ids(&self) -> impl Iterator<Item = Value> {
        self.operation.path_names().filter_map(|name| self.path.get(name)).map(|id| id.as_str().into())
    }

    /// Returns the query with the types of its parameters.
    fn typed_query(&self) -> Map<String, Value> {
        let typed = |(name, text): &(String, String)| {
            let known = self.operation.query.iter().find(|parameter| parameter.name == *name);
            (
                name.clone(),
                known.map_or_else(|| text.as_str().into(), |known| SPEC.typed(&known.schema, text)),
            )
        };
        self.query.iter().map(typed).collect()
    }

    /// Returns the fields of the body or of the query.
    fn fields(&self) -> Map<String, Value> {
        self.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_else(|| self.typed_query())
    }
}

fn curl(example: &Example<'_>, client: &Client<'_>) -> String {
    let path = example.operation.path(&example.path).unwrap_or_default();
    let mut url = format!("{}{}{path}", client.url, SPEC.prefix);
    if !example.query.is_empty() {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&example.query).finish();
        url = format!("{url}?{query}");
    }
    let mut lines = vec![
        format!("curl --request {} {}", example.operation.method, quoted(&url)),
        format!("  --header {}", quoted(&format!("Authorization: Bearer {}", client.key))),
    ];
    if let Some(body) = &example.body {
        lines.push(format!("  --header {}", quoted("Content-Type: application/json")));
        lines.push(format!("  --data {}", quoted(&body.to_string())));
    }
    lines.join(" \\\n")
}

/// Returns a text for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn python(example: &Example<'_>, client: &Client<'_>) -> String {
    let mut arguments: Vec<String> = example.ids().map(|id| python_literal(&id)).collect();
    let fields = example.fields();
    if example.operation.takes_dict {
        arguments.push(python_literal(&fields.into()));
    } else {
        arguments.extend(fields.iter().map(|(name, value)| format!("{name}={}", python_literal(value))));
    }
    format!(
        "from bimpe import BimpeAI\n\n\
         client = BimpeAI(api_key={}, base_url={})\n\
         result = client.{}({})\n\
         print(result)",
        Value::from(client.key),
        Value::from(client.url),
        example.operation.id,
        listed(&arguments)
    )
}

/// Returns arguments in one line, or in one line each.
fn listed(arguments: &[String]) -> String {
    let line = arguments.join(", ");
    if line.len() <= MAX_ARGUMENTS { line } else { format!("\n    {},\n", arguments.join(",\n    ")) }
}

/// Returns JSON as an expression of Python.
fn python_literal(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => format!("[{}]", list(items.iter().map(python_literal).collect())),
        Value::Object(fields) => {
            let entry = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), python_literal(value))
            };
            format!("{{{}}}", list(fields.iter().map(entry).collect()))
        }
        Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn typescript(example: &Example<'_>, client: &Client<'_>) -> String {
    let mut arguments: Vec<Value> = example.ids().collect();
    let fields = example.fields();
    if !fields.is_empty() {
        arguments.push(fields.into());
    }
    let arguments: Vec<String> = arguments.iter().map(Value::to_string).collect();
    format!(
        "import {{ BimpeAI }} from \"bimpe\";\n\n\
         const client = new BimpeAI({{ apiKey: {}, baseUrl: {} }});\n\
         const result = await client.{}({});\n\
         console.log(result);",
        Value::from(client.key),
        Value::from(client.url),
        camel_case(&example.operation.id),
        listed(&arguments)
    )
}

fn camel_case(id: &str) -> String {
    let mut words = id.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn rust(example: &Example<'_>, client: &Client<'_>) -> String {
    let ids: Vec<String> =
        example.ids().map(|id| format!("{:?}.into()", id.as_str().unwrap_or_default())).collect();
    let mut lines = vec![format!("request.path = vec![{}];", ids.join(", "))];
    for (name, value) in example.typed_query() {
        lines.push(format!("request.query.insert({name:?}.into(), {});", rust_json(&value)));
    }
    if let Some(body) = &example.body {
        lines.push(format!("request.body = Some({});", rust_json(body)));
    }
    format!(
        "use bimpe::engine::OperationRequest;\n\n\
         #[tokio::main]\n\
         async fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let client = bimpe::Client::builder().api_key({:?}).base_url({:?}).build()?;\n    \
             let mut request = OperationRequest::new({:?})?;\n    \
             {}\n    \
             println!(\"{{}}\", client.execute(request).await?.data());\n    \
             Ok(())\n\
         }}",
        client.key,
        client.url,
        example.operation.id,
        lines.join("\n    ")
    )
}

/// Returns an expression that parses JSON from a raw string literal.
fn rust_json(value: &Value) -> String {
    let text = value.to_string();
    let mut fence = String::new();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("serde_json::from_str(r{fence}\"{text}\"{fence})?")
}
