//! The benchmark server: one thread, and responses that are serialized once.
//!
//! `bimpe-bench-server` prints its address and serves. `bimpe-bench-server request HOST:PORT PATH COUNT` is a minimal
//! client: it sends requests on a blocking socket and reads each response to its last byte.

mod blocking_client;
mod responses;

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use crate::responses::{Response, Responses};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => serve(),
        ["request", address, path, count] => blocking_client::run(address, path, count.parse().unwrap_or(1)),
        _ => Err(std::io::Error::other("usage: bimpe-bench-server [request HOST:PORT PATH COUNT]")),
    }
}

fn serve() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "http://{}", listener.local_addr()?)?;
        stdout.flush()?;
        let responses = Rc::new(Responses::default());
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let responses = responses.clone();
            // Ignore errors, because clients close connections at any time.
            tokio::task::spawn_local(async move { drop(serve_connection(socket, &responses).await) });
        }
    })
}

/// Responds to the requests of one connection until the client closes it.
async fn serve_connection(mut socket: TcpStream, responses: &Responses) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let Some(response) = take_request(&mut buffer, responses) else {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            continue;
        };
        match response {
            Response::Whole(bytes) => socket.write_all(&bytes).await?,
            Response::Events { head, chunks, held } => {
                socket.write_all(head.as_bytes()).await?;
                // The client closes the connection after enough events.
                if !held {
                    for chunk in chunks.iter().cycle() {
                        socket.write_all(chunk).await?;
                    }
                }
                for (index, chunk) in chunks.iter().enumerate() {
                    if index == 1 {
                        responses.gate.notified().await;
                    }
                    if index > 0 {
                        responses.next_event().await;
                    }
                    socket.write_all(chunk).await?;
                }
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
        }
    }
}

/// Returns the response to the first request in the buffer, once the request is complete.
fn take_request(buffer: &mut Vec<u8>, responses: &Responses) -> Option<Response> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = request.parse(buffer) else { return None };
    let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize =
        length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);
    if buffer.len() < head + length {
        return None;
    }
    let response = responses.find(request.method.unwrap_or_default(), request.path.unwrap_or_default());
    buffer.drain(..head + length);
    Some(response)
}
