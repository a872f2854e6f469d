//! Room for recursion: parsing and dropping a tree recurse, so both happen on a thread with a deep stack, on input whose
//! nesting is bounded. A hostile source is an error here, never a crash.

use crate::error::PycodeError;

/// More bytes of source than this are refused.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;
/// Address space of the parsing thread. Only what is used is ever backed by memory; a source of nothing but prefix
/// operators at [`SOURCE_BYTES_MAX`] stays well inside.
const STACK_BYTES: usize = 1 << 30;

/// Runs `work` on a thread with a deep stack and waits for it: for the caller it is a plain function.
///
/// # Errors
/// The host starts no thread, or the work panicked.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, PycodeError> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("python-parser".to_owned()).stack_size(STACK_BYTES);
        let started =
            builder.spawn_scoped(scope, work).map_err(|error| PycodeError::Thread(error.to_string()))?;
        started.join().map_err(|_| PycodeError::Thread("the parser panicked".to_owned()))
    })
}

/// Refuses what is too large: the size bounds the nesting as well.
///
/// # Errors
/// The bound that is broken.
pub(crate) fn check(text: &str) -> Result<(), PycodeError> {
    if text.len() > SOURCE_BYTES_MAX {
        return Err(PycodeError::TooLarge { bytes: text.len() });
    }
    Ok(())
}
