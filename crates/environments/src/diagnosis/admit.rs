//! The admission check: the clean program passes every hidden test, the buggy one fails a test of each of its errors.

use std::collections::BTreeMap;

use envy_core::{JobResult, Rejection};
use envy_pycode::mutators::Located;

use super::candidate::Candidate;
use super::harness::{Harness, Norm, runs};
use super::hidden::{Clearing, Named, Secret, Truth};
use super::jobs;
use super::outputs;
use super::scenario::{self, Scenario};

/// A figure of `run.log` that moves by so much shows the error.
const VISIBLE: f64 = 0.02;

/// An admitted candidate's hidden half, its figures and what the agent finds in `run.log`.
pub(super) struct Admitted {
    /// The hidden half.
    pub(super) secret: Secret,
    /// For the certificate.
    pub(super) figures: BTreeMap<String, f64>,
    /// What the buggy program prints on the visible data.
    pub(super) log: Vec<u8>,
}

/// Judges the results of [`Candidate::jobs`].
///
/// # Errors
/// Which condition does not hold.
pub(super) fn admit(candidate: &Candidate, results: &[JobResult]) -> Result<Admitted, Rejection> {
    let fail = |condition: &str, detail: String| Rejection {
        condition: condition.to_owned(),
        detail: format!("{}: {detail}", candidate.note()),
    };
    let (clean, buggy) = results.split_at(1 + scenario::ALL.len());
    let buggy = if buggy.is_empty() { clean } else { buggy };
    let base = outputs::read(&clean[1]).map_err(|why| fail("clean-runs", why))?;
    let norm = Norm::of(&candidate.hidden, &candidate.world.columns, &base)
        .map_err(|why| fail("clean-runs", why))?;
    let [right, wrong] = [clean, buggy].map(|results| outputs::read(&results[0]));
    let right = right.map_err(|why| fail("clean-runs", why))?;
    let wrong = wrong.map_err(|why| fail("visible-runs", why))?;
    let harness = Harness {
        base: &candidate.hidden,
        columns: &candidate.world.columns,
        norm,
        orderless: candidate.skeleton.orderless,
    };
    let failures = |scenarios: &[Scenario], results: &[JobResult]| -> Vec<(String, String)> {
        let outcome = harness.judge(&runs(scenarios, &results[1..])).into_iter();
        outcome.filter_map(|(test, held)| Some((test.to_owned(), held.err()?))).collect()
    };
    let listed = |failed: &[(String, String)]| {
        failed.iter().map(|(test, why)| format!("{test}: {why}")).collect::<Vec<_>>().join("; ")
    };
    let broken = failures(&scenario::ALL, clean);
    if !broken.is_empty() {
        return Err(fail("clean-passes", listed(&broken)));
    }
    let tests = candidate.tests();
    let mut failed =
        if candidate.errors.is_empty() { Vec::new() } else { failures(&candidate.telling(), buggy) };
    // The others were not run on all that they look at.
    failed.retain(|(test, _)| tests.contains(test.as_str()));
    for mutator in &candidate.errors {
        if !failed.iter().any(|(test, _)| mutator.tests.contains(&test.as_str())) {
            return Err(fail("buggy-fails", format!("{} shows in [{}]", mutator.name, listed(&failed))));
        }
    }
    let apart = wrong.metrics.apart(&right.metrics);
    if candidate.symptom.is_some_and(|visible| visible != (apart >= VISIBLE)) && !candidate.errors.is_empty()
    {
        return Err(fail("symptom", format!("a figure of run.log moves by {apart:.4}")));
    }
    let effect = wrong.metrics.holdout.auc - right.metrics.holdout.auc;
    let figures = BTreeMap::from([
        ("effect".to_owned(), effect),
        ("symptom".to_owned(), apart),
        ("errors".to_owned(), candidate.errors.len() as f64),
        ("failed_tests".to_owned(), failed.len() as f64),
        ("decoys".to_owned(), decoys(candidate).len() as f64),
        ("clean_auc".to_owned(), right.metrics.holdout.auc),
    ]);
    let failed = failed.into_iter().map(|(test, _)| test).collect();
    let log = buggy[0].bytes(jobs::LOG).unwrap_or_default().to_vec();
    Ok(Admitted { secret: secret(candidate, norm, effect, failed), figures, log })
}

/// The hidden half of a candidate: `effect` is what its errors do to the reported figure, `failed` the tests that they fail.
pub(super) fn secret(candidate: &Candidate, norm: Norm, effect: f64, failed: Vec<String>) -> Secret {
    let named = |mutator: &&envy_pycode::mutators::Mutator| Named {
        error_type: mutator.class,
        mechanism: mutator.name.to_owned(),
    };
    let columns = &candidate.world.columns;
    Secret {
        truth: Truth {
            errors: candidate.errors.iter().map(named).collect(),
            spots: candidate.buggy.spots.clone(),
            decoys: decoys(candidate),
            effect,
            failed,
            norm,
            orderless: candidate.skeleton.orderless,
            columns: columns.clone(),
            ..Truth::default()
        },
        columns: columns.clone(),
        draw: candidate.hidden.clone(),
        programs: [&candidate.program.project, &candidate.siblings[0], &candidate.siblings[1]]
            .map(jobs::files),
    }
}

/// The decoys where they stand in the program that the agent sees. One that an error itself stands in is none.
fn decoys(candidate: &Candidate) -> Vec<Clearing> {
    let moved = |place: &Located| {
        let clean = candidate.program.project[&place.file].line(place.span.start.line)?;
        let buggy = &candidate.buggy.project[&place.file];
        let start = buggy.text().find(clean)?;
        let skipped = clean.len() - clean.trim_start().len();
        Some(Located { file: place.file.clone(), span: buggy.span(start + skipped..start + clean.len()) })
    };
    let kept = candidate.program.decoys.iter().filter_map(|(decoy, place)| {
        let (name, why) = (decoy.name.to_owned(), decoy.why.to_owned());
        Some(Clearing { name, why, place: moved(place)? })
    });
    kept.filter(|decoy| {
        let meets = |place: &Located| {
            place.file == decoy.place.file
                && place.span.start.line <= decoy.place.span.end.line
                && decoy.place.span.start.line <= place.span.end.line
        };
        !candidate.buggy.places().any(meets)
    })
    .take(candidate.decoys_max)
    .collect()
}
