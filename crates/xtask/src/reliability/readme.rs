//! The table in the README, between two markers.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

use super::figures::{Report, grouped};
use crate::paths;

const BEGIN: &str = "<!-- reliability: written by `cargo xtask reliability --readme` -->\n";
const END: &str = "<!-- end of reliability -->";

pub(super) fn write(report: &Report) -> Result<()> {
    let file = paths::root().join("README.md");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, replaced(&text, report).context("README.md has no markers for the table")?)?;
    Ok(())
}

fn replaced(text: &str, report: &Report) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", table(report)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let report = Report::new(false, Vec::new(), Vec::new());
        let text = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let new = replaced(&text, &report).expect("both markers are there");
        assert!(new.starts_with("before\n") && new.ends_with("\nafter\n") && !new.contains("old"));
        assert_eq!(replaced(&new, &report).as_deref(), Some(new.as_str()));
        assert_eq!(replaced("no markers", &report), None);
    }
}
