//! The record of a choice: the same request by reqwest and by hyper's own client, set up alike, on one thread. They take
//! turns, one call at a time and 64 at a time; printed are the medians, in microseconds for each call.
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
const CALLS: u32 = 20_000;
const IDLE: Duration = Duration::from_secs(25);
const KEY: &str = "Bearer sk_test";

type Hyper = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).ok_or_else(|| Error::other("usage: bimpe-bench-transports URL"))?;
    let url = url + "/api/v1/console/agents/cm1";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (reqwest, hyper) = (by_reqwest()?, by_hyper());
    let mut out = std::io::stdout();
    for at_a_time in [1, 64] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            first.push(measure(&runtime, at_a_time, || ask_reqwest(&reqwest, &url))?);
            second.push(measure(&runtime, at_a_time, || ask_hyper(&hyper, &url))?);
        }
        let (first, second) = (median(first), median(second));
        let ratio = first / second;
        writeln!(
            out,
            "{at_a_time:3} at a time: reqwest {first:.1} us, hyper-util {second:.1} us, {ratio:.2} times"
        )?;
    }
    Ok(())
}

/// As the engine has it over `http://`: without redirects, retries of its own or time limits.
fn by_reqwest() -> Result<reqwest::Client> {
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

/// The client below reqwest, by itself.
fn by_hyper() -> Hyper {
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

async fn ask_reqwest(client: &reqwest::Client, url: &str) -> Result<usize> {
    let request = client.get(url).header(http::header::AUTHORIZATION, KEY);
    let response = request.send().await.map_err(Error::other)?;
    Ok(response.bytes().await.map_err(Error::other)?.len())
}

async fn ask_hyper(client: &Hyper, url: &str) -> Result<usize> {
    let request = http::Request::get(url)
        .header(http::header::AUTHORIZATION, KEY)
        .header(http::header::ACCEPT, "*/*")
        .header(http::header::ACCEPT_ENCODING, "gzip")
        .body(Full::default())
        .map_err(Error::other)?;
    let response = client.request(request).await.map_err(Error::other)?;
    Ok(response.into_body().collect().await.map_err(Error::other)?.to_bytes().len())
}

/// Microseconds for each call.
fn measure<F: Future<Output = Result<usize>>>(
    runtime: &tokio::runtime::Runtime,
    at_a_time: u32,
    ask: impl Fn() -> F,
) -> Result<f64> {
    let ask = &ask;
    let work = |calls: u32| async move {
        for _ in 0..calls {
            if ask().await? == 0 {
                return Err(Error::other("the answer is empty"));
            }
        }
        Ok(())
    };
    let run = |calls: u32| {
        let all = (0..at_a_time).map(|_| work(calls));
        runtime.block_on(join_all(all)).into_iter().collect::<Result<()>>()
    };
    run(2)?;
    let started = Instant::now();
    run(CALLS / at_a_time)?;
    Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS / at_a_time * at_a_time))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
