//! Windows: one device's day each, and what a model reads of one, computed from the readings whose moment lies in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::TabularError;
use crate::field::round_to;
use crate::raw::RawTable;
use crate::text::parse_number;
use crate::time::{DAY_S, parse_iso};

/// Digits after the point of a summary.
pub(super) const DECIMALS: u8 = 4;
/// Readings beyond this are cut, so that no sum of them overflows.
const MAGNITUDE_MAX: f64 = 1e100;

/// What is made of a column's readings in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// Their mean.
    Mean,
    /// The greatest less the least.
    Range,
    /// The hour at which the wave of 24 hours that fits them best peaks, in [0, 24).
    Phase,
    /// The last less the first.
    Total,
}

/// One number that a model reads of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its name: the column's and the summary's.
    pub name: String,
    /// The column of readings.
    pub column: String,
    /// What is made of it.
    pub summary: Summary,
}

/// How readings become windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// The column of devices.
    pub device: String,
    /// The column of moments.
    pub time: String,
    /// What a model reads, in order.
    pub features: Vec<Window>,
}

impl Summary {
    /// The ending of a feature's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Range => "range",
            Self::Phase => "phase",
            Self::Total => "total",
        }
    }

    /// What it is, for the data dictionary.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Mean => "mean of the readings of the day",
            Self::Range => "greatest less least reading of the day",
            Self::Phase => {
                "hour at which a wave of 24 hours fitted to the readings of the day peaks: atan2(sum((x - mean) sin w), \
                 sum((x - mean) cos w)) with w = 2 pi hour / 24, in [0, 24)"
            }
            Self::Total => "last less first reading of the day",
        }
    }

    /// Of readings in the order of time: seconds of the day and values, all finite. `NaN` if there are none.
    pub fn of(self, readings: &[(i64, f64)]) -> f64 {
        let (Some(first), Some(last)) = (readings.first(), readings.last()) else { return f64::NAN };
        let mean = || readings.iter().map(|(_, value)| value).sum::<f64>() / readings.len() as f64;
        let value = match self {
            Self::Mean => mean(),
            Self::Range => {
                let values = || readings.iter().map(|(_, value)| *value);
                values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
            }
            Self::Phase => phase(readings, mean()),
            Self::Total => last.1 - first.1,
        };
        round_to(value, DECIMALS)
    }
}

fn phase(readings: &[(i64, f64)], mean: f64) -> f64 {
    let (mut along, mut across) = (0.0, 0.0);
    for (second, value) in readings {
        let angle = std::f64::consts::TAU * *second as f64 / DAY_S as f64;
        along += (value - mean) * libm::cos(angle);
        across += (value - mean) * libm::sin(angle);
    }
    let turn = libm::atan2(across, along) / std::f64::consts::TAU;
    24.0 * (turn - turn.floor())
}

impl Windows {
    /// What a model reads of each window, named by its device and the number of its day since 1970; nothing of a window
    /// without a reading. `NaN` stands where no reading of a column can be read. Readings of other windows are passed over.
    ///
    /// # Errors
    /// The table lacks a column.
    pub fn of(
        &self,
        table: &RawTable,
        windows: &[(String, i64)],
    ) -> Result<Vec<Option<Vec<f64>>>, TabularError> {
        let (device, time) = (table.require(&self.device)?, table.require(&self.time)?);
        let columns: Result<Vec<usize>, _> =
            self.features.iter().map(|feature| table.require(&feature.column)).collect();
        let columns = columns?;
        let mut places: BTreeMap<&str, BTreeMap<i64, usize>> = BTreeMap::new();
        for (place, (device, day)) in windows.iter().enumerate() {
            places.entry(device).or_default().insert(*day, place);
        }
        let mut rows: Vec<Vec<(i64, usize)>> = vec![Vec::new(); windows.len()];
        for row in 0..table.rows() {
            let Some(moment) = parse_iso(table.cell(row, time)) else { continue };
            let days = places.get(table.cell(row, device).trim());
            if let Some(place) = days.and_then(|days| days.get(&moment.div_euclid(DAY_S))) {
                rows[*place].push((moment.rem_euclid(DAY_S), row));
            }
        }
        let read = |row: usize, column: usize| {
            let value = parse_number(table.cell(row, column))?;
            Some(value.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX)).filter(|value| value.is_finite())
        };
        let summarise = |rows: &mut Vec<(i64, usize)>| {
            // By moment, and by the order of the file where moments are equal.
            rows.sort_unstable();
            let of = |(feature, column): (&Window, &usize)| {
                let readings: Vec<(i64, f64)> =
                    rows.iter().filter_map(|(second, row)| Some((*second, read(*row, *column)?))).collect();
                feature.summary.of(&readings)
            };
            (!rows.is_empty()).then(|| self.features.iter().zip(&columns).map(of).collect())
        };
        Ok(rows.iter_mut().map(summarise).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::write_iso;

    const HOURS: [i64; 12] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22];

    #[test]
    fn a_wave_is_summed_up() {
        let wave = |hour: i64| 5.0 + 2.0 * libm::cos(std::f64::consts::TAU * (hour as f64 - 14.0) / 24.0);
        let readings: Vec<(i64, f64)> = HOURS.iter().map(|hour| (3_600 * hour, wave(*hour))).collect();
        let of = |summary: Summary| summary.of(&readings);
        assert_eq!((of(Summary::Mean), of(Summary::Range), of(Summary::Phase)), (5.0, 4.0, 14.0));
        assert_eq!(of(Summary::Total), round_to(wave(22) - wave(0), DECIMALS));
        assert!(Summary::Mean.of(&[]).is_nan());
    }

    #[test]
    fn readings_belong_to_the_window_of_their_moment_in_any_order() {
        let feature =
            |column: &str, summary| Window { name: String::new(), column: column.to_owned(), summary };
        let windows = Windows {
            device: "device".to_owned(),
            time: "at".to_owned(),
            features: vec![feature("x", Summary::Mean), feature("x", Summary::Total)],
        };
        let headers = ["device", "at", "x"].map(str::to_owned).to_vec();
        let line =
            |device: &str, seconds: i64, x: &str| vec![device.to_owned(), write_iso(seconds), x.to_owned()];
        let mut rows = vec![
            line("a", 7_200, "3"),
            line("a", 0, "1"),
            line("a", 100, "broken"),
            line("a", DAY_S, "9"),
            line("b", 5, "4"),
        ];
        rows.push(vec!["a".to_owned(), "no moment".to_owned(), "100".to_owned()]);
        let table = RawTable::new(headers, rows).unwrap();
        let days = [("a".to_owned(), 0), ("b".to_owned(), 0), ("b".to_owned(), 1)];
        let found = windows.of(&table, &days).unwrap();
        assert_eq!(found, [Some(vec![2.0, 2.0]), Some(vec![4.0, 0.0]), None]);
        let none = windows.of(&table.head(0), &days);
        assert!(none.is_ok_and(|windows| windows.iter().all(Option::is_none)));
    }
}
