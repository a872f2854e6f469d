//! The reference solver: from what the agent sees to a repair plan, without the truth.
//!
//! It looks at each source against the others: spellings that are no level, constants that spike, quantiles that fit
//! once a unit is taken back, labels that a model of the other sources predicts once they are turned. What the notes
//! say lowers the bar for what they speak of, but nothing is repaired that the table does not bear out.

mod clocks;
mod codes;
mod drifts;
mod habits;
mod labels;
mod lags;
mod numbers;
mod quantiles;
mod readings;
mod relations;
mod rows;
mod sight;
mod spelling;

use envy_tabular::{Evidence, RawTable, Repair, RepairPlan, Visible};

pub(in crate::cleaning) use sight::Sight;

/// What the solver knows while it works: the table as repaired so far, and the steps that led there.
struct Case<'a> {
    sight: &'a Sight,
    table: RawTable,
    sources: Vec<Source>,
    /// The band of each line's label, where labels are numbers.
    bands: Option<Vec<&'static str>>,
    steps: Vec<Repair>,
}

/// A source and its lines in the table.
struct Source {
    name: String,
    lines: Vec<usize>,
}

/// The plan that brings the visible table back, as far as it can be told.
pub(in crate::cleaning) fn solve(sight: &Sight) -> RepairPlan {
    let (table, sources, steps) = (sight.table.clone(), Vec::new(), Vec::new());
    let mut case = Case { sight, table, sources, bands: None, steps };
    case.find_sources();
    rows::furniture(&mut case);
    rows::shifted(&mut case);
    rows::duplicates(&mut case);
    codes::codes(&mut case);
    spelling::categories(&mut case);
    spelling::times(&mut case);
    rows::versions(&mut case);
    spelling::numbers(&mut case);
    numbers::sentinels(&mut case);
    relations::lookups(&mut case);
    clocks::clocks(&mut case);
    lags::lags(&mut case);
    drifts::drifts(&mut case);
    numbers::saturated(&mut case);
    // Labels and numbers mislead each other: first what is beyond doubt, then what that has cleared up.
    habits::habits(&mut case, habits::Bar::High);
    lags::lags(&mut case);
    labels::raised_since(&mut case);
    labels::conventions_and_lags(&mut case);
    habits::habits(&mut case, habits::Bar::Low);
    relations::solved(&mut case);
    numbers::out_of_range(&mut case);
    labels::conventions_and_lags(&mut case);
    numbers::fill_derived(&mut case);
    RepairPlan::new(sight.source_name(), case.steps)
}

impl Case<'_> {
    fn find_sources(&mut self) {
        let column = self.sight.source;
        self.sources.clear();
        for line in 0..self.table.rows() {
            let name = self.table.cell(line, column);
            match self.sources.iter_mut().find(|source| source.name == name) {
                Some(source) => source.lines.push(line),
                None => self.sources.push(Source { name: name.to_owned(), lines: vec![line] }),
            }
        }
        self.sources.sort_by(|a, b| a.name.cmp(&b.name));
        let target = self.sight.target;
        if self.sight.fields[target].kind.is_numeric() {
            self.bands = Some(quantiles::label_bands(&self.numbers(target)));
        }
    }

    /// Carries a step out and remembers it.
    fn accept(&mut self, repair: Repair) {
        let plan = RepairPlan::new(self.sight.source_name(), vec![repair.clone()]);
        // A step names columns of the schema; a table without them was refused when it was read.
        if let Ok(table) = plan.apply(&self.table) {
            let moved = table.rows() != self.table.rows();
            self.table = table;
            self.steps.push(repair);
            if moved {
                self.find_sources();
            }
        }
    }

    /// Whether the table as repaired so far shows a statement.
    fn shows(&self, evidence: &Evidence) -> bool {
        Visible::new(&self.table, &self.sight.fields, &[]).is_ok_and(|visible| evidence.holds(&visible))
    }

    /// The cell of a field.
    fn cell(&self, line: usize, field: usize) -> &str {
        self.table.cell(line, self.sight.columns[field])
    }

    /// The numbers of a field; `NaN` where none can be read.
    fn numbers(&self, field: usize) -> Vec<f64> {
        let number = |line| envy_tabular::text::parse_number(self.cell(line, field)).unwrap_or(f64::NAN);
        (0..self.table.rows()).map(number).collect()
    }
}
