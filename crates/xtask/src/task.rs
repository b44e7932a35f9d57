//! Tasks with progress: each task shows one line, and its output goes to a log file.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use console::style;
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::WalkDir;

use crate::paths;

/// Lines to show of a failed task's log.
const SHOWN_LOG_LINES: usize = 40;

/// Commands that run only if an input has changed since the last run.
pub struct Task<'a> {
    /// Name to show, and of the log file.
    pub name: &'a str,
    /// Files, and folders with all their files. Without inputs the task always runs.
    pub inputs: &'a [&'a str],
    /// Files that must exist afterwards. A `*` stands for any text; such files of an earlier run are removed first.
    pub outputs: &'a [PathBuf],
}

impl Task<'_> {
    /// Runs the commands in order.
    pub fn run(&self, commands: impl IntoIterator<Item = Command>) -> Result<()> {
        let stamp = paths::target().join("xtask").join(self.name.replace(' ', "-"));
        let state = fingerprint(self.inputs)?;
        let fresh = fs::read_to_string(&stamp).is_ok_and(|last| last == state);
        if fresh
            && !self.inputs.is_empty()
            && self.outputs.iter().all(|output| !paths::matching(output).is_empty())
        {
            return Ok(());
        }
        for output in self.outputs.iter().filter(|output| output.to_string_lossy().contains('*')) {
            paths::matching(output).into_iter().try_for_each(fs::remove_file)?;
        }
        let log_file = stamp.with_extension("log");
        fs::create_dir_all(stamp.parent().expect("it lies in a folder"))?;
        let mut sink = File::create(&log_file)?;
        let started = Instant::now();
        let bar = ProgressBar::new_spinner().with_message(self.name.to_owned());
        bar.set_style(
            ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim} {prefix:.dim}")
                .expect("valid"),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        if bar.is_hidden() {
            log(&format!("… {}", self.name));
        }
        for command in commands {
            if let Err(error) = run(command, &mut sink, &bar) {
                bar.finish_and_clear();
                log(&last_lines(&log_file, SHOWN_LOG_LINES));
                return Err(error.context(format!(
                    "{} failed (whole log: {})",
                    self.name,
                    log_file.display()
                )));
            }
        }
        bar.finish_and_clear();
        for output in self.outputs {
            if paths::matching(output).is_empty() {
                bail!("{} did not create {}", self.name, output.display());
            }
        }
        fs::write(&stamp, state)?;
        log(&format!(
            "{} {} {}",
            style("✓").green(),
            self.name,
            style(format!("{:.1} s", started.elapsed().as_secs_f32())).dim()
        ));
        Ok(())
    }
}

fn run(mut command: Command, sink: &mut File, bar: &ProgressBar) -> Result<()> {
    let shown = display(&command);
    writeln!(sink, "$ {shown}")?;
    // One pipe for both, so that the log keeps the order.
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot run {shown}"))?;
    // Drop the command because its copies of the writer would keep the pipe open.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        sink.write_all(&line)?;
        sink.write_all(b"\n")?;
        let text = String::from_utf8_lossy(&line);
        let text = console::strip_ansi_codes(text.trim());
        bar.set_prefix(console::truncate_str(&text, 60, "…").into_owned());
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Returns the last lines of a log.
pub fn last_lines(log: &Path, count: usize) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Runs a command and prints its output under a heading.
pub fn print_output(name: &str, command: &mut Command) -> Result<()> {
    log(&format!("\n{} {}", style("──").dim(), style(name).bold()));
    let status = command.status().with_context(|| format!("cannot run {}", display(command)))?;
    if !status.success() {
        bail!("{name}: {} ended with {status}", display(command));
    }
    Ok(())
}

/// Runs a tool of this repository: a cargo package, with these options.
pub fn run_tool(package: &str, options: &[String]) -> Result<()> {
    let mut tool = command("cargo", &["run", "--quiet", "--locked", "--package", package, "--"]);
    let status = tool.args(options).status().with_context(|| format!("cannot run {package}"))?;
    ensure!(status.success(), "{package} ended with {status}");
    Ok(())
}

/// Returns a command that runs at the top of the repository.
pub fn command<S: AsRef<std::ffi::OsStr>>(program: impl AsRef<std::ffi::OsStr>, arguments: &[S]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(paths::root());
    command
}

/// Prints a line to the terminal.
pub fn log(text: &str) {
    #[expect(clippy::print_stdout, reason = "commands print to the terminal")]
    {
        println!("{text}");
    }
}

fn display(command: &Command) -> String {
    let name =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Returns a hash over all files of the inputs, without installed and built ones.
fn fingerprint(inputs: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        let entries = WalkDir::new(paths::root().join(input)).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(|entry| !paths::is_made(entry.file_name())) {
            let entry = entry.with_context(|| format!("cannot read {input}"))?;
            let extension = entry.path().extension().unwrap_or_default();
            if entry.file_type().is_file()
                && !["node", "so", "pyc", "tgz"].iter().any(|made| extension == *made)
            {
                entry.path().hash(&mut hasher);
                fs::read(entry.path())?.hash(&mut hasher);
            }
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}
