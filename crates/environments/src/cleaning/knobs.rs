//! The knobs of the cleaning environment, its presets, and what they come to.

use envy_core::{GenerateError, Knob, KnobKind, Knobs, Preset};
use envy_tabular::recipe::GOOD_SOURCES_MIN;
use envy_tabular::{RecipeSpec, Role, Selection, Table};

use super::fixed::FixedModel;
use super::levels;
use super::notes::Told;
use super::shapes::Shape;
use super::written::{self, Wanted};
use crate::domains::{ANY, DOMAINS};

/// Every operator, of every shape.
const OPERATORS: &[&str] = &[
    "annotator-drift",
    "bias",
    "bit-flip",
    "burst-sampling",
    "category-variants",
    "clock-skew",
    "code-remap",
    "column-swap",
    "concatenated",
    "conflicting-duplicates",
    "counter-restart",
    "date-format",
    "day-off",
    "decimal-comma",
    "decimal-shift",
    "dependency",
    "digit-slip",
    "duplicates",
    "furniture",
    "gain-drift",
    "gaps",
    "infinity",
    "integer-offset",
    "label-convention",
    "label-noise",
    "late-arrival",
    "local-time",
    "misalignment",
    "missing",
    "mojibake",
    "noise",
    "office-dates",
    "outlier",
    "overflow",
    "quantisation",
    "resampled",
    "saturation",
    "sensor-drift",
    "sentinel",
    "shifted-columns",
    "shuffle",
    "sign-flip",
    "spikes",
    "stuck",
    "time-zone",
    "truncation",
    "typos",
    "unit",
];

/// The value of the knob `dynamics` that leaves the function to the seed.
const DRAWN: &str = "drawn";

/// What a label function for tasks with these knobs is to be.
///
/// # Panics
/// The knobs are not those of the environment.
pub fn wanted(knobs: &Knobs) -> Wanted {
    Settings::new(knobs).wanted()
}

/// The operators that change classes: where the label is a number they are left out.
const OPERATORS_OF_CLASSES: &[&str] = &["annotator-drift", "label-convention", "label-noise"];

/// The operators that are drawn from unless someone says otherwise.
///
/// Quantisation is not among them: nobody can take it back; nor are those that are texture.
const OPERATORS_DEFAULT: &str = "annotator-drift,bias,bit-flip,category-variants,code-remap,column-swap,concatenated,\
     conflicting-duplicates,date-format,day-off,decimal-comma,decimal-shift,dependency,digit-slip,\
     duplicates,furniture,gain-drift,infinity,label-convention,misalignment,missing,mojibake,\
     office-dates,outlier,overflow,saturation,sentinel,shifted-columns,shuffle,sign-flip,time-zone,\
     truncation,typos,unit";

