//! Evidence: what gives a fault away, as statements that a program checks on what the agent can see.
//!
//! Most statements have one form: *under this repair the table becomes more of what it should be* (its cells legal,
//! its source like its peers, its derived columns right, its labels predictable). None needs the truth.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::TabularError;
use crate::field::{Field, Formula, Role};
use crate::raw::RawTable;
use crate::repair::{Repair, RepairPlan, comparable};
use crate::text::{Parsed, is_missing, parse, parse_number};

mod neighbours;
mod readings;
mod time;

pub use time::clock_error;
pub(crate) use time::is_in_order;

/// Rows that evidence is checked on: the first so many of the file.
pub const EVIDENCE_ROWS_MAX: usize = 5000;
/// So many cells or rows must show a pattern.
const COUNT_MIN: usize = 3;
/// A pattern that needs most of a source's cells needs this share.
const SHARE_MOST: f64 = 0.9;
/// A constant or a gap is a spike if it fills this share of a source's cells...
const SPIKE_SHARE_MIN: f64 = 0.05;
/// ...and is so many times rarer elsewhere.
const SPIKE_RATIO: f64 = 3.0;
/// With fewer rows a value may be missing by chance.
const ABSENT_ROWS_MIN: usize = 30;
/// A column is coarse with at most this share of the distinct values that it has elsewhere.
const COARSE_RATIO: f64 = 0.4;
/// Quantiles agree if a repair at least halves their distance to the peers'...
const QUANTILE_GAIN: f64 = 0.5;
/// ...which must have been this many interquartile ranges.
const QUANTILE_DISTANCE_MIN: f64 = 0.3;
/// Labels agree if the rows that only the repaired label fits outnumber those that only the present one fits by so
/// many standard errors (`McNemar`'s test)...
const AGREEMENT_ERRORS_MIN: f64 = 2.5;
/// ...and by this share of the source's rows.
const AGREEMENT_GAIN_MIN: f64 = 0.08;
/// A derived value is right within this relative error (its inputs may be rounded).
const DERIVED_TOLERANCE: f64 = 0.01;
/// A derived column is wrong in a source if at most this share of its rows is right (some are by chance).
const DERIVED_WRONG_MAX: f64 = 0.5;
/// The quantiles that are compared.
const QUANTILES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];

/// A statement that gives a fault away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// The data dictionary lists the unit in which the source writes the column.
    DictionaryUnit {
        /// The column.
        column: String,
        /// The unit's name.
        unit: String,
    },
    /// A log or a change note says it; true where the line is among the texts that the agent gets.
    LogLine {
        /// The source it is about.
        source: String,
        /// The line, without a date.
        line: String,
    },
    /// The repaired source's quantiles are like those of the other sources, the present ones are not.
    QuantilesAgree {
        /// The repair.
        repair: Repair,
    },
    /// A derived or determined column is wrong in the source as it stands and right once it is repaired.
    DerivedAgrees {
        /// The derived or determined column.
        column: String,
        /// The repair of it or of what it is derived from.
        repair: Repair,
    },
    /// The source's moments do not lie between those of the rows around them, and do once repaired.
    OrderAgrees {
        /// The repair.
        repair: Repair,
    },
    /// The source's numbers rise or fall over time as nobody else's do, and no longer once repaired.
    TrendVanishes {
        /// The repair.
        repair: Repair,
        /// The column of moments.
        time: String,
    },
    /// Cells that are no legal value of their column become one.
    BecomesLegal {
        /// The repair.
        repair: Repair,
    },
    /// The source's labels fit better to what the other sources teach (15 nearest neighbours).
    LabelsAgree {
        /// The repair.
        repair: Repair,
    },
    /// A constant stands in many of the source's cells and in few elsewhere.
    Spike {
        /// The source.
        source: String,
        /// The column.
        column: String,
        /// The constant.
        value: String,
    },
    /// Numbers of the source lie outside the legal range, few do elsewhere.
    OutOfRange {
        /// The source.
        source: String,
        /// The column.
        column: String,
    },
    /// The source's numbers have far fewer distinct values than others' of the same count.
    Coarse {
        /// The source.
        source: String,
        /// The column.
        column: String,
    },
    /// Many of the source's cells are empty, few elsewhere.
    Gaps {
        /// The source.
        source: String,
        /// The column.
        column: String,
    },
    /// A value that is frequent elsewhere hardly occurs in the source.
    Absent {
        /// The source.
        source: String,
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// Rows of the source are equal in all these columns.
    Copies {
        /// The source.
        source: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// The source's numbers are far from its twin sensor's, other sources' are not, and its own no longer once repaired.
    TwinAgrees {
        /// The repair.
        repair: Repair,
        /// The twin's column.
        twin: String,
    },
    /// The source's moments are not those of the rows of other sources beside them, and are once repaired.
    MomentsAgree {
        /// The repair.
        repair: Repair,
    },
    /// The source's counter falls now and then, and only rises once repaired.
    CounterRises {
        /// The repair.
        repair: Repair,
    },
    /// The source's numbers stand still again and again, others' do not.
    Frozen {
        /// The source.
        source: String,
        /// The columns that stand still together.
        columns: Vec<String>,
    },
}

/// What the agent can see, as far as evidence is concerned.
#[derive(Clone, Debug)]
pub struct Visible<'a> {
    /// The table; its first [`EVIDENCE_ROWS_MAX`] rows.
    table: Cow<'a, RawTable>,
    fields: &'a [Field],
    source: usize,
    texts: &'a [&'a str],
}

