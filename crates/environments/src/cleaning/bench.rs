//! The grader's bench: everything that turns returned bytes into figures, without a box.

use std::sync::Arc;

use envy_core::{Brief, Flag, Hidden, JobResult};
use envy_tabular::{RawLimits, RawTable, Table};

use super::cells::{Returned, Truth};
use super::exam::Exam;
use super::features::Encoder;
use super::files::{self, META, Meta, ORACLE, VAL};
use super::fixed::FixedModel;
use super::menu::Choice;
use super::score::{DRAW_NAMES, DrawMeasure};
use super::serving::Examiner;
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
    /// The batch that is served after it, if any is: then that is what the model is asked about.
    pub(super) batch: Option<Truth>,
}

/// Clean rows that models are scored on.
pub(super) struct CleanSet {
    /// As a model is asked about them.
    pub(super) exam: Exam,
    table: Table,
}

impl CleanSet {
    fn new(encoder: &Encoder, table: Table) -> Self {
        Self { exam: encoder.exam(&table), table }
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
        let rows = meta.folded.as_ref().map_or(&meta.fields, |folded| &folded.fields);
        let mut truths = files::truths(brief, hidden, rows)?;
        if let Some(folded) = &meta.folded {
            truths = files::folded(truths, brief, hidden, folded)?;
        }
        let vals = if meta.cross_fitted {
            truths = truths.map(|truth| truth.training_on(own::TRAIN_LINES_MAX));
            own::held_out(truths.each_ref()).map(|table| Arc::new(CleanSet::new(&encoder, table)))
        } else {
            let val = Arc::new(clean(VAL)?);
            [Arc::clone(&val), val]
        };
        let [first_batch, second_batch] =
            if meta.serve { files::batches(brief, hidden, &meta.fields)?.map(Some) } else { [None, None] };
        let ([first, second], [first_val, second_val]) = (truths, vals);
        let [first_scale, second_scale] = meta.scales()?;
        let draws = [
            Draw { truth: first, scale: first_scale, val: first_val, batch: first_batch },
            Draw { truth: second, scale: second_scale, val: second_val, batch: second_batch },
        ];
        let bench = Self { draws, encoder, model, oracle, meta };
        let fits = |draw: &Draw| draw.scale.golden.rows() == bench.examiner(draw).golden().rows();
        if bench.meta.certified && !bench.draws.iter().all(fits) {
            return Err("the scales of meta.json do not fit the clean rows".to_owned());
        }
        Ok(bench)
    }

    /// Where the model of a draw is asked.
    fn examiner<'a>(&'a self, draw: &'a Draw) -> Examiner<'a> {
        Examiner { clean: &draw.val.exam, batch: draw.batch.as_ref(), encoder: &self.encoder }
    }

    /// The rows that the agent's own model is asked about, without labels: clean ones, or the batch as it came back.
    pub(super) fn asked(&self, draw: usize, served: Option<&[u8]>) -> Vec<u8> {
        let draw = &self.draws[draw];
        let Some(batch) = &draw.batch else { return draw.val.without_labels() };
        let table = served.and_then(|bytes| RawTable::read(bytes, RawLimits::AGENT).ok());
        batch.served(&batch.account(table.unwrap_or_else(|| batch.dirty().clone().head(0))))
    }

    /// Measures what came back from a draw, and of its batch if it has one; odd things are flagged.
    pub(super) fn measure(
        &self,
        draw: usize,
        bytes: &[u8],
        served: Option<&[u8]>,
        learner: &Learner<'_>,
        flags: &mut Vec<Flag>,
    ) -> DrawMeasure {
        let mut read = |bytes: &[u8], what: &str| {
            RawTable::read(bytes, RawLimits::AGENT).map_err(|error| {
                let evidence = format!("{} {what}: {error}", DRAW_NAMES[draw]);
                flags.push(Flag { name: "output-unreadable".to_owned(), evidence });
                format!("the table cannot be read: {error}")
            })
        };
        let tables = read(bytes, "draw").and_then(|raw| {
            let served = served.map(|served| read(served, "batch")).transpose()?;
            Ok((raw, served))
        });
        match tables {
            Ok((raw, served)) => self.measure_table(draw, raw, served, learner, flags),
            Err(why) => DrawMeasure::Nothing(why),
        }
    }

