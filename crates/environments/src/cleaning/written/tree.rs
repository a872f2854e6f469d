//! The tree of a written function, and its value. Every walk is as long as the tree: there is nothing that repeats.

/// A function's body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    /// What it does, in order.
    pub(super) steps: Vec<Step>,
    /// How many names it gives values to.
    pub(super) locals: usize,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// `name = value`
    Let(usize, Value),
    /// `if condition: ... else: ...`
    If(Value, Vec<Step>, Vec<Step>),
    /// `return value`
    Return(Value),
}

/// An expression. Truth is 1, its absence 0, as in Python.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A literal.
    Number(f64),
    /// `row.xN`
    Input(usize),
    /// A name that was given a value.
    Local(usize),
    /// An operation of one operand.
    Unary(Unary, Box<Value>),
    /// An operation of two operands.
    Binary(Binary, Box<Value>, Box<Value>),
    /// `a if condition else b`: the condition, then both.
    Choose(Box<Value>, Box<Value>, Box<Value>),
    /// `clip(value, low, high)`
    Clip(Box<Value>, Box<Value>, Box<Value>),
}

/// An operation of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Negative,
    Not,
    Absolute,
    Sine,
    Cosine,
    HyperbolicTangent,
    Exponential,
    Logarithm,
    SquareRoot,
    Sign,
    Floor,
}

/// An operation of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    FloorDivide,
    Power,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    And,
    Or,
    Minimum,
    Maximum,
}

impl Program {
    /// What it returns for a row of inputs; nothing returned is not a number.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        let mut locals = vec![f64::NAN; self.locals];
        run(&self.steps, row, &mut locals).unwrap_or(f64::NAN)
    }
}

fn run(steps: &[Step], row: &[f64], locals: &mut [f64]) -> Option<f64> {
    for step in steps {
        match step {
            Step::Let(name, value) => locals[*name] = value.of(row, locals),
            Step::Return(value) => return Some(value.of(row, locals)),
            Step::If(condition, met, otherwise) => {
                let branch = if is_true(condition.of(row, locals)) { met } else { otherwise };
                if let Some(returned) = run(branch, row, locals) {
                    return Some(returned);
                }
            }
        }
    }
    None
}

impl Value {
    fn of(&self, row: &[f64], locals: &[f64]) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Input(input) => row[*input],
            Self::Local(name) => locals[*name],
            Self::Unary(operation, value) => operation.of(value.of(row, locals)),
            Self::Binary(operation, left, right) => operation.of(left.of(row, locals), right.of(row, locals)),
            Self::Choose(condition, met, otherwise) => {
                if is_true(condition.of(row, locals)) {
                    met.of(row, locals)
                } else {
                    otherwise.of(row, locals)
                }
            }
            Self::Clip(value, low, high) => {
                value.of(row, locals).max(low.of(row, locals)).min(high.of(row, locals))
            }
        }
    }
}

impl Unary {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Negative => -value,
            Self::Not => truth(!is_true(value)),
            Self::Absolute => value.abs(),
            Self::Sine => libm::sin(value),
            Self::Cosine => libm::cos(value),
            Self::HyperbolicTangent => libm::tanh(value),
            Self::Exponential => libm::exp(value),
            Self::Logarithm => libm::log(value),
            Self::SquareRoot => libm::sqrt(value),
            // As numpy has it: 0 at 0.
            Self::Sign => truth(value > 0.0) - truth(value < 0.0),
            Self::Floor => libm::floor(value),
        }
    }
}

impl Binary {
    fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            // Python's: the sign of the divisor.
            Self::Remainder => left - right * libm::floor(left / right),
            Self::FloorDivide => libm::floor(left / right),
            Self::Power => libm::pow(left, right),
            Self::Less => truth(left < right),
            Self::LessOrEqual => truth(left <= right),
            Self::Greater => truth(left > right),
            Self::GreaterOrEqual => truth(left >= right),
            Self::Equal => truth(left == right),
            Self::Unequal => truth(left != right),
            // As Python: the operand that decides.
            Self::And => {
                if is_true(left) {
                    right
                } else {
                    left
                }
            }
            Self::Or => {
                if is_true(left) {
                    left
                } else {
                    right
                }
            }
            Self::Minimum => left.min(right),
            Self::Maximum => left.max(right),
        }
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn is_true(value: f64) -> bool {
    value != 0.0
}
