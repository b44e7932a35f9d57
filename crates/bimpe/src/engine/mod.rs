//! The engine: the HTTP behavior of every language.
//!
//! Applications use the typed resources of [`Client`]; bindings use [`OperationRequest`] and [`Client::execute`].

mod attempt;
mod attempt_error;
mod client;
mod cross_field_rules;
mod custom_request;
mod derived_key;
mod difference;
mod envelope;
mod error_mapping;
mod execute;
mod hash;
pub(crate) mod header;
mod helpers;
mod hooks;
mod input;
mod interoperable;
pub mod json;
mod key;
mod key_provider;
mod operation_request;
mod pace;
mod pagination;
mod prepare;
mod redact;
mod redacted_url;
mod request_id;
mod request_url;
mod response;
pub(crate) mod retry;
mod server;
mod stream;
mod suggest;
mod trace;

pub use crate::encoding::header_pairs;
pub use client::Client;
pub(crate) use client::Settings;
pub use cross_field_rules::check_body;
pub(crate) use derived_key::derived_key;
pub use difference::{Comparison, compare, returned_fields};
pub(crate) use hooks::Hooks;
pub use hooks::{RequestInfo, ResponseInfo, RetryInfo};
pub use key::{ApiKey, SharedApiKey};
pub(crate) use key_provider::KeyProvider;
pub use operation_request::{Observer, OperationRequest, RequestEvent, RequestOptions};
pub use pace::Pace;
pub(crate) use pace::Pacers;
pub(crate) use prepare::positive;
pub use response::Response;
pub(crate) use server::Server;
pub(crate) use stream::Counters;
pub use stream::{
    ConnectionEvent, EventStream, StreamBatch, StreamEvent, StreamEventRef, StreamEvents, StreamOptions,
    StreamStats,
};
pub use suggest::did_you_mean;
#[cfg(feature = "__fuzzing")]
pub(crate) use {envelope::Envelope, prepare::PreparedRequest, request_url::RequestUrl, stream::sse};
