//! Ids that are text of any kind, on every operation.

use proptest::prelude::*;

use crate::cases::try_all;
use crate::invariants::ids::{ENDPOINTS, count, stay_in_their_places};
use crate::invariants::wire::Wire;

/// Texts that attackers use to reach another endpoint.
const HOSTILE: &[&str] = &[
    "",
    " ",
    ".",
    "..",
    "../",
    "/..",
    "a/..",
    "..%2f",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "a/b",
    "a//b",
    "\\",
    "..\\",
    "?x=1",
    "#x",
    "%",
    "%2",
    "%zz",
    "%00",
    "\0",
    "a\nb",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    ";a=b",
    ":",
    "@",
    "clone",
    "request",
    "messages",
    "undefined",
    "null",
    "https://evil.test/",
    "//evil.test",
    "é",
    "e\u{301}",
    "🦀",
    "．．",
    "‥",
    "a b",
    "+",
    "&",
    "=",
    "{agent_id}",
];

fn an_id() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[./\\\\%?# \\r\\n;:a2eEfF]{0,8}",
        prop::sample::select(HOSTILE).prop_map(str::to_owned),
        prop::collection::vec(prop::sample::select(HOSTILE), 1..4).prop_map(|parts| parts.concat()),
        "[a-z0-9]{25}",
        Just("x".repeat(256)),
        Just("é".repeat(129)),
    ]
}

fn with_ids() -> Vec<&'static bimpe::schema::Operation> {
    ENDPOINTS.iter().copied().filter(|operation| count(operation) > 0).collect()
}

#[test]
fn no_text_reaches_another_endpoint() {
    assert_eq!(ENDPOINTS.len(), 57);
    let wire = Wire::new(|builder| builder);
    let inputs = (prop::sample::select(with_ids()), [an_id(), an_id(), an_id()], any::<bool>());
    try_all(1, "An id of any text", 1_000_000, &inputs, |(operation, ids, others_are_good)| {
        let mut ids = ids[..count(operation)].to_vec();
        if others_are_good {
            // Otherwise most inputs would be refused for one of their ids, and the others never tried.
            ids[1..].fill("cm1".to_owned());
            ids.rotate_right(1);
        }
        stay_in_their_places(&wire, operation, &ids);
    });
}

#[test]
fn hostile_ids_in_every_operation_reach_no_other_endpoint() {
    let wire = Wire::new(|builder| builder);
    let mut sent = 0;
    let mut tried = 0;
    for operation in with_ids() {
        for place in 0..count(operation) {
            for id in HOSTILE {
                let mut ids = vec!["cm1".to_owned(); count(operation)];
                ids[place] = (*id).to_owned();
                tried += 1;
                sent += u32::from(stay_in_their_places(&wire, operation, &ids));
            }
        }
    }
    assert!(sent > tried / 2, "most are ids like any other once they are encoded: {sent} of {tried}");
}
