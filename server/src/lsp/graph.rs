//! The protection graph of a file: which resource stands where, what refers to what, and its outline.
//!
//! Pure: an analysis, a file and a byte in, places out.

use std::collections::{HashMap, HashSet};

use crate::check::Analysis;
use crate::document::Document;
use crate::json::{Kind, Node};
use crate::model::estate::{DiskRole, Estate, Item, Lock, Policy};
use crate::model::id::Id;
use crate::model::{Resource, kinds};
use crate::text::{FileId, Place, Span};
use crate::value::Value;

/// More symbols of one file than this help nobody.
const MAX_SYMBOLS: usize = 5000;

/// What a symbol of the outline stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Vault,
    Policy,
    Item,
    Vm,
    Disk,
    Nic,
    Lock,
}

/// A line of the outline.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub what: What,
    pub name: String,
    pub detail: String,
    pub span: Span,
    /// The name, or what stands for it.
    pub selection: Span,
    pub children: Vec<Symbol>,
}

/// The innermost resource that is declared around a byte, with its estate.
pub fn resource_at(analysis: &Analysis, file: FileId, offset: u32) -> Option<(&Estate, &Resource)> {
    analysis.estates.iter().find_map(|estate| {
        let here = estate.resources.iter().filter(|resource| {
            let Place { file: of, span } = resource.place;
            of == file && span.start <= offset && offset <= span.end && !resource.existing
        });
        here.min_by_key(|resource| resource.place.span.len()).map(|resource| (estate, resource))
    })
}

/// What names a resource where it is declared: its name, or its address in a plan.
pub fn selection(analysis: &Analysis, resource: &Resource) -> Place {
    let place = resource.place;
    let named = analysis.document(place).node(place.span).and_then(|node| {
        let name = if resource.address.is_some() { "address" } else { "name" };
        node.get_ignore_case(name).map(Node::span)
    });
    Place { span: named.unwrap_or(place.span), ..place }
}

/// The resources that the text at a byte names; that of its own declaration where it names no other.
pub fn targets(analysis: &Analysis, file: FileId, offset: u32) -> Vec<&Resource> {
    let Some((estate, resource)) = resource_at(analysis, file, offset) else { return Vec::new() };
    let Some(root) = analysis.of_file(file).and_then(|document| document.root()) else { return Vec::new() };
    let node = root.find(offset);
    if matches!(node.kind(), Kind::Object | Kind::Array) {
        return Vec::new();
    }
    let written = Place { file, span: node.span() };
    let mut ids = Vec::new();
    resource.body.each_leaf(&mut |value| {
        if value.origin().is_some_and(|origin| written.covers(origin.used) || written.covers(origin.at)) {
            ids.extend(Id::of(value));
        }
    });
    if resource.scope_value.as_ref().and_then(Value::origin).is_some_and(|origin| written.covers(origin.used)) {
        ids.push(resource.scope.clone());
    }
    let mut targets: Vec<&Resource> = ids.iter().filter_map(|id| estate.resource(id)).collect();
    if targets.is_empty() && selection(analysis, resource).covers(written) {
        let item = estate.items().find(|item| std::ptr::eq(item.resource, resource));
        targets.push(item.and_then(Item::vm).unwrap_or(resource));
    }
    targets
}

/// The places that refer to a resource: values that hold its id, items that protect it, locks on it.
pub fn references(analysis: &Analysis, resource: &Resource) -> Vec<Place> {
    let mut places = Vec::new();
    for estate in &analysis.estates {
        let protecting = estate.items().filter(|item| item.target == Some(&resource.id));
        let protecting: HashSet<*const Resource> = protecting.map(|item| std::ptr::from_ref(item.resource)).collect();
        for other in estate.resources.iter().filter(|other| !std::ptr::eq(*other, resource)) {
            let before = places.len();
            other.body.each_leaf(&mut |value| {
                if let Some(origin) = value.origin()
                    && Id::of(value).as_ref() == Some(&resource.id)
                {
                    places.push(origin.used);
                }
            });
            let is_locked = other.kind.is(kinds::LOCK) && other.scope == resource.id;
            if is_locked && let Some(origin) = other.scope_value.as_ref().and_then(Value::origin) {
                places.push(origin.used);
            } else if is_locked || places.len() == before && protecting.contains(&std::ptr::from_ref(other)) {
                places.push(selection(analysis, other));
            }
        }
    }
    let mut seen = HashSet::new();
    places.retain(|place| seen.insert(*place));
    places.sort_by_key(|place| (place.file != resource.place.file, place.file, place.span.start));
    places
}

/// The outline of a file: vaults with their policies, these with their items, these with their VMs, these with their
/// disks and network interfaces; then what belongs to none of them.
pub fn outline(analysis: &Analysis, file: FileId) -> Vec<Symbol> {
    let Some(estate) = analysis.estates.first() else { return Vec::new() };
    let Some(document) = analysis.of_file(file) else { return Vec::new() };
    Outline { analysis, estate, document, shown: HashSet::new(), left: MAX_SYMBOLS }.build()
}

struct Outline<'a> {
    analysis: &'a Analysis,
    estate: &'a Estate,
    document: &'a Document,
    /// The declarations that are in the outline already: a loop makes several resources of one.
    shown: HashSet<Span>,
    left: usize,
}

