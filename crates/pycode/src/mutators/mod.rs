//! Mutators: real errors of machine-learning code, one file each. A mutator finds its clean idiom in a project, puts the
//! wrong one in its place and says where.

mod e01_frequencies_recounted;
mod e02_dummies_not_aligned;
mod e03_nominal_as_numbers;
mod e04_order_of_the_alphabet;
mod e05_unknown_as_known;
mod e06_day_and_month_guessed;
mod e07_class_column_swapped;
mod e08_spellings_kept;
mod e09_levels_merged;
mod i01_accuracy_for_precision;
mod i02_folds_not_stratified;
mod i03_weights_inverted;
mod i04_cut_left_at_half;
mod i05_holdout_resampled;
mod i06_micro_for_macro;
mod i07_prior_left_out;
mod l01_features_fitted_on_holdout;
mod l02_gaps_filled_by_label;
mod l03_columns_chosen_before_folds;
mod l04_rates_learned_before_folds;
mod l05_oversampled_before_split;
mod l06_duplicates_kept;
mod l07_groups_split;
mod l08_folds_shuffled_over_time;
mod l09_window_looks_ahead;
mod l10_threshold_tuned_on_holdout;
mod l11_later_column_kept;
mod l12_features_fitted_before_folds;
mod l13_stacked_in_sample;
mod l14_tuned_on_reported_folds;
mod o01_single_unpruned_tree;
mod o02_chosen_by_fitted_score;
mod o03_boosted_without_end;
mod o04_penalty_gone;
mod o05_one_neighbour;
mod o06_degree_too_high;
mod o07_row_number_as_feature;
mod s01_scaler_refitted;
mod s02_holdout_scaled_twice;
mod s03_amounts_left_standardised;
mod s04_columns_turned_round;
mod s05_scaler_not_applied;
mod s06_logged_at_fit_only;
mod s07_scaled_across_columns;
mod s08_divided_by_variance;
mod u01_penalty_too_strong;
mod u02_stumps;
mod u03_loop_left_at_once;
mod u04_categories_dropped;
mod u05_one_iteration;
mod u06_nothing_beats_the_start;
mod u07_target_clipped;
mod x01_scale_learned_with_outliers;
mod x02_holdout_rows_dropped;
mod x03_mean_for_gaps;
mod x04_sentinel_as_number;
mod x05_squared_loss_on_amounts;
mod x06_tails_never_clipped;
mod x07_extreme_rows_dropped;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::error::PycodeError;
use crate::home::Home;
use crate::module::{Module, Span};
use crate::pattern::{Pattern, Rewrite};

/// Every mutator, by code.
pub const ALL: &[&Mutator] = &[
    &e01_frequencies_recounted::MUTATOR,
    &e02_dummies_not_aligned::MUTATOR,
    &e03_nominal_as_numbers::MUTATOR,
    &e04_order_of_the_alphabet::MUTATOR,
    &e05_unknown_as_known::MUTATOR,
    &e06_day_and_month_guessed::MUTATOR,
    &e07_class_column_swapped::MUTATOR,
    &e08_spellings_kept::MUTATOR,
    &e09_levels_merged::MUTATOR,
    &i01_accuracy_for_precision::MUTATOR,
    &i02_folds_not_stratified::MUTATOR,
    &i03_weights_inverted::MUTATOR,
    &i04_cut_left_at_half::MUTATOR,
    &i05_holdout_resampled::MUTATOR,
    &i06_micro_for_macro::MUTATOR,
    &i07_prior_left_out::MUTATOR,
    &l01_features_fitted_on_holdout::MUTATOR,
    &l02_gaps_filled_by_label::MUTATOR,
    &l03_columns_chosen_before_folds::MUTATOR,
    &l04_rates_learned_before_folds::MUTATOR,
    &l05_oversampled_before_split::MUTATOR,
    &l06_duplicates_kept::MUTATOR,
    &l07_groups_split::MUTATOR,
    &l08_folds_shuffled_over_time::MUTATOR,
    &l09_window_looks_ahead::MUTATOR,
    &l10_threshold_tuned_on_holdout::MUTATOR,
    &l11_later_column_kept::MUTATOR,
    &l12_features_fitted_before_folds::MUTATOR,
    &l13_stacked_in_sample::MUTATOR,
    &l14_tuned_on_reported_folds::MUTATOR,
    &o01_single_unpruned_tree::MUTATOR,
    &o02_chosen_by_fitted_score::MUTATOR,
    &o03_boosted_without_end::MUTATOR,
    &o04_penalty_gone::MUTATOR,
    &o05_one_neighbour::MUTATOR,
    &o06_degree_too_high::MUTATOR,
    &o07_row_number_as_feature::MUTATOR,
    &s01_scaler_refitted::MUTATOR,
    &s02_holdout_scaled_twice::MUTATOR,
    &s03_amounts_left_standardised::MUTATOR,
    &s04_columns_turned_round::MUTATOR,
    &s05_scaler_not_applied::MUTATOR,
    &s06_logged_at_fit_only::MUTATOR,
    &s07_scaled_across_columns::MUTATOR,
    &s08_divided_by_variance::MUTATOR,
    &u01_penalty_too_strong::MUTATOR,
    &u02_stumps::MUTATOR,
    &u03_loop_left_at_once::MUTATOR,
    &u04_categories_dropped::MUTATOR,
    &u05_one_iteration::MUTATOR,
    &u06_nothing_beats_the_start::MUTATOR,
    &u07_target_clipped::MUTATOR,
    &x01_scale_learned_with_outliers::MUTATOR,
    &x02_holdout_rows_dropped::MUTATOR,
    &x03_mean_for_gaps::MUTATOR,
    &x04_sentinel_as_number::MUTATOR,
    &x05_squared_loss_on_amounts::MUTATOR,
    &x06_tails_never_clipped::MUTATOR,
    &x07_extreme_rows_dropped::MUTATOR,
];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/mutator.rs"]
mod template_name;
#[cfg(test)]
const _: &Mutator = &template_name::MUTATOR;

