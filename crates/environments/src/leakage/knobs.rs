//! The knobs of the leakage environment, its presets, and what they come to.

use envy_core::{Knob, KnobKind, Knobs, Preset};

use super::operators;

/// Every knob.
pub(super) const KNOBS: &[Knob] = &[
    Knob {
        name: "num-rows",
        kind: KnobKind::Int { min: 300, max: 5_000 },
        default: "1500",
        doc: "Rows of train.csv.",
    },
    Knob {
        name: "test-rows",
        kind: KnobKind::Int { min: 100, max: 2_000 },
        default: "400",
        doc: "Rows of test.csv, whose labels never enter a box.",
    },
    Knob {
        name: "deploy-rows",
        kind: KnobKind::Int { min: 5_000, max: 20_000 },
        default: "6000",
        doc: "Hidden rows of the time after training that the pipeline is judged on.",
    },
    Knob {
        name: "num-numeric",
        kind: KnobKind::Int { min: 4, max: 10 },
        default: "6",
        doc: "Legal numeric columns.",
    },
    Knob {
        name: "num-categorical",
        kind: KnobKind::Int { min: 1, max: 4 },
        default: "3",
        doc: "Legal categorical columns; one of them has many levels.",
    },
    Knob {
        name: "leaks",
        kind: KnobKind::List(operators::NAMES),
        default: "post-outcome,full-data-rate,future-window",
        doc: "The leaks that are planted.",
    },
    Knob {
        name: "subtlety",
        kind: KnobKind::Float { min: 0.0, max: 1.0 },
        default: "0.5",
        doc: "How weak the planted columns are: 0 gives the label away, 1 only hints at it.",
    },
    Knob {
        name: "backfill",
        kind: KnobKind::Float { min: 0.1, max: 1.0 },
        default: "0.7",
        doc: "Share of the positive rows whose field a backfill overwrites.",
    },
    Knob {
        name: "evidence",
        kind: KnobKind::Choice(&["explicit", "hinted", "traced", "mixed"]),
        default: "hinted",
        doc: "Where a leak can be read: in the data dictionary, in the as-of log, by joining the log with the ETL, or \
              here one and there another.",
    },
    Knob {
        name: "decoys",
        kind: KnobKind::Int { min: 0, max: 4 },
        default: "2",
        doc: "Legal columns that look leaky.",
    },
    Knob {
        name: "canaries",
        kind: KnobKind::Int { min: 0, max: 2 },
        default: "2",
        doc: "Columns that go with the label in train.csv alone.",
    },
    Knob {
        name: "overlap",
        kind: KnobKind::Float { min: 0.0, max: 1.0 },
        default: "1",
        doc: "Share of the test rows whose account also has training rows, if accounts are planted.",
    },
    Knob {
        name: "prevalence",
        kind: KnobKind::Float { min: 0.05, max: 0.5 },
        default: "0.35",
        doc: "Share of positive rows in the field.",
    },
    Knob {
        name: "bayes-auroc",
        kind: KnobKind::Float { min: 0.75, max: 0.95 },
        default: "0.86",
        doc: "The AUROC that nothing can exceed, in the field; each task strays from it by up to 0.015.",
    },
    Knob {
        name: "drift",
        kind: KnobKind::Float { min: 0.0, max: 1.5 },
        default: "0",
        doc: "How much the relation changes over the training window; the leak `temporal-shuffle` sets at least 0.8.",
    },
    Knob {
        name: "lambda",
        kind: KnobKind::Float { min: 0.0, max: 1.0 },
        default: "0",
        doc: "The AUROC that a pass needs, from the honest baseline (0) to the Bayes bound (1).",
    },
    Knob {
        name: "threshold",
        kind: KnobKind::Float { min: 0.0, max: 1.0 },
        default: "0",
        doc: "The same as an AUROC; 0 leaves it to lambda. Out of reach, it is answered with the bound and lambda counts.",
    },
    Knob {
        name: "leak-names",
        kind: KnobKind::Choice(&["neutral", "original"]),
        default: "neutral",
        doc: "Innocuous names, or the telling `leak_*` ones where a leak has one.",
    },
    Knob {
        name: "leak-future-signal",
        kind: KnobKind::Bool,
        default: "false",
        doc: "Adds the leak `post-outcome`, under the name it had in the original task.",
    },
    Knob {
        name: "leak-global-target-mean",
        kind: KnobKind::Bool,
        default: "false",
        doc: "Adds the leak `future-window`: the original's global mean, made informative.",
    },
    Knob {
        name: "leak-cat0-rate-full",
        kind: KnobKind::Bool,
        default: "false",
        doc: "Adds the leak `full-data-rate`: the original's category rate, made informative.",
    },
];

