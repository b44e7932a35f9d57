//! Headers, idempotency keys and query values of any text.

use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::{Reply, reply};
use http::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use crate::cases::try_all;
use crate::invariants::ids::call;
use crate::invariants::wire::{KEY, Wire};

const SECRET: &str = "canary-value";

fn ok() -> [Reply; 1] {
    [reply(200, r#"{"data":{},"meta":{"has_next_page":false}}"#)]
}

fn a_write() -> OperationRequest {
    let operation = OperationRequest::new("agents.update_live_status").expect("it exists").operation;
    call(operation, &["cm1".to_owned()])
}

fn a_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[!#-'*+.^_`|~0-9A-Za-z-]{1,20}",
        prop::sample::select(
            &[
                "Authorization",
                "HOST",
                "Idempotency-Key",
                "content-length",
                "Cookie",
                "x-request-id",
                "accept",
                "te"
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn a_value() -> impl Strategy<Value = String> {
    let unusual = prop_oneof![any::<String>(), "[ -~\\t]{0,40}", "[\\x00-\\x20\\x7f-\\xff]{0,3}"];
    (unusual, any::<bool>())
        .prop_map(|(text, first)| if first { format!("{SECRET}{text}") } else { format!("{text}{SECRET}") })
}

#[test]
fn a_header_is_sent_as_it_is_or_refused_without_its_value() {
    let wire = Wire::new(|builder| builder);
    try_all(12, "A header of any name and value", 200_000, &(a_name(), a_value()), |(name, value)| {
        let mut call = a_write();
        call.options.headers.push((name.clone(), value.clone()));
        let (outcome, sent) = wire.run(call, ok());
        let Some(request) = sent.first() else {
            let error = outcome.expect_err("nothing was sent");
            assert_eq!(error.kind(), ErrorKind::User, "{name:?}");
            assert!(!format!("{error} {error:?} {}", error.to_json()).contains(SECRET), "{error}");
            return;
        };
        let sent: Vec<&[u8]> =
            request.headers.get_all(name.as_str()).iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(sent, [value.as_bytes()], "{name}");
        assert!(!value.contains(['\r', '\n', '\0']), "{name}");
        assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
        for own in ["authorization", "idempotency-key", "content-type"] {
            assert_eq!(request.headers.get_all(own).iter().count(), 1, "{own}");
            assert!(!name.eq_ignore_ascii_case(own), "{name}");
        }
        assert!(!["host", "content-length"].iter().any(|theirs| request.headers.contains_key(*theirs)));
    });
}

#[test]
fn an_idempotency_key_is_sent_as_it_is_or_refused() {
    let wire = Wire::new(|builder| builder);
    let keys = prop_oneof![any::<String>(), "[!-~]{1,300}", "[ -~]{0,12}"];
    try_all(2, "An idempotency key of any text", 200_000, &keys, |key| {
        let mut call = a_write();
        call.options.idempotency_key = Some(key.clone());
        let (outcome, sent) = wire.run(call, ok());
        let good = (1..=255).contains(&key.len()) && key.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
        assert_eq!(sent.len(), usize::from(good), "{key:?}");
        if let Some(request) = sent.first() {
            assert_eq!(request.headers["idempotency-key"], key.as_str());
        } else {
            assert_eq!(outcome.expect_err("nothing was sent").kind(), ErrorKind::User);
        }
    });
}

#[test]
fn a_query_value_is_read_by_the_server_as_it_was_given() {
    let wire = Wire::new(|builder| builder);
    let text = || prop_oneof![any::<String>(), "[&=+%#? ;/a\\r\\n]{0,8}"];
    let inputs = (text(), text(), -1_i64..200, prop_oneof![Just(-1_i64), Just(0), 1..=i64::MAX]);
    try_all(1, "A query value of any text", 200_000, &inputs, |(search, sort, limit, page)| {
        let mut call = OperationRequest::new("agents.list").expect("it exists");
        call.query.extend([
            ("search".to_owned(), json!(search)),
            ("sort".to_owned(), json!(sort)),
            ("limit".to_owned(), json!(limit)),
            ("page".to_owned(), json!(page)),
        ]);
        let (outcome, sent) = wire.run(call, ok());
        let good = search.chars().count() <= 255
            && sort.chars().count() <= 64
            && (1..=100).contains(&limit)
            && page >= 1;
        let Some(request) = sent.first() else {
            let error = outcome.expect_err("nothing was sent");
            assert!(error.kind() == ErrorKind::User && !good, "{error}");
            return;
        };
        assert!(good && !request.uri.to_string().contains('#'));
        assert_eq!(request.uri.path(), "/api/v1/console/agents");
        let given = [search, sort, limit.to_string(), page.to_string()];
        let expected: Vec<(String, String)> =
            ["search", "sort", "limit", "page"].iter().map(|name| (*name).to_owned()).zip(given).collect();
        assert_eq!(form(request.uri.query().expect("there is one")), expected);
    });
}

/// Reads a query as a form, by hand.
fn form(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| {
        let mut bytes = part.bytes();
        let mut out = Vec::new();
        while let Some(byte) = bytes.next() {
            out.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digit =
                        |byte: Option<u8>| char::from(byte.expect("a digit")).to_digit(16).expect("hex");
                    let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                    u8::try_from(high * 16 + low).expect("two digits")
                }
                other => other,
            });
        }
        String::from_utf8(out).expect("UTF-8")
    };
    query
        .split('&')
        .map(|pair| pair.split_once('=').expect("a value"))
        .map(|(a, b)| (text(a), text(b)))
        .collect()
}
