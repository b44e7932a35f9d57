//! `bimpe doctor`: versions, environment, key and network, one line each.

use bimpe::{ENVIRONMENT, Error, ErrorKind, operations};
use clap::Args;
use serde_json::{Value, json};

use crate::client::{Session, request};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::note::printable;
use crate::output;
use crate::settings::variable;

#[derive(Args)]
pub(crate) struct Doctor {}

/// One line of the report. A check that failed has a fix.
struct Check {
    name: &'static str,
    detail: String,
    fix: Option<String>,
}

impl Check {
    fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, detail: detail.into(), fix: None }
    }

    fn bad(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, detail: detail.into(), fix: Some(fix.into()) }
    }

    fn to_json(&self) -> Value {
        json!({ "check": self.name, "ok": self.fix.is_none(), "detail": self.detail, "fix": self.fix })
    }
}

impl Doctor {
    pub(crate) async fn run(self, globals: &Globals) -> Result<(), Failure> {
        let mut checks = vec![versions(), environment()];
        match globals.connect().await {
            Ok(session) => {
                checks.push(Check::good("settings", format!("the key came from {}", session.key_from)));
                checks.extend(network(&session).await);
            }
            Err(failure) => {
                let fix = failure.next_step().unwrap_or("correct the setting that the text names");
                checks.push(Check::bad("settings", failure.text(), fix));
            }
        }
        let mut report: Vec<Value> = checks.iter().map(Check::to_json).collect();
        if output::is_terminal() && !globals.json {
            // On lines of their own, because a table cuts what does not fit.
            for fields in report.iter_mut().filter_map(Value::as_object_mut) {
                fields.remove("fix");
            }
            output::result(&report.into(), false)?;
            for Check { name, fix, .. } in &checks {
                fix.iter().try_for_each(|fix| output::line(&printable(&format!("Fix of {name}: {fix}"))))?;
            }
        } else {
            output::result(&report.into(), globals.json)?;
        }
        match checks.iter().filter(|check| check.fix.is_some()).count() {
            0 => Ok(()),
            failed => Err(Failure::error(format!("{failed} of {} checks failed", checks.len()))),
        }
    }
}

fn versions() -> Check {
    let (command, library) = (env!("CARGO_PKG_VERSION"), bimpe::VERSION);
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    Check::good("versions", format!("bimpe-cli {command}, bimpe {library}, {system}"))
}

/// Names the variables that change requests, without their values, because those can hold passwords.
fn environment() -> Check {
    let set: Vec<&str> = ENVIRONMENT.into_iter().filter(|name| variable(name).is_some()).collect();
    Check::good("environment", if set.is_empty() { "no variables".to_owned() } else { set.join(", ") })
}

/// Sends a request. Any response shows that the network works.
async fn network(session: &Session) -> Vec<Check> {
    let url = session.client.base_url();
    let reached = || Check::good("network", format!("{url} responds"));
    match session.client.execute(request(&operations::AGENTS_LIST, &[])).await {
        Ok(response) => {
            let time = format!("{url} responds within {} ms", response.elapsed.as_millis());
            vec![Check::good("network", time), Check::good("key", "the API accepts it")]
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            vec![reached(), Check::good("key", "the API accepts it, but not for lists of agents")]
        }
        Err(error) if error.kind() == ErrorKind::Authentication => {
            vec![reached(), Check::bad("key", error.message(), fix(&error, "run `bimpe login`"))]
        }
        Err(error) => vec![Check::bad("network", error.message(), fix(&error, "try again later"))],
    }
}

fn fix(error: &Error, default: &str) -> String {
    error.hint().unwrap_or(default).to_owned()
}
