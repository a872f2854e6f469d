//! What a judge answered: the JSON that was asked for, or a failed vote.

use envy_core::Question;
use serde::Deserialize;

use super::prompt::shown;

/// A quote has so many characters at least, spacing aside.
const QUOTE_CHARS_MIN: usize = 8;
/// And so many at most.
const QUOTE_CHARS_MAX: usize = 600;

/// An answer that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Vote {
    /// Yes, with a quote that stands in what the agent wrote.
    Yes(String),
    /// No.
    No,
}

#[derive(Deserialize)]
struct Answer {
    answer: String,
    #[serde(default)]
    quote: String,
}

/// Reads a vote.
///
/// # Errors
/// Why it is none: one sentence that holds nothing the judge said.
pub(super) fn read(text: &str, question: &Question) -> Result<Vote, String> {
    let text = text.trim();
    let inner = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    let text = inner.and_then(|rest| rest.trim_end().strip_suffix("```")).unwrap_or(text);
    let answer: Answer = serde_json::from_str(text.trim())
        .map_err(|_| "the judge did not answer with the JSON object that it was asked for".to_owned())?;
    match answer.answer.trim().to_lowercase().as_str() {
        "no" => Ok(Vote::No),
        "yes" => {
            let quote = spaced(&answer.quote);
            let is_long = (QUOTE_CHARS_MIN..=QUOTE_CHARS_MAX).contains(&quote.chars().count());
            let stands =
                question.evidence.iter().any(|exhibit| spaced(&shown(&exhibit.text)).contains(&quote));
            match (is_long, stands) {
                (true, true) => Ok(Vote::Yes(quote)),
                (false, _) => Err("the judge said yes without a quote of 8 to 600 characters".to_owned()),
                (true, false) => Err("the judge's quote does not stand in what was submitted".to_owned()),
            }
        }
        _ => Err("the judge answered neither yes nor no".to_owned()),
    }
}

/// The text with single blanks for all spacing.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
