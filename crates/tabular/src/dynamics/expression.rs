//! The expression tree of a label function: one tree that is evaluated in Rust, written as Python and counted.
//!
//! The three agree because each walks the same tree: literals are rounded when they enter it, so the text holds
//! exactly the numbers that Rust computes with, and the operations run in the order in which Python would.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::DynamicsError;
use crate::table::{Column, Table};

/// A column's values, as a label function reads them.
#[derive(Clone, Debug)]
pub enum Values<'a> {
    /// One number per row.
    Numbers(Cow<'a, [f64]>),
    /// One category per row: an index into the names.
    Levels {
        /// Index of each row's level.
        codes: &'a [Option<u32>],
        /// The levels' names.
        names: &'a [String],
    },
}

/// A named column to read from.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The column's name.
    pub name: &'a str,
    /// Its values.
    pub values: Values<'a>,
}

/// The domain columns of a table that a label function can read: numbers and categories.
pub fn inputs(table: &Table) -> Vec<Input<'_>> {
    let columns = table.fields.iter().zip(&table.columns).filter(|(field, _)| field.role.is_domain());
    let input = columns.filter_map(|(field, column)| {
        let values = match column {
            Column::Number(_) | Column::Integer(_) => Values::Numbers(column.numbers()),
            Column::Category(codes) => Values::Levels { codes, names: &field.levels },
            Column::Text(_) | Column::Time(_) => return None,
        };
        Some(Input { name: &field.name, values })
    });
    input.collect()
}

impl Input<'_> {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Levels { codes, .. } => codes.len(),
        }
    }
}

/// An arithmetic operation of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `left + right`
    Add,
    /// `left - right`
    Subtract,
    /// `left * right`
    Multiply,
}

/// A numpy function of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `np.tanh`
    Tanh,
    /// `np.sin`
    Sin,
    /// `np.sign`, 0 at 0 as numpy has it.
    Sign,
    /// `np.exp(-(operand) ** 2)`: a bump of height 1 around 0.
    Bump,
    /// `np.clip(operand, -2.0, 2.0)`
    Clip,
}

/// Where [`Function::Clip`] flattens out, in robust standard deviations times the slope.
const CLIP_BOUND: f64 = 2.0;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A literal.
    Constant(f64),
    /// `row["name"]`, a number.
    Column(String),
    /// Two operands.
    Binary(Operation, Box<Expression>, Box<Expression>),
    /// A function of one operand.
    Call(Function, Box<Expression>),
    /// `1.0 if row["column"] in (levels) else -1.0`: what `sign` is to a number, for a category.
    Member {
        /// The category column.
        column: String,
        /// The levels that give 1.
        levels: Vec<String>,
    },
}

/// `row["name"]`: `Subscript`, `Name`, `Load`, `Constant`, `Load`.
const COLUMN_NODES: usize = 5;
/// `np.name`: `Attribute`, `Name`, `Load`, `Load`.
pub(super) const NUMPY_NODES: usize = 4;

impl Expression {
    /// A literal, kept to six significant digits so that the text stays short and exact.
    pub fn constant(value: f64) -> Self {
        Self::Constant(six_digits(value))
    }

    /// `slope * (column - centre)`, the scaled column that every function of a number starts from.
    pub fn scaled(column: &str, centre: f64, slope: f64) -> Self {
        Self::product(Self::constant(slope), Self::centred(column, centre))
    }

    /// `column - centre`, written as a sum if the centre is negative.
    pub fn centred(column: &str, centre: f64) -> Self {
        let operation = if centre < 0.0 { Operation::Add } else { Operation::Subtract };
        let column = Box::new(Self::Column(column.to_owned()));
        Self::Binary(operation, column, Box::new(Self::constant(centre.abs())))
    }

    /// `left * right`.
    pub fn product(left: Self, right: Self) -> Self {
        Self::Binary(Operation::Multiply, Box::new(left), Box::new(right))
    }

