//! Every public value that may hold a secret, before and after it was sent.

use std::sync::Arc;

use bimpe::engine::{Observer, RequestEvent, SharedApiKey, StreamOptions};
use bimpe::testing::{MemoryTransport, reply};
use bimpe::transport::{Connections, TransportError};
use bimpe::{ApiKey, Client, RequestOptions};

use super::{
    HEADER, NESTED, PASSWORD, SECRET, Shown, TICKET, body, builder, credentials, custom, key, other_shops,
    stripe, tool, with_header,
};
use crate::harness::block_on;

#[test]
fn debug_output_of_settings_and_options_shows_no_secret() {
    let mut shown = Shown::default();
    shown.debug("a builder", &builder());
    let connections = Connections::default();
    let client = builder().connections(&connections).build().expect("valid settings");
    shown.debug("a client", &client);
    shown.debug("connections", &connections);
    let key = ApiKey::new(key()).expect("a good key");
    let slot = SharedApiKey::default();
    slot.set(key.clone());
    let mut options = RequestOptions::default();
    options.api_key = Some(key.clone());
    options.headers.push(("x-gateway".to_owned(), HEADER.to_owned()));
    shown.debug("a key", &key);
    shown.debug("a slot for keys", &slot);
    shown.debug("options", &options);
    shown.debug("a derived client", &client.with_options(&options).expect("valid options"));
    shown.debug("a call", &custom());
    for address in ["socks6://u:{}@x.test", "ftp://u:{}@x.test", "http://u:{}@:x", "http://u:{}@"] {
        let address = address.replace("{}", PASSWORD);
        shown.error("a wrong proxy", &builder().proxy(address).build().expect_err("it is wrong"));
    }
    let wrong = builder().base_url(format!("https://user:{PASSWORD}@x.test"));
    shown.error("a password in the address", &wrong.build().expect_err("it is wrong"));
    let wrong = builder().default_header("x-a", format!("{HEADER}\n"));
    shown.error("a wrong header", &wrong.build().expect_err("it is wrong"));
    shown.finish("Debug output of settings and options");
}

fn resources(shown: &mut Shown, client: &Client) {
    let agents = client.agents();
    let integrations = agents.integrations();
    shown.debug("a resource", &agents);
    shown.debug("a resource", &integrations);
    shown.debug("a resource", &integrations.bimpeai());
    shown.debug("a resource", &client.conversations().messages());
    shown.debug("a list", &agents.list().header("x-gateway", HEADER));
    shown.debug("items", &agents.list().items());
    shown.debug("pages", &agents.list().pages());
    shown.debug("a request", &with_header(agents.retrieve("cm1").lenient()));
    for shop in other_shops().into_iter().chain([stripe()]) {
        shown.debug("a body", &shop);
        shown.debug("a request", &integrations.bimpeai().configure("cm1", shop));
    }
    for (mcp, api) in credentials() {
        shown.debug("a body", &(&mcp, &api));
        shown.debug("a request", &integrations.mcp_server().configure("cm1", mcp));
        shown.debug("a request", &integrations.custom_api().configure("cm1", api));
    }
    shown.debug("a body", &tool());
    shown.debug("a request", &integrations.custom_api().tools().add("cm1", "cm2", tool()));
    let stream = client.conversations().messages().stream("cm1", "cm2");
    shown.debug("a stream", &stream);
    shown.debug("a ticket", &body::<bimpe::types::StreamTicket>(ticket_data()));
    shown.debug("options of a stream", &StreamOptions::default());
}

fn ticket_data() -> serde_json::Value {
    serde_json::json!({"ticket": TICKET, "expires_in": 60})
}

#[test]
fn debug_output_of_requests_and_responses_shows_no_secret() {
    let mut shown = Shown::default();
    let transport = Arc::new(MemoryTransport::new(|request| {
        let body = match request.uri.path() {
            path if path.ends_with("/stream-ticket") => {
                serde_json::json!({"message": "ok", "data": ticket_data()})
            }
            path if path.ends_with("/cm2/stream") => return reply(204, ""),
            path if path.ends_with("/stream") => {
                return reply(200, "").header("content-type", "text/event-stream");
            }
            path if path.ends_with("/agents") => serde_json::json!({"message": SECRET, "data": []}),
            _ => serde_json::json!({"message": SECRET, "data": {"id": "cm1", "success": true}}),
        };
        reply(200, body.to_string())
            .header("set-cookie", key())
            .header("x-echo", NESTED)
            .header("x-key", key())
            .header(&format!("x-{}", key()), "1")
    }));
    let client = builder().transport(transport.clone()).build().expect("valid settings");
    resources(&mut shown, &client);
    block_on(async {
        let raw =
            with_header(client.agents().retrieve("cm1").lenient()).send_raw().await.expect("a response");
        shown.debug("a response", &raw);
        shown.debug("a response", &raw.response);
        shown.debug("a page", &client.agents().list().await.expect("a response"));
        let bimpeai = client.agents().integrations().bimpeai().configure("cm1", stripe());
        shown.debug("a response", &bimpeai.send_raw().await.expect("a response"));
        let response = client.execute(custom()).await.expect("a response");
        shown.debug("a response", &response);
        shown.debug("headers of a response", &response.headers);
        let ticket = client.conversations().messages().stream_ticket("cm1", "cm2").send_raw().await;
        shown.debug("a ticket", &ticket.expect("a response"));
        let stream = |conversation| client.conversations().messages().stream("cm1", conversation).open();
        shown.error("a stream", &stream("cm2").await.expect_err("there is none"));
        shown.debug("events", &stream("cm3").await.expect("it opens"));
    });
    let sent = transport.requests();
    assert_eq!(sent.len(), 9);
    shown.debug("a request of the transport", &sent);
    shown.finish("Debug output of requests and responses");
}

#[test]
fn debug_output_of_observed_events_shows_no_secret() {
    let failing = MemoryTransport::new(|request| {
        let key = request.headers["authorization"].to_str().expect("ASCII");
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
        reply(503, format!("{key} {body}")).header("retry-after", "0")
    });
    let client = builder().transport(Arc::new(failing)).build().expect("valid settings");
    let shown = Arc::new(std::sync::Mutex::new(Shown::default()));
    let recorded = shown.clone();
    let mut call = custom();
    call.observer = Some(Observer::new(move |event| {
        let mut shown = recorded.lock().expect("no panic");
        shown.debug("an event", event);
        let RequestEvent::Retry { error, .. } = event else { return };
        shown.error("an event", error);
    }));
    call.options.idempotency_key = Some("once".to_owned());
    let error = block_on(client.execute(call)).expect_err("it fails");
    let mut shown = std::mem::take(&mut *shown.lock().expect("no panic"));
    shown.error("the last failure", &error);
    shown.debug("a failed transport", &TransportError::lost("reset"));
    shown.finish("Debug output of observed events");
}
