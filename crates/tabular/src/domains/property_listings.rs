//! Homes for sale.

use super::units::{KILOMETRE, PERCENT, SQUARE_METRE};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, Sources, WAKING, integer, number, times};
use crate::families::{Beta, Gamma, Likert, LogNormal, NegativeBinomial, Normal, Poisson, Weibull};

/// Homes for sale.
pub const PROPERTY_LISTINGS: Domain = Domain {
    name: "property-listings",
    title: "Homes for sale",
    doc: "A property portal gathers the listings of estate agents in one region. One row is one listing on the day it \
          went online, as the agent's software sent it.",
    label: "Demand group that the portal's analysts gave the listing, from slow upwards.",
    sources: Sources {
        names: [
            "Acker & Sohn",
            "Blumenthal",
            "Castellan",
            "Domus Nord",
            "Eckstein",
            "Firstline",
            "Giebelhaus",
            "private",
        ],
        doc: "Agent whose software sent the listing.",
    },
    clock: Clock {
        days: (120, 300),
        hours: WAKING,
        weekend: 0.5,
        step_s: 1,
        doc: "Moment the listing went online, UTC.",
    },
    measures: &[
        integer("price", "EUR", "Asking price without fees.")
            .drawn(&LogNormal, &[(0.35, 0.55)], (0.0, 0.0), (310_000.0, 420_000.0))
            .legal(45_000.0, 3_500_000.0)
            .units(&[times("kEUR", 0.001), times("ct", 100.0), times("CZK", 25.1)])
            .pull(0.8, 0.0)
            .rounded_to(5_000.0),
        number("living_area", "m2", 1, "Living area by the agent's plan.")
            .drawn(&LogNormal, &[(0.3, 0.45)], (0.0, 0.0), (90.0, 120.0))
            .legal(16.0, 550.0)
            .units(SQUARE_METRE)
            .pull(0.8, 0.0)
            .rounded_to(5.0),
        integer("rooms", "", "Rooms without kitchen and bath.")
            .drawn(&Poisson, &[(2.4, 3.4)], (1.0, 1.0), (1.0, 1.0))
            .legal(1.0, 14.0)
            .pull(0.7, 0.0),
        integer("building_age", "years", "Years since the building was finished.")
            .drawn(&Weibull, &[(1.3, 2.0)], (0.0, 0.0), (42.0, 60.0))
            .legal(0.0, 260.0)
            .units(&[times("decades", 0.1), times("months", 12.0)])
            .pull(-0.2, 0.6)
            .rounded_to(5.0),
        number("energy_demand", "kWh/(m2 a)", 1, "Yearly energy demand by the certificate.")
            .drawn(&Gamma, &[(2.6, 4.5)], (15.0, 25.0), (95.0, 130.0))
            .legal(8.0, 620.0)
            .units(&[times("MJ/(m2 a)", 3.6), times("Wh/(m2 a)", 1_000.0)])
            .pull(0.0, 0.7),
        number("distance_to_centre", "km", 2, "Distance to the centre of the municipality.")
            .drawn(&Gamma, &[(1.4, 2.4)], (0.1, 0.2), (3.5, 6.0))
            .legal(0.05, 45.0)
            .units(KILOMETRE)
            .pull(-0.4, 0.0),
        number("monthly_charge", "EUR", 2, "Monthly charge of the owners' association or for upkeep.")
            .drawn(&Normal, &[], (240.0, 320.0), (55.0, 80.0))
            .legal(20.0, 900.0)
            .units(&[times("EUR/a", 12.0), times("ct", 100.0)])
            .pull(0.5, 0.0)
            .rounded_to(10.0),
        number("garden_share", "%", 1, "Share of the plot that is garden.")
            .drawn(&Beta, &[(1.4, 2.6), (1.6, 3.0)], (0.0, 0.0), (95.0, 95.0))
            .legal(0.0, 95.0)
            .units(PERCENT),
        integer("photos", "", "Photographs in the listing.")
            .drawn(&NegativeBinomial, &[(9.0, 16.0), (0.2, 0.5)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 90.0)
            .pull(0.4, -0.2),
        integer("condition", "", "Condition by the agent, from 1 (to be renovated) to 6 (as new).")
            .drawn(&Likert, &[(6.0, 6.0), (0.45, 0.7), (0.22, 0.4)], (0.0, 0.0), (1.0, 1.0))
            .legal(1.0, 6.0)
            .pull(0.3, -0.6),
    ],
    choices: &[
        Choice {
            name: "home_type",
            levels: &["apartment", "terraced house", "detached house", "farmhouse", "loft"],
            ordered: false,
            zipf: (0.6, 1.1),
            doc: "Type of the home.",
        },
        Choice {
            name: "parking",
            levels: &["none", "street", "carport", "garage"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "Parking that comes with the home.",
        },
    ],
    chain: Chain {
        names: &["neighbourhood", "municipality", "district"],
        docs: &[
            "Neighbourhood of the home.",
            "Municipality of the neighbourhood, which determines it.",
            "District of the municipality.",
        ],
        rows: &[
            &["Altstadt", "Lindau", "Seekreis"],
            &["Inselviertel", "Lindau", "Seekreis"],
            &["Hoyren", "Lindau", "Seekreis"],
            &["Uferpark", "Wasserburg", "Seekreis"],
            &["Rebhang", "Wasserburg", "Seekreis"],
            &["Klosterberg", "Wangen", "Allgäu"],
            &["Südstadt", "Wangen", "Allgäu"],
            &["Argenau", "Wangen", "Allgäu"],
            &["Kurviertel", "Isny", "Allgäu"],
            &["Felderhalde", "Isny", "Allgäu"],
            &["Nordring", "Kempten", "Iller"],
            &["Thingers", "Kempten", "Iller"],
            &["Lotterberg", "Kempten", "Iller"],
            &["Steufzgen", "Kempten", "Iller"],
            &["Burgberg", "Sonthofen", "Iller"],
            &["Rieden", "Sonthofen", "Iller"],
            &["Hafenviertel", "Bregenz", "Vorarlberg"],
            &["Vorkloster", "Bregenz", "Vorarlberg"],
            &["Schendlingen", "Bregenz", "Vorarlberg"],
            &["Oberdorf", "Dornbirn", "Vorarlberg"],
            &["Hatlerdorf", "Dornbirn", "Vorarlberg"],
        ],
        zipf: (0.8, 1.1),
    },
    derived: Derived {
        name: "price_per_area",
        unit: "EUR/m2",
        decimals: 4,
        doc: "Asking price per living area, computed by the portal.",
        terms: &[(1.0, &[("price", 1), ("living_area", -1)])],
        legal: (80.0, 220_000.0),
        units: &[times("kEUR/m2", 0.001), times("EUR/sq ft", 0.092_903)],
    },
};
