//! Recipe: which source has which fault. Drawn once, applied to any draw of the population, so that the second draw
//! has fresh rows and the same habits.
//!
//! A source with a fault is given its rows: exactly so many, those of one class likelier by the odds. That is how
//! errors that depend on the label look from outside: a specialist clinic with one badly set device.

use envy_core::{Rng, Seed};
use serde::{Deserialize, Serialize};

use crate::corruptions::{self, Corruption, Plan, Site};
use crate::error::TabularError;
use crate::evidence::{Evidence, Visible};
use crate::field::Role;
use crate::ledger::{Fairness, Ledger};
use crate::mechanism::{Condition, Mechanism};
use crate::repair::RepairPlan;
use crate::sheet::Sheet;
use crate::table::{Column, Table};

mod happening;
mod selection;

pub(crate) use happening::Happening;
pub use selection::Selection;

/// The schema of a recipe.
pub const RECIPE: &str = "envy.recipe/1";
/// The name of the one table that a recipe works on.
pub const TRAIN: &str = "train";
/// Sources that stay without a fault: the others are judged against them.
pub const GOOD_SOURCES_MIN: usize = 2;
/// The most labels that faults may change, as a share of all rows.
const LABEL_SHARE_MAX: f64 = 0.45;
/// Less than this share of all cells may be changed by faults that nothing brings back.
pub const LOST_CELLS_MAX: f64 = 0.03;
/// An operator of this share of the corrupt rows, relative to others', harms a model enough to make a task by itself.
pub(crate) const HEAVY_SHARE: f64 = 1.0;
/// Rows kept for sources without a fault before bad sources are padded with rows that they do not hit.
const GOOD_ROWS_SHARE: f64 = 0.25;

/// What to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipeSpec {
    /// The operators to choose from, by code or name.
    pub operators: Vec<String>,
    /// How many sources have a fault.
    pub faults: usize,
    /// The most faults of one such source, at least 1; further ones touch other columns than the first.
    pub per_source: usize,
    /// The exact share of rows with a changed cell or a copy, in (0, 1).
    pub corrupt: f64,
    /// How much likelier a favoured row is to get there; 1 for no skew.
    pub odds: f64,
    /// Which rows are favoured.
    pub selection: Selection,
}

/// Which source has which fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Always [`RECIPE`].
    pub schema: String,
    /// The exact share of rows with a changed cell or a copy.
    pub corrupt: f64,
    /// The faults, in the order in which they happen.
    pub faults: Vec<Fault>,
}

/// One source's habit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The operator's code.
    pub operator: String,
    /// The source.
    pub source: String,
    /// The share of the corrupt rows that are its doing; 0 for a further fault of a source, which hits rows that the
    /// source's first fault hits.
    pub share: f64,
    /// The share of the source's rows that it hits.
    pub rate: f64,
    /// Which rows the source gets, or which of its rows it hits.
    pub mechanism: Mechanism,
    /// What it does.
    pub plan: Plan,
}

/// A draw with its faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrupted {
    /// The true table, its rows given to the sources, under what went wrong.
    pub sheet: Sheet,
    /// What went wrong.
    pub ledger: Ledger,
}

