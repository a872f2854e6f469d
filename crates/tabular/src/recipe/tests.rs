//! Tests of the recipe beyond the operators' contract: who gets which rows, and what cannot be.

use super::*;
use crate::domains;
use crate::field::{Field, Kind};
use crate::population::Population;
use crate::table::Value;

const ROWS: usize = 1000;
const CLASSES: usize = 4;

/// A draw with random labels: what is tested here does not ask what they mean.
fn table(seed: &Seed) -> Table {
    let population = Population::new(domains::ALL[0], seed.derive("population"), 5);
    let mut table = population.draw(&seed.derive("draw"), ROWS, 1);
    let mut rng = seed.derive("labels").rng();
    let mut field = Field::new("y", Kind::Category, Role::Target);
    field.levels = (0..CLASSES).map(|class| format!("class {class}")).collect();
    let codes = (0..ROWS).map(|_| Some(rng.below(CLASSES) as u32)).collect();
    table.push(field, Column::Category(codes)).unwrap();
    table
}

fn spec(operators: &[&str], faults: usize, corrupt: f64, odds: f64) -> RecipeSpec {
    let operators = operators.iter().map(|name| (*name).to_owned()).collect();
    RecipeSpec { operators, faults, per_source: 1, corrupt, odds, selection: Selection::Label }
}

/// The rows of each source, by level.
fn by_source(table: &Table) -> Vec<Vec<usize>> {
    let column = table.role(Role::Source).unwrap();
    let is_at = |row: usize, level: &String| table.value(row, column) == Value::Category(level);
    let levels = table.fields[column].levels.iter();
    levels.map(|level| (0..table.rows()).filter(|row| is_at(*row, level)).collect()).collect()
}

#[test]
fn a_bad_source_gets_its_rows_and_its_favourite_class() {
    let seed = Seed::named("recipe");
    let clean = table(&seed);
    let share_of_favourite = |odds: f64| {
        let recipe = Recipe::draw(&seed, &spec(&["unit", "sentinel"], 2, 0.3, odds), &clean, &[]).unwrap();
        let Corrupted { sheet, ledger } = recipe.apply(&seed.derive("apply"), &clean).unwrap();
        let exact = recipe.faults.iter().position(|fault| fault.operator == "N1").unwrap();
        let hit = ledger.events[exact].row_ids().len();
        let source = sheet.table().role(Role::Source).unwrap();
        let code = sheet.table().fields[source].code(&recipe.faults[exact].source).unwrap();
        let rows = &by_source(sheet.table())[code as usize];
        assert_eq!(rows.len(), hit, "a habit of a whole source hits all its rows");
        let target = sheet.table().role(Role::Target).unwrap();
        let Mechanism::ByLabel { condition, .. } = &recipe.faults[exact].mechanism else { return 1.0 };
        let favourite = rows.iter().filter(|row| condition.holds(sheet.table().value(**row, target)));
        favourite.count() as f64 / rows.len() as f64
    };
    assert_eq!(share_of_favourite(1.0), 1.0, "without odds no class is favoured");
    let skewed = share_of_favourite(6.0);
    // One class in four with odds 6 is two thirds of the draw, less what runs out.
    assert!((0.5..0.75).contains(&skewed), "{skewed}");
}

#[test]
fn good_sources_keep_a_quarter_of_the_rows_and_their_shares() {
    let seed = Seed::named("padding");
    let clean = table(&seed);
    let recipe = Recipe::draw(&seed, &spec(&["missing"], 2, 0.5, 1.0), &clean, &[]).unwrap();
    let sheet = recipe.apply(&seed.derive("apply"), &clean).unwrap().sheet;
    let source = sheet.table().role(Role::Source).unwrap();
    let bad: Vec<u32> =
        recipe.faults.iter().map(|fault| clean.fields[source].code(&fault.source).unwrap()).collect();
    let (before, after) = (by_source(&clean), by_source(sheet.table()));
    let good: Vec<usize> = (0..before.len()).filter(|level| !bad.contains(&(*level as u32))).collect();
    let total = |groups: &[Vec<usize>]| good.iter().map(|level| groups[*level].len()).sum::<usize>() as f64;
    assert!(total(&after) >= GOOD_ROWS_SHARE * ROWS as f64);
    for level in good.iter().copied() {
        let (was, is) =
            (before[level].len() as f64 / total(&before), after[level].len() as f64 / total(&after));
        assert!((was - is).abs() < 0.12, "{was} became {is}");
    }
}