    /// How many nodes Python's `ast.walk` visits in this expression's text.
    pub fn node_count(&self) -> usize {
        match self {
            // A negative literal is a `UnaryOp` with a `USub` around the `Constant`.
            Self::Constant(value) => constant_nodes(*value),
            Self::Column(_) => COLUMN_NODES,
            Self::Binary(_, left, right) => 2 + left.node_count() + right.node_count(),
            Self::Call(function, operand) => 1 + NUMPY_NODES + function.extra_nodes() + operand.node_count(),
            // `IfExp`, its two values, `Compare`, `In`, the column, `Tuple`, `Load` and the levels.
            Self::Member { levels, .. } => {
                1 + constant_nodes(1.0) + constant_nodes(-1.0) + 2 + COLUMN_NODES + 2 + levels.len()
            }
        }
    }

    /// The expression as Python text over `row` and `np`.
    pub fn python(&self) -> String {
        match self {
            Self::Constant(value) => format!("{value:?}"),
            Self::Column(name) => format!("row[{}]", python_string(name)),
            Self::Binary(operation, left, right) => {
                let (precedence, symbol) = match operation {
                    Operation::Add => (Precedence::Sum, "+"),
                    Operation::Subtract => (Precedence::Sum, "-"),
                    Operation::Multiply => (Precedence::Product, "*"),
                };
                let left = left.python_within(left.precedence() < precedence);
                let right = right.python_within(right.precedence() <= precedence);
                format!("{left} {symbol} {right}")
            }
            Self::Call(function, operand) => match function {
                Function::Tanh => format!("np.tanh({})", operand.python()),
                Function::Sin => format!("np.sin({})", operand.python()),
                Function::Sign => format!("np.sign({})", operand.python()),
                Function::Bump => format!("np.exp(-({}) ** 2)", operand.python()),
                Function::Clip => format!("np.clip({}, {:?}, {CLIP_BOUND:?})", operand.python(), -CLIP_BOUND),
            },
            Self::Member { column, levels } => {
                let comma = if levels.len() == 1 { "," } else { "" };
                let levels: Vec<String> = levels.iter().map(|level| python_string(level)).collect();
                let column = python_string(column);
                format!("1.0 if row[{column}] in ({}{comma}) else -1.0", levels.join(", "))
            }
        }
    }

    fn python_within(&self, parentheses: bool) -> String {
        if parentheses { format!("({})", self.python()) } else { self.python() }
    }

    fn precedence(&self) -> Precedence {
        match self {
            Self::Member { .. } => Precedence::Condition,
            Self::Binary(Operation::Add | Operation::Subtract, ..) => Precedence::Sum,
            Self::Binary(Operation::Multiply, ..) => Precedence::Product,
            Self::Constant(_) | Self::Column(_) | Self::Call(..) => Precedence::Atom,
        }
    }

    /// Ties the tree to the columns of one table, so that rows can be evaluated.
    ///
    /// # Errors
    /// A column is missing from `inputs`, or is of the other type.
    pub(super) fn bind<'a>(&self, inputs: &'a [Input<'a>]) -> Result<Bound<'a>, DynamicsError> {
        let find = |name: &str| {
            let input = inputs.iter().find(|input| input.name == name);
            input.map(|input| &input.values).ok_or_else(|| DynamicsError::MissingColumn(name.to_owned()))
        };
        Ok(match self {
            Self::Constant(value) => Bound::Constant(*value),
            Self::Column(name) => match find(name)? {
                Values::Numbers(numbers) => Bound::Column(numbers),
                Values::Levels { .. } => return Err(DynamicsError::MissingColumn(name.clone())),
            },
            Self::Binary(operation, left, right) => {
                Bound::Binary(*operation, Box::new(left.bind(inputs)?), Box::new(right.bind(inputs)?))
            }
            Self::Call(function, operand) => Bound::Call(*function, Box::new(operand.bind(inputs)?)),
            Self::Member { column, levels } => match find(column)? {
                Values::Levels { codes, names } => {
                    Bound::Member(codes, names.iter().map(|name| levels.contains(name)).collect())
                }
                Values::Numbers(_) => return Err(DynamicsError::MissingColumn(column.clone())),
            },
        })
    }
}

/// A tree whose columns are found.
pub(super) enum Bound<'a> {
    Constant(f64),
    Column(&'a [f64]),
    Binary(Operation, Box<Bound<'a>>, Box<Bound<'a>>),
    Call(Function, Box<Bound<'a>>),
    Member(&'a [Option<u32>], Vec<bool>),
}

impl Bound<'_> {
    /// The value at a row.
    pub(super) fn value(&self, row: usize) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Column(numbers) => numbers[row],
            Self::Binary(operation, left, right) => {
                let (left, right) = (left.value(row), right.value(row));
                match operation {
                    Operation::Add => left + right,
                    Operation::Subtract => left - right,
                    Operation::Multiply => left * right,
                }
            }
            Self::Call(function, operand) => function.value(operand.value(row)),
            Self::Member(codes, inside) => {
                if codes[row].is_some_and(|code| inside[code as usize]) {
                    1.0
                } else {
                    -1.0
                }
            }
        }
    }
}

