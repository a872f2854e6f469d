//! The forest against scikit-learn's over many seeds, and its own bits.

use envy_core::{Digest, Seed};
use envy_learn::{FeaturesPerSplit, Forest, ForestConfig, Frame, metrics};

use crate::tables::{ALL, TEST, TEST_ROWS, TRAIN, Table, figures};

/// Forests per comparison, and how many the golden figures are the mean of.
const SEEDS: usize = 24;
const GOLDEN_SEEDS: usize = 60;
const TREES: usize = 60;

/// The settings of the golden figures, by name.
fn kinds(seed: Seed) -> [(&'static str, ForestConfig); 4] {
    let full = ForestConfig { trees: TREES, ..ForestConfig::rf200(seed) };
    [
        ("full", full.clone()),
        ("shallow", ForestConfig { max_depth: Some(4), ..full.clone() }),
        ("wide_leaves", ForestConfig { min_leaf: 7, ..full.clone() }),
        ("all_columns", ForestConfig { features_per_split: FeaturesPerSplit::All, ..full }),
    ]
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// Accuracy, mean squared error of the shares, AUROC of the last class, importance of the first column.
fn score(forest: &Forest, test: &Table) -> [f64; 4] {
    let classes = forest.classes();
    let frame = Frame::new(&test.columns).unwrap();
    let shares = forest.predict_proba(&frame);
    let squared: f64 = shares
        .iter()
        .enumerate()
        .map(|(at, share)| {
            let hit = test.labels[at / classes] as usize == at % classes;
            (share - f64::from(u8::from(hit))) * (share - f64::from(u8::from(hit)))
        })
        .sum();
    let last: Vec<bool> = test.labels.iter().map(|&label| label as usize == classes - 1).collect();
    let scores: Vec<f64> = shares.chunks_exact(classes).map(|row| row[classes - 1]).collect();
    [
        metrics::accuracy(&test.labels, &forest.predict(&frame)),
        squared / shares.len() as f64,
        metrics::auroc(&last, &scores).unwrap(),
        forest.importances()[0],
    ]
}

#[test]
fn forests_score_as_scikit_learns_do_within_the_noise_of_seeds() {
    let figures = figures();
    for (name, classes, rows, columns) in ALL {
        let train = Table::new(classes, rows, columns, TRAIN);
        let test = Table::new(classes, TEST_ROWS, columns, TEST);
        let frame = Frame::new(&train.columns).unwrap();
        for (at, (kind, _)) in kinds(Seed::named("kinds")).iter().enumerate() {
            let scores: Vec<[f64; 4]> = (0..SEEDS)
                .map(|seed| {
                    let seed = Seed::named("parity").derive(&format!("{name}/{kind}/{seed}"));
                    let config = kinds(seed)[at].1.clone();
                    score(&Forest::fit(&frame, &train.labels, classes, &config).unwrap(), &test)
                })
                .collect();
            for (column, metric) in
                ["accuracy", "squared_error", "auroc", "first_importance"].into_iter().enumerate()
            {
                let values: Vec<f64> = scores.iter().map(|score| score[column]).collect();
                let (mean, deviation) = spread(&values);
                let figure = &figures[format!("forest/{name}/{kind}/{metric}").as_str()];
                let noise = (deviation * deviation / SEEDS as f64
                    + figure[1] * figure[1] / GOLDEN_SEEDS as f64)
                    .sqrt();
                let error = (mean - figure[0]) / noise;
                assert!(
                    error.abs() < 4.0,
                    "{name} {kind} {metric}: {mean} is {error:.1} errors from {}",
                    figure[0]
                );
            }
        }
    }
}

/// Digest of the bits of the predictions and importances of one forest per table and setting.
fn digest(threads: usize) -> String {
    let mut bytes = Vec::new();
    for (name, classes, rows, columns) in ALL {
        let train = Table::new(classes, rows, columns, TRAIN);
        let test = Table::new(classes, TEST_ROWS, columns, TEST);
        for (_, config) in kinds(Seed::named("digest").derive(name)) {
            let config = ForestConfig { threads, trees: 20, ..config };
            let forest =
                Forest::fit(&Frame::new(&train.columns).unwrap(), &train.labels, classes, &config).unwrap();
            let shares = forest.predict_proba(&Frame::new(&test.columns).unwrap());
            for number in shares.iter().chain(forest.importances()) {
                bytes.extend(number.to_bits().to_le_bytes());
            }
        }
    }
    Digest::of(&bytes).as_str().to_owned()
}

#[test]
fn predictions_have_the_same_bits_everywhere_and_on_any_number_of_threads() {
    let expected = include_str!("golden/forest_digest.txt").trim();
    for threads in [1, 2, 3, 50] {
        assert_eq!(digest(threads), expected, "on {threads} threads; moved bits change every verdict");
    }
}

#[test]
fn equal_columns_rare_classes_and_single_rows_are_leaves_not_failures() {
    let config = ForestConfig { trees: 5, ..ForestConfig::rf200(Seed::named("edges")) };
    let check = |columns: &[Vec<f64>], labels: &[u32], expected: &[f64]| {
        let frame = Frame::new(columns).unwrap();
        let forest = Forest::fit(&frame, labels, 3, &config).unwrap();
        let shares = forest.predict_proba(&frame);
        assert_eq!(&shares[..3], expected);
        assert_eq!(forest.importances(), vec![0.0; columns.len()]);
    };
    check(&[vec![4.0]], &[2], &[0.0, 0.0, 1.0]);
    check(&[vec![-0.0, 0.0, 0.0], vec![7.0; 3]], &[1, 1, 1], &[0.0, 1.0, 0.0]);
    let twin = [vec![-0.0, 0.0, 0.0, -0.0]];
    let forest = Forest::fit(&Frame::new(&twin).unwrap(), &[0, 1, 0, 1], 2, &config).unwrap();
    assert_eq!(forest.importances(), [0.0], "zeros of both signs are equal");
}

#[test]
fn neighbouring_doubles_are_told_apart() {
    let low = 1.0;
    let high = f64::from_bits(1.0_f64.to_bits() + 1);
    let columns = [vec![low, low, low, high, high, high]];
    let frame = Frame::new(&columns).unwrap();
    let config = ForestConfig { trees: 50, ..ForestConfig::rf200(Seed::named("neighbours")) };
    let forest = Forest::fit(&frame, &[0, 0, 0, 1, 1, 1], 2, &config).unwrap();
    assert_eq!(forest.predict(&frame), [0, 0, 0, 1, 1, 1]);
}