impl<'a> Outline<'a> {
    fn build(mut self) -> Vec<Symbol> {
        let mut items_of: HashMap<&Id, Vec<Item<'a>>> = HashMap::new();
        for item in self.estate.items() {
            if let Some(policy) = item.policy() {
                items_of.entry(&policy.resource.id).or_default().push(item);
            }
        }
        let mut policies_of: HashMap<Id, Vec<&'a Resource>> = HashMap::new();
        for policy in self.estate.policies() {
            if let Some(vault) = policy.resource.id.parent() {
                policies_of.entry(vault).or_default().push(policy.resource);
            }
        }
        let mut symbols = Vec::new();
        for vault in self.estate.vaults() {
            let policies = policies_of.remove(&vault.id).unwrap_or_default();
            let inside = |outline: &mut Self| outline.policies(&policies, &items_of);
            self.add(&mut symbols, What::Vault, vault, String::new(), inside);
        }
        let rest: Vec<&Resource> = self.estate.policies().into_iter().map(|policy| policy.resource).collect();
        symbols.extend(self.policies(&rest, &items_of));
        let items: Vec<Item> = self.estate.items().filter(|item| !item.resource.existing).collect();
        symbols.extend(self.items(&items));
        for vm in self.estate.vms() {
            self.vm(&mut symbols, vm.resource());
        }
        for (kind, what) in
            [(kinds::DISK, What::Disk), (kinds::NETWORK_INTERFACE, What::Nic), (kinds::LOCK, What::Lock)]
        {
            for resource in self.estate.deployed(kind) {
                let detail = match what {
                    What::Lock => {
                        let lock = Lock { resource };
                        lock.level().map_or("", |level| level.name()).to_owned()
                    }
                    _ => String::new(),
                };
                self.add(&mut symbols, what, resource, detail, |_| Vec::new());
            }
        }
        symbols
    }

    fn policies(&mut self, policies: &[&'a Resource], items: &HashMap<&Id, Vec<Item<'a>>>) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        for policy in policies {
            let own = items.get(&policy.id).map(Vec::as_slice).unwrap_or_default();
            let points = Policy { resource: policy }.steady_points();
            let detail = points.map_or(String::new(), |points| format!("{} instant restore points", points.count));
            self.add(&mut symbols, What::Policy, policy, detail, |outline| outline.items(own));
        }
        symbols
    }

    fn items(&mut self, items: &[Item<'a>]) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        for item in items {
            let vm = item.vm().filter(|vm| !vm.existing);
            // What an item is called says little; which VM it protects is what one looks for.
            let detail = vm.and_then(Resource::short_name).map_or(String::new(), |name| format!("of {name}"));
            self.add(&mut symbols, What::Item, item.resource, detail, |outline| {
                let mut inside = Vec::new();
                vm.into_iter().for_each(|vm| outline.vm(&mut inside, vm));
                inside
            });
        }
        symbols
    }

    fn vm(&mut self, symbols: &mut Vec<Symbol>, resource: &'a Resource) {
        let vm = self.estate.vm(&resource.id);
        self.add(symbols, What::Vm, resource, String::new(), |outline| {
            let mut inside = Vec::new();
            let Some(vm) = vm else { return inside };
            for disk in vm.disks() {
                let size = disk.size_gib.as_ref().and_then(|size| size.known());
                let size = size.map_or(String::new(), |size| format!("{size} GiB"));
                let own = disk.size.resource;
                match std::ptr::eq(own, resource) {
                    // An entry of the VM itself.
                    true => {
                        let span = disk.size.used.span;
                        let name = disk_name(disk.role).to_owned();
                        let symbol = Symbol {
                            what: What::Disk,
                            name,
                            detail: size,
                            span,
                            selection: span,
                            children: Vec::new(),
                        };
                        outline.push(&mut inside, disk.size.used.file, symbol);
                    }
                    false => outline.add(&mut inside, What::Disk, own, size, |_| Vec::new()),
                }
            }
            for nic in vm.nics() {
                outline.add(&mut inside, What::Nic, nic.resource(), String::new(), |_| Vec::new());
            }
            inside
        });
    }

    /// Puts a resource into the outline, unless it is there or stands in another file; then what is inside comes in its place.
    fn add(
        &mut self,
        symbols: &mut Vec<Symbol>,
        what: What,
        resource: &'a Resource,
        detail: String,
        inside: impl FnOnce(&mut Self) -> Vec<Symbol>,
    ) {
        let place = resource.place;
        if place.file != self.document.file || resource.existing || !self.shown.insert(place.span) {
            symbols.extend(inside(self));
            return;
        }
        let name = match resource.short_name().or(resource.address.as_deref()) {
            Some(name) => name.to_owned(),
            None => what.words().to_owned(),
        };
        let several = self.estate.declared_with(place);
        let detail = match (several, detail.is_empty()) {
            (0 | 1, _) => detail,
            (_, true) => format!("{several} of them"),
            (_, false) => format!("{several} of them, {detail}"),
        };
        let selection =
            Some(selection(self.analysis, resource)).filter(|selection| place.covers(*selection)).unwrap_or(place);
        let children = inside(self);
        self.push(
            symbols,
            place.file,
            Symbol { what, name, detail, span: place.span, selection: selection.span, children },
        );
    }

    fn push(&mut self, symbols: &mut Vec<Symbol>, file: FileId, symbol: Symbol) {
        if self.left == 0 || file != self.document.file {
            return symbols.extend(symbol.children);
        }
        self.left -= 1;
        symbols.push(symbol);
    }
}

fn disk_name(role: DiskRole) -> &'static str {
    match role {
        DiskRole::Os => "OS disk",
        DiskRole::Data => "data disk",
    }
}

impl What {
    /// What it is, in plain words.
    pub fn words(self) -> &'static str {
        match self {
            What::Vault => "Recovery Services vault",
            What::Policy => "backup policy",
            What::Item => "protected item",
            What::Vm => "VM",
            What::Disk => "disk",
            What::Nic => "network interface",
            What::Lock => "lock",
        }
    }
}
