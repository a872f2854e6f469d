//! Module: a source with its nodes.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::build;
use crate::error::PycodeError;
use crate::kind::Kind;

/// A node of one module, in the order of the source. It means nothing to another module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    pub(crate) kind: Kind,
    pub(crate) range: Range<u32>,
    pub(crate) name: Option<Range<u32>>,
    pub(crate) bound: Option<Range<u32>>,
    pub(crate) binds: bool,
    pub(crate) detail: Box<str>,
    pub(crate) weight: u32,
    pub(crate) parent: Option<NodeId>,
    /// One past the last node inside.
    pub(crate) end: u32,
}

impl Node {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its bytes in the source.
    pub fn range(&self) -> Range<usize> {
        self.range.start as usize..self.range.end as usize
    }

    /// Its operator or bracket, where its kind has one.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The node that it lies in.
    pub fn parent(&self) -> Option<NodeId> {
        self.parent
    }
}

/// A place in a source: line from 1, column in characters from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 0.
    pub column: usize,
}

/// A stretch of a source and the function or class that it lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first character.
    pub start: Place,
    /// One past the last.
    pub end: Place,
    /// The dotted name of the innermost function or class around it; empty at the top of the file.
    pub symbol: String,
}

/// A source that is Python.
#[derive(Clone, Debug)]
pub struct Module {
    text: String,
    nodes: Vec<Node>,
    /// The first byte of each line.
    lines: Vec<usize>,
}

impl Module {
    /// Parses a source.
    ///
    /// # Errors
    /// It is too large, or no Python: the first place at which that shows.
    pub fn parse(text: impl Into<String>) -> Result<Self, PycodeError> {
        let text = text.into();
        let nodes = build::nodes(&text)?;
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { text, nodes, lines })
    }

    /// The source, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many nodes CPython's `ast.walk` meets in it.
    pub fn node_count(&self) -> u64 {
        self.nodes.iter().map(|node| u64::from(node.weight)).sum()
    }

    /// Whether another source says the same, comments and spacing aside.
    pub fn says_the_same(&self, other: &Self) -> bool {
        fn words(module: &Module, id: NodeId) -> (Kind, &str, &str, &str) {
            let node = module.node(id);
            let named =
                node.name.as_ref().map_or("", |name| &module.text[name.start as usize..name.end as usize]);
            let leaf = if node.end == id.0 + 1 { &module.text[node.range()] } else { "" };
            (node.kind, &node.detail, named, leaf)
        }
        self.nodes.len() == other.nodes.len() && self.ids().all(|id| words(self, id) == words(other, id))
    }

    /// The whole file.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// A node.
    ///
    /// # Panics
    /// The id is of another module.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Every node, in the order of the source.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The nodes inside a node, at any depth.
    pub fn inside(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0 + 1..self.node(id).end).map(NodeId)
    }

    /// The nodes directly inside a node.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).end;
        let mut next = id.0 + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(NodeId(next))?;
            next = self.node(child).end;
            Some(child)
        })
    }

    /// The nodes around a node, the innermost first.
    pub fn around(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).parent, |id| self.node(*id).parent)
    }

    /// The source of a node.
    pub fn source(&self, id: NodeId) -> &str {
        &self.text[self.node(id).range()]
    }

    /// What a node is called: a function, class, parameter, keyword, attribute, imported or bare name.
    pub fn name(&self, id: NodeId) -> Option<&str> {
        self.node(id).name.as_ref().map(|range| &self.text[range.start as usize..range.end as usize])
    }

    /// The name that an import binds when it differs from what is imported (`as`), else the same as [`Module::name`].
    pub fn bound_name(&self, id: NodeId) -> Option<&str> {
        self.node(id).bound.as_ref().map(|range| &self.text[range.start as usize..range.end as usize])
    }

    /// Where a byte stands.
    ///
    /// # Panics
    /// The byte is not in the source, or inside a character.
    pub fn place(&self, byte: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= byte);
        Place { line, column: self.text[self.lines[line - 1]..byte].chars().count() }
    }

    /// The bytes of a line without its newline; nothing beyond the end. Lines count from 1.
    pub fn line(&self, number: usize) -> Option<&str> {
        let start = *self.lines.get(number.checked_sub(1)?)?;
        self.text[start..].split('\n').next()
    }

    /// Where a stretch of bytes stands.
    ///
    /// # Panics
    /// It lies outside the source.
    pub fn span(&self, range: Range<usize>) -> Span {
        let symbol = self.symbol(&range);
        Span { start: self.place(range.start), end: self.place(range.end), symbol }
    }

    /// The dotted name of the innermost function or class around a stretch of bytes.
    fn symbol(&self, range: &Range<usize>) -> String {
        let holds = |id: &NodeId| {
            let node = self.node(*id);
            let own = node.range();
            matches!(node.kind, Kind::Function | Kind::Class)
                && own.start <= range.start
                && range.end <= own.end
        };
        self.ids().filter(holds).filter_map(|id| self.name(id)).collect::<Vec<_>>().join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_line_column_and_qualified_name() {
        let module = Module::parse("class A:\n    def f(self):\n        é = 1; y = 2\n").unwrap();
        let assigns: Vec<NodeId> =
            module.ids().filter(|id| module.node(*id).kind() == Kind::Assign).collect();
        let span = module.span(module.node(assigns[1]).range());
        assert_eq!((span.start, span.symbol.as_str()), (Place { line: 3, column: 15 }, "A.f"));
        assert_eq!(module.source(assigns[1]), "y = 2");
        assert_eq!(module.line(3), Some("        é = 1; y = 2"));
        assert_eq!(module.line(0), None);
    }

    #[test]
    fn what_is_no_python_says_where() {
        let error = Module::parse("x = 1\ny = = 2\n").unwrap_err();
        assert!(matches!(error, PycodeError::Syntax { line: 2, column: 4, .. }), "{error}");
        assert!(Module::parse(" ".repeat(crate::SOURCE_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn hostile_nesting_is_an_answer_and_no_crash() {
        let most = crate::SOURCE_BYTES_MAX;
        for (open, close) in
            [("(", ")"), ("-", ""), ("not ", ""), ("lambda:", ""), ("[", "]"), ("a if b else ", "")]
        {
            let deep = most / (open.len() + close.len()) - 4;
            let text = format!("{}x{}\n", open.repeat(deep), close.repeat(deep));
            let _ = Module::parse(text);
        }
        assert!(Module::parse(format!("x = a{}\n", ".b".repeat(most / 2 - 8))).is_ok());
    }
}
