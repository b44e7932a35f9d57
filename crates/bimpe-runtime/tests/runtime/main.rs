//! The parts that the bindings share, over an in-memory network.

mod panics;
mod read_ahead;
