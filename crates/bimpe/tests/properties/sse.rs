//! The decoder of server-sent events against a second parser.

use proptest::prelude::*;

use crate::cases::try_all;
use crate::invariants::sse::agree;

/// Pieces of which an input is made, so that most of it means something.
const PIECES: &[&str] = &[
    "data",
    "data:",
    "data: ",
    "event",
    "event:",
    "id",
    "id:",
    "id: ",
    "retry:",
    "retry: 1",
    ":",
    ": ",
    " ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\r\n\r\n",
    "\u{feff}",
    "\0",
    "message",
    "heartbeat",
    "{\"id\":\"m1\"}",
    "1",
    "é",
    "🦀",
    "Data:",
    "data :",
    "x:y",
    "99999999999999999999",
];

/// Beginnings of characters, and what is none.
const NO_TEXT: &[&[u8]] = &[b"\xff", b"\xe2\x82", b"\xef\xbb", b"\xc3"];

fn an_input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => any::<Vec<u8>>(),
        1 => prop::sample::select(NO_TEXT).prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[test]
fn the_decoder_agrees_with_a_second_parser_however_the_bytes_are_cut() {
    let inputs = (an_input(), prop::collection::vec(any::<usize>(), 0..8));
    try_all(6, "A stream of any bytes, cut anywhere", 1_000_000, &inputs, |(input, cuts)| {
        agree(&input, &cuts);
    });
}