impl Recipe {
    /// Draws a recipe. `table` holds clean rows of the population (a thousand or more), `used` names the columns
    /// that the label depends on: faults that can choose hit those.
    ///
    /// # Errors
    /// Too few sources, or no operator finds a hold in the table.
    pub fn draw(
        seed: &Seed,
        spec: &RecipeSpec,
        table: &Table,
        used: &[String],
    ) -> Result<Self, TabularError> {
        let mut rng = seed.derive("recipe").rng();
        let mut sources = source_levels(table)?.to_vec();
        if sources.len() < spec.faults + GOOD_SOURCES_MIN {
            let what = format!(
                "{} faults and {GOOD_SOURCES_MIN} good sources need {} sources, the table has {}",
                spec.faults,
                spec.faults + GOOD_SOURCES_MIN,
                sources.len()
            );
            return Err(TabularError::Fault { operator: spec.operators.join(", "), what });
        }
        rng.shuffle(&mut sources);
        let mut operators = Vec::with_capacity(spec.operators.len());
        for name in &spec.operators {
            operators.push(corruptions::find(name)?);
        }
        rng.shuffle(&mut operators);
        let mut favourites = favourites(table);
        rng.shuffle(&mut favourites);
        let mut faults: Vec<Fault> = Vec::with_capacity(spec.faults);
        for (index, source) in sources.iter().take(spec.faults).enumerate() {
            let mut stream = seed.derive(&format!("fault/{index}")).rng();
            let site = Site { table, source, used };
            let order = turns(&operators, index, spec.per_source);
            // Where so many rows are bad that not all may have a wrong label, one source alone may write them.
            let labels = spec.corrupt <= LABEL_SHARE_MAX
                || !faults.iter().any(|fault| is_of_labels(table, &fault.plan));
            let planned = plans(&mut stream, &order, &site, spec.per_source, labels)?;
            let favourite = favourites.get(index % favourites.len().max(1));
            let skewed = (spec.odds != 1.0).then_some(spec.selection);
            let own = &planned[0].1;
            let chosen = skewed
                .and_then(|selection| selection.mechanism(&mut stream, table, own, favourite, spec.odds));
            let chosen = chosen.unwrap_or(Mechanism::Uniform);
            // The source's rows are what its heaviest fault asks for, whichever of them hits most of them.
            let heaviest = planned.iter().map(|(operator, _)| operator.info().share).fold(0.0, f64::max);
            for (place, (operator, plan)) in planned.into_iter().enumerate() {
                let info = operator.info();
                let first = place == 0;
                let otherwise = if first { chosen.clone() } else { Mechanism::Uniform };
                faults.push(Fault {
                    operator: info.code.to_owned(),
                    source: source.clone(),
                    share: if first { heaviest * stream.between(0.8, 1.2) } else { 0.0 },
                    rate: info.rate,
                    mechanism: plan.mechanism.clone().unwrap_or(otherwise),
                    plan,
                });
            }
        }
        let sum: f64 = faults.iter().map(|fault| fault.share).sum();
        for fault in &mut faults {
            fault.share /= sum;
        }
        keep_the_majority(table, &faults, spec.corrupt)?;
        keep_most_cells(table, &faults, spec.corrupt)?;
        Ok(Self { schema: RECIPE.to_owned(), corrupt: spec.corrupt, faults })
    }

    /// Applies the recipe to a clean draw: gives rows to the bad sources, then lets every fault happen.
    ///
    /// # Errors
    /// The draw has too few rows that a fault can hit, or is of another population.
    pub fn apply(&self, seed: &Seed, table: &Table) -> Result<Corrupted, TabularError> {
        let assigned = self.assign(seed, table)?;
        let mut sheet = Sheet::new(assigned.table);
        let mut ledger = Ledger::default();
        for (index, (fault, rows)) in self.faults.iter().zip(assigned.hits).enumerate() {
            let mut rng = seed.derive(&format!("apply/{index}")).rng();
            let happening = Happening {
                operator: &fault.operator,
                plan: &fault.plan,
                source: &fault.source,
                mechanism: fault.mechanism.clone(),
            };
            ledger.events.push(happening.to(&mut rng, &rows, &mut sheet)?);
        }
        keep_true_evidence(&sheet, &mut ledger)?;
        Ok(Corrupted { sheet, ledger })
    }

    /// What undoes all faults, without knowing a row: every step stays within the source of its fault.
    ///
    /// # Errors
    /// The table has no column of sources.
    pub fn repair_plan(&self, table: &Table) -> Result<RepairPlan, TabularError> {
        let source = table.role(Role::Source).map(|column| table.fields[column].name.as_str());
        let steps = self.faults.iter().flat_map(|fault| fault.plan.repairs.clone()).collect();
        Ok(RepairPlan::new(source.ok_or_else(no_sources)?, steps))
    }

