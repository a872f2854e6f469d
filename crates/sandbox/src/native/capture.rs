//! Bounded capture of a stream: the first and the last part are kept, the middle is counted and dropped.

use std::collections::VecDeque;

/// Bytes that a program may print beyond what is kept, per stream, before its tree is killed.
///
/// A program that prints a little too much goes on and its tail (where a traceback is) is kept; one that prints without
/// end costs the host no more than this.
pub(crate) const SURPLUS_BYTES_MAX: u64 = 16 << 20;

/// One stream's kept part.
pub(crate) struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_max: usize,
    tail_max: usize,
    seen: u64,
}

impl Capture {
    /// Keeps at most `bytes_max` bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        let tail_max = bytes_max / 2;
        Self { head: Vec::new(), tail: VecDeque::new(), head_max: bytes_max - tail_max, tail_max, seen: 0 }
    }

    /// Takes what was just read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        let room = self.head_max - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        let rest = &rest[rest.len().saturating_sub(self.tail_max)..];
        let excess = (self.tail.len() + rest.len()).saturating_sub(self.tail_max);
        self.tail.drain(..excess);
        self.tail.extend(rest);
    }

    /// Bytes were dropped.
    pub(crate) fn is_cut(&self) -> bool {
        self.seen > (self.head.len() + self.tail.len()) as u64
    }

    /// So much was printed that the program must end.
    pub(crate) fn is_excessive(&self) -> bool {
        self.seen > (self.head_max + self.tail_max) as u64 + SURPLUS_BYTES_MAX
    }

    /// What was kept; where the middle is missing a line says how much.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.is_cut() {
            let dropped = self.seen - (self.head.len() + self.tail.len()) as u64;
            self.head.extend_from_slice(format!("\n[... {dropped} bytes cut ...]\n").as_bytes());
        }
        self.head.extend(self.tail);
        self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(bytes_max: u64, pieces: &[&[u8]]) -> (String, bool) {
        let mut capture = Capture::new(bytes_max);
        for piece in pieces {
            capture.push(piece);
        }
        let cut = capture.is_cut();
        (String::from_utf8(capture.finish()).unwrap(), cut)
    }

    #[test]
    fn what_fits_is_kept_whole_in_any_pieces() {
        assert_eq!(captured(10, &[b"01234", b"56789"]), ("0123456789".to_owned(), false));
        assert_eq!(captured(10, &[b"0", b"123456", b"", b"789"]), ("0123456789".to_owned(), false));
        assert_eq!(captured(0, &[]), (String::new(), false));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_printed_in_whatever_pieces_is_kept_from_both_ends(
            pieces in proptest::collection::vec(proptest::collection::vec(0u8..=255, 0..40), 0..20),
            bytes_max in 0u64..200,
        ) {
            let whole = pieces.concat();
            let mut capture = Capture::new(bytes_max);
            for piece in &pieces {
                capture.push(piece);
            }
            let (max, is_cut) = (bytes_max as usize, capture.is_cut());
            let kept = capture.finish();
            proptest::prop_assert_eq!(is_cut, whole.len() > max);
            if is_cut {
                let (head, tail) = (max - max / 2, max / 2);
                proptest::prop_assert!(kept.starts_with(&whole[..head]) && kept.ends_with(&whole[whole.len() - tail..]));
                let note = format!("\n[... {} bytes cut ...]\n", whole.len() - max);
                proptest::prop_assert_eq!(kept.len(), max + note.len());
            } else {
                proptest::prop_assert_eq!(kept, whole);
            }
        }
    }

    #[test]
    fn the_middle_is_cut_and_counted() {
        let expected = ("0123\n[... 4 bytes cut ...]\n89ab".to_owned(), true);
        assert_eq!(captured(8, &[b"0123456789ab"]), expected);
        assert_eq!(captured(8, &[b"012345", b"6789", b"ab"]), expected);
        assert_eq!(captured(0, &[b"abc"]), ("\n[... 3 bytes cut ...]\n".to_owned(), true));
    }

    #[test]
    fn endless_output_is_excessive() {
        let mut capture = Capture::new(4);
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..16 {
            capture.push(&piece);
            assert!(!capture.is_excessive());
        }
        capture.push(b"12345");
        assert!(capture.is_excessive());
    }
}
