//! The resources of a plan as Terraform has them: modules, blocks and the instances of each, with what will become of them.
//!
//! One pass over the changes and one over the planned values. Only types of the table are kept.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::address::{Block, Key, Step, steps};
use super::configuration::Configuration;
use super::marks::{Marks, Shade};
use super::table::{Form, ROWS};
use crate::json::{Kind, Node};

/// What a plan does with a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    NoOp,
    Create,
    Read,
    Update,
    Replace,
    Delete,
    Forget,
}

impl Action {
    /// From the list under `actions`.
    pub fn new(actions: Node) -> Option<Action> {
        let mut found = None;
        for action in actions.items() {
            found = Some(match (&*action.string()?, found) {
                (_, Some(_)) => Action::Replace,
                ("no-op", None) => Action::NoOp,
                ("create", None) => Action::Create,
                ("read", None) => Action::Read,
                ("update", None) => Action::Update,
                ("delete", None) => Action::Delete,
                ("forget", None) => Action::Forget,
                _ => return None,
            });
        }
        found
    }

    /// The name that Terraform has for it.
    pub fn name(self) -> &'static str {
        match self {
            Action::NoOp => "no-op",
            Action::Create => "create",
            Action::Read => "read",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Forget => "forget",
        }
    }

    /// The resource is there after apply.
    pub fn is_deployed(self) -> bool {
        matches!(self, Action::NoOp | Action::Create | Action::Update | Action::Replace)
    }
}

/// What a plan says of the change of one resource.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    pub node: Node<'a>,
    pub action: Option<Action>,
    pub before: Option<Node<'a>>,
    pub after: Option<Node<'a>>,
    pub after_unknown: Option<Node<'a>>,
    pub after_sensitive: Option<Node<'a>>,
}

/// Things that only their key tells apart.
#[derive(Default)]
pub struct Siblings<'a> {
    /// The one without a key.
    pub single: Option<usize>,
    pub keyed: HashMap<Key<'a>, usize>,
}

impl<'a> Siblings<'a> {
    fn insert(&mut self, key: Option<Key<'a>>, index: usize) {
        match key {
            Some(key) => {
                self.keyed.insert(key, index);
            }
            None => self.single = Some(index),
        }
    }
}

/// One instance of a module, the root included.
#[derive(Default)]
pub struct Module<'a> {
    /// Into [`Configuration::modules`].
    pub config: Option<usize>,
    pub parent: Option<usize>,
    pub key: Option<Key<'a>>,
    /// Instances of the modules that it calls: into [`Instances::calls`].
    pub calls: HashMap<Cow<'a, str>, usize>,
    /// Into [`Instances::sets`].
    pub sets: HashMap<Block<'a>, usize>,
    /// The instances of the call that it is one of: into [`Instances::calls`].
    pub call: Option<usize>,
}

/// The instances of one block in one instance of its module.
pub struct Set<'a> {
    pub module: usize,
    pub data: bool,
    /// Into the table.
    pub row: usize,
    /// Into [`Configuration::resources`].
    pub config: Option<usize>,
    pub siblings: Siblings<'a>,
}

/// One resource.
pub struct Instance<'a> {
    pub set: usize,
    pub key: Option<Key<'a>>,
    pub address: Cow<'a, str>,
    /// The resource's object, and its values in it.
    pub node: Node<'a>,
    pub values: Node<'a>,
    pub marks: Marks<'a>,
    /// It is made anew by this plan.
    pub is_new: bool,
    /// The values of the attributes that [`anchors`] names.
    pub anchors: [Option<Node<'a>>; 4],
    /// The id that it has before the plan is applied.
    pub former_id: Option<Node<'a>>,
}

/// All instances of the types of the table.
#[derive(Default)]
pub struct Instances<'a> {
    pub modules: Vec<Module<'a>>,
    pub calls: Vec<Siblings<'a>>,
    pub sets: Vec<Set<'a>>,
    pub list: Vec<Instance<'a>>,
    /// The block that was seen last, and its set.
    last_set: Option<(usize, Block<'a>)>,
}

