//! Proxies and trusted certificates: what the environment said when the client was constructed.

use std::io::{Read, Write};
use std::net::TcpListener;

use bimpe::engine::OperationRequest;
use bimpe::transport::Connections;
use bimpe::{Client, ClientBuilder, Error, ErrorKind};
use serde_json::json;

use crate::harness::{SERVER, block_on, over};

/// The scenario's address at a name that only a proxy leads to.
fn behind_proxy() -> String {
    let scenario = SERVER
        .scenario(json!({"last": "repeat", "replies": [{"body": {"data": {}}}]}))
        .expect("a valid script");
    let listener = SERVER.addresses()["tls"]["wrong_host"].as_str().expect("an address").to_owned();
    over(&scenario, &listener.replace("localhost", "example.test"))
}

fn trusted() -> String {
    let scenario = SERVER
        .scenario(json!({"last": "repeat", "replies": [{"body": {"data": {}}}]}))
        .expect("a valid script");
    over(&scenario, SERVER.addresses()["tls"]["good"].as_str().expect("an address"))
}

fn builder(base_url: &str, env: &[(&'static str, String)]) -> ClientBuilder {
    let env = env.to_vec();
    let find = move |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    Client::builder().env(find).api_key("sk_live_settings").base_url(base_url).max_retries(0)
}

fn call(client: &Client) -> Result<(), Error> {
    let call = OperationRequest::new("POST /agents")?;
    // A separate runtime: connections end with it.
    block_on(async { client.over(&Connections::default()).execute(call).await.map(drop) })
}

fn tunnels(kind: &str) -> u64 {
    SERVER.tunnels()[kind].as_u64().expect("a number")
}

#[test]
fn every_kind_of_proxy_reaches_the_server() {
    let (base_url, ca) = (behind_proxy(), SERVER.ca_file());
    let port = base_url.split([':', '/']).nth(4).expect("a port").to_owned();
    let proxy = SERVER.addresses()["proxy"].as_str().expect("an address").to_owned();
    let (http, socks) = (tunnels("http"), tunnels("socks"));

    let given = |address: String| builder(&base_url, &[]).ca_file(ca).proxy(address).build().expect("valid");
    call(&given(format!("http://{proxy}"))).expect("CONNECT");
    call(&given(format!("socks5h://{proxy}"))).expect("SOCKS");
    assert_eq!((tunnels("http"), tunnels("socks")), (http + 1, socks + 1));

    let named = |env: &[(&'static str, String)]| builder(&base_url, env).ca_file(ca).build().expect("valid");
    call(&named(&[("HTTPS_PROXY", format!(" {proxy} "))])).expect("a variable");
    call(&named(&[("all_proxy", format!("socks5h://{proxy}"))])).expect("a variable");
    call(&named(&[("https_proxy", proxy.clone()), ("NO_PROXY", "example.test:1, *.other.test".to_owned())]))
        .expect("another port and other names");
    assert_eq!((tunnels("http"), tunnels("socks")), (http + 3, socks + 2));

    for hosts in ["*.test".to_owned(), format!("example.test:{port}"), "*".to_owned()] {
        let error = call(&named(&[("HTTPS_PROXY", proxy.clone()), ("NO_PROXY", hosts.clone())]));
        assert_eq!(error.expect_err("no such name").kind(), ErrorKind::Connection, "{hosts}");
    }
    assert_eq!((tunnels("http"), tunnels("socks")), (http + 3, socks + 2));
}

#[test]
fn clients_that_share_connections_keep_their_own_trust() {
    let base_url = trusted();
    let connections = Connections::default();
    let ca = SERVER.ca_file().display().to_string();
    let strict =
        builder(&base_url, &[("SSL_CERT_FILE", ca)]).connections(&connections).build().expect("valid");
    let other = builder(&base_url, &[]).connections(&connections).build().expect("valid");
    call(&strict).expect("it trusts the server");
    let error = call(&other).expect_err("it does not");
    assert!(error.message().contains("certificate"), "{error}");
}

#[test]
fn an_unusable_variable_is_named_and_stops_no_plain_connection() {
    let nothing = "/nonexistent/bundle.pem".to_owned();
    let scenario = SERVER
        .scenario(json!({"last": "repeat", "replies": [{"body": {"data": {}}}]}))
        .expect("a valid script");
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"] {
        let env = [(name, nothing.clone())];
        let build = |url: &str| builder(url, &env).ca_variable("REQUESTS_CA_BUNDLE").build().expect("valid");
        call(&build(scenario.base_url())).expect("no certificate is needed");
        let error = call(&build(&trusted())).expect_err("it trusts no one");
        assert!(error.message().contains(name), "{error}");
        assert!(!error.may_have_been_applied());
    }
    let env = [("HTTPS_PROXY", "ftp://canary".to_owned())];
    builder(scenario.base_url(), &env).build().expect("no proxy is used");
    let error = builder(&trusted().replace("localhost", "example.test"), &env).build().expect_err("no proxy");
    assert!(error.message().contains("HTTPS_PROXY") && !error.to_string().contains("canary"), "{error}");
}

#[test]
fn a_directory_of_certificates_is_read() {
    let directory = std::env::temp_dir().join(format!("bimpe-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a folder");
    std::fs::copy(SERVER.ca_file(), directory.join("ca.pem")).expect("a copy");
    let path = directory.display().to_string();
    for name in ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"] {
        let client = builder(&trusted(), &[(name, path.clone())]).ca_variable("REQUESTS_CA_BUNDLE").build();
        call(&client.expect("valid")).expect(name);
    }
    std::fs::remove_dir_all(&directory).expect("it is there");
}

/// The address of a server that says the same to everybody.
fn saying(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            // Closing it before all was read would be a reset.
            drop(stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(text.as_bytes())));
        }
    });
    address
}

#[test]
fn an_error_of_a_connection_names_the_server_and_the_reason() {
    let fails =
        |base_url: &str| call(&builder(base_url, &[]).build().expect("valid")).expect_err("no response");

    let plain = saying("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    let error = fails(&format!("https://{plain}"));
    let text = error.to_string();
    assert!(text.starts_with(&format!("https://{plain} does not speak TLS: ")), "{text}");
    assert!(text.contains(&format!("(use http://{plain})")), "{text}");
    assert_eq!((error.os_code(), error.retryable()), (Some("EPROTO"), false));

    let secure = trusted().replacen("https:", "http:", 1);
    let text = fails(&secure).to_string();
    let origin = secure.rsplit_once('/').expect("a path").0;
    assert!(text.starts_with(&format!("{origin} does not speak plain HTTP: ")), "{text}");
    assert!(text.contains(&format!("(try {})", origin.replacen("http:", "https:", 1))), "{text}");

    let error = fails("https://nowhere.invalid");
    assert!(error.to_string().starts_with("https://nowhere.invalid could not be reached: "), "{error}");
    assert!(matches!(error.os_code(), Some("ENOTFOUND" | "EAI_AGAIN")), "{error}");

    let silent = saying("");
    let error = fails(&format!("http://{silent}"));
    assert!(
        error.to_string().starts_with(&format!("the connection to http://{silent} was lost: ")),
        "{error}"
    );
    assert_eq!(error.os_code(), Some("ECONNRESET"), "{error}");
}
