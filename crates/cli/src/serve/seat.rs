//! Seat: one client's session. It holds at most one episode, and gives everything back when it is dropped.

use std::sync::Arc;
use std::time::Instant;

use envy_core::End;
use envy_lab::LabError;
use envy_lab::venue::{Attempt, Called, Closed};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::house::{House, secret};
use super::log;

/// No episode id of a client is longer, bytes.
const EPISODE_ID_BYTES_MAX: usize = 255;

/// What becomes of an unfinished episode when its client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// The agent has gone: its files are graded as they stand.
    Grade,
    /// The trainer has gone: nobody waits for a grade, the episode is void.
    Abandon,
}

/// What a client asks of a new episode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) seed: Option<u64>,
    pub(crate) episode_id: Option<String>,
    pub(crate) split: Option<String>,
    pub(crate) index: Option<usize>,
}

/// Why nothing was done; the session stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request makes no sense.
    Invalid(String),
    /// It cannot be done now.
    NotNow(String),
}

/// How an episode ended, as far as its client may know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Final {
    pub(crate) end: End,
    /// Nothing if the episode is void, or left out for a breach.
    pub(crate) reward: Option<f64>,
    pub(crate) passed: bool,
}

/// What a call brought, and how the episode ended if it did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) called: Called,
    pub(crate) over: Option<Final>,
}

/// One client's session.
pub(crate) struct Seat {
    house: Arc<House>,
    leaving: Leaving,
    attempt: Option<Attempt>,
    episode: Option<String>,
    steps: u64,
    /// Given back when the last episode of the seat is sealed.
    permit: Arc<OwnedSemaphorePermit>,
}

impl Seat {
    /// Takes a seat in the house, if one is free.
    pub(crate) fn take(house: &Arc<House>, leaving: Leaving) -> Option<Self> {
        let permit = house.take_seat()?;
        let house = Arc::clone(house);
        Some(Self { house, leaving, attempt: None, episode: None, steps: 0, permit: Arc::new(permit) })
    }

    /// The name of the episode, if there was one.
    pub(crate) fn episode(&self) -> Option<&str> {
        self.episode.as_deref()
    }

    /// Calls since the last reset.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// True while an episode is being played.
    pub(crate) fn is_playing(&self) -> bool {
        self.attempt.is_some()
    }

    /// Starts an episode; one that was being played is abandoned.
    ///
    /// # Errors
    /// There is no such split or index, or the task cannot be read.
    pub(crate) fn reset(&mut self, asked: Asked) -> Result<&Attempt, Refusal> {
        let task = self.choose(&asked)?;
        if asked.episode_id.as_ref().is_some_and(|id| id.len() > EPISODE_ID_BYTES_MAX) {
            let what = format!("episode_id has more than {EPISODE_ID_BYTES_MAX} bytes");
            return Err(Refusal::Invalid(what));
        }
        let attempt = self.house.venue.start(task).map_err(|error| failed("start", &error))?;
        self.settle();
        self.house.metrics.episodes.add();
        let episode = asked.episode_id.unwrap_or_else(secret);
        log::event(
            "episode started",
            json!({"episode": episode, "task": self.house.venue.tasks()[task].id()}),
        );
        self.episode = Some(episode);
        self.steps = 0;
        Ok(self.attempt.insert(attempt))
    }

    /// Plays one call. If the house stops meanwhile the call is dropped half-way: what was played before it is sealed.
    ///
    /// # Errors
    /// No episode is being played, the house stops, or the record cannot be sealed.
    pub(crate) async fn call(&mut self, name: &str, arguments: Value) -> Result<Answer, Refusal> {
        let Some(attempt) = &mut self.attempt else {
            let what = match self.episode {
                Some(_) => "the episode is over: reset starts another one",
                None => "there is no episode yet: reset starts one",
            };
            return Err(Refusal::NotNow(what.to_owned()));
        };
        let began = Instant::now();
        let called = tokio::select! {
            called = attempt.call(name, arguments) => called,
            () = self.house.stopped() => return Err(Refusal::NotNow("the server stops".to_owned())),
        };
        self.house.metrics.steps.record(began.elapsed());
        self.steps += 1;
        let over = match called.end {
            Some(_) => Some(self.finish().await?),
            None => None,
        };
        Ok(Answer { called, over })
    }

    /// Grades and seals the episode that is being played.
    ///
    /// # Errors
    /// There is none, or its record cannot be sealed.
    pub(crate) async fn finish(&mut self) -> Result<Final, Refusal> {
        let attempt = self.attempt.take().ok_or_else(|| Refusal::NotNow("there is no episode".to_owned()))?;
        let (house, permit) = (Arc::clone(&self.house), Arc::clone(&self.permit));
        let episode = self.episode.clone().unwrap_or_default();
        // A task of its own: what has ended is graded and sealed, even if nobody waits for it any more.
        let grading = tokio::spawn(async move {
            let closed = attempt.finish().await.map_err(|error| failed("seal", &error))?;
            drop(permit);
            Ok(told(&house, &episode, &closed))
        });
        match grading.await {
            Ok(closed) => closed,
            Err(error) => Err(Refusal::NotNow(format!("the grading was broken off: {error}"))),
        }
    }

    fn choose(&self, asked: &Asked) -> Result<usize, Refusal> {
        let (count, split) = (self.house.venue.tasks().len(), self.house.split.name());
        if asked.split.as_ref().is_some_and(|named| named != split) {
            return Err(Refusal::Invalid(format!("there is no such split: the tasks are in \"{split}\"")));
        }
        match (asked.index, asked.seed) {
            (Some(index), _) if index >= count => {
                Err(Refusal::Invalid(format!("there is no task {index}: they are 0 to {}", count - 1)))
            }
            (Some(index), _) => Ok(index),
            (None, Some(seed)) => Ok((seed % count as u64) as usize),
            (None, None) => Ok(self.house.next_task()),
        }
    }

    /// Ends what is still being played, in the background; the seat is given back after that.
    fn settle(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        let (house, leaving, permit) = (Arc::clone(&self.house), self.leaving, Arc::clone(&self.permit));
        let episode = self.episode.clone().unwrap_or_default();
        tokio::spawn(async move {
            let closed = match (house.is_stopping(), leaving) {
                (true, _) => attempt.abandon("the server was stopped before the end").await,
                (false, Leaving::Abandon) => attempt.abandon("the client left before the end").await,
                (false, Leaving::Grade) => attempt.finish().await.map(Some),
            };
            match closed {
                Ok(Some(closed)) => drop(told(&house, &episode, &closed)),
                Ok(None) => {}
                Err(error) => drop(failed("seal", &error)),
            }
            drop(permit);
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.settle();
    }
}

/// Counts and logs what came of an episode, and says what its client may know.
fn told(house: &House, episode: &str, closed: &Closed) -> Final {
    log::closed(episode, closed);
    let metrics = &house.metrics;
    match closed.score() {
        Some(score) => {
            metrics.graded.add();
            if score.passed {
                metrics.passed.add();
            }
        }
        None if closed.outcome.filtered => metrics.filtered.add(),
        None => metrics.voids.add(),
    }
    let score = closed.score();
    Final {
        end: closed.end,
        reward: score.map(|score| score.reward),
        passed: score.is_some_and(|score| score.passed),
    }
}

/// The operator reads the whole error, the client that there was one.
fn failed(what: &str, error: &LabError) -> Refusal {
    log::event("failed", json!({"what": what, "error": error.to_string()}));
    Refusal::NotNow(format!("the server could not {what} the episode; its log says why"))
}
