//! `bimpe sandbox` under clients that send too much, or nothing.

#![cfg(target_os = "linux")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Running, address};

#[test]
fn body_of_100_megabytes_is_refused_without_being_kept() {
    let sandbox = Running::start(&[]);
    let mut connection = TcpStream::connect(address(&sandbox.info)).expect("it listens");
    let head = format!(
        "POST /api/v1/console/agents HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        address(&sandbox.info),
        sandbox.info["api_key"].as_str().expect("a key"),
        100 << 20,
    );
    connection.write_all(head.as_bytes()).expect("it reads");
    let megabyte = vec![b' '; 1 << 20];
    for _ in 0..100 {
        connection.write_all(&megabyte).expect("it reads the whole body");
    }
    let mut text = String::new();
    connection.read_to_string(&mut text).expect("a response");
    assert!(text.starts_with("HTTP/1.1 413 ") && text.contains("larger than 4 MiB"), "{text}");
    let peak = sandbox.memory("VmHWM");
    assert!(peak < 80 << 10, "the peak is {peak} KiB");
}

#[test]
fn silent_connections_do_not_stop_the_sandbox() {
    // Fewer file descriptors than connections.
    let sandbox = Running::limited("ulimit -n 600", &[]);
    let silent: Vec<TcpStream> =
        (0..1000).filter_map(|_| TcpStream::connect(address(&sandbox.info)).ok()).collect();
    assert!(silent.len() > 600, "{} connections", silent.len());
    let begin = Instant::now();
    let response = sandbox.get("/_sandbox/info");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}
