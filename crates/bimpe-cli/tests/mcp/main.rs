//! `bimpe mcp`: the server as assistants use it, and the examination of servers.

mod cancel;
mod client;
#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod http;
mod stdio;
mod tools;
