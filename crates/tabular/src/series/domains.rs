//! What devices measure, as data: the domains in which a series of readings is natural.

/// What the header of a redundant sensor ends in.
pub const TWIN: &str = "_twin";

/// From and to, both included.
type Range = (f64, f64);

/// A fleet of devices.
pub struct SeriesDomain {
    /// Registry name, that of the domain with one table.
    pub name: &'static str,
    /// A few words for a heading.
    pub title: &'static str,
    /// Two sentences for the data dictionary: who records what, and what one row is.
    pub doc: &'static str,
    /// What the label says of a window, one sentence.
    pub label: &'static str,
    /// What the names of devices begin with.
    pub prefix: &'static str,
    /// What a device is, one sentence.
    pub device: &'static str,
    /// What is measured at a moment.
    pub signals: &'static [Signal],
    /// What is counted.
    pub register: Register,
}

/// A quantity that swings with the day.
pub struct Signal {
    /// The header.
    pub name: &'static str,
    /// True if a second sensor measures the same, under a header that ends in [`TWIN`].
    pub has_twin: bool,
    /// The unit.
    pub unit: &'static str,
    /// Digits after the point.
    pub decimals: u8,
    /// Legal values.
    pub legal: Range,
    /// The middle of a population.
    pub middle: Range,
    /// How far days differ, in the unit.
    pub spread: Range,
    /// The hour of the day at which it peaks.
    pub peak_h: f64,
    /// One sentence.
    pub doc: &'static str,
}

/// A counter that only rises.
pub struct Register {
    /// The header.
    pub name: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// Digits after the point.
    pub decimals: u8,
    /// What a device counts on a day.
    pub daily: Range,
    /// One sentence.
    pub doc: &'static str,
}

/// Every domain of series, by name.
pub const ALL: &[&SeriesDomain] = &[&AGRONOMY_PLOTS, &AIR_QUALITY, &MACHINE_TELEMETRY, &SMART_METER];

/// The domain of that name.
pub fn find(name: &str) -> Option<&'static SeriesDomain> {
    ALL.iter().copied().find(|domain| domain.name == name)
}

const AGRONOMY_PLOTS: SeriesDomain = SeriesDomain {
    name: "agronomy-plots",
    title: "Soil stations of field trials",
    doc: "An agricultural institute reads the soil stations of its trial plots by radio. One row is what one station \
          measured at one moment.",
    label: "Irrigation class that the agronomists gave the plot for the day, from dry upwards.",
    prefix: "PLOT-",
    device: "Station that measured; each stands on a plot of its own.",
    signals: &[
        Signal {
            name: "soil_temperature",
            has_twin: true,
            unit: "degC",
            decimals: 2,
            legal: (-10.0, 55.0),
            middle: (14.0, 18.0),
            spread: (1.8, 2.6),
            peak_h: 14.0,
            doc: "Soil temperature 10 cm below the surface.",
        },
        Signal {
            name: "soil_moisture",
            has_twin: true,
            unit: "%",
            decimals: 2,
            legal: (0.0, 70.0),
            middle: (26.0, 32.0),
            spread: (2.0, 3.0),
            peak_h: 10.0,
            doc: "Volumetric water content of the soil.",
        },
        Signal {
            name: "air_humidity",
            has_twin: false,
            unit: "%",
            decimals: 1,
            legal: (0.0, 110.0),
            middle: (58.0, 66.0),
            spread: (4.0, 6.0),
            peak_h: 12.0,
            doc: "Relative humidity above the canopy.",
        },
    ],
    register: Register {
        name: "water_register",
        unit: "L",
        decimals: 1,
        daily: (300.0, 500.0),
        doc: "Water that the plot's valve has let through since it was installed.",
    },
};

