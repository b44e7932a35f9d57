//! The code with which a person tests an agent on the shared test accounts.

use serde_json::json;

use super::{Handler, HandlerResult, RequestContext};
use crate::model::agents;
use crate::response::ApiResponse;
use crate::store::Db;

/// Ofcom reserves this range for fiction, so no subscriber has the number.
const TEST_NUMBER: &str = "+447700900123";
const TEST_ACCOUNT: &str = "bimpe.sandbox";

pub(super) fn handler_for(operation: &str) -> Option<Handler> {
    (operation == "agents.get_test_code").then_some(Handler::Sync(get))
}

fn get(context: &RequestContext, db: &Db<'_>) -> HandlerResult {
    let mut agent = context.agent(db)?;
    let code = agents::test_code(db, &mut agent)?;
    let start_message = format!("start {code}");
    let channels = json!({
        "whatsapp": {
            "is_enabled": true,
            "start_message": start_message,
            "phone_number": TEST_NUMBER,
            "url": format!("https://wa.me/{}?text=start%20{code}", TEST_NUMBER.trim_start_matches('+')),
        },
        "instagram": {
            "is_enabled": true,
            "start_message": start_message,
            "username": TEST_ACCOUNT,
            "url": format!("https://ig.me/m/{TEST_ACCOUNT}?text=start%20{code}"),
        },
        "messenger": {
            "is_enabled": true,
            "start_message": start_message,
            "page": TEST_ACCOUNT,
            "url": format!("https://m.me/{TEST_ACCOUNT}?text=start%20{code}"),
        },
        "telephony": { "is_enabled": true },
    });
    Ok(ApiResponse::new(
        "Agent test code retrieved successfully",
        json!({ "code": code, "channels": channels }),
    ))
}
