//! From Python to the tree: a closed set of statements, operations and functions. Everything else is named and refused,
//! above all what may not end.

use std::collections::BTreeMap;

use envy_pycode::{Kind, Module, NodeId};

use super::tree::{Binary, Program, Step, Unary, Value};
use super::{Refusal, SOURCE_BYTES_MAX};

/// The function's name and its parameter's.
const FUNCTION: (&str, &str) = ("dynamics", "row");
/// What may be imported.
const LIBRARIES: [&str; 2] = ["numpy", "math"];

/// What is said to whoever uses something else.
const ALLOWED: &str = "use assignments, if, return, + - * / % // **, comparisons, and, or, not, `a if c else b`, numbers, \
    row.x0 and so on, and np.sin, cos, tanh, exp, log, sqrt, abs, sign, floor, clip, where, minimum, maximum";

/// Reads a function of so many inputs.
pub(super) fn program(source: &str, inputs: usize) -> Result<Program, Refusal> {
    if source.len() > SOURCE_BYTES_MAX {
        let what = format!("the function has {} bytes, at most {SOURCE_BYTES_MAX} are read", source.len());
        return Err(Refusal::new(what, "write a shorter one"));
    }
    let module = Module::parse(source).map_err(|error| {
        Refusal::new(format!("the function is no Python: {error}"), "send the whole module, nothing else")
    })?;
    let function = only_function(&module)?;
    let mut reader =
        Reader { module: &module, locals: BTreeMap::new(), read: vec![false; inputs], returns: false };
    let steps = reader.body(&reader.statements(function))?;
    if !reader.returns {
        return Err(Refusal::new("the function returns nothing", "end it with `return score`"));
    }
    if let Some(unread) = reader.read.iter().position(|read| !read) {
        let what = format!("the function never reads row.x{unread}");
        return Err(Refusal::new(what, format!("let the score depend on all of x0 to x{}", inputs - 1)));
    }
    Ok(Program { steps, locals: reader.locals.len() })
}

/// The one function of a module that holds nothing beside it but imports and words.
fn only_function(module: &Module) -> Result<NodeId, Refusal> {
    let mut found = None;
    for id in module.children(module.root()) {
        match module.node(id).kind() {
            Kind::Import if module.children(id).all(|alias| imports(module, alias)) => {}
            Kind::ExpressionStatement if is_text(module, id) => {}
            Kind::Function if found.is_none() => found = Some(id),
            _ => return Err(refused(module, id, "beside the function")),
        }
    }
    let (name, parameter) = FUNCTION;
    let signature = format!("def {name}({parameter})");
    let missing = || Refusal::new(format!("there is no `{signature}`"), "write one function of that name");
    let function = found.filter(|id| module.name(*id) == Some(name)).ok_or_else(missing)?;
    let mut parameters = module.children(function).filter(|id| module.node(*id).kind() == Kind::Parameters);
    let is_row = |id: NodeId| {
        let all: Vec<NodeId> = module.children(id).collect();
        all.len() == 1 && module.source(all[0]) == parameter
    };
    if parameters.next().is_some_and(is_row) { Ok(function) } else { Err(missing()) }
}

fn imports(module: &Module, alias: NodeId) -> bool {
    module.name(alias).is_some_and(|name| LIBRARIES.contains(&name))
}

fn is_text(module: &Module, id: NodeId) -> bool {
    module.children(id).all(|child| {
        module.node(child).kind() == Kind::Literal && module.source(child).starts_with(['"', '\'', 'r'])
    })
}

/// What may not stand there, by its line.
fn refused(module: &Module, id: NodeId, place: &str) -> Refusal {
    let range = module.node(id).range();
    let line = module.place(range.start).line;
    let text: String = module.source(id).lines().next().unwrap_or_default().chars().take(40).collect();
    let kind = module.node(id).kind();
    if matches!(kind, Kind::For | Kind::While | Kind::Comprehension | Kind::Lambda | Kind::Function) {
        let what =
            format!("line {line}: `{text}` is not allowed, since a function that repeats may never end");
        return Refusal::new(what, "write the terms out");
    }
    let place = if place.is_empty() { String::new() } else { format!(" {place}") };
    Refusal::new(format!("line {line}: `{text}` is not allowed{place}"), ALLOWED)
}

/// Reads one function.
struct Reader<'a> {
    module: &'a Module,
    /// The names that were given values, by number.
    locals: BTreeMap<String, usize>,
    /// The inputs that were read.
    read: Vec<bool>,
    /// Some statement returns.
    returns: bool,
}

