//! The contract of every operator of series, over the list of all: it changes what its ledger says and nothing else, its
//! inverse restores what can be restored, the same seed gives the same bytes, and something gives it away.

use envy_core::Seed;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::corruptions;
use crate::field::Role;
use crate::ledger::{Fairness, Ledger};
use crate::notes;
use crate::recipe::Corrupted;
use crate::series::{Plant, SeriesRecipe, SeriesSpec, domains};
use crate::sheet::Sheet;
use crate::table::Table;
use crate::text;

mod gallery;

const DAYS: usize = 25;
const CLASSES: usize = 3;
/// Two numbers are one value if they differ by less than this share.
const TOLERANCE: f64 = 1e-12;

/// Clean readings of a plant, on every summary of which the label is said to depend.
struct Fixture {
    table: Table,
    used: Vec<String>,
}

impl Fixture {
    fn new(domain: usize, seed: &Seed) -> Self {
        let plant = Plant::new(domains::ALL[domain], &seed.derive("plant"), 10);
        let table = plant.draw(&seed.derive("draw"), DAYS, 100, None);
        let used = plant.windows().features.iter().map(|feature| feature.name.clone()).collect();
        Self { table, used }
    }

    fn recipe(&self, operators: &[&str], kinds: usize, seed: &Seed) -> Option<SeriesRecipe> {
        let spec = SeriesSpec {
            operators: operators.iter().map(|name| (*name).to_owned()).collect(),
            kinds,
            per_device: 2,
            corrupt: 0.3,
            odds: 6.0,
            classes: CLASSES,
        };
        SeriesRecipe::draw(&seed.derive("recipe"), &spec, &self.table, &self.used).ok()
    }
}

fn check_ledger(Corrupted { sheet, ledger }: &Corrupted) {
    let raw = sheet.raw();
    let own = sheet.messy_cells().map(|(at, _)| at).filter(|(line, _)| !sheet.is_copy(*line));
    let name = |column: usize| sheet.table().fields[column].name.clone();
    let mut difference: Vec<_> =
        own.map(|(line, column)| (sheet.row_id(line).into_owned(), name(column))).collect();
    difference.sort();
    assert!(ledger.mask().into_keys().collect::<Vec<_>>() == difference, "the mask is not the difference");
    assert!(&ledger.replay(sheet.table().clone()).unwrap() == sheet, "a replay gives another sheet");
    let id = &sheet.table().fields[sheet.table().role(Role::Id).unwrap()].name;
    assert!(ledger.undo(&raw, id).unwrap() == Sheet::new(sheet.table().clone()).raw());
    assert!(&Ledger::read(&ledger.write()).unwrap() == ledger, "the ledger is read otherwise than written");
}

/// Cells that the recipe's repair leaves otherwise than the truth, of events of class E.
fn check_exact(recipe: &SeriesRecipe, corrupted: &Corrupted) {
    let clean = corrupted.sheet.table();
    let repaired = recipe.repair_plan(clean).unwrap().apply(&corrupted.sheet.raw()).unwrap();
    assert_eq!(repaired.rows(), clean.rows());
    for (column, field) in clean.fields.iter().enumerate() {
        for row in 0..clean.rows() {
            let found = text::parse(field, repaired.cell(row, column)).or_missing();
            let truth = clean.value(row, column);
            assert!(found.close_to(truth, TOLERANCE), "{} row {row}: {found:?}, not {truth:?}", field.name);
        }
    }
}

#[test]
fn every_operator_of_series_keeps_the_contract() {
    let mut held = vec![0; ALL.len()];
    // Every other domain; the property test below meets all of them.
    for domain in (0..domains::ALL.len()).step_by(2) {
        let seed = Seed::named(&format!("series-contract/{domain}"));
        let fixture = Fixture::new(domain, &seed);
        for (operator, held) in ALL.iter().zip(&mut held) {
            let info = operator.info();
            let Some(recipe) = fixture.recipe(&[info.code], 1, &seed) else { continue };
            *held += 1;
            let written = serde_json::to_string(&recipe).unwrap();
            assert_eq!(serde_json::from_str::<SeriesRecipe>(&written).unwrap(), recipe);
            let corrupted = recipe.apply(&seed, &fixture.table).unwrap();
            check_ledger(&corrupted);
            assert!(recipe.apply(&seed, &fixture.table).unwrap() == corrupted, "other bytes");
            if info.class == Fairness::Exact {
                check_exact(&recipe, &corrupted);
            }
            for event in &corrupted.ledger.events {
                assert!(!event.row_ids().is_empty(), "{} changes nothing", info.code);
                let shown = event.evidence.iter().filter(|evidence| evidence.is_shown()).count();
                assert!(
                    shown > 0,
                    "{} leaves no trace at {}: {:?}",
                    info.code,
                    event.source,
                    event.parameters
                );
            }
        }
    }
    for (operator, held) in ALL.iter().zip(held) {
        assert!(held > 0, "{} never finds a hold", operator.info().code);
    }
}

#[test]
fn every_operator_of_series_has_three_phrasings_and_a_name_of_its_own() {
    for operator in ALL {
        let info = operator.info();
        assert_eq!(corruptions::find(info.code).unwrap().info().name, info.name);
        assert_eq!(corruptions::find(info.name).unwrap().info().code, info.code);
        assert!(info.notes.len() >= 3, "{}", info.code);
        for phrasing in info.notes {
            let places = notes::places(phrasing);
            assert_eq!(places, notes::places(info.notes[0]), "{}: the same places", info.code);
            let values: Vec<(&str, &str)> = places.iter().map(|place| (*place, "x1")).collect();
            assert!(notes::read_any(info.notes, &notes::write(phrasing, &values)).is_some(), "{phrasing}");
        }
    }
}

#[test]
fn a_bad_device_sees_mostly_one_class_and_all_windows_are_balanced() {
    let seed = Seed::named("series-labels");
    let fixture = Fixture::new(0, &seed);
    let recipe = fixture.recipe(&["clock-skew"], 2, &seed).unwrap();
    let devices = &fixture.table.fields[1].levels;
    let wanted = recipe.labels(&seed, devices, 50, CLASSES);
    let count = |class: u32| wanted.iter().flatten().filter(|label| **label == class).count();
    for class in 0..CLASSES as u32 {
        assert!(count(class).abs_diff(1_000 / CLASSES) <= 1, "{}", count(class));
    }
    for (device, labels) in devices.iter().zip(&wanted) {
        assert_eq!(labels.len(), 50);
        if let Some(class) = recipe.favours.get(device) {
            let own = labels.iter().filter(|label| *label == class).count();
            assert!(own > 25, "{device} sees {own} of its class");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_mixture_of_faults_of_series_is_accounted_for_and_exact_ones_are_undone(
        seed in any::<u64>(), kinds in 1..=4usize, exact in any::<bool>()
    ) {
        let seed = Seed::named(&format!("series-mixture/{seed}"));
        let fixture = Fixture::new(seed.rng().below(domains::ALL.len()), &seed);
        let wanted = |operator: &&&dyn Corruption| !exact || operator.info().class == Fairness::Exact;
        let codes: Vec<&str> = ALL.iter().filter(wanted).map(|operator| operator.info().code).collect();
        let recipe = fixture.recipe(&codes, kinds, &seed).unwrap();
        let corrupted = recipe.apply(&seed.derive("apply"), &fixture.table).unwrap();
        check_ledger(&corrupted);
        if exact {
            check_exact(&recipe, &corrupted);
        }
    }
}
