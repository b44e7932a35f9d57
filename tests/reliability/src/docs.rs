//! The table in docs/reliability.md, between two marks.

use std::fmt::Write as _;

use anyhow::Result;

use super::results::Report;
use xtask::text::{grouped, replace_marked_section};

const BEGIN: &str = "<!-- reliability: written by `cargo xtask reliability --docs` -->";
const END: &str = "<!-- end of reliability -->";

pub(super) fn write(report: &Report) -> Result<()> {
    replace_marked_section("docs/reliability.md", BEGIN, END, &table(report))
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
