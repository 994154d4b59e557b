//! Whether an expression of Bicep compiles to a value of a template, and which piece of it to which.
//!
//! Three answers: it does, as far as can be seen; it certainly does not; or the compiler may have its own ways here.

use std::collections::{HashMap, HashSet};

use super::given::same_text;
use crate::bicep::{
    Access, Declaration, DeclarationKind, Expr, ExprKind, Item, KeyKind, Member, Operator, Parsed, Piece,
};
use crate::input::arm::expr::{self as arm, ExprKind as ArmKind};
use crate::json::string::Decoded;
use crate::json::{Kind, Node};
use crate::text::Span;

/// Comparisons go no deeper: variables may stand for one another in a circle.
const MAX_DEPTH: u32 = 300;
/// Comparisons of one value take no more steps.
const MAX_STEPS: u32 = 200_000;

/// In this order: the worst of several is that of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Same,
    /// Nothing speaks against it.
    Unsure,
    Differs,
}

/// The names that mean something in a source, with the template that it was built to.
pub struct Names<'s> {
    pub symbols: HashMap<&'s str, &'s Declaration>,
    pub outputs: HashMap<&'s str, &'s Declaration>,
    /// Names that are imported, with their names where they come from; `None` is a whole file.
    pub imports: HashMap<&'s str, Option<&'s str>>,
    /// The variables that are there in the template. The compiler puts others where they are used.
    compiled: HashSet<String>,
}

impl<'s> Names<'s> {
    pub fn new(parsed: &'s Parsed, template: Node) -> Names<'s> {
        let mut names = Names {
            symbols: HashMap::new(),
            outputs: HashMap::new(),
            imports: HashMap::new(),
            compiled: HashSet::new(),
        };
        for declaration in &parsed.declarations {
            match (&declaration.kind, &declaration.name) {
                (DeclarationKind::Import { items }, _) => {
                    names.imports.extend(items.iter().map(|item| (item.ours.as_str(), item.theirs.as_deref())));
                }
                (DeclarationKind::Output, Some(name)) => drop(names.outputs.insert(&name.text, declaration)),
                (DeclarationKind::Other, _) | (_, None) => {}
                (_, Some(name)) => drop(names.symbols.insert(&name.text, declaration)),
            }
        }
        if let Some(variables) = template.get_ignore_case("variables") {
            names.compiled.extend(variables.members().map(|member| member.name().into_owned()));
            let loops = variables.get("copy").into_iter().flat_map(Node::items);
            names
                .compiled
                .extend(loops.filter_map(|entry| Some(entry.get_ignore_case("name")?.string()?.into_owned())));
        }
        names
    }

    /// What stands where the name of a variable does that the compiler does not write out.
    pub fn meaning(&self, expr: &'s Expr, is_local: &dyn Fn(&str) -> bool) -> &'s Expr {
        let mut expr = expr;
        for _ in 0..16 {
            let ExprKind::Name(name) = &expr.kind else { break };
            if is_local(name) || self.compiled.contains(name) {
                break;
            }
            let variable = self.symbols.get(name.as_str());
            let variable = variable.filter(|variable| variable.kind == DeclarationKind::Variable);
            let Some(value) = variable.and_then(|variable| variable.value.as_ref()) else { break };
            expr = value;
        }
        expr
    }

    fn is_kind(&self, name: &str, kind: impl Fn(&DeclarationKind) -> bool) -> bool {
        self.symbols.get(name).is_some_and(|declaration| kind(&declaration.kind))
    }
}

/// What a name means only in a part of an expression, innermost last.
#[derive(Clone, Copy)]
pub enum Local<'s> {
    /// What a loop goes over.
    Item(&'s str, &'s Expr),
    Index(&'s str),
    /// A parameter of a lambda.
    Lambda(&'s str),
    /// A parameter of a function.
    Parameter(&'s str),
}

impl<'s> Local<'s> {
    pub fn is(self, name: &str) -> bool {
        self.name() == name
    }

    fn name(self) -> &'s str {
        match self {
            Local::Item(name, _) | Local::Index(name) | Local::Lambda(name) | Local::Parameter(name) => name,
        }
    }
}

/// The loop variables of a `for`.
pub fn enter_loop<'s>(looped: &'s Expr, locals: &mut Vec<Local<'s>>) {
    if let ExprKind::For { item, index, over, .. } = &looped.kind {
        locals.push(Local::Item(&item.text, over));
        locals.extend(index.iter().map(|index| Local::Index(&index.text)));
    }
}

/// One comparison.
pub struct Comparison<'c, 's> {
    names: &'c Names<'s>,
    locals: Vec<Local<'s>>,
    /// Pieces of the text of expressions, and what they are compiled from.
    pub pairs: Vec<(Span, Span)>,
    depth: u32,
    steps: u32,
}

/// A literal in an expression of a template.
enum Literal<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
}

impl<'c, 's> Comparison<'c, 's> {
    pub fn new(names: &'c Names<'s>, locals: Vec<Local<'s>>) -> Comparison<'c, 's> {
        Comparison { names, locals, pairs: Vec::new(), depth: 0, steps: 0 }
    }

