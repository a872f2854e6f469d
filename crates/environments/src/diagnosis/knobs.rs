//! The knobs of the diagnosis environment.

use envy_core::{Knob, KnobKind, Knobs, Preset};

use super::levels;
use crate::domains::{ANY, DOMAINS};

const SKELETONS: &[&str] = &[
    ANY,
    "scorecard",
    "neighbours",
    "forest",
    "descent",
    "resampled",
    "surface",
    "boosted",
    "searched",
    "frequent",
    "stacked",
    "timed",
    "amounts",
    "rated",
    "selected",
    "blended",
];

/// The mechanisms, `none` for a program without an error.
pub(super) const MECHANISMS: &[&str] = &[
    ANY,
    "none",
    "frequencies_recounted",
    "dummies_not_aligned",
    "nominal_as_numbers",
    "order_of_the_alphabet",
    "unknown_as_known",
    "day_and_month_guessed",
    "class_column_swapped",
    "spellings_kept",
    "levels_merged",
    "accuracy_for_precision",
    "folds_not_stratified",
    "weights_inverted",
    "cut_left_at_half",
    "holdout_resampled",
    "micro_for_macro",
    "prior_left_out",
    "features_fitted_on_holdout",
    "gaps_filled_by_label",
    "columns_chosen_before_folds",
    "rates_learned_before_folds",
    "oversampled_before_split",
    "duplicates_kept",
    "groups_split",
    "folds_shuffled_over_time",
    "window_looks_ahead",
    "threshold_tuned_on_holdout",
    "later_column_kept",
    "features_fitted_before_folds",
    "stacked_in_sample",
    "tuned_on_reported_folds",
    "single_unpruned_tree",
    "chosen_by_fitted_score",
    "boosted_without_end",
    "penalty_gone",
    "one_neighbour",
    "degree_too_high",
    "row_number_as_feature",
    "scaler_refitted",
    "holdout_scaled_twice",
    "amounts_left_standardised",
    "columns_turned_round",
    "scaler_not_applied",
    "logged_at_fit_only",
    "scaled_across_columns",
    "divided_by_variance",
    "penalty_too_strong",
    "stumps",
    "loop_left_at_once",
    "categories_dropped",
    "one_iteration",
    "nothing_beats_the_start",
    "target_clipped",
    "scale_learned_with_outliers",
    "holdout_rows_dropped",
    "mean_for_gaps",
    "sentinel_as_number",
    "squared_loss_on_amounts",
    "tails_never_clipped",
    "extreme_rows_dropped",
];

/// Share of tasks without an error, unless the knob says otherwise.
pub const NONE_SHARE: f64 = 0.12;

/// Whether an error shows in the figures.
const SYMPTOMS: &[&str] = &[ANY, "visible", "invisible"];

/// Every knob.
pub(super) const KNOBS: &[Knob] = &[
    Knob { name: "domain", kind: KnobKind::Choice(DOMAINS), default: ANY, doc: "What the rows are about." },
    Knob { name: "skeleton", kind: KnobKind::Choice(SKELETONS), default: ANY, doc: "The kind of program." },
    Knob {
        name: "mechanism",
        kind: KnobKind::Choice(MECHANISMS),
        default: ANY,
        doc: "The error, `none` for none.",
    },
    Knob {
        name: "none-share",
        kind: KnobKind::Float { min: 0.0, max: 1.0 },
        default: "0.12",
        doc: "Share of tasks without an error, where the mechanism is left to the seed.",
    },
    Knob {
        name: "errors",
        kind: KnobKind::Int { min: 1, max: 3 },
        default: "1",
        doc: "Errors at once, each of another class.",
    },
    Knob {
        name: "symptom",
        kind: KnobKind::Choice(SYMPTOMS),
        default: ANY,
        doc: "Whether the error shows in the figures of run.log: `visible` moves one by 0.02 or more, `invisible` none.",
    },
    Knob {
        name: "decoys",
        kind: KnobKind::Int { min: 2, max: 6 },
        default: "4",
        doc: "The most places that look suspicious and are right, whose accusation costs points.",
    },
    Knob {
        name: "modules",
        kind: KnobKind::Int { min: 2, max: 8 },
        default: "5",
        doc: "Python files that the program is spread over.",
    },
    Knob {
        name: "prevalence",
        kind: KnobKind::Float { min: 0.15, max: 0.5 },
        default: "0.25",
        doc: "Share of rows with the label 1.",
    },
];

/// Every preset.
pub(super) const PRESETS: &[Preset] = &[REASONING, levels::EASY, levels::MEDIUM, levels::HARD];

/// The published task format's own settings.
const REASONING: Preset = Preset {
    name: "mle-reasoning",
    doc: "Fifty turns, as in the published task format.",
    knobs: &[],
    episode: &[("max-steps", "50"), ("max-tokens", "8192")],
};

/// What the knobs come to.
pub(super) struct Settings {
    /// What the rows are about, if it is set.
    pub(super) domain: Option<String>,
    /// The kind of program, if it is set.
    pub(super) skeleton: Option<String>,
    /// The error, if it is set.
    pub(super) mechanism: Option<String>,
    /// Share of tasks without an error.
    pub(super) none_share: f64,
    /// Errors at once.
    pub(super) errors: usize,
    /// Whether an error must show in the figures, or must not.
    pub(super) symptom: Option<bool>,
    /// The most decoys that are counted.
    pub(super) decoys: usize,
    /// Python files that the program is spread over.
    pub(super) modules: usize,
    /// Share of rows with the label 1.
    pub(super) prevalence: f64,
}

impl Settings {
    /// Reads complete knobs.
    pub(super) fn new(knobs: &Knobs) -> Self {
        let chosen = |name: &str| Some(knobs.text(name).to_owned()).filter(|text| text != ANY);
        Self {
            domain: chosen("domain"),
            skeleton: chosen("skeleton"),
            mechanism: chosen("mechanism"),
            none_share: knobs.float("none-share"),
            errors: usize::try_from(knobs.int("errors")).expect("the knob is 1 to 3"),
            symptom: chosen("symptom").map(|word| word == "visible"),
            decoys: usize::try_from(knobs.int("decoys")).expect("the knob is 2 to 6"),
            modules: usize::try_from(knobs.int("modules")).expect("the knob is 2 to 8"),
            prevalence: knobs.float("prevalence"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use envy_pycode::mutators;

    use super::*;
    use crate::diagnosis::programs;

    #[test]
    fn choices_name_everything_there_is() {
        let share = KNOBS.iter().find(|knob| knob.name == "none-share").unwrap();
        assert_eq!(share.default.parse(), Ok(NONE_SHARE));
        let mechanisms: BTreeSet<&str> = mutators::ALL.iter().map(|mutator| mutator.name).collect();
        assert_eq!(MECHANISMS[2..].iter().copied().collect::<BTreeSet<_>>(), mechanisms);
        let skeletons: Vec<&str> = programs::SKELETONS.iter().map(|skeleton| skeleton.name).collect();
        assert_eq!(SKELETONS[1..], skeletons);
    }
}
