//! The built `envy`, driven as a user drives it.

mod bad_input;
mod clients;
mod datasets;
mod diagnosis;
mod difficulty;
mod exports;
mod help;
mod leakage;
mod models;
mod runs;
mod scene;
#[cfg(feature = "serve")]
mod serve;
mod server;