impl Reader<'_> {
    fn statements(&self, id: NodeId) -> Vec<NodeId> {
        self.module.children(id).filter(|child| self.module.node(*child).kind().is_statement()).collect()
    }

    fn body(&mut self, statements: &[NodeId]) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::with_capacity(statements.len());
        for id in statements {
            steps.extend(self.step(*id)?);
        }
        Ok(steps)
    }

    fn step(&mut self, id: NodeId) -> Result<Option<Step>, Refusal> {
        let children: Vec<NodeId> = self.module.children(id).collect();
        let refuse = || Err(refused(self.module, id, ""));
        match (self.module.node(id).kind(), children.as_slice()) {
            (Kind::ExpressionStatement, _) if is_text(self.module, id) => Ok(None),
            (Kind::Return, [value]) => {
                self.returns = true;
                Ok(Some(Step::Return(self.value(*value)?)))
            }
            (Kind::Assign, [target, value]) if self.module.node(*target).kind() == Kind::Name => {
                let value = self.value(*value)?;
                Ok(Some(Step::Let(self.local(*target), value)))
            }
            (Kind::AugmentedAssign, [target, value]) if self.module.node(*target).kind() == Kind::Name => {
                let Some(operation) = arithmetic(self.module.node(id).detail()) else { return refuse() };
                let before = self.value(*target)?;
                let value = binary(operation, before, self.value(*value)?);
                Ok(Some(Step::Let(self.local(*target), value)))
            }
            (Kind::If, [condition, ..]) => {
                let branches: Vec<NodeId> = children
                    .iter()
                    .copied()
                    .filter(|id| self.module.node(*id).kind() == Kind::Branch)
                    .collect();
                let condition = self.value(*condition)?;
                let met = self.body(&self.statements(id))?;
                Ok(Some(Step::If(condition, met, self.otherwise(&branches)?)))
            }
            _ => refuse(),
        }
    }

    /// `elif` and `else`: each `elif` is an `if` inside what is otherwise done.
    fn otherwise(&mut self, branches: &[NodeId]) -> Result<Vec<Step>, Refusal> {
        let Some((first, rest)) = branches.split_first() else { return Ok(Vec::new()) };
        let test =
            self.module.children(*first).next().filter(|id| !self.module.node(*id).kind().is_statement());
        let statements = self.statements(*first);
        match test {
            Some(test) => {
                let condition = self.value(test)?;
                let met = self.body(&statements)?;
                Ok(vec![Step::If(condition, met, self.otherwise(rest)?)])
            }
            None => self.body(&statements),
        }
    }

    fn local(&mut self, id: NodeId) -> usize {
        let next = self.locals.len();
        *self.locals.entry(self.module.source(id).to_owned()).or_insert(next)
    }

    fn value(&mut self, id: NodeId) -> Result<Value, Refusal> {
        let node = self.module.node(id);
        let children: Vec<NodeId> = self.module.children(id).collect();
        let refuse = || Err(refused(self.module, id, ""));
        match (node.kind(), children.as_slice()) {
            (Kind::Literal, _) => number(self.module.source(id)).map_or_else(refuse, Ok),
            (Kind::Name, _) => match self.locals.get(self.module.source(id)) {
                Some(name) => Ok(Value::Local(*name)),
                None => refuse(),
            },
            (Kind::Attribute | Kind::Subscript, _) => self.input(id).map_or_else(refuse, Ok),
            (Kind::Unary, [value]) => match node.detail() {
                "-" => Ok(unary(Unary::Negative, self.value(*value)?)),
                "not" => Ok(unary(Unary::Not, self.value(*value)?)),
                "+" => self.value(*value),
                _ => refuse(),
            },
            (Kind::Binary, [left, right]) => match arithmetic(node.detail()) {
                Some(operation) => Ok(binary(operation, self.value(*left)?, self.value(*right)?)),
                None => refuse(),
            },
            (Kind::Boolean, [first, rest @ ..]) => {
                let operation = if node.detail() == "and" { Binary::And } else { Binary::Or };
                let mut value = self.value(*first)?;
                for next in rest {
                    value = binary(operation, value, self.value(*next)?);
                }
                Ok(value)
            }
            (Kind::Compare, operands) => self.comparison(id, operands),
            (Kind::OtherExpression, [met, condition, otherwise]) if self.is_choice(&children) => {
                let condition = self.value(*condition)?;
                Ok(choose(condition, self.value(*met)?, self.value(*otherwise)?))
            }
            (Kind::Call, [function, arguments @ ..]) => self.call(id, *function, arguments),
            _ => refuse(),
        }
    }

    /// `a < b < c` is `a < b and b < c`.
    fn comparison(&mut self, id: NodeId, operands: &[NodeId]) -> Result<Value, Refusal> {
        let mut whole: Option<Value> = None;
        for (pair, sign) in operands.windows(2).zip(self.module.node(id).detail().split(' ')) {
            let operation = match sign {
                "<" => Binary::Less,
                "<=" => Binary::LessOrEqual,
                ">" => Binary::Greater,
                ">=" => Binary::GreaterOrEqual,
                "==" => Binary::Equal,
                "!=" => Binary::Unequal,
                _ => return Err(refused(self.module, id, "")),
            };
            let one = binary(operation, self.value(pair[0])?, self.value(pair[1])?);
            whole = Some(match whole {
                Some(before) => binary(Binary::And, before, one),
                None => one,
            });
        }
        whole.ok_or_else(|| refused(self.module, id, ""))
    }

    /// `row.x3` and `row["x3"]`.
    fn input(&mut self, id: NodeId) -> Option<Value> {
        let text: String = self.module.source(id).chars().filter(|sign| !sign.is_whitespace()).collect();
        let rest = text.strip_prefix(FUNCTION.1)?;
        let quoted =
            |quote: char| rest.strip_prefix('[')?.strip_suffix(']')?.strip_prefix(quote)?.strip_suffix(quote);
        let name = rest.strip_prefix('.').or_else(|| quoted('"')).or_else(|| quoted('\''));
        let number: usize = name?.strip_prefix('x')?.parse().ok()?;
        *self.read.get_mut(number)? = true;
        Some(Value::Input(number))
    }

    /// Whether three expressions are those of `a if condition else b`.
    fn is_choice(&self, children: &[NodeId]) -> bool {
        let between = |left: NodeId, right: NodeId| {
            let gap = self.module.node(left).range().end..self.module.node(right).range().start;
            let text = self.module.text().get(gap).unwrap_or_default();
            text.chars().filter(char::is_ascii_alphabetic).collect::<String>()
        };
        children.windows(2).map(|pair| between(pair[0], pair[1])).eq(["if", "else"])
    }

    fn call(&mut self, id: NodeId, function: NodeId, arguments: &[NodeId]) -> Result<Value, Refusal> {
        let name: String =
            self.module.source(function).chars().filter(|sign| !sign.is_whitespace()).collect();
        let bare = ["np.", "numpy.", "math."].iter().find_map(|library| name.strip_prefix(library));
        let bare = bare.unwrap_or(&name).to_owned();
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(*argument)?);
        }
        let operation = match bare.as_str() {
            "sin" => Unary::Sine,
            "cos" => Unary::Cosine,
            "tanh" => Unary::HyperbolicTangent,
            "exp" => Unary::Exponential,
            "log" => Unary::Logarithm,
            "sqrt" => Unary::SquareRoot,
            "abs" | "fabs" | "absolute" => Unary::Absolute,
            "sign" => Unary::Sign,
            "floor" => Unary::Floor,
            other => return several(other, values).ok_or_else(|| refused(self.module, id, "")),
        };
        match <[Value; 1]>::try_from(values) {
            Ok([value]) => Ok(unary(operation, value)),
            Err(_) => Err(refused(self.module, id, "")),
        }
    }
}