/// The modules of a project by their paths.
pub type Project = BTreeMap<String, Module>;

/// What kind of error it is, in the words of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorClass {
    /// Training sees what it is measured on.
    DataLeakage,
    /// Extreme values are not handled.
    Outlier,
    /// Numbers are scaled with the wrong statistics, or not at all.
    ScalingError,
    /// Categories, labels or texts are coded wrongly.
    EncodingError,
    /// Unequal classes are not handled.
    Imbalance,
    /// Good on the training rows, poor elsewhere.
    Overfitting,
    /// Poor everywhere.
    Underfitting,
    /// No error.
    None,
}

/// A place that a mutator rewrites.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The file; in a project without it, the one that its parts were merged into.
    pub file: &'static str,
    /// The clean idiom, a [`crate::Pattern`].
    pub clean: &'static str,
    /// The mutated idiom, with the same open places.
    pub mutated: &'static str,
}

/// A place that an error by omission may be named by as well: what is missing stands nowhere.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    /// The file; in a project without it, the one that its parts were merged into.
    pub file: &'static str,
    /// What stands there, a [`crate::Pattern`].
    pub idiom: &'static str,
}

/// A real error of machine-learning code.
#[derive(Debug)]
pub struct Mutator {
    /// Its number in the catalogue.
    pub code: &'static str,
    /// The mechanism's name, as a report gives it.
    pub name: &'static str,
    /// The class of error.
    pub class: ErrorClass,
    /// What is wrong.
    pub doc: &'static str,
    /// What the figures of a run show.
    pub symptom: &'static str,
    /// What an experiment shows.
    pub evidence: &'static str,
    /// What is rewritten, wherever it stands: the error.
    pub sites: &'static [Site],
    /// What must change along, such as an import, and is no part of the error.
    pub scaffold: &'static [Site],
    /// Where an error by omission may be placed as well.
    pub anchors: &'static [Anchor],
    /// The hidden tests of which it must fail at least one.
    pub tests: &'static [&'static str],
    /// What is right beside it though it looks suspicious.
    pub decoys: &'static [&'static str],
    /// Kinds of programs in which the mutated idiom is right.
    pub unfit: &'static [&'static str],
}

/// Where an error stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located {
    /// The file.
    pub file: String,
    /// Lines, columns and the function around.
    pub span: Span,
}

/// A project with an error in it, or without it again.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The whole project.
    pub project: Project,
    /// Where it differs, what changed along left out.
    pub places: Vec<Located>,
}

impl Mutator {
    /// Puts the error in; nothing if the project does not have the clean idiom.
    ///
    /// # Errors
    /// The result is no Python.
    pub fn apply(&self, project: &Project) -> Result<Option<Mutation>, PycodeError> {
        self.rewrite(project, |site| Rewrite::new(site.clean, site.mutated))
    }

    /// Takes the error out; nothing if the project does not have the mutated idiom.
    ///
    /// # Errors
    /// The result is no Python.
    pub fn undo(&self, project: &Project) -> Result<Option<Mutation>, PycodeError> {
        self.rewrite(project, |site| Rewrite::new(site.mutated, site.clean))
    }

    /// Where in a project with the error in it the error may be placed as well.
    ///
    /// # Errors
    /// An idiom of ours is no Python.
    pub fn anchors(&self, project: &Project) -> Result<Vec<Located>, PycodeError> {
        let mut found = Vec::new();
        for anchor in self.anchors {
            let Some(home) = Home::find(project, anchor.file) else { continue };
            let places = Pattern::new(anchor.idiom)?.find(home.module).into_iter();
            let places = places.filter(|hit| home.holds(&hit.range));
            found.extend(
                places.map(|hit| Located { file: home.file.to_owned(), span: home.module.span(hit.range) }),
            );
        }
        Ok(found)
    }

