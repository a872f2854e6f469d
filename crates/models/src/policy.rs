//! Policies as models: a script of an environment plays through the same tools, in the same boxes, as any model.

use envy_core::near::suggestion;
use envy_core::{
    BoxFuture, Brief, Chat, ChatRequest, Message, Model, ModelError, Move, Observation, Opening, Policy,
    Reply, Script, Seed,
};

/// What stands before the `/` in the name of a policy.
pub const POLICY_PREFIX: &str = "policy";

/// What stands between a policy's name and its skill.
const SKILL_MARK: char = '@';

/// Ends of the names of files that are read line by line: what tells of a task, not its data.
const PROSE: &[&str] = &[".md", ".txt", ".log", ".sql"];

/// An environment's policy under the name `policy/NAME`, or `policy/NAME@SKILL`: one that overlooks each thing that is wrong
/// with probability `1 - SKILL`, differently in each rollout, or each line of the documents if it does not look for what is
/// wrong thing by thing. It stands for a model of that skill.
pub struct PolicyModel {
    policy: &'static dyn Policy,
    name: String,
    skill: f64,
}

impl PolicyModel {
    /// `policy` as a model.
    pub fn new(policy: &'static dyn Policy) -> Self {
        Self { name: format!("{POLICY_PREFIX}/{}", policy.name()), policy, skill: 1.0 }
    }

    /// The one of `policies` that is called `name` (without the `policy/` before it), with the skill that the name ends
    /// in, if it does.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] with the nearest name, or with what a skill may be.
    pub fn find(name: &str, policies: &'static [&'static dyn Policy]) -> Result<Self, ModelError> {
        let (plain, skill) = match name.split_once(SKILL_MARK) {
            Some((plain, skill)) => (plain, Some(skill)),
            None => (name, None),
        };
        let found = policies.iter().find(|policy| policy.name() == plain).ok_or_else(|| {
            let near = suggestion(plain, policies.iter().map(|policy| policy.name()));
            ModelError::Unusable(format!("there is no policy \"{plain}\"; {near}"))
        })?;
        let Some(written) = skill else { return Ok(Self::new(*found)) };
        let skill = written.parse().ok().filter(|skill| (0.0..=1.0).contains(skill));
        let skill = skill.ok_or_else(|| {
            let hint = format!("write a number from 0 to 1, such as {POLICY_PREFIX}/{plain}{SKILL_MARK}0.8");
            ModelError::Unusable(format!("a policy's skill cannot be \"{written}\"; {hint}"))
        })?;
        Ok(Self { name: format!("{POLICY_PREFIX}/{name}"), policy: *found, skill })
    }

    /// The policy.
    pub fn policy(&self) -> &'static dyn Policy {
        self.policy
    }
}

/// The names of `policies` as a message lists them.
pub(crate) fn known(policies: &[&dyn Policy]) -> String {
    let names: Vec<String> =
        policies.iter().map(|policy| format!("{POLICY_PREFIX}/{}", policy.name())).collect();
    format!("known: {}", names.join(", "))
}

impl Model for PolicyModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        let script = if self.skill < 1.0 {
            let partly = self.policy.start_partly(opening.brief, opening.seed, self.skill);
            partly.unwrap_or_else(|| {
                let seen = overlooked(opening.brief, self.skill, &opening.seed.derive("overlooked"));
                self.policy.start(&seen, opening.seed)
            })
        } else {
            self.policy.start(opening.brief, opening.seed)
        };
        Ok(Box::new(PolicyChat(Some(Playing { script, calls: 0 }))))
    }
}

/// The brief as one reads it who takes in each line of the documents with probability `skill`.
fn overlooked(brief: &Brief, skill: f64, seed: &Seed) -> Brief {
    let mut seen = brief.clone();
    for file in &mut seen.files {
        if !PROSE.iter().any(|end| file.path.ends_with(end)) {
            continue;
        }
        let mut rng = seed.derive(&file.path).rng();
        let lines = file.bytes.split_inclusive(|byte| *byte == b'\n');
        file.bytes = lines.filter(|_| rng.chance(skill)).flatten().copied().collect();
    }
    seen
}

/// A conversation with a script, or nothing once it stopped: then it stays silent, whatever it is reminded of.
struct PolicyChat(Option<Playing>);

/// A script at play, and how many calls it made.
struct Playing {
    script: Box<dyn Script>,
    calls: u64,
}

impl Playing {
    fn next(mut self, last: &[Observation]) -> (Option<Self>, Reply) {
        let mut calls = match self.script.next(last) {
            Move::Call(calls) => calls,
            Move::Stop => return (None, Reply::default()),
        };
        for call in &mut calls {
            // Scripts name their calls after the tool; a transcript needs ids that tell two calls apart.
            self.calls += 1;
            call.id = format!("call-{}", self.calls);
        }
        (Some(self), Reply { calls, ..Reply::default() })
    }
}

