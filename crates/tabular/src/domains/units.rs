//! The other units in which common quantities are written.

use crate::domain::{AlternativeUnit, affine, times};

/// Kilograms.
pub(super) const KILOGRAM: &[AlternativeUnit] =
    &[times("lb", 2.204_62), times("g", 1_000.0), times("st", 0.157_473)];
/// Centimetres.
pub(super) const CENTIMETRE: &[AlternativeUnit] =
    &[times("in", 0.393_701), times("mm", 10.0), times("m", 0.01)];
/// Kilometres.
pub(super) const KILOMETRE: &[AlternativeUnit] = &[times("mi", 0.621_371), times("m", 1_000.0)];
/// Square metres.
pub(super) const SQUARE_METRE: &[AlternativeUnit] = &[times("sq ft", 10.763_9), times("a", 0.01)];
/// Degrees Celsius.
pub(super) const CELSIUS: &[AlternativeUnit] = &[affine("degF", 1.8, 32.0), affine("K", 1.0, 273.15)];
/// Millimetres of mercury.
pub(super) const MMHG: &[AlternativeUnit] = &[times("kPa", 0.133_322), times("cmH2O", 1.359_51)];
/// Hectopascals.
pub(super) const HECTOPASCAL: &[AlternativeUnit] =
    &[times("kPa", 0.1), times("mmHg", 0.750_062), times("inHg", 0.029_53)];
/// Bars.
pub(super) const BAR: &[AlternativeUnit] = &[times("psi", 14.503_8), times("kPa", 100.0), times("MPa", 0.1)];
/// Metres a second.
pub(super) const METRE_PER_SECOND: &[AlternativeUnit] =
    &[times("km/h", 3.6), times("kn", 1.943_84), times("mph", 2.236_94)];
/// Percent.
pub(super) const PERCENT: &[AlternativeUnit] = &[times("fraction", 0.01), times("per mille", 10.0)];
/// Years.
pub(super) const YEAR: &[AlternativeUnit] = &[times("months", 12.0), times("days", 365.25)];
/// Months.
pub(super) const MONTH: &[AlternativeUnit] = &[times("years", 1.0 / 12.0), times("days", 30.436_9)];
/// Days.
pub(super) const DAY: &[AlternativeUnit] = &[times("hours", 24.0), times("weeks", 1.0 / 7.0)];
/// Hours.
pub(super) const HOUR: &[AlternativeUnit] = &[times("min", 60.0), times("days", 1.0 / 24.0)];
/// Minutes.
pub(super) const MINUTE: &[AlternativeUnit] = &[times("s", 60.0), times("h", 1.0 / 60.0)];
/// Milliseconds.
pub(super) const MILLISECOND: &[AlternativeUnit] = &[times("s", 0.001), times("us", 1_000.0)];
/// Euros: cents, thousands and a currency of small units.
pub(super) const EURO: &[AlternativeUnit] = &[times("ct", 100.0), times("kEUR", 0.001), times("JPY", 161.2)];
/// Megabytes.
pub(super) const MEGABYTE: &[AlternativeUnit] =
    &[times("kB", 1_000.0), times("GB", 0.001), times("Mbit", 8.0)];
/// Micrograms a cubic metre.
pub(super) const MICROGRAM_PER_M3: &[AlternativeUnit] = &[times("mg/m3", 0.001), times("ng/m3", 1_000.0)];
