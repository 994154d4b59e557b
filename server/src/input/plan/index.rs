//! Questions about one address of a plan: what becomes of it, what an attribute holds, and where that comes from.
//!
//! For any type of resource. This is what finds the place in the `.tf` files; the reader of a plan does not use it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::address::{Block, Key, Reference, Step, Subject, steps};
use super::configuration::{self, Configuration, Expression, PathStep, Resource};
use super::instances::{Action, change};
use super::marks::{Marks, Shade, is_redacted};
use super::{Refusal, Root};
use crate::json::{self, Kind, Node};
use crate::text::Span;

/// A plan, ready to be asked.
pub struct PlanIndex<'a> {
    configuration: Configuration<'a>,
    variables: Option<Node<'a>>,
    checks: Option<Node<'a>>,
    entries: HashMap<Cow<'a, str>, Found<'a>>,
}

/// Where the parts of a plan tell of a resource.
#[derive(Clone, Copy, Default)]
struct Found<'a> {
    planned: Option<Node<'a>>,
    change: Option<Node<'a>>,
    deferred: Option<Node<'a>>,
}

/// One resource of a plan.
pub struct Entry<'i, 'a> {
    index: &'i PlanIndex<'a>,
    address: Vec<Step<'a>>,
    found: Found<'a>,
}

/// Whether a resource is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judged {
    Yes,
    /// Only in part: Terraform put it off.
    Partly,
    No,
}

/// What an attribute holds.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// The value; none where it is unknown or not set.
    pub value: Option<Node<'a>>,
    pub is_unknown: bool,
    pub is_sensitive: bool,
}

/// What the configuration writes for an attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A literal, under this path of the block.
    Constant(String),
    /// An expression that refers to these.
    References(Vec<String>),
    /// Nothing, or an expression that refers to nothing.
    Hidden,
}

impl<'a> PlanIndex<'a> {
    /// Goes through a plan once.
    pub fn new(node: Node<'a>) -> Result<PlanIndex<'a>, Refusal> {
        let root = Root::new(node);
        let is_state = root.is_state()?;
        let mut entries: HashMap<Cow<'a, str>, Found<'a>> = HashMap::new();
        let values = if is_state { root.values } else { root.planned_values };
        let mut open: Vec<Node<'a>> = values.and_then(|values| values.get("root_module")).into_iter().collect();
        while let Some(module) = open.pop() {
            for member in module.members() {
                match &*member.name() {
                    "resources" => {
                        for resource in member.value.items() {
                            if let Some(address) = resource.get("address").and_then(Node::string) {
                                entries.entry(address).or_default().planned = Some(resource);
                            }
                        }
                    }
                    "child_modules" => open.extend(member.value.items()),
                    _ => {}
                }
            }
        }
        let items = |list: Option<Node<'a>>| list.into_iter().flat_map(|list| list.items());
        for node in items(root.resource_changes) {
            if let Some((address, _)) = change(node, |_| true) {
                entries.entry(address).or_default().change = Some(node);
            }
        }
        for node in items(root.deferred_changes) {
            let inner =
                node.get("resource_change").and_then(|inner| change(inner, |_| true).map(|found| (inner, found)));
            if let Some((inner, (address, _))) = inner {
                let found = entries.entry(address).or_default();
                (found.change, found.deferred) = (Some(inner), Some(node));
            }
        }
        Ok(PlanIndex {
            configuration: root.configuration.map(Configuration::new).unwrap_or_default(),
            variables: root.variables,
            checks: node.get("checks"),
            entries,
        })
    }

    /// The resource at an address. One that only the configuration has is found too, and not judged.
    pub fn entry(&self, address: &str) -> Option<Entry<'_, 'a>> {
        let found = self.entries.get(address).copied().unwrap_or_default();
        let address = steps(&Cow::Owned(address.to_owned()))?;
        Some(Entry { index: self, address, found })
    }

    /// The value of a variable of the root module.
    pub fn variable(&self, name: &str) -> Option<Node<'a>> {
        self.variables?.get(name)?.get("value")
    }

    /// The outcome of a check, and what its problems say.
    pub fn check(&self, address: &str) -> Option<(Cow<'a, str>, Vec<Cow<'a, str>>)> {
        let mut found = None;
        for check in self.checks?.items() {
            let shown = |node: Node<'a>| node.get("address")?.get("to_display")?.string();
            for node in std::iter::once(check).chain(check.get("instances").into_iter().flat_map(|list| list.items())) {
                if shown(node).as_deref() == Some(address) {
                    let problems = node.get("problems").into_iter().flat_map(|list| list.items());
                    let messages: Vec<_> = problems.filter_map(|problem| problem.get("message")?.string()).collect();
                    let before: Vec<_> = found.take().map(|(_, messages)| messages).unwrap_or_default();
                    found = Some((node.get("status")?.string()?, [before, messages].concat()));
                }
            }
        }
        found
    }

