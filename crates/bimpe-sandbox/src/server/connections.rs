//! Accepts connections, and closes those on which no request arrives.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tower_service::Service;

use crate::connection::Connection;

/// Time for the head of a request to arrive, also of the next request on the same connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The same while more than [`MANY`] connections are open, because a process has a limited number of file descriptors.
const SHORT_HEAD_TIMEOUT: Duration = Duration::from_secs(1);
const MANY: usize = 256;

/// Time until the next attempt after the operating system refused a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Time for open requests to complete when the sandbox stops.
const GRACE: Duration = Duration::from_millis(500);

/// Serves connections until `stopping` becomes true, or its sender is gone.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let connections = GracefulShutdown::new();
    let open = Arc::new(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => break,
        };
        let Ok((stream, _)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Otherwise a small event of a stream waits for the acknowledgment of the event before it.
        let _ = stream.set_nodelay(true);
        let counted = Arc::clone(&open);
        let timeout = if Arc::strong_count(&open) > MANY { SHORT_HEAD_TIMEOUT } else { HEAD_TIMEOUT };
        let (stream, router) = (Connection::new(stream), router.clone());
        let reset = stream.reset_switch().clone();
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(reset.clone());
            router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(timeout)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // The client closed the connection, or sent no valid HTTP. Neither concerns other connections.
            let _ = connection.await;
            drop(counted);
        });
    }
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(GRACE) => {}
    }
}
