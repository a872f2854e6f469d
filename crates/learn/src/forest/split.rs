//! The best Gini split of one node on one column.

use super::ranks::RankedColumn;

/// One bootstrapped row inside a tree: which row, its class, and how often it was drawn.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    pub(super) row: u32,
    pub(super) class: u16,
    pub(super) weight: u16,
}

/// A node's samples and what is known of them.
pub(super) struct NodeView<'a> {
    pub(super) samples: &'a [Sample],
    /// Weight of every class.
    pub(super) totals: &'a [u32],
    /// Weight of all classes.
    pub(super) weight: u32,
    /// Sum of the squares of `totals`.
    pub(super) squares: u64,
}

/// A way to divide a node: samples at places up to `place` go left.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub(super) column: u32,
    pub(super) place: u32,
    pub(super) threshold: f64,
    /// Sum over both sides of squared class weights by side weight: greater is purer.
    pub(super) purity: f64,
}

/// Reused memory for sorting a node.
pub(super) struct Sorter {
    /// One bit for each place.
    words: Vec<u64>,
    /// The node's samples in the order of a column: place, class and weight in one number.
    keys: Vec<u64>,
    /// Weight of every class left of the scan.
    left: Vec<u32>,
    /// Class and weight of every row of the tree's bootstrap sample.
    packed_of_row: Vec<u32>,
    /// `1 / n`, which turns a division into a product.
    reciprocals: Vec<f64>,
}

fn pack(sample: Sample) -> u32 {
    u32::from(sample.class) << 16 | u32::from(sample.weight)
}

impl Sorter {
    pub(super) fn new(rows: usize, classes: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            keys: Vec::with_capacity(rows),
            left: vec![0; classes],
            packed_of_row: vec![0; rows],
            reciprocals: (0..=rows).map(|n| 1.0 / n as f64).collect(),
        }
    }

    /// Makes a tree's bootstrap sample known.
    pub(super) fn start_tree(&mut self, samples: &[Sample]) {
        for &sample in samples {
            self.packed_of_row[sample.row as usize] = pack(sample);
        }
    }

    /// The best split on `column`, or `None` when its values do not differ. A split that would leave fewer than
    /// `min_leaf` samples on a side has no purity.
    pub(super) fn best_split(
        &mut self,
        node: &NodeView<'_>,
        column: &RankedColumn,
        min_leaf: usize,
    ) -> Option<(f64, usize)> {
        self.sort(node.samples, column);
        let rank = |key: u64| {
            let place = (key >> 32) as u32;
            column.rank_at.as_ref().map_or(place, |ranks| ranks[place as usize])
        };
        if rank(self.keys[0]) == rank(self.keys[self.keys.len() - 1]) {
            return None;
        }
        Some(self.scan(node, min_leaf, rank))
    }

    /// The place at index `at` of the order that was sorted last.
    pub(super) fn place(&self, at: usize) -> u32 {
        (self.keys[at] >> 32) as u32
    }

    /// Fills `keys` in the order of `column`.
    fn sort(&mut self, samples: &[Sample], column: &RankedColumn) {
        self.keys.clear();
        if samples.len() < self.words.len() * 2 {
            self.keys.extend(
                samples.iter().map(|&sample| {
                    u64::from(column.place[sample.row as usize]) << 32 | u64::from(pack(sample))
                }),
            );
            self.keys.sort_unstable();
            return;
        }
        for sample in samples {
            let place = column.place[sample.row as usize];
            self.words[(place / 64) as usize] |= 1 << (place % 64);
        }
        for (number, word) in self.words.iter_mut().enumerate() {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                let place = number as u64 * 64 + u64::from(bits.trailing_zeros());
                bits &= bits - 1;
                let row = column.row_at[place as usize];
                self.keys.push(place << 32 | u64::from(self.packed_of_row[row as usize]));
            }
        }
    }

    /// Walks the sorted samples and gives the greatest purity and the last index on its left.
    fn scan(&mut self, node: &NodeView<'_>, min_leaf: usize, rank: impl Fn(u64) -> u32) -> (f64, usize) {
        self.left.fill(0);
        let (mut left_squares, mut cross, mut left_weight) = (0_u64, 0_u64, 0_u32);
        let mut best = (f64::NEG_INFINITY, 0);
        for (at, pair) in self.keys.windows(2).enumerate() {
            let key = pair[0];
            let class = (key as u32 >> 16) as usize;
            let weight = key as u32 & 0xffff;
            let left = &mut self.left[class];
            left_squares += u64::from(weight) * u64::from(2 * *left + weight);
            cross += u64::from(weight) * u64::from(node.totals[class]);
            *left += weight;
            left_weight += weight;
            if rank(key) == rank(pair[1]) {
                continue;
            }
            let right_squares = node.squares + left_squares - 2 * cross;
            let purity = left_squares as f64 * self.reciprocals[left_weight as usize]
                + right_squares as f64 * self.reciprocals[(node.weight - left_weight) as usize];
            if purity > best.0 && at + 1 >= min_leaf && self.keys.len() - at > min_leaf {
                best = (purity, at);
            }
        }
        best
    }
}
