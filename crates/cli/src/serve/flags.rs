//! The flags that say what is served, shared by `envy serve` and `envy mcp`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use envy_core::{Environment, EpisodeSpec, IntegrityMode};
use envy_lab::dataset::{Order, TaskRef};
use envy_lab::models::ModelSettings;
use envy_lab::store::JobLimits;
use envy_lab::{Venue, registry};

use super::house::{House, Split};
use super::jobs::{Jobs, Terms, Webhooks};
use crate::fail::Failure;
use crate::session::{Session, open_store};

/// What is served.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tasks")]
pub(crate) struct TaskFlags {
    /// Serve generated tasks of this environment [default cleaning].
    #[arg(long, value_name = "ENV", conflicts_with_all = ["dataset", "task"])]
    env: Option<String>,
    /// Serve these datasets: ids, beginnings of ids, sets, folders.
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "task")]
    dataset: Vec<String>,
    /// Serve the task of this folder, or of the task.json in it.
    #[arg(long, value_name = "FILE")]
    task: Option<PathBuf>,
    /// Take the knobs of this preset for generated tasks.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["dataset", "task"])]
    preset: Option<String>,
    /// Generate this many tasks.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["dataset", "task"])]
    count: usize,
    /// Where every random draw of the generation comes from.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["dataset", "task"])]
    seed: u64,
}

/// How each episode is attempted, and how many at once.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Episodes")]
pub(crate) struct PlayFlags {
    /// Tool calls of an episode.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    max_steps: u32,
    /// The environment's track.
    #[arg(long, value_name = "NAME", default_value = envy_core::Track::FIXED.name)]
    track: String,
    /// Uses of `eval_model` in an episode.
    #[arg(long, value_name = "N", default_value_t = 5)]
    max_eval_uses: u32,
    /// Wall clock of an episode, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    max_seconds: u64,
    /// Sessions at once; one more is refused with a clear error.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_sessions: u32,
    /// Close a session that has asked for nothing for so long, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800, value_parser = clap::value_parser!(u64).range(1..))]
    idle: u64,
    /// What signs of cheating do: report keeps them in the record; filter answers with no reward at all, as for a fault;
    /// penalise answers with reward 0. The record says which, and keeps the verdict as it was.
    #[arg(long, value_name = "MODE", default_value_t = IntegrityMode::Report)]
    integrity: IntegrityMode,
}

/// Which jobs are taken, and where the messages of their ends may go.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Jobs")]
pub(crate) struct JobFlags {
    /// Let jobs name this model too; an environment's policies may always be named.
    #[arg(long, value_name = "MODEL")]
    job_model: Vec<String>,
    /// Play so many jobs at once.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(..=1_000))]
    job_workers: u32,
    /// Keep so many jobs, over or not; one more is refused.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    jobs_max: u32,
    /// Let one key wait for so many jobs; one more is refused.
    #[arg(long, value_name = "N", default_value_t = 100)]
    jobs_per_key: u32,
    /// Forget a job so long after its end, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    job_ttl: u32,
    /// Sign webhooks with this secret; without one none are sent.
    #[arg(long, value_name = "TEXT", env = "ENVY_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// Send webhooks to this host and what lies beneath it, and to no host that is not named so.
    #[arg(long, value_name = "HOST")]
    webhook_host: Vec<String>,
    /// Send webhooks to addresses of this machine and of private networks too.
    #[arg(long, requires = "webhook_host")]
    webhook_private: bool,
    /// Trust the certificates of this PEM file for webhooks too.
    #[arg(long, value_name = "FILE")]
    webhook_ca: Option<PathBuf>,
}

impl JobFlags {
    /// The jobs of a house, in the store of the session.
    ///
    /// # Errors
    /// A flag makes no sense, or the store cannot be opened.
    pub(crate) fn jobs(&self, session: &Session, house: &Arc<House>) -> Result<Jobs, Failure> {
        let terms = Terms {
            models: self.job_model.clone(),
            limits: JobLimits { held_max: self.jobs_max, open_max: self.jobs_per_key },
            ttl_s: self.job_ttl,
            workers: self.job_workers as usize,
        };
        let webhooks = Webhooks::new(
            self.webhook_secret.as_deref(),
            &self.webhook_host,
            self.webhook_private,
            self.webhook_ca.as_deref(),
        )?;
        let sources = ModelSettings::default().sources(&session.home.store())?;
        Ok(Jobs::new(house, open_store(&session.home)?, terms, sources, webhooks))
    }
}

/// Opens the house that the flags describe; `driver` stands where a run names its model.
///
/// # Errors
/// The tasks cannot be had, or the host cannot isolate.
pub(crate) fn house(
    session: &Session,
    tasks: &TaskFlags,
    play: &PlayFlags,
    split: Split,
    driver: &str,
) -> Result<House, Failure> {
    let (environment, tasks) = tasks.tasks(session)?;
    let mut spec = EpisodeSpec { track: play.track.clone(), ..EpisodeSpec::new(driver) };
    spec.limits.turns_max = play.max_steps;
    spec.limits.probes_max = play.max_eval_uses;
    spec.limits.wall_s = play.max_seconds;
    spec.integrity = play.integrity;
    let bench = session.bench()?.clone();
    let venue = Venue::open(environment, tasks, spec, bench, open_store(&session.home)?)?;
    Ok(House::new(venue, split, play.max_sessions as usize, Duration::from_secs(play.idle)))
}

impl TaskFlags {
    fn tasks(&self, session: &Session) -> Result<(&'static dyn Environment, Vec<TaskRef>), Failure> {
        let mut tasks = Vec::new();
        for written in &self.dataset {
            tasks.extend(session.library().find(written)?);
        }
        if let Some(path) = &self.task {
            let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
            tasks.push(TaskRef::open(folder)?);
        }
        let Some(first) = tasks.first() else { return self.generate(session) };
        let name = first.manifest().environment.clone();
        if let Some(other) = tasks.iter().find(|task| task.manifest().environment != name) {
            return Err(Failure::usage(
                format!("one server cannot have tasks of {name} and of {}", other.manifest().environment),
                "start a server for each environment",
            ));
        }
        Ok((session.registry.environment(&name)?, tasks))
    }

    fn generate(&self, session: &Session) -> Result<(&'static dyn Environment, Vec<TaskRef>), Failure> {
        let name = self.env.as_deref().unwrap_or(registry::DEFAULT_ENVIRONMENT);
        let environment = session.registry.environment(name)?;
        let preset = self.preset.as_deref().map(|name| registry::preset(environment, name)).transpose()?;
        let order = Order {
            environment,
            knobs: registry::knobs(environment, preset, &[])?,
            seed: self.seed,
            count: self.count,
            salt: registry::salt(None)?,
            table: None,
            place: None,
        };
        Ok((environment, session.generate(&order)?.tasks))
    }
}
