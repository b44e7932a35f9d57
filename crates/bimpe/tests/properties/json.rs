//! Valid JSON is accepted unchanged. Invalid JSON is refused.

use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::reply;

use crate::invariants::responses::end_well;
use crate::invariants::wire::Wire;

const GOOD: &[&[u8]] = &[
    b"null",
    b"true",
    b"false",
    b"0",
    b"-0",
    b"0.5",
    b"-1e-7",
    b"1E+2",
    b"123456789012345678901234567890",
    b"9007199254740993",
    b"\"\"",
    b"\"\\u0000\"",
    b"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    b"\"\\ud83e\\udd80\"",
    b"\"\\uD83D\\uDE00\"",
    "\"é\u{2028}\u{7f}🦀\"".as_bytes(),
    b"[]",
    b"[ ]",
    b"[1,[2,[3,[]]]]",
    b"{}",
    b"{\"\":0}",
    b"{\"a\":{\"a\":{}}}",
    b"[\n\t1\r\n]",
    b"{\"a\":1,\"a\":2}",
    b"[\"data\",\"}\",\"]\"]",
];

/// Deviations of real servers, and their values.
const REPAIRED: &[(&[u8], &str)] = &[
    (b"\"\\ud800\"", "\"\\ufffd\""),
    (b"\"\\udc00\\ud800\"", "\"\\ufffd\\ufffd\""),
    (b"{\"\\uD83D\\n\": \"\\uD83D\\uDE00\"}", "{\"\\ufffd\\n\": \"\\uD83D\\uDE00\"}"),
    (b"[\n\"\t\\\\\x1f\"]", "[\n\"\\u0009\\\\\\u001f\"]"),
];

const BAD: &[&[u8]] = &[
    // By the grammar it is JSON, but readers disagree on its value.
    b"1e400",
    b"[\"\\ud800\",1e400]",
    b"",
    b" ",
    b"nul",
    b"True",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"-",
    b"+1",
    b".5",
    b"1.",
    b"01",
    b"0x1",
    b"1e",
    b"1e+",
    b"1_0",
    b"\"",
    b"\"a",
    b"'a'",
    b"\"\\x\"",
    b"\"\\u12\"",
    b"\"\xff\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xc0\x80\"",
    b"\"\xe2\x82\"",
    b"[",
    b"]",
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b"[1",
    b"{",
    b"}",
    b"{\"a\"}",
    b"{\"a\":}",
    b"{a:1}",
    b"{\"a\":1,}",
    b"{\"a\":1 \"b\":2}",
    b"{1:2}",
    b"[1]//",
    b"/**/1",
    b"#",
    b"\xef\xbb\xbf1",
    b"1 2",
    b"undefined",
    b"\x00",
    b"{\"a\":1",
];

fn envelope(data: &[u8]) -> Vec<u8> {
    [b"{\"message\":\"ok\",\"data\":", data, b"}"].concat()
}

fn call() -> OperationRequest {
    let mut call = OperationRequest::new("agents.retrieve").expect("it exists");
    call.path.push("cm1".to_owned());
    call
}

#[test]
fn valid_json_is_returned_unchanged() {
    let wire = Wire::new(|builder| builder);
    for data in GOOD {
        let (outcome, _) = wire.run(call(), [reply(200, envelope(data))]);
        assert_eq!(outcome.expect("it is JSON").data().as_bytes(), *data);
    }
}

#[test]
fn common_defects_of_servers_are_repaired() {
    let wire = Wire::new(|builder| builder);
    for (data, wanted) in REPAIRED {
        let (outcome, _) = wire.run(call(), [reply(200, envelope(data))]);
        assert_eq!(outcome.expect("it is JSON").data(), *wanted);
    }
}

#[test]
fn invalid_json_is_refused() {
    let wire = Wire::new(|builder| builder);
    for data in BAD {
        let (outcome, sent) = wire.run(call(), [reply(200, envelope(data))]);
        let text = String::from_utf8_lossy(data);
        let Err(error) = outcome else { panic!("{text} was accepted") };
        assert_eq!((error.kind(), sent.len()), (ErrorKind::UnexpectedResponse, 1), "{text}");
    }
}

#[test]
fn ambiguous_json_is_refused_or_read_alike() {
    let wire = Wire::new(|builder| builder);
    let deep = 100_000;
    for body in [
        b"[".repeat(deep),
        [b"[".repeat(deep), b"]".repeat(deep)].concat(),
        b"{\"a\":".repeat(deep),
        envelope(&[b"[".repeat(deep), b"]".repeat(deep)].concat()),
        envelope(&[b"{\"a\":".repeat(deep), b"1".to_vec(), b"}".repeat(deep)].concat()),
        envelope(b"1e400"),
        envelope(b"\"\\ud800\""),
        envelope(b"\"\\udc00\\ud800\""),
        envelope("1".repeat(deep).as_bytes()),
        b"\xef\xbb\xbf{\"data\":1}".to_vec(),
        b"{\"data\":1,\"data\":2}".to_vec(),
        b"{\"data\":1,\"meta\":1}".to_vec(),
        b"{\"\xff\":1,\"data\":2}".to_vec(),
        "{\"data\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ] {
        for status in [200, 400, 500] {
            end_well(&wire, status, "application/json", &body);
        }
    }
}
