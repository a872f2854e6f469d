//! The domains: what generated tables are about, one file each.

mod agronomy_plots;
mod air_quality;
mod app_telemetry;
mod clinic_vitals;
mod lab_assays;
mod loan_applications;
mod logistics;
mod machine_telemetry;
mod payroll;
mod property_listings;
mod retail_orders;
mod smart_meter;
#[cfg(test)]
mod tests;
mod units;

pub use agronomy_plots::AGRONOMY_PLOTS;
pub use air_quality::AIR_QUALITY;
pub use app_telemetry::APP_TELEMETRY;
pub use clinic_vitals::CLINIC_VITALS;
pub use lab_assays::LAB_ASSAYS;
pub use loan_applications::LOAN_APPLICATIONS;
pub use logistics::LOGISTICS;
pub use machine_telemetry::MACHINE_TELEMETRY;
pub use payroll::PAYROLL;
pub use property_listings::PROPERTY_LISTINGS;
pub use retail_orders::RETAIL_ORDERS;
pub use smart_meter::SMART_METER;

use crate::domain::Domain;

/// Every domain.
pub const ALL: &[&Domain] = &[
    &AGRONOMY_PLOTS,
    &AIR_QUALITY,
    &APP_TELEMETRY,
    &CLINIC_VITALS,
    &LAB_ASSAYS,
    &LOAN_APPLICATIONS,
    &LOGISTICS,
    &MACHINE_TELEMETRY,
    &PAYROLL,
    &PROPERTY_LISTINGS,
    &RETAIL_ORDERS,
    &SMART_METER,
];

/// The domain called `name`.
pub fn find(name: &str) -> Option<&'static Domain> {
    ALL.iter().copied().find(|domain| domain.name == name)
}
