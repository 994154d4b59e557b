//! Values that know where they were written and whether they are known.
//!
//! A [`Value`] is what Azure will see of one property: a known datum, or an [`Unknown`] with the reason and with all
//! that is certain about it all the same. It carries its [`Origin`] and whether it is secret. Nothing here knows JSON
//! text, an input format or a rule.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::text::Place;

/// One value of a deployment: data, where they come from, and whether they may be shown.
#[derive(Clone)]
pub struct Value {
    data: Data,
    origin: Option<Origin>,
    marks: u8,
    depth: u16,
    weight: u32,
}

/// What a value is. Leaves of arrays and objects may be [`Data::Unknown`].
#[derive(Clone)]
pub enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    Array(Arc<Vec<Value>>),
    Object(Arc<Object>),
    Unknown(Arc<Unknown>),
}

/// An ordered object. Names keep their spelling and are looked up without regard to letter case.
#[derive(Clone, Default)]
pub struct Object {
    pub members: Vec<(Arc<str>, Value)>,
    /// There may be more members than the known ones (a union with something unknown): an absent name is unknown.
    pub open: Option<Arc<Unknown>>,
}

/// What is certain about a value that is not known.
#[derive(Clone)]
pub struct Unknown {
    pub why: Why,
    /// Two unknowns of equal identity are the same value (`resourceGroup().location`, `parameters('name')`).
    pub identity: Option<Arc<str>>,
    /// The type, where it is certain.
    pub kind: Option<Kind>,
    /// For texts: the known pieces and the holes between them; empty when nothing of the text is known.
    pub parts: Vec<Part>,
    /// Every value it can have, where that is a finite list; else empty.
    pub one_of: Vec<Value>,
    /// Bounds of a number.
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// A piece of a partly known text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Part {
    Known(Arc<str>),
    /// An unknown piece, by its identity; without a name where it has none, and then like no other.
    Hole(Arc<str>),
}

/// Why a value is not known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// The parameter has neither a value nor a default.
    NoParameterValue(Arc<str>),
    /// Only Azure knows it at run time: the function that asks.
    Runtime(Arc<str>),
    /// Depends on where the template is deployed: what would have to be configured.
    Environment(Arc<str>),
    /// Terraform knows it after apply: the references it depends on.
    AfterApply(Arc<str>),
    /// Kept in a key vault.
    KeyVault,
    /// Replaced by a placeholder in a redacted plan.
    Redacted,
    /// The expression cannot be read or Azure would refuse it.
    BadExpression,
    /// The text here is not readable JSON.
    Broken,
    /// One of several values; which one depends on something unknown.
    Choice,
    /// A bound of the evaluation was reached.
    TooLarge,
    /// Not evaluated by this version.
    NotEvaluated(Arc<str>),
    /// The template that holds it is not at hand.
    NotAtHand,
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Text,
    Array,
    Object,
}

/// Where a value comes from.
#[derive(Clone)]
pub struct Origin {
    /// The token it was copied from unchanged, or the expression that computes it: where a person would change it.
    pub at: Place,
    /// `at` is a single written literal and not a computation.
    pub literal: bool,
    /// The last place that hands it on: the property, or the call inside the property's expression.
    pub used: Place,
    /// What lies between and before, last first.
    pub trail: Option<Arc<Step>>,
}

/// One place that a value passed through or was computed from.
pub struct Step {
    pub place: Place,
    /// An operand of a computation, not a place that handed the value on.
    pub operand: bool,
    pub before: Option<Arc<Step>>,
}

/// So many operands of a computation are remembered.
const MAX_OPERANDS: usize = 16;

const SECRET: u8 = 1;
const SECRET_INSIDE: u8 = 2;
const UNKNOWN_INSIDE: u8 = 4;
const GROWS: u8 = 8;

