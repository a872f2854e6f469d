//! Draws the terms: round-robin over the used columns, decaying weights, until the node count is met.
//!
//! Limits, measured with forests on 350 to 1400 rows: a sine of one column stays learnable up to 3 cycles over four
//! standard deviations, of a mix of two up to 1; a product of signs up to order 2. Nothing here goes beyond them.

use std::f64::consts::PI;

use envy_core::{Rng, Seed};

use super::expression::{Expression, Function, Input, Values, six_digits};
use super::module::{fixed_nodes_of, nodes_of};
use super::{DynamicsError, DynamicsSpec, NODE_TOLERANCE, NODES_MAX, Term};

/// Cycles of a sine over plus and minus two standard deviations, alone.
const CYCLES_MAX: f64 = 3.0;
/// The same, inside a product.
const CYCLES_MAX_IN_PRODUCT: f64 = 1.0;
/// How often a term is a product of two columns.
const PRODUCT_SHARE: f64 = 0.25;
/// Weight of a term relative to the one a third of a round before it.
const DECAY: f64 = 0.85;
/// No weight is less.
const WEIGHT_MIN: f64 = 0.25;
/// An interquartile range in standard deviations of a normal.
const IQR_OF_NORMAL: f64 = 1.349;
/// The most levels that one condition names.
const LEVELS_MAX: usize = 4;
/// A level is nameable if at least this share of rows has it.
const LEVEL_SHARE_MIN: f64 = 0.02;

/// A column the label may use, with what scales it.
pub(super) enum Feature {
    /// A number: its median and robust standard deviation.
    Number { name: String, median: f64, scale: f64 },
    /// A category: the levels that a condition may name, most frequent first, with their shares.
    Category { name: String, levels: Vec<(String, f64)> },
}

impl Feature {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Number { name, .. } | Self::Category { name, .. } => name,
        }
    }

    /// What the column's rows say of it; nothing if it is constant.
    fn of(input: &Input) -> Option<Self> {
        let name = input.name.to_owned();
        match &input.values {
            Values::Numbers(numbers) => {
                let (median, scale) = robust_scale(numbers)?;
                Some(Self::Number { name, median, scale })
            }
            Values::Levels { codes, names } => {
                let mut counts = vec![0usize; names.len()];
                for code in codes.iter().flatten() {
                    counts[*code as usize] += 1;
                }
                let share = |count: usize| count as f64 / codes.len().max(1) as f64;
                let mut levels: Vec<(String, f64)> = names
                    .iter()
                    .zip(counts)
                    .map(|(name, count)| (name.clone(), share(count)))
                    .filter(|(_, share)| (LEVEL_SHARE_MIN..=1.0 - LEVEL_SHARE_MIN).contains(share))
                    .collect();
                levels.sort_by(|a, b| b.1.total_cmp(&a.1));
                (!levels.is_empty()).then_some(Self::Category { name, levels })
            }
        }
    }
}

/// Median and interquartile range over 1.349, or the standard deviation where half the rows are equal.
fn robust_scale(numbers: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[(((sorted.len() - 1) as f64) * share) as usize];
    let mut scale = (at(0.75) - at(0.25)) / IQR_OF_NORMAL;
    if scale <= 0.0 {
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let squares: f64 = sorted.iter().map(|number| (number - mean) * (number - mean)).sum();
        scale = (squares / sorted.len() as f64).sqrt();
    }
    (scale > 0.0 && scale.is_finite()).then(|| (at(0.5), scale))
}

/// Chooses the used columns, a number first, the rest in random order.
pub(super) fn choose(
    seed: &Seed,
    spec: &DynamicsSpec,
    sample: &[Input],
) -> Result<Vec<Feature>, DynamicsError> {
    if spec.used <= spec.categories {
        return Err(DynamicsError::NoNumbers);
    }
    let mut rng = seed.rng();
    let (mut numbers, mut categories): (Vec<_>, Vec<_>) =
        sample.iter().filter_map(Feature::of).partition(|feature| matches!(feature, Feature::Number { .. }));
    for (features, wanted, kind) in [
        (&mut numbers, spec.used - spec.categories, "number"),
        (&mut categories, spec.categories, "category"),
    ] {
        if wanted > features.len() {
            return Err(DynamicsError::TooFewColumns { wanted, kind, present: features.len() });
        }
        rng.shuffle(features);
        features.truncate(wanted);
    }
    let mut rest = numbers.split_off(1);
    rest.extend(categories);
    rng.shuffle(&mut rest);
    numbers.extend(rest);
    Ok(numbers)
}

