//! Writes agents of the server as a file that plans to nothing.

use std::collections::HashSet;

use bimpe::Client;
use bimpe::engine::{check_body, returned_fields};
use bimpe::operations as op;
use bimpe::schema::Type;
use serde_json::{Map, Value};

use crate::emit::Emitter;
use crate::kinds::{AGENTS, FAMILIES, INTEGRATIONS, Kind, MCP_SERVER, WORKFLOW, WORKFLOW_ID, WORKFLOWS};
use crate::problem::{Error, Problem};
use crate::remote::Remote;
use crate::yaml::split_path;

/// Returns the file of some agents, by id or by name, with their workflows. Without names, of all agents.
///
/// A comment `# not readable: …` names the fields that the API does not return.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = bimpe_sandbox::Sandbox::builder().start().await?;
/// # let client = bimpe::Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build()?;
/// let text = bimpe_plan::export(&client, &[]).await?;
/// let mut files = bimpe_plan::Files::default();
/// files.read_text("bimpe.yaml", &text)?;
/// assert!(bimpe_plan::plan(&client, &files.finish()?, false).await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub async fn export(client: &Client, agents: &[String]) -> Result<String, Error> {
    let mut export = Export { remote: Remote { client: client.clone() }, out: Emitter::default() };
    let chosen = choose(export.list(&AGENTS, &[]).await?, agents)?;
    let query = Map::from_iter([("scope".to_owned(), "accessible".into())]);
    let workflows = export.send(&op::WORKFLOWS_LIST, &[], query).await?;
    let used: HashSet<&str> = chosen.iter().filter_map(|agent| agent[WORKFLOW_ID].as_str()).collect();
    let is_used =
        |entry: &Value| entry["is_owner"] == true && entry["id"].as_str().is_some_and(|id| used.contains(id));
    let own: Vec<&Value> = workflows.iter().filter(|entry| is_used(entry)).collect();
    if !own.is_empty() {
        export.out.section(0, WORKFLOWS.section);
        for entry in &own {
            export.object(&WORKFLOWS, entry, 2);
        }
    }
    refuse_duplicates(&WORKFLOWS, own)?;
    refuse_duplicates(&AGENTS, &chosen)?;
    export.out.section(0, AGENTS.section);
    for entry in &chosen {
        export.agent(entry, &workflows).await?;
    }
    Ok(export.out.text)
}

/// Returns the agents of these ids or names, or all.
fn choose(all: Vec<Value>, wanted: &[String]) -> Result<Vec<Value>, Error> {
    if wanted.is_empty() {
        return Ok(all);
    }
    let is_wanted =
        |entry: &Value, text: &String| entry["id"] == text.as_str() || entry["name"] == text.as_str();
    if let Some(missing) = wanted.iter().find(|text| !all.iter().any(|entry| is_wanted(entry, text))) {
        return Err(Error::new(format!("no agent has the id or the name `{missing}`")));
    }
    Ok(all.into_iter().filter(|entry| wanted.iter().any(|text| is_wanted(entry, text))).collect())
}

/// Refuses a list with two objects of one name, because a file could not tell them apart.
fn refuse_duplicates<'a>(kind: &Kind, entries: impl IntoIterator<Item = &'a Value>) -> Result<(), Error> {
    let mut seen: Vec<&Value> = Vec::new();
    for entry in entries {
        if let Some(other) = seen.iter().find(|other| kind.name_of(other) == kind.name_of(entry)) {
            return Err(Error::new(format!(
                "`{}` has two named `{}`: {} and {}; rename or delete one",
                kind.section,
                kind.name_of(entry),
                other["id"].as_str().unwrap_or_default(),
                entry["id"].as_str().unwrap_or_default()
            )));
        }
        seen.push(entry);
    }
    Ok(())
}

struct Export {
    remote: Remote,
    out: Emitter,
}

impl Export {
    async fn list(&self, kind: &Kind, ids: &[String]) -> Result<Vec<Value>, Error> {
        let listed = self.remote.list(kind, ids).await;
        listed
            .map_err(|error| Error::request(Problem::new(format!("cannot list the {}", kind.section)), error))
    }

    async fn send(
        &self,
        operation: &'static bimpe::schema::Operation,
        ids: &[String],
        query: Map<String, Value>,
    ) -> Result<Vec<Value>, Error> {
        let sent = self.remote.send(operation, ids, query).await;
        sent.map_err(|error| Error::request(Problem::new(format!("`{}` failed", operation.id)), error))
    }

    async fn agent(&mut self, entry: &Value, workflows: &[Value]) -> Result<(), Error> {
        self.object(&AGENTS, entry, 2);
        if let Some(workflow) = workflows.iter().find(|workflow| workflow["id"] == entry[WORKFLOW_ID]) {
            self.out.field(2, false, WORKFLOW, &workflow["name"]);
        }
        let ids = [entry["id"].as_str().unwrap_or_default().to_owned()];
        let (families, others): (Vec<&&Kind>, Vec<&&Kind>) = AGENTS
            .children
            .iter()
            .partition(|kind| FAMILIES.iter().any(|family| family.section == kind.section));
        for kind in others {
            let entries = self.list(kind, &ids).await?;
            self.entries(kind, &ids, &entries, 2).await?;
        }
        let mut lists = Vec::new();
        for kind in families {
            lists.push((*kind, self.list(kind, &ids).await?));
        }
        lists.retain(|(_, entries)| !entries.is_empty());
        if !lists.is_empty() {
            self.out.section(2, INTEGRATIONS);
        }
        for (kind, entries) in lists {
            self.entries(kind, &ids, &entries, 3).await?;
        }
        self.actions(&ids).await?;
        for channel in self.send(&op::AGENTS_CHANNELS_LIST, &ids, Map::new()).await? {
            let text = |name: &str| channel[name].as_str().unwrap_or_default();
            self.out.comment(2, &format!("channel, read-only: {} ({})", text("type"), text("status")));
        }
        Ok(())
    }

