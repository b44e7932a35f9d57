//! The engine and the Rust face against a server that lies, cuts and stalls.

mod calls;
mod cases;
mod child;
mod operations;
mod secrets;
mod storm;
mod streams;
mod sweeps;
mod world;
mod writes;
