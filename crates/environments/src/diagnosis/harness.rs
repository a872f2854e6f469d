//! The hidden tests H1 to H12: what a program does to inputs that it cannot foresee, judged from the files it leaves.

use std::collections::{BTreeMap, BTreeSet};

use envy_core::JobResult;
use envy_learn::metrics::auroc;
use serde::{Deserialize, Serialize};

use super::measures::{f1, figures, moments};
use super::outputs::{self, Outputs, Scores};
use super::scenario::{Scenario, is_late, late_day, lone_group};
use super::world::{Columns, DAY, Draw, Form, LARGE, ROW_ID, Rows, day_number};

/// The tests, by name.
pub(super) const TESTS: [&str; 12] =
    ["H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12"];

/// Scores that are called equal differ by less, in the mean.
const EQUAL: f64 = 2e-3;
/// Reported figures may differ by so much from ours.
const FIGURE_ERROR: f64 = 1e-6;
/// Area under the curve that may be lost against the reference program.
const AUC_LOSS: f64 = 0.03;
/// Gap between training and out-of-fold area that may be added to the reference's.
const GAP_GAIN: f64 = 0.06;
/// Share of the reference's spread of scores that must be there; its inverse is the most that may be.
const SPREAD_SHARE: f64 = 0.6;
/// The mean score may differ by so much from the reference's.
const MEAN_SHIFT: f64 = 0.1;
/// F1 that a cut may lose against the best one.
const CUT_LOSS: f64 = 0.02;
/// One training row of so many, at least, is scored by a model that did not see a given row.
const UNSEEN_SHARE: usize = 20;
/// One spoiled row of so many, at least, gets another score; a small tree may not tell the others apart.
const REACTING: usize = 5;
/// A level needs so many holdout rows for its scores to say something.
const LEVEL_ROWS_MIN: usize = 5;
/// Gross values may move the scores of other rows by so much, in the mean.
const OUTLIER_SHIFT: f64 = 0.05;
/// Standard errors by which labels that mean nothing may be told better than by chance.
const CHANCE_ERRORS: f64 = 3.0;
/// The shares of the label 1 in the folds differ by less.
const FOLD_SHARES: f64 = 0.07;
/// A probability's usual standard deviation: what is said of scores is meant for such a spread.
const USUAL_SPREAD: f64 = 0.25;
/// Reported mean errors of amounts may differ by such a share from ours.
const MEAN_ERROR_SHARE: f64 = 1e-6;
/// Folds of a program over time, and one part that no earlier row can score.
const TIME_PARTS: usize = 6;

/// What the reference program makes of the hidden draw.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Norm {
    /// Area under the curve of the out-of-fold scores.
    oof: f64,
    /// And on the holdout.
    holdout: f64,
    /// Training area less out-of-fold area.
    gap: f64,
    /// Standard deviation of the holdout's scores.
    spread: f64,
    /// Mean out-of-fold score.
    mean: f64,
}

/// What each scenario left behind, or why it left nothing.
pub(super) type Runs = BTreeMap<Scenario, Result<Outputs, String>>;

/// Each test with its failure, if it failed.
pub(super) type Outcome = BTreeMap<&'static str, Result<(), String>>;

/// Judges a program's runs.
pub(super) struct Harness<'a> {
    /// The hidden draw.
    pub(super) base: &'a Draw,
    /// Its columns.
    pub(super) columns: &'a Columns,
    /// What the reference makes of it.
    pub(super) norm: Norm,
    /// Whether each column has a part in each score, as it has not in a tree.
    pub(super) orderless: bool,
}

/// The results of a program's jobs on these scenarios, read.
pub(super) fn runs(scenarios: &[Scenario], results: &[JobResult]) -> Runs {
    scenarios.iter().copied().zip(results.iter().map(outputs::read)).collect()
}

/// The scenarios that a test looks at.
pub(super) fn needed(test: &str) -> &'static [Scenario] {
    match test {
        "H1" | "H4" => &[Scenario::Base, Scenario::Garbage],
        "H2" => &[Scenario::Base, Scenario::Labels, Scenario::Noise],
        "H3" | "H9" | "H10" => &[Scenario::Base, Scenario::PartGarbage],
        "H5" => &[Scenario::Base, Scenario::Scaled, Scenario::Garbage],
        "H6" => &[Scenario::Base, Scenario::Renamed, Scenario::Unseen],
        "H11" => &[Scenario::Base, Scenario::Outliers, Scenario::Gaps],
        _ => &[Scenario::Base],
    }
}

