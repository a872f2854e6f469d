//! Gradient boosting of shallow trees over binned columns, for two classes: small, exact and without a draw.

use crate::LearnError;
use crate::frame::{Frame, check_labels, check_numbers};
use crate::logistic::sigmoid;

/// How it is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoostingConfig {
    /// Trees.
    pub rounds: usize,
    /// What each tree's answer is multiplied by, in `(0, 1]`.
    pub learning_rate: f64,
    /// Splits from the root to a leaf at most.
    pub depth: usize,
    /// Rows of a leaf at least.
    pub leaf_min: usize,
    /// Added to the curvature of a leaf: a ridge on its answer.
    pub ridge: f64,
}

impl BoostingConfig {
    /// For a thousand rows: 80 trees of depth 3, rate 0.08, 20 rows a leaf, ridge 1.
    pub fn small() -> Self {
        Self { rounds: 80, learning_rate: 0.08, depth: 3, leaf_min: 20, ridge: 1.0 }
    }
}

/// A fitted model of two classes.
#[derive(Clone, Debug)]
pub struct Boosting {
    base: f64,
    trees: Vec<Tree>,
}

/// A fitted model of a number: each tree takes a part of what the ones before it left.
#[derive(Clone, Debug)]
pub struct BoostedRegressor(Boosting);

/// Nodes by index; the root is 0.
#[derive(Clone, Debug)]
struct Tree(Vec<Node>);

#[derive(Clone, Debug)]
enum Node {
    Leaf(f64),
    /// Values up to the threshold go to the node at `below`, others to the one after it.
    Split {
        column: usize,
        threshold: f64,
        below: usize,
    },
}

/// Bins of a column at most.
const BINS_MAX: usize = 64;
/// A split that gains less than this is none.
const GAIN_MIN: f64 = 1e-9;

/// A column as bins.
struct Binned {
    bins: Vec<u8>,
    /// The greatest value of each bin but the last.
    thresholds: Vec<f64>,
}

impl Boosting {
    /// Fits to labels of which class 1 is the positive one.
    ///
    /// # Errors
    /// Labels that are not one of 0 and 1 for each row.
    pub fn fit(frame: &Frame<'_>, labels: &[u32], config: &BoostingConfig) -> Result<Self, LearnError> {
        check_labels(frame.rows(), labels, 2)?;
        let columns: Vec<Binned> = frame.columns().iter().map(|column| Binned::new(column)).collect();
        let rows = labels.len() as f64;
        let positives = labels.iter().filter(|label| **label == 1).count() as f64;
        let share = ((positives + 0.5) / (rows + 1.0)).clamp(1e-6, 1.0 - 1e-6);
        let base = libm::log(share / (1.0 - share));
        let mut scores = vec![base; labels.len()];
        let mut trees = Vec::with_capacity(config.rounds);
        for _ in 0..config.rounds {
            let slopes: Vec<(f64, f64)> = scores
                .iter()
                .zip(labels)
                .map(|(score, label)| {
                    let p = sigmoid(*score);
                    (f64::from(*label) - p, p * (1.0 - p))
                })
                .collect();
            let grower = Grower { columns: &columns, slopes: &slopes, config };
            trees.push(grower.grow(&mut scores));
        }
        Ok(Self { base, trees })
    }

    /// The probability of class 1 for each row.
    pub fn predict_proba(&self, frame: &Frame<'_>) -> Vec<f64> {
        (0..frame.rows()).map(|row| sigmoid(self.score(frame.columns(), row))).collect()
    }

    fn score(&self, columns: &[Vec<f64>], row: usize) -> f64 {
        self.base + self.trees.iter().map(|tree| tree.answer(columns, row)).sum::<f64>()
    }
}