    /// The block that an address comes from, and the configuration of its module.
    fn block(&self, address: &[Step<'a>]) -> Option<(usize, Option<&Resource<'a>>)> {
        let mut steps = address.iter().peekable();
        let mut module = 0;
        while steps.peek().is_some_and(|step| step.name() == Some("module")) {
            steps.next();
            let name = steps.next()?.name()?;
            module = *self.configuration.modules.get(module)?.calls.get(name)?;
            steps.next_if(|step| matches!(step, Step::Key(_)));
        }
        let first = steps.next()?.name()?;
        let (data, kind) = if first == "data" { (true, steps.next()?.name()?) } else { (false, first) };
        let name = steps.next()?.name()?;
        let block = Block { data, kind: Cow::Owned(kind.to_owned()), name: Cow::Owned(name.to_owned()) };
        let resource = self.configuration.resource(Some(module), &block);
        Some((module, resource.map(|resource| &self.configuration.resources[resource])))
    }
}

impl<'a> Entry<'_, 'a> {
    /// What the plan does with it.
    pub fn action(&self) -> Option<Action> {
        Action::new(self.found.change?.get("change")?.get("actions")?)
    }

    /// Replaced by making the new one first.
    pub fn is_created_before_destroyed(&self) -> bool {
        let actions = self.found.change.and_then(|change| change.get("change")?.get("actions"));
        self.action() == Some(Action::Replace)
            && actions.and_then(|actions| actions.items().next()?.string()).as_deref() == Some("create")
    }

    pub fn judged(&self) -> Judged {
        let is_data = |node: Node<'a>| node.get("mode").and_then(Node::string).as_deref() == Some("data");
        let shown = self.found.planned.or(self.found.change);
        match (self.found.deferred, self.action(), shown) {
            (Some(_), ..) => Judged::Partly,
            (None, Some(action), Some(_)) if action.is_deployed() => Judged::Yes,
            (None, None, Some(planned)) if self.found.planned.is_some() && !is_data(planned) => Judged::Yes,
            _ => Judged::No,
        }
    }

