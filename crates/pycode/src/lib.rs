//! Python source in Rust: parsed with positions, counted as CPython counts, matched against patterns, edited in place.
//!
//! A [`Module`] is a source with its nodes in one flat list, in the order of the source. Edits change the text by byte
//! ranges and parse again, so that comments and spacing stay as they are. The parser behind it shows up nowhere in the
//! public face: its interface changes with every release.

mod build;
mod deep;
mod edit;
mod error;
mod home;
mod kind;
mod module;
pub mod mutators;
mod pattern;
mod scope;

pub use deep::SOURCE_BYTES_MAX;
pub use edit::{Edit, Edited};
pub use error::PycodeError;
pub use kind::Kind;
pub use module::{Module, Node, NodeId, Place, Span};
pub use pattern::{Match, Pattern, Rewrite};
