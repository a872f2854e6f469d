//! Tampering: names inside libraries that are given another meaning, and files that stand in for the grader's.

use envy_core::FlagKind;
use envy_pycode::{Kind, NodeId};

use super::Findings;
use super::view::View;

/// Parts of a path that are there to be set.
const SETTINGS: &[&str] = &["options", "rcParams", "environ", "mode", "display", "argv"];

/// Calls that give names another meaning.
const PATCHES: &[&str] =
    &["unittest.mock.patch", "unittest.mock.patch.object", "sys.modules.pop", "sys.modules.update"];

pub(super) fn look(view: &View<'_>, found: &mut Findings) {
    for statement in view.module.ids() {
        if !matches!(view.kind(statement), Kind::Assign | Kind::AugmentedAssign) {
            continue;
        }
        // Targets come first; the value is the last child.
        let parts: Vec<NodeId> = view.module.children(statement).collect();
        for target in &parts[..parts.len().saturating_sub(1)] {
            assigned(view, *target, found);
        }
    }
    for (call, path) in view.calls() {
        let first = view.arguments(call).next();
        let of_library = first.is_some_and(|first| view.is_imported(first));
        if (path == "setattr" || path == "delattr") && of_library {
            changed(view, call, "an attribute of a library", found);
        }
        if PATCHES.contains(&path.as_str()) {
            changed(view, call, &path, found);
        }
        if path == "atexit.register" && view.is_submitted() {
            found.add(FlagKind::Grader, view.span(call), "runs code after the grader's own is done");
        }
        if path == "sys.path.insert" && view.is_submitted() {
            found.add(FlagKind::Grader, view.span(call), "puts its own folder before the libraries");
        }
    }
}

fn assigned(view: &View<'_>, target: NodeId, found: &mut Findings) {
    match view.kind(target) {
        Kind::Attribute if view.is_imported(target) => {
            let path = view.path(target).unwrap_or_default();
            if path.split('.').any(|part| SETTINGS.contains(&part)) {
                return;
            }
            let is_clock = path.starts_with("time.") || path.starts_with("datetime.");
            let kind = if is_clock { FlagKind::Clock } else { FlagKind::Grader };
            found.add(kind, view.span(target), format!("gives {path} another meaning"));
        }
        Kind::Subscript => {
            let of = view.first_child(target).and_then(|value| view.path(value)).unwrap_or_default();
            if of == "sys.modules" || of.ends_with(".__dict__") || of == "__builtins__" {
                changed(view, target, &of, found);
            }
        }
        _ => {}
    }
}

fn changed(view: &View<'_>, at: NodeId, what: &str, found: &mut Findings) {
    found.add(FlagKind::Grader, view.span(at), format!("changes {what}"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use envy_core::FlagKind::{Clock, Grader};

    #[test]
    fn libraries_that_are_given_another_meaning_are_told() {
        assert_eq!(found("import sklearn.metrics\nsklearn.metrics.roc_auc_score = f\n"), [(Grader, 2)]);
        assert_eq!(found("import time as t\nt.time = f\n"), [(Clock, 2)]);
        assert_eq!(found("import sys\nsys.modules['pandas'] = 1\n"), [(Grader, 2)]);
        assert_eq!(found("import builtins\nsetattr(builtins, 'print', f)\n"), [(Grader, 2)]);
        assert_eq!(found("import atexit\natexit.register(f)\n"), [(Grader, 2)]);
    }

    #[test]
    fn settings_and_own_things_are_not() {
        assert_eq!(found("import pandas as pd\npd.options.display.width = 3\n"), []);
        assert_eq!(found("import sys\nsys.argv = ['test_fix.py', '--measure']\n"), []);
        assert_eq!(found("self.x = 1\nframe.columns = []\nframe['a'] = 1\nsetattr(self, 'x', 1)\n"), []);
    }
}
