//! The contract of every operator, over the list of all: it changes what its ledger says and nothing else, its
//! inverse restores what can be restored, the same seed gives the same bytes, and something gives it away.

use envy_core::Seed;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::domains;
use crate::dynamics::{Dynamics, DynamicsSpec, Target, inputs};
use crate::field::Kind;
use crate::ledger::Ledger;
use crate::population::Population;
use crate::raw::RawTable;
use crate::recipe::{Corrupted, LOST_CELLS_MAX, Recipe, RecipeSpec, Selection};
use crate::sheet::Sheet;
use crate::table::Value;
use crate::text;

pub(crate) mod gallery;

const ROWS: usize = 900;
const CLASSES: usize = 3;
/// Two numbers are one value if they differ by less than this share.
const TOLERANCE: f64 = 1e-12;

/// Two labelled draws of one population, and the columns that the label uses.
struct Fixture {
    draws: [Table; 2],
    used: Vec<String>,
}

impl Fixture {
    fn new(domain: usize, seed: &Seed) -> Self {
        let population = Population::new(domains::ALL[domain], seed.derive("population"), 6);
        let sample = population.draw(&seed.derive("sample"), 2000, 0);
        let spec = DynamicsSpec {
            target: Target::Classes(CLASSES),
            used: 4,
            categories: 1,
            nodes: 160,
            frequency: 1.0,
        };
        let dynamics = Dynamics::draw(&seed.derive("dynamics"), &spec, &inputs(&sample)).unwrap();
        let draw = |name: &str, first_id: i64| {
            let mut table = population.draw(&seed.derive(name), ROWS, first_id);
            let labels = dynamics.labels(&inputs(&table)).unwrap();
            let (field, column) = birthplace(&mut seed.derive(name).derive("birthplace").rng());
            table.push(field, column).unwrap();
            let mut field = Field::new("outcome", Kind::Category, Role::Target);
            field.levels = (0..CLASSES).map(|class| class.to_string()).collect();
            let codes = labels.iter().map(|label| Some(*label as u32)).collect();
            table.push(field, Column::Category(codes)).unwrap();
            table
        };
        Self { draws: [draw("first", 1000), draw("second", 9000)], used: dynamics.columns().to_vec() }
    }
}

/// A category with accents, which no domain has.
fn birthplace(rng: &mut envy_core::Rng) -> (Field, Column) {
    let mut field = Field::new("birthplace", Kind::Category, Role::Feature);
    field.levels = ["Zürich", "Genève", "Neuchâtel", "Bern"].map(str::to_owned).to_vec();
    let codes = (0..ROWS).map(|_| Some(rng.below(7).min(3) as u32 ^ 3)).collect();
    (field, Column::Category(codes))
}

/// The changed cells of lines that were there, by (row id, column), read off the sheet alone.
fn difference(sheet: &Sheet) -> Vec<(String, String)> {
    let own = sheet.messy_cells().map(|(at, _)| at).filter(|(line, _)| !sheet.is_copy(*line));
    let name = |column: usize| sheet.table().fields[column].name.clone();
    let mut cells: Vec<_> =
        own.map(|(line, column)| (sheet.row_id(line).into_owned(), name(column))).collect();
    cells.sort();
    cells
}

/// What holds of every corrupted draw, whatever the operators.
fn check_ledger(corrupted: &Corrupted, recipe: &Recipe) {
    let Corrupted { sheet, ledger } = corrupted;
    let raw = sheet.raw();
    let mask: Vec<(String, String)> = ledger.mask().into_keys().collect();
    // Plain comparisons: the whole tables of a failure would fill the screen.
    assert!(mask == difference(sheet), "the mask is not the difference");
    assert!(&ledger.replay(sheet.table().clone()).unwrap() == sheet, "a replay gives another sheet");
    let id = &sheet.table().fields[sheet.table().role(Role::Id).unwrap()].name;
    let clean = Sheet::new(sheet.table().clone()).raw();
    assert!(ledger.undo(&raw, id).unwrap() == clean, "undoing gives another table");
    assert!(&Ledger::read(&ledger.write()).unwrap() == ledger, "the ledger is read otherwise than written");
    let touched: usize = ledger.events.iter().map(|event| event.row_ids().len()).sum();
    let operators: Vec<&str> = ledger.events.iter().map(|event| event.operator.as_str()).collect();
    assert_eq!(touched, (recipe.corrupt * ROWS as f64).round() as usize, "the share is exact, {operators:?}");
    let rows = sheet.table().rows_by_id();
    let source = sheet.table().role(Role::Source).unwrap();
    for event in &ledger.events {
        for id in event.row_ids() {
            assert_eq!(sheet.table().value(rows[id], source), Value::Category(&event.source));
        }
        let own: Vec<_> = event.changes.iter().filter(|change| rows.contains_key(&change.row_id)).collect();
        assert!(own.iter().all(|change| event.columns.contains(&change.column)), "only its columns");
    }
    let ids: std::collections::BTreeSet<&str> = (0..raw.rows()).map(|row| raw.cell(row, 0)).collect();
    assert_eq!(ids.len(), raw.rows(), "ids are unique");
}

/// The repaired table says, value for value, what the clean one says.
fn check_restored(repaired: &RawTable, clean: &Table) {
    assert_eq!(repaired.rows(), clean.rows());
    for (column, field) in clean.fields.iter().enumerate() {
        for row in 0..clean.rows() {
            let found = text::parse(field, repaired.cell(row, column)).or_missing();
            let truth = clean.value(row, column);
            assert!(found.close_to(truth, TOLERANCE), "{} row {row}: {found:?}, not {truth:?}", field.name);
        }
    }
}

