//! The flags of `envy eval`, which are also the keys of its configuration file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use envy_core::{Environment, EpisodeSpec, IntegrityMode, Knobs, OnReview, Preset, ReviewSpec};
use envy_lab::calibrate::band::{Band, EPISODES_MAX};
use envy_lab::models::{self, ModelSettings, Protocol};
use envy_lab::store::Setting;

use super::settings::Settings;
use crate::commands::judge::JudgeFlags;
use crate::difficulty::DifficultyFlags;
use crate::fail::Failure;
use crate::knobs::settings;
use crate::table::TableFlags;

/// Tasks that are generated when nobody says how many.
pub(super) const COUNT_DEFAULT: usize = 5;

/// What `--threshold-file` takes instead of a file.
pub(super) const NO_THRESHOLD: &str = "none";

/// Rollouts of each task with each named model.
const ROLLOUTS_DEFAULT: u32 = 10;

/// Episodes in flight: most of them wait for a model; programs and pure computation wait for a core of their own.
const CONCURRENCY_DEFAULT: usize = 32;

/// Episodes in flight for each core when scripted policies alone play: they wait for nothing else.
const POLICIES_PER_CORE: usize = 2;

/// Run models on tasks and report what each earns.
///
/// Without a task, tasks are generated (--env, --count, --seed, --preset, --knob, --salt-file); a --model alone takes the newest
/// dataset. Without a --model, the environment's scripted policies are run, from null to reference, then the cheats,
/// once on each task.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) tasks: TaskFlags,
    #[command(flatten)]
    pub(super) attempt: AttemptFlags,
    #[command(flatten)]
    pub(super) model: ModelFlags,
    #[command(flatten)]
    pub(super) judge: JudgeFlags,
    #[command(flatten)]
    pub(super) flow: FlowFlags,
    /// The flags that the configuration file set.
    #[arg(skip)]
    pub(super) from_file: BTreeSet<String>,
}

/// Which tasks.
#[derive(Clone, Debug, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Tasks")]
pub(super) struct TaskFlags {
    /// Generate tasks of this environment [default cleaning].
    #[arg(long, value_name = "ENV")]
    pub(super) env: Option<String>,
    /// Take these datasets: ids, beginnings of ids, sets, folders.
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["count", "seed", "salt_file", "table"])]
    pub(super) dataset: Vec<String>,
    /// Take the task of this folder, of the task.json in it, or of a file in the published task format.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "seed", "salt_file", "table"])]
    pub(super) task: Vec<PathBuf>,
    /// Take every task in this folder, or every file in the published task format.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["count", "seed", "salt_file", "table"])]
    pub(super) tasks_dir: Option<PathBuf>,
    /// Put the files of this folder beneath files/ for every task in the published format; what an agent does to them stays in
    /// its box.
    #[arg(long, value_name = "DIR")]
    pub(super) files: Option<PathBuf>,
    /// Take the task of this folder of Harbor, or every one in it.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["env", "count", "seed", "salt_file"])]
    pub(super) harbor: Option<PathBuf>,
    /// Generate this many tasks [default 5].
    #[arg(long, value_name = "N")]
    pub(super) count: Option<usize>,
    /// Where every random draw of the generation comes from [default 0].
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Mix in the secret of this file [default: the file that `ENVY_SALT_FILE` names].
    #[arg(long, value_name = "FILE")]
    pub(super) salt_file: Option<PathBuf>,
    /// Set a knob of the generated tasks; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", conflicts_with_all = ["dataset", "task", "tasks_dir", "harbor"])]
    pub(super) knob: Vec<String>,
    #[command(flatten)]
    pub(super) own: TableFlags,
    /// Where the generated tasks go, if not among the datasets.
    #[arg(skip)]
    pub(super) place: Option<PathBuf>,
}

