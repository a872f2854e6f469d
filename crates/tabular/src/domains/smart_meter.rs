//! Household electricity readings of smart meters.

use super::units::{CELSIUS, PERCENT, SQUARE_METRE};
use crate::domain::{
    Chain, Choice, Clock, DAY_H, Derived, Domain, ROUND_THE_CLOCK, Sources, YEAR_H, integer, number, times,
    wave,
};
use crate::families::{Beta, Gamma, LogNormal, Normal, Poisson, StudentT, ZeroInflatedGamma};

/// Household electricity readings of smart meters.
pub const SMART_METER: Domain = Domain {
    name: "smart-meter",
    title: "Household electricity by smart meter",
    doc: "A grid operator collects daily registers of household electricity meters with the weather of the day. \
          One row is one meter's register over the last 24 hours, sent through a data concentrator.",
    label: "Load group that the operator's planners gave the reading, from low upwards.",
    sources: Sources {
        names: ["DC-0417", "DC-0423", "DC-0511", "DC-0538", "DC-0602", "DC-0644", "DC-0719", "DC-0760"],
        doc: "Data concentrator that forwarded the reading; its firmware decides how registers are written.",
    },
    clock: Clock {
        days: (180, 365),
        hours: ROUND_THE_CLOCK,
        weekend: 1.0,
        step_s: 900,
        doc: "End of the register's 24 hours, UTC, in quarter hours.",
    },
    measures: &[
        number("energy", "kWh", 3, "Active energy drawn from the grid over 24 hours.")
            .drawn(&Gamma, &[(2.0, 4.0)], (0.5, 1.0), (9.0, 14.0))
            .legal(0.05, 90.0)
            .units(&[times("Wh", 1_000.0), times("MJ", 3.6), times("MWh", 0.001)])
            .pull(0.7, 0.0)
            .rhythm(18.0, &[wave(YEAR_H, 360.0, 0.15)]),
        number("unit_price", "ct/kWh", 2, "Price of a kilowatt hour in force at the reading.")
            .drawn(&Normal, &[], (27.0, 33.0), (3.0, 5.0))
            .legal(8.0, 60.0)
            .units(&[times("EUR/kWh", 0.01), times("EUR/MWh", 10.0)]),
        number("voltage", "V", 1, "Mean line voltage at the meter.")
            .drawn(&StudentT, &[(5.0, 10.0)], (229.0, 233.0), (2.0, 3.0))
            .legal(207.0, 253.0)
            .units(&[times("kV", 0.001), times("mV", 1_000.0)])
            .rhythm(6.0, &[wave(DAY_H, 3.0, 0.2)]),
        number("peak_current", "A", 2, "Greatest quarter-hour current of the day.")
            .drawn(&LogNormal, &[(0.3, 0.5)], (0.0, 0.0), (11.0, 16.0))
            .legal(0.2, 100.0)
            .units(&[times("mA", 1_000.0), times("kA", 0.001)])
            .pull(0.6, 0.0),
        number("power_factor", "%", 1, "Mean power factor of the day.")
            .drawn(&Beta, &[(3.0, 5.0), (1.2, 2.0)], (60.0, 65.0), (35.0, 35.0))
            .legal(50.0, 100.0)
            .units(PERCENT),
        number("outdoor_temperature", "degC", 1, "Mean outdoor temperature at the nearest weather station.")
            .drawn(&Normal, &[], (8.0, 13.0), (5.0, 8.0))
            .legal(-25.0, 42.0)
            .units(CELSIUS)
            .pull(-0.5, 0.6)
            .rhythm(36.0, &[wave(YEAR_H, 4_850.0, 0.45), wave(DAY_H, 14.0, 0.15)]),
        number("sunshine", "h", 1, "Hours of sunshine of the day at the nearest weather station.")
            .drawn(&ZeroInflatedGamma, &[(0.1, 0.25), (1.5, 3.0)], (0.0, 0.0), (4.0, 6.0))
            .legal(0.0, 17.0)
            .units(&[times("min", 60.0), times("s", 3_600.0)])
            .pull(0.0, 0.6)
            .rhythm(18.0, &[wave(YEAR_H, 4_100.0, 0.25)]),
        number("solar_export", "kWh", 3, "Energy fed into the grid by panels on the roof.")
            .drawn(&ZeroInflatedGamma, &[(0.3, 0.5), (1.5, 3.0)], (0.0, 0.0), (5.0, 8.0))
            .legal(0.0, 60.0)
            .units(&[times("Wh", 1_000.0), times("MJ", 3.6)])
            .pull(0.0, 0.7),
        number("floor_area", "m2", 1, "Heated floor area of the dwelling.")
            .drawn(&LogNormal, &[(0.3, 0.45)], (0.0, 0.0), (85.0, 115.0))
            .legal(18.0, 480.0)
            .units(SQUARE_METRE)
            .pull(0.6, 0.0)
            .rounded_to(5.0),
        integer("interruptions", "", "Short interruptions of supply counted this year.")
            .drawn(&Poisson, &[(3.0, 8.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 40.0),
    ],
    choices: &[
        Choice {
            name: "dwelling_type",
            levels: &["flat", "terraced house", "semi-detached house", "detached house"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "Dwelling behind the meter.",
        },
        Choice {
            name: "heating",
            levels: &["gas", "district heating", "heat pump", "oil", "storage heater"],
            ordered: false,
            zipf: (0.5, 1.0),
            doc: "Main heating of the dwelling.",
        },
    ],
    chain: Chain {
        names: &["feeder", "substation", "district"],
        docs: &[
            "Low-voltage feeder that supplies the dwelling.",
            "Substation of the feeder; the feeder determines it.",
            "Grid district of the substation.",
        ],
        rows: &[
            &["F-ALT-01", "Altona", "West"],
            &["F-ALT-02", "Altona", "West"],
            &["F-ALT-03", "Altona", "West"],
            &["F-OSD-01", "Osdorf", "West"],
            &["F-OSD-02", "Osdorf", "West"],
            &["F-BLK-01", "Blankenese", "West"],
            &["F-EPP-01", "Eppendorf", "North"],
            &["F-EPP-02", "Eppendorf", "North"],
            &["F-BAR-01", "Barmbek", "North"],
            &["F-BAR-02", "Barmbek", "North"],
            &["F-BAR-03", "Barmbek", "North"],
            &["F-LGH-01", "Langenhorn", "North"],
            &["F-WAN-01", "Wandsbek", "East"],
            &["F-WAN-02", "Wandsbek", "East"],
            &["F-RAH-01", "Rahlstedt", "East"],
            &["F-RAH-02", "Rahlstedt", "East"],
            &["F-HAR-01", "Harburg", "South"],
            &["F-HAR-02", "Harburg", "South"],
            &["F-WIL-01", "Wilhelmsburg", "South"],
            &["F-WIL-02", "Wilhelmsburg", "South"],
        ],
        zipf: (0.8, 1.1),
    },
    derived: Derived {
        name: "energy_cost",
        unit: "EUR",
        decimals: 5,
        doc: "Cost of the energy at the price in force, computed by the billing system.",
        terms: &[(0.01, &[("energy", 1), ("unit_price", 1)])],
        legal: (0.0, 54.0),
        units: &[times("ct", 100.0), times("kEUR", 0.001)],
    },
};
