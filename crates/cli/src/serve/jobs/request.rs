//! What a job is asked to do, read strictly: a name that nobody knows is a mistake, not the client's own.

use envy_core::EpisodeSpec;
use envy_lab::Venue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Metadata of a client that comes back with its job, bytes.
const METADATA_BYTES_MAX: usize = 16 << 10;

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    #[serde(default)]
    index: usize,
    #[serde(default)]
    limits: Bounds,
    #[serde(default)]
    metadata: Value,
    webhook: Option<Hook>,
}

/// Where the message of the end goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    url: String,
}

/// Bounds on the attempt; what is left out is the server's own, and what is given may only be less.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "they are spelled as the server's own flags")]
struct Bounds {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_steps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_eval_uses: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_seconds: Option<u64>,
}

/// A job as it lies in the store.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Request {
    pub(super) task: String,
    pub(super) model: String,
    limits: Bounds,
    metadata: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook: Option<String>,
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(bytes: &[u8], venue: &Venue, may_call_back: bool) -> Result<Self, String> {
        let body: Body = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let tasks = venue.tasks();
        let task = tasks
            .get(body.index)
            .ok_or_else(|| format!("there is no task {}: they are 0 to {}", body.index, tasks.len() - 1))?;
        if body.metadata.to_string().len() > METADATA_BYTES_MAX {
            return Err(format!("metadata has more than {METADATA_BYTES_MAX} bytes"));
        }
        if body.webhook.is_some() && !may_call_back {
            return Err(
                "only /run-async takes a webhook: this request waits for the answer itself".to_owned()
            );
        }
        body.limits.check(venue.spec())?;
        Ok(Self {
            task: task.id().as_str().to_owned(),
            model: body.model,
            limits: body.limits,
            metadata: body.metadata,
            webhook: body.webhook.map(|hook| hook.url),
        })
    }

    /// How the episode is attempted.
    pub(super) fn spec(&self, venue: &Venue) -> EpisodeSpec {
        let mut spec = EpisodeSpec { model: self.model.clone(), ..venue.spec().clone() };
        let (limits, asked) = (&mut spec.limits, &self.limits);
        limits.turns_max = asked.max_steps.unwrap_or(limits.turns_max);
        limits.reply_tokens_max = asked.max_tokens.unwrap_or(limits.reply_tokens_max);
        limits.probes_max = asked.max_eval_uses.unwrap_or(limits.probes_max);
        limits.wall_s = asked.max_seconds.unwrap_or(limits.wall_s);
        spec
    }
}

impl Bounds {
    fn check(&self, own: &EpisodeSpec) -> Result<(), String> {
        let limits = &own.limits;
        let asked = [
            ("max_steps", self.max_steps.map(u64::from), 1, u64::from(limits.turns_max)),
            ("max_tokens", self.max_tokens.map(u64::from), 1, u64::from(limits.reply_tokens_max)),
            ("max_eval_uses", self.max_eval_uses.map(u64::from), 0, u64::from(limits.probes_max)),
            ("max_seconds", self.max_seconds, 1, limits.wall_s),
        ];
        for (name, asked, least, most) in asked {
            if asked.is_some_and(|asked| !(least..=most).contains(&asked)) {
                return Err(format!("limits.{name} is a whole number from {least} to {most} on this server"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str) -> Result<Bounds, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn bounds_may_be_less_than_the_servers_and_never_more() {
        let own = EpisodeSpec::new("");
        assert_eq!(bounds("{}").unwrap().check(&own), Ok(()));
        assert_eq!(bounds(r#"{"max_steps": 3, "max_eval_uses": 0}"#).unwrap().check(&own), Ok(()));
        let told = bounds(r#"{"max_steps": 31}"#).unwrap().check(&own).unwrap_err();
        assert!(told.contains("limits.max_steps") && told.contains("1 to 30"), "{told}");
        assert!(bounds(r#"{"max_seconds": 0}"#).unwrap().check(&own).is_err());
        assert!(bounds(r#"{"max_step": 3}"#).is_err());
    }
}
