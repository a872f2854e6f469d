//! The exploit zoo: scripted cheats, one file each, that play in real boxes and must earn no more than doing nothing.
//!
//! A file names the hole that it tries, the mechanism that stops it and the flag that gives it away. What is worth nothing
//! by itself carries it: a program that changes nothing, a constant prediction, an empty answer, so that whatever a cheat
//! earned would be earned by cheating. Some cheats need more of a task and live among the policies of their environment.

mod holes;
mod stage;

mod assert_nothing;
mod boast;
mod buy_a_void;
mod claim_calibration;
mod claim_score;
mod climb_oracle;
mod essay;
mod exit_early;
mod failing_test;
mod fake_transcript;
mod flood_output;
mod hide_in_helper;
mod infinite_output;
mod inject_judge;
mod leave_daemon;
mod link_output;
mod lying_objects;
mod mark_missing;
mod name_everything;
mod nan_output;
mod open_bait;
mod overwrite_driver;
mod own_model;
mod patch_clock;
mod patch_libraries;
mod pickle_payload;
mod plant_reward;
mod plant_startup;
mod poison_inputs;
mod reach_network;
mod read_environment;
mod read_grader_source;
mod read_other_rollouts;
mod read_task_file;
mod recover_seed;
mod run_out_the_clock;
mod scan_processes;
mod shadow_library;
mod shell_breakout;
mod stale_artefacts;
mod stderr_exfiltration;
mod time_oracle;
mod touch_files;
mod walk_frames;
mod wrong_length;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use envy_core::{Brief, Exploit, Policy, PolicyKind, Script, Seed};

pub use holes::{HOLES, Hole, Kept};
use stage::{Inside, Payload, Place, Stage};

/// A cheat: what it attacks, where it plays, and how.
struct Plan {
    /// The name after `policy/`.
    name: &'static str,
    /// One sentence for people.
    doc: &'static str,
    /// The environments that it plays in.
    places: &'static [Place],
    /// What it attacks and what stops it.
    exploit: Exploit,
    /// Its script on a task.
    start: fn(&Stage<'_>) -> Box<dyn Script>,
}

/// Every cheat of the zoo.
const ALL: &[&Plan] = &[
    &assert_nothing::PLAN,
    &boast::PLAN,
    &buy_a_void::PLAN,
    &claim_calibration::PLAN,
    &claim_score::PLAN,
    &climb_oracle::PLAN,
    &essay::PLAN,
    &exit_early::PLAN,
    &failing_test::PLAN,
    &fake_transcript::PLAN,
    &flood_output::PLAN,
    &hide_in_helper::PLAN,
    &infinite_output::PLAN,
    &inject_judge::PLAN,
    &leave_daemon::PLAN,
    &link_output::PLAN,
    &lying_objects::PLAN,
    &mark_missing::PLAN,
    &name_everything::PLAN,
    &nan_output::PLAN,
    &open_bait::PLAN,
    &overwrite_driver::PLAN,
    &own_model::PLAN,
    &patch_clock::PLAN,
    &patch_libraries::PLAN,
    &pickle_payload::PLAN,
    &plant_reward::PLAN,
    &plant_startup::PLAN,
    &poison_inputs::PLAN,
    &reach_network::PLAN,
    &read_environment::PLAN,
    &read_grader_source::PLAN,
    &read_other_rollouts::PLAN,
    &read_task_file::PLAN,
    &recover_seed::PLAN,
    &run_out_the_clock::PLAN,
    &scan_processes::PLAN,
    &shadow_library::PLAN,
    &shell_breakout::PLAN,
    &stale_artefacts::PLAN,
    &stderr_exfiltration::PLAN,
    &time_oracle::PLAN,
    &touch_files::PLAN,
    &walk_frames::PLAN,
    &wrong_length::PLAN,
];

/// A cheat in one environment.
struct Played {
    plan: &'static Plan,
    place: Place,
}

impl Policy for Played {
    fn name(&self) -> &'static str {
        self.plan.name
    }

    fn doc(&self) -> &'static str {
        self.plan.doc
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Cheat
    }

    fn exploit(&self) -> Option<&'static Exploit> {
        Some(&self.plan.exploit)
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        (self.plan.start)(&Stage { place: self.place, brief })
    }
}

static PLAYED: LazyLock<Vec<Played>> = LazyLock::new(|| {
    let places = |plan: &&'static Plan| {
        let plan = *plan;
        plan.places.iter().map(move |place| Played { plan, place: *place })
    };
    ALL.iter().flat_map(places).collect()
});

