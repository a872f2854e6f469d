//! Plant: one drawn instance of a domain of series. Its devices and parameters are fixed, its readings as many as one likes.
//!
//! A day of a device has a level, a swing and a phase of its own for every signal, on top of the device's and the weekday's;
//! what is left is an AR(1) course. Every draw covers the same days of the same devices with other readings.

use envy_core::{Rng, Seed};

use super::domains::{SeriesDomain, Signal, TWIN};
use super::recipe::DEVICES;
use super::windows::{Summary, Window, Windows};
use crate::field::{Field, Kind, Role, round_to};
use crate::population::{RECORDED_AT, ROW_ID};
use crate::table::{Column, Table};
use crate::time::DAY_S;

/// Seconds between two readings of a device.
pub const STEP_S: i64 = 7_200;
/// Readings of a device's day.
const STEPS: usize = (DAY_S / STEP_S) as usize;
/// Days begin on a Monday between here and four years on: 2021-01-04T00:00:00 UTC.
const FIRST_MONDAY_S: i64 = 1_609_718_400;
const MONDAYS: usize = 208;
/// How far devices differ, in spreads.
const DEVICE: f64 = 0.35;
/// How far the level of a day differs from the device's, and how much of it lasts to the next day.
const LEVEL: (f64, f64) = (0.8, 0.4);
/// The swing of a middle day, in spreads, and how far days differ, as a share.
const SWING: (f64, f64) = (1.1, 0.4);
/// How far the peaks of days differ, in hours.
const PHASE_H: f64 = 1.6;
/// The course of what is left, in spreads, and how much lasts to the next reading.
const REST: (f64, f64) = (0.2, 0.6);
/// What a weekend takes off, in spreads.
const WEEKEND: f64 = 0.5;
/// How far a twin is off, in spreads.
const TWIN_ERROR: f64 = 0.02;
/// A draw with wanted labels tries so many days for each class at a time, so many times.
const TRIES: (usize, usize) = (2, 12);

/// Which label each window of a draw is to have: the label of what a model reads of a window, and by device and day the
/// class wanted.
pub struct Labels<'a> {
    /// The class of each window, from its features.
    pub of: &'a dyn Fn(&[Vec<f64>]) -> Vec<u32>,
    /// The classes wanted, device by device, day by day.
    pub wanted: &'a [Vec<u32>],
    /// How many classes there are.
    pub classes: usize,
}

/// One drawn instance of a domain of series.
pub struct Plant {
    domain: &'static SeriesDomain,
    fields: Vec<Field>,
    start_s: i64,
    signals: Vec<Drawn>,
    daily: f64,
    windows: Windows,
}

/// A signal's parameters.
struct Drawn {
    middle: f64,
    spread: f64,
    /// By device, in spreads.
    devices: Vec<f64>,
}

/// Where a device's courses stand.
#[derive(Clone)]
struct State {
    levels: Vec<f64>,
    rests: Vec<f64>,
    register: f64,
}

/// A day's readings: signals, then twins, then the register, each for every step.
#[derive(Clone)]
struct Day {
    columns: Vec<Vec<f64>>,
    after: State,
}

impl Plant {
    /// Draws every parameter; a model reads `features` numbers of a window, and at most as many as there are.
    pub fn new(domain: &'static SeriesDomain, seed: &Seed, features: usize) -> Self {
        let mut rng = seed.derive("plant").rng();
        let between = |rng: &mut Rng, (low, high): (f64, f64)| rng.between(low, high);
        let signals = domain
            .signals
            .iter()
            .map(|signal| Drawn {
                middle: between(&mut rng, signal.middle),
                spread: between(&mut rng, signal.spread),
                devices: (0..DEVICES).map(|_| DEVICE * rng.normal().clamp(-2.0, 2.0)).collect(),
            })
            .collect();
        let daily = between(&mut rng, domain.register.daily);
        let start_s = FIRST_MONDAY_S + 7 * DAY_S * rng.below(MONDAYS) as i64;
        let fields = fields(domain, &mut seed.derive("devices").rng());
        let windows = windows(domain, &mut seed.derive("features").rng(), features);
        Self { domain, fields, start_s, signals, daily, windows }
    }