impl Value {
    /// A value without an origin; the evaluator gives it that of the call that made it.
    pub fn new(data: Data) -> Value {
        let mut value = Value { data: Data::Null, origin: None, marks: 0, depth: 0, weight: 16 };
        match &data {
            Data::Array(items) => items.iter().for_each(|item| value.enclose(item)),
            Data::Object(object) => {
                if object.open.is_some() {
                    value.marks |= UNKNOWN_INSIDE;
                }
                for (name, member) in &object.members {
                    value.enclose(member);
                    value.weigh(name.len());
                }
            }
            Data::Unknown(unknown) => {
                unknown.one_of.iter().for_each(|one| value.enclose(one));
                let secret = unknown.one_of.iter().any(Value::is_tainted);
                value.marks = UNKNOWN_INSIDE | if secret { SECRET } else { 0 };
            }
            Data::Text(text) => value.weigh(text.len()),
            _ => {}
        }
        Value { data, ..value }
    }

    pub fn null() -> Value {
        Value::new(Data::Null)
    }

    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::new(Data::Text(text.into()))
    }

    pub fn array(items: Vec<Value>) -> Value {
        Value::new(Data::Array(Arc::new(items)))
    }

    pub fn object(members: Vec<(Arc<str>, Value)>) -> Value {
        Value::new(Data::Object(Arc::new(Object { members, open: None })))
    }

    /// An unknown value of which nothing but the reason is certain.
    pub fn unknown(why: Why) -> Value {
        Value::new(Data::Unknown(Arc::new(Unknown::new(why))))
    }

    pub fn data(&self) -> &Data {
        &self.data
    }

    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    pub fn with_origin(mut self, origin: Origin) -> Value {
        self.origin = Some(origin);
        self
    }

    /// Marks the value, and with it everything that is made of it, as one that must never be shown.
    pub fn secret(mut self) -> Value {
        self.marks |= SECRET;
        self
    }

    /// Marks the value as a declaration that Azure adds to when it deploys: what is not in it may come.
    pub fn growing(mut self) -> Value {
        self.marks |= GROWS;
        self
    }

    /// What is not in it may still come.
    pub fn grows(&self) -> bool {
        self.marks & GROWS != 0
    }

    /// The value itself is secret.
    pub fn is_secret(&self) -> bool {
        self.marks & SECRET != 0
    }

    /// The value or a part of it is secret.
    pub fn is_tainted(&self) -> bool {
        self.marks & (SECRET | SECRET_INSIDE) != 0
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(_))
    }

    /// How deep its arrays and objects are nested; 0 for a scalar.
    pub fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// About the bytes it would take written out, shared parts counted each time.
    pub fn weight(&self) -> usize {
        self.weight as usize
    }

    /// The value and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        self.marks & UNKNOWN_INSIDE == 0
    }

    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match &self.data {
            Data::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(int) => Some(int),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match &self.data {
            Data::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value as JSON text; `None` where a part of it is unknown, secret or no number of JSON.
    pub fn to_json(&self) -> Option<String> {
        if self.is_tainted() {
            return None;
        }
        self.as_json().map(|json| json.to_string())
    }

    fn as_json(&self) -> Option<serde_json::Value> {
        Some(match &self.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(bool) => (*bool).into(),
            Data::Int(int) => (*int).into(),
            Data::Float(float) => serde_json::Number::from_f64(*float)?.into(),
            Data::Text(text) => (**text).into(),
            Data::Array(items) => items.iter().map(Value::as_json).collect::<Option<Vec<_>>>()?.into(),
            Data::Object(object) if object.open.is_none() => {
                let members = object.members.iter().map(|(name, value)| Some((name.to_string(), value.as_json()?)));
                members.collect::<Option<serde_json::Map<_, _>>>()?.into()
            }
            Data::Object(_) | Data::Unknown(_) => return None,
        })
    }

    /// Visits every scalar and unknown value in it.
    pub fn each_leaf<'v>(&'v self, visit: &mut dyn FnMut(&'v Value)) {
        match &self.data {
            Data::Array(items) => items.iter().for_each(|item| item.each_leaf(visit)),
            Data::Object(object) => object.members.iter().for_each(|(_, member)| member.each_leaf(visit)),
            _ => visit(self),
        }
    }

    /// How many leaves are unknown.
    pub fn count_unknown(&self) -> usize {
        match &self.data {
            _ if self.is_wholly_known() => 0,
            Data::Unknown(_) => 1,
            Data::Array(items) => items.iter().map(Value::count_unknown).sum(),
            Data::Object(object) => object.members.iter().map(|(_, value)| value.count_unknown()).sum(),
            _ => 0,
        }
    }

    /// The type, also of an unknown value where it is certain.
    pub fn kind(&self) -> Option<Kind> {
        Some(match &self.data {
            Data::Null => Kind::Null,
            Data::Bool(_) => Kind::Bool,
            Data::Int(_) => Kind::Int,
            Data::Float(_) => Kind::Float,
            Data::Text(_) => Kind::Text,
            Data::Array(_) => Kind::Array,
            Data::Object(_) => Kind::Object,
            Data::Unknown(unknown) => return unknown.kind,
        })
    }

    /// The member of that name, letter case ignored (an exact match wins), or unknown in an open or unknown object.
    ///
    /// `None` says that it is certainly absent: written nowhere, or written as null.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.member(name).map(Cow::into_owned)
    }

    /// As [`Value::get`], borrowed where the member stands in the value as it is.
    pub fn member(&self, name: &str) -> Option<Cow<'_, Value>> {
        let found = match &self.data {
            Data::Object(object) => match object.get(name) {
                Some(value) if value.is_null() => return None,
                Some(value) if value.origin.is_some() && self.marks & (GROWS | SECRET) == 0 => {
                    return Some(Cow::Borrowed(value));
                }
                Some(value) => value.clone(),
                None => Value::new(Data::Unknown(Arc::new(object.open.as_ref()?.member(name)))),
            },
            Data::Unknown(unknown) if unknown.kind.is_none_or(|kind| kind == Kind::Object) => {
                Value::new(Data::Unknown(Arc::new(unknown.member(name))))
            }
            _ => return None,
        };
        Some(Cow::Owned(found.part_of(self)))
    }

    /// The value as a part of `whole`: secret and growing if that is, and from where that comes if it has no origin of its own.
    pub fn part_of(mut self, whole: &Value) -> Value {
        self.marks |= whole.marks & GROWS;
        if self.origin.is_none() {
            self.origin = whole.origin.clone();
        }
        if whole.is_secret() { self.secret() } else { self }
    }

    /// Follows member names separated by dots (`storageProfile.osDisk`).
    pub fn at(&self, path: &str) -> Option<Value> {
        let mut found = Cow::Borrowed(self);
        for name in path.split('.') {
            found = step(found, |value| value.member(name))?;
        }
        Some(found.into_owned())
    }

    /// The text as known pieces and holes; `None` where the value is no text, or nothing is certain about it.
    pub fn parts(&self) -> Option<Vec<Part>> {
        match &self.data {
            Data::Text(text) => Some(vec![Part::Known(text.clone())]),
            Data::Unknown(unknown) => unknown.text_parts(),
            _ => None,
        }
    }

    /// The value handed on by `place` (a parameter, a variable, an index): what it is copied from stays.
    pub fn passed_through(self, place: Place) -> Value {
        let Some(origin) = &self.origin else { return self.computed_at(place, &[]) };
        let trail = match origin.used == origin.at {
            true => origin.trail.clone(),
            false => Some(Arc::new(Step { place: origin.used, operand: false, before: origin.trail.clone() })),
        };
        let origin = Origin { at: origin.at, literal: origin.literal, used: place, trail };
        self.with_origin(origin)
    }

    /// The value as a computation at `place` from `operands`: what is secret in them makes it secret.
    pub fn computed_at(mut self, place: Place, operands: &[Value]) -> Value {
        let mut places: Vec<Place> = Vec::new();
        for origin in operands.iter().filter_map(Value::origin) {
            // What stands inside the computation is no other place; what that was computed from is.
            match place.covers(origin.at) {
                true => places.extend(origin.operands()),
                false => places.push(origin.at),
            }
        }
        let mut trail: Option<Arc<Step>> = None;
        for (at, operand) in places.iter().enumerate() {
            if !places[..at].contains(operand) && at < MAX_OPERANDS {
                trail = Some(Arc::new(Step { place: *operand, operand: true, before: trail }));
            }
        }
        if operands.iter().any(Value::is_tainted) {
            self.marks |= SECRET;
        }
        self.with_origin(Origin { at: place, literal: false, used: place, trail })
    }

    /// As [`Value::computed_at`], for a container that holds parts of its operands as they are: they keep their own marks.
    pub fn built_at(self, place: Place, operands: &[Value]) -> Value {
        let marks = self.marks;
        let mut built = self.computed_at(place, operands);
        built.marks = marks;
        built
    }

    /// The value as the single literal written at `place`.
    pub fn written_at(self, place: Place) -> Value {
        self.with_origin(Origin { at: place, literal: true, used: place, trail: None })
    }

    /// The value with all its places as `to` says: what it was written in has changed around them.
    pub fn moved(&self, to: &dyn Fn(Place) -> Place) -> Value {
        let each = |values: &[Value]| values.iter().map(|value| value.moved(to)).collect();
        let data = match &self.data {
            Data::Array(items) => Data::Array(Arc::new(each(items))),
            Data::Object(object) => {
                let members = object.members.iter().map(|(name, member)| (name.clone(), member.moved(to)));
                Data::Object(Arc::new(Object { members: members.collect(), open: object.open.clone() }))
            }
            Data::Unknown(unknown) if !unknown.one_of.is_empty() => {
                Data::Unknown(Arc::new(Unknown { one_of: each(&unknown.one_of), ..(**unknown).clone() }))
            }
            data => data.clone(),
        };
        let origin = self.origin.as_ref().map(|origin| origin.moved(to));
        Value { data, origin, ..*self }
    }

    /// Equal by type and value, all the way down; `None` where that depends on something unknown.
    pub fn same(&self, other: &Value) -> Option<bool> {
        match (&self.data, &other.data) {
            (Data::Unknown(a), Data::Unknown(b)) if a.identity.is_some() && a.identity == b.identity => Some(true),
            (Data::Unknown(a), Data::Unknown(b)) if !a.parts.is_empty() && a.parts == b.parts && a.is_named() => {
                Some(true)
            }
            (Data::Unknown(_), _) | (_, Data::Unknown(_)) => differs(self, other).then_some(false),
            (Data::Null, Data::Null) => Some(true),
            (Data::Bool(a), Data::Bool(b)) => Some(a == b),
            (Data::Int(a), Data::Int(b)) => Some(a == b),
            (Data::Float(a), Data::Float(b)) => Some(a == b),
            (Data::Text(a), Data::Text(b)) => Some(a == b),
            (Data::Array(a), Data::Array(b)) => match a.len() == b.len() {
                true => all(a.iter().zip(b.iter()).map(|(a, b)| a.same(b))),
                false => Some(false),
            },
            (Data::Object(a), Data::Object(b)) => a.same(b),
            _ => Some(false),
        }
    }
}

