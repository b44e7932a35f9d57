//! The time that the decoder takes grows as its input does.

use std::time::Duration;

use bimpe::fuzzing::decode_each;
use bimpe_fault_server::results;
use serde_json::json;

const MIB: usize = 1024 * 1024;

/// The time that this thread has had the processor, which other work on the machine does not change.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it only grows").as_secs_f64()
}

/// How long it takes to read events of about a kilobyte that arrive in such pieces.
fn seconds(megabytes: usize, piece: usize) -> f64 {
    let event = [b"data: ".as_slice(), &vec![b'x'; 1000], b"\n\n"].concat();
    // One megabyte over and over, and nothing is kept: how fast memory is, or is had, is no work of the decoder.
    let part = event.repeat(MIB / event.len());
    let pieces = (0..megabytes).flat_map(|_| part.chunks(piece));
    let mut items = 0;
    let started = processor_seconds();
    decode_each(pieces, |_| items += 1).expect("within bounds");
    let took = processor_seconds() - started;
    assert_eq!(items, megabytes * (MIB / event.len()));
    took
}

#[test]
fn decoding_time_is_linear() {
    // A busy machine may fail it.
    if !results::is_full_run() {
        return;
    }
    for (piece, rounds) in [(1, 9), (64 * 1024, 300)] {
        // The best of several, since other work only ever adds; alternately, since it comes in waves.
        let mut best = [f64::MAX; 2];
        for _ in 0..rounds {
            for (best, megabytes) in best.iter_mut().zip([10, 40]) {
                *best = best.min(seconds(megabytes, piece));
            }
        }
        let ratio = best[1] / best[0];
        let what = format!("Time for 40 MB of events over that for 10 MB, in pieces of {piece} bytes");
        results::record(7, &what, rounds, &json!({"ratio": ratio}), &json!({"ratio": 4.2}));
    }
}
