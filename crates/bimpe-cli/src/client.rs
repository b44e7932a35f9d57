//! The client of a command: options of the command line, then the environment.

use bimpe::engine::OperationRequest;
use bimpe::schema::Operation;
use bimpe::{Client, Pace};
use bimpe_sandbox::Sandbox;
use serde_json::Value;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::note;
use crate::settings::Settings;
use crate::{prompt, running_sandbox};

/// The address of the public API.
const PUBLIC: &str = "https://api.bimpe.ai";

/// A client, and the sandbox that ends with it.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) profile: Option<String>,
    /// The origin of the key.
    pub(crate) key_from: String,
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// Sends a request and returns the `data` of its response.
    pub(crate) async fn send(&self, request: OperationRequest) -> Result<Value, Failure> {
        data(self.client.execute(request).await?.data())
    }

    /// Returns the items of a page. The request is then that for the next page, if it has a cursor.
    pub(crate) async fn page(&self, request: &mut OperationRequest) -> Result<Vec<Value>, Failure> {
        let response = self.client.execute(request.clone()).await?;
        request.cursor = response.next().map(str::to_owned);
        match data(response.data())? {
            Value::Array(items) => Ok(items),
            _ => Err(Failure::error("the response is not a list")),
        }
    }
}

/// Reads the JSON of a response or of an event.
pub(crate) fn data(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::error(format!("the response is not JSON: {error}")))
}

/// Returns a request with these ids.
pub(crate) fn request(operation: &'static Operation, ids: &[&str]) -> OperationRequest {
    let mut request = OperationRequest::of(operation);
    request.path = ids.iter().map(|id| (*id).to_owned()).collect();
    request
}

impl Globals {
    /// Creates the client. Sends no request to the API.
    pub(crate) async fn connect(&self) -> Result<Session, Failure> {
        if self.sandbox {
            return self.connect_sandbox().await;
        }
        let globals = self.clone();
        let settings = prompt::wait(move || Settings::find(&globals)).await?;
        let key = settings.key.ok_or_else(|| {
            Failure::error("no API key").hint(
                "run `bimpe login` or set BIMPEAI_API_KEY; or try without an account: add --sandbox, or run `bimpe sandbox`",
            )
        })?;
        let url = settings.base_url;
        let client = self.client_with(&key.value, &key.origin, url.as_ref().map(|url| &*url.value));
        let client = client.map_err(|failure| match &url {
            Some(url) => failure.hint(format!("the address came from {}", url.origin)),
            None => failure,
        })?;
        let profile = settings.profile.map(|profile| profile.value);
        Ok(Session { client, profile, key_from: key.origin, _sandbox: None })
    }

    /// Uses the sandbox of `bimpe sandbox`, or starts one for this command.
    async fn connect_sandbox(&self) -> Result<Session, Failure> {
        let (url, key, started) = if let Some((url, key)) = running_sandbox::find().await {
            (url, key, None)
        } else {
            let sandbox = Sandbox::builder().start().await?;
            note("This command has its own sandbox. `bimpe sandbox` starts one for several commands.");
            (sandbox.url().to_owned(), sandbox.api_key().to_owned(), Some(sandbox))
        };
        let origin = "the sandbox".to_owned();
        let client = self.client_with(&key, &origin, Some(&url))?;
        Ok(Session { client, profile: None, key_from: origin, _sandbox: started })
    }

    /// Creates a client with this key.
    pub(crate) fn client_with(&self, key: &str, origin: &str, url: Option<&str>) -> Result<Client, Failure> {
        // A command creates one client, so the text is small and is needed until its end.
        let origin: &'static str = Box::leak(origin.to_owned().into_boxed_str());
        let mut builder = Client::builder().user_agent(concat!("bimpe-cli/", env!("CARGO_PKG_VERSION")));
        builder = builder.api_key(key).api_key_source(origin).base_url(url.unwrap_or(PUBLIC));
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        if self.is_paced {
            builder = builder.pace(Pace::Adaptive);
        }
        if let Some(retries) = self.max_retries {
            builder = builder.max_retries(retries);
        }
        builder.build().map_err(|error| Failure::error(error.to_string()))
    }
}
