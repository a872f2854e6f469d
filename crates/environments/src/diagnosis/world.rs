//! The rows of a task: a draw of a domain with a planted label, written as sources write: gaps, sentinels, spellings, copies.

use envy_core::{Rng, Seed};
use envy_tabular::raw::write_csv;
use envy_tabular::time::{Civil, DAY_S};
use envy_tabular::{Column, Domain, Kind, Population, Role, Table};
use serde::{Deserialize, Serialize};

/// Rows of the training file before copies.
const TRAIN_ROWS: usize = 420;
/// Rows of the holdout.
const HOLDOUT_ROWS: usize = 300;
/// Numeric columns.
const NUMBERS: usize = 6;
/// Categories.
const CATEGORIES_MAX: usize = 3;
/// Groups of rows that share an effect on the label.
const GROUPS: usize = 70;
/// What stands for a gap in a numeric column.
pub(super) const SENTINEL: &str = "-999";
/// Share of numeric cells that are empty, and as many that hold the sentinel.
const GAPS: f64 = 0.03;
/// Share of rows that are sent twice.
const COPIES: f64 = 0.05;
/// Share of category cells in an unusual spelling.
const SPELLINGS: f64 = 0.15;
/// Follow-ups of a row labelled 1 begin here, those of the others end one before.
const LATER_STEP: usize = 6;
/// Standard deviation of the label's log odds.
const LOG_ODDS_SD: f64 = 2.2;

/// What rows have beside what all have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// Nothing.
    Plain,
    /// A column whose levels have an order.
    Graded,
    /// A day; the label's share moves slowly and with the season, and every holdout row comes after the training rows.
    Timed,
    /// The label is an amount, some of which are far larger than the others.
    Amounts,
}

/// The names of a task's columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Columns {
    /// Numeric ones.
    pub(super) numbers: Vec<String>,
    /// Categories.
    pub(super) categories: Vec<String>,
    /// What there is beside them.
    pub(super) form: Form,
}

impl Columns {
    /// The column to be predicted.
    pub(super) fn target(&self) -> &'static str {
        if self.form == Form::Amounts { "amount" } else { "label" }
    }

    /// Whether a cell of the column to be predicted counts as 1: an amount does that is large.
    pub(super) fn is_one(&self, cell: &str) -> bool {
        match self.form {
            Form::Amounts => cell.parse::<f64>().is_ok_and(|amount| amount >= LARGE),
            _ => cell == "1",
        }
    }
}

/// The column of groups.
pub(super) const GROUP: &str = "batch";
/// The column whose levels have an order, where there is one.
pub(super) const GRADE: &str = "grade";
/// Its levels from the least on.
const GRADES: [&str; 4] = ["low", "medium", "high", "top"];
/// What each step of it adds to the label's sum.
const GRADE_WEIGHT: f64 = 1.2;
/// The column of days.
pub(super) const DAY: &str = "day";
/// Days that the training rows cover, and the holdout after them.
const DAYS: [usize; 2] = [720, 60];
/// The first day, in days since 1970.
const DAY_FIRST: i64 = 18_628;
/// How far the label's log odds swing, and over how many days; the second swing is that of the year.
const SWINGS: [(f64, f64); 2] = [(1.6, 240.0), (1.0, 365.25)];
/// Amounts from here on are large.
pub(super) const LARGE: f64 = 54.6;
/// How much of the log odds goes into the logarithm of an amount.
const AMOUNT_SLOPE: f64 = 0.45;
/// A numeric column that is written after the label is known.
pub(super) const LATER: &str = "follow_up";
/// The column that names rows.
pub(super) const ROW_ID: &str = "row_id";

/// Lines of text under headers.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The header.
    pub(super) headers: Vec<String>,
    /// The cells.
    pub(super) lines: Vec<Vec<String>>,
}

impl Rows {
    /// The bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        write_csv(&self.headers, self.lines.iter().map(|line| line.iter()))
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> usize {
        self.headers.iter().position(|header| header == name).expect("a column of this task")
    }

    /// The cells of a column.
    pub(super) fn cells(&self, name: &str) -> impl Iterator<Item = &str> {
        let column = self.column(name);
        self.lines.iter().map(move |line| line[column].as_str())
    }

    /// Which rows have the label 1.
    pub(super) fn labels(&self, columns: &Columns) -> Vec<bool> {
        self.cells(columns.target()).map(|cell| columns.is_one(cell)).collect()
    }

    /// The places of the rows that are no copies of earlier ones, spellings and sentinels aside.
    pub(super) fn tidied(&self, columns: &Columns) -> Vec<usize> {
        let mut tidied = self.clone();
        for cell in tidied.lines.iter_mut().flatten() {
            *cell = cell.trim().to_lowercase();
            if cell == SENTINEL {
                cell.clear();
            }
        }
        tidied.distinct(columns)
    }

