//! Bicep as it is written: declarations and expressions with the bytes they stand in.
//!
//! The reader knows the shape of the language and nothing of its meaning: no types, no names, no Azure. Parsing never
//! fails: what is not understood is left out, from the line on which it starts to the next declaration, and noted.
//! `.bicepparam` files are the same language.

pub mod edit;
mod read;

use std::fmt;

use crate::text::Span;

pub use read::parse;

/// What a text declares.
#[derive(Default)]
pub struct Parsed {
    /// In the order of the text.
    pub declarations: Vec<Declaration>,
    /// Where the text is not understood.
    pub errors: Vec<Span>,
}

/// One statement of a file, or a resource inside of another.
pub struct Declaration {
    pub kind: DeclarationKind,
    /// From the first decorator to the last byte.
    pub span: Span,
    /// From the keyword on.
    pub own: Span,
    pub decorators: Vec<Expr>,
    /// The symbol; of an import or a `using` there is none.
    pub name: Option<Name>,
    /// A resource's type, a module's path, what an import, `using` or `extends` names.
    pub target: Option<Expr>,
    /// A parameter's default, a variable's value, a body, a function's result, a type's own text.
    pub value: Option<Expr>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum DeclarationKind {
    Parameter,
    Variable,
    Resource {
        existing: bool,
    },
    Module,
    Output,
    Type,
    Function {
        parameters: Vec<String>,
    },
    Import {
        items: Vec<Import>,
    },
    Using,
    Extends,
    /// `targetScope`, `metadata`, `extension`, `assert`.
    Other,
}

/// What an import brings in.
#[derive(Clone, PartialEq, Eq)]
pub struct Import {
    /// The name there; `None` is all of it.
    pub theirs: Option<String>,
    /// The name here.
    pub ours: String,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// A piece of an expression.
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

pub enum ExprKind {
    Null,
    Bool(bool),
    /// Without a sign.
    Int(u64),
    /// A string of any form.
    Text(Vec<Piece>),
    Array(Vec<Item>),
    Object(Vec<Member>),
    /// `[for item in over: body]`
    For {
        item: Name,
        index: Option<Name>,
        over: Box<Expr>,
        body: Box<Expr>,
    },
    /// `if (condition) {…}` before the body of a resource.
    If {
        condition: Box<Expr>,
        body: Box<Expr>,
    },
    Name(String),
    /// `base.name`, `base.?name`, `base[index]`…
    Access {
        base: Box<Expr>,
        step: Access,
        safe: bool,
    },
    /// `parent::child`
    Child {
        base: Box<Expr>,
        name: Name,
    },
    /// A call, of a method where there is a base.
    Call {
        base: Option<Box<Expr>>,
        name: Name,
        args: Vec<Expr>,
    },
    Unary {
        operator: char,
        operand: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Ternary {
        condition: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Lambda {
        parameters: Vec<String>,
        body: Box<Expr>,
    },
    /// A type, of which only the extent is known.
    Type,
}

/// A part of a string.
pub enum Piece {
    Plain(String),
    Hole(Expr),
}

/// An item of an array.
pub enum Item {
    Value(Expr),
    Spread(Expr),
}

/// What stands in an object.
pub enum Member {
    Property { key: Key, value: Expr },
    Spread(Expr),
    Resource(Declaration),
}

pub struct Key {
    pub span: Span,
    pub kind: KeyKind,
}

pub enum KeyKind {
    Plain(String),
    /// With interpolations.
    Computed(Vec<Piece>),
}

/// One step into a value.
pub enum Access {
    Property(Name),
    Index {
        index: Box<Expr>,
        /// Counted from the end, `[^1]`.
        from_end: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Coalesce,
    Or,
    And,
    Equal,
    NotEqual,
    EqualIgnoringCase,
    NotEqualIgnoringCase,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A text may hold secrets: what there is of it only.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} declarations, {} errors", self.declarations.len(), self.errors.len())
    }
}

impl Parsed {
    /// Every declaration, those inside of others right behind them.
    pub fn all(&self) -> Vec<&Declaration> {
        fn add<'d>(declaration: &'d Declaration, all: &mut Vec<&'d Declaration>) {
            all.push(declaration);
            declaration.children().for_each(|child| add(child, all));
        }
        let mut all = Vec::new();
        self.declarations.iter().for_each(|declaration| add(declaration, &mut all));
        all
    }

    /// Calls `visit` for every expression, outer ones first.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        self.declarations.iter().for_each(|declaration| declaration.walk(visit));
    }
}

impl Declaration {
    pub fn is_named(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.text == name)
    }

