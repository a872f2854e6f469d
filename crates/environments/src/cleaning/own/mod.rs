//! A user's own table as a task.
//!
//! There is no generator to draw fresh rows from. The rows are shuffled and parted: a tenth for probes, and two halves
//! that the same recipe corrupts, one to be given and one that the agent never sees. The model that is trained on what
//! comes back of one half is scored on the true rows of the other: a cross-fit, repeated with every seed of the model.
//! Where that accuracy tells nothing, the task is emitted without a certificate and graded on cells alone.

mod gate;
mod rank;

use envy_core::{Brief, Certificate, GenerateError, Hidden, Rejection, Seed, TableSource};
use envy_tabular::{InferOptions, Recipe, Reference, Role, Table, complete, infer, population};

use self::gate::Finding;
use super::brief::{self, About};
use super::candidate::{Drawn, ORACLE_ROWS, VAL_ROWS};
use super::cells::Truth;
use super::facts::Facts;
use super::files::{META, Meta, ORACLE};
use super::generate::{Made, both_draws, csv, faults};
use super::knobs::Settings;
use super::notes;
use super::shapes::Shape;
use super::tally::Scale;

/// With fewer rows no half shows a source's habit.
const ROWS_MIN: usize = 100;
/// One row in so many is kept for probes.
const ORACLE_PART: usize = 10;
/// Lines of a half that the model is trained on, at most: more teach it little and cost every grade seconds.
pub(super) const TRAIN_LINES_MAX: usize = 2_000;
/// Rows that faults are planned on, at most.
const PLANNING_ROWS_MAX: usize = 2_000;
/// Candidates that are drawn before generation gives up.
const CANDIDATES_MAX: usize = 60;
/// So many tasks without a certificate are passed over in the hope of one with it.
const PATIENCE: usize = 8;

/// A user's table, understood.
pub(super) struct Own {
    table: Table,
    /// The columns that tell most about the target.
    used: Vec<String>,
    /// What was understood.
    notes: Vec<String>,
}

/// The halves with their faults.
pub(super) struct Deal {
    recipe: Recipe,
    /// The given and the fresh half.
    draws: [Drawn; 2],
    /// Clean rows for probes.
    oracle: Table,
    /// The fresh half as it was dealt.
    fresh: Table,
}

impl Own {
    /// Reads and types a user's table.
    ///
    /// # Errors
    /// It cannot make a task; what to change.
    pub(super) fn read(
        bytes: &[u8],
        source: &TableSource,
        settings: &Settings,
    ) -> Result<Self, GenerateError> {
        if settings.written.is_some() {
            let what = "a table of one's own has its labels, and no function makes them".to_owned();
            return Err(GenerateError::Input { what, hint: "leave --dynamics out, or --table".to_owned() });
        }
        if settings.serve {
            let what = "a table of one's own has no rows to spare for a batch that is served".to_owned();
            return Err(GenerateError::Input { what, hint: "leave --serve out, or --table".to_owned() });
        }
        let options = InferOptions {
            target: source.target.clone(),
            header: source.header,
            skip_lines: source.skip_lines,
            bands: settings.classes,
            regression: settings.regression,
        };
        let refused = |what: String, hint: &str| GenerateError::Input {
            what: format!("{} makes no task: {what}", source.name),
            hint: hint.to_owned(),
        };
        let understood = infer(bytes, &options).map_err(|error| refused(error.to_string(), error.hint()))?;
        let table = understood.table;
        if table.rows() < ROWS_MIN {
            let what = format!("it has {} rows with a target, and two halves need {ROWS_MIN}", table.rows());
            return Err(refused(what, "give a table with more rows"));
        }
        let used = rank::telling(&table, settings.used);
        Ok(Self { used, table, notes: understood.notes })
    }

    /// Shuffles, parts and corrupts the rows.
    ///
    /// # Errors
    /// The settings find no hold in the table: one sentence.
    fn deal(&self, seed: &Seed, settings: &Settings) -> Result<Deal, String> {
        let fail = |error: envy_tabular::TabularError| error.to_string();
        let whole = complete(&self.table, &seed.derive("complete")).map_err(fail)?;
        let oracle = (whole.rows() / ORACLE_PART).min(ORACLE_ROWS);
        let half = (whole.rows() - oracle) / 2;
        let part = |from: usize, to: usize| whole.take(&(from..to).collect::<Vec<_>>());
        let (given, fresh) = (part(0, half), part(half, 2 * half));
        let planning = part(0, half.min(PLANNING_ROWS_MAX));
        let recipe =
            Recipe::draw(&seed.derive("recipe"), &settings.recipe_spec(&given), &planning, &self.used)
                .map_err(fail)?;
        let draws = [
            Drawn::new(&recipe, &seed.derive("corrupt/0"), &given)?.training_on(TRAIN_LINES_MAX),
            Drawn::new(&recipe, &seed.derive("corrupt/1"), &fresh)?.training_on(TRAIN_LINES_MAX),
        ];
        Ok(Deal { recipe, draws, oracle: part(whole.rows() - oracle, whole.rows()), fresh })
    }

