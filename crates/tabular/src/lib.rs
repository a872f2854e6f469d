//! Tables: typed columns, the messy sheet over them, the domains they are drawn from, and what goes wrong with them.
//!
//! This crate knows no environment: it can draw a clean table of a population, read a user's own, and lay
//! messy cells over either. It does no IO: it reads and writes bytes.

mod copula;
pub mod corruptions;
pub mod domain;
pub mod domains;
pub mod dynamics;
pub mod error;
pub mod evidence;
pub mod families;
pub mod field;
pub mod infer;
pub mod ledger;
mod marginal;
pub mod mechanism;
pub mod notes;
pub mod original;
pub mod population;
pub mod raw;
pub mod recipe;
pub mod repair;
mod rhythm;
pub mod series;
pub mod sheet;
pub mod table;
pub mod text;
pub mod time;

pub use corruptions::{Corruption, CorruptionInfo};
pub use domain::Domain;
pub use error::TabularError;
pub use evidence::{Evidence, Visible};
pub use field::{Determined, Field, Formula, Kind, Monomial, Role, Unit};
pub use infer::{InferOptions, Inferred, complete, infer};
pub use ledger::{Event, Fairness, Ledger};
pub use mechanism::{Condition, Mechanism};
pub use population::{Population, Reference};
pub use raw::{RawLimits, RawTable};
pub use recipe::{Corrupted, Fault, Recipe, RecipeSpec, Selection};
pub use repair::{Fix, Repair, RepairPlan};
pub use sheet::Sheet;
pub use table::{Column, Table, Value};
pub use text::Parsed;
