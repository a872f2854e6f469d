//! The built `envy`, driven as a user drives it.

mod bad_input;
mod datasets;
mod help;
mod runs;
mod scene;
