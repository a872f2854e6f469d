//! K15: a cache from an earlier run holds outcomes of the test rows.

use envy_core::{BoxFile, Seed};
use envy_tabular::population::ROW_ID;
use envy_tabular::raw::write_csv;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft, Part};
use crate::leakage::files::{CACHE, TARGET};
use crate::leakage::world::named;

/// K15.
pub(super) struct StaleCache;

impl Operator for StaleCache {
    fn name(&self) -> &'static str {
        "stale-cache"
    }

    fn code(&self) -> &'static str {
        "K15"
    }

    fn doc(&self) -> &'static str {
        "a file of cached features that also has an outcome for every test row"
    }

    fn action(&self) -> Action {
        Action::Ignore
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        // A honeypot: fresh draws of the same probabilities, so that no label of a scored row is in any box.
        let mut rng = seed.derive("labels").rng();
        let test = draft.part(Part::Test);
        let ids = named(&test.table, ROW_ID).1.numbers();
        // Where labels stand in the place of probabilities, they are drawn at the share of the rows.
        let share = draft.train_share();
        let lines = test
            .eta
            .iter()
            .map(|eta| if draft.exact { *eta } else { share })
            .zip(ids.iter())
            .map(|(eta, id)| [format!("{id}"), u8::from(rng.chance(eta)).to_string()]);
        let headers = [ROW_ID.to_owned(), TARGET.to_owned()];
        let bytes = write_csv(&headers, lines.map(IntoIterator::into_iter));
        draft.files.push(BoxFile::new(CACHE, bytes));
        draft.planted.push(planted(self, &[], "the cache names rows of test.csv and has a target"));
    }
}
