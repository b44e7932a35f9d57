//! The model of a stream is the list of all messages. Whatever goes wrong on the way, that is what comes out.

use bimpe_fault_server::results;
use serde_json::{Value, json};

use crate::block_on::block_on;
use crate::server::{Complaints, Faults, Server};

const MESSAGES: usize = 400;

fn kinds() -> Vec<(&'static str, Faults)> {
    let broken = || Faults { ends: true, resets: true, ..Faults::default() };
    vec![
        ("connections end", Faults { ends: true, ..Faults::default() }),
        ("connections are reset", Faults { resets: true, ..Faults::default() }),
        ("connections end inside of an event", Faults { cuts: true, ..broken() }),
        ("connections fall silent", Faults { stalls: true, ..broken() }),
        ("more is replayed than asked for", Faults { overlaps: true, ..broken() }),
        ("roles and types that are unknown", Faults { unknown: true, ..broken() }),
        ("tickets are no good", Faults { tickets: true, ..broken() }),
        ("the server is overloaded or gone", Faults { unavailable: true, ..broken() }),
        ("events without ids", Faults { anonymous: true, ..broken() }),
        ("the first connections die early", Faults { early: true, ..broken() }),
        (
            "all of it at once",
            Faults {
                ends: true,
                resets: true,
                cuts: true,
                stalls: true,
                overlaps: true,
                unknown: true,
                tickets: true,
                unavailable: true,
                anonymous: true,
                early: true,
            },
        ),
    ]
}

#[derive(Default, Debug)]
struct Tally {
    lost: usize,
    repeated: usize,
    /// Runs whose messages came in another order, or that ended with an error.
    wrong: usize,
    reconnects: u64,
    dropped: u64,
}

/// Reads a whole conversation, and compares it with the model.
fn compare(server: &Server, tally: &mut Tally) {
    let mut stream = server.stream();
    let mut seen = Vec::with_capacity(MESSAGES);
    let last = format!("m{MESSAGES}");
    while seen.last() != Some(&last) && seen.len() < 10 * MESSAGES {
        let Some(Ok(event)) = block_on(stream.next()) else { break };
        let data: Value = serde_json::from_str(&event.data).expect("the message is JSON");
        assert_eq!(data["id"].as_str(), event.id.as_deref());
        seen.extend(event.id);
    }
    let expected: Vec<String> = (1..=MESSAGES).map(|id| format!("m{id}")).collect();
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    sorted.dedup();
    tally.repeated += seen.len() - sorted.len();
    tally.lost += expected.iter().filter(|id| sorted.binary_search(id).is_err()).count();
    tally.wrong += usize::from(seen != expected);
    tally.reconnects += u64::from(stream.stats().reconnects);
    tally.dropped += stream.stats().duplicates_dropped;
}

#[test]
fn no_event_is_lost_or_repeated() {
    let seeds = if results::is_full_run() { 50 } else { 3 };
    let mut total = Tally::default();
    let mut messages = 0;
    for (number, (kind, faults)) in (0_u64..).zip(kinds()) {
        let mut tally = Tally::default();
        for seed in 0..seeds {
            let server = Server::new(MESSAGES, faults.clone(), number * 1000 + seed);
            compare(&server, &mut tally);
            assert_eq!(server.complaints(), Complaints::default(), "{kind}, seed {seed}");
            messages += MESSAGES as u64;
        }
        assert_eq!((tally.lost, tally.repeated, tally.wrong), (0, 0, 0), "{kind}");
        // Otherwise the faults were none.
        assert!(tally.reconnects >= 3 * seeds, "{kind}: {tally:?}");
        assert!(!faults.overlaps || tally.dropped >= 50 * seeds, "{kind}: {tally:?}");
        total.lost += tally.lost;
        total.repeated += tally.repeated;
    }
    let seen = json!({"messages lost": total.lost, "messages repeated": total.repeated});
    let goal = json!({"messages lost": 0, "messages repeated": 0});
    results::record(4, "Messages over connections that fail in eleven ways", messages, &seen, &goal);
}
