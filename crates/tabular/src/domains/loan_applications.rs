//! Consumer loan applications of a regional bank.

use super::units::{EURO, MONTH, PERCENT, YEAR};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, OFFICE, Sources, integer, number};
use crate::families::{Beta, Gamma, LogNormal, NegativeBinomial, Normal, ZeroInflatedGamma};

/// Consumer loan applications of a regional bank.
pub const LOAN_APPLICATIONS: Domain = Domain {
    name: "loan-applications",
    title: "Consumer loan applications",
    doc: "A regional bank keeps the consumer loan applications of its branches and partners in one table. One row is \
          one application as the clerk entered it, before any decision.",
    label: "Risk group that the underwriters settled on, from low upwards.",
    sources: Sources {
        names: [
            "branch Aalen",
            "branch Bamberg",
            "branch Coburg",
            "branch Dachau",
            "online",
            "broker Lindner",
            "broker Voss",
            "call centre",
        ],
        doc: "Branch or partner that took the application; each has its own entry mask.",
    },
    clock: Clock {
        days: (150, 300),
        hours: OFFICE,
        weekend: 0.15,
        step_s: 1,
        doc: "Moment the application was saved, UTC.",
    },
    measures: &[
        integer("loan_amount", "EUR", "Amount applied for.")
            .drawn(&LogNormal, &[(0.5, 0.75)], (0.0, 0.0), (9_000.0, 14_000.0))
            .legal(500.0, 120_000.0)
            .units(EURO)
            .pull(0.6, 0.0)
            .rounded_to(500.0),
        integer("existing_debt", "EUR", "Debt outstanding at other lenders by the credit bureau.")
            .drawn(&ZeroInflatedGamma, &[(0.15, 0.3), (1.3, 2.5)], (0.0, 0.0), (7_000.0, 12_000.0))
            .legal(0.0, 150_000.0)
            .units(EURO)
            .pull(0.2, 0.6),
        integer("annual_income", "EUR", "Gross yearly income by the last payslips.")
            .drawn(&LogNormal, &[(0.3, 0.5)], (0.0, 0.0), (34_000.0, 46_000.0))
            .legal(8_000.0, 400_000.0)
            .units(EURO)
            .pull(0.7, -0.2)
            .rounded_to(1_000.0),
        integer("term", "months", "Months until the last instalment.")
            .drawn(&Gamma, &[(2.5, 4.5)], (6.0, 6.0), (36.0, 48.0))
            .legal(6.0, 180.0)
            .units(MONTH)
            .rounded_to(6.0),
        number("interest_rate", "%", 2, "Nominal yearly rate offered.")
            .drawn(&Normal, &[], (6.0, 8.5), (1.3, 2.0))
            .legal(0.9, 17.9)
            .units(PERCENT)
            .pull(-0.3, 0.5),
        integer("credit_score", "", "Score of the credit bureau, from 300 (poor) to 850 (excellent).")
            .drawn(&Normal, &[], (630.0, 690.0), (65.0, 85.0))
            .legal(300.0, 850.0)
            .pull(0.2, -0.7),
        integer("age", "years", "Age of the applicant.")
            .drawn(&Normal, &[], (39.0, 46.0), (10.0, 13.0))
            .legal(18.0, 80.0)
            .units(YEAR),
        number("employment", "years", 1, "Years with the present employer.")
            .drawn(&Gamma, &[(1.3, 2.4)], (0.0, 0.0), (5.0, 8.0))
            .legal(0.0, 45.0)
            .units(YEAR)
            .pull(0.4, -0.3),
        number("card_utilisation", "%", 1, "Share of the credit card limits in use.")
            .drawn(&Beta, &[(1.3, 2.5), (1.8, 3.0)], (0.0, 0.0), (100.0, 100.0))
            .legal(0.0, 100.0)
            .units(PERCENT)
            .pull(0.0, 0.6),
        integer("open_accounts", "", "Accounts and cards open at any bank.")
            .drawn(&NegativeBinomial, &[(5.0, 9.0), (0.2, 0.5)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 60.0),
    ],
    choices: &[
        Choice {
            name: "purpose",
            levels: &["car", "furniture", "refinancing", "renovation", "education", "travel", "medical"],
            ordered: false,
            zipf: (0.6, 1.1),
            doc: "Purpose stated by the applicant.",
        },
        Choice {
            name: "housing",
            levels: &["rent", "own", "mortgage", "with family"],
            ordered: false,
            zipf: (0.4, 0.9),
            doc: "Housing situation of the applicant.",
        },
    ],
    chain: Chain {
        names: &["occupation", "sector"],
        docs: &[
            "Occupation by the bank's own list.",
            "Economic sector of the occupation, which determines it.",
        ],
        rows: &[
            &["nurse", "health"],
            &["physician", "health"],
            &["pharmacist", "health"],
            &["paramedic", "health"],
            &["teacher", "education"],
            &["lecturer", "education"],
            &["kindergarten teacher", "education"],
            &["electrician", "construction"],
            &["bricklayer", "construction"],
            &["roofer", "construction"],
            &["surveyor", "construction"],
            &["machine operator", "manufacturing"],
            &["welder", "manufacturing"],
            &["toolmaker", "manufacturing"],
            &["quality inspector", "manufacturing"],
            &["sales assistant", "trade"],
            &["buyer", "trade"],
            &["store manager", "trade"],
            &["truck driver", "transport"],
            &["train driver", "transport"],
            &["dispatcher", "transport"],
            &["software developer", "information"],
            &["system administrator", "information"],
            &["clerk", "public service"],
            &["police officer", "public service"],
            &["firefighter", "public service"],
            &["cook", "hospitality"],
            &["waiter", "hospitality"],
        ],
        zipf: (0.8, 1.2),
    },
    derived: Derived {
        name: "total_exposure",
        unit: "EUR",
        decimals: 0,
        doc: "Loan amount plus existing debt, computed by the bank's system.",
        terms: &[(1.0, &[("loan_amount", 1)]), (1.0, &[("existing_debt", 1)])],
        legal: (500.0, 270_000.0),
        units: EURO,
    },
};
