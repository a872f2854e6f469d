//! Names and scopes, by Python's rules: which function, class, lambda, comprehension or file binds a name that is read,
//! and what dotted path an imported name stands for. Enough for edits and scans; `exec` and star imports are not followed.

use crate::kind::Kind;
use crate::module::{Module, NodeId};

impl Module {
    /// The scope that a node is evaluated in: the file, a function, class, lambda or comprehension.
    pub fn scope(&self, id: NodeId) -> NodeId {
        let mut below = id;
        for around in self.around(id) {
            if self.is_scope_of(around, below, id) {
                return around;
            }
            below = around;
        }
        self.root()
    }

    /// Whether `around` is the scope of `id`, which lies in its child `below`. Defaults, annotations, decorators and
    /// bases are evaluated outside, and so is what a comprehension first iterates over.
    fn is_scope_of(&self, around: NodeId, below: NodeId, id: NodeId) -> bool {
        let (below_kind, own) = (self.node(below).kind(), self.node(id).kind());
        match self.node(around).kind() {
            Kind::Module => true,
            Kind::Function | Kind::Class => below_kind.is_statement() || own == Kind::Parameter,
            Kind::Lambda => below_kind != Kind::Parameters || own == Kind::Parameter,
            Kind::Comprehension => {
                let first = self.children(around).find(|child| self.node(*child).kind() == Kind::Generator);
                let iterable = first.and_then(|first| self.children(first).nth(1));
                let inside = |outer: NodeId| outer == id || self.inside(outer).any(|inner| inner == id);
                !iterable.is_some_and(inside)
            }
            _ => false,
        }
    }

    /// The name that a node binds, if it binds one, and the scope in which it does.
    pub fn binding(&self, id: NodeId) -> Option<(&str, NodeId)> {
        let node = self.node(id);
        match node.kind() {
            Kind::Name if node.binds => {
                let scope = self.scope(id);
                let is_walrus = self.node(scope).kind() == Kind::Comprehension
                    && !self.around(id).any(|around| self.node(around).kind() == Kind::Generator);
                Some((self.name(id)?, if is_walrus { self.scope(scope) } else { scope }))
            }
            Kind::Parameter | Kind::Function | Kind::Class | Kind::Handler => {
                Some((self.name(id)?, self.scope(id)))
            }
            Kind::Part => Some((self.name(id)?, self.scope(id))),
            Kind::Alias => Some((self.bound_name(id)?.split('.').next()?, self.scope(id))),
            _ => None,
        }
    }

    /// Every node that binds `name` in `scope`.
    pub fn bindings(&self, scope: NodeId, name: &str) -> Vec<NodeId> {
        self.ids().filter(|id| self.binding(*id) == Some((name, scope))).collect()
    }

    /// The scope that binds a name that is read at `id`; nothing for builtins.
    pub fn resolve(&self, id: NodeId) -> Option<NodeId> {
        let name = self.name(id)?;
        let first = self.scope(id);
        let mut scope = first;
        loop {
            // A class's names are seen from its own body alone.
            let is_seen = scope == first || self.node(scope).kind() != Kind::Class;
            if is_seen && !self.is_outer(scope, name) && !self.bindings(scope, name).is_empty() {
                return Some(scope);
            }
            if scope == self.root() {
                return None;
            }
            scope = self.scope(scope);
        }
    }

    /// `global name` or `nonlocal name` stands in the scope.
    fn is_outer(&self, scope: NodeId, name: &str) -> bool {
        let declares = |id: &NodeId| {
            let words = self.source(*id).split([' ', ',', '\n', '\\']);
            self.node(*id).kind() == Kind::Outer
                && self.scope(*id) == scope
                && words.into_iter().any(|word| word == name)
        };
        self.inside(scope).any(|id| declares(&id))
    }

    /// The dotted path that a name or attribute stands for, imports followed: `StandardScaler` after
    /// `from sklearn.preprocessing import StandardScaler` is `sklearn.preprocessing.StandardScaler`. A name that is not
    /// imported stands for itself.
    pub fn path(&self, id: NodeId) -> Option<String> {
        match self.node(id).kind() {
            Kind::Attribute => {
                let value = self.children(id).next()?;
                Some(format!("{}.{}", self.path(value)?, self.name(id)?))
            }
            Kind::Name => {
                let name = self.name(id)?;
                let scope = self.resolve(id).unwrap_or_else(|| self.root());
                let import =
                    self.bindings(scope, name).into_iter().find(|id| self.node(*id).kind() == Kind::Alias);
                Some(import.and_then(|alias| self.imported(alias)).unwrap_or_else(|| name.to_owned()))
            }
            _ => None,
        }
    }

    fn imported(&self, alias: NodeId) -> Option<String> {
        let (name, bound) = (self.name(alias)?, self.bound_name(alias)?);
        let statement = self.node(alias).parent()?;
        match self.node(statement).kind() {
            Kind::ImportFrom => {
                Some(self.name(statement).map_or_else(|| name.to_owned(), |from| format!("{from}.{name}")))
            }
            // `import a.b` binds `a`, `import a.b as c` binds `a.b`.
            _ if name == bound => name.split('.').next().map(str::to_owned),
            _ => Some(name.to_owned()),
        }
    }

    /// The calls of a function, class or method: by whole dotted path, or by its last part.
    pub fn calls<'a>(&'a self, path: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        self.ids().filter(move |id| {
            let called = self.children(*id).next().filter(|_| self.node(*id).kind() == Kind::Call);
            called.is_some_and(|function| {
                self.name(function) == Some(path) || self.path(function).is_some_and(|known| known == path)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
import numpy as np
import os.path
from sklearn.preprocessing import StandardScaler as Scaler

limit = 3

class Box:
    limit = 4
    def grow(self, by=limit):
        global total
        total = by
        rows = [limit for limit in range(limit)]
        return np.log1p(rows), limit, os.path.join("a"), Scaler()
"#;

    fn name(module: &Module, text: &str, nth: usize) -> NodeId {
        let is = |id: &NodeId| module.node(*id).kind() == Kind::Name && module.source(*id) == text;
        module.ids().filter(is).nth(nth).unwrap()
    }

    #[test]
    fn names_are_bound_where_python_binds_them() {
        let module = Module::parse(SOURCE).unwrap();
        let kind = |id: Option<NodeId>| id.map(|id| module.node(id).kind());
        // limit = 3, limit = 4, by=limit, element, target, iterable, returned
        let scopes: Vec<_> = (2..7).map(|nth| kind(module.resolve(name(&module, "limit", nth)))).collect();
        let (class, comprehension, file) = (Some(Kind::Class), Some(Kind::Comprehension), Some(Kind::Module));
        assert_eq!(scopes, [class, comprehension, comprehension, file, file]);
        assert_eq!(kind(module.resolve(name(&module, "by", 0))), Some(Kind::Function));
        assert_eq!(module.resolve(name(&module, "range", 0)), None);
    }

    #[test]
    fn imports_are_followed() {
        let module = Module::parse(SOURCE).unwrap();
        for path in ["numpy.log1p", "os.path.join", "sklearn.preprocessing.StandardScaler", "log1p"] {
            assert_eq!(module.calls(path).count(), 1, "{path}");
        }
        assert_eq!(module.calls("pandas.log1p").count(), 0);
    }
}
