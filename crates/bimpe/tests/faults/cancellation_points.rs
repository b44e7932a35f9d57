//! The points of a call at which it can be given up, and how a test gets there.

use std::io::ErrorKind;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bimpe::engine::OperationRequest;
use bimpe::types::UpdateAgent;
use bimpe::{Client, Error};
use bimpe_fault_server::{Scenario, Server};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::SERVER;

const TABLE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/cancellation_points.json");

/// The table that all SDKs share.
static POINTS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(&std::fs::read_to_string(TABLE_FILE).expect("the points")).expect("JSON")
});

/// How far a call gets.
pub(crate) struct Point {
    pub(crate) name: &'static str,
    call: &'static str,
    replies: Vec<&'static Value>,
    /// How many requests have come then; 0 if the server does not see one.
    requests: usize,
}

pub(crate) fn all() -> Vec<Point> {
    let text = |value: &'static Value| value.as_str().expect("text");
    let point = |point: &'static Value| Point {
        name: text(&point["name"]),
        call: text(&point["call"]),
        replies: replies(point["replies"].as_array().expect("a list").iter().map(text)),
        requests: point["requests"].as_u64().and_then(|count| count.try_into().ok()).expect("a number"),
    };
    POINTS["points"].as_array().expect("a list").iter().map(point).collect()
}

/// Replies by these names.
pub(crate) fn replies<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'static Value> {
    names.into_iter().map(|name| &POINTS["replies"][name]).collect()
}

/// Makes the call of a point.
pub(crate) async fn make(client: Client, point: &Point) -> Result<(), Error> {
    match point.call {
        "retrieve" => client.agents().retrieve("cm1").lenient().await.map(|_| ()),
        "update" => client.agents().update("cm1", UpdateAgent::new()).await.map(|_| ()),
        "upload" => {
            let mut call = OperationRequest::new("POST /agents")?;
            call.body = Some(json!({"text": "x".repeat(32 << 20)}));
            client.execute(call).await.map(|_| ())
        }
        "pages" => client.agents().list().lenient().items().try_for_each(|_| async { Ok(()) }).await,
        "stream" => {
            let mut events = client.conversations().messages().stream("cm1", "cm2").lenient().open().await?;
            events.try_next().await.map(|_| ())
        }
        other => panic!("the table has the new call {other}: write it here"),
    }
}

/// A server on which a call gets to a point and no further.
pub(crate) enum Reached {
    /// A scenario of the fault server.
    Scenario(Arc<Scenario>, usize),
    /// The same, of which the server does not read what is sent, and so does not see the end behind it either.
    Unread(Arc<Scenario>),
    /// A separate address at which connections neither open nor fail.
    Connecting(Server),
    /// A server that takes a connection and says nothing.
    Handshake(TcpListener, Option<TcpStream>),
}

impl Reached {
    pub(crate) async fn new(point: &Point) -> Self {
        let scenario = || SERVER.scenario(json!({"replies": point.replies})).expect("a valid script");
        match point.name {
            "connecting" => Self::Connecting(Server::start().expect("the server starts")),
            "handshake" => Self::Handshake(TcpListener::bind("127.0.0.1:0").await.expect("a port"), None),
            "sending" => Self::Unread(scenario()),
            _ => Self::Scenario(scenario(), point.requests),
        }
    }

    pub(crate) fn base_url(&self) -> String {
        match self {
            Self::Scenario(scenario, _) | Self::Unread(scenario) => scenario.base_url().to_owned(),
            Self::Connecting(server) => {
                server.addresses()["blackhole"].as_str().expect("an address").to_owned()
            }
            Self::Handshake(listener, _) => {
                format!("https://{}", listener.local_addr().expect("it is bound"))
            }
        }
    }

    /// Waits until the call has come there.
    pub(crate) async fn wait(&mut self) {
        match self {
            Self::Handshake(listener, connection) => {
                let (stream, _) = listener.accept().await.expect("a connection");
                stream.readable().await.expect("a greeting");
                *connection = Some(stream);
            }
            Self::Scenario(_, requests) => {
                let wanted = *requests;
                soon(|| self.requests() >= wanted).await;
            }
            Self::Unread(_) => drop(soon(|| self.requests() >= 1).await),
            Self::Connecting(_) => drop(soon(|| !self.is_closed()).await),
        }
    }

    pub(crate) fn requests(&self) -> usize {
        match self {
            Self::Scenario(scenario, _) | Self::Unread(scenario) => {
                scenario.request_log()["requests"].as_array().expect("a list").len()
            }
            Self::Connecting(_) | Self::Handshake(..) => 0,
        }
    }

    /// Whether no connection is open.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Scenario(scenario, _) => is_closed(scenario),
            Self::Unread(_) => !connections(&self.base_url()).any(|(state, unsent)| state == "01" && unsent),
            Self::Connecting(_) => !connections(&self.base_url()).any(|(state, _)| state == "02"),
            Self::Handshake(_, connection) => {
                let connection = connection.as_ref().expect("it was waited for");
                loop {
                    match connection.try_read(&mut [0; 4096]) {
                        Ok(0) => return true,
                        Ok(_) => {}
                        Err(error) => return error.kind() != ErrorKind::WouldBlock,
                    }
                }
            }
        }
    }
}

/// Whether no connection of the scenario is open.
pub(crate) fn is_closed(scenario: &Scenario) -> bool {
    scenario.request_log()["open"] == 0
}

/// Waits until the condition holds, and tells how long that took.
pub(crate) async fn soon(holds: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(10), "it has not come true");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    started.elapsed()
}

/// The connections of this machine to a server: the state, and whether something waits to be sent.
fn connections(url: &str) -> impl Iterator<Item = (String, bool)> {
    let port = url::Url::parse(url).expect("an address").port().expect("a port");
    let port = format!(":{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has it");
    let found = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[_, _, remote, state, queues, ..] = &fields[..] else { return None };
        remote.ends_with(&port).then(|| (state.to_owned(), !queues.starts_with("00000000")))
    };
    table.lines().skip(1).filter_map(found).collect::<Vec<_>>().into_iter()
}
