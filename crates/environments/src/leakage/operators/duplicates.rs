//! K7: the same form was handed in more than once, on both sides of the split.

use envy_core::Seed;
use envy_tabular::{Column, Kind, Role};

use super::{Operator, Phase, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, Part, numeric};

/// K7.
pub(super) struct Duplicates;

/// The header of the form's number.
pub(in crate::leakage) const FORM: &str = "form_no";
/// The share of the rows that are copies: in training, and in the test.
const SHARES: [f64; 2] = [0.2, 0.2];

impl Operator for Duplicates {
    fn name(&self) -> &'static str {
        "duplicates"
    }

    fn code(&self) -> &'static str {
        "K7"
    }

    fn doc(&self) -> &'static str {
        "forms that were handed in again, under a new row number, in train and test"
    }

    fn action(&self) -> Action {
        Action::Dedupe
    }

    fn phase(&self) -> Phase {
        Phase::Rows
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let mut first = 200_000;
        let mut forms: Vec<Vec<i64>> = Vec::new();
        for rows in &draft.parts {
            forms.push((0..rows.len() as i64).map(|row| first + 7 * row).collect());
            first += 7 * rows.len() as i64;
        }
        let originals = draft.part(Part::Train).clone();
        let train_forms = forms[0].clone();
        for (part, share) in SHARES.into_iter().enumerate() {
            let mut rng = seed.derive(&format!("copies/{part}")).rng();
            let rows = &mut draft.parts[part];
            let copies = rng.sample_without_replacement(rows.len(), (share * rows.len() as f64) as usize);
            // Copies are made of training rows that stay, so that every one has its original there.
            let kept: Vec<usize> =
                (0..originals.len()).filter(|row| part > 0 || !copies.contains(row)).collect();
            for copy in copies {
                let original = *rng.pick(&kept);
                overwrite(rows, copy, &originals, original);
                forms[part][copy] = train_forms[original];
            }
        }
        let note = ColumnNote::new(FORM, Job::Intake);
        let mut field =
            numeric(FORM, Kind::Integer, "Number of the form; a form that is handed in again keeps it.");
        field.role = Role::Feature;
        draft.push(note, &field, |_, part| {
            Column::Integer(forms[part as usize].iter().copied().map(Some).collect())
        });
        let sentence = "Some forms were handed in more than once and have a row each time, with the same `form_no`; in \
                        the field every form comes once.";
        draft.protocol.push(sentence.to_owned());
        draft.planted.push(planted(self, &[], "form_no repeats, within train.csv and into test.csv"));
    }
}

/// Everything of a row but its number.
fn overwrite(
    rows: &mut crate::leakage::world::Rows,
    row: usize,
    from: &crate::leakage::world::Rows,
    original: usize,
) {
    for (column, (field, source)) in
        rows.table.columns.iter_mut().zip(from.table.fields.iter().zip(&from.table.columns))
    {
        if field.role == Role::Id {
            continue;
        }
        match (column, source) {
            (Column::Number(to), Column::Number(from)) => to[row] = from[original],
            (Column::Integer(to), Column::Integer(from)) | (Column::Time(to), Column::Time(from)) => {
                to[row] = from[original];
            }
            (Column::Category(to), Column::Category(from)) => to[row] = from[original],
            (Column::Text(to), Column::Text(from)) => to[row].clone_from(&from[original]),
            _ => {}
        }
    }
    rows.eta[row] = from.eta[original];
    rows.positive[row] = from.positive[original];
    rows.moments[row] = from.moments[original];
}
