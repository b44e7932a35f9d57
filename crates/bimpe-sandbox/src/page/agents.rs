//! Agents with their integrations, tools and test codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::{Value, json};

use super::conversations::{CHANNELS, Channel};
use super::input::Visit;
use super::operations::find;
use super::{PageResult, Problem, forms};
use crate::model::integrations::services::{SERVICES, Service};
use crate::model::integrations::{bimpeai, tools};
use crate::model::{Error, TEAM, agents, onboarding};
use crate::spec::SPEC;
use crate::state::AppState;
use crate::store::{Db, Row, Table, into_data};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/agents", get(list)).route("/agents/{id}", get(show))
}

async fn list(visit: Visit) -> PageResult {
    let (agents, open) = visit
        .state
        .store
        .transaction(|db| Ok::<_, Error>((into_data(db.children(Table::Agents, TEAM)?), onboardings(db)?)))?;
    visit.page("agents.html", json!({ "agents": agents, "onboardings": open }))
}

async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    let (agent, integrations, open) = visit.state.store.transaction(|db| {
        let mut integrations = Vec::new();
        for row in db.children(Table::Integrations, &id)? {
            let tools = into_data(tools::of_integration(db, &row.id)?);
            integrations.push((row, tools));
        }
        Ok::<_, Error>((agents::find(db, &id)?.data, integrations, onboardings(db)?))
    })?;
    let open: Vec<Value> = open.into_iter().filter(|entry| entry["agent"] == id.as_str()).collect();
    let code = agent["test_channel_code"].as_str().map(str::to_owned);
    let context = json!({
        "url": visit.state.url,
        "agent": agent,
        "services": services(&integrations)?,
        "integrations": integrations
            .iter()
            .map(|(row, tools)| json!({ "data": row.data, "tools": tools }))
            .collect::<Vec<_>>(),
        "onboardings": open,
        "links": code.map(|code| links(&visit.state.url, &code)).unwrap_or_default(),
    });
    visit.page("agent.html", context)
}

fn onboardings(db: &Db<'_>) -> Result<Vec<Value>, Error> {
    let view = |row: Row| json!({ "token": row.id, "agent": row.parent, "name": row.data["name"] });
    Ok(onboarding::open(db)?.into_iter().map(view).collect())
}

/// Returns the first-party services that are not connected, with the fields of their forms.
fn services(integrations: &[(Row, Vec<Value>)]) -> Result<Vec<Value>, Problem> {
    let configure = find("agents.integrations.bimpeai.configure")?;
    let schema = configure.body.as_ref().unwrap_or(&Value::Null);
    let is_open = |service| !integrations.iter().any(|(row, _)| bimpeai::is_service(row, service));
    let view = |service: &Service| {
        let object = forms::object(&SPEC, schema, Some(service.kind));
        let fields = forms::fields(&SPEC, object, &BTreeMap::new());
        json!({ "kind": service.kind, "name": service.name, "fields": fields })
    };
    Ok(SERVICES.iter().filter(|service| is_open(service)).map(view).collect())
}

/// Returns the deep links of a test code, each with its QR code.
fn links(url: &str, code: &str) -> Vec<Value> {
    let link = |channel: &Channel| {
        let path = format!("/chat/{}?text=start%20{code}", channel.name);
        let picture = QrCode::new(format!("{url}{path}")).map(|qr| {
            let svg = qr.render::<svg::Color<'_>>().module_dimensions(1, 1).build();
            // HTML contains the element without the XML declaration.
            svg.find("<svg").map(|start| svg[start..].to_owned()).unwrap_or_default()
        });
        json!({ "label": channel.label, "path": path, "qr": picture.unwrap_or_default() })
    };
    CHANNELS.iter().map(link).collect()
}
