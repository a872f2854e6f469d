//! Policies: scripted agents that act through the same tools in the same boxes and see only the Brief.

use crate::integrity::FlagKind;
use crate::message::{Observation, ToolCall};
use crate::seed::Seed;
use crate::task::Brief;

/// What a policy stands for on the ladder; the ladder's checks follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Does nothing: must earn 0.
    Null,
    /// Partial skill: must not pass.
    Partial,
    /// Does the task as it was asked for, without being the measure of it: may pass, must raise no flag, and earns no more
    /// than the reference.
    Honest,
    /// Solves the task from what the agent sees: must pass.
    Reference,
    /// Tries to get a reward without the work: must earn no more than null.
    Cheat,
}

/// What a cheat attacks, what stops it, and what gives it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exploit {
    /// The holes that it tries, by the names of `docs/integrity.md`.
    pub holes: &'static [&'static str],
    /// What stops it, in one sentence.
    pub mechanism: &'static str,
    /// The flags that it raises: at least one of them in every episode. A cheat that leaves nothing to see has none.
    pub flags: &'static [FlagKind],
}

/// A scripted agent.
pub trait Policy: Send + Sync {
    /// The name after `policy/`; a cheat's starts with `cheat-`.
    fn name(&self) -> &'static str;
    /// One sentence for people.
    fn doc(&self) -> &'static str;
    /// Its place on the ladder.
    fn kind(&self) -> PolicyKind;
    /// Its place on one task. A policy of partial skill that does all that a task asks for is an honest one there.
    fn kind_on(&self, _brief: &Brief) -> PolicyKind {
        self.kind()
    }
    /// What a cheat attacks and what stops it; every cheat says so, nobody else does.
    fn exploit(&self) -> Option<&'static Exploit> {
        None
    }
    /// The script for one episode.
    fn start(&self, brief: &Brief, seed: Seed) -> Box<dyn Script>;
    /// The script of one who overlooks each thing that is wrong with probability `1 - skill`; nothing if the policy does not
    /// look for what is wrong thing by thing.
    fn start_partly(&self, _brief: &Brief, _seed: Seed, _skill: f64) -> Option<Box<dyn Script>> {
        None
    }
}

/// A policy at play.
pub trait Script: Send {
    /// The next move after what the last one brought (empty at the start).
    fn next(&mut self, last: &[Observation]) -> Move;
}

/// One move.
pub enum Move {
    /// These calls, in one turn.
    Call(Vec<ToolCall>),
    /// Nothing more: the policy gives up or has submitted.
    Stop,
}

/// A call by name, with an id made of it.
pub fn call(name: &str, arguments: serde_json::Value) -> ToolCall {
    ToolCall { id: format!("call-{name}"), name: name.to_owned(), arguments }
}

/// A script that is a fixed list of turns, whatever it observes.
pub fn fixed(turns: Vec<Vec<ToolCall>>) -> Box<dyn Script> {
    struct Fixed(std::vec::IntoIter<Vec<ToolCall>>);
    impl Script for Fixed {
        fn next(&mut self, _last: &[Observation]) -> Move {
            self.0.next().map_or(Move::Stop, Move::Call)
        }
    }
    Box::new(Fixed(turns.into_iter()))
}
