//! Domain: what a kind of table is about, as data. A population fills in every range with one draw.

use crate::families::Family;
use crate::field::{Kind, Unit};

/// Numeric features that every domain offers.
pub const FEATURES_MAX: usize = 10;
/// The fewest that a population is built with: what a derived column reads, and one beside it.
pub const FEATURES_MIN: usize = 3;

/// From and to, both included.
pub type Range = (f64, f64);

/// A kind of table.
pub struct Domain {
    /// Registry name, kebab-case.
    pub name: &'static str,
    /// A few words for a heading.
    pub title: &'static str,
    /// Two sentences for the data dictionary: who records what, and what one row is.
    pub doc: &'static str,
    /// What the label says of a row, one sentence.
    pub label: &'static str,
    /// Where rows come from.
    pub sources: Sources,
    /// When rows are recorded.
    pub clock: Clock,
    /// The numeric features: exactly [`FEATURES_MAX`].
    pub measures: &'static [Measure],
    /// Categories of their own.
    pub choices: &'static [Choice],
    /// Categories that determine each other.
    pub chain: Chain,
    /// The derived column.
    pub derived: Derived,
}

/// Where rows come from.
pub struct Sources {
    /// Eight names, of which a population takes four to eight.
    pub names: [&'static str; 8],
    /// One sentence.
    pub doc: &'static str,
}

/// When rows are recorded.
pub struct Clock {
    /// Days that one draw spans.
    pub days: (usize, usize),
    /// How likely each hour of the day is, relative to the others.
    pub hours: &'static [f64; 24],
    /// How likely a day of the weekend is, relative to a working day.
    pub weekend: f64,
    /// Moments are whole multiples of this many seconds.
    pub step_s: i64,
    /// One sentence.
    pub doc: &'static str,
}

/// Opening hours.
pub const OFFICE: &[f64; 24] = &[
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 1.0, 3.0, 4.0, 4.0, 3.5, 2.0, 3.0, 4.0, 3.5, 2.5, 1.5, 0.5, 0.1, 0.0,
    0.0, 0.0, 0.0,
];
/// Machines that never stop.
pub const ROUND_THE_CLOCK: &[f64; 24] = &[1.0; 24];
/// People at home and on their way.
pub const WAKING: &[f64; 24] = &[
    0.6, 0.3, 0.2, 0.1, 0.1, 0.2, 0.6, 1.2, 1.8, 2.2, 2.5, 2.6, 2.8, 2.6, 2.4, 2.4, 2.6, 3.0, 3.5, 3.8, 3.9,
    3.2, 2.2, 1.2,
];

/// A numeric feature.
#[derive(Clone, Copy)]
pub struct Measure {
    /// The header.
    pub name: &'static str,
    /// Number or Integer.
    pub kind: Kind,
    /// The unit, or an empty string for plain counts and scores.
    pub unit: &'static str,
    /// Digits after the point.
    pub decimals: u8,
    /// One sentence for the data dictionary.
    pub doc: &'static str,
    /// The family of its values.
    pub family: &'static dyn Family,
    /// The range of each of the family's shapes.
    pub shapes: &'static [Range],
    /// Added to the scaled value.
    pub location: Range,
    /// Multiplies the family's standard value.
    pub scale: Range,
    /// The legal range: the family is cut off there.
    pub legal: Range,
    /// Other units it is commonly written in.
    pub units: &'static [AlternativeUnit],
    /// How strongly it follows the first two common factors (0 leaves it to chance).
    pub pull: [f64; 2],
    /// Read off by eye: this share of the values is rounded to a multiple of the step.
    pub preference: Option<Preference>,
    /// Its course over time.
    pub rhythm: Option<Rhythm>,
}

/// Another unit: `written = value * factor + offset`.
#[derive(Clone, Copy)]
pub struct AlternativeUnit {
    /// Its name.
    pub name: &'static str,
    /// Multiplies the value in the column's own unit.
    pub factor: f64,
    /// Added after the multiplication.
    pub offset: f64,
}

/// Digit preference.
#[derive(Clone, Copy)]
pub struct Preference {
    /// The share of the values.
    pub share: f64,
    /// The step they are rounded to.
    pub step: f64,
}

/// A column's course over time, in standard deviations of its latent normal.
#[derive(Clone, Copy)]
pub struct Rhythm {
    /// Hours after which a deviation has decayed to 1/e within one source (0 for none): AR(1) at uneven steps.
    pub memory_h: f64,
    /// The waves on top.
    pub waves: &'static [Wave],
}

/// A sine wave over time.
#[derive(Clone, Copy)]
pub struct Wave {
    /// Hours from peak to peak.
    pub period_h: f64,
    /// Hours from 1970-01-01T00:00:00 UTC to a peak.
    pub peak_h: f64,
    /// The share of the latent variance that it explains.
    pub share: f64,
}

/// Hours of a day, of a week and of a mean year.
pub const DAY_H: f64 = 24.0;
/// Hours of a week.
pub const WEEK_H: f64 = 168.0;
/// Hours of a mean year.
pub const YEAR_H: f64 = 8_766.0;

/// A category of its own.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The header.
    pub name: &'static str,
    /// Its levels; in their order if `ordered`, otherwise each population has its own favourites.
    pub levels: &'static [&'static str],
    /// The levels are grades: the first is the most frequent.
    pub ordered: bool,
    /// The range of the Zipf exponent of the shares.
    pub zipf: Range,
    /// One sentence for the data dictionary.
    pub doc: &'static str,
}

