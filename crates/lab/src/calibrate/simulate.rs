//! Simulate: searches in worlds whose truth is known, to see how often they end in the band.

use envy_core::{Rng, Seed};
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

    /// Rollouts, each of a task of its own, that pass at `position`.
    fn passes(&self, rng: &mut Rng, position: &[f64], episodes: u64) -> u64 {
        let passes = (0..episodes).filter(|_| {
            let task = self.spread * rng.normal();
            rng.uniform() < sigmoid(self.logit(position) + task)
        });
        passes.count() as u64
    }
}

/// A search that is over.
struct Over {
    world: World,
    best: Vec<f64>,
    luck: Rng,
}

/// The `number`-th search over `dials` dials with `budget` rollouts, `batch` of them a step.
fn search(dials: usize, budget: u64, batch: u64, number: usize) -> Over {
    let seed = Seed::named("search").derive(&format!("{dials}/{budget}/{number}"));
    let world = World::new(&seed.derive("world"), dials);
    let values: Vec<String> = (0..POSITIONS).map(|step| step.to_string()).collect();
    let ranges =
        (0..dials).map(|index| DialRange { knob: index.to_string(), values: values.clone() }).collect();
    let mut search = Search::new(ranges, Band::standard(), seed.derive("search"), budget);
    let mut luck = seed.derive("luck").rng();
    while let Some(position) = search.next() {
        let episodes = batch.min(search.left());
        let passed = world.passes(&mut luck, &position, episodes);
        search.record(Step { position, passed, episodes });
    }
    Over { best: search.best(), world, luck }
}

/// The share of `searches` over `dials` dials that end in the standard band after `budget` rollouts, `batch` of them a step.
/// Slopes are 4 to 10 logits over the dials, centres lie in the middle half, tasks spread by 0 to 0.7 logits.
pub fn share(dials: usize, budget: u64, batch: u64, searches: usize) -> f64 {
    let held = (0..searches).map(|number| search(dials, budget, batch, number));
    let held = held.filter(|over| Band::standard().holds(over.world.rate(&over.best)));
    held.count() as f64 / searches as f64
}

/// What promises are worth, over many searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promises {
    /// Mean pass rate that was promised: the posterior's mean.
    pub promised: f64,
    /// Mean true pass rate at the knobs that were chosen.
    pub truth: f64,
    /// Mean distance of the two.
    pub error: f64,
    /// Share of the promises whose 90 % interval holds the true pass rate.
    pub held: f64,
}

/// What the promises of so many searches are worth, each measured on `measured` rollouts of tasks that the search never
/// drew.
pub fn promises(dials: usize, budget: u64, measured: u64, searches: usize) -> Promises {
    let mut sum = Promises { promised: 0.0, truth: 0.0, error: 0.0, held: 0.0 };
    for number in 0..searches {
        let Over { world, best, mut luck } = search(dials, budget, 2, number);
        let promise = Band::standard().place(world.passes(&mut luck, &best, measured), measured);
        let truth = world.rate(&best);
        let [low, high] = promise.interval;
        sum.promised += promise.mean;
        sum.truth += truth;
        sum.error += (promise.mean - truth).abs();
        sum.held += f64::from(u8::from((low..=high).contains(&truth)));
    }
    let mean = |sum: f64| sum / searches as f64;
    let Promises { promised, truth, error, held } = sum;
    Promises { promised: mean(promised), truth: mean(truth), error: mean(error), held: mean(held) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A promise that the search had a hand in would be too good.
    #[test]
    fn promises_are_kept_on_fresh_tasks() {
        let kept = promises(2, 64, 32, 200);
        assert!((kept.promised - kept.truth).abs() < 0.03, "{kept:?}");
        assert!(kept.error < 0.08 && kept.held > 0.85, "{kept:?}");
    }
}