/// Every knob.
pub(super) const KNOBS: &[Knob] = &[
    Knob {
        name: "shape",
        kind: KnobKind::Choice(Shape::NAMES),
        default: "table",
        doc: "One table, or a series: readings of devices, with a label for each device's day.",
    },
    Knob {
        name: "num-classes",
        kind: KnobKind::Int { min: 2, max: 10 },
        default: "4",
        doc: "Classes of the label.",
    },
    Knob {
        name: "regression",
        kind: KnobKind::Bool,
        default: "false",
        doc: "The label is a number, the score itself; num-classes then says nothing.",
    },
    Knob {
        name: "serve",
        kind: KnobKind::Bool,
        default: "false",
        doc: "A batch of new rows without labels also goes through clean_data, and the model answers on what comes back.",
    },
    Knob {
        name: "num-rows",
        kind: KnobKind::Int { min: 500, max: 2_000 },
        default: "1000",
        doc: "Rows of the true table; the export also holds surplus rows where an operator adds some.",
    },
    Knob {
        name: "num-cols",
        kind: KnobKind::Int { min: 3, max: 10 },
        default: "6",
        doc: "Numeric columns, beside the categories and the derived column of the domain.",
    },
    Knob {
        name: "used",
        kind: KnobKind::Float { min: 0.1, max: 1.0 },
        default: "0.7",
        doc: "Share of the numeric columns that the label depends on (five at most).",
    },
    Knob {
        name: "corrupt",
        kind: KnobKind::Float { min: 0.1, max: 0.5 },
        default: "0.4",
        doc: "Share of the rows that come from a source with a fault.",
    },
    Knob {
        name: "skew",
        kind: KnobKind::Float { min: 1.0, max: 40.0 },
        default: "6",
        doc: "Odds by which some rows are likelier to come from a bad source than others.",
    },
    Knob {
        name: "mechanism",
        kind: KnobKind::Choice(Selection::NAMES),
        default: "label",
        doc: "Which rows those are: of one class, high in another column, or high in the column that is hit.",
    },
    Knob {
        name: "faults",
        kind: KnobKind::Int { min: 1, max: 6 },
        default: "2",
        doc: "Sources that have a fault; at least two sources always stay without one.",
    },
    Knob {
        name: "faults-per-source",
        kind: KnobKind::Int { min: 1, max: 4 },
        default: "2",
        doc: "Most faults of one such source, each in columns of its own.",
    },
    Knob {
        name: "operators",
        kind: KnobKind::List(OPERATORS),
        default: OPERATORS_DEFAULT,
        doc: "The operators that faults are drawn from.",
    },
    Knob {
        name: "domain",
        kind: KnobKind::Choice(DOMAINS),
        default: ANY,
        doc: "What the rows are about; the seed decides if it is any.",
    },
    Knob {
        name: "complexity",
        kind: KnobKind::Int { min: 150, max: 300 },
        default: "200",
        doc: "Nodes of the label function's Python syntax tree, met within 10.",
    },
    Knob {
        name: "dynamics",
        kind: KnobKind::Text { bytes_max: written::SOURCE_BYTES_MAX },
        default: DRAWN,
        doc: "The label function: drawn, or a Python file with dynamics(row); `envy dataset generate` takes llm too, with --model.",
    },
    Knob {
        name: "model",
        kind: KnobKind::Choice(FixedModel::NAMES),
        default: "rf200",
        doc: "The fixed model that is trained on the returned table.",
    },
    Knob {
        name: "evidence",
        kind: KnobKind::Choice(Told::NAMES),
        default: "explicit",
        doc: "Whether the notes name each fault, hint at where something changed, or leave it to the sources' comparison.",
    },
    Knob {
        name: "tau",
        kind: KnobKind::Float { min: 0.6, max: 0.95 },
        default: "0.85",
        doc: "The recovery that a pass needs.",
    },
];

/// Every preset.
pub(super) const PRESETS: &[Preset] = &[ENVY, SERIES, levels::EASY, levels::MEDIUM, levels::HARD];

/// The original task's own settings.
const ENVY: Preset = Preset {
    name: "envy",
    doc: "Three columns, five classes, half of 500 rows bad, a complex label, 100 steps and 20 probes.",
    knobs: &[
        ("complexity", "300"),
        ("num-classes", "5"),
        ("corrupt", "0.5"),
        ("num-rows", "500"),
        ("num-cols", "3"),
        ("used", "1.0"),
    ],
    episode: &[("max-steps", "100"), ("max-tokens", "3000"), ("max-eval-uses", "20")],
};

/// Readings of devices.
const SERIES: Preset = Preset {
    name: "series",
    doc: "Readings of devices in place of a table, with a label for each device's day.",
    knobs: &[("shape", "series")],
    episode: &[],
};

/// What the knobs come to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// What the agent is given.
    pub(super) shape: Shape,
    /// Classes of the label.
    pub(super) classes: usize,
    /// The label is a number.
    pub(super) regression: bool,
    /// A batch without labels is cleaned too.
    pub(super) serve: bool,
    /// Rows of the true table.
    pub(super) rows: usize,
    /// Numeric columns.
    pub(super) columns: usize,
    /// Columns that the label depends on.
    pub(super) used: usize,
    /// Share of bad rows.
    pub(super) corrupt: f64,
    /// Odds of the skew.
    pub(super) skew: f64,
    /// What the skew goes by.
    pub(super) selection: Selection,
    /// Sources with a fault.
    pub(super) faults: usize,
    /// Most faults of one such source.
    pub(super) per_source: usize,
    /// The operators to draw from.
    pub(super) operators: Vec<String>,
    /// What the rows are about, if the seed does not decide.
    pub(super) domain: Option<String>,
    /// Nodes of the label function.
    pub(super) nodes: usize,
    /// The label function, if somebody wrote it.
    pub(super) written: Option<String>,
    /// The fixed model.
    pub(super) model: FixedModel,
    /// What the notes tell of faults.
    pub(super) told: Told,
    /// The recovery that a pass needs.
    pub(super) tau: f64,
}