impl<'a> Visible<'a> {
    /// The table as the agent gets it, the data dictionary's fields, and the texts beside them (README, logs).
    ///
    /// # Errors
    /// There is no source column.
    pub fn new(table: &'a RawTable, fields: &'a [Field], texts: &'a [&'a str]) -> Result<Self, TabularError> {
        let what = "the table has no column of sources";
        let missing = || TabularError::Shape { column: String::new(), what };
        let name = fields.iter().find(|field| field.role == Role::Source).ok_or_else(missing)?;
        let source = table.require(&name.name)?;
        let table = if table.rows() <= EVIDENCE_ROWS_MAX {
            Cow::Borrowed(table)
        } else {
            let width = table.headers().len();
            let row = |row| (0..width).map(|column| table.cell(row, column).to_owned()).collect();
            let head = (0..EVIDENCE_ROWS_MAX).map(row).collect();
            Cow::Owned(RawTable::new(table.headers().to_vec(), head)?)
        };
        Ok(Self { table, fields, source, texts })
    }

    fn field(&self, name: &str) -> Option<&'a Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn repaired(&self, repair: &Repair) -> Option<RawTable> {
        let plan = RepairPlan::new(&self.table.headers()[self.source], vec![repair.clone()]);
        plan.apply(&self.table).ok()
    }

    /// The cells of a column, split into those of the sources and those of all others.
    fn split<'t>(&self, table: &'t RawTable, sources: &[String], column: usize) -> [Vec<&'t str>; 2] {
        let mut cells = [Vec::new(), Vec::new()];
        for row in 0..table.rows() {
            let inside = sources.iter().any(|source| source == table.cell(row, self.source));
            cells[usize::from(!inside)].push(table.cell(row, column));
        }
        cells
    }
}

impl Evidence {
    /// Whether the statement is true of what the agent sees.
    pub fn holds(&self, visible: &Visible) -> bool {
        match self {
            Self::DictionaryUnit { column, unit } => {
                visible.field(column).is_some_and(|field| field.units.iter().any(|known| known.name == *unit))
            }
            Self::LogLine { line, .. } => visible.texts.iter().any(|text| text.contains(line)),
            Self::QuantilesAgree { repair } => quantiles_agree(visible, repair).unwrap_or(false),
            Self::DerivedAgrees { column, repair } => {
                derived_agrees(visible, column, repair).unwrap_or(false)
            }
            Self::OrderAgrees { repair } => time::order_agrees(visible, repair).unwrap_or(false),
            Self::TrendVanishes { repair, time } => {
                time::trend_vanishes(visible, repair, time).unwrap_or(false)
            }
            Self::BecomesLegal { repair } => becomes_legal(visible, repair).unwrap_or(false),
            Self::LabelsAgree { repair } => labels_agree(visible, repair).unwrap_or(false),
            Self::Spike { source, column, value } => {
                let value = comparable(value);
                is_spike(visible, source, column, |text| comparable(text) == value)
            }
            Self::OutOfRange { source, column } => visible.field(column).is_some_and(|field| {
                let outside = |text: &str| parse_number(text).is_some_and(|value| !field.admits(value));
                is_spike(visible, source, column, outside)
            }),
            Self::Coarse { source, column } => is_coarse(visible, source, column),
            Self::Gaps { source, column } => is_spike(visible, source, column, is_missing),
            Self::Absent { source, column, value } => is_absent(visible, source, column, value),
            Self::Copies { source, columns } => copies(visible, source, columns) >= COUNT_MIN,
            Self::TwinAgrees { repair, twin } => {
                readings::twin_agrees(visible, repair, twin).unwrap_or(false)
            }
            Self::MomentsAgree { repair } => readings::moments_agree(visible, repair).unwrap_or(false),
            Self::CounterRises { repair } => readings::counter_rises(visible, repair).unwrap_or(false),
            Self::Frozen { source, columns } => {
                readings::is_frozen(visible, source, columns).unwrap_or(false)
            }
        }
    }

