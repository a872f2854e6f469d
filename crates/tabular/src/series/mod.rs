//! Series: devices that report all at the same moments, and what goes wrong with their readings.
//!
//! A label belongs to a window, one device's day. What a model reads of it are summaries of the readings in it, so that a
//! wrong clock hurts as much as a wrong number.

pub mod domains;
pub mod faults;
mod plant;
mod recipe;
mod windows;

pub use domains::{Register, SeriesDomain, Signal, TWIN};
pub use plant::{Labels, Plant, STEP_S};
pub use recipe::{DEVICES, GOOD_DEVICES_MIN, SeriesFault, SeriesRecipe, SeriesSpec};
pub use windows::{Summary, Window, Windows};
