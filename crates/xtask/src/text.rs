//! Number formats for people, and generated sections of Markdown pages.

use std::fs;

use anyhow::{Context, Result};

use crate::paths;

/// Formats a whole number with thousands separators.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number with three significant digits.
pub fn rounded(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
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
    fn grouped_separates_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (160_000, "160,000")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn rounded_keeps_three_digits() {
        for (number, text) in [(1234.5, "1234"), (99.96, "100.0"), (12.34, "12.3"), (1.234, "1.23")] {
            assert_eq!(rounded(number), text);
        }
    }
}
