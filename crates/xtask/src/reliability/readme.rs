//! The table in the README, between two markers.

use std::fmt::Write as _;

use anyhow::Result;

use super::figures::Report;
use crate::text::{grouped, write_between};

const BEGIN: &str = "<!-- reliability: written by `cargo xtask reliability --readme` -->";
const END: &str = "<!-- end of reliability -->";

pub(super) fn write(report: &Report) -> Result<()> {
    write_between("README.md", BEGIN, END, &table(report))
}

/// One row for each thing that was tried in each language, folded: they are many.
fn table(report: &Report) -> String {
    let kind = if report.quick { "quick" } else { "full" };
    let met = report.figures.iter().filter(|figure| figure.met).count();
    let mut text = format!(
        "\n<details><summary>A {kind} run: {met} of {} figures within their goals</summary>\n\n",
        report.figures.len()
    );
    text.push_str("| Promise | Tried | In | Runs | Seen |\n|---|---|---|---|---|\n");
    for figure in &report.figures {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            figure.promise,
            figure.what,
            figure.face,
            grouped(figure.runs),
            figure.seen()
        );
    }
    text.push_str("\n</details>\n\n");
    text
}
