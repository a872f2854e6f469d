//! Candidate: a program, its errors, its rows, and the runs that say whether it is admitted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use envy_core::{BoxFile, Exposure, Job, Seed};
use envy_pycode::mutators::{self, ErrorClass, Located, Mutator, Project};
use envy_tabular::{Domain, domains};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::harness::needed;
use super::jobs;
use super::knobs::Settings;
use super::programs::{self, Program, STYLE_COUNT, Skeleton};
use super::scenario::{self, Scenario};
use super::world::{Columns, Draw, Form, GROUP, LARGE, LATER, SENTINEL, World};

/// Everything drawn for one task.
pub(super) struct Candidate {
    /// What the rows are about.
    pub(super) domain: &'static Domain,
    /// The kind of program.
    pub(super) skeleton: &'static Skeleton,
    /// The program without an error.
    pub(super) program: Program,
    /// The errors; none in a clean task.
    pub(super) errors: Vec<&'static Mutator>,
    /// The program that the agent sees, and where its errors stand.
    pub(super) buggy: Buggy,
    /// The same errors under other names.
    pub(super) siblings: [Project; 2],
    /// The columns and the population.
    pub(super) world: World,
    /// The rows that the agent sees.
    pub(super) given: Draw,
    /// The rows that it does not see.
    pub(super) hidden: Draw,
    /// `config.yaml`.
    pub(super) config: Vec<u8>,
    /// The most decoys that are counted.
    pub(super) decoys_max: usize,
    /// Whether an error must show in the figures, or must not.
    pub(super) symptom: Option<bool>,
}

/// A program with errors.
pub(super) struct Buggy {
    /// The modules.
    pub(super) project: Project,
    /// Where each error stands.
    pub(super) spots: Vec<Spot>,
}

/// Where one error stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spot {
    /// Its lines, all of them.
    pub(super) places: Vec<Located>,
    /// Places that stand for an error by omission as well as its own, any of them.
    pub(super) anchors: Vec<Located>,
}

impl Buggy {
    /// Puts every error in.
    ///
    /// # Errors
    /// One does not fit, or two stand in each other's way.
    pub(super) fn new(clean: &Project, errors: &[&'static Mutator]) -> Result<Self, String> {
        let put = |project: &Project, mutator: &Mutator| {
            let mutation = mutator.apply(project).map_err(|error| error.to_string())?;
            mutation.ok_or_else(|| format!("{} does not fit", mutator.name))
        };
        let all = |order: &[&'static Mutator]| {
            order.iter().try_fold((clean.clone(), Vec::new()), |(project, _), mutator| {
                put(&project, mutator).map(|mutation| (mutation.project, mutation.places))
            })
        };
        let texts =
            |project: &Project| project.values().map(|module| module.text().to_owned()).collect::<Vec<_>>();
        let (project, _) = all(errors)?;
        let mut spots = Vec::new();
        // Lines move with each error; those of an error are known when it comes last.
        for turn in 0..errors.len() {
            let mut order = errors.to_vec();
            order.rotate_left(turn + 1);
            let (other, found) = all(&order)?;
            if texts(&other) != texts(&project) {
                return Err("two errors stand in each other's way".to_owned());
            }
            let anchors = errors[turn].anchors(&project).map_err(|error| error.to_string())?;
            spots.push(Spot { places: found, anchors });
        }
        Ok(Self { project, spots })
    }
}

impl Buggy {
    /// Every line that is wrong.
    pub(super) fn places(&self) -> impl Iterator<Item = &Located> {
        self.spots.iter().flat_map(|spot| &spot.places)
    }
}

impl Candidate {
    /// Draws a candidate.
    ///
    /// # Errors
    /// The settings fit no program.
    pub(super) fn draw(seed: &Seed, settings: &Settings) -> Result<Self, String> {
        let chosen = settings.domain.as_deref().and_then(domains::find);
        let domain = chosen.unwrap_or_else(|| *seed.derive("domain").rng().pick(domains::ALL));
        let (skeleton, style) = skeleton(seed, settings)?;
        let render = |style: usize| {
            programs::render(skeleton, style % STYLE_COUNT, domain, settings.modules)
                .map_err(|error| error.to_string())
        };
        let mut program = render(style)?;
        let errors = errors(seed, settings, skeleton, &program.project)?;
        // Those that go with an error come first: no more than asked for are counted.
        seed.derive("decoys").rng().shuffle(&mut program.decoys);
        program
            .decoys
            .sort_by_key(|(decoy, _)| !errors.iter().any(|error| error.decoys.contains(&decoy.name)));
        let buggy = Buggy::new(&program.project, &errors)?;
        let sibling = |style| Buggy::new(&render(style)?.project, &errors).map(|sibling| sibling.project);
        let siblings = [sibling(style + 1)?, sibling(style + 2)?];
        let world = World::new(domain, &seed.derive("world"), settings.prevalence, skeleton.form);
        let [given, hidden] = ["given", "hidden"].map(|name| world.draw(&seed.derive(name)));
        let config = config(skeleton, &world, seed);
        let (decoys_max, symptom) = (settings.decoys, settings.symptom);
        Ok(Self {
            domain,
            skeleton,
            program,
            errors,
            buggy,
            siblings,
            world,
            given,
            hidden,
            config,
            decoys_max,
            symptom,
        })
    }

