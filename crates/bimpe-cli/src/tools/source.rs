//! The source of a document: a file, a URL or standard input, as JSON or YAML.

use std::io::Read;
use std::time::Duration;
use std::{fs, io};

use serde_json::Value;
use url::Url;

use crate::failure::Failure;

/// The largest document. The largest public ones have about 10 MB.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// A document with its address, if it has one.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) document: Value,
    pub(super) url: Option<Url>,
}

/// Reads and parses a document from `-`, a URL or a path.
pub(super) async fn read(place: &str) -> Result<Source, Failure> {
    let url = Url::parse(place).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let unreadable = |cause: String| Failure::error(format!("cannot read `{place}`: {cause}"));
    let text = match &url {
        Some(url) => download(url).await.map_err(|cause| {
            unreadable(cause).hint("Download the document with a browser, and pass the file.")
        })?,
        None if place == "-" => limited(io::stdin().lock()).map_err(unreadable)?,
        None => {
            let file = fs::File::open(place).map_err(|error| {
                if place.starts_with("curl ") {
                    let failure = Failure::usage("a curl command is no document");
                    return failure.hint("Pass it with --curl, quoted as a whole.");
                }
                unreadable(error.to_string())
            })?;
            limited(file).map_err(unreadable)?
        }
    };
    Ok(Source { document: parse(&text, place)?, url })
}

fn limited(reader: impl Read) -> Result<String, String> {
    let mut text = String::new();
    let read = reader.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if read as u64 > MOST_BYTES { Err(too_large()) } else { Ok(text) }
}

fn too_large() -> String {
    format!("it has more than {} MiB", MOST_BYTES / 1024 / 1024)
}

async fn download(url: &Url) -> Result<String, String> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(|error| cause(&error))?;
    let response = client.get(url.clone()).send().await.map_err(|error| cause(&error))?;
    if !response.status().is_success() {
        return Err(format!("the server responded with {}", response.status()));
    }
    let mut response = response;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| cause(&error))? {
        body.extend_from_slice(&part);
        if body.len() as u64 > MOST_BYTES {
            return Err(too_large());
        }
    }
    String::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())
}

/// Returns the innermost cause of an error, because the outer ones repeat the URL.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Parses JSON or YAML. An error names the line and the column.
pub(super) fn parse(text: &str, place: &str) -> Result<Value, Failure> {
    let wrong = |kind: &str, cause: String| Failure::usage(format!("`{place}` is not valid {kind}: {cause}"));
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('<') {
        return Err(Failure::usage(format!("`{place}` is a web page"))
            .hint("Pass the address of the OpenAPI document itself."));
    }
    if start.starts_with('{') {
        return serde_json::from_str(start).map_err(|error| wrong("JSON", error.to_string()));
    }
    serde_saphyr::from_str(start).map_err(|error| wrong("YAML", error.without_snippet().to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_and_yaml_give_the_same() {
        let expected = json!({"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {}}}}}});
        let yaml = "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses:\n        200: {}\n";
        assert_eq!(parse(&expected.to_string(), "a.json").expect("JSON"), expected);
        assert_eq!(parse(yaml, "a.yaml").expect("YAML"), expected);
    }

    #[test]
    fn a_broken_document_is_an_error_with_the_place() {
        for (text, expected) in [
            ("{\"openapi\": \"3.0.3\",\n \"paths\": }", "line 2 column 11"),
            ("openapi: 3.0.3\npaths: [", "line 2"),
            ("a: b: c", "line 1"),
            ("<!DOCTYPE html>", "is a web page"),
        ] {
            let error = parse(text, "a.yaml").expect_err("broken").to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            text = format!("{text}a{level}: &a{level} [{aliases}]\n");
        }
        parse(&text, "a.yaml").expect_err("too large");
    }
}
