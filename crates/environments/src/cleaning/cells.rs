//! Cells: what a returned table changed, repaired and damaged, against the truth of its draw.

use std::collections::BTreeMap;

use envy_core::{Flag, Seed};
use envy_tabular::ledger::Fairness;
use envy_tabular::{Field, Kind, Parsed, RawTable, Role, Sheet, Table, TabularError, Value, text};

use super::blame::{Blame, Undone};
use super::counts::{Counts, share};
use super::exam::Exam;
use super::features::{Encoded, Encoder, label};
use super::shapes::Fold;

/// Numbers count as equal within this share of the true value.
const RELATIVE_TOLERANCE: f64 = 1e-6;
/// An estimated number counts as repaired within this share of the column's interquartile range.
const ESTIMATE_TOLERANCE: f64 = 0.25;

/// No cell counts as further from the truth than so many interquartile ranges: a number near the greatest there is has no
/// square.
const OFF_MAX: f64 = 1e6;

/// What is true of one draw.
pub(super) struct Truth {
    /// The true table.
    golden: Table,
    /// The table that the agent's code gets.
    dirty: RawTable,
    /// The true row of each line of the dirty table; `None` if the line should not be there.
    rows: Vec<Option<usize>>,
    /// The cells that are wrong, by line and column.
    wrong: BTreeMap<(usize, usize), Fairness>,
    /// Whose work that is.
    blame: Blame,
    /// How far a number may be from the truth, by column: exact, and estimated.
    tolerances: Vec<(f64, f64)>,
    /// The lines of each id, in order.
    lines: BTreeMap<String, Vec<usize>>,
    columns: Vec<usize>,
    /// The lines that the fixed model is trained on, in order.
    trained: Vec<usize>,
    /// Where labels belong to units: how lines become units, and the true ones.
    fold: Option<(Fold, Encoded)>,
}

/// A table that an agent's code handed in, matched to the lines of the dirty table.
pub(super) struct Returned {
    raw: RawTable,
    /// The returned row of each line.
    rows: Vec<Option<usize>>,
    /// The returned column of each field.
    columns: Vec<Option<usize>>,
    /// What is odd about it.
    pub(super) flags: Vec<Flag>,
}

/// What became of a draw's cells and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CellScore {
    /// Wrong cells against changed cells, whatever they were changed to; surplus rows against removed rows.
    pub(super) detect: Counts,
    /// Wrong cells against rightly changed cells; surplus rows against removed rows.
    pub(super) repair: Counts,
    /// Surplus rows against removed rows alone.
    pub(super) rows: Counts,
    /// Wrong labels against rightly changed labels alone.
    pub(super) labels: Counts,
    /// Right cells that were made wrong, and all right cells.
    pub(super) damaged: (usize, usize),
    /// True rows that were left out, and all true rows.
    pub(super) dropped: (usize, usize),
    /// How much of each operator's work was taken back.
    pub(super) undone: Vec<Undone>,
    /// By numeric column, how far the readable numbers that came back are from the truth: root mean square, in
    /// interquartile ranges.
    pub(super) errors: Vec<(String, f64)>,
}

impl CellScore {
    /// The share of right cells that were made wrong.
    pub(super) fn damage(&self) -> f64 {
        share(self.damaged.0, self.damaged.1)
    }

    /// Counts what became of a piece of an operator's work.
    fn credit(&mut self, operator: Option<usize>, detect: Counts, repair: Counts) {
        if let Some(operator) = operator {
            self.undone[operator].detect.add(detect);
            self.undone[operator].repair.add(repair);
        }
    }

    /// The figures by metric name.
    pub(super) fn figures(&self) -> Vec<(String, f64)> {
        let whole = [
            ("detect_precision", self.detect.precision()),
            ("detect_recall", self.detect.recall()),
            ("detect_f1", self.detect.f1()),
            ("repair_precision", self.repair.precision()),
            ("repair_recall", self.repair.recall()),
            ("repair_f1", self.repair.f1()),
            ("row_f1", self.rows.f1()),
            ("label_f1", self.labels.f1()),
            ("rows_dropped", share(self.dropped.0, self.dropped.1)),
        ];
        let mut figures: Vec<(String, f64)> =
            whole.into_iter().map(|(what, value)| (what.to_owned(), value)).collect();
        figures.extend(self.undone.iter().flat_map(Undone::figures));
        figures.extend(self.errors.iter().map(|(column, error)| (format!("{column}/error"), *error)));
        figures
    }
}

