//! Grows one tree at a time, in memory that is reused between trees.
//!
//! Every node keeps its rows in the order of every column, and a split divides all these lists without changing
//! their order. Dividing short lists of integers beats sorting the few columns that compete at a node, because it
//! has no branch that the processor could guess wrong.

use envy_core::{Rng, Seed};

use super::ranks::RankedColumn;
use super::split::{Cut, NodeView, Splitter};
use super::{ForestConfig, Node, Tree, to_sum_one};

/// Grows the trees of one forest.
pub(super) struct Grower<'a> {
    columns: &'a [RankedColumn<'a>],
    rows: usize,
    features: usize,
    min_leaf: usize,
    max_depth: usize,
    splitter: Splitter,
    /// Rows of the open nodes, once for every column in the order of its values: nodes of even depth, and of odd
    /// depth. A split moves rows from one to the other.
    sorted: [Vec<u32>; 2],
    /// Whether each row goes left at the split at hand.
    goes_left: Vec<bool>,
    column_order: Vec<u32>,
    /// Nodes that are still to be split.
    open: Vec<Open>,
    /// Class weights of the open nodes, in the same order.
    open_totals: Vec<u32>,
    /// Class weights of the node at hand and of its two children.
    totals: [Vec<u32>; 3],
}

/// A node that is still to be split: its number, its range of every column's rows, and its depth.
#[derive(Clone, Copy)]
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        columns: &'a [RankedColumn<'a>],
        labels: &[u32],
        classes: usize,
        config: &ForestConfig,
    ) -> Self {
        let rows = labels.len();
        Self {
            columns,
            rows,
            features: config.features_per_split.of(columns.len()),
            min_leaf: config.min_leaf,
            max_depth: config.max_depth.unwrap_or(usize::MAX),
            splitter: Splitter::new(labels, classes),
            sorted: [vec![0; rows * columns.len()], vec![0; rows * columns.len()]],
            goes_left: vec![false; rows],
            column_order: Vec::new(),
            open: Vec::new(),
            open_totals: Vec::new(),
            totals: [vec![0; classes], vec![0; classes], vec![0; classes]],
        }
    }

    /// One tree on a bootstrap sample of `seed`'s.
    pub(super) fn grow(&mut self, seed: &Seed) -> Tree {
        let mut rng = seed.rng();
        let end = self.bootstrap(&mut rng);
        self.column_order.clear();
        self.column_order.extend(0..self.columns.len() as u32);
        let mut tree = Tree::sapling(self.columns.len());
        self.count_classes(0, 0..end, 1);
        if self.settle(Open { node: 0, start: 0, end, depth: 0 }, 1, &mut tree) {
            while let Some(open) = self.open.pop() {
                self.split(open, &mut tree, &mut rng);
            }
        }
        to_sum_one(&mut tree.importances);
        tree
    }

    /// Draws as many rows as there are, with replacement; says how many different ones.
    fn bootstrap(&mut self, rng: &mut Rng) -> usize {
        let drawn = self.splitter.drawn_mut();
        for row in &mut *drawn {
            row.weight = 0;
        }
        for _ in 0..self.rows {
            let row = rng.below(self.rows);
            drawn[row].weight = drawn[row].weight.saturating_add(1);
        }
        let mut end = 0;
        for (column, sorted) in self.columns.iter().zip(self.sorted[0].chunks_exact_mut(self.rows)) {
            end = 0;
            for &row in &column.row_at {
                // Written, and then kept only if the row was drawn: no branch.
                sorted[end] = row;
                end += usize::from(drawn[row as usize].weight > 0);
            }
        }
        end
    }

    /// Makes a node whose class weights are `totals[which]` a leaf, or opens it and says so.
    fn settle(&mut self, node: Open, which: usize, tree: &mut Tree) -> bool {
        let totals = &self.totals[which];
        let weight: u32 = totals.iter().sum();
        let pure = totals.contains(&weight);
        if pure || node.end - node.start < 2 * self.min_leaf || node.depth >= self.max_depth {
            tree.set_leaf(node.node, totals);
            return false;
        }
        self.open.push(node);
        self.open_totals.extend_from_slice(totals);
        true
    }

    /// Splits the node that was opened last, or makes it a leaf when no column can.
    fn split(&mut self, open: Open, tree: &mut Tree, rng: &mut Rng) {
        let rest = self.open_totals.len() - self.totals[0].len();
        self.totals[0].copy_from_slice(&self.open_totals[rest..]);
        self.open_totals.truncate(rest);
        let weight: u32 = self.totals[0].iter().sum();
        let squares: f64 = self.totals[0].iter().map(|&total| f64::from(total) * f64::from(total)).sum();
        let Some((column, cut)) = self.best_cut(&open, f64::from(weight), squares, rng) else {
            tree.set_leaf(open.node, &self.totals[0]);
            return;
        };
        tree.importances[column] += cut.purity - squares / f64::from(weight);
        let middle = open.start + cut.left;
        let values = self.columns[column].values;
        let sorted = &self.sorted[open.depth % 2][column * self.rows..];
        let threshold = between(values[sorted[middle - 1] as usize], values[sorted[middle] as usize]);
        let left = tree.set_split(open.node, column, threshold);
        self.count_sides(&open, column, middle);
        let depth = open.depth + 1;
        let right = self.settle(Open { node: left + 1, start: middle, end: open.end, depth }, 2, tree);
        let left = self.settle(Open { node: left, start: open.start, end: middle, depth }, 1, tree);
        if left || right {
            self.divide(&open, column, middle);
        }
    }

    /// The purest cut among random columns, with its column; the first drawn of equally pure ones.
    fn best_cut(&mut self, open: &Open, weight: f64, squares: f64, rng: &mut Rng) -> Option<(usize, Cut)> {
        let node = NodeView { totals: &self.totals[0], weight, squares };
        let mut best: Option<(usize, Cut)> = None;
        let mut found = false;
        for visited in 0..self.column_order.len() {
            if visited >= self.features && found {
                break;
            }
            let other = visited + rng.below(self.column_order.len() - visited);
            self.column_order.swap(visited, other);
            let number = self.column_order[visited] as usize;
            let rows = &self.sorted[open.depth % 2][number * self.rows..][open.start..open.end];
            let Some(cut) = self.splitter.best_cut(&node, rows, &self.columns[number], self.min_leaf) else {
                continue;
            };
            found = true;
            if cut.purity > best.map_or(0.0, |(_, cut)| cut.purity) {
                best = Some((number, cut));
            }
        }
        best
    }

    /// Counts the classes of both sides of a cut, of the larger one by subtraction.
    fn count_sides(&mut self, open: &Open, column: usize, middle: usize) {
        let (small, large, range) = if middle - open.start <= open.end - middle {
            (1, 2, open.start..middle)
        } else {
            (2, 1, middle..open.end)
        };
        let first = column * self.rows;
        self.count_classes(open.depth % 2, first + range.start..first + range.end, small);
        for class in 0..self.totals[0].len() {
            self.totals[large][class] = self.totals[0][class] - self.totals[small][class];
        }
    }

    /// Sums the weights of every class over a range of `sorted[odd]` into `totals[which]`.
    fn count_classes(&mut self, odd: usize, range: std::ops::Range<usize>, which: usize) {
        let totals = &mut self.totals[which];
        totals.fill(0);
        let drawn = self.splitter.drawn();
        for &row in &self.sorted[odd][range] {
            let drawn = drawn[row as usize];
            totals[usize::from(drawn.class)] += u32::from(drawn.weight);
        }
    }

    /// Divides every column's rows of a node: those before `middle` in the order of `column` go to the front.
    fn divide(&mut self, open: &Open, column: usize, middle: usize) {
        let [even, odd] = &mut self.sorted;
        let (from, to) = if open.depth.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        let range = open.start..open.end;
        let cut = &from[column * self.rows..][range.clone()];
        let left = middle - open.start;
        for (at, &row) in cut.iter().enumerate() {
            self.goes_left[row as usize] = at < left;
        }
        for (number, (from, to)) in
            from.chunks_exact(self.rows).zip(to.chunks_exact_mut(self.rows)).enumerate()
        {
            let (from, to) = (&from[range.clone()], &mut to[range.clone()]);
            if number == column {
                to.copy_from_slice(from);
            } else {
                divide_stably(from, to, &self.goes_left, left);
            }
        }
    }
}

