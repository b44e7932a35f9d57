//! Reads requests: the subset of HTTP/1.1 that our clients send.

use std::io::{Error, ErrorKind, Result};

use crate::transport::Transport;

const MAX_HEAD: usize = 1024 * 1024;
const MAX_HEADERS: usize = 256;

/// The head of a request.
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, reason)
}

/// Reads the next head. Returns `None` if the connection ends before the head begins.
pub(crate) async fn head(transport: &mut Transport) -> Result<Option<Head>> {
    loop {
        if let Some(head) = parse(transport)? {
            return Ok(Some(head));
        }
        if transport.buffer.len() > MAX_HEAD {
            return Err(invalid("unterminated request head"));
        }
        if transport.fill().await? == 0 {
            return if transport.buffer.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
    }
}

fn parse(transport: &mut Transport) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) =
        request.parse(&transport.buffer).map_err(|_| invalid("invalid request head"))?
    else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
    };
    transport.take(length);
    Ok(Some(head))
}

/// Reads the body of a request.
pub(crate) async fn body(transport: &mut Transport, head: &Head) -> Result<Vec<u8>> {
    if let Some(length) = head.header("content-length") {
        let length = length.parse().map_err(|_| invalid("invalid content-length"))?;
        return exactly(transport, length).await;
    }
    if head.header("transfer-encoding").is_none() {
        return Ok(Vec::new());
    }
    let mut whole = Vec::new();
    loop {
        let line = line(transport).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("invalid chunk size"))?;
        whole.extend(exactly(transport, size).await?);
        exactly(transport, 2).await?;
        if size == 0 {
            return Ok(whole);
        }
    }
}

async fn exactly(transport: &mut Transport, length: usize) -> Result<Vec<u8>> {
    while transport.buffer.len() < length {
        if transport.fill().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(transport.take(length))
}

async fn line(transport: &mut Transport) -> Result<String> {
    loop {
        if let Some(end) = transport.buffer.windows(2).position(|pair| pair == b"\r\n") {
            let line = transport.take(end + 2);
            return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        if transport.fill().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}
