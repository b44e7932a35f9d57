//! What a campaign measured, one line of JSON per promise.

use std::io::Write;

use serde_json::{Value, json};

const VARIABLE: &str = "BIMPE_CAMPAIGN";
/// Records what an ordinary run tries.
const QUICK: &str = "BIMPE_FIGURES";

/// Whether this is a campaign, which tries many more cases than an ordinary test run.
pub fn campaign() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Adds what was measured to the file that the environment names; does nothing without one. `figures` is what was
/// seen, and `goal` gives the upper bounds for the same names.
///
/// # Panics
///
/// If the file cannot be written, or a figure has no goal.
pub fn record(promise: u64, what: &str, runs: u64, figures: &Value, goal: &Value) {
    let Some(file) = std::env::var_os(VARIABLE).or_else(|| std::env::var_os(QUICK)) else { return };
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(file).expect("the campaign's file");
    writeln!(file, "{}", line(promise, what, runs, figures, goal)).expect("the campaign's file takes a line");
}

fn line(promise: u64, what: &str, runs: u64, figures: &Value, goal: &Value) -> Value {
    let seen = figures.as_object().expect("figures have names");
    let met = seen.iter().all(|(name, seen)| {
        let bound = goal[name].as_f64().unwrap_or_else(|| panic!("`{name}` has no goal"));
        seen.as_f64().is_some_and(|seen| seen <= bound)
    });
    json!({
        "promise": promise, "what": what, "face": "Rust", "runs": runs, "figures": figures, "goal": goal, "met": met,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_an_upper_bound() {
        let goal = json!({"lost": 0, "seconds": 0.25});
        assert_eq!(line(4, "a", 10, &json!({"lost": 0, "seconds": 0.2}), &goal)["met"], true);
        assert_eq!(line(4, "a", 10, &json!({"lost": 1, "seconds": 0.2}), &goal)["met"], false);
    }
}