    fn rewrite(
        &self,
        project: &Project,
        rewrite: impl Fn(&Site) -> Result<Rewrite, PycodeError>,
    ) -> Result<Option<Mutation>, PycodeError> {
        let mut edits: BTreeMap<&str, Vec<(bool, Edit)>> = BTreeMap::new();
        let sites =
            self.sites.iter().map(|site| (true, site)).chain(self.scaffold.iter().map(|site| (false, site)));
        for (is_error, site) in sites {
            let Some(home) = Home::find(project, site.file) else { return Ok(None) };
            let mut found = rewrite(site)?.find(home.module);
            found.retain(|(hit, _)| home.holds(&hit.range));
            if found.is_empty() {
                return Ok(None);
            }
            let narrowed = found.into_iter().map(|(_, edit)| (is_error, narrow(home.module, &edit)));
            edits.entry(home.file).or_default().extend(narrowed);
        }
        let (mut changed, mut places) = (project.clone(), Vec::new());
        for (file, edits) in edits {
            let plain: Vec<Edit> = edits.iter().map(|(_, edit)| edit.clone()).collect();
            let edited = project[file].edit(&plain)?;
            for ((is_error, _), range) in edits.iter().zip(edited.ranges) {
                if *is_error {
                    places.push(Located { file: file.to_owned(), span: edited.module.span(range) });
                }
            }
            changed.insert(file.to_owned(), edited.module);
        }
        Ok(Some(Mutation { project: changed, places }))
    }
}

/// Leaves out of an edit the whole lines that it does not change at its beginning and end, so that a place is where the
/// difference is.
fn narrow(module: &Module, edit: &Edit) -> Edit {
    let old = &module.text()[edit.range.clone()];
    let (mut start, mut end) = (0, 0);
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let head = common(old, &edit.text);
    if let Some(newline) = old[..head].rfind('\n') {
        start = newline + 1;
    }
    let (old_rest, new_rest) = (&old[start..], &edit.text[start..]);
    let tail = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(|(a, b)| a == b).count();
    if let Some(newline) = old_rest[old_rest.len() - tail..].find('\n') {
        end = tail - newline;
    }
    Edit {
        range: edit.range.start + start..edit.range.end - end,
        text: edit.text[start..edit.text.len() - end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project made of the idioms themselves: their open places are names like others.
    fn project(mutator: &Mutator, text: impl Fn(&Site) -> &'static str) -> Project {
        let mut sources: BTreeMap<&str, String> = BTreeMap::new();
        for site in mutator.scaffold.iter().chain(mutator.sites) {
            let lines = text(site).lines().flat_map(|line| ["    ", line, "\n"]);
            let block = std::iter::once("def work(self):\n").chain(lines).collect::<String>();
            *sources.entry(site.file).or_default() += &block;
        }
        sources.into_iter().map(|(file, text)| (file.to_owned(), Module::parse(text).unwrap())).collect()
    }

    fn texts(project: &Project) -> Vec<&str> {
        project.values().map(Module::text).collect()
    }

    #[test]
    fn every_mutator_puts_its_error_in_and_takes_it_out_again() {
        for mutator in ALL {
            let clean = project(mutator, |site| site.clean);
            let mutant =
                mutator.apply(&clean).unwrap().unwrap_or_else(|| panic!("{} does not apply", mutator.code));
            assert_ne!(texts(&mutant.project), texts(&clean), "{}", mutator.code);
            assert!(mutant.places.iter().all(|place| place.span.symbol == "work"), "{}", mutator.code);
            let back =
                mutator.undo(&mutant.project).unwrap().unwrap_or_else(|| panic!("{} stays", mutator.code));
            assert_eq!(texts(&back.project), texts(&clean), "{}", mutator.code);
            assert!(mutator.undo(&clean).unwrap().is_none(), "{} is found in clean code", mutator.code);
        }
    }

    #[test]
    fn codes_and_names_are_unique_and_every_class_has_some() {
        let codes: std::collections::BTreeSet<_> = ALL.iter().map(|mutator| mutator.code).collect();
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|mutator| mutator.name).collect();
        let classes: std::collections::BTreeSet<_> = ALL.iter().map(|mutator| mutator.class).collect();
        assert_eq!((codes.len(), names.len(), classes.len()), (ALL.len(), ALL.len(), 7));
    }

    #[test]
    fn a_place_is_where_the_lines_differ() {
        let mutator = ALL.iter().find(|mutator| mutator.code == "L12").unwrap();
        let mutant = mutator.apply(&project(mutator, |site| site.clean)).unwrap().unwrap();
        let lines: Vec<_> =
            mutant.places.iter().map(|place| (place.span.start.line, place.span.end.line)).collect();
        assert_eq!(lines, [(2, 2)]);
    }
}
