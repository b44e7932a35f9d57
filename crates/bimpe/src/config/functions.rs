//! Functions of the caller: key provider, hooks and transport wrapper.

use std::sync::Arc;

use super::ClientBuilder;
use crate::engine::{KeyProvider, RequestInfo, ResponseInfo, RetryInfo};
use crate::setters::setters;
use crate::transport::Transport;

impl ClientBuilder {
    setters! {
        /// Sets the source of the API key, which errors name.
        // Hidden, because only the `bimpe` command needs it, which has keys of several sources.
        #[doc(hidden)]
        api_key_source(source: &'static str) => api_key_source = Some(source);
    }

    /// Sets a function that returns the API key, in place of a fixed one. The client calls it before each request, so the
    /// function should cache the key. A stream calls it again after a key was refused, and resumes after a short wait.
    ///
    /// ```
    /// # fn main() -> Result<(), bimpe::Error> {
    /// use std::sync::{Arc, RwLock};
    ///
    /// // Replaced from time to time by another task.
    /// let key = Arc::new(RwLock::new("sk_first".to_owned()));
    /// let current = key.clone();
    /// let client = bimpe::Client::builder()
    ///     .key_provider(move || {
    ///         let key = current.read().map(|key| key.clone()).map_err(|_| "the lock is poisoned");
    ///         async move { key }
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_provider<F, E>(mut self, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.key_provider = Some(KeyProvider::new(ask));
        self
    }

    setters! {
        /// Sets a function that receives each request before it is sent, and may add headers. A helper is one request.
        ///
        /// ```
        /// # fn main() -> Result<(), bimpe::Error> {
        /// let client = bimpe::Client::builder()
        ///     .api_key("sk_live")
        ///     .on_request(|request| request.headers.push(("X-Trace".into(), "17".into())))
        ///     .on_retry(|retry| eprintln!("{} again in {:?}: {}", retry.operation, retry.wait, retry.error))
        ///     .on_response(|response| eprintln!("{} {:?}", response.operation, response.status))
        ///     .build()?;
        /// # Ok(())
        /// # }
        /// ```
        on_request(hook: impl Fn(&mut RequestInfo<'_>) + Send + Sync + 'static) => hooks.request = Some(Arc::new(hook));

        /// Sets a function that is called before the wait of each retry. Its panics do not affect the request.
        on_retry(hook: impl Fn(&RetryInfo<'_>) + Send + Sync + 'static) => hooks.retry = Some(Arc::new(hook));

        /// Sets a function that is called at the end of each request. Its panics do not affect the request.
        on_response(hook: impl Fn(&ResponseInfo<'_>) + Send + Sync + 'static) => hooks.response = Some(Arc::new(hook));

        /// Wraps the transport, which is the default one or [`Self::transport`]. The wrapper receives every request, those of
        /// streams included. The function is called for the transport of requests and for the transport of streams.
        ///
        /// ```
        /// use std::sync::Arc;
        ///
        /// use bimpe::BoxFuture;
        /// use bimpe::transport::{HttpRequest, HttpResponse, Transport, TransportError};
        ///
        /// struct Counting(Arc<dyn Transport>);
        ///
        /// impl Transport for Counting {
        ///     fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        ///         println!("{}", request.method);
        ///         self.0.send(request)
        ///     }
        /// }
        ///
        /// # fn main() -> Result<(), bimpe::Error> {
        /// let client = bimpe::Client::builder()
        ///     .api_key("sk_live")
        ///     .wrap_transport(|inner| Arc::new(Counting(inner)))
        ///     .build()?;
        /// # Ok(())
        /// # }
        /// ```
        wrap_transport(wrap: impl Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync + 'static) => wrap = Some(Arc::new(wrap));
    }
}