/// The greatest number of columns that the label depends on: with more, no thousand rows teach it.
const USED_MAX: usize = 5;

/// The operators to draw from: those that were chosen, or all of a shape that the default list says nothing of.
fn operators(shape: Shape, chosen: &[String]) -> Vec<String> {
    let is_default = chosen.iter().map(String::as_str).eq(OPERATORS_DEFAULT.split(',').map(str::trim));
    let own = shape.operators();
    if shape == Shape::Table {
        chosen.to_vec()
    } else if is_default {
        own.into_iter().map(str::to_owned).collect()
    } else {
        chosen.iter().filter(|name| own.contains(&name.as_str())).cloned().collect()
    }
}

impl Settings {
    /// Reads complete knobs.
    ///
    /// # Panics
    /// The knobs are not those of [`KNOBS`].
    pub(super) fn new(knobs: &Knobs) -> Self {
        let count = |name: &str| usize::try_from(knobs.int(name)).expect("its range starts above 0");
        let columns = count("num-cols");
        let used = (knobs.float("used") * columns as f64).round() as usize;
        // A task that was made before there were shapes says nothing of one.
        let named = knobs.iter().find(|(name, _)| *name == "shape").map(|(_, value)| value.to_string());
        let shape = named.as_deref().and_then(Shape::named).unwrap_or(Shape::Table);
        Self {
            shape,
            classes: count("num-classes"),
            regression: knobs.bool("regression"),
            serve: knobs.bool("serve"),
            rows: count("num-rows"),
            columns,
            used: used.clamp(1, USED_MAX.min(columns)),
            corrupt: knobs.float("corrupt"),
            skew: knobs.float("skew"),
            selection: Selection::named(knobs.text("mechanism")).expect("the knob takes its names only"),
            faults: count("faults"),
            per_source: count("faults-per-source"),
            operators: operators(shape, knobs.list("operators")),
            domain: Some(knobs.text("domain")).filter(|name| *name != ANY).map(str::to_owned),
            nodes: count("complexity"),
            written: Some(knobs.text("dynamics")).filter(|text| *text != DRAWN).map(str::to_owned),
            model: FixedModel::named(knobs.text("model")).expect("the knob takes the model's names only"),
            told: Told::named(knobs.text("evidence")).expect("the knob takes the levels' names only"),
            tau: knobs.float("tau"),
        }
    }

    /// The operators that there is something for to do.
    fn operators(&self) -> Vec<String> {
        let fits = |name: &&String| !(self.regression && OPERATORS_OF_CLASSES.contains(&name.as_str()));
        self.operators.iter().filter(fits).cloned().collect()
    }

    /// What a label function that somebody writes is to be.
    fn wanted(&self) -> Wanted {
        let classes = (!self.regression).then_some(self.classes);
        Wanted { nodes: self.nodes, inputs: self.used, classes }
    }

    /// Whether the settings contradict each other.
    ///
    /// # Errors
    /// They do; what to change.
    pub(super) fn check(&self) -> Result<(), GenerateError> {
        if self.operators().is_empty() && !self.operators.is_empty() {
            return Err(GenerateError::Input {
                what: format!(
                    "no operator is left to draw from: with regression there are no classes for {} to change",
                    self.operators.join(", ")
                ),
                hint: "name other operators, or leave --operators out".to_owned(),
            });
        }
        if let Some(source) = &self.written {
            if !source.contains('\n') {
                return Err(GenerateError::Input {
                    what: format!("\"{source}\" is no label function"),
                    hint: "`envy dataset generate --dynamics FILE.py`, or `--dynamics llm --model M`, makes a dataset with one"
                        .to_owned(),
                });
            }
            written::examine(source, &self.wanted())
                .map_err(|refusal| GenerateError::Input { what: refusal.what, hint: refusal.hint })?;
        }
        Ok(())
    }

    /// What a recipe for these rows is asked for: enough of the table's sources stay good.
    pub(super) fn recipe_spec(&self, rows: &Table) -> RecipeSpec {
        let sources = rows.role(Role::Source).map_or(0, |column| rows.fields[column].levels.len());
        RecipeSpec {
            operators: self.operators(),
            faults: self.faults.min(sources.saturating_sub(GOOD_SOURCES_MIN)),
            per_source: self.per_source,
            corrupt: self.corrupt,
            odds: self.skew,
            selection: self.selection,
        }
    }
}