    /// Gives rows to the bad sources and chooses the rows that each fault hits.
    fn assign(&self, seed: &Seed, table: &Table) -> Result<Assigned, TabularError> {
        let rows = table.rows();
        let mut home: Vec<Option<usize>> = vec![None; rows];
        let mut hits: Vec<Vec<usize>> = Vec::with_capacity(self.faults.len());
        let mut spared: Vec<Option<Vec<usize>>> = Vec::with_capacity(self.faults.len());
        let counts = self.counts(rows);
        for (index, (fault, count)) in self.faults.iter().zip(&counts).enumerate() {
            let operator = corruptions::find(&fault.operator)?;
            let mut free = operator.candidates(&fault.plan, table)?;
            let further = fault.share == 0.0;
            spared.push((operator.hits_all() && !further).then(|| free.clone()));
            // The fault before a further one is of the same source, the first of them alone gave it its rows.
            let first = (0..index).rev().find(|before| self.faults[*before].share > 0.0);
            let is_free = |row: usize| match first {
                Some(first) if further => hits[first].binary_search(&row).is_ok(),
                _ => home[row].is_none(),
            };
            free.retain(|row| is_free(*row));
            let count = match first {
                Some(first) if further => {
                    let rows = hits[first].len() as f64 / self.faults[first].rate;
                    ((fault.rate * rows).round() as usize).min(free.len())
                }
                _ => *count,
            };
            let own = fault.plan.columns.first().map_or("", String::as_str);
            let mut rng = seed.derive(&format!("rows/{index}")).rng();
            let chosen = fault.mechanism.choose(&mut rng, table, own, &free, count).map_err(|_| {
                let what = format!("it needs {count} rows and {} can be hit", free.len());
                TabularError::Fault { operator: fault.operator.clone(), what }
            })?;
            for row in chosen.iter().filter(|_| !further) {
                home[*row] = Some(index);
            }
            hits.push(chosen);
        }
        self.pad(seed, &counts, &spared, &mut home);
        let table = self.with_sources(&mut seed.derive("sources").rng(), table, &home)?;
        Ok(Assigned { table, hits })
    }

