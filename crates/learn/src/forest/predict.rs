//! Sends rows down the trees, several at once, so that their loads overlap.

use super::{Forest, Tree, in_chunks};
use crate::Frame;

/// Rows that walk down a tree side by side.
const LANES: usize = 8;
/// Rows whose values are copied together, so that they stay in the fastest cache for all trees.
const BLOCK: usize = 128;

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
        let blocks = frame.rows().div_ceil(BLOCK);
        in_chunks(blocks, self.threads, |numbers| {
            let mut shares = Vec::with_capacity(numbers.len() * BLOCK * self.classes);
            let mut values = vec![0.0; self.columns * BLOCK];
            for number in numbers {
                let rows = number * BLOCK..frame.rows().min((number + 1) * BLOCK);
                for (column, target) in frame.columns().iter().zip(values.chunks_exact_mut(BLOCK)) {
                    target[..rows.len()].copy_from_slice(&column[rows.clone()]);
                }
                let start = shares.len();
                shares.resize(start + rows.len() * self.classes, 0.0);
                for tree in &self.trees {
                    tree.add_shares(&values, &mut shares[start..], self.classes);
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
    /// Adds the leaf's class shares of every row of a block.
    fn add_shares(&self, values: &[f64], sums: &mut [f64], classes: usize) {
        let rows = sums.len() / classes;
        for first in (0..rows).step_by(LANES) {
            // Lanes past the last row of the table walk over what the block held before; nobody reads them.
            let mut nodes = [0_u32; LANES];
            loop {
                let mut moved = false;
                for (lane, at) in nodes.iter_mut().enumerate() {
                    let node = self.nodes[*at as usize];
                    let value = values[node.column as usize * BLOCK + first + lane];
                    let next = node.left + u32::from(value > node.threshold);
                    moved |= next != *at;
                    *at = next;
                }
                if !moved {
                    break;
                }
            }
            for (sum, &node) in sums[first * classes..].chunks_exact_mut(classes).zip(&nodes) {
                let at = self.share_at[node as usize] as usize;
                for (sum, share) in sum.iter_mut().zip(&self.shares[at..at + classes]) {
                    *sum += share;
                }
            }
        }
    }
}
