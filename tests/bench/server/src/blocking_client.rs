//! Requests on a blocking socket: the cost of a request without any library.

use std::io::{Error, Read, Result, Write};
use std::net::TcpStream;

/// Requests the path `count` times. Prints the CPU time and the elapsed time in seconds.
pub(crate) fn run(address: &str, path: &str, count: u32) -> Result<()> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer sk_test\r\naccept: application/json\r\n\
         x-request-id: 9f1c2d3e-0000-4000-8000-000000000000\r\n\r\n"
    );
    let mut buffer = vec![0; 256 * 1024];
    for _ in 0..100 {
        once(&mut socket, request.as_bytes(), &mut buffer)?;
    }
    let (cpu, started) = (cpu_seconds()?, std::time::Instant::now());
    for _ in 0..count {
        once(&mut socket, request.as_bytes(), &mut buffer)?;
    }
    let result = serde_json::json!({
        "cpu": cpu_seconds()? - cpu, "wall": started.elapsed().as_secs_f64(), "count": count
    });
    writeln!(std::io::stdout(), "{result}")
}

fn once(socket: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> Result<()> {
    socket.write_all(request)?;
    let mut length = 0;
    loop {
        length += match socket.read(&mut buffer[length..])? {
            0 => return Err(Error::other("the server closed the connection")),
            read => read,
        };
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(&buffer[..length]).map_err(Error::other)?;
        let httparse::Status::Complete(head) = parsed else { continue };
        let body = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let body: usize =
            body.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);
        if length >= head + body {
            return Ok(());
        }
    }
}

/// Returns the CPU time of this thread in seconds, as the kernel reports it.
fn cpu_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text
        .split(' ')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|_| Error::other("invalid CPU time in /proc/self/schedstat"))?;
    Ok(nanoseconds / 1e9)
}