    /// A value of the template against what it should be compiled from.
    pub fn value(&mut self, node: Node, expr: &'s Expr) -> Verdict {
        self.guarded(|this| this.unguarded_value(node, expr))
    }

    /// A piece of an expression against what it should be compiled from.
    pub fn part(&mut self, compiled: &arm::Expr, expr: &'s Expr, text: &Decoded) -> Verdict {
        self.expression(compiled, expr, text)
    }

    fn guarded(&mut self, compare: impl FnOnce(&mut Self) -> Verdict) -> Verdict {
        if self.depth >= MAX_DEPTH || self.steps >= MAX_STEPS {
            return Verdict::Unsure;
        }
        self.depth += 1;
        self.steps += 1;
        let verdict = compare(self);
        self.depth -= 1;
        verdict
    }

    fn unguarded_value(&mut self, node: Node, expr: &'s Expr) -> Verdict {
        match node.kind() {
            Kind::String => {
                let Some(decoded) = node.decoded() else { return Verdict::Unsure };
                match arm::read(decoded.text()) {
                    arm::Source::Literal(text) => self.literal(Literal::Text(&text), expr),
                    arm::Source::Expression(compiled) => self.expression(&compiled, expr, &decoded),
                    arm::Source::Bad(_) => Verdict::Unsure,
                }
            }
            Kind::Number => match node.as_i64() {
                Some(number) => self.literal(Literal::Int(number), expr),
                None => Verdict::Unsure,
            },
            Kind::Bool => self.literal(Literal::Bool(node.as_bool() == Some(true)), expr),
            Kind::Null => self.literal(Literal::Null, expr),
            Kind::Array => match &self.inlined(expr).kind {
                ExprKind::Array(items) if items.iter().any(|item| matches!(item, Item::Spread(_))) => Verdict::Unsure,
                ExprKind::Array(items) if items.len() != node.len() => Verdict::Differs,
                ExprKind::Array(items) => worst(node.items().zip(items).map(|(node, item)| match item {
                    Item::Value(value) | Item::Spread(value) => tolerant(self.value(node, value)),
                })),
                _ if is_literal(expr) => Verdict::Differs,
                _ => self.other_than_literal(expr),
            },
            Kind::Object => self.object(node, expr),
            Kind::Broken => Verdict::Unsure,
        }
    }

    fn object(&mut self, node: Node, expr: &'s Expr) -> Verdict {
        let expr = self.inlined(expr);
        let ExprKind::Object(members) = &expr.kind else {
            return if is_literal(expr) { Verdict::Differs } else { self.other_than_literal(expr) };
        };
        let plain = |member: &Member| match member {
            Member::Property { key, .. } => matches!(key.kind, KeyKind::Plain(_)),
            Member::Resource(_) => true,
            Member::Spread(_) => false,
        };
        let is_open = !members.iter().all(plain);
        let mut verdict = if is_open { Verdict::Unsure } else { Verdict::Same };
        let mut count = 0;
        for member in node.members() {
            if let Some(loops) = property_loops(member.value).filter(|_| member.name() == "copy") {
                for entry in loops.items() {
                    count += 1;
                    let name = entry.get_ignore_case("name").and_then(Node::string).unwrap_or_default();
                    verdict = verdict.max(match expr.get(&name) {
                        Some(looped) => tolerant(self.repeated(entry, looped)),
                        None => Verdict::Differs,
                    });
                }
                continue;
            }
            count += 1;
            verdict = verdict.max(match expr.get(&plain_key(&member.name())) {
                Some(value) => tolerant(self.value(member.value, value)),
                None if is_open => Verdict::Unsure,
                None => Verdict::Differs,
            });
        }
        let written = members.iter().filter(|member| matches!(member, Member::Property { .. })).count();
        if !is_open && count != written { Verdict::Differs } else { verdict }
    }

    /// A `copy` entry with its `input` and `count`.
    pub fn repeated(&mut self, entry: Node, looped: &'s Expr) -> Verdict {
        let looped = self.inlined(looped);
        let ExprKind::For { over, body, .. } = &looped.kind else {
            return if is_literal(looped) { Verdict::Differs } else { Verdict::Unsure };
        };
        let count = entry.get_ignore_case("count").map_or(Verdict::Unsure, |count| self.count(count, over));
        let known = self.locals.len();
        enter_loop(looped, &mut self.locals);
        let input = entry.get_ignore_case("input").map_or(Verdict::Same, |input| self.value(input, body));
        self.locals.truncate(known);
        count.max(tolerant(input))
    }

    /// `length(over)`
    pub fn count(&mut self, count: Node, over: &'s Expr) -> Verdict {
        let Some(decoded) = count.decoded() else { return Verdict::Unsure };
        let arm::Source::Expression(compiled) = arm::read(decoded.text()) else { return Verdict::Unsure };
        match call(&compiled, "length") {
            Some([inner]) => {
                let verdict = self.expression(inner, over, &decoded);
                self.pair(&compiled, over, &decoded);
                verdict
            }
            _ => Verdict::Unsure,
        }
    }

