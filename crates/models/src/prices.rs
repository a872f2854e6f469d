//! What a reply cost, by a dated table that a user may replace.

use std::collections::BTreeMap;
use std::path::Path;

use envy_core::Usage;
use serde::Deserialize;

/// The table that ships with envy.
const SHIPPED: &str = include_str!("prices.toml");

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prompt tokens that were not in the cache.
    pub prompt: f64,
    /// Prompt tokens read from the cache.
    pub cached: f64,
    /// Tokens of the reply, reasoning included.
    pub completion: f64,
}

/// Prices by the start of a model's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The day on which the table was right.
    pub dated: String,
    models: BTreeMap<String, Price>,
}

impl Prices {
    /// The table that ships with envy.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped table is checked by a test")
    }

    /// A user's own table.
    ///
    /// # Errors
    /// One sentence that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the price file {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("the price file {} is not right: {error}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let prices: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let wrong = |price: &Price| {
            [price.prompt, price.cached, price.completion].iter().any(|dollars| !(0.0..1e6).contains(dollars))
        };
        match prices.models.iter().find(|(_, price)| wrong(price)) {
            Some((name, _)) => Err(format!("a price of \"{name}\" is negative or absurd")),
            None => Ok(prices),
        }
    }

    /// The price of a model: the longest start of its name that the table has. `None`: no price is known.
    pub fn of(&self, model: &str) -> Option<Price> {
        let fitting = self.models.iter().filter(|(start, _)| model.starts_with(start.as_str()));
        fitting.max_by_key(|(start, _)| start.len()).map(|(_, price)| *price)
    }
}

impl Price {
    /// US dollars of one reply.
    pub fn cost(&self, usage: &Usage) -> f64 {
        let fresh = usage.prompt_tokens.saturating_sub(usage.cached_tokens) as f64;
        let sum = fresh * self.prompt
            + usage.cached_tokens as f64 * self.cached
            + usage.completion_tokens as f64 * self.completion;
        sum / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_start_wins_and_the_cache_is_cheaper() {
        let prices = Prices::shipped();
        assert_eq!(prices.of("gpt-4o-mini-2024-07-18").unwrap().prompt, 0.15);
        assert_eq!(prices.of("no-such-model"), None);
        let usage = Usage { prompt_tokens: 1_000, cached_tokens: 400, completion_tokens: 100, cost: None };
        let cost = prices.of("claude-haiku-4-5").unwrap().cost(&usage);
        assert!((cost - (600.0 + 40.0 + 500.0) / 1e6).abs() < 1e-12);
    }

    #[test]
    fn a_bad_file_is_refused_with_its_place() {
        let error = Prices::parse("dated = \"x\"\n[models]\n\"a\" = { prompt = 1 }\n").unwrap_err();
        assert!(error.contains("line 3"), "{error}");
        let error =
            Prices::parse("dated=\"x\"\n[models]\na={prompt=-1.0,cached=0.0,completion=0.0}").unwrap_err();
        assert!(error.contains("negative"));
    }
}
