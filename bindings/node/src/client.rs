//! The client as JavaScript sees it: one method for every operation.
#![expect(clippy::needless_pass_by_value, reason = "strings from JavaScript are copies already")]
#![expect(clippy::too_many_arguments, reason = "flat arguments are the cheapest way over Node-API")]

use std::panic::AssertUnwindSafe;

use bimpe::engine::{Call, Response};
use bimpe::{Client, Error};
use futures_util::FutureExt;
use futures_util::future::{AbortRegistration, Abortable};
use napi::bindgen_prelude::PromiseRaw;
use napi::{Either, Env};
use napi_derive::napi;

use crate::cancel::CancelHandle;
use crate::outcome::Outcome;
use crate::settings::{Options, Settings, parse};

/// A client of the engine. Clients made from one another share their connections.
#[napi]
pub struct NativeClient {
    client: Client,
}

#[napi]
impl NativeClient {
    /// Makes a client from its settings, or gives the error; both are JSON text.
    #[napi(catch_unwind)]
    pub fn connect(settings: String) -> Either<NativeClient, String> {
        Self::or_error(parse::<Settings>(&settings).and_then(Settings::connect))
    }

    /// A client with other defaults for its calls, or the error.
    #[napi(catch_unwind)]
    pub fn with_options(&self, options: String) -> Either<NativeClient, String> {
        Self::or_error(parse::<Options>(&options).map(|options| self.client.with_options(&options.into())))
    }

    /// The address that calls go to.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> String {
        self.client.base_url().to_owned()
    }

    /// Refuses further calls.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// Sends one operation. Ids come in the order of the path; query, body and options are JSON text.
    #[napi(catch_unwind)]
    pub fn request<'env>(
        &self,
        env: &'env Env,
        operation: String,
        path: Vec<String>,
        query: Option<String>,
        body: Option<String>,
        options: Option<String>,
        cursor: Option<String>,
        cancel: Option<&CancelHandle>,
    ) -> napi::Result<PromiseRaw<'env, Outcome>> {
        let client = self.client.clone();
        let registration = cancel.and_then(CancelHandle::registration);
        let execute = async move {
            let mut call = Call::new(&operation)?;
            call.path = path;
            call.query = query.as_deref().map(parse).transpose()?.unwrap_or_default();
            call.body = body.as_deref().map(parse).transpose()?;
            call.options = options.as_deref().map(parse::<Options>).transpose()?.unwrap_or_default().into();
            call.cursor = cursor;
            client.execute(call).await
        };
        env.spawn_future(async move { Ok(Outcome::from(settle(execute, registration).await)) })
    }
}

impl NativeClient {
    fn or_error(client: Result<Client, Error>) -> Either<NativeClient, String> {
        match client {
            Ok(client) => Either::A(Self { client }),
            Err(error) => Either::B(error.to_json().to_string()),
        }
    }
}

/// Runs the call until it ends, is cancelled, or panics. Only a result leaves here: a panic that reached
/// Node-API would leave the promise pending for ever.
async fn settle(
    call: impl Future<Output = Result<Response, Error>>,
    registration: Option<AbortRegistration>,
) -> Result<Response, Error> {
    let call = AssertUnwindSafe(call).catch_unwind();
    let ended = match registration {
        // JavaScript has rejected its own promise already when it cancels.
        Some(registration) => Abortable::new(call, registration)
            .await
            .unwrap_or_else(|_| Ok(Err(Error::user("the call was cancelled")))),
        None => call.await,
    };
    ended.unwrap_or_else(|_| Err(Error::internal("the engine stopped unexpectedly; please report this")))
}
