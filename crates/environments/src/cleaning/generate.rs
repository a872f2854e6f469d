//! Generation: candidates are drawn until one passes the gate.

use envy_core::{
    Brief, Certificate, GenerateError, GenerateInput, Generated, Hidden, Rejection, Seed, Task, TaskId,
};
use envy_tabular::{Recipe, Sheet, Table};

use super::VERSION;
use super::brief::{self, About};
use super::candidate::{Candidate, Drawn, Ground};
use super::facts::Facts;
use super::files::{DYNAMICS, FRESH, GOLDEN, LEDGER, META, Meta, ORACLE, VAL};
use super::fixed::FixedModel;
use super::gate::{self, Passed};
use super::knobs::Settings;
use super::notes;
use super::own::{self, Own};
use super::screen::Screen;
use super::serving::{self, FRESH_SERVE, SERVE_TRUTH};
use super::shapes::{self, Shape};
use super::world::LABEL;

/// Candidates that are drawn before generation gives up.
pub(super) const CANDIDATES_MAX: usize = 100;
/// Candidates of each way out where none of those had enough to measure.
const CANDIDATES_OTHERWISE: usize = 60;
/// Odds at which hardly any row of the favoured class is left right.
const SKEW_OTHERWISE: f64 = 40.0;
/// Recipes that a candidate's world is given before it is rejected for what was wrong with the last of them.
pub(super) const RECIPES_MAX: usize = 6;

/// A candidate that passed the gate.
struct Accepted {
    candidate: Candidate,
    seed: Seed,
    brief: Brief,
    passed: Passed,
    /// Why each candidate before it failed.
    rejections: Vec<Rejection>,
}

/// What generation makes, before it has a name.
pub(super) struct Made {
    /// The visible half.
    pub(super) brief: Brief,
    /// The hidden half.
    pub(super) hidden: Hidden,
    /// The proof.
    pub(super) certificate: Certificate,
    /// Why candidates were rejected.
    pub(super) rejections: Vec<Rejection>,
    /// For people.
    pub(super) notes: Vec<String>,
}

/// Generates the task of a spec. With `unseen`, its fresh draw is replaced by one that the gate has not seen, for
/// those who measure what the gate's promise is worth.
///
/// # Errors
/// Every candidate was rejected, or the user's own table makes no task.
pub(super) fn generate(input: &GenerateInput, unseen: bool) -> Result<Generated, GenerateError> {
    let settings = Settings::new(&input.spec.knobs);
    settings.shape.check(input, &settings)?;
    settings.check()?;
    let root = input.spec.root(&input.salt);
    let made = match (&input.spec.table, &input.table) {
        (Some(source), Some(bytes)) => {
            own::make(&Own::read(bytes, source, &settings)?, &root, &settings, unseen)?
        }
        _ if settings.shape == Shape::Series => shapes::series::make(&root, &settings, unseen)?,
        _ => drawn(&root, &settings, unseen)?,
    };
    Ok(Generated {
        task: Task {
            id: TaskId::of(&input.spec, VERSION, &input.salt),
            spec: input.spec.clone(),
            generator: VERSION.to_owned(),
            brief: made.brief,
            hidden: made.hidden,
            certificate: made.certificate,
        },
        rejections: made.rejections,
        notes: made.notes,
    })
}

