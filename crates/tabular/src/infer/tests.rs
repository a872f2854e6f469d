//! Own tables: what is understood, and what is refused with which words.

use std::fmt::Write as _;

use envy_core::Seed;
use proptest::prelude::*;

use super::*;
use crate::sheet::Sheet;
use crate::table::Value;

fn options(target: &str) -> InferOptions {
    InferOptions { target: target.to_owned(), header: true, skip_lines: 0, bands: 4, regression: false }
}

fn kinds(table: &Table) -> Vec<(&str, Kind)> {
    table.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect()
}

#[test]
fn the_types_of_a_mixed_table_are_inferred() {
    let text = "id,when,size,count,city,zip,odd,y\n\
                a,2024-01-05,1.5,3,Rome,00123,12,no\n\
                b,2024-01-06 10:00,2,4,Oslo,00456,12,yes\n\
                c,,NaN,,Rome,00123,12,no\n\
                d,2024-02-01T00:00:00Z,-3e-1,7,,00456,12,yes\n";
    let Inferred { table, notes } = infer(text.as_bytes(), &options("y")).unwrap();
    assert_eq!(
        kinds(&table),
        [
            ("id", Kind::Text),
            ("when", Kind::Time),
            ("size", Kind::Number),
            ("count", Kind::Integer),
            ("city", Kind::Category),
            ("zip", Kind::Category),
            ("odd", Kind::Integer),
            ("y", Kind::Category),
        ]
    );
    assert_eq!(table.value(3, 2), Value::Number(-0.3));
    assert_eq!(table.value(2, 3), Value::Missing);
    assert_eq!(table.value(0, 5), Value::Category("00123"));
    assert_eq!(table.fields[2].range, Some((-0.3, 2.0)));
    assert_eq!(table.fields[7].role, Role::Target);
    assert!(notes.iter().any(|note| note == "size: number from -0.3 to 2, 1 missing"), "{notes:?}");
    assert!(notes.iter().any(|note| note == "y: target of 2 classes (no, yes)"), "{notes:?}");
}

#[test]
fn the_bundled_tables_of_scikit_learn_are_read_as_they_are() {
    // The first line is a count, there is no header, the target is last.
    let cancer =
        b"4,3,malignant,benign\n17.99,10.38,122.8,0\n20.57,17.77,132.9,0\n13.54,14.36,87.46,1\n9.5,12,60,1\n";
    let options =
        InferOptions { target: "-1".to_owned(), header: false, skip_lines: 1, bands: 4, regression: false };
    let table = infer(cancer, &options).unwrap().table;
    assert_eq!(
        kinds(&table),
        [("x0", Kind::Number), ("x1", Kind::Number), ("x2", Kind::Number), ("x3", Kind::Category)]
    );
    assert_eq!((table.rows(), table.fields[3].levels.as_slice()), (4, &["0".to_owned(), "1".to_owned()][..]));
    let wine = b"3,3,class_0,class_1,class_2\r\n14.23,1.71,1065,0\r\n13.2,1.78,1050,1\r\n13.1,2.3,1185,2\r\n";
    assert_eq!(infer(wine, &options).unwrap().table.fields[2].kind, Kind::Integer);
}

#[test]
fn other_spellings_of_a_table_are_understood() {
    let check = |bytes: &[u8], expected: &[(&str, Kind)]| {
        let found = infer(bytes, &options("y")).unwrap();
        assert_eq!(kinds(&found.table), expected, "{:?}", found.notes);
        found
    };
    let comma = "\u{feff}größe;preis;y\r\n1,5;10;ja\r\n2,25;11;nein\r\n";
    let found =
        check(comma.as_bytes(), &[("größe", Kind::Number), ("preis", Kind::Integer), ("y", Kind::Category)]);
    assert_eq!(found.table.value(1, 0), Value::Number(2.25));
    assert!(found.notes[1].contains("decimal comma"), "{:?}", found.notes);

    let tabs = b"a\tb\ty\n\"1,234.5\"\t1,000\tp\n\"2,000\"\t12\tq\n";
    let found = check(tabs, &[("a", Kind::Number), ("b", Kind::Integer), ("y", Kind::Category)]);
    assert_eq!(
        (found.table.value(0, 0), found.table.value(0, 1)),
        (Value::Number(1234.5), Value::Integer(1000))
    );

    let mut marked = String::from("a,y\n");
    for row in 0..30 {
        marked.push_str(if row == 7 { "?,1\n" } else { "2.5,0\n" });
    }
    let found = check(marked.as_bytes(), &[("a", Kind::Number), ("y", Kind::Category)]);
    assert!(found.table.value(7, 0).is_missing());
    assert!(found.notes[1].contains("`?` for missing"), "{:?}", found.notes);
}

