//! `cargo xtask demo`: configures an agent's integrations from every language and shows the agent's test code.

mod check;
mod report;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use console::style;

use check::Tour;
use xtask::paths::{self, venv};
use xtask::processes::{McpServer, Sandbox};
use xtask::setup;
use xtask::task::{Task, command, log};

/// Sets up, runs the tour in each language, and shows the results.
pub(crate) fn run() -> Result<()> {
    setup::run()?;
    let example =
        paths::target().join("debug/examples").join(format!("tour{}", std::env::consts::EXE_SUFFIX));
    Task {
        name: "Rust example",
        inputs: &["Cargo.toml", "Cargo.lock", "crates/bimpe"],
        outputs: std::slice::from_ref(&example),
    }
    // Of all packages, as `cargo xtask test` builds it, so that nothing is built twice.
    .run([command("cargo", &["build", "--locked", "--example", "tour"])])?;

    let started = Instant::now();
    let sandbox = Sandbox::start()?;
    let server = McpServer::start()?;
    log(&format!("\nA sandbox runs at {}, and an MCP server at {}.", sandbox.ready.url, server.url));
    log("Open the address of the sandbox in a browser for its page.");

    let python = |source: &'static str| (source, command(venv("python"), &[source]));
    let languages = [
        ("Python", python("python/examples/tour.py")),
        ("Python, async", python("python/examples/tour_async.py")),
        ("Node", ("node/examples/tour.mjs", command("node", &["node/examples/tour.mjs"]))),
        ("Rust", ("crates/bimpe/examples/tour.rs", command(&example, &[] as &[&str]))),
    ];
    let mut first: Option<Tour> = None;
    for (language, (source, command)) in languages {
        let tour_started = Instant::now();
        let tour = run_tour(command, &sandbox, &server)
            .with_context(|| format!("the tour in {language} ({source}) failed"))?;
        tour.check(&sandbox.ready.url)
            .with_context(|| format!("the tour in {language} ({source}) has an unexpected result"))?;
        if let Some(first) = &first {
            tour.check_same_agent(first)
                .with_context(|| format!("the results of {language} and Python differ"))?;
        }
        log(&format!(
            "{} {language:<14} {:>5} ms  {}",
            style("✓").green(),
            tour_started.elapsed().as_millis(),
            style(source).dim()
        ));
        first.get_or_insert(tour);
    }
    report::show(&first.expect("the list of languages is not empty"))?;
    log(&format!("\nAll four agree, in {:.1} s.", started.elapsed().as_secs_f32()));
    run_test_helpers()?;
    log("\nKeep a sandbox: `target/release/bimpe sandbox --open` opens its page.");
    Ok(())
}

/// Runs the example of the test helpers, which start a sandbox themselves.
fn run_test_helpers() -> Result<()> {
    let source = "python/examples/testing.py";
    let mut example = command(venv("python"), &[source]);
    let text = output_of(example.env("BIMPE_BIN", paths::bimpe()))
        .context("the example of the test helpers failed")?;
    log(&format!("{} Test helpers: {}  {}", style("✓").green(), text.trim(), style(source).dim()));
    Ok(())
}

fn run_tour(mut command: Command, sandbox: &Sandbox, server: &McpServer) -> Result<Tour> {
    let ready = &sandbox.ready;
    command
        .env("BIMPEAI_API_KEY", &ready.api_key)
        .env("BIMPEAI_BASE_URL", &ready.url)
        .env("BIMPE_AGENT_ID", &ready.agent_id)
        .env("MCP_URL", &server.url);
    let text = output_of(&mut command)?;
    serde_json::from_str(&text).with_context(|| format!("unexpected output: {text}"))
}

fn output_of(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{}\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(text.into_owned())
}
