//! Faults of connections, bodies and streams.

use std::future::pending;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use crate::connection::ResetSwitch;
use crate::faults::{Rule, StreamFault, Wire};

/// Time for the first half of a body to reach the client before the connection ends.
const FLUSH: Duration = Duration::from_millis(50);
const BAD_EVENT: &str = "event: message\ndata: {\"id\": \n\n";

/// Disturbs the sending of a response as a rule demands.
pub(super) async fn disturb(head: &Parts, response: Response, rule: &Rule) -> Response {
    // A replay has no separate connection.
    let reset = head.extensions.get::<ResetSwitch>().cloned();
    match (rule.wire, rule.stream) {
        (Some(wire), _) if wire.loses_response() => {
            reset.unwrap_or_default().reset();
            response
        }
        (Some(wire), _) => half_body(response, wire, reset.unwrap_or_default()).await,
        (None, Some(fault)) => {
            response.map(|body| disturbed_stream(body, fault, rule.stream_after.unwrap_or_default()))
        }
        (None, None) => response,
    }
}

/// Sends half of the body, and then resets, stalls or closes the connection.
async fn half_body(response: Response, wire: Wire, reset: ResetSwitch) -> Response {
    let (mut head, body) = response.into_parts();
    // The body is a text in memory, so reading cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    let end = async move {
        tokio::time::sleep(FLUSH).await;
        match wire {
            Wire::Stall => pending().await,
            Wire::ResetInBody => reset.reset(),
            _ => {}
        }
        broken_off()
    };
    Response::from_parts(head, Body::from_stream(stream::iter([Ok(half)]).chain(stream::once(end))))
}

/// Disturbs a stream after `count` of its events. Each chunk of the body is an event.
fn disturbed_stream(body: Body, fault: StreamFault, count: usize) -> Body {
    let events = body.into_data_stream().map(|event| event.map_err(io::Error::other));
    match fault {
        StreamFault::Cut => {
            let end = async {
                tokio::time::sleep(FLUSH).await;
                broken_off()
            };
            Body::from_stream(events.take(count).chain(stream::once(end)))
        }
        StreamFault::Silence => Body::from_stream(events.take(count).chain(stream::pending())),
        StreamFault::Duplicate | StreamFault::BadEvent | StreamFault::ExpiredTicket => {
            let replace = move |(index, event): (usize, io::Result<Bytes>)| {
                stream::iter(match (event, fault) {
                    (Ok(event), StreamFault::Duplicate) if index >= count => {
                        vec![Ok(event.clone()), Ok(event)]
                    }
                    (event, StreamFault::BadEvent) if index == count => vec![Ok(BAD_EVENT.into()), event],
                    (event, _) => vec![event],
                })
            };
            Body::from_stream(events.enumerate().flat_map(replace))
        }
    }
}

fn broken_off() -> io::Result<Bytes> {
    Err(io::Error::other("a fault rule demands this"))
}
