//! Condition data of machine tools.

use super::units::{BAR, CELSIUS, HOUR, PERCENT};
use crate::domain::{
    Chain, Choice, Clock, DAY_H, Derived, Domain, ROUND_THE_CLOCK, Sources, integer, number, times, wave,
};
use crate::families::{Beta, Gamma, LogNormal, Mixture, Normal, Poisson, StudentT, Weibull};

/// Condition data of machine tools.
pub const MACHINE_TELEMETRY: Domain = Domain {
    name: "machine-telemetry",
    title: "Machine tool telemetry",
    doc: "A plant logs the condition of its machine tools while they cut. One row is a snapshot of one machine, \
          averaged over a minute by the edge gateway that it is wired to.",
    label: "Maintenance group that the service planner gave the snapshot, from healthy downwards.",
    sources: Sources {
        names: [
            "gw-hall1-a",
            "gw-hall1-b",
            "gw-hall2-a",
            "gw-hall2-b",
            "gw-hall3-a",
            "gw-hall3-b",
            "gw-lab",
            "gw-yard",
        ],
        doc: "Edge gateway that averaged and sent the snapshot.",
    },
    clock: Clock {
        days: (45, 120),
        hours: ROUND_THE_CLOCK,
        weekend: 0.6,
        step_s: 60,
        doc: "Minute of the snapshot, UTC.",
    },
    measures: &[
        number("torque", "Nm", 2, "Torque at the spindle.")
            .drawn(&Gamma, &[(2.4, 4.5)], (2.0, 4.0), (24.0, 38.0))
            .legal(0.5, 190.0)
            .units(&[times("lbf ft", 0.737_562), times("Ncm", 100.0), times("kNm", 0.001)])
            .pull(0.7, 0.0)
            .rhythm(3.0, &[]),
        integer("spindle_speed", "1/min", "Speed of the spindle.")
            .drawn(&Mixture, &[(0.3, 0.6), (2.4, 3.6)], (2_600.0, 3_400.0), (420.0, 600.0))
            .legal(600.0, 9_000.0)
            .units(&[times("1/s", 1.0 / 60.0), times("rad/s", 0.104_72)])
            .pull(-0.4, 0.3)
            .rounded_to(100.0),
        number("vibration", "mm/s", 2, "Velocity of vibration at the front bearing, root mean square.")
            .drawn(&LogNormal, &[(0.35, 0.6)], (0.0, 0.0), (1.6, 2.6))
            .legal(0.1, 30.0)
            .units(&[times("in/s", 0.039_370_1), times("um/s", 1_000.0)])
            .pull(0.5, 0.5)
            .rhythm(12.0, &[]),
        number("bearing_temperature", "degC", 1, "Temperature of the front bearing.")
            .drawn(&StudentT, &[(5.0, 10.0)], (46.0, 56.0), (5.0, 7.0))
            .legal(12.0, 120.0)
            .units(CELSIUS)
            .pull(0.5, 0.5)
            .rhythm(5.0, &[wave(DAY_H, 15.0, 0.15)]),
        number("oil_pressure", "bar", 2, "Pressure of the lubrication circuit.")
            .drawn(&Normal, &[], (4.2, 5.4), (0.45, 0.7))
            .legal(0.8, 9.5)
            .units(BAR)
            .pull(0.0, -0.5)
            .rhythm(24.0, &[]),
        number("coolant_flow", "L/min", 1, "Flow of coolant to the tool.")
            .drawn(&Normal, &[], (18.0, 26.0), (3.0, 5.0))
            .legal(1.0, 48.0)
            .units(&[times("m3/h", 0.06), times("gal/min", 0.264_172), times("mL/s", 16.666_7)])
            .rounded_to(5.0),
        number("load", "%", 1, "Load of the drive relative to its rating.")
            .drawn(&Beta, &[(2.0, 3.5), (2.0, 3.5)], (0.0, 0.0), (110.0, 110.0))
            .legal(0.0, 110.0)
            .units(PERCENT)
            .pull(0.7, 0.0),
        number("tool_life", "h", 1, "Cutting time of the tool since it was changed.")
            .drawn(&Weibull, &[(1.3, 2.2)], (0.0, 0.0), (14.0, 26.0))
            .legal(0.0, 120.0)
            .units(HOUR)
            .pull(0.0, 0.6),
        number("current", "A", 2, "Current of the spindle drive.")
            .drawn(&LogNormal, &[(0.2, 0.4)], (0.0, 0.0), (16.0, 24.0))
            .legal(1.0, 95.0)
            .units(&[times("mA", 1_000.0), times("kA", 0.001)])
            .pull(0.7, 0.0),
        integer("alarms", "", "Alarms in the hour before the snapshot.")
            .drawn(&Poisson, &[(2.0, 4.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 30.0)
            .pull(0.0, 0.5),
    ],
    choices: &[
        Choice {
            name: "workpiece_material",
            levels: &["steel C45", "stainless 316L", "aluminium 6082", "cast iron GG25", "titanium Ti64"],
            ordered: false,
            zipf: (0.5, 1.0),
            doc: "Material on the table.",
        },
        Choice {
            name: "shift",
            levels: &["early", "late", "night"],
            ordered: true,
            zipf: (0.3, 0.7),
            doc: "Shift that runs the machine.",
        },
    ],
    chain: Chain {
        names: &["machine", "model", "maker"],
        docs: &[
            "Inventory number of the machine.",
            "Model of the machine, which determines it.",
            "Maker of the model.",
        ],
        rows: &[
            &["M-011", "V400", "Alder"],
            &["M-012", "V400", "Alder"],
            &["M-013", "V400", "Alder"],
            &["M-014", "V650", "Alder"],
            &["M-015", "V650", "Alder"],
            &["M-021", "HX5", "Brandt"],
            &["M-022", "HX5", "Brandt"],
            &["M-023", "HX5", "Brandt"],
            &["M-024", "HX7", "Brandt"],
            &["M-025", "HX7", "Brandt"],
            &["M-031", "Turn 20", "Corvin"],
            &["M-032", "Turn 20", "Corvin"],
            &["M-033", "Turn 32", "Corvin"],
            &["M-034", "Turn 32", "Corvin"],
            &["M-035", "Turn 32", "Corvin"],
            &["M-041", "Grind 8", "Dorsch"],
            &["M-042", "Grind 8", "Dorsch"],
            &["M-043", "Grind 12", "Dorsch"],
        ],
        zipf: (0.8, 1.0),
    },
    derived: Derived {
        name: "cutting_power",
        unit: "kW",
        decimals: 6,
        doc: "Mechanical power at the spindle, computed by the gateway from torque and speed.",
        terms: &[(0.000_104_719_755, &[("torque", 1), ("spindle_speed", 1)])],
        legal: (0.0, 180.0),
        units: &[times("W", 1_000.0), times("hp", 1.341_02)],
    },
};