    /// A literal of the template.
    fn literal(&mut self, literal: Literal, expr: &'s Expr) -> Verdict {
        let expr = self.inlined(expr);
        let equal = match (&expr.kind, &literal) {
            (ExprKind::Null, Literal::Null) => true,
            (ExprKind::Bool(bool), Literal::Bool(other)) => bool == other,
            (_, Literal::Int(int)) if expr.int().is_some() => expr.int() == Some(*int),
            (_, Literal::Text(text)) if expr.text().is_some_and(|own| same_text(own, text)) => true,
            _ if is_literal(expr) => false,
            _ => return self.other_than_literal(expr),
        };
        if equal { Verdict::Same } else { Verdict::Differs }
    }

    /// Where the template has a literal or an object, and the source has this.
    fn other_than_literal(&self, expr: &'s Expr) -> Verdict {
        match &expr.kind {
            // The compiler never puts the value of a parameter, or of a variable that it writes out, in its place.
            ExprKind::Name(name) if self.local(name).is_some() => Verdict::Differs,
            ExprKind::Name(name) if self.names.is_kind(name, |kind| *kind == DeclarationKind::Parameter) => {
                Verdict::Differs
            }
            ExprKind::Name(name) if self.names.compiled.contains(name) => Verdict::Differs,
            ExprKind::Array(_) | ExprKind::Object(_) => Verdict::Differs,
            // The compiler knows the name or type of a resource, but none of its properties.
            ExprKind::Access { step: Access::Property(name), .. } if self.is_opaque(expr) => {
                match ["name", "type", "apiVersion", "id"].contains(&&*name.text) {
                    true => Verdict::Same,
                    false if self.is_of_properties(expr) => Verdict::Differs,
                    false => Verdict::Unsure,
                }
            }
            _ => Verdict::Unsure,
        }
    }

    /// `resource.properties` or `module.outputs`, or something in there.
    fn is_of_properties(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Access { step: Access::Property(name), base, .. } if matches!(base.kind, ExprKind::Name(_)) => {
                name.text == "properties" || name.text == "outputs"
            }
            ExprKind::Access { base, .. } => self.is_of_properties(base),
            _ => false,
        }
    }

    fn local(&self, name: &str) -> Option<usize> {
        self.locals.iter().rposition(|local| local.name() == name)
    }

    fn inlined(&self, expr: &'s Expr) -> &'s Expr {
        self.names.meaning(expr, &|name| self.local(name).is_some())
    }

    /// A resource, a module or something of one: what the compiler makes of it takes a compiler to know.
    fn is_opaque(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                let of_resource =
                    |kind: &DeclarationKind| matches!(kind, DeclarationKind::Resource { .. } | DeclarationKind::Module);
                self.local(name).is_none() && (self.names.is_kind(name, of_resource) || name == "this")
            }
            ExprKind::Child { .. } => true,
            ExprKind::Access { base, .. } | ExprKind::Call { base: Some(base), .. } => self.is_opaque(base),
            _ => false,
        }
    }

    fn pair(&mut self, compiled: &arm::Expr, expr: &Expr, text: &Decoded) {
        let written = text.raw_span(compiled.span.start as usize..compiled.span.end as usize);
        self.pairs.push((written, expr.span));
    }
}

