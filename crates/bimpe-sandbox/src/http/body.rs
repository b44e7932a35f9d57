//! Bodies of requests.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::model;
use crate::response::ApiError;

const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Time for a body to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body. Discards the bytes above the limit, because a client reads the error only after it sent all bytes.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut read = Vec::new();
    let mut size = 0;
    let reading = async {
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|_| ApiError::new(400, "bad_request", "The request body is incomplete."))?;
            size += chunk.len();
            if size <= MAX_BYTES {
                read.extend_from_slice(&chunk);
            } else {
                read = Vec::new();
            }
        }
        Ok(())
    };
    let arrived = timeout(TIMEOUT, reading).await;
    if size > MAX_BYTES {
        return Err(ApiError::new(413, "bad_request", "The request body is larger than 4 MiB."));
    }
    match arrived {
        Ok(result) => result.map(|()| read.into()),
        Err(_) => {
            Err(ApiError::new(408, "bad_request", "The request body did not arrive within 30 seconds."))
        }
    }
}

/// Parses a body. Returns an empty object for an empty body.
pub(crate) fn parse_json(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| model::Error::bad_request(format!("The request body is not JSON: {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn body_that_does_not_arrive_gets_408() {
        let silent = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let error = read_body(Body::from_stream(silent)).await.expect_err("a timeout");
        assert_eq!((error.status, error.code), (408, "bad_request"));
    }
}