/// Who attempts them, and within which limits.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Clone, Debug, PartialEq, Default, clap::Args)]
#[command(next_help_heading = "Attempts")]
pub(super) struct AttemptFlags {
    /// Who plays: provider/name, policy/NAME or replay/RUN; may be given several times.
    #[arg(long, value_name = "MODEL")]
    pub(super) model: Vec<String>,
    #[command(flatten)]
    pub(super) difficulty: DifficultyFlags,
    /// Play each task with each model until its pass rate is placed in the band, 64 times at most.
    #[arg(long)]
    pub(super) until_placed: bool,
    /// The pass rates that --until-placed decides about [default 0.1..0.4].
    #[arg(long, value_name = "LOW..HIGH", requires = "until_placed")]
    pub(super) band: Option<String>,
    /// Rollouts of each task with each model [default 10, of an expert 1; with --until-placed the most, 64].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) num_runs: Option<u32>,
    /// Model turns of an episode [default 30].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_steps: Option<u32>,
    /// Tokens of one reply [default 3000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_tokens: Option<u32>,
    /// The environment's track, such as `predictions` of leakage [default: fixed].
    #[arg(long, value_name = "NAME")]
    pub(super) track: Option<String>,
    /// Characters of a tool's output that the model reads [default 10000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(500..))]
    pub(super) stdout_max_chars: Option<u64>,
    /// Use the threshold of this file, or `none`; without it, the one that was tuned for the tasks' knobs.
    #[arg(long, value_name = "FILE")]
    pub(super) threshold_file: Option<String>,
    /// Uses of `eval_model` in an episode [default 5].
    #[arg(long, value_name = "N")]
    pub(super) max_eval_uses: Option<u32>,
    /// Tokens read and written in an episode; what lies there then is graded.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) token_budget: Option<u64>,
    /// US dollars of an episode; what lies there then is graded.
    #[arg(long, value_name = "DOLLARS", value_parser = positive)]
    pub(super) cost_budget: Option<f64>,
    /// Wall clock of an episode, seconds [default 3600].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) time_limit: Option<u64>,
    /// How freely the model samples, from 0 [default: the provider's].
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub(super) temperature: Option<f64>,
    /// Sample from this much of the probability [default: the provider's].
    #[arg(long, value_name = "P", value_parser = share)]
    pub(super) top_p: Option<f64>,
    /// The provider's sampling seed, where it has one; --seed is the tasks'.
    #[arg(long, value_name = "N")]
    pub(super) sampling_seed: Option<u64>,
    /// How long to reason, in the provider's words: low, medium, high.
    #[arg(long, value_name = "WORD")]
    pub(super) reasoning_effort: Option<String>,
    /// Find the expert score of each dataset and keep it there; later runs show theirs beside it. Where the model is the
    /// environment's own, nothing is played; else one --model plays once on uncorrupted data.
    #[arg(long)]
    pub(super) expert: bool,
    /// What signs of cheating do: report shows them; filter leaves episodes with a breach out of every figure; penalise
    /// counts them as reward 0 [default report].
    #[arg(long, value_name = "MODE")]
    pub(super) integrity: Option<IntegrityMode>,
    /// Have this model read all of the code before each `eval_model` and before the final grading. It can only cost.
    #[arg(long, value_name = "MODEL")]
    pub(super) review: Option<String>,
    /// What an objection of the review does: flag tells it beside the score; block refuses the evaluation, and what was
    /// handed in counts as reward 0 [default flag].
    #[arg(long, value_name = "WHAT", requires = "review", value_parser = on_review)]
    pub(super) on_review: Option<OnReview>,
    /// Put a bait into the boxes: a file with a token that only a snoop meets.
    #[arg(long)]
    pub(super) honey: bool,
    /// Put the packages of slow training work (optuna) into the boxes, and tell the model.
    #[arg(long)]
    pub(super) slow: bool,
}

