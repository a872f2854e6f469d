//! `envy mcp`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Router, middleware};

use crate::fail::Failure;
use crate::serve::auth::{self, Keys};
use crate::serve::flags::{self, PlayFlags, TaskFlags};
use crate::serve::house::{House, Split};
use crate::serve::{http, mcp};
use crate::session::Session;

/// Let an agent of any make play a task through the Model Context Protocol, over stdin and stdout or over HTTP.
///
/// Each session is an episode of its own. The agent reads its task, its tools' results and that it submitted; the
/// verdict goes to stderr and into the store. Closing the session grades the files as they stand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Serve streamable HTTP at the path /mcp of this address instead of stdin and stdout.
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Ask every request for this bearer token.
    #[arg(long, value_name = "TOKEN", env = "ENVY_TOKEN", hide_env_values = true, requires = "http")]
    token: Vec<String>,
    #[command(flatten)]
    tasks: TaskFlags,
    #[command(flatten)]
    play: PlayFlags,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let keys = Keys::of(&args.token)?;
    if let Some(address) = args.http {
        keys.fit(address.ip())?;
    }
    let session = Session::start()?;
    let house = Arc::new(flags::house(&session, &args.tasks, &args.play, Split::Test, "served/mcp")?);
    session.block_on(async {
        let stopper = Arc::clone(&house);
        tokio::spawn(async move { http::wait_for_signal(&stopper).await });
        match args.http {
            None => mcp::over_stdio(&house).await?,
            Some(address) => over_http(&house, keys, address).await?,
        }
        house.emptied().await;
        Ok(())
    })
}

async fn over_http(house: &Arc<House>, keys: Keys, address: SocketAddr) -> Result<(), Failure> {
    let service = mcp::over_http(house, address.ip().is_loopback());
    let router = Router::new().nest_service("/mcp", service);
    let router = router.layer(middleware::from_fn_with_state(keys, auth::ask));
    http::serve(house, router, address).await
}
