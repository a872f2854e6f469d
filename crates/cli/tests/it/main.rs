//! The built `envy`, driven as a user drives it.

mod bad_input;
mod clients;
mod container;
mod datasets;
mod diagnosis;
mod difficulty;
mod exports;
mod harbor;
mod help;
mod integrity;
#[cfg(feature = "serve")]
mod jobs;
mod judge;
mod leakage;
mod models;
mod runs;
mod scene;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod served;
mod server;
#[cfg(feature = "serve")]
mod stop;
mod tracks;
mod written;
