//! One rule: the requests that it matches, and its effects.

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Target;
use crate::spec::{ADMIN, Operation, SPEC};

/// Headers that describe the body of a message. A wrong value would break the connection in an undefined way.
const FIXED_HEADERS: [&str; 3] = ["connection", "content-length", "transfer-encoding"];

/// A valid rule. admin/faults.yaml describes the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rule {
    operation: Option<String>,
    method: Option<String>,
    path: Option<String>,
    times: Option<u64>,
    after: u64,
    pub latency_ms: u64,
    pub status: Option<u16>,
    pub body: Option<Value>,
    pub headers: Map<String, Value>,
    pub retry_after: Option<f64>,
    pub retry_after_form: Option<RetryAfterForm>,
    pub idempotency: Option<Idempotency>,
    pub response: Option<ResponseChange>,
    pub wire: Option<Wire>,
    pub stream: Option<StreamFault>,
    pub stream_after: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryAfterForm {
    Seconds,
    Date,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Idempotency {
    Replay,
    Conflict,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResponseChange {
    WithoutMeta,
    UnknownEnums,
    UnknownFields,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wire {
    ResetBefore,
    ResetAfterCommit,
    ResetInBody,
    Stall,
    Truncate,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StreamFault {
    Cut,
    Silence,
    Duplicate,
    BadEvent,
    ExpiredTicket,
}

impl Wire {
    /// Whether the client gets no byte of the response.
    pub(crate) fn loses_response(self) -> bool {
        matches!(self, Self::ResetBefore | Self::ResetAfterCommit)
    }
}

impl Rule {
    /// Returns the rule, or a text for each invalid field.
    pub(super) fn parse(mut options: Value) -> Result<Self, Vec<String>> {
        let create = ADMIN.operation("faults.create").ok_or_else(|| vec!["body: is unknown".to_owned()])?;
        create.check_body(&ADMIN, &mut options)?;
        let rule: Self = serde_json::from_value(options).map_err(|error| vec![format!("body: {error}")])?;
        let errors = rule.errors();
        if errors.is_empty() { Ok(rule) } else { Err(errors) }
    }

    pub(super) fn matches(&self, target: &Target<'_>) -> bool {
        self.fits_id(target.operation)
            && self.fits_method(target.operation)
            && self.path.as_ref().is_none_or(|pattern| {
                let parts: Vec<&str> = segments(target.path).collect();
                segments(pattern).count() == parts.len()
                    && segments(pattern).zip(parts).all(|(wanted, part)| wanted == "*" || wanted == part)
            })
            && self.effects().iter().all(|effect| effect.suits(target.operation))
    }

    /// Returns whether the rule applies to a matching request, by the number of earlier matches.
    pub(super) fn is_due(&self, earlier: u64) -> bool {
        earlier >= self.after && !self.is_used_up(earlier)
    }

    pub(super) fn is_used_up(&self, matched: u64) -> bool {
        self.times.is_some_and(|times| matched >= self.after + times)
    }

    fn fits_id(&self, operation: &Operation) -> bool {
        self.operation.as_ref().is_none_or(|id| *id == operation.id)
    }

    fn fits_method(&self, operation: &Operation) -> bool {
        self.method.as_ref().is_none_or(|method| *method == operation.method)
    }

    /// Whether some path of the operation fits the pattern.
    fn fits_template(&self, operation: &Operation) -> bool {
        self.path
            .as_ref()
            .is_none_or(|pattern| operation.fits_pattern(&segments(pattern).collect::<Vec<_>>()))
    }

    fn effects(&self) -> Vec<Effect> {
        let effects = [
            (self.latency_ms > 0).then_some(Effect::Latency),
            self.status.map(|_| Effect::Status),
            self.body.as_ref().map(|_| Effect::Body),
            (!self.headers.is_empty()).then_some(Effect::Headers),
            self.retry_after.map(|_| Effect::RetryAfter),
            self.idempotency.map(|_| Effect::Idempotency),
            self.response.map(Effect::Response),
            self.wire.map(Effect::Wire),
            self.stream.map(|_| Effect::Stream),
        ];
        effects.into_iter().flatten().collect()
    }

    /// Returns a text for each field that contradicts another field or the API.
    fn errors(&self) -> Vec<String> {
        let effects = self.effects();
        let mut errors: Vec<String> = self.mismatch(&effects).into_iter().collect();
        for (index, effect) in effects.iter().enumerate() {
            let excluded = effects[..index].iter().filter(|other| effect.excludes(**other));
            errors.extend(excluded.map(|other| format!("{}: contradicts {}", effect.name(), other.name())));
        }
        let counts_events = self.stream.is_some_and(|fault| fault != StreamFault::ExpiredTicket);
        let checks = [
            (effects.is_empty(), "status: is missing; a rule needs an effect, such as status or latency_ms"),
            (self.body.is_some() && matches!(self.status, Some(204 | 304)), "body: contradicts status"),
            (
                self.retry_after_form.is_some() && self.retry_after.is_none(),
                "retry_after_form: needs retry_after",
            ),
            (
                self.stream_after.is_some() && !counts_events,
                "stream_after: needs a stream fault that follows events",
            ),
        ];
        errors.extend(checks.iter().filter(|(wrong, _)| *wrong).map(|(_, text)| (*text).to_owned()));
        errors.extend(self.headers.iter().filter_map(|(name, value)| header_error(name, value)));
        errors
    }

    /// Returns an error for the first field that leaves the rule without a request that it can match.
    fn mismatch(&self, effects: &[Effect]) -> Option<String> {
        type Condition = fn(&Rule, &Operation) -> bool;
        let fields: [(&str, Condition); 2] = [("method", Self::fits_method), ("path", Self::fits_template)];
        let mut operations: Vec<&Operation> = match self.operation.as_ref().map(|id| SPEC.named_operation(id))
        {
            None => SPEC.operations.iter().collect(),
            Some(Ok(operation)) => vec![operation],
            Some(Err(error)) => return Some(error),
        };
        for (name, fits) in fields {
            operations.retain(|operation| fits(self, operation));
            if operations.is_empty() {
                return Some(format!("{name}: matches no operation of the Console API"));
            }
        }
        let unsuited =
            effects.iter().find(|effect| !operations.iter().any(|operation| effect.suits(operation)))?;
        Some(format!("{}: does not suit the operation", unsuited.name()))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Effect {
    Latency,
    Status,
    Body,
    Headers,
    RetryAfter,
    Idempotency,
    Response(ResponseChange),
    Wire(Wire),
    Stream,
}

impl Effect {
    /// Returns the field of the effect.
    fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency_ms",
            Self::Status => "status",
            Self::Body => "body",
            Self::Headers => "headers",
            Self::RetryAfter => "retry_after",
            Self::Idempotency => "idempotency",
            Self::Response(_) => "response",
            Self::Wire(_) => "wire",
            Self::Stream => "stream",
        }
    }

    /// Whether the effect can apply to an operation.
    fn suits(self, operation: &Operation) -> bool {
        match self {
            Self::Idempotency => operation.method == "POST",
            Self::Response(ResponseChange::WithoutMeta) => operation.is_paged(),
            Self::Response(_) => !operation.is_stream(),
            Self::Wire(wire) => wire.loses_response() || !operation.is_stream(),
            Self::Stream => operation.is_stream(),
            _ => true,
        }
    }

    fn excludes(self, other: Self) -> bool {
        self.leaves_no_place_for(other) || other.leaves_no_place_for(self)
    }

    fn leaves_no_place_for(self, other: Self) -> bool {
        match self {
            Self::Wire(wire) if wire.loses_response() => other != Self::Latency,
            Self::Stream => !matches!(other, Self::Latency | Self::Headers),
            Self::Status | Self::Body => matches!(other, Self::Idempotency | Self::Response(_)),
            _ => false,
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}

fn header_error(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => "",
        value => value.as_str().unwrap_or_default(),
    };
    let error = match HeaderName::try_from(name) {
        Ok(name) if FIXED_HEADERS.contains(&name.as_str()) => "is set by the server",
        Ok(_) if header_value(text).is_none() => "must have characters from U+0020 to U+00FF",
        Ok(_) => return None,
        Err(_) => "is not the name of a header",
    };
    Some(format!("headers.{name}: {error}"))
}

/// Returns a header value with one byte for each character, so that a rule can hold any byte that HTTP permits.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(letter).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}