impl Function {
    /// The nodes beside the call itself and its operand.
    fn extra_nodes(self) -> usize {
        match self {
            Self::Tanh | Self::Sin | Self::Sign => 0,
            // `UnaryOp`, `USub`, `BinOp`, `Pow`, `Constant`.
            Self::Bump => 5,
            Self::Clip => constant_nodes(-CLIP_BOUND) + constant_nodes(CLIP_BOUND),
        }
    }

    fn value(self, operand: f64) -> f64 {
        match self {
            Self::Tanh => libm::tanh(operand),
            Self::Sin => libm::sin(operand),
            Self::Sign if operand == 0.0 => 0.0,
            Self::Sign => operand.signum(),
            Self::Bump => libm::exp(-(operand * operand)),
            Self::Clip => operand.clamp(-CLIP_BOUND, CLIP_BOUND),
        }
    }
}

/// How tightly Python binds what an expression is made of.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Condition,
    Sum,
    Product,
    Atom,
}

/// The nodes of a numeric literal.
pub(super) fn constant_nodes(value: f64) -> usize {
    if value.is_sign_negative() { 3 } else { 1 }
}

/// A Python string literal in double quotes.
pub(super) fn python_string(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(literal, "\\u{:04x}", control as u32);
            }
            plain => literal.push(plain),
        }
    }
    literal + "\""
}

/// The nearest number with six significant digits.
pub(super) fn six_digits(value: f64) -> f64 {
    // The text of a float always reads back as a float; what cannot be rounded stays as it is.
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &Expression, python: &str, nodes: usize) {
        assert_eq!(expression.python(), python);
        assert_eq!(expression.node_count(), nodes, "{python}");
    }

    #[test]
    fn text_has_parentheses_where_python_needs_them() {
        let scaled = || Box::new(Expression::scaled("age", -3.0, 0.5));
        let member = Expression::Member { column: "plan".into(), levels: vec!["a".into()] };
        check(&scaled(), r#"0.5 * (row["age"] + 3.0)"#, 11);
        check(&Expression::Call(Function::Bump, scaled()), r#"np.exp(-(0.5 * (row["age"] + 3.0)) ** 2)"#, 21);
        check(
            &Expression::product(Expression::constant(-1.0), member),
            r#"-1.0 * (1.0 if row["plan"] in ("a",) else -1.0)"#,
            20,
        );
        check(&Expression::Column("say \"hi\"\n".into()), r#"row["say \"hi\"\u000a"]"#, 5);
    }

    #[test]
    fn a_missing_column_and_a_column_of_the_other_type_are_named() {
        let names = ["a".to_owned()];
        let inputs = [
            Input { name: "x", values: Values::Numbers(Cow::Borrowed(&[1.0])) },
            Input { name: "plan", values: Values::Levels { codes: &[Some(0)], names: &names } },
        ];
        for name in ["age", "plan"] {
            let error = Expression::Column(name.into()).bind(&inputs).err().unwrap();
            assert_eq!(error, DynamicsError::MissingColumn(name.into()));
        }
        assert_eq!(Expression::centred("x", 0.25).bind(&inputs).unwrap().value(0), 0.75);
    }
}
