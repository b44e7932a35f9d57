//! Tickets: each opens one stream of one conversation, once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::Error;
use super::ids::new_token;
use crate::clock;
use crate::store::{Db, Table};

pub(crate) const LIFETIME_SECONDS: i64 = 60;
/// Maximum number of unused tickets. The sandbox drops the oldest.
const MAX_TICKETS: i64 = 10_000;

/// Creates a ticket for a conversation and returns it.
pub(crate) fn issue(db: &Db<'_>, conversation: &str, now: DateTime<Utc>) -> Result<String, Error> {
    let ticket = new_token(db)?;
    let expiry = clock::iso(now + TimeDelta::seconds(LIFETIME_SECONDS));
    db.insert(Table::StreamTickets, conversation, &json!({ "id": ticket, "expires_at": expiry }))?;
    db.keep_latest(Table::StreamTickets, MAX_TICKETS)?;
    Ok(ticket)
}

/// Removes a ticket if it is valid for the conversation, and returns an error otherwise.
pub(crate) fn redeem(db: &Db<'_>, conversation: &str, ticket: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let ticket = db.get(Table::StreamTickets, ticket)?.ok_or_else(refused)?;
    let expiry = ticket.data["expires_at"].as_str().and_then(clock::parse);
    if expiry.is_none_or(|expiry| expiry <= now) {
        return Err(refused());
    }
    if ticket.parent != conversation {
        return Err(Error::new("forbidden", "The stream ticket is for another conversation."));
    }
    Ok(db.remove(Table::StreamTickets, &ticket.id)?)
}

pub(crate) fn refused() -> Error {
    Error::new("unauthorized", "The stream ticket is missing, unknown, used or expired.")
}
