//! A random forest for numbers: bootstrap trees whose splits take out most of the squared error, and the mean of their
//! leaves, as scikit-learn's `RandomForestRegressor`.
//!
//! A leaf keeps one share, its mean, so that a tree of numbers is a tree of classes with a single one: rows go down both
//! alike. Sums run in the order of a column's values, which depends on nothing but the input.

use std::ops::Range;

use envy_core::{Rng, Seed};

use super::grow::{between, divide_stably};
use super::ranks::{RankedColumn, rank};
use super::{Forest, ForestConfig, Node, Tree, in_chunks, mean_importances, to_sum_one};
use crate::frame::check_numbers;
use crate::{Frame, LearnError};

/// A fitted forest that answers with a number.
#[derive(Clone, Debug)]
pub struct ForestRegressor(Forest);

impl ForestRegressor {
    /// Grows a forest on `frame` with one finite number for every row.
    ///
    /// # Errors
    /// Numbers that do not fit the rows or are not finite.
    ///
    /// # Panics
    /// `config` asks for no trees, no rows in a leaf or no threads.
    pub fn fit(frame: &Frame<'_>, numbers: &[f64], config: &ForestConfig) -> Result<Self, LearnError> {
        assert!(config.trees > 0 && config.min_leaf > 0 && config.threads > 0, "a forest needs 1 of each");
        check_numbers(frame.rows(), numbers)?;
        let columns = rank(frame);
        // Around the mean a sum of squares keeps its digits.
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let centred: Vec<f64> = numbers.iter().map(|number| number - mean).collect();
        let trees = in_chunks(config.trees, config.threads, |range| {
            let mut grower = Grower::new(&columns, &centred, mean, config);
            range.map(|number| grower.grow(&config.seed.derive(&format!("tree/{number}")))).collect()
        });
        let columns = frame.columns().len();
        let importances = mean_importances(&trees, columns);
        Ok(Self(Forest { trees, classes: 1, columns, threads: config.threads, importances }))
    }

    /// The mean of the trees' answers for every row.
    ///
    /// # Panics
    /// `frame` has another number of columns than the forest was fitted on.
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<f64> {
        self.0.predict_proba(frame)
    }

    /// Mean decrease of the squared error by column. Sums to 1, or to 0 when no tree could split.
    pub fn importances(&self) -> &[f64] {
        self.0.importances()
    }
}

/// Grows the trees of one forest, in memory that is reused between them.
struct Grower<'a> {
    columns: &'a [RankedColumn<'a>],
    numbers: &'a [f64],
    mean: f64,
    features: usize,
    min_leaf: usize,
    max_depth: usize,
    /// How often the bootstrap drew each row.
    weights: Vec<f64>,
    /// Rows of the open nodes, once for every column in the order of its values: nodes of even depth, and of odd depth.
    sorted: [Vec<u32>; 2],
    goes_left: Vec<bool>,
    column_order: Vec<u32>,
}

/// A node that is still to be split.
struct Open {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    /// Rows with their repeats, and the sum of their numbers.
    weight: f64,
    sum: f64,
}

/// A way to divide a node.
struct Cut {
    column: usize,
    /// So many rows go left.
    left: usize,
    /// Squared sums by weight over both sides: greater leaves less error.
    worth: f64,
}