/// Expressions against expressions.
impl<'s> Comparison<'_, 's> {
    fn expression(&mut self, compiled: &arm::Expr, expr: &'s Expr, text: &Decoded) -> Verdict {
        self.pair(compiled, expr, text);
        self.guarded(|this| this.unguarded_expression(compiled, expr, text))
    }

    fn unguarded_expression(&mut self, compiled: &arm::Expr, expr: &'s Expr, text: &Decoded) -> Verdict {
        if self.is_opaque(expr) {
            return Verdict::Same;
        }
        if let Some(literal) = literal_of(compiled) {
            return self.literal(literal, expr);
        }
        if is_literal(expr) {
            return Verdict::Differs;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(compiled, name, expr, text),
            ExprKind::Text(pieces) => self.format(compiled, pieces, text),
            ExprKind::Array(items) => self.array(compiled, items, text),
            ExprKind::Object(members) => self.members(compiled, members, text),
            ExprKind::Access { base, step, safe } => self.access(compiled, expr, base, step, *safe, text),
            ExprKind::Call { base, name, args } => self.call(compiled, base.as_deref(), &name.text, args, text),
            ExprKind::Unary { operator, operand } => match (operator, call(compiled, "not")) {
                ('!', Some([inner])) => self.expression(inner, operand, text),
                ('!', _) => unlike(compiled),
                _ => Verdict::Unsure,
            },
            ExprKind::Binary { operator, left, right } => self.binary(compiled, *operator, expr, [left, right], text),
            ExprKind::Ternary { condition, yes, no } => match call(compiled, "if") {
                Some([a, b, c]) => self.expressions([(a, &**condition), (b, yes), (c, no)], text),
                _ => unlike(compiled),
            },
            ExprKind::Lambda { parameters, body } => match call(compiled, "lambda") {
                Some([names @ .., inner]) if names.len() == parameters.len() => {
                    let known = self.locals.len();
                    self.locals.extend(parameters.iter().map(|name| Local::Lambda(name)));
                    let verdict = self.expression(inner, body, text);
                    self.locals.truncate(known);
                    verdict
                }
                _ => Verdict::Unsure,
            },
            _ => Verdict::Unsure,
        }
    }

    fn expressions<'e>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'e arm::Expr, &'s Expr)>,
        text: &Decoded,
    ) -> Verdict {
        worst(pairs.into_iter().map(|(compiled, expr)| self.expression(compiled, expr, text)))
    }

    fn name(&mut self, compiled: &arm::Expr, name: &'s str, expr: &'s Expr, text: &Decoded) -> Verdict {
        if let Some(position) = self.local(name) {
            return match self.locals[position] {
                Local::Lambda(_) => named(compiled, "lambdaVariables", name),
                Local::Parameter(_) => named(compiled, "parameters", name),
                Local::Index(_) if calls(compiled, "copyIndex") => Verdict::Same,
                Local::Item(_, over) => match &compiled.kind {
                    ArmKind::Index { base, index } if calls(index, "copyIndex") => {
                        let inner = self.locals.split_off(position);
                        let verdict = self.expression(base, over, text);
                        self.locals.extend(inner);
                        verdict
                    }
                    _ if calls(compiled, "copyIndex") => Verdict::Same,
                    _ => Verdict::Unsure,
                },
                _ => Verdict::Unsure,
            };
        }
        let meant = self.inlined(expr);
        if !std::ptr::eq(meant, expr) {
            return self.expression(compiled, meant, text);
        }
        match self.names.symbols.get(name).map(|declaration| &declaration.kind) {
            Some(DeclarationKind::Parameter) => named(compiled, "parameters", name),
            Some(DeclarationKind::Variable) => named(compiled, "variables", name),
            _ if self.names.imports.contains_key(name) => self.imported(compiled, name),
            _ => Verdict::Unsure,
        }
    }

    /// An imported variable keeps its name here, or has that of there behind a number and a dot.
    fn imported(&self, compiled: &arm::Expr, name: &str) -> Verdict {
        let theirs = self.names.imports.get(name).copied().flatten().unwrap_or(name);
        match call(compiled, "variables") {
            Some([arm::Expr { kind: ArmKind::String(own), .. }]) if &**own == name || is_member(own, theirs) => {
                Verdict::Same
            }
            _ => Verdict::Unsure,
        }
    }

    fn access(
        &mut self,
        compiled: &arm::Expr,
        expr: &'s Expr,
        base: &'s Expr,
        step: &'s Access,
        safe: bool,
        text: &Decoded,
    ) -> Verdict {
        if let ExprKind::Name(space) = &base.kind
            && self.local(space).is_none()
            && self.names.imports.get(space.as_str()) == Some(&None)
            && let Access::Property(name) = step
        {
            return match call(compiled, "variables") {
                Some([arm::Expr { kind: ArmKind::String(own), .. }])
                    if **own == *name.text || is_member(own, &name.text) =>
                {
                    Verdict::Same
                }
                _ => Verdict::Unsure,
            };
        }
        match (&compiled.kind, step) {
            (ArmKind::Property { base: inner, name: own }, Access::Property(name)) if !safe => {
                let verdict = self.expression(inner, base, text);
                if *own.text == *name.text { verdict } else { Verdict::Differs }
            }
            (ArmKind::Property { base: inner, name: own }, Access::Index { index, from_end: false }) if !safe => {
                let verdict = self.expression(inner, base, text);
                match index.text() {
                    Some(name) if name != &*own.text => Verdict::Differs,
                    Some(_) => verdict,
                    None => Verdict::Unsure,
                }
            }
            (ArmKind::Index { base: inner, index: own }, Access::Index { index, from_end: false }) if !safe => {
                self.expressions([(&**inner, base), (&**own, &**index)], text)
            }
            (ArmKind::Index { base: inner, index: own }, Access::Property(name)) if !safe => {
                let verdict = self.expression(inner, base, text);
                match &own.kind {
                    ArmKind::String(own) if **own == *name.text => verdict,
                    _ => Verdict::Differs,
                }
            }
            (ArmKind::Call { .. }, Access::Index { index, from_end: true }) if !safe => {
                match call(compiled, "indexFromEnd") {
                    Some([inner, own]) => self.expressions([(inner, base), (own, &**index)], text),
                    _ => Verdict::Unsure,
                }
            }
            _ => self.safe_access(compiled, expr, text),
        }
    }

    /// `a.?b.c` is `tryGet(a, 'b', 'c')`.
    fn safe_access(&mut self, compiled: &arm::Expr, expr: &'s Expr, text: &Decoded) -> Verdict {
        let Some([base, keys @ ..]) = call(compiled, "tryGet") else { return Verdict::Unsure };
        let mut steps = Vec::new();
        let mut inner = expr;
        while let ExprKind::Access { base, step, safe } = &inner.kind {
            steps.push(step);
            inner = base;
            if *safe {
                break;
            }
        }
        if steps.len() != keys.len() {
            return Verdict::Unsure;
        }
        let mut verdict = self.expression(base, inner, text);
        for (step, key) in steps.into_iter().rev().zip(keys) {
            verdict = verdict.max(match (step, &key.kind) {
                (Access::Property(name), ArmKind::String(own)) if **own == *name.text => Verdict::Same,
                (Access::Property(_), ArmKind::String(_)) => Verdict::Differs,
                (Access::Index { index, from_end: false }, _) => self.expression(key, index, text),
                _ => Verdict::Unsure,
            });
        }
        verdict
    }

    fn call(
        &mut self,
        compiled: &arm::Expr,
        base: Option<&'s Expr>,
        name: &'s str,
        args: &'s [Expr],
        text: &Decoded,
    ) -> Verdict {
        let space = match base.map(|base| &base.kind) {
            None => None,
            Some(ExprKind::Name(space)) => Some(space.as_str()),
            Some(_) => return Verdict::Unsure,
        };
        let ours = match space {
            None => {
                self.names.is_kind(name, |kind| matches!(kind, DeclarationKind::Function { .. }))
                    || self.names.imports.contains_key(name)
            }
            Some(space) => self.names.imports.contains_key(space),
        };
        if !ours && name == "any" && args.len() == 1 {
            return self.expression(compiled, &args[0], text);
        }
        if !ours && name.starts_with("load") {
            return Verdict::Unsure; // The content is a variable of its own.
        }
        let ArmKind::Call { namespace, name: own, args: own_args } = &compiled.kind else { return Verdict::Unsure };
        let theirs = self.names.imports.get(name).copied().flatten().unwrap_or(name);
        let same_name = match ours {
            true => namespace.is_some() && (*own.text == *name || *own.text == *theirs),
            false => namespace.is_none() && own.text.eq_ignore_ascii_case(name),
        };
        if !same_name || args.len() != own_args.len() {
            // `resourceId` and its like may be written in several ways.
            return if own.text.ends_with("Id") { Verdict::Unsure } else { unlike(compiled) };
        }
        self.expressions(own_args.iter().zip(args), text)
    }

    fn binary(
        &mut self,
        compiled: &arm::Expr,
        operator: Operator,
        expr: &'s Expr,
        sides: [&'s Expr; 2],
        text: &Decoded,
    ) -> Verdict {
        let negated = |compiled| match call(compiled, "not") {
            Some([inner]) => Some(inner),
            _ => None,
        };
        let (name, compiled) = match operator {
            Operator::Coalesce => ("coalesce", compiled),
            Operator::Or => ("or", compiled),
            Operator::And => ("and", compiled),
            Operator::Equal | Operator::EqualIgnoringCase => ("equals", compiled),
            Operator::NotEqual | Operator::NotEqualIgnoringCase => match negated(compiled) {
                Some(inner) => ("equals", inner),
                None => return unlike(compiled),
            },
            Operator::Less => ("less", compiled),
            Operator::LessOrEqual => ("lessOrEquals", compiled),
            Operator::Greater => ("greater", compiled),
            Operator::GreaterOrEqual => ("greaterOrEquals", compiled),
            Operator::Add => ("add", compiled),
            Operator::Subtract => ("sub", compiled),
            Operator::Multiply => ("mul", compiled),
            Operator::Divide => ("div", compiled),
            Operator::Modulo => ("mod", compiled),
        };
        let Some(args) = call(compiled, name) else { return unlike(compiled) };
        if let [left, right] = args {
            let [a, b] = sides;
            return match operator {
                Operator::EqualIgnoringCase | Operator::NotEqualIgnoringCase => {
                    match (call(left, "toLower"), call(right, "toLower")) {
                        (Some([left]), Some([right])) => self.expressions([(left, a), (right, b)], text),
                        _ => Verdict::Differs,
                    }
                }
                _ => self.expressions([(left, a), (right, b)], text),
            };
        }
        // Several of the same operator may be one call.
        let mut operands = Vec::new();
        flatten(expr, operator, &mut operands);
        match operands.len() == args.len() {
            true => self.expressions(args.iter().zip(operands), text),
            false => Verdict::Differs,
        }
    }

    fn array(&mut self, compiled: &arm::Expr, items: &'s [Item], text: &Decoded) -> Verdict {
        let values: Option<Vec<&Expr>> = items
            .iter()
            .map(|item| match item {
                Item::Value(value) => Some(value),
                Item::Spread(_) => None,
            })
            .collect();
        match (call(compiled, "createArray"), values) {
            (Some(args), Some(values)) if args.len() == values.len() => self.expressions(args.iter().zip(values), text),
            (Some(_), Some(_)) => Verdict::Differs,
            (None, Some(_)) => Verdict::Unsure,
            (_, None) => {
                let Some([arm::Expr { kind: ArmKind::Call { args, .. }, .. }]) = call(compiled, "flatten") else {
                    return Verdict::Unsure;
                };
                // Runs of values are lists of their own between what is spread.
                let mut args = args.iter();
                let mut verdict = Verdict::Same;
                for run in items.chunk_by(|a, b| matches!((a, b), (Item::Value(_), Item::Value(_)))) {
                    let Some(arg) = args.next() else { return Verdict::Unsure };
                    verdict = verdict.max(match run {
                        [Item::Spread(spread)] => self.expression(arg, spread, text),
                        values => self.array(arg, values, text),
                    });
                }
                verdict
            }
        }
    }

    fn members(&mut self, compiled: &arm::Expr, members: &'s [Member], text: &Decoded) -> Verdict {
        if !members.iter().any(|member| matches!(member, Member::Spread(_))) {
            let Some(args) = call(compiled, "createObject") else { return Verdict::Unsure };
            let (pairs, _) = args.as_chunks::<2>();
            if pairs.len() != members.len() {
                return Verdict::Differs;
            }
            return worst(pairs.iter().zip(members).map(|([key, value], member)| match member {
                Member::Property { key: own, value: expr } => {
                    let verdict = self.expression(value, expr, text);
                    match (&own.kind, &key.kind) {
                        (KeyKind::Plain(own), ArmKind::String(key)) if **key != **own => Verdict::Differs,
                        _ => verdict,
                    }
                }
                Member::Spread(_) | Member::Resource(_) => Verdict::Unsure,
            }));
        }
        let Some([arm::Expr { kind: ArmKind::Call { args, .. }, .. }]) = call(compiled, "shallowMerge") else {
            return Verdict::Unsure;
        };
        let mut args = args.iter();
        let mut verdict = Verdict::Same;
        for run in members.chunk_by(|a, b| ![a, b].iter().any(|member| matches!(member, Member::Spread(_)))) {
            let Some(arg) = args.next() else { return Verdict::Unsure };
            verdict = verdict.max(match run {
                [Member::Spread(spread)] => self.expression(arg, spread, text),
                members => self.members(arg, members, text),
            });
        }
        verdict
    }

    /// A string with interpolations is a call of `format`.
    fn format(&mut self, compiled: &arm::Expr, pieces: &'s [Piece], text: &Decoded) -> Verdict {
        let Some([arm::Expr { kind: ArmKind::String(format), .. }, args @ ..]) = call(compiled, "format") else {
            return Verdict::Unsure;
        };
        let Some(parts) = parts(format) else { return Verdict::Unsure };
        let is_hole = |piece: &Piece| matches!(piece, Piece::Hole(_));
        let same_shape = parts.len() == pieces.len()
            && parts.iter().zip(pieces).all(|(part, piece)| matches!(part, Part::Argument(_)) == is_hole(piece));
        if !same_shape {
            return Verdict::Unsure;
        }
        worst(parts.iter().zip(pieces).map(|(part, piece)| match (part, piece) {
            (Part::Plain(plain), Piece::Plain(own)) if same_text(plain, own) => Verdict::Same,
            (Part::Argument(index), Piece::Hole(hole)) => match args.get(*index) {
                Some(arg) => self.expression(arg, hole, text),
                None => Verdict::Unsure,
            },
            _ => Verdict::Differs,
        }))
    }
}

