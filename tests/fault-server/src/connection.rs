//! One connection: requests in, replies out, until one of them ends it.

use std::io::Result;
use std::sync::Arc;

use serde_json::json;

use crate::control;
use crate::reply::{Cut, Reply, Then};
use crate::request;
use crate::scene::Scene;
use crate::server::Shared;
use crate::wire::Wire;
use crate::write::{self, Body, Outcome};

/// The scene that a connection belongs to; says so when the connection ends, however that happens.
struct Guest {
    scene: Arc<Scene>,
    connection: u64,
}

impl Guest {
    fn new(scene: Arc<Scene>, connection: u64) -> Self {
        scene.opened(connection);
        Self { scene, connection }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.scene.closed(self.connection);
    }
}

/// Serves a connection to its end.
pub(crate) async fn serve(mut wire: Wire, shared: Arc<Shared>, connection: u64) -> Result<()> {
    let mut guest: Option<Guest> = None;
    while let Some(head) = request::head(&mut wire).await? {
        if let Some(path) = head.target.strip_prefix("/_fault/") {
            let body = request::body(&mut wire, &head).await?;
            let (status, answer) = control::answer(&shared, &head.method, path, &body);
            let reply = control::reply(status, &answer);
            write::reply(&mut wire, &reply, &Body::of(&reply.body, false), false, str::to_owned).await?;
            continue;
        }
        let name = head.target.split('/').nth(1).unwrap_or_default();
        let Some(scene) = shared.scene(name) else {
            let reply = control::reply(404, &json!({"message": "there is no such scene"}));
            write::reply(&mut wire, &reply, &Body::of(&reply.body, false), false, str::to_owned).await?;
            continue;
        };
        if !guest.as_ref().is_some_and(|guest| Arc::ptr_eq(&guest.scene, &scene)) {
            guest = Some(Guest::new(scene.clone(), connection));
        }
        let (index, reply) = scene.begin(&head, connection);
        let reply = reply.unwrap_or_else(|| {
            Arc::new(control::reply(418, &json!({"message": "the script of this scene has no reply left"})))
        });
        let outcome = if reply.cut == Some(Cut::Request) {
            Outcome { then: reply.then.unwrap_or(Then::Close), complete: false }
        } else {
            let body = request::body(&mut wire, &head).await?;
            scene.body(index, &body);
            answer(&mut wire, &scene, index, &reply, |text| shared.place(name, text)).await?
        };
        if outcome.complete {
            scene.answered(index, reply.status());
        }
        if let Some(after) = &reply.after {
            wire.pause(after.wait).await?;
            wire.write(&Body::of(&after.raw, false).collect()).await?;
        }
        match outcome.then {
            Then::Keep => {}
            Then::Close => {
                wire.close().await;
                return Ok(());
            }
            Then::Reset => {
                wire.reset();
                return Ok(());
            }
            Then::Stall => {
                wire.stall().await;
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn answer(
    wire: &mut Wire,
    scene: &Scene,
    index: usize,
    reply: &Reply,
    place: impl Fn(&str) -> String,
) -> Result<Outcome> {
    let mut body = Body::of(&reply.body, reply.gzip);
    let mut replayed = false;
    if reply.commits || reply.replay {
        let first = scene.commit(index, reply, body.collect());
        replayed = first.is_some();
        body = first.map_or(body, Body::whole);
    }
    if reply.cut == Some(Cut::NoAnswer) {
        return Ok(Outcome { then: reply.then.unwrap_or(Then::Close), complete: false });
    }
    write::reply(wire, reply, &body, replayed, place).await
}
