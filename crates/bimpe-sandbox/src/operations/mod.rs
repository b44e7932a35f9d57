//! Operations of the API: one module for each resource.
//!
//! A handler takes a [`RequestContext`] that `http` validated, applies the rules of `model`, and returns plain values.

mod actions;
mod agents;
mod calls;
mod context;
mod conversations;
mod integrations;
mod knowledge_bases;
mod message_stream;
mod messages;
mod phone_numbers;
mod test_code;
mod workflows;

pub(crate) use context::{
    Apply, AsyncHandler, EventStream, HEARTBEAT, Handler, HandlerResult, RequestContext, StreamEvent,
};

/// Returns the handler of an operation, or `None` if the sandbox does not implement the operation.
pub(crate) fn handler_for(operation: &str) -> Option<Handler> {
    let modules = [
        actions::handler_for,
        agents::handler_for,
        calls::handler_for,
        conversations::handler_for,
        integrations::handler_for,
        knowledge_bases::handler_for,
        messages::handler_for,
        phone_numbers::handler_for,
        test_code::handler_for,
        workflows::handler_for,
    ];
    modules.iter().find_map(|handler_for| handler_for(operation))
}
