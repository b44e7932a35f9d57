//! Rules between the fields of one body, which a schema cannot say. One operation has any.

use serde_json::{Map, Value};

use crate::error::{Error, FieldError};
use crate::schema::Operation;

/// Checks a body whose fields are right each by itself.
pub(crate) fn check(operation: &Operation, body: Option<&Value>) -> Result<(), Error> {
    let Some(body) = body.and_then(Value::as_object) else { return Ok(()) };
    let fault = match operation.id {
        "conversations.send" | "conversations.ask" => addressee(body),
        _ => None,
    };
    let Some((path, text)) = fault else { return Ok(()) };
    let fields = vec![FieldError { path: path.to_owned(), message: text.to_owned() }];
    Err(Error::user(format!("{}: `{path}` {text}", operation.id)).with(|inner| inner.field_errors = fields))
}

/// A message goes to a conversation, or to a person on a channel, who is named in the channel's own way.
fn addressee(body: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("conversation_id").is_none() && text("channel_type").is_none() {
        return Some(("channel_type", "is required where there is no `conversation_id`"));
    }
    let person = text("channel_user_id")?;
    match text("channel_type")? {
        "webchat" if uuid::Uuid::try_parse(person).is_err() => Some((
            "channel_user_id",
            "must be a UUID for webchat; the helper for webchat user ids makes one from any text",
        )),
        "whatsapp" | "telephony" if !is_e164(person) => {
            Some(("channel_user_id", "must be a phone number in E.164 form, as in +2348012345678"))
        }
        _ => None,
    }
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
