//! Errors as JSON, for bindings.

use serde_json::{Map, Value, json};

use super::{Error, Naming};
use crate::encoding::header_pairs;

impl Error {
    /// Returns all fields as JSON, from which bindings create the error classes of their language. `display` is the full
    /// text. `message` is the text of the server, or without a response that of this library with its hint. `headers` are
    /// pairs.
    pub fn to_json(&self) -> Value {
        self.facts(Naming::Snake)
    }

    /// Returns the error as [`Self::to_json`] does, with the names of arguments and methods as a language writes them.
    ///
    /// ```
    /// let error = bimpe::Error::user("agents.knowledge_bases.list needs an agent");
    /// let fields = error.to_json_in(bimpe::Naming::Camel);
    /// assert_eq!(fields["message"], "agents.knowledgeBases.list needs an agent");
    /// ```
    pub fn to_json_in(&self, naming: Naming) -> Value {
        match naming {
            Naming::Snake => self.to_json(),
            Naming::Camel => self.renamed().facts(naming),
        }
    }

    fn facts(&self, naming: Naming) -> Value {
        let inner = &self.0;
        let rate = self.rate_limit();
        let headers: Vec<Value> = header_pairs(&inner.headers).map(|pair| json!(pair)).collect();
        let fields: Vec<Value> = inner
            .field_errors
            .iter()
            .map(|field| json!({"path": field.path, "message": field.message}))
            .collect();
        // The text of the server has no hint.
        let message = match &inner.hint {
            Some(hint) if inner.status.is_none() => format!("{} ({hint})", inner.message),
            _ => inner.message.clone(),
        };
        let params: Map<String, Value> =
            self.params().map(|(name, id)| (naming.name(name), id.into())).collect();
        json!({
            "kind": inner.kind.as_str(),
            "message": message,
            "display": self.to_string(),
            "status": self.status(),
            "code": inner.code,
            "request_id": inner.request_id,
            "headers": headers,
            "body": inner.body,
            "field_errors": fields,
            "retry_after": inner.retry_after.map(|wait| wait.as_secs_f64()),
            "limit": rate.limit,
            "remaining": rate.remaining,
            "reset_at": rate.reset_at,
            "attempts": inner.attempts,
            "retryable": inner.retryable,
            "retries_suppressed": inner.retries_suppressed,
            "may_have_been_applied": inner.may_have_been_applied,
            "idempotency_key": inner.idempotency_key,
            "location_origin": inner.location_origin,
            "reason": inner.stream_end.as_ref().map(|end| end.reason),
            "last_id": inner.stream_end.as_ref().and_then(|end| end.last_id.as_deref()),
            "reconnects": inner.stream_end.as_ref().map(|end| end.reconnects),
            "method": self.method(),
            "path": self.path(),
            "params": params,
            "os_code": self.os_code(),
            "cause": inner.cause.as_ref().map(|cause| cause.to_json_in(naming)),
        })
    }
}
