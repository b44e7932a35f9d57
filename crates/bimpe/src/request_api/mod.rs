//! The hand-written part of the Rust face: request values, pages, and what generated types are made with.

mod decoding;
mod id;
pub(crate) mod lenient;
mod listing;
pub(crate) mod milliseconds;
mod nullable;
mod object;
mod open_enum;
mod optional;
mod page;
mod request;
mod stream;
#[cfg(test)]
mod tests;

pub use decoding::{FromResponse, Misfit};
pub use listing::Listing;
pub use nullable::Nullable;
pub use object::Object;
pub use optional::Optional;
pub use page::{ListOperation, Page, PageRequest};
pub use request::{RawResponse, Request, ResponseFuture};
pub use stream::{Events, StreamRequest};

pub(crate) use decoding::Fields;
pub(crate) use id::id;
pub(crate) use lenient::lenient;
pub(crate) use nullable::present;
pub(crate) use open_enum::open_enum;
