//! A random forest for classification as scikit-learn's `RandomForestClassifier` defines it, in our own bits.
//!
//! Every tree grows on a bootstrap sample, takes the best Gini split among a few random columns at every node,
//! and answers with the class shares of the leaf; the forest answers with the mean of its trees. Only
//! `+ - * /` and comparisons touch a float, in an order that depends on nothing but the input, so that equal
//! inputs give equal bits on every machine and with any number of threads.

mod grow;
mod predict;
mod ranks;
mod regress;
mod split;

use envy_core::Seed;

use crate::frame::check_labels;
use crate::{Frame, LearnError, metrics};
use grow::Grower;
use ranks::rank;

pub use regress::ForestRegressor;

/// How a forest is grown.
#[derive(Clone, Debug)]
pub struct ForestConfig {
    /// Number of trees, at least 1.
    pub trees: usize,
    /// How many columns compete at a node.
    pub features_per_split: FeaturesPerSplit,
    /// Least number of different rows in a leaf, at least 1.
    pub min_leaf: usize,
    /// Splits between the root and a leaf at most; `None` grows until leaves are pure.
    pub max_depth: Option<usize>,
    /// Threads to fit and to predict with, at least 1. Results do not depend on it.
    pub threads: usize,
    /// Where the bootstrap samples and the columns of every node come from.
    pub seed: Seed,
}

impl ForestConfig {
    /// The default fixed model of a grader: 200 full trees over the square root of the columns, on one thread.
    pub fn rf200(seed: Seed) -> Self {
        Self {
            trees: 200,
            features_per_split: FeaturesPerSplit::Sqrt,
            min_leaf: 1,
            max_depth: None,
            threads: 1,
            seed,
        }
    }

    /// The default fixed model of a grader for numbers: 200 full trees over a third of the columns, on one thread.
    ///
    /// Breiman's default for regression; scikit-learn's `RandomForestRegressor(200, max_features=1/3)`.
    pub fn rf200_of_numbers(seed: Seed) -> Self {
        Self { features_per_split: FeaturesPerSplit::Third, ..Self::rf200(seed) }
    }
}

/// How many columns compete at a node. Constant ones count, but one that is not constant is always among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeaturesPerSplit {
    /// The square root of the number of columns, rounded down, at least 1.
    Sqrt,
    /// A third of the columns, rounded down, at least 1.
    Third,
    /// All columns.
    All,
    /// This many, or all where there are fewer; at least 1.
    Count(usize),
}

impl FeaturesPerSplit {
    fn of(self, columns: usize) -> usize {
        match self {
            Self::Sqrt => columns.isqrt(),
            Self::Third => (columns / 3).max(1),
            Self::All => columns,
            Self::Count(count) => count.clamp(1, columns),
        }
    }
}

/// A fitted forest.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
    classes: usize,
    columns: usize,
    threads: usize,
    importances: Vec<f64>,
}

/// One tree as a flat array, its root first.
#[derive(Clone, Debug)]
struct Tree {
    nodes: Vec<Node>,
    /// Class shares of the mixed leaves, `classes` numbers for each.
    shares: Vec<f64>,
    /// Gini decrease by column, summing to 1 unless the tree is a single leaf.
    importances: Vec<f64>,
}

/// A node of a tree.
#[derive(Clone, Copy, Debug)]
enum Node {
    /// Rows with `value <= threshold` go to the node `left`, others to `left + 1`.
    Split { column: u32, left: u32, threshold: f64 },
    /// Only this class was seen here.
    Pure { class: u32 },
    /// The shares of this leaf start at this place of the tree's.
    Mixed { shares_at: u32 },
}

impl Forest {
    /// Grows a forest on `frame` with one label below `classes` for every row.
    ///
    /// # Errors
    /// Labels that do not fit the rows or the classes.
    ///
    /// # Panics
    /// `config` asks for no trees, no rows in a leaf or no threads.
    pub fn fit(
        frame: &Frame<'_>,
        labels: &[u32],
        classes: usize,
        config: &ForestConfig,
    ) -> Result<Self, LearnError> {
        assert!(config.trees > 0 && config.min_leaf > 0 && config.threads > 0, "a forest needs 1 of each");
        check_labels(frame.rows(), labels, classes)?;
        let columns = rank(frame);
        let trees = in_chunks(config.trees, config.threads, |numbers| {
            let mut grower = Grower::new(&columns, labels, classes, config);
            numbers.map(|number| grower.grow(&config.seed.derive(&format!("tree/{number}")))).collect()
        });
        let columns = frame.columns().len();
        let importances = mean_importances(&trees, columns);
        Ok(Self { trees, classes, columns, threads: config.threads, importances })
    }

    /// The most probable class of every row; of equally probable ones, the first.
    ///
    /// # Panics
    /// As [`Forest::predict_proba`].
    pub fn predict(&self, frame: &Frame<'_>) -> Vec<u32> {
        metrics::most_probable(&self.predict_proba(frame), self.classes)
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Mean decrease of Gini impurity by column. Sums to 1, or to 0 when no tree could split.
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }
}

/// The mean over trees, brought to a sum of 1.
fn mean_importances(trees: &[Tree], columns: usize) -> Vec<f64> {
    let mut means = vec![0.0; columns];
    for tree in trees {
        for (mean, importance) in means.iter_mut().zip(&tree.importances) {
            *mean += importance;
        }
    }
    to_sum_one(&mut means);
    means
}

/// Divides by the sum, unless that is 0.
fn to_sum_one(shares: &mut [f64]) {
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        for share in shares {
            *share /= sum;
        }
    }
}

/// The results of `0..count` in order, computed in contiguous pieces on at most `threads` threads.
fn in_chunks<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(std::ops::Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    let threads = threads.min(count);
    if threads <= 1 {
        return work(0..count);
    }
    let bounds = |piece: usize| piece * count / threads;
    std::thread::scope(|scope| {
        let work = &work;
        let pieces: Vec<_> =
            (0..threads).map(|piece| scope.spawn(move || work(bounds(piece)..bounds(piece + 1)))).collect();
        pieces
            .into_iter()
            .flat_map(|piece| piece.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