/// A task of a drawn world.
fn drawn(root: &Seed, settings: &Settings, unseen: bool) -> Result<Made, GenerateError> {
    let (settings, mut accepted, otherwise) = accept_otherwise(root, settings)?;
    let settings = &settings;
    if unseen {
        let fail = |what| GenerateError::Input { what, hint: "try another seed".to_owned() };
        let candidate = &mut accepted.candidate;
        candidate.draws[1] = candidate.further(&accepted.seed, settings, 2).map_err(fail)?;
        let unseen_batch = settings.serve.then(|| candidate.further_batch(&accepted.seed, settings, 2));
        let unseen_batch = unseen_batch.transpose().map_err(fail)?;
        if let Some(batches) = &mut candidate.batches {
            batches[1] = unseen_batch.ok_or_else(|| fail("there is no batch".to_owned()))?;
        }
        let truth = &candidate.draws[1].truth;
        let scale = gate::scale(&candidate.val, truth, candidate.batch(1), settings.model);
        accepted.passed.scales[1] = scale.map_err(|rejection| fail(rejection.detail))?;
    }
    let candidate = &accepted.candidate;
    let mut notes = vec![format!("{}: {}", candidate.world.domain().name, faults(&candidate.recipe))];
    notes.extend(otherwise);
    Ok(Made {
        hidden: hidden(&accepted, settings, root),
        brief: accepted.brief,
        certificate: Certificate { certified: true, note: String::new(), figures: accepted.passed.figures },
        rejections: accepted.rejections,
        notes,
    })
}

/// The first candidate that passes, with the settings that it was drawn with. Where a forest loses too little to the
/// faults, neighbours lose more, and more still where nearly all rows of a class are hit: then that is what is taken, and
/// said.
///
/// # Errors
/// No candidate passes in any way.
fn accept_otherwise(
    root: &Seed,
    settings: &Settings,
) -> Result<(Settings, Accepted, Option<String>), GenerateError> {
    let mut rejections = match accept(root, settings, CANDIDATES_MAX) {
        Ok(accepted) => return Ok((settings.clone(), accepted, None)),
        Err(rejections) => rejections,
    };
    let neighbours = Settings { model: FixedModel::Neighbours, ..settings.clone() };
    let skewed = Settings { skew: settings.skew.max(SKEW_OTHERWISE), ..neighbours.clone() };
    let mut tried = vec![settings.clone()];
    for way in [neighbours, skewed] {
        if tried.contains(&way) {
            continue;
        }
        match accept(&root.derive(&format!("otherwise/{}", tried.len())), &way, CANDIDATES_OTHERWISE) {
            Ok(mut accepted) => {
                rejections.append(&mut accepted.rejections);
                accepted.rejections = rejections;
                let said = format!(
                    "none of {CANDIDATES_MAX} candidates had enough to measure with {} and a skew of {}: this task has {} and a skew of {}",
                    settings.model.name(),
                    settings.skew,
                    way.model.name(),
                    way.skew
                );
                return Ok((way, accepted, Some(said)));
            }
            Err(mut more) => rejections.append(&mut more),
        }
        tried.push(way);
    }
    Err(GenerateError::Exhausted { rejections })
}

/// The first of so many candidates that passes.
///
/// # Errors
/// None does: why each did not.
fn accept(root: &Seed, settings: &Settings, most: usize) -> Result<Accepted, Vec<Rejection>> {
    let mut rejections = Vec::new();
    for number in 0..most {
        let seed = root.derive(&format!("candidate/{number}"));
        match attempt(&seed, settings) {
            Ok((candidate, brief, passed)) => {
                return Ok(Accepted { candidate, seed, brief, passed, rejections });
            }
            Err(rejection) => rejections.push(rejection),
        }
    }
    Err(rejections)
}

fn attempt(seed: &Seed, settings: &Settings) -> Result<(Candidate, Brief, Passed), Rejection> {
    let hold = |detail| Rejection { condition: "no-hold".to_owned(), detail };
    let ground = Ground::draw(seed, settings).map_err(hold)?;
    let screen = Screen::new(&ground.val, &ground.clean, settings.model)?;
    let (mut number, mut chosen) = (0, Err(hold(String::new())));
    while chosen.is_err() && number < RECIPES_MAX {
        chosen = ground.recipe(seed, settings, number).map_err(hold).and_then(|(recipe, given)| {
            screen.recipe(recipe.repair_plan(given.truth.golden()), &given)?;
            Ok((recipe, given))
        });
        number += 1;
    }
    let (recipe, given) = chosen?;
    let candidate = ground.candidate(seed, settings, recipe, given).map_err(hold)?;
    let brief = visible(seed, &candidate, settings);
    let batches = [candidate.batch(0), candidate.batch(1)];
    let (draws, model) = (&candidate.draws, settings.model);
    let passed = gate::examine(&candidate.val, draws, batches, &brief, model, settings.tau)?;
    Ok((candidate, brief, passed))
}