    /// The places of the rows that are no copies of earlier ones.
    pub(super) fn distinct(&self, columns: &Columns) -> Vec<usize> {
        let names: Vec<usize> =
            columns.numbers.iter().chain(&columns.categories).map(|name| self.column(name)).collect();
        let mut seen = std::collections::BTreeSet::new();
        let key =
            |row: &usize| names.iter().map(|column| self.lines[*row][*column].clone()).collect::<Vec<_>>();
        (0..self.lines.len()).filter(|row| seen.insert(key(row))).collect()
    }
}

/// Both files of one draw.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    /// What is fitted.
    pub(super) train: Rows,
    /// What the fitted model is measured on.
    pub(super) holdout: Rows,
}

/// A population with its label.
pub(super) struct World {
    population: Population,
    /// The columns in use.
    pub(super) columns: Columns,
    weights: Vec<(String, f64)>,
    effects: Vec<(String, Vec<f64>)>,
    groups: Vec<f64>,
    scale: Scale,
}

/// What turns a row's sum into log odds.
struct Scale {
    means: Vec<(f64, f64)>,
    cut: f64,
    sd: f64,
}

impl World {
    /// Draws a world in which about `prevalence` of the labels are 1.
    pub(super) fn new(domain: &'static Domain, seed: &Seed, prevalence: f64, form: Form) -> Self {
        let population = Population::new(domain, seed.derive("population"), NUMBERS);
        let numeric = |kind: Kind| kind.is_numeric();
        let named = |wanted: &dyn Fn(Kind) -> bool| -> Vec<String> {
            let fields = population.fields().iter();
            fields
                .filter(|field| field.role == Role::Feature && wanted(field.kind))
                .map(|field| field.name.clone())
                .collect()
        };
        let mut columns =
            Columns { numbers: named(&numeric), categories: named(&|kind| kind == Kind::Category), form };
        columns.categories.truncate(CATEGORIES_MAX);
        let mut rng = seed.derive("label").rng();
        let mut sign = || if rng.chance(0.5) { 1.0 } else { -1.0 };
        let weights: Vec<(String, f64)> = columns.numbers.iter().map(|name| (name.clone(), sign())).collect();
        let weights = weights.into_iter().map(|(name, sign)| (name, sign * rng.between(0.5, 1.0))).collect();
        let effects = effects(&population, &columns, &mut rng);
        let groups = (0..GROUPS).map(|_| 0.4 * rng.normal()).collect();
        let scale = Scale { means: Vec::new(), cut: 0.0, sd: 1.0 };
        let mut world = Self { population, columns, weights, effects, groups, scale };
        world.set_scale(&seed.derive("scale"), prevalence);
        world
    }

    fn set_scale(&mut self, seed: &Seed, prevalence: f64) {
        let table = self.population.draw(seed, 4_000, 1);
        self.scale.means = self.weights.iter().map(|(name, _)| moments(&numbers(&table, name))).collect();
        let mut rng = seed.derive("groups").rng();
        let mut sums: Vec<f64> = (0..table.rows())
            .map(|row| self.sum(&table, row, rng.below(GROUPS)) + self.grade(&mut rng).1)
            .collect();
        self.scale.sd = moments(&sums).1;
        sums.sort_unstable_by(f64::total_cmp);
        self.scale.cut = sums[((1.0 - prevalence) * (sums.len() - 1) as f64) as usize];
    }

    /// A level of the ordered column, and what it adds to the sum; nothing is drawn where there is no such column.
    fn grade(&self, rng: &mut Rng) -> (usize, f64) {
        if self.columns.form != Form::Graded {
            return (0, 0.0);
        }
        let level = rng.below(GRADES.len());
        (level, GRADE_WEIGHT * level as f64)
    }

    fn sum(&self, table: &Table, row: usize, group: usize) -> f64 {
        let mut sum = self.groups[group];
        for ((name, weight), (mean, sd)) in self.weights.iter().zip(&self.scale.means) {
            let column = table.position(name).expect("a field of the population");
            let z = (table.value(row, column).as_number() - mean) / sd;
            sum += weight * z.clamp(-2.5, 2.5);
        }
        for (name, effects) in &self.effects {
            let column = table.position(name).expect("a field of the population");
            if let Column::Category(codes) = &table.columns[column] {
                sum += codes[row].map_or(0.0, |code| effects[code as usize]);
            }
        }
        sum
    }

    /// A fresh draw. The same seed gives the same rows.
    pub(super) fn draw(&self, seed: &Seed) -> Draw {
        let mut train = self.rows(&seed.derive("train"), TRAIN_ROWS, 1, 0);
        let mut rng = seed.derive("copies").rng();
        let copies = (TRAIN_ROWS as f64 * COPIES) as usize;
        for copy in 0..copies {
            let mut line = train.lines[rng.below(TRAIN_ROWS)].clone();
            line[0] = (TRAIN_ROWS + 1 + copy).to_string();
            line[1] = group_name(rng.below(GROUPS));
            train.lines.push(line);
        }
        Draw { train, holdout: self.rows(&seed.derive("holdout"), HOLDOUT_ROWS, 10_001, 1) }
    }

