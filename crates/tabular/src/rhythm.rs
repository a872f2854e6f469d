//! Time: when rows are recorded, and how a column remembers and swings between them.

use envy_core::Seed;

use crate::domain::{Clock, Rhythm};
use crate::time::DAY_S;

/// Seconds of an hour.
const HOUR_S: i64 = 3_600;
/// Windows begin on a Monday between here and four years on: 2021-01-04T00:00:00 UTC.
const FIRST_MONDAY_S: i64 = 1_609_718_400;
/// Mondays among which a population's window begins.
const MONDAYS: usize = 208;

/// The span of time that every draw of a population covers, hour by hour.
pub(crate) struct Window {
    start_s: i64,
    step_s: i64,
    /// Summed weights of the hours.
    summed: Vec<f64>,
}

impl Window {
    /// Draws the span.
    pub(crate) fn new(clock: &Clock, seed: &Seed) -> Self {
        let mut rng = seed.rng();
        let start_s = FIRST_MONDAY_S + 7 * DAY_S * rng.below(MONDAYS) as i64;
        let days = clock.days.0 + rng.below(clock.days.1 - clock.days.0 + 1);
        let mut sum = 0.0;
        let weight = |hour: usize| {
            let weekend = if hour / 24 % 7 >= 5 { clock.weekend } else { 1.0 };
            weekend * clock.hours[hour % 24]
        };
        let summed = (0..24 * days).map(|hour| {
            sum += weight(hour);
            sum
        });
        Self { start_s, step_s: clock.step_s, summed: summed.collect() }
    }

    /// The moments of `rows` rows, in order.
    pub(crate) fn moments(&self, seed: &Seed, rows: usize) -> Vec<i64> {
        let mut rng = seed.rng();
        let total = self.summed[self.summed.len() - 1];
        let mut moments: Vec<i64> = (0..rows)
            .map(|_| {
                let place = rng.uniform() * total;
                let hour = self.summed.partition_point(|sum| *sum <= place).min(self.summed.len() - 1);
                let second = rng.below(HOUR_S as usize) as i64;
                self.start_s + hour as i64 * HOUR_S + second / self.step_s * self.step_s
            })
            .collect();
        moments.sort_unstable();
        moments
    }
}

/// Turns a column's independent standard normals into a course over time with the same variance: each source's
/// deviations decay between its rows (an Ornstein-Uhlenbeck process, AR(1) where steps are even), and waves are added.
pub(crate) fn apply(rhythm: &Rhythm, moments: &[i64], sources: &[u32], values: &mut [f64]) {
    if rhythm.memory_h > 0.0 {
        remember(rhythm.memory_h, moments, sources, values);
    }
    let explained: f64 = rhythm.waves.iter().map(|wave| wave.share).sum();
    let rest = (1.0 - explained).sqrt();
    for (value, moment) in values.iter_mut().zip(moments) {
        let hours = *moment as f64 / HOUR_S as f64;
        *value *= rest;
        for wave in rhythm.waves {
            let turn = (hours - wave.peak_h) / wave.period_h;
            *value += (2.0 * wave.share).sqrt() * libm::cos(std::f64::consts::TAU * (turn - turn.floor()));
        }
    }
}

fn remember(memory_h: f64, moments: &[i64], sources: &[u32], values: &mut [f64]) {
    let count = sources.iter().max().map_or(0, |last| *last as usize + 1);
    let mut last: Vec<Option<(i64, f64)>> = vec![None; count];
    for (row, value) in values.iter_mut().enumerate() {
        let state = &mut last[sources[row] as usize];
        if let Some((moment, before)) = *state {
            let hours = (moments[row] - moment) as f64 / HOUR_S as f64;
            let kept = libm::exp(-hours / memory_h);
            *value = kept * before + (1.0 - kept * kept).sqrt() * *value;
        }
        *state = Some((moments[row], *value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DAY_H, OFFICE, Wave, wave};
    use crate::time::Civil;

    const AFTERNOON: &[Wave] = &[wave(DAY_H, 15.0, 0.5)];

    fn noise(rows: usize) -> Vec<f64> {
        let mut rng = Seed::named("rhythm").rng();
        (0..rows).map(|_| rng.normal()).collect()
    }

    #[test]
    fn an_office_records_on_working_days_in_order() {
        let clock = Clock { days: (60, 90), hours: OFFICE, weekend: 0.0, step_s: 60, doc: "" };
        let window = Window::new(&clock, &Seed::named("window"));
        let moments = window.moments(&Seed::named("moments"), 2_000);
        assert!(moments.is_sorted());
        for moment in &moments {
            let civil = Civil::of(*moment);
            let day = moment.div_euclid(DAY_S);
            assert!((6..20).contains(&civil.hour) && civil.second == 0);
            // Day 0 of 1970 was a Thursday.
            assert!((day + 3).rem_euclid(7) < 5, "{civil:?}");
        }
    }

    #[test]
    fn memory_keeps_the_variance_and_decays_within_a_source_alone() {
        let rows = 40_000;
        let moments: Vec<i64> = (0..rows as i64).map(|row| row / 2 * HOUR_S).collect();
        let sources: Vec<u32> = (0..rows as u32).map(|row| row % 2).collect();
        let mut values = noise(rows);
        apply(&Rhythm { memory_h: 3.0, waves: &[] }, &moments, &sources, &mut values);
        let product = |lag: usize| {
            let pairs = values.iter().zip(&values[lag..]).map(|(a, b)| a * b);
            pairs.sum::<f64>() / (rows - lag) as f64
        };
        assert!((product(0) - 1.0).abs() < 0.05);
        assert!((product(2) - libm::exp(-1.0 / 3.0)).abs() < 0.05);
        assert!(product(1).abs() < 0.05);
    }

    #[test]
    fn a_wave_peaks_when_it_should_and_keeps_the_variance() {
        let rows = 24_000;
        let moments: Vec<i64> = (0..rows as i64).map(|row| row * HOUR_S).collect();
        let mut values = noise(rows);
        apply(&Rhythm { memory_h: 0.0, waves: AFTERNOON }, &moments, &vec![0; rows], &mut values);
        let mean = |hour: usize| values.iter().skip(hour).step_by(24).sum::<f64>() / (rows / 24) as f64;
        assert!((mean(15) - 1.0).abs() < 0.1 && (mean(3) + 1.0).abs() < 0.1);
        let variance = values.iter().map(|value| value * value).sum::<f64>() / rows as f64;
        assert!((variance - 1.0).abs() < 0.05);
    }
}
