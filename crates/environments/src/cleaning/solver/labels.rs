//! Labels that follow another convention, and measurements that slipped against them: found by a model of the other
//! sources, which predicts a source's labels far better once its habit is taken back.

use std::collections::BTreeMap;

use envy_core::Seed;
use envy_learn::metrics::most_probable;
use envy_learn::{FeaturesPerSplit, Forest, ForestConfig, Frame};
use envy_tabular::time::parse_iso;
use envy_tabular::{Evidence, Fix, Repair, Role};

use super::super::exam::Goal;
use super::super::features::{Encoded, Encoder};
use super::super::fixed::Prepared;
use super::Case;
use super::lags::{LAG_MAX, measurements};

/// Trees of the model: enough to tell habits apart.
const TREES: usize = 40;
/// Rows of a leaf: labels of bad sources shall not be learned by heart.
const LEAF_ROWS: usize = 3;
/// This much more of a source's labels must become predictable...
const GAIN_MIN: f64 = 0.12;
/// ...or this much, if the notes speak of it.
const GAIN_NOTED_MIN: f64 = 0.05;
/// A source with fewer rows proves nothing.
const ROWS_MIN: usize = 20;

/// What may be the matter with a source.
#[derive(Clone, Copy)]
enum Habit {
    /// Class `c` is written `c + turn`.
    Turned(usize),
    /// Class `c` is written `classes - 1 - c`.
    Reversed,
    /// A row's measurements stand so many rows further down.
    Lagged(i64),
}

/// Takes back classes that a note says are given one higher since a day, where the labels bear it out.
pub(super) fn raised_since(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(time) = fields.iter().find(|field| field.role == Role::Time) else { return };
    let target = &fields[case.sight.target];
    let mut found = Vec::new();
    for source in &case.sources {
        let told = case.sight.told(&source.name, "L3");
        let Some(since) = told.iter().find_map(|told| parse_iso(&told["date"])) else { continue };
        // What stands at the top may have been there before.
        let raised = target.levels.windows(2).take(target.levels.len().saturating_sub(2));
        let map = raised.map(|pair| (pair[1].clone(), pair[0].clone())).collect();
        let fix = Fix::RecodeSince { time: time.name.clone(), since, map };
        found.push(Repair::new(&source.name, &[&target.name], fix));
    }
    for repair in found {
        if case.shows(&Evidence::LabelsAgree { repair: repair.clone() }) {
            case.accept(repair);
        }
    }
}

/// Repairs the most telling source, and again until none tells enough.
pub(super) fn conventions_and_lags(case: &mut Case) {
    let Ok(encoder) = Encoder::new(&case.sight.fields) else { return };
    // Conventions are of classes; where the label is a number, formulas alone tell of slips.
    let Goal::Classes(classes) = encoder.goal() else { return };
    for _ in 0..case.sources.len() {
        let encoded = encode(case, &encoder);
        let best =
            (0..case.sources.len()).filter_map(|source| judge(case, &encoder, classes, &encoded, source));
        // Of equal gains the first source's.
        let Some((_, repair)) = best.rev().max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
        case.accept(repair);
    }
}

fn encode(case: &Case, encoder: &Encoder) -> Encoded {
    encoder.texts(case.table.rows(), |line, field| Some(case.cell(line, field)))
}

/// The best habit of a source and by how much it clears the bar.
fn judge(
    case: &Case,
    encoder: &Encoder,
    classes: usize,
    encoded: &Encoded,
    source: usize,
) -> Option<(f64, Repair)> {
    let lines = &case.sources[source].lines;
    if lines.len() < ROWS_MIN {
        return None;
    }
    let teacher = Teacher::new(encoded, lines, classes)?;
    let labels: Vec<Option<u32>> =
        lines.iter().map(|line| encoded.labels[*line].map(|code| code as u32)).collect();
    let predicted = teacher.predict(&teacher.asked)?;
    let share = |habit: Option<Habit>| match habit {
        Some(Habit::Lagged(lag)) => {
            let slipped = teacher.asked_after(lag, &slips(case, encoder));
            teacher.predict(&slipped).map_or(0.0, |predicted| agreement(&predicted, &labels, classes, None))
        }
        _ => agreement(&predicted, &labels, classes, habit),
    };
    let turns = (1..classes).map(Habit::Turned);
    // With two classes to turn is to reverse.
    let reversal = (classes > 2).then_some(Habit::Reversed);
    // Where there is a formula, it has told already.
    let told = case.sight.fields.iter().any(|field| field.formula.is_some());
    let lags = (1..=LAG_MAX).flat_map(|lag| [Habit::Lagged(lag), Habit::Lagged(-lag)]).filter(|_| !told);
    let habits = turns.chain(reversal).chain(lags);
    let (best, habit) =
        habits.map(|habit| (share(Some(habit)), habit)).rev().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let target = &case.sight.fields[case.sight.target];
    let noted = case.sight.is_noted(&case.sources[source].name, &target.name);
    let gain = best - share(None) - if noted { GAIN_NOTED_MIN } else { GAIN_MIN };
    (gain > 0.0).then(|| (gain, repair(case, source, habit, classes)))
}

