//! Candidate: everything drawn for one task of readings, before the gate has looked at it.

use std::sync::Arc;

use envy_core::{Rejection, Seed};
use envy_tabular::series::{DEVICES, SeriesRecipe, SeriesSpec, domains};
use envy_tabular::{Reference, Table};

use super::super::Fold;
use super::world::World;
use crate::cleaning::candidate::{Drawn, ORACLE_ROWS, VAL_ROWS};
use crate::cleaning::files::{self, TRAIN};
use crate::cleaning::gate::rejected;
use crate::cleaning::generate::RECIPES_MAX;
use crate::cleaning::knobs::Settings;
use crate::cleaning::screen::Screen;

/// Ids of a draw start at a number below this.
const FIRST_ID_MAX: usize = 90_000;
/// Ids that lie between the last of one draw and the first of the next; surplus readings take some.
const ID_GAP: usize = 50_000;

/// Everything drawn for one task of readings.
pub(super) struct Candidate {
    /// The plant and the label.
    pub(super) world: World,
    /// Which device has which fault.
    pub(super) recipe: SeriesRecipe,
    /// The given and the fresh draw.
    pub(super) draws: [Drawn; 2],
    /// The bytes of their windows' files.
    pub(super) units: [Vec<u8>; 2],
    /// Clean windows for the final score.
    pub(super) val: Table,
    /// Clean windows for probes.
    pub(super) oracle: Table,
    /// Quantiles of clean readings.
    pub(super) references: Vec<Reference>,
}

/// Days of a draw: so many that its windows are no fewer than the rows asked for.
fn days(settings: &Settings) -> usize {
    settings.rows.div_ceil(DEVICES)
}

impl Candidate {
    /// Draws a candidate and looks at it with a small forest.
    ///
    /// # Errors
    /// The settings find no hold, the label cannot be learned, or no recipe costs enough.
    pub(super) fn draw(seed: &Seed, settings: &Settings) -> Result<Self, Rejection> {
        let ground = Ground::draw(seed, settings).or_else(|error| rejected("no-hold", error))?;
        let clean = ground.world.clean_set(&seed.derive("screen"), DEVICES * days(settings));
        let screen = Screen::new(&ground.val, &clean, settings.model)?;
        let mut last = rejected("no-hold", String::new());
        for number in 0..RECIPES_MAX {
            let made = ground.recipe(seed, settings, number).or_else(|error| rejected("no-hold", error))?;
            let (recipe, (given, _)) = &made;
            last = screen.recipe(recipe.repair_plan(given.truth.golden()), given).map(|()| made);
            if last.is_ok() {
                break;
            }
        }
        let (recipe, given) = last?;
        ground.candidate(seed, settings, recipe, given).or_else(|error| rejected("no-hold", error))
    }

    /// A candidate that nobody has looked at.
    #[cfg(test)]
    pub(super) fn ungated(seed: &Seed, settings: &Settings) -> Option<Self> {
        let ground = Ground::draw(seed, settings).ok()?;
        let (recipe, given) = ground.recipe(seed, settings, 0).ok()?;
        ground.candidate(seed, settings, recipe, given).ok()
    }

    /// The `number`-th draw with its windows: 0 is the given one, 1 the fresh one; later ones belong to no task.
    ///
    /// # Errors
    /// The recipe does not fit the readings.
    pub(super) fn further(
        &self,
        seed: &Seed,
        settings: &Settings,
        number: usize,
    ) -> Result<(Drawn, Vec<u8>), String> {
        drawn(&self.world, &self.recipe, seed, settings, number)
    }
}

/// What a candidate stands on before it has a recipe.
struct Ground {
    world: World,
    planning: Table,
    val: Table,
}

/// A draw with the bytes of its windows' file.
type WithUnits = (Drawn, Vec<u8>);

impl Ground {
    fn draw(seed: &Seed, settings: &Settings) -> Result<Self, String> {
        let domain = settings.domain.as_deref().and_then(domains::find);
        let any = || domains::ALL[seed.derive("domain").rng().below(domains::ALL.len())];
        let world = World::new(domain.unwrap_or_else(any), &seed.derive("world"), settings);
        let world = world.map_err(|error| error.to_string())?;
        let val = world.clean_set(&seed.derive("val"), VAL_ROWS);
        let planning = world.plant().draw(&seed.derive("planning"), days(settings), 1, None);
        Ok(Self { world, planning, val })
    }

    /// The `number`-th recipe, and what it makes of the given draw.
    fn recipe(
        &self,
        seed: &Seed,
        settings: &Settings,
        number: usize,
    ) -> Result<(SeriesRecipe, WithUnits), String> {
        let spec = SeriesSpec {
            operators: settings.operators.clone(),
            kinds: settings.faults,
            per_device: settings.per_source,
            corrupt: settings.corrupt,
            odds: settings.skew,
            classes: settings.classes,
        };
        let of = seed.derive(&format!("recipe/{number}"));
        let recipe = SeriesRecipe::draw(&of, &spec, &self.planning, self.world.dynamics().columns());
        let recipe = recipe.map_err(|error| error.to_string())?;
        let given = drawn(&self.world, &recipe, seed, settings, 0)?;
        Ok((recipe, given))
    }

    fn candidate(
        self,
        seed: &Seed,
        settings: &Settings,
        recipe: SeriesRecipe,
        (given, given_units): WithUnits,
    ) -> Result<Candidate, String> {
        let Self { world, planning, val } = self;
        let (fresh, fresh_units) = drawn(&world, &recipe, seed, settings, 1)?;
        let oracle = world.clean_set(&seed.derive("oracle"), ORACLE_ROWS);
        let (draws, units) = ([given, fresh], [given_units, fresh_units]);
        Ok(Candidate { world, recipe, draws, units, val, oracle, references: Reference::of(&planning) })
    }
}

/// The `number`-th draw of a recipe, and the bytes of its windows' file.
fn drawn(
    world: &World,
    recipe: &SeriesRecipe,
    seed: &Seed,
    settings: &Settings,
    number: usize,
) -> Result<(Drawn, Vec<u8>), String> {
    let (plant, days) = (world.plant(), days(settings));
    let stream = seed.derive(&format!("draw/{number}"));
    let devices = &plant.fields()[1].levels;
    let wanted = recipe.labels(&stream, devices, days, settings.classes);
    let first = 1 + seed.derive("first-id").rng().below(FIRST_ID_MAX);
    let first = first + number * (ID_GAP + plant.readings(days));
    let clean = world.draw(&stream, &wanted, first as i64);
    let corrupted = recipe.apply(&seed.derive(&format!("corrupt/{number}")), &clean);
    let corrupted = corrupted.map_err(|error| error.to_string())?;
    let export = corrupted.sheet.write();
    let dirty = files::raw(&export, TRAIN)?;
    let names = plant.window_names(days);
    let folding = Arc::new(world.folding());
    // What a few windows came to in place of the class that was wanted is what counts.
    let read = plant.windows().of(&envy_tabular::Sheet::new(clean.clone()).raw(), &names);
    let read: Option<Vec<Vec<f64>>> = read.map_err(|error| error.to_string())?.into_iter().collect();
    let labels = world.labels(&read.ok_or("a window has no reading")?);
    let units = folding.write_units(&names, &labels);
    let truth = files::truth(clean, dirty, &corrupted.ledger)?.folded(Fold::read(&folding, &units)?);
    Ok((Drawn { truth, export, ledger: corrupted.ledger }, units))
}
