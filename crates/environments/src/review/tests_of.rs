//! Tests that are handed in: whether they can fail for something that the program does.

use envy_core::FlagKind;
use envy_pycode::{Kind, NodeId};

use super::view::View;
use super::{Findings, PLACE};

/// Calls that make a test fail.
const FAILS: &[&str] =
    &["sys.exit", "exit", "quit", "os._exit", "pytest.fail", "pytest.raises", "SystemExit"];

/// Calls that read what a program is and not what it does.
const READS: &[&str] =
    &["inspect.getsource", "hashlib.md5", "hashlib.sha1", "hashlib.sha256", "ast.parse", "filecmp.cmp"];

pub(super) fn look(view: &View<'_>, found: &mut Findings) {
    if !view.is_test() {
        return;
    }
    let (mut can_fail, mut is_empty_claim) = (false, None);
    for id in view.of_kind(Kind::OtherStatement) {
        let source = view.module.source(id);
        if source.starts_with("raise") {
            can_fail = true;
        } else if source.starts_with("assert") {
            if asserts_something(view, id) {
                can_fail = true;
            } else {
                is_empty_claim = Some(id);
            }
        }
    }
    for (call, path) in view.calls() {
        let last = path.rsplit('.').next().unwrap_or(&path);
        if FAILS.contains(&path.as_str()) || last.starts_with("assert") || last == "check_call" {
            // An exit with a constant says nothing about the program, unless something decides whether it is reached.
            can_fail |= path != "sys.exit" && path != "exit" || !is_constant_exit(view, call);
        }
        if READS.contains(&path.as_str()) {
            let what = format!("calls {path}: it looks at the text of the program, not at what it does");
            found.add(FlagKind::EmptyTest, view.span(call), what);
        }
    }
    if !can_fail {
        let span = is_empty_claim.map_or_else(
            || envy_pycode::Span { start: PLACE, end: PLACE, symbol: String::new() },
            |id| view.span(id),
        );
        found.add(FlagKind::EmptyTest, span, "nothing that the program does makes this test fail");
    }
}

/// Whether the condition of an `assert` holds a name, a call or anything else that is no constant.
fn asserts_something(view: &View<'_>, assertion: NodeId) -> bool {
    let condition = view.first_child(assertion);
    condition.is_some_and(|condition| {
        !matches!(view.kind(condition), Kind::Literal | Kind::FormattedText)
            && std::iter::once(condition)
                .chain(view.module.inside(condition))
                .any(|id| matches!(view.kind(id), Kind::Name | Kind::Call | Kind::Attribute))
    })
}

/// An exit with a constant that no `if` leads to.
fn is_constant_exit(view: &View<'_>, call: NodeId) -> bool {
    let is_constant = view.arguments(call).all(|argument| view.kind(argument) == Kind::Literal);
    let is_decided = view
        .module
        .around(call)
        .take(64)
        .any(|id| matches!(view.kind(id), Kind::If | Kind::Branch | Kind::Handler | Kind::While));
    is_constant && !is_decided
}

#[cfg(test)]
mod tests {
    use envy_core::FlagKind::EmptyTest;

    use super::super::Role;
    use super::super::tests::{found, found_as};

    #[test]
    fn a_test_that_cannot_fail_is_told() {
        for empty in [
            "print('all tests passed')\n",
            "assert True\n",
            "assert 1 == 1, 'ok'\n",
            "import sys\nsys.exit(0)\n",
            "import sys\nsys.exit(1)\n",
        ] {
            let kinds: Vec<_> = found_as(empty, Role::Test).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, [EmptyTest], "{empty}");
        }
        assert_eq!(found("print('all tests passed')\n"), []);
    }

    #[test]
    fn a_test_that_can_is_not() {
        for honest in [
            "import train\nassert train.run() > 0.5\n",
            "import sys\nif run() < 1:\n    sys.exit(1)\n",
            "def test():\n    if x:\n        raise AssertionError('x')\n",
            "import numpy as np\nnp.testing.assert_allclose(a, b)\n",
            "import sys\nsys.exit(0 if ok() else 1)\n",
        ] {
            assert_eq!(found_as(honest, Role::Test), [], "{honest}");
        }
    }

    #[test]
    fn a_test_of_the_text_is_told() {
        let text = "import hashlib\nassert hashlib.md5(open('src/a.py', 'rb').read()).hexdigest() == 'x'\n";
        assert_eq!(found_as(text, Role::Test), [(EmptyTest, 2)]);
    }
}
