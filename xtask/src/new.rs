//! A new plugin: one file from a template and two lines in its list, so that nothing is forgotten.
//!
//! A template is a plugin itself: the crate that it is for compiles it with its tests, in the very place where a new file
//! would lie, so that no template can fall behind the trait that it implements.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

/// A kind of plugin: where its files lie, what lists them, and what a new one says.
struct Kind {
    name: &'static str,
    folder: &'static str,
    /// The file in it that lists the others.
    list: &'static str,
    template: &'static str,
    /// What `ALL` says of a file; `{}` is the module's name, `Template` that of the type.
    entry: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "command",
        folder: "crates/cli/src/commands",
        list: "mod.rs",
        template: include_str!("../templates/command.rs"),
        entry: "",
    },
    Kind {
        name: "corruption",
        folder: "crates/tabular/src/corruptions",
        list: "mod.rs",
        template: include_str!("../templates/corruption.rs"),
        entry: "&{}::Template",
    },
    Kind {
        name: "environment",
        folder: "crates/environments/src",
        list: "lib.rs",
        template: include_str!("../templates/environment.rs"),
        entry: "&{}::Template",
    },
    Kind {
        name: "export",
        folder: "crates/lab/src/exports",
        list: "mod.rs",
        template: include_str!("../templates/export.rs"),
        entry: "&{}::Template",
    },
    Kind {
        name: "mutator",
        folder: "crates/pycode/src/mutators",
        list: "mod.rs",
        template: include_str!("../templates/mutator.rs"),
        entry: "&{}::MUTATOR",
    },
    Kind {
        name: "policy",
        folder: "crates/environments/src/cleaning/policies",
        list: "mod.rs",
        template: include_str!("../templates/policy.rs"),
        entry: "&{}::Template",
    },
    Kind {
        name: "provider",
        folder: "crates/models/src/dialects",
        list: "mod.rs",
        template: include_str!("../templates/provider.rs"),
        entry: "&{}::Template",
    },
    Kind {
        name: "tool",
        folder: "crates/rollout/src/tools",
        list: "mod.rs",
        template: include_str!("../templates/tool.rs"),
        entry: "&{}::Template",
    },
];

/// Writes the file of `kind` called `name`, and its `mod` line and its entry into the list.
pub(crate) fn run(kind: &str, name: &str) -> Result<()> {
    let Some(kind) = KINDS.iter().find(|known| known.name == kind) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        bail!("no kind \"{kind}\"; known: {}", known.join(", "));
    };
    let plain =
        name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.chars().all(is_snake_case);
    ensure!(plain, "\"{name}\" is not a snake_case name");
    let folder = shell::root().join(kind.folder);
    let (file, list) = (folder.join(format!("{name}.rs")), folder.join(kind.list));
    ensure!(!file.exists(), "{} is already there", file.display());
    let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let wired =
        kind.wire(&text, name).with_context(|| format!("{} lists no {}", list.display(), kind.name))?;
    fs::write(&file, kind.file(name))?;
    fs::write(&list, wired)?;
    shell::run("cargo", &["fmt", "--all"])?;
    shell::say(&format!("wrote {} and listed it in {}", file.display(), list.display()));
    Ok(())
}

fn is_snake_case(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
}

impl Kind {
    /// The new file.
    fn file(&self, name: &str) -> String {
        let text = self.template.replace("template-name", &name.replace('_', "-"));
        text.replace("template_name", name).replace("Template", &type_name(name))
    }

    /// The list with the new file in it; nothing if it is no list.
    fn wire(&self, list: &str, name: &str) -> Option<String> {
        let list = with_module(list, name)?;
        if self.entry.is_empty() {
            return with_command(&list, name);
        }
        let entry = self.entry.replace("{}", name).replace("Template", &type_name(name));
        let start = list.find("pub const ALL: &[").or_else(|| list.find("const ALL: &["))?;
        // The first bracket is the type's, the list ends with the next `];`.
        let end = start + list[start..].find("];")?;
        let before = list[..end].trim_end();
        let comma = if before.ends_with(['[', ',']) { "" } else { "," };
        Some(format!("{before}{comma}\n    {entry},\n{}", &list[end..]))
    }
}

