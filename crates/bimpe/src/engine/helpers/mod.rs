//! Helpers: several requests and waits as one request. `api/helpers.yaml` describes them.
//!
//! Helpers send requests of real operations, so that retries, idempotency and errors are the usual ones, within one
//! deadline. Dropping the future cancels the helper.

mod ask;
mod context;
mod ensure;
mod keyed_lock;
mod stream_url;
mod wait;

use super::{Client, OperationRequest, Response};
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::operations as op;
use context::HelperContext;
use ensure::Resource;

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

/// Runs a helper. `total` is its default timeout. The future is boxed because it holds the futures of other requests.
pub(super) fn run(
    client: Client,
    call: OperationRequest,
    total: std::time::Duration,
) -> BoxFuture<'static, Result<Response, Error>> {
    Box::pin(async move {
        client.ensure_open()?;
        let context = HelperContext::start(client, call, total)?;
        match context.operation().id {
            "conversations.ask" => ask::ask(context).await,
            "conversations.messages.stream_url" => stream_url::stream_url(context).await,
            "calls.wait" => wait::call(context).await,
            "agents.integrations.wait_until_connected" => wait::service(context).await,
            "agents.integrations.pipedream.wait_until_connected" => wait::pipedream(context).await,
            "agents.integrations.custom_api.ensure" => ensure::ensure(context, &CUSTOM_API).await,
            "agents.integrations.mcp_server.ensure" => ensure::ensure(context, &MCP_SERVER).await,
            "agents.integrations.custom_api.tools.ensure" => ensure::ensure(context, &TOOL).await,
            other => Err(Error::internal(format!("the helper `{other}` is missing"))),
        }
    })
}
