//! Generation: candidates are drawn until one passes the gate.

use envy_core::{
    Brief, Certificate, GenerateError, GenerateInput, Generated, Hidden, Rejection, Seed, Task, TaskId,
};
use envy_tabular::{Sheet, Table};

use super::VERSION;
use super::brief::{self, About};
use super::candidate::Candidate;
use super::facts::Facts;
use super::files::{DYNAMICS, FRESH, GOLDEN, LEDGER, META, Meta, ORACLE, VAL};
use super::gate::{self, Passed};
use super::knobs::Settings;
use super::own;
use super::world::LABEL;

/// Candidates that are drawn before generation gives up.
const CANDIDATES_MAX: usize = 100;

/// A candidate that passed the gate.
pub(super) struct Accepted {
    /// Everything that was drawn.
    pub(super) candidate: Candidate,
    /// The seed it was drawn from.
    pub(super) seed: Seed,
    /// The visible half.
    pub(super) brief: Brief,
    /// What the gate found.
    pub(super) passed: Passed,
    /// Why each candidate before it failed.
    pub(super) rejections: Vec<Rejection>,
}

/// Generates the task of a spec.
///
/// # Errors
/// Every candidate was rejected, or the spec names a table of the user's own.
pub(super) fn generate(input: &GenerateInput) -> Result<Generated, GenerateError> {
    if let (Some(source), Some(bytes)) = (&input.spec.table, &input.table) {
        return Err(own::refuse(bytes, source));
    }
    let settings = Settings::new(&input.spec.knobs);
    let root = input.spec.root(&input.salt);
    let accepted = accept(&root, &settings)?;
    let hidden = hidden(&accepted, &settings, &root);
    let notes = vec![format!("{}: {}", accepted.candidate.world.domain().name, faults(&accepted.candidate))];
    Ok(Generated {
        task: Task {
            id: TaskId::of(&input.spec, VERSION, &input.salt),
            spec: input.spec.clone(),
            generator: VERSION.to_owned(),
            brief: accepted.brief,
            hidden,
            certificate: Certificate {
                certified: true,
                note: String::new(),
                figures: accepted.passed.figures,
            },
        },
        rejections: accepted.rejections,
        notes,
    })
}

/// The first candidate that passes.
///
/// # Errors
/// None of [`CANDIDATES_MAX`] does.
pub(super) fn accept(root: &Seed, settings: &Settings) -> Result<Accepted, GenerateError> {
    let mut rejections = Vec::new();
    for number in 0..CANDIDATES_MAX {
        let seed = root.derive(&format!("candidate/{number}"));
        match attempt(&seed, settings) {
            Ok((candidate, brief, passed)) => {
                return Ok(Accepted { candidate, seed, brief, passed, rejections });
            }
            Err(rejection) => rejections.push(rejection),
        }
    }
    Err(GenerateError::Exhausted { rejections })
}

fn attempt(seed: &Seed, settings: &Settings) -> Result<(Candidate, Brief, Passed), Rejection> {
    let hold = |detail| Rejection { condition: "no-hold".to_owned(), detail };
    let candidate = Candidate::draw(seed, settings).map_err(hold)?;
    gate::screen(&candidate, settings.model)?;
    let brief = visible(seed, &candidate, settings);
    let passed = gate::examine(&candidate, &brief, settings.model, settings.tau)?;
    Ok((candidate, brief, passed))
}

/// The visible half of a candidate.
pub(super) fn visible(seed: &Seed, candidate: &Candidate, settings: &Settings) -> Brief {
    let domain = candidate.world.domain();
    let about = About {
        title: domain.title,
        doc: domain.doc,
        fields: &candidate.val.fields,
        references: &candidate.world.population().reference(),
        begins: candidate.begins(),
    };
    let given = &candidate.draws[0];
    let notes = brief::notes(seed, &given.ledger, &about, settings.explicit);
    let facts = Facts {
        classes: settings.classes,
        model: settings.model.name().to_owned(),
        tau: settings.tau,
        certified: true,
        id: envy_tabular::population::ROW_ID.to_owned(),
        source: envy_tabular::population::SOURCE.to_owned(),
        target: LABEL.to_owned(),
    };
    brief::brief(&about, given.export.clone(), &notes, &facts)
}

fn hidden(accepted: &Accepted, settings: &Settings, root: &Seed) -> Hidden {
    let candidate = &accepted.candidate;
    let [given, fresh] = &candidate.draws;
    let fields = &candidate.val.fields;
    let scales = &accepted.passed.scales;
    let domain = candidate.world.domain().name;
    let meta = Meta::new(domain, fields, settings.model.name(), settings.tau, scales, true);
    let mut hidden = Hidden::new(root);
    let [fresh_export, fresh_golden, fresh_ledger] = FRESH;
    hidden.insert(GOLDEN, csv(given.truth.golden()));
    hidden.insert(LEDGER, given.ledger.write());
    hidden.insert(fresh_export, fresh.export.clone());
    hidden.insert(fresh_golden, csv(fresh.truth.golden()));
    hidden.insert(fresh_ledger, fresh.ledger.write());
    hidden.insert(VAL, csv(&candidate.val));
    hidden.insert(ORACLE, csv(&candidate.oracle));
    hidden.insert(DYNAMICS, candidate.world.dynamics().python());
    hidden.insert(META, meta.write());
    hidden
}

/// A clean table's bytes.
fn csv(table: &Table) -> Vec<u8> {
    Sheet::new(table.clone()).write()
}

/// The faults in a few words.
fn faults(candidate: &Candidate) -> String {
    let fault = |fault: &envy_tabular::Fault| format!("{} at {}", fault.operator, fault.source);
    candidate.recipe.faults.iter().map(fault).collect::<Vec<_>>().join(", ")
}