static ROW_OF_TYPE: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| ROWS.iter().enumerate().map(|(index, row)| (row.terraform, index)).collect());

/// Whether a resource type is that of the provider that it is named after.
fn is_of(kind: &str, provider: &str) -> bool {
    let family = kind.split('_').next().unwrap_or_default();
    let owner = if family == "azapi" { "azure" } else { "hashicorp" };
    // Terraform 0.12 writes the bare name.
    let (source, name) = provider.rsplit_once('/').unwrap_or((owner, provider));
    let source = source.rsplit('/').next().unwrap_or(source);
    name.eq_ignore_ascii_case(family) && source.eq_ignore_ascii_case(owner)
}

/// The attributes that ids are put together from: the known id first.
pub fn anchors(form: Form) -> [&'static str; 4] {
    match form {
        Form::InGroup => ["id", "name", "resource_group_name", ""],
        Form::InSubscription | Form::ResourceGroup | Form::OnTenant => ["id", "name", "", ""],
        Form::Subscription => ["id", "subscription_id", "", ""],
        Form::Under { name, .. } => ["id", "name", "resource_group_name", name],
        Form::ChildOf { id, .. } => ["id", "name", id, ""],
        Form::On(scope) | Form::OnGroupOr(scope) => ["id", "name", scope, ""],
        Form::ProtectedItem => ["id", "recovery_vault_name", "resource_group_name", "source_vm_id"],
        Form::PartOf { id, .. } => ["id", "", id, ""],
        Form::Azapi => ["id", "name", "parent_id", "type"],
        Form::AzapiUpdate => ["resource_id", "name", "parent_id", "type"],
        Form::Elsewhere => ["id", "", "", ""],
    }
}

