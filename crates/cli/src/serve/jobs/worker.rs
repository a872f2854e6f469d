//! Workers: they play what is queued, write what came of it, and send the messages that it is over.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use envy_core::{Model, Verdict};
use envy_lab::store::{Delivery, Job, JobState};
use envy_lab::venue::Closed;
use envy_lab::{LabError, clock, models};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::request::Request;
use super::webhook::{PAUSE, TRIES_MAX, Undelivered};
use super::{Jobs, document};
use crate::output::word;
use crate::serve::log;

/// Pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Takes up what a server before this one left, and starts the workers. They end when the house stops; what they were
/// playing then is queued again.
///
/// # Errors
/// The store failed.
pub(crate) fn start(jobs: &Arc<Jobs>) -> Result<JoinSet<()>, LabError> {
    let recovered = jobs.store.recover_jobs(&jobs.scope, is_alive)?;
    let undelivered = jobs.store.undelivered_jobs(&jobs.scope)?;
    if recovered + undelivered.len() > 0 {
        log::event(
            "jobs recovered",
            json!({"queued again": recovered, "to be delivered": undelivered.len()}),
        );
    }
    let mut workers = JoinSet::new();
    for job in undelivered {
        workers.spawn(deliver(Arc::clone(jobs), job));
    }
    for _ in 0..jobs.terms.workers {
        workers.spawn(work(Arc::clone(jobs)));
    }
    let stopping = Arc::clone(jobs);
    workers.spawn(async move {
        stopping.house.stopped().await;
        stopping.cancel.cancel();
    });
    Ok(workers)
}

