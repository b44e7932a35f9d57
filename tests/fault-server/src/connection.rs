//! Serves one connection: reads requests and writes replies until a reply ends the connection.

use std::io::Result;
use std::sync::Arc;

use serde_json::json;

use crate::control;
use crate::reply::{AfterReply, Cut, Reply};
use crate::request;
use crate::scenario::Scenario;
use crate::server::Shared;
use crate::transport::Transport;
use crate::write::{self, Body, Outcome};

/// The scenario of a connection. Dropping it records the end of the connection in the request log.
struct OpenConnection {
    scenario: Arc<Scenario>,
    connection: u64,
}

impl OpenConnection {
    fn new(scenario: Arc<Scenario>, connection: u64) -> Self {
        scenario.opened(connection);
        Self { scenario, connection }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.scenario.closed(self.connection);
    }
}

/// Serves a connection until it ends.
pub(crate) async fn serve(mut transport: Transport, shared: Arc<Shared>, connection: u64) -> Result<()> {
    let mut open: Option<OpenConnection> = None;
    while let Some(head) = request::head(&mut transport).await? {
        if let Some(path) = head.target.strip_prefix("/_fault/") {
            let body = request::body(&mut transport, &head).await?;
            let (status, response) = control::respond(&shared, &head.method, path, &body);
            let reply = control::reply(status, &response);
            write::reply(&mut transport, &reply, &Body::of(&reply.body, false), false, str::to_owned).await?;
            continue;
        }
        let name = head.target.split('/').nth(1).unwrap_or_default();
        let Some(scenario) = shared.scenario(name) else {
            let reply = control::reply(404, &json!({"message": "unknown scenario"}));
            write::reply(&mut transport, &reply, &Body::of(&reply.body, false), false, str::to_owned).await?;
            continue;
        };
        if !open.as_ref().is_some_and(|open| Arc::ptr_eq(&open.scenario, &scenario)) {
            open = Some(OpenConnection::new(scenario.clone(), connection));
        }
        let (index, reply) = scenario.begin(&head, connection);
        let reply = reply.unwrap_or_else(|| {
            Arc::new(control::reply(
                418,
                &json!({"message": "unexpected request: the script has no reply left"}),
            ))
        });
        let outcome = if reply.cut == Some(Cut::Request) {
            Outcome { then: reply.then.unwrap_or(AfterReply::Close), complete: false }
        } else {
            let body = request::body(&mut transport, &head).await?;
            scenario.body(index, &body);
            respond(&mut transport, &scenario, index, &reply, |text| shared.replace_urls(name, text)).await?
        };
        if outcome.complete {
            scenario.sent(index, reply.status());
        }
        if let Some(after) = &reply.after {
            transport.pause(after.wait).await?;
            transport.write(&Body::of(&after.raw, false).collect()).await?;
        }
        match outcome.then {
            AfterReply::Keep => {}
            AfterReply::Close => {
                transport.close().await;
                return Ok(());
            }
            AfterReply::Reset => {
                transport.reset();
                return Ok(());
            }
            AfterReply::Stall => {
                transport.stall().await;
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn respond(
    transport: &mut Transport,
    scenario: &Scenario,
    index: usize,
    reply: &Reply,
    replace_urls: impl Fn(&str) -> String,
) -> Result<Outcome> {
    let mut body = Body::of(&reply.body, reply.gzip);
    let mut replayed = false;
    if reply.commits || reply.replay {
        let first = scenario.apply_write(index, reply, body.collect());
        replayed = first.is_some();
        body = first.map_or(body, Body::whole);
    }
    if reply.cut == Some(Cut::NoResponse) {
        return Ok(Outcome { then: reply.then.unwrap_or(AfterReply::Close), complete: false });
    }
    write::reply(transport, reply, &body, replayed, replace_urls).await
}