fn recipe(
    operators: &[&str],
    faults: usize,
    corrupt: f64,
    selection: Selection,
    fixture: &Fixture,
    seed: &Seed,
) -> Option<Recipe> {
    let operators = operators.iter().map(|name| (*name).to_owned()).collect();
    let spec = RecipeSpec { operators, faults, per_source: 1, corrupt, odds: 3.0, selection };
    Recipe::draw(&seed.derive("recipe"), &spec, &fixture.draws[0], &fixture.used).ok()
}

/// One operator alone on both draws of a population; whether it found a hold.
fn check_operator(operator: &dyn Corruption, selection: Selection, fixture: &Fixture, seed: &Seed) -> bool {
    let info = operator.info();
    let Some(recipe) = recipe(&[info.code], 1, 0.2, selection, fixture, seed) else { return false };
    let text = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    for (draw, table) in fixture.draws.iter().enumerate() {
        let seed = seed.derive(&format!("draw/{draw}"));
        let corrupted = recipe.apply(&seed, table).unwrap();
        check_ledger(&corrupted, &recipe);
        assert!(recipe.apply(&seed, table).unwrap() == corrupted, "the same seed gives other bytes");
        let event = &corrupted.ledger.events[0];
        assert_eq!(event.source, recipe.faults[0].source, "the second draw keeps the source's fault");
        if info.class == Fairness::Exact {
            let clean = corrupted.sheet.table();
            let repaired = recipe.repair_plan(clean).unwrap().apply(&corrupted.sheet.raw()).unwrap();
            check_restored(&repaired, clean);
        }
        if info.class == Fairness::Lost {
            let cells = (corrupted.sheet.table().fields.len() * ROWS) as f64;
            assert!((corrupted.ledger.mask().len() as f64) < LOST_CELLS_MAX * cells, "{}", info.code);
        } else {
            let checked = event.evidence.iter().filter(|evidence| evidence.is_shown()).count();
            assert!(checked > 0, "{} leaves no trace at {:?}", info.code, event.columns);
        }
    }
    true
}

#[test]
fn every_operator_keeps_the_contract() {
    // Every third domain has every kind of column; the property test below meets the others.
    const STEP: usize = 3;
    let mut held = vec![0; ALL.len()];
    let selections = Selection::NAMES.iter().filter_map(|name| Selection::named(name)).cycle();
    for (domain, selection) in (0..domains::ALL.len()).step_by(STEP).zip(selections) {
        let seed = Seed::named(&format!("contract/{domain}"));
        let fixture = Fixture::new(domain, &seed);
        for (operator, held) in ALL.iter().zip(&mut held) {
            *held += usize::from(check_operator(*operator, selection, &fixture, &seed));
        }
    }
    for (operator, held) in ALL.iter().zip(held) {
        assert!(held > 0, "{} never finds a hold", operator.info().code);
    }
}

#[test]
fn every_operator_has_three_phrasings_that_are_read_back() {
    for operator in ALL {
        let info = operator.info();
        assert!(info.notes.len() >= 3, "{}", info.code);
        for phrasing in info.notes {
            let places = notes::places(phrasing);
            assert_eq!(places, notes::places(info.notes[0]), "{}: the same places", info.code);
            let told: Vec<(&str, String)> =
                places.iter().enumerate().map(|(number, place)| (*place, format!("x{number}"))).collect();
            let values: Vec<(&str, &str)> =
                told.iter().map(|(place, value)| (*place, value.as_str())).collect();
            let text = notes::write(phrasing, &values);
            let Some(read) = notes::read_any(info.notes, &text) else { panic!("{text} is not read") };
            assert!(told.iter().all(|(place, value)| read[*place] == *value), "{phrasing}: {read:?}");
        }
    }
}

#[test]
fn codes_and_names_are_unique_and_found() {
    for operator in ALL {
        let info = operator.info();
        assert_eq!(find(info.code).unwrap().info().code, info.code);
        assert_eq!(find(info.name).unwrap().info().name, info.name);
        assert!((0.0..=1.0).contains(&info.rate) && info.rate > 0.0);
    }
    let error = find("sentinal").err().unwrap().to_string();
    assert!(error.contains("did you mean \"sentinel\"?"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_mixture_of_faults_is_accounted_for_and_exact_ones_are_undone(
        seed in any::<u64>(), faults in 1..=2usize, percent in 5..=40u32, exact in any::<bool>()
    ) {
        let seed = Seed::named(&format!("mixture/{seed}"));
        let fixture = Fixture::new(seed.rng().below(domains::ALL.len()), &seed);
        let wanted = |operator: &&&dyn Corruption| match operator.info().class {
            Fairness::Exact => true,
            Fairness::Partial => !exact,
            // Few cells may be lost: such a fault alone could not touch as many rows as are asked for here.
            Fairness::Lost => false,
        };
        let codes: Vec<&str> = ALL.iter().filter(wanted).map(|operator| operator.info().code).collect();
        let share = f64::from(percent) / 100.0;
        let recipe = recipe(&codes, faults, share, Selection::Label, &fixture, &seed).unwrap();
        let corrupted = recipe.apply(&seed.derive("apply"), &fixture.draws[1]).unwrap();
        check_ledger(&corrupted, &recipe);
        if exact {
            let clean = corrupted.sheet.table();
            check_restored(&recipe.repair_plan(clean).unwrap().apply(&corrupted.sheet.raw()).unwrap(), clean);
        }
    }
}
