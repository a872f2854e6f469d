//! Text for the agent: cut to a cap, keeping the beginning and the end.

/// Share of the cap that the beginning gets, in tenths; tracebacks and totals stand at the end.
const HEAD_TENTHS: usize = 4;

/// `text` in at most `bytes_max` bytes and a note: its beginning, how much was cut, and its end.
pub(crate) fn cut(text: String, bytes_max: u64) -> String {
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    if text.len() <= bytes_max {
        return text;
    }
    let head = floor(&text, bytes_max / 10 * HEAD_TENTHS);
    let tail = ceil(&text, text.len() - (bytes_max - head));
    let left_out = tail - head;
    format!("{}\n[... {left_out} bytes cut from the middle ...]\n{}", &text[..head], &text[tail..])
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// The first character boundary at or after `at`.
fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_left_alone() {
        assert_eq!(cut("abc".to_owned(), 3), "abc");
        assert_eq!(cut(String::new(), 0), "");
    }

    #[test]
    fn long_text_keeps_both_ends_and_says_what_is_missing() {
        let lines: Vec<String> = (0..1_000).map(|line| format!("line {line}\n")).collect();
        let text = lines.concat();
        let size = text.len();
        let shown = cut(text, 100);
        assert!(shown.starts_with("line 0\n"), "{shown}");
        assert!(shown.ends_with("line 999\n"), "{shown}");
        assert!(shown.contains(&format!("[... {} bytes cut", size - 100)), "{shown}");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        for cap in 0..40 {
            let shown = cut("é😀".repeat(20), cap);
            assert!(shown.contains("bytes cut"), "{cap}: {shown}");
        }
    }
}