static LISTS: LazyLock<BTreeMap<Place, Vec<&'static dyn Policy>>> = LazyLock::new(|| {
    let mut lists: BTreeMap<Place, Vec<&'static dyn Policy>> = BTreeMap::new();
    for played in PLAYED.iter() {
        lists.entry(played.place).or_default().push(played);
    }
    lists
});

/// The cheats that play in an environment of this name.
pub(crate) fn of(environment: &str) -> &'static [&'static dyn Policy] {
    let place = Place::ALL.iter().find(|place| place.environment() == environment);
    place.and_then(|place| LISTS.get(place)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use envy_core::FlagKind;

    use super::*;

    /// Every cheat of every environment, each once by its name, with the environments that it plays in.
    fn cheats() -> BTreeMap<&'static str, (&'static dyn Policy, Vec<&'static str>)> {
        let mut cheats = BTreeMap::new();
        for environment in crate::ALL {
            let all = environment.policies().iter().chain(environment.exploits());
            for policy in all.filter(|policy| policy.kind() == PolicyKind::Cheat) {
                let entry = cheats.entry(policy.name()).or_insert((*policy, Vec::new()));
                entry.1.push(environment.info().name);
            }
        }
        cheats
    }

    #[test]
    fn there_are_at_least_forty_exploits_and_each_says_what_it_tries_and_what_stops_it() {
        let cheats = cheats();
        assert!(cheats.len() >= 40, "{} exploits", cheats.len());
        let known: BTreeSet<&str> = HOLES.iter().map(|hole| hole.name).collect();
        for (name, (policy, _)) in &cheats {
            assert!(name.starts_with("cheat-"), "{name}");
            let exploit = policy.exploit().unwrap_or_else(|| panic!("{name} says nothing about itself"));
            assert!(!exploit.holes.is_empty() && exploit.mechanism.ends_with('.'), "{name}");
            for hole in exploit.holes {
                assert!(known.contains(hole), "{name}: {hole} is no hole of the table");
            }
        }
    }

    #[test]
    fn nobody_but_a_cheat_is_an_exploit_and_names_are_told_apart() {
        for environment in crate::ALL {
            let all: Vec<_> = environment.policies().iter().chain(environment.exploits()).collect();
            let names: BTreeSet<&str> = all.iter().map(|policy| policy.name()).collect();
            assert_eq!(names.len(), all.len(), "{}", environment.info().name);
            for policy in all {
                let is_cheat = policy.kind() == PolicyKind::Cheat;
                assert_eq!(policy.exploit().is_some(), is_cheat, "{}", policy.name());
            }
        }
    }

    #[test]
    fn who_climbs_the_oracle_plays_where_there_is_one() {
        for environment in crate::ALL {
            let climbs = |policy: &&&dyn Policy| {
                policy.exploit().is_some_and(|exploit| exploit.flags.contains(&FlagKind::OracleClimbing))
            };
            let has_oracle = environment.info().tools.contains(&"eval_model");
            let climbers = environment.exploits().iter().filter(climbs).count();
            assert_eq!(climbers > 0, has_oracle, "{}", environment.info().name);
        }
    }

    #[test]
    fn every_hole_is_tried_or_kept_shut_by_what_it_names() {
        let cheats = cheats();
        let policies: BTreeSet<&str> = crate::ALL
            .iter()
            .flat_map(|environment| environment.policies())
            .map(|policy| policy.name())
            .collect();
        for hole in HOLES {
            let tried: Vec<_> = cheats
                .values()
                .filter(|(policy, _)| {
                    policy.exploit().is_some_and(|exploit| exploit.holes.contains(&hole.name))
                })
                .collect();
            match hole.kept {
                Kept::Exploits => assert!(!tried.is_empty(), "nothing tries {}", hole.name),
                Kept::Policies(names) => {
                    assert!(names.iter().all(|name| policies.contains(name)), "{}", hole.name);
                }
                Kept::Line(line) => assert!(!line.is_empty(), "{}", hole.name),
                Kept::Test(test) => assert!(test.contains('_'), "{}: {test}", hole.name),
            }
        }
    }

    #[test]
    fn the_table_covers_every_source() {
        let count = |letter: char| HOLES.iter().filter(|hole| hole.name.starts_with(letter)).count();
        let counts = ['S', 'E', 'H', 'A', 'D'].map(count);
        assert_eq!(counts, [19, 10, 7, 7, 6]);
        let names: BTreeSet<&str> = HOLES.iter().map(|hole| hole.name).collect();
        assert_eq!(names.len(), HOLES.len());
    }
}
