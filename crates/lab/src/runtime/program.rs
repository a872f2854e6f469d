//! Starts the host's own programs (the interpreter, pip, the dynamic loader) while a runtime is built.
//!
//! Nothing that an agent wrote is ever started here.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::error::RuntimeError;

/// How much of a program's last words an error carries, bytes.
const TAIL_BYTES: usize = 2_000;

/// What a program left behind.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// It ended well.
    pub(super) success: bool,
    /// What it printed.
    pub(super) stdout: Vec<u8>,
    /// What it complained about.
    pub(super) stderr: String,
}

impl Outcome {
    /// Its last words, for an error.
    pub(super) fn tail(&self) -> String {
        let words = if self.stderr.trim().is_empty() {
            String::from_utf8_lossy(&self.stdout).into_owned()
        } else {
            self.stderr.clone()
        };
        let words = words.trim();
        let mut start = words.len().saturating_sub(TAIL_BYTES);
        while !words.is_char_boundary(start) {
            start += 1;
        }
        words[start..].to_owned()
    }
}

/// A program that reads nothing.
// The one place in the lab that may start programs: a runtime cannot be built without the host's interpreter.
#[allow(clippy::disallowed_methods)]
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started. A program that fails is an [`Outcome`].
pub(super) fn run(command: &mut Command) -> Result<Outcome, RuntimeError> {
    stream(command, &mut |_| {})
}

/// Runs a program to its end and hands out each line it prints as it comes.
///
/// # Errors
/// It cannot be started or read from. A program that fails is an [`Outcome`].
pub(super) fn stream(command: &mut Command, on_line: &mut dyn FnMut(&str)) -> Result<Outcome, RuntimeError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed =
        |error: std::io::Error| RuntimeError::Program { program: program.clone(), reason: error.to_string() };
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut stdout = Vec::new();
    // Both pipes are read at once: a program that fills one while the other is awaited would never end.
    let stderr = std::thread::scope(|scope| {
        let complaints = scope.spawn(move || {
            let mut bytes = Vec::new();
            err.as_mut().map(|pipe| pipe.read_to_end(&mut bytes)).transpose().map(|_| bytes)
        });
        if let Some(pipe) = out {
            let mut reader = BufReader::new(pipe);
            loop {
                let start = stdout.len();
                if reader.read_until(b'\n', &mut stdout)? == 0 {
                    break;
                }
                on_line(String::from_utf8_lossy(&stdout[start..]).trim_end());
            }
        }
        complaints.join().unwrap_or_else(|_| Ok(Vec::new()))
    });
    let status = child.wait().map_err(failed)?;
    let stderr = String::from_utf8_lossy(&stderr.map_err(failed)?).into_owned();
    Ok(Outcome { success: status.success(), stdout, stderr })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_the_tail_is_what_was_complained_about() {
        let mut lines = Vec::new();
        let mut shell = command("sh");
        shell.args(["-c", "echo one; echo two; echo wrong >&2; exit 3"]);
        let outcome = stream(&mut shell, &mut |line| lines.push(line.to_owned())).unwrap();
        assert_eq!((lines, outcome.success), (vec!["one".to_owned(), "two".to_owned()], false));
        assert_eq!(outcome.tail(), "wrong");
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = run(&mut command("envy-no-such-program")).unwrap_err();
        assert!(error.to_string().starts_with("envy-no-such-program failed: "), "{error}");
    }
}
