//! The types that a template declares, of parameters and outputs and of what is inside of them, as far as they tell
//! something of a value: that it is secret, that Azure refuses it, or what is certain although it is not known.

use std::sync::Arc;

use crate::json::{Kind as JsonKind, Node};
use crate::value::{Data, Kind, Object, Unknown, Value};

/// So many `$ref`s are followed to one type.
const MAX_REFERENCES: usize = 16;
/// So deep into a type that refers to itself.
const MAX_DEPTH: usize = 16;
/// So many members of an unknown object are told.
const MAX_MEMBERS: usize = 400;

/// A declaration with the definitions that its `$ref` leads to: each narrows those behind it.
#[derive(Clone)]
pub(super) struct Type<'n> {
    template: Node<'n>,
    /// Evaluates a value of a constraint.
    read: &'n dyn Fn(Node<'n>) -> Value,
    chain: Vec<Node<'n>>,
}

impl<'n> Type<'n> {
    /// The type that a node of the template declares; `read` evaluates the values of constraints.
    pub fn of(template: Node<'n>, declaration: Node<'n>, read: &'n dyn Fn(Node<'n>) -> Value) -> Type<'n> {
        let mut chain = vec![declaration];
        while let Some(reference) = chain[chain.len() - 1].get_ignore_case("$ref").and_then(Node::string)
            && let Some(definition) = reference.strip_prefix('#').and_then(|pointer| template.pointer_get(pointer))
            && chain.len() <= MAX_REFERENCES
        {
            chain.push(definition);
        }
        Type { template, read, chain }
    }

    fn inner(&self, declaration: Node<'n>) -> Type<'n> {
        Type::of(self.template, declaration, self.read)
    }

    fn get(&self, name: &str) -> Option<Node<'n>> {
        self.chain.iter().find_map(|declaration| declaration.get_ignore_case(name))
    }

    /// The name of the type in lower case; empty where none is written.
    pub fn name(&self) -> String {
        self.get("type").and_then(Node::string).unwrap_or_default().to_lowercase()
    }

    fn kind(&self) -> Option<Kind> {
        Some(match &*self.name() {
            "string" | "securestring" => Kind::Text,
            "int" => Kind::Int,
            "bool" => Kind::Bool,
            "array" => Kind::Array,
            "object" | "secureobject" => Kind::Object,
            _ => return None,
        })
    }

    pub fn is_nullable(&self) -> bool {
        self.get("nullable").and_then(Node::as_bool).unwrap_or(false)
    }

    pub fn is_secret(&self) -> bool {
        self.name().starts_with("secure")
    }

    /// The bounds of a pair of constraints, the tightest of the chain.
    fn bounds(&self, least: &str, most: &str) -> (Option<i64>, Option<i64>) {
        let all = |name: &str| {
            let numbers = self.chain.iter().filter_map(|declaration| declaration.get_ignore_case(name)?.as_i64());
            numbers.collect::<Vec<_>>().into_iter()
        };
        (all(least).max(), all(most).min())
    }

    fn allowed(&self) -> Option<Vec<Value>> {
        let allowed = self.get("allowedValues").filter(|allowed| allowed.kind() == JsonKind::Array)?;
        Some(allowed.items().map(self.read).collect())
    }

    fn properties(&self) -> impl Iterator<Item = (String, Type<'n>)> {
        let properties = self.get("properties").into_iter().flat_map(Node::members);
        properties.map(|member| (member.name().into_owned(), self.inner(member.value)))
    }

    fn property(&self, name: &str) -> Option<Type<'n>> {
        let property = self.get("properties").and_then(|properties| properties.get_ignore_case(name));
        let more = || self.get("additionalProperties").filter(|more| more.kind() == JsonKind::Object);
        property.or_else(more).map(|declaration| self.inner(declaration))
    }

    fn item(&self, index: usize) -> Option<Type<'n>> {
        let first = self.get("prefixItems").and_then(|items| items.items().nth(index));
        let rest = || self.get("items").filter(|items| items.kind() == JsonKind::Object);
        first.or_else(rest).map(|declaration| self.inner(declaration))
    }

    /// The property whose text tells which type an object has, and the types by that text.
    fn branches(&self) -> Option<(String, Node<'n>)> {
        let discriminator = self.get("discriminator")?;
        let property = discriminator.get_ignore_case("propertyName").and_then(Node::string)?;
        Some((property.into_owned(), discriminator.get_ignore_case("mapping")?))
    }

    /// The types that an object can have: this one, or those of its discriminator.
    fn of_object(&self, value: &Value) -> Vec<Type<'n>> {
        let Some((property, mapping)) = self.branches() else { return vec![self.clone()] };
        let chosen = value.get(&property).and_then(|value| mapping.get_ignore_case(value.as_text()?));
        let branches = match chosen {
            Some(branch) => vec![self.inner(branch)],
            None => mapping.members().map(|member| self.inner(member.value)).collect(),
        };
        [self.clone()].into_iter().chain(branches).collect()
    }

    /// The value with what the type calls secret marked as such.
    pub fn marked(&self, value: Value) -> Value {
        self.marked_within(value, 0)
    }

    fn marked_within(&self, value: Value, depth: usize) -> Value {
        if self.is_secret() {
            return value.secret();
        }
        if depth > MAX_DEPTH {
            return value.secret(); // Nobody knows what is declared further in.
        }
        let data = match value.data() {
            Data::Object(object) => {
                let types = self.of_object(&value);
                let member = |name: &Arc<str>, value: &Value| {
                    let types = types.iter().filter_map(|kind| kind.property(name));
                    types.fold(value.clone(), |value, kind| kind.marked_within(value, depth + 1))
                };
                let members = object.members.iter().map(|(name, value)| (name.clone(), member(name, value)));
                Data::Object(Arc::new(Object { members: members.collect(), open: object.open.clone() }))
            }
            Data::Array(items) => {
                let mark = |(index, item): (usize, &Value)| match self.item(index) {
                    Some(kind) => kind.marked_within(item.clone(), depth + 1),
                    None => item.clone(),
                };
                Data::Array(Arc::new(items.iter().enumerate().map(mark).collect()))
            }
            _ => return value,
        };
        let marked = Value::new(data);
        match value.origin() {
            Some(origin) => marked.with_origin(origin.clone()).part_of(&value),
            None => marked.part_of(&value),
        }
    }

    /// What is certain of a value of this type that nobody gives; `start` tells why it is not known and which one it is.
    pub fn unset(&self, start: Unknown) -> Value {
        self.unset_within(start, 0, &mut MAX_MEMBERS.clone())
    }

    fn unset_within(&self, start: Unknown, depth: usize, left: &mut usize) -> Value {
        let mut unknown = Unknown { kind: self.kind().filter(|_| !self.is_nullable()), ..start };
        let value = match self.kind() {
            _ if self.is_nullable() => Value::new(Data::Unknown(Arc::new(unknown))),
            Some(Kind::Object) if depth < MAX_DEPTH => self.unset_object(unknown, depth, left),
            Some(Kind::Text | Kind::Int | Kind::Bool) => {
                (unknown.min, unknown.max) = self.bounds("minValue", "maxValue");
                unknown.one_of = self.allowed().unwrap_or_default();
                Value::new(Data::Unknown(Arc::new(unknown)))
            }
            _ => Value::new(Data::Unknown(Arc::new(unknown))),
        };
        if self.is_secret() { value.secret() } else { value }
    }

    /// An object of which the members that it must have are told.
    fn unset_object(&self, unknown: Unknown, depth: usize, left: &mut usize) -> Value {
        let mut members: Vec<(Arc<str>, Value)> = Vec::new();
        for (name, kind) in self.properties() {
            if kind.is_nullable() || *left == 0 {
                continue;
            }
            *left -= 1;
            let value = kind.unset_within(unknown.member(&name), depth + 1, left);
            members.push((name.into(), value));
        }
        if let Some((name, mapping)) = self.branches() {
            let mut member = unknown.member(&name).of_kind(Kind::Text);
            member.one_of = mapping.members().map(|branch| Value::text(branch.name().as_ref())).collect();
            members.push((name.into(), Value::new(Data::Unknown(Arc::new(member)))));
        }
        if members.is_empty() {
            return Value::new(Data::Unknown(Arc::new(unknown)));
        }
        Value::new(Data::Object(Arc::new(Object { members, open: Some(Arc::new(unknown)) })))
    }

    /// Whether the value has the type, as far as that is certain; what is inside of it is not looked at.
    pub fn accepts(&self, value: &Value) -> bool {
        match (self.kind(), value.kind()) {
            (_, None) | (None, _) => true,
            (_, Some(Kind::Null)) => self.is_nullable(),
            (kind, actual) => kind == actual,
        }
    }

    /// Tells `report` of each part of the value that Azure refuses, and why.
    pub fn check(&self, value: &Value, report: &mut dyn FnMut(&Value, String)) {
        self.check_within(value, 0, report);
    }

    fn check_within(&self, value: &Value, depth: usize, report: &mut dyn FnMut(&Value, String)) {
        let (Some(actual), false, true) = (value.kind(), value.is_unknown(), depth <= MAX_DEPTH) else { return };
        let Some(kind) = self.kind() else { return };
        if actual == Kind::Null && (self.is_nullable() || depth == 0) {
            return;
        }
        if actual != kind {
            return report(value, format!("the value does not have the declared type, {}", self.name()));
        }
        if let Some(allowed) = self.allowed() {
            let is_allowed = |value: &Value| allowed.iter().any(|one| one.same(value) != Some(false));
            let fits = is_allowed(value) || value.as_array().is_some_and(|items| items.iter().all(is_allowed));
            if !fits {
                report(value, "the value is not one of the allowed values".to_owned());
            }
        }
        let is_outside = |value: i64, (low, high): (Option<i64>, Option<i64>)| {
            low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high)
        };
        let length = match value.data() {
            Data::Text(text) => Some(text.encode_utf16().count() as i64),
            Data::Array(items) => Some(items.len() as i64),
            _ => None,
        };
        if value.as_int().is_some_and(|int| is_outside(int, self.bounds("minValue", "maxValue"))) {
            report(value, "the value is outside of the declared bounds".to_owned());
        }
        if length.is_some_and(|length| is_outside(length, self.bounds("minLength", "maxLength"))) {
            report(value, "the value is shorter or longer than declared".to_owned());
        }
        match value.data() {
            Data::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(kind) = self.item(index) {
                        kind.check_within(item, depth + 1, report);
                    }
                }
                let tuple = self.get("prefixItems").map_or(0, Node::len);
                let is_closed = self.get("items").and_then(Node::as_bool) == Some(false);
                if is_closed && items.len() != tuple {
                    report(value, format!("the declared type has {tuple} items"));
                }
            }
            Data::Object(object) => self.check_object(value, object, depth, report),
            _ => {}
        }
    }

    fn check_object(&self, value: &Value, object: &Object, depth: usize, report: &mut dyn FnMut(&Value, String)) {
        for (name, kind) in self.properties() {
            match object.get(&name) {
                None if object.open.is_some() || kind.is_nullable() => {}
                None => report(value, format!("the declared type asks for a property '{name}'")),
                Some(member) => kind.check_within(member, depth + 1, report),
            }
        }
        let is_declared = |name: &str| self.get("properties").is_some_and(|all| all.get_ignore_case(name).is_some());
        let more = self.get("additionalProperties");
        for (_, member) in object.members.iter().filter(|(name, _)| !is_declared(name)) {
            match more {
                Some(more) if more.as_bool() == Some(false) => {
                    report(member, "the declared type has no such property".to_owned());
                }
                Some(more) if more.kind() == JsonKind::Object => {
                    self.inner(more).check_within(member, depth + 1, report)
                }
                _ => {}
            }
        }
        if let Some((property, mapping)) = self.branches()
            && let Some(text) = object.get(&property)
            && let Some(name) = text.as_text()
        {
            match mapping.get(name) {
                Some(branch) => self.inner(branch).check_within(value, depth + 1, report),
                None => report(text, "the value is not one of the allowed values".to_owned()),
            }
        }
    }
}