impl Norm {
    /// The norm that a program's run on the hidden draw sets.
    ///
    /// # Errors
    /// It cannot be measured.
    pub(super) fn of(base: &Draw, columns: &Columns, outputs: &Outputs) -> Result<Self, String> {
        let labels = label_of(&base.train, columns);
        let area = |scores: &Scores, labels: &BTreeMap<String, bool>| {
            let truth: Option<Vec<bool>> = scores.ids.iter().map(|id| labels.get(id).copied()).collect();
            let truth = truth.ok_or("a scored row is none of the file's")?;
            auroc(&truth, &scores.scores).ok_or("one class is missing")
        };
        let (oof, fitted) = (area(&outputs.oof, &labels)?, area(&outputs.fitted, &labels)?);
        Ok(Self {
            oof,
            holdout: area(&outputs.holdout, &label_of(&base.holdout, columns))?,
            gap: fitted - oof,
            spread: moments(&outputs.holdout.scores).1,
            mean: moments(&outputs.oof.scores).0,
        })
    }
}

fn label_of(rows: &Rows, columns: &Columns) -> BTreeMap<String, bool> {
    rows.cells(ROW_ID).map(str::to_owned).zip(rows.labels(columns)).collect()
}

impl Harness<'_> {
    /// Judges all tests.
    pub(super) fn judge(&self, runs: &Runs) -> Outcome {
        let run = |scenario: Scenario| match runs.get(&scenario) {
            Some(Ok(outputs)) => Ok(outputs),
            Some(Err(why)) => Err(format!("{}: {why}", scenario.name())),
            None => Err(format!("{} was not run", scenario.name())),
        };
        let on_base = |test: &dyn Fn(&Outputs) -> Result<(), String>| run(Scenario::Base).and_then(test);
        let pair = |scenario: Scenario, test: &dyn Fn(&Outputs, &Outputs) -> Result<(), String>| {
            test(run(Scenario::Base)?, run(scenario)?)
        };
        let equal = |base: &Outputs, run: &Outputs| self.equal(base, run);
        let is_timed = self.columns.form == Form::Timed;
        // Time takes the place of groups: garbage then stands in the last days.
        let grouped = |test: &dyn Fn(&Outputs, &Outputs) -> Result<(), String>| {
            if is_timed { run(Scenario::PartGarbage).map(drop) } else { pair(Scenario::PartGarbage, test) }
        };
        let later = if is_timed {
            pair(Scenario::PartGarbage, &|base, run| self.future_unseen(base, run))
        } else {
            Ok(())
        };
        BTreeMap::from([
            ("H1", pair(Scenario::Garbage, &holdout_unseen)),
            (
                "H2",
                pair(Scenario::Labels, &labels_unseen)
                    .and_then(|()| run(Scenario::Noise).and_then(|noise| self.noise_is_noise(noise))),
            ),
            ("H3", grouped(&fold_unseen)),
            ("H4", pair(Scenario::Garbage, &rows_alone)),
            ("H5", pair(Scenario::Scaled, &equal).and_then(|()| pair(Scenario::Garbage, &rows_matter))),
            (
                "H6",
                pair(Scenario::Renamed, &equal)
                    .and_then(|()| pair(Scenario::Unseen, &|base, run| self.unseen_neutral(base, run))),
            ),
            ("H7", on_base(&|base| self.figures_true(base))),
            ("H8", on_base(&|base| self.as_good_as_the_norm(base))),
            ("H9", later),
            ("H10", grouped(&|base, run| self.groups_whole(base, run))),
            (
                "H11",
                pair(Scenario::Outliers, &|base, run| self.outliers_harmless(base, run))
                    .and_then(|()| pair(Scenario::Gaps, &equal)),
            ),
            ("H12", on_base(&|base| self.rows_complete(base))),
        ])
    }

    /// What is said of probabilities, in the unit of this program's scores.
    fn unit(&self) -> f64 {
        if self.columns.form == Form::Amounts { self.norm.spread / USUAL_SPREAD } else { 1.0 }
    }

    /// Both runs score the holdout alike, row by row.
    fn equal(&self, base: &Outputs, run: &Outputs) -> Result<(), String> {
        let shift = shift(base, run, (0..base.holdout.scores.len()).collect())?;
        holds(shift <= EQUAL * self.unit(), format!("scores moved by {shift:.4} in the mean"))
    }

    /// H2: labels that mean nothing are told no better than by chance.
    fn noise_is_noise(&self, noise: &Outputs) -> Result<(), String> {
        let dealt = Scenario::Noise.apply(self.base, self.columns, self.orderless);
        let labels = label_of(&dealt.train, self.columns);
        let truth: Option<Vec<bool>> = noise.oof.ids.iter().map(|id| labels.get(id).copied()).collect();
        let truth = truth.ok_or("a scored row is none of the file's")?;
        let area = auroc(&truth, &noise.oof.scores).ok_or("one class is missing")?;
        let ones = truth.iter().filter(|label| **label).count() as f64;
        let zeros = truth.len() as f64 - ones;
        let error = ((ones + zeros + 1.0) / (12.0 * ones * zeros)).sqrt();
        holds(
            area <= 0.5 + CHANCE_ERRORS * error,
            format!("labels that mean nothing are told with an out-of-fold auc of {area:.3}"),
        )
    }

    /// H9: what stands in later rows moves no score of an earlier one.
    fn future_unseen(&self, base: &Outputs, run: &Outputs) -> Result<(), String> {
        let (train, id) = (&self.base.train, self.base.train.column(ROW_ID));
        let (late, same) = (late_day(train), same(base, run));
        let scored: BTreeSet<&str> = base.oof.ids.iter().map(String::as_str).collect();
        let earlier = (0..train.lines.len()).filter(|row| !is_late(train, *row, late));
        let earlier = earlier.map(|row| train.lines[row][id].as_str()).filter(|id| scored.contains(id));
        let moved = earlier.filter(|id| !same.contains(id)).count();
        holds(moved == 0, format!("later rows moved the scores of {moved} earlier ones"))
    }

    /// H10: garbage in some rows of a group moves no score of its other rows, as no model of theirs saw the group.
    fn groups_whole(&self, base: &Outputs, run: &Outputs) -> Result<(), String> {
        let same = same(base, run);
        let (train, id) = (&self.base.train, self.base.train.column(ROW_ID));
        let rest = lone_group(train, self.columns).into_iter().skip(1).step_by(2);
        let moved = rest.filter(|row| !same.contains(train.lines[*row][id].as_str())).count();
        holds(moved == 0, format!("garbage in some rows of a group moved {moved} of its others"))
    }

    /// H6: a level that was never seen is no known one in disguise: no known level's rows all keep their scores.
    fn unseen_neutral(&self, base: &Outputs, run: &Outputs) -> Result<(), String> {
        let column = self.base.holdout.column(&self.columns.categories[0]);
        let mut kept: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (row, line) in self.base.holdout.lines.iter().enumerate().step_by(2) {
            let is_kept = base.holdout.scores.get(row) == run.holdout.scores.get(row);
            let counts = kept.entry(line[column].trim().to_lowercase()).or_default();
            counts.0 += 1;
            counts.1 += usize::from(is_kept);
        }
        if !self.orderless {
            return Ok(());
        }
        let disguised = kept.iter().find(|(_, (rows, kept))| *rows >= LEVEL_ROWS_MIN && rows == kept);
        let moves = kept.values().any(|(rows, kept)| rows != kept);
        holds(disguised.is_none() || !moves, "a level that was never seen is scored as a known one")
    }

    /// H7: the reported figures are those of the scores and decisions, and the cut is the best one.
    fn figures_true(&self, base: &Outputs) -> Result<(), String> {
        let labels = label_of(&self.base.holdout, self.columns);
        let truth: Vec<bool> =
            base.holdout.ids.iter().map(|id| labels.get(id).copied().unwrap_or(false)).collect();
        let decisions: Vec<bool> = base.holdout.marks.iter().map(|mark| *mark == 1).collect();
        let ours = figures(&truth, &base.holdout.scores, &decisions).ok_or("one class is missing")?;
        let theirs = base.metrics.holdout;
        for (name, ours, theirs) in [
            ("auc", ours.auc, theirs.auc),
            ("average_precision", ours.average_precision, theirs.average_precision),
            ("recall", ours.recall, theirs.recall),
            ("macro_f1", ours.macro_f1, theirs.macro_f1),
        ] {
            holds(
                (ours - theirs).abs() <= FIGURE_ERROR,
                format!("{name} is {ours:.4}, reported as {theirs:.4}"),
            )?;
        }
        let (truth, oof) = self.oof(base)?;
        let ours = auroc(&truth, &oof).ok_or("one class is missing")?;
        let theirs = base.metrics.cross_validation.auc;
        holds(
            (ours - theirs).abs() <= FIGURE_ERROR,
            format!("cross-validated auc is {ours:.4}, not {theirs:.4}"),
        )?;
        if self.columns.form == Form::Amounts {
            return self.amounts_true(base, &decisions);
        }
        cut_is_best(base, &decisions, &truth, &oof)
    }

    /// H7 of amounts: the mean error is that of the scores, and what is large is decided at the given amount.
    fn amounts_true(&self, base: &Outputs, decisions: &[bool]) -> Result<(), String> {
        let amounts = self.base.holdout.cells(self.columns.target()).map(|cell| cell.parse().unwrap_or(0.0));
        let misses = base
            .holdout
            .scores
            .iter()
            .zip(amounts)
            .map(|(score, amount): (&f64, f64)| (score - amount).abs());
        let ours = misses.sum::<f64>() / base.holdout.scores.len().max(1) as f64;
        let theirs = base.metrics.holdout.mean_error.ok_or("mean_error is not reported")?;
        holds(
            (ours - theirs).abs() <= MEAN_ERROR_SHARE * ours.max(1.0),
            format!("mean_error is {ours:.4}, reported as {theirs:.4}"),
        )?;
        let right =
            base.holdout.scores.iter().zip(decisions).all(|(score, large)| (*score >= LARGE) == *large);
        holds(right, format!("what is large is not decided at {LARGE}"))
    }

    fn oof(&self, base: &Outputs) -> Result<(Vec<bool>, Vec<f64>), String> {
        let labels = label_of(&self.base.train, self.columns);
        let truth: Option<Vec<bool>> = base.oof.ids.iter().map(|id| labels.get(id).copied()).collect();
        Ok((truth.ok_or("a scored row is none of the file's")?, base.oof.scores.clone()))
    }

    /// H8: on planted data, as good as the reference, as steady, as sure and as even.
    fn as_good_as_the_norm(&self, base: &Outputs) -> Result<(), String> {
        let (own, norm) = (Norm::of(self.base, self.columns, base)?, self.norm);
        holds(own.oof >= norm.oof - AUC_LOSS, format!("out-of-fold auc {:.3} of {:.3}", own.oof, norm.oof))?;
        holds(
            own.holdout >= norm.holdout - AUC_LOSS,
            format!("holdout auc {:.3} of {:.3}", own.holdout, norm.holdout),
        )?;
        holds(own.gap <= norm.gap + GAP_GAIN, format!("gap {:.3} against {:.3}", own.gap, norm.gap))?;
        let sure = SPREAD_SHARE * norm.spread..=norm.spread / SPREAD_SHARE;
        let spread = sure.contains(&own.spread);
        holds(spread, format!("scores spread {:.3} of {:.3}", own.spread, norm.spread))?;
        holds(
            (own.mean - norm.mean).abs() <= MEAN_SHIFT * self.unit(),
            format!("mean score {:.3}, not {:.3}", own.mean, norm.mean),
        )
    }

    /// H11: gross values move the scores of other rows a little at most; so do those of rows with gaps.
    fn outliers_harmless(&self, base: &Outputs, run: &Outputs) -> Result<(), String> {
        let rows: Vec<usize> = (0..self.base.holdout.lines.len()).collect();
        let has_gap = |row: &usize| {
            self.base.holdout.lines[*row].iter().any(|cell| cell.is_empty() || cell == super::world::SENTINEL)
        };
        let gaps: Vec<usize> = rows.iter().copied().filter(has_gap).collect();
        for (part, rows) in [("all", rows), ("gappy", gaps)] {
            let shift = shift(base, run, rows)?;
            holds(
                shift <= OUTLIER_SHIFT * self.unit(),
                format!("gross values moved {part} rows by {shift:.3}"),
            )?;
        }
        Ok(())
    }

    /// H12: every row once, every fold with both classes.
    fn rows_complete(&self, base: &Outputs) -> Result<(), String> {
        let train = &self.base.train;
        let id = train.column(ROW_ID);
        let expected: BTreeSet<&str> =
            train.tidied(self.columns).into_iter().map(|row| train.lines[row][id].as_str()).collect();
        let checked = self.checked(&expected);
        for (name, scores, expected) in [("oof", &base.oof, &checked), ("fitted", &base.fitted, &expected)] {
            let found: BTreeSet<&str> = scores.ids.iter().map(String::as_str).collect();
            holds(
                found == *expected && scores.ids.len() == expected.len(),
                format!("{name} has {} rows of {}", scores.ids.len(), expected.len()),
            )?;
        }
        let holdout: Vec<&str> = self.base.holdout.cells(ROW_ID).collect();
        holds(base.holdout.ids == holdout, "the holdout's rows are not scored one by one, in order")?;
        let labels = label_of(train, self.columns);
        let mut folds: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
        for (id, (_, fold)) in base.oof.by_id() {
            let counts = folds.entry(fold).or_default();
            counts.0 += 1;
            counts.1 += usize::from(labels.get(id) == Some(&true));
        }
        holds(folds.values().all(|(rows, ones)| (1..*rows).contains(ones)), "a fold has one class only")?;
        if self.columns.form == Form::Timed {
            return Ok(());
        }
        let shares = folds.values().map(|(rows, ones)| *ones as f64 / *rows as f64);
        let (least, most) =
            shares.fold((1.0_f64, 0.0_f64), |(least, most), share| (least.min(share), most.max(share)));
        holds(
            most - least <= FOLD_SHARES,
            format!("the folds' shares of the label 1 are {least:.3} to {most:.3}"),
        )
    }

    /// The training rows that have out-of-fold scores: over time, all but the part that no earlier row can score.
    fn checked<'r>(&self, distinct: &BTreeSet<&'r str>) -> BTreeSet<&'r str> {
        if self.columns.form != Form::Timed {
            return distinct.clone();
        }
        let train = &self.base.train;
        let days: BTreeMap<&str, Option<i64>> =
            train.cells(ROW_ID).zip(train.cells(DAY).map(day_number)).collect();
        let mut order: Vec<&str> = train.cells(ROW_ID).filter_map(|id| distinct.get(id).copied()).collect();
        order.sort_by_key(|id| days[id]);
        let scored = order.len() / TIME_PARTS * (TIME_PARTS - 1);
        order.split_off(order.len() - scored).into_iter().collect()
    }
}