impl Jobs {
    /// Runs a step of the store off the asynchronous threads.
    pub(super) async fn stored<T: Send + 'static>(
        self: &Arc<Self>,
        step: impl FnOnce(&Self) -> Result<T, LabError> + Send + 'static,
    ) -> Result<T, LabError> {
        let jobs = Arc::clone(self);
        match tokio::task::spawn_blocking(move || step(&jobs)).await {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// The model of a job, opened once for all.
    ///
    /// # Errors
    /// There is none, or jobs may not name it.
    pub(super) fn model(&self, name: &str) -> Result<Arc<dyn Model>, String> {
        let environment = self.house.venue.environment();
        let policies = models::ladder(environment);
        if !self.terms.models.iter().chain(&policies).any(|known| known == name) {
            let known: Vec<&str> = self.terms.models.iter().chain(&policies).map(String::as_str).collect();
            return Err(format!(
                "jobs of this server may not name the model \"{name}\": {}",
                known.join(", ")
            ));
        }
        let mut open = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = open.get(name) {
            return Ok(Arc::clone(model));
        }
        let model = models::open(environment, name, &self.sources).map_err(|error| error.to_string())?.model;
        open.insert(name.to_owned(), Arc::clone(&model));
        Ok(model)
    }
}

async fn work(jobs: Arc<Jobs>) {
    while !jobs.house.is_stopping() {
        match jobs.stored(|jobs| jobs.store.take_job(&jobs.scope, &myself())).await {
            Ok(Some(job)) => {
                // Whoever else waits looks for another one.
                jobs.waiting.notify_one();
                attempt(&jobs, job).await;
            }
            Ok(None) => tokio::select! {
                () = jobs.waiting.notified() => {}
                () = jobs.house.stopped() => {}
            },
            Err(error) => {
                log::event("failed", json!({"what": "take a job", "error": error.to_string()}));
                let _ = tokio::time::timeout(STORE_PAUSE, jobs.house.stopped()).await;
            }
        }
    }
}

/// Plays a job to its end, or gives it back if the server stops.
async fn attempt(jobs: &Arc<Jobs>, job: Job) {
    let id = job.id.clone();
    log::event("job started", json!({"job": id}));
    let result = match play(jobs, &job).await {
        Ok(Some(result)) => result,
        Ok(None) => {
            let given = id.clone();
            if let Err(error) = jobs.stored(move |jobs| jobs.store.give_job_back(&given)).await {
                log::event(
                    "failed",
                    json!({"what": "give a job back", "job": id, "error": error.to_string()}),
                );
            }
            return;
        }
        Err(why) => json!({"reward": null, "passed": false, "end": "fault", "error": why}),
    };
    jobs.figures.over.add();
    let (told, ended) = (result.clone(), id.clone());
    let written = jobs.stored(move |jobs| jobs.store.end_job(&ended, &told, jobs.terms.ttl_s)).await;
    if let Err(error) = written {
        log::event("failed", json!({"what": "end a job", "job": id, "error": error.to_string()}));
        return;
    }
    log::event("job over", json!({"job": id, "reward": result["reward"], "run": result["run"]}));
    // Nobody may be listening.
    let _ = jobs.ends.send(id);
    if job.delivery.is_some() {
        let over = Job { state: JobState::Over, result: Some(result), ..job };
        tokio::spawn(deliver(Arc::clone(jobs), over));
    }
}

/// The result, or nothing if the server stops first.
async fn play(jobs: &Jobs, job: &Job) -> Result<Option<Value>, String> {
    let request: Request = serde_json::from_value(job.request.clone())
        .map_err(|error| format!("the request is damaged: {error}"))?;
    let venue = &jobs.house.venue;
    let task = venue.tasks().iter().position(|task| task.id().as_str() == request.task);
    let task = task.ok_or("its task is no longer served here")?;
    let model = jobs.model(&request.model)?;
    let played = venue.play(task, model, request.spec(venue), jobs.cancel.clone()).await;
    match played {
        Ok(closed) => Ok(closed.map(|closed| result(&request, &closed))),
        Err(error) => {
            log::event("failed", json!({"what": "seal", "job": job.id, "error": error.to_string()}));
            Err("the server could not seal the episode; its log says why".to_owned())
        }
    }
}

/// What the client reads: how it ended and what it took. Reasons are the operator's, in the store.
fn result(request: &Request, closed: &Closed) -> Value {
    let outcome = &closed.outcome;
    let fault = match &closed.verdict {
        Verdict::Graded(_) => None,
        Verdict::Void(fault) => Some(word(&fault.kind)),
    };
    json!({
        "reward": outcome.counted(),
        "passed": outcome.passed && !outcome.filtered,
        "end": word(&closed.end),
        "fault": fault,
        "model": request.model,
        "turns": outcome.turns,
        "tokens": outcome.tokens,
        "wall_ms": outcome.wall_ms,
        "run": closed.sealed.as_ref().map(|(run, _)| run),
        "episode": closed.sealed.as_ref().map(|(_, number)| number),
    })
}

/// Sends the message of a job that is over, a few times if need be. A server that stops leaves it to the next one.
async fn deliver(jobs: Arc<Jobs>, job: Job) {
    let Some(url) = job.request["webhook"].as_str() else { return };
    let Ok(_turn) = jobs.deliveries.acquire().await else { return };
    let (mut pause, mut tries) = (PAUSE, 0);
    let body = document(&Job { delivery: None, ..job.clone() }).to_string();
    let outcome = loop {
        tries += 1;
        match jobs.webhooks.send(url, body.clone(), clock::now().as_second()).await {
            Ok(()) => break Ok(()),
            Err(Undelivered::Now(_)) if tries < TRIES_MAX => {}
            Err(Undelivered::Now(why) | Undelivered::Ever(why)) => break Err(why),
        }
        if tokio::time::timeout(pause, jobs.house.stopped()).await.is_ok() {
            return;
        }
        pause *= 4;
    };
    let delivery = match &outcome {
        Ok(()) => {
            jobs.figures.delivered.add();
            log::event("webhook delivered", json!({"job": job.id, "tries": tries}));
            Delivery::Delivered
        }
        Err(why) => {
            jobs.figures.undelivered.add();
            log::event("webhook failed", json!({"job": job.id, "tries": tries, "why": why}));
            Delivery::Failed
        }
    };
    let id = job.id.clone();
    if let Err(error) = jobs.stored(move |jobs| jobs.store.set_delivery(&id, delivery)).await {
        log::event("failed", json!({"what": "note a delivery", "job": job.id, "error": error.to_string()}));
    }
}

/// This process, so that another one can tell whether it still lives: its id and when it began.
fn myself() -> String {
    let id = std::process::id();
    format!("{id}/{}", began(id).unwrap_or_default())
}

fn is_alive(holder: &str) -> bool {
    let found = holder.split_once('/').and_then(|(id, start)| Some((id.parse::<u32>().ok()?, start)));
    found.is_some_and(|(id, start)| began(id).is_some_and(|now| now == start))
}

/// When a process began, in the kernel's ticks: field 22 of its `stat`, counted behind the name in brackets.
fn began(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_itself_and_takes_no_other_for_it() {
        assert!(is_alive(&myself()));
        for gone in ["", "1", "4194304/1", &format!("{}/1", std::process::id())] {
            assert!(!is_alive(gone), "{gone}");
        }
    }
}
