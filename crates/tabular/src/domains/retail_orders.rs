//! Order lines of a retailer with shops and a web store.

use super::units::{DAY, EURO, KILOGRAM, MINUTE, PERCENT, YEAR};
use crate::domain::{Chain, Choice, Clock, Derived, Domain, Sources, WAKING, integer, number};
use crate::families::{Beta, Gamma, Likert, LogNormal, NegativeBinomial, Normal, Poisson, ZeroInflatedGamma};

/// Order lines of a retailer with shops and a web store.
pub const RETAIL_ORDERS: Domain = Domain {
    name: "retail-orders",
    title: "Retail order lines",
    doc: "A household-goods retailer exports the order lines of its shops and its web store every night. One row is \
          one order line: one article in one order.",
    label: "Service group that the customer desk gave the order line, from light to heavy handling.",
    sources: Sources {
        names: ["web", "app", "phone", "shop Basel", "shop Graz", "shop Lyon", "shop Porto", "marketplace"],
        doc: "Sales channel that took the order; each runs its own till or order form.",
    },
    clock: Clock {
        days: (90, 180),
        hours: WAKING,
        weekend: 1.3,
        step_s: 1,
        doc: "Moment the order was placed, UTC.",
    },
    measures: &[
        integer("quantity", "", "Pieces ordered.")
            .drawn(&NegativeBinomial, &[(3.0, 5.0), (0.3, 0.8)], (1.0, 1.0), (1.0, 1.0))
            .legal(1.0, 60.0),
        number("unit_price", "EUR", 2, "Price of one piece before discount, tax included.")
            .drawn(&LogNormal, &[(0.5, 0.8)], (0.0, 0.0), (16.0, 30.0))
            .legal(0.5, 480.0)
            .units(EURO)
            .pull(0.6, 0.0),
        number("discount", "%", 1, "Discount granted on the line.")
            .drawn(&Beta, &[(1.2, 2.0), (3.0, 5.0)], (0.0, 0.0), (55.0, 65.0))
            .legal(0.0, 70.0)
            .units(PERCENT)
            .pull(0.0, 0.5)
            .rounded_to(5.0),
        number("shipping_cost", "EUR", 2, "Share of the order's shipping cost that falls on the line.")
            .drawn(&ZeroInflatedGamma, &[(0.2, 0.4), (2.0, 4.0)], (0.0, 0.0), (5.0, 8.0))
            .legal(0.0, 60.0)
            .units(EURO)
            .pull(0.5, 0.0),
        integer("delivery_time", "days", "Days from order to hand-over.")
            .drawn(&Poisson, &[(4.0, 7.0)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 30.0)
            .units(DAY),
        number("article_weight", "kg", 2, "Shipping weight of one piece.")
            .drawn(&LogNormal, &[(0.6, 0.9)], (0.0, 0.0), (1.2, 2.4))
            .legal(0.05, 45.0)
            .units(KILOGRAM)
            .pull(0.6, 0.0),
        integer("customer_age", "years", "Age in the customer's account.")
            .drawn(&Normal, &[], (38.0, 47.0), (11.0, 15.0))
            .legal(18.0, 95.0)
            .units(YEAR),
        number("browsing_time", "min", 1, "Minutes between the first click or step in and the order.")
            .drawn(&Gamma, &[(1.4, 2.6)], (0.5, 0.5), (12.0, 22.0))
            .legal(0.2, 180.0)
            .units(MINUTE)
            .pull(0.0, 0.5),
        integer("earlier_orders", "", "Orders of the same customer in the last twelve months.")
            .drawn(&NegativeBinomial, &[(4.0, 8.0), (0.5, 1.2)], (0.0, 0.0), (1.0, 1.0))
            .legal(0.0, 90.0)
            .pull(0.0, -0.4),
        integer("satisfaction", "", "Answer to the survey after delivery, from 1 (poor) to 5 (excellent).")
            .drawn(&Likert, &[(5.0, 5.0), (0.55, 0.8), (0.25, 0.4)], (0.0, 0.0), (1.0, 1.0))
            .legal(1.0, 5.0),
    ],
    choices: &[
        Choice {
            name: "payment_method",
            levels: &["card", "invoice", "bank transfer", "wallet", "cash"],
            ordered: false,
            zipf: (0.6, 1.1),
            doc: "How the order was paid.",
        },
        Choice {
            name: "loyalty_tier",
            levels: &["none", "silver", "gold"],
            ordered: true,
            zipf: (0.7, 1.2),
            doc: "Tier of the customer's loyalty card.",
        },
    ],
    chain: Chain {
        names: &["article", "category", "department"],
        docs: &[
            "Article code of the catalogue.",
            "Category of the article; the article determines it.",
            "Department that sells the category.",
        ],
        rows: &[
            &["BW-101", "Bowls", "Kitchen"],
            &["BW-102", "Bowls", "Kitchen"],
            &["BW-117", "Bowls", "Kitchen"],
            &["KN-201", "Knives", "Kitchen"],
            &["KN-204", "Knives", "Kitchen"],
            &["KN-215", "Knives", "Kitchen"],
            &["PN-301", "Pans", "Kitchen"],
            &["PN-308", "Pans", "Kitchen"],
            &["TW-401", "Towels", "Textiles"],
            &["TW-402", "Towels", "Textiles"],
            &["TW-411", "Towels", "Textiles"],
            &["BD-501", "Bedding", "Textiles"],
            &["BD-502", "Bedding", "Textiles"],
            &["BD-514", "Bedding", "Textiles"],
            &["CR-601", "Curtains", "Textiles"],
            &["CR-603", "Curtains", "Textiles"],
            &["LM-701", "Lamps", "Living"],
            &["LM-702", "Lamps", "Living"],
            &["LM-720", "Lamps", "Living"],
            &["MR-801", "Mirrors", "Living"],
            &["MR-805", "Mirrors", "Living"],
            &["CH-901", "Chairs", "Furniture"],
            &["CH-902", "Chairs", "Furniture"],
            &["CH-913", "Chairs", "Furniture"],
            &["TB-951", "Tables", "Furniture"],
            &["TB-952", "Tables", "Furniture"],
            &["SH-971", "Shelves", "Furniture"],
            &["SH-975", "Shelves", "Furniture"],
        ],
        zipf: (0.8, 1.3),
    },
    derived: Derived {
        name: "line_total",
        unit: "EUR",
        decimals: 2,
        doc: "Quantity times unit price before discount, computed by the till.",
        terms: &[(1.0, &[("quantity", 1), ("unit_price", 1)])],
        legal: (0.5, 28_800.0),
        units: EURO,
    },
};
