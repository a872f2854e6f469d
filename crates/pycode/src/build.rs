//! From the parser's tree to the flat list. The tree lives and dies on the deep stack.

use std::ops::Range;

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal};
use ruff_python_ast::{AnyNodeRef, Identifier};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextRange};

use crate::deep;
use crate::error::PycodeError;
use crate::kind;
use crate::module::{Node, NodeId};

/// The nodes of a source, or where and why it is no Python.
///
/// # Errors
/// It is too large, or no Python.
pub(crate) fn nodes(text: &str) -> Result<Vec<Node>, PycodeError> {
    deep::check(text)?;
    let parsed = deep::run(|| match parse_module(text) {
        Ok(parsed) => {
            let mut builder = Builder { nodes: Vec::new(), open: Vec::new() };
            let root = AnyNodeRef::ModModule(parsed.syntax());
            if builder.enter_node(root).is_traverse() {
                root.visit_source_order(&mut builder);
            }
            builder.leave_node(root);
            Ok(builder.nodes)
        }
        Err(error) => Err((error.location.start().to_usize(), error.error.to_string())),
    })?;
    parsed.map_err(|(offset, message)| {
        let before = &text[..floor(text, offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        PycodeError::Syntax {
            line: 1 + before.matches('\n').count(),
            column: before[line_start..].chars().count(),
            message,
        }
    })
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

struct Builder {
    nodes: Vec<Node>,
    open: Vec<Option<NodeId>>,
}

impl<'a> SourceOrderVisitor<'a> for Builder {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        let Some(kind) = kind::of(node) else {
            self.open.push(None);
            return TraversalSignal::Traverse;
        };
        let parent = self.open.iter().rev().flatten().next().copied();
        let id = NodeId(self.nodes.len() as u32);
        let names = names(node);
        let bound = match names.as_slice() {
            [] => None,
            [.., last] => Some(bytes(*last)),
        };
        self.nodes.push(Node {
            kind,
            range: bytes(node.range()),
            name: names.first().map(|range| bytes(*range)),
            bound,
            binds: kind::binds(node),
            detail: kind::detail(node).into(),
            weight: kind::weight(node),
            parent,
            end: 0,
        });
        self.open.push(Some(id));
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, _node: AnyNodeRef<'a>) {
        let end = self.nodes.len() as u32;
        if let Some(Some(id)) = self.open.pop() {
            self.nodes[id.0 as usize].end = end;
        }
    }
}

fn bytes(range: TextRange) -> Range<u32> {
    range.start().to_u32()..range.end().to_u32()
}

/// Where the names of a node stand: what it is called, and as the last one what it binds, if that differs.
fn names(node: AnyNodeRef) -> Vec<TextRange> {
    use AnyNodeRef as N;
    let one = |identifier: &Identifier| vec![identifier.range()];
    let maybe = |identifier: &Option<Identifier>| identifier.iter().map(Ranged::range).collect();
    match node {
        N::StmtFunctionDef(node) => one(&node.name),
        N::StmtClassDef(node) => one(&node.name),
        N::StmtImportFrom(node) => maybe(&node.module),
        N::StmtGlobal(node) => node.names.iter().map(Ranged::range).collect(),
        N::StmtNonlocal(node) => node.names.iter().map(Ranged::range).collect(),
        N::ExceptHandlerExceptHandler(node) => maybe(&node.name),
        N::Alias(node) => one(&node.name).into_iter().chain(node.asname.iter().map(Ranged::range)).collect(),
        N::Parameter(node) => one(&node.name),
        N::Keyword(node) => maybe(&node.arg),
        N::ExprAttribute(node) => one(&node.attr),
        N::ExprName(node) => vec![node.range()],
        N::PatternMatchAs(node) => maybe(&node.name),
        N::PatternMatchStar(node) => maybe(&node.name),
        _ => Vec::new(),
    }
}