/// Grows the terms until the module's node count is within the tolerance of the one asked for.
///
/// Every step keeps room for the columns that have not appeared yet, each in its smallest term; once all have, the
/// smallest term (20 nodes at most) fits into any gap wider than the tolerance, so the count is always met.
pub(super) fn terms(
    seed: &Seed,
    spec: &DynamicsSpec,
    features: &[Feature],
) -> Result<Vec<Term>, DynamicsError> {
    let mut draw = Draw { rng: seed.rng(), frequency: spec.frequency };
    let fixed = fixed_nodes_of(spec.target);
    let smallest: Vec<usize> =
        features.iter().enumerate().map(|(index, f)| smallest_nodes(index, f)).collect();
    let least = (fixed + smallest.iter().sum::<usize>()).saturating_sub(NODE_TOLERANCE);
    if !(least..=NODES_MAX).contains(&spec.nodes) {
        let used = features.len();
        return Err(DynamicsError::NodesOutOfReach { wanted: spec.nodes, used, least, most: NODES_MAX });
    }
    let ceiling = spec.nodes + NODE_TOLERANCE;
    let mut count = fixed;
    let mut terms: Vec<Term> = Vec::new();
    while terms.len() < features.len() || count + NODE_TOLERANCE < spec.nodes {
        let index = terms.len();
        let reserved: usize = smallest.iter().skip(index + 1).sum();
        let weight = draw.weight(index, features.len());
        let fits = |term: &Term| count + nodes_of(index, term) + reserved <= ceiling;
        let wanted = Term { weight, factors: draw.factors(index, features) };
        let term = if fits(&wanted) {
            wanted
        } else {
            Term { weight, factors: vec![draw.smallest(index, &features[index % features.len()])] }
        };
        count += nodes_of(index, &term);
        terms.push(term);
    }
    Ok(terms)
}

/// The nodes of the smallest term of a column; its numbers do not matter.
fn smallest_nodes(index: usize, feature: &Feature) -> usize {
    let mut draw = Draw { rng: Seed::named("the size of a term").rng(), frequency: 1.0 };
    // The first weight may be negative, which costs two nodes that no other weight costs.
    let weight = if index == 0 { -1.0 } else { 1.0 };
    nodes_of(index, &Term { weight, factors: vec![draw.smallest(index, feature)] })
}

/// What a term is drawn with.
struct Draw {
    rng: Rng,
    frequency: f64,
}

impl Draw {
    /// The weight of the `index`-th term: decaying by rounds over the columns, of random sign.
    fn weight(&mut self, index: usize, used: usize) -> f64 {
        let decayed = libm::pow(DECAY, 3.0 * index as f64 / used as f64).max(WEIGHT_MIN);
        let weight = six_digits(decayed * self.rng.between(0.9, 1.1));
        if self.rng.chance(0.5) { -weight } else { weight }
    }

    /// One function of the column whose turn it is, or a product with one of another column.
    fn factors(&mut self, index: usize, features: &[Feature]) -> Vec<Expression> {
        let turn = index % features.len();
        if features.len() < 2 || !self.rng.chance(PRODUCT_SHARE) {
            return vec![self.single(index, &features[turn], CYCLES_MAX)];
        }
        let other = (turn + 1 + self.rng.below(features.len() - 1)) % features.len();
        vec![
            self.single(index, &features[turn], CYCLES_MAX_IN_PRODUCT),
            self.single(index, &features[other], CYCLES_MAX_IN_PRODUCT),
        ]
    }

    /// A random bounded function of one column.
    fn single(&mut self, index: usize, feature: &Feature, cycles_max: f64) -> Expression {
        let Feature::Number { name, median, scale } = feature else {
            return self.member(feature, LEVELS_MAX);
        };
        let (function, slope) = match self.rng.below(if index == 0 { 4 } else { 5 }) {
            0 => (Function::Tanh, self.rng.between(0.6, 1.6)),
            1 => (Function::Bump, self.rng.between(0.5, 1.2)),
            2 => {
                let cycles = (self.rng.between(0.4, 1.0) * self.frequency).min(cycles_max);
                (Function::Sin, cycles * PI / 2.0)
            }
            3 => (Function::Clip, self.rng.between(0.6, 1.4)),
            _ => return self.sign(name, *median, *scale),
        };
        Expression::Call(function, Box::new(Expression::scaled(name, *median, slope / scale)))
    }

    /// The smallest term of a column. The first stays smooth: signs alone give too few distinct scores.
    fn smallest(&mut self, index: usize, feature: &Feature) -> Expression {
        match feature {
            Feature::Number { name, median, scale } if index == 0 => {
                let slope = self.rng.between(0.6, 1.6) / scale;
                Expression::Call(Function::Tanh, Box::new(Expression::scaled(name, *median, slope)))
            }
            Feature::Number { name, median, scale } => self.sign(name, *median, *scale),
            Feature::Category { .. } => self.member(feature, 1),
        }
    }

    /// Above or below a threshold near the middle.
    fn sign(&mut self, name: &str, median: f64, scale: f64) -> Expression {
        let threshold = median + scale * self.rng.between(-0.8, 0.8);
        Expression::Call(Function::Sign, Box::new(Expression::centred(name, threshold)))
    }

    /// Inside or outside a set of levels that holds about a third of the rows, if so many may be named.
    fn member(&mut self, feature: &Feature, levels_max: usize) -> Expression {
        const SHARE_WANTED: f64 = 0.35;
        let Feature::Category { name, levels } = feature else {
            unreachable!("a condition on levels is drawn for categories alone");
        };
        let mut nameable = levels.clone();
        nameable.truncate(3 * LEVELS_MAX);
        self.rng.shuffle(&mut nameable);
        let mut chosen: Vec<String> = Vec::new();
        let mut share = 0.0;
        // One level is always left out, or the condition would be constant.
        let most = levels_max.min(levels.len().saturating_sub(1)).max(1);
        for (level, level_share) in nameable {
            if share >= SHARE_WANTED || chosen.len() == most {
                break;
            }
            share += level_share;
            chosen.push(level);
        }
        chosen.sort();
        Expression::Member { column: name.clone(), levels: chosen }
    }
}
