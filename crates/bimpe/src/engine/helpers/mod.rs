//! Helpers: what takes several requests and some waiting, as one call. api/helpers.yaml describes them.
//!
//! Each is made of calls of real operations, so that retries, idempotency and errors are those of every call, within
//! one deadline. Dropping the future cancels it.

mod ask;
mod difference;
mod ensure;
mod keyed_lock;
mod session;
mod wait;

use super::{Call, Client, Response};
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::operations as op;
use ensure::Resource;
use session::Session;

static CUSTOM_API: Resource = Resource {
    list: &op::AGENTS_INTEGRATIONS_CUSTOM_API_LIST,
    create: &op::AGENTS_INTEGRATIONS_CUSTOM_API_CONFIGURE,
    delete: &op::AGENTS_INTEGRATIONS_CUSTOM_API_DISCONNECT,
    part: Some("config"),
};
static MCP_SERVER: Resource = Resource {
    list: &op::AGENTS_INTEGRATIONS_MCP_SERVER_LIST,
    create: &op::AGENTS_INTEGRATIONS_MCP_SERVER_CONFIGURE,
    delete: &op::AGENTS_INTEGRATIONS_MCP_SERVER_DISCONNECT,
    part: Some("config"),
};
static TOOL: Resource = Resource {
    list: &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_LIST,
    create: &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_ADD,
    delete: &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_DELETE,
    part: None,
};

/// Carries out a helper, which may take as long as `total` if the call does not say. The future is boxed because it
/// holds those of other calls.
pub(super) fn run(
    client: Client,
    call: Call,
    total: std::time::Duration,
) -> BoxFuture<'static, Result<Response, Error>> {
    Box::pin(async move {
        client.ensure_open()?;
        let session = Session::start(client, call, total)?;
        match session.operation().id {
            "conversations.ask" => ask::ask(session).await,
            "calls.wait" => wait::call(session).await,
            "agents.integrations.wait_until_connected" => wait::service(session).await,
            "agents.integrations.pipedream.wait_until_connected" => wait::pipedream(session).await,
            "agents.integrations.custom_api.ensure" => ensure::ensure(session, &CUSTOM_API).await,
            "agents.integrations.mcp_server.ensure" => ensure::ensure(session, &MCP_SERVER).await,
            "agents.integrations.custom_api.tools.ensure" => ensure::ensure(session, &TOOL).await,
            other => Err(Error::internal(format!("nobody has written the helper `{other}`"))),
        }
    })
}
