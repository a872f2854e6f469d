//! The rule that gives the house its direction: who may know whom.

use super::Source;

/// Each crate and the workspace crates that it may depend on (tests included).
const ALLOWED: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("tabular", &["core"]),
    ("learn", &["core"]),
    ("pycode", &["core"]),
    ("sandbox", &["core"]),
    ("models", &["core"]),
    ("rollout", &["core"]),
    ("environments", &["core", "tabular", "learn", "pycode"]),
    ("lab", &["core", "tabular", "learn", "pycode", "environments", "sandbox", "models", "rollout"]),
    ("cli", &["core", "lab"]),
];

/// Every manifest of `crates/` names only crates that its row allows, and has a row.
pub(super) fn dependencies(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources {
        let Some(name) =
            source.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml"))
        else {
            continue;
        };
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("{name} has no row in xtask/src/tidy/edges.rs"));
            continue;
        };
        for line in source.text.lines() {
            let dependency = line.strip_prefix("envy-").and_then(|rest| rest.split(['.', ' ', '=']).next());
            if let Some(dependency) = dependency.filter(|dependency| !allowed.contains(dependency)) {
                broken.push(format!("{name} may not depend on {dependency}"));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_edge_and_an_unknown_crate_are_found() {
        let manifest = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let learn =
            manifest("crates/learn/Cargo.toml", "envy-core.workspace = true\nenvy-tabular.workspace = true");
        assert_eq!(dependencies(&[learn]), ["learn may not depend on tabular"]);
        assert_eq!(dependencies(&[manifest("crates/new/Cargo.toml", "")]).len(), 1);
    }
}