/// The leaks of the presets, by name.
const MEDIUM: &str = "post-outcome,full-data-rate,future-window,outcome-missingness";
const HARD: &str = "full-data-rate,future-window,backfilled-field,ordered-key,duplicates,sampling-bias";

/// The cap on a tool's output, as the original has it.
const STDOUT: &[(&str, &str)] = &[("stdout-max-chars", "8000")];

/// Every preset.
pub(super) const PRESETS: &[Preset] = &[
    Preset {
        name: "leakage-classic",
        doc: "The original task made sound: 800 and 200 rows, five numeric and two categorical columns, three leaks.",
        knobs: &[
            ("num-rows", "800"),
            ("test-rows", "200"),
            ("num-numeric", "5"),
            ("num-categorical", "2"),
            ("leaks", ""),
            ("leak-future-signal", "true"),
            ("leak-global-target-mean", "true"),
            ("leak-cat0-rate-full", "true"),
            ("prevalence", "0.5"),
            ("bayes-auroc", "0.935"),
            ("decoys", "1"),
            ("canaries", "0"),
        ],
        episode: &[
            ("max-steps", "20"),
            ("max-tokens", "1000"),
            ("num-runs", "10"),
            ("stdout-max-chars", "8000"),
        ],
    },
    Preset {
        name: "easy",
        doc: "Two plain leaks that the data dictionary names.",
        knobs: &[
            ("leaks", "post-outcome,ordered-key"),
            ("subtlety", "0.2"),
            ("evidence", "explicit"),
            ("decoys", "1"),
            ("canaries", "0"),
        ],
        episode: STDOUT,
    },
    Preset {
        name: "medium",
        doc: "Four leaks that the as-of log gives away.",
        knobs: &[
            ("leaks", MEDIUM),
            ("subtlety", "0.5"),
            ("evidence", "mixed"),
            ("decoys", "2"),
            ("canaries", "1"),
        ],
        episode: STDOUT,
    },
    Preset {
        name: "hard",
        doc: "Subtle leaks in columns, rows and sampling; the log has to be joined with the ETL.",
        knobs: &[
            ("leaks", HARD),
            ("subtlety", "0.8"),
            ("evidence", "traced"),
            ("decoys", "4"),
            ("canaries", "2"),
        ],
        episode: STDOUT,
    },
    Preset {
        name: "temporal",
        doc: "The relation drifts, a window looks ahead and a field is backfilled; the model is used on later rows.",
        knobs: &[("leaks", "temporal-shuffle,future-window,backfilled-field"), ("num-rows", "2000")],
        episode: STDOUT,
    },
    Preset {
        name: "grouped",
        doc: "Accounts have several rows and forms come twice; the model is used on new accounts.",
        knobs: &[("leaks", "group-overlap,duplicates,full-data-rate"), ("num-rows", "2000")],
        episode: STDOUT,
    },
    Preset {
        name: "pipeline-code",
        doc: "The leaks are in the code that is supplied: fitting on everything, selecting and copying before the split.",
        knobs: &[(
            "leaks",
            "fit-on-all,early-selection,early-oversampling,stale-cache,row-order,post-outcome",
        )],
        episode: STDOUT,
    },
];

/// Where a leak can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clarity {
    /// In the data dictionary.
    Explicit,
    /// In the as-of log.
    Hinted,
    /// By joining the log's job with the ETL.
    Traced,
    /// One column here, another there.
    Mixed,
}

