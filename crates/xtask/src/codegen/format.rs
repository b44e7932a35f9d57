//! Runs the formatters of the three languages.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{Language, files::File};

/// Formats files of one language.
pub(crate) fn format(language: Language, root: &Path, files: &mut [File]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let Some((program, arguments)) = tool(language, root)? else { return Ok(()) };
    std::thread::scope(|scope| {
        let formatted: Vec<_> = files
            .iter_mut()
            .map(|file| {
                let (program, arguments) = (&program, &arguments);
                scope.spawn(move || {
                    let arguments = arguments.iter().map(|argument| argument.replace("FILE", &file.path));
                    file.text = pipe(Command::new(program).args(arguments).current_dir(root), &file.text)
                        .with_context(|| format!("cannot format {}", file.path))?;
                    anyhow::Ok(())
                })
            })
            .collect();
        formatted.into_iter().try_for_each(|thread| thread.join().expect("a formatter thread does not panic"))
    })
}

/// Formats the statements of an example.
pub(crate) fn rust_example(root: &Path, statements: &str) -> Result<String> {
    let function = format!("async fn example() {{\n{statements}\n}}\n");
    let (program, arguments) = tool(Language::Rust, root)?.expect("Rust has a formatter");
    let mut command = Command::new(program);
    // Wider than the code, because rustfmt does not format a statement that contains a string beyond the limit.
    let text = pipe(command.args(arguments).args(["--config", "max_width=120"]).current_dir(root), &function)
        .with_context(|| format!("cannot format the example:\n{statements}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let inner = lines[1..lines.len() - 1].iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    Ok(inner.collect::<Vec<_>>().join("\n"))
}

/// A program and its arguments.
type Tool = (PathBuf, Vec<&'static str>);

/// Returns the formatter of a language, which reads a file from standard input.
fn tool(language: Language, root: &Path) -> Result<Option<Tool>> {
    let (program, arguments) = match language {
        Language::Rust => {
            let arguments = vec!["--edition", "2024", "--config-path", "rustfmt.toml"];
            return Ok(Some(("rustfmt".into(), arguments)));
        }
        Language::Python => ("target/venv/bin/ruff", vec!["format", "--stdin-filename", "FILE", "-"]),
        Language::Typescript => ("node/node_modules/.bin/biome", vec!["format", "--stdin-file-path", "FILE"]),
        Language::Markdown => return Ok(None),
    };
    let path = root.join(program);
    if !path.exists() {
        bail!("{program} is missing; run `cargo xtask setup` first (or generate one language with --only)");
    }
    Ok(Some((path, arguments)))
}

fn pipe(command: &mut Command, input: &str) -> Result<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let output = std::thread::scope(|scope| {
        // Write from another thread, because a formatter may write output before it has read all input.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        child.wait_with_output()
    })?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
