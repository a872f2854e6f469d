//! The trial of a written function, before a task is tried with it: its size, its values, and whether they can be learned.

use envy_core::Seed;
use envy_learn::Frame;
use envy_pycode::Module;
use envy_tabular::dynamics::{NODE_TOLERANCE, NODES_MAX};

use super::super::exam::{Exam, Goal};
use super::super::features::Encoded;
use super::super::fixed::Prepared;
use super::super::gate::SKILL_MIN;
use super::super::learners::{AnyForest, forest};
use super::super::tally::Tally;
use super::{Function, INPUT_MAX, Refusal};

/// Rows on which the values are looked at, and of these those that a forest learns from.
const ROWS: usize = 10_000;
const TAUGHT_ROWS: usize = 1_000;
/// Trees of the forest.
const TREES: usize = 40;
/// How far a class's share may be from an equal one.
const BALANCE_MAX: f64 = 0.01;

/// What a function is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its node count, met within [`NODE_TOLERANCE`].
    pub nodes: usize,
    /// How many inputs it reads.
    pub inputs: usize,
    /// Into how many classes its score is cut; nothing if the score is the label.
    pub classes: Option<usize>,
}

/// What the trial found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// Nodes of its syntax tree.
    pub nodes: usize,
    /// What a small forest reaches above chance, as a share of what there is above chance (of a number R2).
    pub skill: f64,
}

/// How many nodes `ast.walk` meets in a source.
///
/// # Errors
/// It is no Python, or has more than any label function may have.
pub fn node_count(source: &str) -> Result<usize, Refusal> {
    let module = Module::parse(source).map_err(|error| {
        Refusal::new(format!("the function is no Python: {error}"), "send the whole module, nothing else")
    })?;
    let nodes = usize::try_from(module.node_count()).unwrap_or(usize::MAX);
    if nodes > NODES_MAX {
        return Err(Refusal::new(
            format!("the function has {nodes} nodes, and none may have more than {NODES_MAX}"),
            "write fewer terms",
        ));
    }
    Ok(nodes)
}

/// Examines a function.
///
/// # Errors
/// It cannot be the label function of a task: why, and what to change.
pub fn examine(source: &str, wanted: &Wanted) -> Result<Tried, Refusal> {
    let nodes = node_count(source)?;
    let function = Function::read(source, wanted.inputs)?;
    if nodes.abs_diff(wanted.nodes) > NODE_TOLERANCE {
        let (least, most) = (wanted.nodes - NODE_TOLERANCE, wanted.nodes + NODE_TOLERANCE);
        let what = format!("the function has {nodes} nodes, and {} are wanted", wanted.nodes);
        let way = if nodes < least { "add terms" } else { "leave terms out" };
        return Err(Refusal::new(what, format!("{way} until it has {least} to {most}")));
    }
    let columns = sample(wanted.inputs);
    let scores = scores(&function, &columns)?;
    let goal = wanted.classes.map_or(Goal::Number, Goal::Classes);
    let labels = labels(&scores, goal)?;
    let skill = skill(&columns, &labels, goal);
    if skill < SKILL_MIN {
        return Err(Refusal::new(
            format!(
                "a forest that learns the label from {TAUGHT_ROWS} rows reaches {skill:.2} above chance, and {SKILL_MIN} is needed"
            ),
            "use smoother terms: low powers, bounded functions such as tanh, no fast sines, no modulo",
        ));
    }
    Ok(Tried { nodes, skill })
}

/// Inputs as a task has them, roughly: normal, and cut.
fn sample(inputs: usize) -> Vec<Vec<f64>> {
    let seed = Seed::named("cleaning/written-trial");
    let column = |input: usize| {
        let mut rng = seed.derive(&format!("x{input}")).rng();
        (0..ROWS).map(|_| rng.normal().clamp(-INPUT_MAX, INPUT_MAX)).collect()
    };
    (0..inputs).map(column).collect()
}

fn scores(function: &Function, columns: &[Vec<f64>]) -> Result<Vec<f64>, Refusal> {
    let row = |row: usize| -> Vec<f64> { columns.iter().map(|column| column[row]).collect() };
    let scores: Vec<f64> = (0..ROWS).map(|number| function.raw_score(&row(number))).collect();
    if let Some(number) = scores.iter().position(|score| !score.is_finite()) {
        let inputs: Vec<String> =
            row(number).iter().enumerate().map(|(input, value)| format!("x{input}={value:.2}")).collect();
        return Err(Refusal::new(
            format!("the function gives no finite number at {}", inputs.join(", ")),
            "guard divisions, log and sqrt, and return a value on every path",
        ));
    }
    Ok(scores)
}

/// The scores' classes, or the scores themselves.
fn labels(scores: &[f64], goal: Goal) -> Result<Vec<f64>, Refusal> {
    let mut different = scores.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    let few = |classes: usize| {
        Refusal::new(
            format!(
                "the function gives {} different values, which make no {classes} classes of equal size",
                different.len()
            ),
            "return the score itself, not a class: it is cut into quantile bins afterwards",
        )
    };
    let Goal::Classes(classes) = goal else {
        return if different.len() < 2 { Err(few(2)) } else { Ok(scores.to_vec()) };
    };
    let cuts = super::super::law::cuts(scores, classes);
    let labels: Vec<f64> = scores.iter().map(|score| super::super::law::class(&cuts, *score)).collect();
    let share = |class: usize| {
        labels.iter().filter(|label| **label == class as f64).count() as f64 / labels.len() as f64
    };
    let balanced = (0..classes).all(|class| (share(class) - 1.0 / classes as f64).abs() <= BALANCE_MAX);
    if balanced { Ok(labels) } else { Err(few(classes)) }
}

/// What a small forest reaches above chance on rows that it never saw.
fn skill(columns: &[Vec<f64>], labels: &[f64], goal: Goal) -> f64 {
    let part = |from: usize, to: usize| Encoded {
        columns: columns.iter().map(|column| column[from..to].to_vec()).collect(),
        labels: labels[from..to].iter().copied().map(Some).collect(),
    };
    let exam = Exam::new(part(TAUGHT_ROWS, 3 * TAUGHT_ROWS), goal);
    let prepared = Prepared::new(&part(0, TAUGHT_ROWS), &exam.columns);
    let config = forest(goal, TREES, Seed::named("cleaning/written-forest"));
    let (Ok(taught), Ok(asked)) = (Frame::new(&prepared.train), Frame::new(&prepared.test)) else {
        return 0.0;
    };
    let Ok(forest) = AnyForest::fit(&taught, &prepared, goal, &config) else { return 0.0 };
    let mut tally = Tally::new(exam.rows(), goal);
    tally.add(&forest.answers(&asked), &exam, 1);
    (tally.mean() - goal.chance()) / (1.0 - goal.chance())
}
