//! The formats in which sources write a moment.

use serde::{Deserialize, Serialize};

use crate::time::{Civil, DAY_S};

/// How a moment is written; the clock, where there is one, is `HH:MM:SS` after a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `05/03/2024 14:22:10`, the day first.
    DaySlash,
    /// `05.03.2024 14:22:10`, the day first.
    DayDot,
    /// `03/05/2024 14:22:10`, the month first.
    MonthSlash,
    /// `20240305T142210`.
    Compact,
    /// `1709648530`, seconds since 1970.
    EpochSeconds,
    /// `1709648530000`, milliseconds since 1970.
    EpochMilliseconds,
    /// `05.03.24 14:22:10`, the day first and the year in two digits: 2000 to 2099.
    ShortDayDot,
    /// `03/05/24 14:22:10`, the month first and the year in two digits: 2000 to 2099.
    ShortMonthSlash,
    /// `45356.598727`, days since 1899-12-30, as spreadsheets of the 1900 system count them.
    Serial1900,
    /// `43894.598727`, days since 1904-01-01, as spreadsheets of the 1904 system count them.
    Serial1904,
}

/// The formats that can be told from ISO 8601 by their pattern.
pub const DATE_FORMATS: [DateFormat; 6] = [
    DateFormat::DaySlash,
    DateFormat::DayDot,
    DateFormat::MonthSlash,
    DateFormat::Compact,
    DateFormat::EpochSeconds,
    DateFormat::EpochMilliseconds,
];

/// What office programs make of a moment: half of the year, or a number of days.
pub const OFFICE_FORMATS: [DateFormat; 4] =
    [DateFormat::ShortDayDot, DateFormat::ShortMonthSlash, DateFormat::Serial1900, DateFormat::Serial1904];

/// Days from day 0 of the 1900 system of spreadsheets to 1970-01-01.
const EPOCH_1900: i64 = 25_569;
/// The same of the 1904 system, four years and a day later.
const EPOCH_1904: i64 = EPOCH_1900 - 1_462;
/// Parts of a day that a serial number tells apart: a tenth of a second.
const DAY_PARTS: i64 = 1_000_000;

impl DateFormat {
    /// The moment as this format writes it.
    pub fn write(self, seconds: i64) -> String {
        let Civil { year, month, day, hour, minute, second } = Civil::of(seconds);
        let clock = format!("{hour:02}:{minute:02}:{second:02}");
        match self {
            Self::DaySlash => format!("{day:02}/{month:02}/{year:04} {clock}"),
            Self::DayDot => format!("{day:02}.{month:02}.{year:04} {clock}"),
            Self::MonthSlash => format!("{month:02}/{day:02}/{year:04} {clock}"),
            Self::Compact => format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}"),
            Self::EpochSeconds => seconds.to_string(),
            Self::EpochMilliseconds => (seconds * 1000).to_string(),
            Self::ShortDayDot => format!("{day:02}.{month:02}.{:02} {clock}", year.rem_euclid(100)),
            Self::ShortMonthSlash => format!("{month:02}/{day:02}/{:02} {clock}", year.rem_euclid(100)),
            Self::Serial1900 => write_serial(seconds, EPOCH_1900),
            Self::Serial1904 => write_serial(seconds, EPOCH_1904),
        }
    }

    /// The moment that a text in this format names: every digit in its place, a real date.
    pub fn read(self, text: &str) -> Option<i64> {
        let text = text.trim();
        match self {
            Self::EpochSeconds | Self::EpochMilliseconds => {
                let plain = !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit());
                let number: i64 = if plain { text.parse().ok()? } else { return None };
                Some(if self == Self::EpochSeconds { number } else { number.div_euclid(1000) })
            }
            Self::Compact => {
                let [year, month, day, hour, minute, second] = fields(text, "YYYYmmddTHHMMSS")?;
                civil(year, month, day, [hour, minute, second])
            }
            Self::DaySlash => {
                let [day, month, year, hour, minute, second] = fields(text, "dd/mm/YYYY HH:MM:SS")?;
                civil(year, month, day, [hour, minute, second])
            }
            Self::DayDot => {
                let [day, month, year, hour, minute, second] = fields(text, "dd.mm.YYYY HH:MM:SS")?;
                civil(year, month, day, [hour, minute, second])
            }
            Self::MonthSlash => {
                let [month, day, year, hour, minute, second] = fields(text, "mm/dd/YYYY HH:MM:SS")?;
                civil(year, month, day, [hour, minute, second])
            }
            Self::ShortDayDot => {
                let [day, month, year, hour, minute, second] = fields(text, "dd.mm.YY HH:MM:SS")?;
                civil(2000 + year, month, day, [hour, minute, second])
            }
            Self::ShortMonthSlash => {
                let [month, day, year, hour, minute, second] = fields(text, "mm/dd/YY HH:MM:SS")?;
                civil(2000 + year, month, day, [hour, minute, second])
            }
            Self::Serial1900 => read_serial(text, EPOCH_1900),
            Self::Serial1904 => read_serial(text, EPOCH_1904),
        }
    }

    /// The pattern in `strftime`'s letters, or what the number counts.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::DaySlash => "%d/%m/%Y %H:%M:%S",
            Self::DayDot => "%d.%m.%Y %H:%M:%S",
            Self::MonthSlash => "%m/%d/%Y %H:%M:%S",
            Self::Compact => "%Y%m%dT%H%M%S",
            Self::EpochSeconds => "seconds since 1970-01-01",
            Self::EpochMilliseconds => "milliseconds since 1970-01-01",
            Self::ShortDayDot => "%d.%m.%y %H:%M:%S",
            Self::ShortMonthSlash => "%m/%d/%y %H:%M:%S",
            Self::Serial1900 => "days since 1899-12-30",
            Self::Serial1904 => "days since 1904-01-01",
        }
    }
}

