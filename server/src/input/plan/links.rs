//! Which resource an expression means, and the ids that follow from it.
//!
//! Ids of resources that a plan creates are not known while planning. They are put together from the names that are
//! known; each unknown piece is a hole that bears the address of what will fill it, so that two references to one thing
//! are equal. Nothing is guessed: what is not certain to be one resource stays a hole of its own.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::address::{self, Key, Reference, Step, Subject};
use super::configuration::{self, Configuration, Expression, PathStep};
use super::instances::{Instance, Instances, Siblings};
use super::marks::{Shade, is_redacted};
use super::pieces::{Parts, Text, hole, is_known, segments};
use super::table::{Form, GROUP, How, ROWS, VAULT, VM};
use crate::json::{Kind, Node};
use crate::value::Part;

/// What an attribute is expected to hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Want {
    /// The id of a resource of this ARM type, or of any.
    Id(&'static str),
    /// This attribute of a resource of this ARM type, or of any.
    Attribute(&'static str, &'static str),
}

/// An attribute of a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    pub instance: usize,
    pub attribute: &'static str,
}

/// How many expressions are read to follow one reference, how deep they may lie, and how long a chain of ids may be.
const MAX_STEPS: u32 = 20_000;
const MAX_DEPTH: usize = 2_000;
const MAX_HOPS: usize = 400;
const MAX_CHAIN: u32 = 200;

/// Follows references. It remembers what it found.
pub struct Links<'p, 'a> {
    pub configuration: &'p Configuration<'a>,
    pub instances: &'p Instances<'a>,
    /// The values of the root module's variables.
    variables: HashMap<Cow<'a, str>, Node<'a>>,
    references: RefCell<HashMap<u32, Rc<References<'a>>>>,
    ids: RefCell<Vec<Made>>,
    /// By resource and expression: an expression stands for one attribute.
    targets: RefCell<HashMap<(usize, u32), Option<Target>>>,
    item_names: RefCell<HashMap<usize, [Parts; 4]>>,
    covers: RefCell<HashMap<(Holder, usize), Covers>>,
    subscriptions: RefCell<HashMap<Cow<'a, str>, Parts>>,
    /// Subscriptions by provider, from ids that are known.
    seen_subscriptions: HashMap<Cow<'a, str>, Option<Cow<'a, str>>>,
    /// The key of the only configured azurerm provider.
    only_provider: Option<Cow<'a, str>>,
    /// How many ids are being put together one for the other.
    chain: Cell<u32>,
}

#[derive(Clone)]
enum Made {
    Not,
    /// Being put together right now: who asks again runs in a circle.
    Half,
    Done(Parts),
}

/// The references of an expression, and the same in words.
pub struct References<'a> {
    pub list: Vec<Reference<'a>>,
    pub words: Arc<str>,
}

/// Whose keys `each.key` and `count.index` go through.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Set(usize),
    Call(usize),
}

/// How the keys of one block lie to those of another.
#[derive(Clone, Copy)]
struct Covers {
    /// All keys of the one are keys of the other.
    all: bool,
    /// And the other has no more.
    equal: bool,
}

/// Where an expression stands.
#[derive(Clone)]
struct Context<'p, 'a> {
    module: usize,
    /// The key of the instance whose expression it is.
    key: Option<&'p Key<'a>>,
    holder: Option<Holder>,
    /// What `each` goes through.
    for_each: Option<Node<'a>>,
    /// Only the element with this key is meant, of the keys of a holder.
    element: Option<(Key<'a>, Option<Holder>)>,
}

/// An expression that is being read.
struct Frame<'p, 'a> {
    context: Context<'p, 'a>,
    references: Rc<References<'a>>,
    /// What each reference to a block or a call means, where that is certain.
    chosen: Vec<Option<usize>>,
    /// The references that select an instance and say nothing else.
    used: Vec<bool>,
    next: usize,
}

#[derive(Default)]
struct Found {
    targets: Vec<Target>,
    /// Something could be meant that is not seen.
    lost: bool,
    /// Something else plays a part: a known value, or another resource.
    others: bool,
}

impl<'p, 'a> Links<'p, 'a> {
    pub fn new(
        configuration: &'p Configuration<'a>,
        instances: &'p Instances<'a>,
        variables: Option<Node<'a>>,
    ) -> Links<'p, 'a> {
        let values = variables.into_iter().flat_map(|variables| variables.members());
        let mut azurerm = configuration.providers.iter().filter(|(_, provider)| {
            let name = provider.get("full_name").or_else(|| provider.get("name")).and_then(Node::string);
            name.is_some_and(|name| name.rsplit('/').next() == Some("azurerm"))
        });
        let only_provider = match (azurerm.next(), azurerm.next()) {
            (Some((key, _)), None) => Some(key.clone()),
            _ => None,
        };
        let mut links = Links {
            configuration,
            instances,
            variables: values.filter_map(|member| Some((member.name(), member.value.get("value")?))).collect(),
            references: RefCell::default(),
            ids: RefCell::new(vec![Made::Not; instances.list.len()]),
            targets: RefCell::default(),
            item_names: RefCell::default(),
            covers: RefCell::default(),
            subscriptions: RefCell::default(),
            seen_subscriptions: HashMap::new(),
            only_provider,
            chain: Cell::new(0),
        };
        links.see_subscriptions();
        links
    }

