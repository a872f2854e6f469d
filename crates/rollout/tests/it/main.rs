//! Whole episodes against an in-memory sandbox, a tiny environment and scripted models, with faults on demand.

mod ends;
mod fakes;
mod limits;
mod observations;
mod schedule;
mod tools;
mod voids;
