//! Summary: what stands above the episodes: what each model earned, how sure that is, and how it is spread.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envy_core::EnvironmentInfo;

use super::charts::{histogram, scatter};
use super::html::{table, text};
use crate::calibrate::band::Placement;
use crate::report::{Report, Row};
use crate::store::{Outcome, Plan, Tally};

/// Pairs of metrics of which the first is claimed by the agent and the second measured.
const CLAIMS: &[(&str, &str, &str)] =
    &[("expected_auroc", "deployed_auroc", "Claimed AUROC, and what deployment showed")];

/// The part of the page above the episodes.
pub(super) fn summary(report: &Report, plan: &Plan, info: &EnvironmentInfo, tallies: &[Tally]) -> String {
    let mut html = format!(
        "<h1>{}</h1><p class=soft>{}: {} tasks, {} of {} episodes are over. {}</p>",
        text(&report.run.0),
        text(&report.environment),
        report.tasks,
        report.finished,
        report.planned,
        text(info.doc),
    );
    html += "<h2>What each model earned</h2>";
    html += &earned(report, info);
    html += "<h2>How it is spread</h2><div class=charts>";
    html += &spreads(report, info, tallies);
    html += "</div>";
    if report.tasks > 1 {
        html += "<h2>Task by task</h2>";
        for row in report.rows.iter().filter(|row| row.episodes > 0) {
            html += &by_task(row, plan);
        }
    }
    html
}

fn earned(report: &Report, info: &EnvironmentInfo) -> String {
    let has = |name: &str| report.rows.iter().any(|row| row.metrics.contains_key(name));
    let metrics: Vec<&str> = info.metrics.iter().copied().filter(|name| has(name)).collect();
    let mut headers: Vec<String> =
        ["model", "episodes", "pass rate", "10-40 %", "reward"].map(str::to_owned).to_vec();
    headers.extend(metrics.iter().map(|name| (*name).to_owned()));
    headers.extend(["voids", "flags", "turns", "seconds", "tokens", "dollars"].map(str::to_owned));
    let rows: Vec<Vec<String>> = report.rows.iter().map(|row| earned_row(row, &metrics)).collect();
    table(&headers, &rows, 1)
}

fn earned_row(row: &Row, metrics: &[&str]) -> Vec<String> {
    let [low, high] = row.pass_interval;
    let flags: Vec<String> = row.flags.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let reward = match (row.reward_mean, row.reward_interval) {
        (Some(mean), Some([low, high])) => format!("{mean:.3} [{low:.3}, {high:.3}]"),
        (mean, _) => figure(mean),
    };
    let mut cells = vec![
        text(&row.model),
        row.episodes.to_string(),
        row.pass_rate.map_or("-".to_owned(), |rate| format!("{rate:.2} [{low:.2}, {high:.2}]")),
        placed(&row.placement),
        reward,
    ];
    cells.extend(metrics.iter().map(|name| figure(row.metrics.get(*name).copied())));
    cells.push(row.voids.to_string());
    cells.push(if flags.is_empty() { "-".to_owned() } else { text(&flags.join(", ")) });
    cells.push(row.turns_mean.map_or("-".to_owned(), |turns| format!("{turns:.1}")));
    cells.push(row.wall_s_mean.map_or("-".to_owned(), |seconds| format!("{seconds:.1}")));
    cells.push((row.tokens_read + row.tokens_written).to_string());
    cells.push(row.cost.map_or("no price".to_owned(), |cost| format!("{cost:.4}")));
    cells
}

/// Rewards and the first metric of each model, and what was claimed beside what was so.
fn spreads(report: &Report, info: &EnvironmentInfo, tallies: &[Tally]) -> String {
    let mut html = String::new();
    for row in &report.rows {
        let of_model =
            || tallies.iter().map(|tally| &tally.outcome).filter(|outcome| outcome.model == row.model);
        let rewards: Vec<f64> = of_model().filter_map(Outcome::counted).collect();
        if rewards.is_empty() {
            continue;
        }
        html += &histogram(&format!("Rewards of {}", row.model), &rewards);
        if let Some(metric) = info.metrics.first() {
            let values: Vec<f64> =
                of_model().filter_map(|outcome| outcome.metrics.get(*metric).copied()).collect();
            if !values.is_empty() {
                html += &histogram(&format!("{metric} of {}", row.model), &values);
            }
        }
        for (claimed, real, title) in CLAIMS {
            let pair =
                |metrics: &BTreeMap<String, f64>| Some((*metrics.get(*claimed)?, *metrics.get(*real)?));
            let points: Vec<(f64, f64)> = of_model().filter_map(|outcome| pair(&outcome.metrics)).collect();
            if !points.is_empty() {
                html += &scatter(&format!("{title}: {}", row.model), &points);
            }
        }
    }
    html
}

fn by_task(row: &Row, plan: &Plan) -> String {
    let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
    let headers =
        ["task", "episodes", "passed", "placed", "pooled chance", "difficulty", "reward"].map(str::to_owned);
    let rows: Vec<Vec<String>> = row
        .by_task
        .iter()
        .map(|task| {
            vec![
                text(task.task.shortest(&ids)),
                task.placement.episodes.to_string(),
                task.placement.passed.to_string(),
                placed(&task.placement),
                format!("{:.2}", task.chance),
                format!("{:+.2} ± {:.2}", task.difficulty, task.difficulty_error),
                figure(task.reward_mean),
            ]
        })
        .collect();
    let mut html = format!("<details><summary>{}", text(&row.model));
    for (name, chances) in [("pass@", &row.pass_at), ("pass^", &row.pass_all)] {
        for (k, chance) in chances {
            let _ = write!(html, " <span class=soft>{name}{k} {chance:.2}</span>");
        }
    }
    html += "</summary><div>";
    html += &table(&headers, &rows, 1);
    html += "</div></details>";
    html
}

fn placed(placement: &Placement) -> String {
    match placement.more {
        Some(more) => format!("{}, {more} more would decide", placement.place),
        None => placement.place.to_string(),
    }
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}
