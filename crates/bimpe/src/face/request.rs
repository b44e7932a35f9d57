//! A request that has not been sent yet.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::BoxFuture;
use crate::engine::{Call, Client, Response, json};
use crate::error::{Error, ErrorKind};
use crate::schema::{Answer, Operation};

/// A request of which the answer is a `T`. Set options, then `.await` it, or `.send()` it to get a future.
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
    call: Call,
    /// What was wrong with an argument; told when the request is sent.
    fault: Option<Error>,
    answer: PhantomData<fn() -> (T, O)>,
}

/// An answer with what came along with it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RawResponse<T> {
    /// The answer.
    pub value: T,
    /// Status, headers, request id, attempts, and the body as it came.
    pub response: Response,
}

/// Adds the options of a call to a request with a field `call`.
macro_rules! call_options {
    () => {
        /// The longest that the call may take, retries included.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.call.options.timeout = Some(timeout);
            self
        }

        /// How often a failed request is sent again; at most 10.
        pub fn max_retries(mut self, max_retries: u32) -> Self {
            self.call.options.max_retries = Some(max_retries);
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
        Self { client: client.clone(), call: Call::of(operation), fault: None, answer: PhantomData }
    }

    /// Sets the JSON body.
    pub(crate) fn body<B: Serialize>(mut self, body: B) -> Self {
        match serde_json::to_value(&body) {
            Ok(body) => self.call.body = Some(body),
            Err(error) => {
                self.fault = Some(Error::user(format!("the body cannot be written as JSON: {error}")));
            }
        }
        self
    }

    /// Sets an option of the method's own.
    pub(crate) fn query(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.call.query.insert(name.to_owned(), value.into());
        self
    }

    /// Names the write, so that the server carries it out once however often it arrives. One key is made up otherwise.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.call.options.idempotency_key = Some(key.into());
        self
    }
}

impl<T: DeserializeOwned + 'static, O: 'static> Request<T, O> {
    /// The future of the answer, for `spawn`, `join_all`, `buffer_unordered` and the like. Nothing is sent before the
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

    /// The same, and what came along with the answer too.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// let answer = client.agents().retrieve("cm1234567890").send_raw().await?;
    /// println!("{} {:?} {}", answer.response.status, answer.response.request_id, answer.value.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_raw(self) -> ResponseFuture<RawResponse<T>> {
        ResponseFuture(Box::pin(self.fetch()))
    }

    async fn fetch(self) -> Result<RawResponse<T>, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let response = self.client.execute(self.call).await?;
        let value = decode(&response)?;
        Ok(RawResponse { value, response })
    }
}

impl<T: DeserializeOwned + 'static, O: 'static> IntoFuture for Request<T, O> {
    type Output = Result<T, Error>;
    type IntoFuture = ResponseFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

/// The answer that a request waits for. Dropping it cancels the call.
///
/// ```no_run
/// # async fn example(client: bimpe::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let answer = tokio::spawn(client.agents().retrieve("cm1234567890").send());
/// println!("{}", answer.await??.name);
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

/// Reads the data of an answer.
pub(crate) fn decode<T: DeserializeOwned>(response: &Response) -> Result<T, Error> {
    let data = match response.operation().answer {
        Answer::Nothing => "null",
        _ => response.data(),
    };
    json::read(data).or_else(|error| {
        // What was carried out must not look failed because its answer has an odd shape.
        let empty = if response.idempotency_key.is_some() { T::deserialize(Value::Null).ok() } else { None };
        empty.ok_or_else(|| {
            let operation = response.operation().id;
            Error::new(
                ErrorKind::UnexpectedResponse,
                // The text of the error would quote values.
                format!("the answer of `{operation}` has another shape (at column {})", error.column()),
            )
        })
    })
}
