//! The decoder's work does not grow faster than its input, however the input is cut.

use bimpe::fuzzing::{Frame, decode};

const MIB: usize = 1024 * 1024;

#[test]
fn the_longest_line_byte_by_byte_is_no_trouble() {
    // With work that grows as the square, this would take hours.
    let line = |length: usize| [b"data:".as_slice(), &vec![b'x'; length - 5], b"\n\n"].concat();
    let frames = decode(line(MIB).chunks(1)).expect("within bounds");
    assert!(matches!(frames.as_slice(), [Frame::Event { data, .. }] if data.len() == MIB - 5));
    assert!(decode(line(MIB + 1).chunks(1)).is_err() && decode([line(MIB + 1).as_slice()]).is_err());
}
