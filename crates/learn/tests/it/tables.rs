//! The tables that `golden/figures.py` builds too, number for number, and the figures that it printed.

use std::collections::BTreeMap;

/// A table of the golden figures: name, classes, training rows, columns.
pub(crate) const ALL: [(&str, usize, usize, usize); 3] =
    [("two", 2, 400, 3), ("three", 3, 600, 6), ("five", 5, 800, 10)];
pub(crate) const TEST_ROWS: usize = 1000;
/// The states that training and test rows start from.
pub(crate) const TRAIN: u64 = 1;
pub(crate) const TEST: u64 = 2;

pub(crate) struct Table {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) labels: Vec<u32>,
}

/// Knuth's linear congruential generator, whose numbers are exact in any language.
struct Stream(u64);

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn bell(&mut self) -> f64 {
        let total: f64 = (0..4).map(|_| self.uniform()).sum();
        ((total - 2.0) * 1024.0).floor() / 512.0
    }
}

impl Table {
    /// Bell-shaped columns, the last one of few whole numbers; classes cut from a noisy score of four columns.
    pub(crate) fn new(classes: usize, rows: usize, columns: usize, state: u64) -> Self {
        let cuts: &[f64] = match classes {
            2 => &[0.0],
            3 => &[-0.7, 0.7],
            _ => &[-1.6, -0.5, 0.5, 1.6],
        };
        let mut stream = Stream(state);
        let mut table = Self { columns: vec![Vec::new(); columns], labels: Vec::new() };
        for _ in 0..rows {
            let mut row: Vec<f64> = (0..columns).map(|_| stream.bell()).collect();
            row[columns - 1] = (row[columns - 1] * 3.0).floor();
            let score = 1.5 * row[0] + row[1] * row[2] + 0.4 * row[columns - 1] + 0.5 * stream.bell();
            table.labels.push(cuts.iter().filter(|&&cut| score > cut).count() as u32);
            for (column, value) in table.columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        table
    }
}

/// The golden figures by name.
pub(crate) fn figures() -> BTreeMap<&'static str, Vec<f64>> {
    include_str!("golden/figures.txt")
        .lines()
        .skip(1)
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().unwrap(), words.map(|word| word.parse().unwrap()).collect())
        })
        .collect()
}
