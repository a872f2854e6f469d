//! What the project that this one grew from did to its tables, and which operator does it here.

use crate::corruptions::{self, Corruption};
use crate::error::TabularError;
use crate::ledger::Fairness;

/// One of the original's corruptions.
pub struct Original {
    /// What it did, in a few words.
    pub what: &'static str,
    /// True for what its README names, false for what its code did.
    pub from_readme: bool,
    /// The operator that does it here.
    pub operator: &'static str,
    /// How fairly it can be asked to be undone.
    pub class: Fairness,
}

const fn code(what: &'static str, operator: &'static str, class: Fairness) -> Original {
    Original { what, from_readme: false, operator, class }
}

const fn readme(what: &'static str, operator: &'static str, class: Fairness) -> Original {
    Original { what, from_readme: true, operator, class }
}

/// Its eleven operators and the three kinds of its README.
pub const ORIGINAL: &[Original] = &[
    code("values a hundred to ten thousand times too large", "outlier", Fairness::Partial),
    code("the mean plus or minus 3, 5 or 10 standard deviations", "outlier", Fairness::Partial),
    code("digits turned round within a number", "digit-slip", Fairness::Partial),
    code("the decimal point moved by up to five places", "decimal-shift", Fairness::Exact),
    code("clipped to the 0.05 or 0.85 quantile", "saturation", Fairness::Partial),
    code("infinities", "infinity", Fairness::Partial),
    code("missing values", "missing", Fairness::Partial),
    code("zeros", "sentinel", Fairness::Partial),
    code("shuffled within the column", "shuffle", Fairness::Partial),
    code("the sign turned round", "sign-flip", Fairness::Exact),
    code("gaussian noise", "noise", Fairness::Lost),
    readme("gaussian noise on floats", "noise", Fairness::Lost),
    readme("random offsets on ints", "integer-offset", Fairness::Lost),
    readme("occasional outliers of five standard deviations and more", "outlier", Fairness::Partial),
];

impl Original {
    /// The operator itself.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn find(&self) -> Result<&'static dyn Corruption, TabularError> {
        corruptions::find(self.operator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_original_did_has_an_operator_of_the_stated_class() {
        assert_eq!(ORIGINAL.iter().filter(|kind| kind.from_readme).count(), 3);
        assert_eq!(ORIGINAL.iter().filter(|kind| !kind.from_readme).count(), 11);
        for kind in ORIGINAL {
            assert_eq!(kind.find().unwrap().info().class, kind.class, "{}", kind.what);
        }
    }
}
