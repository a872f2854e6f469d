//! Recipe of a series: which devices have which fault, and which class a bad device sees mostly.
//!
//! Readings cannot be given to another device as rows of a table can be given to another source. What a bad device sees is
//! decided before its readings are drawn instead: its windows are of the favoured class likelier by the odds, those of the
//! other devices make up for it, so that all windows together are balanced.

use std::collections::BTreeMap;

use envy_core::{Rng, Seed};
use serde::{Deserialize, Serialize};

use crate::corruptions::{self, Corruption, Plan, Site};
use crate::error::TabularError;
use crate::field::Role;
use crate::ledger::Ledger;
use crate::mechanism::{Condition, Mechanism};
use crate::recipe::{Corrupted, HEAVY_SHARE, Happening, keep_true_evidence};
use crate::repair::RepairPlan;
use crate::sheet::Sheet;
use crate::table::{Column, Table};

/// Devices of every series.
pub const DEVICES: usize = 20;
/// Devices that stay without a fault: the others are judged against them.
pub const GOOD_DEVICES_MIN: usize = 8;
/// The schema of a recipe.
const SERIES_RECIPE: &str = "envy.series-recipe/1";

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// The operators to choose from, by code or name.
    pub operators: Vec<String>,
    /// Kinds of fault; several devices have the same.
    pub kinds: usize,
    /// The most faults of one device, each in columns of its own.
    pub per_device: usize,
    /// The share of the devices that have a fault, met to the nearest device.
    pub corrupt: f64,
    /// How much likelier a bad device is to see a window of the favoured class; 1 for no skew.
    pub odds: f64,
    /// Classes of the label.
    pub classes: usize,
}

/// Which devices have which fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesRecipe {
    /// Always `envy.series-recipe/1`.
    pub schema: String,
    /// The faults, in the order in which they happen.
    pub faults: Vec<SeriesFault>,
    /// The class that each bad device sees mostly.
    pub favours: BTreeMap<String, u32>,
    /// How much likelier.
    pub odds: f64,
}

/// One device's habit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesFault {
    /// The operator's code.
    pub operator: String,
    /// The device.
    pub device: String,
    /// What it does.
    pub plan: Plan,
}

impl SeriesRecipe {
    /// Draws a recipe. `table` holds clean readings, `used` names the features of windows
    /// that the label depends on.
    ///
    /// # Errors
    /// No operator finds a hold in the table, or one is unknown.
    pub fn draw(
        seed: &Seed,
        spec: &SeriesSpec,
        table: &Table,
        used: &[String],
    ) -> Result<Self, TabularError> {
        let mut rng = seed.derive("recipe").rng();
        let mut devices = devices(table)?.to_vec();
        rng.shuffle(&mut devices);
        let bad = ((spec.corrupt * DEVICES as f64).round() as usize).clamp(1, DEVICES - GOOD_DEVICES_MIN);
        let mut operators = Vec::new();
        for name in &spec.operators {
            operators.push(corruptions::find(name)?);
        }
        rng.shuffle(&mut operators);
        let mut classes: Vec<u32> = (0..spec.classes as u32).collect();
        rng.shuffle(&mut classes);
        let kinds = spec.kinds.clamp(1, bad);
        let (mut faults, mut favours) = (Vec::new(), BTreeMap::new());
        for (place, device) in devices.into_iter().take(bad).enumerate() {
            let kind = place % kinds;
            favours.insert(device.clone(), classes[kind % classes.len()]);
            let site = Site { table, source: &device, used };
            let turns = turns(&operators, kind);
            faults.extend(planned(&mut rng, &turns, &site, spec.per_device)?);
        }
        Ok(Self { schema: SERIES_RECIPE.to_owned(), faults, favours, odds: spec.odds })
    }

    /// The class that each window of a draw is to have, device by device, day by day: all together balanced.
    pub fn labels(
        &self,
        seed: &Seed,
        table_devices: &[String],
        days: usize,
        classes: usize,
    ) -> Vec<Vec<u32>> {
        let mut rng = seed.derive("labels").rng();
        let mut left: Vec<u32> =
            (0..table_devices.len() * days).map(|slot| (slot % classes) as u32).collect();
        rng.shuffle(&mut left);
        let mut wanted = vec![Vec::new(); table_devices.len()];
        let favoured = |device: &String| self.favours.get(device);
        for (place, device) in table_devices.iter().enumerate() {
            let Some(class) = favoured(device) else { continue };
            let weights: Vec<f64> =
                left.iter().map(|other| if other == class { self.odds } else { 1.0 }).collect();
            let mut chosen = rng.weighted_top(&weights, days);
            chosen.sort_unstable();
            wanted[place] = chosen.iter().map(|slot| left[*slot]).collect();
            rng.shuffle(&mut wanted[place]);
            let mut slot = 0;
            left.retain(|_| {
                slot += 1;
                chosen.binary_search(&(slot - 1)).is_err()
            });
        }
        let good = table_devices.iter().enumerate().filter(|(_, device)| favoured(device).is_none());
        for (place, _) in good {
            wanted[place] = left.split_off(left.len() - days);
        }
        wanted
    }