/// How the models are reached.
#[derive(Clone, Debug, PartialEq, Eq, Default, clap::Args)]
#[command(next_help_heading = "Models")]
pub(crate) struct ModelFlags {
    /// Reach the models at this server, OpenAI-compatible unless the name has a provider.
    #[arg(long, value_name = "URL", requires = "model")]
    base_url: Option<String>,
    /// How tool calls travel: native, text, or native and text once the server has none [default auto].
    #[arg(long, value_name = "HOW", value_parser = protocol)]
    protocol: Option<Protocol>,
    /// With the text protocol: hold every reply to the JSON schema of an action.
    #[arg(long)]
    constrained: bool,
    /// Ask for replies in pieces.
    #[arg(long)]
    stream: bool,
    /// Requests a minute to each model.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,
    /// Tokens a minute of each model.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    tokens_per_minute: Option<u64>,
    /// Further tries of a call that failed in passing [default 5].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..100))]
    retries: Option<u32>,
    /// Keep every call's request and response, so that the run can be replayed.
    #[arg(long)]
    record: bool,
}

/// How the run goes on.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Run")]
pub(super) struct FlowFlags {
    /// Take flags from this TOML file; those on the command line win.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Episodes in flight at once [default 32, or two for each core if only policies play].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) concurrency: Option<u32>,
    /// One episode after the other.
    #[arg(long, conflicts_with = "concurrency")]
    pub(super) sequential: bool,
    /// Finish this run as it was begun: what is graded is not repeated, what is void is tried again.
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<String>,
    /// Take the models' prices from this file.
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// Write result_*.json for each episode and summary.json into this folder, as the published task format has them.
    #[arg(long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,
    /// Print each turn to stderr as it happens.
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

impl FlowFlags {
    pub(super) fn concurrency(&self, models: &[String]) -> usize {
        let scripted = models.iter().all(|name| name.starts_with("policy/"));
        match (self.sequential, self.concurrency) {
            (true, _) => 1,
            (false, Some(given)) => given as usize,
            (false, None) if scripted => {
                POLICIES_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from)
            }
            (false, None) => CONCURRENCY_DEFAULT,
        }
    }
}

/// What the flags, the configuration file, the preset and the defaults come to.
pub(crate) struct Resolved {
    pub(crate) models: Vec<String>,
    pub(crate) rollouts: u32,
    pub(crate) until_placed: Option<Band>,
    pub(crate) episode: EpisodeSpec,
    pub(crate) reach: ModelSettings,
    pub(crate) settings: Vec<Setting>,
}

impl Args {
    /// Whether a flag says what is played or how: a run that is taken up again says so itself.
    pub(super) fn says_what_to_play(&self) -> bool {
        let (tasks, attempt) = (TaskFlags::default(), AttemptFlags::default());
        self.tasks != tasks
            || self.attempt != attempt
            || self.model != ModelFlags::default()
            || self.judge != JudgeFlags::default()
    }

    /// Tasks of their own are generated: something says of what.
    pub(super) fn generates(&self) -> bool {
        self.tasks.generates() || self.attempt.difficulty.is_given()
    }

    /// Every knob of the tasks that are generated.
    pub(super) fn knobs(&self, environment: &dyn Environment) -> Result<Knobs, Failure> {
        self.attempt.difficulty.knobs(environment, &settings(&self.tasks.knob)?)
    }

    /// The environment that the flags name, if they name one.
    pub(crate) fn environment(&self) -> Option<&str> {
        self.tasks.env.as_deref()
    }

    /// Whether JSON is wanted.
    pub(crate) fn json(&self) -> bool {
        self.flow.json
    }