    /// What the devices measure.
    pub fn domain(&self) -> &'static SeriesDomain {
        self.domain
    }

    /// The fields of every draw: `row_id`, `device`, `recorded_at`, signals with their twins, the register.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// How readings become windows.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// When the first reading was taken, seconds since 1970.
    pub fn begins(&self) -> i64 {
        self.start_s
    }

    /// Readings of a draw of so many days.
    pub fn readings(&self, days: usize) -> usize {
        days * STEPS * DEVICES
    }

    /// The windows of a draw of so many days, device by device, day by day.
    pub fn window_names(&self, days: usize) -> Vec<(String, i64)> {
        let first = self.start_s / DAY_S;
        let of =
            |device: &String| (0..days as i64).map(|day| (device.clone(), first + day)).collect::<Vec<_>>();
        self.fields[1].levels.iter().flat_map(of).collect()
    }

    /// `days` fresh days of every device, in the order of time, numbered from `first_id`. With `labels` each window has the
    /// class that is wanted, but for a few whose class is too rare where the device stands.
    pub fn draw(&self, seed: &Seed, days: usize, first_id: i64, labels: Option<&Labels>) -> Table {
        let courses: Vec<Vec<Day>> =
            (0..DEVICES).map(|device| self.course(seed, device, days, labels)).collect();
        let rows = self.readings(days);
        let width = self.fields.len() - 3;
        let (mut devices, mut moments) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let mut numbers: Vec<Vec<f64>> = vec![Vec::with_capacity(rows); width];
        for step in 0..days * STEPS {
            for (device, course) in courses.iter().enumerate() {
                devices.push(Some(device as u32));
                moments.push(Some(self.start_s + step as i64 * STEP_S));
                let day = &course[step / STEPS];
                for (column, values) in numbers.iter_mut().zip(&day.columns) {
                    column.push(values[step % STEPS]);
                }
            }
        }
        let ids = (0..rows as i64).map(|row| Some(first_id + row)).collect();
        let mut columns = vec![Column::Integer(ids), Column::Category(devices), Column::Time(moments)];
        columns.extend(numbers.into_iter().map(Column::Number));
        Table::new(self.fields.clone(), columns).expect("a draw has the plant's fields")
    }

    /// What a model reads of fresh windows: `days` days of every device, device by device.
    pub fn natural(&self, seed: &Seed, days: usize) -> Vec<Vec<f64>> {
        let course = |device| self.course(seed, device, days, None);
        (0..DEVICES).flat_map(course).map(|day| self.summarise(&day)).collect()
    }

    /// The days of one device.
    fn course(&self, seed: &Seed, device: usize, days: usize, labels: Option<&Labels>) -> Vec<Day> {
        let mut rng = seed.derive(&format!("device/{device}")).rng();
        let mut state = State {
            levels: self.signals.iter().map(|_| LEVEL.0 * rng.normal()).collect(),
            rests: self.signals.iter().map(|_| REST.0 * rng.normal()).collect(),
            register: (self.daily * rng.between(50.0, 400.0)).round(),
        };
        let mut course = Vec::with_capacity(days);
        for number in 0..days {
            let day = match labels {
                None => self.day(&mut rng, device, number, &state),
                Some(labels) => self.wanted(&mut rng, device, number, &state, labels),
            };
            state = day.after.clone();
            course.push(day);
        }
        course
    }

    /// A day with the class that is wanted, or the last one tried.
    fn wanted(&self, rng: &mut Rng, device: usize, number: usize, state: &State, labels: &Labels) -> Day {
        let wanted = labels.wanted[device][number];
        let mut last = None;
        for _ in 0..TRIES.1 {
            let mut days: Vec<Day> =
                (0..TRIES.0 * labels.classes).map(|_| self.day(rng, device, number, state)).collect();
            let read: Vec<Vec<f64>> = days.iter().map(|day| self.summarise(day)).collect();
            if let Some(at) = (labels.of)(&read).iter().position(|label| *label == wanted) {
                return days.swap_remove(at);
            }
            last = days.pop();
        }
        last.expect("every try draws a day")
    }

    /// One day from where the device's courses stand.
    fn day(&self, rng: &mut Rng, device: usize, number: usize, state: &State) -> Day {
        let mut after = state.clone();
        let is_weekend = number % 7 >= 5;
        let (mut signals, mut twins) = (Vec::new(), Vec::new());
        for (place, (signal, drawn)) in self.domain.signals.iter().zip(&self.signals).enumerate() {
            let (size, lasts) = LEVEL;
            let level = lasts * state.levels[place] + size * (1.0 - lasts * lasts).sqrt() * rng.normal();
            after.levels[place] = level;
            let swing = SWING.0 * (1.0 + SWING.1 * rng.normal().clamp(-2.0, 2.0));
            let peak_h = signal.peak_h + PHASE_H * rng.normal().clamp(-2.5, 2.5);
            let base = drawn.devices[device] + level - if is_weekend { WEEKEND } else { 0.0 };
            let mut values = Vec::with_capacity(STEPS);
            for step in 0..STEPS {
                let (size, lasts) = REST;
                let rest = lasts * after.rests[place] + size * (1.0 - lasts * lasts).sqrt() * rng.normal();
                after.rests[place] = rest;
                let turn = (step as f64 * STEP_S as f64 / 3_600.0 - peak_h) / 24.0;
                let wave = swing * libm::cos(std::f64::consts::TAU * (turn - turn.floor()));
                values.push(drawn.middle + drawn.spread * (base + wave + rest));
            }
            if signal.has_twin {
                let twin = |value: &f64| recorded(signal, value + TWIN_ERROR * drawn.spread * rng.normal());
                twins.push(values.iter().map(twin).collect());
            }
            signals.push(values.iter().map(|value| recorded(signal, *value)).collect());
        }
        signals.extend(twins);
        signals.push(self.counted(rng, is_weekend, &mut after));
        Day { columns: signals, after }
    }

    /// The register through a day.
    fn counted(&self, rng: &mut Rng, is_weekend: bool, after: &mut State) -> Vec<f64> {
        let register = &self.domain.register;
        let busy = libm::exp(0.3 * rng.normal().clamp(-2.5, 2.5)) * if is_weekend { 0.75 } else { 1.0 };
        let step = self.daily * busy / STEPS as f64;
        let count = |_| {
            after.register = round_to(after.register + step * rng.between(0.6, 1.4), register.decimals);
            after.register
        };
        (0..STEPS).map(count).collect()
    }

    /// What a model reads of a day.
    fn summarise(&self, day: &Day) -> Vec<f64> {
        let of = |window: &Window| {
            let column = self.fields.iter().position(|field| field.name == window.column);
            let values = &day.columns[column.expect("a window reads a column of readings") - 3];
            let readings: Vec<(i64, f64)> =
                values.iter().enumerate().map(|(step, value)| (step as i64 * STEP_S, *value)).collect();
            window.summary.of(&readings)
        };
        self.windows.features.iter().map(of).collect()
    }
}

