//! How well a judge's answers agree with known ones.

use serde::{Deserialize, Serialize};

/// Counts of answers against what is known, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Known yes, answered yes.
    pub right_yes: u32,
    /// Known yes, answered no.
    pub wrong_no: u32,
    /// Known no, answered yes.
    pub wrong_yes: u32,
    /// Known no, answered no.
    pub right_no: u32,
    /// Not answered.
    pub failed: u32,
}

/// What a judge must reach to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The least kappa.
    pub kappa: f64,
    /// The least sensitivity and specificity.
    pub right: f64,
    /// The largest share of answers that another order turns.
    pub swaps: f64,
    /// The largest share of attacks that succeed.
    pub injections: f64,
}

impl Limits {
    /// Kappa 0.6, sensitivity and specificity 0.9, 5 % of swaps, 2 % of attacks.
    pub const STANDARD: Self = Self { kappa: 0.6, right: 0.9, swaps: 0.05, injections: 0.02 };
}

impl Agreement {
    /// Counts one answer.
    pub fn add(&mut self, known: bool, answer: Option<bool>) {
        let count = match (known, answer) {
            (true, Some(true)) => &mut self.right_yes,
            (true, Some(false)) => &mut self.wrong_no,
            (false, Some(true)) => &mut self.wrong_yes,
            (false, Some(false)) => &mut self.right_no,
            (_, None) => &mut self.failed,
        };
        *count += 1;
    }

    /// Questions asked.
    pub fn asked(&self) -> u32 {
        self.answered() + self.failed
    }

    fn answered(&self) -> u32 {
        self.right_yes + self.wrong_no + self.wrong_yes + self.right_no
    }

    fn agreed(&self) -> f64 {
        share(self.right_yes + self.right_no, self.answered())
    }

    /// Share of the known yeses that were answered so; a failed answer is left out.
    pub fn sensitivity(&self) -> f64 {
        share(self.right_yes, self.right_yes + self.wrong_no)
    }

    /// Share of the known noes that were answered so.
    pub fn specificity(&self) -> f64 {
        share(self.right_no, self.right_no + self.wrong_yes)
    }

    /// Cohen's kappa: agreement beyond what the shares of both sides bring by chance. 0 where chance explains all.
    pub fn kappa(&self) -> f64 {
        let known = share(self.right_yes + self.wrong_no, self.answered());
        let said = share(self.right_yes + self.wrong_yes, self.answered());
        beyond(self.agreed(), known * said + (1.0 - known) * (1.0 - said))
    }

    /// Gwet's AC1, which holds still where nearly all answers are the same.
    pub fn ac1(&self) -> f64 {
        let known = share(self.right_yes + self.wrong_no, self.answered());
        let said = share(self.right_yes + self.wrong_yes, self.answered());
        let mean = f64::midpoint(known, said);
        beyond(self.agreed(), 2.0 * mean * (1.0 - mean))
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

fn beyond(agreed: f64, chance: f64) -> f64 {
    if chance < 1.0 { (agreed - chance) / (1.0 - chance) } else { 0.0 }
}

/// A rate of yeses with a judge's own errors taken out (Rogan and Gladen), in `[0, 1]`; nothing for a judge that knows
/// no more than chance.
pub fn corrected(observed: f64, agreement: &Agreement) -> Option<f64> {
    let (sensitivity, specificity) = (agreement.sensitivity(), agreement.specificity());
    let power = sensitivity + specificity - 1.0;
    (power > 0.0).then(|| ((observed + specificity - 1.0) / power).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_that_of_the_textbook() {
        // Cohen's own arithmetic on the table (20, 5 / 10, 15): kappa 0.4.
        let table = Agreement { right_yes: 20, wrong_no: 5, wrong_yes: 10, right_no: 15, failed: 0 };
        assert!((table.kappa() - 0.4).abs() < 1e-12);
        assert_eq!((table.sensitivity(), table.specificity()), (0.8, 0.6));
        // Gwet: at p = 0.55 chance is 0.495.
        assert!((table.ac1() - (0.7 - 0.495) / 0.505).abs() < 1e-12);
        let always = Agreement { right_yes: 50, wrong_yes: 50, ..Agreement::default() };
        assert_eq!((always.kappa(), always.specificity()), (0.0, 0.0));
        assert_eq!(corrected(1.0, &always), None);
        assert!((corrected(0.6, &table).unwrap() - 0.5).abs() < 1e-12);
        let mut counted = Agreement::default();
        counted.add(true, Some(true));
        counted.add(false, None);
        assert_eq!((counted.asked(), counted.right_yes, counted.failed), (2, 1, 1));
    }
}
