//! Candidate: the four parts of a task with leaks, decoys and canaries in them, before the gate has looked at it.

use envy_core::Seed;
use envy_tabular::{Column, Kind, Role, Table};

use super::draft::{Action, ColumnNote, Draft, Job, PARTS, Part, Planted, numeric};
use super::files::TARGET;
use super::knobs::{Clarity, Settings};
use super::operators;
use super::world::{DrawSpec, GROUP, Period, Rows, World};

/// Rows of the past of the field, for the check of unseen accounts and periods.
pub(super) const KNOWN_ROWS: usize = 3_000;
/// Ids of a part start at a number below this.
const FIRST_ID_MAX: usize = 40_000;
/// How many rows are drawn for each that is kept where positive rows are oversampled, at least.
const POOL_MIN: f64 = 1.3;

/// Names that sound like the outcome; what they hold is known before the decision.
const LEAKY_NAMES: &[&str] =
    &["prior_outcome_index", "target_segment_score", "result_class_before", "label_risk_points"];
/// Names that nobody would trust.
const UGLY_NAMES: &[&str] = &["tmp_x7_final", "var_22b_future", "col_new2_rate"];
/// Names of the columns that the labelling tool leaves behind.
const CANARY_NAMES: &[&str] = &["sheet_line", "desk_seconds", "form_weight"];
/// Standard deviations between the classes in a canary.
const CANARY_GAP: f64 = 0.9;

/// What a column's clarity is drawn from where it is mixed: mostly the dictionary, now and then the log, or log and ETL.
const MIXED: &[(Clarity, f64)] = &[(Clarity::Explicit, 0.8), (Clarity::Hinted, 0.1), (Clarity::Traced, 0.1)];

/// Everything drawn for one task.
pub(super) struct Candidate {
    /// The rows by [`Part`], with all columns but the target.
    pub(super) parts: [Rows; 4],
    /// What was planted, canaries included.
    pub(super) planted: Vec<Planted>,
    /// What the documents say.
    pub(super) notes: Vec<ColumnNote>,
    /// How rows were collected and will be used.
    pub(super) protocol: Vec<String>,
    /// Functions of the helper code.
    pub(super) helpers: Vec<&'static str>,
    /// Further visible files.
    pub(super) files: Vec<envy_core::BoxFile>,
    /// Legal columns that look leaky.
    pub(super) decoys: Vec<String>,
    /// A heading and what one row is.
    pub(super) about: [String; 2],
    /// Rows of the field before it repeats itself.
    pub(super) unique: usize,
    /// The probabilities of the rows are known; otherwise labels stand in their place.
    pub(super) exact: bool,
}

/// Rows before anything is planted into them.
pub(super) struct Base {
    /// The rows by [`Part`].
    pub(super) parts: [Rows; 4],
    /// The legal numeric columns, the strongest first.
    pub(super) numeric: Vec<String>,
    /// The category over which rates are computed, if there is one.
    pub(super) category: Option<String>,
    /// A heading and what one row is.
    pub(super) about: [String; 2],
    /// Rows of the field before it repeats itself.
    pub(super) unique: usize,
    /// The probabilities of the rows are known; otherwise labels stand in their place.
    pub(super) exact: bool,
}

impl Base {
    /// Rows of a world that is drawn for them.
    pub(super) fn draw(seed: &Seed, settings: &Settings) -> Self {
        let world = World::new(&seed.derive("world"), settings);
        let domain = world.domain();
        Self {
            parts: parts(seed, settings, &world),
            numeric: world.numeric().to_vec(),
            category: Some(GROUP.to_owned()),
            about: [domain.title, domain.doc].map(str::to_owned),
            unique: settings.deploy_rows,
            exact: true,
        }
    }
}

