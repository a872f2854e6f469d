//! Layouts: over how many files a program is spread. Five are how it is written; fewer are merged into `src/train.py`,
//! further ones take a function each out of another. What the program does is the same.

use std::collections::BTreeMap;

use envy_pycode::mutators::Project;
use envy_pycode::{Module, PycodeError};

/// Files of a program as it is written.
const WRITTEN: usize = 5;
/// What smaller layouts merge into.
const TRAIN: &str = "src/train.py";
/// The files that are merged, the first ones first.
const MERGED: [&str; 3] = ["src/evaluate.py", "src/data.py", "src/features.py"];
/// Modules of Python's own, by the import lines that programs have.
const STANDARD: [&str; 3] = ["import argparse", "import json", "from pathlib import Path"];
/// Stays in [`TRAIN`] even if nothing there uses it: several errors do.
const KEPT_IMPORT: &str = "import pandas as pd";

/// A function that a larger layout puts into a file of its own. No error stands in any of them.
struct Moved {
    function: &'static str,
    from: &'static str,
    module: &'static str,
    doc: &'static str,
}

/// The functions that are moved, the first ones first.
const MOVED: [Moved; 3] = [
    Moved {
        function: "read_config",
        from: "src/data.py",
        module: "settings",
        doc: "\"\"\"Reads the settings.\"\"\"",
    },
    Moved {
        function: "write_scores",
        from: TRAIN,
        module: "output",
        doc: "\"\"\"Writes what the program says of rows.\"\"\"",
    },
    Moved {
        function: "unique_rows",
        from: "src/data.py",
        module: "copies",
        doc: "\"\"\"Leaves out what was sent twice.\"\"\"",
    },
];

/// A program over so many files, 2 to 8, beside the empty `src/__init__.py`.
///
/// # Errors
/// The result is no Python: a bug of ours.
pub(super) fn lay(project: &Project, files: usize) -> Result<Project, PycodeError> {
    let mut parts: BTreeMap<String, Part> =
        project.iter().map(|(path, module)| (path.clone(), Part::read(module.text()))).collect();
    for file in MERGED.iter().take(WRITTEN.saturating_sub(files)) {
        merge(&mut parts, file);
    }
    for moved in MOVED.iter().take(files.saturating_sub(WRITTEN)) {
        separate(&mut parts, moved);
    }
    parts.into_iter().map(|(path, part)| Ok((path, Module::parse(part.write())?))).collect()
}

/// Puts a file's blocks before those of [`TRAIN`].
fn merge(parts: &mut BTreeMap<String, Part>, file: &str) {
    let (Some(gone), Some(train)) = (parts.remove(file), parts.get_mut(TRAIN)) else { return };
    train.imports.retain(|line| !line.starts_with(&format!("from {} import ", module(file))));
    train.imports.extend(gone.imports);
    train.blocks.splice(..0, gone.blocks);
}

/// Puts a function into a file of its own.
fn separate(parts: &mut BTreeMap<String, Part>, moved: &Moved) {
    let Some(from) = parts.get_mut(moved.from) else { return };
    let head = format!("def {}(", moved.function);
    let Some(place) = from.blocks.iter().position(|block| block.starts_with(&head)) else { return };
    let block = from.blocks.remove(place);
    let imports = from.imports.iter().filter(|line| is_used(line, std::slice::from_ref(&block))).cloned();
    let part = Part { doc: moved.doc.to_owned(), imports: imports.collect(), blocks: vec![block] };
    let blocks = from.blocks.clone();
    from.imports.retain(|line| line == KEPT_IMPORT || is_used(line, &blocks));
    parts.insert(format!("src/{}.py", moved.module), part);
    let Some(train) = parts.get_mut(TRAIN) else { return };
    let old = format!("from {} import ", module(moved.from));
    for line in &mut train.imports {
        if let Some(names) = line.strip_prefix(&old) {
            let rest: Vec<&str> = names.split(", ").filter(|name| *name != moved.function).collect();
            *line = format!("{old}{}", rest.join(", "));
        }
    }
    train.imports.push(format!("from src.{} import {}", moved.module, moved.function));
}

/// `src.data` of `src/data.py`.
fn module(file: &str) -> String {
    file.trim_end_matches(".py").replace('/', ".")
}

/// Whether any name that an import line binds stands in the blocks.
fn is_used(line: &str, blocks: &[String]) -> bool {
    let bound = line.rsplit(" import ").next().unwrap_or(line).trim_start_matches("import ");
    bound.split(", ").any(|name| {
        let name = name.rsplit(' ').next().unwrap_or(name);
        blocks.iter().any(|block| {
            let mut words = block.split(|char: char| !(char.is_alphanumeric() || char == '_'));
            words.any(|word| word == name)
        })
    })
}

