//! A user's own table: what is planted, what is left out, what is refused, and that every score says it is empirical.

use std::fmt::Write as _;

use envy_core::{
    Digest, Environment, GenerateError, GenerateInput, Generated, Knobs, Next, Salt, Seed, TableSource,
    TaskSpec,
};

use super::Leakage;
use super::files::{DEPLOY_TRUTH, META, Meta, Truth, json};
use super::knobs::KNOBS;

/// A table of `rows` cases of customers over time, of which two columns and the region matter.
fn table(rows: usize) -> String {
    let mut rng = Seed::named("leakage/own").rng();
    let mut text = "day,customer,region,age,income,noise,bought\n".to_owned();
    for row in 0..rows {
        let (age, income, region) = (rng.normal(), rng.normal(), rng.below(8));
        let score = 1.6 * age - 1.1 * income + 0.25 * (region as f64 - 3.5);
        let bought = if rng.chance(1.0 / (1.0 + libm::exp(-score))) { "yes" } else { "no" };
        let (month, day) = (1 + row * 12 / rows, 1 + row % 28);
        let _ = writeln!(
            text,
            "2024-{month:02}-{day:02},c{:03},r{region},{:.2},{:.2},{:.2},{bought}",
            rng.below(rows / 4),
            40.0 + 10.0 * age,
            3.0 + income,
            rng.normal()
        );
    }
    text
}

fn generate(
    text: &str,
    roles: [Option<&str>; 2],
    settings: &[(&str, &str)],
) -> Result<Generated, GenerateError> {
    let knobs = Knobs::resolve("leakage", KNOBS, settings.iter().copied()).unwrap();
    let mut spec = TaskSpec::new("leakage", 3, knobs, &Salt::public());
    let bytes = text.as_bytes().to_vec();
    let [time, group] = roles.map(|role| role.map(str::to_owned));
    spec.table = Some(TableSource {
        digest: Digest::of(&bytes),
        name: "sales.csv".to_owned(),
        target: "bought".to_owned(),
        header: true,
        skip_lines: 0,
        time,
        group,
    });
    let input = GenerateInput { spec, salt: Salt::public(), table: Some(bytes) };
    match Leakage.generate(input).advance(Vec::new()) {
        Next::Done(generated) => generated,
        Next::Run(_) => panic!("generation needs no box"),
    }
}

const LEAKS: (&str, &str) =
    ("leaks", "post-outcome,full-data-rate,backfilled-field,sampling-bias,stale-cache");

#[test]
fn leaks_are_planted_into_an_own_table_and_its_scores_are_empirical() {
    let generated = generate(&table(2_400), [Some("day"), None], &[LEAKS]).unwrap();
    let notes = generated.notes.join("\n");
    for words in
        ["yes counts as positive", "sampling-bias is left out", "every score is empirical", "day says when"]
    {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    assert!(generated.task.certificate.note.contains("empirical"));
    let meta: Meta = json(&generated.task.hidden, META).unwrap();
    let planted: Vec<&str> = meta.planted.iter().map(|leak| leak.operator.as_str()).collect();
    for leak in ["post-outcome", "full-data-rate", "backfilled-field", "temporal-shuffle", "stale-cache"] {
        assert!(planted.contains(&leak), "{leak}: {planted:?}");
    }
    assert!(!meta.exact && meta.scale.bayes == 1.0 && meta.scale.naive < meta.scale.honest);
    // The field is the last part of the table, in whole passes.
    let truth = Truth::read(&generated.task.hidden, DEPLOY_TRUTH).unwrap();
    assert!(truth.len() > 5_000 && truth.len().is_multiple_of(meta.unique));
    assert_eq!(truth.labels[..meta.unique], truth.labels[meta.unique..2 * meta.unique]);
    let train = String::from_utf8(generated.task.brief.file("train.csv").unwrap().to_vec()).unwrap();
    assert!(
        train.starts_with("row_id,recorded_at") && train.contains("2024-01") && !train.contains("2024-12")
    );
    // The cache of old outcomes holds draws, not the labels of the test.
    let test = Truth::read(&generated.task.hidden, super::files::TEST_TRUTH).unwrap();
    let cache =
        String::from_utf8(generated.task.brief.file("cache/features_v1.csv").unwrap().to_vec()).unwrap();
    let same = cache.lines().skip(1).zip(&test.labels).filter(|(line, label)| {
        line.split(',').nth(1).and_then(|cell| cell.parse::<f64>().ok()) == Some(**label)
    });
    assert!(same.count() < test.len() * 3 / 4);
}

#[test]
fn groups_of_an_own_table_stay_on_one_side() {
    let text = table(2_400);
    let settings = [("leaks", "post-outcome,group-overlap,future-window")];
    let error = generate(&text, [None, Some("client")], &settings).err().unwrap();
    assert!(error.to_string().contains("no column client"), "{error}");
    // Whether the gate takes these rows is not what is asked here: the split is.
    let knobs = Knobs::resolve("leakage", KNOBS, settings).unwrap();
    let mut wanted = super::knobs::Settings::new(&knobs);
    let input = |group: &str| {
        let bytes = text.as_bytes().to_vec();
        let mut spec = TaskSpec::new("leakage", 3, knobs.clone(), &Salt::public());
        let (digest, group) = (Digest::of(&bytes), Some(group.to_owned()));
        let (name, target) = ("sales.csv".to_owned(), "bought".to_owned());
        spec.table =
            Some(TableSource { digest, name, target, header: true, skip_lines: 0, time: None, group });
        GenerateInput { spec, salt: Salt::public(), table: Some(bytes) }
    };
    let own = super::own::Own::read(&input("customer"), &mut wanted).unwrap().unwrap();
    // The table has a time that was found, but whole groups were asked for.
    assert_eq!(wanted.leaks, ["post-outcome", "future-window", "group-overlap", "temporal-shuffle"]);
    let base = own.base(&Seed::named("leakage/own/split"), &wanted);
    let accounts = |part: usize| -> std::collections::BTreeSet<String> {
        let table = &base.parts[part].table;
        let at = table.position(super::world::ENTITY).unwrap();
        (0..table.rows()).map(|row| table.text(row, at).into_owned()).collect()
    };
    assert!(accounts(0).is_disjoint(&accounts(2)));
    assert!(!accounts(0).is_disjoint(&accounts(1)));
}

#[test]
fn a_table_that_cannot_be_split_is_refused_with_a_reason() {
    let check = |text: &str, roles: [Option<&str>; 2], expected: &str| {
        let error = generate(text, roles, &[LEAKS]).err().unwrap();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&table(200), [None, None], "200 rows with a target, 800 are needed");
    check(&table(900), [Some("hour"), None], "no column hour");
    check(&table(900), [Some("region"), None], "neither dates nor numbers");
    check(&table(900).replace(",yes\n", ",no\n"), [None, None], "class");
    check(&table(900).replacen(",yes\n", ",maybe\n", 90), [None, None], "has 3 classes, leakage needs two");
    check("", [None, None], "");
}
