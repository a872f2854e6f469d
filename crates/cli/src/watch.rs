//! Watcher: shows a run as it happens.

use std::sync::Arc;

use envy_core::Reply;
use envy_lab::run::Watch;
use envy_lab::store::{Cell, Outcome, Plan};
use envy_lab::{Observer, Step};

use crate::output;
use crate::progress::Progress;
use crate::transcript;

/// Shows each episode as it is sealed, and each turn if that is wanted.
pub(crate) struct Watcher {
    progress: Arc<Progress>,
    models: Vec<String>,
    tasks: Vec<String>,
    verbose: bool,
}

impl Watcher {
    /// Watches what is `left` of a plan.
    pub(crate) fn new(plan: &Plan, left: usize, verbose: bool) -> Self {
        let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
        Self {
            progress: Arc::new(Progress::start("playing", left)),
            models: plan.models.clone(),
            tasks: ids.iter().map(|id| id.shortest(&ids).to_owned()).collect(),
            verbose,
        }
    }

    fn label(&self, cell: &Cell) -> String {
        format!("{} {} #{}", self.models[cell.model], self.tasks[cell.task], cell.rollout)
    }
}

impl Watch for Watcher {
    fn sealed(&self, cell: &Cell, outcome: &Outcome) {
        self.progress.advance(|| {
            let earned = match (outcome.reward, outcome.fault) {
                (Some(reward), _) if outcome.passed => format!("reward {reward:.3}, passed"),
                (Some(reward), _) => format!("reward {reward:.3}"),
                (None, fault) => format!("void, fault {}", output::word(&fault)),
            };
            format!("{}: {earned}", self.label(cell))
        });
    }

    fn observer(&self, cell: &Cell) -> Option<Arc<dyn Observer>> {
        let turns = || Turns { label: self.label(cell), progress: Arc::clone(&self.progress) };
        self.verbose.then(|| Arc::new(turns()) as Arc<dyn Observer>)
    }
}

/// Shows the turns of one episode.
struct Turns {
    label: String,
    progress: Arc<Progress>,
}

impl Observer for Turns {
    fn turn(&self, number: u32, reply: &Reply, step: &Step<'_>) {
        let mut text = format!("--- {} turn {number}\n", self.label);
        text += &transcript::reply(reply);
        text += &transcript::observations(step.observations);
        let reminder = step.reminder.map(|reminder| format!("  <- {reminder}\n"));
        let end = step.done.map(|end| format!("  end: {}\n", transcript::end(end)));
        text.extend(reminder.into_iter().chain(end));
        self.progress.say(text.trim_end());
    }
}
