//! The one-parameter logistic model of tasks and agents (Rasch 1960): `logit P(pass) = ability - difficulty`.
//!
//! Abilities and difficulties are fitted at once by penalised Newton steps. A difficulty is drawn towards the mean of all
//! with a normal prior, so that a task with few attempts borrows from the others and one with none costs nothing.

/// What was seen of one agent on one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempts {
    /// Index of the agent.
    pub agent: usize,
    /// Index of the task.
    pub task: usize,
    /// Attempts that passed.
    pub passed: f64,
    /// Attempts in all.
    pub trials: f64,
}

/// How it is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaschConfig {
    /// Standard deviation of the tasks' difficulties before anything is seen, logits; 0.7 is common for tasks of one
    /// recipe.
    pub task_sd: f64,
    /// The same of abilities; large, since an agent may be of any strength.
    pub agent_sd: f64,
    /// Newton sweeps at most.
    pub sweeps_max: usize,
}

impl RaschConfig {
    /// 0.7 logits between tasks, 3 between agents.
    pub fn standard() -> Self {
        Self { task_sd: 0.7, agent_sd: 3.0, sweeps_max: 200 }
    }
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Rasch {
    /// Each agent's ability, logits above a task of mean difficulty.
    pub abilities: Vec<f64>,
    /// Each task's difficulty, logits around 0.
    pub difficulties: Vec<f64>,
    /// The standard error of each difficulty, given the abilities.
    pub errors: Vec<f64>,
}

/// A sweep that moves nothing by more than this is the last.
const STEP_MIN: f64 = 1e-10;

impl Rasch {
    /// Fits to what was seen. Agents and tasks are numbered from 0.
    ///
    /// # Panics
    /// An index out of range, a standard deviation that is not positive.
    pub fn fit(agents: usize, tasks: usize, seen: &[Attempts], config: &RaschConfig) -> Self {
        assert!(config.task_sd > 0.0 && config.agent_sd > 0.0, "priors have a width");
        let mut fitted =
            Self { abilities: vec![0.0; agents], difficulties: vec![0.0; tasks], errors: vec![0.0; tasks] };
        for _ in 0..config.sweeps_max {
            let by_agent = fitted.sums(seen, agents, |attempts| attempts.agent);
            let moved = ascend(&mut fitted.abilities, &by_agent, config.agent_sd, 1.0);
            let by_task = fitted.sums(seen, tasks, |attempts| attempts.task);
            let moved = moved.max(ascend(&mut fitted.difficulties, &by_task, config.task_sd, -1.0));
            if moved < STEP_MIN {
                break;
            }
        }
        let information = fitted.sums(seen, tasks, |attempts| attempts.task);
        let prior = 1.0 / (config.task_sd * config.task_sd);
        fitted.errors = information.iter().map(|(_, weight)| 1.0 / libm::sqrt(weight + prior)).collect();
        fitted
    }

    /// The chance that an agent passes a task.
    pub fn chance(&self, agent: usize, task: usize) -> f64 {
        crate::sigmoid(self.abilities[agent] - self.difficulties[task])
    }

    /// The gradient (passes beyond those expected) and the information (their variance) of each index.
    fn sums(&self, seen: &[Attempts], count: usize, index: impl Fn(&Attempts) -> usize) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); count];
        for attempts in seen {
            let chance = self.chance(attempts.agent, attempts.task);
            let (gradient, information) = &mut sums[index(attempts)];
            *gradient += attempts.passed - attempts.trials * chance;
            *information += attempts.trials * chance * (1.0 - chance);
        }
        sums
    }
}

/// One penalised Newton step of every value; `sign` is that of the value in the logit. The largest move.
fn ascend(values: &mut [f64], sums: &[(f64, f64)], sd: f64, sign: f64) -> f64 {
    let prior = 1.0 / (sd * sd);
    let mut moved = 0.0_f64;
    for (value, (gradient, information)) in values.iter_mut().zip(sums) {
        let step = (sign * gradient - prior * *value) / (information + prior);
        *value += step.clamp(-2.0, 2.0);
        moved = moved.max(step.abs());
    }
    moved
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;
    use crate::sigmoid;

    #[test]
    fn abilities_and_difficulties_come_back() {
        let mut rng = Seed::named("rasch").rng();
        let abilities = [-1.5, 0.0, 1.5];
        let difficulties: Vec<f64> = (0..60).map(|_| 0.7 * rng.normal()).collect();
        let mut seen = Vec::new();
        for (agent, ability) in abilities.iter().enumerate() {
            for (task, difficulty) in difficulties.iter().enumerate() {
                let passed = (0..40).filter(|_| rng.uniform() < sigmoid(ability - difficulty)).count();
                seen.push(Attempts { agent, task, passed: passed as f64, trials: 40.0 });
            }
        }
        let fitted = Rasch::fit(3, 60, &seen, &RaschConfig::standard());
        for (found, truth) in fitted.abilities.iter().zip(abilities) {
            assert!((found - truth).abs() < 0.25, "{found} for {truth}");
        }
        let within = |width: f64| {
            let inside = fitted.difficulties.iter().zip(&difficulties).zip(&fitted.errors);
            inside.filter(|((found, truth), error)| (*found - *truth).abs() < width * **error).count()
        };
        assert!(within(2.0) >= 51, "{} of 60 within two standard errors", within(2.0));
    }

    #[test]
    fn a_task_with_few_attempts_is_drawn_to_the_mean_and_one_with_none_lies_there() {
        let seen = [
            Attempts { agent: 0, task: 0, passed: 0.0, trials: 2.0 },
            Attempts { agent: 0, task: 1, passed: 0.0, trials: 200.0 },
            Attempts { agent: 0, task: 2, passed: 100.0, trials: 200.0 },
        ];
        let fitted = Rasch::fit(1, 4, &seen, &RaschConfig::standard());
        assert!(fitted.difficulties[1] > fitted.difficulties[0] && fitted.difficulties[0] > 0.0);
        assert!(fitted.difficulties[3].abs() < 1e-9);
        assert!(fitted.errors[1] < fitted.errors[3]);
    }
}
