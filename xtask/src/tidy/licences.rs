//! Licences: what `cargo metadata` says of every dependency against the list in `deny.toml`.

use super::{Source, find};
use crate::shell;

/// Every dependency's licence expression can be met from `deny.toml`'s `allow` list.
pub(super) fn allowed(sources: &[Source]) -> Vec<String> {
    let Some(policy) = find(sources, "deny.toml") else {
        return vec!["deny.toml is missing".to_owned()];
    };
    let allowed = allow_list(&policy.text);
    let list = ["tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{l}"];
    let Ok(tree) = shell::output("cargo", &list) else {
        return vec!["`cargo tree` failed".to_owned()];
    };
    let mut broken: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter(|(_, licence)| !met(licence.trim_end_matches(" (*)"), &allowed))
        .map(|(package, licence)| format!("{package}: \"{licence}\""))
        .collect();
    broken.sort();
    broken.dedup();
    broken
}

/// The quoted names of the `allow = [...]` array under `[licenses]`.
fn allow_list(policy: &str) -> Vec<&str> {
    let Some((_, section)) = policy.split_once("[licenses]") else { return Vec::new() };
    let array = section.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']'));
    array.map_or(Vec::new(), |(array, _)| array.split('"').skip(1).step_by(2).collect())
}

/// An SPDX expression holds if one of its OR branches has every AND part allowed.
fn met(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|branch| branch.split(" AND ").all(|part| allowed.contains(&part.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_from_the_list() {
        let allowed = allow_list("[licenses]\nallow = [\n  \"MIT\",\n  \"Unicode-3.0\",\n]\n");
        assert_eq!(allowed, ["MIT", "Unicode-3.0"]);
        assert!(met("MIT OR Apache-2.0", &allowed) && met("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
        assert!(!met("GPL-3.0", &allowed) && !met("GPL-3.0 AND MIT", &allowed) && !met("", &allowed));
    }
}
