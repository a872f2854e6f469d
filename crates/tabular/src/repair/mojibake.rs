//! Mojibake: UTF-8 bytes read as Windows-1252, and the way back.

/// What Windows-1252 holds at 0x80 to 0x9f; the five holes are the control characters of the same number, as web
/// browsers have it, so that every byte has a character and the way back is exact.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '\u{2018}', '\u{2019}', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text's UTF-8 bytes, read as Windows-1252 so many times.
pub fn garble(text: &str, rounds: u8) -> String {
    let mut text = text.to_owned();
    for _ in 0..rounds {
        text = text.bytes().map(character).collect();
    }
    text
}

/// What [`garble`] made this text of; nothing if no text can have become it, or if it would not change.
pub fn ungarble(text: &str, rounds: u8) -> Option<String> {
    let mut plain = text.to_owned();
    for _ in 0..rounds {
        let bytes: Option<Vec<u8>> = plain.chars().map(byte).collect();
        plain = String::from_utf8(bytes?).ok()?;
    }
    (plain != text).then_some(plain)
}

fn character(byte: u8) -> char {
    if (0x80..0xa0).contains(&byte) { HIGH[usize::from(byte) - 0x80] } else { char::from(byte) }
}

fn byte(character: char) -> Option<u8> {
    if let Some(place) = HIGH.iter().position(|high| *high == character) {
        return Some(0x80 + place as u8);
    }
    u8::try_from(u32::from(character)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in ["Zürich", "naïve café", "東京", "“quoted”", "é", "€"] {
            for rounds in 1..=2 {
                let garbled = garble(text, rounds);
                assert_ne!(garbled, text);
                assert_eq!(ungarble(&garbled, rounds).as_deref(), Some(text));
            }
        }
        assert_eq!(garble("Zürich", 1), "ZÃ¼rich");
    }

    #[test]
    fn plain_text_and_real_umlauts_stay() {
        for text in ["plain", "Zürich", "東京"] {
            assert_eq!(ungarble(text, 1), None, "{text}");
        }
    }
}
