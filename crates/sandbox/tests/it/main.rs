//! The native backend from outside: the contract of a box, and the escape and limits suite.

#![expect(clippy::print_stdout, reason = "what is skipped is said aloud")]

mod contract;
mod exhaustion;
mod remains;
mod remnants;
mod sealed;
mod sessions;
mod suite;
mod warm;
