//! `bimpe mcp doctor`: why an MCP server does not work, found stage by stage.

use std::time::Duration;

use bimpe_mcp::{Error, Server, Session, Stage, ToolList, Transport};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use url::{Host, Url};

use super::lint::{Problem, problems};
use super::secret;
use crate::failure::{Exit, Failure};
use crate::globals::Globals;
use crate::note::printable;
use crate::output;

/// Limit of each stage without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The stages in order, with their exit codes.
const STAGES: [(Stage, Exit); 8] = [
    (Stage::Dns, Exit::Dns),
    (Stage::Connect, Exit::Connect),
    (Stage::Tls, Exit::Tls),
    (Stage::Http, Exit::Http),
    (Stage::Auth, Exit::Auth),
    (Stage::Transport, Exit::Transport),
    (Stage::Protocol, Exit::Protocol),
    (Stage::Tools, Exit::Tools),
];

/// Options of `bimpe mcp doctor`.
#[derive(Args)]
pub(crate) struct Options {
    /// URL of the MCP server
    url: String,
    /// Transport of the server, as in the configuration of the integration
    #[arg(long, value_enum, default_value = "streamable_http")]
    transport: TransportName,
    /// Bearer token: @FILE, env:NAME or - for standard input
    #[arg(long, value_name = "SOURCE", conflicts_with = "basic")]
    bearer: Option<String>,
    /// User name and password with a colon between them: @FILE, env:NAME or - for standard input
    #[arg(long, value_name = "SOURCE")]
    basic: Option<String>,
    /// Header of each request. The value is @FILE, env:NAME or - for standard input
    #[arg(long, value_name = "NAME: SOURCE")]
    header: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TransportName {
    StreamableHttp,
    HttpSse,
}

/// The outcome of all stages.
struct Report {
    url: Url,
    name: Option<String>,
    version: Option<String>,
    list: ToolList,
    error: Option<Error>,
}

/// Examines a server and prints the report. The exit code names the stage that failed.
pub(super) async fn run(options: Options, globals: &Globals) -> Result<(), Failure> {
    let server = options.server()?;
    let report = examine(&server, &options.url, globals.timeout.unwrap_or(TIMEOUT)).await?;
    if globals.json {
        output::json(&report.to_json())?;
    } else {
        report.lines().iter().try_for_each(|line| output::line(&printable(line)))?;
    }
    match report.failed() {
        Some((_, exit)) => Err(Failure::reported(exit)),
        None => Ok(()),
    }
}

impl Options {
    fn server(&self) -> Result<Server, Failure> {
        let mut server = Server::new(&self.url).map_err(usage)?.transport(match self.transport {
            TransportName::StreamableHttp => Transport::StreamableHttp,
            TransportName::HttpSse => Transport::HttpSse,
        });
        if let Some(source) = &self.bearer {
            server = server.bearer(&secret("--bearer", source)?).map_err(usage)?;
        }
        if let Some(source) = &self.basic {
            let text = secret("--basic", source)?;
            let (user, password) = text.split_once(':').unwrap_or((&text, ""));
            server = server.basic(user, password).map_err(usage)?;
        }
        for header in &self.header {
            let (name, source) = header.split_once(':').ok_or_else(|| {
                Failure::usage("the value of --header has no colon").hint("Write `NAME: SOURCE`.")
            })?;
            server = server.header(name.trim(), &secret("--header", source.trim())?).map_err(usage)?;
        }
        Ok(server)
    }
}

fn usage(error: Error) -> Failure {
    Failure::usage(error.cause).hint(error.fix)
}

/// Goes through all stages, until one fails.
async fn examine(server: &Server, url: &str, limit: Duration) -> Result<Report, Failure> {
    let url = Url::parse(url).map_err(|error| Failure::usage(error.to_string()))?;
    let mut report = Report { url, name: None, version: None, list: ToolList::default(), error: None };
    let session = match Session::connect(server, limit).await {
        Ok(session) => session,
        Err(error) => {
            report.error = Some(error);
            return Ok(report);
        }
    };
    report.name = session.server_name();
    report.version = session.protocol_version();
    match session.list_tools(limit).await {
        Ok(list) => report.list = list,
        Err(error) => report.error = Some(error),
    }
    session.close().await;
    Ok(report)
}

impl Report {
    /// Returns the stage that failed, and its exit code.
    fn failed(&self) -> Option<(Stage, Exit)> {
        let stage = match &self.error {
            Some(error) => error.stage,
            None if problems(&self.list).iter().any(|problem| problem.is_error) => Stage::Tools,
            None => return None,
        };
        let exit = STAGES.iter().find(|(known, _)| *known == stage).map_or(Exit::Usage, |(_, exit)| *exit);
        Some((stage, exit))
    }

    /// Returns each stage with its outcome: `ok`, `failed`, or `skipped`.
    fn stages(&self) -> Vec<(Stage, &'static str)> {
        let failed = self.failed().map(|(stage, _)| stage);
        let is_address = !matches!(self.url.host(), Some(Host::Domain(_)));
        let outcome = |stage: Stage| match failed {
            Some(failed) if stage == failed => "failed",
            Some(failed) if stage > failed => "skipped",
            _ if stage == Stage::Dns && is_address => "skipped",
            _ if stage == Stage::Tls && self.url.scheme() == "http" => "skipped",
            _ => "ok",
        };
        STAGES.iter().map(|(stage, _)| (*stage, outcome(*stage))).collect()
    }

    fn detail(&self, stage: Stage) -> String {
        match stage {
            Stage::Protocol => {
                let parts = [self.version.as_deref(), self.name.as_deref()];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            Stage::Tools => format!("{} tools", self.list.tools.len() + self.list.invalid.len()),
            _ => String::new(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let stage = |(stage, outcome): (Stage, &str)| {
            let detail = if outcome == "skipped" { String::new() } else { self.detail(stage) };
            format!("{:<10} {outcome:<8} {detail}", stage.name()).trim_end().to_owned()
        };
        let mut lines: Vec<String> = self.stages().into_iter().map(stage).collect();
        for problem in problems(&self.list) {
            let level = if problem.is_error { "error" } else { "warning" };
            lines.push(format!("{level}: {}: {}. {}", problem.tool, problem.text, problem.fix));
        }
        if let Some(error) = &self.error {
            lines.push(format!("Cause: {}", error.cause));
            lines.push(format!("Fix:   {}", error.fix));
        }
        lines
    }

    fn to_json(&self) -> Value {
        let stages: Vec<Value> = self
            .stages()
            .into_iter()
            .map(|(stage, outcome)| json!({"stage": stage.name(), "outcome": outcome}))
            .collect();
        let error = self.error.as_ref();
        json!({
            "ok": self.failed().is_none(),
            "stages": stages,
            "error": error.map(|error| json!({"stage": error.stage.name(), "cause": error.cause, "fix": error.fix})),
            "server": {"name": self.name, "protocol_version": self.version},
            "tools": self.list.tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(),
            "problems": problems(&self.list).iter().map(Problem::to_json).collect::<Vec<_>>(),
        })
    }
}
