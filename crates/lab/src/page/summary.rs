//! Summary: what stands above the episodes: what each model earned, how sure that is, and how it is spread.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use envy_core::EnvironmentInfo;

use super::charts::{bars, histogram, reliability, scatter};
use super::html::{table, text};
use crate::calibrate::band::{Band, Placement};
use crate::calibrate::dials::Turn;
use crate::report::{Report, Row};
use crate::store::{Outcome, Plan, Tally};

/// Pairs of metrics of which the first is claimed by the agent and the second measured.
const CLAIMS: &[(&str, &str, &str)] =
    &[("expected_auroc", "deployed_auroc", "Claimed AUROC, and what deployment showed")];

/// Models of which each has its charts unfolded; of more they are folded under its name.
const MODELS_UNFOLDED: usize = 3;

/// Episodes named with a flag.
const FLAGGED_MAX: usize = 24;

/// The part of the page above the episodes.
pub(super) fn summary(report: &Report, plan: &Plan, info: &EnvironmentInfo, tallies: &[Tally]) -> String {
    let mut html = format!(
        "<h1>{}</h1><p class=soft>{}: {} {}, episodes over: {} of {}. {}</p>",
        text(&report.run.0),
        text(&report.environment),
        report.tasks,
        if report.tasks == 1 { "task" } else { "tasks" },
        report.finished,
        report.planned,
        text(info.doc),
    );
    html += "<h2>What each model earned</h2>";
    html += &earned(report, plan, info, tallies);
    html += &compared(report, info);
    html += &flags(report, tallies);
    html += "<h2>How it is spread</h2>";
    for row in report.rows.iter().filter(|row| row.episodes > 0) {
        let charts = spreads(row, info, tallies);
        let folded = report.rows.len() > MODELS_UNFOLDED;
        let (open, close) = if folded {
            (
                format!("<details><summary>{}</summary><div class=charts>", text(&row.model)),
                "</div></details>",
            )
        } else {
            ("<div class=charts>".to_owned(), "</div>")
        };
        html += &(open + &charts + close);
    }
    if report.tasks > 1 {
        html += "<h2>Task by task</h2>";
        for row in report.rows.iter().filter(|row| row.episodes > 0) {
            html += &by_task(row, plan);
        }
    }
    html
}

/// The models beside each other: reward, and the first metric of the environment.
fn compared(report: &Report, info: &EnvironmentInfo) -> String {
    let rewards = report.rows.iter().filter_map(|row| Some((row.model.as_str(), row.reward_mean?)));
    let mut html = String::from("<div class=charts>");
    html += &bars("Mean reward", &rewards.collect::<Vec<_>>());
    if let Some(metric) = info.metrics.first() {
        let values =
            report.rows.iter().filter_map(|row| Some((row.model.as_str(), *row.metrics.get(*metric)?)));
        html += &bars(&format!("Mean {metric}"), &values.collect::<Vec<_>>());
    }
    html + "</div>"
}

