//! Progress: a bar where a person watches, plain lines elsewhere.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{is_watched, note};

/// How often the bar is drawn even if nothing happens.
const TICK: Duration = Duration::from_millis(200);

/// How often the state is told where lines are wanted.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// Something that takes a while.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    done: Mutex<usize>,
    told: Mutex<Instant>,
}

impl Progress {
    /// `total` parts of something called `what`.
    pub(crate) fn start(what: &str, total: usize) -> Self {
        let bar = is_watched().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {elapsed} {msg}");
            bar.set_style(style.expect("the template is ours").progress_chars("=> "));
            bar.set_prefix(what.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar, total, done: Mutex::new(0), told: Mutex::new(Instant::now()) }
    }

    /// One more part is done; `words` say what it was, where lines are wanted.
    pub(crate) fn advance(&self, words: impl FnOnce() -> String) {
        let mut done = self.done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None => note(format!("[{}/{}] {}", *done, self.total, words())),
        }
    }

    /// How things stand: beside the bar, or as a line of its own now and then.
    pub(crate) fn status(&self, text: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            return bar.set_message(text());
        }
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.elapsed() >= STATUS_EVERY {
            *told = Instant::now();
            note(text());
        }
    }

    /// A line that stays.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The build of the Python runtime.
#[derive(Default)]
pub(crate) struct BuildProgress {
    bar: Option<ProgressBar>,
    label: &'static str,
}

impl BuildProgress {
    /// Shows how far the build is.
    pub(crate) fn show(&mut self, progress: &envy_lab::runtime::Progress) {
        const PARTS: f64 = 1_000.0;
        if is_watched() {
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new(PARTS as u64);
                let style =
                    ProgressStyle::with_template("Python runtime [{bar:30}] {percent}% {msg} {elapsed}");
                bar.set_style(style.expect("the template is ours").progress_chars("=> "));
                bar.enable_steady_tick(TICK);
                bar
            });
            bar.set_position((progress.fraction() * PARTS) as u64);
            bar.set_message(format!("{} {}", progress.label(), progress.detail).trim_end().to_owned());
        } else if self.label != progress.label() {
            note(format!("Python runtime: {}", progress.label()));
        }
        self.label = progress.label();
    }
}

impl Drop for BuildProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
