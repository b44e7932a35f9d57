//! Numbers in words for people, and the parts of a page that a command writes.

use std::fs;

use anyhow::{Context, Result};

use crate::paths;

/// A whole number with its thousands apart.
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

/// A number with three digits that mean something.
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

/// Writes what stands between two marks of a page of this repository.
pub fn replace_marked_section(page: &str, begin: &str, end: &str, text: &str) -> Result<()> {
    let file = paths::root().join(page);
    let old = fs::read_to_string(&file)?;
    let new = between(&old, begin, end, text).with_context(|| format!("{page} has no place for it"))?;
    fs::write(&file, new)?;
    Ok(())
}

fn between(old: &str, begin: &str, end: &str, text: &str) -> Option<String> {
    let (before, rest) = old.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_changes() {
        let new = between("before\n<a>\nold\n<b>\nafter\n", "<a>", "<b>", "new\n").expect("both are there");
        assert_eq!(new, "before\n<a>\nnew\n<b>\nafter\n");
        assert_eq!(between(&new, "<a>", "<b>", "new\n").as_deref(), Some(new.as_str()));
        assert_eq!(between("no marks", "<a>", "<b>", ""), None);
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (160_000, "160,000")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn three_digits_are_enough() {
        for (number, text) in [(1234.5, "1234"), (99.96, "100.0"), (12.34, "12.3"), (1.234, "1.23")] {
            assert_eq!(rounded(number), text);
        }
    }
}
