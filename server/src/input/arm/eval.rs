//! Evaluates template expressions as far as they are certain.
//!
//! An expression gives a value that may be, or contain, [`Unknown`] parts; it gives an error only where Azure would
//! certainly refuse it. What a template contains is asked of a [`Scope`]; what the functions do is in the table of
//! [`functions`](super::functions). Nothing here may put a value into a message.

use std::ops::Range;
use std::sync::Arc;

use crate::input::arm::expr::{Expr, ExprKind, Name, SyntaxError};
use crate::input::arm::functions::{self, Call, Flow, Form, Function, Run, Stop};
use crate::text::Place;
use crate::value::{Data, Kind, Object, Part, Unknown, Value, Why};

/// The longest text and the largest value that are built, and the deepest nesting; beyond, a value is unknown.
pub(super) const MAX_TEXT: usize = 131_072;
pub(super) const MAX_WEIGHT: usize = 4 << 20;
pub(super) const MAX_DEPTH: usize = 256;

/// A choice between more values than this is simply unknown.
const MAX_CHOICES: usize = 16;

/// A longer identity is none.
const MAX_IDENTITY: usize = 1024;

/// What an expression can ask of the template that it stands in.
pub trait Scope {
    /// The place of a range of the string that is evaluated, decoded, brackets included.
    fn place(&self, range: Range<u32>) -> Place;

    /// `None`: no such parameter. An error of the parameter's own is best handed on as an unknown value.
    fn parameter(&self, name: &str) -> Option<Result<Value, Fail>>;

    fn variable(&self, name: &str) -> Option<Result<Value, Fail>>;

    /// Calls a function of the template. `None`: no such function. Errors have the span 0..0, meaning the call's.
    fn call(&self, namespace: &str, name: &str, args: Vec<Value>) -> Option<Result<Value, Fail>>;

    /// The index of the named loop, or of the resource's or output's own. `None`: not in such a loop.
    fn copy_index(&self, loop_name: Option<&str>) -> Option<Value>;

    fn deployment_scope(&self) -> DeploymentScope;

    /// What `resourceGroup()` and its like return; unknown parts have the identity that names them.
    fn environment(&self, what: Environment) -> Value;

    /// `reference(args[0], args[1])`, of the whole resource where `full`.
    fn reference(&self, args: &[Value], full: bool, span: Range<u32>) -> Result<Value, Fail>;

    fn references(&self, symbol: &str, full: bool, span: Range<u32>) -> Result<Value, Fail>;

    fn resource_info(&self, symbol: &str) -> Option<Result<Value, Fail>>;

    /// The template's `languageVersion` is 2.0 or one of its experimental successors.
    fn language_version_2(&self) -> bool;

    /// The expression stands in a parameter's default value.
    fn in_parameter_default(&self) -> bool;

    /// Takes note of so much work; [`Fail::Unknown`] ends the evaluation.
    fn spend(&self, steps: u32) -> Result<(), Fail>;
}

/// Where a template is deployed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentScope {
    ResourceGroup,
    Subscription,
    ManagementGroup,
    Tenant,
}

/// The things that surround a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Environment {
    Subscription,
    ResourceGroup,
    ManagementGroup,
    Tenant,
    Deployment,
    /// `environment()`.
    PublicCloud,
    Deployer,
}

/// Why an expression has no ordinary value.
pub enum Fail {
    /// Azure would refuse the template. That is not `certain` where it may know a function that is not known here.
    Error { message: String, span: Range<u32>, certain: bool },
    /// The whole expression is unknown, whatever stands around this point of it.
    Unknown(Value),
}

/// The value of an expression. It may be, or contain, unknown parts; errors are those that Azure would make.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Value, Fail> {
    match (Evaluator { scope, lambda: None, calling: None }).value(expr) {
        Err(Fail::Unknown(value)) => Ok(value),
        result => result,
    }
}

