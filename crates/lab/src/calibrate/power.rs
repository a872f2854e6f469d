//! Power: how many tasks and rollouts a comparison needs before it is run.

use envy_core::special::normal_quantile;
use serde::Serialize;

use crate::error::LabError;

/// What a comparison is to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// The pass rate of the weaker side.
    pub rate: f64,
    /// The difference of pass rates to be found.
    pub difference: f64,
    /// The chance of finding it.
    pub power: f64,
    /// The chance of finding one where there is none.
    pub alpha: f64,
    /// Rollouts of each task on each side.
    pub rollouts: u32,
    /// Standard deviation of the tasks' difficulties, logits.
    pub task_sd: f64,
}

/// What it takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Need {
    /// Tasks, if both sides play the same ones.
    pub tasks_paired: u64,
    /// Tasks for each side, if they play different ones.
    pub tasks_unpaired: u64,
    /// Episodes in all of the paired design.
    pub episodes_paired: u64,
    /// Episodes in all of the unpaired one.
    pub episodes_unpaired: u64,
}

/// The most tasks a plan may come to: beyond, the difference is too small to be looked for.
const TASKS_MAX: f64 = 1e6;

/// Points of the numeric integration over difficulties.
const POINTS: usize = 201;

impl Question {
    /// What the question needs, by the normal approximation: tasks are drawn, rollouts within a task are independent.
    ///
    /// # Errors
    /// A figure is out of its range, or the answer is beyond any run.
    pub fn need(&self) -> Result<Need, LabError> {
        self.check()?;
        let z = normal_quantile(1.0 - 0.5 * self.alpha) + normal_quantile(self.power);
        let (low, high) = (self.rate, self.rate + self.difference);
        let (weak, strong) = (Tasks::of(low, self.task_sd), Tasks::of(high, self.task_sd));
        let rollouts = f64::from(self.rollouts);
        // Within a task only the luck of its rollouts is left of the variance of each side's mean.
        let within = (weak.within + strong.within) / rollouts;
        let gap = variance_of_gap(&weak, &strong);
        let tasks =
            |variance: f64| libm::ceil(z * z * variance / (self.difference * self.difference)).max(2.0);
        let paired = tasks(within + gap);
        let unpaired = tasks(within + weak.between + strong.between);
        if unpaired > TASKS_MAX {
            return Err(LabError::usage(
                format!("a difference of {} would take {unpaired:.0} tasks", self.difference),
                "ask for a larger difference, or for less power",
            ));
        }
        let episodes = |tasks: f64| (2.0 * rollouts * tasks) as u64;
        Ok(Need {
            tasks_paired: paired as u64,
            tasks_unpaired: unpaired as u64,
            episodes_paired: episodes(paired),
            episodes_unpaired: episodes(unpaired),
        })
    }

    fn check(&self) -> Result<(), LabError> {
        let open = |name: &str, value: f64| {
            if value > 0.0 && value < 1.0 {
                return Ok(());
            }
            Err(LabError::usage(
                format!("the {name} cannot be {value}"),
                "it lies between 0 and 1, without the ends",
            ))
        };
        open("rate", self.rate)?;
        open("difference", self.difference)?;
        open("power", self.power)?;
        open("alpha", self.alpha)?;
        if self.rate + self.difference >= 1.0 {
            return Err(LabError::usage(
                format!("{} and {} come to more than 1", self.rate, self.difference),
                "rate and difference together stay below 1",
            ));
        }
        if self.rollouts == 0 {
            return Err(LabError::usage("no rollouts find nothing", "give at least 1 rollout for each task"));
        }
        if !(0.0..=5.0).contains(&self.task_sd) {
            return Err(LabError::usage("the tasks' spread is out of range", "it takes 0 to 5 logits"));
        }
        Ok(())
    }
}

/// Pass rates of tasks around a mean rate.
struct Tasks {
    rates: Vec<f64>,
    /// Mean variance of one rollout given its task.
    within: f64,
    /// Variance of the rates between tasks.
    between: f64,
}

