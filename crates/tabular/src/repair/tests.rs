//! Tests of the repairs, one row of a table each.

use super::*;
use crate::field::Monomial;

fn table(rows: &[&str]) -> RawTable {
    let split = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
    RawTable::new(split("site;a;b;c"), rows.iter().map(|row| split(row)).collect()).unwrap()
}

fn check(fix: Fix, columns: &[&str], before: &[&str], after: &[&str]) {
    let plan = RepairPlan::new("site", vec![Repair::new("s1", columns, fix)]);
    assert_eq!(plan.apply(&table(before)).unwrap(), table(after));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<RepairPlan>(&text).unwrap(), plan, "{text}");
}

#[test]
fn affine_touches_only_readable_cells_of_its_source() {
    let fix = Fix::Affine { factor: 1.8, offset: 32.0, decimals: Some(1) };
    check(
        fix,
        &["a"],
        &["s1;98.6;x;", "s2;98.6;;", "s1;;;", "s1;n/a;;", "s1;warm;;"],
        &["s1;37.0;x;", "s2;98.6;;", "s1;;;", "s1;n/a;;", "s1;warm;;"],
    );
}

#[test]
fn a_decimal_shift_needs_exactly_one_way_back() {
    let fix = Fix::DecimalShift { low: 50.0, high: 220.0, decimals: Some(1) };
    check(
        fix,
        &["a"],
        &["s1;17.24;;", "s1;172.4;;", "s1;0.001;;"],
        &["s1;172.4;;", "s1;172.4;;", "s1;0.001;;"],
    );
    // 1.5 may have been 15 or 150.
    check(Fix::DecimalShift { low: 5.0, high: 200.0, decimals: None }, &["a"], &["s1;1.5;;"], &["s1;1.5;;"]);
}

#[test]
fn a_flipped_bit_flips_back() {
    // 100.0 with the second bit of its exponent flipped is 400.0; 150.0 is legal.
    let fix = Fix::BitFlip { low: 90.0, high: 160.0 };
    check(fix, &["a"], &["s1;400.0;;", "s1;150.0;;", "s1;0.0;;"], &["s1;100.0;;", "s1;150.0;;", "s1;0.0;;"]);
}

#[test]
fn values_that_mean_nothing_are_emptied() {
    let fix = Fix::Sentinel { values: vec!["-999".to_owned(), "unknown".to_owned()] };
    check(fix, &["a", "b"], &["s1;-999.0; unknown ;", "s1;999;x;"], &["s1;;;", "s1;999;x;"]);
    check(Fix::OutOfRange { low: 0.0, high: 9.0 }, &["a"], &["s1;10;;", "s1;9.0;;"], &["s1;;;", "s1;9.0;;"]);
}

#[test]
fn swapped_and_rolled_columns_return() {
    check(Fix::Swap, &["a", "b"], &["s1;1;2;3", "s2;1;2;3"], &["s1;2;1;3", "s2;1;2;3"]);
    check(
        Fix::Lag { lag: 1 },
        &["a", "b"],
        &["s1;3;z;1", "s2;9;9;9", "s1;1;x;2", "s1;2;y;3"],
        &["s1;1;x;1", "s2;9;9;9", "s1;2;y;2", "s1;3;z;3"],
    );
    check(Fix::Lag { lag: -4 }, &["a"], &["s2;1;;"], &["s2;1;;"]);
}

#[test]
fn the_first_of_equal_rows_stays() {
    check(
        Fix::Dedupe,
        &["a", "b"],
        &["s1;5;x;1", "s2;5;x;2", "s1;5.0;x ;3", "s1;5;y;4"],
        &["s1;5;x;1", "s2;5;x;2", "s1;5;y;4"],
    );
}

#[test]
fn a_formula_fills_what_it_can() {
    let powers = vec![("a".to_owned(), 1), ("b".to_owned(), 1)];
    let formula = Formula { terms: vec![Monomial { coefficient: 2.0, powers }], decimals: 1 };
    check(
        Fix::Fill { formula },
        &["c"],
        &["s1;2;3;", "s1;2;3;99", "s1;;3;NaN"],
        &["s1;2;3;12.0", "s1;2;3;99", "s1;;3;NaN"],
    );
}

