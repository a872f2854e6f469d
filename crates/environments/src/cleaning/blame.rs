//! Blame: which operator made a cell wrong or a line surplus, and how much of its work was taken back.

use std::collections::BTreeMap;

use envy_tabular::corruptions;
use envy_tabular::ledger::Ledger;

use super::counts::Counts;

/// Whose work each wrong cell and each surplus line of a draw is.
#[derive(Default)]
pub(super) struct Blame {
    /// The operators of the draw by name, in order.
    names: Vec<String>,
    cells: BTreeMap<(usize, usize), usize>,
    lines: BTreeMap<usize, usize>,
}

/// How much of one operator's work was found and taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Undone {
    /// Its name, as the knob `operators` has it.
    pub(super) name: String,
    /// Its cells and lines that were changed, whatever to. A right cell that was changed is nobody's.
    pub(super) detect: Counts,
    /// Its cells and lines that were made right; those that were made otherwise wrong are false alarms.
    pub(super) repair: Counts,
}

impl Blame {
    /// Whose work a ledger's changes are; where two operators met, the last one's.
    pub(super) fn new<'a>(
        ledger: &'a Ledger,
        lines: impl Iterator<Item = (usize, &'a str)>,
        column: impl Fn(&str) -> Option<usize>,
    ) -> Self {
        let mut blame = Self::default();
        let mut lines_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (line, id) in lines {
            lines_of.entry(id).or_default().push(line);
        }
        let of = |id: &str| lines_of.get(id).into_iter().flatten().copied();
        for event in &ledger.events {
            let name = corruptions::find(&event.operator).map(|operator| operator.info().name);
            let operator = blame.named(name.unwrap_or(&event.operator));
            for change in &event.changes {
                let Some(column) = column(&change.column) else { continue };
                blame.cells.extend(of(&change.row_id).map(|line| ((line, column), operator)));
            }
            for copy in &event.copies {
                blame.lines.extend(of(&copy.row_id).map(|line| (line, operator)));
            }
        }
        blame
    }

    fn named(&mut self, name: &str) -> usize {
        let found = self.names.iter().position(|known| known == name);
        found.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// Nothing undone of each operator.
    pub(super) fn nothing_undone(&self) -> Vec<Undone> {
        self.names.iter().map(|name| Undone { name: name.clone(), ..Undone::default() }).collect()
    }

    /// The operator that made a cell wrong.
    pub(super) fn of_cell(&self, line: usize, column: usize) -> Option<usize> {
        self.cells.get(&(line, column)).copied()
    }

    /// The operator that put a line there.
    pub(super) fn of_line(&self, line: usize) -> Option<usize> {
        self.lines.get(&line).copied()
    }
}

impl Undone {
    /// Its figures by metric name, `unit/repair_f1` and others; none if nothing of its work is scored.
    pub(super) fn figures(&self) -> Vec<(String, f64)> {
        let of = |what: &str| format!("{}/{what}", self.name);
        if self.repair == Counts::default() {
            return Vec::new();
        }
        vec![
            (of("detect_recall"), self.detect.recall()),
            (of("repair_precision"), self.repair.precision()),
            (of("repair_recall"), self.repair.recall()),
            (of("repair_f1"), self.repair.f1()),
        ]
    }
}
