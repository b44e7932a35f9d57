//! An MCP client over standard input and output, and a sandbox behind the server.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use bimpe_sandbox::Sandbox;
use serde_json::{Map, Value, json};

use crate::common::command::bimpe;

/// All toolsets.
pub(crate) const EVERYTHING: &str =
    "actions,agents,calls,channels,conversations,integrations,knowledge_bases,phone_numbers,workflows";

/// Returns the command `bimpe mcp serve` for a sandbox.
pub(crate) fn serve(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = bimpe(Some(sandbox));
    command
        .args(["mcp", "serve"])
        .args(arguments)
        .env_remove("BIMPE_MCP_TOKEN")
        .env("EMPTY", "")
        .env("TOKEN", "t0ken-of-the-test")
        .stdout(Stdio::piped());
    command
}

pub(crate) struct Client {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The result of `initialize`.
    pub(crate) info: Value,
}

impl Client {
    pub(crate) fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::of(serve(sandbox, arguments))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the server starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut client = Self { child, out, info: Value::Null };
        client.info = client.request("initialize", &initialize()).expect("a session");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    pub(crate) fn send(&mut self, message: &Value) {
        writeln!(self.child.stdin.as_mut().expect("a pipe"), "{message}").expect("the server reads");
    }

    /// Sends a request, and returns its result or its error.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        let mut line = String::new();
        self.out.read_line(&mut line).expect("the server responds");
        let mut response: Value = serde_json::from_str(&line).expect("one line of JSON");
        match response.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(response["result"].take()),
        }
    }

    /// Returns the listed tools.
    pub(crate) fn tools(&mut self) -> Vec<Value> {
        let listed = self.request("tools/list", &json!({})).expect("tools");
        listed["tools"].as_array().expect("a list").clone()
    }

    pub(crate) fn names(&mut self) -> Vec<String> {
        self.tools().iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Uses a tool, and returns its result, or the text of its error.
    pub(crate) fn call(&mut self, name: &str, arguments: &Value) -> Result<Value, String> {
        let mut result = self
            .request("tools/call", &json!({"name": name, "arguments": arguments}))
            .map_err(|error| error["message"].as_str().expect("a text").to_owned())?;
        let text = result["content"][0]["text"].as_str().expect("a text").to_owned();
        if result["isError"] == true {
            return Err(text);
        }
        // Assistants without structured results read the same as text.
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), result["structuredContent"]);
        Ok(result["structuredContent"].take())
    }

    /// Ends the input, and returns whether the server ended well.
    pub(crate) fn end(mut self) -> bool {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the parameters of `initialize`.
pub(crate) fn initialize() -> Value {
    json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}
    })
}

/// Returns the ids that a tool requires.
pub(crate) fn ids(tool: &Value, known: &Map<String, Value>) -> Map<String, Value> {
    let is_of_mcp_server = tool["name"].as_str().is_some_and(|name| name.contains("_mcp_server_"));
    let required = tool["inputSchema"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ids = required.filter(|name| *name != "body").map(|name| {
        let key = if is_of_mcp_server && name == "integration_id" { "mcp_server_id" } else { name };
        (name.to_owned(), known[key].clone())
    });
    ids.collect()
}
