//! Every operation as a command: the words are its id, the options its fields.

mod body;
mod command;
pub(crate) mod custom;
mod request;
mod secret;

pub(crate) use command::{groups, words};
pub(crate) use request::run;
