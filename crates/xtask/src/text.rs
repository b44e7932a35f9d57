//! Number formats for people, and generated sections of Markdown pages.

use std::fs;

use anyhow::{Context, Result};
use indicatif::HumanCount;

use crate::paths;

/// Formats a whole number with thousands separators.
pub fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Formats a number with three significant digits.
pub fn rounded(value: f64) -> String {
    let decimals = usize::from(value < 100.0) + usize::from(value < 10.0);
    format!("{value:.decimals$}")
}

/// Replaces the text between two markers in a page of this repository.
pub fn replace_marked_section(page: &str, begin: &str, end: &str, text: &str) -> Result<()> {
    let file = paths::root().join(page);
    let old = fs::read_to_string(&file)?;
    let new = replace_between(&old, begin, end, text)
        .with_context(|| format!("missing marker `{begin}` or `{end}` in {page}"))?;
    fs::write(&file, new)?;
    Ok(())
}

fn replace_between(old: &str, begin: &str, end: &str, text: &str) -> Option<String> {
    let (before, rest) = old.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replace_between_changes_only_the_marked_section() {
        let new =
            replace_between("before\n<a>\nold\n<b>\nafter\n", "<a>", "<b>", "new\n").expect("both markers");
        assert_eq!(new, "before\n<a>\nnew\n<b>\nafter\n");
        assert_eq!(replace_between(&new, "<a>", "<b>", "new\n").as_deref(), Some(new.as_str()));
        assert_eq!(replace_between("no markers", "<a>", "<b>", ""), None);
    }

    #[test]
    fn rounded_keeps_three_digits() {
        for (number, text) in [(1234.5, "1234"), (99.96, "100.0"), (12.34, "12.3"), (1.234, "1.23")] {
            assert_eq!(rounded(number), text);
        }
    }
}
