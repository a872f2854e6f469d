//! Knobs: what a user may set of a task, each with a type, a range, a default and one sentence.
//!
//! The command line's help, the validation and the reference page are all made from these lists.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::near;

/// One knob of an environment.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// Kebab-case name, also the command line's flag.
    pub name: &'static str,
    /// Type and range.
    pub kind: KnobKind,
    /// The value when nobody sets it, written as on the command line.
    pub default: &'static str,
    /// One sentence for people.
    pub doc: &'static str,
}

/// Type and range of a knob, bounds included.
#[derive(Clone, Copy, Debug)]
pub enum KnobKind {
    /// A whole number.
    Int {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// A finite number.
    Float {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
    },
    /// `true` or `false`; a bare flag means true.
    Bool,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// Names separated by commas, each one of these.
    List(&'static [&'static str]),
    /// Any text of at most so many bytes.
    Text {
        /// Most bytes.
        bytes_max: usize,
    },
}

/// A knob's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KnobValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// A name or a text.
    Text(String),
    /// Names.
    List(Vec<String>),
}

/// Values by knob name, complete once [`Knobs::resolve`] has filled in the defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Knobs(BTreeMap<String, KnobValue>);

/// A named set of knobs and episode settings.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Kebab-case name.
    pub name: &'static str,
    /// One sentence for people.
    pub doc: &'static str,
    /// Knob settings, name and value as on the command line.
    pub knobs: &'static [(&'static str, &'static str)],
    /// Episode settings (`max-steps`, `max-tokens`, `num-runs`, `max-eval-uses`), name and value.
    pub episode: &'static [(&'static str, &'static str)],
}

/// A knob that makes tasks harder, and how far it is turned in search of a difficulty.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    /// The knob's name.
    pub knob: &'static str,
    /// Its value at the easy end, written as on the command line.
    pub easy: &'static str,
    /// Its value at the hard end.
    pub hard: &'static str,
}

/// A knob that cannot be set so. The message is one sentence; [`KnobError::hint`] says what to do.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KnobError {
    /// No such knob.
    #[error("unknown knob \"{name}\" of {environment}")]
    Unknown {
        /// Whose knobs were searched.
        environment: String,
        /// The name given.
        name: String,
        /// The nearest name, or all of them.
        suggestion: String,
    },
    /// The text is not of the knob's type.
    #[error("knob \"{name}\" cannot be \"{text}\"")]
    NotOfType {
        /// The knob.
        name: String,
        /// The text given.
        text: String,
        /// What it takes.
        wanted: String,
    },
    /// Outside the range.
    #[error("knob \"{name}\" is out of range: {text}")]
    OutOfRange {
        /// The knob.
        name: String,
        /// The text given.
        text: String,
        /// What it takes.
        wanted: String,
    },
}

impl KnobError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { suggestion, .. } => suggestion.clone(),
            Self::NotOfType { wanted, .. } | Self::OutOfRange { wanted, .. } => format!("it takes {wanted}"),
        }
    }
}

impl KnobKind {
    /// The type and range in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Int { min, max } => format!("a whole number from {min} to {max}"),
            Self::Float { min, max } => format!("a number from {min} to {max}"),
            Self::Bool => "true or false".to_owned(),
            Self::Choice(names) => format!("one of {}", names.join(", ")),
            Self::List(names) => format!("names separated by commas, out of {}", names.join(", ")),
            Self::Text { bytes_max } => format!("a text of at most {bytes_max} bytes"),
        }
    }
}

impl Knob {
    /// Reads a value as written on the command line.
    ///
    /// # Errors
    /// The text is not of this knob's type, or out of its range.
    pub fn parse(&self, text: &str) -> Result<KnobValue, KnobError> {
        let fail = || KnobError::NotOfType {
            name: self.name.to_owned(),
            text: text.to_owned(),
            wanted: self.kind.describe(),
        };
        let known = |names: &[&str], name: &str| if names.contains(&name) { Ok(()) } else { Err(fail()) };
        let value = match self.kind {
            KnobKind::Int { .. } => KnobValue::Int(text.parse().map_err(|_| fail())?),
            KnobKind::Float { .. } => KnobValue::Float(text.parse().map_err(|_| fail())?),
            KnobKind::Bool => KnobValue::Bool(text.parse().map_err(|_| fail())?),
            KnobKind::Choice(names) => {
                known(names, text)?;
                KnobValue::Text(text.to_owned())
            }
            KnobKind::Text { .. } => KnobValue::Text(text.to_owned()),
            KnobKind::List(names) => {
                let list: Vec<String> = text
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(String::from)
                    .collect();
                list.iter().try_for_each(|name| known(names, name))?;
                KnobValue::List(list)
            }
        };
        self.in_range(&value).then_some(value).ok_or_else(|| KnobError::OutOfRange {
            name: self.name.to_owned(),
            text: text.to_owned(),
            wanted: self.kind.describe(),
        })
    }