/// The value of a text that is no readable expression.
pub fn unreadable(errors: &[SyntaxError]) -> Value {
    let too_large = errors.iter().any(|error| error.too_large);
    Value::unknown(if too_large { Why::TooLarge } else { Why::BadExpression })
}

/// One evaluation, with what the functions around the current point have bound.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) scope: &'a dyn Scope,
    lambda: Option<&'a Frame<'a>>,
    calling: Option<&'a Calling<'a>>,
}

/// The variables of a lambda.
struct Frame<'a> {
    names: &'a [Arc<str>],
    values: &'a [Value],
    outer: Option<&'a Frame<'a>>,
}

/// A call of the template's own function whose arguments are being evaluated.
struct Calling<'a> {
    namespace: &'a str,
    name: &'a str,
    outer: Option<&'a Calling<'a>>,
}

/// `lambda('x', …)`, read.
pub(super) struct Lambda<'a> {
    names: Vec<Arc<str>>,
    body: &'a Expr,
}

impl<'a> Evaluator<'a> {
    pub(super) fn value(&self, expr: &Expr) -> Result<Value, Fail> {
        match &expr.kind {
            ExprKind::String(text) => {
                let content = expr.span.start + 1..expr.span.end.saturating_sub(1).max(expr.span.start + 1);
                Ok(Value::text(text.clone()).written_at(self.scope.place(content)))
            }
            ExprKind::Int(int) => Ok(Value::new(Data::Int(*int)).written_at(self.place(&expr.span))),
            ExprKind::Call { namespace, name, args } => {
                self.call(namespace.as_ref(), name, args, &expr.span, &expr.span)
            }
            ExprKind::Property { .. } | ExprKind::Index { .. } => self.chain(expr),
            ExprKind::Missing => Err(Fail::Unknown(Value::unknown(Why::BadExpression))),
        }
    }

    /// A call with its property accesses and indexes, which hand its value on as one.
    fn chain(&self, expr: &Expr) -> Result<Value, Fail> {
        let mut steps = Vec::new();
        let mut base = expr;
        while let ExprKind::Property { base: inner, .. } | ExprKind::Index { base: inner, .. } = &base.kind {
            steps.push(base);
            base = inner;
        }
        let mut value = match &base.kind {
            ExprKind::Call { namespace, name, args } => {
                self.call(namespace.as_ref(), name, args, &base.span, &expr.span)?
            }
            _ => self.value(base)?,
        };
        for step in steps.into_iter().rev() {
            self.scope.spend(1 + value.as_object().map_or(0, |object| object.members.len() / 64) as u32)?;
            value = match &step.kind {
                ExprKind::Property { name, .. } => property(&value, &name.text, &step.span)?,
                ExprKind::Index { index, .. } => {
                    let index = self.value(index)?;
                    let element = element(&value, &index, &step.span)?;
                    if index.is_secret() { element.secret() } else { element }
                }
                _ => value,
            };
        }
        Ok(self.handed_on(value, &expr.span))
    }

    /// A call; `place` is the range that its value is said to come from.
    fn call(
        &self,
        namespace: Option<&Name>,
        name: &Name,
        args: &[Expr],
        span: &Range<u32>,
        place: &Range<u32>,
    ) -> Result<Value, Fail> {
        self.scope.spend(1)?;
        if let Some(namespace) = namespace {
            return self.call_of_template(namespace, name, args, span, place);
        }
        let Some(function) = functions::function(&name.text) else {
            let message = format!("Unrecognized function name '{}'.", name.text);
            return Err(Fail::Error { message, span: span.clone(), certain: false });
        };
        if let Some(message) = function.arity_error(&name.text, args.len()) {
            return Err(Fail::error(message, span));
        }
        let form = Form { function, name, args, span, place };
        match function.run {
            Run::Strict(run) => {
                let args = args.iter().map(|arg| self.value(arg)).collect::<Result<Vec<_>, _>>()?;
                self.strict(&form, run, args)
            }
            Run::Special(run) => run(self, &form),
        }
    }

