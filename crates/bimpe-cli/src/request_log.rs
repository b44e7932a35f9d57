//! The log of requests: one line for each, on standard error.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use bimpe_sandbox::HandledRequest;
use chrono::{SecondsFormat, Utc};
use clap::ValueEnum;
use serde_json::json;

/// Lines that wait for standard error. Further ones are dropped, because a reader that stops reading the log must not
/// stop the sandbox.
const QUEUE: usize = 1000;

/// Time for the last lines to be written.
const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// Time, method, path, status, duration
    Text,
    /// One JSON object a line
    Json,
}

pub(crate) struct RequestLog {
    format: LogFormat,
    lines: SyncSender<String>,
    written: Receiver<()>,
}

impl RequestLog {
    /// Starts the thread that writes the lines.
    pub(crate) fn start(format: LogFormat) -> io::Result<Self> {
        let (lines, queue) = sync_channel::<String>(QUEUE);
        let (done, written) = channel();
        thread::Builder::new().name("request log".to_owned()).spawn(move || {
            for line in queue {
                let _ = io::stderr().write_all(line.as_bytes());
            }
            drop(done);
        })?;
        Ok(Self { format, lines, written })
    }

    /// Returns a callback that logs a request without waiting.
    pub(crate) fn observer(&self) -> impl Fn(&HandledRequest) + Send + Sync + 'static {
        let (format, lines) = (self.format, self.lines.clone());
        move |request| {
            let _ = lines.try_send(line(format, request));
        }
    }

    /// Waits until the lines are written. The caller dropped the callbacks.
    pub(crate) fn finish(self) {
        drop(self.lines);
        // An error is the end of the thread, or a time-out because no process reads standard error.
        let _ = self.written.recv_timeout(GRACE);
    }
}

fn line(format: LogFormat, request: &HandledRequest) -> String {
    let time = Utc::now();
    let milliseconds = request.duration.as_secs_f64() * 1000.0;
    match format {
        LogFormat::Text => {
            let HandledRequest { method, path, status, .. } = request;
            format!("{} {method} {path} {status} {milliseconds:.1}ms\n", time.format("%H:%M:%S%.3f"))
        }
        LogFormat::Json => {
            let line = json!({
                "time": time.to_rfc3339_opts(SecondsFormat::Millis, true),
                "method": request.method,
                "path": request.path,
                "status": request.status,
                "duration_ms": milliseconds,
                "request_id": request.request_id,
            });
            format!("{line}\n")
        }
    }
}
