//! Errors with the line and the column that they are about.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Name of the file as the caller gave it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Something that is invalid, and its place in a file.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The cause and the next step.
    pub message: String,
    /// The position, if the problem is about a part of a file.
    pub place: Option<Place>,
    /// The key on that line. Values are left out, because they can be secrets.
    excerpt: String,
}

impl Problem {
    /// A problem that has no place in a file.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::at(None, message)
    }

    pub(crate) fn at(place: Option<Place>, message: impl Into<String>) -> Self {
        Self { message: message.into(), place, excerpt: String::new() }
    }
}

/// The place, the message, and the key of the line with a mark below the column.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else { return f.write_str(&self.message) };
        write!(f, "{place}: {}", self.message)?;
        if self.excerpt.is_empty() {
            return Ok(());
        }
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(place.column - 1);
        write!(f, "\n {number} | {}\n {margin} | {indent}^", self.excerpt)
    }
}

/// The name and the lines of a file, for the places of problems.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    keys: Vec<String>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), keys: text.lines().map(key_of).collect() })
    }

    pub(crate) fn problem(&self, spot: Spot, message: impl Into<String>) -> Problem {
        let excerpt = self.keys.get(spot.line.saturating_sub(1)).cloned().unwrap_or_default();
        // Without the part that the column is in, the mark would point at nothing.
        let excerpt = if excerpt.chars().count() >= spot.column { excerpt } else { String::new() };
        Problem { message: message.into(), place: Some(self.place(spot)), excerpt }
    }

    pub(crate) fn place(&self, spot: Spot) -> Place {
        Place { file: self.name.clone(), line: spot.line, column: spot.column }
    }
}

/// A line and a column of a file, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A line up to the end of its first key.
fn key_of(line: &str) -> String {
    line.split_once(": ").map_or_else(
        || if line.trim_end().ends_with(':') { line.trim_end().to_owned() } else { String::new() },
        |(key, _)| format!("{key}: …"),
    )
}

/// The reasons why files cannot be read, planned or applied.
///
/// ```
/// let error = bimpe_plan::Files::default().read_text("bimpe.yaml", "agent: []").unwrap_err();
/// assert!(error.to_string().starts_with("bimpe.yaml:1:1: `agent` is not a section; did you mean `agents`?"));
/// ```
#[derive(Debug)]
pub struct Error {
    /// The invalid parts.
    pub problems: Vec<Problem>,
    /// The failed request, if the error is about one.
    pub request: Option<bimpe::Error>,
    /// Whether the walk was to stop.
    pub(crate) is_stop: bool,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Problem::new(message).into()
    }

    /// The end of a walk that was to stop.
    pub(crate) fn stopped() -> Self {
        Self { is_stop: true, ..Self::new("stopped before all changes were done") }
    }

    /// One error with all problems.
    pub(crate) fn all(errors: Vec<Self>) -> Self {
        let mut all = Self::from(Vec::new());
        for error in errors {
            all.problems.extend(error.problems);
            all.request = all.request.or(error.request);
        }
        all
    }

    /// A request that failed, and what it was for.
    pub(crate) fn request(mut problem: Problem, error: bimpe::Error) -> Self {
        problem.message = format!("{}: {error}", problem.message);
        Self { request: Some(error), ..problem.into() }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems, request: None, is_stop: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
