//! Tests of the label function, against Python itself where it is the judge.

use super::*;

const ROWS: usize = 4000;

struct Sample {
    numbers: Vec<(String, Vec<f64>)>,
    codes: Vec<Option<u32>>,
    levels: Vec<String>,
}

impl Sample {
    fn draw(name: &str, columns: usize) -> Self {
        let seed = Seed::named(name);
        let numbers = (0..columns).map(|column| {
            let mut rng = seed.derive(&format!("column/{column}")).rng();
            let scale = libm::pow(10.0, column as f64 - 2.0);
            let value = |rng: &mut envy_core::Rng| (rng.open01() + rng.open01() + rng.open01() - 1.4) * scale;
            (format!("x{column}"), (0..ROWS).map(|_| value(&mut rng)).collect())
        });
        let mut rng = seed.derive("codes").rng();
        let levels = ["basic", "plus", "pro \"x\"", "team"].map(str::to_owned).to_vec();
        Self {
            numbers: numbers.collect(),
            codes: (0..ROWS).map(|_| Some(rng.below(4) as u32)).collect(),
            levels,
        }
    }

    fn inputs(&self) -> Vec<Input<'_>> {
        let numbers =
            self.numbers.iter().map(|(name, values)| Input { name, values: Values::Numbers(values.into()) });
        let plan = Values::Levels { codes: &self.codes, names: &self.levels };
        numbers.chain([Input { name: "plan", values: plan }]).collect()
    }
}

fn spec(target: Target, used: usize, nodes: usize) -> DynamicsSpec {
    DynamicsSpec { target, used, categories: usize::from(used > 2), nodes, frequency: 1.0 }
}

/// A stand-in for the six numpy names that a module uses, so that the test needs the standard library alone.
const NUMPY: &str = "
from math import tanh, sin, exp
from bisect import bisect_right
sign = lambda x: float((x > 0) - (x < 0))
clip = lambda x, low, high: min(max(x, low), high)
searchsorted = lambda cuts, x, side: bisect_right(cuts, x)
";

/// Prints, per module, its node count and then its label of every row.
const DRIVER: &str = "
import ast, json, sys
for line in open(sys.argv[1]):
    case = json.loads(line)
    nodes = sum(1 for _ in ast.walk(ast.parse(case['module'])))
    scope = {}
    exec(case['module'], scope)
    print(json.dumps([nodes, [scope['dynamics'](row) for row in case['rows']]]))
";

#[derive(Serialize)]
struct Case {
    module: String,
    rows: Vec<serde_json::Map<String, serde_json::Value>>,
}

#[test]
fn cpython_counts_the_same_nodes_and_computes_the_same_labels() {
    const ROWS_COMPARED: usize = 60;
    let mut cases = String::new();
    let mut expected = Vec::new();
    for case in 0..60 {
        let sample = Sample::draw(&format!("sample/{case}"), 5);
        let inputs = sample.inputs();
        let target = [Target::Classes(2), Target::Classes(3), Target::Classes(5), Target::Score][case % 4];
        let nodes = 140 + 13 * (case % 20);
        let seed = Seed::named(&format!("dynamics/{case}"));
        let dynamics = Dynamics::draw(&seed, &spec(target, 1 + case % 5, nodes), &inputs).unwrap();
        assert!(dynamics.node_count().abs_diff(nodes) <= NODE_TOLERANCE);
        let labels = dynamics.labels(&inputs).unwrap();
        expected.push((dynamics.node_count(), labels[..ROWS_COMPARED].to_vec()));
        let row = |row: usize| {
            let number = |(name, values): &(String, Vec<f64>)| (name.clone(), values[row].into());
            let plan = sample.levels[sample.codes[row].unwrap() as usize].clone();
            sample.numbers.iter().map(number).chain([("plan".to_owned(), plan.into())]).collect()
        };
        let case = Case { module: dynamics.python(), rows: (0..ROWS_COMPARED).map(row).collect() };
        cases += &serde_json::to_string(&case).unwrap();
        cases.push('\n');
    }
    let answers = python(&cases);
    assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(&expected) {
        assert_eq!(answer.0, expected.0);
        for (python, rust) in answer.1.iter().zip(&expected.1) {
            assert!((python - rust).abs() <= 1e-9, "{python} {rust}");
        }
    }
}

