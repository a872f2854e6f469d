//! Vital signs taken at outpatient visits.

use super::units::{CELSIUS, CENTIMETRE, KILOGRAM, MMHG, PERCENT, YEAR};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, OFFICE, Sources, integer, number, times};
use crate::families::{Beta, LogNormal, Normal, Poisson, StudentT};

/// Vital signs taken at outpatient visits.
pub const CLINIC_VITALS: Domain = Domain {
    name: "clinic-vitals",
    title: "Vital signs at outpatient visits",
    doc: "A network of outpatient clinics records the vital signs of adult patients at check-in. One row is one \
          visit; the nurse reads the instruments and types the figures into the clinic's own form.",
    label: "Follow-up group that the triage desk gave the visit, from routine upwards.",
    sources: Sources {
        names: [
            "Ashgrove",
            "Bellmere",
            "Copperfield",
            "Dunmore",
            "Eastholm",
            "Fernhill",
            "Glenside",
            "Harrowgate",
        ],
        doc: "Clinic that recorded the visit; each uses its own instruments and its own form.",
    },
    clock: Clock {
        days: (120, 240),
        hours: OFFICE,
        weekend: 0.1,
        step_s: 60,
        doc: "Moment of check-in, UTC, to the minute.",
    },
    measures: &[
        integer("age", "years", "Age of the patient at the visit.")
            .drawn(&Normal, &[], (46.0, 58.0), (13.0, 18.0))
            .legal(18.0, 98.0)
            .units(YEAR)
            .pull(0.0, 0.6),
        number("height", "cm", 1, "Standing height without shoes.")
            .drawn(&Normal, &[], (166.0, 172.0), (8.5, 10.0))
            .legal(140.0, 206.0)
            .units(CENTIMETRE)
            .pull(0.8, 0.0),
        number("weight", "kg", 1, "Body weight in indoor clothing.")
            .drawn(&LogNormal, &[(0.2, 0.24)], (0.0, 0.0), (70.0, 78.0))
            .legal(36.0, 190.0)
            .units(KILOGRAM)
            .pull(0.7, 0.3),
        integer("systolic_pressure", "mmHg", "Systolic blood pressure, seated, after five minutes of rest.")
            .drawn(&Normal, &[], (118.0, 130.0), (13.0, 18.0))
            .legal(80.0, 220.0)
            .units(MMHG)
            .pull(0.2, 0.7)
            .rounded_to(10.0),
        integer("diastolic_pressure", "mmHg", "Diastolic blood pressure of the same reading.")
            .drawn(&StudentT, &[(5.0, 9.0)], (73.0, 81.0), (8.0, 10.0))
            .legal(40.0, 130.0)
            .units(MMHG)
            .pull(0.2, 0.6)
            .rounded_to(5.0),
        integer("heart_rate", "beats/min", "Resting heart rate, counted at the wrist.")
            .drawn(&StudentT, &[(5.0, 10.0)], (68.0, 78.0), (8.0, 11.0))
            .legal(36.0, 170.0)
            .units(&[times("Hz", 1.0 / 60.0), times("beats/15 s", 0.25)]),
        number("temperature", "degC", 1, "Body temperature measured in the ear.")
            .drawn(&StudentT, &[(4.0, 7.0)], (36.5, 36.9), (0.3, 0.45))
            .legal(34.5, 41.5)
            .units(CELSIUS),
        number("glucose", "mmol/L", 1, "Fasting blood glucose from a finger prick.")
            .drawn(&LogNormal, &[(0.2, 0.35)], (0.0, 0.0), (5.0, 6.0))
            .legal(2.2, 28.0)
            .units(&[times("mg/dL", 18.016), times("g/L", 0.180_16)])
            .pull(0.0, 0.5),
        number("oxygen_saturation", "%", 1, "Peripheral oxygen saturation of the pulse oximeter.")
            .drawn(&Beta, &[(3.0, 5.0), (1.4, 2.2)], (88.0, 90.0), (10.0, 10.0))
            .legal(86.0, 100.0)
            .units(PERCENT)
            .pull(0.0, -0.5),
        integer("respiratory_rate", "breaths/min", "Breaths counted over one minute.")
            .drawn(&Poisson, &[(14.0, 17.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(6.0, 40.0)
            .units(&[times("breaths/15 s", 0.25), times("Hz", 1.0 / 60.0)]),
    ],
    choices: &[
        Choice {
            name: "sex",
            levels: &["female", "male"],
            ordered: false,
            zipf: (0.05, 0.4),
            doc: "Sex in the patient's record.",
        },
        Choice {
            name: "smoking_status",
            levels: &["never", "former", "current"],
            ordered: true,
            zipf: (0.6, 1.1),
            doc: "Answer to the smoking question of the intake form.",
        },
    ],
    chain: Chain {
        names: &["postcode_area", "city", "region"],
        docs: &[
            "Postcode area of the patient's home.",
            "City of the patient's home; the postcode area determines it.",
            "Region of the patient's home; the city determines it.",
        ],
        rows: &[
            &["LS1", "Leeds", "Yorkshire"],
            &["LS6", "Leeds", "Yorkshire"],
            &["LS11", "Leeds", "Yorkshire"],
            &["S1", "Sheffield", "Yorkshire"],
            &["S10", "Sheffield", "Yorkshire"],
            &["YO1", "York", "Yorkshire"],
            &["YO24", "York", "Yorkshire"],
            &["M1", "Manchester", "North West"],
            &["M14", "Manchester", "North West"],
            &["M20", "Manchester", "North West"],
            &["L1", "Liverpool", "North West"],
            &["L15", "Liverpool", "North West"],
            &["PR1", "Preston", "North West"],
            &["NE1", "Newcastle", "North East"],
            &["NE6", "Newcastle", "North East"],
            &["SR1", "Sunderland", "North East"],
            &["DH1", "Durham", "North East"],
            &["B1", "Birmingham", "West Midlands"],
            &["B15", "Birmingham", "West Midlands"],
            &["CV1", "Coventry", "West Midlands"],
            &["WV1", "Wolverhampton", "West Midlands"],
            &["NG1", "Nottingham", "East Midlands"],
            &["NG7", "Nottingham", "East Midlands"],
            &["DE1", "Derby", "East Midlands"],
        ],
        zipf: (0.8, 1.2),
    },
    derived: Derived {
        name: "body_mass_index",
        unit: "kg/m2",
        decimals: 3,
        doc: "Body mass index, computed by the form from weight and height.",
        terms: &[(10_000.0, &[("weight", 1), ("height", -2)])],
        legal: (8.0, 97.0),
        units: &[times("lb/in2", 0.001_422_33), times("g/cm2", 0.1)],
    },
};
