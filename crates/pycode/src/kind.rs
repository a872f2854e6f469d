//! What a node is, in words of our own, and how many nodes CPython's `ast.walk` makes of it.

use ruff_python_ast::{AnyNodeRef, FStringPart, InterpolatedStringElement, InterpolatedStringElements};

/// What a node is. Children come in the order of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The whole file; its children are statements.
    Module,
    /// `def`: decorators, [`Kind::Parameters`], the returned annotation, then the body.
    Function,
    /// `class`: decorators, bases, then the body.
    Class,
    /// `return`: the value, if any.
    Return,
    /// `a = b = value`: targets, then the value.
    Assign,
    /// `a += value`: target, value; the detail is the operator.
    AugmentedAssign,
    /// `a: annotation = value`.
    AnnotatedAssign,
    /// `for`: target, iterable, then the body and the `else`.
    For,
    /// `while`: test, then the body and the `else`.
    While,
    /// `if`: test, the body, then [`Kind::Branch`]es.
    If,
    /// `elif` or `else`: the test, if any, then the body.
    Branch,
    /// `with`: items, then the body.
    With,
    /// `try`: the body, handlers, then the rest.
    Try,
    /// `except`: the type, if any, then the body; the name is what is bound.
    Handler,
    /// `import`: aliases.
    Import,
    /// `from name import`: aliases; the name is the module.
    ImportFrom,
    /// One imported name.
    Alias,
    /// `global` and `nonlocal`.
    Outer,
    /// An expression that stands alone.
    ExpressionStatement,
    /// `pass`, `break`, `continue`, `del`, `raise`, `assert`, `match`, `type`.
    OtherStatement,
    /// The parameters of a function or lambda: [`Kind::Parameter`]s and defaults.
    Parameters,
    /// One parameter and its annotation.
    Parameter,
    /// `f(...)`: the function, then arguments, of which keywords are [`Kind::Keyword`].
    Call,
    /// `name=value` of a call or class: the value.
    Keyword,
    /// `value.name`.
    Attribute,
    /// A bare name.
    Name,
    /// `value[slice]`.
    Subscript,
    /// `a < b < c`: operands; the detail is the operators.
    Compare,
    /// `a + b`; the detail is the operator.
    Binary,
    /// `-a`; the detail is the operator.
    Unary,
    /// `a and b`; the detail is the operator.
    Boolean,
    /// `lambda`: parameters, then the value.
    Lambda,
    /// A number, string, bytes, `True`, `False`, `None` or `...`.
    Literal,
    /// A string with replacement fields.
    FormattedText,
    /// A list, tuple, set or dict display; the detail is its bracket.
    Display,
    /// A comprehension or generator: the element, then [`Kind::Generator`]s; the detail is its bracket.
    Comprehension,
    /// `for target in iterable if ...` of a comprehension.
    Generator,
    /// Every other expression.
    OtherExpression,
    /// Patterns, type parameters, `with` items and the like.
    Part,
}

impl Kind {
    /// Whether it is a statement.
    pub fn is_statement(self) -> bool {
        use Kind::{
            AnnotatedAssign, Assign, AugmentedAssign, Class, ExpressionStatement, For, Function, If, Import,
            ImportFrom, OtherStatement, Outer, Return, Try, While, With,
        };
        matches!(
            self,
            Function
                | Class
                | Return
                | Assign
                | AugmentedAssign
                | AnnotatedAssign
                | For
                | While
                | If
                | With
                | Try
                | Import
                | ImportFrom
                | Outer
                | ExpressionStatement
                | OtherStatement
        )
    }
}

/// The kind of a node, or nothing for those that CPython has no node for and we pass through.
pub(crate) fn of(node: AnyNodeRef) -> Option<Kind> {
    use AnyNodeRef as N;
    Some(match node {
        N::ModModule(_) | N::ModExpression(_) => Kind::Module,
        N::ElifElseClause(_) => Kind::Branch,
        N::ExceptHandlerExceptHandler(_) => Kind::Handler,
        N::Alias(_) => Kind::Alias,
        N::Parameters(_) => Kind::Parameters,
        N::Parameter(_) => Kind::Parameter,
        N::Keyword(_) => Kind::Keyword,
        N::Comprehension(_) => Kind::Generator,
        N::Arguments(_)
        | N::ParameterWithDefault(_)
        | N::Decorator(_)
        | N::TypeParams(_)
        | N::PatternArguments(_)
        | N::PatternKeyword(_)
        | N::FString(_)
        | N::TString(_)
        | N::StringLiteral(_)
        | N::BytesLiteral(_)
        | N::InterpolatedStringLiteralElement(_)
        | N::InterpolatedStringFormatSpec(_)
        | N::Identifier(_) => return None,
        _ if node.is_statement() => statement(node),
        _ if node.is_expression() => expression(node),
        _ => Kind::Part,
    })
}

fn statement(node: AnyNodeRef) -> Kind {
    use AnyNodeRef as N;
    match node {
        N::StmtFunctionDef(_) => Kind::Function,
        N::StmtClassDef(_) => Kind::Class,
        N::StmtReturn(_) => Kind::Return,
        N::StmtAssign(_) => Kind::Assign,
        N::StmtAugAssign(_) => Kind::AugmentedAssign,
        N::StmtAnnAssign(_) => Kind::AnnotatedAssign,
        N::StmtFor(_) => Kind::For,
        N::StmtWhile(_) => Kind::While,
        N::StmtIf(_) => Kind::If,
        N::StmtWith(_) => Kind::With,
        N::StmtTry(_) => Kind::Try,
        N::StmtImport(_) => Kind::Import,
        N::StmtImportFrom(_) => Kind::ImportFrom,
        N::StmtGlobal(_) | N::StmtNonlocal(_) => Kind::Outer,
        N::StmtExpr(_) => Kind::ExpressionStatement,
        _ => Kind::OtherStatement,
    }
}

