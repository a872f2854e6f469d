//! The nearest known name, for messages about an unknown one.

/// The candidate nearest to `name`, if any is near enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?`, or the list of what is known when nothing is near.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, candidates.clone()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("known: {}", candidates.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_typo_and_lists_otherwise() {
        let known = ["cleaning", "leakage", "diagnosis"];
        assert_eq!(nearest("cleanin", known), Some("cleaning"));
        assert_eq!(suggestion("leekage", known), "did you mean \"leakage\"?");
        assert_eq!(suggestion("zzz", known), "known: cleaning, leakage, diagnosis");
    }
}