    /// Ids that are already known tell the subscription of their provider.
    fn see_subscriptions(&mut self) {
        for instance in &self.instances.list {
            let set = &self.instances.sets[instance.set];
            let form = ROWS[set.row].form;
            let lies_in_it = match form {
                Form::InGroup | Form::InSubscription | Form::ResourceGroup | Form::Under { .. } => true,
                // `data.azurerm_subscription` without argument is the provider's own.
                Form::Subscription => {
                    set.data
                        && matches!(
                            self.expression(instance, &[PathStep::Attribute("subscription_id")]),
                            Expression::Unset
                        )
                }
                _ => false,
            };
            let known = instance.anchors[0].or(instance.former_id);
            if !lies_in_it || known.is_none() {
                continue;
            }
            let Some(id) = known.and_then(Node::string) else { continue };
            let mut segments = id.split('/').filter(|segment| !segment.is_empty());
            let head = segments.next().is_some_and(|head| head.eq_ignore_ascii_case("subscriptions"));
            let Some(subscription) = segments.next().filter(|_| head) else { continue };
            let key = self.provider_key(set.config);
            match self.seen_subscriptions.get_mut(&key) {
                None => {
                    self.seen_subscriptions.insert(key, Some(Cow::Owned(subscription.to_owned())));
                }
                Some(seen) if seen.as_deref().is_some_and(|seen| !seen.eq_ignore_ascii_case(subscription)) => {
                    *seen = None;
                }
                Some(_) => {}
            }
        }
    }

    /// The key of the provider that a block uses.
    fn provider_key(&self, config: Option<usize>) -> Cow<'a, str> {
        if let Some(only) = &self.only_provider {
            return only.clone();
        }
        let key = config.and_then(|config| self.configuration.resources[config].provider.clone());
        key.unwrap_or(Cow::Borrowed("azurerm"))
    }

    /// The subscription that the resources of a block lie in.
    fn subscription(&self, config: Option<usize>) -> Parts {
        let key = self.provider_key(config);
        if let Some(known) = self.subscriptions.borrow().get(&key) {
            return known.clone();
        }
        let expression = self.configuration.providers.get(&key).and_then(|provider| provider.get("expressions"));
        let expression = expression.and_then(|expressions| expressions.get("subscription_id"));
        let constant = expression.and_then(|expression| expression.get("constant_value"));
        let written = constant.or_else(|| {
            let references = self.references(expression?);
            match &references.list[..] {
                [Reference { subject: Subject::Variable(name), rest, .. }] if rest.is_empty() => {
                    let root = self.configuration.modules.first();
                    let secret = root.is_some_and(|root| root.secrets.contains(name));
                    self.variables.get(name).copied().filter(|_| !secret)
                }
                _ => None,
            }
        });
        let written = written.and_then(Node::string).filter(|text| !text.is_empty() && !is_redacted(text));
        let seen = || self.seen_subscriptions.get(&key).cloned().flatten();
        let parts = match written.or_else(seen) {
            Some(subscription) => Parts::known(&subscription, false),
            None => hole(&format!("provider {key} subscription_id")).into(),
        };
        self.subscriptions.borrow_mut().insert(key, parts.clone());
        parts
    }

