//! The transport of native programs: reqwest, with what it lacks.

mod body;
mod connections;
mod dns;
mod error;
mod gzip;
mod proxy;
mod send;
mod tls;

pub use self::connections::Connections;
pub(crate) use self::connections::{ConnectionConfig, ConnectionOptions};
pub(crate) use self::proxy::Proxy;
pub use self::send::Reqwest;
pub(crate) use self::tls::{ExtraRoots, SystemRoots};
