//! The decoder's work does not grow faster than its input, however the input is cut.

use bimpe::fuzzing::{SseItem, decode};

const MIB: usize = 1024 * 1024;

#[test]
fn decoding_the_longest_line_byte_by_byte_is_linear() {
    // With work that grows as the square, this would take hours.
    let line = |length: usize| [b"data:".as_slice(), &vec![b'x'; length - 5], b"\n\n"].concat();
    let items = decode(line(MIB).chunks(1)).expect("within bounds");
    assert!(matches!(items.as_slice(), [SseItem::Event { data, .. }] if data.len() == MIB - 5));
    assert!(decode(line(MIB + 1).chunks(1)).is_err() && decode([line(MIB + 1).as_slice()]).is_err());
}