    /// The visible half.
    fn brief(&self, seed: &Seed, deal: &Deal, settings: &Settings, certified: bool) -> Brief {
        let given = &deal.draws[0];
        let fields = &given.truth.golden().fields;
        let name =
            |role: Role| fields.iter().find(|field| field.role == role).map_or("", |field| &field.name);
        let target = name(Role::Target).to_owned();
        let about = About {
            title: &format!("Records with {} columns and the target {target}", self.table.fields.len() - 1),
            doc: "One row is one record of the table's owner. Nothing but the table itself is known: ranges and \
                  quantiles are those of its clean rows.",
            fields,
            references: &Reference::of(&self.table),
            begins: given.begins(),
        };
        let lines = notes::notes(seed, &given.ledger, &about, settings.told);
        let facts = Facts {
            classes: fields
                .iter()
                .find(|field| field.role == Role::Target)
                .map_or(0, |field| field.levels.len()),
            model: settings.model.name().to_owned(),
            tau: settings.tau,
            certified,
            serve: false,
            id: population::ROW_ID.to_owned(),
            source: population::SOURCE.to_owned(),
            target,
            shape: Shape::Table.name().to_owned(),
        };
        brief::brief(seed, &about, given.export.clone(), &lines, &facts)
    }
}

impl Deal {
    /// The fresh half, corrupted once more by the same recipe: a draw that no gate has seen.
    ///
    /// # Errors
    /// The recipe does not fit it.
    fn redraw(&mut self, seed: &Seed) -> Result<(), String> {
        let unseen = Drawn::new(&self.recipe, &seed.derive("corrupt/2"), &self.fresh)?;
        self.draws[1] = unseen.training_on(TRAIN_LINES_MAX);
        Ok(())
    }
}

/// The clean rows that score each draw: true rows of the other one.
pub(super) fn held_out(draws: [&Truth; 2]) -> [Table; 2] {
    let of = |truth: &Truth| {
        let mut rows: Vec<usize> = (0..truth.golden().rows()).collect();
        Seed::named("cleaning/held-out").rng().shuffle(&mut rows);
        rows.truncate(VAL_ROWS);
        truth.golden().take(&rows)
    };
    [of(draws[1]), of(draws[0])]
}

/// A candidate that makes a task.
struct Choice {
    seed: Seed,
    deal: Deal,
    finding: Finding,
}

/// Makes the task of a user's table. With `unseen` its fresh draw is one that the gate has not seen.
///
/// # Errors
/// The table cannot make a task, or no candidate passes.
pub(super) fn make(own: &Own, root: &Seed, settings: &Settings, unseen: bool) -> Result<Made, GenerateError> {
    let (mut choice, rejections) = choose(own, root, settings)?;
    let Finding { mut scales, figures, lacking } = choice.finding;
    if unseen {
        let fail = |what| GenerateError::Input { what, hint: "try another seed".to_owned() };
        choice.deal.redraw(&choice.seed).map_err(fail)?;
        if let Some(scales) = &mut scales {
            scales[1] = gate::scale(&choice.deal.draws, 1, settings.model).map_err(|why| fail(why.detail))?;
        }
    }
    let deal = &choice.deal;
    let mut notes = own.notes.clone();
    notes.push(format!("faults: {}", faults(&deal.recipe)));
    notes.extend(lacking.iter().map(|lacking| format!("not certified: {lacking}")));
    Ok(Made {
        brief: own.brief(&choice.seed, deal, settings, scales.is_some()),
        hidden: hidden(deal, settings, root, scales.as_ref()),
        certificate: Certificate { certified: scales.is_some(), note: lacking.unwrap_or_default(), figures },
        rejections,
        notes,
    })
}

/// The first candidate with a certificate; where none is found in time, the first without.
fn choose(own: &Own, root: &Seed, settings: &Settings) -> Result<(Choice, Vec<Rejection>), GenerateError> {
    let (mut rejections, mut uncertified, mut passed_over) = (Vec::new(), None, 0);
    for number in 0..CANDIDATES_MAX {
        let seed = root.derive(&format!("candidate/{number}"));
        match attempt(own, &seed, settings) {
            Ok((deal, finding)) if finding.scales.is_some() => {
                return Ok((Choice { seed, deal, finding }, rejections));
            }
            Ok((deal, finding)) => {
                passed_over += 1;
                if uncertified.is_none() {
                    uncertified = Some(Choice { seed, deal, finding });
                } else {
                    let detail = finding.lacking.unwrap_or_default();
                    rejections.push(Rejection { condition: "headroom".to_owned(), detail });
                }
            }
            Err(rejection) => rejections.push(rejection),
        }
        if passed_over == PATIENCE {
            break;
        }
    }
    match uncertified {
        Some(choice) => Ok((choice, rejections)),
        None => Err(GenerateError::Exhausted { rejections }),
    }
}

fn attempt(own: &Own, seed: &Seed, settings: &Settings) -> Result<(Deal, Finding), Rejection> {
    let hold = |detail| Rejection { condition: "no-hold".to_owned(), detail };
    let deal = own.deal(seed, settings).map_err(hold)?;
    let brief = own.brief(seed, &deal, settings, true);
    let finding = gate::examine(&deal.draws, &brief, settings)?;
    Ok((deal, finding))
}

fn hidden(deal: &Deal, settings: &Settings, root: &Seed, scales: Option<&[Scale; 2]>) -> Hidden {
    let [given, _] = &deal.draws;
    let mut hidden = both_draws(&deal.draws, root);
    hidden.insert(ORACLE, csv(&deal.oracle));
    let fields = &given.truth.golden().fields;
    hidden.insert(META, Meta::of_own_table(fields, settings.model, settings.tau, scales).write());
    hidden
}
