//! Neighbours, and every metric on what they predict, against scikit-learn.

use envy_learn::{Frame, Knn, KnnConfig, metrics};

use crate::tables::{ALL, TEST, TEST_ROWS, TRAIN, Table, figures};

#[test]
fn neighbours_and_metrics_agree_with_scikit_learn() {
    let figures = figures();
    for (name, classes, rows, columns) in ALL {
        let train = Table::new(classes, rows, columns, TRAIN);
        let test = Table::new(classes, TEST_ROWS, columns, TEST);
        let frame = Frame::new(&train.columns).unwrap();
        let model = Knn::fit(&frame, &train.labels, classes, KnnConfig::knn15()).unwrap();
        let asked = Frame::new(&test.columns).unwrap();
        let shares = model.predict_proba(&asked);
        let predicted = model.predict(&asked);
        let positive: Vec<bool> = test.labels.iter().map(|&label| label as usize == classes - 1).collect();
        let score: Vec<f64> = shares.chunks_exact(classes).map(|row| row[classes - 1]).collect();
        let number = |label: u32| f64::from(label);
        let truth: Vec<f64> = test.labels.iter().map(|&label| number(label)).collect();
        let expected: Vec<f64> = shares
            .chunks_exact(classes)
            .map(|row| row.iter().zip(0..).map(|(share, class)| share * number(class)).sum())
            .collect();
        for (metric, got) in [
            ("accuracy", metrics::accuracy(&test.labels, &predicted)),
            ("macro_f1", metrics::macro_f1(&test.labels, &predicted)),
            ("auroc", metrics::auroc(&positive, &score).unwrap()),
            ("brier", metrics::brier(&positive, &score)),
            ("log_loss", metrics::log_loss(&test.labels, &shares, classes)),
            ("r2", metrics::r2(&truth, &expected)),
        ] {
            let figure = figures[format!("knn/{name}/{metric}").as_str()][0];
            assert!((got - figure).abs() < 1e-9, "{name} {metric}: {got}, not {figure}");
        }
    }
}