/// Copies rows that go left to the front of `to` and the others behind the first `left`, keeping their order.
pub(super) fn divide_stably(from: &[u32], to: &mut [u32], goes_left: &[bool], left: usize) {
    let mut front = 0;
    for (at, &row) in from.iter().enumerate() {
        let goes_left = goes_left[row as usize];
        let back = left + at - front;
        to[if goes_left { front } else { back }] = row;
        front += usize::from(goes_left);
    }
}

/// A threshold that puts `low` left and `high` right even where no double lies between them.
pub(super) fn between(low: f64, high: f64) -> f64 {
    let middle = low * 0.5 + high * 0.5;
    if middle < high { middle } else { low }
}

impl Tree {
    /// A tree whose only node is still to be set.
    pub(super) fn sapling(columns: usize) -> Self {
        Self { nodes: vec![Node::Pure { class: 0 }], shares: Vec::new(), importances: vec![0.0; columns] }
    }

    /// Makes `node` a split and gives the number of its left child. Both children are still to be set.
    pub(super) fn set_split(&mut self, node: usize, column: usize, threshold: f64) -> usize {
        let left = self.nodes.len();
        self.nodes[node] = Node::Split { column: column as u32, left: left as u32, threshold };
        self.nodes.extend([Node::Pure { class: 0 }; 2]);
        left
    }

    /// Makes `node` a leaf with the shares of `totals`.
    fn set_leaf(&mut self, node: usize, totals: &[u32]) {
        let weight: u32 = totals.iter().sum();
        self.nodes[node] = match totals.iter().position(|&total| total == weight) {
            Some(class) => Node::Pure { class: class as u32 },
            None => Node::Mixed { shares_at: self.shares.len() as u32 },
        };
        if let Node::Mixed { .. } = self.nodes[node] {
            self.shares.extend(totals.iter().map(|&total| f64::from(total) / f64::from(weight)));
        }
    }
}
