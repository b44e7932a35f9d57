//! The difference between proposed tools and those of an integration.

use serde_json::{Value, json};

use super::openapi::Refusal;
use super::proposal::{Proposal, action_name};

/// The effects of an import.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) add: Vec<Proposal>,
    /// Tools that exist with another description.
    pub(super) differ: Vec<Proposal>,
    /// Names of tools that exist already. Their requests cannot be read back.
    pub(super) same: Vec<String>,
    pub(super) refused: Vec<Refusal>,
    /// Remarks about the whole import.
    pub(super) notes: Vec<String>,
}

impl Changes {
    /// Compares proposals with the tools of an integration.
    pub(super) fn new(proposals: Vec<Proposal>, refused: Vec<Refusal>, tools: &[Value]) -> Self {
        let mut changes = Self { refused, ..Self::default() };
        for proposal in proposals {
            let name = action_name(proposal.name());
            let known =
                tools.iter().find(|tool| tool["name"] == proposal.name() || tool["action_name"] == *name);
            match known {
                None => changes.add.push(proposal),
                Some(tool) if text(&tool["description"]) == text(&proposal.body["description"]) => {
                    changes.same.push(proposal.name().to_owned());
                }
                Some(_) => changes.differ.push(proposal),
            }
        }
        changes
    }

    /// Notes if tools need other credentials than the integration has.
    pub(super) fn check_auth(&mut self, actual: &str) {
        let mut needed: Vec<&str> =
            self.add.iter().chain(&self.differ).filter_map(|proposal| proposal.auth_type).collect();
        needed.sort_unstable();
        needed.dedup();
        for auth_type in needed.into_iter().filter(|auth_type| *auth_type != actual) {
            self.notes.push(format!(
                "the document asks for `auth_type` {auth_type}, and the integration has {actual}: configure another integration"
            ));
        }
    }

    /// Returns the changes for a person, one tool on a line.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (sign, proposals) in [('+', &self.add), ('~', &self.differ)] {
            for proposal in proposals {
                let body = &proposal.body;
                lines.push(format!(
                    "{sign} {}: {} {}",
                    proposal.name(),
                    text(&body["http_method"]),
                    text(&body["url_template"])
                ));
                let parameters =
                    ["url_params", "body_params"].into_iter().filter_map(|list| body[list].as_array());
                let names: Vec<&str> =
                    parameters.flatten().map(|parameter| text(&parameter["name"])).collect();
                if !names.is_empty() {
                    lines.push(format!("    parameters: {}", names.join(", ")));
                }
                lines.extend(proposal.notes.iter().map(|note| format!("    {note}")));
            }
        }
        lines.extend(self.same.iter().map(|name| format!("= {name}: exists")));
        lines.extend(
            self.refused.iter().map(|refusal| format!("! {}: {}", refusal.operation, refusal.reason)),
        );
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines
    }

    /// Returns the changes for programs.
    pub(super) fn to_json(&self) -> Value {
        let tools = |proposals: &[Proposal]| -> Value {
            let tool = |proposal: &Proposal| json!({"tool": proposal.body, "notes": proposal.notes});
            proposals.iter().map(tool).collect()
        };
        let refused = |refusal: &Refusal| json!({"operation": refusal.operation, "reason": refusal.reason});
        json!({
            "add": tools(&self.add),
            "differ": tools(&self.differ),
            "same": self.same,
            "refused": self.refused.iter().map(refused).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
