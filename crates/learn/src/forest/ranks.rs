//! Columns sorted once per forest, so that growing a tree compares small integers instead of floats.

use crate::Frame;

/// Every column as the order of its values.
pub(super) struct Ranks {
    pub(super) rows: usize,
    pub(super) columns: Vec<RankedColumn>,
}

/// One column's rows in the order of their values.
pub(super) struct RankedColumn {
    /// Where each row stands in that order: equal values stand side by side, in row order.
    pub(super) place: Vec<u32>,
    /// The row at each place.
    pub(super) row_at: Vec<u32>,
    /// The value at each place.
    pub(super) value_at: Vec<f64>,
    /// Number of different values before each place; `None` when all values differ, so that it is the place.
    pub(super) rank_at: Option<Vec<u32>>,
}

impl Ranks {
    pub(super) fn new(frame: &Frame<'_>) -> Self {
        Self {
            rows: frame.rows(),
            columns: frame.columns().iter().map(|column| RankedColumn::new(column)).collect(),
        }
    }
}

impl RankedColumn {
    fn new(values: &[f64]) -> Self {
        let mut row_at: Vec<u32> = (0..values.len() as u32).collect();
        // Not total_cmp: it would tell -0.0 from 0.0, which no comparison of values does. No value is NaN.
        row_at.sort_by(|&left, &right| {
            values[left as usize].partial_cmp(&values[right as usize]).unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut place = vec![0; values.len()];
        for (at, &row) in row_at.iter().enumerate() {
            place[row as usize] = at as u32;
        }
        let value_at: Vec<f64> = row_at.iter().map(|&row| values[row as usize]).collect();
        let mut rank = 0;
        let mut rank_at = vec![0; values.len()];
        for at in 1..values.len() {
            rank += u32::from(value_at[at - 1] < value_at[at]);
            rank_at[at] = rank;
        }
        let all_differ = rank as usize + 1 == values.len();
        Self { place, row_at, value_at, rank_at: (!all_differ).then_some(rank_at) }
    }
}