impl Truth {
    /// What is true of a draw. `rows` names the true row of each line of `dirty`, `wrong` its wrong cells, `blame` whose
    /// work they are.
    ///
    /// # Errors
    /// The dirty table lacks a column, or there is no id column.
    pub(super) fn new(
        golden: Table,
        dirty: RawTable,
        rows: Vec<Option<usize>>,
        wrong: BTreeMap<(usize, usize), Fairness>,
        blame: Blame,
    ) -> Result<Self, TabularError> {
        let columns =
            golden.fields.iter().map(|field| dirty.require(&field.name)).collect::<Result<Vec<_>, _>>()?;
        let no_id =
            || TabularError::MissingColumn { name: "row_id".to_owned(), columns: dirty.headers().join(", ") };
        let id = golden.role(Role::Id).ok_or_else(no_id)?;
        let mut lines: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for line in 0..dirty.rows() {
            lines.entry(id_key(&golden.fields[id], dirty.cell(line, columns[id]))).or_default().push(line);
        }
        let tolerances = (0..golden.fields.len()).map(|column| tolerances(&golden, column)).collect();
        let trained = (0..dirty.rows()).collect();
        Ok(Self { golden, dirty, rows, wrong, blame, tolerances, lines, columns, trained, fold: None })
    }

    /// Lets the model train on `most` lines at most, the same for every table of this draw.
    pub(super) fn training_on(mut self, most: usize) -> Self {
        let mut rng = Seed::named("cleaning/training-lines").rng();
        rng.shuffle(&mut self.trained);
        self.trained.truncate(most);
        self.trained.sort_unstable();
        self
    }

    /// Lets the model read units in place of lines.
    pub(super) fn folded(self, fold: Fold) -> Self {
        let golden = fold.encode(&Sheet::new(self.golden.clone()).raw());
        Self { fold: Some((fold, golden)), ..self }
    }

    /// The true table.
    pub(super) fn golden(&self) -> &Table {
        &self.golden
    }

    /// The table that the agent's code gets.
    pub(super) fn dirty(&self) -> &RawTable {
        &self.dirty
    }

    /// What the model is trained on at best: the true rows in the order of the dirty table, so that it meets them in
    /// the agent's order.
    pub(super) fn encode_golden(&self, encoder: &Encoder) -> Encoded {
        if let Some((_, golden)) = &self.fold {
            return golden.clone();
        }
        let rows: Vec<usize> = self.trained.iter().filter_map(|line| self.rows[*line]).collect();
        encoder.table(&self.golden, &rows)
    }

    /// What the model is trained on when nothing is done.
    pub(super) fn encode_dirty(&self, encoder: &Encoder) -> Encoded {
        self.encode(&self.as_it_came(), encoder)
    }

    /// What the model is trained on: the returned lines, in the order of the dirty table, or what they come to.
    pub(super) fn encode(&self, returned: &Returned, encoder: &Encoder) -> Encoded {
        if let Some((fold, _)) = &self.fold {
            return fold.encode(&self.kept(returned));
        }
        let lines: Vec<usize> =
            self.trained.iter().copied().filter(|line| returned.rows[*line].is_some()).collect();
        encoder.texts(lines.len(), |row, column| {
            returned.columns[column].map(|_| returned.cell(lines[row], column))
        })
    }

    /// The lines that are records, with their true rows, in the order of the dirty table.
    fn records(&self) -> (Vec<usize>, Vec<usize>) {
        self.rows.iter().enumerate().filter_map(|(line, row)| row.map(|row| (line, row))).unzip()
    }

    /// What a model is asked at best: the true records.
    pub(super) fn exam_of_truth(&self, encoder: &Encoder) -> Exam {
        Exam::new(encoder.table(&self.golden, &self.records().1), encoder.goal())
    }