    /// True for what the table itself shows, to someone who reads no text beside it.
    pub fn is_shown(&self) -> bool {
        !matches!(self, Self::LogLine { .. } | Self::DictionaryUnit { .. })
    }

    /// True for what only the environment's own texts can make true.
    pub fn is_told(&self) -> bool {
        matches!(self, Self::LogLine { .. })
    }
}

/// The present distance is too large and the repair at least halves it, in every column of the repair.
fn quantiles_agree(visible: &Visible, repair: &Repair) -> Option<bool> {
    let repaired = visible.repaired(repair)?;
    for name in &repair.columns {
        let column = visible.table.position(name)?;
        let [own, peers] = visible.split(&visible.table, &repair.sources, column);
        let [mended, _] = visible.split(&repaired, &repair.sources, column);
        let (own, mended, peers) = (quantiles(&own)?, quantiles(&mended)?, quantiles(&peers)?);
        // Of the peers' distribution, from the 0.1 to the 0.9 quantile: about twice the interquartile range.
        let spread = (peers[4] - peers[0]) / 2.0;
        let distance = |from: [f64; 5]| {
            from.iter().zip(&peers).map(|(a, b)| (a - b).abs()).sum::<f64>() / (5.0 * spread)
        };
        let (before, after) = (distance(own), distance(mended));
        // A constant column has no spread; then no distance is finite, and nothing is said.
        if !before.is_finite() || before < QUANTILE_DISTANCE_MIN || after > QUANTILE_GAIN * before {
            return Some(false);
        }
    }
    Some(!repair.columns.is_empty())
}

