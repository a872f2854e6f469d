//! Civil time in UTC: seconds since 1970 to and from ISO 8601, by Howard Hinnant's day-count algorithm.

/// Seconds of a day.
pub const DAY_S: i64 = 86_400;

/// A date and a time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
}

impl Civil {
    /// The civil time of a moment in seconds since 1970.
    pub fn of(seconds: i64) -> Self {
        let of_day = seconds.rem_euclid(DAY_S) as u32;
        let shifted = seconds.div_euclid(DAY_S) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u32,
            day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// Seconds since 1970, if this is a real date in the years 0 to 9999 and a real time of day.
    pub fn seconds(self) -> Option<i64> {
        let month_days = days_in_month(self.year, self.month)?;
        if !(0..=9_999).contains(&self.year) || self.day == 0 || self.day > month_days {
            return None;
        }
        if self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = i64::from((self.month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        Some(days * DAY_S + i64::from(self.hour * 3_600 + self.minute * 60 + self.second))
    }
}

fn days_in_month(year: i64, month: u32) -> Option<u32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// `2024-03-05 14:22:10`.
pub fn write_iso(seconds: i64) -> String {
    let Civil { year, month, day, hour, minute, second } = Civil::of(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Reads ISO 8601: a date alone or with a time of day after a space or `T`, seconds optional, a fraction that is
/// zero, and `Z` or an offset such as `+02:00`. Without an offset it is UTC.
pub fn parse_iso(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..10)?;
    let (year, month, day) = (digits(date.get(..4)?)?, digits(date.get(5..7)?)?, digits(date.get(8..10)?)?);
    if date.as_bytes()[4] != b'-' || date.as_bytes()[7] != b'-' {
        return None;
    }
    let midnight = Civil { year: i64::from(year), month, day, hour: 0, minute: 0, second: 0 };
    let rest = &text[10..];
    if rest.is_empty() {
        return midnight.seconds();
    }
    let rest = rest.strip_prefix(['T', ' '])?;
    let (clock, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => (&rest[..at], parse_offset(&rest[at..])?),
        None => (rest, 0),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if !fraction.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let mut parts = clock.split(':').map(|part| if part.len() == 2 { digits(part) } else { None });
    let hour = parts.next()??;
    let minute = parts.next()??;
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    Some(Civil { hour, minute, second, ..midnight }.seconds()? - offset)
}

/// Seconds east of UTC of `Z`, `+02:00`, `-0530` or `+02`.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let figures: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = match figures.len() {
        2 => (digits(&figures)?, 0),
        4 => (digits(&figures[..2])?, digits(&figures[2..])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * i64::from(hours * 3_600 + minutes * 60))
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_comes_back_in_order() {
        let mut last = Civil { year: 1799, month: 12, day: 31, hour: 0, minute: 0, second: 0 };
        let first = Civil { year: 1800, month: 1, day: 1, ..last }.seconds().unwrap();
        for day in 0..146_097 {
            let seconds = first + day * DAY_S + 86_399;
            let civil = Civil::of(seconds);
            assert_eq!(civil.seconds(), Some(seconds));
            assert!((civil.year, civil.month, civil.day) > (last.year, last.month, last.day));
            last = civil;
        }
        assert_eq!((last.year, last.month, last.day), (2199, 12, 31));
    }

    #[test]
    fn one_instant_has_many_spellings() {
        let instant = Some(1_709_648_530);
        for text in [
            "2024-03-05 14:22:10",
            "2024-03-05T14:22:10",
            "2024-03-05T14:22:10Z",
            " 2024-03-05 14:22:10.000000",
            "2024-03-05 16:22:10+02:00",
            "2024-03-05T09:52:10-0430",
        ] {
            assert_eq!(parse_iso(text), instant, "{text}");
        }
        assert_eq!(write_iso(1_709_648_530), "2024-03-05 14:22:10");
        assert_eq!(parse_iso("2024-03-05"), parse_iso("2024-03-05 00:00"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "5",
            "2024-02-30",
            "2024-13-01",
            "2024-00-10",
            "24-03-05",
            "2024/03/05",
            "2024-03-05 25:00",
            "2024-03-05 1:2",
            "2024-03-05 10:00:00.5",
            "2024-03-05x",
            "2024-03-05 10:00+99:00",
            "2024-03-0é",
            "2024-03-05 10:00:00:00",
            "+024-03-05",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }
}