    /// Rows of the training file (`part` 0) or of the holdout (1).
    fn rows(&self, seed: &Seed, count: usize, first: usize, part: usize) -> Rows {
        let table = self.population.draw(&seed.derive("table"), count, first as i64);
        let mut rng = seed.derive("rows").rng();
        let form = self.columns.form;
        let mut headers = vec![ROW_ID.to_owned(), GROUP.to_owned()];
        headers.extend(self.columns.numbers.iter().chain(&self.columns.categories).cloned());
        headers.extend((form == Form::Graded).then(|| GRADE.to_owned()));
        headers.extend((form == Form::Timed).then(|| DAY.to_owned()));
        headers.extend([LATER.to_owned(), self.columns.target().to_owned()]);
        let lines = (0..count).map(|row| {
            let group = rng.below(GROUPS);
            let (grade, step) = self.grade(&mut rng);
            let (day, swing) = self.day(part, &mut rng);
            let sum = self.sum(&table, row, group) + step - self.scale.cut;
            let (label, target) = self.outcome(LOG_ODDS_SD * sum / self.scale.sd + swing, &mut rng);
            let mut line = vec![(first + row).to_string(), group_name(group)];
            for name in &self.columns.numbers {
                let u = rng.uniform();
                let column = table.position(name).expect("a field of the population");
                line.push(match u {
                    u if u < GAPS => String::new(),
                    u if u < 2.0 * GAPS => SENTINEL.to_owned(),
                    _ => table.text(row, column).into_owned(),
                });
            }
            for name in &self.columns.categories {
                let column = table.position(name).expect("a field of the population");
                line.push(spelled(&table.text(row, column), &mut rng));
            }
            line.extend((form == Form::Graded).then(|| GRADES[grade].to_owned()));
            line.extend((form == Form::Timed).then_some(day));
            line.push(later(label, &mut rng));
            line.push(target);
            line
        });
        let lines = lines.collect();
        Rows { headers, lines }
    }

    /// A day of the training rows or of those after them, and what it adds to the log odds; nothing is drawn where there
    /// is no such column.
    fn day(&self, part: usize, rng: &mut Rng) -> (String, f64) {
        if self.columns.form != Form::Timed {
            return (String::new(), 0.0);
        }
        let day = part * DAYS[0] + rng.below(DAYS[part]);
        let swing = SWINGS
            .iter()
            .map(|(width, period)| width * libm::sin(2.0 * std::f64::consts::PI * day as f64 / period));
        let date = Civil::of((DAY_FIRST + day as i64) * DAY_S);
        (format!("{:02}/{:02}/{}", date.day, date.month, date.year), swing.sum())
    }

    /// Whether the label is 1, and how it is written. An amount is large just as often.
    fn outcome(&self, odds: f64, rng: &mut Rng) -> (bool, String) {
        if self.columns.form != Form::Amounts {
            let label = rng.chance(1.0 / (1.0 + libm::exp(-odds)));
            return (label, u8::from(label).to_string());
        }
        let u = rng.open01();
        let logistic = libm::log(u / (1.0 - u));
        let text = format!("{:.2}", LARGE * libm::exp(AMOUNT_SLOPE * (odds + logistic)));
        (self.columns.is_one(&text), text)
    }
}

fn effects(population: &Population, columns: &Columns, rng: &mut Rng) -> Vec<(String, Vec<f64>)> {
    let levels = |name: &String| {
        let field = population.fields().iter().find(|field| field.name == *name);
        field.map_or(0, |field| field.levels.len())
    };
    columns
        .categories
        .iter()
        .map(|name| (name.clone(), (0..levels(name)).map(|_| 1.2 * rng.normal()).collect()))
        .collect()
}

/// Follow-ups are numbered from 1; there are many where the label is 1 and few where it is not.
fn later(label: bool, rng: &mut Rng) -> String {
    (rng.below(LATER_STEP - 1) + if label { LATER_STEP } else { 1 }).to_string()
}

/// What would have been written had the label been the other one.
pub(super) fn other_later(written: &str) -> String {
    let number: usize = written.parse().expect("a follow-up of ours is a number");
    (if number >= LATER_STEP { number - LATER_STEP + 1 } else { number + LATER_STEP - 1 }).to_string()
}

fn group_name(group: usize) -> String {
    format!("b{group:03}")
}

fn spelled(level: &str, rng: &mut Rng) -> String {
    if !rng.chance(SPELLINGS) {
        return level.to_owned();
    }
    if rng.chance(0.5) { level.to_uppercase() } else { format!(" {level}") }
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    let column = table.position(name).expect("a field of the population");
    table.columns[column].numbers().into_owned()
}

/// Mean and standard deviation, the latter never 0.
fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance =
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt().max(f64::MIN_POSITIVE))
}

/// A written day as something that can be ordered; nothing if it is none.
pub(super) fn day_number(written: &str) -> Option<i64> {
    let mut parts = written.split('/').map(|part| part.parse::<u32>().ok());
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    let civil = Civil { year: i64::from(year), month, day, hour: 0, minute: 0, second: 0 };
    Some(civil.seconds()? / DAY_S)
}