/// Categories that determine each other: each row of `rows` says what follows from its first entry.
#[derive(Clone, Copy)]
pub struct Chain {
    /// The headers, finest first.
    pub names: &'static [&'static str],
    /// One sentence for each.
    pub docs: &'static [&'static str],
    /// The known combinations; the first entries are all different.
    pub rows: &'static [&'static [&'static str]],
    /// The range of the Zipf exponent of the finest category's shares.
    pub zipf: Range,
}

/// A column computed from measures.
#[derive(Clone, Copy)]
pub struct Derived {
    /// The header.
    pub name: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// Digits after the point.
    pub decimals: u8,
    /// One sentence for the data dictionary.
    pub doc: &'static str,
    /// Coefficients and powers of measures, as in [`crate::Formula`].
    pub terms: &'static [(f64, &'static [(&'static str, i32)])],
    /// The legal range; it holds whatever legal values the measures have.
    pub legal: Range,
    /// Other units it is commonly written in.
    pub units: &'static [AlternativeUnit],
}

/// A measure without a distribution, to be completed by [`Measure::drawn`] and [`Measure::legal`].
pub const fn number(name: &'static str, unit: &'static str, decimals: u8, doc: &'static str) -> Measure {
    Measure {
        name,
        kind: Kind::Number,
        unit,
        decimals,
        doc,
        family: &crate::families::Normal,
        shapes: &[],
        location: (0.0, 0.0),
        scale: (1.0, 1.0),
        legal: (f64::NEG_INFINITY, f64::INFINITY),
        units: &[],
        pull: [0.0; 2],
        preference: None,
        rhythm: None,
    }
}

/// A whole-number measure, to be completed as [`number`] is.
pub const fn integer(name: &'static str, unit: &'static str, doc: &'static str) -> Measure {
    let mut measure = number(name, unit, 0, doc);
    measure.kind = Kind::Integer;
    measure
}

impl Measure {
    /// `location + scale * family(shapes)`, each from its range.
    #[must_use]
    pub const fn drawn(
        mut self,
        family: &'static dyn Family,
        shapes: &'static [Range],
        location: Range,
        scale: Range,
    ) -> Self {
        self.family = family;
        self.shapes = shapes;
        self.location = location;
        self.scale = scale;
        self
    }

    /// The legal range.
    #[must_use]
    pub const fn legal(mut self, low: f64, high: f64) -> Self {
        self.legal = (low, high);
        self
    }

    /// The other units.
    #[must_use]
    pub const fn units(mut self, units: &'static [AlternativeUnit]) -> Self {
        self.units = units;
        self
    }

    /// How strongly it follows the first two common factors.
    #[must_use]
    pub const fn pull(mut self, first: f64, second: f64) -> Self {
        self.pull = [first, second];
        self
    }

    /// Three values in ten are rounded to a multiple of `step`.
    #[must_use]
    pub const fn rounded_to(mut self, step: f64) -> Self {
        self.preference = Some(Preference { share: 0.3, step });
        self
    }

    /// Its course over time.
    #[must_use]
    pub const fn rhythm(mut self, memory_h: f64, waves: &'static [Wave]) -> Self {
        self.rhythm = Some(Rhythm { memory_h, waves });
        self
    }
}

/// A wave that explains `share` of the variance.
pub const fn wave(period_h: f64, peak_h: f64, share: f64) -> Wave {
    Wave { period_h, peak_h, share }
}

/// A unit that differs by a factor.
pub const fn times(name: &'static str, factor: f64) -> AlternativeUnit {
    AlternativeUnit { name, factor, offset: 0.0 }
}

/// A unit that differs by a factor and an offset.
pub const fn affine(name: &'static str, factor: f64, offset: f64) -> AlternativeUnit {
    AlternativeUnit { name, factor, offset }
}

impl AlternativeUnit {
    pub(crate) fn owned(self) -> Unit {
        Unit { name: self.name.to_owned(), factor: self.factor, offset: self.offset }
    }
}