    fn call_of_template(
        &self,
        namespace: &Name,
        name: &Name,
        args: &[Expr],
        span: &Range<u32>,
        place: &Range<u32>,
    ) -> Result<Value, Fail> {
        let calling = Calling { namespace: &namespace.text, name: &name.text, outer: self.calling };
        let mut outer = self.calling;
        while let Some(around) = outer {
            if around.namespace.eq_ignore_ascii_case(calling.namespace)
                && around.name.eq_ignore_ascii_case(calling.name)
            {
                let message = format!("{}.{}() may not be called in its own arguments.", namespace.text, name.text);
                return Err(Fail::error(message, span));
            }
            outer = around.outer;
        }
        let inner = Evaluator { calling: Some(&calling), ..*self };
        let args = args.iter().map(|arg| inner.value(arg)).collect::<Result<Vec<_>, _>>()?;
        match self.scope.call(&namespace.text, &name.text, args) {
            None => {
                let (function, namespace) = (&name.text, &namespace.text);
                let message =
                    format!("Unrecognized function name '{function}' in user-defined namespace '{namespace}'.");
                Err(Fail::error(message, span))
            }
            Some(Err(Fail::Error { message, span: Range { start: 0, end: 0 }, .. })) => Err(Fail::error(message, span)),
            Some(result) => Ok(self.handed_on(result?, place)),
        }
    }

    /// Runs a function that needs its arguments' values, whatever of them is known.
    fn strict(&self, form: &Form, run: fn(&Call) -> functions::Answer, args: Vec<Value>) -> Result<Value, Fail> {
        let function = form.function;
        for (at, arg) in args.iter().enumerate() {
            self.scope.spend((arg.as_text().map_or(0, str::len) / 64) as u32)?;
            if !arg.is_unknown() && !function.takes(at).contains(arg) {
                return Err(Fail::error(function.type_error(at, arg), form.span));
            }
        }
        let choices: Vec<usize> = (0..args.len()).filter(|at| choices(&args[*at]).is_some()).collect();
        // A container that is built of a choice is better known by its structure.
        let structure = function.flow == Flow::Builds && function.gives.is_some();
        if let ([at], false) = (&choices[..], structure) {
            return self.for_each_choice(form, run, &args, *at);
        }
        let value = self.run(form, run, &args)?;
        Ok(self.stamped(form, value, &args))
    }

    fn run(&self, form: &Form, run: fn(&Call) -> functions::Answer, args: &[Value]) -> Result<Value, Fail> {
        let function = form.function;
        match run(&Call { function, args, evaluator: self }) {
            Ok(value) => self.bounded(value),
            Err(Stop::Refused(message)) => Err(Fail::error(message, form.span)),
            Err(Stop::Unknown) => Ok(open(function, args)),
            Err(Stop::TooLarge) => Ok(Value::unknown(Why::TooLarge)),
            Err(Stop::Fail(fail)) => Err(fail),
        }
    }

    /// A function of one argument that has a few possible values has as many.
    fn for_each_choice(
        &self,
        form: &Form,
        run: fn(&Call) -> functions::Answer,
        args: &[Value],
        at: usize,
    ) -> Result<Value, Fail> {
        let mut results = Vec::new();
        let mut refused = None;
        for choice in choices(&args[at]).unwrap_or_default() {
            let choice = if args[at].is_secret() { &choice.clone().secret() } else { choice };
            let mut args = args.to_vec();
            args[at] = choice.clone();
            if !form.function.takes(at).contains(choice) {
                refused = Some(Fail::error(form.function.type_error(at, choice), form.span));
                continue;
            }
            match self.run(form, run, &args) {
                Ok(value) => results.push(self.stamped(form, value, &args)),
                Err(fail @ Fail::Error { .. }) => refused = Some(fail),
                Err(stop) => return Err(stop),
            }
        }
        let certain = refused.is_none();
        if let (true, Some(fail)) = (results.is_empty(), refused) {
            return Err(fail);
        }
        let why = args[at].as_unknown().map_or(Why::Choice, |unknown| unknown.why.clone());
        match one_of(why, results) {
            Some(mut unknown) => {
                unknown.identity = identity(form.function.name, args);
                if let Some(whole) = self.run(form, run, args)?.as_unknown() {
                    unknown.parts = whole.parts.clone();
                }
                let value = Value::new(Data::Unknown(Arc::new(unknown))).computed_at(self.place(form.place), args);
                // A choice that Azure would refuse leaves the others, but not as if they were certain.
                Ok(if certain { settled(value) } else { value })
            }
            None => {
                let value = self.run(form, run, args)?;
                Ok(self.stamped(form, value, args))
            }
        }
    }