impl Chat for PolicyChat {
    fn reply<'a>(&'a mut self, request: ChatRequest<'a>) -> BoxFuture<'a, Result<Reply, ModelError>> {
        let last = match request.messages.last() {
            Some(Message::Tools { observations }) => observations.clone(),
            _ => Vec::new(),
        };
        Box::pin(async move {
            let Some(playing) = self.0.take() else { return Ok(Reply::default()) };
            // A reference policy solves the task here, which must not hold up the other conversations.
            let moved = tokio::task::spawn_blocking(move || playing.next(&last)).await;
            let (playing, reply) = moved.map_err(|error| ModelError::Service(format!("policy: {error}")))?;
            self.0 = playing;
            Ok(reply)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use envy_core::policy::{call, fixed};
    use envy_core::{BoxFile, EpisodeSpec, PolicyKind};
    use serde_json::json;

    use super::*;

    struct Null;
    struct Echo;

    pub(crate) const ALL: &[&dyn Policy] = &[&Null, &Echo];

    impl Policy for Null {
        fn name(&self) -> &'static str {
            "null"
        }
        fn doc(&self) -> &'static str {
            "Does nothing."
        }
        fn kind(&self) -> PolicyKind {
            PolicyKind::Null
        }
        fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
            fixed(Vec::new())
        }
    }

    /// Calls twice, then says what it saw.
    struct EchoScript(u32);

    impl Script for EchoScript {
        fn next(&mut self, last: &[Observation]) -> Move {
            self.0 += 1;
            match self.0 {
                1 => Move::Call(vec![call("read_file", json!({})), call("read_file", json!({}))]),
                2 => Move::Call(vec![call("say", json!(last.len()))]),
                _ => Move::Stop,
            }
        }
    }

    impl Policy for Echo {
        fn name(&self) -> &'static str {
            "reference"
        }
        fn doc(&self) -> &'static str {
            "Says how much it saw."
        }
        fn kind(&self) -> PolicyKind {
            PolicyKind::Reference
        }
        fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
            Box::new(EchoScript(0))
        }
    }

    fn chat(name: &str) -> Box<dyn Chat> {
        let brief = Brief {
            environment: "test".to_owned(),
            title: String::new(),
            files: Vec::new(),
            collect: Vec::new(),
            facts: BTreeMap::new(),
        };
        let episode = EpisodeSpec::new(name);
        let opening = Opening { brief: &brief, episode: &episode, seed: Seed::named("test") };
        PolicyModel::find(name, ALL).unwrap().open(&opening).unwrap()
    }

    async fn reply(chat: &mut dyn Chat, messages: &[Message]) -> Reply {
        chat.reply(ChatRequest { messages, tools: &[], tokens_max: 1 }).await.unwrap()
    }

    #[tokio::test]
    async fn a_script_sees_the_last_observations_and_its_calls_are_told_apart() {
        let mut chat = chat("reference");
        let first = reply(chat.as_mut(), &[Message::User { text: "go".to_owned() }]).await;
        let ids: Vec<&str> = first.calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids, ["call-1", "call-2"]);
        let seen = |call: &str| Observation { call: call.to_owned(), text: "x".to_owned(), is_error: false };
        let messages = [
            Message::Assistant(first),
            Message::Tools { observations: vec![seen("call-1"), seen("call-2")] },
        ];
        let second = reply(chat.as_mut(), &messages).await;
        assert_eq!((second.calls[0].id.as_str(), &second.calls[0].arguments), ("call-3", &json!(2)));
    }

    #[tokio::test]
    async fn a_policy_that_stopped_stays_silent() {
        let mut chat = chat("null");
        for _ in 0..3 {
            let messages = [Message::User { text: "go on".to_owned() }];
            assert_eq!(reply(chat.as_mut(), &messages).await, Reply::default());
        }
    }

    #[test]
    fn a_skill_is_the_share_of_the_lines_that_is_taken_in() {
        let lines = "a line\n".repeat(2_000);
        let brief = Brief {
            environment: "test".to_owned(),
            title: String::new(),
            files: vec![BoxFile::new("README.md", lines.clone()), BoxFile::new("train.csv", lines.clone())],
            collect: Vec::new(),
            facts: BTreeMap::new(),
        };
        let seen = |rollout: &str| overlooked(&brief, 0.8, &Seed::named(rollout));
        let kept = String::from_utf8(seen("one").files[0].bytes.clone()).unwrap().lines().count();
        assert!((1_540..1_660).contains(&kept), "{kept}");
        assert_eq!(seen("one").files[1].bytes, lines.as_bytes());
        assert_eq!(seen("one").files, seen("one").files);
        assert_ne!(seen("one").files, seen("another").files);
        let found = PolicyModel::find("reference@0.8", ALL).unwrap();
        assert_eq!((found.name(), found.skill), ("policy/reference@0.8", 0.8));
        let error = PolicyModel::find("reference@8", ALL).err().unwrap().to_string();
        assert!(error.contains("from 0 to 1"), "{error}");
    }

    #[test]
    fn an_unknown_policy_is_answered_with_the_nearest() {
        let error = PolicyModel::find("referense", ALL).err().unwrap();
        assert_eq!(error.to_string(), "there is no policy \"referense\"; did you mean \"reference\"?");
    }
}
