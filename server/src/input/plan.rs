//! Terraform plans: `terraform show -json` of a plan or a state, as resources in the words of ARM.
//!
//! The reader goes through the text once for the changes, once for the planned values, and looks everything else up.
//! What a type is called in ARM, and which attribute is which property, is the table's knowledge. `configuration` says
//! what refers to what, since ids of new resources are not known while planning.

mod address;
mod azapi;
mod body;
mod configuration;
mod draft;
pub mod index;
mod instances;
mod links;
mod marks;
mod pieces;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use crate::document::Document;
use crate::input::{Gap, Problem, Reading};
use crate::json::{self, Kind, Node, Parsed, Severity};
use crate::model::id::Id;
use crate::model::{Resource, ResourceType};
use crate::text::FileId;
use crate::value::{Value, Why};
pub use address::Key;
use body::{Body, Maker, at, linked};
use configuration::{Configuration, Expression, PathStep};
use draft::{Draft, Fields};
use instances::{Action, Change, Changes, Instances, Take};
use links::{Links, Want};
use pieces::{Parts, Text, segments};
use table::{EMPTIES, Form, ROWS};

/// Why a document is not read, in plain words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { message: message.into() })
}

/// Reads a plan or a state.
pub fn read(document: &Document) -> Result<Reading, Refusal> {
    with_root(document, |root| read_root(document.file, root))
}

/// The outermost object of a plan, past the line that some wrappers write before it.
fn with_root<T>(document: &Document, then: impl FnOnce(Node) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let text = document.text.as_str();
    if let Some(root) = document.root().filter(|root| root.kind() == Kind::Object) {
        // A log is more than one object, and is told what it is.
        if !Root::new(root).is_log {
            is_readable(document.json())?;
        }
        return then(root);
    }
    let start = text.match_indices('\n').map(|(at, _)| at + 1).find(|&at| text[at..].starts_with('{'));
    let Some(start) = start else { return refuse("this is no Terraform plan: it does not hold a JSON object") };
    // Spaces in place of the lines before keep every place what it is.
    let padded = [" ".repeat(start).as_str(), &text[start..]].concat();
    let parsed = json::parse(&padded);
    is_readable(&parsed)?;
    match parsed.root(&padded) {
        Some(root) => then(root),
        None => refuse("this is no Terraform plan: it does not hold a JSON object"),
    }
}

/// A text that is cut off must not pass for a smaller plan; one that is nested too deeply is read as far as it goes.
fn is_readable(parsed: &Parsed) -> Result<(), Refusal> {
    let fault =
        |error: &&json::SyntaxError| error.severity == Severity::Error && !error.message.starts_with("nested deeper");
    match parsed.errors.iter().find(fault) {
        None => Ok(()),
        Some(_) => refuse("this is no complete JSON text; a plan that is cut off is not read"),
    }
}

/// The members of the root that matter.
#[derive(Default)]
struct Root<'a> {
    format_version: Option<Node<'a>>,
    planned_values: Option<Node<'a>>,
    values: Option<Node<'a>>,
    resource_changes: Option<Node<'a>>,
    prior_state: Option<Node<'a>>,
    configuration: Option<Node<'a>>,
    variables: Option<Node<'a>>,
    deferred_changes: Option<Node<'a>>,
    errored: bool,
    complete: bool,
    is_log: bool,
}

