//! Twin: the generic pipeline of the scripted policies, computed here and without a box, for figures over many tasks.
//!
//! `policies/pipeline.py` and [`Recipe`] read, encode, hold apart and fit alike; only the boosted trees are scikit-learn's
//! there and ours here. What depends on files, batches or order (V4 to V6) holds by construction: the pipeline fits from
//! the rows that it is given and predicts each row from itself. The guide shows how far both agree in real boxes.

use std::collections::BTreeSet;

use envy_core::{GenerateError, Salt, Score, TaskSpec};
use envy_learn::ranking::soft_auroc;

use super::baseline::{Kind, Recipe, Split, strength};
use super::candidate::Candidate;
use super::checks::{Calibration, Measured};
use super::draft::Part;
use super::files::Meta;
use super::frames::Altered;
use super::generate;
use super::knobs::Settings;
use super::plan::CANARY;
use super::policies::{Config, SETTINGS, Sight};
use super::predictions;
use super::report::Report;
use super::score;
use super::world::Rows;

/// The conditions of a pass that are told by the first fit; the estimate and the refit cost six more.
const CHEAP: [&str; 3] = ["V1", "V2", "calibration"];

/// What a policy comes to on one task.
pub struct Outcome {
    /// The policy's name.
    pub policy: &'static str,
    /// The score. Of a pipeline that fails by its first fit the estimate and the refit are not measured.
    pub score: Score,
    /// Its predictions for test.csv would pass on the track `predictions`.
    pub predictions_pass: bool,
}

/// Generates the task of a spec and plays every policy that is a setting of the generic pipeline.
///
/// # Errors
/// Every candidate was rejected.
///
/// # Panics
/// A policy leaves no column to fit on.
pub fn rehearse(spec: &TaskSpec, salt: &Salt) -> Result<Vec<Outcome>, GenerateError> {
    let settings = Settings::new(&spec.knobs);
    let root = spec.root(salt);
    let accepted = generate::accept(&root, &settings, None)?;
    let candidate = &accepted.candidate;
    let meta = generate::meta(candidate, &accepted.passed);
    let altered = Altered::new(candidate, &root.derive("checks"));
    let sight = Sight::new(&generate::brief(candidate, &settings));
    let stage = Stage { candidate, meta: &meta, altered: &altered };
    Ok(SETTINGS
        .iter()
        .map(|setting| {
            let (score, predictions_pass) = stage.play(&(setting.config)(&sight));
            Outcome { policy: setting.name, score, predictions_pass }
        })
        .collect())
}

struct Stage<'a> {
    candidate: &'a Candidate,
    meta: &'a Meta,
    altered: &'a Altered,
}

impl Stage<'_> {
    fn play(&self, config: &Config) -> (Score, bool) {
        let train = self.candidate.part(Part::Train);
        let recipe = recipe(config, train);
        let (mut measured, on_test) = self.first_fit(&recipe);
        let mut report = Report { excluded: config.name.iter().cloned().collect(), ..Report::default() };
        let score = |measured: &Measured, report: &Report| {
            score::score(measured, report, self.meta, self.meta.lambda, self.test_counts())
        };
        let first = score(&measured, &report);
        let failed = |name: &str| first.criteria.iter().any(|one| one.name.starts_with(name) && !one.met);
        if !CHEAP.into_iter().any(failed) {
            report.expected = recipe.estimate(train, split(config)).ok();
            let noised = Rows { table: self.altered.noised.clone(), ..train.clone() };
            let deploy = self.candidate.part(Part::Deploy);
            measured.refit = recipe
                .fit(&noised)
                .ok()
                .map(|fitted| auroc(&deploy.eta, &fitted.predict(&deploy.table)) - measured.deployed)
                .map(f64::abs);
        }
        let test = self.candidate.part(Part::Test);
        let alone = predictions::score(&labels(test), &test.eta, &on_test, self.meta, self.meta.lambda);
        (score(&measured, &report), alone.passed)
    }

    /// What one fit tells, and its predictions for test.csv.
    fn first_fit(&self, recipe: &Recipe) -> (Measured, Vec<f64>) {
        let [train, test, deploy, known] = &self.candidate.parts;
        let fitted = recipe.fit(train).expect("a policy leaves columns");
        let field = fitted.predict(&deploy.table);
        let moved = |before: &[f64], after: &[f64]| {
            before.iter().zip(after).map(|(before, after)| (before - after).abs()).sum::<f64>()
                / before.len().max(1) as f64
        };
        let [plain, neutral] =
            [&self.altered.plain, &self.altered.neutral].map(|table| fitted.predict(table));
        let on_test = fitted.predict(&test.table);
        let deployed = auroc(&deploy.eta, &field);
        let lost = auroc(&known.eta, &fitted.predict(&known.table)) - deployed;
        let scale = &self.meta.scale;
        let measured = Measured {
            deployed,
            public: envy_learn::metrics::auroc(&test.positive, &on_test),
            neutral: Some(moved(&plain, &neutral)),
            refit: None,
            batch: Some(0.0),
            isolation: Some(0.0),
            future: Some(0.0),
            unseen: Some(lost - (scale.bayes_known - scale.bayes).max(0.0)),
            canary: Some(moved(&field[CANARY], &fitted.predict(&self.altered.canary))),
            calibration: Calibration::new(&labels(deploy), &deploy.eta, &field, true),
        };
        (measured, on_test)
    }

    fn test_counts(&self) -> [usize; 2] {
        super::gate::counts(self.candidate.part(Part::Test))
    }
}

fn labels(rows: &Rows) -> Vec<f64> {
    rows.positive.iter().map(|positive| f64::from(u8::from(*positive))).collect()
}

fn auroc(eta: &[f64], scores: &[f64]) -> f64 {
    soft_auroc(eta, scores).unwrap_or(0.5)
}

fn split(config: &Config) -> Split {
    match config.split {
        "forward" => Split::Forward,
        "groups" => Split::Groups,
        _ => Split::Random,
    }
}

fn recipe(config: &Config, train: &Rows) -> Recipe {
    let mut dropped: BTreeSet<String> = config.drop.iter().cloned().collect();
    dropped.extend(strongest(train, &dropped, config.drop_strongest));
    Recipe {
        dropped,
        kind: match config.model {
            "logistic" => Kind::Logistic,
            "boosted" => Kind::Boosted,
            _ => Kind::Blend,
        },
        prevalence: config.prevalence,
        dedupe: config.dedupe.is_some(),
    }
}

/// The numeric columns that rank the label best, each by itself.
fn strongest(train: &Rows, dropped: &BTreeSet<String>, count: usize) -> Vec<String> {
    let mut ranked: Vec<(f64, String)> = train
        .table
        .fields
        .iter()
        .zip(&train.table.columns)
        .filter(|(field, _)| field.kind.is_numeric() && field.role == envy_tabular::Role::Feature)
        .filter(|(field, _)| !dropped.contains(&field.name))
        .map(|(field, column)| (strength(train, &column.numbers()), field.name.clone()))
        .collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranked.into_iter().take(count).map(|(_, name)| name).collect()
}
