//! Field trials of cereals.

use super::units::{CELSIUS, CENTIMETRE, KILOGRAM, PERCENT};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, OFFICE, Sources, integer, number, times};
use crate::families::{Beta, Gamma, LogNormal, Mixture, NegativeBinomial, Normal, StudentT};

/// Field trials of cereals.
pub const AGRONOMY_PLOTS: Domain = Domain {
    name: "agronomy-plots",
    title: "Cereal field trials",
    doc: "Trial stations of a seed company harvest small plots of cereals and send the figures of each plot. One row \
          is one plot in one season, written down by the crew of the station.",
    label: "Advancement group that the breeders gave the plot, from drop upwards.",
    sources: Sources {
        names: ["Askeby", "Brno", "Cambridge", "Dijon", "Eger", "Foggia", "Gatersleben", "Herning"],
        doc: "Trial station that ran the plot; each has its own combine, scales and form.",
    },
    clock: Clock {
        days: (60, 120),
        hours: OFFICE,
        weekend: 0.3,
        step_s: 60,
        doc: "Moment the plot was harvested, UTC.",
    },
    measures: &[
        number("grain_mass", "kg", 2, "Grain harvested from the plot at the combine's moisture.")
            .drawn(&Normal, &[], (8.5, 11.0), (1.5, 2.3))
            .legal(1.0, 24.0)
            .units(KILOGRAM)
            .pull(0.7, 0.0),
        number("plot_area", "m2", 1, "Area harvested.")
            .drawn(&Mixture, &[(0.3, 0.6), (2.5, 4.0)], (9.0, 10.5), (0.7, 0.9))
            .legal(5.0, 20.0)
            .units(&[times("sq ft", 10.763_9), times("ha", 0.000_1), times("a", 0.01)])
            .pull(0.3, 0.0)
            .rounded_to(1.0),
        number("rainfall", "mm", 1, "Rain from sowing to harvest.")
            .drawn(&Gamma, &[(3.5, 5.0)], (60.0, 100.0), (210.0, 300.0))
            .legal(40.0, 1_250.0)
            .units(&[times("in", 0.039_370_1), times("cm", 0.1)])
            .pull(0.4, 0.5),
        number("mean_temperature", "degC", 1, "Mean temperature from sowing to harvest.")
            .drawn(&StudentT, &[(5.0, 10.0)], (9.5, 13.5), (1.3, 2.0))
            .legal(0.0, 26.0)
            .units(CELSIUS)
            .pull(0.0, -0.5),
        number("nitrogen", "kg/ha", 1, "Nitrogen fertiliser given in all.")
            .drawn(&Gamma, &[(3.0, 5.0)], (20.0, 30.0), (90.0, 130.0))
            .legal(10.0, 420.0)
            .units(&[times("lb/ac", 0.892_179), times("g/m2", 0.1)])
            .pull(0.5, 0.0)
            .rounded_to(10.0),
        number("soil_ph", "", 1, "Acidity of the topsoil in calcium chloride.")
            .drawn(&Normal, &[], (6.1, 6.9), (0.4, 0.6))
            .legal(4.0, 8.8),
        number("clay", "%", 1, "Share of clay in the topsoil.")
            .drawn(&Beta, &[(1.8, 3.2), (3.0, 5.0)], (4.0, 6.0), (55.0, 65.0))
            .legal(2.0, 72.0)
            .units(PERCENT)
            .pull(0.2, 0.3),
        number("grain_moisture", "%", 1, "Water in the grain at harvest.")
            .drawn(&LogNormal, &[(0.2, 0.25)], (8.0, 9.0), (5.0, 6.5))
            .legal(8.5, 32.0)
            .units(PERCENT)
            .pull(0.0, 0.6),
        number("plant_height", "cm", 1, "Height of the canopy at flowering.")
            .drawn(&Normal, &[], (78.0, 96.0), (8.0, 12.0))
            .legal(30.0, 165.0)
            .units(CENTIMETRE)
            .pull(0.5, 0.2)
            .rounded_to(5.0),
        integer("infected_plants", "", "Plants with signs of rust among a hundred.")
            .drawn(&NegativeBinomial, &[(8.0, 16.0), (0.5, 1.2)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 100.0)
            .pull(-0.5, 0.4),
    ],
    choices: &[
        Choice {
            name: "previous_crop",
            levels: &["maize", "oilseed rape", "sugar beet", "wheat", "field bean", "fallow"],
            ordered: false,
            zipf: (0.5, 1.0),
            doc: "Crop of the year before.",
        },
        Choice {
            name: "tillage",
            levels: &["plough", "cultivator", "direct drilling"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "How the soil was worked before sowing.",
        },
    ],
    chain: Chain {
        names: &["variety", "species", "crop_group"],
        docs: &[
            "Variety sown.",
            "Species of the variety, which determines it.",
            "Crop group of the species.",
        ],
        rows: &[
            &["Adlon", "common wheat", "winter cereals"],
            &["Boreas", "common wheat", "winter cereals"],
            &["Cantor", "common wheat", "winter cereals"],
            &["Dorian", "common wheat", "winter cereals"],
            &["Estive", "durum wheat", "spring cereals"],
            &["Fabiola", "durum wheat", "spring cereals"],
            &["Gondola", "durum wheat", "spring cereals"],
            &["Hesper", "spring barley", "spring cereals"],
            &["Iridis", "spring barley", "spring cereals"],
            &["Juno", "spring barley", "spring cereals"],
            &["Kastor", "winter barley", "winter cereals"],
            &["Lumen", "winter barley", "winter cereals"],
            &["Merano", "rye", "winter cereals"],
            &["Nordlys", "rye", "winter cereals"],
            &["Ostara", "triticale", "winter cereals"],
            &["Pandor", "triticale", "winter cereals"],
            &["Quirin", "oat", "spring cereals"],
            &["Rigel", "oat", "spring cereals"],
        ],
        zipf: (0.8, 1.1),
    },
    derived: Derived {
        name: "grain_yield",
        unit: "t/ha",
        decimals: 5,
        doc: "Grain mass per area, computed by the station's software.",
        terms: &[(10.0, &[("grain_mass", 1), ("plot_area", -1)])],
        legal: (0.4, 50.0),
        units: &[times("kg/ha", 1_000.0), times("dt/ha", 10.0), times("lb/ac", 892.179)],
    },
};
