//! What a written function may be, what it comes to, and with which words others are refused.

use super::*;

const WANTED: Wanted = Wanted { nodes: 150, inputs: 3, classes: Some(4) };

/// A function that may be.
const GOOD: &str = r#"
"""A score."""
import numpy as np


def dynamics(row):
    base = 1.2 * np.tanh(row.x0 - 0.3) + 0.9 * np.sin(1.1 * row["x1"]) * (0.5 if row.x2 < 0 else 1.0)
    bump = np.exp(-(row.x2 ** 2)) - 0.7 * np.clip(row.x1, -1.0, 1.5)
    if row.x0 > 0.4 and not row.x2 > 1.0:
        base += 0.8 * np.where(row.x1 > 0, 1.0, -0.5)
    elif row.x0 < -1.0:
        base -= 0.6 * abs(row.x2)
    else:
        bump = bump + 0.1 * max(row.x1, row.x2)
    return base + 1.1 * bump
"#;

fn value(body: &str, row: &[f64]) -> f64 {
    let source = format!("import numpy as np\ndef dynamics(row):\n{body}\n");
    Function::read(&source, row.len()).unwrap().raw_score(row)
}

fn refusal(source: &str, wanted: &Wanted) -> Refusal {
    examine(source, wanted).map(|_| ()).unwrap_err()
}

#[test]
fn a_function_is_worth_what_python_makes_of_it() {
    let row = [0.5, -1.5];
    for (expression, expected) in [
        ("row.x0 + row.x1 * 2", -2.5),
        ("-row.x1 ** 2 + row.x0", -1.75),
        ("row.x1 % 1.0 + row.x0", 1.0),
        ("row.x1 // 1 + row.x0", -1.5),
        ("1 if row.x0 < row.x1 else 3", 3.0),
        ("-2 < row.x1 < row.x0", 1.0),
        ("(row.x0 and row.x1) + (0 or 4)", 2.5),
        ("np.sign(row.x1) + np.floor(row.x0) + abs(row.x1)", 0.5),
        ("np.clip(row.x1, -1, 1) + np.maximum(row.x0, 2) + min(row.x1, 0)", -0.5),
        ("np.where(row.x0 > 0, row.x1, 9) + float(True)", -0.5),
        ("np.sqrt(row.x0 * 8) + row.x1 * 0", 2.0),
    ] {
        let found = value(&format!("    return {expression}"), &row);
        assert!((found - expected).abs() < 1e-12, "{expression}: {found}");
    }
    let body = "    t = row.x0\n    t *= 4\n    if t > 1:\n        return t + row.x1\n    return 0";
    assert_eq!(value(body, &row), 0.5);
    let tanh = value("    return np.tanh(row.x0) + np.cos(row.x1) + np.exp(row.x1) + np.log(row.x0)", &row);
    let expected = libm::tanh(0.5) + libm::cos(-1.5) + libm::exp(-1.5) + libm::log(0.5);
    assert_eq!(tanh, expected);
}

#[test]
fn a_good_function_is_tried_and_taken() {
    let nodes = node_count(GOOD).unwrap();
    let tried = examine(GOOD, &Wanted { nodes, ..WANTED }).unwrap();
    assert!(tried.nodes == nodes && tried.skill > 0.35, "{tried:?}");
    let number = examine(GOOD, &Wanted { nodes: nodes + 9, classes: None, ..WANTED }).unwrap();
    assert!(number.skill > 0.35);
}

#[test]
fn what_is_not_allowed_or_may_never_end_is_named_by_its_line() {
    let with = |line: &str| {
        format!(
            "import numpy as np\ndef dynamics(row):\n    s = row.x0 + row.x1 + row.x2\n    {line}\n    return s\n"
        )
    };
    for (line, named) in [
        ("while s < 3: s += 1", "may never end"),
        ("for i in [1, 2]: s += i", "may never end"),
        ("s = sum([v for v in (1, 2)])", "may never end"),
        ("s = dynamics(row)", "not allowed"),
        ("s = open('x')", "not allowed"),
        ("s = row.__class__", "not allowed"),
        ("s = np.random.normal()", "not allowed"),
        ("s = row.x7", "not allowed"),
        ("s = 'a'", "not allowed"),
        ("import os", "not allowed"),
        ("s = t", "not allowed"),
        ("raise ValueError", "not allowed"),
        ("s = np.sin(s, out=s)", "not allowed"),
    ] {
        let refusal = refusal(&with(line), &WANTED);
        assert!(refusal.what.starts_with("line ") && refusal.what.contains(named), "{line}: {refusal:?}");
        assert!(!refusal.hint.is_empty());
    }
    for (source, named) in [
        ("def dynamics(row:\n", "no Python"),
        ("x = 1\n", "not allowed"),
        ("def other(row):\n    return 1\n", "there is no `def dynamics(row)`"),
        ("def dynamics(row, more):\n    return 1\n", "there is no `def dynamics(row)`"),
        ("def dynamics(row):\n    s = row.x0 + row.x1 + row.x2\n", "returns nothing"),
        ("def dynamics(row):\n    return row.x0\n", "never reads row.x1"),
    ] {
        let refusal = refusal(source, &WANTED);
        assert!(refusal.what.contains(named), "{source}: {refusal:?}");
    }
    let deep = format!("def dynamics(row):\n    return {}row.x0\n", "-".repeat(9_000));
    assert!(refusal(&deep, &WANTED).what.contains("none may have more than"));
}

#[test]
fn one_class_no_number_no_signal_and_another_size_are_refused_with_a_hint() {
    let of = |expression: &str| format!("import numpy as np\ndef dynamics(row):\n    return {expression}\n");
    let tried = |expression: &str| {
        let source = of(expression);
        refusal(&source, &Wanted { nodes: node_count(&source).unwrap(), ..WANTED })
    };
    let one = tried("0 * (row.x0 + row.x1 + row.x2)");
    assert!(one.what.contains("gives 1 different values") && one.hint.contains("score"), "{one:?}");
    let two = tried("1.0 if row.x0 + row.x1 + row.x2 > 0 else 0.0");
    assert!(two.what.contains("gives 2 different values"), "{two:?}");
    let gaps = tried("np.log(row.x0) + row.x1 + row.x2");
    assert!(gaps.what.contains("no finite number at x0=-") && gaps.hint.contains("guard"), "{gaps:?}");
    let wild = tried("(9999.7 * row.x0 * row.x1 * row.x2) % 1.0");
    assert!(wild.what.contains("above chance") && wild.hint.contains("smoother"), "{wild:?}");
    let short = refusal(&of("row.x0 + row.x1 + row.x2"), &WANTED);
    assert!(short.what.contains("and 150 are wanted") && short.hint.contains("add terms"), "{short:?}");
}
