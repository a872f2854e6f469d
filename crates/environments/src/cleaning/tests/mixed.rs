//! A made-up CSV of 20 mixed columns, as users have them: numbers with gaps, whole numbers, categories, codes with
//! leading zeros, dates, free text, and a target that follows from five of them.

use std::fmt::Write as _;

use envy_core::{Rng, Seed};

const CITIES: [&str; 6] = ["Leeds", "York", "Oslo", "Rome", "Bonn", "Lyon"];
const PLANS: [&str; 3] = ["free", "basic", "pro"];

/// A table of so many rows; `noise` is the standard deviation of what the columns do not tell of the target.
pub(super) fn table(rows: usize, noise: f64) -> Vec<u8> {
    let mut rng = Seed::named("tests/mixed-table").rng();
    let mut text = String::new();
    for number in 0..9 {
        let _ = write!(text, "num_{number},");
    }
    text.push_str("int_0,int_1,int_2,int_3,city,plan,zip,note,joined,flag,target\n");
    for row in 0..rows {
        line(&mut text, &mut rng, row, noise);
    }
    text.into_bytes()
}

fn line(text: &mut String, rng: &mut Rng, row: usize, noise: f64) {
    let numbers: [f64; 9] = std::array::from_fn(|_| rng.normal());
    let counts: [usize; 4] = std::array::from_fn(|_| rng.below(100));
    let (city, plan) = (rng.below(CITIES.len()), rng.below(PLANS.len()));
    let score = numbers[0] + 0.8 * numbers[1] - 0.6 * numbers[2]
        + (counts[0] as f64 - 50.0) / 40.0
        + if plan == 2 { 0.7 } else { 0.0 }
        + noise * rng.normal();
    for (place, number) in numbers.iter().enumerate() {
        if rng.uniform() < 0.98 {
            let _ = write!(text, "{:.3}", 50.0 + 10.0 * place as f64 + 6.0 * number);
        }
        text.push(',');
    }
    for count in counts {
        let _ = write!(text, "{count},");
    }
    let target = if score < -0.8 {
        "low"
    } else if score < 0.8 {
        "middle"
    } else {
        "high"
    };
    let _ = writeln!(
        text,
        "{},{},{:05},\"note {row}, as it came\",2024-{:02}-{:02},{},{target}",
        CITIES[city],
        PLANS[plan],
        rng.below(90_000),
        1 + rng.below(12),
        1 + rng.below(28),
        if rng.below(2) == 0 { "yes" } else { "no" },
    );
}
