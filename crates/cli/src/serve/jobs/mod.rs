//! Jobs: episodes that a server plays with a model for whoever asks over HTTP. They lie in the store, so that a restart
//! loses none.

mod http;
mod request;
mod webhook;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use envy_core::{Digest, Model};
use envy_lab::Cancel;
use envy_lab::models::Sources;
use envy_lab::store::{Job, JobLimits, Store};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, broadcast};

use super::house::House;
use super::metrics::Counter;
pub(crate) use http::routes;
pub(crate) use webhook::Webhooks;
pub(crate) use worker::start;

/// Ends of jobs that a slow listener may lag behind; one that lags further looks into the store instead.
const ENDS_KEPT: usize = 256;

/// Messages on their way at once.
const DELIVERIES_MAX: usize = 16;

/// What jobs may be asked for, and how many.
pub(crate) struct Terms {
    /// The models that a job may name; the environment's policies always are.
    pub(crate) models: Vec<String>,
    /// How many are kept, and how many one key may wait for.
    pub(crate) limits: JobLimits,
    /// How long a job is kept after its end, seconds.
    pub(crate) ttl_s: u32,
    /// Episodes of jobs at once.
    pub(crate) workers: usize,
}

/// The jobs of a server.
pub(crate) struct Jobs {
    house: Arc<House>,
    store: Arc<Store>,
    terms: Terms,
    sources: Sources,
    webhooks: Webhooks,
    /// Names what the jobs are about: the environment and its tasks.
    scope: String,
    models: Mutex<BTreeMap<String, Arc<dyn Model>>>,
    cancel: Cancel,
    /// Rung when a job waits.
    waiting: Notify,
    /// The names of jobs as they end.
    ends: broadcast::Sender<String>,
    deliveries: Semaphore,
    pub(crate) figures: Figures,
}

/// What is counted.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) queued: Counter,
    pub(crate) refused: Counter,
    pub(crate) over: Counter,
    pub(crate) delivered: Counter,
    pub(crate) undelivered: Counter,
}

impl Jobs {
    /// The jobs of `house`, in `store`.
    pub(crate) fn new(
        house: &Arc<House>,
        store: Arc<Store>,
        terms: Terms,
        sources: Sources,
        webhooks: Webhooks,
    ) -> Self {
        let mut ids: Vec<&str> = house.venue.tasks().iter().map(|task| task.id().as_str()).collect();
        ids.sort_unstable();
        Self {
            scope: Digest::of(ids.join("\n").as_bytes()).as_str().to_owned(),
            house: Arc::clone(house),
            store,
            terms,
            sources,
            webhooks,
            models: Mutex::default(),
            cancel: Cancel::new(),
            waiting: Notify::new(),
            ends: broadcast::Sender::new(ENDS_KEPT),
            deliveries: Semaphore::new(DELIVERIES_MAX),
            figures: Figures::default(),
        }
    }

    /// The figures of `/metrics`.
    pub(crate) fn open(&self) -> (u32, u32) {
        // A store that cannot be read shows in the log of whatever needs it.
        self.store.open_jobs(&self.scope).unwrap_or_default()
    }
}

/// A job as its owner may see it.
fn document(job: &Job) -> Value {
    let moment = |seconds: i64| envy_lab::clock::of_second(seconds).map(envy_lab::clock::written);
    json!({
        "schema": "envy.job/1",
        "job": job.id,
        "status": job.state.name(),
        "created": moment(job.created),
        "expires": job.expires.and_then(moment),
        "metadata": job.request["metadata"],
        "result": job.result,
        "webhook": job.delivery.map(envy_lab::store::Delivery::name),
    })
}
