//! What goes wrong with readings, one operator a file: the T of the catalogue.
//!
//! They are operators like those of `corruptions`, planned for a device as those are for a source. Where they differ, the
//! device alone is concerned and all of its readings, or stretches of them: which windows those are was decided when the
//! readings were drawn.

mod course;

mod burst_sampling;
mod clock_skew;
mod counter_restart;
mod gaps;
mod late_arrival;
mod local_time;
mod resampled;
mod sensor_drift;
mod spikes;
mod stuck;

use crate::corruptions::Corruption;

/// Every operator of series, by code.
pub const ALL: &[&dyn Corruption] = &[
    &sensor_drift::SensorDrift,
    &stuck::Stuck,
    &clock_skew::ClockSkew,
    &gaps::Gaps,
    &resampled::Resampled,
    &local_time::LocalTime,
    &counter_restart::CounterRestart,
    &burst_sampling::BurstSampling,
    &spikes::Spikes,
    &late_arrival::LateArrival,
];

#[cfg(test)]
mod tests;