    /// In a few words, for people.
    pub(super) fn note(&self) -> String {
        let names: Vec<&str> = self.errors.iter().map(|mutator| mutator.name).collect();
        let errors = if names.is_empty() { "none".to_owned() } else { names.join(" + ") };
        format!("{} {}: {errors}", self.domain.name, self.skeleton.name)
    }

    /// The runs of the admission check: the clean program on the visible draw and on every scenario of the hidden one,
    /// then, if there is an error, the buggy program on those of the tests that find its errors.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let mut all = self.jobs_of("admit/clean", &self.program.project, &scenario::ALL);
        if !self.errors.is_empty() {
            all.extend(self.jobs_of("admit/buggy", &self.buggy.project, &self.telling()));
        }
        all
    }

    /// The tests of which each error fails at least one.
    pub(super) fn tests(&self) -> BTreeSet<&'static str> {
        self.errors.iter().flat_map(|mutator| mutator.tests).copied().collect()
    }

    /// The scenarios of these tests.
    pub(super) fn telling(&self) -> Vec<Scenario> {
        let tests = self.tests();
        let is_needed = |scenario: &Scenario| tests.iter().any(|test| needed(test).contains(scenario));
        scenario::ALL.into_iter().filter(is_needed).collect()
    }

    fn jobs_of(&self, name: &str, project: &Project, scenarios: &[Scenario]) -> Vec<Job> {
        let files = jobs::files(project);
        let given = jobs::run(format!("{name}/given"), &files, &self.config, &self.given, Exposure::Grading);
        let about =
            Inputs { draw: &self.hidden, columns: &self.world.columns, orderless: self.skeleton.orderless };
        std::iter::once(given).chain(about.jobs(name, &files, &self.config, scenarios)).collect()
    }
}

/// What the scenarios are made of.
pub(super) struct Inputs<'a> {
    /// The draw.
    pub(super) draw: &'a Draw,
    /// Its columns.
    pub(super) columns: &'a Columns,
    /// Whether the order of columns leaves scores alone.
    pub(super) orderless: bool,
}

impl Inputs<'_> {
    /// The runs of a program on some scenarios, in their order, each in a box of its own: nothing that a run leaves
    /// behind is there for the next.
    pub(super) fn jobs(
        &self,
        name: &str,
        files: &[BoxFile],
        config: &[u8],
        scenarios: &[Scenario],
    ) -> Vec<Job> {
        let job = |scenario: Scenario| {
            let input = scenario.apply(self.draw, self.columns, self.orderless);
            jobs::run(format!("{name}/{}", scenario.name()), files, config, &input, Exposure::Grading)
        };
        scenarios.iter().copied().map(job).collect()
    }
}

