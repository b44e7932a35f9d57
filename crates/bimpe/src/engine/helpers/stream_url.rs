//! A URL that opens a stream, for programs without the API key.

use serde_json::{Value, json};

use super::context::HelperContext;
use crate::engine::stream::{checked_after, stream_address};
use crate::engine::{Response, json};
use crate::error::Error;
use crate::operations as op;

/// Creates a ticket, and returns the URL of the stream with it.
pub(super) async fn stream_url(mut context: HelperContext) -> Result<Response, Error> {
    let after =
        context.query("after").map(|after| checked_after(context.operation().id, after)).transpose()?;
    let key = context.own_key();
    let response = context.write(&op::CONVERSATIONS_MESSAGES_STREAM_TICKET, key).await?;
    let data: Value = json::value(response.data()).unwrap_or_default();
    let Some(ticket) = data["ticket"].as_str() else {
        return Err(context.unexpected(response.operation(), "holds no ticket"));
    };
    let address = stream_address(
        context.base(),
        &op::CONVERSATIONS_MESSAGES_STREAM,
        &context.ids(),
        ticket,
        after.as_deref(),
    )?;
    let data = json!({ "url": address.to_string(), "expires_in": data["expires_in"] });
    Ok(context.finish(response.with_data(&data.to_string())))
}
