//! World: legal columns from a domain, and a label drawn from a known probability eta(x).
//!
//! The score behind eta is `f(x) + drift tau(t) g(x)`: `f` and `g` are sums over standardised columns and levels, `tau`
//! runs from 0 to 1 over the training window and on after it. [`Logit`] turns it into a probability.

use envy_core::{Rng, Seed};
use envy_tabular::population::RECORDED_AT;
use envy_tabular::{Column, Domain, Field, Kind, Population, Role, Table, domains};

use super::knobs::Settings;
use super::logit::Logit;

/// The header of the column that names the entity of a row.
pub(super) const ENTITY: &str = "account_id";
/// The header of the category of many levels.
pub(super) const GROUP: &str = "office_code";

/// Rows that the logit is solved on.
const PLANNING_ROWS: usize = 6_000;
/// The share of the training window that deployment spans after it.
const DEPLOY_SPAN: f64 = 0.25;
/// Standardised values are kept inside this.
const Z_MAX: f64 = 3.0;
/// Standard deviation of the effects of the group's levels.
const GROUP_EFFECT: f64 = 0.45;
/// Levels of the group for a thousand training rows.
const GROUP_LEVELS: usize = 60;
/// Standard deviation of an entity's own effect on the logit.
const ENTITY_EFFECT: f64 = 1.9;
/// A training window lasts at least a day, in seconds.
const WINDOW_MIN_S: f64 = 86_400.0;
/// Each column weighs this much of the one before.
const DECAY: f64 = 0.82;

/// One summand of a score.
#[derive(Clone, Debug)]
enum Term {
    Linear { column: usize, weight: f64 },
    Bend { column: usize, weight: f64 },
    Bowl { column: usize, weight: f64 },
    Product { columns: [usize; 2], weight: f64 },
    Levels { name: String, effects: Vec<f64> },
}

/// Everything that stays the same between draws.
pub(super) struct World {
    population: Population,
    numeric: Vec<String>,
    categories: Vec<String>,
    group: Field,
    /// Median and spread of each numeric column.
    scales: Vec<(f64, f64)>,
    signal: Vec<Term>,
    drift: Vec<Term>,
    drift_size: f64,
    seed: Seed,
    /// When training begins and how long it lasts, seconds.
    window: (f64, f64),
    logit: Logit,
}

/// When rows are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// In the training window.
    Training,
    /// Right after it.
    Deployment,
}

/// What to draw.
pub(super) struct DrawSpec<'a> {
    /// How many rows.
    pub(super) rows: usize,
    /// The first row's number.
    pub(super) first_id: i64,
    /// When.
    pub(super) period: Period,
    /// Whose: draws of the same pool share their entities.
    pub(super) pool: &'a str,
    /// How many entities the pool has; 0 for rows without entities.
    pub(super) entities: usize,
    /// Whether eta holds the entities' effects, which only someone who knows them can know.
    pub(super) known: bool,
}

/// Rows with their truth.
#[derive(Clone)]
pub(super) struct Rows {
    /// The legal columns.
    pub(super) table: Table,
    /// The probability of a positive label.
    pub(super) eta: Vec<f64>,
    /// The label.
    pub(super) positive: Vec<bool>,
    /// When each row was recorded, seconds since 1970.
    pub(super) moments: Vec<i64>,
}

impl Rows {
    /// The rows at `rows`, in that order.
    #[must_use]
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        Self {
            table: self.table.take(rows),
            eta: rows.iter().map(|&row| self.eta[row]).collect(),
            positive: rows.iter().map(|&row| self.positive[row]).collect(),
            moments: rows.iter().map(|&row| self.moments[row]).collect(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.positive.len()
    }
}

impl World {
    /// Draws a world.
    pub(super) fn new(seed: &Seed, settings: &Settings) -> Self {
        let domain = *seed.derive("domain").rng().pick(domains::ALL);
        let population = Population::new(domain, seed.derive("population"), settings.numeric);
        let planning = population.draw(&seed.derive("planning"), PLANNING_ROWS, 1);
        let of = |wanted: &dyn Fn(&Field) -> bool| -> Vec<String> {
            let fields =
                population.fields().iter().filter(|field| field.role == Role::Feature && wanted(field));
            fields.map(|field| field.name.clone()).collect()
        };
        let mut numeric = of(&|field| field.kind.is_numeric());
        numeric.truncate(settings.numeric);
        let mut categories = of(&|field| field.kind == Kind::Category);
        seed.derive("categories").rng().shuffle(&mut categories);
        // The group is one of them.
        categories.truncate(settings.categorical.saturating_sub(1));
        let scales: Vec<(f64, f64)> = numeric.iter().map(|name| scale_of(&planning, name)).collect();
        let group = group(settings);
        let maker =
            Maker { planning: &planning, numeric: scales.len(), categories: &categories, group: &group };
        let mut world = Self {
            signal: maker.terms(&mut seed.derive("signal").rng(), true),
            drift: maker.terms(&mut seed.derive("drift").rng(), false),
            drift_size: settings.drift,
            seed: *seed,
            window: window(&planning),
            logit: Logit::solve(&[0.0, 1.0], 0.0, 0.5, 0.5),
            population,
            numeric,
            categories,
            group,
            scales,
        };
        let rows = world.table(
            &seed.derive("solve"),
            &DrawSpec {
                rows: PLANNING_ROWS,
                first_id: 1,
                period: Period::Training,
                pool: "planning",
                entities: 0,
                known: false,
            },
        );
        let bayes = seed.derive("bayes").rng().between(settings.bayes.0, settings.bayes.1);
        let entity_size = if settings.entities > 0 { ENTITY_EFFECT } else { 0.0 };
        let scores = world.scores(&rows.0, &rows.1);
        world.logit = Logit::solve(&scores, entity_size, bayes, settings.prevalence);
        world
    }

