//! Writes a reply with its faults.

use std::io::{Result, Write as _};
use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::reply::{AfterReply, Content, Cut, Fill, Informational, Length, Reply};
use crate::transport::Transport;

/// Size of the parts in which a body is written, so that a huge body needs little memory.
const PIECE: usize = 64 * 1024;
/// Above this size, a compressed body consists of copies of one compressed part.
const LARGE: usize = 4 * 1024 * 1024;

/// A body: a prefix, repeated bytes, a suffix.
pub(crate) struct Body {
    before: Bytes,
    piece: Bytes,
    times: usize,
    after: Bytes,
}

impl Body {
    pub(crate) fn of(content: &Content, gzip: bool) -> Self {
        let whole = match content {
            Content::Nothing => Bytes::new(),
            Content::Json(bytes) | Content::Plain(bytes) => bytes.clone(),
            Content::Fill(fill) => {
                let plain = Self::fill(fill);
                match (gzip, plain.len() > LARGE) {
                    (false, _) => return plain,
                    (true, true) => return plain.zipped(),
                    (true, false) => plain.collect(),
                }
            }
        };
        Self::whole(if gzip { zip(&whole) } else { whole })
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { before: bytes, piece: Bytes::new(), times: 0, after: Bytes::new() }
    }

    fn fill(fill: &Fill) -> Self {
        let in_piece = (PIECE / fill.text.len().max(1)).clamp(1, fill.times.max(1));
        let rest = fill.text.repeat(fill.times % in_piece) + &fill.after;
        Self {
            before: fill.before.clone().into(),
            piece: fill.text.repeat(in_piece).into(),
            times: fill.times / in_piece,
            after: rest.into(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.before.len() + self.piece.len() * self.times + self.after.len()
    }

    fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        let repeated = std::iter::repeat_n(&self.piece, self.times);
        std::iter::once(&self.before).chain(repeated).chain([&self.after]).filter(|piece| !piece.is_empty())
    }

    pub(crate) fn collect(&self) -> Bytes {
        self.pieces()
            .fold(BytesMut::with_capacity(self.len()), |mut all, piece| {
                all.extend_from_slice(piece);
                all
            })
            .freeze()
    }

    /// Compresses the body with gzip. After a full flush the compressed form of a part is always the same, so hundreds of
    /// megabytes cost no more than one part.
    fn zipped(&self) -> Self {
        let sum = |bytes: &Bytes, times: usize, total: &mut Crc| {
            let mut one = Crc::new();
            one.update(bytes);
            (0..times).for_each(|_| total.combine(&one));
        };
        let mut crc = Crc::new();
        sum(&self.before, 1, &mut crc);
        sum(&self.piece, self.times, &mut crc);
        sum(&self.after, 1, &mut crc);
        let mut last = DeflateEncoder::new(Vec::new(), Compression::default());
        last.write_all(&self.after).expect("writing to memory cannot fail");
        let mut after = last.finish().expect("writing to memory cannot fail");
        after.extend(crc.sum().to_le_bytes());
        after.extend(crc.amount().to_le_bytes());
        // The gzip header: magic number, deflate, no flags, no time, unknown system.
        let mut before = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        before.extend(flushed(&self.before));
        Self {
            before: before.into(),
            piece: flushed(&self.piece).into(),
            times: self.times,
            after: after.into(),
        }
    }
}

fn flushed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    Compress::new(Compression::default(), false)
        .compress_vec(bytes, &mut out, FlushCompress::Full)
        .expect("the output buffer is large enough");
    out
}

fn zip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to memory cannot fail");
    encoder.finish().expect("writing to memory cannot fail").into()
}

/// The action on the connection after a reply, and whether the whole reply was sent.
pub(crate) struct Outcome {
    pub(crate) then: AfterReply,
    pub(crate) complete: bool,
}

