//! `envy runs show`.

use std::fmt::Write as _;

use envy_core::{EnvironmentInfo, RunId};
use envy_lab::report::{Report, Row, report};
use envy_lab::store::{Plan, Reader, Tally};
use envy_lab::verify::file;
use envy_lab::{Home, Registry};
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::transcript;

/// Show what each model of a run earned, or one episode: messages, calls, observations, the verdict and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run's id, its beginning or end, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// Print the transcript of this episode instead; numbers are in the run's list of episodes.
    #[arg(long, value_name = "N")]
    episode: Option<u32>,
    /// Show each task by itself: where its pass rate lies, and how many more episodes would say.
    #[arg(long, conflicts_with = "episode")]
    tasks: bool,
    /// Which hundred of the episodes to list, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Print one JSON object: the report with its episodes, or the episode's record with its receipt.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let reader = Reader::open(&Home::discover()?.store())?;
    let run = reader.find(&args.run)?;
    let Some(number) = args.episode else { return whole(&reader, &run, args) };
    let sealed = reader.record(&run, number)?;
    if !args.json {
        return output::print(&transcript::text(&sealed.record));
    }
    // As it was sealed, byte for byte but for blanks: what `envy verify` reads.
    let text = reader.sealed_text(&run, number, sealed.record.attempt)?.text.unwrap_or_default();
    output::line(file(&text, reader.receipt(&run, number)?.as_ref()))
}

/// Episodes on one page of the list.
const PAGE: usize = 100;

fn whole(reader: &Reader, run: &RunId, args: &Args) -> Result<(), Failure> {
    let (plan, tallies) = (reader.plan(run)?, reader.tallies(run)?);
    let info = Registry::standard().environment(&plan.environment)?.info();
    let report = report(run, &plan, info, &tallies);
    if args.json {
        let mut document = serde_json::to_value(&report).expect("a report is plain data");
        document["episodes"] = tallies.iter().map(episode).collect();
        return output::json(&document);
    }
    output::line(format!(
        "{run}: {} of {}, {}",
        report.environment,
        output::counted(report.tasks, "task"),
        progress(&report)
    ))?;
    output::print(&rows(&report, info))?;
    for row in &report.rows {
        advise(row);
    }
    if args.tasks {
        return output::print(&format!("\n{}", by_task(&report, &plan)));
    }
    let first = (args.page as usize - 1) * PAGE;
    let page = tallies.get(first..).unwrap_or_default();
    let page = &page[..page.len().min(PAGE)];
    output::print(&format!("\n{}", episodes(&plan, page)))?;
    if tallies.len() > PAGE {
        let pages = tallies.len().div_ceil(PAGE);
        output::note(format!("page {} of {pages}: --page N shows another", args.page));
    }
    Ok(())
}

/// Which knob to turn for a model that lies outside the band.
fn advise(row: &Row) {
    // A policy stands for a model only if it has a skill.
    if row.model.starts_with("policy/") && !row.model.contains('@') {
        return;
    }
    if let Some(turn) = &row.turn {
        output::note(format!(
            "{} finds these tasks {}: turn --{turn}, or search with `envy tune difficulty`",
            row.model, row.placement.place
        ));
    }
}

/// Each task of each model by itself.
fn by_task(report: &Report, plan: &Plan) -> String {
    let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
    let lines = report.rows.iter().flat_map(|row| row.by_task.iter().map(move |task| (row, task)));
    let rows = lines.map(|(row, task)| {
        let placement = &task.placement;
        let [low, high] = placement.interval;
        vec![
            row.model.clone(),
            task.task.shortest(&ids).to_owned(),
            format!("{}/{}", placement.passed, placement.episodes),
            format!("{:.2} [{low:.2}, {high:.2}]", placement.mean),
            placement.place.to_string(),
            format!("{:.2}", placement.mass),
            placement.more.map_or("-".to_owned(), |more| more.to_string()),
            task.turn.map_or("-".to_owned(), |turn| turn.to_string()),
            format!("{:.2}", task.chance),
            output::figure(task.reward_mean),
        ]
    });
    let headers =
        ["model", "task", "passed", "pass rate", "placed", "mass", "more", "turn", "pooled", "reward"];
    output::table(&headers, rows.collect(), 2)
}

fn progress(report: &Report) -> String {
    format!("episodes over: {} of {}", report.finished, report.planned)
}

fn episode(tally: &Tally) -> serde_json::Value {
    let mut document = json!({"number": tally.number, "attempt": tally.attempt});
    let outcome = serde_json::to_value(&tally.outcome).expect("an outcome is plain data");
    if let (Some(document), serde_json::Value::Object(outcome)) = (document.as_object_mut(), outcome) {
        document.extend(outcome);
    }
    document
}