impl Value {
    /// Takes over what a container shows of a part of it.
    fn enclose(&mut self, part: &Value) {
        self.marks |= part.marks & UNKNOWN_INSIDE | if part.is_tainted() { SECRET_INSIDE } else { 0 };
        self.depth = self.depth.max(part.depth.saturating_add(1));
        self.weight = self.weight.saturating_add(part.weight);
    }

    fn weigh(&mut self, bytes: usize) {
        self.weight = self.weight.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    }
}

/// Whether an unknown value certainly differs from another value.
fn differs(a: &Value, b: &Value) -> bool {
    if let (Some(a), Some(b)) = (a.kind(), b.kind())
        && a != b
    {
        return true;
    }
    let excluded = |unknown: &Value, other: &Value| {
        unknown.as_unknown().is_some_and(|unknown| {
            !unknown.one_of.is_empty() && unknown.one_of.iter().all(|one| one.same(other) == Some(false))
        })
    };
    let out_of_bounds = |unknown: &Value, other: &Value| {
        unknown.as_unknown().zip(other.as_int()).is_some_and(|(unknown, int)| {
            unknown.min.is_some_and(|min| int < min) || unknown.max.is_some_and(|max| int > max)
        })
    };
    if excluded(a, b) || excluded(b, a) || out_of_bounds(a, b) || out_of_bounds(b, a) {
        return true;
    }
    match (a.parts(), b.parts()) {
        (Some(a), Some(b)) => {
            let (prefix_a, prefix_b) = (prefix(&a), prefix(&b));
            let (suffix_a, suffix_b) = (suffix(&a), suffix(&b));
            !(prefix_a.starts_with(prefix_b) || prefix_b.starts_with(prefix_a))
                || !(suffix_a.ends_with(suffix_b) || suffix_b.ends_with(suffix_a))
                || is_shorter(&a, &b)
                || is_shorter(&b, &a)
        }
        _ => false,
    }
}