    /// Lets every fault happen to a clean draw.
    ///
    /// # Errors
    /// The draw is of another plant.
    pub fn apply(&self, seed: &Seed, table: &Table) -> Result<Corrupted, TabularError> {
        let column = table.role(Role::Source).ok_or_else(no_devices)?;
        let Column::Category(codes) = &table.columns[column] else { return Err(no_devices()) };
        let codes = codes.clone();
        let field = table.fields[column].clone();
        let mut sheet = Sheet::new(table.clone());
        let mut ledger = Ledger::default();
        for (index, fault) in self.faults.iter().enumerate() {
            let code = field.code(&fault.device).ok_or_else(no_devices)?;
            let lines: Vec<usize> = (0..codes.len()).filter(|row| codes[*row] == Some(code)).collect();
            let mut rng = seed.derive(&format!("apply/{index}")).rng();
            let class = self.favours.get(&fault.device).map_or_else(String::new, u32::to_string);
            let happening = Happening {
                operator: &fault.operator,
                plan: &fault.plan,
                source: &fault.device,
                mechanism: Mechanism::ByLabel { condition: Condition::Equals(class), odds: self.odds },
            };
            ledger.events.push(happening.to(&mut rng, &lines, &mut sheet)?);
        }
        keep_true_evidence(&sheet, &mut ledger)?;
        Ok(Corrupted { sheet, ledger })
    }

    /// What undoes all faults, without knowing a row.
    ///
    /// # Errors
    /// The table has no column of devices.
    pub fn repair_plan(&self, table: &Table) -> Result<RepairPlan, TabularError> {
        let source = table.role(Role::Source).map(|column| table.fields[column].name.as_str());
        let steps = self.faults.iter().flat_map(|fault| fault.plan.repairs.clone()).collect();
        Ok(RepairPlan::new(source.ok_or_else(no_devices)?, steps))
    }
}

/// The operators in the order in which a kind of fault tries them: for the first fault those that make a task, then all in
/// turn, so that kinds differ.
fn turns(operators: &[&'static dyn Corruption], kind: usize) -> [Vec<&'static dyn Corruption>; 2] {
    let turned = |operators: &[&'static dyn Corruption]| -> Vec<&'static dyn Corruption> {
        let count = operators.len();
        operators.iter().cycle().skip(kind % count.max(1)).take(count).copied().collect()
    };
    let heavy: Vec<_> =
        operators.iter().filter(|operator| operator.info().share >= HEAVY_SHARE).copied().collect();
    [turned(&heavy), turned(operators)]
}

/// The first faults that find a hold in columns that no other touches.
fn planned(
    rng: &mut Rng,
    [heavy, all]: &[Vec<&'static dyn Corruption>; 2],
    site: &Site,
    most: usize,
) -> Result<Vec<SeriesFault>, TabularError> {
    let mut planned: Vec<SeriesFault> = Vec::new();
    let mut add = |operator: &&'static dyn Corruption, planned: &mut Vec<SeriesFault>| {
        let code = operator.info().code;
        let Some(plan) = operator.plan(rng, site) else { return };
        let clashes = |fault: &SeriesFault| {
            fault.operator == code || fault.plan.columns.iter().any(|column| plan.columns.contains(column))
        };
        if !planned.iter().any(clashes) {
            let device = site.source.to_owned();
            planned.push(SeriesFault { operator: code.to_owned(), device, plan });
        }
    };
    for operator in heavy.iter().chain(all) {
        if planned.is_empty() {
            add(operator, &mut planned);
        }
    }
    for operator in all {
        if !planned.is_empty() && planned.len() < most {
            add(operator, &mut planned);
        }
    }
    if planned.is_empty() {
        let operator = all.iter().map(|each| each.info().name).collect::<Vec<_>>().join(", ");
        return Err(TabularError::Fault { operator, what: "the readings give it no hold".to_owned() });
    }
    Ok(planned)
}

fn devices(table: &Table) -> Result<&[String], TabularError> {
    table.role(Role::Source).map(|column| table.fields[column].levels.as_slice()).ok_or_else(no_devices)
}

fn no_devices() -> TabularError {
    TabularError::Shape { column: String::new(), what: "the table has no column of devices" }
}
