//! `bimpe mcp serve` as assistants use it.

mod client;
#[path = "../common/command.rs"]
#[expect(dead_code, reason = "these tests keep the command running")]
mod command;
mod http;
mod stdio;
mod tools;
