//! Charts: small drawings in SVG that need no script and take the page's colours.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::html::text;

/// Size of a drawing, in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 150.0;
const MARGIN: f64 = 28.0;

/// Points of a scatter at most: of more, every so many is drawn.
const POINTS_MAX: usize = 400;

/// Bars of a histogram.
const BARS: usize = 20;

/// The end of an axis from 0 that has room for all values: 1, or the next whole number above the greatest.
fn axis_end(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(1.0, f64::max).ceil()
}

/// The distribution of values from 0 on.
pub(super) fn histogram(title: &str, values: &[f64]) -> String {
    let end = axis_end(values.iter().copied());
    let mut counts = [0_usize; BARS];
    for value in values {
        counts[(((value / end).clamp(0.0, 1.0) * BARS as f64) as usize).min(BARS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut bars = String::new();
    let width = (WIDTH - 2.0 * MARGIN) / BARS as f64;
    for (index, count) in counts.iter().enumerate() {
        let height = (HEIGHT - 2.0 * MARGIN) * *count as f64 / most as f64;
        let (x, y) = (MARGIN + width * index as f64, HEIGHT - MARGIN - height);
        let (low, high) = (end * index as f64 / BARS as f64, end * (index + 1) as f64 / BARS as f64);
        let _ = write!(
            bars,
            "<rect class=bar x={x:.1} y={y:.1} width={:.1} height={height:.1}><title>{low:.2} to {high:.2}: {count}</title></rect>",
            width - 1.0
        );
    }
    drawing(title, &bars, [&end.to_string(), &most.to_string()])
}

/// A bar for each name, all of one scale.
pub(super) fn bars(title: &str, rows: &[(&str, f64)]) -> String {
    let end = axis_end(rows.iter().map(|(_, value)| *value));
    let mut html = format!("<figure class=broad><figcaption>{}</figcaption>", text(title));
    for (name, value) in rows {
        let _ = write!(
            html,
            "<div class=row><span>{}</span><span class=track><span style=\"width:{:.1}%\"></span></span><span>{value:.3}</span>\
             </div>",
            text(name),
            100.0 * (value / end).clamp(0.0, 1.0)
        );
    }
    html + "</figure>"
}

/// Bins of a reliability diagram at most.
const BINS_MAX: usize = 30;

/// Whether a metric is half of a bin of a reliability diagram.
pub(super) fn is_bin(name: &str) -> bool {
    name.starts_with("bin_") && (name.ends_with("_probability") || name.ends_with("_truth"))
}

/// The reliability diagram of some episodes: for each bin of equal mass the mean predicted chance below the mean true one,
/// with a line from bin to bin; nothing if no episode has bins.
pub(super) fn reliability(title: &str, episodes: &[&BTreeMap<String, f64>]) -> Option<String> {
    let bin = |number: usize| -> Option<(f64, f64)> {
        let pairs = episodes.iter().filter_map(|metrics| {
            let half = |half: &str| metrics.get(&format!("bin_{number:02}_{half}")).copied();
            Some((half("probability")?, half("truth")?))
        });
        let (count, sum) =
            pairs.fold((0, (0.0, 0.0)), |(count, sum), pair| (count + 1, (sum.0 + pair.0, sum.1 + pair.1)));
        (count > 0).then(|| (sum.0 / f64::from(count), sum.1 / f64::from(count)))
    };
    let points: Vec<(f64, f64)> = (1..=BINS_MAX).map_while(bin).collect();
    let path: Vec<String> =
        points.iter().map(|point| place(*point)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let line = format!("<polyline class=curve points=\"{}\" />", path.join(" "));
    (!points.is_empty()).then(|| square(title, &points, &line))
}

/// Where a pair of values between 0 and 1 lies in a drawing.
fn place((x, y): (f64, f64)) -> (f64, f64) {
    let (width, height) = (WIDTH - 2.0 * MARGIN, HEIGHT - 2.0 * MARGIN);
    (MARGIN + width * x.clamp(0.0, 1.0), HEIGHT - MARGIN - height * y.clamp(0.0, 1.0))
}

/// Points between 0 and 1 on both axes, with the line on which both are equal.
pub(super) fn scatter(title: &str, points: &[(f64, f64)]) -> String {
    let every = points.len().div_ceil(POINTS_MAX).max(1);
    let shown: Vec<(f64, f64)> = points.iter().step_by(every).copied().collect();
    square(title, &shown, "")
}

/// Points over a line on which both values are equal, and what else is drawn.
fn square(title: &str, points: &[(f64, f64)], more: &str) -> String {
    let ((x1, y1), (x2, y2)) = (place((0.0, 0.0)), place((1.0, 1.0)));
    let mut marks = format!("<line class=even x1={x1:.1} y1={y1:.1} x2={x2:.1} y2={y2:.1} />{more}");
    for (x, y) in points {
        let (left, top) = place((*x, *y));
        let _ = write!(
            marks,
            "<circle class=dot cx={left:.1} cy={top:.1} r=2.5><title>{x:.3}, {y:.3}</title></circle>"
        );
    }
    drawing(title, &marks, ["1", "1"])
}

/// Axes from 0 around `marks`, with the ends of the one below and of the one at the side.
fn drawing(title: &str, marks: &str, [below, top]: [&str; 2]) -> String {
    let (right, bottom) = (WIDTH - MARGIN, HEIGHT - MARGIN);
    format!(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img aria-label=\"{}\">\
         <line class=axis x1={MARGIN} y1={bottom} x2={right} y2={bottom} />\
         <line class=axis x1={MARGIN} y1={MARGIN} x2={MARGIN} y2={bottom} />{marks}\
         <text x={MARGIN} y={} class=tick>0</text><text x={right} y={} class=\"tick end\">{}</text>\
         <text x={} y={} class=\"tick end\">{}</text></svg></figure>",
        text(title),
        text(title),
        bottom + 14.0,
        bottom + 14.0,
        text(below),
        MARGIN - 4.0,
        MARGIN + 4.0,
        text(top),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_bar() {
        let drawn = histogram("Rewards", &[0.0, 0.01, 0.5, 1.0]);
        assert!(drawn.contains("<title>0.00 to 0.05: 2</title>"), "{drawn}");
        assert!(drawn.contains("<title>0.95 to 1.00: 1</title>"), "{drawn}");
        assert!(histogram("Points", &[79.5]).contains("<title>76.00 to 80.00: 1</title>"));
        assert_eq!(drawn.matches("<rect").count(), BARS);
        assert_eq!(histogram("None", &[]).matches("height=0.0").count(), BARS);
    }

    #[test]
    fn every_name_has_its_bar() {
        let drawn = bars("Mean <reward>", &[("policy/null", -0.2), ("policy/reference", 0.5)]);
        assert!(drawn.contains("width:0.0%") && drawn.contains("width:50.0%"), "{drawn}");
        assert!(drawn.contains("Mean &lt;reward&gt;") && drawn.contains("-0.200"), "{drawn}");
    }

    #[test]
    fn every_point_is_drawn() {
        assert_eq!(scatter("Claims", &[(0.9, 0.7), (0.5, 0.5)]).matches("<circle").count(), 2);
        let many = scatter("Many", &vec![(0.5, 0.5); 10 * POINTS_MAX + 1]);
        assert!(many.matches("<circle").count() <= POINTS_MAX);
    }

    #[test]
    fn a_reliability_diagram_has_the_mean_of_each_bin() {
        let metrics = |truth: f64| -> BTreeMap<String, f64> {
            [("bin_01_probability", 0.2), ("bin_01_truth", truth), ("brier", 0.1)]
                .map(|(name, value)| (name.to_owned(), value))
                .into()
        };
        let drawn = reliability("Chances", &[&metrics(0.1), &metrics(0.5)]).unwrap();
        assert!(drawn.contains("<title>0.200, 0.300</title>") && drawn.contains("<polyline"), "{drawn}");
        assert_eq!(reliability("Chances", &[&BTreeMap::new()]), None);
        assert!(is_bin("bin_01_truth") && !is_bin("brier"));
    }
}