fn quantiles(cells: &[&str]) -> Option<[f64; 5]> {
    let mut numbers: Vec<f64> = cells.iter().filter_map(|cell| parse_number(cell)).collect();
    if numbers.is_empty() {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    Some(QUANTILES.map(|share| numbers[((numbers.len() - 1) as f64 * share) as usize]))
}

fn derived_agrees(visible: &Visible, column: &str, repair: &Repair) -> Option<bool> {
    let field = visible.field(column)?;
    let right = |table: &RawTable| {
        let rows = (0..table.rows())
            .filter(|row| repair.sources.iter().any(|source| source == table.cell(*row, visible.source)));
        let verdicts: Vec<bool> = match (&field.formula, &field.determined) {
            (Some(formula), _) => {
                rows.filter_map(|row| derived_is_right(table, row, column, formula)).collect()
            }
            (None, Some(_)) => rows.filter_map(|row| follows(visible, table, row, field)).collect(),
            (None, None) => Vec::new(),
        };
        verdicts.iter().filter(|right| **right).count() as f64 / verdicts.len().max(1) as f64
    };
    Some(right(&visible.table) <= DERIVED_WRONG_MAX && right(&visible.repaired(repair)?) >= SHARE_MOST)
}

/// Whether a row's determined cell is what its determinant says; nothing if either is no level.
fn follows(visible: &Visible, table: &RawTable, row: usize, field: &Field) -> Option<bool> {
    let determined = field.determined.as_ref()?;
    let by = visible.field(&determined.by)?;
    let code = |field: &Field| field.code(table.cell(row, table.position(&field.name)?));
    Some(determined.codes.get(code(by)? as usize) == Some(&code(field)?))
}

/// Whether a row's derived value is what the formula says; nothing if a cell is missing.
fn derived_is_right(table: &RawTable, row: usize, column: &str, formula: &Formula) -> Option<bool> {
    let read = |name: &str| {
        let text = table.position(name).map(|column| table.cell(row, column));
        text.and_then(parse_number).unwrap_or(f64::NAN)
    };
    let (found, wanted) = (read(column), formula.value(read));
    (found.is_finite() && wanted.is_finite())
        .then(|| (found - wanted).abs() <= DERIVED_TOLERANCE * found.abs().max(wanted.abs()))
}

fn is_legal(field: &Field, text: &str) -> bool {
    match parse(field, text) {
        Parsed::Missing | Parsed::Unreadable => false,
        Parsed::Value(value) => !field.kind.is_numeric() || field.admits(value.as_number()),
    }
}

/// Cells that the repair changes were illegal and are legal now, but for a few; rows keep their places.
fn becomes_legal(visible: &Visible, repair: &Repair) -> Option<bool> {
    let repaired = visible.repaired(repair)?;
    let (mut illegal, mut mended) = (0, 0);
    for name in &repair.columns {
        let (column, field) = (visible.table.position(name)?, visible.field(name)?);
        for row in 0..visible.table.rows() {
            let (before, after) = (visible.table.cell(row, column), repaired.cell(row, column));
            if before != after && !is_legal(field, before) {
                illegal += 1;
                mended += usize::from(is_legal(field, after));
            }
        }
    }
    Some(illegal >= COUNT_MIN && mended as f64 >= SHARE_MOST * f64::from(illegal as u32))
}

fn labels_agree(visible: &Visible, repair: &Repair) -> Option<bool> {
    let fits = |table: &RawTable| neighbours::fits(table, visible.fields, &repair.sources);
    let (before, after) = (fits(&visible.table)?, fits(&visible.repaired(repair)?)?);
    let count = |gained: bool| {
        before.iter().zip(&after).filter(|(before, after)| **after == gained && **before != gained).count()
            as f64
    };
    let (gained, lost) = (count(true), count(false));
    let gain = gained - lost;
    Some(
        gain >= AGREEMENT_ERRORS_MIN * (gained + lost).sqrt()
            && gain >= AGREEMENT_GAIN_MIN * before.len() as f64,
    )
}

fn is_spike(visible: &Visible, source: &str, column: &str, shows: impl Fn(&str) -> bool) -> bool {
    let Some(column) = visible.table.position(column) else { return false };
    let [own, others] = visible.split(&visible.table, &[source.to_owned()], column);
    let count = |cells: &[&str]| cells.iter().filter(|cell| shows(cell)).count();
    let share = |cells: &[&str]| count(cells) as f64 / cells.len().max(1) as f64;
    count(&own) >= COUNT_MIN && share(&own) >= SPIKE_SHARE_MIN && share(&own) >= SPIKE_RATIO * share(&others)
}

fn is_absent(visible: &Visible, source: &str, column: &str, value: &str) -> bool {
    let Some(column) = visible.table.position(column) else { return false };
    let [own, others] = visible.split(&visible.table, &[source.to_owned()], column);
    let share = |cells: &[&str]| {
        cells.iter().filter(|cell| **cell == value).count() as f64 / cells.len().max(1) as f64
    };
    own.len() >= ABSENT_ROWS_MIN
        && share(&others) >= SPIKE_SHARE_MIN * 2.0
        && share(&own) <= SPIKE_SHARE_MIN / 2.0
}

/// Both are cut to the same count: distinct values grow with it.
fn is_coarse(visible: &Visible, source: &str, column: &str) -> bool {
    let Some(column) = visible.table.position(column) else { return false };
    let groups = visible.split(&visible.table, &[source.to_owned()], column);
    let count = groups[0].len().min(groups[1].len());
    let distinct = groups.map(|cells| {
        let texts: BTreeSet<String> = cells.iter().take(count).map(|cell| comparable(cell)).collect();
        texts.len() as f64
    });
    count > COUNT_MIN && distinct[0] <= COARSE_RATIO * distinct[1]
}

fn copies(visible: &Visible, source: &str, columns: &[String]) -> usize {
    let columns: Vec<usize> = columns.iter().filter_map(|name| visible.table.position(name)).collect();
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in (0..visible.table.rows()).filter(|row| visible.table.cell(*row, visible.source) == source) {
        let key = columns.iter().map(|column| comparable(visible.table.cell(row, *column))).collect();
        *seen.entry(key).or_default() += 1;
    }
    seen.values().map(|count| count - 1).sum()
}

#[cfg(test)]
mod tests;
