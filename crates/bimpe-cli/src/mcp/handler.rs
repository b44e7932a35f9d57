//! The MCP server: its description, its tools, and the requests that they send.

use std::sync::Arc;

use bimpe::{Client, Error};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Map, Value};

use super::tools::{PAGE, Selection, ServedTool};
use super::{request, result};

/// A server over one client. Sessions share it.
#[derive(Clone)]
pub(super) struct ConsoleServer(Arc<Shared>);

struct Shared {
    client: Client,
    agent: Option<String>,
    tools: Vec<ServedTool>,
    instructions: String,
}

impl ConsoleServer {
    pub(super) fn new(client: Client, selection: Selection, document: &Value) -> Self {
        let tools = selection.tools(document);
        let mut instructions =
            "Tools for the Console API of BimpeAI: agents that talk to the customers of a business. \
             Lists have pages: pass `next_page` of a result as `page`."
                .to_owned();
        if tools.iter().all(|served| served.operation.method == "GET") {
            instructions.push_str(
                " This server only reads. For changes, the user must start it with `--allow-writes`.",
            );
        }
        if selection.agent.is_some() {
            instructions.push_str(" Every tool works on one agent, so that no tool takes its id.");
        }
        Self(Arc::new(Shared { client, agent: selection.agent, tools, instructions }))
    }

    fn served(&self, name: &str) -> Option<&ServedTool> {
        self.0.tools.iter().find(|served| served.tool.name == name)
    }

    async fn send(&self, served: &ServedTool, arguments: Map<String, Value>) -> Result<Value, Error> {
        let (request, cut) = request::build(served.operation, arguments, self.0.agent.as_deref())?;
        let page = request.query.get(PAGE).and_then(Value::as_u64).unwrap_or(1);
        let response = self.0.client.execute(request).await?;
        result::content(&response, cut, page)
    }
}

impl ServerHandler for ConsoleServer {
    fn get_info(&self) -> ServerConfig {
        let implementation =
            Implementation::new("bimpe", env!("CARGO_PKG_VERSION")).with_title("BimpeAI Console API");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(implementation)
            .with_instructions(self.0.instructions.clone())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.0.tools.iter().map(|served| served.tool.clone()).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.served(name).map(|served| served.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(served) = self.served(&request.name) else {
            let text = format!(
                "unknown tool `{}`: use a name of the tool list, or ask the user to allow the tool",
                request.name
            );
            return Err(ErrorData::invalid_params(text, None));
        };
        let sent = tokio::select! {
            sent = self.send(served, request.arguments.unwrap_or_default()) => sent,
            // The client has canceled the request, or has left. Its connection to the API is closed with the future.
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("canceled by the client", None)),
        };
        let result = match sent {
            Ok(data) => CallToolResult::structured(data),
            Err(error) => CallToolResult::error(vec![ContentBlock::text(result::explain(&error))]),
        };
        Ok(CallToolResponse::Complete(result))
    }
}
