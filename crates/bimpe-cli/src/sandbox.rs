//! `bimpe sandbox`: starts the sandbox and keeps it until a signal comes.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use bimpe_sandbox::Sandbox;
use clap::Args;
use console::style;
use serde_json::json;

#[derive(Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, default_value_t = 4010)]
    port: u16,

    /// Keep the state in this file, keys and connector secrets in plain text; without it, the state is gone when the sandbox stops
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,

    /// Print one line of JSON when ready, for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before the sandbox says it is ready: a signal may come right after.
        let stopped = stop_signal()?;
        let mut builder = Sandbox::builder().port(options.port);
        if let Some(path) = &options.db {
            builder = builder.db(path);
        }
        let sandbox = builder.start().await?;
        announce(&sandbox, options)?;
        stopped.await;
        sandbox.shutdown().await;
        Ok(())
    })
}

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
    writeln!(out, "  {} {}", label("Key"), sandbox.api_key())?;
    writeln!(out, "  {} {}", label("Agent"), sandbox.agent_id())?;
    writeln!(out, "  {} {}", label("Workflow"), sandbox.workflow_id())?;
    writeln!(out, "  {} {state}", label("State"))?;
    writeln!(out)?;
    writeln!(out, "  export BIMPEAI_API_KEY={}", sandbox.api_key())?;
    writeln!(out, "  export BIMPEAI_BASE_URL={}", sandbox.url())?;
    writeln!(out)?;
    writeln!(out, "{}", style("Ctrl-C stops it.").dim())?;
    out.flush()
}

/// Resolves at Ctrl-C, or where there are signals, at SIGTERM. The handlers are in place when this returns.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
