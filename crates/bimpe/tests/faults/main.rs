//! The engine and the Rust SDK against a server that lies, cuts and stalls.

mod all_operations;
mod calls;
#[cfg(target_os = "linux")]
mod cancel;
#[cfg(target_os = "linux")]
mod cancellation_points;
mod cases;
mod child;
mod connections;
mod cursors;
#[cfg(target_os = "linux")]
mod dns_timeout;
mod harness;
mod lenient;
#[path = "../shared/names.rs"]
mod names;
mod operations;
mod retry_storm;
mod secrets;
mod settings;
mod streams;
mod writes;
