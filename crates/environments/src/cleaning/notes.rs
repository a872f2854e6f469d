//! The change log: what is told of the faults, between what is noted on any day at any source.

use envy_core::{Rng, Seed};
use envy_tabular::time::{DAY_S, write_iso};
use envy_tabular::{Event, Evidence, Ledger, Role};

use super::brief::About;

/// Days before the first row in which the notes were taken.
const NOTE_DAYS: usize = 60;

/// What is noted of a source that is as it always was.
const ROUTINE: &[&str] = &[
    "yearly inspection, no findings",
    "new staff trained on the existing form",
    "instruments cleaned and checked, nothing changed",
    "network outage, records were kept on paper and entered the same evening",
    "contact person changed",
    "backup tested, restored without loss",
    "certificate of the upload account renewed",
    "opening hours extended, same equipment",
    "moved to another floor, same equipment",
];

/// What is noted of a source with a fault when the notes are to hint only.
const HINTS: &[&str] = &[
    "records come from a new system since this week",
    "a new release of the recording software was installed",
    "export rewritten by the local team",
    "device replaced, settings taken over by hand",
    "another contractor looks after the records from now on",
    "records were migrated from the old server",
];

/// What the notes tell of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Each fault is named.
    Explicit,
    /// Something changed at the sources with a fault.
    Hinted,
    /// Nothing: only the comparison of the sources shows it.
    CrossSource,
}

impl Told {
    /// The names, as the knob has them.
    pub(super) const NAMES: &'static [&'static str] = &["explicit", "hinted", "cross-source"];

    /// The level of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::Explicit, Self::Hinted, Self::CrossSource];
        Self::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }
}

/// The lines of the change log: what is told of the faults, and routine of the other sources, in the order of time.
pub(super) fn notes(seed: &Seed, ledger: &Ledger, about: &About, level: Told) -> Vec<String> {
    let mut rng = seed.derive("notes").rng();
    let mut lines: Vec<(i64, String)> = Vec::new();
    for event in &ledger.events {
        let day = day(&mut rng, about.begins);
        match level {
            Told::Explicit => lines.extend(told(event).map(|line| (day, line.to_owned()))),
            Told::Hinted => lines.push((day, format!("{}: {}", event.source, rng.pick(HINTS)))),
            Told::CrossSource => {}
        }
    }
    let sources =
        about.fields.iter().find(|field| field.role == Role::Source).map_or(&[][..], |field| &field.levels);
    let is_told = |source: &String| {
        level != Told::CrossSource && ledger.events.iter().any(|event| event.source == *source)
    };
    for source in sources.iter().filter(|source| !is_told(source)) {
        lines.push((day(&mut rng, about.begins), format!("{source}: {}", rng.pick(ROUTINE))));
    }
    lines.sort();
    lines.into_iter().map(|(day, line)| format!("{} {line}", &write_iso(day)[..10])).collect()
}

/// What an event's evidence has to tell.
fn told(event: &Event) -> impl Iterator<Item = &str> {
    event.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::LogLine { line, .. } => Some(line.as_str()),
        _ => None,
    })
}

fn day(rng: &mut Rng, begins: i64) -> i64 {
    begins - (1 + rng.below(NOTE_DAYS) as i64) * DAY_S
}
