//! A scene: the script of replies for one test, and the journal of what came.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::Head;

/// What happens when the script is at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Last {
    /// The last reply goes on for ever.
    Repeat,
    /// The script begins anew.
    Cycle,
    /// Requests are refused with status 418.
    #[default]
    Refuse,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    replies: Vec<Arc<Reply>>,
    #[serde(default)]
    last: Last,
}

/// The script of replies for one test, and the journal of what came.
pub struct Scene {
    url: String,
    started: Instant,
    script: Script,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many requests each reply was taken by.
    taken: Vec<u32>,
    requests: Vec<Entry>,
    connections: BTreeMap<u64, (f64, Option<f64>)>,
    /// What was carried out, by idempotency key, with its first answer.
    done: HashMap<String, Bytes>,
    /// How often anything was carried out.
    effects: u64,
}

struct Entry {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    authorization: usize,
    key: Option<String>,
    body: Option<String>,
    connection: u64,
    at: f64,
    committed: bool,
    replayed: bool,
    /// The status that was sent, once all of the answer was.
    status: Option<u16>,
}

impl Entry {
    fn json(&self) -> Value {
        json!({
            "method": self.method,
            "target": self.target,
            "headers": self.headers,
            "authorization": self.authorization,
            "key": self.key,
            "body": self.body,
            "connection": self.connection,
            "at": self.at,
            "committed": self.committed,
            "replayed": self.replayed,
            "status": self.status,
        })
    }
}

impl Scene {
    pub(crate) fn new(url: String, script: Value) -> Result<Self, serde_json::Error> {
        let script: Script = serde_json::from_value(script)?;
        let state = State { taken: vec![0; script.replies.len()], ..State::default() };
        Ok(Self { url, started: Instant::now(), script, state: Mutex::new(state) })
    }

    /// What a client of this scene takes as its base URL.
    pub fn base_url(&self) -> &str {
        &self.url
    }

    /// Everything that came so far, as `GET /_fault/scenes/NAME` gives it.
    pub fn journal(&self) -> Value {
        let state = self.state();
        let connection = |(number, (opened, closed)): (&u64, &(f64, Option<f64>))| json!({"connection": number, "opened": opened, "closed": closed});
        json!({
            "requests": state.requests.iter().map(Entry::json).collect::<Vec<_>>(),
            "connections": state.connections.iter().map(connection).collect::<Vec<_>>(),
            "open": state.connections.values().filter(|(_, closed)| closed.is_none()).count(),
            "effects": state.effects,
            "committed_keys": state.done.keys().collect::<Vec<_>>(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    pub(crate) fn opened(&self, connection: u64) {
        let now = self.now();
        self.state().connections.entry(connection).or_insert((now, None));
    }

    pub(crate) fn closed(&self, connection: u64) {
        let now = self.now();
        if let Some((_, closed)) = self.state().connections.get_mut(&connection) {
            *closed = Some(now);
        }
    }

    /// Notes a request and finds its reply; `None` if the script has none left.
    pub(crate) fn begin(&self, head: &Head, connection: u64) -> (usize, Option<Arc<Reply>>) {
        let secret = |name: &str| name.eq_ignore_ascii_case("authorization");
        let at = self.now();
        let mut state = self.state();
        state.requests.push(Entry {
            method: head.method.clone(),
            target: head.target.clone(),
            headers: head.headers.iter().filter(|(name, _)| !secret(name)).cloned().collect(),
            authorization: head.headers.iter().filter(|(name, _)| secret(name)).count(),
            key: head.header("idempotency-key").map(str::to_owned),
            body: None,
            connection,
            at,
            committed: false,
            replayed: false,
            status: None,
        });
        let index = state.requests.len() - 1;
        (index, self.reply(&mut state, head))
    }

    fn reply(&self, state: &mut State, head: &Head) -> Option<Arc<Reply>> {
        let fits = |reply: &Reply| {
            reply.wanted.as_ref().is_none_or(|wanted| wanted.fits(&head.method, &head.target))
        };
        let replies = || self.script.replies.iter().enumerate().filter(|(_, reply)| fits(reply));
        let unused =
            |taken: &[u32]| replies().find(|(index, reply)| taken[*index] < reply.times.unwrap_or(1));
        let mut found = unused(&state.taken);
        if found.is_none() {
            match self.script.last {
                Last::Refuse => {}
                Last::Repeat => found = replies().next_back(),
                Last::Cycle => {
                    for (index, _) in replies() {
                        state.taken[index] = 0;
                    }
                    found = unused(&state.taken);
                }
            }
        }
        let (index, reply) = found?;
        state.taken[index] = state.taken[index].saturating_add(1);
        Some(reply.clone())
    }

    /// Notes the body of a request.
    pub(crate) fn body(&self, index: usize, body: &[u8]) {
        self.state().requests[index].body = Some(String::from_utf8_lossy(body).into_owned());
    }

    /// Carries a request out, if its reply says so, and gives the first answer again if it was carried out before.
    pub(crate) fn commit(&self, index: usize, reply: &Reply, answer: Bytes) -> Option<Bytes> {
        let mut state = self.state();
        let key = state.requests[index].key.clone();
        if reply.replay
            && let Some(first) = key.as_ref().and_then(|key| state.done.get(key)).cloned()
        {
            state.requests[index].replayed = true;
            return Some(first);
        }
        if reply.commits {
            state.requests[index].committed = true;
            state.effects += 1;
            if let Some(key) = key {
                state.done.insert(key, answer);
            }
        }
        None
    }

    /// Notes that the whole answer was sent.
    pub(crate) fn answered(&self, index: usize, status: u16) {
        self.state().requests[index].status = Some(status);
    }
}