    fn in_range(&self, value: &KnobValue) -> bool {
        match (self.kind, value) {
            (KnobKind::Int { min, max }, KnobValue::Int(value)) => (min..=max).contains(value),
            (KnobKind::Float { min, max }, KnobValue::Float(value)) => (min..=max).contains(value),
            (KnobKind::Text { bytes_max }, KnobValue::Text(text)) => text.len() <= bytes_max,
            _ => true,
        }
    }
}

impl Knobs {
    /// Fills in every knob of `schema`: the settings win over the preset's, which win over the defaults.
    ///
    /// # Errors
    /// An unknown knob, or a value that a knob does not take.
    pub fn resolve<'a>(
        environment: &str,
        schema: &[Knob],
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, KnobError> {
        let mut values = BTreeMap::new();
        for knob in schema {
            values.insert(knob.name.to_owned(), knob.parse(knob.default)?);
        }
        for (name, text) in settings {
            let knob = schema.iter().find(|knob| knob.name == name).ok_or_else(|| KnobError::Unknown {
                environment: environment.to_owned(),
                name: name.to_owned(),
                suggestion: near::suggestion(name, schema.iter().map(|knob| knob.name)),
            })?;
            values.insert(knob.name.to_owned(), knob.parse(text)?);
        }
        Ok(Self(values))
    }

    /// All values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &KnobValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A whole-number knob.
    ///
    /// # Panics
    /// The schema has no such whole-number knob: a bug of the environment.
    pub fn int(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(KnobValue::Int(value)) => *value,
            other => panic!("knob {name} is not a whole number: {other:?}"),
        }
    }

    /// A number knob.
    ///
    /// # Panics
    /// The schema has no such number knob: a bug of the environment.
    pub fn float(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(KnobValue::Float(value)) => *value,
            Some(KnobValue::Int(value)) => *value as f64,
            other => panic!("knob {name} is not a number: {other:?}"),
        }
    }

    /// A true-or-false knob.
    ///
    /// # Panics
    /// The schema has no such knob: a bug of the environment.
    pub fn bool(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(KnobValue::Bool(value)) => *value,
            other => panic!("knob {name} is not true or false: {other:?}"),
        }
    }

    /// A name knob.
    ///
    /// # Panics
    /// The schema has no such knob: a bug of the environment.
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(KnobValue::Text(value)) => value,
            other => panic!("knob {name} is not a name: {other:?}"),
        }
    }

    /// A list knob.
    ///
    /// # Panics
    /// The schema has no such knob: a bug of the environment.
    pub fn list(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(KnobValue::List(value)) => value,
            other => panic!("knob {name} is not a list: {other:?}"),
        }
    }
}

impl fmt::Display for KnobValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value}"),
            Self::Text(value) => formatter.write_str(value),
            Self::List(value) => formatter.write_str(&value.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &[Knob] = &[
        Knob { name: "num-rows", kind: KnobKind::Int { min: 200, max: 5000 }, default: "1000", doc: "Rows." },
        Knob { name: "corrupt", kind: KnobKind::Float { min: 0.0, max: 0.9 }, default: "0.4", doc: "Share." },
        Knob { name: "ops", kind: KnobKind::List(&["unit", "sentinel"]), default: "unit", doc: "Operators." },
    ];

    #[test]
    fn defaults_presets_and_settings_resolve_in_order() {
        let knobs = Knobs::resolve("cleaning", SCHEMA, [("corrupt", "0.3"), ("corrupt", "0.5")]).unwrap();
        assert_eq!((knobs.int("num-rows"), knobs.float("corrupt")), (1000, 0.5));
        assert_eq!(knobs.list("ops"), ["unit"]);
    }

    #[test]
    fn bad_knobs_say_what_they_take() {
        let error = |name, text| Knobs::resolve("cleaning", SCHEMA, [(name, text)]).unwrap_err();
        assert_eq!(error("num-row", "5").hint(), "did you mean \"num-rows\"?");
        assert_eq!(error("num-rows", "50").hint(), "it takes a whole number from 200 to 5000");
        assert_eq!(error("num-rows", "many").to_string(), "knob \"num-rows\" cannot be \"many\"");
        assert_eq!(error("corrupt", "nan").to_string(), "knob \"corrupt\" is out of range: nan");
        assert!(error("ops", "units").hint().contains("sentinel"));
    }
}
