//! `bimpe sandbox`: starts the sandbox and keeps it until a signal comes.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use bimpe_sandbox::{Builder, Sandbox};
use clap::Args;
use console::style;
use serde_json::json;
use tokio::sync::oneshot;

use crate::globals::{port, whole};
use crate::note::warn;
use crate::request_log::{LogFormat, RequestLog};
use crate::runtime::stop_signal;

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 4010, value_parser = port)]
    port: u16,

    /// Keep the state in this file, keys and connector secrets in plain text; without it, the state is gone when the sandbox stops
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,

    /// Print one line of JSON when ready, for programs
    #[arg(long)]
    json: bool,

    /// Stop at the end of standard input, so that the sandbox ends with the process that started it
    #[arg(long)]
    exit_with_parent: bool,

    /// Open the sandbox in the browser
    #[arg(long)]
    open: bool,

    /// Repeat the ids, keys and tokens of this seed
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>)]
    seed: Option<u64>,

    /// Let the pages of this origin use the API; can be repeated
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,

    /// Let the tools of custom APIs send requests to other machines
    #[arg(long)]
    allow_outbound: bool,

    /// Window of the rate limit; the default is 60
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    rate_window: Option<u64>,

    /// Time between heartbeats of a stream; the default is 20
    #[arg(long, value_name = "SECONDS", value_parser = heartbeat)]
    heartbeat: Option<Duration>,

    /// Form of the line that each request writes to standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,

    /// Log no requests
    #[arg(long, short)]
    quiet: bool,
}

impl Options {
    fn builder(&self) -> Builder {
        let mut builder = Sandbox::builder().port(self.port).allow_outbound(self.allow_outbound);
        if let Some(path) = &self.db {
            builder = builder.db(path);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(seconds) = self.rate_window {
            builder = builder.rate_window(Duration::from_secs(seconds));
        }
        if let Some(period) = self.heartbeat {
            builder = builder.heartbeat(period);
        }
        self.allow_origin.iter().fold(builder, Builder::allow_origin)
    }
}

fn heartbeat(text: &str) -> Result<Duration, String> {
    let period = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let valid = period.filter(|period| (0.001..=86_400.0).contains(&period.as_secs_f64()));
    valid.ok_or_else(|| "must be a number of seconds from 0.001 to 86400".to_owned())
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before the sandbox says it is ready: a signal may come right after.
        let stopped = stop_signal()?;
        let log = (!options.quiet).then(|| RequestLog::start(options.log)).transpose()?;
        let mut builder = options.builder();
        if let Some(log) = &log {
            builder = builder.on_request(log.observer());
        }
        let sandbox = builder.start().await?;
        announce(&sandbox, options)?;
        if options.open
            && let Err(error) = open::that_detached(sandbox.url())
        {
            warn(&format!("cannot open the browser: {error}; open {} yourself", sandbox.url()));
        }
        tokio::select! {
            () = stopped => {}
            () = end_of_input(), if options.exit_with_parent => {}
        }
        sandbox.shutdown().await;
        if let Some(log) = log {
            log.finish();
        }
        Ok(())
    })
}

/// The first line of a program in each language, after the two exports.
const USES: [(&str, &str); 3] = [
    ("Python", "from bimpe import BimpeAI; client = BimpeAI()"),
    ("Node", "import { BimpeAI } from \"bimpe\"; const client = new BimpeAI();"),
    ("Rust", "let client = bimpe::Client::from_env()?;"),
];

fn announce(sandbox: &Sandbox, options: &Options) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if options.json {
        let line = json!({
            "url": sandbox.url(),
            "api_key": sandbox.api_key(),
            "agent_id": sandbox.agent_id(),
            "workflow_id": sandbox.workflow_id(),
        });
        writeln!(out, "{line}")?;
        return out.flush();
    }
    let state = match &options.db {
        Some(path) => format!("kept in {}", path.display()),
        None => "in memory, gone when it stops".to_owned(),
    };
    let label = |text: &str| style(format!("{text:<9}")).dim();
    writeln!(
        out,
        "{} {}",
        style("BimpeAI sandbox is ready").green().bold(),
        style("(local, no account needed)").dim()
    )?;
    writeln!(out)?;
    writeln!(out, "  {} {}", label("URL"), style(sandbox.url()).bold())?;
    writeln!(out, "  {} {}/", label("Page"), sandbox.url())?;
    writeln!(out, "  {} {}", label("Key"), sandbox.api_key())?;
    writeln!(out, "  {} {}", label("Agent"), sandbox.agent_id())?;
    writeln!(out, "  {} {}", label("Workflow"), sandbox.workflow_id())?;
    writeln!(out, "  {} {state}", label("State"))?;
    writeln!(out)?;
    writeln!(out, "  export BIMPEAI_API_KEY={}", sandbox.api_key())?;
    writeln!(out, "  export BIMPEAI_BASE_URL={}", sandbox.url())?;
    writeln!(out)?;
    for (language, code) in USES {
        writeln!(out, "  {} {code}", label(language))?;
    }
    writeln!(out)?;
    writeln!(out, "{}", style("Ctrl-C stops it.").dim())?;
    out.flush()
}

/// Resolves at the end of standard input.
async fn end_of_input() {
    let (ended, end) = oneshot::channel::<()>();
    // A separate thread, because a pending read of standard input cannot be canceled.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    let _ = end.await;
}
