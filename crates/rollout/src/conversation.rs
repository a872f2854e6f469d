//! The conversation of one episode, kept once: as the messages that a model reads, and at the end as turns.

use envy_core::{Message, Observation, Reply, Trajectory, Turn};

/// Wall clock of one turn, milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) model_ms: u64,
    pub(crate) tools_ms: u64,
}

/// What follows a reply.
pub(crate) enum Answer {
    /// One observation for each of its calls.
    Observations(Vec<Observation>),
    /// A reminder, since it had no call.
    Reminder(String),
    /// Nothing: the episode ended.
    Silence,
}

pub(crate) struct Conversation {
    messages: Vec<Message>,
    opening: usize,
    times: Vec<Times>,
}

impl Conversation {
    /// A conversation that starts with the system's and the user's words.
    pub(crate) fn open(prompt: (String, String)) -> Self {
        let (system, user) = prompt;
        let messages = vec![Message::System { text: system }, Message::User { text: user }];
        Self { opening: messages.len(), messages, times: Vec::new() }
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn push(&mut self, reply: Reply, answer: Answer, times: Times) {
        self.messages.push(Message::Assistant(reply));
        match answer {
            Answer::Observations(observations) => self.messages.push(Message::Tools { observations }),
            Answer::Reminder(text) => self.messages.push(Message::User { text }),
            Answer::Silence => {}
        }
        self.times.push(times);
    }

    /// What the last reply brought: its observations and the reminder.
    pub(crate) fn last(&self) -> (&[Observation], Option<&str>) {
        match self.messages[self.opening..].last() {
            Some(Message::Tools { observations }) => (observations, None),
            Some(Message::User { text }) => (&[], Some(text)),
            _ => (&[], None),
        }
    }

    /// The last reply.
    pub(crate) fn last_reply(&self) -> Option<&Reply> {
        let replies = self.messages.iter().rev().filter_map(|message| match message {
            Message::Assistant(reply) => Some(reply),
            _ => None,
        });
        replies.into_iter().next()
    }

    /// The turns, without a copy. A reminder becomes an observation of no call.
    pub(crate) fn into_trajectory(self) -> Trajectory {
        let mut messages = self.messages.into_iter();
        let opening: Vec<Message> = messages.by_ref().take(self.opening).collect();
        let mut times = self.times.into_iter();
        let mut turns: Vec<Turn> = Vec::new();
        for message in messages {
            match (message, turns.last_mut()) {
                (Message::Assistant(reply), _) => {
                    let Times { model_ms, tools_ms } = times.next().expect("a reply comes with its times");
                    turns.push(Turn { reply, observations: Vec::new(), model_ms, tools_ms });
                }
                (Message::Tools { observations }, Some(turn)) => turn.observations = observations,
                (Message::User { text } | Message::System { text }, Some(turn)) => {
                    turn.observations = vec![Observation { call: String::new(), text, is_error: true }];
                }
                (_, None) => unreachable!("an answer follows a reply"),
            }
        }
        Trajectory { opening, turns }
    }
}
