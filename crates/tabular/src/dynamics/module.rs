//! The Python module around the terms, and its node count.

use std::fmt::Write as _;

use super::expression::{NUMPY_NODES, constant_nodes};
use super::{Rule, Target, Term};

/// Two nodes for the `BinOp` and the operator that join a term to the sum before it.
const JOIN_NODES: usize = 2;
/// `Module`, the docstring's `Expr` and `Constant`, `Import`, `alias`, `FunctionDef`, `arguments`, `arg`, and
/// `Assign`, `Name`, `Store` of `score = ...`.
const FRAME_NODES: usize = 11;
/// `Name` and `Load`.
const NAME_NODES: usize = 2;

/// The module's text.
pub(super) fn python(terms: &[Term], rule: &Rule) -> String {
    let mut text = String::from(
        "\"\"\"How the label follows from a clean row.\"\"\"\n\nimport numpy as np\n\n\ndef dynamics(row):\n    score = (\n",
    );
    for (index, term) in terms.iter().enumerate() {
        let _ = writeln!(text, "        {}", joined(index, term));
    }
    match rule {
        Rule::Bins { intercept, cuts } => {
            let sign = if intercept.is_sign_negative() { "-" } else { "+" };
            let _ = writeln!(text, "        {sign} {:?}\n    )", intercept.abs());
            let _ = writeln!(text, "    return int(np.searchsorted({cuts:?}, score, side=\"right\"))");
        }
        Rule::Raw => text.push_str("    )\n    return float(score)\n"),
    }
    text
}

/// A term behind its sign: the first carries it in its literal, the others in the operator before them.
fn joined(index: usize, term: &Term) -> String {
    if index == 0 {
        return term.expression().python();
    }
    let sign = if term.weight < 0.0 { "-" } else { "+" };
    format!("{sign} {}", unsigned(term).expression().python())
}

fn unsigned(term: &Term) -> Term {
    Term { weight: term.weight.abs(), factors: term.factors.clone() }
}

/// The nodes that one more term at `index` adds.
pub(super) fn nodes_of(index: usize, term: &Term) -> usize {
    if index == 0 {
        term.expression().node_count()
    } else {
        JOIN_NODES + unsigned(term).expression().node_count()
    }
}

/// The nodes of all terms.
pub(super) fn term_nodes(terms: &[Term]) -> usize {
    terms.iter().enumerate().map(|(index, term)| nodes_of(index, term)).sum()
}

/// The nodes of the module beside its terms.
pub(super) fn fixed_nodes(rule: &Rule) -> usize {
    let tail = match rule {
        // The intercept; `Return`, `int(...)`, `np.searchsorted(...)`, `List` and `Load`, the cut points, `score`,
        // and the keyword with its value.
        Rule::Bins { cuts, .. } => {
            let cuts: usize = cuts.iter().copied().map(constant_nodes).sum();
            JOIN_NODES + 1 + 1 + (1 + NAME_NODES) + (1 + NUMPY_NODES) + 2 + cuts + NAME_NODES + 2
        }
        // `Return`, `float(...)`, `score`.
        Rule::Raw => 1 + 1 + 2 * NAME_NODES,
    };
    FRAME_NODES + tail
}

/// The nodes of the module beside its terms, before the rule's numbers are known: around a median of 0 exactly the
/// cut points of the lower half are negative.
pub(super) fn fixed_nodes_of(target: Target) -> usize {
    fixed_nodes(&match target {
        Target::Score => Rule::Raw,
        Target::Classes(classes) => {
            let cut = |class: usize| if 2 * class < classes { -1.0 } else { 1.0 };
            Rule::Bins { intercept: 0.0, cuts: (1..classes).map(cut).collect() }
        }
    })
}
