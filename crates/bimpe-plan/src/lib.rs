//! Agents, workflows and integrations of the BimpeAI Console API as code.
//!
//! Files describe the objects, a [`Plan`] says what the server lacks, and [`apply`] changes the server. The server is the only
//! record of what exists: objects are matched by name below their parent, and no state file is needed.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = bimpe::Client::from_env()?;
//! let mut files = bimpe_plan::Files::default();
//! files.read("bimpe.yaml")?;
//! let document = files.finish()?;
//! let plan = bimpe_plan::plan(&client, &document, false).await?;
//! print!("{plan}");
//! let outcome = bimpe_plan::apply(&client, &document, &plan, &|change| println!("{change}")).await;
//! for pending in &outcome.pending {
//!     println!("open {}", pending.url);
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod apply;
mod approved;
mod clear_secrets;
mod decide;
mod document;
mod emit;
mod export;
mod files;
mod fingerprints;
mod fleet;
mod kinds;
mod kinds_of_changes;
mod log;
mod outcome;
mod plan;
mod problem;
mod reader;
mod reference;
mod remote;
mod report;
mod run;
mod schema;
mod selection;
mod steps;
mod stop;
mod workflows;
mod yaml;

pub use apply::{Outcome, apply, plan};
pub use document::{Document, FileDigest};
pub use export::export;
pub use files::Files;
pub use fleet::{Fleet, Outcomes};
pub use kinds_of_changes::ChangeKinds;
pub use log::Pending;
pub use outcome::{AgentOutcome, AgentResult};
pub use plan::{Action, Change, FieldChange, Note, Plan};
pub use problem::{Error, Place, Problem};
pub use report::Report;
pub use schema::schema;
pub use selection::Selection;
pub use stop::Stop;
