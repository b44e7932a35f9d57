//! Checks of a tour's output.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// The output of an example program.
#[derive(Deserialize)]
pub(super) struct Tour {
    pub(super) stripe: String,
    pub(super) connected: Vec<String>,
    pub(super) calendar: String,
    pub(super) custom_api: String,
    pub(super) custom_api_tools: Vec<String>,
    pub(super) mcp_server: String,
    pub(super) discovered: usize,
    pub(super) tested: bool,
    pub(super) tools: Vec<String>,
    pub(super) pipedream: String,
    pub(super) code: String,
    pub(super) start_message: String,
    pub(super) phone_number: String,
    pub(super) url: String,
    pub(super) telephony: bool,
}

impl Tour {
    /// Checks every value.
    pub(super) fn check(&self, sandbox: &str) -> Result<()> {
        let Self {
            calendar, pipedream, tools, custom_api_tools, discovered, code, start_message, url, ..
        } = self;
        for (name, id) in [
            ("Stripe channel", &self.stripe),
            ("custom API", &self.custom_api),
            ("MCP server", &self.mcp_server),
        ] {
            ensure!(id.starts_with("cm") && id.len() == 25, "the {name} has the malformed id {id}");
        }
        ensure!(self.connected == ["stripe"], "connected services: {:?}", self.connected);
        for (name, url) in [("Google Calendar", calendar), ("Pipedream", pipedream)] {
            let is_local = url.starts_with(&format!("{sandbox}/"));
            ensure!(is_local, "{name} has the unexpected onboarding URL {url}");
        }
        ensure!(calendar != pipedream, "two services share one onboarding page");
        ensure!(custom_api_tools == &["Create order"], "tools of the custom API: {custom_api_tools:?}");
        ensure!(self.tested, "the test of the MCP server failed");
        ensure!(*discovered == tools.len(), "{discovered} tools discovered, {} listed", tools.len());
        for name in ["Echo Tool", "Get Sum Tool"] {
            ensure!(tools.iter().any(|tool| tool == name), "the tool {name} is missing from {tools:?}");
        }
        let fits =
            code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        ensure!(fits, "malformed test code {code}");
        ensure!(*start_message == format!("start {code}"), "unexpected start message {start_message}");
        let digits = self.phone_number.trim_start_matches('+');
        ensure!(*url == format!("https://wa.me/{digits}?text=start%20{code}"), "unexpected link {url}");
        ensure!(self.telephony, "the sandbox has no test telephony");
        Ok(())
    }

    /// Compares the values that two tours of one agent share.
    pub(super) fn check_same_agent(&self, other: &Self) -> Result<()> {
        ensure!(self.code == other.code, "the test code is {}, not {}", self.code, other.code);
        ensure!(self.tools == other.tools, "the tools are {:?}, not {:?}", self.tools, other.tools);
        ensure!(self.stripe == other.stripe, "Stripe was connected again instead of updated");
        ensure!(self.custom_api != other.custom_api, "a second custom API has the id of the first");
        Ok(())
    }
}