    /// What the rows are about.
    pub(super) fn domain(&self) -> &'static Domain {
        self.population.domain()
    }

    /// The numeric columns, those that weigh most first.
    pub(super) fn numeric(&self) -> &[String] {
        &self.numeric
    }

    /// Fresh rows with their truth.
    pub(super) fn draw(&self, seed: &Seed, spec: &DrawSpec) -> Rows {
        let (table, moments, entities) = self.table(seed, spec);
        let scores = self.scores(&table, &moments);
        let mut effects = self.seed.derive(&format!("effects/{}", spec.pool)).rng();
        let pool: Vec<usize> =
            (0..spec.entities.max(1)).map(|_| effects.below(self.logit.effects())).collect();
        let mut labels = seed.derive("label").rng();
        let (mut eta, mut positive) = (Vec::new(), Vec::new());
        for (row, score) in scores.iter().enumerate() {
            let unseen = self.logit.unseen(*score);
            let own = entities.get(row).map_or(unseen, |entity| self.logit.seen(*score, pool[*entity]));
            positive.push(labels.chance(own));
            eta.push(if spec.known { own } else { unseen });
        }
        Rows { table, eta, positive, moments }
    }

    /// The legal columns, when each row was recorded, and its entity.
    fn table(&self, seed: &Seed, spec: &DrawSpec) -> (Table, Vec<i64>, Vec<usize>) {
        let drawn = self.population.draw(&seed.derive("rows"), spec.rows, spec.first_id);
        let moments = self.moments(&drawn, spec.period);
        let mut rng = seed.derive("entities").rng();
        let entities: Vec<usize> = if spec.entities > 0 {
            (0..spec.rows).map(|_| rng.below(spec.entities)).collect()
        } else {
            Vec::new()
        };
        // An entity's master data stays the same on all of its rows; the pool's seed does not depend on the draw.
        let pool = self.seed.derive(&format!("pool/{}", spec.pool));
        let master = (spec.entities > 0).then(|| self.population.draw(&pool, spec.entities, 1));
        let mut table = Table::default();
        let mut push =
            |field: Field, column: Column| table.push(field, column).expect("a draw's columns fit");
        let (field, column) = named(&drawn, envy_tabular::population::ROW_ID);
        push(field.clone(), column.clone());
        if let Some((field, _)) = drawn.role(Role::Time).map(|at| (&drawn.fields[at], at)) {
            push(field.clone(), Column::Time(moments.iter().copied().map(Some).collect()));
        }
        if spec.entities > 0 {
            let names = entities.iter().map(|entity| Some(entity_name(spec.pool, *entity))).collect();
            push(entity_field(), Column::Text(names));
        }
        for (number, name) in self.categories.iter().chain(&self.numeric).enumerate() {
            let (field, own) = named(&drawn, name);
            let column = match &master {
                Some(master) if number % 2 == 0 => named(master, name).1.take(&entities),
                _ => own.clone(),
            };
            push(field.clone(), column);
        }
        let levels = self.group.levels.len();
        let mut rng = seed.derive("group").rng();
        push(
            self.group.clone(),
            Column::Category((0..spec.rows).map(|_| Some(rng.below(levels) as u32)).collect()),
        );
        (table, moments, entities)
    }

    fn moments(&self, drawn: &Table, period: Period) -> Vec<i64> {
        let (begin, length) = self.window;
        let times =
            drawn.role(Role::Time).map_or_else(Vec::new, |at| drawn.columns[at].numbers().into_owned());
        let place = |time: &f64| {
            let tau = ((time - begin) / length).clamp(0.0, 1.0);
            match period {
                Period::Training => begin + tau * length,
                Period::Deployment => begin + length * (1.0 + DEPLOY_SPAN * tau) + 1.0,
            }
        };
        times.iter().map(|time| place(time) as i64).collect()
    }

