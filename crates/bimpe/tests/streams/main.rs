//! Streams over a server that does all that goes wrong in a network: nothing is lost, nothing comes twice, and no
//! stream ends in silence. All in virtual time.

#[path = "../invariants/block_on.rs"]
mod block_on;
mod byte_cuts;
mod clock_skew;
mod complexity_steps;
#[cfg(target_os = "linux")]
mod complexity_time;
mod fake_feed;
mod reference_model;
mod server;
mod termination;