fn python(cases: &str) -> Vec<(usize, Vec<f64>)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("numpy.py"), NUMPY).unwrap();
    std::fs::write(folder.path().join("driver.py"), DRIVER).unwrap();
    std::fs::write(folder.path().join("cases.jsonl"), cases).unwrap();
    #[expect(clippy::disallowed_methods, reason = "CPython itself is the judge of this test")]
    let output = std::process::Command::new("python3")
        .args(["driver.py", "cases.jsonl"])
        .current_dir(folder.path())
        .output()
        .expect("python3 is a prerequisite of this project");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn classes_are_balanced_and_every_used_column_appears() {
    let sample = Sample::draw("balance", 6);
    let dynamics =
        Dynamics::draw(&Seed::named("a"), &spec(Target::Classes(4), 5, 260), &sample.inputs()).unwrap();
    let labels = dynamics.labels(&sample.inputs()).unwrap();
    for class in 0..4 {
        let share = labels.iter().filter(|label| **label == f64::from(class)).count() as f64 / ROWS as f64;
        assert!((share - 0.25).abs() <= BALANCE_TOLERANCE, "{share}");
    }
    let text = dynamics.python();
    assert_eq!(dynamics.columns().len(), 5);
    assert!(dynamics.columns().iter().all(|column| text.contains(&format!("row[\"{column}\"]"))), "{text}");
}

#[test]
fn contradicting_settings_say_what_can_be_reached() {
    let sample = Sample::draw("errors", 4);
    let error = |spec: DynamicsSpec| Dynamics::draw(&Seed::named("e"), &spec, &sample.inputs()).unwrap_err();
    assert_eq!(
        error(spec(Target::Classes(3), 6, 200)).to_string(),
        "the label cannot use 5 number columns: the table has 4"
    );
    let least = match error(spec(Target::Classes(3), 4, 60)) {
        DynamicsError::NodesOutOfReach { least, most: NODES_MAX, .. } => least,
        other => panic!("{other}"),
    };
    // What the error calls reachable is reachable.
    Dynamics::draw(&Seed::named("e"), &spec(Target::Classes(3), 4, least), &sample.inputs()).unwrap();
    Dynamics::draw(&Seed::named("e"), &spec(Target::Classes(3), 4, NODES_MAX), &sample.inputs()).unwrap();
    assert!(error(spec(Target::Classes(3), 4, least - 1)).hint().contains(&format!("{least} to 1000")));
    assert_eq!(error(spec(Target::Classes(1), 3, 200)), DynamicsError::Classes(1));
    assert_eq!(error(spec(Target::Score, 0, 200)), DynamicsError::NoNumbers);
}

#[test]
fn constant_and_coarse_columns_are_refused() {
    let (constant, coarse) = (vec![3.0; ROWS], (0..ROWS).map(|row| (row % 2) as f64).collect::<Vec<_>>());
    let draw = |values: &[f64]| {
        let inputs = [Input { name: "x", values: Values::Numbers(values.into()) }];
        Dynamics::draw(&Seed::named("c"), &spec(Target::Classes(3), 1, 150), &inputs)
    };
    assert!(matches!(draw(&constant), Err(DynamicsError::TooFewColumns { present: 0, .. })));
    assert_eq!(draw(&coarse).unwrap_err(), DynamicsError::Unbalanced);
    let short = Input { name: "x", values: Values::Numbers((&coarse[..100]).into()) };
    let error = Dynamics::draw(&Seed::named("c"), &spec(Target::Classes(3), 1, 150), &[short]).unwrap_err();
    assert_eq!(error, DynamicsError::SampleTooSmall { rows: 100, needed: 300 });
}

#[test]
fn the_same_seed_gives_the_same_module() {
    let sample = Sample::draw("same", 4);
    let draw = |seed: &str| {
        Dynamics::draw(&Seed::named(seed), &spec(Target::Classes(3), 3, 200), &sample.inputs()).unwrap()
    };
    assert_eq!(draw("s").python(), draw("s").python());
    assert_ne!(draw("s").python(), draw("t").python());
    let text = serde_json::to_string(&draw("s")).unwrap();
    assert_eq!(serde_json::from_str::<Dynamics>(&text).unwrap(), draw("s"));
}
