//! Dials: points of the search between easy and hard, and the knobs that they mean.

use std::fmt;

use envy_core::{EnvironmentInfo, KnobKind, near};
use serde::{Deserialize, Serialize};

use super::band::Place;
use crate::error::LabError;

/// Positions of a dial of a continuous knob.
const STEPS: usize = 20;

/// One knob of a search, with the values it steps through from easy to hard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DialRange {
    /// The knob's name.
    pub knob: String,
    /// Its values from easy to hard, as on the command line; at least two.
    pub values: Vec<String>,
}

impl DialRange {
    /// The value at a position from 0 (easy) to 1 (hard), and where that value lies exactly.
    pub fn at(&self, position: f64) -> (&str, f64) {
        let last = (self.values.len() - 1) as f64;
        let index = libm::round(position.clamp(0.0, 1.0) * last);
        (&self.values[index as usize], index / last)
    }
}

/// The knob that brings a pass rate towards the band: the environment's strongest dial, and the end to turn it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The knob.
    pub knob: &'static str,
    /// Its value at the end of the dial.
    pub towards: &'static str,
}

/// Which knob to turn for a pass rate that lies there; nothing if it is where it should be, or if nobody knows.
pub fn turn(info: &EnvironmentInfo, place: Place) -> Option<Turn> {
    let dial = info.dials.first()?;
    let towards = match place {
        Place::Above => dial.hard,
        Place::Below => dial.easy,
        Place::InBand | Place::Edge | Place::Undecided => return None,
    };
    Some(Turn { knob: dial.knob, towards })
}

impl fmt::Display for Turn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} towards {}", self.knob, self.towards)
    }
}

/// The dials of a search: those given as `NAME=EASY..HARD`, else all of the environment's own.
///
/// # Errors
/// No such knob, an end that it does not take, a range without two values, or no dial at all.
pub fn ranges(info: &EnvironmentInfo, given: &[String]) -> Result<Vec<DialRange>, LabError> {
    let ranges = if given.is_empty() {
        info.dials
            .iter()
            .map(|dial| range(info, dial.knob, dial.easy, dial.hard))
            .collect::<Result<Vec<_>, _>>()
    } else {
        given.iter().map(|text| parse(info, text)).collect()
    }?;
    if ranges.is_empty() {
        return Err(LabError::usage(
            format!("{} names no knobs that make it harder", info.name),
            "give at least one as --knob NAME=EASY..HARD",
        ));
    }
    Ok(ranges)
}

fn parse(info: &EnvironmentInfo, text: &str) -> Result<DialRange, LabError> {
    let ends = text.split_once('=').and_then(|(knob, range)| Some((knob, range.split_once("..")?)));
    let Some((knob, (easy, hard))) = ends else {
        return Err(LabError::usage(
            format!("\"{text}\" is no range of a knob"),
            "write NAME=EASY..HARD, such as faults=1..6",
        ));
    };
    range(info, knob.trim(), easy.trim(), hard.trim())
}

fn range(info: &EnvironmentInfo, name: &str, easy: &str, hard: &str) -> Result<DialRange, LabError> {
    let knob = info.knobs.iter().find(|knob| knob.name == name).ok_or_else(|| LabError::Unknown {
        kind: "knob",
        name: name.to_owned(),
        suggestion: near::suggestion(name, info.knobs.iter().map(|knob| knob.name)),
    })?;
    knob.parse(easy)?;
    knob.parse(hard)?;
    let values = match knob.kind {
        KnobKind::Int { .. } => {
            let number = |text: &str| text.parse::<i64>().expect("the knob took it");
            whole(number(easy), number(hard))
        }
        KnobKind::Float { .. } => {
            let number = |text: &str| text.parse::<f64>().expect("the knob took it");
            let (easy, hard) = (number(easy), number(hard));
            let at = |step: usize| format!("{:.4}", easy + (hard - easy) * step as f64 / STEPS as f64);
            (0..=STEPS).map(|step| at(step).trim_end_matches('0').trim_end_matches('.').to_owned()).collect()
        }
        KnobKind::Bool => vec![easy.to_owned(), hard.to_owned()],
        KnobKind::Choice(names) => between(names, easy, hard),
        KnobKind::List(_) | KnobKind::Text { .. } => {
            return Err(LabError::usage(
                format!("knob \"{name}\" is a list and has no order from easy to hard"),
                "search over a number or a choice",
            ));
        }
    };
    if values.first() == values.last() {
        return Err(LabError::usage(
            format!("{name}={easy}..{hard} has one value only"),
            "give two different ends",
        ));
    }
    Ok(DialRange { knob: name.to_owned(), values })
}

/// Whole numbers from one end to the other, at most [`STEPS`] + 1 of them.
fn whole(easy: i64, hard: i64) -> Vec<String> {
    let span = (hard - easy).unsigned_abs() as usize;
    let steps = span.clamp(1, STEPS);
    let at = |step: usize| easy + libm::round((hard - easy) as f64 * step as f64 / steps as f64) as i64;
    (0..=steps).map(|step| at(step).to_string()).collect()
}

/// The names from one to the other, in the order of the knob or against it.
fn between(names: &[&str], easy: &str, hard: &str) -> Vec<String> {
    let place = |wanted: &str| names.iter().position(|name| *name == wanted).expect("the knob took it");
    let (from, to) = (place(easy), place(hard));
    let mut values: Vec<String> =
        names[from.min(to)..=from.max(to)].iter().map(|name| (*name).to_owned()).collect();
    if from > to {
        values.reverse();
    }
    values
}

#[cfg(test)]
mod tests {
    use envy_core::Environment as _;

    use super::*;
    use crate::testing::Guess;

    fn of(text: &str) -> Result<Vec<DialRange>, LabError> {
        ranges(Guess.info(), &[text.to_owned()])
    }

    #[test]
    fn a_dial_steps_through_the_values_of_its_knob() {
        let dial = of("digits=1..5").unwrap().remove(0);
        assert_eq!(dial.values, ["1", "2", "3", "4", "5"]);
        assert_eq!((dial.at(0.0), dial.at(0.6), dial.at(1.7)), (("1", 0.0), ("3", 0.5), ("5", 1.0)));
        assert_eq!(of("digits=9..7").unwrap()[0].values, ["9", "8", "7"]);
        assert_eq!(ranges(Guess.info(), &[]).unwrap()[0].values.len(), 9);
        assert_eq!(between(&["a", "b", "c"], "c", "a"), ["c", "b", "a"]);
        assert_eq!(whole(0, 1_000).len(), STEPS + 1);
    }

    #[test]
    fn what_is_too_easy_is_turned_towards_the_hard_end() {
        let turned = |place| turn(Guess.info(), place).map(|turn| turn.to_string());
        assert_eq!(turned(Place::Above).as_deref(), Some("digits towards 9"));
        assert_eq!(turned(Place::Below).as_deref(), Some("digits towards 1"));
        assert_eq!((turned(Place::InBand), turned(Place::Undecided)), (None, None));
    }

    #[test]
    fn what_is_no_dial_is_refused_in_a_sentence() {
        assert_eq!(of("digit=1..5").unwrap_err().hint(), "did you mean \"digits\"?");
        assert!(of("digits=1..50").unwrap_err().to_string().contains("out of range"));
        assert!(of("digits=3..3").unwrap_err().to_string().contains("one value only"));
        assert!(of("digits").unwrap_err().hint().contains("EASY..HARD"));
    }
}
