//! Replay: the replies of an earlier run once more, without a network.

use std::collections::BTreeMap;

use envy_core::{BoxFuture, Chat, ChatRequest, Model, ModelError, Opening, Reply, Seed};

/// What a replay's name starts with, before the run's.
pub const REPLAY_PREFIX: &str = "replay";

/// The replies of a run, by the seed of the episode: the same task and rollout finds its own.
pub struct Replay {
    name: String,
    tapes: BTreeMap<String, Vec<Reply>>,
}

impl Replay {
    /// A replay called `name` of episodes given as their seed and their replies in order.
    pub fn new(name: impl Into<String>, episodes: impl IntoIterator<Item = (Seed, Vec<Reply>)>) -> Self {
        let tapes = episodes.into_iter().map(|(seed, replies)| (seed.token(), replies)).collect();
        Self { name: name.into(), tapes }
    }
}

impl Model for Replay {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        let replies = self.tapes.get(&opening.seed.token()).ok_or_else(|| {
            ModelError::Unusable(format!("{} holds no episode of this task and rollout", self.name))
        })?;
        Ok(Box::new(Tape { name: self.name.clone(), replies: replies.clone().into_iter() }))
    }
}

struct Tape {
    name: String,
    replies: std::vec::IntoIter<Reply>,
}

impl Chat for Tape {
    fn reply<'a>(&'a mut self, _request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        let next = self.replies.next().ok_or_else(|| {
            ModelError::Unusable(format!(
                "{} ended before this episode did: the task behaves otherwise now",
                self.name
            ))
        });
        Box::pin(std::future::ready(next))
    }
}

#[cfg(test)]
mod tests {
    use envy_core::{Brief, EpisodeSpec};

    use super::*;

    #[tokio::test]
    async fn an_episode_finds_its_own_replies_and_no_others() {
        let say = |text: &str| Reply { text: text.to_owned(), ..Reply::default() };
        let seed = |name: &str| Seed::named(name);
        let replay =
            Replay::new("replay/run-1", [(seed("a"), vec![say("one")]), (seed("b"), vec![say("two")])]);
        let episode = EpisodeSpec::new("replay/run-1");
        let brief = Brief {
            environment: String::new(),
            title: String::new(),
            files: Vec::new(),
            collect: Vec::new(),
            facts: BTreeMap::new(),
        };
        let open = |name: &str| replay.open(&Opening { brief: &brief, episode: &episode, seed: seed(name) });
        let mut chat = open("b").unwrap();
        let request = || ChatRequest { messages: &[], tools: &[], tokens_max: 1 };
        assert_eq!(chat.reply(request()).await.unwrap().text, "two");
        let error = chat.reply(request()).await.unwrap_err();
        assert!(error.to_string().contains("ended before"), "{error}");
        assert!(open("c").err().unwrap().to_string().contains("holds no episode"));
    }
}
