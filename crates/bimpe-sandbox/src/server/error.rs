//! Errors of a sandbox.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// An error when a sandbox starts, or when a change of a running one is refused.
///
/// ```
/// use bimpe_sandbox::{Error, Sandbox};
///
/// # fn main() -> Result<(), Error> {
/// let error = Sandbox::builder().db("/missing/folder/state.db").start_blocking().unwrap_err();
/// assert!(matches!(error, Error::Database { .. }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The sandbox cannot listen on the port, most often because another process uses the port.
    Listen {
        /// The port from the builder.
        port: u16,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The sandbox cannot open its database.
    Database {
        /// The file, or `None` for a database in memory.
        path: Option<PathBuf>,
        /// The error of the database.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The text is not the origin of a page.
    Origin(String),
    /// The sandbox refused a change. The text names the argument.
    Refused(String),
    /// The operating system refuses a thread or an event loop.
    Runtime(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { port, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(formatter, "port {port} is in use; choose another port, or 0 for any free port")
            }
            Self::Listen { port, source } => write!(formatter, "cannot listen on port {port}: {source}"),
            Self::Database { path: Some(path), source } => {
                write!(formatter, "cannot open the database {}: {source}", path.display())
            }
            Self::Database { path: None, source } => {
                write!(formatter, "cannot create the database in memory: {source}")
            }
            Self::Origin(origin) => {
                write!(
                    formatter,
                    "invalid origin {origin}: use a scheme and a host, such as http://localhost:3000"
                )
            }
            Self::Refused(text) => formatter.write_str(text),
            Self::Runtime(source) => write!(formatter, "cannot start the thread of the sandbox: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Runtime(source) => Some(source),
            Self::Database { source, .. } => Some(source.as_ref()),
            Self::Origin(_) | Self::Refused(_) => None,
        }
    }
}
