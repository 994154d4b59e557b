//! Nested and linked deployments, and what one resource can know of another before deployment.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::eval::DeploymentScope;
use super::parameters::Arguments;
use super::target::Target;
use super::{Context, Declared, Frame, MAX_DEPTH, MAX_LINKED, Reader, target};
use crate::document::Document;
use crate::json::{Kind as JsonKind, Node};
use crate::model::id::Id;
use crate::text::Text;
use crate::value::{Data, Object, Unknown, Value, Why};

impl Reader<'_> {
    /// The frame that a deployment opens, where its template is at hand.
    pub(super) fn nested<'c>(&self, declared: &'c Rc<Declared>) -> Option<&'c Rc<Frame>> {
        declared.nested.get_or_init(|| self.open(declared)).as_ref()
    }

    /// What a deployment deploys into.
    pub(super) fn target_of(
        &self,
        above: &Rc<Frame>,
        context: &Context,
        document: &Arc<Document>,
        node: Node,
        schema: DeploymentScope,
    ) -> Target {
        let text = |name: &str| {
            node.get_ignore_case(name)
                .map(|node| self.value(context, document, node))
                .filter(|value| !value.is_null() && value.as_text() != Some(""))
        };
        above.target.nested(schema, text("resourceGroup"), text("subscriptionId"), text("scope"), text("location"))
    }

    fn open(&self, declared: &Rc<Declared>) -> Option<Rc<Frame>> {
        let (context, document) = (&declared.context, &declared.document);
        let place = declared.resource.place;
        let node = declared.node();
        let Some(properties) =
            node.get_ignore_case("properties").filter(|properties| properties.kind() == JsonKind::Object)
        else {
            self.gap(place, "a deployment whose properties are not written out");
            return None;
        };
        let above = &context.frame;
        if above.depth >= MAX_DEPTH {
            self.gap(place, format!("deployments nested deeper than {MAX_DEPTH}"));
            return None;
        }
        let link = properties.get_ignore_case("templateLink");
        let (template_document, template, linked) = match (properties.get_ignore_case("template"), link) {
            (Some(template), _) if template.kind() == JsonKind::Object => (document.clone(), template.index(), false),
            (Some(template), _) => {
                // Written elsewhere, in a variable: evaluated it is a template like any other.
                let value = self.value(context, document, template);
                let place = value.origin().map_or(document.place(template.span()), |origin| origin.at);
                let Some(text) = value.to_json() else {
                    self.gap(place, "a deployment whose template is computed");
                    return None;
                };
                let mut embedded =
                    Document::new(document.file, document.path.clone(), document.version, Text::new(text));
                embedded.embedded_at = Some(place);
                let embedded = Arc::new(embedded);
                let template = embedded.root()?.index();
                (embedded, template, false)
            }
            (None, Some(link)) => {
                let linked = self.linked(context, document, link)?;
                let template = linked.root()?.index();
                (linked, template, true)
            }
            (None, None) => {
                self.gap(place, "a deployment without a template");
                return None;
            }
        };
        let template = template_document.json().tree.node(template_document.text.as_str(), template);
        let target = self.target_of(above, context, document, node, target::scope_of(template));
        let arguments = match (properties.get_ignore_case("parameters"), properties.get_ignore_case("parametersLink")) {
            (Some(parameters), _) => {
                Arguments::Passed { context: context.clone(), document: document.clone(), node: parameters.index() }
            }
            (None, Some(link)) => match self.linked(context, document, link) {
                Some(file) => Arguments::File(file),
                None => Arguments::Unknown,
            },
            (None, None) => Arguments::None,
        };
        let option = properties
            .get_ignore_case("expressionEvaluationOptions")
            .and_then(|options| options.get_ignore_case("scope"));
        let option = option.map(|option| self.value(context, document, option));
        let inner = above.symbolic
            || linked
            || option.is_some_and(|option| option.as_text().is_some_and(|scope| scope.eq_ignore_ascii_case("inner")));
        let mut frame = Frame::new(template_document.clone(), template, target, arguments, Some(declared));
        if linked {
            frame.linked += 1;
        }
        if !inner {
            frame.outer = Some(context.clone());
        }
        Some(self.enter(frame))
    }

    /// The document that a link names by a relative path.
    fn linked(&self, context: &Context, document: &Arc<Document>, link: Node) -> Option<Arc<Document>> {
        let place = document.place(link.span());
        let Some(relative) = link.get_ignore_case("relativePath") else {
            self.gap(place, "a linked template that is not in the workspace");
            return None;
        };
        if context.frame.linked >= MAX_LINKED {
            self.gap(place, format!("templates linked deeper than {MAX_LINKED}"));
            return None;
        }
        let named = document.place(relative.span());
        let relative = self.value(context, document, relative);
        let Some(path) = relative.as_text() else {
            self.gap(place, "a linked template whose path is not known");
            return None;
        };
        let path = document.path.parent().unwrap_or_else(|| Path::new("")).join(path.replace('\\', "/"));
        let path = tidy(&path);
        match self.files.document(&path) {
            Ok(linked) => {
                let mut documents = self.documents.borrow_mut();
                if !documents.iter().any(|known| known.file == linked.file) {
                    documents.push(linked.clone());
                }
                self.links.borrow_mut().push((named, linked.file));
                Some(linked)
            }
            Err(reason) => {
                self.gap(place, format!("a linked template that cannot be read: {reason}"));
                self.complain(place, format!("the linked template cannot be read: {reason}"));
                None
            }
        }
    }

    /// `reference(name, symbol or id)`: the declared properties of a resource of this deployment, else unknown.
    pub(super) fn reference(&self, frame: &Rc<Frame>, args: &[Value], full: bool) -> Value {
        self.ripple();
        let Some(first) = args.first() else { return runtime("reference", None) };
        let Some(declared) = self.find(frame, first) else { return runtime("reference", Id::of(first).as_ref()) };
        let resource = &declared.resource;
        let id = &resource.id;
        let other_version = args
            .get(1)
            .and_then(Value::as_text)
            .zip(resource.api_version.as_deref())
            .is_some_and(|(asked, own)| asked != own);
        if resource.conditional || resource.existing || other_version {
            return runtime("reference", Some(id));
        }
        let properties = self.properties(&declared);
        match full {
            false => properties,
            true => open_object(vec![("properties".into(), properties)], id),
        }
    }

    /// What is declared under `properties`; Azure may add to it.
    fn properties(&self, declared: &Rc<Declared>) -> Value {
        let id = &declared.resource.id;
        if declared.is_deployment() {
            let Some(nested) = self.nested(declared) else { return runtime("reference", Some(id)) };
            return open_object(vec![("outputs".into(), self.reference_outputs(nested, id))], id);
        }
        match self.body(declared).get("properties") {
            Some(properties) => match properties.as_object() {
                Some(object) if object.open.is_none() => {
                    let value = open_object(object.members.clone(), id).growing();
                    let value = if properties.is_secret() { value.secret() } else { value };
                    properties.origin().map_or(value.clone(), |origin| value.with_origin(origin.clone()))
                }
                _ => properties.growing(),
            },
            None => runtime("reference", Some(id)),
        }
    }

    /// `{name: {type, value}}` of a deployment's outputs; those made by a loop do not come through.
    fn reference_outputs(&self, frame: &Rc<Frame>, id: &Id) -> Value {
        let declared = frame.template().get_ignore_case("outputs");
        let mut members: Vec<(Arc<str>, Value)> = Vec::new();
        let mut complete = true;
        for (name, value) in self.outputs(frame) {
            let Some(output) = declared.and_then(|outputs| outputs.get_ignore_case(name)) else { continue };
            if output.get_ignore_case("copy").is_some() {
                complete = false;
                continue;
            }
            let kind = output.get_ignore_case("type").and_then(Node::string).unwrap_or_default();
            let mut letters = kind.chars();
            let kind: String =
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
            members.push((
                name.clone(),
                Value::object(vec![("type".into(), Value::text(kind)), ("value".into(), value.clone())]),
            ));
        }
        match complete {
            true => Value::object(members),
            false => open_object(members, id),
        }
    }

    /// `references(symbol)`: all of a loop.
    pub(super) fn references(&self, frame: &Rc<Frame>, symbol: &str, full: bool) -> Value {
        self.ripple();
        let all: Vec<Rc<Declared>> = self
            .declared(frame)
            .iter()
            .filter(|declared| declared.symbol.as_deref() == Some(symbol))
            .cloned()
            .collect();
        if all.is_empty() || all.iter().any(|declared| declared.resource.conditional || declared.copy.is_none()) {
            return runtime("references", None);
        }
        let one = |declared: &Rc<Declared>| {
            let id = &declared.resource.id;
            match declared.resource.existing {
                true => runtime("references", Some(id)),
                false if full => open_object(vec![("properties".into(), self.properties(declared))], id),
                false => self.properties(declared),
            }
        };
        Value::array(all.iter().map(one).collect())
    }

    /// `resourceInfo(symbol)`: what is certain of a declared resource without asking Azure.
    pub(super) fn resource_info(&self, frame: &Rc<Frame>, symbol: &str) -> Option<Value> {
        self.ripple();
        let declared = self.by_symbol(frame, symbol)?;
        let resource = &declared.resource;
        let id = match resource.id.is_known() {
            true => Value::text(resource.id.written()),
            false => {
                let place = Unknown::of_parts(Why::Environment("place".into()), resource.id.parts());
                Value::new(Data::Unknown(Arc::new(place)))
            }
        };
        let version = resource.api_version.as_deref().map_or_else(|| runtime("resourceInfo", None), Value::text);
        Some(Value::object(vec![
            ("id".into(), id),
            ("name".into(), resource.name.clone()),
            ("type".into(), Value::text(resource.kind.written())),
            ("apiVersion".into(), version),
        ]))
    }

    /// A declared resource by symbol, name or id.
    fn find(&self, frame: &Rc<Frame>, what: &Value) -> Option<Rc<Declared>> {
        if frame.symbolic
            && let Some(symbol) = what.as_text()
            && let Some(declared) = self.by_symbol(frame, symbol)
        {
            return Some(declared);
        }
        let id = Id::of(what)?;
        // Declaring fills the index that ids are looked up in.
        let declared = self.declared(frame);
        if let Some(found) = self.by_id.borrow().get(&id) {
            return Some(found.clone());
        }
        let mut named = declared.iter().filter(|declared| Id::of(&declared.resource.name).as_ref() == Some(&id));
        match (named.next(), named.next()) {
            (Some(found), None) => Some(found.clone()),
            _ => None,
        }
    }

    /// `symbol`, or `symbol[2]` of a loop.
    fn by_symbol(&self, frame: &Rc<Frame>, symbol: &str) -> Option<Rc<Declared>> {
        let (symbol, index) = match symbol.strip_suffix(']').and_then(|symbol| symbol.split_once('[')) {
            Some((symbol, index)) => (symbol, Some(index.parse::<i64>().ok()?)),
            None => (symbol, None),
        };
        let of_symbol = |declared: &&Rc<Declared>| declared.symbol.as_deref() == Some(symbol) && declared.copy == index;
        self.declared(frame).iter().find(of_symbol).cloned()
    }
}

/// The path without `.` and, where something precedes them, without `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

/// What only Azure knows; the same one for the same resource.
fn runtime(function: &str, id: Option<&Id>) -> Value {
    let mut unknown = Unknown::new(Why::Runtime(function.into()));
    unknown.identity = id.map(|id| format!("{function}({})", id.as_str()).into());
    Value::new(Data::Unknown(Arc::new(unknown)))
}

/// An object with the declared members, to which Azure may add.
fn open_object(members: Vec<(Arc<str>, Value)>, id: &Id) -> Value {
    let more = Unknown::new(Why::Runtime("reference".into())).identified(format!("reference({})", id.as_str()));
    Value::new(Data::Object(Arc::new(Object { members, open: Some(Arc::new(more)) })))
}
