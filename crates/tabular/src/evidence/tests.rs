//! Tests of the evidence: each statement is true where it should be, and false where it should not.

use envy_core::Seed;

use super::*;
use crate::field::{Kind, Monomial, Unit};
use crate::repair::Fix;

const ROWS: usize = 400;

/// Four sources in turn, two numbers, their sum, a category and a label that follows the first number.
struct Fixture {
    fields: Vec<Field>,
    rows: Vec<Vec<String>>,
}

impl Fixture {
    fn new() -> Self {
        let category = |name: &str, role, levels: &[&str]| {
            let levels = levels.iter().map(|level| (*level).to_owned()).collect();
            Field { levels, ..Field::new(name, Kind::Category, role) }
        };
        let number =
            |name: &str, role| Field { range: Some((0.0, 60.0)), ..Field::new(name, Kind::Number, role) };
        let term = |name: &str| Monomial { coefficient: 1.0, powers: vec![(name.to_owned(), 1)] };
        let formula = Formula { terms: vec![term("a"), term("b")], decimals: 1 };
        let mut a = number("a", Role::Feature);
        a.units = vec![Unit { name: "lb".to_owned(), factor: 2.2046, offset: 0.0 }];
        let mut rng = Seed::named("evidence").rng();
        let row = |row: usize| {
            let (a, b) = ((rng.uniform() * 200.0).round() / 10.0, (rng.uniform() * 200.0).round() / 10.0);
            let label = ["low", "middle", "high"][((a / 7.0) as usize).min(2)];
            let plan = ["basic", "team"][row % 2];
            [["s1", "s2", "s3", "s4"][row % 4].to_owned(), a.to_string(), b.to_string(), (a + b).to_string()]
                .into_iter()
                .chain([plan.to_owned(), label.to_owned()])
                .collect()
        };
        let rows = (0..ROWS).map(row).collect();
        let sum = Field { formula: Some(formula), ..number("sum", Role::Derived) };
        let fields = vec![
            category("site", Role::Source, &["s1", "s2", "s3", "s4"]),
            a,
            number("b", Role::Feature),
            sum,
            category("plan", Role::Feature, &["basic", "team"]),
            category("y", Role::Target, &["low", "middle", "high"]),
        ];
        Self { fields, rows }
    }

    /// Changes a column of the source s1.
    fn damage(mut self, column: usize, change: impl Fn(usize, &str) -> String) -> Self {
        let own = self.rows.iter_mut().filter(|row| row[0] == "s1");
        own.enumerate().for_each(|(index, row)| row[column] = change(index, &row[column]));
        self
    }

    fn holds(&self, evidence: &Evidence) -> bool {
        let headers = self.fields.iter().map(|field| field.name.clone()).collect();
        let table = RawTable::new(headers, self.rows.clone()).unwrap();
        evidence.holds(&Visible::new(&table, &self.fields, &["a log\ns1: a is in lb\n"]).unwrap())
    }
}

fn scaled(factor: f64) -> Repair {
    Repair::new("s1", &["a"], Fix::Affine { factor, offset: 0.0, decimals: None })
}

fn times(factor: f64) -> impl Fn(usize, &str) -> String {
    move |_, text| (text.parse::<f64>().unwrap() * factor).to_string()
}

#[test]
fn a_unit_shows_in_the_dictionary_the_log_the_quantiles_and_the_sum() {
    let damaged = Fixture::new().damage(1, times(2.2046));
    let unit = |unit: &str| Evidence::DictionaryUnit { column: "a".into(), unit: unit.into() };
    let line = |line: &str| Evidence::LogLine { source: "s1".into(), line: line.into() };
    assert!(damaged.holds(&unit("lb")) && !damaged.holds(&unit("oz")));
    assert!(damaged.holds(&line("s1: a is in lb")) && !damaged.holds(&line("s2: a is in lb")));
    let quantiles = |factor| Evidence::QuantilesAgree { repair: scaled(factor) };
    let derived = |factor| Evidence::DerivedAgrees { column: "sum".into(), repair: scaled(factor) };
    assert!(damaged.holds(&quantiles(2.2046)) && damaged.holds(&derived(2.2046)));
    assert!(!damaged.holds(&quantiles(0.5)) && !damaged.holds(&derived(2.0)));
    assert!(!Fixture::new().holds(&quantiles(2.2046)) && !Fixture::new().holds(&derived(2.2046)));
}

#[test]
fn illegal_cells_that_become_legal_speak_for_the_repair() {
    let damaged = Fixture::new().damage(4, |_, text| text.to_uppercase());
    let levels = vec!["basic".to_owned(), "team".to_owned()];
    let fix = Fix::Canonical { levels, aliases: BTreeMap::new() };
    let legal = |fix: &Fix| Evidence::BecomesLegal { repair: Repair::new("s1", &["plan"], fix.clone()) };
    assert!(damaged.holds(&legal(&fix)));
    assert!(!Fixture::new().holds(&legal(&fix)));
    let wrong = Fix::Recode { map: BTreeMap::from([("BASIC".to_owned(), "gold".to_owned())]) };
    assert!(!damaged.holds(&legal(&wrong)));
}