/// `text` with `mod NAME;` in its sorted place among the longest run of mod lines.
fn with_module(text: &str, name: &str) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let runs = ["mod ", "pub mod "].map(|prefix| (prefix, longest_run(&lines, prefix)));
    let (prefix, (start, end)) = runs.into_iter().max_by_key(|(_, (start, end))| end - start)?;
    if start == end {
        return None;
    }
    let new = format!("{prefix}{name};");
    let place = start + lines[start..end].iter().filter(|line| **line < new).count();
    lines.insert(place, new);
    Some(lines.join("\n") + "\n")
}

/// The longest run of lines that declare modules with this prefix.
fn longest_run(lines: &[String], prefix: &str) -> (usize, usize) {
    let is_mod = |line: &String| line.starts_with(prefix) && line.ends_with(';');
    let mut longest = (0, 0);
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        if !is_mod(line) {
            start = at + 1;
        } else if at + 1 - start > longest.1 - longest.0 {
            longest = (start, at + 1);
        }
    }
    longest
}

/// The list of commands with a variant and an arm more; commands stand in the order of the help.
fn with_command(text: &str, name: &str) -> Option<String> {
    let (variant, mut lines) = (type_name(name), text.lines().map(String::from).collect::<Vec<_>>());
    let arm = lines.iter().rposition(|line| line.trim_start().starts_with("Chosen::"))?;
    lines.insert(arm + 1, format!("        Chosen::{variant}(args) => {name}::run(&args),"));
    let start = lines.iter().position(|line| line.starts_with("enum Chosen {"))?;
    let end = start + lines[start..].iter().position(|line| line == "}")?;
    lines.insert(end, format!("    {variant}({name}::Args),"));
    Some(lines.join("\n") + "\n")
}

fn type_name(name: &str) -> String {
    name.split('_').map(capitalise).collect()
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That the file compiles is proved where it would lie: each crate compiles its template with its tests.
    #[test]
    fn every_kind_of_plugin_is_written_whole_and_listed() {
        for kind in KINDS {
            let list = fs::read_to_string(shell::root().join(kind.folder).join(kind.list)).unwrap();
            let text = kind.file("new_thing");
            assert!(!text.to_lowercase().contains("template"), "{}: {text}", kind.name);
            assert!(text.starts_with("//!"), "{}", kind.name);
            let compiled = format!("xtask/templates/{}.rs\"]", kind.name);
            assert!(list.contains(&compiled), "{} does not compile its template", kind.folder);
            let wired = kind.wire(&list, "new_thing").unwrap();
            let modules: Vec<&str> = wired.lines().filter(|line| line.ends_with("mod new_thing;")).collect();
            assert_eq!(modules.len(), 1, "{}", kind.name);
            assert_eq!(wired.matches("new_thing::").count(), if kind.entry.is_empty() { 2 } else { 1 });
            assert!(wired.len() > list.len() && wired.ends_with('\n'));
        }
    }

    #[test]
    fn a_mod_line_finds_its_sorted_place() {
        let list = "//! Doc.\n\nmod helper;\n\nmod alpha;\nmod gamma;\n\npub const ALL: &[u8] = &[];\n";
        let wired = with_module(list, "beta").unwrap();
        assert!(wired.contains("mod alpha;\nmod beta;\nmod gamma;\n"), "{wired}");
        assert!(with_module(list, "aaa").unwrap().contains("mod aaa;\nmod alpha;\n"));
        assert!(with_module("//! Nothing here.\n", "beta").is_none());
    }

    #[test]
    fn an_entry_is_added_to_lists_of_one_line_and_of_many() {
        let kind = &KINDS[1];
        let one = "mod a;\npub const ALL: &[&dyn Export] = &[&a::A];\n";
        assert!(kind.wire(one, "b").unwrap().contains("&[&a::A,\n    &b::B,\n];"));
        let many = "mod a;\npub const ALL: &[&dyn Export] = &[\n    &a::A,\n];\n";
        assert!(kind.wire(many, "b").unwrap().contains("    &a::A,\n    &b::B,\n];"));
    }
}
