//! The time of day. It enters the project here and nowhere else; no verdict, seed or task depends on it.

use jiff::Timestamp;

/// Now, in UTC.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The moment so many seconds after the beginning of 1970, if the calendar has it.
pub fn of_second(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// A moment as people and JSON read it: RFC 3339 in UTC, whole seconds.
pub fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as 14 digits that grow with time, for run ids.
pub(crate) fn digits(moment: Timestamp) -> u64 {
    let text = moment.strftime("%Y%m%d%H%M%S").to_string();
    text.parse().expect("the format writes digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        let moment = of_second(1_700_000_000).unwrap();
        assert_eq!(written(moment), "2023-11-14T22:13:20Z");
        assert_eq!(digits(moment), 20_231_114_221_320);
    }
}
