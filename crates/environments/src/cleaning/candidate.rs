//! Candidate: everything drawn for one task, before the gate has looked at it.

use envy_core::Seed;
use envy_tabular::domain::Domain;
use envy_tabular::{Column, Ledger, RawTable, Recipe, Role, Table, domains};

use super::cells::Truth;
use super::files;
use super::knobs::Settings;
use super::serving::{self, SERVE_ROWS};
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

/// Draws of a candidate at most.
const DRAWS_MAX: usize = 10;

/// A draw with its faults.
pub(super) struct Drawn {
    /// The true table and what became of it.
    pub(super) truth: Truth,
    /// The bytes of the export.
    pub(super) export: Vec<u8>,
    /// What went wrong.
    pub(super) ledger: Ledger,
}

impl Drawn {
    /// Lets the model train on `most` lines at most.
    pub(super) fn training_on(self, most: usize) -> Self {
        Self { truth: self.truth.training_on(most), ..self }
    }

    /// What a recipe makes of clean rows.
    ///
    /// # Errors
    /// It does not fit them: one sentence.
    pub(super) fn new(recipe: &Recipe, seed: &Seed, clean: &Table) -> Result<Self, String> {
        let corrupted = recipe.apply(seed, clean).map_err(|error| error.to_string())?;
        let export = corrupted.sheet.write();
        let dirty: RawTable = files::raw(&export, files::TRAIN)?;
        let truth = files::truth(corrupted.sheet.table().clone(), dirty, &corrupted.ledger)?;
        Ok(Self { truth, export, ledger: corrupted.ledger })
    }

    /// What a recipe makes of clean rows that are served: without their labels.
    ///
    /// # Errors
    /// It does not fit them: one sentence.
    fn served(recipe: &Recipe, seed: &Seed, clean: &Table) -> Result<Self, String> {
        let corrupted = recipe.apply(seed, clean).map_err(|error| error.to_string())?;
        let golden = corrupted.sheet.table().clone();
        let dirty = serving::unlabelled(&corrupted.sheet.raw(), &golden).ok_or("the rows have no label")?;
        let export = dirty.write();
        let truth = files::truth(golden, dirty, &corrupted.ledger)?;
        Ok(Self { truth, export, ledger: corrupted.ledger })
    }

    /// When the first row was recorded, seconds since 1970.
    pub(super) fn begins(&self) -> i64 {
        let golden = self.truth.golden();
        match golden.role(Role::Time).map(|column| &golden.columns[column]) {
            Some(Column::Time(times)) => times.iter().flatten().copied().min().unwrap_or(0),
            _ => 0,
        }
    }
}

/// Everything drawn for one task.
pub(super) struct Candidate {
    /// The population and the label.
    pub(super) world: World,
    /// Which source has which fault.
    pub(super) recipe: Recipe,
    /// The given and the fresh draw.
    pub(super) draws: [Drawn; 2],
    /// The batch that is served after each draw, if any is.
    pub(super) batches: Option<[Drawn; 2]>,
    /// Clean rows for the final score.
    pub(super) val: Table,
    /// Clean rows for probes.
    pub(super) oracle: Table,
}

/// What a candidate stands on before it has a recipe: its world and what is drawn of it clean.
pub(super) struct Ground {
    world: World,
    planning: Table,
    /// The given draw before anything went wrong with it.
    pub(super) clean: Table,
    /// Clean rows for the final score.
    pub(super) val: Table,
}

impl Ground {
    /// Draws the world of a candidate.
    ///
    /// # Errors
    /// The settings find no hold in the drawn population: one sentence.
    pub(super) fn draw(seed: &Seed, settings: &Settings) -> Result<Self, String> {
        let domain = domain(seed, settings);
        let world = World::new(domain, &seed.derive("world"), settings).map_err(|error| error.to_string())?;
        let planning = world.draw(&seed.derive("planning"), PLANNING_ROWS, 1);
        let clean = clean(&world, seed, settings, 0);
        let val = world.clean_set(&seed.derive("val"), VAL_ROWS);
        Ok(Self { world, planning, clean, val })
    }

