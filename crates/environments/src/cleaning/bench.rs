//! The grader's bench: everything that turns returned bytes into figures, without a box.

use std::sync::Arc;

use envy_core::{Brief, Flag, Hidden, JobResult};
use envy_tabular::{RawLimits, RawTable, Table};

use super::cells::{Returned, Truth};
use super::features::{Encoded, Encoder};
use super::files::{self, META, Meta, ORACLE, VAL};
use super::fixed::FixedModel;
use super::menu::Choice;
use super::score::{DRAW_NAMES, DrawMeasure};
use super::tally::{Scale, Tally};
use super::{own, own_model};

/// One draw and the ends of its scale.
pub(super) struct Draw {
    /// What is true of it.
    pub(super) truth: Truth,
    /// What the model makes of the true table and of the table as it came.
    pub(super) scale: Scale,
    /// Clean rows for the final score.
    pub(super) val: Arc<CleanSet>,
}

/// Clean rows that models are scored on.
pub(super) struct CleanSet {
    /// As a model reads them.
    pub(super) encoded: Encoded,
    table: Table,
}

impl CleanSet {
    fn new(encoder: &Encoder, table: Table) -> Self {
        Self { encoded: encoder.whole(&table), table }
    }

    /// The rows as the agent's own model gets them.
    pub(super) fn without_labels(&self) -> Vec<u8> {
        own_model::without_labels(&self.table)
    }
}

/// Who learns from what came back.
pub(super) enum Learner<'a> {
    /// The task's fixed model.
    Fixed,
    /// A model of the menu.
    Chosen(&'a Choice),
    /// The agent's own, which left this behind.
    Own(&'a JobResult),
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
    pub(super) oracle: CleanSet,
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
        let clean =
            |name| Ok::<_, String>(CleanSet::new(&encoder, files::table(hidden, name, &meta.fields)?));
        let oracle = clean(ORACLE)?;
        let mut truths = files::truths(brief, hidden, &meta.fields)?;
        let vals = if meta.cross_fitted {
            truths = truths.map(|truth| truth.training_on(own::TRAIN_LINES_MAX));
            own::held_out(truths.each_ref()).map(|table| Arc::new(CleanSet::new(&encoder, table)))
        } else {
            let val = Arc::new(clean(VAL)?);
            [Arc::clone(&val), val]
        };
        let scales = meta.scales()?;
        let fits = |(scale, val): (&Scale, &Arc<CleanSet>)| scale.golden.rows() == val.encoded.labels.len();
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
    pub(super) fn measure(
        &self,
        draw: usize,
        bytes: &[u8],
        learner: &Learner<'_>,
        flags: &mut Vec<Flag>,
    ) -> DrawMeasure {
        match RawTable::read(bytes, RawLimits::AGENT) {
            Ok(raw) => self.measure_table(draw, raw, learner, flags),
            Err(error) => {
                let evidence = format!("{} draw: {error}", DRAW_NAMES[draw]);
                flags.push(Flag { name: "output-unreadable".to_owned(), evidence });
                DrawMeasure::Nothing(format!("the table cannot be read: {error}"))
            }
        }
    }

    /// Measures a table.
    pub(super) fn measure_table(
        &self,
        draw: usize,
        raw: RawTable,
        learner: &Learner<'_>,
        flags: &mut Vec<Flag>,
    ) -> DrawMeasure {
        let name = DRAW_NAMES[draw];
        let draw = &self.draws[draw];
        let truth = &draw.truth;
        let returned = truth.account(raw);
        flags.extend(returned.flags.iter().map(|flag| Flag {
            name: flag.name.clone(),
            evidence: format!("{name} draw: {}", flag.evidence),
        }));
        // A model of the agent's own may make something of a table that nobody repaired.
        if truth.is_unchanged(&returned) && matches!(learner, Learner::Fixed) {
            return DrawMeasure::Unchanged;
        }
        let cells = truth.score(&returned);
        if !self.meta.certified {
            return DrawMeasure::Measured { recovery: None, cells };
        }
        match self.tally(draw, &returned, learner) {
            Ok(tally) => DrawMeasure::Measured { recovery: Some(draw.scale.recovery(&tally)), cells },
            Err(why) => DrawMeasure::Nothing(why),
        }
    }

    /// A model's tally on the clean set, trained on what came back. What the fixed model cannot tell from the true table
    /// or from the table as it came needs no training.
    fn tally(&self, draw: &Draw, returned: &Returned, learner: &Learner<'_>) -> Result<Tally, String> {
        let Draw { truth, scale, val } = draw;
        let (train, classes) = (truth.encode(returned, &self.encoder), self.encoder.classes());
        match learner {
            Learner::Fixed => {}
            Learner::Chosen(choice) => return Ok(choice.tally(&train, &val.encoded, classes)),
            Learner::Own(result) => return own_model::tally(result, self.encoder.target(), &val.encoded),
        }
        if train == truth.encode_golden(&self.encoder) {
            return Ok(scale.golden.clone());
        }
        if train == truth.encode_dirty(&self.encoder) {
            return Ok(scale.corrupted.clone());
        }
        Ok(self.model.tally(&train, &val.encoded, classes))
    }

    /// The tally of a probe: the given draw, scored on the oracle set.
    ///
    /// # Errors
    /// The bytes are no table, or the agent's model left no predictions, in one sentence for the agent.
    pub(super) fn probe(&self, bytes: &[u8], learner: &Learner<'_>) -> Result<Tally, String> {
        let raw = RawTable::read(bytes, RawLimits::AGENT).map_err(|error| error.to_string())?;
        let truth = &self.draws[0].truth;
        let train = truth.encode(&truth.account(raw), &self.encoder);
        let (test, classes) = (&self.oracle.encoded, self.encoder.classes());
        match learner {
            Learner::Fixed => Ok(self.model.tally(&train, test, classes)),
            Learner::Chosen(choice) => Ok(choice.tally(&train, test, classes)),
            Learner::Own(result) => own_model::tally(result, self.encoder.target(), test),
        }
    }
}