    /// The score of every row.
    fn scores(&self, table: &Table, moments: &[i64]) -> Vec<f64> {
        let zs: Vec<Vec<f64>> = self
            .numeric
            .iter()
            .zip(&self.scales)
            .map(|(name, (median, spread))| {
                let values = named(table, name).1.numbers();
                values.iter().map(|value| ((value - median) / spread).clamp(-Z_MAX, Z_MAX)).collect()
            })
            .collect();
        let signal = sum(&self.signal, &zs, table);
        if self.drift_size == 0.0 {
            return signal;
        }
        let drift = sum(&self.drift, &zs, table);
        let tau = |moment: &i64| (*moment as f64 - self.window.0) / self.window.1;
        signal.iter().zip(drift).zip(moments).map(|((f, g), at)| f + self.drift_size * tau(at) * g).collect()
    }
}

/// A column and its field by name.
///
/// # Panics
/// There is none: the caller named one of its own.
pub(super) fn named<'a>(table: &'a Table, name: &str) -> (&'a Field, &'a Column) {
    let at = table.position(name).expect("a column of this table");
    (&table.fields[at], &table.columns[at])
}

fn entity_name(pool: &str, entity: usize) -> String {
    let mark = pool.bytes().next().unwrap_or(b'x').to_ascii_uppercase();
    format!("{}{:05}", char::from(mark), 10_000 + 37 * entity)
}

fn entity_field() -> Field {
    let mut field = Field::new(ENTITY, Kind::Text, Role::Feature);
    "Account that the row belongs to; an account may have several rows.".clone_into(&mut field.doc);
    field
}

fn group(settings: &Settings) -> Field {
    let levels = (settings.train_rows * GROUP_LEVELS / 1_000).clamp(12, 150);
    let mut field = Field::new(GROUP, Kind::Category, Role::Feature);
    let level = |level: usize| format!("{}{}", char::from(b'A' + (level % 5) as u8), 100 + 7 * level);
    field.levels = (0..levels).map(level).collect();
    "Office that handles the row, known when it is recorded.".clone_into(&mut field.doc);
    field
}

fn window(planning: &Table) -> (f64, f64) {
    let times = planning.role(Role::Time).map(|at| planning.columns[at].numbers());
    let times = times.as_deref().unwrap_or(&[]);
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let most = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if least.is_finite() { (least, (most - least).max(WINDOW_MIN_S)) } else { (0.0, WINDOW_MIN_S) }
}

/// Median and spread (a normal's standard deviation of the same quartiles).
fn scale_of(planning: &Table, name: &str) -> (f64, f64) {
    let mut values = named(planning, name).1.numbers().into_owned();
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64) as usize];
    let spread = (at(0.75) - at(0.25)) / 1.349;
    (at(0.5), if spread > 0.0 { spread } else { ((at(0.99) - at(0.01)) / 4.0).max(1e-6) })
}

struct Maker<'a> {
    planning: &'a Table,
    numeric: usize,
    categories: &'a [String],
    group: &'a Field,
}

impl Maker<'_> {
    /// The summands of a score: every numeric column, the first of them strongest; for the whole signal also a bend, a
    /// bowl, a product and the levels.
    fn terms(&self, rng: &mut Rng, whole: bool) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut weight = 1.0;
        for column in 0..self.numeric {
            let signed = if rng.chance(0.5) { weight } else { -weight };
            terms.push(match column % 4 {
                2 if whole => Term::Bend { column, weight: 1.2 * signed },
                3 if whole => Term::Bowl { column, weight: 0.6 * signed },
                _ => Term::Linear { column, weight: signed },
            });
            weight *= DECAY;
        }
        if !whole {
            return terms;
        }
        let columns = [rng.below(self.numeric), rng.below(self.numeric)];
        terms.push(Term::Product { columns, weight: 0.3 });
        for name in self.categories {
            let levels = named(self.planning, name).0.levels.len();
            terms.push(Term::Levels {
                name: name.clone(),
                effects: (0..levels).map(|_| 0.5 * rng.normal()).collect(),
            });
        }
        let effects = self.group.levels.iter().map(|_| GROUP_EFFECT * rng.normal()).collect();
        terms.push(Term::Levels { name: self.group.name.clone(), effects });
        terms
    }
}

fn sum(terms: &[Term], zs: &[Vec<f64>], table: &Table) -> Vec<f64> {
    let mut scores = vec![0.0; table.rows()];
    let mut add = |value: &dyn Fn(usize) -> f64| {
        for (row, score) in scores.iter_mut().enumerate() {
            *score += value(row);
        }
    };
    for term in terms {
        match term {
            Term::Linear { column, weight } => add(&|row| weight * zs[*column][row]),
            Term::Bend { column, weight } => add(&|row| weight * libm::tanh(1.5 * zs[*column][row])),
            Term::Bowl { column, weight } => add(&|row| weight * (zs[*column][row].abs() - 0.8)),
            Term::Product { columns, weight } => {
                add(&|row| weight * zs[columns[0]][row] * zs[columns[1]][row]);
            }
            Term::Levels { name, effects } => {
                if let Column::Category(codes) = named(table, name).1 {
                    add(&|row| codes[row].map_or(0.0, |code| effects[code as usize]));
                }
            }
        }
    }
    scores
}

/// The header of the column that says when a row was recorded.
pub(super) const MOMENT: &str = RECORDED_AT;