/// H7: the cut lies where the F1 of the out-of-fold scores is best.
fn cut_is_best(base: &Outputs, decisions: &[bool], truth: &[bool], oof: &[f64]) -> Result<(), String> {
    let positive = (0..decisions.len()).filter(|row| decisions[*row]).map(|row| base.holdout.scores[row]);
    let least = positive.fold(f64::INFINITY, f64::min);
    let negative = (0..decisions.len()).filter(|row| !decisions[*row]).map(|row| base.holdout.scores[row]);
    let most = negative.fold(f64::NEG_INFINITY, f64::max);
    let at = |cut: f64| f1(truth, &oof.iter().map(|score| *score >= cut).collect::<Vec<_>>());
    let best = (1..100).map(|percent| at(f64::from(percent) / 100.0)).fold(0.0, f64::max);
    // Decisions tell between which scores the cut lies: any cut there may have been meant.
    let scores = oof.iter().copied().filter(|score| *score > most && *score < least);
    let own = scores.chain([least]).map(at).fold(0.0, f64::max);
    holds(own >= best - CUT_LOSS, format!("the cut has F1 {own:.3} of {best:.3}"))
}

/// The training rows whose out-of-fold scores are the same to the last bit.
fn same<'o>(base: &'o Outputs, run: &Outputs) -> BTreeSet<&'o str> {
    let after = run.oof.by_id();
    let before = base.oof.by_id().into_iter();
    let same = before.filter(|(id, (score, _))| after.get(id).is_some_and(|(other, _)| other == score));
    same.map(|(id, _)| id).collect()
}

