//! Sessions of a mobile app.

use super::units::{DAY, MEGABYTE, MILLISECOND, MINUTE, PERCENT};
use crate::domain::{
    Chain, Choice, Clock, DAY_H, Derived, Domain, Sources, WAKING, integer, number, times, wave,
};
use crate::families::{Beta, Gamma, Likert, LogNormal, Mixture, NegativeBinomial, StudentT};

/// Sessions of a mobile app.
pub const APP_TELEMETRY: Domain = Domain {
    name: "app-telemetry",
    title: "Mobile app sessions",
    doc: "A maps app reports how its sessions went, with the user's consent. One row is one session on one phone, \
          sent by the analytics kit that the app's build carries.",
    label: "Quality group that the release team gave the session, from smooth downwards.",
    sources: Sources {
        names: ["kit-3.1", "kit-3.2", "kit-4.0", "kit-4.1", "kit-4.2", "kit-5.0-beta", "kit-lite", "kit-web"],
        doc: "Version of the analytics kit that sent the session.",
    },
    clock: Clock {
        days: (30, 90),
        hours: WAKING,
        weekend: 1.4,
        step_s: 1,
        doc: "Moment the session began, UTC.",
    },
    measures: &[
        number("data_received", "MB", 3, "Data received during the session.")
            .drawn(&LogNormal, &[(0.5, 0.8)], (0.0, 0.0), (10.0, 18.0))
            .legal(0.05, 400.0)
            .units(MEGABYTE)
            .pull(0.7, 0.0),
        number("data_sent", "MB", 3, "Data sent during the session.")
            .drawn(&LogNormal, &[(0.4, 0.7)], (0.0, 0.0), (1.8, 3.2))
            .legal(0.01, 60.0)
            .units(MEGABYTE)
            .pull(0.6, 0.0),
        number("session_length", "min", 2, "Time from the first to the last touch.")
            .drawn(&Gamma, &[(1.3, 2.2)], (0.1, 0.2), (9.0, 15.0))
            .legal(0.05, 120.0)
            .units(MINUTE)
            .pull(0.7, 0.0)
            .rhythm(0.0, &[wave(DAY_H, 20.0, 0.1)]),
        number("latency", "ms", 1, "Median answer time of the map server.")
            .drawn(&LogNormal, &[(0.35, 0.6)], (0.0, 0.0), (85.0, 140.0))
            .legal(8.0, 2_500.0)
            .units(MILLISECOND)
            .pull(0.0, 0.7),
        number("memory_peak", "MB", 1, "Greatest memory use of the app.")
            .drawn(&Mixture, &[(0.25, 0.5), (2.5, 4.0)], (190.0, 240.0), (28.0, 40.0))
            .legal(40.0, 900.0)
            .units(MEGABYTE)
            .pull(0.3, 0.5),
        number("battery_drain", "%", 1, "Charge used by the session.")
            .drawn(&Beta, &[(1.3, 2.2), (3.5, 5.0)], (0.0, 0.0), (28.0, 36.0))
            .legal(0.0, 40.0)
            .units(PERCENT)
            .pull(0.6, 0.3),
        number("frame_rate", "1/s", 1, "Mean frame rate while the map moved.")
            .drawn(&StudentT, &[(4.0, 8.0)], (48.0, 54.0), (4.0, 6.5))
            .legal(5.0, 120.0)
            .units(&[times("1/min", 60.0), times("kHz", 0.001)])
            .pull(0.0, -0.7),
        integer("searches", "", "Places searched for.")
            .drawn(&NegativeBinomial, &[(3.0, 7.0), (0.4, 1.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 90.0)
            .pull(0.5, 0.0),
        integer("install_age", "days", "Days since the app was installed.")
            .drawn(&Gamma, &[(1.2, 1.9)], (0.0, 0.0), (160.0, 260.0))
            .legal(0.0, 1_900.0)
            .units(DAY),
        integer("rating", "", "Stars given when the app last asked, from 1 to 5.")
            .drawn(&Likert, &[(5.0, 5.0), (0.6, 0.8), (0.25, 0.45)], (0.0, 0.0), (1.0, 1.0))
            .legal(1.0, 5.0)
            .pull(0.0, -0.5),
    ],
    choices: &[
        Choice {
            name: "network",
            levels: &["wifi", "5G", "4G", "3G"],
            ordered: true,
            zipf: (0.6, 1.1),
            doc: "Network the session mostly used.",
        },
        Choice {
            name: "entry_point",
            levels: &["icon", "link", "notification", "widget", "assistant"],
            ordered: false,
            zipf: (0.6, 1.2),
            doc: "How the session was started.",
        },
    ],
    chain: Chain {
        names: &["device_model", "brand", "platform"],
        docs: &[
            "Model of the phone.",
            "Brand of the phone; the model determines it.",
            "Operating system of the brand.",
        ],
        rows: &[
            &["Birch 8", "Arbor", "Silva OS"],
            &["Birch 9", "Arbor", "Silva OS"],
            &["Birch 9 Max", "Arbor", "Silva OS"],
            &["Cedar Mini", "Arbor", "Silva OS"],
            &["Nova 20", "Stellar", "Openroid"],
            &["Nova 21", "Stellar", "Openroid"],
            &["Nova 21 Ultra", "Stellar", "Openroid"],
            &["Comet A3", "Stellar", "Openroid"],
            &["Comet A5", "Stellar", "Openroid"],
            &["Delta 5", "Rivermark", "Openroid"],
            &["Delta 6", "Rivermark", "Openroid"],
            &["Delta 6 Pro", "Rivermark", "Openroid"],
            &["Brook S", "Rivermark", "Openroid"],
            &["Fjord 2", "Nordlund", "Openroid"],
            &["Fjord 3", "Nordlund", "Openroid"],
            &["Skerry", "Nordlund", "Openroid"],
            &["Pebble One", "Quarry", "Kite OS"],
            &["Pebble Two", "Quarry", "Kite OS"],
            &["Granite", "Quarry", "Kite OS"],
        ],
        zipf: (0.8, 1.3),
    },
    derived: Derived {
        name: "data_total",
        unit: "MB",
        decimals: 3,
        doc: "Data received and sent, added up by the kit.",
        terms: &[(1.0, &[("data_received", 1)]), (1.0, &[("data_sent", 1)])],
        legal: (0.06, 460.0),
        units: MEGABYTE,
    },
};
