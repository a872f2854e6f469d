//! Patterns: Python in which some names stand for anything, and rewrites from one pattern to another.
//!
//! A name that begins with `ANY_` stands for one expression, the same source at each place. `scaler.fit(ANY_rows)` is an
//! expression pattern and matches that expression wherever it stands; a pattern of statements matches a run of
//! statements in one body. What a pattern spells out must be spelled so in the source, spacing and comments aside.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::edit::Edit;
use crate::error::PycodeError;
use crate::kind::Kind;
use crate::module::{Module, NodeId};

/// What the names begin with that stand for anything.
const WILD: &str = "ANY_";

/// A piece of Python with places left open.
#[derive(Clone, Debug)]
pub struct Pattern {
    module: Module,
    is_expression: bool,
    /// What it spells out: a source without one of these words does not hold it.
    words: Vec<String>,
}

/// Where a pattern was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The bytes that it covers.
    pub range: Range<usize>,
    /// The nodes that it covers: one expression, or a run of statements.
    pub nodes: Vec<NodeId>,
    /// What its open places stand for, by name.
    pub captures: BTreeMap<String, String>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is no Python.
    pub fn new(text: &str) -> Result<Self, PycodeError> {
        let module = Module::parse(text.trim())?;
        let statements: Vec<NodeId> = module.children(module.root()).collect();
        let is_expression =
            matches!(statements[..], [only] if module.node(only).kind() == Kind::ExpressionStatement);
        let words = text.split(|char: char| !char.is_alphanumeric() && char != '_');
        let words =
            words.filter(|word| !word.is_empty() && !word.starts_with(WILD)).map(str::to_owned).collect();
        Ok(Self { module, is_expression, words })
    }

    /// Every place where it stands, in the order of the source.
    pub fn find(&self, module: &Module) -> Vec<Match> {
        if !self.words.iter().all(|word| module.text().contains(word.as_str())) {
            return Vec::new();
        }
        let wanted = self.wanted();
        if self.is_expression {
            let hits = module.ids().filter_map(|id| self.run(module, &wanted, &[id]));
            return hits.collect();
        }
        let mut found = Vec::new();
        for holder in module
            .ids()
            .filter(|id| module.children(*id).any(|child| module.node(child).kind().is_statement()))
        {
            let children: Vec<NodeId> = module.children(holder).collect();
            found.extend(children.windows(wanted.len()).filter_map(|run| self.run(module, &wanted, run)));
        }
        found.sort_by_key(|hit: &Match| hit.range.start);
        found
    }

    /// What it asks for: one expression, or statements.
    fn wanted(&self) -> Vec<NodeId> {
        let statements = self.module.children(self.module.root());
        if self.is_expression {
            statements.flat_map(|statement| self.module.children(statement).collect::<Vec<_>>()).collect()
        } else {
            statements.collect()
        }
    }

    fn run(&self, module: &Module, wanted: &[NodeId], run: &[NodeId]) -> Option<Match> {
        let mut captures = BTreeMap::new();
        for (mine, theirs) in wanted.iter().zip(run) {
            self.matches(*mine, module, *theirs, &mut captures).then_some(())?;
        }
        let (first, last) = (module.node(*run.first()?).range(), module.node(*run.last()?).range());
        Some(Match { range: first.start..last.end, nodes: run.to_vec(), captures })
    }

    fn matches(
        &self,
        mine: NodeId,
        module: &Module,
        theirs: NodeId,
        captures: &mut BTreeMap<String, String>,
    ) -> bool {
        let (own, other) = (self.module.node(mine), module.node(theirs));
        if own.kind() == Kind::Name && self.module.source(mine).starts_with(WILD) {
            if other.kind().is_statement() || other.kind() == Kind::Keyword {
                return false;
            }
            let source = module.source(theirs);
            let known =
                captures.entry(self.module.source(mine).to_owned()).or_insert_with(|| source.to_owned());
            return known == source;
        }
        if own.kind() != other.kind()
            || own.detail() != other.detail()
            || self.module.name(mine) != module.name(theirs)
        {
            return false;
        }
        let mut mine_children = self.module.children(mine);
        let mut their_children = module.children(theirs);
        let mut any = false;
        loop {
            match (mine_children.next(), their_children.next()) {
                (None, None) => return any || self.module.source(mine) == module.source(theirs),
                (Some(mine), Some(theirs)) if self.matches(mine, module, theirs, captures) => any = true,
                _ => return false,
            }
        }
    }
}

/// A pattern and what comes in its place.
#[derive(Clone, Debug)]
pub struct Rewrite {
    pattern: Pattern,
    replacement: String,
}

impl Rewrite {
    /// A rewrite of `pattern` to `replacement`, whose `ANY_` names are filled with what they stood for.
    ///
    /// # Errors
    /// The pattern, or the replacement, is no Python.
    pub fn new(pattern: &str, replacement: &str) -> Result<Self, PycodeError> {
        Module::parse(replacement.trim())?;
        Ok(Self { pattern: Pattern::new(pattern)?, replacement: replacement.trim().to_owned() })
    }

    /// Every place where it can be applied, each with its edit.
    pub fn find(&self, module: &Module) -> Vec<(Match, Edit)> {
        let with_edit = |hit: Match| {
            let text = self.text(module, &hit);
            let edit = Edit { range: hit.range.clone(), text };
            (hit, edit)
        };
        self.pattern.find(module).into_iter().map(with_edit).collect()
    }

    /// The replacement, filled in, and indented as the first line it replaces.
    fn text(&self, module: &Module, hit: &Match) -> String {
        let mut text = self.replacement.clone();
        // Longest names first, so that `ANY_a` does not eat the head of `ANY_ab`.
        let mut captures: Vec<_> = hit.captures.iter().collect();
        captures.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, source) in captures {
            text = text.replace(name.as_str(), source);
        }
        let line = module.line(module.place(hit.range.start).line).unwrap_or_default();
        let indent: String = line.chars().take_while(|char| char.is_whitespace()).collect();
        text.replace('\n', &format!("\n{indent}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "def f(a, b):\n    scaler = Scaler()  # fresh\n    scaler.fit(a[cols])\n    return scaler.transform(b)\n";

    fn applied(pattern: &str, replacement: &str) -> String {
        let module = Module::parse(SOURCE).unwrap();
        let edits: Vec<Edit> = Rewrite::new(pattern, replacement)
            .unwrap()
            .find(&module)
            .into_iter()
            .map(|(_, edit)| edit)
            .collect();
        module.edit(&edits).unwrap().module.text().to_owned()
    }

    #[test]
    fn an_expression_is_rewritten_wherever_it_stands() {
        let text = applied("ANY_s.transform(ANY_x)", "ANY_s.fit_transform(ANY_x)");
        assert_eq!(text, SOURCE.replace("scaler.transform", "scaler.fit_transform"));
    }

    #[test]
    fn statements_are_rewritten_with_their_indent() {
        let text = applied("ANY_s.fit(ANY_x[ANY_c])\nreturn ANY_s.transform(ANY_b)", "y = ANY_x\nreturn y");
        assert_eq!(text, "def f(a, b):\n    scaler = Scaler()  # fresh\n    y = a\n    return y\n");
    }

    #[test]
    fn one_open_place_is_one_source_and_other_words_do_not_match() {
        for pattern in
            ["ANY_s.fit(ANY_s[ANY_c])", "ANY_s.fit(ANY_x[rows])", "ANY_s.fit(ANY_x, ANY_y)", "ANY_a + ANY_b"]
        {
            assert_eq!(applied(pattern, "1"), SOURCE, "{pattern}");
        }
    }
}
