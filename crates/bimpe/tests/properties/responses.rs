//! Responses of any bytes and any status.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::try_all;
use crate::invariants::responses::end_well;
use crate::invariants::wire::{KEY, Wire};

fn a_status() -> impl Strategy<Value = u16> {
    prop_oneof![
        4 => Just(200_u16),
        1 => Just(201),
        1 => Just(204),
        2 => prop::sample::select(&[400_u16, 401, 403, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504][..]),
        2 => 300_u16..600,
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        Just(json!(KEY)),
        Just(json!("validation_error")),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let name = prop_oneof![
            prop::sample::select(
                &["data", "meta", "message", "code", "errors", "path", "request_id", "id", ""][..]
            )
            .prop_map(str::to_owned),
            Just(KEY.to_owned()),
            ".{0,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Bytes that are nearly an envelope: one is changed, left out or put in somewhere.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    (any_json(), prop::collection::vec(change, 0..3)).prop_map(|(data, changes)| {
        let mut body = json!({"message": "ok", "data": data, "meta": {}}).to_string().into_bytes();
        for (at, byte, kind) in changes {
            let at = at.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => drop(body.remove(at)),
                2 => body.insert(at, byte),
                _ => body.truncate(at.max(1)),
            }
        }
        body
    })
}

fn a_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        any::<String>().prop_map(String::into_bytes),
        any_json().prop_map(|value| value.to_string().into_bytes()),
        nearly_json(),
        Just(format!("<html>{KEY}</html>").into_bytes()),
    ]
}

#[test]
fn any_response_ends_in_data_or_in_an_error_of_this_library() {
    let wire = Wire::new(|builder| builder);
    let kinds =
        ["application/json", "text/html", "text/event-stream", "", "application/json; charset=latin1"];
    let inputs = (a_status(), prop::sample::select(kinds.to_vec()), a_body());
    try_all(12, "A response of any bytes", 1_000_000, &inputs, |(status, kind, body)| {
        end_well(&wire, status, kind, &body);
    });
}
