//! The domains: what generated tables are about, one file each.

mod clinic_vitals;
mod loan_applications;
mod retail_orders;
mod smart_meter;
mod units;

pub use clinic_vitals::CLINIC_VITALS;
pub use loan_applications::LOAN_APPLICATIONS;
pub use retail_orders::RETAIL_ORDERS;
pub use smart_meter::SMART_METER;

use crate::domain::Domain;

/// Every domain.
pub const ALL: &[&Domain] = &[&CLINIC_VITALS, &LOAN_APPLICATIONS, &RETAIL_ORDERS, &SMART_METER];

/// The domain called `name`.
pub fn find(name: &str) -> Option<&'static Domain> {
    ALL.iter().copied().find(|domain| domain.name == name)
}

#[cfg(test)]
mod tests;
