//! Profiles: a key and an address under a name, one for each team.

mod commands;
mod keychain;
mod store;

pub(crate) use commands::{Config, Login, Logout, Whoami};
pub(crate) use store::Store;

/// The profile that is used if none is named.
pub(crate) const DEFAULT: &str = "default";
