//! The delimiter of a CSV, from its first records.

/// Bytes that are looked at.
const SAMPLE_BYTES: usize = 64 << 10;
/// Records that are looked at.
const SAMPLE_RECORDS: usize = 50;
/// The comma comes last: where `1,5;2,5` could be either, it is the other.
const CANDIDATES: [u8; 4] = [b'\t', b';', b'|', b','];

/// The delimiter that gives every record the same number of fields, more than one; failing that, the one that the
/// first record holds most of; failing that, the comma.
pub(super) fn delimiter(body: &[u8]) -> u8 {
    let sample = &body[..body.len().min(SAMPLE_BYTES)];
    let is_cut = sample.len() < body.len();
    let widths: Vec<(u8, Vec<usize>)> =
        CANDIDATES.iter().map(|candidate| (*candidate, widths(sample, *candidate, is_cut))).collect();
    let even = |widths: &Vec<usize>| {
        widths.first().is_some_and(|first| *first > 1 && widths.iter().all(|w| w == first))
    };
    if let Some((candidate, _)) = widths.iter().find(|(_, widths)| even(widths)) {
        return *candidate;
    }
    let first = |widths: &Vec<usize>| widths.first().copied().unwrap_or(0);
    let widest = widths.iter().max_by_key(|(_, widths)| first(widths));
    widest.filter(|(_, widths)| first(widths) > 1).map_or(b',', |(candidate, _)| *candidate)
}

/// Fields of each record of the sample, without a last record that the sample's end may have cut.
fn widths(sample: &[u8], delimiter: u8, is_cut: bool) -> Vec<usize> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(sample);
    let mut widths: Vec<usize> =
        reader.byte_records().map_while(Result::ok).take(SAMPLE_RECORDS).map(|record| record.len()).collect();
    if is_cut && widths.len() > 1 && widths.len() < SAMPLE_RECORDS {
        widths.pop();
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found_among_other_signs() {
        for (text, expected) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b\n1,5;2,5\n3,25;4\n", b';'),
            ("1,5;2,5\n3,5;4,5\n", b';'),
            ("a\tb\nx, y\t2\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("name,note\n\"a;b\",\"c;d;e\"\nx,y\n", b','),
            ("a,b,c\n1,2\n1,2,3\n", b','),
            ("one\n1\n", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_record_cut_by_the_sample_does_not_count() {
        let text = format!("a,b\n{},1\n{},2\n", "x".repeat(40_000), "y".repeat(40_000));
        assert_eq!(delimiter(text.as_bytes()), b',');
    }
}
