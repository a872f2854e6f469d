//! Leak operators, one file each: how the leak arises, its innocuous names, the evidence against it, the right action.

mod backfilled_field;
mod duplicates;
mod early_oversampling;
mod early_selection;
mod fit_on_all;
mod full_data_rate;
mod future_window;
mod group_overlap;
mod ordered_key;
mod outcome_missingness;
mod post_outcome;
mod row_order;
mod sampling_bias;
mod stale_cache;
mod temporal_shuffle;

pub(in crate::leakage) use duplicates::FORM;

use envy_core::Seed;

use super::draft::{Action, Draft, Planted};

/// When an operator acts on a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::leakage) enum Phase {
    /// On whole rows, before there are columns of leaks.
    Rows,
    /// On columns.
    Columns,
    /// On the order of the finished rows.
    Order,
}

/// One way in which a leak arises.
pub(in crate::leakage) trait Operator: Sync {
    /// Kebab-case name.
    fn name(&self) -> &'static str;
    /// `K1` to `K15`, as in the taxonomy of the guide.
    fn code(&self) -> &'static str;
    /// How it arises, in a few words.
    fn doc(&self) -> &'static str;
    /// What is to be done about it.
    fn action(&self) -> Action;
    /// When it acts.
    fn phase(&self) -> Phase {
        Phase::Columns
    }
    /// Plants it, with its evidence.
    fn plant(&self, draft: &mut Draft, seed: &Seed);
}

/// Every operator, in the order of the taxonomy.
pub(in crate::leakage) const ALL: &[&dyn Operator] = &[
    &post_outcome::PostOutcome,
    &full_data_rate::FullDataRate,
    &future_window::FutureWindow,
    &backfilled_field::BackfilledField,
    &ordered_key::OrderedKey,
    &row_order::RowOrder,
    &duplicates::Duplicates,
    &group_overlap::GroupOverlap,
    &temporal_shuffle::TemporalShuffle,
    &fit_on_all::FitOnAll,
    &early_selection::EarlySelection,
    &early_oversampling::EarlyOversampling,
    &outcome_missingness::OutcomeMissingness,
    &sampling_bias::SamplingBias,
    &stale_cache::StaleCache,
];

/// The names of [`ALL`], for the knob.
pub(in crate::leakage) const NAMES: &[&str] = &[
    "post-outcome",
    "full-data-rate",
    "future-window",
    "backfilled-field",
    "ordered-key",
    "row-order",
    "duplicates",
    "group-overlap",
    "temporal-shuffle",
    "fit-on-all",
    "early-selection",
    "early-oversampling",
    "outcome-missingness",
    "sampling-bias",
    "stale-cache",
];

/// The knob of the original task that adds an operator.
pub(in crate::leakage) fn toggle(name: &str) -> Option<&'static str> {
    match name {
        "post-outcome" => Some("leak-future-signal"),
        "future-window" => Some("leak-global-target-mean"),
        "full-data-rate" => Some("leak-cat0-rate-full"),
        _ => None,
    }
}

/// Plants every leak that was asked for.
pub(in crate::leakage) fn plant(draft: &mut Draft, seed: &Seed) {
    for phase in [Phase::Rows, Phase::Columns, Phase::Order] {
        for operator in ALL {
            if operator.phase() == phase && draft.settings.leaks.contains(&operator.name()) {
                operator.plant(draft, &seed.derive(operator.name()));
            }
        }
    }
}

/// The entry of an operator in the hidden list of leaks.
fn planted(operator: &dyn Operator, columns: &[&str], evidence: &str) -> Planted {
    Planted {
        operator: operator.name().to_owned(),
        code: operator.code().to_owned(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        late_by: None,
        action: operator.action(),
        process: operator.doc().to_owned(),
        evidence: evidence.to_owned(),
    }
}

/// The name of a leak's column: the original's if that is wanted and there is one, else one of an innocuous pool.
fn name_of(draft: &Draft, seed: &Seed, original: &str, pool: &[&str]) -> String {
    if draft.settings.original_names && !original.is_empty() {
        return original.to_owned();
    }
    draft.name(pool, &mut seed.derive("name").rng())
}