    /// What a model is asked: the records as they came back, with their true labels. One that did not come back has no
    /// right answer.
    pub(super) fn exam(&self, returned: &Returned, encoder: &Encoder) -> Exam {
        let (lines, rows) = self.records();
        let labels = encoder.table(&self.golden, &rows).labels;
        let cell = |row: usize, column: usize| Some(returned.cell(lines[row], column));
        let columns = encoder.texts(lines.len(), cell).columns;
        let exam = Exam::new(Encoded { columns, labels }, encoder.goal());
        exam.without(|row| returned.rows[lines[row]].is_none())
    }

    /// The share of the records that did not come back.
    pub(super) fn lost(&self, returned: &Returned) -> f64 {
        let (lines, _) = self.records();
        share(lines.iter().filter(|line| returned.rows[**line].is_none()).count(), lines.len())
    }

    /// The records as they came back, as the agent's own model gets them: without the label, in the order of the dirty
    /// table, empty where one did not come back.
    pub(super) fn served(&self, returned: &Returned) -> Vec<u8> {
        let (lines, _) = self.records();
        let kept: Vec<usize> = (0..self.golden.fields.len())
            .filter(|column| self.golden.fields[*column].role != Role::Target)
            .collect();
        let headers = kept.iter().map(|column| self.golden.fields[*column].name.clone()).collect();
        let line =
            |line: &usize| kept.iter().map(|column| returned.cell(*line, *column).to_owned()).collect();
        let rows = lines.iter().map(line).collect();
        RawTable::new(headers, rows).expect("every line has every column").write()
    }

    /// What the returned lines come to as a table, where the model reads units.
    pub(super) fn units(&self, raw: RawTable) -> Option<Vec<u8>> {
        let (fold, _) = self.fold.as_ref()?;
        Some(fold.write(&self.kept(&self.account(raw))))
    }

    /// The returned lines in the order of the dirty table.
    fn kept(&self, returned: &Returned) -> RawTable {
        let headers = self.golden.fields.iter().map(|field| field.name.clone()).collect();
        let lines = (0..self.rows.len()).filter(|line| returned.rows[*line].is_some());
        let cells = |line| (0..self.golden.fields.len()).map(move |column| returned.cell(line, column));
        RawTable::from_cells(headers, lines.map(cells)).expect("every line has a cell for each field")
    }

    /// Matches a returned table to the lines: rows by id, the first of equals counts, unknown ids are passed over.
    pub(super) fn account(&self, raw: RawTable) -> Returned {
        let fields = &self.golden.fields;
        let columns: Vec<Option<usize>> = fields.iter().map(|field| raw.position(&field.name)).collect();
        let mut returned = Returned { rows: vec![None; self.rows.len()], columns, flags: Vec::new(), raw };
        let mut flag = |name: &str, count: usize, what: &str| {
            if count > 0 {
                returned.flags.push(Flag { name: name.to_owned(), evidence: format!("{count} {what}") });
            }
        };
        let missing = returned.columns.iter().filter(|column| column.is_none()).count();
        flag("columns-missing", missing, "columns did not come back");
        let Some(id) = self.golden.role(Role::Id).and_then(|id| Some((id, returned.columns[id]?))) else {
            return returned;
        };
        let (mut unknown, mut seen) = (0, BTreeMap::<String, usize>::new());
        for row in 0..returned.raw.rows() {
            let key = id_key(&fields[id.0], returned.raw.cell(row, id.1));
            match self.lines.get(&key) {
                None => unknown += 1,
                Some(lines) => {
                    let count = seen.entry(key).or_default();
                    if *count == 0 {
                        returned.rows[lines[0]] = Some(row);
                    }
                    *count += 1;
                }
            }
        }
        let repeated = seen.iter().map(|(key, count)| count.saturating_sub(self.lines[key].len())).sum();
        flag("rows-unknown", unknown, "rows have an id that the export does not have");
        flag("rows-repeated", repeated, "rows repeat an id");
        returned
    }

    /// The table as it came, under the same row rules.
    fn as_it_came(&self) -> Returned {
        self.account(self.dirty.clone())
    }

