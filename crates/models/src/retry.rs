//! What is worth another try, and how long to wait for it.

use std::time::{Duration, SystemTime};

use envy_core::Rng;

/// What one try came to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Trying again cannot help: a wrong key, an unknown model, a malformed request.
    Final(String),
    /// The conversation is longer than the model's context.
    ContextFull(String),
    /// No connection came about.
    Unreachable(String),
    /// Overload, a broken stream, a time-out; the server may have said how long to wait.
    Passing {
        /// What happened.
        what: String,
        /// How long the server asks to wait.
        wait: Option<Duration>,
        /// The server said that there are too many requests.
        crowded: bool,
    },
}

impl Failure {
    /// A passing failure without further knowledge.
    pub(crate) fn passing(what: impl Into<String>) -> Self {
        Self::Passing { what: what.into(), wait: None, crowded: false }
    }

    /// What a status that is no success means.
    pub(crate) fn from_status(status: u16, wait: Option<Duration>, body: &str) -> Self {
        let what = format!("status {status}: {}", excerpt(body));
        match status {
            408 | 409 | 425 | 429 | 500..=599 => {
                let wait = wait.or_else(|| retry_delay(body));
                Self::Passing { what, wait, crowded: matches!(status, 429 | 503 | 529) }
            }
            413 => Self::ContextFull(what),
            400 | 422 if mentions_context(body) => Self::ContextFull(what),
            _ => Self::Final(what),
        }
    }
}

/// How providers say that a conversation is too long.
fn mentions_context(body: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "context_length_exceeded",
        "maximum context length",
        "prompt is too long",
        "exceeds the maximum number of tokens",
        "exceed_context_size",
        "longer than the model's context length",
        "`inputs` tokens + `max_new_tokens` must be",
    ];
    SIGNS.iter().any(|sign| body.contains(sign))
}

/// The start of a server's answer, on one line.
pub(crate) fn excerpt(body: &str) -> String {
    const SHOWN: usize = 300;
    let line: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "(no text)".to_owned() } else { line.chars().take(SHOWN).collect() }
}

/// How often and how patiently to try.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Tries in all.
    pub tries_max: u32,
    /// The first wait, doubled at each further try.
    pub wait_first: Duration,
    /// No wait is longer, whatever a server asks.
    pub wait_max: Duration,
}

impl Patience {
    /// 6 tries, from half a second up to a minute.
    pub fn standard() -> Self {
        Self { tries_max: 6, wait_first: Duration::from_millis(500), wait_max: Duration::from_mins(1) }
    }

    /// The wait after try number `tried` (from 1): what the server asks, else doubling with full jitter.
    pub(crate) fn wait(&self, tried: u32, asked: Option<Duration>, rng: &mut Rng) -> Duration {
        let doubled = self.wait_first.saturating_mul(1 << tried.saturating_sub(1).min(16));
        let jittered = doubled.min(self.wait_max).mul_f64(0.5 + 0.5 * rng.uniform());
        asked.map_or(jittered, |asked| asked.min(self.wait_max))
    }
}

/// A `retry-after` header: seconds or a date, or milliseconds under a name of their own.
pub(crate) fn retry_after(
    seconds: Option<&str>,
    milliseconds: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    let number =
        |text: Option<&str>| text?.trim().parse::<f64>().ok().filter(|wait| (0.0..1e6).contains(wait));
    let exact = number(milliseconds).map(|wait| Duration::from_secs_f64(wait / 1e3));
    let until = || httpdate::parse_http_date(seconds?).ok()?.duration_since(now).ok();
    exact.or_else(|| number(seconds).map(Duration::from_secs_f64)).or_else(until)
}

/// The wait that Google asks for in the body: `"retryDelay": "17s"`.
fn retry_delay(body: &str) -> Option<Duration> {
    let (_, rest) = body.split_once("\"retryDelay\"")?;
    let text = rest.split('"').nth(1)?.strip_suffix('s')?;
    text.parse().ok().filter(|wait| (0.0..1e6).contains(wait)).map(Duration::from_secs_f64)
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    #[test]
    fn statuses_are_told_apart() {
        let kind = |status, body| Failure::from_status(status, None, body);
        assert!(matches!(kind(429, ""), Failure::Passing { crowded: true, .. }));
        assert!(matches!(kind(529, ""), Failure::Passing { crowded: true, .. }));
        assert!(matches!(kind(500, ""), Failure::Passing { crowded: false, .. }));
        assert!(matches!(kind(401, "bad key"), Failure::Final(_)));
        for full in [
            (400, "prompt is too long: 9 > 8"),
            (413, ""),
            (422, "`inputs` tokens + `max_new_tokens` must be <= 9"),
        ] {
            assert!(matches!(kind(full.0, full.1), Failure::ContextFull(_)), "{full:?}");
        }
        let asked = kind(429, "{\"error\": {\"details\": [{\"retryDelay\": \"1.5s\"}]}}");
        assert!(
            matches!(asked, Failure::Passing { wait: Some(wait), .. } if wait == Duration::from_millis(1500))
        );
    }

    #[test]
    fn waits_grow_and_honour_the_server_within_the_bound() {
        let patience = Patience::standard();
        let mut rng = Seed::named("test").rng();
        let second = patience.wait(2, None, &mut rng);
        assert!((Duration::from_millis(500)..=Duration::from_secs(1)).contains(&second));
        let after = |seconds, milliseconds| retry_after(seconds, milliseconds, SystemTime::UNIX_EPOCH);
        assert_eq!(patience.wait(1, after(Some("7"), None), &mut rng), Duration::from_secs(7));
        assert_eq!(after(Some("7"), Some("1500")), Some(Duration::from_millis(1500)));
        assert_eq!(after(Some("Thu, 01 Jan 1970 00:00:09 GMT"), None), Some(Duration::from_secs(9)));
        assert_eq!(after(Some("soon"), None), None);
        assert_eq!(patience.wait(1, Some(Duration::from_hours(9)), &mut rng), Duration::from_mins(1));
    }
}