    /// Says where a function's value comes from.
    fn stamped(&self, form: &Form, value: Value, args: &[Value]) -> Value {
        let place = self.place(form.place);
        match form.function.flow {
            Flow::Picks if value.origin().is_some() => {
                // By which key it was found tells something too.
                let secret = args.iter().skip(1).any(Value::is_tainted);
                let value = self.handed_on(value, form.place);
                if secret { value.secret() } else { value }
            }
            Flow::Builds if matches!(value.kind(), Some(Kind::Array | Kind::Object)) && !value.is_unknown() => {
                value.built_at(place, args)
            }
            Flow::Counts if !value.is_unknown() && !args.iter().any(Value::is_secret) => value.built_at(place, args),
            Flow::Computes | Flow::Picks | Flow::Builds | Flow::Counts => value.computed_at(place, args),
        }
    }

    /// A value that goes on unchanged through the call or chain at `span`; what is written in there is not told twice.
    pub(super) fn handed_on(&self, value: Value, span: &Range<u32>) -> Value {
        let place = self.place(span);
        match value.origin() {
            Some(origin) if place.covers(origin.used) => value,
            _ => value.passed_through(place),
        }
    }

    /// The value, or unknown if it has outgrown the bounds.
    pub(super) fn bounded(&self, value: Value) -> Result<Value, Fail> {
        self.scope.spend((value.weight() / 1024) as u32)?;
        let long = value.as_text().is_some_and(|text| text.len() > MAX_TEXT && text.encode_utf16().count() > MAX_TEXT);
        match long || value.weight() > MAX_WEIGHT || value.depth() > MAX_DEPTH {
            true => Ok(Value::unknown(Why::TooLarge)),
            false => Ok(value),
        }
    }

    pub(super) fn place(&self, span: &Range<u32>) -> Place {
        self.scope.place(span.clone())
    }