impl<'a> Root<'a> {
    fn new(node: Node<'a>) -> Root<'a> {
        let mut root = Root { complete: true, ..Root::default() };
        for member in node.members() {
            let value = member.value;
            match &*member.name() {
                "format_version" => root.format_version = Some(value),
                "planned_values" => root.planned_values = Some(value),
                "values" => root.values = Some(value),
                "resource_changes" => root.resource_changes = Some(value),
                "prior_state" => root.prior_state = Some(value),
                "configuration" => root.configuration = Some(value),
                "variables" => root.variables = Some(value),
                "deferred_changes" => root.deferred_changes = Some(value),
                "errored" => root.errored = value.as_bool() == Some(true),
                "complete" => root.complete = value.as_bool() != Some(false),
                "@level" => root.is_log = true,
                _ => {}
            }
        }
        root
    }

    /// Whether it is a state, unless it is neither that nor a plan.
    fn is_state(&self) -> Result<bool, Refusal> {
        if self.is_log {
            return refuse(
                "this is the log of `terraform plan -json`, which does not hold the plan: save the plan with \
                 `terraform plan -out=FILE` and give the output of `terraform show -json FILE`",
            );
        }
        let version = self.format_version.and_then(|version| match version.kind() {
            Kind::String => version.string(),
            _ => Some(Cow::Borrowed(version.raw())),
        });
        let Some(version) = version else {
            return refuse("this is no output of `terraform show -json`: it has no `format_version`");
        };
        let major: Option<u32> = version.split('.').next().and_then(|major| major.parse().ok());
        match major {
            Some(0 | 1) => {}
            _ => {
                return refuse(
                    "the plan has a format version that is not known: versions 0 and 1 can be read; the plan may be of \
                     a newer Terraform",
                );
            }
        }
        let is_plan =
            self.planned_values.is_some() || self.resource_changes.is_some() || self.deferred_changes.is_some();
        Ok(!is_plan && self.values.is_some())
    }
}

fn read_root(file: FileId, node: Node) -> Result<Reading, Refusal> {
    let root = Root::new(node);
    let is_state = root.is_state()?;
    let mut reading = Reading::default();
    let place = |node: Node| crate::text::Place { file, span: node.span() };

    let configuration = root.configuration.map(Configuration::new).unwrap_or_default();
    let changes = instances::changes(root.resource_changes);
    let mut instances = Instances::new(&configuration);
    let values = if is_state { root.values } else { root.planned_values };
    if let Some(module) = values.and_then(|values| values.get("root_module")) {
        instances.add(&configuration, module, &changes, Take::All);
    }
    add_unplanned(&mut instances, &configuration, &changes);
    let before = root.prior_state.and_then(|state| state.get("values")).and_then(|values| values.get("root_module"));
    if let Some(module) = before {
        instances.add(&configuration, module, &Changes::new(), Take::Data);
    }

    if is_state {
        reading.problems.push(Problem {
            place: place(root.values.unwrap_or(node)),
            message: "this is a Terraform state, not a plan: it shows what is deployed, not what will be".to_owned(),
        });
    }
    let deferred = root.deferred_changes;
    for change in deferred.into_iter().flat_map(|list| list.items()) {
        let reason = "Terraform puts a change off until more is known".to_owned();
        reading.gaps.push(Gap { place: place(change), reason });
    }
    if root.errored {
        let reason = "planning stopped with an error: the plan may lack resources".to_owned();
        reading.gaps.push(Gap { place: place(node), reason });
    } else if !root.complete && deferred.is_none_or(Node::is_empty) {
        let reason = "the plan covers only a part of the configuration".to_owned();
        reading.gaps.push(Gap { place: place(node), reason });
    }

    let links = Links::new(&configuration, &instances, root.variables);
    Reader::new(file, &links).read(&mut reading);
    Ok(reading)
}

/// Resources that no planned values show, as in a plan from which they were cut out.
fn add_unplanned<'a>(instances: &mut Instances<'a>, configuration: &Configuration<'a>, changes: &Changes<'a>) {
    let mut missing: Vec<&Change<'a>> = changes
        .values()
        .filter(|(change, is_planned)| !is_planned.get() && change.action.is_some_and(Action::is_deployed))
        .map(|(change, _)| change)
        .collect();
    missing.sort_by_key(|change| change.node.span());
    for change in missing {
        instances.add_change(configuration, change);
    }
}

/// Makes resources of instances.
struct Reader<'p, 'a> {
    maker: Maker<'p, 'a>,
    links: &'p Links<'p, 'a>,
    ids: Vec<Id>,
    by_id: HashMap<Id, usize>,
    kinds: HashMap<Cow<'p, str>, ResourceType>,
    scopes: HashMap<Parts, Id>,
}

impl<'p, 'a> Reader<'p, 'a> {
    fn new(file: FileId, links: &'p Links<'p, 'a>) -> Reader<'p, 'a> {
        let count = links.instances.list.len();
        let ids: Vec<Id> = (0..count).map(|index| links.id(index).id()).collect();
        let mut by_id = HashMap::with_capacity(count);
        for (index, id) in ids.iter().enumerate() {
            if !matches!(form(links, index), Form::PartOf { .. } | Form::AzapiUpdate) {
                by_id.entry(id.clone()).or_insert(index);
            }
        }
        let maker = Maker::new(file, links);
        Reader { maker, links, ids, by_id, kinds: HashMap::new(), scopes: HashMap::new() }
    }

