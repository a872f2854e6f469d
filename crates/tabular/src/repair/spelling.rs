//! Spellings: of a category, and of a number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::parse_number;

/// What two spellings of one category share: lower case, without blanks and `_`, `-`, `.` in any place.
pub fn canonical_key(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.'));
    kept.flat_map(char::to_lowercase).collect()
}

/// The level that a spelling means; nothing if it is a level already, or means none or several.
pub(super) fn canonical(text: &str, levels: &[String], aliases: &BTreeMap<String, String>) -> Option<String> {
    if levels.iter().any(|level| level == text) {
        return None;
    }
    let key = canonical_key(text);
    let by_level = levels.iter().filter(|level| canonical_key(level) == key);
    let by_alias = aliases.iter().filter(|(alias, _)| canonical_key(alias) == key).map(|(_, level)| level);
    let mut meanings: Vec<&String> = by_level.chain(by_alias).collect();
    meanings.sort();
    meanings.dedup();
    if let [one] = meanings[..] { Some(one.clone()) } else { None }
}

/// The one level that is fewest slips away, if the text is no level and some level is near enough.
pub(super) fn nearest(text: &str, levels: &[String]) -> Option<String> {
    let slips = |level: &String| strsim::osa_distance(text, level);
    let least = levels.iter().map(slips).min()?;
    let mut near = levels.iter().filter(|level| slips(level) == least);
    let first = near.next()?;
    let is_typo = (1..=super::SLIPS_MAX).contains(&least) && near.next().is_none();
    is_typo.then(|| first.clone())
}

/// How a country writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `1.234,56`
    DotComma,
    /// `1 234,56`
    BlankComma,
    /// `1'234.56`
    ApostrophePoint,
}

impl NumberFormat {
    fn signs(self) -> (char, char) {
        match self {
            Self::DotComma => ('.', ','),
            Self::BlankComma => (' ', ','),
            Self::ApostrophePoint => ('\'', '.'),
        }
    }

    /// A plain decimal text (`-1234.5`) as this format writes it; nothing if it is not one (`1e16`).
    pub fn write(self, plain: &str) -> Option<String> {
        let (thousands, decimal) = self.signs();
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut text = sign.to_owned();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                text.push(thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(decimal);
            text.push_str(fraction);
        }
        Some(text)
    }

    /// The number that a text in this format names: separators, if any, between every three digits.
    pub fn read(self, text: &str) -> Option<f64> {
        let (thousands, decimal) = self.signs();
        let plain: String = text
            .trim()
            .chars()
            .filter(|character| *character != thousands)
            .map(|character| if character == decimal { '.' } else { character })
            .collect();
        let value = parse_number(&plain)?;
        // Only a text that this format would write is in this format: a plain 1.5 is not fifteen.
        let written = self.write(&plain)?;
        (written == text.trim()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_means_a_level_only_if_it_is_the_only_one() {
        let levels = ["New York", "Newark"].map(str::to_owned);
        let aliases = BTreeMap::from([("N.Y.".to_owned(), "New York".to_owned())]);
        let meaning = |text| canonical(text, &levels, &aliases);
        assert_eq!(meaning(" new_york "), Some("New York".to_owned()));
        assert_eq!(meaning("ny"), Some("New York".to_owned()));
        assert_eq!(meaning("New York"), None);
        assert_eq!(meaning("New"), None);
        let close = ["a-b", "a b"].map(str::to_owned);
        assert_eq!(canonical("AB", &close, &BTreeMap::new()), None);
    }

    #[test]
    fn a_typo_means_the_one_level_that_is_nearest() {
        let levels = ["Blankenese", "Eppendorf", "Osdorf"].map(str::to_owned);
        let meaning = |text| nearest(text, &levels);
        assert_eq!(meaning("Blnakenese"), Some("Blankenese".to_owned()));
        assert_eq!(meaning("Ependorff"), Some("Eppendorf".to_owned()));
        assert_eq!(meaning("Osdorf"), None);
        assert_eq!(meaning("Altona"), None);
        assert_eq!(nearest("cat", &["bat", "car"].map(str::to_owned)), None);
    }

    #[test]
    fn numbers_are_read_only_in_their_own_format() {
        for format in [NumberFormat::DotComma, NumberFormat::BlankComma, NumberFormat::ApostrophePoint] {
            for plain in ["0.5", "-1234567.25", "999.0", "1000.0", "12"] {
                let written = format.write(plain).unwrap();
                assert_eq!(format.read(&written), plain.parse().ok(), "{written}");
            }
        }
        assert_eq!(NumberFormat::DotComma.write("-1234567.25").unwrap(), "-1.234.567,25");
        assert_eq!(NumberFormat::DotComma.write("1e16"), None);
        assert_eq!(NumberFormat::DotComma.read("1.5"), None);
        assert_eq!(NumberFormat::BlankComma.read("abc"), None);
    }
}
