//! A server that fails in many ways, and repeats all secrets of the requests.

use bimpe::transport::Connections;
use bimpe::{Client, Error};
use serde_json::{Map, Value, json};

use super::log::Log;
use super::{HEADER, NESTED, PASSWORD, SECRET, Shown, TICKET, credentials, custom, key, stripe, tool};
use crate::harness::{SERVER, client, over};

const STATUSES: [u16; 18] =
    [400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 429, 500, 501, 502, 503, 504, 520];

/// Replies that repeat the secrets.
fn replies(secrets: &[&str]) -> Vec<Value> {
    let echo = secrets.join(" ");
    let error = json!({
        "message": format!("no: {echo}"), "code": "bad_request", "errors": [{"path": secrets[0], "message": echo}],
    });
    let headers = json!({
        "x-echo": echo, "x-unusual": format!("Zürich {echo} 東京"), format!("x-{}", secrets[0]): "1",
        "x-request-id": secrets[0], "set-cookie": secrets[0], "retry-after": "0",
    });
    let mut replies = Vec::new();
    for status in STATUSES {
        replies.push(json!({"status": status, "body": error}));
        replies.push(json!({"status": status, "body": {"text": format!("<p>{echo}")}}));
    }
    for status in [400, 422] {
        let body = json!({"message": [format!("{echo}: no")], "code": "validation_error", "error": echo});
        replies.push(json!({"status": status, "body": body}));
    }
    for status in [301, 302, 303, 307, 308] {
        let mut moved = headers.clone();
        moved["location"] = format!("https://x.test/{}?{echo}", secrets[0]).into();
        replies.push(json!({"status": status, "headers": moved}));
    }
    for (status, host) in [(302, secrets[0]), (307, &*secrets[0].to_uppercase())] {
        let mut moved = headers.clone();
        moved["location"] = format!("https://{host}.x.test/").into();
        replies.push(json!({"status": status, "headers": moved}));
    }
    // All but the last character of a secret.
    for secret in secrets {
        let text = format!("no: {}", &secret[..secret.len() - 1]);
        replies.push(json!({"status": 400, "body": {"text": text}}));
        replies.push(json!({"body": {"text": text}}));
        let cut = json!({"message": text}).to_string().len() - 2;
        replies
            .push(json!({"status": 400, "body": {"message": format!("no: {secret}")}, "cut": {"body": cut}}));
    }
    let whole = json!({"message": "ok", "data": {"id": echo}}).to_string();
    replies.extend([
        json!({"headers": {"content-type": "text/html"}, "body": {"text": format!("<p>{echo}")}}),
        json!({"headers": {"content-type": echo}, "body": {"text": echo}}),
        json!({"body": {"text": echo}}),
        json!({"body": {"text": whole[..whole.len() - 3]}}),
        json!({"body": [echo]}),
        json!({"body": {"message": echo, "data": 5}}),
        json!({"body": {"fill": {"text": echo, "times": 5000}}}),
        json!({"body": error, "cut": {"body": 60}, "then": "reset"}),
        json!({"cut": "no_response", "then": "reset"}),
        json!({"raw": {"text": format!("{echo}\r\n\r\n")}}),
        json!({"body": error, "cut": {"head": 90}}),
        json!({"headers": {"content-encoding": "gzip"}, "body": {"text": echo}}),
        json!({"status": 500, "header_lines": 50, "body": error}),
    ]);
    for reply in &mut replies {
        let fields = reply.as_object_mut().expect("a reply");
        fields.entry("headers").or_insert_with(|| headers.clone());
    }
    replies
}

/// The requests, and the secrets that they send.
const CALLS: [(&str, &[&str]); 6] = [
    ("a read", &[]),
    ("a list", &[]),
    ("Stripe", &[SECRET]),
    ("a server of tools", &[SECRET]),
    ("a tool", &[SECRET, NESTED]),
    ("a request of one's own", &[SECRET, NESTED]),
];

async fn make(client: &Client, call: &str) -> Option<Error> {
    let integrations = client.agents().integrations();
    match call {
        "a read" => client.agents().retrieve("cm1").await.err(),
        "a list" => client.agents().list().await.err(),
        "Stripe" => integrations.bimpeai().configure("cm1", stripe()).await.err(),
        "a server of tools" => {
            let (mcp, _) = credentials().remove(0);
            integrations.mcp_server().configure("cm1", mcp).await.err()
        }
        "a tool" => integrations.custom_api().tools().add("cm1", "cm2", tool()).await.err(),
        _ => client.execute(custom()).await.err(),
    }
}