#[test]
fn what_cannot_be_says_why() {
    let seed = Seed::named("errors");
    let clean = table(&seed);
    let error =
        |spec: RecipeSpec, table: &Table| Recipe::draw(&seed, &spec, table, &[]).unwrap_err().to_string();
    let sources = by_source(&clean).len();
    let many = error(spec(&["unit"], sources, 0.3, 1.0), &clean);
    assert!(many.contains(&format!("need {} sources, the table has {sources}", sources + 2)), "{many}");
    assert!(error(spec(&["units"], 1, 0.3, 1.0), &clean).contains("did you mean \"unit\"?"));
    assert!(error(spec(&["L1"], 1, 0.5, 1.0), &clean).contains("50 % of all labels"));
    let mut bare = clean.clone();
    bare.fields.truncate(3);
    bare.columns.truncate(3);
    assert_eq!(
        error(spec(&["unit", "L1"], 1, 0.3, 1.0), &bare).split(": ").last(),
        Some("the table gives it no hold")
    );
    let recipe = Recipe::draw(&seed, &spec(&["unit"], 1, 0.3, 1.0), &clean, &[]).unwrap();
    let other = Seed::named("another domain");
    let foreign = Population::new(domains::ALL[1], other, 4).draw(&other, 200, 1);
    assert!(recipe.apply(&seed, &foreign).is_err());
}

#[test]
fn one_more_fault_moves_no_other() {
    let seed = Seed::named("streams");
    let clean = table(&seed);
    let plans = |faults: usize| {
        let recipe = Recipe::draw(&seed, &spec(&["unit"], faults, 0.3, 1.0), &clean, &[]).unwrap();
        recipe.faults.into_iter().map(|fault| fault.plan).collect::<Vec<_>>()
    };
    assert_eq!(plans(1)[..], plans(2)[..1]);
}

#[test]
fn a_source_can_have_several_faults_in_columns_of_their_own() {
    let seed = Seed::named("several");
    let clean = table(&seed);
    let operators = ["unit", "label-convention", "category-variants", "decimal-shift", "duplicates"];
    let spec = RecipeSpec { per_source: 3, ..spec(&operators, 2, 0.3, 6.0) };
    let recipe = Recipe::draw(&seed, &spec, &clean, &[]).unwrap();
    assert!(recipe.faults.len() > 3, "two sources, up to three faults each");
    for (index, fault) in recipe.faults.iter().enumerate() {
        let others = recipe.faults[..index].iter().filter(|other| other.source == fault.source);
        for other in others {
            assert!(!other.plan.columns.iter().any(|column| fault.plan.columns.contains(column)));
        }
    }
    let Corrupted { sheet, ledger } = recipe.apply(&seed.derive("apply"), &clean).unwrap();
    let hit: std::collections::BTreeSet<&str> =
        ledger.events.iter().flat_map(crate::Event::row_ids).collect();
    assert_eq!(hit.len(), (0.3 * ROWS as f64) as usize, "further faults hit no further rows");
    let repaired = recipe.repair_plan(sheet.table()).unwrap().apply(&sheet.raw()).unwrap();
    let truth = ledger.undo(&sheet.raw(), "row_id").unwrap();
    let wrong = (0..truth.rows())
        .flat_map(|row| (0..truth.headers().len()).map(move |column| (row, column)))
        .filter(|(row, column)| {
            let comparable = crate::repair::comparable;
            comparable(repaired.cell(*row, *column)) != comparable(truth.cell(*row, *column))
        });
    assert_eq!(wrong.count(), 0);
}
