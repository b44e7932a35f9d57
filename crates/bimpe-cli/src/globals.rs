//! The options that every command takes.

use std::str::FromStr;
use std::time::Duration;

use bimpe::RequestOptions;
use clap::Args;

/// The time limit of a request that waits for the rate limit.
const PACED_TIMEOUT: Duration = Duration::from_secs(600);

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Globals {
    /// Print JSON, also for errors
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,

    /// Use the sandbox that runs on port 4010, or one that ends with the command
    #[arg(long, global = true, help_heading = "Global options", conflicts_with_all = ["base_url", "profile"])]
    pub(crate) sandbox: bool,

    /// Profile of `bimpe login` [default: `BIMPEAI_PROFILE`, or `default`]
    #[arg(long, global = true, help_heading = "Global options", value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Address of the API [default: `BIMPEAI_BASE_URL`, or the public address]
    #[arg(long, global = true, help_heading = "Global options", value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// Time limit of each request, retries included
    #[arg(long, global = true, help_heading = "Global options", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Maximum number of retries of each request
    #[arg(long, global = true, help_heading = "Global options", value_name = "NUMBER", value_parser = whole::<u32>)]
    pub(crate) max_retries: Option<u32>,

    /// Idempotency key of a write: repeated requests with the same key apply once
    #[arg(long, global = true, help_heading = "Global options", value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,

    /// Whether requests wait for the rate limit
    #[arg(skip)]
    pub(crate) is_paced: bool,
}

impl Globals {
    /// Lets requests wait for several windows of the rate limit.
    pub(crate) fn paced(&self) -> Self {
        Self { is_paced: true, timeout: self.timeout.or(Some(PACED_TIMEOUT)), ..self.clone() }
    }

    /// Returns the options of the one request of a command.
    pub(crate) fn request_options(&self) -> RequestOptions {
        let mut options = RequestOptions::default();
        options.idempotency_key.clone_from(&self.idempotency_key);
        options
    }
}

/// Reads a whole number.
pub(crate) fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "must be a whole number".to_owned())
}

/// Reads the number of a port.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "must be a number from 0 to 65535".to_owned())
}

/// Reads a number of seconds above 0.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "must be a number of seconds above 0".to_owned())
}
