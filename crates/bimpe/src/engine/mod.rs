//! The engine: everything that HTTP behaviour is, once, for every language.
//!
//! Applications use the typed resources of [`Client`]; bindings use [`Call`] and [`Client::execute`].

mod attempt;
mod attempt_error;
mod call;
mod client;
mod closing;
mod custom_request;
mod envelope;
mod error_mapping;
mod execute;
pub(crate) mod header;
mod helpers;
mod hooks;
mod input;
mod interoperable;
pub mod json;
mod key;
mod key_provider;
mod pagination;
mod prepare;
mod redact;
mod request_id;
mod request_url;
mod response;
pub(crate) mod retry;
mod rules;
mod server;
mod stream;
mod suggest;
mod trace;

pub use crate::encoding::header_pairs;
pub use call::{Call, CallEvent, CallOptions, Observer};
pub use client::Client;
pub(crate) use client::Settings;
pub(crate) use hooks::Hooks;
pub use hooks::{RequestInfo, ResponseInfo, RetryInfo};
pub use key::{ApiKey, KeySlot};
pub(crate) use key_provider::KeyProvider;
pub(crate) use prepare::positive;
pub use response::Response;
pub(crate) use server::Server;
pub(crate) use stream::Counters;
pub use stream::{
    EventStream, StreamBatch, StreamEvent, StreamEventRef, StreamEvents, StreamNotice, StreamOptions,
    StreamStats,
};
#[cfg(feature = "__fuzzing")]
pub(crate) use {envelope::Envelope, prepare::Prepared, request_url::Address, stream::sse};