    /// Why Terraform does what it does, in its own word.
    pub fn reason(&self) -> Option<Cow<'a, str>> {
        let reason = self.found.deferred.and_then(|deferred| deferred.get("reason"));
        reason.or_else(|| self.found.change?.get("action_reason")).and_then(Node::string)
    }

    pub fn previous_address(&self) -> Option<Cow<'a, str>> {
        self.found.change?.get("previous_address")?.string()
    }

    /// The id under which it is imported.
    pub fn importing(&self) -> Option<Cow<'a, str>> {
        self.found.change?.get("change")?.get("importing")?.get("id")?.string()
    }

    /// The key of `count` or `for_each`.
    pub fn key(&self) -> Option<&Key<'a>> {
        match self.address.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// The calls of modules that lead to it.
    pub fn module_calls(&self) -> Vec<&str> {
        let names: Vec<&str> = self.address.iter().filter_map(Step::name).collect();
        names.chunks(2).take_while(|pair| pair[0] == "module").filter_map(|pair| pair.get(1).copied()).collect()
    }

    /// The address within its module and without a key, as `configuration` has it.
    pub fn block_address(&self) -> String {
        let names: Vec<&str> = self.address.iter().filter_map(Step::name).collect();
        names[self.module_calls().len() * 2..].join(".")
    }

    /// What an attribute holds. The path is Terraform's: `os_disk[0].disk_size_gb`.
    pub fn attribute(&self, path: &str) -> Attribute<'a> {
        let change = self.found.change.and_then(|change| change.get("change"));
        let part = |name: &str| change.and_then(|change| change.get(name));
        let planned = self.found.planned;
        let values = planned.and_then(|planned| planned.get("values")).or_else(|| part("after"));
        let sensitive = planned.and_then(|planned| planned.get("sensitive_values"));
        let shade = |shadow| Shade::new(shadow, values);
        let mut marks =
            Marks { unknown: shade(part("after_unknown")), secret: [shade(sensitive), shade(part("after_sensitive"))] };
        let mut node = values;
        for step in steps(&Cow::Borrowed(path)).unwrap_or_default() {
            let next = match &step {
                Step::Name(name) | Step::Key(Key::Text(name)) => {
                    let next = node.and_then(|node| node.get(name));
                    marks = marks.member(name, next);
                    next
                }
                Step::Key(Key::Int(index)) => {
                    let mut inside = marks.items();
                    let index = usize::try_from(*index).unwrap_or(usize::MAX);
                    let items = node.into_iter().flat_map(|node| node.items());
                    items.map(|item| (item, inside(item))).nth(index).map(|(item, marked)| {
                        marks = marked;
                        item
                    })
                }
            };
            node = next;
        }
        let redacted = node.and_then(Node::string).is_some_and(|text| is_redacted(&text));
        let is_unknown = marks.is_unknown() || redacted;
        Attribute { value: node.filter(|_| !is_unknown), is_unknown, is_sensitive: marks.is_secret() || redacted }
    }

    /// What the configuration writes for an attribute.
    pub fn source(&self, path: &str) -> Source {
        let Some((expression, at)) = self.expression(path) else { return Source::Hidden };
        if expression.get("constant_value").is_some() {
            return Source::Constant(at);
        }
        let references: Vec<String> = self.references(path).into_iter().map(Cow::into_owned).collect();
        match references.is_empty() {
            true => Source::Hidden,
            false => Source::References(references),
        }
    }

    /// Everything that the expression of an attribute refers to, the prefixes that Terraform lists included.
    pub fn all_references(&self, path: &str) -> Vec<Cow<'a, str>> {
        self.expression(path).map(|(node, _)| configuration::references(node).collect()).unwrap_or_default()
    }

    /// The same without the prefixes.
    pub fn references(&self, path: &str) -> Vec<Cow<'a, str>> {
        let list = super::address::references(self.all_references(path).into_iter());
        list.into_iter().map(|reference| reference.text).collect()
    }

    /// The steps from an attribute to the literal or the variable of the root that it is a copy of.
    ///
    /// A list of references belongs to a whole expression; the one that leads to the same value is taken, if only one does.
    pub fn trace(&self, path: &str) -> Vec<String> {
        let Some((module, resource)) = self.index.block(&self.address) else { return Vec::new() };
        let Some(value) = self.attribute(path).value else { return Vec::new() };
        let mut texts = self.references(path);
        texts.sort_unstable();
        texts.dedup();
        let for_each = resource.and_then(|resource| resource.for_each);
        let ways = texts.into_iter().map(|text| self.follow(Reference::new(text), module, for_each));
        let mut ways = ways.filter(|(_, end)| end.is_some_and(|end| is_same(end, value)));
        match (ways.next(), ways.next()) {
            (Some((steps, _)), None) => steps,
            _ => Vec::new(),
        }
    }

    /// The way that starts with a reference, and the value at its end.
    fn follow(
        &self,
        start: Reference<'a>,
        mut module: usize,
        mut for_each: Option<Node<'a>>,
    ) -> (Vec<String>, Option<Node<'a>>) {
        let modules = &self.index.configuration.modules;
        let mut steps: Vec<String> = Vec::new();
        let mut reference = start;
        // The way inside the value that is followed.
        let mut inside: Vec<Step<'a>> = Vec::new();
        let only = |expression: Node<'a>| match &super::address::references(configuration::references(expression))[..] {
            [one] => Some(one.clone()),
            _ => None,
        };
        for _ in 0..MAX_STEPS {
            inside = [std::mem::take(&mut reference.rest), inside].concat();
            let next = match &reference.subject {
                Subject::EachValue => {
                    let (Some(expression), Some(key)) = (for_each.take(), self.key().cloned()) else { break };
                    let Some(one) = only(expression) else { break };
                    steps.push(reference.text.to_string());
                    steps.push(format!("for_each = {}", one.text));
                    inside.insert(0, Step::Key(key));
                    one
                }
                Subject::Variable(name) => {
                    if steps.last().is_none_or(|last| !last.starts_with("for_each")) {
                        steps.push(reference.text.to_string());
                    }
                    let Some(parent) = modules[module].parent else {
                        let end = self.index.variable(name).and_then(|value| descend(value, &inside));
                        let way: String = inside.iter().map(written).collect();
                        steps.push(format!("variables.{name}.value{way}"));
                        return (steps, end);
                    };
                    let call = modules[parent].calls.iter().find(|(_, called)| **called == module);
                    let (Some((call, _)), Some(&argument)) = (call, modules[module].arguments.get(name)) else { break };
                    steps.push(format!("module_calls.{call}.expressions.{name}"));
                    if let Some(constant) = argument.get("constant_value") {
                        return (steps, descend(constant, &inside));
                    }
                    let Some(one) = only(argument) else { break };
                    for_each = None;
                    module = parent;
                    one
                }
                _ => break,
            };
            reference = next;
        }
        (steps, None)
    }

    /// The expression of an attribute, and the path under which it is written.
    fn expression(&self, path: &str) -> Option<(Node<'a>, String)> {
        let (_, resource) = self.index.block(&self.address)?;
        let resource = resource?;
        let path = Cow::Borrowed(path);
        let steps = steps(&path)?;
        // Blocks as far as the configuration has blocks; the rest is inside one expression.
        let mut taken: Vec<PathStep> = Vec::new();
        let mut written = String::new();
        let mut node = None;
        let mut rest = steps.iter().peekable();
        while let Some(step) = rest.next() {
            let name = step.name()?;
            let index = match rest.peek() {
                Some(Step::Key(Key::Int(index))) => usize::try_from(*index).ok(),
                _ => None,
            };
            let dot = if written.is_empty() { "" } else { "." };
            written.push_str(&format!("{dot}{name}"));
            let block = [&taken[..], &[PathStep::Block { name, index: 0, ordered: true, count: usize::MAX }]].concat();
            let is_block = index.is_some() && self.is_block(resource, &block);
            if let (Some(index), true) = (index, is_block) {
                rest.next();
                let count = self.attribute(&written).value.map_or(0, Node::len);
                written.push_str(&format!("[{index}]"));
                taken.push(PathStep::Block { name, index, ordered: true, count });
                continue;
            }
            taken.push(PathStep::Attribute(name));
            if let Expression::Written(found) = resource.expression(&taken) {
                node = Some(found);
            }
            break;
        }
        node.map(|node| (node, written))
    }

    /// Whether the configuration writes nested blocks at a path.
    fn is_block(&self, resource: &Resource<'a>, path: &[PathStep]) -> bool {
        let Some(PathStep::Block { name, .. }) = path.first() else { return false };
        let mut node = resource.expressions.get(*name).copied();
        for step in &path[1..] {
            let PathStep::Block { name, .. } = step else { return false };
            node = node.and_then(|list| list.items().next()).and_then(|block| block.get(name));
        }
        node.is_some_and(|node| node.kind() == Kind::Array)
    }
}

