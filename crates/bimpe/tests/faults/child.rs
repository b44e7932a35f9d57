//! Tests that need a separate process: the environment, and the memory that it uses.

use std::process::Command;

use bimpe::ErrorKind;
use bimpe_fault_server::results::record;
use serde_json::json;

use crate::harness::{SERVER, block_on, client, over, scenario};

/// Tells a child what to do.
const ADDRESS: &str = "BIMPE_TEST_ADDRESS";
/// Four times the largest body that is read.
const MOST: u64 = 4 * 32 * 1024;

/// Runs one of the tests below in a separate process.
fn run(test: &str, address: &str, more: &[(&str, &std::ffi::OsStr)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(ADDRESS, address)
        .envs(more.iter().copied());
    let output = command.output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

fn address() -> String {
    std::env::var(ADDRESS).expect("only the tests of this file run it")
}

#[test]
fn ssl_cert_file_names_what_to_trust() {
    let scenario = scenario(&json!(["agent"]));
    let addresses = SERVER.addresses();
    let address = over(&scenario, addresses["tls"]["good"].as_str().expect("an address"));
    run("child::trusts", &address, &[("SSL_CERT_FILE", SERVER.ca_file().as_os_str())]);
    assert_eq!(scenario.request_log()["requests"].as_array().expect("a list").len(), 1);
}

#[test]
#[ignore = "runs in a separate process, with SSL_CERT_FILE"]
fn trusts() {
    let client = client(&address(), &json!({})).build().expect("valid settings");
    let agent = block_on(client.agents().retrieve("cm1").lenient().into_future()).expect("trusted");
    assert_eq!(agent.name, "Ada");
}

#[cfg(target_os = "linux")]
#[test]
fn a_compression_bomb_does_not_fill_the_memory() {
    let bomb = json!({"gzip": true, "body": {"fill": {"before": "{\"data\": \"", "text": "x", "times": 300_000_000}}});
    let scenario = scenario(&json!([bomb]));
    let text = run("child::child_reads_the_compression_bomb", scenario.base_url(), &[]);
    let grown = text.lines().find_map(|line| line.split_once("grown by ")).expect("it says so").1;
    let grown: u64 = grown.parse().expect("KiB");
    record(
        7,
        "300 MB in 300 KB of gzip",
        1,
        &json!({"MiB more": grown / 1024}),
        &json!({"MiB more": MOST / 1024}),
    );
    assert!(grown <= MOST, "{grown} KiB");
}

/// The most memory that this process has used so far, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux has it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "runs in a separate process, which measures its memory"]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn child_reads_the_compression_bomb() {
    let client = client(&address(), &json!({"max_retries": 0})).build().expect("valid settings");
    let before = peak();
    let error = block_on(client.agents().retrieve("cm1").lenient().into_future()).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
    println!("\ngrown by {}", peak() - before);
}
