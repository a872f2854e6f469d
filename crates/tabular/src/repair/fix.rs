//! What a step of a plan does, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DateFormat, NumberFormat};
use crate::field::Formula;

/// What a step does to the cells it touches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fix", rename_all = "snake_case")]
pub enum Fix {
    /// A number `w` becomes `(w - offset) / factor`, rounded half away from zero to `decimals` if given.
    Affine {
        /// What the true value was multiplied with.
        factor: f64,
        /// What was added after that.
        offset: f64,
        /// Digits after the point that the column records.
        decimals: Option<u8>,
    },
    /// A number outside `[low, high]` is multiplied by the one power of ten, of 10^1 to 10^3 and their inverses,
    /// that brings it inside (rounded to `decimals` if given); it stays if none or several do.
    DecimalShift {
        /// The least legal value.
        low: f64,
        /// The greatest legal value.
        high: f64,
        /// Digits after the point that the column records.
        decimals: Option<u8>,
    },
    /// A number outside `[low, high]` gets back the one bit of its sign or exponent (52 to 63 of an IEEE 754 double)
    /// that brings it inside; it stays if none or several do.
    BitFlip {
        /// The least legal value.
        low: f64,
        /// The greatest legal value.
        high: f64,
    },
    /// A cell that equals one of the values, as a number if both are numbers and as trimmed text otherwise, is
    /// emptied.
    Sentinel {
        /// The values that mean "nothing".
        values: Vec<String>,
    },
    /// A number outside `[low, high]` is emptied.
    OutOfRange {
        /// The least legal value.
        low: f64,
        /// The greatest legal value.
        high: f64,
    },
    /// A cell whose text is a key becomes that key's value, to the letter.
    Recode {
        /// From what stands there to what should.
        map: BTreeMap<String, String>,
    },
    /// A cell that is no level, but whose [`canonical_key`](super::canonical_key) is that of exactly one level or alias, becomes it.
    Canonical {
        /// The legal values.
        levels: Vec<String>,
        /// Other spellings and what they stand for.
        aliases: BTreeMap<String, String>,
    },
    /// A cell that is no level becomes the one level that is fewest slips away (letters replaced, left out, put in, or
    /// two neighbours exchanged; [`SLIPS_MAX`](super::SLIPS_MAX) at most); it stays if none or several are.
    Nearest {
        /// The legal values.
        levels: Vec<String>,
    },
    /// A cell written in the format becomes `YYYY-MM-DD HH:MM:SS`.
    Dates {
        /// How it is written.
        format: DateFormat,
    },
    /// A number written with another decimal sign and with separators between thousands becomes plain.
    Number {
        /// How it is written.
        format: NumberFormat,
    },
    /// UTF-8 that was read as Windows-1252 so many times becomes what it was; see [`ungarble`](super::ungarble).
    Mojibake {
        /// How many times.
        rounds: u8,
    },
    /// A number outside `[low, high]` is moved by the one multiple of the modulus, of 1 to [`WRAPS_MAX`](super::WRAPS_MAX) up or down, that
    /// brings it inside (rounded to `decimals` if given); it stays if none or several do.
    Wrap {
        /// The least legal value.
        low: f64,
        /// The greatest legal value.
        high: f64,
        /// After how much the counter begins again.
        modulus: f64,
        /// Digits after the point that the column records.
        decimals: Option<u8>,
    },
    /// A cell that begins or ends with one of the texts, and says more than that, loses it and the blanks beside it.
    Affix {
        /// What stands before or behind the value.
        affixes: Vec<String>,
    },
    /// A moment is moved back by so many seconds.
    Moment {
        /// How much too late it is; negative for too early.
        seconds: i64,
    },
    /// A cell becomes what the map says of the cell that determines it; it stays if the map does not say.
    Lookup {
        /// The determining column.
        by: String,
        /// This column's value by that one's.
        map: BTreeMap<String, String>,
    },
    /// A number in a row where the formula fails becomes the one with which it holds, rounded to `decimals` if given.
    Solve {
        /// The column that the formula gives; it may be this one.
        derived: String,
        /// The formula.
        formula: Formula,
        /// Digits after the point that the column records.
        decimals: Option<u8>,
    },
    /// A number `w` becomes `w / (1 + rate * days)`, rounded to `decimals` if given, where `days` is the time from the
    /// origin to the row's moment.
    Drift {
        /// The column of moments.
        time: String,
        /// When the gain was right, seconds since 1970.
        origin: i64,
        /// What it gains a day.
        rate: f64,
        /// Digits after the point that the column records.
        decimals: Option<u8>,
    },
    /// [`Fix::Recode`] for rows recorded at a moment or later.
    RecodeSince {
        /// The column of moments.
        time: String,
        /// The moment, seconds since 1970.
        since: i64,
        /// From what stands there to what should.
        map: BTreeMap<String, String>,
    },
    /// A row is left out if a cell in the columns, trimmed, is one of the marks.
    Discard {
        /// What no record says.
        marks: Vec<String>,
    },
    /// Of rows that are equal in all columns but the last, only the one with the latest moment in the last stays; of
    /// equally late ones the first.
    Supersede,
    /// A row whose cell in the first column is empty moves left by one from the second column on; the last is emptied.
    Unshift,
    /// The two columns exchange their cells.
    Swap,
    /// The columns move by `lag` rows against the others, round and round among the rows touched, in the order of the
    /// file: the cell of the i-th such row is the one that stands in row i + lag.
    Lag {
        /// How many rows; negative moves the other way.
        lag: i64,
    },
    /// A row whose cells in the columns equal those of an earlier row, numbers as numbers and the rest as trimmed
    /// text, is left out.
    Dedupe,
    /// An empty cell gets the formula's value, if all that the formula reads is there.
    Fill {
        /// What the column is computed from.
        formula: Formula,
    },
    /// A number `w` becomes `w - rate * days`, rounded to `decimals`, where `days` is the time from the origin to the row's
    /// moment.
    Trend {
        /// The column of moments.
        time: String,
        /// When the sensor was right, seconds since 1970.
        origin: i64,
        /// What it adds a day, in the column's unit.
        rate: f64,
        /// Digits after the point that the column records.
        decimals: u8,
    },
    /// A number that is the mean of the last `width` true ones (of as many as there are at the beginning, and after a cell
    /// that cannot be read), in the order of the file, becomes the last of them.
    Unmean {
        /// How many numbers each mean is of, at least 2.
        width: usize,
        /// Digits after the point that the column records.
        decimals: u8,
    },
    /// A moment before `since`, as the wrong clock shows it, moves back by `before` seconds, any other by `after`.
    Zone {
        /// When the clock changed, as it shows it, seconds since 1970.
        since: i64,
        /// How much it was ahead until then, seconds.
        before: i64,
        /// How much it has been ahead since, seconds.
        after: i64,
    },
    /// A row whose moment is no multiple of the step is left out.
    OffGrid {
        /// Seconds between two records.
        step_s: i64,
    },
    /// Of rows in a row of the file with one moment the last keeps it, and each before it is one step earlier.
    Buffered {
        /// Seconds between two records.
        step_s: i64,
    },
    /// A number becomes the sum of all up to it, in the order of the file, rounded to `decimals`.
    Undelta {
        /// Digits after the point that the column records.
        decimals: u8,
    },
    /// Where a number is less than the one before it, in the order of the file, what the counter had reached is added to
    /// it and to all that follow, rounded to `decimals`.
    Unreset {
        /// Digits after the point that the column records.
        decimals: u8,
    },
    /// Of at least `run` rows in a row of the file that say the same in all columns, all but the first are emptied there.
    Frozen {
        /// The fewest rows.
        run: usize,
    },
    /// A number farther than the reach from the median of the two before and the two after it (three of them at least), in
    /// the order of the file, is emptied.
    Despike {
        /// How far it may be, in the column's unit.
        reach: f64,
    },
    /// An empty cell gets what the twin sensor says.
    Twin {
        /// The twin's column.
        twin: String,
    },
}