/// H3: where garbage stands in a fold, the model of that fold has not seen it: some scores stay to the last bit.
fn fold_unseen(base: &Outputs, run: &Outputs) -> Result<(), String> {
    let kept = same(base, run).len();
    let is_some = kept * UNSEEN_SHARE >= base.oof.ids.len();
    holds(is_some, format!("garbage in a few rows moved all but {kept} scores"))
}

/// H1: what the holdout holds changes nothing about the training rows.
fn holdout_unseen(base: &Outputs, run: &Outputs) -> Result<(), String> {
    holds(base.fitted == run.fitted && base.oof == run.oof, "other holdout rows moved training scores")
}

/// H2: labels of the holdout, and what is written after them, move neither scores nor decisions.
fn labels_unseen(base: &Outputs, run: &Outputs) -> Result<(), String> {
    holds(base.holdout == run.holdout, "other holdout labels moved scores or decisions")
}

/// H4: a row's score does not depend on the rows it comes with: those that [`Scenario::Garbage`] leaves alone keep it.
fn rows_alone(base: &Outputs, run: &Outputs) -> Result<(), String> {
    let of = |outputs: &Outputs| outputs.holdout.scores.iter().copied().step_by(2).collect::<Vec<f64>>();
    holds(of(base) == of(run), "a row's score depends on its companions")
}

