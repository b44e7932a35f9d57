//! The engine from outside: an in-memory network and virtual time, and the real sandbox where a server matters.

mod cases;
mod cursors;
mod custom;
mod harness;
mod helpers;
mod keys;
#[path = "../shared/names.rs"]
mod names;
mod pacing;
mod pages;
mod request_api;
mod requests;
mod retries;
mod stream_open;
mod streams;
mod templates;