    /// How many rows each fault hits: the shares of the exact total, by largest remainder.
    fn counts(&self, rows: usize) -> Vec<usize> {
        let total = (self.corrupt * rows as f64).round();
        let exact: Vec<f64> = self.faults.iter().map(|fault| fault.share * total).collect();
        let mut counts: Vec<usize> = exact.iter().map(|share| *share as usize).collect();
        let mut order: Vec<usize> =
            (0..counts.len()).filter(|index| self.faults[*index].share > 0.0).collect();
        order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()).then(a.cmp(b)));
        let missing = total as usize - counts.iter().sum::<usize>();
        order.into_iter().cycle().take(missing.min(2 * counts.len())).for_each(|index| counts[index] += 1);
        counts
    }

    /// Gives bad sources the rows that their fault does not hit, as far as enough rows are left for good ones. A fault
    /// that hits all it can gets rows that it cannot hit, as many as make its source like any other.
    fn pad(&self, seed: &Seed, counts: &[usize], spared: &[Option<Vec<usize>>], home: &mut [Option<usize>]) {
        let mut free: Vec<usize> = (0..home.len()).filter(|row| home[*row].is_none()).collect();
        seed.derive("padding").rng().shuffle(&mut free);
        let kept = (GOOD_ROWS_SHARE * home.len() as f64) as usize;
        free.truncate(free.len().saturating_sub(kept));
        for (index, (fault, count)) in self.faults.iter().zip(counts).enumerate() {
            let hit = spared[index].as_deref();
            let rate = hit.map_or(fault.rate, |rows| rows.len() as f64 / home.len() as f64);
            let padding = (*count as f64 * (1.0 / rate - 1.0)).round() as usize;
            let (mut taken, mut left) = (0, Vec::with_capacity(free.len()));
            for row in free {
                if taken < padding && hit.is_none_or(|rows| rows.binary_search(&row).is_err()) {
                    home[row] = Some(index);
                    taken += 1;
                } else {
                    left.push(row);
                }
            }
            free = left;
        }
    }

    /// The table with every row at its bad source; rows that came from there by chance go to good ones.
    fn with_sources(
        &self,
        rng: &mut Rng,
        table: &Table,
        home: &[Option<usize>],
    ) -> Result<Table, TabularError> {
        let column = table.role(Role::Source).ok_or_else(no_sources)?;
        let field = &table.fields[column];
        let Column::Category(present) = &table.columns[column] else { return Err(no_sources()) };
        let mut bad = Vec::with_capacity(self.faults.len());
        for fault in &self.faults {
            bad.push(field.code(&fault.source).ok_or_else(|| {
                let what = format!("the table has no source `{}`", fault.source);
                TabularError::Fault { operator: fault.operator.clone(), what }
            })?);
        }
        let good: Vec<u32> = present.iter().flatten().copied().filter(|code| !bad.contains(code)).collect();
        let spare: Vec<u32> = (0..field.levels.len() as u32).filter(|code| !bad.contains(code)).collect();
        let pool = if good.is_empty() { &spare } else { &good };
        let give = |(home, present): (&Option<usize>, &Option<u32>)| match (home, present) {
            (Some(fault), _) => Some(bad[*fault]),
            // Drawn from the good rows themselves, so that good sources keep their shares.
            (None, Some(code)) if bad.contains(code) => Some(*rng.pick(pool)),
            (None, present) => *present,
        };
        let codes = home.iter().zip(present).map(give).collect();
        let mut table = table.clone();
        table.columns[column] = Column::Category(codes);
        Ok(table)
    }
}

struct Assigned {
    table: Table,
    /// The rows that each fault hits, ascending.
    hits: Vec<Vec<usize>>,
}

/// The operators in the order in which the `index`-th source tries them: one that makes a task comes first, so that no
/// task is made of trifles; then all in turn, so that sources differ.
fn turns(
    operators: &[&'static dyn Corruption],
    index: usize,
    per_source: usize,
) -> Vec<&'static dyn Corruption> {
    let heavy: Vec<_> = operators.iter().filter(|operator| operator.info().share >= HEAVY_SHARE).collect();
    let first = heavy.get(index % heavy.len().max(1)).map(|operator| **operator);
    let start = index * per_source % operators.len().max(1);
    first.into_iter().chain(operators.iter().cycle().skip(start).take(operators.len()).copied()).collect()
}

