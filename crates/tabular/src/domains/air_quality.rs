//! Hourly means of air-quality stations.

use super::units::{CELSIUS, HECTOPASCAL, METRE_PER_SECOND, MICROGRAM_PER_M3, PERCENT};
use crate::domain::{
    Chain, Choice, Clock, DAY_H, Derived, Domain, ROUND_THE_CLOCK, Sources, WEEK_H, YEAR_H, integer, number,
    times, wave,
};
use crate::families::{Beta, Gamma, LogNormal, NegativeBinomial, Normal, StudentT, Weibull};

/// Hourly means of air-quality stations.
pub const AIR_QUALITY: Domain = Domain {
    name: "air-quality",
    title: "Hourly air quality",
    doc: "A state agency publishes hourly means of its air-quality stations together with the weather at the mast. \
          One row is one hour at one monitoring site, sent by the data logger that serves the site.",
    label: "Alert group that the agency gave the hour, from clean upwards.",
    sources: Sources {
        names: [
            "logger-A1",
            "logger-A2",
            "logger-B1",
            "logger-B2",
            "logger-C1",
            "logger-C2",
            "logger-D1",
            "logger-D2",
        ],
        doc: "Data logger that averaged and sent the hour; each has its own firmware and calibration.",
    },
    clock: Clock {
        days: (180, 365),
        hours: ROUND_THE_CLOCK,
        weekend: 1.0,
        step_s: 3_600,
        doc: "End of the averaged hour, UTC.",
    },
    measures: &[
        number("pm2_5", "ug/m3", 1, "Mass of fine particles up to 2.5 micrometres.")
            .drawn(&LogNormal, &[(0.45, 0.7)], (0.0, 0.0), (8.0, 13.0))
            .legal(0.2, 180.0)
            .units(MICROGRAM_PER_M3)
            .pull(0.7, 0.0)
            .rhythm(14.0, &[wave(YEAR_H, 240.0, 0.1)]),
        number("pm_coarse", "ug/m3", 1, "Mass of particles between 2.5 and 10 micrometres.")
            .drawn(&Gamma, &[(1.5, 2.6)], (0.2, 0.5), (7.0, 12.0))
            .legal(0.1, 150.0)
            .units(MICROGRAM_PER_M3)
            .pull(0.6, 0.0)
            .rhythm(8.0, &[wave(WEEK_H, 120.0, 0.05)]),
        number("no2", "ug/m3", 1, "Nitrogen dioxide by chemiluminescence.")
            .drawn(&Gamma, &[(2.0, 3.6)], (0.5, 1.5), (16.0, 30.0))
            .legal(0.2, 240.0)
            .units(&[times("mg/m3", 0.001), times("ppb", 0.523)])
            .pull(0.6, -0.3)
            .rhythm(5.0, &[wave(DAY_H, 18.0, 0.15)]),
        number("ozone", "ug/m3", 1, "Ozone by ultraviolet absorption.")
            .drawn(&Normal, &[], (48.0, 62.0), (16.0, 22.0))
            .legal(0.5, 260.0)
            .units(&[times("mg/m3", 0.001), times("ppb", 0.501)])
            .pull(-0.5, 0.6)
            .rhythm(6.0, &[wave(DAY_H, 14.0, 0.25), wave(YEAR_H, 4_200.0, 0.2)]),
        number("carbon_monoxide", "mg/m3", 3, "Carbon monoxide by infrared absorption.")
            .drawn(&LogNormal, &[(0.3, 0.5)], (0.0, 0.0), (0.25, 0.4))
            .legal(0.02, 6.0)
            .units(&[times("ug/m3", 1_000.0), times("ppm", 0.859)])
            .pull(0.6, 0.0)
            .rhythm(8.0, &[]),
        number("temperature", "degC", 1, "Air temperature at two metres.")
            .drawn(&Normal, &[], (9.0, 14.0), (5.5, 8.0))
            .legal(-25.0, 43.0)
            .units(CELSIUS)
            .pull(-0.3, 0.6)
            .rhythm(30.0, &[wave(DAY_H, 14.0, 0.2), wave(YEAR_H, 4_850.0, 0.4)]),
        number("humidity", "%", 1, "Relative humidity at two metres.")
            .drawn(&Beta, &[(3.0, 5.0), (1.6, 2.6)], (10.0, 15.0), (85.0, 85.0))
            .legal(8.0, 100.0)
            .units(PERCENT)
            .pull(0.0, -0.6)
            .rhythm(12.0, &[wave(DAY_H, 4.0, 0.2)]),
        number("wind_speed", "m/s", 1, "Mean wind speed at the mast.")
            .drawn(&Weibull, &[(1.6, 2.4)], (0.0, 0.0), (3.0, 5.0))
            .legal(0.0, 28.0)
            .units(METRE_PER_SECOND)
            .pull(-0.6, 0.0)
            .rhythm(9.0, &[wave(DAY_H, 15.0, 0.1)]),
        number("air_pressure", "hPa", 1, "Air pressure reduced to sea level.")
            .drawn(&StudentT, &[(6.0, 10.0)], (1_013.0, 1_017.0), (6.0, 8.0))
            .legal(955.0, 1_055.0)
            .units(HECTOPASCAL)
            .pull(0.3, 0.3)
            .rhythm(48.0, &[]),
        integer("heavy_vehicles", "1/h", "Heavy vehicles counted on the nearest main road.")
            .drawn(&NegativeBinomial, &[(15.0, 28.0), (0.3, 0.8)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 260.0)
            .units(&[times("1/min", 1.0 / 60.0), times("1/day", 24.0)])
            .pull(0.4, 0.0)
            .rhythm(3.0, &[wave(DAY_H, 11.0, 0.35), wave(WEEK_H, 130.0, 0.1)]),
    ],
    choices: &[
        Choice {
            name: "wind_sector",
            levels: &["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "Sector the wind came from.",
        },
        Choice {
            name: "inlet",
            levels: &["rooftop", "kerbside", "mast"],
            ordered: false,
            zipf: (0.3, 0.8),
            doc: "Where the sampled air is taken in.",
        },
    ],
    chain: Chain {
        names: &["site", "municipality", "county"],
        docs: &[
            "Monitoring site.",
            "Municipality of the site; the site determines it.",
            "County of the municipality.",
        ],
        rows: &[
            &["Ringstrasse", "Adelshofen", "Tauber"],
            &["Bahnhof", "Adelshofen", "Tauber"],
            &["Schulhof", "Adelshofen", "Tauber"],
            &["Marktplatz", "Brettheim", "Tauber"],
            &["Kläranlage", "Brettheim", "Tauber"],
            &["Hafen", "Mainkirch", "Untermain"],
            &["Werft", "Mainkirch", "Untermain"],
            &["Stadtpark", "Mainkirch", "Untermain"],
            &["Autobahn A3", "Mainkirch", "Untermain"],
            &["Rathaus", "Goldbach", "Untermain"],
            &["Friedhof", "Goldbach", "Untermain"],
            &["Waldrand", "Spessart", "Hochspessart"],
            &["Talsperre", "Spessart", "Hochspessart"],
            &["Steinbruch", "Lohrtal", "Hochspessart"],
            &["Glashütte", "Lohrtal", "Hochspessart"],
            &["Umgehung", "Lohrtal", "Hochspessart"],
        ],
        zipf: (0.8, 1.0),
    },
    derived: Derived {
        name: "pm10",
        unit: "ug/m3",
        decimals: 1,
        doc: "Mass of all particles up to 10 micrometres, the sum of the fine and the coarse part.",
        terms: &[(1.0, &[("pm2_5", 1)]), (1.0, &[("pm_coarse", 1)])],
        legal: (0.3, 330.0),
        units: MICROGRAM_PER_M3,
    },
};
