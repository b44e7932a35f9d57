//! A resolver that never responds: a call ends by its deadline, and a program ends although a thread still waits for a name.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bimpe::ErrorKind;
use bimpe_fault_server::results::{is_full_run, record};
use serde_json::json;

use crate::harness::{block_on, client};

/// In seconds.
const TIMEOUT: f64 = 0.5;
/// Runs a command in a separate network, in which this machine resolves names. No rights are needed for it.
const DARK: &str = "ip link set lo up && mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

/// A command that will run without name resolution.
fn dark(resolver: &std::path::Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "--net", "sh", "-c", DARK]).arg(resolver).arg(program);
    command
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn a_resolver_that_never_responds() {
    let resolver = std::env::temp_dir().join(format!("bimpe-resolver-{}", std::process::id()));
    std::fs::write(&resolver, "nameserver 127.0.0.1\n").expect("a temporary file");
    let possible = dark(&resolver, "true").output();
    if !possible.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("left out, since this machine gives no network of one's own: {possible:?}");
        return;
    }
    let (mut late, mut leaving) = (0, Duration::ZERO);
    let runs = if is_full_run() { 10 } else { 1 };
    for _ in 0..runs {
        let mut command = dark(&resolver, std::env::current_exe().expect("this program"));
        command.args(["--exact", "dns_timeout::asks", "--ignored", "--nocapture"]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let mut lines =
            BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let said = lines.find_map(|line| Some(line.split_once("late by ")?.1.parse::<u64>()));
        let begun = Instant::now();
        // Up to the end: the test runner has more to say.
        lines.for_each(drop);
        assert!(child.wait().expect("it ends").success());
        late = late.max(said.expect("it says so").expect("milliseconds"));
        leaving = leaving.max(begun.elapsed());
    }
    std::fs::remove_file(&resolver).expect("it was written");
    let leaving = u64::try_from(leaving.as_millis()).expect("milliseconds");
    let figures = json!({"latest end (ms)": late, "slowest exit (ms)": leaving});
    record(
        3,
        "A resolver that never responds",
        runs,
        &figures,
        &json!({"latest end (ms)": 250, "slowest exit (ms)": 500}),
    );
    assert!(late < 4000 && leaving < 4000, "{late} ms late, {leaving} ms to leave");
}

#[test]
#[ignore = "runs in a separate process, without name resolution"]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn asks() {
    let resolver = UdpSocket::bind("127.0.0.1:53").expect("no server responds");
    let settings = json!({"timeout": TIMEOUT, "max_retries": 2});
    let client = client("https://bimpe.test", &settings).build().expect("valid settings");
    block_on(async {
        let started = Instant::now();
        let error = client.agents().retrieve("cm1").await.expect_err("the name has no address");
        let took = started.elapsed();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(!error.may_have_been_applied());
        // Otherwise it did not wait for a name.
        resolver.set_nonblocking(true).expect("a socket");
        resolver.recv(&mut [0; 512]).expect("it was asked");
        let late = took.saturating_sub(Duration::from_secs_f64(TIMEOUT));
        println!("\nlate by {}", late.as_millis());
    });
}
