//! Which lines of a text were changed, by a longest common subsequence, and whether that changes what it does.

use envy_pycode::Module;

/// More lines than this are not compared: every line counts as changed.
const LINES_MAX: usize = 2_000;

/// The lines of `before`, from 1, that are gone, changed, or next to something new in `after`.
pub(super) fn changed_lines(before: &str, after: &str) -> Vec<usize> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old.len() > LINES_MAX || new.len() > LINES_MAX {
        return (1..=old.len()).collect();
    }
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            longest[row * width + column] = if old[row] == new[column] {
                1 + longest[(row + 1) * width + column + 1]
            } else {
                longest[(row + 1) * width + column].max(longest[row * width + column + 1])
            };
        }
    }
    let (mut row, mut column, mut changed) = (0, 0, Vec::new());
    while row < old.len() || column < new.len() {
        if row < old.len() && column < new.len() && old[row] == new[column] {
            (row, column) = (row + 1, column + 1);
        } else if column < new.len()
            && (row == old.len() || longest[row * width + column + 1] >= longest[(row + 1) * width + column])
        {
            changed.push((row + 1).min(old.len()));
            column += 1;
        } else {
            changed.push(row + 1);
            row += 1;
        }
    }
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// Whether two sources differ in more than comments and spacing. One that is no Python is other code.
pub(super) fn is_other_code(before: &str, after: &str) -> bool {
    match (Module::parse(before), Module::parse(after)) {
        (Ok(old), Ok(new)) => !old.says_the_same(&new),
        _ => before != after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_where_the_texts_differ() {
        assert_eq!(changed_lines("a\nb\nc\n", "a\nx\nc\n"), [2]);
        assert!(changed_lines("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(changed_lines("a\nb\nc\n", "a\nc\n"), [2]);
        assert_eq!(changed_lines("", "a\n"), [0]);
    }

    #[test]
    fn comments_and_spacing_are_no_other_code() {
        let before = "x = f(a, 1)\n";
        for same in ["x = f(a, 1)\n", "# why\nx = f(a,  1)  # so\n"] {
            assert!(!is_other_code(before, same), "{same}");
        }
        for other in [
            "x = f(a, 2)\n",
            "x = g(a, 1)\n",
            "x = f(a, b=1)\n",
            "x = f.g(a, 1)\n",
            "x = f(a, 1)\ny = x\n",
            "x = f(\n",
        ] {
            assert!(is_other_code(before, other), "{other}");
        }
    }
}