    /// What the configuration says of an attribute of a resource.
    pub fn expression(&self, instance: &Instance<'a>, path: &[PathStep]) -> Expression<'a> {
        match self.instances.sets[instance.set].config {
            Some(config) => self.configuration.resources[config].expression(path),
            None => Expression::NotAtHand,
        }
    }

    /// Whether an attribute is computed from sensitive variables, whatever the masks say.
    pub fn uses_secrets(&self, instance: &Instance<'a>, attribute: &str) -> bool {
        let config = self.instances.sets[instance.set].config;
        config.is_some_and(|config| self.configuration.resources[config].secrets.contains(attribute))
    }

    /// Whether an attribute, which holds a text, must not be shown.
    pub fn is_secret(&self, instance: &Instance<'a>, attribute: &str) -> bool {
        let masked = |shade: Shade<'a>| match shade {
            Shade::Parts(shadow) => {
                // Most masks do not have the name at all.
                memchr::memmem::find(shadow.raw().as_bytes(), attribute.as_bytes()).is_some()
                    && shadow.get(attribute).is_some_and(|mark| Shade::new(Some(mark), None).is_whole())
            }
            shade => shade.is_whole(),
        };
        instance.marks.secret.iter().any(|shade| masked(*shade)) || self.uses_secrets(instance, attribute)
    }

    /// What an expression refers to.
    pub fn references(&self, expression: Node<'a>) -> Rc<References<'a>> {
        if let Some(known) = self.references.borrow().get(&expression.index()) {
            return known.clone();
        }
        let list = address::references(configuration::references(expression));
        let mut words: Vec<&str> = Vec::new();
        for reference in &list {
            if !words.contains(&&*reference.text) {
                words.push(&reference.text);
            }
        }
        let references = Rc::new(References { words: words.join(", ").into(), list });
        self.references.borrow_mut().insert(expression.index(), references.clone());
        references
    }

    /// The ARM type of a resource, as it is written.
    pub fn arm_type(&self, instance: usize) -> Cow<'a, str> {
        let row = &ROWS[self.instances.sets[self.instances.list[instance].set].row];
        match row.form {
            Form::Azapi | Form::AzapiUpdate => {
                let written = self.instances.list[instance].anchors[3].and_then(Node::string);
                match written {
                    Some(Cow::Borrowed(text)) => Cow::Borrowed(text.split('@').next().unwrap_or(text)),
                    Some(Cow::Owned(text)) => Cow::Owned(text.split('@').next().unwrap_or(&text).to_owned()),
                    None => Cow::Borrowed(""),
                }
            }
            _ => Cow::Borrowed(row.arm),
        }
    }

    /// The id of a resource, in pieces.
    pub fn id(&self, instance: usize) -> Parts {
        let made = self.ids.borrow()[instance].clone();
        let own = || Parts::from(self.own_hole(instance, "id"));
        match made {
            Made::Done(parts) => return parts,
            Made::Half => return own(),
            Made::Not => {}
        }
        if self.chain.get() == MAX_CHAIN {
            return own();
        }
        self.chain.set(self.chain.get() + 1);
        self.ids.borrow_mut()[instance] = Made::Half;
        let parts = self.make_id(instance).unwrap_or_else(own);
        self.ids.borrow_mut()[instance] = Made::Done(parts.clone());
        self.chain.set(self.chain.get() - 1);
        parts
    }

    fn make_id(&self, index: usize) -> Option<Parts> {
        let instance = &self.instances.list[index];
        let set = &self.instances.sets[instance.set];
        if let Some(id) = known_text(instance.anchors[0]) {
            return Some(Parts::known(&id, self.is_secret(instance, "id")));
        }
        let row = &ROWS[set.row];
        let mut id = Text::default();
        match row.form {
            Form::InGroup => {
                self.push_group(&mut id, index);
                id.provider(row.arm, &[&self.name(index)]);
            }
            Form::InSubscription => {
                self.push_subscription(&mut id, index);
                id.provider(row.arm, &[&self.name(index)]);
            }
            Form::ResourceGroup => {
                self.push_subscription(&mut id, index);
                id.push("/resourceGroups/");
                id.extend(&self.name(index));
            }
            // The id of the managed resource is that of an alias.
            Form::Subscription => {
                let subscription = known_text(instance.anchors[1]).filter(|_| set.data)?;
                id.push("/subscriptions/");
                id.push(&subscription);
            }
            Form::Under { of, name } => {
                self.push_group(&mut id, index);
                let parent = self.parts(index, name, Want::Attribute(of, "name"));
                id.provider(row.arm, &[&parent, &self.name(index)]);
            }
            Form::ChildOf { of, id: attribute } => {
                id.extend(&self.parts(index, attribute, Want::Id(of)));
                id.push("/");
                id.push(row.arm.rsplit('/').next().unwrap_or_default());
                id.push("/");
                id.extend(&self.name(index));
            }
            Form::On(scope) => {
                id.extend(&self.parts(index, scope, Want::Id("")));
                id.provider(row.arm, &[&self.name(index)]);
            }
            Form::OnGroupOr(scope) => {
                match instance.anchors[2] {
                    Some(_) => id.extend(&self.parts(index, scope, Want::Id(""))),
                    None => self.push_subscription(&mut id, index),
                }
                id.provider(row.arm, &[&self.name(index)]);
            }
            Form::OnTenant => id.provider(row.arm, &[&self.name(index)]),
            Form::ProtectedItem => {
                self.push_group(&mut id, index);
                let names = self.item_names(index);
                id.provider(row.arm, &names.each_ref());
            }
            Form::PartOf { of, id: attribute, .. } => {
                id.extend(&self.parts(index, attribute, Want::Id(of)));
                id.push("/");
                id.push(row.arm.rsplit('/').next().unwrap_or_default());
                id.push("/");
                id.extend(&self.own_hole(index, "name").into());
            }
            Form::AzapiUpdate if instance.anchors[1].is_none() => {
                id.extend(&self.parts(index, "resource_id", Want::Id("")));
            }
            Form::Azapi | Form::AzapiUpdate => self.push_azapi(&mut id, index)?,
            Form::Elsewhere => return None,
        }
        Some(id.done())
    }