/// The visible half of a candidate.
fn visible(seed: &Seed, candidate: &Candidate, settings: &Settings) -> Brief {
    let domain = candidate.world.domain();
    let about = About {
        title: domain.title,
        doc: domain.doc,
        fields: &candidate.val.fields,
        references: &candidate.world.population().reference(),
        begins: candidate.draws[0].begins(),
    };
    let given = &candidate.draws[0];
    let lines = notes::notes(seed, &given.ledger, &about, settings.told);
    let facts = Facts {
        classes: if settings.regression { 0 } else { settings.classes },
        model: settings.model.name().to_owned(),
        tau: settings.tau,
        certified: true,
        serve: settings.serve,
        id: envy_tabular::population::ROW_ID.to_owned(),
        source: envy_tabular::population::SOURCE.to_owned(),
        target: LABEL.to_owned(),
        shape: Shape::Table.name().to_owned(),
    };
    let mut brief = brief::brief(seed, &about, given.export.clone(), &lines, &facts);
    if let Some([given, _]) = &candidate.batches {
        brief.files.extend(serving::files(given.export.clone()));
    }
    brief
}

fn hidden(accepted: &Accepted, settings: &Settings, root: &Seed) -> Hidden {
    let candidate = &accepted.candidate;
    let fields = &candidate.val.fields;
    let scales = &accepted.passed.scales;
    let domain = candidate.world.domain().name;
    let meta = Meta::new(domain, fields, settings.model, settings.tau, scales);
    let meta = Meta { serve: settings.serve, ..meta };
    let mut hidden = both_draws(&candidate.draws, root);
    if let Some([given, fresh]) = &candidate.batches {
        let [fresh_export, fresh_golden, fresh_ledger] = FRESH_SERVE;
        for (drawn, [golden, ledger]) in [(given, SERVE_TRUTH), (fresh, [fresh_golden, fresh_ledger])] {
            hidden.insert(golden, csv(drawn.truth.golden()));
            hidden.insert(ledger, drawn.ledger.write());
        }
        hidden.insert(fresh_export, fresh.export.clone());
    }
    hidden.insert(VAL, csv(&candidate.val));
    hidden.insert(ORACLE, csv(&candidate.oracle));
    hidden.insert(DYNAMICS, candidate.world.python());
    hidden.insert(META, meta.write());
    hidden
}

/// The hidden half with the truth of both draws, and the fresh one's export.
pub(super) fn both_draws([given, fresh]: &[Drawn; 2], root: &Seed) -> Hidden {
    let mut hidden = Hidden::new(root);
    let [fresh_export, fresh_golden, fresh_ledger] = FRESH;
    hidden.insert(GOLDEN, csv(given.truth.golden()));
    hidden.insert(LEDGER, given.ledger.write());
    hidden.insert(fresh_export, fresh.export.clone());
    hidden.insert(fresh_golden, csv(fresh.truth.golden()));
    hidden.insert(fresh_ledger, fresh.ledger.write());
    hidden
}

/// A clean table's bytes.
pub(super) fn csv(table: &Table) -> Vec<u8> {
    Sheet::new(table.clone()).write()
}

/// The faults in a few words.
pub(super) fn faults(recipe: &Recipe) -> String {
    let fault = |fault: &envy_tabular::Fault| format!("{} at {}", fault.operator, fault.source);
    recipe.faults.iter().map(fault).collect::<Vec<_>>().join(", ")
}