impl BoostedRegressor {
    /// Fits to one finite number for every row.
    ///
    /// # Errors
    /// Numbers that do not fit the rows or are not finite.
    pub fn fit(frame: &Frame<'_>, numbers: &[f64], config: &BoostingConfig) -> Result<Self, LearnError> {
        check_numbers(frame.rows(), numbers)?;
        let columns: Vec<Binned> = frame.columns().iter().map(|column| Binned::new(column)).collect();
        let base = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let mut scores = vec![base; numbers.len()];
        let mut trees = Vec::with_capacity(config.rounds);
        for _ in 0..config.rounds {
            // Half the squared error: its slope is what is left, its curvature 1.
            let slopes: Vec<(f64, f64)> =
                scores.iter().zip(numbers).map(|(score, number)| (number - score, 1.0)).collect();
            trees.push(Grower { columns: &columns, slopes: &slopes, config }.grow(&mut scores));
        }
        Ok(Self(Boosting { base, trees }))
    }

    /// The number for each row.
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<f64> {
        (0..frame.rows()).map(|row| self.0.score(frame.columns(), row)).collect()
    }
}

impl Tree {
    fn answer(&self, columns: &[Vec<f64>], row: usize) -> f64 {
        let mut at = 0;
        loop {
            match self.0[at] {
                Node::Leaf(answer) => return answer,
                Node::Split { column, threshold, below } => {
                    at = below + usize::from(columns[column][row] > threshold);
                }
            }
        }
    }
}

impl Binned {
    /// Bins of about equal mass, cut halfway between neighbouring values.
    fn new(column: &[f64]) -> Self {
        let mut values = column.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        let mut thresholds: Vec<f64> = Vec::new();
        for cut in 1..BINS_MAX {
            let at = cut * values.len() / BINS_MAX;
            // The first place from here on at which the value grows.
            if let Some(next) = (at.max(1)..values.len()).find(|&place| values[place] > values[place - 1]) {
                let threshold = 0.5 * (values[next - 1] + values[next]);
                if thresholds.last().is_none_or(|last| *last < threshold) {
                    thresholds.push(threshold);
                }
            }
        }
        let bins = column.iter().map(|value| thresholds.partition_point(|cut| cut < value) as u8).collect();
        Self { bins, thresholds }
    }
}

/// A split: what it gains, the column, the last bin below.
type Cut = (f64, usize, usize);

struct Grower<'a> {
    columns: &'a [Binned],
    /// Gradient and curvature of each row.
    slopes: &'a [(f64, f64)],
    config: &'a BoostingConfig,
}