#[test]
fn a_target_is_found_by_name_and_by_number_and_goes_last() {
    let text = b"a,b,c\n1,0,5\n2,1,6\n";
    for (target, name) in [("b", "b"), ("1", "b"), ("-2", "b"), ("0", "a"), ("-1", "c")] {
        let table = infer(text, &options(target)).unwrap().table;
        assert_eq!(table.fields[2].name, name, "{target}");
        assert_eq!(table.fields[2].role, Role::Target);
    }
    let numbered = infer(b"a,10,2\n1,x,0\n2,y,1\n", &options("2")).unwrap().table;
    assert_eq!(numbered.fields[2].name, "2", "a header's text comes before a number");
    let graded = infer(b"a,y\n1,10\n2,9\n3,10\n", &options("y")).unwrap().table;
    assert_eq!(graded.fields[1].levels, ["9", "10"]);
}

#[test]
fn what_cannot_be_a_task_is_refused() {
    let check = |text: &str, target: &str, expected: &str| {
        let error = infer(text.as_bytes(), &options(target)).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!error.hint().is_empty());
    };
    check("a,b\n1,2\n3,4\n", "c", "there is no column `c` among a, b");
    check("a,b\n1,2\n3,4\n", "-3", "there is no column number -3: the table has 2 columns");
    check("a,b\n1,2\n3,2\n", "b", "the target `b` has 1 class(es); a task needs at least two");
    check("a,b\n1,\n3,\n", "b", "the target `b` has 0 class(es); a task needs at least two");
    check("a,b\n", "b", "the table has no rows");
    check("", "b", "the table has no header line");
    check("a,b\n1,2\n1,2,3\n", "b", "line 3 has 3 fields where the first line has 2");
    check("b\n1\n2\n", "b", "the table has no column beside its target `b` that a model could read");
    let many: String =
        (0..60).flat_map(|row| ["1,person ".to_owned(), row.to_string(), "\n".to_owned()]).collect();
    check(
        &format!("a,b\n{many}"),
        "b",
        "the target `b` has 60 different values; a task takes at most 50 classes",
    );
}

#[test]
fn reserved_names_keep_their_role_only_if_they_fit() {
    let text = "row_id,source,recorded_at,x,y\n5,a,2024-01-01,1,0\n6,b,2024-01-02,2,1\n7,a,,3,1\n\
                8,b,2024-01-02,3,1\n9,c,2024-01-03,3,0\n10,c,2024-01-03,2,0\n";
    let table = infer(text.as_bytes(), &options("y")).unwrap().table;
    let roles: Vec<Role> = table.fields.iter().map(|field| field.role).collect();
    assert_eq!(roles, [Role::Id, Role::Source, Role::Time, Role::Feature, Role::Target]);
    let completed = complete(&table, &Seed::named("own")).unwrap();
    assert_eq!(completed.fields, table.fields);
    let ids = |table: &Table| table.rows_by_id().into_keys().collect::<Vec<_>>();
    assert_eq!(ids(&completed), ids(&table));

    let text = "row_id,source,x,y\n5,1.5,1,0\n5,2.5,2,1\n";
    let table = infer(text.as_bytes(), &options("y")).unwrap().table;
    assert_eq!(kinds(&table)[..2], [("row_id_original", Kind::Integer), ("source_original", Kind::Number)]);
    let source = infer(b"x,source\n1,0\n2,1\n", &options("source")).unwrap().table;
    assert_eq!(source.fields[1].name, "source_original");
}

#[test]
fn a_target_of_many_numbers_is_cut_into_bands_of_equal_size() {
    let lines = |price: &dyn Fn(usize) -> String| -> String {
        (0..400).map(|row| format!("{row},{}", price(row))).collect::<Vec<_>>().join("\n")
    };
    let text = format!("a,price\n{}", lines(&|row| format!("{}.5", (row * 7) % 400)));
    let found = infer(text.as_bytes(), &options("price")).unwrap();
    assert_eq!(found.table.fields[1].levels, ["band-1", "band-2", "band-3", "band-4"]);
    let Column::Category(codes) = &found.table.columns[1] else { panic!("the target is no category") };
    let sizes = [0, 1, 2, 3].map(|code| codes.iter().filter(|found| **found == Some(code)).count());
    assert_eq!(sizes, [100; 4]);
    let note =
        "price: a target of many different numbers, cut into 4 bands of equal size, at 99.5, 199.5, 299.5";
    assert!(found.notes.iter().any(|found| found == note), "{:?}", found.notes);
    // Where one number is very frequent there are fewer bands, and never an empty one.
    let text = format!("a,price\n{}", lines(&|row| if row < 320 { "0".to_owned() } else { row.to_string() }));
    let found = infer(text.as_bytes(), &options("price")).unwrap();
    assert_eq!(found.table.fields[1].levels, ["band-1", "band-2"]);
}

