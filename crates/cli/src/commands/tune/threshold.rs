//! `envy tune threshold`.

use std::fmt::Write as _;
use std::path::PathBuf;

use envy_core::{Environment, Preset, Seed};
use envy_lab::calibrate::threshold::{self, Calibration, Placed, RUNS_MIN, Share, Tuned};
use envy_lab::store::Outcome;
use envy_lab::{models, registry};
use serde_json::json;

use super::super::eval::{self, Fresh, ModelFlags, Played};
use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Runs, if nobody says how many: the fewest that bound a quantile well.
const RUNS_DEFAULT: usize = RUNS_MIN;
/// The quantile: a fifth of the runs pass.
const QUANTILE_DEFAULT: f64 = 0.8;
/// Who plays in local mode: the baseline that needs no key.
const POLICY: &str = "policy/honest-logistic";

/// Place the threshold between the honest baseline and the best possible score, from a quantile of measured runs.
///
/// Each run is one episode on a task of its own. Their seeds are derived from --seed in a way that no evaluation's are,
/// and `envy eval` refuses a task that was tuned on. What is written is a place (0 at the baseline, 1 at the bound), which
/// means the same on every task; `envy eval` uses it for tasks of the same knobs and says so.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Who plays: a scripted policy (local, free) or a model (agent).
    #[arg(long, value_enum, default_value = "local")]
    mode: Mode,
    /// The player: a policy in local mode [default policy/honest-logistic], a model in agent mode.
    #[arg(long, value_name = "MODEL", required_if_eq("mode", "agent"))]
    model: Option<String>,
    /// The environment; it must have a scale of thresholds.
    #[arg(long, value_name = "ENV", default_value = "leakage")]
    env: String,
    /// Take the knobs and settings of this preset.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Episodes, each on a task of its own [default 40].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// The quantile of their places: 0.8 lets a fifth of the runs pass [default 0.8].
    #[arg(long, value_name = "Q", value_parser = inside)]
    quantile: Option<f64>,
    /// Where the tuning tasks' seeds come from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write what fewer than 40 runs say, wide as its interval is.
    #[arg(long)]
    accept_wide: bool,
    /// Tell everything and write nothing.
    #[arg(long, conflicts_with = "accept_wide")]
    dry_run: bool,
    /// Write to this file instead of the one that `envy eval` finds by itself.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Episodes in flight at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reach: ModelFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// A scripted policy, without a key.
    Local,
    /// A model.
    Agent,
}

fn inside(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| *value > 0.0 && *value < 1.0);
    value.ok_or_else(|| "it is a number between 0 and 1".to_owned())
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    session.stop_on_interrupt();
    let environment = session.registry.environment(&args.env)?;
    let preset = args.preset.as_deref().map(|name| registry::preset(environment, name)).transpose()?;
    let model = player(args, environment)?;
    let runs = args.runs.map_or(RUNS_DEFAULT, |runs| runs as usize);
    let quantile = args.quantile.unwrap_or(QUANTILE_DEFAULT);
    let played = eval::play(&session, &fresh(args, &session, environment, &model, runs))?;
    let outcomes = played.outcomes()?;
    let graded: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.reward.is_some()).collect();
    if played.left() > 0 || graded.is_empty() {
        return Err(Failure::short(
            format!("{} of {runs} runs were graded, and nothing was tuned", graded.len()),
            format!("`envy runs show {}` says why; the same command begins anew", played.run()),
        ));
    }
    if !graded.iter().any(|outcome| outcome.metrics.contains_key(threshold::PLACE)) && model != "policy/null"
    {
        output::note(format!(
            "no run of {model} has a place on the scale: {} may have none, or nothing was submitted",
            args.env
        ));
    }
    let placed: Vec<Placed> = graded.iter().map(|outcome| Placed::of(outcome)).collect();
    let tuned = threshold::tune(&placed, quantile);
    let calibration = calibration(args, environment, preset, &model, &played, &tuned)?;
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| Calibration::path(&session.home, environment.info().name, args.preset.as_deref()));
    let is_written = !args.dry_run && (tuned.runs >= RUNS_MIN || args.accept_wide);
    if is_written {
        calibration.write(&path)?;
    }
    if args.json {
        let file = is_written.then_some(&path);
        output::json(&json!({"schema": "envy.tuned/1", "calibration": calibration, "file": file}))?;
    } else {
        output::print(&text(&calibration, anchors(&graded)))?;
    }
    output::note(match is_written {
        true => format!("written to {}; `envy eval` uses it", path.display()),
        false if args.dry_run => "nothing was written (--dry-run)".to_owned(),
        false => format!(
            "nothing was written: {} of {RUNS_MIN} runs leave the interval wide; give --runs {RUNS_MIN}, or --accept-wide",
            tuned.runs
        ),
    });
    Ok(())
}

