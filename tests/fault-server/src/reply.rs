//! One reply of a script, deserialized from JSON.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The reply to a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Reply {
    #[serde(rename = "match")]
    pub(crate) wanted: Option<Selector>,
    /// Number of requests that get this reply.
    pub(crate) times: Option<u32>,
    pub(crate) status: Option<u16>,
    pub(crate) headers: BTreeMap<String, HeaderValue>,
    /// Number of additional header lines.
    pub(crate) header_lines: usize,
    pub(crate) body: Content,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) gzip: bool,
    /// Seconds before the head.
    pub(crate) wait: f64,
    pub(crate) informational: Informational,
    pub(crate) content_length: Length,
    pub(crate) cut: Option<Cut>,
    pub(crate) then: Option<AfterReply>,
    pub(crate) drip: Option<Drip>,
    /// Bytes to send after the whole reply while the connection is idle.
    pub(crate) after: Option<After>,
    /// Raw bytes to send instead of the whole reply.
    pub(crate) raw: Option<Content>,
    /// Whether to apply the write, once per idempotency key.
    pub(crate) commits: bool,
    /// Whether to repeat the first response to a known idempotency key.
    pub(crate) replay: bool,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.status.unwrap_or(200)
    }
}

/// Unsolicited bytes after a delay. Then `then` applies to the connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    pub(crate) wait: f64,
    #[serde(default)]
    pub(crate) raw: Content,
}

/// Selects the requests that a reply is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selector {
    method: Option<String>,
    path_ends: Option<String>,
}

impl Selector {
    pub(crate) fn matches(&self, method: &str, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or(target);
        self.method.as_ref().is_none_or(|expected| expected == method)
            && self.path_ends.as_ref().is_none_or(|end| path.ends_with(end.as_str()))
    }
}

/// Content: JSON, or one of the special forms.
#[derive(Debug, Clone, Default)]
pub(crate) enum Content {
    #[default]
    Nothing,
    Json(Bytes),
    Plain(Bytes),
    Fill(Fill),
}

/// A repeated text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fill {
    #[serde(default)]
    pub(crate) before: String,
    pub(crate) text: String,
    pub(crate) times: usize,
    #[serde(default)]
    pub(crate) after: String,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "lowercase")]
        enum Special {
            Text(String),
            Base64(String),
            Fill(Fill),
        }
        let value = Value::deserialize(deserializer)?;
        let special = match &value {
            Value::Null => return Ok(Self::Nothing),
            Value::Object(fields) if fields.len() == 1 => Special::deserialize(&value).ok(),
            _ => None,
        };
        match special {
            None => Ok(Self::Json(value.to_string().into())),
            Some(Special::Text(text)) => Ok(Self::Plain(text.into())),
            Some(Special::Base64(text)) => BASE64_STANDARD
                .decode(text)
                .map(|bytes| Self::Plain(bytes.into()))
                .map_err(serde::de::Error::custom),
            Some(Special::Fill(fill)) => Ok(Self::Fill(fill)),
        }
    }
}

/// The value of a header, or several values for one name.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum HeaderValue {
    Text(String),
    Many(Vec<String>),
    /// The date after this number of seconds from now.
    Date {
        date_in: i64,
    },
    Fill {
        fill: Fill,
    },
}

impl HeaderValue {
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Many(texts) => texts.clone(),
            Self::Date { date_in } => {
                let distance = Duration::from_secs(date_in.unsigned_abs());
                let now = SystemTime::now();
                let then = if *date_in < 0 { now - distance } else { now + distance };
                vec![httpdate::fmt_http_date(then)]
            }
            Self::Fill { fill } => vec![fill.before.clone() + &fill.text.repeat(fill.times) + &fill.after],
        }
    }
}

/// A chunk of a body, sent after a delay.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chunk {
    pub(crate) text: String,
    /// Seconds before this chunk.
    #[serde(default)]
    pub(crate) wait: f64,
}

/// Informational responses (1xx) before the final response.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Informational {
    These(Vec<u16>),
    Flood {
        status: u16,
        times: u32,
        /// Seconds between two responses.
        #[serde(default)]
        every: f64,
    },
}

impl Default for Informational {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// The position at which the reply stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Cut {
    /// Before the body of the request is read.
    Request,
    /// After the request, without sending a response.
    NoResponse,
    /// After this number of bytes of the head.
    Head(usize),
    /// After this number of bytes of the body.
    Body(usize),
}

/// The action on the connection after the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AfterReply {
    Keep,
    Close,
    Reset,
    Stall,
}

/// A body that is sent in small parts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drip {
    pub(crate) bytes: usize,
    /// Seconds before each part.
    pub(crate) every: f64,
}

/// The announced length of the body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Length {
    #[default]
    True,
    False(u64),
    /// No length: the body has chunked encoding.
    Chunked,
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Chunked, Self::False))
    }
}
