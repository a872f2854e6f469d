//! Enzyme assays of a contract laboratory.

use super::units::{CELSIUS, MINUTE, PERCENT};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, OFFICE, Sources, integer, number, times};
use crate::families::{Beta, Gamma, LogNormal, NegativeBinomial, Normal, StudentT, Weibull};

/// Enzyme assays of a contract laboratory.
pub const LAB_ASSAYS: Domain = Domain {
    name: "lab-assays",
    title: "Enzyme assays",
    doc: "A contract laboratory measures enzyme activity in samples that its clients send in. One row is one well of \
          a plate, read by a plate reader and completed by the technician.",
    label: "Release group that quality control gave the well, from reject upwards.",
    sources: Sources {
        names: [
            "reader-01",
            "reader-02",
            "reader-03",
            "reader-04",
            "reader-05",
            "reader-06",
            "bench-A",
            "bench-B",
        ],
        doc: "Plate reader or bench that measured the well; each has its own calibration and export.",
    },
    clock: Clock {
        days: (60, 150),
        hours: OFFICE,
        weekend: 0.2,
        step_s: 1,
        doc: "Moment the plate was read, UTC.",
    },
    measures: &[
        number("absorbance", "AU", 4, "Absorbance of the well at 450 nm.")
            .drawn(&Gamma, &[(2.2, 4.0)], (0.25, 0.35), (0.7, 1.0))
            .legal(0.2, 4.0)
            .units(&[times("mAU", 1_000.0), times("cAU", 100.0)])
            .pull(0.7, 0.0),
        number("blank", "AU", 4, "Absorbance of the blank of the same plate at 450 nm.")
            .drawn(&Normal, &[], (0.07, 0.1), (0.012, 0.02))
            .legal(0.02, 0.18)
            .units(&[times("mAU", 1_000.0), times("cAU", 100.0)])
            .pull(0.3, 0.0),
        number("protein", "mg/mL", 3, "Protein of the sample by the Bradford method.")
            .drawn(&LogNormal, &[(0.35, 0.6)], (0.0, 0.0), (1.4, 2.4))
            .legal(0.05, 20.0)
            .units(&[times("ug/mL", 1_000.0), times("g/dL", 0.1)])
            .pull(0.6, 0.0),
        number("substrate", "mmol/L", 3, "Concentration of the substrate.")
            .drawn(&LogNormal, &[(0.4, 0.7)], (0.0, 0.0), (2.0, 4.0))
            .legal(0.05, 45.0)
            .units(&[times("umol/L", 1_000.0), times("mol/L", 0.001)])
            .pull(0.5, 0.3),
        number("ph", "", 2, "Acidity of the buffer.")
            .drawn(&Normal, &[], (7.1, 7.6), (0.25, 0.4))
            .legal(4.5, 10.0),
        number("incubation_temperature", "degC", 1, "Temperature of the incubator.")
            .drawn(&StudentT, &[(4.0, 7.0)], (36.4, 37.2), (0.7, 1.2))
            .legal(20.0, 55.0)
            .units(CELSIUS)
            .rounded_to(1.0),
        number("incubation_time", "min", 1, "Time from the substrate to the stop solution.")
            .drawn(&Weibull, &[(2.4, 4.0)], (6.0, 10.0), (26.0, 36.0))
            .legal(2.0, 120.0)
            .units(MINUTE)
            .pull(0.4, 0.2)
            .rounded_to(5.0),
        number("sample_volume", "uL", 1, "Volume of sample in the well.")
            .drawn(&Normal, &[], (45.0, 58.0), (5.0, 8.0))
            .legal(5.0, 120.0)
            .units(&[times("mL", 0.001), times("nL", 1_000.0)])
            .rounded_to(5.0),
        number("purity", "%", 1, "Purity of the enzyme by gel.")
            .drawn(&Beta, &[(3.0, 5.0), (1.3, 2.4)], (40.0, 45.0), (55.0, 55.0))
            .legal(35.0, 100.0)
            .units(PERCENT)
            .pull(0.4, -0.5),
        integer("freeze_thaw_cycles", "", "Times the sample was thawed before.")
            .drawn(&NegativeBinomial, &[(2.2, 4.0), (0.2, 0.6)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 30.0)
            .pull(0.0, 0.6),
    ],
    choices: &[
        Choice {
            name: "buffer",
            levels: &["TRIS", "PBS", "HEPES", "MES", "citrate"],
            ordered: false,
            zipf: (0.6, 1.1),
            doc: "Buffer of the assay.",
        },
        Choice {
            name: "matrix",
            levels: &["serum", "plasma", "lysate", "supernatant"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "Matrix the sample came in.",
        },
    ],
    chain: Chain {
        names: &["enzyme_lot", "enzyme", "enzyme_class"],
        docs: &["Lot of the enzyme.", "Enzyme of the lot, which determines it.", "Class of the enzyme."],
        rows: &[
            &["L2201", "trypsin", "hydrolase"],
            &["L2202", "trypsin", "hydrolase"],
            &["L2203", "trypsin", "hydrolase"],
            &["L2211", "lipase", "hydrolase"],
            &["L2212", "lipase", "hydrolase"],
            &["L2221", "amylase", "hydrolase"],
            &["L2222", "amylase", "hydrolase"],
            &["L3301", "catalase", "oxidoreductase"],
            &["L3302", "catalase", "oxidoreductase"],
            &["L3311", "peroxidase", "oxidoreductase"],
            &["L3312", "peroxidase", "oxidoreductase"],
            &["L3313", "peroxidase", "oxidoreductase"],
            &["L4401", "hexokinase", "transferase"],
            &["L4402", "hexokinase", "transferase"],
            &["L4411", "transaminase", "transferase"],
            &["L5501", "aldolase", "lyase"],
            &["L5502", "aldolase", "lyase"],
        ],
        zipf: (0.8, 1.1),
    },
    derived: Derived {
        name: "net_absorbance",
        unit: "AU",
        decimals: 4,
        doc: "Absorbance of the well less that of the blank, computed by the reader.",
        terms: &[(1.0, &[("absorbance", 1)]), (-1.0, &[("blank", 1)])],
        legal: (0.0, 4.0),
        units: &[times("mAU", 1_000.0), times("cAU", 100.0)],
    },
};
