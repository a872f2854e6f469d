//! Draft: the only way in which an operator can change a sheet. It writes down all that it does, so that the ledger
//! is the difference by construction.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::Rng;

use crate::error::TabularError;
use crate::ledger::{Change, Copied, id_column};
use crate::sheet::Sheet;
use crate::table::Table;

/// A sheet that is being changed by one fault.
pub struct Draft<'a> {
    sheet: &'a mut Sheet,
    id: usize,
    /// What stood in every cell that was changed, by (line, column).
    old: BTreeMap<(usize, usize), String>,
    /// Copies with the line they repeat and the place they want: so many lines after it.
    copies: Vec<Repeated>,
    ids: BTreeSet<String>,
    /// The greatest id, if all are whole numbers.
    last_id: Option<i64>,
}

struct Repeated {
    line: usize,
    of: usize,
    gap: usize,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(sheet: &'a mut Sheet) -> Result<Self, TabularError> {
        let id = id_column(sheet.table())?;
        let ids: BTreeSet<String> =
            sheet.order().iter().map(|line| sheet.text(*line, id).into_owned()).collect();
        let numbers: Option<Vec<i64>> = ids.iter().map(|id| id.parse().ok()).collect();
        let last_id = numbers.and_then(|numbers| numbers.into_iter().max());
        Ok(Self { sheet, id, old: BTreeMap::new(), copies: Vec::new(), ids, last_id })
    }

    /// The clean table.
    pub fn table(&self) -> &Table {
        self.sheet.table()
    }

    /// What stands in a cell now.
    pub fn text(&self, line: usize, column: usize) -> String {
        self.sheet.text(line, column).into_owned()
    }

    /// Changes a cell.
    pub fn set(&mut self, line: usize, column: usize, text: &str) {
        let old = self.sheet.text(line, column).into_owned();
        self.old.entry((line, column)).or_insert(old);
        self.sheet.set(line, column, text);
    }

    /// Repeats a line under a fresh id, `gap` lines further down; the copy's line.
    pub fn repeat(&mut self, rng: &mut Rng, line: usize, gap: usize) -> usize {
        let copy = self.sheet.append_copy(line);
        let id = fresh_id(rng, &self.ids, &mut self.last_id, &self.sheet.text(line, self.id));
        self.sheet.set(copy, self.id, id.as_str());
        self.ids.insert(id);
        self.copies.push(Repeated { line: copy, of: line, gap });
        copy
    }

    /// What was done.
    pub(crate) fn finish(mut self) -> Result<(Vec<Change>, Vec<Copied>), TabularError> {
        let copies = self.place()?;
        let name = |sheet: &Sheet, line: usize| sheet.text(line, self.id).into_owned();
        let mut changes = Vec::new();
        for ((line, column), old) in &self.old {
            let new = self.sheet.text(*line, *column).into_owned();
            if *old != new {
                let row_id = name(self.sheet, *line);
                let column = self.sheet.table().fields[*column].name.clone();
                changes.push(Change { row_id, column, old: old.clone(), new });
            }
        }
        Ok((changes, copies))
    }

    /// Moves the copies from the end to the places they want.
    fn place(&mut self) -> Result<Vec<Copied>, TabularError> {
        if self.copies.is_empty() {
            return Ok(Vec::new());
        }
        let added: BTreeSet<usize> = self.copies.iter().map(|copy| copy.line).collect();
        let present: Vec<usize> =
            self.sheet.order().iter().copied().filter(|line| !added.contains(line)).collect();
        let places: BTreeMap<usize, usize> =
            present.iter().enumerate().map(|(at, line)| (*line, at)).collect();
        let mut wanted: Vec<(usize, &Repeated)> = Vec::new();
        for copy in &self.copies {
            // A copy of a copy of this same draft stands where its original does.
            let at = places.get(&copy.of).copied().unwrap_or(present.len() - 1);
            wanted.push(((at + copy.gap).min(present.len() - 1), copy));
        }
        wanted.sort_by_key(|(at, copy)| (*at, copy.line));
        let mut order = Vec::with_capacity(self.sheet.order().len());
        let mut copies = Vec::with_capacity(wanted.len());
        let mut next = wanted.iter().peekable();
        for (at, line) in present.iter().enumerate() {
            order.push(*line);
            while let Some((_, copy)) = next.next_if(|(wanted, _)| *wanted == at) {
                let id = |line| self.sheet.text(line, self.id).into_owned();
                let copied = Copied { row_id: id(copy.line), of: id(copy.of), position: order.len() };
                copies.push((copy.line, copied));
                order.push(copy.line);
            }
        }
        self.sheet.reorder(order)?;
        copies.sort_by_key(|(line, _)| *line);
        Ok(copies.into_iter().map(|(_, copied)| copied).collect())
    }
}

/// An id that is not taken: the next number where all ids are numbers, otherwise one of the shape of `like`, the
/// same letters with other figures.
fn fresh_id(rng: &mut Rng, taken: &BTreeSet<String>, last: &mut Option<i64>, like: &str) -> String {
    if let Some(number) = last {
        *number += 1;
        return number.to_string();
    }
    let figures = like.bytes().filter(u8::is_ascii_digit).count();
    let mut width = figures;
    loop {
        let mut id: String =
            like.chars().map(|letter| if letter.is_ascii_digit() { figure(rng) } else { letter }).collect();
        // Where the shape has too few figures for a free one, it grows.
        id.extend((figures..width).map(|_| figure(rng)));
        if !taken.contains(&id) {
            return id;
        }
        width += 1;
    }
}

fn figure(rng: &mut Rng) -> char {
    char::from(b'0' + rng.below(10) as u8)
}
