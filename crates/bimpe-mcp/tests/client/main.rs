//! Sessions over both transports, against servers of these tests and of others.

mod errors;
mod hostile;
mod peers;
mod sessions;
mod stub;
