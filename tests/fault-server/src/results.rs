//! Records test results, one line of JSON per guarantee. `cargo xtask reliability` reads the file.

use std::io::Write;

use serde_json::{Value, json};

const FULL: &str = "BIMPE_FULL_RUN";
/// Records the results of an ordinary test run.
const QUICK: &str = "BIMPE_RESULTS";

/// Returns whether this is a full run, which tries many more cases than an ordinary test run.
pub fn is_full_run() -> bool {
    std::env::var_os(FULL).is_some()
}

/// Appends a result to the file that the environment names. Does nothing without that variable. `limits` has the upper
/// bound of each of the `values`.
///
/// # Panics
///
/// If the file cannot be written, or a value has no limit.
pub fn record(guarantee: u64, test: &str, runs: u64, values: &Value, limits: &Value) {
    let Some(file) = std::env::var_os(FULL).or_else(|| std::env::var_os(QUICK)) else { return };
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(file).expect("a writable results file");
    writeln!(file, "{}", line(guarantee, test, runs, values, limits)).expect("a writable results file");
}

fn line(guarantee: u64, test: &str, runs: u64, values: &Value, limits: &Value) -> Value {
    let named = values.as_object().expect("an object of values");
    let met = named.iter().all(|(name, value)| {
        let limit = limits[name].as_f64().unwrap_or_else(|| panic!("missing limit of `{name}`"));
        value.as_f64().is_some_and(|value| value <= limit)
    });
    json!({
        "guarantee": guarantee, "test": test, "language": "Rust", "runs": runs, "values": values, "limits": limits,
        "met": met,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_met_up_to_the_limit() {
        let limits = json!({"lost": 0, "seconds": 0.25});
        assert_eq!(line(4, "a", 10, &json!({"lost": 0, "seconds": 0.25}), &limits)["met"], true);
        assert_eq!(line(4, "a", 10, &json!({"lost": 1, "seconds": 0.2}), &limits)["met"], false);
    }
}
