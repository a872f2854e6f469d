//! The best Gini split of one node on one column.

use super::ranks::RankedColumn;
use crate::frame::CLASSES_MAX;

/// A node and how its weight is shared between classes.
pub(super) struct NodeView<'a> {
    /// Weight of every class.
    pub(super) totals: &'a [u32],
    /// Weight of all classes.
    pub(super) weight: f64,
    /// Sum of the squares of `totals`.
    pub(super) squares: f64,
}

/// A way to divide a node: the first `left` of its rows in the order of a column go left.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Sum over both sides of squared class weights by side weight: greater is purer. 0 when no side may be as
    /// small as it would have to be.
    pub(super) purity: f64,
    pub(super) left: usize,
}

/// Classes that the short table of tallies holds; the long one holds as many as there may be.
const CLASSES_FEW: usize = 8;

/// Finds the best cut of a node on a column, in reused memory.
pub(super) struct Splitter {
    /// One for each class, then unused ones up to a power of two.
    tallies: Vec<Tally>,
    /// Class and weight of every row in the tree's bootstrap sample.
    drawn: Vec<Drawn>,
}

/// A row's class, and how often the bootstrap drew it.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    pub(super) class: u16,
    pub(super) weight: u16,
}

/// Twice the weight of one class on the left of the scan, and on the right with a minus, so that both grow by the
/// same amount. Whole numbers, exact in a float.
type Tally = [f64; 2];

impl Splitter {
    pub(super) fn new(labels: &[u32], classes: usize) -> Self {
        let tallies = if classes <= CLASSES_FEW { CLASSES_FEW } else { CLASSES_MAX };
        Self {
            tallies: vec![[0.0; 2]; tallies],
            drawn: labels.iter().map(|&label| Drawn { class: label as u16, weight: 0 }).collect(),
        }
    }

    pub(super) fn drawn(&self) -> &[Drawn] {
        &self.drawn
    }

    pub(super) fn drawn_mut(&mut self) -> &mut [Drawn] {
        &mut self.drawn
    }

    /// The best cut of `node`, whose rows are given in the order of `column`, or `None` when all values are equal.
    pub(super) fn best_cut(
        &mut self,
        node: &NodeView<'_>,
        rows: &[u32],
        column: &RankedColumn,
        min_leaf: usize,
    ) -> Option<Cut> {
        for (tally, &total) in self.tallies.iter_mut().zip(node.totals) {
            *tally = [0.0, -2.0 * f64::from(total)];
        }
        let Some(ranks) = &column.rank_of else {
            return Some(self.scan_all(node, rows, min_leaf, |_, _| true));
        };
        let differ = |row: u32, next: u32| ranks[row as usize] < ranks[next as usize];
        differ(rows[0], rows[rows.len() - 1]).then(|| self.scan_all(node, rows, min_leaf, differ))
    }

    /// [`scan`] with the table of tallies that fits.
    fn scan_all(
        &mut self,
        node: &NodeView<'_>,
        rows: &[u32],
        min_leaf: usize,
        differ: impl Fn(u32, u32) -> bool,
    ) -> Cut {
        if let Some(few) = self.tallies.as_mut_array::<CLASSES_FEW>() {
            return scan(node, rows, &self.drawn, few, min_leaf, differ);
        }
        let many =
            self.tallies.as_mut_array::<CLASSES_MAX>().expect("the table was made in one of two sizes");
        scan(node, rows, &self.drawn, many, min_leaf, differ)
    }
}

