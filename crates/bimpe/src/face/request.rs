//! A request that has not been sent yet.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::BoxFuture;
use crate::engine::{Call, Client, Response, json};
use crate::error::{Error, ErrorKind};
use crate::schema::{Answer, Operation};

/// A request of which the answer is a `T`. Set options, then `.await` it. `O` stands for options of the method's own.
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
    /// Sends the request, and gives what came along with the answer too.
    pub async fn send_raw(self) -> Result<RawResponse<T>, Error> {
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
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.send_raw().await?.value) })
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