/// Writes the reply.
pub(crate) async fn reply(
    transport: &mut Transport,
    reply: &Reply,
    body: &Body,
    replayed: bool,
    replace_urls: impl Fn(&str) -> String,
) -> Result<Outcome> {
    transport.pause(reply.wait).await?;
    informational(transport, &reply.informational).await?;
    if let Some(raw) = &reply.raw {
        transport.write(&Body::of(raw, false).collect()).await?;
        return Ok(Outcome { then: reply.then.unwrap_or(AfterReply::Close), complete: true });
    }
    let stated = matches!(reply.content_length, Length::False(_));
    let chunked = reply.content_length == Length::Chunked || (!stated && !reply.chunks.is_empty());
    let head = head(reply, body.len(), chunked, replayed, replace_urls);
    let cut = |complete| Outcome { then: reply.then.unwrap_or(AfterReply::Close), complete };
    if let Some(Cut::Head(bytes)) = reply.cut {
        transport.write(&head.as_bytes()[..bytes.min(head.len())]).await?;
        return Ok(cut(false));
    }
    transport.write(head.as_bytes()).await?;

    let limit = if let Some(Cut::Body(bytes)) = reply.cut { bytes } else { usize::MAX };
    let mut sender = Sender { transport, chunked, left: limit };
    for chunk in &reply.chunks {
        sender.transport.pause(chunk.wait).await?;
        sender.send(chunk.text.as_bytes()).await?;
    }
    for piece in body.pieces() {
        match reply.drip {
            None => sender.send(piece).await?,
            Some(drip) => {
                for drop in piece.chunks(drip.bytes.max(1)) {
                    sender.transport.pause(drip.every).await?;
                    sender.send(drop).await?;
                }
            }
        }
    }
    if matches!(reply.cut, Some(Cut::Body(_))) {
        return Ok(cut(false));
    }
    if chunked {
        transport.write(b"0\r\n\r\n").await?;
    }
    // With a false length, the client would read the next reply as the rest of this body.
    let then = reply.then.unwrap_or(if stated { AfterReply::Close } else { AfterReply::Keep });
    Ok(Outcome { then, complete: true })
}

async fn informational(transport: &mut Transport, heads: &Informational) -> Result<()> {
    match heads {
        Informational::These(all) => {
            for status in all {
                transport.write(format!("HTTP/1.1 {status} Wait\r\n\r\n").as_bytes()).await?;
            }
        }
        Informational::Flood { status, times, every } => {
            let line = format!("HTTP/1.1 {status} Wait\r\n\r\n");
            for _ in 0..*times {
                transport.pause(*every).await?;
                transport.write(line.as_bytes()).await?;
            }
        }
    }
    Ok(())
}

/// The value of additional headers.
static FILLER: LazyLock<String> = LazyLock::new(|| "x".repeat(32));

fn head(
    reply: &Reply,
    length: usize,
    chunked: bool,
    replayed: bool,
    replace_urls: impl Fn(&str) -> String,
) -> String {
    let status = reply.status();
    let mut head = format!("HTTP/1.1 {status} Reply\r\n");
    let mut line = |name: &str, value: &str| {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    };
    let named = |name: &str| reply.headers.keys().any(|found| found.eq_ignore_ascii_case(name));
    for (name, value) in &reply.headers {
        for text in value.lines() {
            line(name, &replace_urls(&text));
        }
    }
    for number in 0..reply.header_lines {
        line(&format!("x-line-{number}"), &FILLER);
    }
    if matches!(reply.body, Content::Json(_)) && !named("content-type") {
        line("content-type", "application/json");
    }
    if reply.gzip {
        line("content-encoding", "gzip");
    }
    if replayed {
        line("idempotent-replayed", "true");
    }
    if chunked {
        line("transfer-encoding", "chunked");
    } else if let Length::False(length) = reply.content_length {
        line("content-length", &length.to_string());
    } else if !matches!(status, 100..=199 | 204 | 304) {
        line("content-length", &length.to_string());
    }
    head.push_str("\r\n");
    head
}

/// Sends a body up to a limit.
struct Sender<'a> {
    transport: &'a mut Transport,
    chunked: bool,
    left: usize,
}

impl Sender<'_> {
    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let bytes = &bytes[..bytes.len().min(self.left)];
        self.left -= bytes.len();
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.chunked {
            return self.transport.write(bytes).await;
        }
        let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
        framed.extend_from_slice(bytes);
        framed.extend_from_slice(b"\r\n");
        self.transport.write(&framed).await
    }
}