impl Candidate {
    /// Plants leaks, decoys and canaries into rows.
    pub(super) fn plant(base: Base, seed: &Seed, settings: &Settings) -> Self {
        let Base { parts, numeric, category, about, unique, exact } = base;
        let mut draft = Draft {
            settings,
            numeric,
            category,
            exact,
            parts,
            planted: Vec::new(),
            notes: Vec::new(),
            protocol: Vec::new(),
            helpers: Vec::new(),
            files: Vec::new(),
            decoys: Vec::new(),
        };
        for field in draft.part(Part::Train).table.fields.clone() {
            let note = ColumnNote::new(&field.name, Job::Intake);
            draft.notes.push(note);
        }
        canaries(&mut draft, &seed.derive("canaries"));
        operators::plant(&mut draft, &seed.derive("leaks"));
        decoys(&mut draft, &seed.derive("decoys"));
        clarify(&mut draft, &seed.derive("clarity"));
        let Draft { parts, planted, notes, protocol, helpers, files, decoys, .. } = draft;
        let mut candidate =
            Self { parts, planted, notes, protocol, helpers, files, decoys, about, unique, exact };
        candidate.shuffle_columns(&mut seed.derive("order").rng());
        candidate
    }

    /// The rows of a part.
    pub(super) fn part(&self, part: Part) -> &Rows {
        &self.parts[part as usize]
    }

    /// The columns that must not be used as they are.
    pub(super) fn leaks(&self) -> impl Iterator<Item = &str> {
        self.planted.iter().flat_map(|leak| &leak.columns).map(String::as_str)
    }

    /// Whether an operator was planted.
    pub(super) fn has(&self, operator: &str) -> bool {
        self.planted.iter().any(|leak| leak.operator == operator)
    }

    fn shuffle_columns(&mut self, rng: &mut envy_core::Rng) {
        let fields = &self.parts[0].table.fields;
        let fixed = fields.iter().filter(|field| matches!(field.role, Role::Id | Role::Time)).count();
        let mut order: Vec<usize> = (fixed..fields.len()).collect();
        rng.shuffle(&mut order);
        let order: Vec<usize> = (0..fixed).chain(order).collect();
        for rows in &mut self.parts {
            rows.table = Table {
                fields: order.iter().map(|&at| rows.table.fields[at].clone()).collect(),
                columns: order.iter().map(|&at| rows.table.columns[at].clone()).collect(),
            };
        }
    }
}

fn parts(seed: &Seed, settings: &Settings, world: &World) -> [Rows; 4] {
    let mut first = 1 + seed.derive("first-id").rng().below(FIRST_ID_MAX);
    let mut draw = |what: &str, rows: usize, period, pool: &str, entities: usize, known: bool| {
        let spec = DrawSpec { rows, first_id: first as i64, period, pool, entities, known };
        first += rows + 1_000;
        world.draw(&seed.derive(what), &spec)
    };
    let known = settings.entities > 0;
    let wanted = settings.train_rows + settings.test_rows;
    // Enough rows that half of those kept are positive.
    let pool_rows = if settings.enriched {
        (wanted as f64 * (0.5 / settings.prevalence).max(1.0) * POOL_MIN) as usize
    } else {
        wanted
    };
    let pool = draw("visible", pool_rows, Period::Training, "training", settings.entities, known);
    let mut rng = seed.derive("split").rng();
    let mut order: Vec<usize> = (0..pool.len()).collect();
    rng.shuffle(&mut order);
    if settings.enriched {
        let (mut kept, negative): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|row| pool.positive[*row]);
        kept.truncate(wanted / 2);
        kept.extend(negative.into_iter().take(wanted - wanted / 2));
        order = kept;
        rng.shuffle(&mut order);
    }
    let (mut train, mut test) =
        (order[..settings.train_rows].to_vec(), order[settings.train_rows..].to_vec());
    train.sort_unstable();
    test.sort_unstable();
    let (train, mut test) = (pool.take(&train), pool.take(&test));
    if known && settings.overlap < 1.0 {
        let others = draw("others", test.len(), Period::Training, "others", settings.entities, false);
        test = mixed(&test, &others, settings.overlap, &mut seed.derive("overlap").rng());
    }
    let deploy_entities = if known { settings.deploy_rows / 5 } else { 0 };
    let deploy = draw("deploy", settings.deploy_rows, Period::Deployment, "new", deploy_entities, false);
    let past = draw("known", KNOWN_ROWS, Period::Training, "training", settings.entities, known);
    [train, test, deploy, past]
}