fn expression(node: AnyNodeRef) -> Kind {
    use AnyNodeRef as N;
    match node {
        N::ExprCall(_) => Kind::Call,
        N::ExprAttribute(_) => Kind::Attribute,
        N::ExprName(_) => Kind::Name,
        N::ExprSubscript(_) => Kind::Subscript,
        N::ExprCompare(_) => Kind::Compare,
        N::ExprBinOp(_) => Kind::Binary,
        N::ExprUnaryOp(_) => Kind::Unary,
        N::ExprBoolOp(_) => Kind::Boolean,
        N::ExprLambda(_) => Kind::Lambda,
        N::ExprStringLiteral(_)
        | N::ExprBytesLiteral(_)
        | N::ExprNumberLiteral(_)
        | N::ExprBooleanLiteral(_)
        | N::ExprNoneLiteral(_)
        | N::ExprEllipsisLiteral(_) => Kind::Literal,
        N::ExprFString(_) | N::ExprTString(_) => Kind::FormattedText,
        N::ExprList(_) | N::ExprTuple(_) | N::ExprSet(_) | N::ExprDict(_) => Kind::Display,
        N::ExprListComp(_) | N::ExprSetComp(_) | N::ExprDictComp(_) | N::ExprGenerator(_) => {
            Kind::Comprehension
        }
        _ => Kind::OtherExpression,
    }
}

/// What tells two nodes of one kind apart beside their children: operators, brackets.
pub(crate) fn detail(node: AnyNodeRef) -> String {
    use AnyNodeRef as N;
    match node {
        N::StmtAugAssign(node) => node.op.as_str().to_owned(),
        N::ExprBinOp(node) => node.op.as_str().to_owned(),
        N::ExprUnaryOp(node) => node.op.as_str().to_owned(),
        N::ExprBoolOp(node) => node.op.as_str().to_owned(),
        N::ExprCompare(node) => {
            node.ops.iter().map(ruff_python_ast::CmpOp::as_str).collect::<Vec<_>>().join(" ")
        }
        N::ExprList(_) | N::ExprListComp(_) => "[".to_owned(),
        N::ExprTuple(_) | N::ExprGenerator(_) => "(".to_owned(),
        N::ExprSet(_) | N::ExprSetComp(_) => "{".to_owned(),
        N::ExprDict(_) | N::ExprDictComp(_) => "{:".to_owned(),
        _ => String::new(),
    }
}

/// How many nodes CPython makes of this one, its children left out: operators and contexts are nodes of their own
/// there, and `elif` is an `If` inside.
pub(crate) fn weight(node: AnyNodeRef) -> u32 {
    use AnyNodeRef as N;
    match node {
        N::StmtAugAssign(_)
        | N::ExprBoolOp(_)
        | N::ExprBinOp(_)
        | N::ExprUnaryOp(_)
        | N::ExprAttribute(_)
        | N::ExprSubscript(_)
        | N::ExprStarred(_)
        | N::ExprName(_)
        | N::ExprList(_)
        | N::ExprTuple(_) => 2,
        N::ExprCompare(node) => 1 + node.ops.len() as u32,
        // CPython always has an `arguments` node, we only where something is written.
        N::ExprLambda(node) => 1 + u32::from(node.parameters.is_none()),
        N::ElifElseClause(node) => u32::from(node.test.is_some()),
        N::ExprFString(node) => {
            1 + {
                let mut runs = Runs::default();
                for part in &node.value {
                    match part {
                        FStringPart::Literal(literal) => runs.text(!literal.is_empty()),
                        FStringPart::FString(text) => runs.elements(&text.elements),
                    }
                }
                runs.end()
            }
        }
        N::ExprTString(node) => {
            1 + {
                let mut runs = Runs::default();
                node.value.iter().for_each(|text| runs.elements(&text.elements));
                runs.end()
            }
        }
        N::InterpolatedElement(node) => {
            1 + node.format_spec.as_ref().map_or(0, |spec| {
                let mut runs = Runs::default();
                runs.elements(&spec.elements);
                1 + runs.end()
            })
        }
        _ => u32::from(of(node).is_some()),
    }
}

/// Counts the runs of literal text between replacement fields: CPython joins each into one constant.
#[derive(Default)]
struct Runs {
    count: u32,
    is_open: bool,
}

impl Runs {
    fn text(&mut self, is_there: bool) {
        self.is_open |= is_there;
    }

    fn elements(&mut self, elements: &InterpolatedStringElements) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => self.text(!literal.is_empty()),
                InterpolatedStringElement::Interpolation(field) => {
                    // `{x=}` writes its own source into the text before it.
                    self.text(field.debug_text.is_some());
                    self.count += u32::from(std::mem::take(&mut self.is_open));
                }
            }
        }
    }

    fn end(self) -> u32 {
        self.count + u32::from(self.is_open)
    }
}

/// Whether a name is bound here rather than read.
pub(crate) fn binds(node: AnyNodeRef) -> bool {
    match node {
        AnyNodeRef::ExprName(name) => !matches!(name.ctx, ruff_python_ast::ExprContext::Load),
        _ => false,
    }
}