    /// True if the returned table says exactly what the dirty one says.
    pub(super) fn is_unchanged(&self, returned: &Returned) -> bool {
        self.lines.values().all(|lines| returned.rows[lines[0]].is_some())
            && returned.columns.iter().all(Option::is_some)
            && self.lines.values().all(|lines| {
                let line = lines[0];
                (0..self.golden.fields.len()).all(|column| self.is_same(returned, line, column))
            })
    }

    /// Counts what became of the cells and rows.
    pub(super) fn score(&self, returned: &Returned) -> CellScore {
        let mut score = CellScore { undone: self.blame.nothing_undone(), ..CellScore::default() };
        for lines in self.lines.values() {
            // Later lines of one id fall to the row rule alone: nobody can keep them, nobody earns by it.
            let line = lines[0];
            match (self.rows[line], returned.rows[line]) {
                (None, kept) => {
                    let removed = Counts::found(kept.is_none());
                    for counts in [&mut score.rows, &mut score.detect, &mut score.repair] {
                        counts.add(removed);
                    }
                    score.credit(self.blame.of_line(line), removed, removed);
                }
                (Some(row), None) => self.score_dropped(line, row, &mut score),
                (Some(row), Some(_)) => {
                    score.dropped.1 += 1;
                    for column in 0..self.golden.fields.len() {
                        self.score_cell(returned, line, row, column, &mut score);
                    }
                }
            }
        }
        score.errors = self.errors(returned);
        score
    }

