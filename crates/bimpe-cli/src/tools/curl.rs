//! A tool from a curl command line.

use serde_json::{Map, Value};
use url::Url;

use super::proposal::{Draft, Proposal, is_secret, text_definition};
use crate::failure::Failure;

/// Options without a value that change nothing for a tool.
const IGNORED: [&str; 16] = [
    "--compressed",
    "--silent",
    "-s",
    "--show-error",
    "-S",
    "--location",
    "-L",
    "--include",
    "-i",
    "--verbose",
    "-v",
    "--fail",
    "-f",
    "-sS",
    "--globoff",
    "-g",
];
/// Options with a value that change nothing for a tool.
const IGNORED_WITH_VALUE: [&str; 8] =
    ["--output", "-o", "--user-agent", "-A", "--retry", "--connect-timeout", "--write-out", "-w"];
const DATA: [&str; 5] = ["--data", "-d", "--data-raw", "--data-binary", "--json"];

/// The parts of a command line.
#[derive(Default)]
struct Line {
    url: Option<String>,
    method: Option<String>,
    headers: Vec<String>,
    data: Option<String>,
    user: bool,
    max_time: Option<String>,
    data_in_query: bool,
}

/// Proposes the tool of a curl command line. `name` and `description` are those of the tool.
pub(super) fn import(
    text: &str,
    base_url: Option<&Url>,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<Proposal, Failure> {
    let line = parse(text)?;
    let text = line.url.as_deref().ok_or_else(|| invalid("the URL is missing"))?;
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let has_body = line.data.is_some() && !line.data_in_query;
    let method = line.method.clone().unwrap_or_else(|| if has_body { "POST" } else { "GET" }.to_owned());
    if !matches!(method.as_str(), "GET" | "POST" | "PUT" | "DELETE" | "PATCH") {
        return Err(unsupported(&format!("the method {method}")));
    }
    let mut draft =
        Draft { method, description: description.unwrap_or_default().to_owned(), ..Draft::default() };
    let (address, query) = text.split_once('?').unwrap_or((&text, ""));
    let address = address.split('#').next().unwrap_or_default();
    let url = Url::parse(address).map_err(|error| invalid(&format!("the URL is invalid: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unsupported("credentials in the URL"));
    }
    let base = base_url.map_or("", |url| url.as_str().trim_end_matches('/'));
    let path = address.strip_prefix(base).filter(|path| !base.is_empty() && path.starts_with('/'));
    draft.url = with_parameters(&mut draft, path.unwrap_or(address));
    let query = query.split('#').next().unwrap_or_default();
    let more = line.data.as_deref().filter(|_| line.data_in_query).unwrap_or_default();
    add_query(&mut draft, query);
    add_query(&mut draft, more);
    add_headers(&mut draft, &line.headers);
    if let Some(data) = line.data.as_deref().filter(|_| has_body) {
        draft.body = Some(body(&mut draft, data)?);
    }
    if line.user {
        draft
            .notes
            .push("left out the option -u: configure the integration with `auth_type` basic".to_owned());
    }
    if let Some(text) = &line.max_time {
        draft.timeout_ms = Some(milliseconds(text)?);
    }
    draft.name = name.map_or_else(|| default_name(&draft), str::to_owned);
    Ok(draft.finish())
}

fn parse(text: &str) -> Result<Line, Failure> {
    let words = shlex::split(text).ok_or_else(|| invalid("a quote is not closed"))?;
    let mut words = words.into_iter();
    if words.next().as_deref() != Some("curl") {
        return Err(invalid("it does not begin with `curl`"));
    }
    let mut line = Line::default();
    while let Some(word) = words.next() {
        let (option, inline) = split_option(&word);
        if !option.starts_with('-') {
            if line.url.replace(word.clone()).is_some() {
                return Err(unsupported("more than one URL"));
            }
            continue;
        }
        let mut value = || {
            inline
                .clone()
                .or_else(|| words.next())
                .ok_or_else(|| invalid(&format!("`{option}` has no value")))
        };
        match option {
            "-X" | "--request" => line.method = Some(value()?.to_uppercase()),
            "-H" | "--header" => line.headers.push(value()?),
            "-u" | "--user" => {
                value()?;
                line.user = true;
            }
            "-m" | "--max-time" => line.max_time = Some(value()?),
            "--url" => line.url = Some(value()?),
            "-G" | "--get" => line.data_in_query = true,
            _ if DATA.contains(&option) => {
                let data = value()?;
                if data.starts_with('@') && option != "--data-raw" {
                    return Err(unsupported("a body from a file"));
                }
                line.data = Some(line.data.map_or(data.clone(), |before| format!("{before}&{data}")));
            }
            "-F" | "--form" | "-T" | "--upload-file" => return Err(unsupported("files and forms")),
            _ if IGNORED.contains(&option) => {}
            _ if IGNORED_WITH_VALUE.contains(&option) => drop(value()?),
            _ => return Err(unsupported(&format!("the option `{option}`"))),
        }
    }
    Ok(line)
}

/// Splits `--option=value` and `-Xvalue`.
fn split_option(word: &str) -> (&str, Option<String>) {
    if let Some((option, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        return (option, Some(value.to_owned()));
    }
    let takes_value = ["-X", "-H", "-d", "-u", "-m", "-o", "-A", "-F", "-T"];
    match word.get(..2).filter(|option| takes_value.contains(option) && word.len() > 2) {
        Some(option) => (option, Some(word[2..].to_owned())),
        None => (word, None),
    }
}

/// Makes parameters of the placeholders `{name}`, `{{name}}` and `:name` of a path.
fn with_parameters(draft: &mut Draft, address: &str) -> String {
    let segments: Vec<String> = address
        .split('/')
        .map(|segment| {
            let braced = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
            let braced = braced.map(|inner| inner.trim_start_matches('{').trim_end_matches('}'));
            let colon = segment.strip_prefix(':').filter(|name| !name.is_empty());
            match braced.or(colon) {
                Some(name) => draft.parameter("path", name, text_definition(name)),
                None => segment.to_owned(),
            }
        })
        .collect();
    segments.join("/")
}

fn add_query(draft: &mut Draft, query: &str) {
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let placeholder = draft.parameter("query", &name, example(&name, &Value::from(value.as_ref())));
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        draft.query.push(format!("{name}={placeholder}"));
    }
}

fn add_headers(draft: &mut Draft, headers: &[String]) {
    for header in headers {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        let (name, value) = (name.trim(), value.trim());
        if is_secret(name) {
            let note = format!(
                "left out the header `{name}`: put its secret into the `auth_config` of the integration"
            );
            draft.notes.push(note);
        } else if !name.eq_ignore_ascii_case("content-type") && !value.is_empty() {
            draft.headers.insert(name.to_owned(), value.into());
        }
    }
}

/// Makes parameters of the values of a JSON body.
fn body(draft: &mut Draft, data: &str) -> Result<Value, Failure> {
    let value: Value = serde_json::from_str(data)
        .map_err(|error| unsupported(&format!("a body that is no JSON ({error})")))?;
    match value {
        Value::Object(fields) => Ok(template(draft, "", fields).into()),
        _ => Err(unsupported("a body that is no JSON object")),
    }
}

fn template(draft: &mut Draft, prefix: &str, fields: Map<String, Value>) -> Map<String, Value> {
    let values = fields.into_iter().map(|(name, value)| {
        let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}_{name}") };
        let value = match value {
            Value::Object(inner) if !inner.is_empty() => template(draft, &full, inner).into(),
            Value::Null => Value::Null,
            value => draft.parameter("body", &full, example(&name, &value)).into(),
        };
        (name, value)
    });
    values.collect()
}

/// Returns the definition of a parameter that has this value in the command line.
fn example(name: &str, value: &Value) -> Map<String, Value> {
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null | Value::String(_) => "string",
    };
    let mut definition = text_definition(name);
    definition.insert("type".to_owned(), kind.into());
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if !is_secret(name) {
        let text = format!("The value of `{name}`, as in `{shown}`.");
        definition.insert("description".to_owned(), text.into());
    }
    if let Value::Array(items) = value {
        let first = items.first().cloned().unwrap_or_else(|| "".into());
        let mut item = example("item", &first);
        item.insert("name".to_owned(), "item".into());
        definition.insert("items".to_owned(), item.into());
    }
    definition
}

fn milliseconds(text: &str) -> Result<i64, Failure> {
    let seconds = text.parse().ok().and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
    let milliseconds = seconds.and_then(|time| i64::try_from(time.as_millis()).ok());
    milliseconds.ok_or_else(|| invalid(&format!("`{text}` is no number of seconds")))
}

/// Returns a name such as `POST orders`.
fn default_name(draft: &Draft) -> String {
    let path = draft.url.split("://").last().unwrap_or_default();
    let words = path.split('/').skip(1).filter(|segment| !segment.is_empty() && !segment.contains('{'));
    let words: Vec<&str> = words.collect();
    format!("{} {}", draft.method, words.join(" ")).trim().to_owned()
}

fn invalid(what: &str) -> Failure {
    Failure::usage(format!("invalid curl command: {what}"))
        .hint("Quote the whole command, as in --curl 'curl https://api.example.com/orders'.")
}

fn unsupported(what: &str) -> Failure {
    Failure::usage(format!("unsupported curl command: tools cannot express {what}"))
        .hint("Remove that part, or add the tool with `bimpe agents integrations custom-api tools add`.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proposed(text: &str) -> Proposal {
        let base = Url::parse("https://api.example.com/v1").expect("a URL");
        import(text, Some(&base), None, None).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_json_body_becomes_a_template() {
        let line = "curl -X POST https://api.example.com/v1/orders/{order_id}/lines?notify=true \\\n\
                    -H 'Content-Type: application/json' -H 'Authorization: Bearer s3cret' -H 'X-Source: agent' \\\n\
                    --max-time 2.5 -d '{\"sku\": \"A-1\", \"count\": 2, \"to\": {\"city\": \"Lagos\"}, \"tags\": [\"a\"]}'";
        let proposal = proposed(line);
        let body = &proposal.body;
        assert_eq!(body["name"], "POST orders lines");
        assert_eq!(body["url_template"], "/orders/{{order_id}}/lines?notify={{notify}}");
        assert_eq!(
            body["headers_template"],
            json!({"X-Source": "agent", "Content-Type": "application/json"})
        );
        let template = json!({"sku": "{{sku}}", "count": "{{count}}", "to": {"city": "{{to_city}}"}, "tags": "{{tags}}"});
        assert_eq!(body["body_template"], template);
        let kinds: Vec<_> =
            body["body_params"].as_array().expect("a list").iter().map(|field| &field["type"]).collect();
        assert_eq!(kinds, ["string", "integer", "string", "array"]);
        assert_eq!(body["timeout"], 2500);
        assert!(!body.to_string().contains("s3cret"));
        assert!(proposal.notes.iter().any(|note| note.contains("`Authorization`")), "{:?}", proposal.notes);
    }

    #[test]
    fn get_puts_data_into_the_query() {
        let body = proposed("curl -sS -G https://shop.example.com/find --data q=shoes").body;
        assert_eq!(
            (&body["http_method"], &body["url_template"]),
            (&json!("GET"), &json!("https://shop.example.com/find?q={{q}}"))
        );
        assert_eq!(body.get("body_template"), None);
    }

    #[test]
    fn what_tools_cannot_express_is_refused_by_name() {
        for (line, expected) in [
            ("wget https://a.example", "does not begin with `curl`"),
            ("curl 'https://a.example", "a quote is not closed"),
            ("curl", "the URL is missing"),
            ("curl https://a.example -X", "`-X` has no value"),
            ("curl -XHEAD https://a.example", "the method HEAD"),
            ("curl https://a.example https://b.example", "more than one URL"),
            ("curl -F file=@a.png https://a.example", "files and forms"),
            ("curl -d @body.json https://a.example", "a body from a file"),
            ("curl -d a=1 https://a.example", "no JSON"),
            ("curl -d '[1]' https://a.example", "no JSON object"),
            ("curl --proxy p https://a.example", "the option `--proxy`"),
            ("curl -m soon https://a.example", "no number of seconds"),
            ("curl https://shop:s3cret@a.example", "credentials in the URL"),
        ] {
            let error = import(line, None, None, None).expect_err(line).to_string();
            assert!(error.contains(expected) && !error.contains("s3cret"), "{line}: {error}");
        }
    }

    #[test]
    fn no_secret_of_the_command_gets_into_the_tool() {
        let line = "curl https://a.example/find?api_key=s3cret -u shop:s3cret -H 'X-Token: s3cret' \
                    -H 'Cookie: sid=s3cret' -d '{\"password\": \"s3cret\", \"user\": {\"accessToken\": \"s3cret\"}}'";
        let proposal = proposed(line);
        assert!(!proposal.body.to_string().contains("s3cret"), "{}", proposal.body);
        for name in ["api_key", "password", "user_accessToken", "X-Token", "Cookie", "-u"] {
            assert!(proposal.notes.iter().any(|note| note.contains(name)), "{name}: {:?}", proposal.notes);
        }
    }
}
