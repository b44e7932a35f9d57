//! A request that has not been sent yet.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::Serialize;
use serde_json::Value;

use crate::clock::BoxFuture;
use crate::engine::{Client, OperationRequest, Response, json};
use crate::error::{Error, ErrorKind};
use crate::model::{FromResponse, Misfit};
use crate::schema::{Operation, ResponseShape};
use crate::setters::setters;

/// A request with the result `T`. Set options, then `.await` the request, or call `.send()` to get a future.
/// `O` stands for options of the method's own.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// use std::time::Duration;
///
/// let request = client.agents().retrieve("cm1234567890").timeout(Duration::from_secs(5));
/// println!("{}", request.await?.name);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct Request<T, O = ()> {
    client: Client,
    call: OperationRequest,
    /// An invalid argument, which is reported when the request is sent.
    error: Option<Error>,
    lenient: bool,
    result: PhantomData<fn() -> (T, O)>,
}

/// A result with the metadata of its response.
#[derive(Debug)]
#[non_exhaustive]
pub struct RawResponse<T> {
    /// The result.
    pub value: T,
    /// Status, headers, request id, attempts, and the unchanged body.
    pub response: Response,
}

/// Adds setters of options to a request with a field `call`.
macro_rules! call_options {
    () => {
        setters! {
            /// Limits the time of the request, retries included.
            timeout(timeout: std::time::Duration) => call.options.timeout = Some(timeout);

            /// Sets the maximum number of retries, at most 10.
            max_retries(max_retries: u32) => call.options.max_retries = Some(max_retries);
        }

        /// Accepts a response of any shape: missing fields are empty, and values of other types are kept in `extra`. Without
        /// it, a missing required field is an error, unless a write was applied.
        pub fn lenient(mut self) -> Self {
            self.lenient = true;
            self
        }

        /// Adds a header.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.call.options.headers.push((name.into(), value.into()));
            self
        }

        /// Adds an id of the path.
        pub(crate) fn id(mut self, id: impl Into<String>) -> Self {
            self.call.path.push(id.into());
            self
        }
    };
}

pub(crate) use call_options;

impl<T, O> Request<T, O> {
    call_options!();

    /// A request of this operation.
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        Self {
            client: client.clone(),
            call: OperationRequest::of(operation),
            error: None,
            lenient: false,
            result: PhantomData,
        }
    }

    /// Sets the JSON body.
    pub(crate) fn body<B: Serialize>(mut self, body: B) -> Self {
        match serde_json::to_value(&body) {
            Ok(body) => self.call.body = Some(body),
            Err(error) => {
                self.error = Some(Error::user(format!("the body cannot be written as JSON: {error}")));
            }
        }
        self
    }

    /// Sets an option of the method's own.
    pub(crate) fn query(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.call.query.insert(name.to_owned(), value.into());
        self
    }

    setters! {
        /// Sets the idempotency key: the server applies the write once, however often it arrives. Generated if omitted.
        idempotency_key(key: impl Into<String>) => call.options.idempotency_key = Some(key.into());
    }
}

impl<T: FromResponse + 'static, O: 'static> Request<T, O> {
    /// Returns the future of the result, for `spawn`, `join_all`, `buffer_unordered` and the like. Nothing is sent before the
    /// future is polled.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client, ids: Vec<String>) -> Result<(), bimpe::Error> {
    /// use futures_util::stream::{StreamExt, TryStreamExt, iter};
    ///
    /// // At most eight requests at a time.
    /// let requests = iter(ids).map(|id| client.agents().retrieve(id).send());
    /// let agents: Vec<_> = requests.buffer_unordered(8).try_collect().await?;
    /// println!("{} agents", agents.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> ResponseFuture<T> {
        ResponseFuture(Box::pin(async move { Ok(self.fetch().await?.value) }))
    }

    /// Like [`Self::send`], with the metadata of the response.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// let raw = client.agents().retrieve("cm1234567890").send_raw().await?;
    /// println!("{} {:?} {}", raw.response.status, raw.response.request_id, raw.value.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_raw(self) -> ResponseFuture<RawResponse<T>> {
        ResponseFuture(Box::pin(self.fetch()))
    }

    async fn fetch(self) -> Result<RawResponse<T>, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let (value, response) = fetch(&self.client, self.call, self.lenient).await?;
        Ok(RawResponse { value, response })
    }
}

impl<T: FromResponse + 'static, O: 'static> IntoFuture for Request<T, O> {
    type Output = Result<T, Error>;
    type IntoFuture = ResponseFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

/// The future of a request. Dropping it cancels the request.
///
/// ```no_run
/// # async fn example(client: bimpe::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let agent = tokio::spawn(client.agents().retrieve("cm1234567890").send());
/// println!("{}", agent.await??.name);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct ResponseFuture<T>(pub(super) BoxFuture<'static, Result<T, Error>>);

impl<T> Future for ResponseFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for ResponseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}

impl<T, O> fmt::Debug for Request<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("operation", &self.call.operation.id).finish_non_exhaustive()
    }
}

/// Sends a request and decodes its response.
pub(super) async fn fetch<T: FromResponse>(
    client: &Client,
    call: OperationRequest,
    lenient: bool,
) -> Result<(T, Response), Error> {
    // The parts that an error names. The body of a read holds no secret.
    let mut about = OperationRequest::of(call.operation);
    about.path.clone_from(&call.path);
    about.options.api_key.clone_from(&call.options.api_key);
    let response = client.execute(call).await?;
    match decode(&response, lenient) {
        Ok(value) => Ok((value, response)),
        Err(error) => Err(error.about(|| client.failed_request(about.operation, &about.path, &about))),
    }
}

/// Decodes the data of a response. An applied write must not fail because of the shape of its response.
fn decode<T: FromResponse>(response: &Response, lenient: bool) -> Result<T, Error> {
    let data = match response.operation().response {
        ResponseShape::Nothing => "null",
        _ => response.data(),
    };
    let is_write = response.idempotency_key.is_some();
    let value = match json::value(data) {
        Ok(value) => value,
        Err(_) if is_write => return Ok(T::default()),
        Err(_) => return Err(unreadable(response, "is not JSON")),
    };
    match T::read(&value, !lenient && !is_write) {
        Err(_) if is_write => Ok(T::default()),
        Err(misfit) => Err(shapeless(response, &misfit)),
        Ok(read) => Ok(read),
    }
}

/// Returns the error for an incomplete response.
pub(super) fn shapeless(response: &Response, misfit: &Misfit) -> Error {
    let error = unreadable(response, &format!("has another shape: {misfit}"));
    error.hinted("`lenient()` on the request accepts such responses")
}

fn unreadable(response: &Response, reason: &str) -> Error {
    let text = format!("the response of `{}` {reason}", response.operation().id);
    Error::new(ErrorKind::UnexpectedResponse, text).with(|inner| {
        inner.status = http::StatusCode::from_u16(response.status).ok();
        inner.request_id.clone_from(&response.request_id);
        inner.attempts = response.attempts;
    })
}
