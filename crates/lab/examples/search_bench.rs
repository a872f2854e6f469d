//! How often a search for a difficulty ends in the band, and what its promise is worth, in simulated worlds.

use envy_lab::calibrate::simulate::{promises, share};

/// Searches behind each figure.
const SEARCHES: usize = 1_000;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    println!("share of {SEARCHES} searches that end in 10-40 %, after so many rollouts");
    println!("dials     16     32     64");
    for dials in [1, 2, 3] {
        let shares = [16, 32, 64].map(|budget| share(dials, budget, 2, SEARCHES));
        println!("{dials:5}  {:.3}  {:.3}  {:.3}", shares[0], shares[1], shares[2]);
    }
    println!(
        "a promise of 32 rollouts after a search of 64: promised, true pass rate, distance, held by 90 % intervals"
    );
    for dials in [1, 2, 3] {
        let kept = promises(dials, 64, 32, SEARCHES);
        println!("{dials:5}  {:.3}  {:.3}  {:.3}  {:.3}", kept.promised, kept.truth, kept.error, kept.held);
    }
}