/// A client of a scenario that gives this reply for ever, over TLS for every other one.
fn client_of(alike: &Connections, reply: &Value, ticket: Option<&Value>, number: usize) -> Client {
    let replies: Vec<&Value> = ticket.into_iter().chain([reply]).collect();
    let scenario = SERVER.scenario(json!({"replies": replies, "last": "repeat"})).expect("a valid script");
    let addresses = SERVER.addresses();
    let encrypted = over(&scenario, addresses["tls"]["good"].as_str().expect("an address"));
    let base = if number.is_multiple_of(2) { scenario.base_url() } else { &encrypted };
    client(base, &json!({"max_retries": number % 3 % 2, "timeout": 5}))
        .ca_file(SERVER.ca_file())
        .default_header("x-gateway", HEADER)
        .connections(alike)
        .build()
        .expect("valid settings")
}

async fn calls(shown: &mut Shown, alike: &Connections) {
    for (call, sent) in CALLS {
        let mut secrets = vec![key()];
        secrets.extend(sent);
        let mut failed = 0;
        for (number, reply) in replies(&secrets).iter().enumerate() {
            if let Some(error) = make(&client_of(alike, reply, None, number), call).await {
                shown.error(&format!("{call}: {reply}"), &error);
                failed += 1;
            }
        }
        assert!(failed > STATUSES.len() * 2, "{call}: only {failed} errors");
    }
}

async fn streams(shown: &mut Shown, alike: &Connections) {
    let ticket = json!({
        "match": {"path_ends": "/stream-ticket"}, "times": 1_000_000,
        "body": {"message": "ok", "data": {"ticket": TICKET, "expires_in": 60}},
    });
    let no_json = json!({
        "headers": {"content-type": "text/event-stream"},
        "body": {"text": format!("id: 1\nevent: message\ndata: {{{TICKET}\n\n")},
    });
    let mut replies = replies(&[TICKET]);
    replies.push(no_json);
    for (number, reply) in replies.iter().enumerate() {
        let client = client_of(alike, reply, Some(&ticket), number);
        let messages = client.conversations().messages();
        let error = match messages.stream("cm1", "cm2").max_reconnects(0).open().await {
            Ok(mut events) => {
                let error = events.try_next().await.expect_err("no response is an event");
                shown.debug("events", &events);
                error
            }
            Err(error) => error,
        };
        shown.error(&format!("a stream: {reply}"), &error);
    }
}

/// Proxies and servers that cannot be reached.
async fn connections(shown: &mut Shown) {
    let addresses = SERVER.addresses();
    let dead = addresses["dead"].as_str().expect("an address");
    let proxy = dead.replacen("http://", &format!("http://user:{PASSWORD}@"), 1);
    let refusing =
        SERVER.scenario(json!({"replies": [{"status": 407}], "last": "repeat"})).expect("a valid script");
    let other = refusing.base_url().replacen("http://", &format!("http://user:{PASSWORD}@"), 1);
    for proxy in [proxy, other] {
        let client = client("https://x.test", &Value::Object(Map::new()));
        let client = client.proxy(proxy).build().expect("valid settings");
        shown.debug("a client", &client);
        shown.error("a proxy", &client.agents().retrieve("cm1").await.expect_err("no server responds"));
    }
    let client = client(dead, &Value::Object(Map::new())).build().expect("valid settings");
    shown.error("no server", &client.agents().retrieve("cm1").await.expect_err("no server responds"));
}

#[test]
fn errors_and_logs_show_no_secret() {
    let log = Log::listen();
    let mut shown = Shown::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let alike = Connections::default();
        calls(&mut shown, &alike).await;
        streams(&mut shown, &alike).await;
        connections(&mut shown).await;
    });
    let said = log.take();
    for part in ["bimpe DEBUG", "hyper_util"] {
        assert!(said.iter().any(|text| text.starts_with(part)), "nothing was heard of {part}");
    }
    for text in said {
        shown.text("the log", &text);
    }
    shown.finish("Errors and logs of failed requests to a server that repeats all secrets");
}
