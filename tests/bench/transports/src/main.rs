//! Compares reqwest with hyper's own client: the same request, the same settings, one thread. The two alternate, with one
//! request at a time and with 64 concurrent requests. Prints the medians in microseconds per request.
//!
//! Usage: `bimpe-bench-transports URL`, with the address that `bimpe-bench-server` prints.

use std::io::{Error, Result, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

const ROUNDS: usize = 7;
const REQUESTS: u32 = 20_000;
const IDLE: Duration = Duration::from_secs(25);
const KEY: &str = "Bearer sk_test";

type Hyper = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).ok_or_else(|| Error::other("usage: bimpe-bench-transports URL"))?;
    let url = url + "/api/v1/console/agents/cm1";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (reqwest, hyper) = (reqwest_client()?, hyper_client());
    let mut out = std::io::stdout();
    for concurrency in [1, 64] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            first.push(measure(&runtime, concurrency, || get_with_reqwest(&reqwest, &url))?);
            second.push(measure(&runtime, concurrency, || get_with_hyper(&hyper, &url))?);
        }
        let (first, second) = (median(first), median(second));
        let ratio = first / second;
        writeln!(
            out,
            "{concurrency:3} concurrent: reqwest {first:.1} us, hyper-util {second:.1} us, {ratio:.2} times"
        )?;
    }
    Ok(())
}

/// Returns a client with the settings of the engine for `http://`: without redirects, retries and timeouts.
fn reqwest_client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(256)
        .gzip(true)
        .tls_certs_only([])
        .build()
        .map_err(Error::other)
}

/// Returns the client that reqwest uses internally.
fn hyper_client() -> Hyper {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_all_versions();
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(256)
        .build(connector.wrap_connector(tcp))
}

async fn get_with_reqwest(client: &reqwest::Client, url: &str) -> Result<usize> {
    let request = client.get(url).header(http::header::AUTHORIZATION, KEY);
    let response = request.send().await.map_err(Error::other)?;
    Ok(response.bytes().await.map_err(Error::other)?.len())
}

async fn get_with_hyper(client: &Hyper, url: &str) -> Result<usize> {
    let request = http::Request::get(url)
        .header(http::header::AUTHORIZATION, KEY)
        .header(http::header::ACCEPT, "*/*")
        .header(http::header::ACCEPT_ENCODING, "gzip")
        .body(Full::default())
        .map_err(Error::other)?;
    let response = client.request(request).await.map_err(Error::other)?;
    Ok(response.into_body().collect().await.map_err(Error::other)?.to_bytes().len())
}

/// Returns the microseconds per request.
fn measure<F: Future<Output = Result<usize>>>(
    runtime: &tokio::runtime::Runtime,
    concurrency: u32,
    get: impl Fn() -> F,
) -> Result<f64> {
    let get = &get;
    let work = |requests: u32| async move {
        for _ in 0..requests {
            if get().await? == 0 {
                return Err(Error::other("the response is empty"));
            }
        }
        Ok(())
    };
    let run = |requests: u32| {
        let all = (0..concurrency).map(|_| work(requests));
        runtime.block_on(join_all(all)).into_iter().collect::<Result<()>>()
    };
    run(2)?;
    let started = Instant::now();
    run(REQUESTS / concurrency)?;
    Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(REQUESTS / concurrency * concurrency))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
