//! Test of a new endpoint: one entry in `api/` and the generator suffice for every language.
//!
//! Adds an operation to a copy of the repository, generates and builds the copy, and calls the operation from each
//! language on an echo server.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use xtask::paths::{self, npm, venv};
use xtask::processes::ChildProcess;
use xtask::setup::for_python;
use xtask::task::print_output;

const ENTRY: &str = "
  /agents/{agent_id}/greetings:
    post:
      operationId: agents.greet
      summary: Greet a person in the name of an agent.
      tags: [agents]
      parameters:
        - $ref: \"#/components/parameters/AgentId\"
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: \"#/components/schemas/Greet\" }
            example: { first_name: Ada }
      responses:
        \"201\":
          description: The greeting.
          content:
            application/json:
              schema:
                allOf:
                  - $ref: \"#/components/schemas/Envelope\"
                  - { type: object, required: [data], properties: { data: { $ref: \"#/components/schemas/Greeting\" } } }
";

const SCHEMAS: &str = "
    Greet:
      type: object
      description: Whom to greet.
      required: [first_name]
      properties:
        first_name: { type: string, maxLength: 20, description: Name of the person. }
    Greeting:
      type: object
      description: A greeting.
      required: [text]
      properties:
        text: { type: string, description: Text of the greeting. }
";

const PYTHON: &str = "
import asyncio, bimpe
client = bimpe.BimpeAI(api_key='sk_test')
greeting = client.agents.greet('cm1', first_name='Ada')
assert type(greeting).__name__ == 'Greeting', greeting
assert greeting.text == 'POST /api/v1/console/agents/cm1/greetings {\"first_name\":\"Ada\"}', greeting
assert asyncio.run(bimpe.AsyncBimpeAI(api_key='sk_test').agents.greet('cm1', first_name='Ada')) == greeting
try: client.agents.greet('cm1', firstname='Ada')
except bimpe.UserError as error: assert 'did you mean `first_name`' in str(error), error
else: raise AssertionError('a misspelt field was sent')
";

const NODE: &str = "
const { BimpeAI, UserError } = require('./dist/index.js');
const client = new BimpeAI({ apiKey: 'sk_test' });
(async () => {
  const { text } = await client.agents.greet('cm1', { first_name: 'Ada' });
  if (text !== 'POST /api/v1/console/agents/cm1/greetings {\"first_name\":\"Ada\"}') throw new Error(text);
  await client.agents.greet('cm1', { firstname: 'Ada' }).then(
    () => { throw new Error('a misspelt field was sent'); },
    (error) => { if (!(error instanceof UserError)) throw error; },
  );
})();
";

const RUST: &str = "//! Calls the new operation.
#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), bimpe::Error> {
    let client = bimpe::Client::builder().api_key(\"sk_test\").build()?;
    let greeting = client.agents().greet(\"cm1\", bimpe::types::Greet::new(\"Ada\")).await?;
    assert_eq!(greeting.text, \"POST /api/v1/console/agents/cm1/greetings {\\\"first_name\\\":\\\"Ada\\\"}\");
    Ok(())
}
";

const SERVER: &str = "
const server = require('node:http').createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message: 'ok', data: { text: `${request.method} ${request.url} ${body}` } }));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
";

/// Adds an endpoint to a copy of the repository and calls it.
pub(super) fn run() -> Result<()> {
    let copy = paths::target().join("endpoint");
    // Remove files of an earlier run that no longer exist in the repository.
    for part in ["api", "bindings", "crates", "node/src", "python/bimpe"] {
        if copy.join(part).exists() {
            fs::remove_dir_all(copy.join(part))?;
        }
    }
    for part in [
        "Cargo.toml",
        "Cargo.lock",
        "rustfmt.toml",
        "api",
        "crates/bimpe",
        "crates/bimpe-runtime",
        "bindings",
        "python",
        "node",
    ] {
        paths::copy_tree(&paths::root().join(part), &copy.join(part))?;
    }
    let entry = copy.join("api/agents.yaml");
    let text = fs::read_to_string(&entry)?;
    ensure!(
        text.contains("\npaths:\n") && text.contains("\n  schemas:\n"),
        "api/agents.yaml has an unexpected form: update this test"
    );
    let text = text.replacen("\npaths:\n", &format!("\npaths:{ENTRY}"), 1);
    fs::write(&entry, text.replacen("\n  schemas:\n", &format!("\n  schemas:{SCHEMAS}"), 1))?;
    fs::create_dir_all(copy.join("crates/bimpe-sandbox/src"))?;
    let api = copy.join("api");
    let mut codegen = Command::new(std::env::current_exe()?);
    codegen.arg("codegen").arg("--api").arg(&api).arg("--out").arg(&copy);
    print_output("generate with a new endpoint", &mut codegen)?;
    // Only the documents of these crates are generated, so the rest is missing.
    for folder in ["crates/bimpe-sandbox", "crates/bimpe-cli"] {
        fs::remove_dir_all(copy.join(folder))?;
    }
    for manifest in ["Cargo.toml", "crates/bimpe/Cargo.toml"] {
        detach_workspace(&copy.join(manifest))?;
    }

    let (_server, address) = echo()?;
    let examples = copy.join("crates/bimpe/examples");
    fs::remove_dir_all(&examples)?;
    fs::create_dir_all(&examples)?;
    fs::write(examples.join("greet.rs"), RUST)?;
    let run = ["run", "--quiet", "--package", "bimpe", "--example", "greet"];
    print_output("call it from Rust", within(&copy, "cargo", &run).env("BIMPEAI_BASE_URL", &address))?;

    let build = ["build", "--package", "bimpe-python", "--package", "bimpe-node"];
    let mut build = within(&copy, "cargo", &build);
    for_python(&mut build);
    print_output("build the bindings", &mut build)?;
    let extension = if cfg!(windows) { "pyd" } else { "abi3.so" };
    fs::copy(
        paths::library("debug", "bimpe_python"),
        copy.join(format!("python/bimpe/_native.{extension}")),
    )?;
    let python = ["-c", PYTHON];
    let folder = copy.join("python");
    let mut command = within(&folder, venv("python"), &python);
    print_output(
        "call it from Python",
        command.env("PYTHONPATH", &folder).env("BIMPEAI_BASE_URL", &address),
    )?;

    let node = copy.join("node");
    // `require` loads a native module only from a file of this name.
    let native = copy.join("bimpe.node");
    fs::copy(paths::library("debug", "bimpe_node"), &native)?;
    let tools = node.join("node_modules");
    if !tools.exists() {
        link(&paths::root().join("node/node_modules"), &tools)?;
    }
    print_output("build the npm package", &mut within(&node, npm(), &["run", "--silent", "build:ts"]))?;
    let mut command = within(&node, "node", &["-e", NODE]);
    print_output(
        "call it from Node",
        command.env("BIMPE_NATIVE_PATH", &native).env("BIMPEAI_BASE_URL", &address),
    )
}

fn within(folder: &Path, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", paths::target())
        .env_remove("BIMPEAI_API_KEY");
    command
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

/// Removes the parts of a manifest that only the tests of this checkout need.
fn detach_workspace(manifest: &Path) -> Result<()> {
    let mut text = fs::read_to_string(manifest)?;
    while let Some(start) = text.find(", \"tests/") {
        let end = text[start + 3..].find('"').context("unterminated string in the manifest")?;
        text.replace_range(start..=start + 3 + end, "");
    }
    let needless = |line: &str| {
        line.starts_with("bimpe-") && !line.starts_with("bimpe-runtime") || line.starts_with("criterion")
    };
    let kept: Vec<&str> = text.lines().filter(|line| !needless(line)).collect();
    Ok(fs::write(manifest, kept.join("\n"))?)
}

/// Starts a server that sends every request back as the response. Returns its address.
fn echo() -> Result<(ChildProcess, String)> {
    let mut node = Command::new("node");
    node.args(["-e", SERVER]);
    let (server, port) = ChildProcess::announced(node, "the echo server")?;
    Ok((server, format!("http://127.0.0.1:{port}")))
}
