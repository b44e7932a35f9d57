//! `bimpe mcp`: the server as assistants use it, and the examination of servers.

mod client;
#[path = "../common/command.rs"]
#[expect(dead_code, reason = "these tests keep the command running")]
mod command;
mod doctor;
mod http;
mod stdio;
mod tools;
