//! A scenario: the script of replies for one test, and the log of its requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::Head;

/// The behavior after the last reply of a script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Last {
    /// Repeats the last reply.
    Repeat,
    /// Starts the script again.
    Cycle,
    /// Responds with status 418.
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

/// The script of replies for one test, and the log of its requests.
pub struct Scenario {
    url: String,
    started: Instant,
    script: Script,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number of requests that each reply was used for.
    taken: Vec<u32>,
    requests: Vec<Entry>,
    connections: BTreeMap<u64, (f64, Option<f64>)>,
    /// The applied writes: the first response body by idempotency key.
    responses: HashMap<String, Bytes>,
    /// Number of applied writes.
    applied_writes: u64,
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
    /// The status of the response, once all of the response is sent.
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

impl Scenario {
    pub(crate) fn new(url: String, script: Value) -> Result<Self, serde_json::Error> {
        let script: Script = serde_json::from_value(script)?;
        let state = State { taken: vec![0; script.replies.len()], ..State::default() };
        Ok(Self { url, started: Instant::now(), script, state: Mutex::new(state) })
    }

    /// Returns the base URL for clients of this scenario.
    pub fn base_url(&self) -> &str {
        &self.url
    }

    /// Returns the requests and connections so far, as `GET /_fault/scenarios/NAME` does.
    pub fn request_log(&self) -> Value {
        let state = self.state();
        let connection = |(number, (opened, closed)): (&u64, &(f64, Option<f64>))| json!({"connection": number, "opened": opened, "closed": closed});
        json!({
            "requests": state.requests.iter().map(Entry::json).collect::<Vec<_>>(),
            "connections": state.connections.iter().map(connection).collect::<Vec<_>>(),
            "open": state.connections.values().filter(|(_, closed)| closed.is_none()).count(),
            "effects": state.applied_writes,
            "committed_keys": state.responses.keys().collect::<Vec<_>>(),
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

    /// Records a request and returns its reply. Returns `None` if the script has no reply left.
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
            reply.wanted.as_ref().is_none_or(|wanted| wanted.matches(&head.method, &head.target))
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

    /// Records the body of a request.
    pub(crate) fn body(&self, index: usize, body: &[u8]) {
        self.state().requests[index].body = Some(String::from_utf8_lossy(body).into_owned());
    }

    /// Applies a write if its reply says so. Returns the first response body if the key was applied before.
    pub(crate) fn apply_write(&self, index: usize, reply: &Reply, body: Bytes) -> Option<Bytes> {
        let mut state = self.state();
        let key = state.requests[index].key.clone();
        if reply.replay
            && let Some(first) = key.as_ref().and_then(|key| state.responses.get(key)).cloned()
        {
            state.requests[index].replayed = true;
            return Some(first);
        }
        if reply.commits {
            state.requests[index].committed = true;
            state.applied_writes += 1;
            if let Some(key) = key {
                state.responses.insert(key, body);
            }
        }
        None
    }

    /// Records that the whole response is sent.
    pub(crate) fn sent(&self, index: usize, status: u16) {
        self.state().requests[index].status = Some(status);
    }
}
