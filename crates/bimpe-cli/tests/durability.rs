//! Writes that got a response survive the end of the process, and a disk that accepts no more.

#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::{Running, send};
use serde_json::{Value, json};

/// Kills of an ordinary run. `cargo xtask reliability` sets the variable to more.
const KILLS: u64 = 5;
const VARIABLE: &str = "BIMPE_SANDBOX_KILLS";

const AGENTS: &str = "/api/v1/console/agents";

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bimpe-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir(&path).expect("a folder");
    path
}

fn start(file: &Path) -> Running {
    Running::start(&["--db", file.to_str().expect("text")])
}

/// Sends the request that creates an agent. Returns the response if it arrived whole.
fn create(info: &Value, name: &str) -> Option<String> {
    let body = json!({ "name": name, "description": "d", "workflow_id": info["workflow_id"] });
    send(info, "POST", AGENTS, &body)
}

/// Returns the names of all agents.
fn names(sandbox: &Running) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for page in 1.. {
        let response = sandbox.get(&format!("{AGENTS}?limit=100&page={page}"));
        let (_, body) = response.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        names.extend(body["data"].as_array().expect("a list").iter().map(|agent| agent["name"].to_string()));
        if body["meta"]["has_next_page"] == false {
            break;
        }
    }
    names
}

#[test]
fn writes_with_a_response_survive_a_killed_process() {
    let kills = std::env::var(VARIABLE).map_or(KILLS, |kills| kills.parse().expect("a number"));
    let folder = folder("kills");
    let file = folder.join("state.db");
    let mut written = BTreeSet::new();
    for kill in 0..kills {
        let sandbox = start(&file);
        let (first, acknowledged_first) = mpsc::channel();
        let stored = names(&sandbox);
        let lost: Vec<&String> = written.difference(&stored).collect();
        assert!(lost.is_empty(), "lost before kill {kill}: {lost:?}");
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (info, first) = (sandbox.info.clone(), first.clone());
                let numbered = (0..).map(move |number| format!("{kill} {writer} {number}"));
                // Until the process is gone.
                thread::spawn(move || {
                    let acknowledged = numbered.map_while(|name| {
                        let response = create(&info, &name)?;
                        assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
                        let _ = first.send(());
                        Some(format!("\"{name}\""))
                    });
                    acknowledged.collect::<Vec<_>>()
                })
            })
            .collect();
        acknowledged_first.recv_timeout(Duration::from_secs(30)).expect("a write");
        thread::sleep(Duration::from_millis(kill * 37 % 200));
        sandbox.kill();
        for writer in writers {
            written.extend(writer.join().expect("no assertion failed"));
        }
    }
    assert!(written.len() as u64 >= kills, "only {} writes", written.len());
    let stored = names(&start(&file));
    let lost: Vec<&String> = written.difference(&stored).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    fs::remove_dir_all(folder).expect("a folder");
}

#[test]
fn full_disk_is_a_clear_error_and_loses_nothing() {
    let folder = folder("full-disk");
    let file = folder.join("state.db");
    let path = file.to_str().expect("text");
    // The limit of a file's size has the effect of a full disk: the operating system refuses to write.
    let sandbox = Running::limited("ulimit -f 1000; trap '' XFSZ", &["--db", path]);
    let mut written = BTreeSet::new();
    let refused = (0..).find_map(|number| {
        let name = format!("{number} {}", "x".repeat(200));
        let response = create(&sandbox.info, &name).expect("a response");
        if response.starts_with("HTTP/1.1 201 ") {
            written.insert(format!("\"{name}\""));
            return None;
        }
        Some(response)
    });
    let refused = refused.expect("a response");
    assert!(refused.starts_with("HTTP/1.1 500 "), "{refused}");
    assert!(refused.contains("cannot write to its database, and the request changed nothing"), "{refused}");
    assert!(names(&sandbox).is_superset(&written), "the sandbox still reads");
    sandbox.kill();
    let sandbox = start(&file);
    assert!(names(&sandbox).is_superset(&written));
    assert!(create(&sandbox.info, "later").expect("a response").starts_with("HTTP/1.1 201 "));
    drop(sandbox);
    fs::remove_dir_all(folder).expect("a folder");
}

#[test]
fn second_process_on_a_file_is_refused_with_one_sentence() {
    let folder = folder("second");
    let file = folder.join("state.db");
    let sandbox = start(&file);
    let begin = Instant::now();
    let second = Command::new(env!("CARGO_BIN_EXE_bimpe"))
        .args(["sandbox", "--port", "0", "--db"])
        .arg(&file)
        .output()
        .expect("the binary starts");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(second.status.code(), Some(1));
    let text = String::from_utf8(second.stderr).expect("text");
    let cause = "another process uses the file; stop it, or choose another file";
    assert_eq!(text, format!("bimpe: cannot open the database {}: {cause}\n", file.display()));
    sandbox.kill();
    drop(start(&file));
    fs::remove_dir_all(folder).expect("a folder");
}
