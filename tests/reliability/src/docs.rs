//! Writes the results to the marked section of docs/reliability.md.

use std::fmt::Write as _;

use anyhow::Result;

use super::results::Report;
use xtask::text::{grouped, replace_marked_section};

const BEGIN: &str = "<!-- reliability: written by `cargo xtask reliability --docs` -->";
const END: &str = "<!-- end of reliability -->";

pub(super) fn write(report: &Report) -> Result<()> {
    replace_marked_section("docs/reliability.md", BEGIN, END, &table(report))
}

/// Returns a folded table with one row per test and language.
fn table(report: &Report) -> String {
    let kind = if report.quick { "quick" } else { "full" };
    let met = report.results.iter().filter(|result| result.met).count();
    let mut text = format!(
        "\n<details><summary>Results of a {kind} run: {met} of {} tests within their limits</summary>\n\n",
        report.results.len()
    );
    text.push_str("| Guarantee | Test | Language | Runs | Results |\n|---|---|---|---|---|\n");
    for result in &report.results {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            result.guarantee,
            result.test,
            result.language,
            grouped(result.runs),
            result.summary()
        );
    }
    text.push_str("\n</details>\n\n");
    text
}
