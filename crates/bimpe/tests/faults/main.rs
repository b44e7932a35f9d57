//! The engine and the Rust face against a server that lies, cuts and stalls.

mod calls;
#[cfg(target_os = "linux")]
mod cancel;
mod cases;
mod child;
mod connections;
mod cursors;
#[cfg(target_os = "linux")]
mod dark;
mod lenient;
#[path = "../shared/names.rs"]
mod names;
mod operations;
#[cfg(target_os = "linux")]
mod points;
mod secrets;
mod settings;
mod storm;
mod streams;
mod sweeps;
mod world;
mod writes;