    /// Writes a section of an object.
    async fn entries(
        &mut self,
        kind: &Kind,
        ids: &[String],
        entries: &[Value],
        depth: usize,
    ) -> Result<(), Error> {
        refuse_duplicates(kind, entries)?;
        if !entries.is_empty() {
            self.out.section(depth, kind.section);
        }
        for entry in entries {
            self.object(kind, entry, depth + 2);
            let ids = [ids, &[entry["id"].as_str().unwrap_or_default().to_owned()]].concat();
            for child in kind.children {
                let listed = self.list(child, &ids).await?;
                Box::pin(self.entries(child, &ids, &listed, depth + 2)).await?;
            }
            if kind.section == MCP_SERVER.section {
                let tools =
                    self.send(&op::AGENTS_INTEGRATIONS_MCP_SERVER_TOOLS_LIST, &ids, Map::new()).await?;
                if !tools.is_empty() {
                    self.out.field(depth + 2, false, crate::kinds::DISCOVER, &true.into());
                }
            }
        }
        Ok(())
    }

    /// Writes the name and the readable fields of an object.
    fn object(&mut self, kind: &Kind, entry: &Value, depth: usize) {
        let configured = kind.configured(entry);
        let mut body = Map::from_iter([(kind.name_field.to_owned(), kind.name_of(entry).into())]);
        let returned = returned_fields(kind.list, kind.part);
        let mut unreadable = Vec::new();
        // The variant of a body is known from its tag, which may come after other fields.
        let tags = configured.as_object().into_iter().flatten();
        let tags: Map<String, Value> = tags.map(|(name, value)| (name.clone(), value.clone())).collect();
        let tags = if kind.part.is_none() || !tags.is_empty() { tags } else { body.clone() };
        for field in kind.fields_of(&tags) {
            if !returned.iter().any(|other| other.name == field.name) {
                unreadable.push(field.name);
            } else if let Some(value) = clean(field.ty, &configured[field.name]) {
                body.insert(field.name.to_owned(), value);
            }
        }
        self.out.field(depth, true, "name", &kind.name_of(entry).into());
        for name in remove_invalid(kind, &mut body) {
            self.out.comment(depth, &format!("invalid on the server: {name}"));
        }
        for (name, value) in body.iter().filter(|(name, _)| *name != kind.name_field) {
            self.out.field(depth, false, name, value);
        }
        if !unreadable.is_empty() {
            self.out.comment(depth, &format!("not readable: {}", unreadable.join(", ")));
        }
    }

    async fn actions(&mut self, ids: &[String]) -> Result<(), Error> {
        let entries = self.send(&op::AGENTS_ACTIONS_LIST, ids, Map::new()).await?;
        if !entries.is_empty() {
            self.out.section(2, crate::kinds::ACTIONS);
        }
        for entry in entries {
            self.out.field(4, true, "name", &entry["action_name"]);
            self.out.field(4, false, "integration", &entry["integration_name"]);
            self.out.field(4, false, "is_enabled", &entry["is_enabled"]);
        }
        Ok(())
    }
}

/// Removes fields that requests may not have, and returns their names.
fn remove_invalid(kind: &Kind, body: &mut Map<String, Value>) -> Vec<String> {
    let Err(error) = check_body(kind.create, Some(&body.clone().into())) else { return Vec::new() };
    let heads = error.field_errors().iter().map(|invalid| split_path(&invalid.path).0.to_owned());
    let heads: Vec<String> = heads.filter(|head| *head != kind.name_field && !kind.is_status(head)).collect();
    heads.into_iter().filter(|head| body.remove(head).is_some()).collect()
}

/// Returns a value without the nulls and placeholders that requests leave out; none if nothing is left.
fn clean(ty: &Type, value: &Value) -> Option<Value> {
    match (ty, value) {
        (_, Value::Null) => None,
        (Type::Nullable(inner), _) => clean(inner, value),
        (Type::Array(_), Value::Array(items)) if items.is_empty() => None,
        (Type::Array(item), Value::Array(items)) => {
            let is_item = |value: &&Value| !matches!((item, value), (Type::Object(_), Value::Array(_)));
            Some(items.iter().filter(is_item).filter_map(|value| clean(item, value)).collect())
        }
        (Type::Object(object), Value::Object(fields)) => {
            let known = object.fields.iter();
            let kept = known
                .filter_map(|field| Some((field.name.to_owned(), clean(field.ty, fields.get(field.name)?)?)));
            Some(kept.collect())
        }
        _ => Some(value.clone()),
    }
}
