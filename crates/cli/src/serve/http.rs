//! HTTP: the listener that all protocols share, and its end.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

use super::house::House;
use super::log;
use crate::fail::Failure;

/// Serves `router` until the house stops, then waits for every session to be sealed.
///
/// # Errors
/// The address cannot be had.
pub(crate) async fn serve(house: &Arc<House>, router: Router, address: SocketAddr) -> Result<(), Failure> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::io(&format!("listen on {address}"), &error))?;
    let address = listener.local_addr().map_err(|error| Failure::io("listen", &error))?;
    log::event("listening", serde_json::json!({"address": address.to_string(), "environment": house.name()}));
    let stopping = Arc::clone(house);
    let served =
        axum::serve(listener, router).with_graceful_shutdown(async move { stopping.stopped().await });
    let stopping = Arc::clone(house);
    tokio::select! {
        served = served => served.map_err(|error| Failure::io("serve", &error)),
        // Connections that are kept open by their clients do not hold the end up once every seat is free.
        () = async move {
            stopping.stopped().await;
            stopping.emptied().await;
        } => Ok(()),
    }
}

/// Waits for Ctrl-C or a polite kill and stops the house; a second signal ends the process at once.
pub(crate) async fn wait_for_signal(house: &House) {
    let Ok(mut polite) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        return;
    };
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return },
            asked = polite.recv() => if asked.is_none() { return },
        }
        if house.is_stopping() {
            std::process::exit(crate::fail::Code::Failed as i32);
        }
        log::event("stopping", serde_json::json!({"sessions": house.seats_taken()}));
        house.stop();
    }
}
