//! The contract of a domain, over every one that is listed.

use envy_core::{Digest, Seed};

use super::*;
use crate::domain::{FEATURES_MAX, FEATURES_MIN};
use crate::field::{Field, Kind, Role};
use crate::population::Population;
use crate::table::{Column, Table};

/// Digests of one small draw of every domain: a changed line is a changed generator.
const DIGESTS: &str = include_str!("digests.txt");

fn draws(rows: usize) -> Vec<(Population, Table)> {
    let build = |index: usize, domain: &'static Domain| {
        let seed = Seed::named(&format!("domain/{index}"));
        let population =
            Population::new(domain, seed, FEATURES_MIN + index % (FEATURES_MAX - FEATURES_MIN + 1));
        let table = population.draw(&seed.derive("draw"), rows, 1_000);
        (population, table)
    };
    (0..2 * ALL.len()).map(|index| build(index, ALL[index / 2])).collect()
}

fn numeric(table: &Table) -> impl Iterator<Item = (&Field, &Column)> {
    table
        .fields
        .iter()
        .zip(&table.columns)
        .filter(|(field, _)| field.kind.is_numeric() && field.role != Role::Id)
}

#[test]
fn domains_are_listed_by_name_and_documented() {
    assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
    for domain in ALL {
        assert!(find(domain.name).is_some_and(|found| found.title == domain.title));
        assert_eq!(domain.measures.len(), FEATURES_MAX, "{}", domain.name);
        let population = Population::new(domain, Seed::named("documented"), FEATURES_MAX);
        for field in population.fields() {
            assert!(field.doc.ends_with('.') && field.doc.len() > 12, "{}: {}", domain.name, field.name);
            let text = |other: char| other.is_ascii_lowercase() || other == '_' || other.is_ascii_digit();
            assert!(field.name.chars().all(text), "{}", field.name);
            assert_eq!(field.kind == Kind::Category, !field.levels.is_empty(), "{}", field.name);
            if !field.unit.is_empty() {
                assert!((2..=4).contains(&field.units.len()), "{}: {}", domain.name, field.name);
            }
            for unit in &field.units {
                let near = (unit.factor.abs() - 1.0).abs() < 0.05 && unit.offset == 0.0;
                assert!(unit.name != field.unit && !near, "{}: {}", field.name, unit.name);
            }
        }
    }
}

#[test]
fn shapes_lie_where_their_family_allows() {
    for measure in ALL.iter().flat_map(|domain| domain.measures) {
        let allowed = measure.family.shapes();
        assert_eq!(measure.shapes.len(), allowed.len(), "{}", measure.name);
        for (range, shape) in measure.shapes.iter().zip(allowed) {
            let inside = shape.low <= range.0 && range.0 <= range.1 && range.1 <= shape.high;
            assert!(inside, "{}: {} {range:?}", measure.name, shape.name);
        }
    }
}

#[test]
fn every_family_is_drawn_from() {
    for family in crate::families::ALL {
        let name = family.name();
        let measured =
            ALL.iter().flat_map(|domain| domain.measures).any(|measure| measure.family.name() == name);
        // Categories are all Zipf.
        assert!(measured || name == "zipf", "{name}");
    }
}

#[test]
fn chains_determine_and_their_entries_differ() {
    for domain in ALL {
        let chain = &domain.chain;
        assert!(chain.names.len() >= 2 && chain.names.len() == chain.docs.len(), "{}", domain.name);
        assert!((8..=200).contains(&chain.rows.len()), "{}", domain.name);
        for (index, row) in chain.rows.iter().enumerate() {
            assert_eq!(row.len(), chain.names.len(), "{} {row:?}", domain.name);
            assert!(chain.rows[..index].iter().all(|other| other[0] != row[0]), "{} {row:?}", domain.name);
            // Each column determines the next, not the first alone.
            for level in 1..row.len() {
                let same = chain.rows.iter().filter(|other| other[level - 1] == row[level - 1]);
                assert!(same.into_iter().all(|other| other[level] == row[level]), "{} {row:?}", domain.name);
            }
        }
    }
}

#[test]
fn legal_ranges_hold_and_values_are_recorded_to_their_decimals() {
    for (population, table) in draws(3_000) {
        for (field, column) in numeric(&table) {
            let (low, high) = field.range.expect("a domain bounds its numbers");
            assert!(low < high && low.is_finite() && high.is_finite());
            let decimals = field.decimals.expect("a domain fixes its decimals");
            let values = column.numbers();
            for value in values.iter() {
                let name = population.domain().name;
                assert!(field.admits(*value), "{name}: {} = {value}", field.name);
                assert_eq!(crate::field::round_to(*value, decimals), *value, "{name}: {}", field.name);
            }
            assert!(values.iter().any(|value| *value != values[0]), "{} is constant", field.name);
        }
    }
}

#[test]
fn the_legal_range_cuts_little_of_any_family() {
    for (index, domain) in ALL.iter().enumerate() {
        for measure in domain.measures {
            for draw in 0..4 {
                let mut rng = Seed::named(&format!("cut/{index}/{}/{draw}", measure.name)).rng();
                let share = crate::marginal::Marginal::new(measure, &mut rng).legal_share();
                assert!(share > 0.93, "{}: {} keeps {share}", domain.name, measure.name);
            }
        }
    }
}

