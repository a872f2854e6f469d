//! Providers against a server that speaks their dialects, well and badly.

mod contract;
mod faults;
mod script;
mod server;
