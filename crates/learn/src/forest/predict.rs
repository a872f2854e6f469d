//! Sends rows down the trees: a whole block of rows through one node after the other.

use super::{Forest, Node, Tree, in_chunks};
use crate::Frame;

/// Rows that go down a tree together at most: many share the cost of visiting a node.
const BLOCK: usize = 8192;

/// Reused memory for sending a block down a tree.
struct Walk {
    /// Rows of the block, ordered by the node that they have reached: at nodes of even depth, and of odd depth.
    rows: [Vec<u16>; 2],
    /// Nodes still to visit.
    open: Vec<Visit>,
}

/// A node that the rows in a range have reached.
struct Visit {
    node: usize,
    start: usize,
    end: usize,
    odd: bool,
}

impl Forest {
    /// Class probabilities, row-major: `classes` numbers for every row.
    ///
    /// # Panics
    /// `frame` has another number of columns than the forest was fitted on.
    pub fn predict_proba(&self, frame: &Frame<'_>) -> Vec<f64> {
        assert_eq!(
            frame.columns().len(),
            self.columns,
            "a forest predicts from the columns it was fitted on"
        );
        let block = frame.rows().div_ceil(self.threads).min(BLOCK);
        in_chunks(frame.rows().div_ceil(block), self.threads, |numbers| {
            let mut shares = Vec::with_capacity(numbers.len() * block * self.classes);
            let mut walk = Walk { rows: [Vec::new(), Vec::new()], open: Vec::new() };
            for number in numbers {
                let rows = number * block..frame.rows().min((number + 1) * block);
                let columns: Vec<&[f64]> =
                    frame.columns().iter().map(|column| &column[rows.clone()]).collect();
                let start = shares.len();
                shares.resize(start + rows.len() * self.classes, 0.0);
                for tree in &self.trees {
                    tree.add_shares(&columns, &mut shares[start..], self.classes, &mut walk);
                }
            }
            let trees = self.trees.len() as f64;
            for share in &mut shares {
                *share /= trees;
            }
            shares
        })
    }
}

impl Tree {
    /// Adds to `sums` the leaf's class shares of every row of a block.
    fn add_shares(&self, columns: &[&[f64]], sums: &mut [f64], classes: usize, walk: &mut Walk) {
        let rows = columns[0].len();
        let Walk { rows: [even, odd], open } = walk;
        even.clear();
        even.extend(0..rows as u16);
        odd.resize(rows, 0);
        open.push(Visit { node: 0, start: 0, end: rows, odd: false });
        while let Some(Visit { node, start, end, odd: is_odd }) = open.pop() {
            let (from, to) = if is_odd { (&mut *odd, &mut *even) } else { (&mut *even, &mut *odd) };
            let from = &from[start..end];
            match self.nodes[node] {
                Node::Split { column, left, threshold } => {
                    let values = columns[column as usize];
                    let middle = start + divide(from, &mut to[start..end], values, threshold);
                    let left = left as usize;
                    if middle < end {
                        open.push(Visit { node: left + 1, start: middle, end, odd: !is_odd });
                    }
                    if start < middle {
                        open.push(Visit { node: left, start, end: middle, odd: !is_odd });
                    }
                }
                Node::Pure { class } => {
                    for &row in from {
                        sums[usize::from(row) * classes + class as usize] += 1.0;
                    }
                }
                Node::Mixed { shares_at } => {
                    let shares = &self.shares[shares_at as usize..][..classes];
                    for &row in from {
                        let sums = &mut sums[usize::from(row) * classes..][..classes];
                        for (sum, share) in sums.iter_mut().zip(shares) {
                            *sum += share;
                        }
                    }
                }
            }
        }
    }
}

/// Copies rows whose value is at most `threshold` to the front of `to`, others to its back; counts the former.
#[inline(never)] // Inlined, the loop runs out of registers and a whole prediction takes a quarter longer.
fn divide(from: &[u16], to: &mut [u16], values: &[f64], threshold: f64) -> usize {
    let mut left = 0;
    for (at, &row) in from.iter().enumerate() {
        // A slot is chosen instead of a branch, which would be guessed wrong half of the time.
        let goes_left = values[usize::from(row)] <= threshold;
        let back = from.len() - 1 - at + left;
        to[if goes_left { left } else { back }] = row;
        left += usize::from(goes_left);
    }
    left
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::ForestConfig;

    /// The shares of one row by walking down every tree alone.
    fn walk_alone(forest: &Forest, row: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; forest.classes];
        for tree in &forest.trees {
            let mut at = 0;
            loop {
                match tree.nodes[at] {
                    Node::Split { column, left, threshold } => {
                        at = left as usize + usize::from(row[column as usize] > threshold);
                    }
                    Node::Pure { class } => break sums[class as usize] += 1.0,
                    Node::Mixed { shares_at } => {
                        for (sum, share) in sums.iter_mut().zip(&tree.shares[shares_at as usize..]) {
                            *sum += share;
                        }
                        break;
                    }
                }
            }
        }
        sums.iter().map(|sum| sum / forest.trees.len() as f64).collect()
    }

    #[test]
    fn rows_reach_the_same_leaves_together_and_alone() {
        let mut rng = Seed::named("walk").rng();
        let columns: Vec<Vec<f64>> = (0..3).map(|_| (0..150).map(|_| rng.normal()).collect()).collect();
        let labels: Vec<u32> = (0..150).map(|_| rng.below(12) as u32).collect();
        let frame = Frame::new(&columns).unwrap();
        let config = ForestConfig { trees: 9, min_leaf: 3, ..ForestConfig::rf200(Seed::named("forest")) };
        let forest = Forest::fit(&frame, &labels, 12, &config).unwrap();
        let rows = BLOCK + 77;
        let asked: Vec<Vec<f64>> = (0..3).map(|_| (0..rows).map(|_| rng.normal()).collect()).collect();
        let shares = forest.predict_proba(&Frame::new(&asked).unwrap());
        assert_eq!(shares.len(), rows * 12);
        for row in (0..rows).step_by(61).chain([0, BLOCK - 1, BLOCK, rows - 1]) {
            let alone = walk_alone(&forest, &[asked[0][row], asked[1][row], asked[2][row]]);
            assert_eq!(shares[row * 12..][..12], alone, "row {row}");
        }
    }
}