/// H5: what a row holds has a part in its score: many of those that [`Scenario::Garbage`] spoils get another.
fn rows_matter(base: &Outputs, run: &Outputs) -> Result<(), String> {
    let pairs = base.holdout.scores.iter().zip(&run.holdout.scores).skip(1).step_by(2);
    let (all, moved) = pairs.fold((0, 0), |(all, moved), (a, b)| (all + 1, moved + usize::from(a != b)));
    holds(REACTING * moved > all, format!("garbage moved {moved} of {all} scores"))
}

/// The mean absolute difference of the holdout's scores over some rows.
fn shift(base: &Outputs, run: &Outputs, rows: Vec<usize>) -> Result<f64, String> {
    let (before, after) = (&base.holdout.scores, &run.holdout.scores);
    holds(
        before.len() == after.len() && rows.iter().all(|row| *row < before.len()),
        "another number of rows is scored",
    )?;
    let count = rows.len().max(1) as f64;
    Ok(rows.into_iter().map(|row| (before[row] - after[row]).abs()).sum::<f64>() / count)
}

fn holds(is_so: bool, otherwise: impl Into<String>) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;
    use envy_tabular::domains;

    use super::*;
    use crate::diagnosis::outputs::{Figures, Metrics};
    use crate::diagnosis::world::World;

    #[test]
    fn a_test_looks_at_the_scenarios_that_it_names_and_at_no_other() {
        let none = Scores { ids: Vec::new(), scores: Vec::new(), marks: Vec::new() };
        let zero = Figures { auc: 0.0, average_precision: 0.0, recall: 0.0, macro_f1: 0.0, mean_error: None };
        let outputs = Outputs {
            oof: none.clone(),
            fitted: none.clone(),
            holdout: none,
            metrics: Metrics { cross_validation: zero, holdout: zero },
        };
        for form in [Form::Plain, Form::Timed, Form::Amounts] {
            let world = World::new(domains::ALL[0], &Seed::named("test"), 0.25, form);
            let base = world.draw(&Seed::named("test/draw"));
            let harness =
                Harness { base: &base, columns: &world.columns, norm: Norm::default(), orderless: true };
            for test in TESTS {
                let runs: Runs =
                    needed(test).iter().map(|scenario| (*scenario, Ok(outputs.clone()))).collect();
                if let Err(why) = &harness.judge(&runs)[test] {
                    assert!(!why.contains("was not run"), "{test} of {form:?}: {why}");
                }
            }
        }
    }
}
