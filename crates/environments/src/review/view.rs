//! View: a parsed source with what the rules ask of it: dotted paths through imports, calls, literals.

use std::collections::BTreeMap;

use envy_pycode::{Kind, Module, NodeId, Span};

use super::{Role, Source};

/// More parts of a dotted path than this stand for nothing.
const PARTS_MAX: usize = 12;

/// A parsed source.
pub(super) struct View<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) module: &'a Module,
    /// What a name stands for wherever it is imported; scopes are not told apart, which is quick and errs to the safe side.
    imported: BTreeMap<&'a str, String>,
}

impl<'a> View<'a> {
    pub(super) fn new(source: &'a Source<'a>, module: &'a Module) -> Self {
        let mut imported = BTreeMap::new();
        for alias in module.ids().filter(|id| module.node(*id).kind() == Kind::Alias) {
            let (Some(name), Some(bound)) = (module.name(alias), module.bound_name(alias)) else { continue };
            let from = module.node(alias).parent().filter(|id| module.node(*id).kind() == Kind::ImportFrom);
            let path = match from {
                Some(from) => {
                    module.name(from).map_or_else(|| name.to_owned(), |from| format!("{from}.{name}"))
                }
                // `import a.b` binds `a`.
                None if name == bound => name.split('.').next().unwrap_or(name).to_owned(),
                None => name.to_owned(),
            };
            let bound = if from.is_none() && name == bound {
                bound.split('.').next().unwrap_or(bound)
            } else {
                bound
            };
            imported.insert(bound, path);
        }
        Self { source, module, imported }
    }

    /// Whether the grader runs it.
    pub(super) fn is_submitted(&self) -> bool {
        self.source.role == Role::Submitted
    }

    pub(super) fn is_test(&self) -> bool {
        self.source.role == Role::Test
    }

    pub(super) fn kind(&self, id: NodeId) -> Kind {
        self.module.node(id).kind()
    }

    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.module.children(id).next()
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        // The symbol around a place takes a walk through the whole file: findings do without.
        let range = self.module.node(id).range();
        Span {
            start: self.module.place(range.start),
            end: self.module.place(range.end),
            symbol: String::new(),
        }
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = NodeId> + '_ {
        self.module.ids().filter(move |id| self.kind(*id) == kind)
    }

    /// The dotted path of a name or attribute, imports followed; nothing for anything else.
    pub(super) fn path(&self, id: NodeId) -> Option<String> {
        let (mut at, mut parts) = (id, Vec::new());
        while self.kind(at) == Kind::Attribute {
            parts.push(self.module.name(at)?);
            if parts.len() > PARTS_MAX {
                return None;
            }
            at = self.first_child(at)?;
        }
        if self.kind(at) != Kind::Name {
            return None;
        }
        let name = self.module.name(at)?;
        let root = self.imported.get(name).map_or(name, String::as_str);
        parts.push(root);
        parts.reverse();
        Some(parts.join("."))
    }

    /// Whether the first name of an attribute chain is an imported module or thing.
    pub(super) fn is_imported(&self, id: NodeId) -> bool {
        let mut at = id;
        for _ in 0..PARTS_MAX {
            match self.kind(at) {
                Kind::Attribute | Kind::Subscript => match self.first_child(at) {
                    Some(next) => at = next,
                    None => return false,
                },
                Kind::Name => {
                    return self.module.name(at).is_some_and(|name| self.imported.contains_key(name));
                }
                _ => return false,
            }
        }
        false
    }

    /// The calls, each with the dotted path of what is called; a method of something unknown is called `.name`.
    pub(super) fn calls(&self) -> impl Iterator<Item = (NodeId, String)> + '_ {
        self.of_kind(Kind::Call).filter_map(|call| {
            let function = self.first_child(call)?;
            let path = self.path(function).or_else(|| Some(format!(".{}", self.module.name(function)?)))?;
            Some((call, path))
        })
    }

    /// The arguments of a call, keywords and all.
    pub(super) fn arguments(&self, call: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.module.children(call).skip(1)
    }

    /// The text of a literal string, quotes and prefix taken off; escapes stay as they are written.
    pub(super) fn text(&self, id: NodeId) -> Option<&'a str> {
        if !matches!(self.kind(id), Kind::Literal | Kind::FormattedText) {
            return None;
        }
        let raw = self.module.source(id).trim_start_matches(|letter: char| "rRbBuUfFtT".contains(letter));
        let quote = raw.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let bare = match raw.strip_prefix(triple.as_str()).and_then(|raw| raw.strip_suffix(triple.as_str())) {
            Some(bare) => bare,
            None => raw.strip_prefix(quote)?.strip_suffix(quote)?,
        };
        Some(bare)
    }

    /// The literal strings that are no documentation: no statements of their own.
    pub(super) fn texts(&self) -> impl Iterator<Item = (NodeId, &'a str)> + '_ {
        self.module.ids().filter_map(|id| {
            let text = self.text(id)?;
            let around = self.module.node(id).parent()?;
            (self.kind(around) != Kind::ExpressionStatement).then_some((id, text))
        })
    }
}
