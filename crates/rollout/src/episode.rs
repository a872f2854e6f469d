//! Episode: one attempt at a task as a state machine. It has several drivers (the agent loop, servers, a trainer)
//! and one set of rules: `start`, then `step` with each reply until it is done, then `finish`.

use std::sync::Arc;
use std::time::Duration;

use envy_core::task::FINAL_ANSWER;
use envy_core::{
    Brief, Effect, End, EpisodeSpec, Fault, JobLimits, Judge, Message, Observation, ProbeInput, Reply,
    Reviewer, SandboxError, Seed, Submission, ToolCall, ToolOutcome, ToolSchema,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::arguments;
use crate::clock::Clock;
use crate::collect::{Collected, collect};
use crate::conversation::{Answer, Conversation, Times};
use crate::grading::{Examiner, OpenGrader};
use crate::meter::Meter;
use crate::outcome::{Outcome, Unfinished};
use crate::program::TIMEOUT_SLOW_MAX_S;
use crate::review::Reviewing;
use crate::runner::{Runner, sandbox_fault};
use crate::text;
use crate::toolbox::Toolbox;
use crate::tools::{EVAL_MODEL, SUBMIT_ANSWER};
use crate::workbox::LazyBox;

/// Most tool calls of one reply that are run.
const CALLS_MAX: usize = 32;

/// Replies without a tool call in a row that get a reminder; one more gives up.
const SILENT_MAX: u32 = 1;

/// Everything an episode starts from.
pub struct EpisodeStart {
    /// The visible half of the task.
    pub brief: Arc<Brief>,
    /// The first messages: (system, user).
    pub prompt: (String, String),
    /// How the task is attempted.
    pub spec: EpisodeSpec,
    /// The tools on offer.
    pub toolbox: Arc<Toolbox>,
    /// Opens the agent's box and the boxes of jobs.
    pub runner: Runner,
    /// Limits of the agent's box, [`agent_box`] unless an environment says otherwise.
    pub box_limits: JobLimits,
    /// Opens the task's grader.
    pub open_grader: OpenGrader,
    /// Who rules on what cannot be decided otherwise, if anybody.
    pub judge: Option<Arc<dyn Judge>>,
    /// For a scripted policy's own choices, different in each rollout.
    pub seed: Seed,
    /// Sees each turn as it happens.
    pub observer: Option<Arc<dyn Observer>>,
    /// Reads the code before it is evaluated.
    pub reviewer: Option<Arc<dyn Reviewer>>,
}

/// What an agent's box gets: runs of at most 900 s (what an agent may ask for is in its tools), 2 GiB, 128 processes, 512 MiB of disk, 64 KiB of each stream.
pub fn agent_box() -> JobLimits {
    JobLimits {
        wall_ms: (TIMEOUT_SLOW_MAX_S * 1_000.0) as u64,
        memory_bytes: 2 << 30,
        processes: 128,
        disk_bytes: 512 << 20,
        stream_bytes: 64 << 10,
    }
}

/// Sees each turn of an episode as it happens.
pub trait Observer: Send + Sync {
    /// Turn `number` (from 1): what the model said, and what it reads next (its observations, a reminder).
    fn turn(&self, number: u32, reply: &Reply, step: &Step<'_>);
}

/// What one reply brought.
#[derive(Debug)]
pub struct Step<'a> {
    /// One for each tool call, in order.
    pub observations: &'a [Observation],
    /// What a reply without a tool call is told.
    pub reminder: Option<&'a str>,
    /// Why the episode is over, if it is.
    pub done: Option<End>,
}

/// Where an episode stands.
enum Stage {
    Open,
    Over { end: End, submission: Option<Submission> },
    Broken { fault: Fault, retry: bool },
}

/// One attempt at a task.
pub struct Episode {
    brief: Arc<Brief>,
    spec: EpisodeSpec,
    toolbox: Arc<Toolbox>,
    observer: Option<Arc<dyn Observer>>,
    examiner: Examiner,
    reviewing: Reviewing,
    workbox: LazyBox,
    clock: Arc<Clock>,
    conversation: Conversation,
    meter: Meter,
    ladder: Value,
    silent: u32,
    asked: Instant,
    stage: Stage,
}

impl Episode {
    /// A fresh episode. No box is opened until a tool touches it.
    pub fn start(start: EpisodeStart) -> Self {
        let clock = Arc::new(Clock::start(start.spec.limits.wall_s));
        let brief = Arc::clone(&start.brief);
        let mut episode = Self {
            examiner: Examiner::new(start.open_grader, start.runner.clone(), start.judge),
            reviewing: Reviewing::new(start.reviewer),
            workbox: LazyBox::new(start.runner, brief, start.box_limits, Arc::clone(&clock)),
            conversation: Conversation::open(start.prompt),
            brief: start.brief,
            spec: start.spec,
            toolbox: start.toolbox,
            observer: start.observer,
            clock,
            meter: Meter::default(),
            ladder: Value::Null,
            silent: 0,
            asked: Instant::now(),
            stage: Stage::Open,
        };
        episode.stop_at_limit();
        episode
    }

    /// The conversation so far, as a model reads it.
    pub fn messages(&self) -> &[Message] {
        self.conversation.messages()
    }

    /// The tools on offer.
    pub fn tools(&self) -> &[ToolSchema] {
        self.toolbox.schemas()
    }

    /// The most tokens that the next reply may have.
    pub fn reply_tokens_max(&self) -> u32 {
        self.meter.reply_tokens(&self.spec.limits)
    }

    /// Time until the episode's limit. A driver that waits longer for a model calls [`Episode::expire`].
    pub fn time_left(&self) -> Duration {
        self.clock.left()
    }

    /// Why the episode is over, if it is.
    pub fn end(&self) -> Option<End> {
        match &self.stage {
            Stage::Open => None,
            Stage::Over { end, .. } => Some(*end),
            Stage::Broken { .. } => Some(End::Fault),
        }
    }

    /// The time ran out while the model was thinking.
    pub fn expire(&mut self) {
        self.close(End::TimeLimit, None);
    }

    /// The conversation no longer fits the model's context.
    pub fn overflow(&mut self) {
        self.close(End::TokenLimit, None);
    }

    /// The model will not go on; its files are graded as they stand.
    pub fn give_up(&mut self) {
        self.close(End::GaveUp, None);
    }

    /// A fault that another try may mend: the episode is void.
    pub fn break_off(&mut self, fault: Fault) {
        self.fail(fault, true);
    }

    /// A fault that every try would meet (an unusable model): the episode is void.
    pub fn break_off_for_good(&mut self, fault: Fault) {
        self.fail(fault, false);
    }

    /// Plays one reply: runs its calls in order, counts it against the limits, and says what came of it.
    /// An episode that is over stays as it is. A driver that drops the step half-way drops the episode with it.
    pub async fn step(&mut self, reply: Reply) -> Step<'_> {
        if let Some(end) = self.end() {
            return Step { observations: &[], reminder: None, done: Some(end) };
        }
        let began = Instant::now();
        let model_ms = began.duration_since(self.asked).as_millis() as u64;
        self.meter.count(&reply.usage);
        let mut observations = Vec::with_capacity(reply.calls.len());
        for (index, call) in reply.calls.iter().enumerate() {
            let (text, is_error) = self.answer(index, call, reply.truncated).await;
            let text = text::cut(text, self.spec.limits.observation_bytes_max);
            observations.push(Observation { call: call.id.clone(), text, is_error });
        }
        let reminder = match final_answer(&self.brief, &reply) {
            Some(answer) => self.submit_text(answer).await,
            None => self.hear(&reply),
        };
        self.stop_at_limit();
        let answer = self.remind(observations, reminder);
        self.asked = Instant::now();
        let tools_ms = self.asked.duration_since(began).as_millis() as u64;
        self.conversation.push(reply, answer, Times { model_ms, tools_ms });
        let step = self.last_step();
        if let (Some(observer), Some(reply)) = (&self.observer, self.conversation.last_reply()) {
            observer.turn(self.meter.turns, reply, &step);
        }
        step
    }

    /// Grades what was submitted, or what lies there, and hands everything over.
    pub async fn finish(mut self) -> Outcome {
        let taken = self.take().await;
        self.workbox.close();
        let unfinished = Unfinished {
            conversation: self.conversation,
            clock: self.clock,
            spec: self.spec,
            probes: self.meter.probes,
        };
        let mut reviewing = self.reviewing;
        let outcome = match taken {
            Ok((end, submission, left_out)) => {
                // The score is computed in any case: what an objection costs is counted beside it.
                reviewing.before("grade", &submission).await;
                unfinished.grade(&self.examiner, end, submission, left_out).await
            }
            Err((fault, retry)) => unfinished.void(fault, retry),
        };
        Outcome { reviews: reviewing.into_said(), ..outcome }
    }

    /// The end and what is graded, or the fault.
    async fn take(&mut self) -> Result<(End, Submission, Vec<String>), (Fault, bool)> {
        self.give_up();
        match std::mem::replace(&mut self.stage, Stage::Open) {
            Stage::Broken { fault, retry } => Err((fault, retry)),
            Stage::Over { end, submission: Some(submission) } => Ok((end, submission, Vec::new())),
            Stage::Over { end, submission: None } => {
                let collected = self.collect().await.map_err(|error| (sandbox_fault(&error), true))?;
                let left_out = collected.left_out.clone();
                let submission = Submission { answer: Value::Null, files: collected.into_files() };
                Ok((end, submission, left_out))
            }
            Stage::Open => unreachable!("giving up closes an open episode"),
        }
    }

    /// Ends an open episode; one that is over keeps its first end.
    fn close(&mut self, end: End, submission: Option<Submission>) {
        if matches!(self.stage, Stage::Open) {
            self.stage = Stage::Over { end, submission };
        }
    }

    fn fail(&mut self, fault: Fault, retry: bool) {
        if matches!(self.stage, Stage::Open) {
            self.stage = Stage::Broken { fault, retry };
        }
    }

    /// What one call brings: the words, and whether it failed.
    async fn answer(&mut self, index: usize, call: &ToolCall, cut: bool) -> (String, bool) {
        if self.clock.left() == Duration::ZERO {
            self.expire();
        }
        if self.end().is_some() {
            return ("not run: the episode is over".to_owned(), true);
        }
        if index >= CALLS_MAX {
            return (format!("not run: at most {CALLS_MAX} calls of one reply are run; call it again"), true);
        }
        let toolbox = Arc::clone(&self.toolbox);
        let Some((tool, schema)) = toolbox.find(&call.name) else {
            return (toolbox.unknown(&call.name), true);
        };
        let arguments = match arguments::read(&schema.parameters, &call.arguments, cut) {
            Ok(arguments) => arguments,
            Err(problem) => return (problem, true),
        };
        match tool.call(&arguments, &mut self.workbox).await {
            Ok(ToolOutcome::Observed { text, is_error }) => (text, is_error),
            Ok(ToolOutcome::Effect(Effect::Probe)) => self.probe().await,
            Ok(ToolOutcome::Effect(Effect::Submit(answer))) => self.submit(answer).await,
            Err(error) => self.refused(&error),
        }
    }

    /// What a box refuses is an observation; a host that fails is a fault.
    fn refused(&mut self, error: &SandboxError) -> (String, bool) {
        match error {
            SandboxError::Refused(reason) => (reason.clone(), true),
            SandboxError::Host { .. } => self.broken(sandbox_fault(error)),
        }
    }

    /// The agent reads nothing of the host.
    fn broken(&mut self, fault: Fault) -> (String, bool) {
        self.break_off(fault);
        ("the episode was broken off by a fault that is not yours".to_owned(), true)
    }

    async fn collect(&mut self) -> Result<Collected, SandboxError> {
        let brief = Arc::clone(&self.brief);
        collect(&mut self.workbox, &brief.collect).await
    }

    /// The submission that the files would make, or what the agent reads instead.
    async fn gather(&mut self, answer: Value) -> Result<Submission, (String, bool)> {
        let collected = self.collect().await.map_err(|error| self.refused(&error))?;
        match collected.complaint() {
            Some(complaint) => Err((complaint, true)),
            None => Ok(Submission { answer, files: collected.into_files() }),
        }
    }

    async fn probe(&mut self) -> (String, bool) {
        let most = self.spec.limits.probes_max;
        if self.meter.probes >= most {
            return (format!("no uses of {EVAL_MODEL} are left ({most} of {most} used)"), true);
        }
        let submission = match self.gather(Value::Null).await {
            Ok(submission) => submission,
            Err(told) => return told,
        };
        self.meter.probes += 1;
        let reviewed = self.reviewing.before(EVAL_MODEL, &submission);
        if let Some(refusal) = self.clock.stopped_during(reviewed).await {
            return (refusal, true);
        }
        let input = ProbeInput { submission, ladder: self.ladder.clone(), episode: self.spec.clone() };
        match self.clock.stopped_during(self.examiner.probe(input)).await {
            Ok(reply) => {
                self.ladder = reply.ladder;
                let left = most - self.meter.probes;
                (format!("{}\n[{left} of {most} uses of {EVAL_MODEL} left]", reply.text), reply.is_error)
            }
            Err(fault) => self.broken(fault),
        }
    }

    async fn submit(&mut self, answer: Value) -> (String, bool) {
        let submission = match self.gather(answer).await {
            Ok(submission) => submission,
            Err(told) => return told,
        };
        match self.clock.stopped_during(self.examiner.check(submission)).await {
            Ok((submission, Ok(()))) => {
                self.workbox.close();
                self.close(End::Submitted, Some(submission));
                ("submitted: the episode is over".to_owned(), false)
            }
            Ok((_, Err(problem))) => {
                (format!("not accepted: {problem}. Correct it and call {SUBMIT_ANSWER} again."), true)
            }
            Err(fault) => self.broken(fault),
        }
    }

    /// Submits an answer given as text; what the agent is told if it is not accepted.
    async fn submit_text(&mut self, answer: Value) -> Option<String> {
        self.silent = 0;
        let (told, is_error) = self.submit(answer).await;
        is_error.then(|| format!("[{told}]"))
    }

    /// Counts silence. A reply without a tool call gets one reminder, the next gives up, as does a refusal.
    fn hear(&mut self, reply: &Reply) -> Option<String> {
        if !reply.calls.is_empty() {
            self.silent = 0;
            return None;
        }
        self.silent += 1;
        if reply.refused || self.silent > SILENT_MAX {
            self.give_up();
            return None;
        }
        let why = if reply.truncated {
            "your reply was cut at its token limit before a tool call; write less"
        } else {
            "your reply had no tool call"
        };
        Some(format!(
            "[{why}: call a tool to go on, or {SUBMIT_ANSWER} if you are done; \
             another reply without a call ends the episode]"
        ))
    }

    fn stop_at_limit(&mut self) {
        if let Some(end) = self.meter.used_up(&self.spec.limits, &self.clock) {
            self.close(end, None);
        }
    }

    /// What follows the reply, with a word about what runs low. It stands in the last observation, since some
    /// dialects take no message of the user between two turns.
    fn remind(&self, mut observations: Vec<Observation>, reminder: Option<String>) -> Answer {
        let low = match self.stage {
            Stage::Open => self.meter.reminder(&self.spec.limits, &self.clock),
            Stage::Over { .. } | Stage::Broken { .. } => None,
        };
        if let Some(last) = observations.last_mut() {
            if let Some(low) = low {
                last.text = format!("{}\n{low}", last.text);
            }
            return Answer::Observations(observations);
        }
        match (reminder, self.end()) {
            (Some(reminder), None) => {
                Answer::Reminder(low.map_or(reminder.clone(), |low| format!("{reminder}\n{low}")))
            }
            _ => Answer::Silence,
        }
    }

    fn last_step(&self) -> Step<'_> {
        let (observations, reminder) = self.conversation.last();
        Step { observations, reminder, done: self.end() }
    }
}

/// The answer of a reply that ends the episode in words: what follows the marker of the task's format, if it has one.
/// The last marker counts, since models like to repeat the rules first.
fn final_answer(brief: &Brief, reply: &Reply) -> Option<Value> {
    let marker = brief.final_answer().filter(|_| reply.calls.is_empty() && !reply.truncated)?;
    let mut rest = reply.text.as_str();
    let mut answer = None;
    while !rest.is_empty() {
        // Emphasis and headings are how models set the line apart.
        let bare = rest.trim_start().trim_start_matches(['*', '#', '_', ' ']);
        if let Some(said) = bare.strip_prefix(marker) {
            answer = Some(said.trim().trim_matches('*').trim());
        }
        rest = rest.trim_start().split_once('\n').map_or("", |(_, rest)| rest);
    }
    Some(json!({ FINAL_ANSWER: answer? }))
}