/// A module by its parts, as our programs are laid out: docstring, imports, and blocks with two empty lines before each.
#[derive(Debug, Default)]
struct Part {
    doc: String,
    imports: Vec<String>,
    blocks: Vec<String>,
}

impl Part {
    fn read(text: &str) -> Self {
        let quotes = "\"\"\"";
        let Some(end) = text.get(quotes.len()..).and_then(|rest| rest.find(quotes)) else {
            return Self::default();
        };
        let (doc, rest) = text.split_at(end + 2 * quotes.len());
        let mut blocks: Vec<String> = rest.split("\n\n\n").map(|block| block.trim_end().to_owned()).collect();
        let head = blocks.remove(0);
        let imports = head.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self { doc: doc.to_owned(), imports, blocks }
    }

    fn write(mut self) -> String {
        if self.blocks.is_empty() {
            return String::new();
        }
        self.imports.sort_by_key(|line| (group(line), line.starts_with("from "), line.clone()));
        self.imports.dedup();
        let groups = self.imports.chunk_by(|left, right| group(left) == group(right));
        let groups = groups.map(|lines| format!("\n\n{}", lines.join("\n")));
        let head = std::iter::once(self.doc).chain(groups).collect::<String>();
        let blocks = self.blocks.iter().map(|block| format!("\n\n\n{block}"));
        std::iter::once(head).chain(blocks).chain(["\n".to_owned()]).collect()
    }
}

/// Python's own modules come first, the program's last.
fn group(line: &str) -> usize {
    match line {
        line if STANDARD.contains(&line) => 0,
        line if line.starts_with("from src.") => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use envy_pycode::mutators;
    use envy_tabular::domains;

    use super::super::{SKELETONS, STYLE_COUNT, Skeleton, render};
    use super::*;

    fn texts(project: &Project) -> BTreeMap<&str, &str> {
        project.iter().map(|(path, module)| (path.as_str(), module.text())).collect()
    }

    #[test]
    fn five_files_are_the_program_as_it_is_written() {
        for (number, skeleton) in SKELETONS.iter().enumerate() {
            let program = render(skeleton, number % STYLE_COUNT, domains::ALL[0], WRITTEN).unwrap().project;
            assert_eq!(texts(&lay(&program, WRITTEN).unwrap()), texts(&program), "{}", skeleton.name);
        }
    }

    #[test]
    fn each_layout_has_its_number_of_files_and_every_import_is_used_or_kept() {
        for skeleton in SKELETONS {
            for files in 2..=8 {
                let program = render(skeleton, 0, domains::ALL[0], files).unwrap();
                assert_eq!(program.project.len(), files + 1, "{}", skeleton.name);
                assert_eq!(program.decoys.len(), skeleton.decoys.len(), "{} over {files}", skeleton.name);
                for (path, module) in &program.project {
                    let part = Part::read(module.text());
                    for line in part.imports.iter().filter(|line| *line != KEPT_IMPORT) {
                        assert!(is_used(line, &part.blocks), "{path} of {files}: {line}");
                    }
                }
            }
        }
    }

    /// Each mutator in the first program that it fits, over few files and over many.
    #[test]
    fn an_error_is_the_same_in_every_layout() {
        let over = |files: usize| -> Vec<Project> {
            let one = |skeleton: &&'static Skeleton| render(skeleton, 0, domains::ALL[0], files);
            SKELETONS.iter().map(|skeleton| one(skeleton).unwrap().project).collect()
        };
        let written = over(WRITTEN);
        for files in [2, 4, 8] {
            let laid = over(files);
            for mutator in mutators::ALL {
                let name = format!("{} over {files}", mutator.code);
                let is_sound = |program: &Project| mutator.undo(program).unwrap().is_none();
                assert!(laid.iter().all(is_sound), "{name} is found in a clean program");
                let fitting = written.iter().zip(&laid);
                let mut fitting = fitting.filter_map(|(a, b)| Some((mutator.apply(a).unwrap()?, b)));
                let (before, laid) = fitting.next().unwrap();
                let after = mutator.apply(laid).unwrap().unwrap_or_else(|| panic!("{name} does not fit"));
                assert_eq!(texts(&lay(&before.project, files).unwrap()), texts(&after.project), "{name}");
                let back = mutator.undo(&after.project).unwrap().unwrap_or_else(|| panic!("{name} stays"));
                assert_eq!(texts(&back.project), texts(laid), "{name}");
            }
        }
    }
}
