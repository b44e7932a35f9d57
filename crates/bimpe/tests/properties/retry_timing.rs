//! When a call is sent again, in virtual time: bounds of the waits, the budget, and the deadline over all of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bimpe::engine::{Observer, OperationRequest, RequestEvent};
use bimpe::testing::{Reply, reply};
use bimpe::transport::TransportError;
use bimpe::{Clock, ErrorKind};
use proptest::prelude::*;

use crate::cases::try_all;
use crate::invariants::block_on::block_on;
use crate::invariants::wire::Wire;

const FLOOR: Duration = Duration::from_millis(50);
const OK: &str = r#"{"data":[],"meta":{"has_next_page":false}}"#;

fn lost() -> Reply {
    Reply::failure(TransportError::lost("reset"))
}

/// A list, and where the waits between its attempts are written down.
fn watched(retries: u32, timeout: Duration) -> (OperationRequest, Arc<Mutex<Vec<Duration>>>) {
    let mut call = OperationRequest::new("agents.list").expect("it exists");
    call.options.max_retries = Some(retries);
    call.options.timeout = Some(timeout);
    let waits = Arc::<Mutex<Vec<Duration>>>::default();
    let seen = waits.clone();
    call.observer = Some(Observer::new(move |event| {
        if let RequestEvent::Retry { wait, .. } = event {
            seen.lock().expect("nothing panics here").push(*wait);
        }
    }));
    (call, waits)
}

fn bound(retry: u32) -> Duration {
    Duration::from_secs(8).min(Duration::from_millis(500) * 2_u32.pow(retry))
}

#[test]
fn waits_are_spread_over_the_whole_of_a_bound_that_doubles() {
    const RUNS: usize = 400;
    let wire = Wire::new(|builder| builder);
    let mut waits = vec![Vec::new(); 4];
    for _ in 0..RUNS {
        let (call, seen) = watched(4, Duration::from_secs(600));
        let (outcome, sent) = wire.run(call, [lost(), lost(), lost(), lost(), reply(200, OK)]);
        assert_eq!((outcome.expect("the fifth succeeds").attempts, sent.len()), (5, 5));
        for (retry, wait) in seen.lock().expect("no panic").iter().enumerate() {
            waits[retry].push(*wait);
        }
        // Successes pay the budget back, one token each, beside the price of the last retry.
        for _ in 0..20 {
            let (call, _) = watched(0, Duration::from_secs(1));
            wire.run(call, [reply(200, OK)]).0.expect("a success");
        }
    }
    for (retry, waits) in (0..).zip(&waits) {
        let most = bound(retry);
        assert_eq!(waits.len(), RUNS);
        assert!(waits.iter().all(|wait| *wait >= FLOOR && *wait <= most), "retry {retry}");
        // Full jitter: as likely below half of the bound as above, and no two clients at the same moment.
        let below = waits.iter().filter(|wait| **wait < most / 2).count();
        assert!(
            (RUNS / 4..RUNS * 3 / 4).contains(&below),
            "retry {retry}: {below} of {RUNS} in the lower half"
        );
        let near = |edge: Duration| waits.iter().any(|wait| wait.abs_diff(edge) < most / 8);
        assert!(near(FLOOR) && near(most), "retry {retry}");
    }
}

#[derive(Debug, Clone)]
enum Trouble {
    Status(u16),
    RetryAfter(u64),
    Lost,
    NotSent,
    Slow(u64),
    Stalled(u64),
}

fn a_trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        prop::sample::select(&[408_u16, 429, 500, 502, 503, 504][..]).prop_map(Trouble::Status),
        (0_u64..70).prop_map(Trouble::RetryAfter),
        Just(Trouble::Lost),
        Just(Trouble::NotSent),
        (0_u64..90).prop_map(Trouble::Slow),
        (0_u64..90).prop_map(Trouble::Stalled),
    ]
}

impl Trouble {
    fn reply(&self, wire: &Wire) -> Reply {
        let seconds = Duration::from_secs;
        match self {
            Self::Status(status) => reply(*status, "{}"),
            Self::RetryAfter(asked) => reply(429, "{}").header("retry-after", &asked.to_string()),
            Self::Lost => lost(),
            Self::NotSent => Reply::failure(TransportError::not_sent("refused")),
            Self::Slow(late) => reply(503, "{}").after(&wire.clock, seconds(*late)),
            Self::Stalled(late) => reply(200, "{\"data").followed_by_stall(&wire.clock, seconds(*late)),
        }
    }
}