    /// How far each numeric column of the kept rows is from the truth.
    fn errors(&self, returned: &Returned) -> Vec<(String, f64)> {
        let numeric = |column: &usize| {
            let field = &self.golden.fields[*column];
            field.kind.is_numeric() && field.role.is_domain() && self.tolerances[*column].1 > 0.0
        };
        let kept: Vec<(usize, usize)> =
            self.rows.iter().enumerate().filter_map(|(line, row)| row.map(|row| (line, row))).collect();
        let error = |column: usize| {
            let range = self.tolerances[column].1 / ESTIMATE_TOLERANCE;
            let off = |&(line, row): &(usize, usize)| {
                let value = text::parse_number(returned.cell(line, column))?;
                let truth = self.golden.value(row, column).as_number();
                let off = (value - truth) / range;
                (!off.is_nan()).then_some(off.clamp(-OFF_MAX, OFF_MAX))
            };
            let squares: Vec<f64> = kept.iter().filter_map(off).map(|off| off * off).collect();
            (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt()
        };
        let named = |column: usize| (self.golden.fields[column].name.clone(), error(column));
        (0..self.golden.fields.len()).filter(numeric).map(named).collect()
    }

    /// A true row that was left out: one false alarm, and its errors are not repaired.
    fn score_dropped(&self, line: usize, row: usize, score: &mut CellScore) {
        score.dropped.0 += 1;
        score.dropped.1 += 1;
        for counts in [&mut score.rows, &mut score.detect, &mut score.repair] {
            counts.false_alarms += 1;
        }
        for (column, field) in self.golden.fields.iter().enumerate() {
            let missing = is_missing(field, self.dirty_cell(line, column));
            match self.wrong.get(&(line, column)) {
                Some(Fairness::Lost) => {}
                Some(_) if missing => {}
                Some(_) => {
                    let missed = Counts::found(false);
                    score.detect.add(missed);
                    score.repair.add(missed);
                    score.labels.misses += usize::from(field.role == Role::Target);
                    score.credit(self.blame.of_cell(line, column), missed, missed);
                }
                None if field.role != Role::Id && !self.golden.value(row, column).is_missing() => {
                    score.damaged.1 += 1;
                }
                None => {}
            }
        }
    }

    fn score_cell(&self, returned: &Returned, line: usize, row: usize, column: usize, score: &mut CellScore) {
        let field = &self.golden.fields[column];
        let truth = self.golden.value(row, column);
        if field.role == Role::Id || truth.is_missing() {
            // Filling what is missing in truth is neither a repair nor damage.
            return;
        }
        let changed = !self.is_same(returned, line, column);
        let cell = returned.cell(line, column);
        let Some(fairness) = self.wrong.get(&(line, column)).copied() else {
            score.damaged.1 += 1;
            if changed && !self.is_true(cell, truth, column, Fairness::Exact) {
                score.damaged.0 += 1;
                score.detect.false_alarms += 1;
                score.repair.false_alarms += 1;
                score.labels.false_alarms += usize::from(field.role == Role::Target);
            }
            return;
        };
        let right = self.is_true(cell, truth, column, fairness);
        let was_missing = is_missing(field, self.dirty_cell(line, column));
        // An emptied cell is open: to fill it well counts, to leave it or to fill it badly does not.
        if fairness == Fairness::Lost || (!right && was_missing) || (right && !changed) {
            return;
        }
        // Where the value cannot be known, taking the false one back is the repair.
        let withdrawn = fairness == Fairness::Partial && is_missing(field, cell);
        let detected = Counts::found(changed);
        score.detect.add(detected);
        let mut counts = Counts::default();
        if changed && (right || withdrawn) {
            counts.hits += 1;
        } else {
            counts.misses += 1;
            counts.false_alarms += usize::from(changed);
        }
        score.repair.add(counts);
        score.credit(self.blame.of_cell(line, column), detected, counts);
        if field.role == Role::Target {
            score.labels.add(counts);
        }
    }

    fn dirty_cell(&self, line: usize, column: usize) -> &str {
        self.dirty.cell(line, self.columns[column])
    }

    /// True if a returned cell says what the dirty one says.
    fn is_same(&self, returned: &Returned, line: usize, column: usize) -> bool {
        let (cell, dirty) = (returned.cell(line, column), self.dirty_cell(line, column));
        let field = &self.golden.fields[column];
        cell == dirty
            || match (text::parse(field, cell), text::parse(field, dirty)) {
                // Two numbers, one of them with a fraction in a whole-number column, are still two numbers.
                (Parsed::Unreadable, _) | (_, Parsed::Unreadable) if field.kind.is_numeric() => {
                    text::parse_number(cell).is_some_and(|cell| text::parse_number(dirty) == Some(cell))
                }
                (Parsed::Unreadable, _) | (_, Parsed::Unreadable) => {
                    field.role == Role::Target
                        && label(field, cell).is_some()
                        && label(field, cell) == label(field, dirty)
                }
                (cell, dirty) => cell == dirty,
            }
    }

    /// True if a cell holds the true value.
    fn is_true(&self, cell: &str, truth: Value<'_>, column: usize, fairness: Fairness) -> bool {
        let field = &self.golden.fields[column];
        let number = match truth {
            Value::Number(number) => number,
            Value::Integer(number) => number as f64,
            Value::Category(level) if field.role == Role::Target => {
                return label(field, cell) == field.code(level);
            }
            _ => return text::parse(field, cell) == Parsed::Value(truth),
        };
        let (exact, estimate) = self.tolerances[column];
        let tolerance = if fairness == Fairness::Partial { estimate.max(exact) } else { exact };
        text::parse_number(cell)
            .is_some_and(|value| (value - number).abs() <= tolerance.max(RELATIVE_TOLERANCE * number.abs()))
    }
}

impl Returned {
    /// The cell of a field on a line that came back; empty if its column did not.
    fn cell(&self, line: usize, column: usize) -> &str {
        match (self.rows[line], self.columns[column]) {
            (Some(row), Some(column)) => self.raw.cell(row, column),
            _ => "",
        }
    }
}

/// An id as it is compared: `7` and `7.0` are one number.
fn id_key(field: &Field, cell: &str) -> String {
    text::write(text::parse(field, cell).or_missing()).into_owned()
}

fn is_missing(field: &Field, cell: &str) -> bool {
    text::parse(field, cell) == Parsed::Missing
}

fn tolerances(golden: &Table, column: usize) -> (f64, f64) {
    let field = &golden.fields[column];
    if !field.kind.is_numeric() {
        return (0.0, 0.0);
    }
    // What is recorded to a tenth cannot be told apart below half a tenth; the last bits of a division neither.
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    let exact = decimals.map_or(0.0, |decimals| 0.5 * libm::pow(10.0, -f64::from(decimals)) * (1.0 + 1e-9));
    let mut values = golden.columns[column].numbers().into_owned();
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or(0.0);
    (exact, ESTIMATE_TOLERANCE * (quantile(0.75) - quantile(0.25)))
}
