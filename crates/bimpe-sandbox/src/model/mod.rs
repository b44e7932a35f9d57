//! State and rules of the resources, without HTTP.
//!
//! Functions take the store and plain values, and return rows, values or an [`Error`] with a code of the API.

pub(crate) mod actions;
pub(crate) mod agents;
pub(crate) mod api_keys;
pub(crate) mod calls;
pub(crate) mod conversations;
pub(crate) mod custom_tools;
mod error;
pub(crate) mod ids;
pub(crate) mod integrations;
pub(crate) mod knowledge_bases;
pub(crate) mod mcp_client;
pub(crate) mod messages;
pub(crate) mod onboarding;
mod owners;
pub(crate) mod phone_numbers;
pub(crate) mod scripted_agent;
pub(crate) mod seed;
pub(crate) mod snapshots;
pub(crate) mod stream_tickets;
pub(crate) mod tool_calls;
pub(crate) mod workflows;

pub(crate) use error::Error;
pub(crate) use owners::{PUBLIC, TEAM};