/// Whether a known text is shorter than the known pieces of another.
fn is_shorter(text: &[Part], other: &[Part]) -> bool {
    let known = |part: &Part| match part {
        Part::Known(text) => text.len(),
        Part::Hole(_) => 0,
    };
    matches!(text, [Part::Known(text)] if text.len() < other.iter().map(known).sum())
}

/// The known beginning of a text.
pub fn prefix(parts: &[Part]) -> &str {
    match parts.first() {
        Some(Part::Known(text)) => text,
        _ => "",
    }
}

/// The known end of a text.
pub fn suffix(parts: &[Part]) -> &str {
    match parts.last() {
        Some(Part::Known(text)) => text,
        _ => "",
    }
}

/// From a value to a part of it; borrowed as long as all before were.
pub fn step<'v>(value: Cow<'v, Value>, part: impl FnOnce(&Value) -> Option<Cow<'_, Value>>) -> Option<Cow<'v, Value>> {
    match value {
        Cow::Borrowed(value) => part(value),
        Cow::Owned(value) => part(&value).map(|part| Cow::Owned(part.into_owned())),
    }
}

/// Whether two names are one to Azure, which ignores letter case in them.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !(a.is_ascii() && b.is_ascii()) && a.chars().map(upper).eq(b.chars().map(upper))
}

