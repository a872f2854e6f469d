//! Metrics: counters of a server in the text format that Prometheus reads.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::house::House;
use super::jobs::Jobs;

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the step buckets, seconds.
const BUCKETS_S: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

/// How long steps took.
#[derive(Default)]
pub(crate) struct Histogram {
    buckets: [Counter; BUCKETS_S.len()],
    count: Counter,
    sum_us: AtomicU64,
}

impl Histogram {
    /// One more step.
    pub(crate) fn record(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (bound, bucket) in BUCKETS_S.iter().zip(&self.buckets) {
            if seconds <= *bound {
                bucket.add();
            }
        }
        self.count.add();
        self.sum_us.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }
}

/// The counters of a server.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) sessions: Counter,
    pub(crate) refused: Counter,
    pub(crate) episodes: Counter,
    pub(crate) graded: Counter,
    pub(crate) passed: Counter,
    pub(crate) voids: Counter,
    pub(crate) filtered: Counter,
    pub(crate) steps: Histogram,
}

/// The page of `/metrics`.
pub(crate) fn page(house: &House, jobs: &Jobs) -> String {
    let metrics = &house.metrics;
    let mut page = String::new();
    let (waiting, running) = jobs.open();
    let gauges = [
        ("envy_jobs_running", "Jobs that are played.", running as usize),
        ("envy_jobs_waiting", "Jobs that wait for their turn.", waiting as usize),
        ("envy_sessions_open", "Sessions that are open.", house.seats_taken()),
        ("envy_sessions_max", "The most sessions at once.", house.seats_max()),
        ("envy_tasks", "Tasks that are served.", house.venue.tasks().len()),
    ];
    for (name, help, value) in gauges {
        put(&mut page, name, help, "gauge", value as u64);
    }
    let counters = [
        ("envy_sessions_total", "Sessions that were opened.", &metrics.sessions),
        ("envy_sessions_refused_total", "Sessions that found no seat.", &metrics.refused),
        ("envy_episodes_total", "Episodes that were started.", &metrics.episodes),
        ("envy_episodes_graded_total", "Episodes that were graded.", &metrics.graded),
        ("envy_episodes_passed_total", "Graded episodes that passed.", &metrics.passed),
        ("envy_episodes_void_total", "Episodes without a score.", &metrics.voids),
        ("envy_episodes_filtered_total", "Episodes left out for a breach.", &metrics.filtered),
        ("envy_jobs_total", "Jobs that were taken.", &jobs.figures.queued),
        ("envy_jobs_refused_total", "Jobs that met a limit.", &jobs.figures.refused),
        ("envy_jobs_over_total", "Jobs that have their result.", &jobs.figures.over),
        ("envy_webhooks_delivered_total", "Messages that were taken.", &jobs.figures.delivered),
        ("envy_webhooks_failed_total", "Messages that were given up.", &jobs.figures.undelivered),
    ];
    for (name, help, counter) in counters {
        put(&mut page, name, help, "counter", counter.get());
    }
    steps(&mut page, &metrics.steps);
    page
}

fn put(page: &mut String, name: &str, help: &str, kind: &str, value: u64) {
    // A string takes every line.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

fn steps(page: &mut String, steps: &Histogram) {
    let name = "envy_step_seconds";
    let count = steps.count.get();
    let sum = steps.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
    let _ = writeln!(page, "# HELP {name} How long tool calls took.\n# TYPE {name} histogram");
    for (bound, bucket) in BUCKETS_S.iter().zip(&steps.buckets) {
        let _ = writeln!(page, "{name}_bucket{{le=\"{bound}\"}} {}", bucket.get());
    }
    let _ = writeln!(page, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_count_everything_up_to_their_bound() {
        let histogram = Histogram::default();
        for millis in [1, 4, 90, 120_000] {
            histogram.record(Duration::from_millis(millis));
        }
        let mut page = String::new();
        steps(&mut page, &histogram);
        for line in ["le=\"0.001\"} 1", "le=\"0.005\"} 2", "le=\"60\"} 3", "le=\"+Inf\"} 4", "_sum 120.095"] {
            assert!(page.contains(line), "{line} is not in {page}");
        }
    }
}
