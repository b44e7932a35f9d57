//! Streams over a server that does all that goes wrong in a network: nothing is lost, nothing comes twice, and no
//! stream ends in silence. All in virtual time.

#[path = "../laws/block_on.rs"]
mod block_on;
mod clocks;
mod ends;
mod feed;
mod model;
mod server;
#[cfg(target_os = "linux")]
mod times;
mod transcript;
mod work;