/// Signs of cheating or breakage: each flag with who raised it and where to read the evidence. They never change a score.
fn flags(report: &Report, tallies: &[Tally]) -> String {
    let mut found: BTreeMap<(&str, &str), BTreeSet<u32>> = BTreeMap::new();
    for tally in tallies {
        for flag in &tally.outcome.flags {
            found.entry((flag, &tally.outcome.model)).or_default().insert(tally.number);
        }
    }
    if found.is_empty() {
        return String::new();
    }
    let row = |((flag, model), episodes): ((&str, &str), BTreeSet<u32>)| {
        let links =
            episodes.iter().take(FLAGGED_MAX).map(|number| format!("<a href=#e{number}>{number}</a>"));
        let more = episodes.len().saturating_sub(FLAGGED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let of_model = report.rows.iter().find(|row| row.model == model).map_or(0, |row| row.episodes);
        vec![
            text(flag),
            text(model),
            format!("{} of {of_model}", episodes.len()),
            format!("<span class=wrap>{}{more}</span>", links.collect::<Vec<_>>().join(" ")),
        ]
    };
    let rows: Vec<Vec<String>> = found.into_iter().map(row).collect();
    let headers = ["flag", "model", "episodes", "which"].map(str::to_owned);
    format!("<h2>Integrity flags</h2>{}", table(&headers, &rows, usize::MAX))
}

fn earned(report: &Report, plan: &Plan, info: &EnvironmentInfo, tallies: &[Tally]) -> String {
    let band = plan.until_placed.unwrap_or_else(Band::standard);
    let has = |name: &str| report.rows.iter().any(|row| row.metrics.contains_key(name));
    let metrics: Vec<&str> = info.metrics.iter().copied().filter(|name| has(name)).collect();
    let mut headers: Vec<String> =
        ["model", "episodes", "pass rate", &format!("in {band}?"), "reward"].map(str::to_owned).to_vec();
    headers.extend(metrics.iter().map(|name| (*name).to_owned()));
    headers.extend(["voids", "flagged", "turns", "seconds", "tokens", "dollars"].map(str::to_owned));
    // Which flags they are stands in a table of its own: here they would push the figures out of sight.
    let flagged = |row: &Row| {
        let of_model = |outcome: &&Outcome| outcome.model == row.model && !outcome.flags.is_empty();
        tallies.iter().map(|tally| &tally.outcome).filter(of_model).count()
    };
    let rows: Vec<Vec<String>> =
        report.rows.iter().map(|row| earned_row(row, &metrics, flagged(row))).collect();
    table(&headers, &rows, 1)
}

fn earned_row(row: &Row, metrics: &[&str], flagged: usize) -> Vec<String> {
    let [low, high] = row.pass_interval;
    let reward = match (row.reward_mean, row.reward_interval) {
        (Some(mean), Some([low, high])) => format!("{mean:.3} [{low:.3}, {high:.3}]"),
        (mean, _) => figure(mean),
    };
    let mut cells = vec![
        text(&row.model),
        row.episodes.to_string(),
        row.pass_rate.map_or("-".to_owned(), |rate| format!("{rate:.2} [{low:.2}, {high:.2}]")),
        placed(&row.placement, row.turn.filter(|_| is_model(&row.model))),
        reward,
    ];
    cells.extend(metrics.iter().map(|name| figure(row.metrics.get(*name).copied())));
    cells.push(row.voids.to_string());
    cells.push(flagged.to_string());
    cells.push(row.turns_mean.map_or("-".to_owned(), |turns| format!("{turns:.1}")));
    cells.push(row.wall_s_mean.map_or("-".to_owned(), |seconds| format!("{seconds:.1}")));
    cells.push((row.tokens_read + row.tokens_written).to_string());
    cells.push(row.cost.map_or("no price".to_owned(), |cost| format!("{cost:.4}")));
    cells
}

/// Rewards and the first metric of a model, what it claimed beside what was so, and its chances beside true ones.
fn spreads(row: &Row, info: &EnvironmentInfo, tallies: &[Tally]) -> String {
    let of_model = || tallies.iter().map(|tally| &tally.outcome).filter(|outcome| outcome.model == row.model);
    let rewards: Vec<f64> = of_model().filter_map(Outcome::counted).collect();
    let mut html = histogram(&format!("Rewards of {}", row.model), &rewards);
    if let Some(metric) = info.metrics.first() {
        let values: Vec<f64> =
            of_model().filter_map(|outcome| outcome.metrics.get(*metric).copied()).collect();
        if !values.is_empty() {
            html += &histogram(&format!("{metric} of {}", row.model), &values);
        }
    }
    for (claimed, real, title) in CLAIMS {
        let pair = |metrics: &BTreeMap<String, f64>| Some((*metrics.get(*claimed)?, *metrics.get(*real)?));
        let points: Vec<(f64, f64)> = of_model().filter_map(|outcome| pair(&outcome.metrics)).collect();
        if !points.is_empty() {
            html += &scatter(&format!("{title}: {}", row.model), &points);
        }
    }
    let metrics: Vec<&BTreeMap<String, f64>> = of_model().map(|outcome| &outcome.metrics).collect();
    html.extend(reliability(&format!("Chances of {}, and true ones", row.model), &metrics));
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
                placed(&task.placement, task.turn.filter(|_| is_model(&row.model))),
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

/// A policy stands for a model only if it has a skill.
fn is_model(name: &str) -> bool {
    !name.starts_with("policy/") || name.contains('@')
}

/// Where a pass rate lies, and what to do about it.
fn placed(placement: &Placement, turn: Option<Turn>) -> String {
    let what = match (placement.more, turn) {
        (Some(more), _) => format!("{}, {more} more", placement.place),
        (None, Some(turn)) => format!("{}: {turn}", placement.place),
        (None, None) => placement.place.to_string(),
    };
    text(&what)
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}
