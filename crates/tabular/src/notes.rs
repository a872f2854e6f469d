//! Notes: what logs say of faults, as phrasings with places that are written and read back.
//!
//! A phrasing is a sentence with places such as `{column}`. Every operator has several that say the same, so that who
//! reads a log has to understand it; the reference solver reads them by these same phrasings and by nothing else.

use std::collections::BTreeMap;

/// What stood in the places of a phrasing, by the place's name.
pub type Told = BTreeMap<String, String>;

/// The phrasing with its places filled; a place without a value stays as it is.
pub fn write(phrasing: &str, values: &[(&str, &str)]) -> String {
    // One pass, so that a value that looks like a place is left alone.
    let mut text = String::new();
    for part in parts(phrasing) {
        match part {
            Part::Plain(plain) => text.push_str(plain),
            Part::Place(name) => {
                let value = values.iter().find(|(known, _)| *known == name);
                let open = || format!("{{{name}}}");
                text.push_str(&value.map_or_else(open, |(_, value)| (*value).to_owned()));
            }
        }
    }
    text
}

/// What stands in the places if the text is this phrasing; each place takes as little as it can, the last the rest.
pub fn read(phrasing: &str, text: &str) -> Option<Told> {
    let mut told = Told::new();
    let mut rest = text;
    let mut open: Option<&str> = None;
    for part in parts(phrasing) {
        match part {
            Part::Place(name) => open = Some(name),
            Part::Plain(plain) => {
                let at = match open {
                    Some(_) => rest.find(plain)?,
                    None => rest.starts_with(plain).then_some(0)?,
                };
                if let Some(name) = open.take() {
                    told.insert(name.to_owned(), rest[..at].to_owned());
                }
                rest = &rest[at + plain.len()..];
            }
        }
    }
    match open {
        Some(name) => {
            told.insert(name.to_owned(), rest.to_owned());
        }
        None if !rest.is_empty() => return None,
        None => {}
    }
    told.values().all(|value| !value.is_empty()).then_some(told)
}

/// What the first fitting phrasing says.
pub fn read_any(phrasings: &[&str], text: &str) -> Option<Told> {
    phrasings.iter().find_map(|phrasing| read(phrasing, text))
}

/// The places of a phrasing, in alphabetical order.
pub fn places(phrasing: &str) -> Vec<&str> {
    let mut places: Vec<&str> = parts(phrasing)
        .filter_map(|part| match part {
            Part::Place(name) => Some(name),
            Part::Plain(_) => None,
        })
        .collect();
    places.sort_unstable();
    places
}

enum Part<'a> {
    Plain(&'a str),
    Place(&'a str),
}

fn parts(phrasing: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = phrasing;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(place) = rest.strip_prefix('{')
            && let Some((name, after)) = place.split_once('}')
        {
            rest = after;
            return Some(Part::Place(name));
        }
        let end = rest[1..].find('{').map_or(rest.len(), |at| at + 1);
        let (plain, after) = rest.split_at(end);
        rest = after;
        Some(Part::Plain(plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrasing_is_read_back_as_it_was_written() {
        let phrasing = "calibration found {column} to read {size} too {direction}";
        let values = [("column", "flow {x}"), ("size", "0.5"), ("direction", "high")];
        let text = write(phrasing, &values);
        assert_eq!(text, "calibration found flow {x} to read 0.5 too high");
        let told = read(phrasing, &text).unwrap();
        for (place, value) in values {
            assert_eq!(told[place], value);
        }
        assert_eq!(places(phrasing), ["column", "direction", "size"]);
    }

    #[test]
    fn another_sentence_is_not_read() {
        let phrasing = "{column} is now reported in {unit}";
        assert!(read(phrasing, "height is now reported in ").is_none());
        assert!(read(phrasing, "height was reported in cm").is_none());
        assert!(read("stored twice", "stored twice a day").is_none());
        assert!(read("stored twice", "stored twice").is_some());
        assert_eq!(read_any(&["a {x}", "b {x}"], "b c").unwrap()["x"], "c");
        assert_eq!(write("a {x}", &[]), "a {x}");
    }
}
