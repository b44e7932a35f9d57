//! The decoder's work grows as its input does, however the input is cut.

use bimpe::fuzzing::{Frame, decode};
use bimpe_fault_server::figures;
use serde_json::json;

const MIB: usize = 1024 * 1024;

/// The time that this thread has had the processor, which other work on the machine does not change.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(|nanos: f64| nanos / 1e9)
}

/// How long it takes to read events of about a kilobyte that arrive in such pieces.
fn seconds(megabytes: usize, piece: usize) -> Option<f64> {
    let event = [b"data: ".as_slice(), &vec![b'x'; 1000], b"\n\n"].concat();
    let input = event.repeat(megabytes * MIB / event.len());
    let started = processor_seconds()?;
    let frames = decode(input.chunks(piece)).expect("within bounds");
    let took = processor_seconds()? - started;
    assert_eq!(frames.len(), input.len() / event.len());
    Some(took)
}

#[test]
fn the_longest_line_byte_by_byte_is_no_trouble() {
    // With work that grows as the square, this would take hours.
    let line = |length: usize| [b"data:".as_slice(), &vec![b'x'; length - 5], b"\n\n"].concat();
    let frames = decode(line(MIB).chunks(1)).expect("within bounds");
    assert!(matches!(frames.as_slice(), [Frame::Event { data, .. }] if data.len() == MIB - 5));
    assert!(decode(line(MIB + 1).chunks(1)).is_err() && decode([line(MIB + 1).as_slice()]).is_err());
}

#[test]
fn four_times_the_input_takes_four_times_the_time() {
    // A busy machine may fail it, and other systems than Linux do not tell.
    if !figures::campaign() || processor_seconds().is_none() {
        return;
    }
    for piece in [1, 64 * 1024] {
        // The best of several, since other work only ever adds.
        let best = |megabytes| (0..5).filter_map(|_| seconds(megabytes, piece)).fold(f64::MAX, f64::min);
        let ratio = best(40) / best(10);
        let what = format!("Time for 40 MB of events over that for 10 MB, in pieces of {piece} bytes");
        figures::record(7, &what, 5, &json!({"ratio": ratio}), &json!({"ratio": 4.5}));
    }
}