    /// azapi: below its parent by the last segment of the type, or by the whole type where the parent is a scope.
    fn push_azapi(&self, id: &mut Text, index: usize) -> Option<()> {
        let kind = self.arm_type(index);
        let parent = self.parts(index, "parent_id", Want::Id(""));
        id.extend(&parent);
        let name = self.name(index);
        let (_, types) = kind.split_once('/')?;
        match types.rsplit_once('/') {
            Some((_, last)) => {
                id.push("/");
                id.push(last);
                id.push("/");
                id.extend(&name);
            }
            None if kind.eq_ignore_ascii_case(GROUP) => {
                id.push("/resourceGroups/");
                id.extend(&name);
            }
            None => id.provider(&kind, &[&name]),
        }
        Some(())
    }

    /// The names of a protected item, that of the vault first.
    pub fn item_names(&self, index: usize) -> [Parts; 4] {
        if let Some(known) = self.item_names.borrow().get(&index) {
            return known.clone();
        }
        let names = self.make_item_names(index);
        self.item_names.borrow_mut().insert(index, names.clone());
        names
    }

    fn make_item_names(&self, index: usize) -> [Parts; 4] {
        let vault = self.parts(index, "recovery_vault_name", Want::Attribute(VAULT, "name"));
        let vm = self.parts(index, "source_vm_id", Want::Id(VM));
        let segments = segments(&vm);
        let after = |name: &str| {
            let at = segments.iter().position(|segment| is_known(segment, name))?;
            segments.get(at + 1).map(|segment| vm.with(segment.clone()))
        };
        let (group, vm) = match (after("resourceGroups"), after("virtualMachines")) {
            (Some(group), Some(vm)) => (group, vm),
            _ => (self.own_hole(index, "source_vm_id.group").into(), self.own_hole(index, "source_vm_id.name").into()),
        };
        let join = |head: &str| {
            let mut text = Text::default();
            text.push(head);
            text.extend(&group);
            text.push(";");
            text.extend(&vm);
            text.done()
        };
        let fabric = Parts::known("Azure", false);
        [vault, fabric, join("iaasvmcontainer;iaasvmcontainerv2;"), join("vm;iaasvmcontainerv2;")]
    }

    /// `/subscriptions/<id>` of a resource.
    pub fn push_subscription(&self, id: &mut Text, index: usize) {
        id.push("/subscriptions/");
        id.extend(&self.subscription(self.instances.sets[self.instances.list[index].set].config));
    }

    /// The id of the group that `resource_group_name` names.
    pub fn push_group(&self, id: &mut Text, index: usize) {
        self.push_subscription(id, index);
        id.push("/resourceGroups/");
        id.extend(&self.parts(index, "resource_group_name", Want::Attribute(GROUP, "name")));
    }

    /// The value of `name`. What it is made of is not followed: names are pieced together.
    pub fn name(&self, index: usize) -> Parts {
        let instance = &self.instances.list[index];
        match known_text(self.value(instance, "name")) {
            Some(name) => Parts::known(&name, self.is_secret(instance, "name")),
            None => self.own_hole(index, "name").into(),
        }
    }