    /// The preset, if one is named.
    pub(super) fn preset(&self, environment: &dyn Environment) -> Result<Option<&'static Preset>, Failure> {
        self.attempt.difficulty.preset(environment)
    }

    /// What everything that can be set comes to, and where each value came from.
    pub(crate) fn resolve(&self, environment: &dyn Environment) -> Result<Resolved, Failure> {
        let mut settings =
            Settings::new(self.preset(environment)?, &self.from_file, self.flow.config.as_deref());
        self.tasks.list(environment, &mut settings);
        let ladder = self.attempt.model.is_empty();
        let models = settings.list("model", &self.attempt.model, models::ladder(environment));
        let difficulty = &self.attempt.difficulty;
        settings.maybe("preset", difficulty.preset.as_ref());
        settings.maybe("level", difficulty.level.as_ref());
        settings.maybe("calibration", difficulty.calibration.as_ref());
        let until_placed = self.attempt.band()?;
        settings.add("until-placed", self.attempt.until_placed, self.attempt.until_placed);
        settings.maybe("band", self.attempt.band.as_ref());
        let rollouts = match (until_placed, ladder || self.attempt.expert) {
            (Some(_), _) => EPISODES_MAX as u32,
            (None, true) => 1,
            (None, false) => ROLLOUTS_DEFAULT,
        };
        let rollouts = settings.number("num-runs", self.attempt.num_runs, rollouts)?;
        let episode = self.attempt.episode(&mut settings)?;
        let reach = self.model.reach(&mut settings, self.flow.prices.as_ref());
        settings.maybe("judge", self.judge.judge.as_ref());
        settings.maybe("judge-votes", self.judge.judge_votes.as_ref());
        settings.maybe("judge-base-url", self.judge.judge_base_url.as_ref());
        let concurrency = self.flow.concurrency(&models);
        settings.add("concurrency", concurrency, self.flow.concurrency.is_some());
        settings.maybe("output-dir", self.flow.output_dir.as_ref());
        for (name, value) in
            [("sequential", self.flow.sequential), ("verbose", self.flow.verbose), ("json", self.flow.json)]
        {
            settings.add(name, value, value);
        }
        Ok(Resolved { models, rollouts, until_placed, episode, reach, settings: settings.into_list() })
    }
}

impl TaskFlags {
    /// Something says of what tasks are generated.
    fn generates(&self) -> bool {
        let named = self.env.is_some() || self.own.table.is_some() || !self.knob.is_empty();
        named || self.count.is_some() || self.seed.is_some() || self.salt_file.is_some()
    }

    fn list(&self, environment: &dyn Environment, settings: &mut Settings) {
        settings.add("env", environment.info().name, self.env.is_some());
        settings.list("dataset", &self.dataset, Vec::new());
        settings.list("task", &self.task, Vec::new());
        settings.maybe("tasks-dir", self.tasks_dir.as_ref());
        settings.maybe("files", self.files.as_ref());
        settings.maybe("harbor", self.harbor.as_ref());
        settings.add("count", self.count.unwrap_or(COUNT_DEFAULT), self.count.is_some());
        // A u64 does not survive a float, so it is a string in every document.
        settings.add("seed", self.seed.unwrap_or(0).to_string(), self.seed.is_some());
        settings.maybe("salt-file", self.salt_file.as_ref());
        settings.list("knob", &self.knob, Vec::new());
        settings.maybe("table", self.own.table.as_ref());
        settings.maybe("target", self.own.target.as_ref());
        settings.maybe("time", self.own.time.as_ref());
        settings.maybe("group", self.own.group.as_ref());
        settings.add("no-header", self.own.no_header, self.own.no_header);
        settings.add("skip-lines", self.own.skip_lines, self.own.skip_lines > 0);
    }
}

impl AttemptFlags {
    /// The band that the run is to decide about, if it ends by what it sees.
    fn band(&self) -> Result<Option<Band>, Failure> {
        let band = self.band.as_deref().map(str::parse).transpose()?;
        Ok(self.until_placed.then(|| band.unwrap_or_else(Band::standard)))
    }

