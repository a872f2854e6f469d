//! Charts: small drawings in SVG that need no script and take the page's colours.

use std::fmt::Write as _;

use super::html::text;

/// Size of a drawing, in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 150.0;
const MARGIN: f64 = 28.0;

/// Bars of a histogram.
const BARS: usize = 20;

/// The distribution of values between 0 and 1.
pub(super) fn histogram(title: &str, values: &[f64]) -> String {
    let mut counts = [0_usize; BARS];
    for value in values {
        counts[((value.clamp(0.0, 1.0) * BARS as f64) as usize).min(BARS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut bars = String::new();
    let width = (WIDTH - 2.0 * MARGIN) / BARS as f64;
    for (index, count) in counts.iter().enumerate() {
        let height = (HEIGHT - 2.0 * MARGIN) * *count as f64 / most as f64;
        let (x, y) = (MARGIN + width * index as f64, HEIGHT - MARGIN - height);
        let (low, high) = (index as f64 / BARS as f64, (index + 1) as f64 / BARS as f64);
        let _ = write!(
            bars,
            "<rect class=bar x={x:.1} y={y:.1} width={:.1} height={height:.1}><title>{low:.2} to {high:.2}: {count}</title></rect>",
            width - 1.0
        );
    }
    drawing(title, &bars, &most.to_string())
}

/// Points between 0 and 1 on both axes, with the line on which both are equal.
pub(super) fn scatter(title: &str, points: &[(f64, f64)]) -> String {
    let place = |x: f64, y: f64| {
        let (width, height) = (WIDTH - 2.0 * MARGIN, HEIGHT - 2.0 * MARGIN);
        (MARGIN + width * x.clamp(0.0, 1.0), HEIGHT - MARGIN - height * y.clamp(0.0, 1.0))
    };
    let ((x1, y1), (x2, y2)) = (place(0.0, 0.0), place(1.0, 1.0));
    let mut marks = format!("<line class=even x1={x1:.1} y1={y1:.1} x2={x2:.1} y2={y2:.1} />");
    for (x, y) in points {
        let (left, top) = place(*x, *y);
        let _ = write!(
            marks,
            "<circle class=dot cx={left:.1} cy={top:.1} r=2.5><title>{x:.3}, {y:.3}</title></circle>"
        );
    }
    drawing(title, &marks, "1")
}

/// Axes from 0 to 1 below, to `top` at the side, around `marks`.
fn drawing(title: &str, marks: &str, top: &str) -> String {
    let (right, bottom) = (WIDTH - MARGIN, HEIGHT - MARGIN);
    format!(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img aria-label=\"{}\">\
         <line class=axis x1={MARGIN} y1={bottom} x2={right} y2={bottom} />\
         <line class=axis x1={MARGIN} y1={MARGIN} x2={MARGIN} y2={bottom} />{marks}\
         <text x={MARGIN} y={} class=tick>0</text><text x={right} y={} class=\"tick end\">1</text>\
         <text x={} y={} class=\"tick end\">{}</text></svg></figure>",
        text(title),
        text(title),
        bottom + 14.0,
        bottom + 14.0,
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
        let drawn = histogram("Rewards", &[0.0, 0.01, 0.5, 1.0, 7.0]);
        assert!(drawn.contains("<title>0.00 to 0.05: 2</title>"), "{drawn}");
        assert!(drawn.contains("<title>0.95 to 1.00: 2</title>"), "{drawn}");
        assert_eq!(drawn.matches("<rect").count(), BARS);
        assert_eq!(histogram("None", &[]).matches("height=0.0").count(), BARS);
    }

    #[test]
    fn every_point_is_drawn() {
        assert_eq!(scatter("Claims", &[(0.9, 0.7), (0.5, 0.5)]).matches("<circle").count(), 2);
    }
}
