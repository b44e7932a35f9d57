//! Reports of fleets, one line for each agent.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fingerprints::private;
use crate::log::Pending;
use crate::outcome::{AgentOutcome, AgentResult};
use crate::plan::Change;
use crate::problem::Error;

/// A report that grows by a line for each agent: a JSON array if the name ends in `.json`, CSV if it ends in `.csv`. Only its
/// owner can read it, because it has the URLs to finish connections.
///
/// A run that is killed leaves whole lines, from which [`Report::resume`] continues.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("bimpe-report-{}.csv", std::process::id()));
/// let report = bimpe_plan::Report::create(&path, "basis")?;
/// report.finish()?;
/// let (report, finished) = bimpe_plan::Report::resume(&path, "basis")?;
/// assert!(finished.is_empty());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Report {
    path: PathBuf,
    file: File,
    form: Form,
    basis: String,
    is_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Json,
    Csv,
}

/// A line of a report.
#[derive(Serialize)]
struct Row<'a> {
    id: Option<String>,
    name: &'a str,
    result: AgentResult,
    changes: Vec<String>,
    pending: &'a [Pending],
    left: Vec<String>,
    error: Option<String>,
    basis: &'a str,
}

/// The part of a line from which a run continues.
#[derive(Deserialize)]
struct Known {
    id: Option<String>,
    result: AgentResult,
    basis: String,
}

const COLUMNS: [&str; 8] = ["id", "name", "result", "changes", "pending", "left", "error", "basis"];

impl Report {
    /// Creates the file of a report. `basis` is that of [`crate::Fleet::basis`]. Refuses a file that exists.
    pub fn create(path: impl AsRef<Path>, basis: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let form = form_of(path)?;
        let file = private().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(format!("the report `{}` exists; resume it, or remove it first", path.display()))
            }
            _ => failed(path, &error),
        })?;
        let mut report = Self { path: path.to_owned(), file, form, basis: basis.to_owned(), is_empty: true };
        report.begin()?;
        Ok(report)
    }

    /// Opens a report to continue it. Returns the ids of the agents that are finished on the same basis.
    ///
    /// Of several lines for an agent, the last one counts. The part of a line that a killed run left is removed.
    pub fn resume(path: impl AsRef<Path>, basis: &str) -> Result<(Self, HashSet<String>), Error> {
        let path = path.as_ref();
        let form = form_of(path)?;
        let text = fs::read(path).map_err(|error| failed(path, &error))?;
        let (finished, end) = read(form, &text, basis).map_err(|error| failed(path, &error))?;
        let file = private().write(true).open(path).map_err(|error| failed(path, &error))?;
        // Without a line of an agent, the report begins again.
        let is_empty = end == 0;
        let mut report = Self { path: path.to_owned(), file, form, basis: basis.to_owned(), is_empty };
        let end = end as u64;
        let moved = report.file.set_len(end).and_then(|()| report.file.seek(SeekFrom::Start(end)));
        moved.map_err(|error| failed(path, &error))?;
        if is_empty {
            report.begin()?;
        }
        Ok((report, finished))
    }

    /// Adds the line of an agent.
    pub fn add(&mut self, outcome: &AgentOutcome) -> Result<(), Error> {
        let texts = |changes: &[Change]| changes.iter().map(text_of).collect::<Vec<_>>();
        let row = Row {
            id: outcome.id.clone(),
            name: &outcome.name,
            result: outcome.result,
            changes: texts(&outcome.changes),
            pending: &outcome.pending,
            left: texts(&outcome.left),
            error: outcome.error.as_ref().map(ToString::to_string),
            basis: &self.basis,
        };
        let line = match self.form {
            Form::Json => {
                let begin = if self.is_empty { "" } else { ",\n" };
                let row = serde_json::to_string(&row).map_err(|error| Error::new(error.to_string()))?;
                format!("{begin}{row}")
            }
            Form::Csv => csv_row(&row),
        };
        self.is_empty = false;
        self.write(&line)
    }

    /// Ends the report.
    pub fn finish(mut self) -> Result<(), Error> {
        match self.form {
            Form::Json if self.is_empty => self.write("]\n"),
            Form::Json => self.write("\n]\n"),
            Form::Csv => Ok(()),
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        match self.form {
            Form::Json => self.write("[\n"),
            Form::Csv => self.write(&csv_line(COLUMNS)),
        }
    }

    /// Writes a text in one piece.
    fn write(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(|error| failed(&self.path, &error))
    }
}

fn form_of(path: &Path) -> Result<Form, Error> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("csv") => Ok(Form::Csv),
        _ => {
            Err(Error::new(format!("the name of the report `{}` must end in .json or .csv", path.display())))
        }
    }
}

/// Returns the finished agents, and the length of the text up to the last whole line. A JSON line ends without its comma.
fn read(form: Form, text: &[u8], basis: &str) -> io::Result<(HashSet<String>, usize)> {
    let mut finished = HashSet::new();
    let mut end = 0;
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let after = start + line.len();
        let trimmed = line.trim_ascii_end();
        let row = match form {
            Form::Json => {
                let row = trimmed.strip_suffix(b",").unwrap_or(trimmed);
                let known = serde_json::from_slice::<Known>(row).ok();
                known.inspect(|_| end = start + row.len())
            }
            Form::Csv if line.ends_with(b"\n") => {
                end = after;
                known_of_csv(trimmed)?
            }
            Form::Csv => None,
        };
        if let Some(Known { id: Some(id), result, .. }) = row.filter(|row| row.basis == basis) {
            if result.is_finished() {
                finished.insert(id);
            } else {
                finished.remove(&id);
            }
        }
        start = after;
    }
    let first = if form == Form::Json { "[\n".to_owned() } else { csv_line(COLUMNS) };
    if !text.iter().zip(first.bytes()).all(|(byte, expected)| *byte == expected) {
        return Err(io::Error::other("it is no report"));
    }
    Ok((finished, end))
}

fn known_of_csv(line: &[u8]) -> io::Result<Option<Known>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
    let Some(record) = reader.records().next().transpose()? else { return Ok(None) };
    let column = |name: &str| {
        let position = COLUMNS.iter().position(|column| *column == name)?;
        record.get(position).map(str::to_owned)
    };
    let result = serde_json::from_value(column("result").into()).ok();
    Ok(result.and_then(|result| {
        Some(Known { id: column("id").filter(|id| !id.is_empty()), result, basis: column("basis")? })
    }))
}

fn csv_row(row: &Row<'_>) -> String {
    let pending: Vec<String> =
        row.pending.iter().map(|pending| format!("{} {}", pending.address, pending.url)).collect();
    csv_line([
        row.id.as_deref().unwrap_or_default(),
        row.name,
        &row.result.to_string(),
        &row.changes.join("; "),
        &pending.join("; "),
        &row.left.join("; "),
        row.error.as_deref().unwrap_or_default(),
        row.basis,
    ])
}

/// Returns a line of CSV. A record is one line, so that the end of a line is the end of a record.
fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = cells.into_iter().map(|cell| cell.replace(['\n', '\r'], " "));
    // Writing to memory cannot fail.
    let _ = writer.write_record(cells);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// A change in words, as in `create agents/Ada/knowledge/Hours`.
fn text_of(change: &Change) -> String {
    let action = serde_json::to_value(change.action).unwrap_or_default();
    format!("{} {}", action.as_str().unwrap_or_default(), change.address)
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot read or write the report `{}`: {error}", path.display()))
}