    fn read(mut self, reading: &mut Reading) {
        let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
        for index in 0..self.ids.len() {
            let instance = &self.links.instances.list[index];
            let set = &self.links.instances.sets[instance.set];
            let row = &ROWS[set.row];
            let owner = match row.form {
                Form::PartOf { of, id, .. } => Some(self.links.parts(index, id, Want::Id(of)).id()),
                Form::AzapiUpdate => Some(self.ids[index].clone()),
                Form::Under { .. } => None,
                _ => continue,
            };
            if let Some((_, list)) = EMPTIES.iter().find(|(kind, _)| *kind == row.terraform) {
                let owner = owner.clone().or_else(|| self.ids[index].parent());
                self.maker.emptied.entry(list).or_default().extend(owner);
            }
            let Some(owner) = owner else { continue };
            match self.by_id.get(&owner) {
                Some(&owner) => parts.entry(owner).or_default().push(index),
                None if !owner.is_known() && row.form != Form::AzapiUpdate => {
                    let place = self.maker.place(instance.node.span());
                    let reason = "what this resource belongs to is known only after apply".to_owned();
                    reading.gaps.push(Gap { place, reason });
                }
                None => {}
            }
        }

        reading.resources.reserve(self.ids.len());
        for index in 0..self.ids.len() {
            let instance = &self.links.instances.list[index];
            let row = &ROWS[self.links.instances.sets[instance.set].row];
            let is_part = matches!(row.form, Form::AzapiUpdate) && self.by_id.contains_key(&self.ids[index]);
            if is_part || row.arm.is_empty() && matches!(row.form, Form::PartOf { .. }) {
                continue;
            }
            let parts = parts.get(&index).map(Vec::as_slice).unwrap_or_default();
            let resource = self.resource(index, parts);
            reading.resources.push(resource);
        }
    }

    fn resource(&mut self, index: usize, parts: &[usize]) -> Resource {
        let links = self.links;
        let instance = &links.instances.list[index];
        let set = &links.instances.sets[instance.set];
        let row = &ROWS[set.row];
        let place = self.maker.place(instance.node.span());

        let mut body = self.body(index);
        let name = self.name(index);
        for &part in parts {
            self.add_part(&mut body, part);
        }
        body.draft.put(&shape::segments("name"), &[], name.clone());
        // A data source shows some attributes only, and an update some properties.
        if set.data || row.form == Form::AzapiUpdate {
            let unknown = std::sync::Arc::new(crate::value::Unknown::new(Why::NotAtHand));
            body.draft.set_open(&[], &[], &unknown);
            body.draft.set_open(&shape::segments("properties"), &[], &unknown);
        }
        let (body, mut attributes) = body.finish();
        attributes.push(("name".into(), "name".into()));

        let kind = links.arm_type(index);
        let kind = self.kinds.entry(kind).or_insert_with_key(|kind| ResourceType::new(kind)).clone();
        let (scope, scope_value) = self.scope(index);
        let api_version = body.get("apiVersion").and_then(|version| version.as_text().map(Into::into));
        Resource {
            kind,
            api_version,
            name,
            older_form: None,
            id: self.ids[index].clone(),
            body,
            place,
            scope,
            scope_value,
            conditional: false,
            existing: set.data,
            address: Some(instance.address.as_ref().into()),
            instance: None,
            attributes,
        }
    }