/// The resource that a place in a plan lies in, and the attribute: what a finding at that place is about.
///
/// It looks through the lists from their beginning; who has many places sorts them first.
pub fn locate(root: Node, span: Span) -> Option<(String, String)> {
    let mut node = root;
    let mut address = None;
    let mut attribute: Option<String> = None;
    for step in root.path_to(span) {
        match (&mut attribute, &step) {
            (Some(path), json::Step::Name(name)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            (Some(path), json::Step::Index(index)) => path.push_str(&format!("[{index}]")),
            (None, json::Step::Name(name)) => {
                if let Some(own) = node.get("type").and_then(|_| node.get("address")).and_then(Node::string) {
                    address = Some(own.into_owned());
                }
                let holds_values = name == "values" || name == "after";
                attribute = address.as_ref().filter(|_| holds_values).map(|_| String::new());
            }
            (None, json::Step::Index(_)) => {}
        }
        node = match &step {
            json::Step::Name(name) => node.get(name)?,
            json::Step::Index(index) => node.items().nth(*index)?,
        };
    }
    if let Some(own) = node.get("type").and_then(|_| node.get("address")).and_then(Node::string) {
        address = address.or(Some(own.into_owned()));
    }
    Some((address?, attribute.unwrap_or_default()))
}

/// How many steps a way has at most.
const MAX_STEPS: usize = 2_000;

fn written(step: &Step) -> String {
    match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => format!(".{name}"),
        Step::Key(Key::Int(index)) => format!("[{index}]"),
    }
}

fn descend<'a>(value: Node<'a>, steps: &[Step]) -> Option<Node<'a>> {
    steps.iter().try_fold(value, |node, step| match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => node.get(name),
        Step::Key(Key::Int(index)) => node.items().nth(usize::try_from(*index).ok()?),
    })
}

fn is_same(a: Node, b: Node) -> bool {
    a.raw() == b.raw() || a.string().is_some_and(|text| b.string() == Some(text))
}