#[test]
fn the_derived_column_is_legal_for_all_legal_inputs() {
    for domain in ALL {
        let legal = |name: &str| {
            let found = domain.measures.iter().find(|measure| measure.name == name);
            found.unwrap_or_else(|| panic!("{}: {name} is no measure", domain.name)).legal
        };
        let (mut low, mut high) = (0.0, 0.0);
        for (coefficient, powers) in domain.derived.terms {
            let mut ends = (*coefficient, *coefficient);
            for (name, power) in *powers {
                let (least, greatest) = legal(name);
                assert!(least >= 0.0 && (*power > 0 || least > 0.0), "{}: {name}", domain.name);
                let (smaller, larger) = if *power > 0 { (least, greatest) } else { (greatest, least) };
                ends = (ends.0 * smaller.powi(*power), ends.1 * larger.powi(*power));
            }
            low += ends.0.min(ends.1);
            high += ends.0.max(ends.1);
        }
        let (least, greatest) = domain.derived.legal;
        assert!(least <= low && high <= greatest, "{}: {low} to {high}", domain.name);
        assert!(high >= 0.5 * greatest, "{}: {high} against {greatest}", domain.name);
    }
}

#[test]
fn derived_columns_are_exact_and_functional_dependencies_hold() {
    for (_, table) in draws(500) {
        let column = |name: &str| table.require(name).unwrap();
        for (index, field) in table.fields.iter().enumerate() {
            for row in 0..table.rows() {
                if let Some(formula) = &field.formula {
                    let value = formula.value(|name| table.value(row, column(name)).as_number());
                    assert_eq!(table.value(row, index).as_number(), value);
                }
                if let (Some(determined), Column::Category(codes)) =
                    (&field.determined, &table.columns[index])
                {
                    let Column::Category(by) = &table.columns[column(&determined.by)] else {
                        panic!("no category")
                    };
                    assert_eq!(codes[row].unwrap(), determined.codes[by[row].unwrap() as usize]);
                }
            }
        }
        assert_eq!(table.fields.iter().filter(|field| field.formula.is_some()).count(), 1);
        assert!(table.fields.iter().any(|field| field.determined.is_some()));
    }
}

#[test]
fn the_derived_column_tells_neighbouring_inputs_apart() {
    // Else it could not give back an input that was lost.
    for (population, table) in draws(300) {
        let derived = table.role(Role::Derived).unwrap();
        let formula = table.fields[derived].formula.as_ref().unwrap();
        let value = |row: usize, name: &str| table.value(row, table.require(name).unwrap()).as_number();
        for input in formula.columns() {
            let field = &table.fields[table.require(input).unwrap()];
            let step = libm::pow(10.0, -f64::from(field.decimals.unwrap()));
            for row in 0..table.rows() {
                let moved = formula.value(|name| value(row, name) + if name == input { step } else { 0.0 });
                let name = population.domain().name;
                assert!(moved != table.value(row, derived).as_number(), "{name}: {input}");
            }
        }
    }
}

#[test]
fn a_draw_has_the_wanted_features_and_numbered_rows_in_the_order_of_time() {
    for domain in ALL {
        for features in [FEATURES_MIN, 6, FEATURES_MAX] {
            let population = Population::new(domain, Seed::named("wanted"), features);
            let table = population.draw(&Seed::named("rows"), 60, 7);
            let kept = numeric(&table).filter(|(field, _)| field.role == Role::Feature).count();
            assert_eq!(kept, features, "{}", domain.name);
            assert_eq!(table.value(59, 0), crate::Value::Integer(66));
            let Column::Time(moments) = &table.columns[2] else { panic!("recorded_at is no time") };
            assert!(moments.is_sorted());
            let sources = &table.fields[table.role(Role::Source).unwrap()].levels;
            assert!((4..=8).contains(&sources.len()));
        }
    }
}

#[test]
fn categories_are_varied_and_every_code_has_a_level() {
    for (_, table) in draws(2_000) {
        for (field, column) in table.fields.iter().zip(&table.columns) {
            if let Column::Category(codes) = column {
                let seen = codes.iter().flatten().collect::<std::collections::BTreeSet<_>>().len();
                assert!(seen * 2 > field.levels.len(), "{}: {seen} of {}", field.name, field.levels.len());
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_a_neighbour_others() {
    let mut found: Vec<String> = Vec::new();
    for domain in ALL {
        let population = |name: &str| Population::new(domain, Seed::named(name), 6);
        let bytes = |population: &Population, draw: &str| {
            crate::Sheet::new(population.draw(&Seed::named(draw), 200, 1)).write()
        };
        let first = bytes(&population("golden"), "draw 1");
        assert_eq!(first, bytes(&population("golden"), "draw 1"));
        assert_ne!(first, bytes(&population("golden"), "draw 2"));
        assert_ne!(first, bytes(&population("silver"), "draw 1"));
        found.push(format!("{} {}", domain.name, Digest::of(&first)));
    }
    assert_eq!(
        found,
        DIGESTS.lines().collect::<Vec<_>>(),
        "the generator changed: raise its version, then replace digests.txt"
    );
}

#[test]
fn reference_quantiles_describe_every_other_draw() {
    let population = Population::new(&CLINIC_VITALS, Seed::named("reference"), FEATURES_MAX);
    let references = population.reference();
    let table = population.draw(&Seed::named("another draw"), 4_000, 1);
    assert_eq!(references.len(), numeric(&table).count());
    for reference in &references {
        let values = table.columns[table.require(&reference.column).unwrap()].numbers().into_owned();
        assert!(reference.quantiles.is_sorted());
        let (low, high) = (reference.quantiles[3], reference.quantiles[5]);
        let below = values.iter().filter(|value| **value < low).count();
        let above = values.iter().filter(|value| **value > high).count();
        assert!(below < 1_200 && above < 1_200, "{}: {below} {above}", reference.column);
        assert!(4_000 - below - above >= 1_800, "{}: {below} {above}", reference.column);
    }
}
