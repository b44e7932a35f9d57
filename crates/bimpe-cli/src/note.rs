//! Lines on standard error: progress, warnings and errors.

use console::Term;

/// Writes a line to standard error: progress, warnings and errors.
pub(crate) fn note(text: &str) {
    // Ignores an error of standard error itself, because no other place for it exists.
    let _ = Term::stderr().write_line(&printable(text));
}

/// Writes a warning.
pub(crate) fn warn(text: &str) {
    note(&format!("bimpe: {text}"));
}

/// Returns a text without control characters, because a server may send those that change the terminal.
pub(crate) fn printable(text: &str) -> String {
    let control = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(control) {
        return text.to_owned();
    }
    text.chars().map(|letter| if control(letter) { '\u{fffd}' } else { letter }).collect()
}