#[test]
fn a_completed_table_has_ids_and_sources_of_unequal_size() {
    let lines: Vec<String> = (0..800).map(|row| format!("{row}.5,{}", row % 2)).collect();
    let table = infer(format!("a,y\n{}", lines.join("\n")).as_bytes(), &options("y")).unwrap().table;
    let completed = complete(&table, &Seed::named("own")).unwrap();
    assert_eq!(completed.fields[0].role, Role::Id);
    assert_eq!(completed.fields[1].role, Role::Source);
    assert_eq!(completed.fields[2].role, Role::Time);
    assert_eq!(completed.value(799, 0), Value::Integer(800));
    let column = |column: usize| -> Vec<f64> {
        (0..800).map(|row| completed.value(row, column).as_number()).collect()
    };
    assert!(completed.columns[2].numbers().is_sorted(), "moments are in the order of delivery");
    assert!(!column(3).is_sorted(), "the file's order stayed");
    let Column::Category(codes) = &completed.columns[1] else { panic!("source is no category") };
    let count = |code| codes.iter().filter(|found| **found == Some(code)).count();
    let sizes: Vec<usize> = (0..completed.fields[1].levels.len() as u32).map(count).collect();
    assert!((4..=8).contains(&sizes.len()) && sizes.iter().all(|size| *size > 10), "{sizes:?}");
    assert_eq!(complete(&table, &Seed::named("own")).unwrap(), completed);
    assert_ne!(complete(&table, &Seed::named("other")).unwrap(), completed);
}

#[test]
fn a_written_population_is_inferred_as_it_was() {
    let population = crate::Population::new(&crate::domains::CLINIC_VITALS, Seed::named("own"), 10);
    let drawn = population.draw(&Seed::named("draw"), 400, 1);
    let bytes = Sheet::new(drawn.clone()).write();
    let table = infer(&bytes, &options("sex")).unwrap().table;
    for (index, field) in drawn.fields.iter().enumerate().filter(|(_, field)| field.name != "sex") {
        let found = table.require(&field.name).unwrap();
        assert_eq!(table.fields[found].kind, field.kind, "{}", field.name);
        for row in 0..drawn.rows() {
            assert_eq!(table.value(row, found), drawn.value(row, index));
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_inference_panic(text in "[a-c0-9,;.\"\n -]{0,80}", target in -3_i64..3, header: bool) {
        let options = InferOptions { target: target.to_string(), header, skip_lines: 0, bands: 4, regression: false };
        if let Ok(found) = infer(text.as_bytes(), &options) {
            prop_assert!(found.table.rows() > 0);
            prop_assert_eq!(found.table.role(Role::Target), Some(found.table.fields.len() - 1));
        }
    }
}

#[test]
fn a_target_that_stays_a_number_keeps_its_values() {
    let mut text = String::from("size,price\n");
    for row in 0..40 {
        let price = if row == 3 { String::new() } else { format!("{row}.5") };
        let _ = writeln!(text, "{},{price}", row % 7);
    }
    let options = InferOptions { regression: true, ..options("price") };
    let inferred = infer(text.as_bytes(), &options).unwrap();
    let target = inferred.table.role(Role::Target).unwrap();
    assert_eq!((inferred.table.rows(), inferred.table.fields[target].kind), (39, Kind::Number));
    assert_eq!(inferred.table.columns[target].numbers()[..3], [0.5, 1.5, 2.5]);
    assert!(inferred.notes.iter().any(|note| note == "price: target of 39 different numbers"));
    let refused = |target: &str, text: &str| {
        let options = InferOptions { target: target.to_owned(), ..options.clone() };
        infer(text.as_bytes(), &options).unwrap_err()
    };
    let few = refused("size", &text);
    assert_eq!(
        few.to_string(),
        "the target `size` has 7 different numbers; one that stays a number needs 10"
    );
    let words = refused("b", "a,b\n1,x\n2,y\n");
    assert!(words.to_string().contains("no numbers") && words.hint().contains("regression"), "{words}");
}
