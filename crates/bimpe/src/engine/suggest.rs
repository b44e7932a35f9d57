//! "Did you mean": the nearest known name.

/// Returns `; did you mean ...?`, or nothing if no candidate is near.
///
/// ```
/// use bimpe::engine::did_you_mean;
///
/// assert_eq!(did_you_mean("agnets", ["agents", "workflows"]), "; did you mean `agents`?");
/// ```
pub fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    // A name is suggested if fewer than half of its characters differ.
    let nearest = candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&given.to_lowercase(), candidate), candidate))
        .filter(|(distance, candidate)| *distance * 2 <= candidate.chars().count().max(2))
        .min_by_key(|(distance, _)| *distance);
    nearest.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}
