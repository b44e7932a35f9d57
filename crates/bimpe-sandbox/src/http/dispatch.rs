//! Runs the handler of a valid request, at most once for each idempotency key.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::response::Response;

use super::replay::{Replay, Stored};
use super::reply::{Problem, Reply, json_response};
use crate::app::App;
use crate::handlers::{self, Answer, Call, Handler};
use crate::spec::Operation;
use crate::store::Db;

/// One request on its way to an answer.
struct Once {
    app: Arc<App>,
    operation: &'static Operation,
    key: Option<Replay>,
}

/// An answer, and whether it was given before.
struct Done {
    stored: Stored,
    again: bool,
}

pub(super) async fn run(call: Call, key: Option<Replay>) -> Result<Response, Problem> {
    let once = Once { app: Arc::clone(&call.app), operation: call.operation, key };
    let store = &once.app.store;
    let done = match handlers::find(&once.operation.id) {
        None => {
            let text = format!("The sandbox does not have {} yet.", once.operation.id);
            return Err(Problem::new(501, "not_implemented", text));
        }
        Some(Handler::Stream(open)) => return open(&call),
        Some(Handler::Quick(handle)) => store.transaction(|db| once.answer(db, || handle(&call, db)))?,
        Some(Handler::Slow(handle)) => {
            if let Some(done) = store.transaction(|db| once.earlier(db))? {
                done
            } else {
                let made = handle(call).await?;
                // Looks again: a second request with the same key may have been faster.
                store.transaction(|db| once.answer(db, || Ok(made)))?
            }
        }
    };
    if once.operation.method != "GET" {
        once.app.changes.send_replace(());
    }
    let mut response = json_response(done.stored.status, done.stored.body);
    if done.again {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

impl Once {
    fn earlier(&self, db: &Db<'_>) -> Result<Option<Done>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(key.find(&self.app, db)?.map(|stored| Done { stored, again: true }))
    }

    fn answer(&self, db: &Db<'_>, make: impl FnOnce() -> Answer) -> Result<Done, Problem> {
        if let Some(done) = self.earlier(db)? {
            return Ok(done);
        }
        let stored = self.envelope(make()?)?;
        if let Some(key) = &self.key {
            key.save(&self.app, db, &stored)?;
        }
        Ok(Done { stored, again: false })
    }

    fn envelope(&self, made: Reply) -> Result<Stored, Problem> {
        let status = made.status.unwrap_or(self.operation.success);
        let envelope = made.envelope();
        // The document binds the sandbox too; development builds make a slip visible.
        if cfg!(debug_assertions)
            && let Err(problems) = self.operation.check_answer(&envelope)
        {
            let text = format!("{} left the document: {problems:?}", self.operation.id);
            return Err(Problem::new(500, "internal_error", text));
        }
        Ok(Stored { status, body: envelope.to_string() })
    }
}
