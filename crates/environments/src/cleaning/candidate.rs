//! Candidate: everything drawn for one task, before the gate has looked at it.

use envy_core::Seed;
use envy_tabular::domain::Domain;
use envy_tabular::recipe::GOOD_SOURCES_MIN;
use envy_tabular::{Column, Ledger, RawTable, Recipe, RecipeSpec, Role, Table, domains};

use super::cells::Truth;
use super::files;
use super::knobs::Settings;
use super::world::World;

/// Clean rows for the final score: the error of a recovery stays under 0.03 at the least headroom.
pub(super) const VAL_ROWS: usize = 5_000;
/// Clean rows for probes, disjoint from those.
pub(super) const ORACLE_ROWS: usize = 4_000;
/// Clean rows that faults are planned on.
const PLANNING_ROWS: usize = 2_000;
/// Ids of a draw start at a number below this.
const FIRST_ID_MAX: usize = 90_000;
/// Ids that lie between the last of one draw and the first of the next.
const ID_GAP: usize = 1_000;

/// A draw with its faults.
pub(super) struct Drawn {
    /// The true table and what became of it.
    pub(super) truth: Truth,
    /// The bytes of the export.
    pub(super) export: Vec<u8>,
    /// What went wrong.
    pub(super) ledger: Ledger,
}

/// Everything drawn for one task.
pub(super) struct Candidate {
    /// The population and the label.
    pub(super) world: World,
    /// Which source has which fault.
    pub(super) recipe: Recipe,
    /// The given and the fresh draw.
    pub(super) draws: [Drawn; 2],
    /// Clean rows for the final score.
    pub(super) val: Table,
    /// Clean rows for probes.
    pub(super) oracle: Table,
}

impl Candidate {
    /// Draws a candidate.
    ///
    /// # Errors
    /// The settings find no hold in the drawn population: one sentence.
    pub(super) fn draw(seed: &Seed, settings: &Settings) -> Result<Self, String> {
        let domain = domain(seed, settings);
        let world = World::new(domain, &seed.derive("world"), settings).map_err(|error| error.to_string())?;
        let planning = world.draw(&seed.derive("planning"), PLANNING_ROWS, 1);
        let sources = planning.role(Role::Source).map_or(0, |column| planning.fields[column].levels.len());
        let spec = RecipeSpec {
            operators: settings.operators.clone(),
            faults: settings.faults.min(sources.saturating_sub(GOOD_SOURCES_MIN)),
            per_source: settings.per_source,
            corrupt: settings.corrupt,
            odds: settings.skew,
        };
        let recipe = Recipe::draw(&seed.derive("recipe"), &spec, &planning, world.dynamics().columns());
        let recipe = recipe.map_err(|error| error.to_string())?;
        let draws = [draw(&world, &recipe, seed, settings, 0)?, draw(&world, &recipe, seed, settings, 1)?];
        let val = world.clean_set(&seed.derive("val"), VAL_ROWS);
        let oracle = world.clean_set(&seed.derive("oracle"), ORACLE_ROWS);
        Ok(Self { world, recipe, draws, val, oracle })
    }

    /// When the first row of the given draw was recorded, seconds since 1970.
    pub(super) fn begins(&self) -> i64 {
        let golden = self.draws[0].truth.golden();
        let times = golden.role(Role::Time).map(|column| &golden.columns[column]);
        match times {
            Some(Column::Time(times)) => times.iter().flatten().copied().min().unwrap_or(0),
            _ => 0,
        }
    }

    /// The `number`-th draw: 0 is the given one, 1 the fresh one; later ones belong to no task.
    ///
    /// # Errors
    /// The recipe does not fit the rows.
    pub(super) fn further(&self, seed: &Seed, settings: &Settings, number: usize) -> Result<Drawn, String> {
        draw(&self.world, &self.recipe, seed, settings, number)
    }
}

fn domain(seed: &Seed, settings: &Settings) -> &'static Domain {
    let chosen = settings.domain.as_deref().and_then(domains::find);
    chosen.unwrap_or_else(|| domains::ALL[seed.derive("domain").rng().below(domains::ALL.len())])
}

fn draw(
    world: &World,
    recipe: &Recipe,
    seed: &Seed,
    settings: &Settings,
    number: usize,
) -> Result<Drawn, String> {
    let seed_of = |what: &str| seed.derive(&format!("{what}/{number}"));
    let first = 1 + seed.derive("first-id").rng().below(FIRST_ID_MAX) + number * (settings.rows + ID_GAP);
    let clean = world.draw(&seed_of("draw"), settings.rows, first as i64);
    let corrupted = recipe.apply(&seed_of("corrupt"), &clean).map_err(|error| error.to_string())?;
    let export = corrupted.sheet.write();
    let dirty: RawTable = files::raw(&export, files::TRAIN)?;
    let truth = files::truth(corrupted.sheet.table().clone(), dirty, &corrupted.ledger)?;
    Ok(Drawn { truth, export, ledger: corrupted.ledger })
}
