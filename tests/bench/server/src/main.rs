//! The server of the benchmarks: one thread, answers that are written once, and nothing that could be the bottleneck.
//!
//! `bimpe-bench-server` prints its address and serves. `bimpe-bench-server ask URL PATH COUNT` is the other end of the
//! scale: requests on a blocking socket, read to the last byte, and nothing else.

mod answers;
mod ask;

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use crate::answers::{Answer, Answers};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => serve(),
        ["ask", address, path, count] => ask::run(address, path, count.parse().unwrap_or(1)),
        _ => Err(std::io::Error::other("usage: bimpe-bench-server [ask HOST:PORT PATH COUNT]")),
    }
}

fn serve() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "http://{}", listener.local_addr()?)?;
        stdout.flush()?;
        let answers = Rc::new(Answers::default());
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let answers = answers.clone();
            // A client that goes away is no failure of the server.
            tokio::task::spawn_local(async move { drop(connection(socket, &answers).await) });
        }
    })
}

/// Answers the requests of one connection until it is closed.
async fn connection(mut socket: TcpStream, answers: &Answers) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let Some(answer) = take_request(&mut buffer, answers) else {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            continue;
        };
        match answer {
            Answer::Whole(bytes) => socket.write_all(&bytes).await?,
            Answer::Events { head, pieces, held } => {
                socket.write_all(head.as_bytes()).await?;
                // The client hangs up when it has seen enough.
                if !held {
                    for piece in pieces.iter().cycle() {
                        socket.write_all(piece).await?;
                    }
                }
                for (index, piece) in pieces.iter().enumerate() {
                    if index == 1 {
                        answers.gate.notified().await;
                    }
                    if index > 0 {
                        answers.turn().await;
                    }
                    socket.write_all(piece).await?;
                }
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
        }
    }
}

/// The answer to the first request in the buffer, once it is complete.
fn take_request(buffer: &mut Vec<u8>, answers: &Answers) -> Option<Answer> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = request.parse(buffer) else { return None };
    let length = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize =
        length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok()).unwrap_or(0);
    if buffer.len() < head + length {
        return None;
    }
    let answer = answers.find(request.method.unwrap_or_default(), request.path.unwrap_or_default());
    buffer.drain(..head + length);
    Some(answer)
}
