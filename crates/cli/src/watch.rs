//! Watcher: shows a run as it happens.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    board: Mutex<Board>,
    verbose: bool,
}

/// How a run stands.
struct Board {
    began: Instant,
    left: usize,
    running: BTreeSet<u32>,
    done: usize,
    passed: usize,
    voids: usize,
    tokens: u64,
    /// US dollars; nothing once a reply came without a price.
    cost: Option<f64>,
}

impl Board {
    fn new(left: usize) -> Self {
        let (running, began) = (BTreeSet::new(), Instant::now());
        Self { began, left, running, done: 0, passed: 0, voids: 0, tokens: 0, cost: Some(0.0) }
    }

    fn count(&mut self, cell: &Cell, outcome: &Outcome) {
        self.running.remove(&cell.number);
        self.done += 1;
        self.passed += usize::from(outcome.passed);
        self.voids += usize::from(outcome.fault.is_some());
        self.tokens += outcome.tokens.read + outcome.tokens.written;
        let priced = outcome.tokens.unpriced == 0;
        self.cost = self.cost.filter(|_| priced).map(|cost| cost + outcome.tokens.cost);
    }

    /// One line; `elapsed` since the run went on.
    fn line(&self, elapsed: Duration) -> String {
        let mut line = format!(
            "{} done, {} running, {} passed, {} void",
            self.done,
            self.running.len(),
            self.passed,
            self.voids
        );
        if self.tokens > 0 {
            let _ = write!(line, ", {} tokens", thousands(self.tokens));
        }
        if let Some(cost) = self.cost.filter(|_| self.tokens > 0) {
            let _ = write!(line, ", ${cost:.2}");
        }
        if self.done > 0 {
            let each = elapsed.as_secs_f64() / self.done as f64;
            let left = Duration::from_secs_f64(each * self.left.saturating_sub(self.done) as f64);
            let _ = write!(line, ", {:.1} a minute, {} left", 60.0 / each.max(1e-3), span(left));
        }
        line
    }
}

/// `950`, `12k`, `3.4M`.
fn thousands(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.0}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// `40 s`, `12 min`, `3.5 h`.
fn span(time: Duration) -> String {
    match time.as_secs() {
        0..120 => format!("{} s", time.as_secs()),
        120..7_200 => format!("{} min", time.as_secs() / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3_600.0),
    }
}

impl Watcher {
    /// Watches what is `left` of a plan.
    pub(crate) fn new(plan: &Plan, left: usize, verbose: bool) -> Self {
        let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
        Self {
            progress: Arc::new(Progress::start("playing", left)),
            models: plan.models.clone(),
            tasks: ids.iter().map(|id| id.shortest(&ids).to_owned()).collect(),
            board: Mutex::new(Board::new(left)),
            verbose,
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Board)) {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut board);
        self.progress.status(|| board.line(board.began.elapsed()));
    }

    fn label(&self, cell: &Cell) -> String {
        format!("{} {} #{}", self.models[cell.model], self.tasks[cell.task], cell.rollout)
    }
}

impl Watch for Watcher {
    fn begun(&self, cell: &Cell) {
        self.tell(|board| {
            board.running.insert(cell.number);
        });
    }

    fn sealed(&self, cell: &Cell, outcome: &Outcome) {
        self.progress.advance(|| {
            let earned = match (outcome.reward, outcome.fault) {
                (Some(reward), _) if outcome.passed => format!("reward {reward:.3}, passed"),
                (Some(reward), _) => format!("reward {reward:.3}"),
                (None, fault) => format!("void, fault {}", output::word(&fault)),
            };
            format!("{}: {earned}", self.label(cell))
        });
        self.tell(|board| board.count(cell, outcome));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_says_how_the_run_stands() {
        let mut board = Board::new(10);
        assert_eq!(board.line(Duration::ZERO), "0 done, 0 running, 0 passed, 0 void");
        board.running.extend([1, 2]);
        (board.done, board.passed, board.voids, board.tokens, board.cost) = (4, 2, 1, 12_345, Some(0.5));
        assert_eq!(
            board.line(Duration::from_mins(2)),
            "4 done, 2 running, 2 passed, 1 void, 12k tokens, $0.50, 2.0 a minute, 3 min left"
        );
        board.cost = None;
        assert!(board.line(Duration::from_mins(2)).contains("12k tokens, 2.0 a minute"));
        assert_eq!((thousands(950), thousands(3_400_000)), ("950".to_owned(), "3.4M".to_owned()));
        assert_eq!(
            (span(Duration::from_secs(40)), span(Duration::from_hours(3))),
            ("40 s".to_owned(), "3.0 h".to_owned())
        );
    }
}
