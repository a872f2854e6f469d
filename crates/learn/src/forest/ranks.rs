//! Columns sorted once per forest, so that growing a tree sorts nothing.

use std::cmp::Ordering;

use crate::Frame;

/// One column's rows in the order of their values.
pub(super) struct RankedColumn<'a> {
    /// The value of each row.
    pub(super) values: &'a [f64],
    /// Rows in the order of their values, equal ones in row order.
    pub(super) row_at: Vec<u32>,
    /// Number of different values below each row's; `None` when all values differ.
    pub(super) rank_of: Option<Vec<u32>>,
}

/// Sorts every column of `frame`.
pub(super) fn rank<'a>(frame: &Frame<'a>) -> Vec<RankedColumn<'a>> {
    frame.columns().iter().map(|column| RankedColumn::new(column)).collect()
}

impl<'a> RankedColumn<'a> {
    fn new(values: &'a [f64]) -> Self {
        let value = |row: u32| values[row as usize];
        let mut row_at: Vec<u32> = (0..values.len() as u32).collect();
        // Not total_cmp: it would tell -0.0 from 0.0, which no comparison of values does. No value is NaN.
        row_at.sort_by(|&left, &right| value(left).partial_cmp(&value(right)).unwrap_or(Ordering::Equal));
        let mut rank = 0;
        let mut rank_of = vec![0; values.len()];
        for pair in row_at.windows(2) {
            rank += u32::from(value(pair[0]) < value(pair[1]));
            rank_of[pair[1] as usize] = rank;
        }
        let all_differ = rank as usize + 1 == values.len();
        Self { values, row_at, rank_of: (!all_differ).then_some(rank_of) }
    }
}
