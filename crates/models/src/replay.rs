//! Replay: the replies of a recorded run once more, without a network.

use envy_core::{BoxFuture, Chat, ChatRequest, Message, Model, ModelError, Opening, Reply, Seed};

/// What a replay's name starts with, before the run's.
pub const REPLAY_PREFIX: &str = "replay";

/// What was said in one episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    /// The first messages: the replies are an answer to these and to no others.
    pub opening: Vec<Message>,
    /// The replies in order.
    pub replies: Vec<Reply>,
    /// After them the conversation no longer fitted the model's context.
    pub overflows: bool,
}

/// Finds the tape of the episode with that seed, or says why there is none.
type Find = dyn Fn(&Seed) -> Result<Tape, String> + Send + Sync;

/// The replies of a run, by the seed of the episode: the same task and rollout finds its own.
pub struct Replay {
    name: String,
    find: Box<Find>,
}

impl Replay {
    /// A replay called `name`; `find` may read files.
    pub fn new(
        name: impl Into<String>,
        find: impl Fn(&Seed) -> Result<Tape, String> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), find: Box::new(find) }
    }
}

impl Model for Replay {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        let tape = (self.find)(&opening.seed)
            .map_err(|what| ModelError::Unusable(format!("{} cannot be played: {what}", self.name)))?;
        let Tape { opening, replies, overflows } = tape;
        Ok(Box::new(Playing { name: self.name.clone(), opening, replies: replies.into_iter(), overflows }))
    }
}

struct Playing {
    name: String,
    opening: Vec<Message>,
    replies: std::vec::IntoIter<Reply>,
    overflows: bool,
}

impl Playing {
    fn next(&mut self, messages: &[Message]) -> Result<Reply, ModelError> {
        if !messages.starts_with(&self.opening) {
            return Err(ModelError::Unusable(format!(
                "{} was recorded with another prompt; play it with the version of envy that recorded it",
                self.name
            )));
        }
        self.replies.next().ok_or_else(|| {
            if self.overflows {
                return ModelError::ContextFull("so it was recorded".to_owned());
            }
            let what = "ended before this episode did: a tool behaves otherwise now";
            ModelError::Unusable(format!("{} {what}", self.name))
        })
    }
}

impl Chat for Playing {
    fn reply<'a>(&'a mut self, request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        Box::pin(std::future::ready(self.next(request.messages)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use envy_core::{Brief, EpisodeSpec};

    use super::*;

    #[tokio::test]
    async fn an_episode_finds_its_own_replies_and_no_others() {
        let user = |text: &str| vec![Message::User { text: text.to_owned() }];
        let replay = Replay::new("replay/run-1", move |seed| match seed.token() {
            token if token == Seed::named("b").token() => {
                let two = Reply { text: "two".to_owned(), ..Reply::default() };
                Ok(Tape { opening: user("go"), replies: vec![two], overflows: false })
            }
            _ => Err("the run has no such episode".to_owned()),
        });
        let episode = EpisodeSpec::new("replay/run-1");
        let brief = Brief {
            environment: String::new(),
            title: String::new(),
            files: Vec::new(),
            collect: Vec::new(),
            facts: BTreeMap::new(),
        };
        let open =
            |name: &str| replay.open(&Opening { brief: &brief, episode: &episode, seed: Seed::named(name) });
        let (same, other) = (user("go"), user("stop"));
        let request = |messages| ChatRequest { messages, tools: &[], tokens_max: 1 };
        let mut chat = open("b").unwrap();
        let error = chat.reply(request(&other)).await.unwrap_err();
        assert!(error.to_string().contains("another prompt"), "{error}");
        assert_eq!(chat.reply(request(&same)).await.unwrap().text, "two");
        let error = chat.reply(request(&same)).await.unwrap_err();
        assert!(error.to_string().contains("ended before"), "{error}");
        assert!(open("c").err().unwrap().to_string().contains("no such episode"));
    }
}
