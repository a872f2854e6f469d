//! A language model as a judge: closed questions, several votes, quotes that are checked, answers that are kept.
//!
//! What the agent wrote is data between fences that carry a nonce made of the whole question, which nobody can write into
//! a text that is part of it. A vote is an answer only if it is the JSON that was asked for, and a yes only with a quote
//! that stands in what the agent wrote. Everything else is a failed vote; a judge that fails rules nothing.

mod cache;
mod prompt;
mod reply;

use std::sync::Arc;

use envy_core::{
    BoxFuture, Brief, ChatRequest, EpisodeSpec, Judge, Message, Model, ModelError, Opening, Question, Ruling,
    Seed,
};

pub use cache::Cache;
pub use prompt::{Order, shown};
use reply::Vote;

/// The most tokens of a vote.
const VOTE_TOKENS_MAX: u32 = 800;
/// The most votes on one question.
pub const VOTES_MAX: u32 = 15;

/// A model that rules.
pub struct ModelJudge {
    model: Arc<dyn Model>,
    votes: u32,
    order: Order,
    first: u32,
    cache: Option<Cache>,
}

impl ModelJudge {
    /// `model` with so many votes on each question, from 1 to [`VOTES_MAX`]; `cache` keeps its replies.
    pub fn new(model: Arc<dyn Model>, votes: u32, cache: Option<Cache>) -> Self {
        Self { model, votes: votes.clamp(1, VOTES_MAX), order: Order::KnownFirst, first: 0, cache }
    }

    /// The same judge, whose question has its parts in another order.
    #[must_use]
    pub fn in_order(&self, order: Order) -> Self {
        Self { order, ..self.copied() }
    }

    /// The same judge with one vote on each question, the `number`-th of those that it would have: another sample.
    #[must_use]
    pub fn sample(&self, number: u32) -> Self {
        Self { first: number, votes: 1, ..self.copied() }
    }

    fn copied(&self) -> Self {
        let (model, cache) = (Arc::clone(&self.model), self.cache.clone());
        Self { model, votes: self.votes, order: self.order, first: self.first, cache }
    }

    async fn rule_on(&self, question: &Question) -> Ruling {
        let mut ruling = Ruling {
            criterion: question.criterion.clone(),
            judge: self.model.name().to_owned(),
            ..Ruling::default()
        };
        let messages = prompt::messages(question, self.order);
        for number in self.first..self.first + self.votes {
            match self.vote(question, &messages, number).await {
                Ok(Vote::Yes(quote)) => {
                    ruling.yes += 1;
                    if ruling.quote.is_empty() {
                        ruling.quote = quote;
                    }
                }
                Ok(Vote::No) => ruling.no += 1,
                Err(what) => {
                    ruling.failed += 1;
                    ruling.failure = what;
                }
            }
            // No further vote could turn it.
            if 2 * ruling.yes.max(ruling.no) > self.votes {
                break;
            }
        }
        ruling
    }

    /// One vote.
    async fn vote(&self, question: &Question, messages: &[Message], number: u32) -> Result<Vote, String> {
        let key = cache::key(self.model.name(), messages, number);
        let kept = self.cache.as_ref().and_then(|cache| cache.get(&key));
        if let Some(vote) = kept.and_then(|text| reply::read(&text, question).ok()) {
            return Ok(vote);
        }
        let text = self.ask(messages, number).await.map_err(|error| error.to_string())?;
        let vote = reply::read(&text, question)?;
        if let Some(cache) = &self.cache {
            cache.put(&key, &text);
        }
        Ok(vote)
    }

    async fn ask(&self, messages: &[Message], number: u32) -> Result<String, ModelError> {
        let brief = Brief {
            environment: "judge".to_owned(),
            title: String::new(),
            files: Vec::new(),
            collect: Vec::new(),
            facts: std::collections::BTreeMap::new(),
        };
        let episode = EpisodeSpec::new(self.model.name());
        let seed = Seed::named("judge").derive(&number.to_string());
        let mut chat = self.model.open(&Opening { brief: &brief, episode: &episode, seed })?;
        let request = ChatRequest { messages, tools: &[], tokens_max: VOTE_TOKENS_MAX };
        Ok(chat.reply(request).await?.text)
    }
}

impl Judge for ModelJudge {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn rule<'a>(&'a self, questions: &'a [Question]) -> BoxFuture<'a, Vec<Ruling>> {
        Box::pin(async move {
            let mut rulings = Vec::with_capacity(questions.len());
            for question in questions {
                rulings.push(self.rule_on(question).await);
            }
            rulings
        })
    }
}

#[cfg(test)]
mod tests;
