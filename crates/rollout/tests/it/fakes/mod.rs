//! The world of these tests: everything an episode needs, in memory, with faults where a test wants them.

mod failing;
mod grader;
mod model;
mod sandbox;

use std::collections::BTreeMap;
use std::sync::Arc;

use envy_core::task::FINAL_ANSWER;
use envy_core::{BoxFile, Brief, EpisodeSpec, Fault, Grader, Job, Limits, Model, Seed, Submission};
use envy_rollout::{EpisodeStart, OpenGrader, Outcome, Runner, Slots, Toolbox, agent_box, play, tools};
use serde_json::{Value, json};

pub(crate) use failing::Failing;
pub(crate) use grader::{FakeGrader, Trouble};
pub(crate) use model::{Line, Scripted, call, submit};
pub(crate) use sandbox::{FakeSandbox, HostTrouble};

/// A task whose solution is a `clean.py` that says `good`.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) limits: Limits,
    pub(crate) sandbox: Arc<FakeSandbox>,
    pub(crate) trouble: Trouble,
    pub(crate) brief: Arc<Brief>,
    pub(crate) slots: Slots,
    pub(crate) toolbox: Arc<Toolbox>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            limits: Limits::standard(),
            sandbox: Arc::new(FakeSandbox::default()),
            trouble: Trouble::None,
            brief: brief(vec![BoxFile::new("train.csv", "a,b\n1,2\n")]),
            slots: Slots::new(4),
            toolbox: all_tools(),
        }
    }

    pub(crate) fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        let mut world = Self::new();
        change(&mut world.limits);
        world
    }

    pub(crate) fn with_files(files: Vec<BoxFile>) -> Self {
        Self { brief: brief(files), ..Self::new() }
    }

    /// A task whose format takes `FINAL ANSWER:` for a submission.
    pub(crate) fn with_final_answer() -> Self {
        let mut world = Self::new();
        let facts = &mut Arc::make_mut(&mut world.brief).facts;
        facts.insert(FINAL_ANSWER.to_owned(), json!("FINAL ANSWER:"));
        world
    }

    pub(crate) fn with_trouble(trouble: Trouble) -> Self {
        Self { trouble, ..Self::new() }
    }

    pub(crate) fn with_host(trouble: HostTrouble) -> Self {
        Self { sandbox: Arc::new(FakeSandbox::with(trouble)), ..Self::new() }
    }

    pub(crate) fn runner(&self) -> Runner {
        Runner::new(Arc::clone(&self.sandbox) as _, self.slots.clone())
    }

    fn open_grader(&self) -> OpenGrader {
        let trouble = self.trouble;
        Arc::new(move || match trouble {
            Trouble::Open(kind) => Err(Fault::new(kind, "the hidden half is gone")),
            _ => Ok(Arc::new(FakeGrader { trouble }) as Arc<dyn Grader>),
        })
    }

    pub(crate) fn start(&self) -> EpisodeStart {
        EpisodeStart {
            brief: Arc::clone(&self.brief),
            prompt: ("Play.".to_owned(), "Write clean.py.".to_owned()),
            spec: EpisodeSpec { limits: self.limits.clone(), ..EpisodeSpec::new("test/scripted") },
            toolbox: Arc::clone(&self.toolbox),
            runner: self.runner(),
            box_limits: agent_box(),
            open_grader: self.open_grader(),
            judge: None,
            seed: Seed::named("rollout/test"),
            observer: None,
            reviewer: None,
        }
    }

    /// A job of its own, with an empty submission.
    pub(crate) fn small_job(&self) -> Job {
        grader::job("small", &Submission { answer: Value::Null, files: self.brief.files.clone() })
    }

    /// Plays one episode with a scripted model.
    pub(crate) async fn play(&self, lines: Vec<Line>) -> Outcome {
        play(self.start(), Arc::new(Scripted::new(lines)) as Arc<dyn Model>).await
    }
}

/// The visible half of a task with these files.
fn brief(files: Vec<BoxFile>) -> Arc<Brief> {
    Arc::new(Brief {
        environment: "test".to_owned(),
        title: "a test".to_owned(),
        files,
        collect: ["clean.py", "*.txt", "src/**"].map(String::from).to_vec(),
        facts: BTreeMap::new(),
    })
}

fn all_tools() -> Arc<Toolbox> {
    let names: Vec<String> = tools::ALL.iter().map(|tool| tool.schema().name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Arc::new(Toolbox::new(&names, &submission_schema()).unwrap())
}

/// What `submit_answer` takes in this world.
fn submission_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"note": {"type": "string"}},
        "required": ["note"],
        "additionalProperties": false,
    })
}

/// Everything that the agent read, in order.
pub(crate) fn read(outcome: &Outcome) -> Vec<&str> {
    let turns = outcome.trajectory.turns.iter();
    turns.flat_map(|turn| turn.observations.iter().map(|one| one.text.as_str())).collect()
}

/// The reward, if there is a score.
pub(crate) fn reward(outcome: &Outcome) -> Option<f64> {
    outcome.verdict.score().map(|score| score.reward)
}
