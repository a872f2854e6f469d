//! The grader's bench: everything that turns returned bytes into figures, without a box.

use std::sync::Arc;

use envy_core::{Brief, Flag, Hidden};
use envy_tabular::{RawLimits, RawTable};

use super::cells::{Returned, Truth};
use super::features::{Encoded, Encoder};
use super::files::{self, META, Meta, ORACLE, VAL};
use super::fixed::FixedModel;
use super::own;
use super::score::{DRAW_NAMES, DrawMeasure};
use super::tally::{Scale, Tally};

/// One draw and the ends of its scale.
pub(super) struct Draw {
    /// What is true of it.
    pub(super) truth: Truth,
    /// What the model makes of the true table and of the table as it came.
    pub(super) scale: Scale,
    /// Clean rows for the final score.
    pub(super) val: Arc<Encoded>,
}

/// Both draws, the clean sets and the model.
pub(super) struct Bench {
    /// The given and the fresh draw.
    pub(super) draws: [Draw; 2],
    /// What the model reads.
    pub(super) encoder: Encoder,
    /// The model.
    pub(super) model: FixedModel,
    /// Clean rows for probes.
    pub(super) oracle: Encoded,
    /// Everything else.
    pub(super) meta: Meta,
}

impl Bench {
    /// Reads a task's hidden half.
    ///
    /// # Errors
    /// A file is missing, damaged or does not fit the others.
    pub(super) fn new(brief: &Brief, hidden: &Hidden) -> Result<Self, String> {
        let meta: Meta = files::json(hidden, META)?;
        let encoder = Encoder::new(&meta.fields)?;
        let model = FixedModel::named(&meta.model).ok_or("meta.json names an unknown model")?;
        let clean = |name| {
            let table = files::table(hidden, name, &meta.fields)?;
            Ok::<_, String>(encoder.table(&table, &(0..table.rows()).collect::<Vec<_>>()))
        };
        let oracle = clean(ORACLE)?;
        let mut truths = files::truths(brief, hidden, &meta.fields)?;
        let vals = if meta.cross_fitted {
            truths = truths.map(|truth| truth.training_on(own::TRAIN_LINES_MAX));
            own::held_out(&encoder, truths.each_ref()).map(Arc::new)
        } else {
            let val = Arc::new(clean(VAL)?);
            [Arc::clone(&val), val]
        };
        let scales = meta.scales()?;
        let fits = |(scale, val): (&Scale, &Arc<Encoded>)| scale.golden.rows() == val.labels.len();
        if meta.certified && !scales.iter().zip(&vals).all(fits) {
            return Err("the scales of meta.json do not fit the clean rows".to_owned());
        }
        let ([first, second], [first_scale, second_scale], [first_val, second_val]) = (truths, scales, vals);
        let draws = [
            Draw { truth: first, scale: first_scale, val: first_val },
            Draw { truth: second, scale: second_scale, val: second_val },
        ];
        Ok(Self { draws, encoder, model, oracle, meta })
    }

    /// Measures what came back from a draw; odd things are flagged.
    pub(super) fn measure(&self, draw: usize, bytes: &[u8], flags: &mut Vec<Flag>) -> DrawMeasure {
        match RawTable::read(bytes, RawLimits::AGENT) {
            Ok(raw) => self.measure_table(draw, raw, flags),
            Err(error) => {
                let evidence = format!("{} draw: {error}", DRAW_NAMES[draw]);
                flags.push(Flag { name: "output-unreadable".to_owned(), evidence });
                DrawMeasure::Nothing(format!("the table cannot be read: {error}"))
            }
        }
    }

    /// Measures a table.
    pub(super) fn measure_table(&self, draw: usize, raw: RawTable, flags: &mut Vec<Flag>) -> DrawMeasure {
        let name = DRAW_NAMES[draw];
        let draw = &self.draws[draw];
        let truth = &draw.truth;
        let returned = truth.account(raw);
        flags.extend(returned.flags.iter().map(|flag| Flag {
            name: flag.name.clone(),
            evidence: format!("{name} draw: {}", flag.evidence),
        }));
        if truth.is_unchanged(&returned) {
            return DrawMeasure::Unchanged;
        }
        let cells = truth.score(&returned);
        let recovery = self.meta.certified.then(|| draw.scale.recovery(&self.tally(draw, &returned)));
        DrawMeasure::Measured { recovery, cells }
    }

    /// The model's tally on the clean set, trained on what came back. What the model cannot tell from the true table
    /// or from the table as it came needs no training.
    fn tally(&self, draw: &Draw, returned: &Returned) -> Tally {
        let Draw { truth, scale, val } = draw;
        let train = truth.encode(returned, &self.encoder);
        if train == truth.encode_golden(&self.encoder) {
            return scale.golden.clone();
        }
        if train == truth.encode_dirty(&self.encoder) {
            return scale.corrupted.clone();
        }
        self.model.tally(&train, val, self.encoder.classes())
    }

    /// The tally of a probe: the given draw, scored on the oracle set.
    ///
    /// # Errors
    /// The bytes are no table, in one sentence for the agent.
    pub(super) fn probe(&self, bytes: &[u8]) -> Result<Tally, String> {
        let raw = RawTable::read(bytes, RawLimits::AGENT).map_err(|error| error.to_string())?;
        let truth = &self.draws[0].truth;
        let train = truth.encode(&truth.account(raw), &self.encoder);
        Ok(self.model.tally(&train, &self.oracle, self.encoder.classes()))
    }
}