    /// The text of an attribute: as the plan has it, or by what the configuration refers to, or as a hole.
    pub fn parts(&self, index: usize, attribute: &'static str, want: Want) -> Parts {
        let instance = &self.instances.list[index];
        if let Some(text) = known_text(self.value(instance, attribute)) {
            return Parts::known(&text, self.is_secret(instance, attribute));
        }
        let linked = match self.expression(instance, &[PathStep::Attribute(attribute)]) {
            Expression::Written(expression) => self.parts_of(index, attribute, expression, want),
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => None,
        };
        linked.unwrap_or_else(|| self.own_hole(index, attribute).into())
    }

    /// The text of an attribute of a resource by its expression, where that is certain to mean something.
    pub fn parts_of(&self, index: usize, attribute: &'static str, expression: Node<'a>, want: Want) -> Option<Parts> {
        let key = (index, expression.index());
        let known = self.targets.borrow().get(&key).copied();
        let target = known.unwrap_or_else(|| {
            let target = self.target(index, expression, want);
            self.targets.borrow_mut().insert(key, target);
            target
        });
        Some(self.target_parts(index, target?, attribute))
    }

    /// The text of what a reference leads to; `from` is where it started.
    pub fn target_parts(&self, from: usize, target: Target, attribute: &'static str) -> Parts {
        match target.attribute {
            "id" => return self.id(target.instance),
            "name" => return self.name(target.instance),
            _ => {}
        }
        if self.chain.get() == MAX_CHAIN || target == (Target { instance: from, attribute }) {
            return self.own_hole(from, attribute).into();
        }
        self.chain.set(self.chain.get() + 1);
        let parts = self.parts(target.instance, target.attribute, self.want_of(target));
        self.chain.set(self.chain.get() - 1);
        parts
    }

    /// What an attribute that another one hands on is expected to hold.
    fn want_of(&self, target: Target) -> Want {
        if target.attribute == "name" || target.attribute == "location" {
            return Want::Attribute("", target.attribute);
        }
        let row = &ROWS[self.instances.sets[self.instances.list[target.instance].set].row];
        match row.form {
            _ if target.attribute == "resource_group_name" => Want::Attribute(GROUP, "name"),
            Form::Under { of, name } if name == target.attribute => Want::Attribute(of, "name"),
            Form::ChildOf { of, id } | Form::PartOf { of, id, .. } if id == target.attribute => Want::Id(of),
            _ => id_kind(row.properties, target.attribute).map_or(Want::Id(""), Want::Id),
        }
    }