#[test]
fn labels_agree_under_the_right_permutation_alone() {
    let turned = |_: usize, text: &str| match text {
        "low" => "middle".to_owned(),
        "middle" => "high".to_owned(),
        _ => "low".to_owned(),
    };
    let damaged = Fixture::new().damage(5, turned);
    let labels = |pairs: [(&str, &str); 3]| {
        let map = pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        Evidence::LabelsAgree { repair: Repair::new("s1", &["y"], Fix::Recode { map }) }
    };
    let right = labels([("middle", "low"), ("high", "middle"), ("low", "high")]);
    assert!(damaged.holds(&right));
    assert!(!damaged.holds(&labels([("middle", "high"), ("high", "low"), ("low", "middle")])));
    assert!(!Fixture::new().holds(&right));
}

#[test]
fn spikes_gaps_ranges_grids_and_copies_are_counted_against_the_peers() {
    let (source, column) = ("s1".to_owned(), "a".to_owned());
    let own = || (source.clone(), column.clone());
    let third = |with: &'static str| {
        move |row: usize, text: &str| if row.is_multiple_of(3) { with } else { text }.to_owned()
    };
    let spike = Evidence::Spike { source: source.clone(), column: column.clone(), value: "-999".to_owned() };
    assert!(Fixture::new().damage(1, third("-999.0")).holds(&spike));
    let ((source, column), (left, right)) = (own(), own());
    let gaps = Evidence::Gaps { source, column };
    assert!(Fixture::new().damage(1, third("")).holds(&gaps));
    let range = Evidence::OutOfRange { source: left, column: right };
    assert!(Fixture::new().damage(1, third("75.5")).holds(&range));
    let (source, column) = own();
    let coarse = Evidence::Coarse { source, column };
    let grid = |_: usize, text: &str| ((text.parse::<f64>().unwrap() / 5.0).round() * 5.0).to_string();
    assert!(Fixture::new().damage(1, grid).holds(&coarse));
    let columns = vec!["a".to_owned(), "b".to_owned()];
    let copies = Evidence::Copies { source: "s1".to_owned(), columns };
    let mut copied = Fixture::new();
    let first: Vec<_> = copied.rows.iter().filter(|row| row[0] == "s1").take(5).cloned().collect();
    copied.rows.extend(first);
    assert!(copied.holds(&copies));
    let absent =
        Evidence::Absent { source: "s1".to_owned(), column: "y".to_owned(), value: "low".to_owned() };
    let raised = |_: usize, text: &str| if text == "low" { "middle" } else { text }.to_owned();
    assert!(Fixture::new().damage(5, raised).holds(&absent));
    for evidence in [spike, gaps, range, coarse, copies, absent] {
        assert!(!Fixture::new().holds(&evidence), "{evidence:?}");
    }
}

#[test]
fn a_statement_about_what_is_not_there_does_not_hold() {
    let repair = Repair::new("s1", &["z"], Fix::Swap);
    let (source, column) = ("s1".to_owned(), "z".to_owned());
    for evidence in [
        Evidence::QuantilesAgree { repair: repair.clone() },
        Evidence::DerivedAgrees { column: "a".to_owned(), repair: repair.clone() },
        Evidence::BecomesLegal { repair: repair.clone() },
        Evidence::LabelsAgree { repair },
        Evidence::Gaps { source, column },
    ] {
        assert!(!Fixture::new().holds(&evidence), "{evidence:?}");
        let text = serde_json::to_string(&evidence).unwrap();
        assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    }
}

#[test]
fn a_wrong_clock_and_a_trend_show_in_the_order_of_the_rows() {
    let moment = |row: usize| crate::time::write_iso(1_700_000_000 + 7_200 * row as i64);
    let mut clean = Fixture::new();
    clean.fields[4] = Field::new("at", Kind::Time, Role::Time);
    clean.rows.iter_mut().enumerate().for_each(|(row, cells)| cells[4] = moment(row));
    let clock =
        |seconds| Evidence::OrderAgrees { repair: Repair::new("s1", &["at"], Fix::Moment { seconds }) };
    let rate = 0.3;
    let fix = Fix::Drift { time: "at".to_owned(), origin: 1_700_000_000, rate, decimals: None };
    let trend = Evidence::TrendVanishes { repair: Repair::new("s1", &["a"], fix), time: "at".to_owned() };
    assert!(!clean.holds(&clock(28_800)) && !clean.holds(&trend));
    let late = |_: usize, text: &str| crate::time::write_iso(crate::time::parse_iso(text).unwrap() + 28_800);
    let late = clean.damage(4, late);
    assert!(late.holds(&clock(28_800)) && !late.holds(&clock(-28_800)));
    // Every fourth row is of the source: a third of a day apart.
    let grown = |index: usize, text: &str| {
        let days = index as f64 / 3.0;
        (text.parse::<f64>().unwrap() * (1.0 + rate * days)).to_string()
    };
    let mut grown = Fixture::new().damage(1, grown);
    grown.fields[4] = Field::new("at", Kind::Time, Role::Time);
    grown.rows.iter_mut().enumerate().for_each(|(row, cells)| cells[4] = moment(row));
    assert!(grown.holds(&trend));
}
