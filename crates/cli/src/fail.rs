//! Failures as a user meets them: one sentence, a hint, and the exit code, chosen here and nowhere else.

use envy_lab::LabError;

/// What a process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The run failed or fell short.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A bug of ours.
    Bug = 3,
}

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// What to do about it, or empty.
    pub(crate) hint: String,
}

impl Failure {
    /// A command that fell short, though nothing is wrong with how it was called.
    pub(crate) fn short(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: Code::Failed, message: message.into(), hint: hint.into() }
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: Code::Usage, message: message.into(), hint: hint.into() }
    }

    /// A failure of the terminal or the system around the command.
    pub(crate) fn io(action: &str, error: &std::io::Error) -> Self {
        Self::short(format!("cannot {action}: {error}"), "")
    }
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        let code = match error {
            LabError::Unknown { .. } | LabError::Knob(_) | LabError::Usage { .. } => Code::Usage,
            _ => Code::Failed,
        };
        Self { code, message: error.to_string(), hint: error.hint() }
    }
}

impl From<clap::Error> for Failure {
    /// clap's words in our form: its tip becomes the hint.
    fn from(error: clap::Error) -> Self {
        let text = error.render().to_string();
        let paragraph = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = text.split("\n\n").next().unwrap_or_default();
        let message = paragraph(message.strip_prefix("error: ").unwrap_or(message));
        let tips: Vec<String> = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("tip: "))
            .map(|tip| tip.trim().to_owned())
            .collect();
        let hint = if tips.is_empty() {
            "--help after the command shows what it takes".to_owned()
        } else {
            tips.join("; ")
        };
        Self::usage(message, hint)
    }
}
