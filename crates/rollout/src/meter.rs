//! Meter: what an episode has used of its limits, and what its agent is told when one runs low.

use std::time::Duration;

use envy_core::{End, Limits, Usage};

use crate::clock::Clock;
use crate::tools::SUBMIT_ANSWER;

/// Turns left at which the agent is reminded.
const TURNS_LOW: u32 = 3;

/// Share of the tokens, the money or the time left at which the agent is reminded.
const SHARE_LOW: f64 = 0.1;

/// What an episode has used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    pub(crate) turns: u32,
    pub(crate) tokens: u64,
    pub(crate) cost: f64,
    pub(crate) probes: u32,
}

impl Meter {
    /// Counts one reply.
    pub(crate) fn count(&mut self, usage: &Usage) {
        self.turns += 1;
        self.tokens = self.tokens.saturating_add(usage.prompt_tokens).saturating_add(usage.completion_tokens);
        self.cost += usage.cost.unwrap_or(0.0);
    }

    /// The limit that is used up, if one is.
    pub(crate) fn used_up(&self, limits: &Limits, clock: &Clock) -> Option<End> {
        if clock.left() == Duration::ZERO {
            return Some(End::TimeLimit);
        }
        if limits.tokens_max.is_some_and(|most| self.tokens >= most) {
            return Some(End::TokenLimit);
        }
        if limits.cost_max.is_some_and(|most| self.cost >= most) {
            return Some(End::CostLimit);
        }
        (self.turns >= limits.turns_max).then_some(End::TurnLimit)
    }

    /// Tokens that the next reply may have.
    pub(crate) fn reply_tokens(&self, limits: &Limits) -> u32 {
        let left = limits.tokens_max.map_or(u64::MAX, |most| most.saturating_sub(self.tokens).max(1));
        limits.reply_tokens_max.min(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// A line for the agent when something runs low.
    pub(crate) fn reminder(&self, limits: &Limits, clock: &Clock) -> Option<String> {
        let mut low = Vec::new();
        let turns = limits.turns_max.saturating_sub(self.turns);
        if turns <= TURNS_LOW {
            low.push(format!("{turns} turn{} left", if turns == 1 { "" } else { "s" }));
        }
        if let Some(most) = limits.tokens_max {
            let left = most.saturating_sub(self.tokens);
            if (left as f64) <= SHARE_LOW * most as f64 {
                low.push(format!("{left} tokens left"));
            }
        }
        if let Some(most) = limits.cost_max {
            let left = most - self.cost;
            if left <= SHARE_LOW * most {
                low.push(format!("{left:.2} US dollars left"));
            }
        }
        let left = clock.left();
        if left.as_secs_f64() <= SHARE_LOW * clock.limit().as_secs_f64() {
            low.push(format!("{} seconds left", left.as_secs()));
        }
        if low.is_empty() {
            return None;
        }
        Some(format!(
            "[{}; call {SUBMIT_ANSWER} in time, else your files are taken as they stand]",
            low.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(tokens: u64, cost: f64) -> Usage {
        Usage { prompt_tokens: tokens, completion_tokens: 0, cached_tokens: 0, cost: Some(cost) }
    }

    fn limits() -> Limits {
        Limits { turns_max: 5, tokens_max: Some(1_000), cost_max: Some(1.0), ..Limits::standard() }
    }

    #[tokio::test(start_paused = true)]
    async fn each_limit_ends_in_its_own_name() {
        let clock = Clock::start(100);
        let after = |replies: u32, each: Usage| {
            let mut meter = Meter::default();
            (0..replies).for_each(|_| meter.count(&each));
            meter.used_up(&limits(), &clock)
        };
        assert_eq!(after(4, usage(1, 0.0)), None);
        assert_eq!(after(5, usage(1, 0.0)), Some(End::TurnLimit));
        assert_eq!(after(2, usage(500, 0.0)), Some(End::TokenLimit));
        assert_eq!(after(2, usage(1, 0.5)), Some(End::CostLimit));
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(after(1, usage(1, 0.0)), Some(End::TimeLimit));
    }

    #[tokio::test(start_paused = true)]
    async fn reminders_come_when_something_runs_low() {
        let clock = Clock::start(100);
        let mut meter = Meter::default();
        meter.count(&usage(1, 0.0));
        assert_eq!(meter.reminder(&limits(), &clock), None);
        meter.count(&usage(900, 0.95));
        let reminder = meter.reminder(&limits(), &clock).unwrap();
        assert!(reminder.starts_with("[3 turns left, 99 tokens left, 0.05 US dollars left;"), "{reminder}");
        tokio::time::sleep(Duration::from_secs(95)).await;
        assert!(meter.reminder(&limits(), &clock).unwrap().contains("5 seconds left"));
        assert_eq!(meter.reply_tokens(&limits()), 99);
    }
}
