//! Edits by byte range: what is not edited stays byte for byte, comments and spacing included.

use std::ops::Range;

use crate::error::PycodeError;
use crate::module::Module;

/// Puts a text in the place of a stretch of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes instead.
    pub text: String,
}

/// What became of a source.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The new source.
    pub module: Module,
    /// Where each edit's text stands in it, in the order in which the edits were given.
    pub ranges: Vec<Range<usize>>,
}

impl Module {
    /// Applies edits and parses again.
    ///
    /// # Errors
    /// Two edits overlap, one lies outside the source or inside a character, or the result is no Python.
    pub fn edit(&self, edits: &[Edit]) -> Result<Edited, PycodeError> {
        let mut order: Vec<usize> = (0..edits.len()).collect();
        order.sort_by_key(|index| (edits[*index].range.start, edits[*index].range.end));
        let (mut text, mut ranges, mut done) = (String::new(), vec![0..0; edits.len()], 0);
        for index in order {
            let Edit { range, text: new } = &edits[index];
            let refused = || PycodeError::Edit { start: range.start, end: range.end };
            if range.start < done || range.end < range.start {
                return Err(refused());
            }
            text.push_str(self.text().get(done..range.start).ok_or_else(refused)?);
            self.text().get(range.clone()).ok_or_else(refused)?;
            ranges[index] = text.len()..text.len() + new.len();
            text.push_str(new);
            done = range.end;
        }
        text.push_str(self.text().get(done..).ok_or(PycodeError::Edit { start: done, end: done })?);
        Ok(Edited { module: Self::parse(text)?, ranges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { range, text: text.to_owned() }
    }

    #[test]
    fn comments_and_spacing_stay() {
        let module = Module::parse("x  =  1   # one\ny=2 # two\n").unwrap();
        let edited = module.edit(&[edit(18..19, "20"), edit(6..7, "f(1)")]).unwrap();
        assert_eq!(edited.module.text(), "x  =  f(1)   # one\ny=20 # two\n");
        assert_eq!(edited.ranges, [21..23, 6..10]);
    }

    #[test]
    fn bad_edits_are_refused() {
        let module = Module::parse("x = 'é'\n").unwrap();
        for bad in [vec![edit(0..3, ""), edit(2..4, "")], vec![edit(6..60, "")], vec![edit(6..6, "a")]] {
            assert!(matches!(module.edit(&bad), Err(PycodeError::Edit { .. })), "{bad:?}");
        }
        assert!(matches!(module.edit(&[edit(0..1, "=")]), Err(PycodeError::Syntax { .. })));
    }
}
