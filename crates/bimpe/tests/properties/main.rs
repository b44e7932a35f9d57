//! Laws that hold for every input, tried with many. Few in an ordinary run, a million where figures are recorded.

mod answers;
mod cases;
mod headers;
mod ids;
mod json;
#[path = "../laws/mod.rs"]
mod laws;
mod lists;
mod odd_items;
mod retry_after;
mod schedules;
mod settings;
mod sse;
