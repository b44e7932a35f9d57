//! `cargo xtask codegen`: generates code and documents from api/*.yaml.

mod api;
mod bundle;
mod files;
mod filters;
mod format;
mod helper;
mod ir;
mod names;
mod official;
mod operation;
mod render;
mod schema;
mod spec;
mod spec_rules;
#[cfg(test)]
mod tests;
mod yaml;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use spec::Spec;
use xtask::paths::root;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail and print the difference if a generated file is stale
    #[arg(long)]
    check: bool,
    /// Generate only the files of one language
    #[arg(long)]
    only: Option<Language>,
    /// Print the data for the templates as JSON; write nothing
    #[arg(long)]
    dump_ir: bool,
    /// Do not run the formatters
    #[arg(long, conflicts_with = "check")]
    no_format: bool,
    /// Folder of the spec [default: api]
    #[arg(long)]
    api: Option<PathBuf>,
    /// Folder to write to, instead of the root of the repository
    #[arg(long)]
    out: Option<PathBuf>,
}

/// The languages with templates. Markdown is the reference in docs/.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Python,
    Typescript,
    Markdown,
}

impl Language {
    const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Typescript, Self::Markdown];

    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Typescript => "typescript",
            Self::Markdown => "markdown",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Rust => "crates/bimpe/src",
            Self::Python => "python/bimpe",
            Self::Typescript => "node/src",
            Self::Markdown => "docs",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let root = root();
    let spec = Spec::load(&arguments.api.clone().unwrap_or_else(|| root.join("api")))?;
    let api = api::build(&spec)?;
    if arguments.dump_ir {
        return print(&format!("{:#}", serde_json::to_value(&api)?));
    }
    let out = arguments.out.clone().unwrap_or_else(|| root.clone());
    let mut all = Vec::new();
    for language in Language::ALL {
        if arguments.only.is_some_and(|only| only != language) {
            continue;
        }
        let format_in = (!arguments.no_format).then_some(root.as_path());
        let mut files =
            render::render(&templates().join(language.name()), &api, language.folder(), format_in)?;
        if !arguments.no_format {
            format::format(language, &root, &mut files)?;
        }
        all.extend(files);
    }
    if arguments.only.is_none_or(|only| only == Language::Rust) {
        all.extend([bundle::file(&spec)?, bundle::admin_file(&root)?, bundle::helpers_file(&spec)?]);
    }
    if !arguments.check {
        return files::write(&out, &all);
    }
    let stale = files::stale(&out, &all)?;
    if stale.is_empty() {
        return Ok(());
    }
    stale.iter().try_for_each(|stale| print(&stale.difference))?;
    let paths: Vec<&str> = stale.iter().map(|stale| stale.path.as_str()).collect();
    bail!("these files are stale; run `cargo xtask codegen`:\n  {}", paths.join("\n  "))
}

fn templates() -> PathBuf {
    root().join("crates/xtask/templates")
}

fn print(text: &str) -> Result<()> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