    /// The `number`-th recipe of this candidate, and what it makes of the given draw.
    ///
    /// # Errors
    /// No operator finds a hold: one sentence.
    pub(super) fn recipe(
        &self,
        seed: &Seed,
        settings: &Settings,
        number: usize,
    ) -> Result<(Recipe, Drawn), String> {
        let spec = settings.recipe_spec(&self.planning);
        let seed_of = seed.derive(&format!("recipe/{number}"));
        let recipe = Recipe::draw(&seed_of, &spec, &self.planning, &self.world.used());
        let recipe = recipe.map_err(|error| error.to_string())?;
        let given = Drawn::new(&recipe, &seed.derive("corrupt/0"), &self.clean)?;
        Ok((recipe, given))
    }

    /// The candidate with this recipe.
    ///
    /// # Errors
    /// The recipe does not fit the fresh draw: one sentence.
    pub(super) fn candidate(
        self,
        seed: &Seed,
        settings: &Settings,
        recipe: Recipe,
        given: Drawn,
    ) -> Result<Candidate, String> {
        let Self { world, val, .. } = self;
        let draws = [given, draw(&world, &recipe, seed, settings, 1)?];
        let batches = if settings.serve {
            let batch = |number| batch(&world, &recipe, seed, settings, number);
            Some([batch(0)?, batch(1)?])
        } else {
            None
        };
        let oracle = world.clean_set(&seed.derive("oracle"), ORACLE_ROWS);
        Ok(Candidate { world, recipe, draws, batches, val, oracle })
    }
}

impl Candidate {
    /// The `number`-th draw: 0 is the given one, 1 the fresh one; later ones belong to no task.
    ///
    /// # Errors
    /// The recipe does not fit the rows.
    pub(super) fn further(&self, seed: &Seed, settings: &Settings, number: usize) -> Result<Drawn, String> {
        draw(&self.world, &self.recipe, seed, settings, number)
    }

    /// The batch that is served after the `number`-th draw.
    ///
    /// # Errors
    /// The recipe does not fit the rows.
    pub(super) fn further_batch(
        &self,
        seed: &Seed,
        settings: &Settings,
        number: usize,
    ) -> Result<Drawn, String> {
        batch(&self.world, &self.recipe, seed, settings, number)
    }

    /// The batch that is served after a draw, if any is.
    pub(super) fn batch(&self, draw: usize) -> Option<&Truth> {
        self.batches.as_ref().map(|batches| &batches[draw].truth)
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
    let clean = clean(world, seed, settings, number);
    Drawn::new(recipe, &seed.derive(&format!("corrupt/{number}")), &clean)
}

fn batch(
    world: &World,
    recipe: &Recipe,
    seed: &Seed,
    settings: &Settings,
    number: usize,
) -> Result<Drawn, String> {
    // Beyond the ids of every draw.
    let first = first_id(seed, settings, DRAWS_MAX) + number * (SERVE_ROWS + ID_GAP);
    let clean = world.draw(&seed.derive(&format!("serve/{number}")), SERVE_ROWS, first as i64);
    Drawn::served(recipe, &seed.derive(&format!("corrupt-serve/{number}")), &clean)
}

fn first_id(seed: &Seed, settings: &Settings, number: usize) -> usize {
    1 + seed.derive("first-id").rng().below(FIRST_ID_MAX) + number * (settings.rows + ID_GAP)
}

/// The rows of the `number`-th draw before anything went wrong with them.
fn clean(world: &World, seed: &Seed, settings: &Settings, number: usize) -> Table {
    let first = first_id(seed, settings, number);
    world.draw(&seed.derive(&format!("draw/{number}")), settings.rows, first as i64)
}
