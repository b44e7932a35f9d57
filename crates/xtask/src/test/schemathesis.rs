//! Requests that schemathesis generates from the OpenAPI document, sent to the sandbox.

use anyhow::Result;

use xtask::paths::{self, venv};
use xtask::processes::Sandbox;
use xtask::task::{command, print_output};

/// Checks that contradict the Console API.
const EXCLUDED: [&str; 2] = [
    // The schemas lack the rules between fields, and the state: unknown fields, the fields of `sort`, `workflow_required`.
    "positive_data_acceptance",
    // The Console API responds to unknown methods with 404 instead of 405.
    "unsupported_method",
];

/// Sends a few requests to each operation, or thousands.
pub(super) fn run(thorough: bool) -> Result<()> {
    let sandbox = Sandbox::start()?;
    let (phases, examples) =
        if thorough { ("examples,coverage,fuzzing,stateful", "50") } else { ("examples,fuzzing", "2") };
    let mut schemathesis = command(venv("schemathesis"), &["run"]);
    schemathesis
        .arg(paths::root().join("crates/bimpe-sandbox/src/openapi.json"))
        .args(["--url", &format!("{}/api/v1/console", sandbox.ready.url)])
        .args(["--header", &format!("Authorization: Bearer {}", sandbox.ready.api_key)])
        .args(["--checks", "all", "--exclude-checks", &EXCLUDED.join(",")])
        .args(["--phases", phases, "--max-examples", examples, "--seed", "1", "--no-color"])
        .current_dir(paths::target());
    print_output("schemathesis", &mut schemathesis)
}
