//! Reading requests: enough of HTTP/1.1 for well-behaved clients.

use std::io::{Error, ErrorKind, Result};

use crate::wire::Wire;

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

/// The next head; `None` if the connection ends before it begins.
pub(crate) async fn head(wire: &mut Wire) -> Result<Option<Head>> {
    loop {
        if let Some(head) = parse(wire)? {
            return Ok(Some(head));
        }
        if wire.buffer.len() > MAX_HEAD {
            return Err(invalid("a head without end"));
        }
        if wire.fill().await? == 0 {
            return if wire.buffer.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
    }
}

fn parse(wire: &mut Wire) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) =
        request.parse(&wire.buffer).map_err(|_| invalid("no request"))?
    else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
    };
    wire.take(length);
    Ok(Some(head))
}

/// The body that belongs to a head.
pub(crate) async fn body(wire: &mut Wire, head: &Head) -> Result<Vec<u8>> {
    if let Some(length) = head.header("content-length") {
        let length = length.parse().map_err(|_| invalid("a length that is no number"))?;
        return exactly(wire, length).await;
    }
    if head.header("transfer-encoding").is_none() {
        return Ok(Vec::new());
    }
    let mut whole = Vec::new();
    loop {
        let line = line(wire).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("a chunk without a size"))?;
        whole.extend(exactly(wire, size).await?);
        exactly(wire, 2).await?;
        if size == 0 {
            return Ok(whole);
        }
    }
}

async fn exactly(wire: &mut Wire, length: usize) -> Result<Vec<u8>> {
    while wire.buffer.len() < length {
        if wire.fill().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(wire.take(length))
}

async fn line(wire: &mut Wire) -> Result<String> {
    loop {
        if let Some(end) = wire.buffer.windows(2).position(|pair| pair == b"\r\n") {
            let line = wire.take(end + 2);
            return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        if wire.fill().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}
