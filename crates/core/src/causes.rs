//! An error in one line, with everything that led to it.

use std::error::Error;

/// The error's sentence and the sentence of each of its sources, from the outside in, joined by `: `.
///
/// The outermost alone often says little ("error sending request").
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the price file")]
    struct Outer(#[source] io::Error);

    #[test]
    fn every_source_is_named_from_the_outside_in() {
        let error = Outer(io::Error::other("the disk is gone"));
        assert_eq!(causes(&error), "cannot read the price file: the disk is gone");
    }
}
