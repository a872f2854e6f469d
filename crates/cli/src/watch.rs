//! Watcher: shows a run as it happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use envy_core::Reply;
use envy_lab::calibrate::band::{Band, Place};
use envy_lab::run::Watch;
use envy_lab::store::{Cell, Outcome, Plan, Tally};
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
    /// The band, if a pass rate can be placed in it: each task is played several times.
    band: Option<Band>,
    /// Each model's task: episodes that passed, graded ones, and where that places it.
    tasks: BTreeMap<(usize, usize), (u64, u64, Place)>,
}

impl Board {
    fn new(left: usize, band: Option<Band>) -> Self {
        let (running, began, tasks) = (BTreeSet::new(), Instant::now(), BTreeMap::new());
        Self { began, left, running, done: 0, passed: 0, voids: 0, tokens: 0, cost: Some(0.0), band, tasks }
    }

    /// Counts an episode where its task stands in the band.
    fn place(&mut self, cell: &Cell, outcome: &Outcome) {
        let Some(band) = self.band.filter(|_| outcome.reward.is_some()) else { return };
        let seen = self.tasks.entry((cell.model, cell.task)).or_insert((0, 0, Place::Undecided));
        (seen.0, seen.1) = (seen.0 + u64::from(outcome.passed), seen.1 + 1);
        seen.2 = band.place(seen.0, seen.1).place;
    }

    fn count(&mut self, cell: &Cell, outcome: &Outcome) {
        self.running.remove(&cell.number);
        self.done += 1;
        self.passed += usize::from(outcome.passed);
        self.voids += usize::from(outcome.fault.is_some());
        self.place(cell, outcome);
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
        for place in [Place::InBand, Place::Above, Place::Below, Place::Edge, Place::Undecided] {
            let count = self.tasks.values().filter(|(_, _, found)| *found == place).count();
            if count > 0 {
                let _ = write!(line, ", {count} {place}");
            }
        }
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
    /// Watches what is `left` of a plan after what was sealed before.
    pub(crate) fn new(plan: &Plan, before: &[Tally], left: usize, verbose: bool) -> Self {
        let band = plan.until_placed.unwrap_or_else(Band::standard);
        let mut board = Board::new(left, (plan.rollouts > 1).then_some(band));
        if !before.is_empty() {
            let cells: BTreeMap<u32, Cell> = plan.cells().map(|cell| (cell.number, cell)).collect();
            for tally in before {
                cells.get(&tally.number).into_iter().for_each(|cell| board.place(cell, &tally.outcome));
            }
        }
        let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
        Self {
            progress: Arc::new(Progress::start("playing", left)),
            models: plan.models.clone(),
            tasks: ids.iter().map(|id| id.shortest(&ids).to_owned()).collect(),
            board: Mutex::new(board),
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
    use envy_lab::store::Tokens;

    use super::*;

    #[test]
    fn the_board_says_how_the_run_stands() {
        let mut board = Board::new(10, None);
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

    #[test]
    fn the_board_says_how_many_tasks_are_placed() {
        let outcome = |reward: Option<f64>| -> Outcome {
            let passed = reward == Some(1.0);
            serde_json::from_value(serde_json::json!({
                "task": "guess-1", "model": "policy/reference", "rollout": 0, "end": "submitted", "reward": reward,
                "passed": passed, "fault": reward.is_none().then_some("sandbox"), "metrics": {}, "flags": [], "turns": 1, "probes": 0,
                "tokens": Tokens::default(), "wall_ms": 1,
            }))
            .unwrap()
        };
        let mut board = Board::new(9, Some(Band::standard()));
        for number in 0..4 {
            let cell = |task| Cell { number, task, model: 0, rollout: number };
            board.count(&cell(0), &outcome(Some(1.0)));
            board.count(&cell(1), &outcome(Some(0.0)));
            board.count(&cell(2), &outcome(None));
        }
        let line = board.line(Duration::ZERO);
        assert!(line.contains("4 passed, 4 void, 1 too easy, 1 undecided, "), "{line}");
    }
}