const AIR_QUALITY: SeriesDomain = SeriesDomain {
    name: "air-quality",
    title: "Air quality by street station",
    doc: "A city runs small air-quality stations on lamp posts and collects their readings centrally. One row is what one \
          station measured at one moment.",
    label: "Exposure class that the health office gave the street for the day, from low upwards.",
    prefix: "AQ-",
    device: "Station that measured; each hangs on a lamp post of its own.",
    signals: &[
        Signal {
            name: "no2",
            has_twin: true,
            unit: "ug/m3",
            decimals: 1,
            legal: (0.0, 250.0),
            middle: (52.0, 62.0),
            spread: (6.0, 9.0),
            peak_h: 11.0,
            doc: "Nitrogen dioxide.",
        },
        Signal {
            name: "ozone",
            has_twin: true,
            unit: "ug/m3",
            decimals: 1,
            legal: (0.0, 300.0),
            middle: (70.0, 84.0),
            spread: (7.0, 10.0),
            peak_h: 14.0,
            doc: "Ozone.",
        },
        Signal {
            name: "temperature",
            has_twin: false,
            unit: "degC",
            decimals: 2,
            legal: (-25.0, 50.0),
            middle: (10.0, 16.0),
            spread: (1.6, 2.4),
            peak_h: 13.0,
            doc: "Air temperature in the housing's intake.",
        },
    ],
    register: Register {
        name: "pump_register",
        unit: "m3",
        decimals: 2,
        daily: (12.0, 20.0),
        doc: "Air that the station's pump has drawn since it was installed.",
    },
};

const MACHINE_TELEMETRY: SeriesDomain = SeriesDomain {
    name: "machine-telemetry",
    title: "Compressors of a plant",
    doc: "A plant records the state of its compressors through their controllers. One row is what one controller \
          reported at one moment.",
    label: "Wear class that the maintenance crew gave the machine for the day, from none upwards.",
    prefix: "CP-",
    device: "Controller that reported; each belongs to one compressor.",
    signals: &[
        Signal {
            name: "bearing_temperature",
            has_twin: true,
            unit: "degC",
            decimals: 1,
            legal: (-20.0, 160.0),
            middle: (58.0, 66.0),
            spread: (3.0, 5.0),
            peak_h: 13.0,
            doc: "Temperature of the main bearing.",
        },
        Signal {
            name: "discharge_pressure",
            has_twin: true,
            unit: "kPa",
            decimals: 1,
            legal: (0.0, 1_500.0),
            middle: (620.0, 700.0),
            spread: (12.0, 18.0),
            peak_h: 11.0,
            doc: "Pressure behind the last stage.",
        },
        Signal {
            name: "vibration",
            has_twin: false,
            unit: "mm/s",
            decimals: 3,
            legal: (0.0, 40.0),
            middle: (6.0, 8.0),
            spread: (0.5, 0.8),
            peak_h: 14.0,
            doc: "Root mean square velocity of the housing.",
        },
    ],
    register: Register {
        name: "energy_register",
        unit: "kWh",
        decimals: 1,
        daily: (400.0, 700.0),
        doc: "Energy that the motor has drawn since the controller was installed.",
    },
};

const SMART_METER: SeriesDomain = SeriesDomain {
    name: "smart-meter",
    title: "Transformer stations of a grid",
    doc: "A grid operator reads the meters of its transformer stations through data concentrators. One row is what one \
          meter showed at one moment.",
    label: "Load class that the planners gave the station for the day, from low upwards.",
    prefix: "TS-",
    device: "Meter that was read; each stands in a transformer station of its own.",
    signals: &[
        Signal {
            name: "active_power",
            has_twin: true,
            unit: "kW",
            decimals: 2,
            legal: (0.0, 250.0),
            middle: (62.0, 76.0),
            spread: (5.0, 7.0),
            peak_h: 14.0,
            doc: "Active power of the three phases together.",
        },
        Signal {
            name: "oil_temperature",
            has_twin: true,
            unit: "degC",
            decimals: 2,
            legal: (-30.0, 130.0),
            middle: (44.0, 52.0),
            spread: (2.0, 3.2),
            peak_h: 12.0,
            doc: "Temperature of the transformer's oil.",
        },
        Signal {
            name: "voltage",
            has_twin: false,
            unit: "V",
            decimals: 2,
            legal: (190.0, 270.0),
            middle: (229.0, 233.0),
            spread: (1.0, 1.6),
            peak_h: 10.0,
            doc: "Line voltage, mean of the three phases.",
        },
    ],
    register: Register {
        name: "energy_register",
        unit: "kWh",
        decimals: 2,
        daily: (900.0, 1_500.0),
        doc: "Energy delivered since the meter was installed.",
    },
};