    /// The lambda that stands as an argument of `form`, with between `min` and `max` variables.
    pub(super) fn lambda<'e>(&self, form: &Form<'e>, at: usize, names: Range<usize>) -> Result<Lambda<'e>, Fail> {
        let function = form.function.name;
        let ExprKind::Call { namespace: None, name, args } = &form.args[at].kind else {
            let message = format!("{function}() takes a lambda() as argument {}.", at + 1);
            return Err(Fail::error(message, form.span));
        };
        if !name.text.eq_ignore_ascii_case("lambda") {
            let message = format!("{function}() takes a lambda() as argument {}.", at + 1);
            return Err(Fail::error(message, form.span));
        }
        let Some((body, variables)) = args.split_last().filter(|(_, variables)| !variables.is_empty()) else {
            let message = "lambda() takes at least 2 arguments: variables and an expression.".to_owned();
            return Err(Fail::error(message, &form.args[at].span));
        };
        if !names.contains(&variables.len()) {
            let (least, most) = (names.start, names.end - 1);
            let count = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            let message = format!("The lambda of {function}() takes {count} variables, not {}.", variables.len());
            return Err(Fail::error(message, &form.args[at].span));
        }
        let mut names = Vec::new();
        for variable in variables {
            let name = self.value(variable)?;
            match name.data() {
                Data::Text(name) => names.push(name.clone()),
                Data::Unknown(unknown) => return Err(Fail::Unknown(Value::unknown(unknown.why.clone()))),
                _ => {
                    let message = "The variables of a lambda() are strings.".to_owned();
                    return Err(Fail::error(message, &variable.span));
                }
            }
        }
        Ok(Lambda { names, body })
    }

    pub(super) fn apply(&self, lambda: &Lambda, values: &[Value]) -> Result<Value, Fail> {
        self.scope.spend(1)?;
        let frame = Frame { names: &lambda.names, values, outer: self.lambda };
        Evaluator { lambda: Some(&frame), ..*self }.value(lambda.body)
    }

    /// The variable of the nearest lambda around that has one of this name.
    pub(super) fn lambda_variable(&self, name: &str) -> Option<Value> {
        let mut frame = self.lambda;
        while let Some(Frame { names, values, outer }) = frame {
            if let Some(at) = names.iter().rposition(|other| other.eq_ignore_ascii_case(name)) {
                return values.get(at).cloned();
            }
            frame = *outer;
        }
        None
    }

    pub(super) fn in_lambda(&self) -> bool {
        self.lambda.is_some()
    }
}

impl Lambda<'_> {
    /// How many variables it has.
    pub(super) fn variables(&self) -> usize {
        self.names.len()
    }
}

impl Fail {
    /// An error of Azure's at `span`.
    pub fn error(message: String, span: &Range<u32>) -> Fail {
        Fail::Error { message, span: span.clone(), certain: true }
    }
}

/// `value.name`, also for an unknown value.
fn property(value: &Value, name: &str, span: &Range<u32>) -> Result<Value, Fail> {
    match value.data() {
        Data::Object(object) => match member(object, name) {
            Some(member) => Ok(member.part_of(value)),
            None if value.grows() => Ok(Value::unknown(Why::Runtime("reference".into())).part_of(value)),
            None => Err(Fail::error("The object has no property of this name.".to_owned(), span)),
        },
        Data::Unknown(unknown) => Ok(of_unknown(value, unknown.member(name), |one| property(one, name, span))),
        _ => Err(Fail::error(format!("{} has no properties.", a_kind(value, true)), span)),
    }
}

/// `value[index]`, whichever of the two is known.
pub(super) fn element(value: &Value, index: &Value, span: &Range<u32>) -> Result<Value, Fail> {
    // An identity would show the text of a secret index.
    let identified = |unknown: Unknown| match index.is_tainted() {
        true => Unknown { identity: None, ..unknown },
        false => unknown,
    };
    match (value.data(), index.data()) {
        (Data::Object(_), Data::Text(name)) => property(value, name, span),
        (Data::Array(items), Data::Int(at)) => match usize::try_from(*at).ok().and_then(|at| items.get(at)) {
            Some(item) => Ok(item.clone().part_of(value)),
            None if value.grows() && *at >= 0 => Ok(Value::unknown(Why::Runtime("reference".into())).part_of(value)),
            None => Err(Fail::error("The index is outside the array.".to_owned(), span)),
        },
        (Data::Unknown(unknown), Data::Text(name)) => {
            Ok(of_unknown(value, identified(unknown.member(name)), |one| property(one, name, span)))
        }
        (Data::Unknown(unknown), Data::Int(at)) => {
            let mut item = Unknown::new(unknown.why.clone());
            item.identity = unknown.identity.as_ref().map(|identity| format!("{identity}[{at}]").into());
            Ok(of_unknown(value, identified(item), |one| element(one, index, span)))
        }
        (Data::Array(_) | Data::Object(_), Data::Unknown(unknown)) => {
            let candidates: Vec<Value> = match (choices(index), value.data()) {
                (Some(choices), _) => choices.iter().filter_map(|one| element(value, one, span).ok()).collect(),
                (None, Data::Array(items)) => items.iter().map(|item| item.clone().part_of(value)).collect(),
                (None, Data::Object(object)) if object.open.is_none() => {
                    object.members.iter().map(|(_, member)| member.clone().part_of(value)).collect()
                }
                _ => Vec::new(),
            };
            let mut found =
                one_of(unknown.why.clone(), candidates).unwrap_or_else(|| Unknown::new(unknown.why.clone()));
            found.identity = identity("element", &[value.clone(), index.clone()]);
            let found = settled(Value::new(Data::Unknown(Arc::new(found))));
            let found = if value.is_tainted() || index.is_tainted() { found.secret() } else { found };
            Ok(found)
        }
        (Data::Unknown(unknown), Data::Unknown(_)) => {
            let mut item = Unknown::new(unknown.why.clone());
            item.identity = identity("element", &[value.clone(), index.clone()]);
            Ok(Value::new(Data::Unknown(Arc::new(item))).part_of(value))
        }
        (Data::Array(_), _) => Err(Fail::error(format!("An array has no element of {}.", a_kind(index, false)), span)),
        (Data::Object(_), _) => {
            Err(Fail::error(format!("An object has no property of {}.", a_kind(index, false)), span))
        }
        _ => Err(Fail::error(format!("{} has no elements.", a_kind(value, true)), span)),
    }
}