enum Part {
    Plain(String),
    Argument(usize),
}

/// The parts of a format as the compiler writes it.
fn parts(format: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                plain.push(c);
            }
            '{' => {
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
                parts.push(Part::Argument(digits.parse().ok()?));
            }
            c => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Some(parts)
}

fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.max().unwrap_or(Verdict::Same)
}

/// Inside of a whole, what cannot be told does not speak against it.
fn tolerant(verdict: Verdict) -> Verdict {
    if verdict == Verdict::Unsure { Verdict::Same } else { verdict }
}

/// Another call than the one expected says that something else was compiled.
fn unlike(compiled: &arm::Expr) -> Verdict {
    match &compiled.kind {
        ArmKind::Call { namespace: None, .. } => Verdict::Differs,
        _ => Verdict::Unsure,
    }
}

fn flatten<'s>(expr: &'s Expr, operator: Operator, operands: &mut Vec<&'s Expr>) {
    match &expr.kind {
        ExprKind::Binary { operator: own, left, right } if *own == operator => {
            flatten(left, operator, operands);
            flatten(right, operator, operands);
        }
        _ => operands.push(expr),
    }
}

/// Written out: what it is does not depend on anything.
fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Null | ExprKind::Bool(_)) || expr.int().is_some() || expr.text().is_some()
}