/// Who plays, checked against the mode.
fn player(args: &Args, environment: &dyn Environment) -> Result<String, Failure> {
    let is_policy = |name: &str| name.starts_with("policy/");
    match (args.mode, &args.model) {
        (Mode::Agent, Some(name)) if is_policy(name) => Err(Failure::usage(
            format!("{name} is no agent"),
            "--mode local plays policies; --mode agent takes a model such as claude-haiku-4-5",
        )),
        (Mode::Local, Some(name)) if !is_policy(name) => Err(Failure::usage(
            format!("local mode plays scripted policies, and {name} is none"),
            "give --mode agent, or one of the policies that `envy eval` runs without a --model",
        )),
        (_, Some(name)) => Ok(name.clone()),
        (_, None) if models::ladder(environment).iter().any(|name| name == POLICY) => Ok(POLICY.to_owned()),
        (_, None) => Err(Failure::usage(
            format!("{} has no {POLICY} to play when nobody is named", environment.info().name),
            "name a policy with --model",
        )),
    }
}

fn fresh(
    args: &Args,
    session: &Session,
    environment: &dyn Environment,
    model: &str,
    runs: usize,
) -> eval::Args {
    let info = environment.info();
    // A stream of its own: no evaluation draws from it, whatever its seed.
    let seed = Seed::named("tune/threshold").derive(&format!("{}/{}", info.name, args.seed)).rng().next_u64();
    let preset = args.preset.as_deref().unwrap_or("default");
    let folder = format!("threshold-{}-{}-{preset}-{}-{runs}", info.name, info.version, args.seed);
    eval::Args::fresh(Fresh {
        env: args.env.clone(),
        preset: args.preset.clone(),
        knobs: Vec::new(),
        model: model.to_owned(),
        max_steps: None,
        max_tokens: None,
        count: runs,
        seed,
        place: session.home.tuning_tasks().join(folder),
        concurrency: args.concurrency,
        reach: args.reach.clone(),
    })
}

fn calibration(
    args: &Args,
    environment: &dyn Environment,
    preset: Option<&'static Preset>,
    model: &str,
    played: &Played,
    tuned: &Tuned,
) -> Result<Calibration, Failure> {
    let info = environment.info();
    Ok(Calibration {
        schema: threshold::SCHEMA.to_owned(),
        environment: info.name.to_owned(),
        generator: info.version.to_owned(),
        preset: args.preset.clone(),
        knobs: registry::knobs(environment, preset, &[])?,
        model: model.to_owned(),
        run: played.run().to_string(),
        tuned: tuned.clone(),
        tasks: played.tasks(),
    })
}

/// The mean anchors of the tasks, where they are told.
fn anchors(outcomes: &[&Outcome]) -> Option<[f64; 2]> {
    let mean = |name: &str| {
        let values: Vec<f64> =
            outcomes.iter().filter_map(|outcome| outcome.metrics.get(name).copied()).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some([mean("honest_auroc")?, mean("bayes_auroc")?])
}

fn text(calibration: &Calibration, anchors: Option<[f64; 2]>) -> String {
    let tuned = &calibration.tuned;
    let preset = calibration.preset.as_deref().unwrap_or("the default knobs");
    let mut text = format!(
        "threshold of {} ({preset}), from {} of {}\n",
        calibration.environment,
        output::counted(tuned.runs, "run"),
        calibration.model
    );
    let place =
        |place: Option<f64>| place.map_or_else(|| "unbounded".to_owned(), |place| format!("{place:.3}"));
    let raw = tuned.raw.filter(|raw| *raw != tuned.lambda);
    let kept =
        raw.map_or_else(String::new, |raw| format!(", kept between baseline and bound; measured {raw:.3}"));
    let _ = writeln!(
        text,
        "place       {:.3} ({} quantile; 95 %: {} to {}, by rank {} and {} of {}{kept})",
        tuned.lambda,
        tuned.quantile,
        place(tuned.interval[0]),
        place(tuned.interval[1]),
        tuned.ranks[0],
        tuned.ranks[1],
        tuned.runs
    );
    if let Some([honest, bayes]) = anchors {
        let auroc = honest + tuned.lambda * (bayes - honest);
        let _ = writeln!(
            text,
            "AUROC       {auroc:.4} in the mean: the honest baseline has {honest:.4}, the Bayes bound is {bayes:.4}"
        );
    }
    let Share { value, low, high } = tuned.pass_rate;
    let _ = writeln!(text, "pass rate   {value:.2} [{low:.2}, {high:.2}] on fresh tasks");
    let _ = writeln!(text, "unsound     {} of {} fail what no threshold mends", tuned.unsound, tuned.runs);
    text
}
