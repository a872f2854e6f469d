//! Servers: drivers of episodes from outside. One file for each protocol over the same seats.

pub(crate) mod auth;
pub(crate) mod flags;
pub(crate) mod house;
pub(crate) mod http;
pub(crate) mod jobs;
mod log;
pub(crate) mod mcp;
pub(crate) mod metrics;
pub(crate) mod openenv;
mod seat;
