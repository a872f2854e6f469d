//! The requests: `/run` and `/run-sync` wait for the end of a job, `/run-async` does not, `/jobs/{id}` looks at one.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use envy_lab::store::{Added, Delivery, Job, JobState};
use envy_lab::{LabError, clock};
use serde_json::{Value, json};

use super::request::Request;
use super::{Jobs, document};
use crate::serve::auth::KeyHolder;
use crate::serve::house::secret;
use crate::serve::log;

/// No body is larger, bytes.
const BODY_BYTES_MAX: usize = 64 << 10;

/// When to try again after a limit was met, seconds.
const RETRY_AFTER_S: u32 = 10;

/// What a client sent, or why it was not taken.
type Body = Result<Bytes, BytesRejection>;

/// The routes of the jobs API.
pub(crate) fn routes(jobs: &Arc<Jobs>) -> Router {
    Router::new()
        .route("/run", post(run))
        .route("/run-sync", post(run_sync))
        .route("/run-async", post(run_async))
        .route("/jobs/{id}", get(look))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::clone(jobs))
}

/// `POST /run`: the bare result, when there is one.
async fn run(State(jobs): State<Arc<Jobs>>, Extension(who): Extension<KeyHolder>, body: Body) -> Response {
    match waited(&jobs, who, body).await {
        Ok(job) => Json(job.result).into_response(),
        Err(refused) => *refused,
    }
}

/// `POST /run-sync`: the whole job, when it is over.
async fn run_sync(
    State(jobs): State<Arc<Jobs>>,
    Extension(who): Extension<KeyHolder>,
    body: Body,
) -> Response {
    match waited(&jobs, who, body).await {
        Ok(job) => Json(document(&job)).into_response(),
        Err(refused) => *refused,
    }
}

/// `POST /run-async`: the job as it was queued.
async fn run_async(
    State(jobs): State<Arc<Jobs>>,
    Extension(who): Extension<KeyHolder>,
    body: Body,
) -> Response {
    match queue(&jobs, who, body, true).await {
        Ok(job) => (StatusCode::ACCEPTED, Json(document(&job))).into_response(),
        Err(refused) => *refused,
    }
}

/// `GET /jobs/{id}`. Somebody else's job is as little there as one that never was.
async fn look(
    State(jobs): State<Arc<Jobs>>,
    Extension(who): Extension<KeyHolder>,
    Path(id): Path<String>,
) -> Response {
    match jobs.stored(move |jobs| jobs.store.job(&id)).await {
        Ok(Some(job)) if job.owner == who.0 => Json(document(&job)).into_response(),
        Ok(_) => {
            told(StatusCode::NOT_FOUND, "there is no such job; jobs are forgotten some time after their end")
        }
        Err(error) => broken(&error),
    }
}

/// Queues a job and waits for its end. A client that hangs up loses the answer, not the job.
async fn waited(jobs: &Arc<Jobs>, who: KeyHolder, body: Body) -> Result<Job, Box<Response>> {
    let mut ends = jobs.ends.subscribe();
    let job = queue(jobs, who, body, false).await?;
    loop {
        let ended = tokio::select! {
            ended = ends.recv() => ended,
            () = jobs.house.stopped() => {
                let why = format!("the server stops; job {} goes on when it is back", job.id);
                return Err(Box::new(told(StatusCode::SERVICE_UNAVAILABLE, &why)));
            }
        };
        if ended.is_ok_and(|ended| ended != job.id) {
            continue;
        }
        // Its own end, or so many that some were not heard: the store knows.
        let id = job.id.clone();
        let now =
            jobs.stored(move |jobs| jobs.store.job(&id)).await.map_err(|error| Box::new(broken(&error)))?;
        match now {
            Some(now) if now.state == JobState::Over => return Ok(now),
            Some(_) => {}
            None => return Err(Box::new(told(StatusCode::GONE, "the job is over and was forgotten"))),
        }
    }
}

async fn queue(
    jobs: &Arc<Jobs>,
    who: KeyHolder,
    body: Body,
    may_call_back: bool,
) -> Result<Job, Box<Response>> {
    let invalid = |why: String| Box::new(told(StatusCode::UNPROCESSABLE_ENTITY, &why));
    let body = body.map_err(|refused| Box::new(told(refused.status(), &refused.body_text())))?;
    let request = Request::read(&body, &jobs.house.venue, may_call_back).map_err(invalid)?;
    jobs.model(&request.model).map_err(invalid)?;
    if let Some(url) = &request.webhook {
        jobs.webhooks.check(url).await.map_err(invalid)?;
    }
    let job = Job {
        id: secret(),
        owner: who.0,
        created: clock::now().as_second(),
        expires: None,
        state: JobState::Queued,
        delivery: request.webhook.is_some().then_some(Delivery::Waiting),
        request: json!(request),
        result: None,
    };
    let new = job.clone();
    let added = jobs.stored(move |jobs| jobs.store.add_job(&jobs.scope, &new, jobs.terms.limits)).await;
    let limits = jobs.terms.limits;
    let why = match added.map_err(|error| Box::new(broken(&error)))? {
        Added::Queued => {
            jobs.figures.queued.add();
            log::event("job queued", json!({"job": job.id, "task": request.task, "model": request.model}));
            jobs.waiting.notify_one();
            return Ok(job);
        }
        Added::Full => format!("the server keeps {} jobs already", limits.held_max),
        Added::TooMany => format!("this key waits for {} jobs already", limits.open_max),
    };
    jobs.figures.refused.add();
    let mut refused = told(StatusCode::TOO_MANY_REQUESTS, &why);
    refused.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
    Err(Box::new(refused))
}

fn told(status: StatusCode, why: &str) -> Response {
    let detail: Value = json!({"detail": why});
    (status, Json(detail)).into_response()
}

/// The operator reads the whole error, the client that there was one.
fn broken(error: &LabError) -> Response {
    log::event("failed", json!({"what": "use the store", "error": error.to_string()}));
    told(StatusCode::INTERNAL_SERVER_ERROR, "the server's store failed; its log says why")
}
