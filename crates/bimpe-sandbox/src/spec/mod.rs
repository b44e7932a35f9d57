//! The operations of the OpenAPI document. Paths, limits, scopes and statuses come from the document only.

mod path;
mod secrets;
mod validator;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use path::Segment;
pub(crate) use secrets::mask_keys;
pub(crate) use validator::Validator;

/// The OpenAPI document of the Console API, as JSON.
///
/// ```
/// assert!(bimpe_sandbox::OPENAPI.contains("\"agents.list\""));
/// ```
pub static OPENAPI: &str = include_str!("../openapi.json");

/// The operations of the Console API. The first use parses the bundled document.
pub(crate) static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::parse(OPENAPI).expect("the bundled document is well formed"));

/// The operations of the admin API.
pub(crate) static ADMIN: LazyLock<Spec> = LazyLock::new(|| {
    Spec::parse(include_str!("../admin/openapi.json")).expect("the bundled document is well formed")
});

pub(crate) struct Spec {
    pub prefix: String,
    pub operations: Vec<Operation>,
    /// Names of the fields with `x-secret`.
    secrets: BTreeSet<String>,
    root: Value,
}

pub(crate) struct Operation {
    pub id: String,
    pub method: String,
    segments: Vec<Segment>,
    pub path_parameters: Vec<Parameter>,
    pub query: Vec<Parameter>,
    pub body: Option<Value>,
    /// Scopes that a key must have. `None` if the operation accepts a ticket instead of a key.
    pub scopes: Option<Vec<String>>,
    /// Status of a success: the first 2xx status in the document.
    pub success_status: u16,
    pub summary: String,
    /// Whether the Python method takes the body as one dictionary.
    pub takes_dict: bool,
    /// Schemas of the JSON of each status. `None` for other contents.
    responses: BTreeMap<u16, Option<Value>>,
    /// Schema of the data of events. Heartbeats have none.
    event: Option<Value>,
}

pub(crate) struct Parameter {
    pub name: String,
    pub required: bool,
    pub schema: Value,
    pub example: Value,
}

/// An operation and the decoded path parameters of one request.
pub(crate) struct Route<'a> {
    pub operation: &'a Operation,
    pub parameters: BTreeMap<String, String>,
}

impl Spec {
    fn parse(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let server = root["servers"][0]["url"].as_str().ok_or("no server address")?;
        let prefix = url::Url::parse(server).map_err(|error| error.to_string())?.path().to_owned();
        let mut spec = Self { prefix, operations: Vec::new(), secrets: secrets::names(&root), root };
        let mut operations = Vec::new();
        for (path, item) in spec.root["paths"].as_object().ok_or("no paths")? {
            for (method, operation) in item.as_object().ok_or("a path is not an object")? {
                if operation["operationId"].is_string() {
                    operations.push(spec.parse_operation(path, method, item, operation));
                }
            }
        }
        spec.operations = operations;
        Ok(spec)
    }

    fn parse_operation(&self, path: &str, method: &str, item: &Value, value: &Value) -> Operation {
        let parameters = |place: &str| {
            let listed =
                [&item["parameters"], &value["parameters"]].into_iter().filter_map(Value::as_array).flatten();
            let resolved = listed.map(|parameter| self.resolve(parameter));
            resolved.filter(|parameter| parameter["in"] == place).map(Parameter::parse).collect()
        };
        let listed = value["responses"].as_object().into_iter().flatten();
        let responses: BTreeMap<u16, Option<Value>> = listed
            .filter_map(|(status, response)| {
                Some((status.parse().ok()?, json_schema(self.resolve(response))))
            })
            .collect();
        let event = value["responses"]["200"]["content"]["text/event-stream"].get("schema").cloned();
        let body = value["requestBody"].is_object().then(|| json_schema(self.resolve(&value["requestBody"])));
        Operation {
            id: value["operationId"].as_str().unwrap_or_default().to_owned(),
            method: method.to_ascii_uppercase(),
            segments: path.trim_start_matches('/').split('/').map(Segment::parse).collect(),
            path_parameters: parameters("path"),
            query: parameters("query"),
            body: body.flatten(),
            scopes: self.scopes(value),
            summary: value["summary"].as_str().unwrap_or_default().to_owned(),
            takes_dict: value["x-python-body"] == "dict",
            success_status: responses.range(200..300).next().map_or(200, |(status, _)| *status),
            responses,
            event,
        }
    }

