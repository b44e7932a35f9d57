//! The hand-written part of the Rust SDK: requests, pages and streams.

mod pagination;
mod request;
mod stream;

pub use pagination::{ListOperation, Listing, Page, PageRequest};
pub use request::{RawResponse, Request, ResponseFuture};
pub use stream::{EventStream, StreamRequest};
