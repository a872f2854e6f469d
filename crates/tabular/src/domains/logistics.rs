//! Parcels of a freight forwarder.

use super::units::{CENTIMETRE, EURO, HOUR, KILOGRAM, KILOMETRE};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, Sources, WAKING, integer, number, times};
use crate::families::{Gamma, LogNormal, Mixture, NegativeBinomial, Normal, Poisson, Weibull};

/// Parcels of a freight forwarder.
pub const LOGISTICS: Domain = Domain {
    name: "logistics",
    title: "Parcel shipments",
    doc: "A freight forwarder measures every parcel when it is handed in and closes its record on delivery. One row \
          is one parcel, scanned in at one of the depots.",
    label: "Tariff group that the forwarder's billing gave the parcel, from light upwards.",
    sources: Sources {
        names: [
            "depot Arnhem",
            "depot Basel",
            "depot Dijon",
            "depot Essen",
            "depot Ghent",
            "depot Linz",
            "depot Metz",
            "depot Ulm",
        ],
        doc: "Depot that scanned the parcel in; each has its own scales and scanner.",
    },
    clock: Clock {
        days: (60, 150),
        hours: WAKING,
        weekend: 0.35,
        step_s: 1,
        doc: "Moment the parcel was scanned in, UTC.",
    },
    measures: &[
        number("length", "cm", 1, "Longest side of the parcel.")
            .drawn(&Gamma, &[(3.5, 5.0)], (8.0, 12.0), (38.0, 52.0))
            .legal(10.0, 240.0)
            .units(CENTIMETRE)
            .pull(0.8, 0.0)
            .rounded_to(5.0),
        number("width", "cm", 1, "Second side of the parcel.")
            .drawn(&Gamma, &[(3.5, 5.0)], (6.0, 9.0), (22.0, 32.0))
            .legal(5.0, 160.0)
            .units(CENTIMETRE)
            .pull(0.8, 0.0)
            .rounded_to(5.0),
        number("height", "cm", 1, "Third side of the parcel.")
            .drawn(&LogNormal, &[(0.3, 0.5)], (0.0, 0.0), (17.0, 24.0))
            .legal(2.0, 140.0)
            .units(CENTIMETRE)
            .pull(0.7, 0.0)
            .rounded_to(5.0),
        number("weight", "kg", 2, "Weight of the parcel on the depot's scales.")
            .drawn(&LogNormal, &[(0.5, 0.8)], (0.0, 0.0), (4.5, 8.0))
            .legal(0.1, 120.0)
            .units(KILOGRAM)
            .pull(0.7, 0.2),
        number("distance", "km", 1, "Road distance from depot to recipient.")
            .drawn(&Mixture, &[(0.25, 0.5), (2.6, 4.0)], (170.0, 230.0), (50.0, 62.0))
            .legal(2.0, 900.0)
            .units(KILOMETRE)
            .pull(0.0, 0.7),
        number("transit_time", "h", 1, "Hours from scan to delivery.")
            .drawn(&Weibull, &[(1.6, 2.6)], (4.0, 8.0), (26.0, 40.0))
            .legal(1.0, 240.0)
            .units(HOUR)
            .pull(0.0, 0.7),
        integer("handovers", "", "Times the parcel changed vehicles.")
            .drawn(&Poisson, &[(2.2, 4.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 20.0)
            .pull(0.0, 0.5),
        number("declared_value", "EUR", 2, "Value declared for insurance.")
            .drawn(&LogNormal, &[(0.6, 0.9)], (0.0, 0.0), (70.0, 130.0))
            .legal(1.0, 4_000.0)
            .units(EURO)
            .pull(0.4, 0.0)
            .rounded_to(5.0),
        number("fuel_price", "EUR/L", 3, "Diesel price at the depot on the day.")
            .drawn(&Normal, &[], (1.52, 1.74), (0.06, 0.1))
            .legal(1.05, 2.45)
            .units(&[times("ct/L", 100.0), times("EUR/gal", 3.785_41)])
            .rhythm(240.0, &[]),
        integer("stops_on_tour", "", "Stops of the delivery tour before the recipient.")
            .drawn(&NegativeBinomial, &[(14.0, 26.0), (0.2, 0.6)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 180.0),
    ],
    choices: &[
        Choice {
            name: "service",
            levels: &["standard", "express", "economy", "same day"],
            ordered: false,
            zipf: (0.6, 1.1),
            doc: "Service booked by the sender.",
        },
        Choice {
            name: "packaging",
            levels: &["carton", "envelope", "crate", "pallet", "tube", "bag"],
            ordered: false,
            zipf: (0.6, 1.2),
            doc: "Packaging noted at the counter.",
        },
    ],
    chain: Chain {
        names: &["delivery_zone", "hub", "country"],
        docs: &[
            "Zone of the recipient's address.",
            "Hub that serves the zone; the zone determines it.",
            "Country of the hub.",
        ],
        rows: &[
            &["NL-1A", "Utrecht", "Netherlands"],
            &["NL-1B", "Utrecht", "Netherlands"],
            &["NL-2A", "Venlo", "Netherlands"],
            &["NL-2B", "Venlo", "Netherlands"],
            &["BE-1A", "Liege", "Belgium"],
            &["BE-1B", "Liege", "Belgium"],
            &["BE-2A", "Bruges", "Belgium"],
            &["DE-1A", "Kassel", "Germany"],
            &["DE-1B", "Kassel", "Germany"],
            &["DE-1C", "Kassel", "Germany"],
            &["DE-2A", "Nuremberg", "Germany"],
            &["DE-2B", "Nuremberg", "Germany"],
            &["DE-3A", "Hanover", "Germany"],
            &["DE-3B", "Hanover", "Germany"],
            &["FR-1A", "Reims", "France"],
            &["FR-1B", "Reims", "France"],
            &["FR-2A", "Lyon", "France"],
            &["FR-2B", "Lyon", "France"],
            &["FR-2C", "Lyon", "France"],
            &["AT-1A", "Salzburg", "Austria"],
            &["AT-1B", "Salzburg", "Austria"],
            &["CH-1A", "Olten", "Switzerland"],
            &["CH-1B", "Olten", "Switzerland"],
        ],
        zipf: (0.8, 1.2),
    },
    derived: Derived {
        name: "volume",
        unit: "L",
        decimals: 6,
        doc: "Volume of the parcel, computed by the scanner from its three sides.",
        terms: &[(0.001, &[("length", 1), ("width", 1), ("height", 1)])],
        legal: (0.1, 5_400.0),
        units: &[times("m3", 0.001), times("cm3", 1_000.0), times("cu ft", 0.035_314_7)],
    },
};