    /// The argument of the decorator `@name(…)`, with or without its namespace.
    pub fn decorator(&self, name: &str) -> Option<&Expr> {
        self.decorators.iter().find_map(|decorator| match &decorator.kind {
            ExprKind::Call { name: own, args, .. } if own.text == name => args.first(),
            _ => None,
        })
    }

    /// The body inside of its loop and condition.
    pub fn body(&self) -> Option<&Expr> {
        self.value.as_ref().map(Expr::body)
    }

    /// The loop around the body.
    pub fn repeated(&self) -> Option<&Expr> {
        self.value.as_ref().filter(|value| matches!(value.kind, ExprKind::For { .. }))
    }

    /// The condition before the body.
    pub fn condition(&self) -> Option<&Expr> {
        let mut expr = self.value.as_ref()?;
        loop {
            expr = match &expr.kind {
                ExprKind::For { body, .. } => body,
                ExprKind::If { condition, .. } => return Some(condition),
                _ => return None,
            };
        }
    }

    /// The resources that are declared inside of this one.
    pub fn children(&self) -> impl Iterator<Item = &Declaration> {
        let members = match self.body().map(|body| &body.kind) {
            Some(ExprKind::Object(members)) => members.as_slice(),
            _ => &[],
        };
        members.iter().filter_map(|member| match member {
            Member::Resource(resource) => Some(resource),
            Member::Property { .. } | Member::Spread(_) => None,
        })
    }
}

impl Expr {
    /// What is inside of a loop and a condition.
    pub fn body(&self) -> &Expr {
        match &self.kind {
            ExprKind::For { body, .. } | ExprKind::If { body, .. } => body.body(),
            _ => self,
        }
    }

    /// The value of the property with exactly this name, where this is an object.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.property(name).map(|(_, value)| value)
    }

    /// The property with exactly this name, where this is an object.
    pub fn property(&self, name: &str) -> Option<(&Key, &Expr)> {
        let ExprKind::Object(members) = &self.kind else { return None };
        members.iter().find_map(|member| match member {
            Member::Property { key, value } if matches!(&key.kind, KeyKind::Plain(own) if own == name) => {
                Some((key, value))
            }
            _ => None,
        })
    }

    /// The text of a string without interpolations.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Text(pieces) => match &pieces[..] {
                [] => Some(""),
                [Piece::Plain(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number that is written out, with its sign.
    pub fn int(&self) -> Option<i64> {
        match &self.kind {
            ExprKind::Int(number) => i64::try_from(*number).ok(),
            ExprKind::Unary { operator: '-', operand } => match operand.kind {
                ExprKind::Int(number) => 0_i64.checked_sub_unsigned(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// Calls `visit` for this piece and every piece in it, declarations inside of it included.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        let text = |pieces: &'e [Piece], visit: &mut dyn FnMut(&'e Expr)| {
            for piece in pieces {
                if let Piece::Hole(hole) = piece {
                    hole.walk(visit);
                }
            }
        };
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Name(_) | ExprKind::Type => {}
            ExprKind::Text(pieces) => text(pieces, visit),
            ExprKind::Array(items) => {
                for Item::Value(item) | Item::Spread(item) in items {
                    item.walk(visit);
                }
            }
            ExprKind::Object(members) => {
                for member in members {
                    match member {
                        Member::Property { key, value } => {
                            if let KeyKind::Computed(pieces) = &key.kind {
                                text(pieces, visit);
                            }
                            value.walk(visit);
                        }
                        Member::Spread(value) => value.walk(visit),
                        Member::Resource(resource) => resource.walk(visit),
                    }
                }
            }
            ExprKind::For { over: first, body: second, .. }
            | ExprKind::If { condition: first, body: second }
            | ExprKind::Binary { left: first, right: second, .. } => {
                first.walk(visit);
                second.walk(visit);
            }
            ExprKind::Access { base, step, .. } => {
                base.walk(visit);
                if let Access::Index { index, .. } = step {
                    index.walk(visit);
                }
            }
            ExprKind::Child { base, .. } => base.walk(visit),
            ExprKind::Call { base, args, .. } => {
                if let Some(base) = base {
                    base.walk(visit);
                }
                args.iter().for_each(|arg| arg.walk(visit));
            }
            ExprKind::Unary { operand: inner, .. } | ExprKind::Lambda { body: inner, .. } => inner.walk(visit),
            ExprKind::Ternary { condition, yes, no } => {
                for inner in [condition, yes, no] {
                    inner.walk(visit);
                }
            }
        }
    }
}

impl Declaration {
    /// [`Expr::walk`] for everything in the declaration.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        for expr in self.decorators.iter().chain(&self.target).chain(&self.value) {
            expr.walk(visit);
        }
    }
}