/// What the knobs come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// Rows of train.csv.
    pub(super) train_rows: usize,
    /// Rows of test.csv.
    pub(super) test_rows: usize,
    /// Hidden rows.
    pub(super) deploy_rows: usize,
    /// Legal numeric columns.
    pub(super) numeric: usize,
    /// Legal categorical columns.
    pub(super) categorical: usize,
    /// The leaks, by name, each once, in the order of the operators.
    pub(super) leaks: Vec<&'static str>,
    /// Weakness of the leaks, in `[0, 1]`.
    pub(super) subtlety: f64,
    /// Share of positive rows that are backfilled.
    pub(super) backfill: f64,
    /// Where leaks can be read.
    pub(super) clarity: Clarity,
    /// Legal columns that look leaky.
    pub(super) decoys: usize,
    /// Columns that go with the label in train.csv alone.
    pub(super) canaries: usize,
    /// Share of test rows with accounts of training.
    pub(super) overlap: f64,
    /// Accounts of the training pool; 0 if accounts are not planted.
    pub(super) entities: usize,
    /// Share of positive rows in the field.
    pub(super) prevalence: f64,
    /// Training rows are drawn half positive, whatever the prevalence.
    pub(super) enriched: bool,
    /// Bounds of the Bayes AUROC.
    pub(super) bayes: (f64, f64),
    /// Size of the change over time.
    pub(super) drift: f64,
    /// Place of the threshold.
    pub(super) lambda: f64,
    /// The threshold asked for as an AUROC.
    pub(super) threshold: Option<f64>,
    /// Telling names where a leak has one.
    pub(super) original_names: bool,
}

/// Rows of an account, on average.
const ROWS_PER_ENTITY: usize = 8;
/// The drift that a shuffled time axis needs to matter.
const DRIFT_MIN: f64 = 0.8;
/// How far a task's Bayes AUROC strays from the knob.
const BAYES_SLACK: f64 = 0.015;

impl Settings {
    /// Reads complete knobs.
    ///
    /// # Panics
    /// The knobs are not those of [`KNOBS`].
    pub(super) fn new(knobs: &Knobs) -> Self {
        let count = |name: &str| usize::try_from(knobs.int(name)).expect("its range starts above 0");
        let asked = |name: &str| {
            let toggle = operators::toggle(name).is_some_and(|knob| knobs.bool(knob));
            toggle || knobs.list("leaks").iter().any(|leak| leak == name)
        };
        let leaks: Vec<&'static str> = operators::NAMES.iter().copied().filter(|name| asked(name)).collect();
        let has = |name: &str| leaks.contains(&name);
        let bayes = knobs.float("bayes-auroc");
        let drift = knobs.float("drift");
        Self {
            train_rows: count("num-rows"),
            test_rows: count("test-rows"),
            deploy_rows: count("deploy-rows"),
            numeric: count("num-numeric"),
            categorical: count("num-categorical"),
            subtlety: knobs.float("subtlety"),
            backfill: knobs.float("backfill"),
            clarity: match knobs.text("evidence") {
                "explicit" => Clarity::Explicit,
                "traced" => Clarity::Traced,
                "mixed" => Clarity::Mixed,
                _ => Clarity::Hinted,
            },
            decoys: count("decoys"),
            canaries: count("canaries"),
            overlap: knobs.float("overlap"),
            entities: if has("group-overlap") { count("num-rows") / ROWS_PER_ENTITY } else { 0 },
            prevalence: knobs.float("prevalence"),
            enriched: has("sampling-bias"),
            bayes: (bayes - BAYES_SLACK, (bayes + BAYES_SLACK).min(0.95)),
            drift: if has("temporal-shuffle") { drift.max(DRIFT_MIN) } else { drift },
            lambda: knobs.float("lambda"),
            threshold: Some(knobs.float("threshold")).filter(|threshold| *threshold > 0.0),
            original_names: knobs.text("leak-names") == "original",
            leaks,
        }
    }
}