    fn value(&self, instance: &Instance<'a>, attribute: &str) -> Option<Node<'a>> {
        let names = super::instances::anchors(ROWS[self.instances.sets[instance.set].row].form);
        match names.iter().position(|name| *name == attribute) {
            Some(slot) => instance.anchors[slot],
            None => instance.values.get(attribute),
        }
    }

    /// A hole that only this attribute of this resource fills.
    pub fn own_hole(&self, index: usize, attribute: &str) -> Part {
        hole(&format!("{}.{attribute}", self.instances.list[index].address))
    }

    /// The one resource attribute that an expression of a resource stands for.
    pub fn target(&self, index: usize, expression: Node<'a>, want: Want) -> Option<Target> {
        let found = self.find(index, expression, want);
        let certain = match want {
            Want::Id("") | Want::Attribute(..) => !found.others,
            Want::Id(_) => true,
        };
        match &found.targets[..] {
            [target] if certain && !found.lost => Some(*target),
            _ => None,
        }
    }

    /// All resources that a list of ids holds, in order, where that is certain.
    pub fn targets(&self, index: usize, expression: Node<'a>, want: Want) -> Option<Vec<Target>> {
        let found = self.find(index, expression, want);
        (!found.lost && !found.others && !found.targets.is_empty()).then_some(found.targets)
    }

    fn find(&self, index: usize, expression: Node<'a>, want: Want) -> Found {
        let instance = &self.instances.list[index];
        let set = &self.instances.sets[instance.set];
        let mut found = Found::default();
        let mut frames = Vec::new();
        let context = Context {
            module: set.module,
            key: instance.key.as_ref(),
            holder: Some(Holder::Set(instance.set)),
            for_each: set.config.and_then(|config| self.configuration.resources[config].for_each),
            element: None,
        };
        self.open(context, expression, &mut frames, &mut found);
        let mut steps = 0;
        while let Some(frame) = frames.last_mut() {
            let nth = frame.next;
            frame.next += 1;
            if nth == frame.references.list.len() {
                frames.pop();
                continue;
            }
            steps += 1;
            if steps > MAX_STEPS || frames.len() > MAX_DEPTH {
                found.lost = true;
                break;
            }
            self.follow(nth, want, &mut frames, &mut found);
        }
        found
    }

    /// Begins to read an expression.
    fn open(&self, context: Context<'p, 'a>, expression: Node<'a>, frames: &mut Vec<Frame<'p, 'a>>, found: &mut Found) {
        let references = self.references(expression);
        if references.list.is_empty() {
            // A constant is known, and a function of nothing may be anything.
            match expression.get("constant_value") {
                Some(_) => found.others = true,
                None => found.lost = true,
            }
            return;
        }
        let mut used = vec![false; references.list.len()];
        let mut chosen = vec![None; references.list.len()];
        let module = &self.instances.modules[context.module];
        for (nth, reference) in references.list.iter().enumerate() {
            let (siblings, of, key) = match &reference.subject {
                Subject::Resource { block, key } => match module.sets.get(block) {
                    Some(&set) => (&self.instances.sets[set].siblings, Holder::Set(set), key),
                    None => continue,
                },
                Subject::Module { name, key } => match module.calls.get(name) {
                    Some(&call) => (&self.instances.calls[call], Holder::Call(call), key),
                    None => continue,
                },
                _ => continue,
            };
            chosen[nth] = self.choose(&context, siblings, of, key.as_ref(), &references.list, &mut used);
        }
        frames.push(Frame { context, references, chosen, used, next: 0 });
    }

    /// Reads one reference of the innermost expression.
    fn follow(&self, nth: usize, want: Want, frames: &mut Vec<Frame<'p, 'a>>, found: &mut Found) {
        let Some(frame) = frames.last() else { return };
        let references = frame.references.clone();
        let reference = &references.list[nth];
        if frame.used[nth] {
            return;
        }
        match &reference.subject {
            Subject::Resource { block, .. } => {
                let set = self.instances.modules[frame.context.module].sets.get(block);
                match (set, frame.chosen[nth]) {
                    (Some(_), Some(instance)) => self.take(instance, reference, want, found),
                    // Not what is looked for, whichever instance it is.
                    (None, _) => found.others = true,
                    (Some(&set), None) if !self.may_be(set, reference, want) => found.others = true,
                    (Some(_), None) => found.lost = true,
                }
            }
            Subject::Module { .. } => {
                let Some(module) = frame.chosen[nth] else {
                    found.lost = true;
                    return;
                };
                let element = self.element(frame, reference);
                let context = Context { module, key: None, holder: None, for_each: None, element };
                self.open_outputs(context, reference.attribute(), frames, found);
            }
            Subject::Variable(name) => {
                let module = &self.instances.modules[frame.context.module];
                let config = module.config.and_then(|config| self.configuration.modules.get(config));
                let argument = config.and_then(|config| config.arguments.get(name));
                match (module.parent, argument) {
                    (Some(parent), Some(&argument)) => {
                        let context = Context {
                            module: parent,
                            key: module.key.as_ref(),
                            holder: module.call.map(Holder::Call),
                            for_each: config.and_then(|config| config.for_each),
                            element: self.element(frame, reference),
                        };
                        self.open(context, argument, frames, found);
                    }
                    // A default, or a variable of the root: known.
                    _ => found.others = true,
                }
            }
            Subject::EachValue => match (frame.context.for_each, frame.context.key) {
                (Some(for_each), Some(key)) => {
                    let element = Some((key.clone(), frame.context.holder));
                    let module = frame.context.module;
                    let context = Context { module, key: None, holder: None, for_each: None, element };
                    self.open(context, for_each, frames, found);
                }
                _ => found.others = true,
            },
            // The key is an element's, where it does not tell which instance.
            Subject::EachKey | Subject::CountIndex => {
                let elements = references
                    .list
                    .iter()
                    .any(|other| matches!(other.subject, Subject::Module { .. } | Subject::Variable(_)));
                found.others |= !elements;
            }
            Subject::Fixed => found.others = true,
            Subject::Hidden => found.lost = true,
        }
    }

    /// Begins to read one output, or all where the reference lost its name.
    fn open_outputs(
        &self,
        context: Context<'p, 'a>,
        name: Option<&str>,
        frames: &mut Vec<Frame<'p, 'a>>,
        found: &mut Found,
    ) {
        let config = self.instances.modules[context.module].config;
        let outputs = config.and_then(|config| self.configuration.modules.get(config)).map(|config| &config.outputs);
        let mut meant = outputs
            .into_iter()
            .flatten()
            .filter(|(output, _)| name.is_none_or(|name| output == name))
            .map(|(_, expression)| *expression)
            .peekable();
        found.lost |= meant.peek().is_none();
        for expression in meant {
            self.open(context.clone(), expression, frames, found);
        }
    }

    /// The element of a collection that a reference means: by its own key, by a key beside it, or as before.
    fn element(&self, frame: &Frame<'p, 'a>, reference: &Reference<'a>) -> Option<(Key<'a>, Option<Holder>)> {
        let own = reference.rest.iter().find_map(|step| match step {
            Step::Key(key) => Some(key.clone()),
            Step::Name(_) => None,
        });
        if let Some(own) = own {
            return Some((own, None));
        }
        let beside = frame
            .references
            .list
            .iter()
            .zip(&frame.used)
            .any(|(other, used)| !used && matches!(other.subject, Subject::EachKey | Subject::CountIndex));
        match frame.context.key {
            Some(key) if beside => Some((key.clone(), frame.context.holder)),
            _ => frame.context.element.clone(),
        }
    }

    /// The instance that a reference means, and which of the references beside it say so.
    fn choose(
        &self,
        context: &Context<'p, 'a>,
        siblings: &Siblings<'a>,
        of: Holder,
        key: Option<&Key<'a>>,
        list: &[Reference<'a>],
        used: &mut [bool],
    ) -> Option<usize> {
        if let Some(key) = key {
            return siblings.keyed.get(key).copied();
        }
        if siblings.keyed.is_empty() {
            return siblings.single;
        }
        let mut chosen: Option<usize> = None;
        let mut by = Vec::new();
        for (nth, reference) in list.iter().enumerate() {
            let own = match reference.subject {
                Subject::EachKey | Subject::CountIndex => true,
                Subject::EachValue => context.for_each.is_none(),
                Subject::Variable(_) => false,
                _ => continue,
            };
            let known = if own { context.key.cloned() } else { self.known(context, reference) };
            let Some(known) = known else { continue };
            let Some(&instance) = siblings.keyed.get(&known) else { continue };
            // A number could be part of a sum, a text can hardly be part of another key.
            let certain = match (&known, own, context.holder) {
                (Key::Int(_), true, Some(holder)) => self.covers(holder, of, siblings).equal,
                (Key::Int(_), _, _) => false,
                (Key::Text(_), true, Some(holder)) => self.covers(holder, of, siblings).all,
                (Key::Text(_), _, _) => true,
            };
            if !certain || chosen.is_some_and(|before| before != instance) {
                return None;
            }
            chosen = Some(instance);
            by.push(nth);
        }
        if chosen.is_some() {
            by.into_iter().for_each(|nth| used[nth] = true);
            return chosen;
        }
        let (key, holder) = context.element.as_ref()?;
        let certain = holder.is_none_or(|holder| self.covers(holder, of, siblings).all);
        siblings.keyed.get(key).copied().filter(|_| certain)
    }

    /// How the keys that an expression goes through lie to those of what it refers to.
    fn covers(&self, holder: Holder, of: Holder, siblings: &Siblings<'a>) -> Covers {
        let target = match of {
            Holder::Set(set) => set * 2,
            Holder::Call(call) => call * 2 + 1,
        };
        if let Some(&known) = self.covers.borrow().get(&(holder, target)) {
            return known;
        }
        let own = match holder {
            Holder::Set(set) => &self.instances.sets[set].siblings,
            Holder::Call(call) => &self.instances.calls[call],
        };
        let all = own.keyed.keys().all(|key| siblings.keyed.contains_key(key));
        let covers = Covers { all, equal: all && own.keyed.len() == siblings.keyed.len() };
        self.covers.borrow_mut().insert((holder, target), covers);
        covers
    }

    /// The value of `each.value.x` or `var.x`, where it is a known key.
    fn known(&self, context: &Context<'p, 'a>, reference: &Reference<'a>) -> Option<Key<'a>> {
        let node = self.known_value(context, reference, 0)?;
        match node.kind() {
            Kind::String => node.string().map(Key::Text),
            _ => node.as_i64().map(Key::Int),
        }
    }

    fn known_value(&self, context: &Context<'p, 'a>, reference: &Reference<'a>, hops: usize) -> Option<Node<'a>> {
        let value = match &reference.subject {
            Subject::Variable(name) => {
                let module = &self.instances.modules[context.module];
                match module.parent {
                    None => *self.variables.get(name)?,
                    Some(parent) => {
                        let config = self.configuration.modules.get(module.config?)?;
                        let key = module.key.as_ref();
                        let outer =
                            Context { module: parent, key, holder: None, for_each: config.for_each, element: None };
                        self.known_expression(&outer, *config.arguments.get(name)?, hops)?
                    }
                }
            }
            Subject::EachValue => {
                let inner = Context { key: None, for_each: None, ..context.clone() };
                let map = self.known_expression(&inner, context.for_each?, hops)?;
                match context.key? {
                    Key::Text(key) => map.get(key)?,
                    Key::Int(_) => return None,
                }
            }
            _ => return None,
        };
        reference.rest.iter().try_fold(value, |node, step| match step {
            Step::Name(name) | Step::Key(Key::Text(name)) => node.get(name),
            Step::Key(Key::Int(index)) => node.items().nth(usize::try_from(*index).ok()?),
        })
    }

    fn known_expression(&self, context: &Context<'p, 'a>, expression: Node<'a>, hops: usize) -> Option<Node<'a>> {
        if hops == MAX_HOPS {
            return None;
        }
        if let Some(constant) = expression.get("constant_value") {
            return Some(constant);
        }
        match &self.references(expression).list[..] {
            [reference] => self.known_value(context, reference, hops + 1),
            _ => None,
        }
    }

    /// Whether some instance of a block can be what is looked for.
    fn may_be(&self, set: usize, reference: &Reference<'a>, want: Want) -> bool {
        let siblings = &self.instances.sets[set].siblings;
        let any = siblings.single.or_else(|| siblings.keyed.values().next().copied());
        let mut found = Found::default();
        if let Some(instance) = any {
            self.take(instance, reference, want, &mut found);
        }
        !found.targets.is_empty()
    }

    /// Notes a resource that an expression refers to, if it is of the kind that is looked for.
    fn take(&self, instance: usize, reference: &Reference<'a>, want: Want, found: &mut Found) {
        let row = &ROWS[self.instances.sets[self.instances.list[instance].set].row];
        let attribute = reference.attribute();
        let fits = |of: &str| of.is_empty() || self.arm_type(instance).eq_ignore_ascii_case(of);
        let handed_on = |found: &mut Found, name: &'static str| push(found, Target { instance, attribute: name });
        match want {
            Want::Id(of) => {
                let part = matches!(row.form, Form::PartOf { .. } | Form::Elsewhere);
                let kind = attribute.and_then(|attribute| id_attribute(row, attribute));
                match (attribute, kind) {
                    (None | Some("id"), _) if fits(of) && !part => push(found, Target { instance, attribute: "id" }),
                    (_, Some((name, kind))) if kind.eq_ignore_ascii_case(of) || of.is_empty() => handed_on(found, name),
                    _ => found.others = true,
                }
            }
            Want::Attribute(of, wanted) => match attribute {
                None if fits(of) => push(found, Target { instance, attribute: wanted }),
                Some(name) if name == wanted && fits(of) => push(found, Target { instance, attribute: wanted }),
                Some("resource_group_name") if of == GROUP => handed_on(found, "resource_group_name"),
                Some("recovery_vault_name") if of == VAULT => handed_on(found, "recovery_vault_name"),
                _ => found.others = true,
            },
        }
    }
}

fn push(found: &mut Found, target: Target) {
    if !found.targets.contains(&target) {
        found.targets.push(target);
    }
}

/// The attribute of a row that holds an id, and of what.
fn id_attribute(row: &super::table::Row, attribute: &str) -> Option<(&'static str, &'static str)> {
    match row.form {
        Form::ChildOf { of, id } | Form::PartOf { of, id, .. } if id == attribute => return Some((id, of)),
        Form::Azapi if attribute == "parent_id" => return Some(("parent_id", "")),
        _ => {}
    }
    let properties = row.properties.iter().flat_map(|list| list.iter());
    properties.filter(|property| property.attribute == attribute).find_map(|property| match property.how {
        How::Id(of) => Some((property.attribute, of)),
        _ => None,
    })
}

fn id_kind(properties: &[&'static [super::table::Property]], attribute: &str) -> Option<&'static str> {
    properties.iter().flat_map(|list| list.iter()).find_map(|property| match property.how {
        How::Id(of) if property.attribute == attribute => Some(of),
        _ => None,
    })
}

/// The text of a value, unless it is none or a placeholder.
pub fn known_text(node: Option<Node<'_>>) -> Option<Cow<'_, str>> {
    node?.string().filter(|text| !text.is_empty() && !is_redacted(text))
}