impl Grower<'_> {
    /// Grows a tree and adds its answers to the scores.
    fn grow(&self, scores: &mut [f64]) -> Tree {
        let mut nodes = vec![Node::Leaf(0.0)];
        let mut open = vec![(0, (0..self.slopes.len()).collect::<Vec<usize>>(), 0)];
        while let Some((at, rows, depth)) = open.pop() {
            let cut = if depth < self.config.depth { self.best(&rows) } else { None };
            if let Some((_, column, bin)) = cut {
                let below = nodes.len();
                let threshold = self.columns[column].thresholds[bin];
                nodes[at] = Node::Split { column, threshold, below };
                nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
                let bins = &self.columns[column].bins;
                let (lower, upper) = rows.into_iter().partition(|&row| usize::from(bins[row]) <= bin);
                open.extend([(below, lower, depth + 1), (below + 1, upper, depth + 1)]);
            } else {
                let (gradient, curvature) = self.sums(&rows);
                let answer = self.config.learning_rate * gradient / (curvature + self.config.ridge);
                nodes[at] = Node::Leaf(answer);
                for &row in &rows {
                    scores[row] += answer;
                }
            }
        }
        Tree(nodes)
    }

    fn sums(&self, rows: &[usize]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(gradient, curvature), &row| {
            (gradient + self.slopes[row].0, curvature + self.slopes[row].1)
        })
    }

    fn best(&self, rows: &[usize]) -> Option<Cut> {
        let (gradient, curvature) = self.sums(rows);
        let ridge = self.config.ridge;
        let worth = |gradient: f64, curvature: f64| gradient * gradient / (curvature + ridge);
        let whole = worth(gradient, curvature);
        let mut best: Option<Cut> = None;
        for (number, column) in self.columns.iter().enumerate() {
            let mut histogram = [(0.0, 0.0, 0_usize); BINS_MAX];
            for &row in rows {
                let bin = &mut histogram[usize::from(column.bins[row])];
                bin.0 += self.slopes[row].0;
                bin.1 += self.slopes[row].1;
                bin.2 += 1;
            }
            let (mut slope, mut bend, mut count) = (0.0, 0.0, 0);
            for (bin, sums) in histogram.iter().enumerate().take(column.thresholds.len()) {
                slope += sums.0;
                bend += sums.1;
                count += sums.2;
                if count < self.config.leaf_min || rows.len() - count < self.config.leaf_min {
                    continue;
                }
                let gain = worth(slope, bend) + worth(gradient - slope, curvature - bend) - whole;
                if gain > best.map_or(GAIN_MIN, |(gain, ..)| gain) {
                    best = Some((gain, number, bin));
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::metrics::auroc;

    fn draw(rows: usize, name: &str) -> (Vec<Vec<f64>>, Vec<u32>, Vec<bool>) {
        let mut rng = Seed::named(name).rng();
        let columns: Vec<Vec<f64>> = (0..3).map(|_| (0..rows).map(|_| rng.normal()).collect()).collect();
        let labels: Vec<u32> = (0..rows)
            .map(|row| u32::from(rng.chance(sigmoid(3.0 * columns[0][row] * columns[1][row]))))
            .collect();
        let truth = labels.iter().map(|label| *label == 1).collect();
        (columns, labels, truth)
    }

    #[test]
    fn it_learns_a_product_that_no_line_can() {
        let (columns, labels, _) = draw(3_000, "boosting/train");
        let frame = Frame::new(&columns).unwrap();
        let model = Boosting::fit(&frame, &labels, &BoostingConfig::small()).unwrap();
        let (columns, _, truth) = draw(3_000, "boosting/test");
        let probabilities = model.predict_proba(&Frame::new(&columns).unwrap());
        assert!(auroc(&truth, &probabilities).unwrap() > 0.82);
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn a_constant_column_and_a_single_class_are_answered_by_the_share() {
        let columns = [vec![1.0; 50]];
        let frame = Frame::new(&columns).unwrap();
        let labels: Vec<u32> = (0..50).map(|row| u32::from(row < 10)).collect();
        let model = Boosting::fit(&frame, &labels, &BoostingConfig::small()).unwrap();
        assert!(model.predict_proba(&frame).iter().all(|p| (p - 0.2).abs() < 0.01));
        let model = Boosting::fit(&frame, &[1; 50], &BoostingConfig::small()).unwrap();
        assert!(model.predict_proba(&frame).iter().all(|p| *p > 0.97));
        assert!(Boosting::fit(&frame, &[3; 50], &BoostingConfig::small()).is_err());
    }

    #[test]
    fn numbers_are_boosted_from_their_mean() {
        let (columns, _, _) = draw(2_000, "boosting/train");
        let numbers: Vec<f64> = (0..2_000).map(|row| 5.0 + 2.0 * columns[0][row] * columns[1][row]).collect();
        let config = BoostingConfig { depth: 4, rounds: 150, ..BoostingConfig::small() };
        let model = BoostedRegressor::fit(&Frame::new(&columns).unwrap(), &numbers, &config).unwrap();
        let (asked, _, _) = draw(1_000, "boosting/test");
        let truth: Vec<f64> = (0..1_000).map(|row| 5.0 + 2.0 * asked[0][row] * asked[1][row]).collect();
        let score = crate::metrics::r2(&truth, &model.predict(&Frame::new(&asked).unwrap()));
        assert!(score > 0.85, "{score}");
        assert!(BoostedRegressor::fit(&Frame::new(&asked).unwrap(), &[1.0], &config).is_err());
    }

    #[test]
    fn bins_keep_the_order_of_the_values() {
        let column: Vec<f64> = (0..500).map(|row| f64::from((row * 37) % 101)).collect();
        let binned = Binned::new(&column);
        for (value, bin) in column.iter().zip(&binned.bins) {
            let bin = usize::from(*bin);
            assert!(bin == 0 || binned.thresholds[bin - 1] < *value);
            assert!(bin == binned.thresholds.len() || *value <= binned.thresholds[bin]);
        }
    }
}
