//! One connection of the server: messages as they are made, signs of life between them, and an end.

use std::time::Duration;

use bimpe::transport::{Body, TransportError};
use bimpe::{BoxFuture, Clock};
use bytes::Bytes;
use fastrand::Rng;

use crate::server::Server;

/// How often a quiet server gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Longer than any client waits for a sign of life.
const FOREVER: Duration = Duration::from_secs(1_000_000);

/// When a connection ends.
pub(crate) enum Limit {
    None,
    /// After this many bytes.
    Bytes(usize),
    /// After this many messages.
    Events(usize),
    /// At this moment.
    At(Duration),
}

pub(crate) struct Feed {
    pub(crate) server: Server,
    pub(crate) random: Rng,
    /// The next message, from 0.
    pub(crate) next: usize,
    pub(crate) limit: Limit,
    /// Whether the connection falls silent instead of ending.
    pub(crate) silent: bool,
    pub(crate) reset: bool,
    /// The next bytes to send.
    pub(crate) ready: Vec<u8>,
    /// When the next sign of life is due.
    pub(crate) beat: Duration,
}

impl Feed {
    /// All messages from the first on, without an end.
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            server: server.clone(),
            random: Rng::with_seed(0),
            next: 0,
            limit: Limit::None,
            silent: false,
            reset: false,
            ready: Vec::new(),
            beat: server.clock.now() + HEARTBEAT,
        }
    }

    fn over(&self) -> bool {
        match self.limit {
            Limit::None => false,
            Limit::Bytes(left) => left == 0,
            Limit::Events(left) => left == 0 && self.ready.is_empty(),
            Limit::At(moment) => self.server.clock.now() >= moment,
        }
    }

    /// Some of what is ready, cut anywhere.
    fn piece(&mut self) -> Bytes {
        let mut size = self.random.usize(1..=200).min(self.ready.len());
        if let Limit::Bytes(left) = &mut self.limit {
            size = size.min(*left);
            *left -= size;
        }
        self.ready.drain(..size).collect()
    }

    /// Waits for the next message, or for the next sign of life.
    async fn wait(&mut self) {
        let clock = self.server.clock.clone();
        let made = self.server.made(self.next);
        let mut until = made.unwrap_or(Duration::MAX).min(self.beat);
        if let Limit::At(moment) = self.limit {
            until = until.min(moment);
        }
        clock.sleep(until.saturating_sub(clock.now())).await;
        let now = clock.now();
        if made.is_some_and(|made| made <= now) {
            self.ready = self.event();
            self.next += 1;
            if let Limit::Events(left) = &mut self.limit {
                *left -= 1;
            }
        } else if now >= self.beat {
            self.beat = now + HEARTBEAT;
            // The API's own examples give all heartbeats the same id.
            self.ready = b"event: heartbeat\nid: 1\ndata: {\"ts\": 1}\n\n".to_vec();
        }
    }

    fn event(&mut self) -> Vec<u8> {
        let faults = self.server.faults();
        let end = ["\n", "\r\n", "\r"][self.random.usize(..3)];
        let id = format!("m{}", self.next + 1);
        let role = if faults.unknown && self.random.bool() { "robot" } else { "user" };
        let mut lines = Vec::new();
        if faults.unknown && self.random.bool() {
            lines.extend(["event: typing".to_owned(), "data: {\"new\": true}".to_owned(), String::new()]);
        }
        if !(faults.anonymous && self.random.bool()) {
            lines.push(format!("id: {id}"));
        }
        // JSON may be spread over several lines of data.
        lines.push("event: message".to_owned());
        lines.push(format!("data: {{\"id\": \"{id}\","));
        lines.push(format!("data:\"role\": \"{role}\", \"content\": \"é\u{1f980}\"}}"));
        if faults.unknown {
            lines.push("mood: good".to_owned());
        }
        lines.extend([String::new(), String::new()]);
        lines.join(end).into_bytes()
    }
}

impl Body for Feed {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            loop {
                if self.over() {
                    if self.silent {
                        self.server.clock.sleep(FOREVER).await;
                    }
                    return if self.reset { Err(TransportError::lost("reset")) } else { Ok(None) };
                }
                if !self.ready.is_empty() {
                    return Ok(Some(self.piece()));
                }
                self.wait().await;
            }
        })
    }
}
