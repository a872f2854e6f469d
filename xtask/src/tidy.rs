//! The house rules that no compiler checks. Each rule is a function from the tree to its violations.

mod docs;
mod edges;
mod files;
mod lists;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::shell;

/// A tracked or new text file: its path from the root and its content.
pub(crate) struct Source {
    path: String,
    text: String,
}

/// A rule: its name and what breaks it, a line each.
type Rule = (&'static str, fn(&[Source]) -> Vec<String>);

const ALL: &[Rule] = &[
    ("the change log keeps its format", docs::changelog),
    ("the architecture page names every crate and only paths that exist", docs::architecture),
    ("every promise names a test that exists", docs::promises),
    ("crates know only the crates to their left", edges::dependencies),
    ("files are short and say what they are for", files::size_and_doc),
    ("nothing is left unfinished or skipped", files::unfinished),
    ("the project speaks of itself alone", files::foreign_names),
    ("every plugin file is listed, in order", lists::plugins),
];

/// Checks every rule and lists all violations.
pub(crate) fn run() -> Result<()> {
    let sources = sources()?;
    let mut broken = 0;
    for (rule, check) in ALL {
        for violation in check(&sources) {
            shell::say(&format!("tidy: {rule}: {violation}"));
            broken += 1;
        }
    }
    ensure!(broken == 0, "{broken} violations of the house rules");
    shell::say(&format!("tidy: {} rules hold over {} files", ALL.len(), sources.len()));
    Ok(())
}

/// Every text file that git tracks or would track.
fn sources() -> Result<Vec<Source>> {
    let list = shell::output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    let root = shell::root();
    let mut sources = Vec::new();
    for path in list.lines().filter(|path| root.join(path).is_file()) {
        let bytes = fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            sources.push(Source { path: path.to_owned(), text });
        }
    }
    Ok(sources)
}

impl Source {
    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

fn find<'a>(sources: &'a [Source], path: &str) -> Option<&'a Source> {
    sources.iter().find(|source| source.path == path)
}