fn literal_of(compiled: &arm::Expr) -> Option<Literal<'_>> {
    match &compiled.kind {
        ArmKind::String(text) => Some(Literal::Text(text)),
        ArmKind::Int(int) => Some(Literal::Int(*int)),
        ArmKind::Call { namespace: None, name, args } => match (name.text.to_ascii_lowercase().as_str(), &args[..]) {
            ("null", []) => Some(Literal::Null),
            ("true", []) => Some(Literal::Bool(true)),
            ("false", []) => Some(Literal::Bool(false)),
            // Numbers that do not fit into 32 bits.
            ("json", [arm::Expr { kind: ArmKind::String(text), .. }]) => match &**text {
                "null" => Some(Literal::Null),
                text => text.parse().ok().map(Literal::Int),
            },
            _ => None,
        },
        _ => None,
    }
}

/// The arguments of a call of this function of ARM's.
fn call<'e>(compiled: &'e arm::Expr, function: &str) -> Option<&'e [arm::Expr]> {
    match &compiled.kind {
        ArmKind::Call { namespace: None, name, args } if name.text.eq_ignore_ascii_case(function) => Some(args),
        _ => None,
    }
}

fn calls(compiled: &arm::Expr, function: &str) -> bool {
    call(compiled, function).is_some()
}

