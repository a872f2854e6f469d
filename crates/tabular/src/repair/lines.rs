//! Repairs that leave rows out or move their cells.

use std::collections::{BTreeMap, BTreeSet};

use super::comparable;
use crate::text::is_missing;
use crate::time::parse_iso;

/// Leaves out rows that equal an earlier one in the columns.
pub(super) fn dedupe(rows: &mut Vec<Vec<String>>, touched: &[usize], columns: &[usize]) {
    let mut seen = BTreeSet::new();
    let mut gone = BTreeSet::new();
    for &row in touched {
        let key: Vec<String> = columns.iter().map(|column| comparable(&rows[row][*column])).collect();
        if !seen.insert(key) {
            gone.insert(row);
        }
    }
    leave_out(rows, &gone);
}

/// Leaves out rows with one of the marks in one of the columns.
pub(super) fn discard(rows: &mut Vec<Vec<String>>, touched: &[usize], columns: &[usize], marks: &[String]) {
    let is_marked = |row: &&usize| {
        columns.iter().any(|column| marks.iter().any(|mark| rows[**row][*column].trim() == mark.as_str()))
    };
    let gone = touched.iter().filter(is_marked).copied().collect();
    leave_out(rows, &gone);
}

/// Leaves out rows that a later version replaces; the last column says how late one is.
pub(super) fn supersede(rows: &mut Vec<Vec<String>>, touched: &[usize], columns: &[usize]) {
    let Some((time, compared)) = columns.split_last() else { return };
    let mut latest: BTreeMap<Vec<String>, (Option<i64>, usize)> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for &row in touched {
        let key: Vec<String> = compared.iter().map(|column| comparable(&rows[row][*column])).collect();
        let moment = parse_iso(&rows[row][*time]);
        match latest.get(&key) {
            Some((before, _)) if *before >= moment => {
                gone.insert(row);
            }
            Some((_, replaced)) => {
                gone.insert(*replaced);
                latest.insert(key, (moment, row));
            }
            None => {
                latest.insert(key, (moment, row));
            }
        }
    }
    leave_out(rows, &gone);
}

/// Moves the cells of rows with an empty first cell left by one.
pub(super) fn unshift(rows: &mut [Vec<String>], touched: &[usize], columns: &[usize]) {
    let Some(first) = columns.first() else { return };
    for &row in touched {
        if is_missing(&rows[row][*first]) {
            for pair in columns.windows(2) {
                rows[row][pair[0]] = std::mem::take(&mut rows[row][pair[1]]);
            }
        }
    }
}

/// Leaves these rows out.
pub(super) fn leave_out(rows: &mut Vec<Vec<String>>, gone: &BTreeSet<usize>) {
    let mut row = 0;
    rows.retain(|_| {
        row += 1;
        !gone.contains(&(row - 1))
    });
}
