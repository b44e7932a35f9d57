//! Parts of generated types: ids, open enums, optional fields and decoding.

mod decoding;
mod id;
pub(crate) mod lenient;
pub(crate) mod milliseconds;
mod nullable;
mod object;
mod open_enum;
mod optional;

pub use decoding::FromResponse;
pub use nullable::Nullable;
pub use object::Object;
pub use optional::Optional;

pub(crate) use decoding::{Each, Fields, Misfit};
pub(crate) use id::id;
pub(crate) use lenient::lenient;
pub(crate) use nullable::present;
pub(crate) use open_enum::open_enum;