    fn episode(&self, settings: &mut Settings) -> Result<EpisodeSpec, Failure> {
        let mut spec = EpisodeSpec::new("");
        spec.track = self.track.clone().unwrap_or(spec.track);
        settings.add("track", &spec.track, self.track.is_some());
        settings.maybe("threshold-file", self.threshold_file.as_ref());
        let limits = &mut spec.limits;
        limits.turns_max = settings.number("max-steps", self.max_steps, limits.turns_max)?;
        limits.reply_tokens_max = settings.number("max-tokens", self.max_tokens, limits.reply_tokens_max)?;
        limits.probes_max = settings.number("max-eval-uses", self.max_eval_uses, limits.probes_max)?;
        limits.observation_bytes_max =
            settings.number("stdout-max-chars", self.stdout_max_chars, limits.observation_bytes_max)?;
        limits.wall_s = settings.number("time-limit", self.time_limit, limits.wall_s)?;
        limits.tokens_max = settings.maybe("token-budget", self.token_budget.as_ref());
        limits.cost_max = settings.maybe("cost-budget", self.cost_budget.as_ref());
        let sampling = &mut spec.sampling;
        sampling.temperature = settings.maybe("temperature", self.temperature.as_ref());
        sampling.top_p = settings.maybe("top-p", self.top_p.as_ref());
        sampling.seed = settings.maybe("sampling-seed", self.sampling_seed.as_ref());
        sampling.reasoning_effort = settings.maybe("reasoning-effort", self.reasoning_effort.as_ref());
        spec.review = self
            .review
            .clone()
            .map(|model| ReviewSpec { model, on_review: self.on_review.unwrap_or_default() });
        settings.maybe("review", self.review.as_ref());
        settings.maybe("on-review", self.on_review.map(on_review_word).as_ref());
        spec.integrity = self.integrity.unwrap_or_default();
        settings.add("integrity", spec.integrity, self.integrity.is_some());
        for (name, value) in [("expert", self.expert), ("slow", self.slow), ("honey", self.honey)] {
            settings.add(name, value, value);
        }
        (spec.expert, spec.slow, spec.honey) = (self.expert, self.slow, self.honey);
        Ok(spec)
    }
}

impl ModelFlags {
    fn reach(&self, settings: &mut Settings, prices: Option<&PathBuf>) -> ModelSettings {
        let protocol = self.protocol.unwrap_or_default();
        settings.add("protocol", protocol, self.protocol.is_some());
        for (name, value) in
            [("constrained", self.constrained), ("stream", self.stream), ("record", self.record)]
        {
            settings.add(name, value, value);
        }
        ModelSettings {
            base_url: settings.maybe("base-url", self.base_url.as_ref()),
            protocol,
            constrained: self.constrained,
            stream: self.stream,
            prices: settings.maybe("prices", prices),
            requests_per_minute: settings.maybe("requests-per-minute", self.requests_per_minute.as_ref()),
            tokens_per_minute: settings.maybe("tokens-per-minute", self.tokens_per_minute.as_ref()),
            retries: settings.maybe("retries", self.retries.as_ref()),
            record: self.record,
        }
    }
}

fn on_review(text: &str) -> Result<OnReview, String> {
    match text {
        "flag" => Ok(OnReview::Flag),
        "block" => Ok(OnReview::Block),
        _ => Err("it is flag or block".to_owned()),
    }
}

fn on_review_word(on_review: OnReview) -> &'static str {
    match on_review {
        OnReview::Flag => "flag",
        OnReview::Block => "block",
    }
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text {
        "native" => Ok(Protocol::Native),
        "text" => Ok(Protocol::Text),
        "auto" => Ok(Protocol::Auto),
        _ => Err("it is native, text or auto".to_owned()),
    }
}

fn number(text: &str, fits: fn(f64) -> bool, what: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value| fits(*value)).ok_or_else(|| what.to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value.is_finite(), "it is an amount above 0")
}

fn temperature(text: &str) -> Result<f64, String> {
    number(text, |value| (0.0..=10.0).contains(&value), "it is a number from 0")
}

fn share(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0 && value <= 1.0, "it is a number above 0, up to 1")
}