impl<'a> Grower<'a> {
    fn new(columns: &'a [RankedColumn<'a>], numbers: &'a [f64], mean: f64, config: &ForestConfig) -> Self {
        let cells = numbers.len() * columns.len();
        Self {
            columns,
            numbers,
            mean,
            features: config.features_per_split.of(columns.len()),
            min_leaf: config.min_leaf,
            max_depth: config.max_depth.unwrap_or(usize::MAX),
            weights: vec![0.0; numbers.len()],
            sorted: [vec![0; cells], vec![0; cells]],
            goes_left: vec![false; numbers.len()],
            column_order: Vec::new(),
        }
    }

    fn grow(&mut self, seed: &Seed) -> Tree {
        let mut rng = seed.rng();
        let end = self.bootstrap(&mut rng);
        self.column_order.clear();
        self.column_order.extend(0..self.columns.len() as u32);
        let mut tree = Tree::sapling(self.columns.len());
        let mut open = vec![self.opened(0, 0..end, 0)];
        while let Some(node) = open.pop() {
            let may_split = node.rows.len() >= 2 * self.min_leaf && node.depth < self.max_depth;
            match if may_split { self.best_cut(&node, &mut rng) } else { None } {
                Some(cut) => open.extend(self.split(&node, &cut, &mut tree)),
                None => tree.set_mean(node.node, self.mean + node.sum / node.weight),
            }
        }
        to_sum_one(&mut tree.importances);
        tree
    }

    /// Draws as many rows as there are, with replacement; says how many different ones.
    fn bootstrap(&mut self, rng: &mut Rng) -> usize {
        let rows = self.numbers.len();
        self.weights.fill(0.0);
        for _ in 0..rows {
            self.weights[rng.below(rows)] += 1.0;
        }
        let mut end = 0;
        for (column, sorted) in self.columns.iter().zip(self.sorted[0].chunks_exact_mut(rows)) {
            end = 0;
            for &row in &column.row_at {
                sorted[end] = row;
                end += usize::from(self.weights[row as usize] > 0.0);
            }
        }
        end
    }

    fn opened(&self, node: usize, rows: Range<usize>, depth: usize) -> Open {
        let (mut weight, mut sum) = (0.0, 0.0);
        for &row in &self.sorted[depth % 2][rows.clone()] {
            weight += self.weights[row as usize];
            sum += self.weights[row as usize] * self.numbers[row as usize];
        }
        Open { node, rows, depth, weight, sum }
    }

    /// The cut among random columns that leaves least error; the first drawn of equally good ones. Constant columns
    /// count, but one that is not constant is always among them.
    fn best_cut(&mut self, open: &Open, rng: &mut Rng) -> Option<Cut> {
        let mut best: Option<Cut> = None;
        let mut found = false;
        for visited in 0..self.column_order.len() {
            if visited >= self.features && found {
                break;
            }
            let other = visited + rng.below(self.column_order.len() - visited);
            self.column_order.swap(visited, other);
            let column = self.column_order[visited] as usize;
            let first = column * self.numbers.len();
            let rows = &self.sorted[open.depth % 2][first + open.rows.start..first + open.rows.end];
            if !self.columns[column].differ(rows[0], rows[rows.len() - 1]) {
                continue;
            }
            found = true;
            let least = best.as_ref().map_or(open.sum * open.sum / open.weight, |cut| cut.worth);
            if let Some((left, worth)) = self.scan(open, rows, column, least) {
                best = Some(Cut { column, left, worth });
            }
        }
        best
    }

    /// The first of the best cuts between different values that is worth more than `least`.
    fn scan(&self, open: &Open, rows: &[u32], column: usize, least: f64) -> Option<(usize, f64)> {
        let (mut weight, mut sum) = (0.0, 0.0);
        let (mut best, mut most) = (None, least);
        for (at, pair) in rows.windows(2).enumerate() {
            let row = pair[0] as usize;
            weight += self.weights[row];
            sum += self.weights[row] * self.numbers[row];
            let left = at + 1;
            if left < self.min_leaf || rows.len() - left < self.min_leaf {
                continue;
            }
            let rest = open.sum - sum;
            let worth = sum * sum / weight + rest * rest / (open.weight - weight);
            if worth > most && self.columns[column].differ(pair[0], pair[1]) {
                (best, most) = (Some((left, worth)), worth);
            }
        }
        best
    }

    /// Divides a node; its two children, the right one first.
    fn split(&mut self, open: &Open, cut: &Cut, tree: &mut Tree) -> [Open; 2] {
        tree.importances[cut.column] += cut.worth - open.sum * open.sum / open.weight;
        let count = self.numbers.len();
        let middle = open.rows.start + cut.left;
        let [even, odd] = &mut self.sorted;
        let (from, to) = if open.depth.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        let ordered = &from[cut.column * count..][open.rows.clone()];
        let values = self.columns[cut.column].values;
        let threshold = between(values[ordered[cut.left - 1] as usize], values[ordered[cut.left] as usize]);
        for (at, &row) in ordered.iter().enumerate() {
            self.goes_left[row as usize] = at < cut.left;
        }
        for (from, to) in from.chunks_exact(count).zip(to.chunks_exact_mut(count)) {
            divide_stably(&from[open.rows.clone()], &mut to[open.rows.clone()], &self.goes_left, cut.left);
        }
        let left = tree.set_split(open.node, cut.column, threshold);
        let depth = open.depth + 1;
        [
            self.opened(left + 1, middle..open.rows.end, depth),
            self.opened(left, open.rows.start..middle, depth),
        ]
    }
}

