//! Parts that the development tasks share: paths, set-up, tasks with progress, servers.

#![expect(clippy::missing_panics_doc, reason = "panics are bugs of this tool")]

pub mod builder_paths;
pub mod cargo_tools;
pub mod debian;
pub mod dependencies;
pub mod paths;
pub mod processes;
pub mod setup;
pub mod system;
pub mod task;
pub mod text;
pub mod wasm;
