//! The engine from outside: an in-memory network and virtual time, and the real sandbox where a server matters.

mod ahead;
mod cases;
mod cursors;
mod custom;
mod helpers;
mod keys;
#[path = "../shared/names.rs"]
mod names;
mod opening;
mod pages;
mod panics;
mod requests;
mod retries;
mod streams;
mod templates;
mod world;