/// A function of two or three values.
fn several(name: &str, values: Vec<Value>) -> Option<Value> {
    match (name, <[Value; 2]>::try_from(values)) {
        ("minimum" | "min", Ok([left, right])) => Some(binary(Binary::Minimum, left, right)),
        ("maximum" | "max", Ok([left, right])) => Some(binary(Binary::Maximum, left, right)),
        ("float", Err(values)) => <[Value; 1]>::try_from(values).ok().map(|[value]| value),
        ("where", Err(values)) => {
            let [condition, met, otherwise] = <[Value; 3]>::try_from(values).ok()?;
            Some(choose(condition, met, otherwise))
        }
        ("clip", Err(values)) => {
            let [value, low, high] = <[Value; 3]>::try_from(values).ok()?;
            Some(Value::Clip(Box::new(value), Box::new(low), Box::new(high)))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    match text {
        "True" => return Some(Value::Number(1.0)),
        "False" => return Some(Value::Number(0.0)),
        _ => {}
    }
    let plain: String = text.chars().filter(|sign| *sign != '_').collect();
    let starts = plain.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.');
    let number: f64 = plain.parse().ok().filter(|_| starts)?;
    number.is_finite().then_some(Value::Number(number))
}

fn arithmetic(sign: &str) -> Option<Binary> {
    Some(match sign {
        "+" => Binary::Add,
        "-" => Binary::Subtract,
        "*" => Binary::Multiply,
        "/" => Binary::Divide,
        "%" => Binary::Remainder,
        "//" => Binary::FloorDivide,
        "**" => Binary::Power,
        _ => return None,
    })
}

fn unary(operation: Unary, value: Value) -> Value {
    Value::Unary(operation, Box::new(value))
}

fn binary(operation: Binary, left: Value, right: Value) -> Value {
    Value::Binary(operation, Box::new(left), Box::new(right))
}

fn choose(condition: Value, met: Value, otherwise: Value) -> Value {
    Value::Choose(Box::new(condition), Box::new(met), Box::new(otherwise))
}
