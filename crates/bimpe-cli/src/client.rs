//! The client of a command: options of the command line, then the environment.

use std::time::Duration;

use bimpe::engine::OperationRequest;
use bimpe::schema::Operation;
use bimpe::{Client, RequestOptions};
use bimpe_sandbox::Sandbox;
use clap::Args;
use serde_json::Value;

use crate::failure::Failure;

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Globals {
    /// Print JSON, also for errors
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,

    /// Use a sandbox that ends with the command, in place of the API
    #[arg(long, global = true, help_heading = "Global options", conflicts_with = "base_url")]
    pub(crate) sandbox: bool,

    /// Address of the API [default: `BIMPEAI_BASE_URL`, or the public address]
    #[arg(long, global = true, help_heading = "Global options", value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Time limit of each request, retries included
    #[arg(long, global = true, help_heading = "Global options", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Maximum number of retries of each request
    #[arg(long, global = true, help_heading = "Global options", value_name = "NUMBER")]
    pub(crate) max_retries: Option<u32>,

    /// Idempotency key of a write: repeated requests with the same key apply once
    #[arg(long, global = true, help_heading = "Global options", value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

/// A client, and the sandbox that ends with it.
pub(crate) struct Session {
    pub(crate) client: Client,
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
    /// Creates the client. Sends no request.
    pub(crate) async fn connect(&self) -> Result<Session, Failure> {
        let mut builder = Client::builder().user_agent(concat!("bimpe-cli/", env!("CARGO_PKG_VERSION")));
        let sandbox = if self.sandbox { Some(Sandbox::builder().start().await?) } else { None };
        if let Some(sandbox) = &sandbox {
            let source = "the sandbox of this command";
            builder = builder.api_key(sandbox.api_key()).api_key_source(source).base_url(sandbox.url());
        } else if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(retries) = self.max_retries {
            builder = builder.max_retries(retries);
        }
        let client = builder.build().map_err(|error| Failure::error(error.to_string()))?;
        Ok(Session { client, _sandbox: sandbox })
    }

    /// Returns the options of the one request of a command.
    pub(crate) fn request_options(&self) -> RequestOptions {
        let mut options = RequestOptions::default();
        options.idempotency_key.clone_from(&self.idempotency_key);
        options
    }
}

/// Reads a number of seconds above 0.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "must be a number of seconds above 0".to_owned())
}
