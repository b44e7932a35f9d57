//! The transport of native programs: reqwest, with what it lacks.

mod body;
mod connections;
mod dns;
mod error;
mod gzip;
mod options;
mod os_code;
mod proxy;
mod send;
mod trust;

pub(crate) use self::connections::ConnectionConfig;
pub use self::connections::Connections;
pub(crate) use self::options::ConnectionOptions;
pub(crate) use self::proxy::Proxy;
pub use self::send::Reqwest;
pub(crate) use self::trust::{ExtraRoots, SystemRoots};
