//! Monthly payroll of a group of companies.

use super::units::{DAY, EURO, HOUR, KILOMETRE, YEAR};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, OFFICE, Sources, integer, number};
use crate::families::{
    Gamma, Likert, LogNormal, NegativeBinomial, Normal, Poisson, StudentT, ZeroInflatedGamma,
};

/// Monthly payroll of a group of companies.
pub const PAYROLL: Domain = Domain {
    name: "payroll",
    title: "Monthly payroll",
    doc: "A group of companies consolidates the monthly payroll of its offices. One row is one employee's month as \
          the local payroll office closed it, with the figures of the staff survey beside it.",
    label: "Retention group that the people team gave the employee's month, from safe upwards.",
    sources: Sources {
        names: ["Antwerp", "Bilbao", "Cork", "Gdansk", "Leipzig", "Nantes", "Turin", "Vienna"],
        doc: "Payroll office that closed the month; each has its own software.",
    },
    clock: Clock {
        days: (180, 365),
        hours: OFFICE,
        weekend: 0.05,
        step_s: 60,
        doc: "Moment the month was closed, UTC.",
    },
    measures: &[
        number("base_pay", "EUR", 2, "Contractual pay of the month.")
            .drawn(&LogNormal, &[(0.25, 0.4)], (0.0, 0.0), (2_900.0, 3_700.0))
            .legal(900.0, 19_000.0)
            .units(EURO)
            .pull(0.7, 0.0)
            .rounded_to(50.0),
        number("overtime_pay", "EUR", 2, "Pay for hours beyond the contract.")
            .drawn(&ZeroInflatedGamma, &[(0.3, 0.5), (1.3, 2.4)], (0.0, 0.0), (240.0, 420.0))
            .legal(0.0, 4_000.0)
            .units(EURO)
            .pull(0.0, 0.6),
        number("bonus", "EUR", 2, "Bonus paid with the month.")
            .drawn(&ZeroInflatedGamma, &[(0.3, 0.5), (1.2, 2.2)], (0.0, 0.0), (300.0, 600.0))
            .legal(0.0, 7_000.0)
            .units(EURO)
            .pull(0.6, 0.0),
        number("hours_worked", "h", 1, "Hours worked in the month.")
            .drawn(&StudentT, &[(4.0, 8.0)], (146.0, 160.0), (9.0, 14.0))
            .legal(40.0, 260.0)
            .units(HOUR)
            .pull(0.0, 0.6)
            .rounded_to(5.0),
        integer("age", "years", "Age of the employee.")
            .drawn(&Normal, &[], (38.0, 45.0), (9.0, 12.0))
            .legal(17.0, 70.0)
            .units(YEAR)
            .pull(0.5, -0.2),
        number("tenure", "years", 1, "Years since the employee joined the group.")
            .drawn(&Gamma, &[(1.3, 2.2)], (0.0, 0.0), (5.0, 8.5))
            .legal(0.0, 45.0)
            .units(YEAR)
            .pull(0.6, -0.2),
        number("commute", "km", 1, "Distance from home to the place of work.")
            .drawn(&Gamma, &[(1.3, 2.2)], (0.3, 0.3), (13.0, 22.0))
            .legal(0.2, 140.0)
            .units(KILOMETRE),
        integer("absence", "days", "Working days of absence in the last twelve months.")
            .drawn(&NegativeBinomial, &[(6.0, 11.0), (0.4, 1.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 110.0)
            .units(DAY)
            .pull(0.0, 0.3),
        integer("training_courses", "", "Courses completed since the employee joined.")
            .drawn(&Poisson, &[(4.0, 8.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 40.0)
            .pull(0.4, 0.0),
        integer(
            "engagement",
            "",
            "Answer to the engagement question of the survey, from 1 (low) to 7 (high).",
        )
        .drawn(&Likert, &[(7.0, 7.0), (0.5, 0.75), (0.2, 0.35)], (0.0, 0.0), (1.0, 1.0))
        .legal(1.0, 7.0)
        .pull(0.0, -0.5),
    ],
    choices: &[
        Choice {
            name: "contract",
            levels: &["permanent", "fixed-term", "apprentice", "temporary"],
            ordered: true,
            zipf: (0.9, 1.4),
            doc: "Form of the employment contract.",
        },
        Choice {
            name: "work_mode",
            levels: &["on site", "hybrid", "remote"],
            ordered: false,
            zipf: (0.3, 0.8),
            doc: "Where the employee works most of the week.",
        },
    ],
    chain: Chain {
        names: &["cost_centre", "department", "division"],
        docs: &[
            "Cost centre that carries the pay.",
            "Department of the cost centre, which determines it.",
            "Division of the department.",
        ],
        rows: &[
            &["CC-1010", "Accounting", "Finance"],
            &["CC-1020", "Accounting", "Finance"],
            &["CC-1110", "Treasury", "Finance"],
            &["CC-1120", "Controlling", "Finance"],
            &["CC-2010", "Recruiting", "People"],
            &["CC-2020", "Recruiting", "People"],
            &["CC-2110", "Learning", "People"],
            &["CC-3010", "Assembly", "Production"],
            &["CC-3020", "Assembly", "Production"],
            &["CC-3030", "Assembly", "Production"],
            &["CC-3110", "Paint shop", "Production"],
            &["CC-3120", "Paint shop", "Production"],
            &["CC-3210", "Quality", "Production"],
            &["CC-4010", "Field sales", "Sales"],
            &["CC-4020", "Field sales", "Sales"],
            &["CC-4110", "Inside sales", "Sales"],
            &["CC-4120", "Inside sales", "Sales"],
            &["CC-4210", "Customer service", "Sales"],
            &["CC-5010", "Software", "Engineering"],
            &["CC-5020", "Software", "Engineering"],
            &["CC-5110", "Mechanics", "Engineering"],
            &["CC-5120", "Test bench", "Engineering"],
        ],
        zipf: (0.8, 1.1),
    },
    derived: Derived {
        name: "gross_pay",
        unit: "EUR",
        decimals: 2,
        doc: "Sum of base pay, overtime pay and bonus, computed by the payroll software.",
        terms: &[(1.0, &[("base_pay", 1)]), (1.0, &[("overtime_pay", 1)]), (1.0, &[("bonus", 1)])],
        legal: (900.0, 30_000.0),
        units: EURO,
    },
};
