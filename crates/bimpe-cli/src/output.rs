//! Results on standard output: JSON, aligned text in a terminal, or tab-separated text in a pipe.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use console::Term;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::note::{note, printable};

/// The widest column of a table in a terminal.
const WIDEST: u16 = 40;
/// The columns that a narrow terminal shows, too.
const FIRST: [&str; 4] = ["id", "name", "status", "type"];

/// Writes a line to standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Returns whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    Term::stdout().is_term()
}

/// Writes a value as JSON.
pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    line(&format!("{value:#}"))
}

/// Writes a result as JSON, or as text.
pub(crate) fn result(value: &Value, as_json: bool) -> Result<(), Failure> {
    let terminal = Term::stdout().is_term().then(|| Term::stdout().size().1);
    match value {
        _ if as_json => json(value),
        Value::Null => Ok(()),
        Value::Array(items) if items.iter().all(Value::is_object) => rows(items, terminal),
        Value::Array(items) => items.iter().try_for_each(|item| line(&cell(item))),
        Value::Object(fields) => record(fields, terminal),
        scalar => line(&cell(scalar)),
    }
}

/// Writes one line for each object. A pipe gets all simple fields, a terminal those that fit.
fn rows(items: &[Value], terminal: Option<u16>) -> Result<(), Failure> {
    let mut names: Vec<&str> = Vec::new();
    for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
        if !value.is_object() && !value.is_array() && !value.is_null() && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let cells =
        |item: &Value, names: &[&str]| names.iter().map(|name| cell(&item[*name])).collect::<Vec<_>>();
    let Some(width) = terminal else {
        let lines = items.iter().map(|item| cells(item, &names).join("\t"));
        return [names.join("\t")]
            .into_iter()
            .chain(lines)
            .filter(|_| !items.is_empty())
            .try_for_each(|text| line(&text));
    };
    if items.is_empty() {
        note("no results");
        return Ok(());
    }
    let all = names.len();
    let names = fitting(items, names, width);
    let mut table = table(width);
    table.set_header(names.iter().map(|name| name.to_uppercase().replace('_', " ")));
    for item in items {
        table.add_row(cells(item, &names));
    }
    line(&table.trim_fmt())?;
    if names.len() < all {
        let more = all - names.len();
        let fields = if more == 1 { "field" } else { "fields" };
        note(&format!("{more} more {fields}: widen the terminal, or use --json"));
    }
    Ok(())
}

/// Returns the columns that fit into the width, the most important first.
fn fitting<'a>(items: &[Value], mut names: Vec<&'a str>, width: u16) -> Vec<&'a str> {
    names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    let mut left = usize::from(width);
    names.retain(|name| {
        let widths = items.iter().map(|item| console::measure_text_width(&cell(&item[*name])));
        let needed = widths.max().unwrap_or(0).max(name.len()).min(usize::from(WIDEST)) + 2;
        let fits = needed <= left || FIRST[0] == *name;
        left = if fits { left.saturating_sub(needed) } else { 0 };
        fits
    });
    names
}

/// Writes one line for each field of an object.
fn record(fields: &Map<String, Value>, terminal: Option<u16>) -> Result<(), Failure> {
    let Some(width) = terminal else {
        return fields.iter().try_for_each(|(name, value)| line(&format!("{name}\t{}", cell(value))));
    };
    let mut table = table(width);
    for (name, value) in fields {
        table.add_row([name.clone(), cell(value)]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(WIDEST)));
    }
    line(&table.trim_fmt())
}

fn table(width: u16) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// Returns a value as one line.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(&text.replace(['\n', '\t'], " ")),
        other => printable(&other.to_string()),
    }
}
