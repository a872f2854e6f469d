//! Home: where in a project the parts of a file stand. A program of few files merges others into `src/train.py`; what
//! belonged to another file is then left alone.

use std::ops::Range;

use crate::module::Module;
use crate::mutators::Project;

/// The file into which a program of few files merges the others.
const MERGED_INTO: &str = "src/train.py";

/// What stands at the top of the files that may be merged, and of the one they are merged into.
const OWNERS: &[(&str, &[&str])] = &[
    ("src/data.py", &["read_config", "tidy", "load_rows", "unique_rows", "with_recent"]),
    ("src/evaluate.py", &["choose_threshold", "measure"]),
    ("src/features.py", &["Features"]),
    (MERGED_INTO, &["cross_validate", "write_scores", "main"]),
];

/// The parts of a file in a project.
pub(crate) struct Home<'p> {
    /// The file that they stand in.
    pub(crate) file: &'p str,
    /// Its source.
    pub(crate) module: &'p Module,
    of: &'static str,
}

impl<'p> Home<'p> {
    /// Where the parts of `of` stand; nothing if neither it nor the file that it may be merged into is there.
    pub(crate) fn find(project: &'p Project, of: &'static str) -> Option<Self> {
        let found = project.get_key_value(of).or_else(|| project.get_key_value(MERGED_INTO));
        found.map(|(file, module)| Self { file, module, of })
    }

    /// Whether what stands there belongs to the file and not to another one that was merged with it.
    pub(crate) fn holds(&self, range: &Range<usize>) -> bool {
        let symbol = self.module.span(range.clone()).symbol;
        let top = symbol.split('.').next().unwrap_or_default();
        let owner = OWNERS.iter().find(|(_, names)| names.contains(&top));
        owner.is_none_or(|(file, _)| *file == self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_merged_file_are_found_and_those_of_others_left_alone() {
        let source = "class Features:\n    def fit(self):\n        x = 1\n\n\ndef main():\n    x = 1\n";
        let project = Project::from([("src/train.py".to_owned(), Module::parse(source).unwrap())]);
        let places: Vec<usize> = source.match_indices("x = 1").map(|(start, _)| start).collect();
        for (file, kept) in [("src/features.py", [true, false]), ("src/train.py", [false, true])] {
            let home = Home::find(&project, file).unwrap();
            assert_eq!(home.file, "src/train.py");
            assert_eq!([places[0], places[1]].map(|start| home.holds(&(start..start + 5))), kept, "{file}");
        }
        assert!(Home::find(&Project::new(), "src/train.py").is_none());
    }
}
