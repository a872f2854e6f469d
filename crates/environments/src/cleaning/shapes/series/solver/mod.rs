//! The reference solver of series: from what the agent sees to a repair plan, without the truth.
//!
//! First the moments, by what all devices have in common; then counters, which only rise; then sensors, by their twins. What
//! the notes say sets a size where there is one, but nothing is repaired that the readings do not bear out.

mod clocks;
mod sensors;

use envy_tabular::text::parse_number;
use envy_tabular::time::parse_iso;
use envy_tabular::{Evidence, Field, Fix, RawTable, Repair, RepairPlan, Role, Visible};

use crate::cleaning::solver::Sight;

/// A counter that falls on this share of its steps sends increments.
const DELTA_SHARE: f64 = 0.2;

/// What the solver knows while it works: the readings as repaired so far, and the steps that led there.
struct Case<'a> {
    sight: &'a Sight,
    table: RawTable,
    devices: Vec<String>,
    steps: Vec<Repair>,
}

/// The plan that brings the visible readings back, as far as it can be told.
pub(in crate::cleaning) fn solve(sight: &Sight) -> RepairPlan {
    let devices = sight.fields[sight.source].levels.clone();
    let mut case = Case { sight, table: sight.table.clone(), devices, steps: Vec::new() };
    clocks::moments(&mut case);
    counters(&mut case);
    sensors::gaps(&mut case);
    sensors::twins(&mut case);
    RepairPlan::new(sight.source_name(), case.steps)
}

impl Case<'_> {
    /// Carries a step out and remembers it.
    fn accept(&mut self, repair: Repair) {
        if let Some(table) = self.tried(&repair) {
            self.table = table;
            self.steps.push(repair);
        }
    }

    /// The readings after one more step.
    fn tried(&self, repair: &Repair) -> Option<RawTable> {
        RepairPlan::new(self.sight.source_name(), vec![repair.clone()]).apply(&self.table).ok()
    }

    /// Whether the readings as repaired so far show a statement.
    fn shows(&self, evidence: &Evidence) -> bool {
        Visible::new(&self.table, &self.sight.fields, &[]).is_ok_and(|visible| evidence.holds(&visible))
    }

    /// The column of moments among the fields.
    fn time(&self) -> Option<usize> {
        self.sight.fields.iter().position(|field| field.role == Role::Time)
    }

    /// What a device's records say in a field, in the order of the file.
    fn cells<'t>(&self, table: &'t RawTable, device: &str, field: usize) -> Vec<&'t str> {
        let (source, column) = (self.sight.columns[self.sight.source], self.sight.columns[field]);
        let own = (0..table.rows()).filter(|row| table.cell(*row, source) == device);
        own.map(|row| table.cell(row, column)).collect()
    }

    fn moments(&self, device: &str, time: usize) -> Vec<Option<i64>> {
        self.cells(&self.table, device, time).into_iter().map(parse_iso).collect()
    }

    fn numbers(&self, device: &str, field: usize) -> Vec<Option<f64>> {
        self.cells(&self.table, device, field).into_iter().map(parse_number).collect()
    }
}

/// Counters that fall.
fn counters(case: &mut Case) {
    let is_counter = |field: &Field| field.kind.is_numeric() && field.range.is_none();
    let fields: Vec<usize> = (0..case.sight.fields.len())
        .filter(|index| {
            let field = &case.sight.fields[*index];
            field.role == Role::Feature && is_counter(field)
        })
        .collect();
    for field in fields {
        let name = case.sight.fields[field].name.clone();
        let Some(decimals) = case.sight.fields[field].decimals else { continue };
        for device in case.devices.clone() {
            let values: Vec<f64> = case.numbers(&device, field).into_iter().flatten().collect();
            let falls = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
            if falls == 0 {
                continue;
            }
            let share = falls as f64 / values.len() as f64;
            let fix =
                if share >= DELTA_SHARE { Fix::Undelta { decimals } } else { Fix::Unreset { decimals } };
            let repair = Repair::new(&device, &[&name], fix);
            if case.shows(&Evidence::CounterRises { repair: repair.clone() }) {
                case.accept(repair);
            }
        }
    }
}
