//! The choices of a `domain` knob.

/// The word that leaves a choice to the seed.
pub(crate) const ANY: &str = "any";

/// What the rows may be about.
pub(crate) const DOMAINS: &[&str] = &[
    ANY,
    "agronomy-plots",
    "air-quality",
    "app-telemetry",
    "clinic-vitals",
    "lab-assays",
    "loan-applications",
    "logistics",
    "machine-telemetry",
    "payroll",
    "property-listings",
    "retail-orders",
    "smart-meter",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn choices_name_every_domain_there_is() {
        let domains: BTreeSet<&str> = envy_tabular::domains::ALL.iter().map(|domain| domain.name).collect();
        assert_eq!(DOMAINS[0], ANY);
        assert_eq!(DOMAINS[1..].iter().copied().collect::<BTreeSet<_>>(), domains);
    }
}
