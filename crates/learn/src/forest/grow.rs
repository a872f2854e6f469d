//! Grows one tree at a time, in memory that is reused between trees.

use envy_core::{Rng, Seed};

use super::ranks::Ranks;
use super::split::{NodeView, Sample, Sorter, Split};
use super::{ForestConfig, Node, Tree, to_sum_one};

/// Grows the trees of one forest.
pub(super) struct Grower<'a> {
    ranks: &'a Ranks,
    labels: &'a [u32],
    classes: usize,
    features: usize,
    min_leaf: usize,
    max_depth: usize,
    sorter: Sorter,
    samples: Vec<Sample>,
    spare: Vec<Sample>,
    drawn: Vec<u16>,
    column_order: Vec<u32>,
    totals: Vec<u32>,
}

/// A node that is still to be split: its number, its range of samples and its depth.
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

impl<'a> Grower<'a> {
    pub(super) fn new(ranks: &'a Ranks, labels: &'a [u32], classes: usize, config: &ForestConfig) -> Self {
        Self {
            ranks,
            labels,
            classes,
            features: config.features_per_split.of(ranks.columns.len()),
            min_leaf: config.min_leaf,
            max_depth: config.max_depth.unwrap_or(usize::MAX),
            sorter: Sorter::new(ranks.rows, classes),
            samples: Vec::with_capacity(ranks.rows),
            spare: Vec::with_capacity(ranks.rows),
            drawn: vec![0; ranks.rows],
            column_order: (0..ranks.columns.len() as u32).collect(),
            totals: vec![0; classes],
        }
    }

    /// One tree on a bootstrap sample of `seed`'s.
    pub(super) fn grow(&mut self, seed: &Seed) -> Tree {
        let mut rng = seed.rng();
        self.bootstrap(&mut rng);
        for (at, column) in self.column_order.iter_mut().enumerate() {
            *column = at as u32;
        }
        let mut tree = Tree::empty(self.classes, self.ranks.columns.len());
        tree.push_node();
        let mut stack = vec![Open { node: 0, start: 0, end: self.samples.len(), depth: 0 }];
        while let Some(open) = stack.pop() {
            let samples = &self.samples[open.start..open.end];
            let weight = count_classes(samples, &mut self.totals);
            let squares = self.totals.iter().map(|&total| u64::from(total) * u64::from(total)).sum();
            let pure = squares == u64::from(weight) * u64::from(weight);
            let split = if pure || samples.len() < 2 * self.min_leaf || open.depth >= self.max_depth {
                None
            } else {
                self.best_split(&open, weight, squares, &mut rng)
            };
            let Some(split) = split else {
                tree.set_leaf(open.node, &self.totals, weight);
                continue;
            };
            tree.importances[split.column as usize] += split.purity - squares as f64 / f64::from(weight);
            let left = tree.set_split(open.node, split);
            let middle = open.start + self.partition(&open, split);
            let depth = open.depth + 1;
            stack.push(Open { node: left + 1, start: middle, end: open.end, depth });
            stack.push(Open { node: left, start: open.start, end: middle, depth });
        }
        to_sum_one(&mut tree.importances);
        tree
    }

    /// Draws as many rows as there are, with replacement.
    fn bootstrap(&mut self, rng: &mut Rng) {
        self.drawn.fill(0);
        for _ in 0..self.ranks.rows {
            let row = rng.below(self.ranks.rows);
            self.drawn[row] = self.drawn[row].saturating_add(1);
        }
        self.samples.clear();
        for (row, (&weight, &label)) in self.drawn.iter().zip(self.labels).enumerate() {
            if weight > 0 {
                self.samples.push(Sample { row: row as u32, class: label as u16, weight });
            }
        }
        self.spare.clone_from(&self.samples);
        self.sorter.start_tree(&self.samples);
    }

    /// The purest split among random columns; the first drawn of equally pure ones.
    fn best_split(&mut self, open: &Open, weight: u32, squares: u64, rng: &mut Rng) -> Option<Split> {
        let samples = &self.samples[open.start..open.end];
        let node = NodeView { samples, totals: &self.totals, weight, squares };
        let mut best: Option<Split> = None;
        let mut found = false;
        for visited in 0..self.column_order.len() {
            if visited >= self.features && found {
                break;
            }
            let other = visited + rng.below(self.column_order.len() - visited);
            self.column_order.swap(visited, other);
            let number = self.column_order[visited];
            let column = &self.ranks.columns[number as usize];
            let Some((purity, at)) = self.sorter.best_split(&node, column, self.min_leaf) else {
                continue;
            };
            found = true;
            if purity > best.as_ref().map_or(f64::NEG_INFINITY, |split| split.purity) {
                let (place, next) = (self.sorter.place(at), self.sorter.place(at + 1));
                let threshold = between(column.value_at[place as usize], column.value_at[next as usize]);
                best = Some(Split { column: number, place, threshold, purity });
            }
        }
        best
    }

    /// Moves the samples that go left to the front of the range, keeping order; says how many they are.
    fn partition(&mut self, open: &Open, split: Split) -> usize {
        let place = &self.ranks.columns[split.column as usize].place;
        let range = &mut self.samples[open.start..open.end];
        let spare = &mut self.spare[..range.len()];
        let (mut left, mut right) = (0, 0);
        for at in 0..range.len() {
            let sample = range[at];
            let goes_left = place[sample.row as usize] <= split.place;
            range[left] = sample;
            spare[right] = sample;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        range[left..].copy_from_slice(&spare[..right]);
        left
    }
}

/// A threshold that puts `low` left and `high` right even where no double lies between them.
fn between(low: f64, high: f64) -> f64 {
    let middle = low * 0.5 + high * 0.5;
    if middle < high { middle } else { low }
}

/// Sums the weights of every class and of all.
fn count_classes(samples: &[Sample], totals: &mut [u32]) -> u32 {
    totals.fill(0);
    for sample in samples {
        totals[sample.class as usize] += u32::from(sample.weight);
    }
    totals.iter().sum()
}

impl Tree {
    fn empty(classes: usize, columns: usize) -> Self {
        let mut shares = vec![0.0; classes * classes];
        for class in 0..classes {
            shares[class * classes + class] = 1.0;
        }
        Self { nodes: Vec::new(), share_at: Vec::new(), shares, importances: vec![0.0; columns] }
    }

    fn push_node(&mut self) {
        self.nodes.push(Node { threshold: f64::INFINITY, column: 0, left: self.nodes.len() as u32 });
        self.share_at.push(0);
    }

    /// Turns a leaf into a split and gives its left child.
    fn set_split(&mut self, node: usize, split: Split) -> usize {
        let left = self.nodes.len();
        self.nodes[node] = Node { threshold: split.threshold, column: split.column, left: left as u32 };
        self.push_node();
        self.push_node();
        left
    }

    fn set_leaf(&mut self, node: usize, totals: &[u32], weight: u32) {
        if let Some(class) = totals.iter().position(|&total| total == weight) {
            self.share_at[node] = (class * totals.len()) as u32;
            return;
        }
        self.share_at[node] = self.shares.len() as u32;
        self.shares.extend(totals.iter().map(|&total| f64::from(total) / f64::from(weight)));
    }
}