/// The upper-case form as .NET's invariant culture has it: one character for one, and none that turns into an ASCII one.
pub fn upper(c: char) -> char {
    let mut forms = c.to_uppercase();
    match (forms.next(), forms.next()) {
        (Some(form), None) if c.is_ascii() || !form.is_ascii() => form,
        _ => c,
    }
}

/// True if all are true, false if one is false, else not certain.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sum = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => sum = None,
        }
    }
    sum
}

impl Object {
    /// The member of that name as it stands, null included; an exact match wins over one in another letter case.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut folded = None;
        for (key, value) in &self.members {
            if &**key == name {
                return Some(value);
            }
            if folded.is_none() && same_name(key, name) {
                folded = Some(value);
            }
        }
        folded
    }

    fn same(&self, other: &Object) -> Option<bool> {
        if self.open.is_some() || other.open.is_some() {
            return None;
        }
        if self.members.len() != other.members.len() {
            return Some(false);
        }
        let others: HashMap<&str, &Value> = other.members.iter().map(|(name, value)| (&**name, value)).collect();
        all(self.members.iter().map(|(name, value)| match others.get(&**name) {
            Some(other) => value.same(other),
            None => Some(false),
        }))
    }
}

impl Unknown {
    pub fn new(why: Why) -> Unknown {
        Unknown { why, identity: None, kind: None, parts: Vec::new(), one_of: Vec::new(), min: None, max: None }
    }

    pub fn identified(mut self, identity: impl Into<Arc<str>>) -> Unknown {
        self.identity = Some(identity.into());
        self
    }

    pub fn of_kind(mut self, kind: Kind) -> Unknown {
        self.kind = Some(kind);
        self
    }