    /// What the resource itself says.
    fn body<'m>(&'m self, index: usize) -> Body<'m, 'p, 'a> {
        let mut body = self.maker.body(index, &self.ids[index]);
        if matches!(form(self.links, index), Form::Azapi | Form::AzapiUpdate) {
            body.add_azapi();
        }
        body
    }

    /// Adds what another resource holds of this one.
    fn add_part(&self, body: &mut Body<'_, 'p, 'a>, part: usize) {
        let added = self.body(part).draft;
        let Form::PartOf { at: path, .. } = form(self.links, part) else {
            return body.draft.replace(added);
        };
        let mut object =
            Draft::Object(Fields::written_at(self.maker.place(self.links.instances.list[part].node.span())));
        object.merge(&[], added);
        match path.strip_suffix("[]") {
            Some(list) => body.draft.push(&shape::segments(list), &[], object),
            None => body.draft.merge(&shape::segments(path), object),
        }
    }

    /// The full name as ARM has it, those of the parents first.
    fn name(&self, index: usize) -> Value {
        let links = self.links;
        let instance = &links.instances.list[index];
        let last = |parts: &Parts| parts.with(segments(parts).pop().unwrap_or_default());
        let mut text = Text::default();
        let own = match form(links, index) {
            Form::Under { of, name } => {
                text.extend(&links.parts(index, name, Want::Attribute(of, "name")));
                text.push("/");
                links.name(index)
            }
            Form::ChildOf { of, id } => {
                text.extend(&last(&links.parts(index, id, Want::Id(of))));
                text.push("/");
                links.name(index)
            }
            Form::PartOf { of, id, .. } => {
                text.extend(&last(&links.parts(index, id, Want::Id(of))));
                text.push("/");
                last(&links.id(index))
            }
            Form::ProtectedItem => {
                let [vault, fabric, container, item] = links.item_names(index);
                for name in [vault, fabric, container] {
                    text.extend(&name);
                    text.push("/");
                }
                item
            }
            Form::Azapi | Form::AzapiUpdate => {
                let types = links.arm_type(index).split('/').count().saturating_sub(1);
                let id = links.id(index);
                let names = segments(&id).into_iter().rev().step_by(2).take(types).map(|name| id.with(name));
                let mut names: Vec<Parts> = names.collect();
                names.reverse();
                let own = names.pop().unwrap_or_else(|| links.name(index));
                for name in names {
                    text.extend(&name);
                    text.push("/");
                }
                own
            }
            _ => links.name(index),
        };
        text.extend(&own);
        let value = linked(&text.done(), &Why::AfterApply("".into()));
        let written = instance.anchors.iter().zip(instances::anchors(form(links, index)));
        let written = written.filter(|(_, name)| *name == "name").find_map(|(node, _)| *node);
        let place = self.maker.place(written.unwrap_or(instance.values).span());
        match written.and_then(Node::string) {
            Some(text) if value.as_text() == Some(&*text) => value.written_at(place),
            _ => at(value, place),
        }
    }

    /// What a resource is deployed into or applied to, and the value that says so.
    fn scope(&mut self, index: usize) -> (Id, Option<Value>) {
        let links = self.links;
        let id = &self.ids[index];
        let group = |id: &Id| id.group().unwrap_or_else(|| id.clone());
        let parts = match form(links, index) {
            Form::InGroup | Form::Under { .. } | Form::ProtectedItem if id.is_known() => return (group(id), None),
            Form::InGroup | Form::Under { .. } | Form::ProtectedItem => {
                let mut text = Text::default();
                links.push_group(&mut text, index);
                text.done()
            }
            Form::InSubscription | Form::ResourceGroup => {
                let mut text = Text::default();
                links.push_subscription(&mut text, index);
                text.done()
            }
            Form::ChildOf { .. } | Form::PartOf { .. } => return (group(id), None),
            Form::On(scope) => return self.applied_to(index, scope),
            Form::OnGroupOr(scope) if links.instances.list[index].anchors[2].is_some() => {
                return self.applied_to(index, scope);
            }
            Form::OnGroupOr(_) => {
                let mut text = Text::default();
                links.push_subscription(&mut text, index);
                text.done()
            }
            Form::Azapi | Form::AzapiUpdate => {
                return match links.arm_type(index).matches('/').count() > 1 {
                    true => (group(id), None),
                    false => self.applied_to(index, "parent_id"),
                };
            }
            Form::OnTenant | Form::Subscription => return (Id::known("/"), None),
            Form::Elsewhere => return (id.clone(), None),
        };
        let scope = self.scopes.entry(parts).or_insert_with_key(Parts::id).clone();
        (scope, None)
    }

    fn applied_to(&mut self, index: usize, attribute: &'static str) -> (Id, Option<Value>) {
        let instance = &self.links.instances.list[index];
        let parts = self.links.parts(index, attribute, Want::Id(""));
        let words = match self.links.expression(instance, &[PathStep::Attribute(attribute)]) {
            Expression::Written(expression) => self.links.references(expression).words.clone(),
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => "".into(),
        };
        let written = instance.anchors[2].unwrap_or(instance.values);
        let value = at(linked(&parts, &Why::AfterApply(words)), self.maker.place(written.span()));
        let scope = self.scopes.entry(parts).or_insert_with_key(Parts::id).clone();
        (scope, Some(value))
    }
}

fn form(links: &Links, index: usize) -> Form {
    ROWS[links.instances.sets[links.instances.list[index].set].row].form
}
