//! How well reported places meet the true ones: lines by F1 with a cap on length, files and functions by name.

use std::collections::BTreeSet;

use envy_pycode::mutators::Located;

use super::candidate::Spot;
use super::report::Location;

/// Lines around a true place that are not held against a report.
pub(super) const DILATION: usize = 2;
/// More places than this earn nothing for lines.
const SPANS_MAX: usize = 3;
/// More lines than this, or than [`LINES_FACTOR`] times the true ones, earn nothing for lines.
const LINES_MAX: usize = 12;
const LINES_FACTOR: usize = 4;

/// What a report's places are worth, each in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Share of the true files that are named.
    pub(super) files: f64,
    /// Share of the true functions that are named.
    pub(super) symbols: f64,
    /// F1 of the lines.
    pub(super) lines: f64,
}

/// Compares places. An error by omission may be placed at any of its anchors: what a report meets counts as meant.
pub(super) fn localise(spots: &[Spot], reported: &[Location]) -> Found {
    let meant = |spot: &Spot| -> Vec<Located> {
        let is_met = |place: &&Located| reported.iter().any(|said| meets(place, said));
        match spot.anchors.iter().find(is_met) {
            Some(anchor) if !spot.places.iter().any(|place| is_met(&place)) => vec![anchor.clone()],
            _ => spot.places.clone(),
        }
    };
    against(&spots.iter().flat_map(meant).collect::<Vec<_>>(), reported)
}

fn against(truth: &[Located], reported: &[Location]) -> Found {
    let files: BTreeSet<&str> = truth.iter().map(|place| place.file.as_str()).collect();
    let symbols: BTreeSet<(&str, &str)> =
        truth.iter().map(|place| (place.file.as_str(), place.span.symbol.as_str())).collect();
    let named = |file: &str| reported.iter().any(|place| place.file == file);
    let functions = |(file, symbol): &(&str, &str)| {
        reported.iter().any(|place| place.file == *file && ends_alike(&place.symbol, symbol))
    };
    // Naming many places is no knowledge: beyond the cap nothing counts.
    if reported.is_empty() || reported.len() > SPANS_MAX.max(truth.len()) {
        return Found { files: 0.0, symbols: 0.0, lines: 0.0 };
    }
    Found {
        files: share(files.iter().filter(|file| named(file)).count(), files.len()),
        symbols: share(symbols.iter().filter(|symbol| functions(symbol)).count(), symbols.len()),
        lines: lines(truth, reported),
    }
}

/// `Features.transform` is named by `transform` too.
fn ends_alike(reported: &str, symbol: &str) -> bool {
    reported == symbol || symbol.rsplit('.').next().is_some_and(|last| !last.is_empty() && reported == last)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn lines(truth: &[Located], reported: &[Location]) -> f64 {
    let exact =
        covered(truth.iter().map(|place| (place.file.as_str(), place.span.start.line, place.span.end.line)));
    let wide = covered(truth.iter().map(|place| {
        let (start, end) = (place.span.start.line, place.span.end.line);
        (place.file.as_str(), start.saturating_sub(DILATION), end + DILATION)
    }));
    let length: usize = reported
        .iter()
        .map(|place| (place.end - place.start).saturating_add(1))
        .fold(0, usize::saturating_add);
    if length > LINES_MAX.max(LINES_FACTOR * exact.len()) {
        return 0.0;
    }
    let said = covered(reported.iter().map(|place| (place.file.as_str(), place.start, place.end)));
    let precision = share(said.intersection(&wide).count(), said.len());
    let recall = share(said.intersection(&exact).count(), exact.len());
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

fn covered<'a>(places: impl Iterator<Item = (&'a str, usize, usize)>) -> BTreeSet<(&'a str, usize)> {
    places.flat_map(|(file, start, end)| (start..=end).map(move |line| (file, line))).collect()
}

/// Whether a reported place meets a true one, [`DILATION`] lines around it included.
pub(super) fn meets(truth: &Located, reported: &Location) -> bool {
    reported.file == truth.file
        && reported.end - reported.start < LINES_MAX
        && reported.start <= truth.span.end.line + DILATION
        && truth.span.start.line <= reported.end + DILATION
}

/// Whether a reported place covers a line of a decoy itself.
pub(super) fn hits(decoy: &Located, reported: &Location) -> bool {
    reported.file == decoy.file
        && reported.start <= decoy.span.end.line
        && decoy.span.start.line <= reported.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use envy_pycode::{Place, Span};

    fn located(start: usize, end: usize) -> Located {
        let place = |line| Place { line, column: 0 };
        let span = Span { start: place(start), end: place(end), symbol: "A.f".to_owned() };
        Located { file: "src/a.py".to_owned(), span }
    }

    fn truth(start: usize, end: usize) -> Vec<Spot> {
        vec![Spot { places: vec![located(start, end)], anchors: Vec::new() }]
    }

    fn said(start: usize, end: usize) -> Location {
        Location { file: "src/a.py".to_owned(), start, end, symbol: "f".to_owned(), reason: String::new() }
    }

    #[test]
    fn the_very_lines_are_worth_all_and_neighbours_are_forgiven() {
        let all = Found { files: 1.0, symbols: 1.0, lines: 1.0 };
        assert_eq!(localise(&truth(10, 11), &[said(10, 11)]), all);
        assert_eq!(localise(&truth(10, 11), &[said(8, 13)]), all);
        assert!(localise(&truth(10, 11), &[said(10, 10)]).lines < 0.7);
    }

    #[test]
    fn an_omission_may_be_placed_at_any_of_its_anchors() {
        let spots = [Spot { places: vec![located(10, 10)], anchors: vec![located(40, 40), located(60, 61)] }];
        for (line, worth) in [(10, 1.0), (40, 1.0), (50, 0.0)] {
            assert_eq!(localise(&spots, &[said(line, line)]).lines, worth, "{line}");
        }
        assert!(localise(&spots, &[said(1, 100)]).lines < 0.1, "whole files meet no anchor");
    }

    #[test]
    fn whole_files_many_places_and_other_lines_are_worth_nothing() {
        assert_eq!(localise(&truth(10, 10), &[said(1, 200)]).lines, 0.0);
        assert_eq!(localise(&truth(10, 10), &[said(1, usize::MAX)]).lines, 0.0);
        assert_eq!(localise(&truth(10, 10), &vec![said(10, 10); 4]).files, 0.0);
        assert_eq!(localise(&truth(10, 10), &[said(20, 21)]).lines, 0.0);
    }
}
