//! Simulate: searches in worlds whose truth is known, to see how often they end in the band.

use envy_core::Seed;
use envy_learn::sigmoid;

use super::band::Band;
use super::dials::DialRange;
use super::search::{Search, Step};

/// Positions of each dial.
const POSITIONS: usize = 21;

/// A world in which the pass rate falls along the dials; its slope, centre and the tasks' spread come from the seed.
struct World {
    slopes: Vec<f64>,
    centre: f64,
    spread: f64,
}

impl World {
    fn new(seed: &Seed, dials: usize) -> Self {
        let mut rng = seed.rng();
        let slope = rng.between(4.0, 10.0);
        let shares: Vec<f64> = (0..dials).map(|_| rng.between(0.5, 1.5)).collect();
        let sum: f64 = shares.iter().sum();
        let slopes = shares.iter().map(|share| slope * share / sum).collect();
        Self { slopes, centre: slope * rng.between(0.25, 0.75), spread: rng.between(0.0, 0.7) }
    }

    fn logit(&self, position: &[f64]) -> f64 {
        self.centre - self.slopes.iter().zip(position).map(|(slope, at)| slope * at).sum::<f64>()
    }

    /// The pass rate over tasks, at four points of their spread.
    fn rate(&self, position: &[f64]) -> f64 {
        let at = |step: f64| sigmoid(self.logit(position) + self.spread * step);
        [-1.5, -0.5, 0.5, 1.5].map(at).iter().sum::<f64>() / 4.0
    }
}

/// The share of `searches` over `dials` dials that end in the standard band after `budget` rollouts, `batch` of them a step.
/// Slopes are 4 to 10 logits over the dials, centres lie in the middle half, tasks spread by 0 to 0.7 logits.
pub fn share(dials: usize, budget: u64, batch: u64, searches: usize) -> f64 {
    let held = (0..searches).filter(|number| {
        let seed = Seed::named("search").derive(&format!("{dials}/{budget}/{number}"));
        let world = World::new(&seed.derive("world"), dials);
        let values: Vec<String> = (0..POSITIONS).map(|step| step.to_string()).collect();
        let ranges =
            (0..dials).map(|index| DialRange { knob: index.to_string(), values: values.clone() }).collect();
        let mut search = Search::new(ranges, Band::standard(), seed.derive("search"), budget);
        let mut rng = seed.derive("luck").rng();
        while let Some(position) = search.next() {
            let episodes = batch.min(search.left());
            let passes = (0..episodes).filter(|_| {
                let task = world.spread * rng.normal();
                rng.uniform() < sigmoid(world.logit(&position) + task)
            });
            let passed = passes.count() as u64;
            search.record(Step { position, passed, episodes });
        }
        Band::standard().holds(world.rate(&search.best()))
    });
    held.count() as f64 / searches as f64
}