/// The member as it stands, null included; unknown in an open object.
pub(super) fn member(object: &Object, name: &str) -> Option<Value> {
    match (object.get(name), &object.open) {
        (Some(member), _) => Some(member.clone()),
        (None, Some(open)) => Some(Value::new(Data::Unknown(Arc::new(open.member(name))))),
        (None, None) => None,
    }
}

/// A part of an unknown value, with the choices that follow from the choices of the whole.
fn of_unknown(whole: &Value, mut part: Unknown, of: impl Fn(&Value) -> Result<Value, Fail>) -> Value {
    part.one_of = Vec::new();
    if let Some(choices) = choices(whole) {
        let parts = choices.iter().filter_map(|one| of(one).ok()).map(|one| one.part_of(whole)).collect();
        if let Some(found) = one_of(part.why.clone(), parts) {
            part.one_of = found.one_of;
            part.kind = found.kind;
        }
    }
    settled(Value::new(Data::Unknown(Arc::new(part)))).part_of(whole)
}

/// The values that an unknown can have, where they are few.
pub(super) fn choices(value: &Value) -> Option<&[Value]> {
    let one_of = &value.as_unknown()?.one_of[..];
    (!one_of.is_empty() && one_of.len() <= MAX_CHOICES).then_some(one_of)
}

/// One of these values; `None` where one of them is itself unknown without choices, or there are none or too many.
pub(super) fn one_of(why: Why, values: Vec<Value>) -> Option<Unknown> {
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        let several = match value.data() {
            Data::Unknown(_) => choices(&value)?.to_vec(),
            _ => vec![value],
        };
        for one in several {
            if !distinct.iter().any(|other| other.same(&one) == Some(true)) {
                distinct.push(one);
            }
        }
    }
    if distinct.is_empty() || distinct.len() > MAX_CHOICES {
        return None;
    }
    let mut unknown = Unknown::new(why);
    unknown.kind = distinct[0].kind().filter(|kind| distinct.iter().all(|one| one.kind() == Some(*kind)));
    if unknown.kind == Some(Kind::Int) {
        unknown.min = distinct.iter().filter_map(Value::as_int).min();
        unknown.max = distinct.iter().filter_map(Value::as_int).max();
    }
    unknown.one_of = distinct;
    Some(unknown)
}

/// An unknown that can have one value only has it.
pub(super) fn settled(value: Value) -> Value {
    let secret = value.is_secret();
    match value.as_unknown().map(|unknown| &unknown.one_of[..]) {
        Some([one]) => {
            let one = one.clone();
            if secret { one.secret() } else { one }
        }
        _ => value,
    }
}