/// Walks the rows from left to right and finds the first of the purest cuts between different values.
fn scan<const N: usize>(
    node: &NodeView<'_>,
    rows: &[u32],
    drawn: &[Drawn],
    tallies: &mut [Tally; N],
    min_leaf: usize,
    differ: impl Fn(u32, u32) -> bool,
) -> Cut {
    // Left, and right: the weight of the right side has a minus, as its tallies have.
    let mut weights = [0.0, -node.weight];
    let mut squares = [0.0, node.squares];
    let mut pass = |row: u32| {
        let Drawn { class, weight } = drawn[row as usize];
        // The mask changes no class, and lets the compiler see that the index is in range.
        let tally = &mut tallies[usize::from(class) & (N - 1)];
        let weight = f64::from(weight);
        for side in 0..2 {
            squares[side] += weight * (tally[side] + weight);
            tally[side] += weight + weight;
            weights[side] += weight;
        }
        squares[0] / weights[0] - squares[1] / weights[1]
    };
    for &row in &rows[..min_leaf - 1] {
        pass(row);
    }
    let (mut best_bits, mut best_left) = (0_u64, 0);
    for (at, pair) in rows[min_leaf - 1..=rows.len() - min_leaf].windows(2).enumerate() {
        let purity = pass(pair[0]);
        if differ(pair[0], pair[1]) {
            // Positive floats order as their bits do, and whole numbers can be compared without a branch.
            let bits = purity.to_bits();
            let better = bits > best_bits;
            best_bits = if better { bits } else { best_bits };
            best_left = if better { at } else { best_left };
        }
    }
    Cut { purity: f64::from_bits(best_bits), left: best_left + min_leaf }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::Frame;
    use crate::forest::ranks::rank;

    /// Purity of every allowed cut by its definition, and the first greatest.
    fn slow_best(
        values: &[f64],
        rows: &[u32],
        drawn: &[Drawn],
        classes: usize,
        min_leaf: usize,
    ) -> (f64, usize) {
        let side = |rows: &[u32]| {
            let mut totals = vec![0.0; classes];
            for &row in rows {
                totals[usize::from(drawn[row as usize].class)] += f64::from(drawn[row as usize].weight);
            }
            totals.iter().map(|total| total * total).sum::<f64>() / totals.iter().sum::<f64>()
        };
        let mut best = (0.0, 0);
        for left in min_leaf..=rows.len() - min_leaf {
            let differ = values[rows[left - 1] as usize] < values[rows[left] as usize];
            let purity = side(&rows[..left]) + side(&rows[left..]);
            if differ && purity > best.0 {
                best = (purity, left);
            }
        }
        best
    }

    #[test]
    fn the_best_cut_is_the_one_that_the_definition_gives() {
        let mut rng = Seed::named("cuts").rng();
        for (classes, grid) in [(2, 0.0), (5, 0.0), (3, 4.0), (11, 2.0), (2, 0.4)] {
            for round in 0..40 {
                let count = 14 + rng.below(60);
                let coarse = |value: f64| if grid > 0.0 { libm::floor(value * grid) } else { value };
                let columns = [(0..count).map(|_| coarse(rng.normal())).collect::<Vec<f64>>()];
                let labels: Vec<u32> = (0..count).map(|_| rng.below(classes) as u32).collect();
                let frame = Frame::new(&columns).unwrap();
                let column = &rank(&frame)[0];
                let mut splitter = Splitter::new(&labels, classes);
                let mut totals = vec![0_u32; classes];
                for row in splitter.drawn_mut() {
                    row.weight = 1 + rng.below(4) as u16;
                    totals[usize::from(row.class)] += u32::from(row.weight);
                }
                let weight = f64::from(totals.iter().sum::<u32>());
                let squares = totals.iter().map(|&total| f64::from(total) * f64::from(total)).sum();
                let node = NodeView { totals: &totals, weight, squares };
                let min_leaf = 1 + round % 7;
                let drawn = splitter.drawn().to_vec();
                let cut = splitter.best_cut(&node, &column.row_at, column, min_leaf);
                let slow = slow_best(&columns[0], &column.row_at, &drawn, classes, min_leaf);
                let Some(cut) = cut else {
                    assert!(columns[0].iter().all(|value| *value == columns[0][0]));
                    continue;
                };
                assert!((cut.purity - slow.0).abs() < 1e-9, "{classes} classes: {} {}", cut.purity, slow.0);
                assert!(slow.0 == 0.0 || cut.left == slow.1, "{classes} classes: {} {}", cut.left, slow.1);
            }
        }
    }
}
