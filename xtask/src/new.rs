//! A new plugin: one file from a template and two lines in its list, so that nothing is forgotten.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

/// A kind of plugin: where its files lie and what a new one says.
struct Kind {
    name: &'static str,
    folder: &'static str,
    template: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "command",
        folder: "crates/cli/src/commands",
        template: include_str!("../templates/command.rs.txt"),
    },
    Kind {
        name: "corruption",
        folder: "crates/tabular/src/corruptions",
        template: include_str!("../templates/corruption.rs.txt"),
    },
    Kind {
        name: "policy",
        folder: "crates/environments/src/cleaning/policies",
        template: include_str!("../templates/policy.rs.txt"),
    },
    Kind {
        name: "tool",
        folder: "crates/rollout/src/tools",
        template: include_str!("../templates/tool.rs.txt"),
    },
];

/// Writes the file of `kind` called `name` and adds its `mod` line; the entry of `ALL` needs a human's order.
pub(crate) fn run(kind: &str, name: &str) -> Result<()> {
    let known = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    let Some(kind) = KINDS.iter().find(|known| known.name == kind) else {
        bail!("no kind \"{kind}\"; known: {}", known());
    };
    let plain = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    ensure!(plain, "\"{name}\" is not a snake_case name");
    let folder = shell::root().join(kind.folder);
    let file = folder.join(format!("{name}.rs"));
    ensure!(!file.exists(), "{} is already there", file.display());
    let list = folder.join("mod.rs");
    let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let wired = wire(&text, name).with_context(|| format!("{} has no mod lines", list.display()))?;
    let type_name: String = name.split('_').map(capitalise).collect();
    fs::write(&file, kind.template.replace("NAME", name).replace("TYPE", &type_name))?;
    fs::write(&list, wired)?;
    shell::say(&format!(
        "wrote {}; now list `{name}::{type_name}` in ALL of {}",
        file.display(),
        list.display()
    ));
    Ok(())
}

/// `text` with `mod NAME;` in its sorted place among the other mod lines.
fn wire(text: &str, name: &str) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let prefix =
        ["mod ", "pub mod "].into_iter().find(|prefix| lines.iter().any(|line| is_mod(line, prefix)))?;
    let new = format!("{prefix}{name};");
    let after = lines.iter().rposition(|line| is_mod(line, prefix) && *line < new);
    let first = lines.iter().position(|line| is_mod(line, prefix))?;
    lines.insert(after.map_or(first, |after| after + 1), new);
    Some(lines.join("\n") + "\n")
}

fn is_mod(line: &str, prefix: &str) -> bool {
    line.starts_with(prefix) && line.ends_with(';')
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mod_line_finds_its_sorted_place() {
        let list = "//! Doc.\n\nmod alpha;\nmod gamma;\n\npub const ALL: &[u8] = &[];\n";
        let wired = wire(list, "beta").unwrap();
        assert!(wired.contains("mod alpha;\nmod beta;\nmod gamma;\n"), "{wired}");
        assert!(wire(list, "aaa").unwrap().contains("mod aaa;\nmod alpha;\n"));
        assert!(wire("//! Nothing here.\n", "beta").is_none());
    }
}