/// What a function of unknown arguments gives: equal for equal arguments.
pub(super) fn open(function: &Function, args: &[Value]) -> Value {
    let mut unknown = Unknown::new(why(args).unwrap_or(Why::NotEvaluated(function.name.into())));
    unknown.kind = function.gives;
    unknown.identity = identity(function.name, args);
    Value::new(Data::Unknown(Arc::new(unknown)))
}

/// The first reason why one of these values is not wholly known.
pub(super) fn why(values: &[Value]) -> Option<Why> {
    values.iter().filter(|value| !value.is_wholly_known()).find_map(|value| match value.data() {
        Data::Unknown(unknown) => Some(unknown.why.clone()),
        Data::Array(items) => why(items),
        Data::Object(object) => {
            let members = object.members.iter().find_map(|(_, member)| why(std::slice::from_ref(member)));
            members.or_else(|| object.open.as_ref().map(|open| open.why.clone()))
        }
        _ => None,
    })
}

/// A name for what a pure function gives for these arguments; `None` where they have none, are secret, or it is too long.
pub(super) fn identity(function: &str, args: &[Value]) -> Option<Arc<str>> {
    let mut identity = function.to_ascii_lowercase();
    identity.push('(');
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            identity.push(',');
        }
        identify(arg, &mut identity)?;
    }
    identity.push(')');
    Some(identity.into())
}

fn identify(value: &Value, to: &mut String) -> Option<()> {
    if to.len() > MAX_IDENTITY || value.is_secret() && !value.is_unknown() {
        return None;
    }
    match value.data() {
        Data::Null => to.push_str("null"),
        Data::Bool(bool) => to.push_str(if *bool { "true" } else { "false" }),
        Data::Int(int) => to.push_str(&int.to_string()),
        Data::Float(float) => to.push_str(&format!("{float:?}")),
        Data::Text(text) => {
            if text.len() > MAX_IDENTITY {
                return None;
            }
            quote(text, to);
        }
        Data::Array(items) => {
            to.push('[');
            for item in items.iter() {
                identify(item, to)?;
                to.push(',');
            }
            to.push(']');
        }
        Data::Object(object) => {
            if object.open.is_some() {
                return None;
            }
            to.push('{');
            for (name, member) in &object.members {
                quote(name, to);
                to.push(':');
                identify(member, to)?;
                to.push(',');
            }
            to.push('}');
        }
        Data::Unknown(unknown) => match &unknown.identity {
            Some(identity) => to.push_str(identity),
            None if value.is_secret() || unknown.parts.is_empty() => return None,
            None => {
                for part in &unknown.parts {
                    match part {
                        Part::Known(text) => quote(text, to),
                        Part::Hole(identity) if identity.is_empty() => return None,
                        Part::Hole(identity) => to.push_str(&format!("<{identity}>")),
                    }
                }
            }
        },
    }
    (to.len() <= MAX_IDENTITY).then_some(())
}

fn quote(text: &str, to: &mut String) {
    to.push('\'');
    to.push_str(&text.replace('\'', "''"));
    to.push('\'');
}

/// The type of a value, with its article, for messages.
pub(super) fn a_kind(value: &Value, capital: bool) -> &'static str {
    let (small, large) = match value.kind() {
        Some(Kind::Null) => ("null", "Null"),
        Some(Kind::Bool) => ("a boolean", "A boolean"),
        Some(Kind::Int) => ("an integer", "An integer"),
        Some(Kind::Float) => ("a number with a fraction", "A number with a fraction"),
        Some(Kind::Text) => ("a string", "A string"),
        Some(Kind::Array) => ("an array", "An array"),
        Some(Kind::Object) => ("an object", "An object"),
        None => ("a value", "A value"),
    };
    if capital { large } else { small }
}
