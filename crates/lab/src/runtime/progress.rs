//! How far a build has come, for whoever draws the bar.

/// The steps of a build, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Another process builds the same; wait for it.
    Wait,
    /// Bring in the wheels that are not kept yet.
    Download,
    /// Unpack the wheels and leave out what no box needs.
    Packages,
    /// Copy the interpreter and its standard library.
    Python,
    /// Copy the shell tools.
    Tools,
    /// Copy the shared libraries that all of it needs.
    Libraries,
    /// Compile every module, so that no box has to.
    Compile,
    /// Import the packages with nothing of the host loaded.
    Check,
    /// Write everything to disk and sign for it.
    Seal,
}

impl Step {
    /// Every step with what a line of output calls it and its usual share of a cold build, in percent.
    pub const ALL: &[(Self, &'static str, u32)] = &[
        (Self::Wait, "waiting for another build", 0),
        (Self::Download, "downloading packages", 20),
        (Self::Packages, "unpacking packages", 17),
        (Self::Python, "copying the interpreter", 3),
        (Self::Tools, "copying shell tools", 1),
        (Self::Libraries, "copying shared libraries", 9),
        (Self::Compile, "compiling modules", 35),
        (Self::Check, "checking imports", 10),
        (Self::Seal, "sealing", 5),
    ];
}

/// A step and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// Parts of the step that are done.
    pub done: u64,
    /// Parts of the step in all; 0 if that is not known.
    pub total: u64,
    /// What is worked on, or empty.
    pub detail: String,
}

impl Progress {
    /// The beginning of a step.
    pub(super) fn begin(step: Step) -> Self {
        Self { step, done: 0, total: 0, detail: String::new() }
    }

    /// What a line of output calls the step.
    pub fn label(&self) -> &'static str {
        Step::ALL[self.step as usize].1
    }

    /// The share of the whole build that lies behind, in `[0, 1]`.
    pub fn fraction(&self) -> f64 {
        let before: u32 = Step::ALL[..self.step as usize].iter().map(|step| step.2).sum();
        let inside = if self.total == 0 { 0.0 } else { self.done.min(self.total) as f64 / self.total as f64 };
        (f64::from(before) + f64::from(Step::ALL[self.step as usize].2) * inside) / 100.0
    }
}

/// Where progress goes.
pub(super) type Report<'a> = &'a mut dyn FnMut(Progress);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_listed_in_order_and_their_shares_make_a_whole() {
        for (position, (step, _, _)) in Step::ALL.iter().enumerate() {
            assert_eq!(*step as usize, position);
        }
        assert_eq!(Step::ALL.iter().map(|step| step.2).sum::<u32>(), 100);
        let half = Progress { done: 5, total: 10, ..Progress::begin(Step::Compile) };
        assert_eq!(half.fraction(), 0.675);
        assert_eq!(half.label(), "compiling modules");
    }
}