/// The kind of program and its style: those that are set, else drawn among those that the mechanism fits.
fn skeleton(seed: &Seed, settings: &Settings) -> Result<(&'static Skeleton, usize), String> {
    let (drawn, style) = programs::draw(seed);
    if let Some(name) = &settings.skeleton {
        return Ok((programs::find(name).ok_or("unknown skeleton")?, style));
    }
    let Some(mutator) = named(settings) else { return Ok((drawn, style)) };
    let fits = |skeleton: &&&'static Skeleton| {
        let program = programs::render(skeleton, style, domains::ALL[0], settings.modules);
        program.is_ok_and(|program| fits(mutator, skeleton, &program.project))
    };
    let fitting: Vec<&&'static Skeleton> = programs::SKELETONS.iter().filter(fits).collect();
    if fitting.is_empty() {
        return Err(format!("{} fits no program", mutator.name));
    }
    Ok((fitting[seed.derive("skeleton").rng().below(fitting.len())], style))
}

fn named(settings: &Settings) -> Option<&'static Mutator> {
    let name = settings.mechanism.as_deref()?;
    mutators::ALL.iter().copied().find(|mutator| mutator.name == name)
}

fn fits(mutator: &Mutator, skeleton: &Skeleton, project: &Project) -> bool {
    !mutator.unfit.contains(&skeleton.name) && matches!(mutator.apply(project), Ok(Some(_)))
}

/// The errors of a candidate: the one that is set, none by their share, or some of classes drawn evenly, each of
/// another class.
fn errors(
    seed: &Seed,
    settings: &Settings,
    skeleton: &Skeleton,
    project: &Project,
) -> Result<Vec<&'static Mutator>, String> {
    let mut rng = seed.derive("error").rng();
    let mut chosen = Vec::new();
    match (&settings.mechanism, named(settings)) {
        (Some(_), None) => return Ok(chosen),
        (Some(_), Some(mutator)) if fits(mutator, skeleton, project) => chosen.push(mutator),
        (Some(name), Some(_)) => return Err(format!("{name} does not fit the program {}", skeleton.name)),
        (None, _) if rng.chance(settings.none_share) => return Ok(chosen),
        (None, _) => {}
    }
    while chosen.len() < settings.errors {
        let taken: Vec<ErrorClass> = chosen.iter().map(|mutator| mutator.class).collect();
        let free =
            |mutator: &&'static Mutator| !taken.contains(&mutator.class) && fits(mutator, skeleton, project);
        let fitting: Vec<&'static Mutator> = mutators::ALL.iter().copied().filter(free).collect();
        let mut classes: Vec<ErrorClass> = fitting.iter().map(|mutator| mutator.class).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.is_empty() {
            return Err(format!("no {} errors fit the program {}", settings.errors, skeleton.name));
        }
        let class = *rng.pick(&classes);
        let of_class: Vec<&'static Mutator> =
            fitting.into_iter().filter(|mutator| mutator.class == class).collect();
        chosen.push(*rng.pick(&of_class));
    }
    Ok(chosen)
}

/// `config.yaml`: a setting on each line, its value in JSON, which YAML includes.
fn config(skeleton: &Skeleton, world: &World, seed: &Seed) -> Vec<u8> {
    let seed = seed.derive("config").rng().below(1_000);
    let sentinel: i64 = SENTINEL.parse().expect("the sentinel is a number");
    let mut text = String::from("# Settings of the program; each value is JSON.\n");
    for (name, value) in [
        ("numbers", json!(world.columns.numbers)),
        ("categories", json!(world.columns.categories)),
        ("known_later", json!([LATER])),
        ("group", json!(GROUP)),
        ("target", json!(world.columns.target())),
        ("sentinel", json!(sentinel)),
        ("tail", json!(0.02)),
        ("folds", json!(5)),
        ("seed", json!(seed)),
    ] {
        writeln!(text, "{name}: {value}").expect("a string takes every line");
    }
    if skeleton.form == Form::Amounts {
        writeln!(text, "large: {LARGE}").expect("a string takes every line");
    }
    for line in skeleton.settings {
        text += line;
        text.push('\n');
    }
    text.into_bytes()
}