/// A value as the sensor writes it.
fn recorded(signal: &Signal, value: f64) -> f64 {
    round_to(value.clamp(signal.legal.0, signal.legal.1), signal.decimals)
}

fn fields(domain: &SeriesDomain, rng: &mut Rng) -> Vec<Field> {
    let plain =
        |name: &str, kind, role, doc: &str| Field { doc: doc.to_owned(), ..Field::new(name, kind, role) };
    let mut device = plain("device", Kind::Category, Role::Source, domain.device);
    let mut numbers = rng.sample_without_replacement(900, DEVICES);
    numbers.sort_unstable();
    device.levels = numbers.iter().map(|number| format!("{}{}", domain.prefix, 100 + number)).collect();
    let time = "Moment of the reading, UTC; every device is read at the same moments, every two hours from 00:00 on.";
    let mut fields = vec![
        plain(ROW_ID, Kind::Integer, Role::Id, "Number of the reading, given once and never again."),
        device,
        plain(RECORDED_AT, Kind::Time, Role::Time, time),
    ];
    let measured = |name: &str, signal: &Signal, doc: &str| Field {
        unit: signal.unit.to_owned(),
        range: Some(signal.legal),
        decimals: Some(signal.decimals),
        ..plain(name, Kind::Number, Role::Feature, doc)
    };
    fields.extend(domain.signals.iter().map(|signal| measured(signal.name, signal, signal.doc)));
    for signal in domain.signals.iter().filter(|signal| signal.has_twin) {
        let doc = format!("The same as `{}`, by a second sensor beside it.", signal.name);
        fields.push(measured(&format!("{}{TWIN}", signal.name), signal, &doc));
    }
    let register = &domain.register;
    fields.push(Field {
        unit: register.unit.to_owned(),
        decimals: Some(register.decimals),
        ..plain(register.name, Kind::Number, Role::Feature, register.doc)
    });
    fields
}

/// The numbers that a model reads: so many of those that there are, never a twin's.
fn windows(domain: &SeriesDomain, rng: &mut Rng, count: usize) -> Windows {
    let feature = |column: &str, summary: Summary| Window {
        name: format!("{column}_{}", summary.name()),
        column: column.to_owned(),
        summary,
    };
    let mut features = vec![feature(domain.register.name, Summary::Total)];
    for signal in domain.signals {
        features
            .extend([Summary::Mean, Summary::Range, Summary::Phase].map(|each| feature(signal.name, each)));
    }
    let mut kept = rng.sample_without_replacement(features.len(), count.min(features.len()));
    kept.sort_unstable();
    let features = kept.into_iter().map(|place| features[place].clone()).collect();
    Windows { device: "device".to_owned(), time: RECORDED_AT.to_owned(), features }
}