impl Tasks {
    /// Tasks of mean pass rate `mean` whose difficulties are normal with deviation `sd`.
    fn of(mean: f64, sd: f64) -> Self {
        let (mut low, mut high) = (-20.0, 20.0);
        // The centre at which the mean over tasks is the wanted rate.
        for _ in 0..100 {
            let centre = 0.5 * (low + high);
            if Self::around(centre, sd).mean() < mean { low = centre } else { high = centre }
        }
        Self::around(0.5 * (low + high), sd)
    }

    fn around(centre: f64, sd: f64) -> Self {
        let quantile = |index: usize| normal_quantile((index as f64 + 0.5) / POINTS as f64);
        let rates: Vec<f64> =
            (0..POINTS).map(|index| envy_learn::sigmoid(centre + sd * quantile(index))).collect();
        let mut tasks = Self { rates, within: 0.0, between: 0.0 };
        let mean = tasks.mean();
        tasks.within = tasks.average(|rate| rate * (1.0 - rate));
        tasks.between = tasks.average(|rate| (rate - mean) * (rate - mean));
        tasks
    }

    fn mean(&self) -> f64 {
        self.average(|rate| rate)
    }

    fn average(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.rates.iter().map(|rate| of(*rate)).sum::<f64>() / self.rates.len() as f64
    }
}

/// Variance over tasks of the difference between the sides, when a task is as much harder for one as for the other.
fn variance_of_gap(weak: &Tasks, strong: &Tasks) -> f64 {
    let gaps = weak.rates.iter().zip(&strong.rates).map(|(weak, strong)| strong - weak);
    let gaps: Vec<f64> = gaps.collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / gaps.len() as f64
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    const QUESTION: Question =
        Question { rate: 0.25, difference: 0.1, power: 0.8, alpha: 0.05, rollouts: 4, task_sd: 1.0 };

    #[test]
    fn without_a_spread_it_is_the_textbooks_two_proportions() {
        let need = Question { rollouts: 1, task_sd: 0.0, ..QUESTION }.need().unwrap();
        // (1.960 + 0.842)^2 (0.25 * 0.75 + 0.35 * 0.65) / 0.1^2 = 325.8
        assert_eq!((need.tasks_unpaired, need.tasks_paired), (326, 326));
    }

    #[test]
    fn the_same_tasks_on_both_sides_need_fewer() {
        let need = QUESTION.need().unwrap();
        assert!(need.tasks_paired < need.tasks_unpaired, "{need:?}");
        assert_eq!(need.episodes_paired, 8 * need.tasks_paired);
    }

    #[test]
    fn a_plan_has_the_power_it_promises() {
        let need = QUESTION.need().unwrap();
        let mut rng = Seed::named("power").rng();
        let centre = |mean| libm::log(mean / (1.0 - mean)) * 1.16;
        let found = (0..400)
            .filter(|_| {
                let gaps: Vec<f64> = (0..need.tasks_paired)
                    .map(|_| {
                        let difficulty = rng.normal();
                        let mut side = |mean: f64| {
                            let rate = envy_learn::sigmoid(centre(mean) - difficulty);
                            (0..4).filter(|_| rng.uniform() < rate).count() as f64 / 4.0
                        };
                        side(0.35) - side(0.25)
                    })
                    .collect();
                let n = gaps.len() as f64;
                let mean = gaps.iter().sum::<f64>() / n;
                let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / (n - 1.0);
                mean > 1.96 * libm::sqrt(variance / n)
            })
            .count();
        assert!((290..=360).contains(&found), "{found} of 400 found it");
    }

    #[test]
    fn figures_out_of_range_are_named() {
        let error = |question: Question| question.need().unwrap_err().to_string();
        assert!(error(Question { difference: 0.0, ..QUESTION }).contains("difference"));
        assert!(error(Question { rate: 0.95, ..QUESTION }).contains("more than 1"));
        assert!(error(Question { rollouts: 0, ..QUESTION }).contains("rollouts"));
        assert!(error(Question { difference: 0.0005, ..QUESTION }).contains("tasks"));
    }
}
