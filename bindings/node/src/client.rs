//! The client as JavaScript sees it: one method for every operation.
#![expect(clippy::needless_pass_by_value, reason = "strings from JavaScript are copies already")]
#![expect(clippy::too_many_arguments, reason = "flat arguments are the cheapest way over Node-API")]

use bimpe::engine::{Call, KeySlot, Response};
use bimpe::panics::{caught, caught_async};
use bimpe::{Client, Error};
use futures_util::future::{AbortRegistration, Abortable};
use napi::{Either, Env};
use napi_derive::napi;

use crate::engine;
use crate::outcome::{Outcome, described};
use crate::panics;
use crate::post::LetterBox;
use crate::retries::{OnRetry, observer};
use crate::route::Route;
use crate::settings::{self, Options, Settings, StreamSettings, parse};
use crate::stream::NativeStream;

/// A client of the engine. Clients made from one another share their connections.
#[napi]
pub struct NativeClient {
    client: Client,
    /// Whether calls and streams bring keys of their own.
    is_keyless: bool,
}

#[napi]
impl NativeClient {
    /// Makes a client from its settings, or gives the error; both are JSON text.
    #[napi(catch_unwind)]
    pub fn connect(settings: String) -> Either<NativeClient, String> {
        let connect = || {
            let settings: Settings = parse(&settings)?;
            let is_keyless = settings.api_key_per_call;
            Ok(Self { client: settings.connect()?, is_keyless })
        };
        either(panics::caught(connect))
    }

    /// A client with other defaults for its calls, or the error. To close it does not close this one.
    #[napi(catch_unwind)]
    pub fn with_options(&self, options: String) -> Either<NativeClient, String> {
        let derive = || {
            let client = self.client.with_options(&Options::read(&options)?)?;
            Ok(Self { client, is_keyless: self.is_keyless })
        };
        either(panics::caught(derive))
    }

    /// The route of an operation, if there is one by this name.
    #[napi(catch_unwind)]
    pub fn route(operation: String) -> Option<Route> {
        Route::of(&operation)
    }

    /// The names of the variables that JavaScript passes as `env` of the settings.
    #[napi(catch_unwind)]
    pub fn environment() -> Vec<&'static str> {
        settings::environment()
    }

    /// The id of a webchat user, made from any text.
    #[napi(catch_unwind)]
    pub fn webchat_user_id(text: String) -> String {
        bimpe::webchat_user_id(&text)
    }

    /// The address that calls go to.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> String {
        self.client.base_url().to_owned()
    }

    /// Refuses further calls, and ends streams, those of derived clients as well.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    /// Sends one operation, or a method and a path with a space between. Ids come in the order of the path; query, body
    /// and options are JSON text. The outcome is left in the letter-box, with this number.
    #[napi(catch_unwind)]
    pub fn request(
        &self,
        env: Env,
        post: &LetterBox,
        id: u32,
        operation: String,
        path: Vec<String>,
        query: Option<String>,
        body: Option<String>,
        options: Option<String>,
        cursor: Option<String>,
        on_retry: Option<OnRetry>,
    ) -> napi::Result<()> {
        let client = self.client.clone();
        let (slot, registration) = post.call_slot(env, id)?;
        let execute = async move {
            let mut call = Call::new(&operation)?;
            call.path = path;
            call.query = query.as_deref().map(parse).transpose()?.unwrap_or_default();
            call.body = body.as_deref().map(parse).transpose()?;
            call.options = options.as_deref().map(Options::read).transpose()?.unwrap_or_default();
            call.cursor = cursor;
            call.observer = on_retry.map(observer);
            client.execute(call).await
        };
        let answer = move |result| {
            let failed = |error| Outcome::new(id, Err(error));
            Either::A(caught(|| Outcome::new(id, result), failed))
        };
        match engine::thread() {
            Ok(thread) => {
                thread.begin(Box::pin(async move { slot.put(answer(settle(execute, registration).await)) }));
            }
            Err(error) => slot.put(answer(Err(error))),
        }
        Ok(())
    }

    /// A stream of an operation, or the error. Options are JSON text.
    #[napi(catch_unwind)]
    pub fn stream(
        &self,
        operation: String,
        path: Vec<String>,
        options: String,
    ) -> Either<NativeStream, String> {
        let open = || {
            let operation = Call::new(&operation)?.operation;
            let mut stream =
                self.client.stream(operation, path, parse::<StreamSettings>(&options)?.into())?;
            let key = self.is_keyless.then(KeySlot::default);
            if let Some(key) = &key {
                stream.use_key(key.clone());
            }
            Ok(NativeStream::new(stream, key))
        };
        either(panics::caught(open))
    }
}

/// What JavaScript gets: the thing, or the error as JSON text.
fn either<T>(result: Result<T, Error>) -> Either<T, String> {
    match result {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(described(&error).to_string()),
    }
}

/// Runs the call until it ends, is cancelled, or panics. Only a result leaves here: a panic that reached
/// Node-API would leave the promise pending for ever.
async fn settle(
    call: impl Future<Output = Result<Response, Error>>,
    registration: AbortRegistration,
) -> Result<Response, Error> {
    // JavaScript has rejected its own promise already when it cancels.
    let aborted = |_| Err(Error::user("the call was cancelled"));
    Abortable::new(caught_async(call, Err), registration).await.unwrap_or_else(aborted)
}
