//! The query and the body of a request, from the options.

use bimpe::http::Method;
use bimpe::schema::Type;
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::{Map, Value};

use super::{command, secret};
use crate::failure::Failure;
use crate::prompt;
use crate::spec::{Input, Operation, words};

/// Returns the query parameters that are given.
pub(super) fn query(operation: Operation, matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let mut query = Map::new();
    set(&mut query, &operation.query(), "", matches)?;
    Ok(query)
}

/// Returns the body: `--body`, with the fields of the options, and the secrets of prompts. May wait for input.
pub(super) fn body(operation: Operation, matches: &ArgMatches) -> Result<Option<Value>, Failure> {
    let Some(ty) = operation.table.body else { return Ok(None) };
    let whole = whole(matches)?;
    let is_given = whole.is_some();
    let mut body = match whole {
        None => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(Failure::usage("--body must be a JSON object")),
    };
    set(&mut body, &operation.body(), "", matches)?;
    if body.is_empty() && !is_given && operation.table.method == Method::PATCH {
        let failure = Failure::usage("nothing to change");
        return Err(
            failure.hint("pass an option for each field to change, or --body; --help shows the options")
        );
    }
    secret::ask(ty, &mut body, "")?;
    Ok(Some(body.into()))
}

/// Reads `--body`.
pub(super) fn whole(matches: &ArgMatches) -> Result<Option<Value>, Failure> {
    let Some(source) = matches.get_one::<String>("body") else { return Ok(None) };
    let read = prompt::read(source)?;
    let value = parse("body", read.as_deref().unwrap_or(source))?;
    if read.is_none() && !matches.get_flag("insecure-args") {
        secret::refuse(&value)?;
    }
    Ok(Some(value))
}

/// Sets the fields whose options are given.
fn set(
    fields: &mut Map<String, Value>,
    inputs: &[Input],
    parent: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    for input in inputs {
        let path = format!("{parent}{}", input.name);
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        if command::is_taken(&path) && is_given(&path) {
            let option = words(&path);
            let failure = Failure::usage(format!("--{option} is ambiguous here"));
            return Err(failure.hint(format!(
                "pass --body.{option} for the field of the body; here the option of all commands cannot be set"
            )));
        }
        if is_given(&command::id(&path)) {
            fields.insert(input.name.to_owned(), value(input, &path, matches)?);
        }
        let mut inner = match fields.get(input.name) {
            Some(Value::Object(inner)) => inner.clone(),
            _ => Map::new(),
        };
        set(&mut inner, &input.fields, &format!("{path}."), matches)?;
        if !inner.is_empty() {
            fields.insert(input.name.to_owned(), inner.into());
        }
    }
    Ok(())
}

fn value(input: &Input, path: &str, matches: &ArgMatches) -> Result<Value, Failure> {
    let mut texts: Vec<String> =
        matches.get_many(&command::id(path)).into_iter().flatten().cloned().collect();
    if input.secret {
        let insecure = matches.get_flag("insecure-args");
        for text in &mut texts {
            *text = prompt::secret_option(path, text, insecure)?;
        }
    }
    let text = texts.first().cloned().unwrap_or_default();
    let option = words(&command::id(path));
    match input.ty {
        Type::Nullable(_) if text == "null" => Ok(Value::Null),
        Type::Nullable(inner) => typed(inner, &option, text, texts, input.secret),
        ty => typed(ty, &option, text, texts, input.secret),
    }
}

fn typed(
    ty: &Type,
    option: &str,
    text: String,
    texts: Vec<String>,
    is_secret: bool,
) -> Result<Value, Failure> {
    match ty {
        Type::String(_) => Ok(text.into()),
        Type::Array(Type::String(_)) if !text.trim_start().starts_with('[') => Ok(texts.into()),
        Type::Integer { .. } | Type::Number { .. } | Type::Boolean => parse(option, &text),
        _ if is_secret => parse(option, &text),
        _ => parse(option, prompt::read(&text)?.as_deref().unwrap_or(&text)),
    }
}

/// Reads JSON. The error does not repeat it, because it may hold a secret.
fn parse(option: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let failure = Failure::usage(format!("--{option} is not valid JSON at {place}"));
        failure.hint("pass JSON, @FILE, or - for standard input")
    })
}