#[test]
fn texts_are_mapped_and_respelled() {
    let map = BTreeMap::from([("0".to_owned(), "1".to_owned()), ("1".to_owned(), "0".to_owned())]);
    check(Fix::Recode { map }, &["a"], &["s1;0;;", "s1;1;;", "s1;2;;"], &["s1;1;;", "s1;0;;", "s1;2;;"]);
    let fix = Fix::Canonical { levels: vec!["North".to_owned()], aliases: BTreeMap::new() };
    check(fix, &["a"], &["s1; NORTH;;", "s1;south;;"], &["s1;North;;", "s1;south;;"]);
    let fix = Fix::Dates { format: DateFormat::EpochSeconds };
    check(fix, &["a"], &["s1;86400;;", "s1;1970-01-01;;"], &["s1;1970-01-02 00:00:00;;", "s1;1970-01-01;;"]);
    check(Fix::Number { format: NumberFormat::DotComma }, &["a"], &["s1;1.234,5;;"], &["s1;1234.5;;"]);
    check(Fix::Mojibake { rounds: 1 }, &["a"], &["s1;ZÃ¼rich;;"], &["s1;Zürich;;"]);
}

#[test]
fn counters_that_went_round_and_words_beside_numbers_are_undone() {
    let fix = Fix::Wrap { low: 80.0, high: 220.0, modulus: 256.0, decimals: Some(0) };
    check(fix, &["a"], &["s1;-100;;", "s1;120;;", "s1;600;;"], &["s1;156.0;;", "s1;120;;", "s1;88.0;;"]);
    // A modulus that fits twice into the range tells nothing.
    let fix = Fix::Wrap { low: 0.0, high: 100.0, modulus: 20.0, decimals: None };
    check(fix, &["a"], &["s1;-5;;"], &["s1;-5;;"]);
    let fix = Fix::Affix { affixes: vec!["kg".to_owned(), "w:".to_owned()] };
    check(fix, &["a"], &["s1;12 kg;;", "s1;w: 12;;", "s1;kg;;"], &["s1;12;;", "s1;12;;", "s1;kg;;"]);
    let fix = Fix::Moment { seconds: 7200 };
    check(fix, &["a"], &["s1;1970-01-01 02:00:00;;", "s1;x;;"], &["s1;1970-01-01 00:00:00;;", "s1;x;;"]);
}

#[test]
fn cells_follow_from_others_of_their_row() {
    let map = || BTreeMap::from([("x".to_owned(), "1".to_owned())]);
    check(
        Fix::Lookup { by: "b".to_owned(), map: map() },
        &["a"],
        &["s1;7;x;", "s1;7;y;"],
        &["s1;1;x;", "s1;7;y;"],
    );
    let powers = |name: &str| vec![(name.to_owned(), 1)];
    let term = |name: &str| Monomial { coefficient: 1.0, powers: powers(name) };
    let formula = Formula { terms: vec![term("a"), term("b")], decimals: 1 };
    let solve = || Fix::Solve { derived: "c".to_owned(), formula: formula.clone(), decimals: Some(1) };
    check(solve(), &["a"], &["s1;9;2;5", "s1;3;2;5", "s1;;2;5"], &["s1;3.0;2;5", "s1;3;2;5", "s1;;2;5"]);
    check(solve(), &["c"], &["s1;9;2;5", "s1;9;;5"], &["s1;9;2;11.0", "s1;9;;5"]);
    let fix = Fix::Drift { time: "b".to_owned(), origin: 0, rate: 0.01, decimals: Some(2) };
    check(fix, &["a"], &["s1;110;1970-01-11;", "s1;110;never;"], &["s1;100.0;1970-01-11;", "s1;110;never;"]);
    let fix = Fix::RecodeSince {
        time: "b".to_owned(),
        since: 86_400,
        map: BTreeMap::from([("2".to_owned(), "1".to_owned())]),
    };
    check(
        fix,
        &["a"],
        &["s1;2;1970-01-02;", "s1;2;1970-01-01;", "s1;3;1970-01-02;"],
        &["s1;1;1970-01-02;", "s1;2;1970-01-01;", "s1;3;1970-01-02;"],
    );
}

#[test]
fn lines_that_are_no_records_go_and_shifted_ones_return() {
    let fix = Fix::Discard { marks: vec!["Total".to_owned()] };
    check(fix, &["a"], &["s1;1;x;", "s1; Total;;9", "s2;Total;;"], &["s1;1;x;", "s2;Total;;"]);
    check(
        Fix::Supersede,
        &["a", "b"],
        &["s1;5;1970-01-02;1", "s1;5;1970-01-03;2", "s1;5;1970-01-01;3", "s1;6;;4", "s1;6;;5"],
        &["s1;5;1970-01-03;2", "s1;6;;4"],
    );
    check(Fix::Unshift, &["a", "b", "c"], &["s1;;1;2", "s1;1;2;3"], &["s1;1;2;", "s1;1;2;3"]);
}

#[test]
fn a_missing_column_is_an_error() {
    let plan = RepairPlan::new("site", vec![Repair::new("s1", &["z"], Fix::Swap)]);
    assert!(plan.apply(&table(&["s1;1;2;3"])).unwrap_err().to_string().contains("`z`"));
}
