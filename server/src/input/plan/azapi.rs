//! The body of an `azapi` resource, which is ARM's already.

use std::sync::Arc;

use super::body::{Body, Trail, at, linked};
use super::configuration::{Expression, PathStep};
use super::draft::Draft;
use super::links::Want;
use super::marks::{Shade, is_redacted};
use super::pieces::hole;
use super::shape::segments;
use super::table::{BODY_LINKS, HIDDEN_IN_BODY};
use crate::json::{Kind, Node};
use crate::value::{Data, Part, Unknown, Value, Why};

impl<'a> Body<'_, '_, 'a> {
    /// Adds what stands under `body`, and in `type`.
    pub fn add_azapi(&mut self) {
        let instance = self.instance;
        let (mut kind, mut body, mut hidden) = (None, None, None);
        for member in instance.values.members() {
            match &*member.name() {
                "type" => kind = Some(member.value),
                "body" => body = Some(member.value).filter(|body| !body.is_null()),
                "sensitive_body" => hidden = Some(member.value).filter(|body| !body.is_null()),
                _ => {}
            }
        }
        self.add_type(kind);
        self.add_body(body);

        let arm_type = self.maker.links.arm_type(self.index);
        let expression = self.maker.links.expression(instance, &[PathStep::Attribute("sensitive_body")]);
        let marked = instance.marks.member("sensitive_body", hidden).is_unknown();
        if hidden.is_some() || marked || matches!(expression, Expression::Written(_)) {
            for (_, path) in HIDDEN_IN_BODY.iter().filter(|(of, _)| arm_type.eq_ignore_ascii_case(of)) {
                let place = self.maker.place(instance.node.span());
                let unknown = at(Value::unknown(Why::AfterApply("".into())), place).secret();
                let mut over = Draft::Empty;
                over.put(&segments(path), &[], unknown);
                self.draft.replace(over);
            }
        }
    }

    fn add_type(&mut self, node: Option<Node>) {
        let Some((node, text)) = node.and_then(|node| Some((node, node.string()?))) else { return };
        let place = self.maker.place(node.span());
        let (kind, version) = text.split_once('@').map_or((&*text, None), |(kind, version)| (kind, Some(version)));
        self.draft.put(&segments("type"), &[], at(Value::text(kind), place));
        if let Some(version) = version {
            self.draft.put(&segments("apiVersion"), &[], at(Value::text(version), place));
            self.note("apiVersion", "type");
        }
    }

    fn add_body(&mut self, node: Option<Node<'a>>) {
        let links = self.maker.links;
        let instance = self.instance;
        let mut marks = instance.marks.member("body", node);
        if links.uses_secrets(instance, "body") {
            marks.secret[0] = Shade::Whole;
        }
        let expression = match links.expression(instance, &[PathStep::Attribute("body")]) {
            Expression::Written(expression) => Some(expression),
            Expression::Unset if marks.is_unknown() && self.is_left_out(node, marks) => return,
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => None,
        };
        let words: Arc<str> = expression.map_or("".into(), |expression| links.references(expression).words.clone());
        let why = Why::AfterApply(words);
        let arm_type = links.arm_type(self.index);
        let unknown = |trail: &Trail| {
            let path = trail.text();
            let link = BODY_LINKS.iter().find(|(of, at, _)| arm_type.eq_ignore_ascii_case(of) && is_path(at, &path));
            let target = link
                .zip(expression)
                .and_then(|((_, _, of), expression)| links.target(self.index, expression, Want::Id(of)));
            if let Some(target) = target {
                return linked(&links.target_parts(self.index, target, "body"), &why);
            }
            let dot = if path.is_empty() { "" } else { "." };
            let identity = match hole(&format!("{}.body{dot}{path}", instance.address)) {
                Part::Hole(identity) | Part::Known(identity) => identity,
            };
            Value::new(Data::Unknown(Arc::new(Unknown::new(why.clone()).identified(identity))))
        };
        let value = match node {
            None if marks.is_unknown() => unknown(&Trail::Start),
            None => return,
            Some(node) if marks.is_unknown() => at(unknown(&Trail::Start), self.maker.place(node.span())),
            // Version 1 writes the body as a text.
            Some(node) if node.kind() == Kind::String && !node.string().is_some_and(|text| is_redacted(&text)) => {
                self.maker.parse(node, marks.is_secret())
            }
            Some(node) => self.maker.convert(node, marks, &unknown),
        };
        let value = if marks.is_secret() { value.secret() } else { value };
        if value.as_object().is_some() {
            paths(&value, "", &mut |property, attribute| self.note(property, attribute));
            self.draft.replace(Draft::Value(value));
            return;
        }
        // Nothing of the body can be read: all of it may be there.
        let hidden = match value.as_unknown() {
            Some(unknown) => unknown.clone(),
            None => Arc::new(Unknown::new(Why::Broken)),
        };
        let properties = Value::new(Data::Unknown(hidden.clone()));
        let place = node.map_or(instance.node.span(), Node::span);
        let properties = at(properties, self.maker.place(place));
        let properties = if value.is_secret() { properties.secret() } else { properties };
        self.draft.put(&segments("properties"), &[], properties);
        self.draft.set_open(&[], &[], &hidden);
        self.note("properties", "body.properties");
    }
}

/// The attribute path of everything in a body.
fn paths(value: &Value, path: &str, note: &mut impl FnMut(&str, String)) {
    if !path.is_empty() {
        note(path, format!("body.{path}"));
    }
    match value.data() {
        Data::Object(object) => {
            for (name, value) in &object.members {
                let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                paths(value, &path, note);
            }
        }
        Data::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                paths(item, &format!("{path}[{index}]"), note);
            }
        }
        _ => {}
    }
}

/// Whether a path is the one with stars for its indexes.
fn is_path(starred: &str, path: &str) -> bool {
    let mut rest = path;
    let mut pieces = starred.split('*').peekable();
    while let Some(piece) = pieces.next() {
        let Some(after) = rest.get(..piece.len()).filter(|head| head.eq_ignore_ascii_case(piece)) else { return false };
        rest = &rest[after.len()..];
        if pieces.peek().is_some() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    rest.is_empty()
}