    fn scopes(&self, operation: &Value) -> Option<Vec<String>> {
        let own = operation.get("security").or_else(|| self.root.get("security"));
        let first = own?.as_array()?.first()?.as_object()?;
        let scopes = first.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        Some(scopes.map(str::to_owned).collect())
    }

    /// Follows `$ref` to a value.
    pub(crate) fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(reference) = value["$ref"].as_str() {
            value = self.component(reference);
        }
        value
    }

    /// Returns the value of a reference, such as `#/components/schemas/Agent`.
    pub(crate) fn component(&self, reference: &str) -> &Value {
        self.root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
    }

    /// Converts the text of a query or a form to the type of its schema.
    pub(crate) fn typed(&self, schema: &Value, text: &str) -> Value {
        let parsed = match self.kind(schema) {
            Some("integer") => text.parse::<i64>().ok().map(Value::from),
            Some("number") => text.parse::<f64>().ok().map(Value::from),
            Some("boolean") => text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        parsed.unwrap_or_else(|| Value::from(text))
    }

    /// Returns the type of a schema, without null.
    pub(crate) fn kind<'a>(&'a self, schema: &'a Value) -> Option<&'a str> {
        let kind = &self.resolve(schema)["type"];
        kind.as_str()
            .or_else(|| kind.as_array()?.iter().filter_map(Value::as_str).find(|kind| *kind != "null"))
    }

    /// Returns the operation for a method and a percent-encoded path without the prefix.
    pub(crate) fn route(&self, method: &str, path: &str) -> Option<Route<'_>> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let fitting = self.operations.iter().filter(|operation| operation.method == method);
        let matches = fitting.filter_map(|operation| Some((operation, operation.matches(&parts)?)));
        // At the first difference of two templates, a literal segment takes precedence over a parameter.
        let best = matches.max_by_key(|(operation, _)| operation.literals())?;
        Some(Route { operation: best.0, parameters: best.1 })
    }

    /// Returns the operation with an id.
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Returns the operation that a field names, or an error with the most similar id.
    pub(crate) fn named_operation(&self, id: &str) -> Result<&Operation, String> {
        self.operation(id).ok_or_else(|| {
            let similar =
                self.operations.iter().map(|known| (strsim::jaro_winkler(id, &known.id), &known.id));
            let nearest =
                similar.filter(|(score, _)| *score > 0.8).max_by(|one, other| one.0.total_cmp(&other.0));
            let hint = nearest.map_or_else(String::new, |(_, known)| format!("; did you mean {known}?"));
            format!("operation: {id} is not an operationId{hint}")
        })
    }

    /// Returns the document with the address of a sandbox.
    pub(crate) fn document(&self, url: &str) -> Value {
        let mut document = self.root.clone();
        document["servers"][0]["url"] = format!("{url}{}", self.prefix).into();
        document
    }

    /// Returns the example id of a path parameter.
    pub(crate) fn example(&self, parameter: &str) -> Option<&str> {
        let mut parameters = self.operations.iter().flat_map(|operation| &operation.path_parameters);
        parameters.find(|known| known.name == parameter)?.example.as_str()
    }

    /// Returns all scopes of the document, sorted.
    pub(crate) fn all_scopes(&self) -> Vec<&str> {
        let mut scopes: Vec<&str> = self
            .operations
            .iter()
            .flat_map(|operation| operation.scopes.iter().flatten())
            .map(String::as_str)
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

impl Operation {
    /// Whether the operation opens a stream, which needs a ticket instead of a key.
    pub(crate) fn is_stream(&self) -> bool {
        self.scopes.is_none()
    }

    pub(crate) fn is_paged(&self) -> bool {
        self.query.iter().any(|parameter| parameter.name == "page")
    }

    /// Checks the path and query parameters. Returns the typed query with its defaults, or the errors.
    pub(crate) fn check_parameters<'a>(
        &'a self,
        spec: &'a Spec,
        path: &BTreeMap<String, String>,
        query: Option<&str>,
    ) -> Result<Map<String, Value>, Vec<String>> {
        let mut validator = Validator::strict(spec);
        for parameter in &self.path_parameters {
            let mut value = Value::from(path.get(&parameter.name).map_or("", String::as_str));
            validator.value(&parameter.schema, &mut value, &parameter.name);
        }
        let mut typed = Map::new();
        for (name, text) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match self.query.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => {
                    let mut value = spec.typed(&parameter.schema, &text);
                    validator.value(&parameter.schema, &mut value, &name);
                    typed.insert(name.into_owned(), value);
                }
                None => validator.add_error(&name, "is not a known query parameter"),
            }
        }
        for parameter in &self.query {
            let default = &spec.resolve(&parameter.schema)["default"];
            let absent = !typed.contains_key(&parameter.name);
            if absent && parameter.required {
                validator.add_error(&parameter.name, "is required");
            } else if absent && !default.is_null() {
                typed.insert(parameter.name.clone(), default.clone());
            }
        }
        validator.finish().map(|()| typed)
    }

    /// Checks a body and inserts its defaults.
    pub(crate) fn check_body<'a>(&'a self, spec: &'a Spec, body: &mut Value) -> Result<(), Vec<String>> {
        let Some(schema) = &self.body else { return Ok(()) };
        let mut validator = Validator::strict(spec);
        // A partial update keeps the stored values of omitted fields, so it gets no defaults.
        validator.fill_defaults(self.method != "PATCH");
        validator.value(schema, body, "");
        validator.finish()
    }

    /// Replaces the values of enums in a response with a value that the document lacks.
    pub(crate) fn unknown_enums<'a>(&'a self, spec: &'a Spec, response: &mut Value) {
        if let Some(Some(schema)) = self.responses.get(&self.success_status) {
            Validator::replacing_enums(spec).value(schema, response, "");
        }
    }

    /// Checks a response of the sandbox. Each operation can also return errors that the document does not list.
    pub(crate) fn check_response<'a>(
        &'a self,
        spec: &'a Spec,
        status: u16,
        json: Option<&Value>,
    ) -> Result<(), Vec<String>> {
        let schema = match self.responses.get(&status) {
            Some(schema) => schema.as_ref(),
            None if status < 400 => return Err(vec![format!("status: {status} is not documented")]),
            None => spec.root.pointer("/components/schemas/Error"),
        };
        let mut validator = Validator::open(spec);
        match (schema, json) {
            (Some(schema), Some(json)) => validator.value(schema, &mut json.clone(), ""),
            (Some(_), None) => validator.add_error("", "is not JSON"),
            (None, _) => {}
        }
        validator.finish()
    }

    /// Checks the data of an event of the sandbox.
    pub(crate) fn check_event<'a>(&'a self, spec: &'a Spec, data: &Value) -> Result<(), Vec<String>> {
        let mut validator = Validator::open(spec);
        if let Some(schema) = &self.event {
            validator.value(schema, &mut data.clone(), "");
        }
        validator.finish()
    }
}

impl Parameter {
    fn parse(value: &Value) -> Self {
        Self {
            name: value["name"].as_str().unwrap_or_default().to_owned(),
            required: value["required"] == true,
            schema: value["schema"].clone(),
            example: value["example"].clone(),
        }
    }
}

fn json_schema(message: &Value) -> Option<Value> {
    message["content"]["application/json"].get("schema").cloned()
}