/// Which of the encoded columns are measurements.
fn slips(case: &Case, encoder: &Encoder) -> Vec<bool> {
    let names = measurements(&case.sight.fields);
    encoder.features().iter().map(|field| names.contains(&case.sight.fields[*field].name.as_str())).collect()
}

/// A forest of the other sources' rows, and the rows of the source that it is asked about.
struct Teacher {
    forest: Forest,
    labels: Vec<u32>,
    classes: usize,
    asked: Vec<Vec<f64>>,
}

impl Teacher {
    fn new(encoded: &Encoded, lines: &[usize], classes: usize) -> Option<Self> {
        let part = |inside: bool| {
            let is_inside = |line: &usize| lines.binary_search(line).is_ok() == inside;
            let rows: Vec<usize> = (0..encoded.labels.len()).filter(is_inside).collect();
            let column = |column: &Vec<f64>| rows.iter().map(|row| column[*row]).collect();
            Encoded {
                columns: encoded.columns.iter().map(column).collect(),
                labels: rows.iter().map(|row| encoded.labels[*row]).collect(),
            }
        };
        let prepared = Prepared::new(&part(false), &part(true).columns);
        let config = ForestConfig {
            trees: TREES,
            features_per_split: FeaturesPerSplit::Sqrt,
            min_leaf: LEAF_ROWS,
            max_depth: None,
            threads: 1,
            seed: Seed::named("cleaning/solver-labels"),
        };
        let train = Frame::new(&prepared.train).ok()?;
        let forest = Forest::fit(&train, &prepared.classes(), classes, &config).ok()?;
        Some(Self { forest, labels: prepared.classes(), classes, asked: prepared.test })
    }

    /// The rows asked about, with the marked columns moved by `lag`.
    fn asked_after(&self, lag: i64, marked: &[bool]) -> Vec<Vec<f64>> {
        let moved = |(column, marked): (&Vec<f64>, &bool)| {
            let count = column.len() as i64;
            let lag = if *marked { lag } else { 0 };
            (0..count).map(|row| column[(row + lag).rem_euclid(count) as usize]).collect()
        };
        self.asked.iter().zip(marked).map(moved).collect()
    }

    fn predict(&self, asked: &[Vec<f64>]) -> Option<Vec<u32>> {
        let mut shares = self.forest.predict_proba(&Frame::new(asked).ok()?);
        balance(&mut shares, &self.labels, self.classes);
        Some(most_probable(&shares, self.classes))
    }
}

/// Takes the teachers' own mix of classes out of the answers: a source that sees mostly what others rarely see would
/// otherwise look wrong for that alone.
fn balance(shares: &mut [f64], labels: &[u32], classes: usize) {
    let mut counts = vec![1.0; classes];
    for label in labels {
        counts[*label as usize] += 1.0;
    }
    for row in shares.chunks_exact_mut(classes) {
        for (share, count) in row.iter_mut().zip(&counts) {
            *share /= count;
        }
    }
}

/// The share of a source's labels that are as predicted once the habit is taken back.
fn agreement(predicted: &[u32], labels: &[Option<u32>], classes: usize, habit: Option<Habit>) -> f64 {
    let agrees = |(row, label): (usize, &Option<u32>)| {
        let Some(label) = label else { return false };
        let label = *label as usize;
        let expected = |row: usize| predicted[row] as usize;
        match habit {
            None | Some(Habit::Lagged(_)) => expected(row) == label,
            Some(Habit::Turned(turn)) => (expected(row) + turn) % classes == label,
            Some(Habit::Reversed) => classes - 1 - expected(row) == label,
        }
    };
    labels.iter().enumerate().filter(|pair| agrees(*pair)).count() as f64 / labels.len() as f64
}

fn repair(case: &Case, source: usize, habit: Habit, classes: usize) -> Repair {
    let (fields, name) = (&case.sight.fields, &case.sources[source].name);
    let target = &fields[case.sight.target];
    let recode = |written: &dyn Fn(usize) -> usize| {
        let map: BTreeMap<String, String> = (0..classes)
            .map(|class| (target.levels[written(class)].clone(), target.levels[class].clone()))
            .collect();
        Repair::new(name, &[&target.name], Fix::Recode { map })
    };
    match habit {
        Habit::Turned(turn) => recode(&|class| (class + turn) % classes),
        Habit::Reversed => recode(&|class| classes - 1 - class),
        Habit::Lagged(lag) => Repair::new(name, &measurements(fields), Fix::Lag { lag }),
    }
}