/// The first operators that find a hold in columns that no other touches: the one that hits most of a source's rows
/// first, so that the others find theirs among those. No operator comes twice; one of labels only if they may be hit.
fn plans(
    rng: &mut Rng,
    operators: &[&'static dyn Corruption],
    site: &Site,
    most: usize,
    labels: bool,
) -> Result<Vec<(&'static dyn Corruption, Plan)>, TabularError> {
    let mut planned: Vec<(&'static dyn Corruption, Plan)> = Vec::new();
    for &operator in operators {
        let plan = operator.plan(rng, site).filter(|plan| corruptions::reaches(operator, plan, site.table));
        let Some(plan) = plan.filter(|plan| labels || !is_of_labels(site.table, plan)) else { continue };
        let touched = |column: &String| planned.iter().any(|(_, other)| other.columns.contains(column));
        let again = planned.iter().any(|(other, _)| other.info().code == operator.info().code);
        if !again && !plan.columns.iter().any(touched) {
            planned.push((operator, plan));
        }
        if planned.len() == most.max(1) {
            break;
        }
    }
    if planned.is_empty() {
        let operator = operators.iter().map(|each| each.info().name).collect::<Vec<_>>().join(", ");
        return Err(TabularError::Fault { operator, what: "the table gives it no hold".to_owned() });
    }
    planned.sort_by(|(a, _), (b, _)| b.info().rate.total_cmp(&a.info().rate));
    Ok(planned)
}

/// Of label faults, the right convention must stay the majority's: otherwise nothing tells which one is right.
fn keep_the_majority(table: &Table, faults: &[Fault], corrupt: f64) -> Result<(), TabularError> {
    let of_labels = |fault: &&Fault| is_of_labels(table, &fault.plan);
    // A further fault hits rows of its source's first.
    let of_source = |source: &str| -> f64 {
        faults.iter().filter(|fault| fault.source == source).map(|fault| fault.share).sum()
    };
    let share = corrupt * faults.iter().filter(of_labels).map(|fault| of_source(&fault.source)).sum::<f64>();
    if share > LABEL_SHARE_MAX {
        let what = format!("it would change {:.0} % of all labels, and most must stay right", 100.0 * share);
        return Err(TabularError::Fault { operator: "L1".to_owned(), what });
    }
    Ok(())
}

/// What nothing brings back is texture: it may change few cells, and is not scored.
fn keep_most_cells(table: &Table, faults: &[Fault], corrupt: f64) -> Result<(), TabularError> {
    let mut share = 0.0;
    for (index, fault) in faults.iter().enumerate() {
        if corruptions::find(&fault.operator)?.info().class != Fairness::Lost {
            continue;
        }
        // A further fault of a source hits at most the rows that the source's first one hits.
        let first = (0..=index).rev().find(|before| faults[*before].share > 0.0).unwrap_or(index);
        share += corrupt * faults[first].share * fault.plan.columns.len() as f64 / table.fields.len() as f64;
    }
    if share >= LOST_CELLS_MAX {
        let operator = faults.iter().map(|fault| fault.operator.as_str()).collect::<Vec<_>>().join(", ");
        let what = format!("{:.1} % of all cells would be lost, and less than 3 % may be", 100.0 * share);
        return Err(TabularError::Fault { operator, what });
    }
    Ok(())
}

fn is_of_labels(table: &Table, plan: &Plan) -> bool {
    let target = table.role(Role::Target).map(|target| &table.fields[target].name);
    target.is_some() && plan.columns.first() == target
}

/// What a source may favour: each class, or the upper and the lower third of a number.
fn favourites(table: &Table) -> Vec<Condition> {
    let Some(target) = table.role(Role::Target) else { return Vec::new() };
    match &table.columns[target] {
        Column::Category(_) => table.fields[target].levels.iter().cloned().map(Condition::Equals).collect(),
        Column::Integer(values) => {
            let classes: std::collections::BTreeSet<i64> = values.iter().flatten().copied().collect();
            classes.into_iter().map(|class| Condition::Equals(class.to_string())).collect()
        }
        Column::Number(values) => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let third = |part: usize| sorted.get(part * sorted.len() / 3).copied();
            third(1).map(Condition::Below).into_iter().chain(third(2).map(Condition::Above)).collect()
        }
        Column::Text(_) | Column::Time(_) => Vec::new(),
    }
}

/// Drops from the ledger what is not true of the finished table; what a log may tell is the environment's to keep.
pub(crate) fn keep_true_evidence(sheet: &Sheet, ledger: &mut Ledger) -> Result<(), TabularError> {
    let raw = sheet.raw();
    let visible = Visible::new(&raw, &sheet.table().fields, &[])?;
    for event in &mut ledger.events {
        event.evidence.retain(|evidence: &Evidence| evidence.is_told() || evidence.holds(&visible));
    }
    Ok(())
}

fn source_levels(table: &Table) -> Result<&[String], TabularError> {
    table.role(Role::Source).map(|column| table.fields[column].levels.as_slice()).ok_or_else(no_sources)
}

fn no_sources() -> TabularError {
    TabularError::Shape { column: String::new(), what: "the table has no column of sources" }
}

#[cfg(test)]
mod tests;
