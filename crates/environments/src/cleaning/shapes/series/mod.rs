//! Series: readings of devices went wrong; a label belongs to a window, one device's day.
//!
//! The agent cleans the readings. Rust makes windows of what comes back and trains the model on them, so that a wrong clock, a
//! record too many and a wrong number all cost what they cost in life.

mod brief;
mod candidate;
mod solver;
mod world;

use envy_core::{Brief, Certificate, GenerateError, Rejection, Seed};

use self::candidate::Candidate;
use super::super::files::{DYNAMICS, FRESH_UNITS, Folded, META, Meta, ORACLE, VAL};
use super::super::gate::{self, Passed};
use super::super::generate::{CANDIDATES_MAX, Made, both_draws, csv};
use super::super::knobs::Settings;
#[cfg(test)]
use super::super::notes::Told;

pub(in crate::cleaning) use solver::solve;

/// The first message, what is scored, and what the track `free` adds.
pub(in crate::cleaning) const PROMPT: (&str, &str, &str) =
    (include_str!("prompt_user.md"), include_str!("prompt_recovery.md"), include_str!("prompt_free.md"));

/// A task of readings. With `unseen`, its fresh draw is replaced by one that the gate has not seen.
///
/// # Errors
/// Every candidate was rejected.
pub(in crate::cleaning) fn make(
    root: &Seed,
    settings: &Settings,
    unseen: bool,
) -> Result<Made, GenerateError> {
    let mut rejections = Vec::new();
    for number in 0..CANDIDATES_MAX {
        let seed = root.derive(&format!("series/{number}"));
        match attempt(&seed, settings) {
            Ok((candidate, brief, passed)) => {
                let made = Attempt { candidate, seed, brief, passed };
                return made.finish(root, settings, unseen, rejections);
            }
            Err(rejection) => rejections.push(rejection),
        }
    }
    Err(GenerateError::Exhausted { rejections })
}

/// The repair F1 of the solver on a draw that no gate has seen, at each level of evidence; nothing if the settings find no
/// hold.
#[cfg(test)]
pub(in crate::cleaning) fn repaired(seed: &Seed, settings: &Settings) -> Option<Vec<(Told, f64)>> {
    let candidate = Candidate::ungated(seed, settings)?;
    let truth = &candidate.draws[1].truth;
    let at = |told: Told| {
        let brief = brief::visible(seed, &candidate, &Settings { told, ..settings.clone() });
        gate::evidence(&candidate.draws, &brief).unwrap();
        let (_, plan) = super::planned(&brief).unwrap();
        (told, truth.score(&truth.account(plan.apply(truth.dirty()).unwrap())).repair.f1())
    };
    Some([Told::Explicit, Told::Hinted, Told::CrossSource].map(at).to_vec())
}

/// A candidate that passed the gate.
struct Attempt {
    candidate: Candidate,
    seed: Seed,
    brief: Brief,
    passed: Passed,
}

fn attempt(seed: &Seed, settings: &Settings) -> Result<(Candidate, Brief, Passed), Rejection> {
    let candidate = Candidate::draw(seed, settings)?;
    let brief = brief::visible(seed, &candidate, settings);
    let draws = &candidate.draws;
    let passed = gate::examine(&candidate.val, draws, [None, None], &brief, settings.model, settings.tau)?;
    Ok((candidate, brief, passed))
}

impl Attempt {
    fn finish(
        mut self,
        root: &Seed,
        settings: &Settings,
        unseen: bool,
        rejections: Vec<Rejection>,
    ) -> Result<Made, GenerateError> {
        if unseen {
            let fail = |what| GenerateError::Input { what, hint: "try another seed".to_owned() };
            let candidate = &mut self.candidate;
            (candidate.draws[1], candidate.units[1]) =
                candidate.further(&self.seed, settings, 2).map_err(fail)?;
            let scale = gate::scale(&candidate.val, &candidate.draws[1].truth, None, settings.model);
            self.passed.scales[1] = scale.map_err(|rejection| fail(rejection.detail))?;
        }
        let Self { candidate, brief, passed, .. } = self;
        let world = &candidate.world;
        let folded = Folded { fields: world.plant().fields().to_vec(), folding: world.folding() };
        let domain = world.plant().domain().name;
        let meta = Meta::new(domain, &candidate.val.fields, settings.model, settings.tau, &passed.scales);
        let meta = Meta { folded: Some(folded), ..meta };
        let mut hidden = both_draws(&candidate.draws, root);
        hidden.insert(FRESH_UNITS, candidate.units[1].clone());
        hidden.insert(VAL, csv(&candidate.val));
        hidden.insert(ORACLE, csv(&candidate.oracle));
        hidden.insert(DYNAMICS, world.dynamics().python());
        hidden.insert(META, meta.write());
        let fault =
            |fault: &envy_tabular::series::SeriesFault| format!("{} at {}", fault.operator, fault.device);
        let faults: Vec<String> = candidate.recipe.faults.iter().map(fault).collect();
        Ok(Made {
            brief,
            hidden,
            certificate: Certificate { certified: true, note: String::new(), figures: passed.figures },
            rejections,
            notes: vec![format!("{domain}, series: {}", faults.join(", "))],
        })
    }
}
