//! The transport of native programs: reqwest, with what it lacks.

mod body;
mod connections;
mod dns;
mod error;
mod gzip;
mod send;

pub(crate) use self::connections::ConnectionConfig;
pub use self::connections::Connections;
pub use self::send::Reqwest;
