//! Readings: the ways in which one source's column may have come to look as it does, each with what speaks against it.

use envy_tabular::field::round_to;
use envy_tabular::{Field, Fix, Kind, Unit, text};

use super::Case;
use super::habits::Bar;
use super::quantiles::{Quantiles, distance, own_quantiles, peer_quantiles};

/// A unit that changes needs a reason.
const CHANGE_COST: f64 = 0.08;
/// What a note of the very change speaks for it.
const NOTED_COST: f64 = -0.1;
/// An offset that nobody has noted needs a better one: it explains any shift.
const OFFSET_COST: f64 = 0.4;
/// Points slip, and bits flip, now and then.
const SLIP_COSTS: [f64; 2] = [0.02, 0.04];
/// What speaks against a counter that went round: it is rarer than a slipped point.
const WRAP_COST: f64 = 0.03;
/// The widths of the integers that such counters have, in bits.
const WRAP_BITS: [i32; 3] = [8, 12, 16];
/// To call cells lost is the last resort, and the more of them the worse.
const LOST_COST: f64 = 0.1;
/// What cells outside the legal range speak against a reading, by their share.
const ILLEGAL_WEIGHT: f64 = 1.0;
/// So many cells must be outside the range for a slip...
const OUTSIDE_MIN: usize = 3;
/// ...and this share of them must have one way back.
const BACK_SHARE_MIN: f64 = 0.9;
/// Ways of a column that are judged together with those of others.
const WAYS_MAX: usize = 4;
/// Factors between units in wide use, where the schema lists none.
const COMMON_FACTORS: [f64; 6] = [2.2046, 2.54, 1.609, 0.3048, 10.0, 1000.0];

/// A way in which a column may have come to look as it does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// It is right.
    AsIs,
    /// The source writes `value * factor + offset`.
    Affine(Unit),
    /// Single cells slipped out of the range.
    Slip(Fix),
    /// What is outside the range is lost.
    Lost,
}

/// A column's ways at one source; the first is [`Way::AsIs`], the others ascend by their cost.
pub(super) struct Readings {
    /// The field.
    pub(super) field: usize,
    /// The ways and what speaks against each.
    pub(super) ways: Vec<(Way, f64)>,
}

impl Way {
    /// What the number would be, read so.
    pub(super) fn read(&self, number: f64) -> f64 {
        match self {
            Self::AsIs | Self::Lost => number,
            Self::Affine(unit) => unit.read(number),
            Self::Slip(fix) => fixed(fix, number),
        }
    }

    /// The step that takes it back, if there is one.
    pub(super) fn fix(&self, field: &Field) -> Option<Fix> {
        match self {
            Self::AsIs | Self::Lost => None,
            Self::Affine(unit) => {
                Some(Fix::Affine { factor: unit.factor, offset: unit.offset, decimals: decimals(field) })
            }
            Self::Slip(fix) => Some(fix.clone()),
        }
    }
}

impl Readings {
    /// The ways to read a column of a source; nothing if there is too little to compare.
    pub(super) fn new(case: &Case, numbers: &[f64], source: usize, field: usize, bar: Bar) -> Option<Self> {
        let scale = Scale {
            field: &case.sight.fields[field],
            own: case.sources[source].lines.iter().map(|line| numbers[*line]).collect(),
            peers: peer_quantiles(case, numbers, source)?,
        };
        let now = scale.cost(&Way::AsIs)?;
        let mut ways: Vec<(Way, f64)> = Vec::new();
        let source_name = &case.sources[source].name;
        let noted = |unit: &Unit| {
            !unit.name.is_empty() && case.sight.noted_unit(source_name, &scale.field.name, &unit.name)
        };
        let affine = units(case, field).into_iter().map(|unit| {
            let prior = if noted(&unit) { NOTED_COST } else { CHANGE_COST };
            (Way::Affine(unit), prior)
        });
        let slips = scale.slips().into_iter();
        for (way, prior) in affine.chain(slips).chain([(Way::Lost, LOST_COST)]) {
            if let Some(cost) = scale.cost(&way) {
                ways.push((way, prior + cost));
            }
        }
        let offset = match (case.sight.noted_offset(source_name, &scale.field.name), bar) {
            (Some(offset), _) => Some((offset, NOTED_COST)),
            // As long as the labels may be wrong, so may be the mix that the peers are weighted to.
            (None, Bar::High) => None,
            (None, Bar::Low) => Some((scale.likely_offset()?, OFFSET_COST)),
        };
        if let Some((offset, prior)) = offset {
            let way = Way::Affine(Unit { name: String::new(), factor: 1.0, offset });
            ways.extend(scale.cost(&way).map(|cost| (way, prior + cost)));
        }
        ways.sort_by(|a, b| a.1.total_cmp(&b.1));
        ways.truncate(WAYS_MAX);
        ways.insert(0, (Way::AsIs, now));
        Some(Self { field, ways })
    }