/// Changes by address, and whether planned values show the resource too.
pub type Changes<'a> = HashMap<Cow<'a, str>, (Change<'a>, Cell<bool>)>;

/// The changes of the types of the table.
pub fn changes(list: Option<Node<'_>>) -> Changes<'_> {
    let mut changes = HashMap::new();
    for node in list.into_iter().flat_map(|list| list.items()) {
        if let Some((address, change)) = change(node, |kind| ROW_OF_TYPE.contains_key(kind)) {
            changes.insert(address, (change, Cell::new(false)));
        }
    }
    changes
}

/// What the object of a resource of the table shows.
struct Shown<'a> {
    node: Node<'a>,
    address: Cow<'a, str>,
    data: bool,
    kind: Cow<'a, str>,
    name: Cow<'a, str>,
    key: Option<Key<'a>>,
    row: usize,
    values: Option<Node<'a>>,
    sensitive: Option<Node<'a>>,
}

impl<'a> Shown<'a> {
    /// Unless it is of another type, or a deposed object.
    fn new(node: Node<'a>) -> Option<Shown<'a>> {
        let (mut address, mut kind, mut name, mut provider, mut key, mut data) = (None, None, None, None, None, false);
        let (mut values, mut sensitive, mut row) = (None, None, None);
        for member in node.members() {
            match &*member.name() {
                "address" => address = member.value.string(),
                "mode" => data = member.value.string().as_deref() == Some("data"),
                "type" => {
                    let written = member.value.string()?;
                    row = Some(*ROW_OF_TYPE.get(&*written)?);
                    kind = Some(written);
                }
                "name" => name = member.value.string(),
                "provider_name" => provider = member.value.string(),
                "index" => {
                    key = match member.value.kind() {
                        Kind::String => member.value.string().map(Key::Text),
                        _ => member.value.as_i64().map(Key::Int),
                    }
                }
                "deposed_key" if !member.value.is_null() => return None,
                "values" => values = Some(member.value),
                "sensitive_values" => sensitive = Some(member.value),
                _ => {}
            }
        }
        let (kind, row) = (kind?, row?);
        if !is_of(&kind, provider.as_deref().unwrap_or_default()) {
            return None;
        }
        Some(Shown { node, address: address?, data, kind, name: name?, key, row, values, sensitive })
    }
}

/// One entry of `resource_changes`, unless it is of a type that does not matter or about a deposed object.
pub fn change<'a>(node: Node<'a>, matters: impl Fn(&str) -> bool) -> Option<(Cow<'a, str>, Change<'a>)> {
    let mut address = None;
    let mut change =
        Change { node, action: None, before: None, after: None, after_unknown: None, after_sensitive: None };
    for member in node.members() {
        match &*member.name() {
            "address" => address = member.value.string(),
            "type" if !matters(&member.value.string()?) => return None,
            "deposed" if !member.value.is_null() => return None,
            "change" => {
                for part in member.value.members() {
                    match &*part.name() {
                        "actions" => change.action = Action::new(part.value),
                        "before" => change.before = Some(part.value),
                        "after" => change.after = Some(part.value),
                        "after_unknown" => change.after_unknown = Some(part.value),
                        "after_sensitive" => change.after_sensitive = Some(part.value),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Some((address?, change))
}

/// Which resources of a state to take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Take {
    All,
    /// Data sources, which plans show in the state before.
    Data,
}

impl<'a> Instances<'a> {
    pub fn new(configuration: &Configuration<'a>) -> Instances<'a> {
        let root = Module { config: (!configuration.modules.is_empty()).then_some(0), ..Module::default() };
        Instances { modules: vec![root], ..Instances::default() }
    }

    /// Adds the resources below a root module.
    pub fn add(&mut self, configuration: &Configuration<'a>, root: Node<'a>, changes: &Changes<'a>, take: Take) {
        let mut open = vec![(root, 0)];
        while let Some((node, module)) = open.pop() {
            let mut below = None;
            for member in node.members() {
                match &*member.name() {
                    "resources" => {
                        for resource in member.value.items() {
                            self.add_resource(configuration, module, resource, changes, take);
                        }
                    }
                    "child_modules" => below = Some(member.value),
                    _ => {}
                }
            }
            let first = open.len();
            for child in below.into_iter().flat_map(|list| list.items()) {
                let address = child.get("address").and_then(Node::string);
                if let Some((name, key)) = address.and_then(|address| last_call(&address)) {
                    open.push((child, self.module(configuration, module, name, key)));
                }
            }
            // In the order of the text.
            open[first..].reverse();
        }
    }

    /// Adds a resource that only its change shows.
    pub fn add_change(&mut self, configuration: &Configuration<'a>, change: &Change<'a>) {
        let Some(after) = change.after.filter(|after| after.kind() == Kind::Object) else { return };
        let module = change.node.get("module_address").and_then(Node::string).and_then(|address| steps(&address));
        let mut at = 0;
        let mut steps = module.unwrap_or_default().into_iter().peekable();
        while let (Some(_), Some(Step::Name(name))) = (steps.next(), steps.next()) {
            let key = match steps.next_if(|step| matches!(step, Step::Key(_))) {
                Some(Step::Key(key)) => Some(key),
                _ => None,
            };
            at = self.module(configuration, at, name, key);
        }
        if let Some(shown) = Shown::new(change.node) {
            self.add_one(configuration, at, Shown { values: Some(after), ..shown }, Some(change));
        }
    }

    /// The instance of a module that another one calls.
    fn module(
        &mut self,
        configuration: &Configuration<'a>,
        parent: usize,
        name: Cow<'a, str>,
        key: Option<Key<'a>>,
    ) -> usize {
        let config = self.modules[parent].config;
        let config = config.and_then(|config| configuration.modules.get(config)?.calls.get(&name).copied());
        let call = match self.modules[parent].calls.get(&name) {
            Some(&call) => call,
            None => {
                self.calls.push(Siblings::default());
                self.modules[parent].calls.insert(name, self.calls.len() - 1);
                self.calls.len() - 1
            }
        };
        let siblings = &mut self.calls[call];
        let known = match &key {
            Some(key) => siblings.keyed.get(key).copied(),
            None => siblings.single,
        };
        known.unwrap_or_else(|| {
            let index = self.modules.len();
            siblings.insert(key.clone(), index);
            self.modules.push(Module { config, parent: Some(parent), key, call: Some(call), ..Module::default() });
            index
        })
    }

    fn add_resource(
        &mut self,
        configuration: &Configuration<'a>,
        module: usize,
        node: Node<'a>,
        changes: &Changes<'a>,
        take: Take,
    ) {
        let Some(shown) = Shown::new(node) else { return };
        if take == Take::Data && !shown.data {
            return;
        }
        let change = changes.get(&shown.address);
        if let Some((_, is_planned)) = change {
            is_planned.set(true);
        }
        self.add_one(configuration, module, shown, change.map(|(change, _)| change));
    }

    fn add_one(
        &mut self,
        configuration: &Configuration<'a>,
        module: usize,
        shown: Shown<'a>,
        change: Option<&Change<'a>>,
    ) {
        let Shown { node, address, data, kind, name, key, row, values, sensitive } = shown;
        let Some(values) = values else { return };
        if !data && change.and_then(|change| change.action).is_some_and(|action| !action.is_deployed()) {
            return;
        }

        let set = self.set(configuration, module, Block { data, kind, name }, row);
        let siblings = &self.sets[set].siblings;
        let again = match &key {
            Some(key) => siblings.keyed.contains_key(key),
            None => siblings.single.is_some(),
        };
        // A data source that is read again stands in the plan and in the state before: the plan counts.
        if again {
            return;
        }

        let names = anchors(ROWS[row].form);
        let mut found = [None; 4];
        for member in values.members() {
            let own = member.name();
            if let Some(slot) = names.iter().position(|name| own == *name) {
                found[slot] = Some(member.value).filter(|value| !value.is_null());
            }
        }
        let shadow = |node: Option<Node<'a>>| Shade::new(node, Some(values));
        let marks = Marks {
            unknown: shadow(change.and_then(|change| change.after_unknown)),
            secret: [shadow(sensitive), shadow(change.and_then(|change| change.after_sensitive))],
        };
        let before = change.and_then(|change| change.before).filter(|_| found[0].is_none());
        let is_new = change.is_some_and(|change| matches!(change.action, Some(Action::Create | Action::Replace)));
        self.sets[set].siblings.insert(key.clone(), self.list.len());
        self.list.push(Instance {
            set,
            key,
            address,
            node,
            values,
            marks,
            is_new,
            anchors: found,
            former_id: before.and_then(|before| before.get("id")),
        });
    }

    fn set(&mut self, configuration: &Configuration<'a>, module: usize, block: Block<'a>, row: usize) -> usize {
        // Instances of one block follow each other.
        if let Some((known, last)) = &self.last_set
            && self.sets[*known].module == module
            && *last == block
        {
            return *known;
        }
        if let Some(&known) = self.modules[module].sets.get(&block) {
            self.last_set = Some((known, block));
            return known;
        }
        let config = configuration.resource(self.modules[module].config, &block);
        let index = self.sets.len();
        self.sets.push(Set { module, data: block.data, row, config, siblings: Siblings::default() });
        self.modules[module].sets.insert(block.clone(), index);
        self.last_set = Some((index, block));
        index
    }
}

/// The last call of a module's address.
fn last_call<'a>(address: &Cow<'a, str>) -> Option<(Cow<'a, str>, Option<Key<'a>>)> {
    let mut steps = steps(address)?;
    match steps.pop()? {
        Step::Name(name) => Some((name, None)),
        Step::Key(key) => match steps.pop()? {
            Step::Name(name) => Some((name, Some(key))),
            Step::Key(_) => None,
        },
    }
}