#[test]
fn a_call_ends_by_its_deadline_and_within_its_attempts() {
    let inputs = (prop::collection::vec(a_trouble(), 0..6), 0_u32..9, 1_u64..100_000, any::<bool>());
    try_all(
        3,
        "A request through random failures",
        200_000,
        &inputs,
        |(troubles, retries, millis, by_call)| {
            let timeout = Duration::from_millis(millis);
            // The budget is another matter, so each case has a separate client.
            let wire =
                Wire::new(
                    |builder| if by_call { builder } else { builder.timeout(timeout).max_retries(retries) },
                );
            let (mut call, waits) = watched(retries, timeout);
            if !by_call {
                call.options = bimpe::RequestOptions::default();
            }
            let replies: Vec<Reply> =
                troubles.iter().map(|trouble| trouble.reply(&wire)).chain([reply(200, OK)]).collect();
            let (outcome, sent) = wire.run(call, replies);
            let took = wire.clock.now();
            assert!(took <= timeout, "{took:?} of {timeout:?}");
            let attempts = u32::try_from(sent.len()).expect("few");
            assert!(attempts >= 1 && attempts <= retries + 1, "{attempts} attempts");
            let waits = waits.lock().expect("no panic").clone();
            assert!(waits.iter().sum::<Duration>() <= took, "every wait fits before the deadline");
            for (wait, trouble) in waits.iter().zip(&troubles) {
                let asked = if let Trouble::RetryAfter(asked) = trouble {
                    Duration::from_secs(*asked)
                } else {
                    FLOOR
                };
                assert!(*wait >= asked.max(FLOOR), "{trouble:?}: {wait:?}");
            }
            match outcome {
                Ok(response) => assert_eq!((response.attempts, response.elapsed), (attempts, took)),
                Err(error) => {
                    assert_eq!(error.attempts(), attempts);
                    assert!(!error.may_have_been_applied(), "a read changes nothing");
                    assert!(error.kind() != ErrorKind::Internal && error.request_id().is_some(), "{error}");
                }
            }
        },
    );
}

#[test]
fn the_longest_timeouts_do_not_overflow() {
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(u64::from(u32::MAX))] {
        let wire = Wire::new(|builder| builder.timeout(timeout).attempt_timeout(timeout));
        block_on(wire.clock.sleep(Duration::from_secs(1)));
        let (call, _) = watched(2, timeout);
        let (outcome, _) = wire.run(call, [lost(), reply(200, OK)]);
        assert_eq!(outcome.expect("the second succeeds").attempts, 2);
    }
}

/// How many of these calls are sent again, each of which fails in this way.
fn resent(wire: &Wire, calls: usize, trouble: &Trouble) -> usize {
    let attempts: usize = (0..calls)
        .map(|_| {
            let (mut call, _) = watched(1, Duration::from_secs(600));
            call.options.timeout = Some(Duration::from_secs(10));
            let (outcome, sent) = wire.run(call, [trouble.reply(wire), trouble.reply(wire)]);
            assert_eq!(outcome.expect_err("both fail").retries_suppressed(), sent.len() == 1);
            sent.len()
        })
        .sum();
    attempts - calls
}

#[test]
fn the_budget_pays_a_hundred_retries_and_half_as_many_after_timeouts() {
    assert_eq!(resent(&Wire::new(|builder| builder), 300, &Trouble::Status(503)), 100);
    let wire = Wire::new(|builder| builder.attempt_timeout(Duration::from_secs(1)));
    let timeouts: usize = (0..300)
        .map(|_| {
            let mut call = OperationRequest::new("agents.list").expect("it exists");
            call.options.max_retries = Some(1);
            let slow = || reply(200, OK).after(&wire.clock, Duration::from_secs(30));
            wire.run(call, [slow(), slow()]).1.len() - 1
        })
        .sum();
    assert_eq!(timeouts, 50, "a timeout costs twice as much");
}

#[test]
fn successes_fill_the_budget_again() {
    let wire = Wire::new(|builder| builder);
    assert_eq!(resent(&wire, 300, &Trouble::Lost), 100);
    for _ in 0..50 {
        let (call, _) = watched(0, Duration::from_secs(1));
        wire.run(call, [reply(200, OK)]).0.expect("a success");
    }
    assert_eq!(resent(&wire, 300, &Trouble::Lost), 10, "fifty successes pay ten retries");

    // A retry that leads to a success costs nothing in the end.
    let wire = Wire::new(|builder| builder);
    for _ in 0..500 {
        let (call, _) = watched(1, Duration::from_secs(60));
        let (outcome, sent) = wire.run(call, [lost(), reply(200, OK)]);
        assert_eq!((outcome.is_ok(), sent.len()), (true, 2));
    }
}