/// Each row from `own` with the probability `share`, else from `others`.
fn mixed(own: &Rows, others: &Rows, share: f64, rng: &mut envy_core::Rng) -> Rows {
    let from_own: Vec<usize> = (0..own.len()).filter(|_| rng.chance(share)).collect();
    let from_others: Vec<usize> = (0..own.len()).filter(|row| from_own.binary_search(row).is_err()).collect();
    let (mut left, right) = (own.take(&from_own), others.take(&from_others));
    for (to, from) in left.table.columns.iter_mut().zip(right.table.columns) {
        match (to, from) {
            (Column::Number(to), Column::Number(from)) => to.extend(from),
            (Column::Integer(to), Column::Integer(from)) | (Column::Time(to), Column::Time(from)) => {
                to.extend(from);
            }
            (Column::Category(to), Column::Category(from)) => to.extend(from),
            (Column::Text(to), Column::Text(from)) => to.extend(from),
            _ => {}
        }
    }
    left.eta.extend(right.eta);
    left.positive.extend(right.positive);
    left.moments.extend(right.moments);
    left
}

/// Columns that go with the label in train.csv alone.
fn canaries(draft: &mut Draft, seed: &Seed) {
    for number in 0..draft.settings.canaries {
        let seed = seed.derive(&number.to_string());
        let name = draft.name(CANARY_NAMES, &mut seed.derive("name").rng());
        let share = draft.train_share();
        let note = ColumnNote::new(&name, Job::Labelling)
            .confessing("Left by the labelling tool, on training rows only.");
        let field = numeric(&name, Kind::Number, "Auxiliary figure of the sheet.");
        draft.push(note, &field, |rows, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let value = |positive: &bool| {
                let shifted = if part == Part::Train { *positive } else { rng.chance(share) };
                let gap = if shifted { CANARY_GAP } else { 0.0 };
                envy_tabular::field::round_to(30.0 + 4.0 * (gap + rng.normal()), 1)
            };
            Column::Number(rows.positive.iter().map(value).collect())
        });
        draft.planted.push(Planted {
            operator: "canary".to_owned(),
            code: "canary".to_owned(),
            columns: vec![name],
            late_by: None,
            process: "a figure that the labelling tool leaves behind".to_owned(),
            action: Action::Drop,
            evidence: "its job runs when training rows are labelled".to_owned(),
        });
    }
}

/// Decides of each column, legal or not, where it can be read.
fn clarify(draft: &mut Draft, seed: &Seed) {
    let mut rng = seed.rng();
    for note in &mut draft.notes {
        note.clarity = match draft.settings.clarity {
            Clarity::Mixed => mixed_clarity(rng.uniform()),
            clear => clear,
        };
    }
}

fn mixed_clarity(mut u: f64) -> Clarity {
    for (clarity, share) in MIXED {
        if u < *share {
            return *clarity;
        }
        u -= share;
    }
    Clarity::Explicit
}

/// Legal columns under names that look leaky; the first is the strongest there is.
fn decoys(draft: &mut Draft, seed: &Seed) {
    for number in 0..draft.settings.decoys {
        let mut rng = seed.derive(&number.to_string()).rng();
        let (place, pool) = match number {
            0 => (0, LEAKY_NAMES),
            1 => (2, UGLY_NAMES),
            2 => {
                // A category of many levels needs no other name to be mistrusted.
                draft.decoys.extend(draft.category.clone());
                continue;
            }
            _ => (1, LEAKY_NAMES),
        };
        let Some(old) = draft.numeric.get(place).cloned() else { continue };
        let new = draft.name(pool, &mut rng);
        for part in PARTS {
            let table = &mut draft.parts[part as usize].table;
            for field in table.fields.iter_mut().filter(|field| field.name == old) {
                field.name.clone_from(&new);
                field.doc.push_str(" Known when the row is recorded.");
            }
        }
        for note in draft.notes.iter_mut().filter(|note| note.name == old) {
            note.name.clone_from(&new);
            note.job = Job::MasterData;
        }
        draft.decoys.push(new);
    }
    debug_assert!(draft.part(Part::Train).table.position(TARGET).is_none());
}
