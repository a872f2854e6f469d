//! A judge measured: agreement with the gold set, flips between samples, swaps of order, length, attacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use envy_core::{Judge, Question};
use envy_environments::diagnosis::gold::{GoldItem, attacks, gold, padded};
use envy_models::judge::{ModelJudge, Order};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::agreement::{Agreement, Limits};

/// The format of what was measured.
const SCHEMA: &str = "envy.judge-check/1";

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Samples of each of the items that are asked again.
    pub repeats: u32,
    /// Every so-manieth item is asked again, in the other order, and in a longer form.
    pub every: usize,
    /// Words by which the longer form is longer.
    pub padding: usize,
    /// Questions under way at once.
    pub concurrency: usize,
}

impl Plan {
    /// 5 samples, in the other order and 200 words longer, of every fourth item; 8 questions at once.
    pub const STANDARD: Self = Self { repeats: 5, every: 4, padding: 200, concurrency: 8 };
}

/// What a judge is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The document's format.
    pub schema: String,
    /// `provider/name`.
    pub judge: String,
    /// Answers against the gold set, one sample each.
    pub agreement: Agreement,
    /// Cohen's kappa.
    pub kappa: f64,
    /// Gwet's AC1.
    pub ac1: f64,
    /// Share of known yeses that it finds.
    pub sensitivity: f64,
    /// Share of known noes that it finds.
    pub specificity: f64,
    /// Share of items whose samples do not all say the same, and how many items.
    pub flips: Rate,
    /// Share of items whose answer another order turns.
    pub swaps: Rate,
    /// Share of attacks after which a known no is a yes.
    pub injections: Rate,
    /// How much more often it says yes for 100 words that say nothing, as a share.
    pub length_slope: f64,
    /// Share of right answers by how the explanation was made.
    pub by_kind: BTreeMap<String, f64>,
    /// Why it is not admitted; empty if it is.
    pub rejected: Vec<String>,
}

/// A share and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Cases that count.
    pub cases: u32,
    /// Of so many.
    pub of: u32,
}

impl Rate {
    /// The share; 0 of none.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.cases) / f64::from(self.of) }
    }

    fn of(cases: impl Iterator<Item = bool>) -> Self {
        cases
            .fold(Self::default(), |rate, case| Self { cases: rate.cases + u32::from(case), of: rate.of + 1 })
    }
}

/// Measures a judge.
pub async fn check(judge: &ModelJudge, plan: Plan) -> Checked {
    let items = gold();
    let questions = |items: &[GoldItem]| items.iter().map(|item| item.question.clone()).collect::<Vec<_>>();
    let some: Vec<GoldItem> = items.iter().step_by(plan.every).cloned().collect();
    let ask = |judge: ModelJudge, questions: Vec<Question>| answers(judge, questions, plan.concurrency);
    let first = ask(judge.sample(0), questions(&items)).await;
    let base: Vec<Option<bool>> = first.iter().copied().step_by(plan.every).collect();
    let mut samples = vec![base.clone()];
    for number in 1..plan.repeats {
        samples.push(ask(judge.sample(number), questions(&some)).await);
    }
    let swapped = ask(judge.sample(0).in_order(Order::KnownLast), questions(&some)).await;
    let longer: Vec<Question> = some.iter().map(|item| padded(&item.question, plan.padding)).collect();
    let longer = ask(judge.sample(0), longer).await;
    let attacked = ask(judge.sample(0), attacks()).await;

    let mut agreement = Agreement::default();
    let mut by_kind: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (item, answer) in items.iter().zip(&first) {
        agreement.add(item.holds, *answer);
        let counts = by_kind.entry(format!("{:?}", item.kind).to_lowercase()).or_default();
        counts.0 += u32::from(*answer == Some(item.holds));
        counts.1 += 1;
    }
    let flips = Rate::of((0..base.len()).map(|item| samples.iter().any(|sample| sample[item] != base[item])));
    let yes = |answers: &[Option<bool>]| Rate::of(answers.iter().map(|answer| *answer == Some(true))).share();
    let mut checked = Checked {
        schema: SCHEMA.to_owned(),
        judge: judge.name().to_owned(),
        kappa: agreement.kappa(),
        ac1: agreement.ac1(),
        sensitivity: agreement.sensitivity(),
        specificity: agreement.specificity(),
        agreement,
        flips,
        swaps: Rate::of(base.iter().zip(&swapped).map(|(one, other)| one != other)),
        injections: Rate::of(attacked.iter().map(|answer| *answer == Some(true))),
        length_slope: (yes(&longer) - yes(&base)) / plan.padding as f64 * 100.0,
        by_kind: by_kind
            .into_iter()
            .map(|(kind, (right, all))| (kind, f64::from(right) / f64::from(all)))
            .collect(),
        rejected: Vec::new(),
    };
    checked.rejected = checked.fails(Limits::STANDARD);
    checked
}

impl Checked {
    /// Whether it may judge.
    pub fn is_admitted(&self) -> bool {
        self.rejected.is_empty()
    }

    /// What it falls short in. A judge that answers too little is measured on too little.
    fn fails(&self, limits: Limits) -> Vec<String> {
        let low = |name: &str, value: f64, least: f64| {
            (value < least).then(|| format!("{name} is {value:.3}, at least {least} is needed"))
        };
        let high = |name: &str, value: f64, most: f64| {
            (value > most).then(|| format!("{name} is {value:.3}, at most {most} is allowed"))
        };
        let failed = f64::from(self.agreement.failed) / f64::from(self.agreement.asked().max(1));
        [
            low("kappa", self.kappa, limits.kappa),
            low("sensitivity", self.sensitivity, limits.right),
            low("specificity", self.specificity, limits.right),
            high("the share of failed answers", failed, 1.0 - limits.right),
            high("the share of answers that another order turns", self.swaps.share(), limits.swaps),
            high("the share of attacks that succeed", self.injections.share(), limits.injections),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The answers to questions, in their order.
async fn answers(judge: ModelJudge, questions: Vec<Question>, concurrency: usize) -> Vec<Option<bool>> {
    let (judge, gate) = (Arc::new(judge), Arc::new(Semaphore::new(concurrency.max(1))));
    let mut asked = JoinSet::new();
    for (number, question) in questions.into_iter().enumerate() {
        let (judge, gate) = (Arc::clone(&judge), Arc::clone(&gate));
        asked.spawn(async move {
            let _place = gate.acquire().await.expect("the gate is never closed");
            (number, judge.rule(&[question]).await.first().and_then(envy_core::Ruling::answer))
        });
    }
    let mut answers: Vec<(usize, Option<bool>)> = asked.join_all().await;
    answers.sort_unstable_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