impl RankedColumn<'_> {
    /// Whether two rows, the first of them earlier in the order, have different values.
    fn differ(&self, row: u32, later: u32) -> bool {
        self.values[row as usize] < self.values[later as usize]
    }
}

impl Tree {
    /// Makes `node` a leaf that answers with a mean.
    fn set_mean(&mut self, node: usize, mean: f64) {
        self.nodes[node] = Node::Mixed { shares_at: self.shares.len() as u32 };
        self.shares.push(mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FeaturesPerSplit;
    use crate::metrics::r2;

    fn table(rows: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut rng = Seed::named("regress").rng();
        let columns: Vec<Vec<f64>> = (0..4).map(|_| (0..rows).map(|_| rng.normal()).collect()).collect();
        let number = |row: usize| columns[0][row] + if columns[1][row] > 0.3 { 2.0 } else { 0.0 };
        let numbers = (0..rows).map(number).collect();
        (columns, numbers)
    }

    #[test]
    fn a_forest_learns_a_slope_and_a_step_and_names_their_columns() {
        let (columns, numbers) = table(900);
        let part = |from: usize, to: usize| -> Vec<Vec<f64>> {
            columns.iter().map(|column| column[from..to].to_vec()).collect()
        };
        let (taught, asked) = (part(0, 600), part(600, 900));
        let config = ForestConfig { trees: 60, ..ForestConfig::rf200_of_numbers(Seed::named("forest")) };
        let forest = ForestRegressor::fit(&Frame::new(&taught).unwrap(), &numbers[..600], &config).unwrap();
        let predicted = forest.predict(&Frame::new(&asked).unwrap());
        let score = r2(&numbers[600..], &predicted);
        assert!(score > 0.9, "{score}");
        let importances = forest.importances();
        assert!(importances[0] + importances[1] > 0.8, "{importances:?}");
        let threaded = ForestConfig { threads: 3, ..config };
        let again = ForestRegressor::fit(&Frame::new(&taught).unwrap(), &numbers[..600], &threaded).unwrap();
        assert_eq!(again.predict(&Frame::new(&asked).unwrap()), predicted);
    }

    #[test]
    fn one_full_tree_on_all_columns_says_what_it_was_taught() {
        let (columns, numbers) = table(80);
        let frame = Frame::new(&columns).unwrap();
        let config = ForestConfig {
            trees: 400,
            features_per_split: FeaturesPerSplit::All,
            ..ForestConfig::rf200_of_numbers(Seed::named("forest"))
        };
        let forest = ForestRegressor::fit(&frame, &numbers, &config).unwrap();
        assert!(r2(&numbers, &forest.predict(&frame)) > 0.95);
        let flat = ForestRegressor::fit(&frame, &[2.5; 80], &config).unwrap();
        assert!(flat.predict(&frame).iter().all(|number| (number - 2.5).abs() < 1e-12));
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let columns = [vec![1.0, 2.0]];
        let frame = Frame::new(&columns).unwrap();
        let config = ForestConfig::rf200_of_numbers(Seed::named("forest"));
        let refused = |numbers: &[f64]| ForestRegressor::fit(&frame, numbers, &config).unwrap_err();
        assert_eq!(refused(&[1.0]), LearnError::LabelCount { rows: 2, labels: 1 });
        assert_eq!(refused(&[1.0, f64::NAN]), LearnError::NumberNotFinite { row: 1 });
    }
}
