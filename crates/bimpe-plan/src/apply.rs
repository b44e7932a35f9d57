//! Plans and applies documents.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use bimpe::Client;

use crate::approved::Approved;
use crate::document::Document;
use crate::fingerprints::Fingerprints;
use crate::log::{Log, Pending};
use crate::plan::{Change, Plan};
use crate::problem::Error;
use crate::remote::Remote;
use crate::run::Run;
use crate::stop::Stop;

/// Version of the format of plans.
const VERSION: u32 = 1;

/// The result of an application.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The changes that were carried out.
    pub done: Vec<Change>,
    /// The connections that a person must finish.
    pub pending: Vec<Pending>,
    /// The planned changes that an error prevented. Another run may have carried out some of them.
    pub left: Vec<Change>,
    /// The reason why changes are left.
    pub error: Option<Error>,
}

/// Compares the server with the files. `prune` plans to delete what the files do not name. Changes nothing.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = bimpe_sandbox::Sandbox::builder().start().await?;
/// let client = bimpe::Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build()?;
/// let mut files = bimpe_plan::Files::default();
/// files.read_text("bimpe.yaml", "workflows: [{ name: Shop, system_prompt: Be brief. }]")?;
/// let plan = bimpe_plan::plan(&client, &files.finish()?, false).await?;
/// assert_eq!(plan.changes[0].address, "workflows/Shop");
/// # Ok(())
/// # }
/// ```
pub async fn plan(client: &Client, document: &Document, prune: bool) -> Result<Plan, Error> {
    let (log, errors) = run(client, document, prune, None, &|_| {}).await?;
    if !errors.is_empty() {
        return Err(Error::all(errors));
    }
    Ok(Plan {
        version: VERSION,
        origin: client.base_url().to_owned(),
        files: document.files.clone(),
        prune,
        changes: log.changes,
        notes: log.notes,
    })
}

/// Carries out the changes of a plan for the same files. Reads again what exists before each change, and refuses a change that
/// the plan does not have. `on_change` receives each change that was carried out.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = bimpe_sandbox::Sandbox::builder().start().await?;
/// # let client = bimpe::Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build()?;
/// # let mut files = bimpe_plan::Files::default();
/// # files.read_text("bimpe.yaml", "workflows: [{ name: Shop, system_prompt: Be brief. }]")?;
/// # let document = files.finish()?;
/// let plan = bimpe_plan::plan(&client, &document, false).await?;
/// let outcome = bimpe_plan::apply(&client, &document, &plan, &|_| {}).await;
/// assert_eq!(outcome.done.len(), 1);
/// assert!(bimpe_plan::plan(&client, &document, false).await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub async fn apply(
    client: &Client,
    document: &Document,
    plan: &Plan,
    on_change: &(dyn Fn(&Change) + Send + Sync),
) -> Outcome {
    if let Err(error) = check(client, document, plan) {
        return Outcome { error: Some(error), left: plan.changes.clone(), ..Outcome::default() };
    }
    let (log, errors) =
        match run(client, document, plan.prune, Some(Approved::new(&plan.changes)), on_change).await {
            Ok(result) => result,
            Err(error) => (Log::default(), vec![error]),
        };
    let mut outcome = Outcome { done: log.changes, pending: log.pending, ..Outcome::default() };
    if !errors.is_empty() {
        outcome.error = Some(Error::all(errors));
        let is_finished = |change: &Change| {
            let mut top = change.address.splitn(3, '/');
            let top = [top.next(), top.next()].map(Option::unwrap_or_default).join("/");
            log.finished.contains(&top)
        };
        outcome.left = left(&plan.changes, &outcome.done);
        outcome.left.retain(|change| !is_finished(change));
    }
    outcome
}

/// Returns the planned changes that were not carried out.
pub(crate) fn left(planned: &[Change], done: &[Change]) -> Vec<Change> {
    let same = |one: &Change, other: &Change| one.action == other.action && one.address == other.address;
    planned.iter().filter(|change| !done.iter().any(|done| same(done, change))).cloned().collect()
}

/// Refuses a plan for another server or for other files.
fn check(client: &Client, document: &Document, plan: &Plan) -> Result<(), Error> {
    if plan.version != VERSION {
        return Err(Error::new(format!("the plan has the unsupported version {}; plan again", plan.version)));
    }
    if plan.origin != client.base_url() {
        return Err(Error::new(format!("the plan is for {}, not for {}", plan.origin, client.base_url())));
    }
    if plan.files != document.files {
        return Err(Error::new("the files changed since the plan; plan again"));
    }
    Ok(())
}

async fn run(
    client: &Client,
    document: &Document,
    prune: bool,
    approved: Option<Approved<'_>>,
    on_change: &(dyn Fn(&Change) + Send + Sync),
) -> Result<(Log, Vec<Error>), Error> {
    let fingerprints = Fingerprints::read(document.folder.as_deref(), client.base_url())?;
    let run = Run {
        remote: Remote { client: client.clone() },
        document,
        prune,
        fingerprints: &fingerprints,
        approved,
        workflows: &Mutex::default(),
        failed: AtomicBool::new(false),
        stop: &Stop::default(),
        on_change,
    };
    let (log, mut errors) = run.all().await;
    if !run.is_planning() {
        errors.extend(fingerprints.finish().err());
    }
    Ok((log, errors))
}