    /// What speaks against the best way.
    pub(super) fn least(&self) -> f64 {
        self.ways.iter().map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min)
    }
}

/// A column of a source beside its peers.
struct Scale<'a> {
    field: &'a Field,
    own: Vec<f64>,
    peers: Quantiles,
}

impl Scale<'_> {
    /// What speaks against a way: quantiles far from the peers' and cells outside the range.
    fn cost(&self, way: &Way) -> Option<f64> {
        let mut read: Vec<f64> = self.own.iter().map(|number| way.read(*number)).collect();
        let count = read.iter().filter(|number| number.is_finite()).count();
        let outside = read.iter().filter(|number| self.is_outside(**number)).count();
        if *way == Way::Lost {
            read.retain(|number| !self.is_outside(*number));
        }
        let far = distance(&own_quantiles(&read)?, &self.peers)?;
        Some(far + ILLEGAL_WEIGHT * outside as f64 / count as f64 * if *way == Way::Lost { 0.5 } else { 1.0 })
    }

    fn is_outside(&self, number: f64) -> bool {
        self.field.range.is_some_and(|(low, high)| number < low || number > high)
    }

    fn slips(&self) -> Vec<(Way, f64)> {
        let Some((low, high)) = self.field.range else { return Vec::new() };
        let fixes =
            [Fix::DecimalShift { low, high, decimals: decimals(self.field) }, Fix::BitFlip { low, high }];
        let outside: Vec<f64> = self.own.iter().copied().filter(|number| self.is_outside(*number)).collect();
        let mut slips = Vec::new();
        let digits = decimals(self.field);
        let scale = libm::pow(10.0, f64::from(digits.unwrap_or(0)));
        let wraps = WRAP_BITS.iter().map(|bits| {
            let modulus = libm::pow(2.0, f64::from(*bits)) / scale;
            (Fix::Wrap { low, high, modulus, decimals: digits }, WRAP_COST)
        });
        for (fix, cost) in fixes.into_iter().zip(SLIP_COSTS).chain(wraps) {
            let back = outside.iter().filter(|number| !self.is_outside(fixed(&fix, **number))).count();
            if back >= OUTSIDE_MIN && back as f64 >= BACK_SHARE_MIN * outside.len() as f64 {
                slips.push((Way::Slip(fix), cost));
            }
        }
        slips
    }

    /// The mean difference of the quantiles, to the digits that the column records.
    fn likely_offset(&self) -> Option<f64> {
        let own = own_quantiles(&self.own)?;
        let mean =
            own.iter().zip(&self.peers).map(|(own, peers)| own - peers).sum::<f64>() / own.len() as f64;
        Some(decimals(self.field).map_or(mean, |decimals| round_to(mean, decimals)))
    }
}

/// The number after a cell's fix; itself if the fix leaves it.
fn fixed(fix: &Fix, number: f64) -> f64 {
    let text = fix.cell(&text::write_number(number));
    text.as_deref().and_then(text::parse_number).unwrap_or(number)
}

fn decimals(field: &Field) -> Option<u8> {
    if field.kind == Kind::Integer { Some(0) } else { field.decimals }
}

/// The units that a column may be written in, the opposite sign among them.
fn units(case: &Case, field: usize) -> Vec<Unit> {
    let fields = &case.sight.fields;
    let unit = |factor: f64| Unit { name: String::new(), factor, offset: 0.0 };
    let mut units = if fields.iter().any(|field| !field.units.is_empty()) {
        fields[field].units.clone()
    } else {
        COMMON_FACTORS.iter().flat_map(|factor| [unit(*factor), unit(1.0 / factor)]).collect()
    };
    units.push(unit(-1.0));
    units
}