    /// What came back from a draw as the units that a model reads; nothing where it reads the rows.
    pub(super) fn units(&self, draw: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        self.meta.folded.as_ref()?;
        let empty = || RawTable::new(Vec::new(), Vec::new()).expect("a table of nothing");
        self.draws[draw].truth.units(RawTable::read(bytes, RawLimits::AGENT).unwrap_or_else(|_| empty()))
    }

    /// Measures a table, and what came back of the draw's batch if it has one.
    pub(super) fn measure_table(
        &self,
        draw: usize,
        raw: RawTable,
        served: Option<RawTable>,
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
        let served = draw
            .batch
            .as_ref()
            .map(|batch| batch.account(served.unwrap_or_else(|| batch.dirty().clone().head(0))));
        let batch = draw.batch.as_ref().zip(served.as_ref());
        // A model of the agent's own may make something of a table that nobody repaired.
        let is_unchanged =
            truth.is_unchanged(&returned) && batch.is_none_or(|(batch, served)| batch.is_unchanged(served));
        if is_unchanged && matches!(learner, Learner::Fixed) {
            return DrawMeasure::Unchanged;
        }
        let cells = truth.score(&returned);
        let lost = batch.map(|(batch, served)| batch.lost(served));
        if !self.meta.certified {
            return DrawMeasure::Measured { recovery: None, cells, lost };
        }
        match self.tally(draw, &returned, served.as_ref(), learner) {
            Ok(tally) => DrawMeasure::Measured { recovery: Some(draw.scale.recovery(&tally)), cells, lost },
            Err(why) => DrawMeasure::Nothing(why),
        }
    }

    /// A model's tally on the clean set or the batch, trained on what came back. What the fixed model cannot tell from the true table
    /// or from the table as it came needs no training.
    fn tally(
        &self,
        draw: &Draw,
        returned: &Returned,
        served: Option<&Returned>,
        learner: &Learner<'_>,
    ) -> Result<Tally, String> {
        let Draw { truth, scale, .. } = draw;
        let train = truth.encode(returned, &self.encoder);
        let at = self.examiner(draw);
        let exam = at.of(served);
        match learner {
            Learner::Fixed => {}
            Learner::Chosen(choice) => return Ok(choice.tally(&train, &exam)),
            Learner::Own(result) => return own_model::tally(result, self.encoder.target(), &exam),
        }
        let is = |known: &Exam| draw.batch.is_none() || exam.is_same(known);
        if train == truth.encode_golden(&self.encoder) && is(&at.golden()) {
            return Ok(scale.golden.clone());
        }
        if train == truth.encode_dirty(&self.encoder) && is(&at.dirty()) {
            return Ok(scale.corrupted.clone());
        }
        Ok(self.model.tally(&train, &exam))
    }

    /// The tally of a probe: the given draw, scored on the oracle set.
    ///
    /// # Errors
    /// The bytes are no table, or the agent's model left no predictions, in one sentence for the agent.
    pub(super) fn probe(&self, bytes: &[u8], learner: &Learner<'_>) -> Result<Tally, String> {
        let raw = RawTable::read(bytes, RawLimits::AGENT).map_err(|error| error.to_string())?;
        let truth = &self.draws[0].truth;
        let train = truth.encode(&truth.account(raw), &self.encoder);
        let exam = &self.oracle.exam;
        match learner {
            Learner::Fixed => Ok(self.model.tally(&train, exam)),
            Learner::Chosen(choice) => Ok(choice.tally(&train, exam)),
            Learner::Own(result) => own_model::tally(result, self.encoder.target(), exam),
        }
    }
}