/// Whether a look-up by name is the one of this name.
fn named(compiled: &arm::Expr, function: &str, name: &str) -> Verdict {
    match call(compiled, function) {
        Some([arm::Expr { kind: ArmKind::String(own), .. }]) if **own == *name => Verdict::Same,
        Some(_) => Verdict::Differs,
        None if ["parameters", "variables"].iter().any(|other| calls(compiled, other)) => Verdict::Differs,
        None => Verdict::Unsure,
    }
}

/// `_1.name`
fn is_member(own: &str, name: &str) -> bool {
    own.strip_prefix('_').and_then(|rest| rest.split_once('.')).is_some_and(|(_, own)| own == name)
}

/// The loops of an object of the template.
pub fn property_loops(copy: Node) -> Option<Node> {
    let is_loop = |entry: Node| entry.get_ignore_case("name").is_some() && entry.get_ignore_case("count").is_some();
    (copy.kind() == Kind::Array && copy.items().all(is_loop) && !copy.is_empty()).then_some(copy)
}

/// A property's name as the source has it: the compiler escapes some.
pub fn plain_key(name: &str) -> String {
    let of_call = name.strip_prefix("[string('").and_then(|rest| rest.strip_suffix("')]"));
    match of_call {
        Some(plain) => plain.replace("''", "'"),
        None if name.starts_with("[[") => name[1..].to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bicep;
    use crate::json;

    /// What is said of the template's value `x`, compiled from the variable `x` of the source.
    fn verdict(built: &str, source: &str) -> Verdict {
        let text = format!("{{\"variables\": {{\"known\": 1}}, \"x\": {built}}}");
        let parsed = json::parse(&text);
        let root = parsed.root(&text).expect("an object");
        let source = bicep::parse(source);
        assert!(source.errors.is_empty(), "the source is understood");
        let names = Names::new(&source, root);
        let x = source.declarations.iter().find(|declaration| declaration.is_named("x")).expect("an x");
        let mut locals = Vec::new();
        let looped = x.repeated();
        looped.into_iter().for_each(|looped| enter_loop(looped, &mut locals));
        let expr = x.body().expect("a value");
        Comparison::new(&names, locals).value(root.get("x").expect("an x"), expr)
    }

    #[test]
    fn loops() {
        let source =
            "param list array\nvar x = [for (item, i) in list: {a: item.b, c: i + 1, d: 'n${i} of ${length(list)}'}]";
        let built = r#"{"a": "[parameters('list')[copyIndex('x')].b]", "c": "[add(copyIndex('x'), 1)]",
            "d": "[format('n{0} of {1}', copyIndex('x'), length(parameters('list')))]"}"#;
        assert_eq!(verdict(built, source), Verdict::Same);
        assert_eq!(verdict(&built.replace(", 1)", ", 2)"), source), Verdict::Differs);
        assert_eq!(verdict(&built.replace("].b", "].c"), source), Verdict::Differs);
    }

    const AROUND: &str = "param p object\nparam q object\nvar known = 1\nvar inlined = {a: r.properties.b, n: 5}\n\
        resource r 'A/b@1' existing = {\n  name: 'r'\n}\nfunc f(s string) string => s\n\
        import {t as u} from 'x.bicep'\nimport * as all from 'x.bicep'\n";

    /// What the compiler makes of each construct.
    const SAME: &[(&str, &str)] = &[
        ("8192", "8192"),
        ("-1", "-1"),
        ("9223372036854775807", r#""[json('9223372036854775807')]""#),
        ("'a[b'", r#""a[b""#),
        ("'[b]'", r#""[[b]""#),
        ("'''\na\nb'''", r#""a\r\nb""#),
        ("null", "null"),
        ("null", r#""[null()]""#),
        ("true", "true"),
        ("p", r#""[parameters('p')]""#),
        ("known", r#""[variables('known')]""#),
        ("p.a.b[0]['c']", r#""[parameters('p').a.b[0].c]""#),
        ("p['a-b']", r#""[parameters('p')['a-b']]""#),
        ("p.?a.b", r#""[tryGet(parameters('p'), 'a', 'b')]""#),
        ("(p.?a)!.b", r#""[tryGet(parameters('p'), 'a').b]""#),
        ("(p.?a).?b", r#""[tryGet(tryGet(parameters('p'), 'a'), 'b')]""#),
        ("p[^1]", r#""[indexFromEnd(parameters('p'), 1)]""#),
        ("p.?a ?? 5", r#""[coalesce(tryGet(parameters('p'), 'a'), 5)]""#),
        ("p == q ? 1 : 2", r#""[if(equals(parameters('p'), parameters('q')), 1, 2)]""#),
        ("p != 'a'", r#""[not(equals(parameters('p'), 'a'))]""#),
        ("p =~ q", r#""[equals(toLower(parameters('p')), toLower(parameters('q')))]""#),
        ("!p && p.a || q", r#""[or(and(not(parameters('p')), parameters('p').a), parameters('q'))]""#),
        ("p && q && p", r#""[and(and(parameters('p'), parameters('q')), parameters('p'))]""#),
        ("p && q && p", r#""[and(parameters('p'), parameters('q'), parameters('p'))]""#),
        ("(p + 1) * 2 - 3 / 4 % 5", r#""[sub(mul(add(parameters('p'), 1), 2), mod(div(3, 4), 5))]""#),
        ("p <= 1", r#""[lessOrEquals(parameters('p'), 1)]""#),
        ("'a{${p}}b'", r#""[format('a{{{0}}}b', parameters('p'))]""#),
        ("union([1, p], q)", r#""[union(createArray(1, parameters('p')), parameters('q'))]""#),
        ("union({a: 1, 'b c': {}}, q)", r#""[union(createObject('a', 1, 'b c', createObject()), parameters('q'))]""#),
        (
            "{a: 1, ...p, b: 2}",
            r#""[shallowMerge(createArray(createObject('a', 1), parameters('p'), createObject('b', 2)))]""#,
        ),
        ("[1, ...p, 2, 3]", r#""[flatten(createArray(createArray(1), parameters('p'), createArray(2, 3)))]""#),
        ("{a: p, copy: 1}", r#"{"a": "[parameters('p')]", "[string('copy')]": 1}"#),
        (
            "{a: [for i in p: i.b], c: 1}",
            r#"{"copy": [{"name": "a", "count": "[length(parameters('p'))]", "input": "[parameters('p')[copyIndex('a')].b]"}], "c": 1}"#,
        ),
        (
            "map(p, (v, i) => '${v}${i}')",
            r#""[map(parameters('p'), lambda('v', 'i', format('{0}{1}', lambdaVariables('v'), lambdaVariables('i'))))]""#,
        ),
        ("any(p)", r#""[parameters('p')]""#),
        ("sys.toLower(p)", r#""[toLower(parameters('p'))]""#),
        ("f(p)", r#""[__bicep.f(parameters('p'))]""#),
        ("u.a", r#""[variables('u').a]""#),
        ("all.v", r#""[variables('_1.v')]""#),
        ("all.g(p)", r#""[_1.g(parameters('p'))]""#),
        ("r.id", r#""[resourceId('A/b', 'r')]""#),
        ("r.name", r#""r""#),
        ("inlined.a", r#""[createObject('a', reference(resourceId('A/b', 'r'), '1').b, 'n', 5).a]""#),
    ];

    const DIFFERENT: &[(&str, &str)] = &[
        ("8192", "8193"),
        ("8192", r#""[parameters('p')]""#),
        ("p", "8192"),
        ("known", "1"),
        ("p", r#""[parameters('q')]""#),
        ("p", r#""[variables('known')]""#),
        ("p.a", r#""[parameters('p').b]""#),
        ("p.?a", r#""[tryGet(parameters('p'), 'b')]""#),
        ("toLower(p)", r#""[toUpper(parameters('p'))]""#),
        ("p + 1", r#""[sub(parameters('p'), 1)]""#),
        ("p == 1", r#""[not(equals(parameters('p'), 1))]""#),
        ("p ? 1 : 2", r#""[if(parameters('p'), 1, 3)]""#),
        ("'a${p}'", r#""[format('b{0}', parameters('p'))]""#),
        ("[1, 2]", "[1]"),
        ("{a: 1}", r#"{"a": 1, "b": 2}"#),
        ("{a: 1, b: 2}", r#"{"a": 1}"#),
        ("{a: [1, {b: 2}]}", r#"{"a": [1, {"b": 3}]}"#),
    ];

    const UNSURE: &[(&str, &str)] =
        &[("'${p}'", r#""a""#), ("loadTextContent('a')", r#""b""#), ("f(p)", "5"), ("p.a", "5")];

    #[test]
    fn constructs() {
        for (expected, pairs) in [(Verdict::Same, SAME), (Verdict::Differs, DIFFERENT), (Verdict::Unsure, UNSURE)] {
            for (source, built) in pairs {
                assert_eq!(verdict(built, &format!("{AROUND}var x = {source}\n")), expected, "{source} and {built}");
            }
        }
    }

    #[test]
    fn variables_in_a_circle_end() {
        let built = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert_ne!(verdict(&built, "var x = y\nvar y = {a: z}\nvar z = {a: y}\n"), Verdict::Same);
        assert_ne!(verdict("1", "var x = y\nvar y = x\n"), Verdict::Same);
    }
}