/// The report as a table.
pub(crate) fn rows(report: &Report, info: &EnvironmentInfo) -> String {
    let shown: Vec<&str> = info
        .metrics
        .iter()
        .copied()
        .filter(|name| report.rows.iter().any(|row| row.metrics.contains_key(*name)))
        .collect();
    let mut headers = vec!["model", "episodes", "passed", "pass rate", "reward"];
    headers.extend(&shown);
    let has_expert = report.rows.iter().any(|row| row.expert_share.is_some());
    if has_expert {
        headers.push("score/expert");
    }
    headers.extend(["placed", "voids", "turns", "seconds"]);
    // Policies read no tokens: their reports are not widened by three columns of nothing.
    let has_tokens = report.rows.iter().any(|row| row.tokens_read + row.tokens_written > 0);
    if has_tokens {
        headers.extend(["tokens", "cached", "dollars"]);
    }
    let rows = report.rows.iter().map(|row| {
        let mut cells = cells(row, &shown, has_expert);
        if has_tokens {
            cells.extend(spent(row));
        }
        cells
    });
    let rows = rows.collect();
    let mut text = output::table(&headers, rows, 1);
    for row in &report.rows {
        if !row.flags.is_empty() {
            let seen: Vec<String> = row.flags.iter().map(|(name, count)| format!("{name} {count}")).collect();
            let _ = writeln!(text, "{} was flagged: {}", row.model, seen.join(", "));
        }
        if row.filtered > 0 {
            let count = output::counted(row.filtered, "episode");
            let _ = writeln!(text, "{} of {}: left out (--integrity filter)", count, row.model);
        }
    }
    if report.uncertified > 0 {
        let _ = writeln!(
            text,
            "{} of {} not certified: accuracy tells too little there, and repair F1 and damage alone are graded",
            report.uncertified,
            output::counted(report.tasks, "task")
        );
    }
    text
}

fn cells(row: &Row, metrics: &[&str], has_expert: bool) -> Vec<String> {
    let [low, high] = row.pass_interval;
    let pass_rate = row.pass_rate.map_or("-".to_owned(), |rate| format!("{rate:.2} [{low:.2}, {high:.2}]"));
    let reward = match (row.reward_mean, row.reward_interval) {
        (Some(mean), Some([low, high])) => format!("{mean:.3} [{low:.3}, {high:.3}]"),
        (mean, _) => output::figure(mean),
    };
    let mut cells =
        vec![row.model.clone(), row.episodes.to_string(), row.passed.to_string(), pass_rate, reward];
    cells.extend(metrics.iter().map(|name| output::figure(row.metrics.get(*name).copied())));
    cells.extend(has_expert.then(|| output::figure(row.expert_share)));
    cells.push(row.placement.place.to_string());
    cells.push(voids(row));
    cells.push(row.turns_mean.map_or("-".to_owned(), |turns| format!("{turns:.1}")));
    cells.push(row.wall_s_mean.map_or("-".to_owned(), |seconds| format!("{seconds:.1}")));
    cells
}

/// Tokens of an episode in the mean, the share of those read that came from a cache, and money in all.
fn spent(row: &Row) -> [String; 3] {
    let episodes = (row.episodes + row.voids).max(1) as f64;
    let each = (row.tokens_read + row.tokens_written) as f64 / episodes;
    let cached = row.tokens_cached as f64 / row.tokens_read.max(1) as f64;
    let dollars = row.cost.map_or("no price".to_owned(), |cost| format!("{cost:.4}"));
    [format!("{each:.0}"), format!("{:.0}%", 100.0 * cached), dollars]
}

/// How many voids, and whose fault they were.
fn voids(row: &Row) -> String {
    let whose: Vec<String> =
        row.faults.iter().map(|(kind, count)| format!("{} {count}", output::word(kind))).collect();
    if whose.is_empty() { "0".to_owned() } else { format!("{} ({})", row.voids, whose.join(", ")) }
}

fn episodes(plan: &Plan, tallies: &[Tally]) -> String {
    let ids: Vec<_> = plan.tasks.iter().map(|task| &task.id).collect();
    let rows = tallies.iter().map(|tally| {
        let outcome = &tally.outcome;
        let verdict = match (outcome.fault, outcome.passed) {
            (Some(kind), _) => format!("void ({})", output::word(&kind)),
            _ if outcome.filtered => "left out".to_owned(),
            (None, true) => "passed".to_owned(),
            (None, false) => "not passed".to_owned(),
        };
        vec![
            tally.number.to_string(),
            outcome.model.clone(),
            outcome.task.shortest(&ids).to_owned(),
            outcome.rollout.to_string(),
            transcript::end(outcome.end).to_owned(),
            verdict,
            output::figure(outcome.reward),
            outcome.turns.to_string(),
            format!("{:.1}", outcome.wall_ms as f64 / 1_000.0),
            outcome.flags.join(" "),
        ]
    });
    let headers =
        ["episode", "model", "task", "rollout", "end", "verdict", "reward", "turns", "seconds", "flags"];
    output::table(&headers, rows.collect(), usize::MAX)
}