    /// A text made of known pieces and holes; adjacent known pieces are joined.
    pub fn of_parts(why: Why, parts: Vec<Part>) -> Unknown {
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (joined.last_mut(), part) {
                (_, Part::Known(text)) if text.is_empty() => {}
                (Some(Part::Known(before)), Part::Known(text)) => *before = format!("{before}{text}").into(),
                (_, part) => joined.push(part),
            }
        }
        Unknown { kind: Some(Kind::Text), parts: joined, ..Unknown::new(why) }
    }

    /// What is certain about a member of an unknown object.
    pub fn member(&self, name: &str) -> Unknown {
        let mut member = Unknown::new(self.why.clone());
        member.identity = self.identity.as_ref().map(|identity| format!("{identity}.{}", name.to_lowercase()).into());
        if !self.one_of.is_empty() {
            let values: Option<Vec<Value>> = self.one_of.iter().map(|one| one.get(name)).collect();
            member.one_of = values.unwrap_or_default();
        }
        member
    }

    /// Every hole of the text has a name, so that equal parts are equal texts.
    fn is_named(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Hole(identity) if identity.is_empty()))
    }

    /// The pieces of a text, where anything is certain.
    pub fn text_parts(&self) -> Option<Vec<Part>> {
        match (&self.parts[..], &self.identity) {
            ([], Some(identity)) if self.kind.is_none_or(|kind| kind == Kind::Text) => {
                Some(vec![Part::Hole(identity.clone())])
            }
            ([], _) => None,
            (parts, _) => Some(parts.to_vec()),
        }
    }
}

impl Origin {
    fn moved(&self, to: &dyn Fn(Place) -> Place) -> Origin {
        fn steps(step: &Arc<Step>, to: &dyn Fn(Place) -> Place) -> Arc<Step> {
            let before = step.before.as_ref().map(|before| steps(before, to));
            Arc::new(Step { place: to(step.place), operand: step.operand, before })
        }
        let trail = self.trail.as_ref().map(|trail| steps(trail, to));
        Origin { at: to(self.at), literal: self.literal, used: to(self.used), trail }
    }

    /// The places of the operands, where the value is a computation, first to last.
    fn operands(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut step = self.trail.as_deref();
        while let Some(Step { place, operand, before }) = step {
            if *operand {
                places.push(*place);
            }
            step = before.as_deref();
        }
        places.reverse();
        places
    }

    /// The places the value passed through or was computed from, from the written one on, without `at` itself.
    pub fn related(&self) -> Vec<Place> {
        let mut places = Vec::new();
        if self.used != self.at {
            places.push(self.used);
        }
        let mut step = self.trail.as_ref();
        while let Some(Step { place, before, .. }) = step.map(|step| &**step) {
            if !self.at.covers(*place) && !places.contains(place) {
                places.push(*place);
            }
            step = before.as_ref();
        }
        places.reverse();
        places
    }
}

impl Why {
    /// The reason in words, for hovers and `expand`.
    pub fn words(&self) -> String {
        match self {
            Why::NoParameterValue(name) => format!("parameter '{name}' has no value"),
            Why::Runtime(function) => format!("{function}() is known only while Azure deploys"),
            Why::Environment(what) => format!("depends on the deployment's {what}"),
            Why::AfterApply(references) if references.is_empty() => "known after apply".to_owned(),
            Why::AfterApply(references) => format!("known after apply: depends on {references}"),
            Why::KeyVault => "kept in a key vault".to_owned(),
            Why::Redacted => "redacted in the plan".to_owned(),
            Why::BadExpression => "the expression cannot be evaluated".to_owned(),
            Why::Broken => "the text here is not readable JSON".to_owned(),
            Why::Choice => "depends on a condition that is not known".to_owned(),
            Why::TooLarge => "too large to evaluate".to_owned(),
            Why::NotEvaluated(function) => format!("{function}() is not evaluated"),
            Why::NotAtHand => "the template that holds it is not at hand".to_owned(),
        }
    }
}

/// Shows the shape only: a piece may be of a secret.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Known(_) => "known piece",
            Part::Hole(_) => "hole",
        })
    }
}

/// Shows the shape only: a value may be secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = match self.data {
            Data::Unknown(_) => "unknown",
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Float(_) => "float",
            Data::Text(_) => "text",
            Data::Array(_) => "array",
            Data::Object(_) => "object",
        };
        f.write_str(if self.is_tainted() { "secret" } else { shape })
    }
}