fn write_serial(seconds: i64, epoch: i64) -> String {
    let of_day = seconds.rem_euclid(DAY_S);
    let part = (of_day * DAY_PARTS + DAY_S / 2) / DAY_S;
    format!("{}.{part:06}", seconds.div_euclid(DAY_S) + epoch)
}

/// Five figures and six after the point: other numbers are no serial of a date that is met.
fn read_serial(text: &str, epoch: i64) -> Option<i64> {
    let (whole, part) = text.split_once('.')?;
    let is_plain = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !is_plain(whole, 5) || !is_plain(part, 6) {
        return None;
    }
    let (whole, part): (i64, i64) = (whole.parse().ok()?, part.parse().ok()?);
    Some((whole - epoch) * DAY_S + (part * DAY_S + DAY_PARTS / 2) / DAY_PARTS)
}

/// The numbers of a text of exactly this shape: a run of one of the letters `dmYHMS` is a number of that many
/// digits, `T` and everything else stands for itself.
fn fields(text: &str, shape: &str) -> Option<[u32; 6]> {
    if text.len() != shape.len() {
        return None;
    }
    let mut numbers = [0u32; 6];
    let mut index = None;
    let mut last = b' ';
    for (found, wanted) in text.bytes().zip(shape.bytes()) {
        if !b"dmYHMS".contains(&wanted) {
            if found != wanted {
                return None;
            }
        } else if found.is_ascii_digit() {
            let at = if wanted == last { index? } else { index.map_or(0, |index| index + 1) };
            index = Some(at);
            numbers[at] = numbers[at] * 10 + u32::from(found - b'0');
        } else {
            return None;
        }
        last = wanted;
    }
    Some(numbers)
}

fn civil(year: u32, month: u32, day: u32, [hour, minute, second]: [u32; 3]) -> Option<i64> {
    Civil { year: i64::from(year), month, day, hour, minute, second }.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_what_it_writes() {
        for seconds in (0..4_000_000_000).step_by(7_777_777) {
            for format in DATE_FORMATS {
                assert_eq!(format.read(&format.write(seconds)), Some(seconds), "{format:?}");
            }
        }
        // Two digits name the years of one century.
        for seconds in (946_684_800..4_000_000_000).step_by(7_777_777) {
            for format in OFFICE_FORMATS {
                assert_eq!(format.read(&format.write(seconds)), Some(seconds), "{format:?}");
            }
        }
        assert_eq!(DateFormat::Serial1900.write(1_709_648_530), "45356.598727");
        assert_eq!(DateFormat::Serial1904.write(1_709_648_530), "43894.598727");
        assert_eq!(DateFormat::ShortDayDot.write(1_709_648_530), "05.03.24 14:22:10");
        assert_eq!(DateFormat::DaySlash.write(1_709_648_530), "05/03/2024 14:22:10");
        assert_eq!(DateFormat::Compact.write(1_709_648_530), "20240305T142210");
    }

    #[test]
    fn another_format_or_an_unreal_date_is_not_read() {
        for text in ["2024-03-05 14:22:10", "31/02/2024 00:00:00", "5/3/2024 14:22:10", "05/03/2024", "", "é"]
        {
            assert_eq!(DateFormat::DaySlash.read(text), None, "{text}");
            assert_eq!(DateFormat::EpochSeconds.read(text), None, "{text}");
        }
        assert_eq!(DateFormat::MonthSlash.read("13/01/2024 00:00:00"), None);
    }
}
