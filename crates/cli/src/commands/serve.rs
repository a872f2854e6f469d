//! `envy serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::json;

use crate::fail::Failure;
use crate::serve::auth::{self, Keys};
use crate::serve::flags::{self, JobFlags, PlayFlags, TaskFlags};
use crate::serve::house::{House, Split};
use crate::serve::jobs::{self, Jobs};
use crate::serve::{http, mcp, metrics, openenv};
use crate::session::Session;

/// Serve tasks to trainers and agents: OpenEnv at /ws, the Model Context Protocol at /agent/mcp, jobs at /run-async,
/// figures at /metrics.
///
/// Each session plays episodes of its own; rewards are 0 until the end. Every episode in which something was called is
/// sealed in a run of the store. A job is a whole episode with a model of the server's. A polite kill ends the sessions,
/// seals them, puts jobs that run back into their queue, and exits.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address to listen at.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port to listen at; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8_000)]
    port: u16,
    /// Ask every request for one of these bearer tokens; only /health is open.
    #[arg(long, value_name = "TOKEN", env = "ENVY_TOKEN", hide_env_values = true)]
    token: Vec<String>,
    /// Let anyone who can reach the address use the server.
    #[arg(long, conflicts_with = "token")]
    open: bool,
    /// What the tasks are for.
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    split: Split,
    #[command(flatten)]
    tasks: TaskFlags,
    #[command(flatten)]
    play: PlayFlags,
    #[command(flatten)]
    jobs: JobFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let keys = Keys::of(&args.token)?;
    if !args.open {
        keys.fit(args.host)?;
    }
    let session = Session::start()?;
    let house = Arc::new(flags::house(&session, &args.tasks, &args.play, args.split, "served/openenv")?);
    session.block_on(async {
        let stopper = Arc::clone(&house);
        tokio::spawn(async move { http::wait_for_signal(&stopper).await });
        let jobs = Arc::new(args.jobs.jobs(&session, &house)?);
        let workers = jobs::start(&jobs)?;
        let router = router(&house, &jobs, keys, args.host.is_loopback());
        http::serve(&house, router, SocketAddr::new(args.host, args.port)).await?;
        house.emptied().await;
        workers.join_all().await;
        Ok(())
    })
}

/// Every path of the server. `/mcp` is OpenEnv's own, so agents find theirs at `/agent/mcp`.
fn router(house: &Arc<House>, jobs: &Arc<Jobs>, keys: Keys, own_host_only: bool) -> Router {
    let figures =
        Router::new().route("/metrics", get(figures)).with_state((Arc::clone(house), Arc::clone(jobs)));
    let guarded = openenv::routes(house)
        .merge(jobs::routes(jobs))
        .merge(figures)
        .nest_service("/agent/mcp", mcp::over_http(house, own_host_only))
        .layer(middleware::from_fn_with_state(keys, auth::ask));
    Router::new().route("/health", get(health)).merge(guarded)
}

async fn health() -> Json<serde_json::Value> {
    Json(json!({"status": "healthy"}))
}

async fn figures(State((house, jobs)): State<(Arc<House>, Arc<Jobs>)>) -> String {
    // The page asks the store how many jobs wait.
    let page = tokio::task::spawn_blocking(move || metrics::page(&house, &jobs));
    page.await.unwrap_or_default()
}
