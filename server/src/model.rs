//! What Azure will see: resources in the words of ARM, whatever text they were written in, and how they belong together.
//!
//! Inputs build [`Resource`]s; [`estate`] links them; rules ask the estate in the field's words. Nothing here knows
//! an input format, JSON text or a rule.

pub mod estate;
pub mod id;

use std::borrow::Cow;
use std::sync::Arc;

use crate::text::Place;
use crate::value::{self, Kind, Value};
use id::Id;

/// A full resource type, compared without regard to letter case.
#[derive(Clone, Debug)]
pub struct ResourceType {
    folded: Arc<str>,
    written: Arc<str>,
}

impl ResourceType {
    pub fn new(written: &str) -> ResourceType {
        ResourceType { folded: written.to_ascii_lowercase().into(), written: written.into() }
    }

    /// The spelling of the source, for messages and reports.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Lower-case, the form that [`kinds`] are written in.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    pub fn is(&self, kind: &str) -> bool {
        &*self.folded == kind
    }
}

/// The resource types that are looked at, in lower case.
pub mod kinds {
    pub const VIRTUAL_MACHINE: &str = "microsoft.compute/virtualmachines";
    pub const VM_EXTENSION: &str = "microsoft.compute/virtualmachines/extensions";
    pub const VM_RUN_COMMAND: &str = "microsoft.compute/virtualmachines/runcommands";
    pub const DISK: &str = "microsoft.compute/disks";
    pub const RESTORE_POINT_COLLECTION: &str = "microsoft.compute/restorepointcollections";
    pub const NETWORK_INTERFACE: &str = "microsoft.network/networkinterfaces";
    pub const RESOURCE_GROUP: &str = "microsoft.resources/resourcegroups";
    /// [`DEPLOYMENT`] as Azure writes it.
    pub const WRITTEN_DEPLOYMENT: &str = "Microsoft.Resources/deployments";
    pub const DEPLOYMENT: &str = "microsoft.resources/deployments";
    pub const LOCK: &str = "microsoft.authorization/locks";
    pub const POLICY_ASSIGNMENT: &str = "microsoft.authorization/policyassignments";
    pub const VAULT: &str = "microsoft.recoveryservices/vaults";
    pub const BACKUP_POLICY: &str = "microsoft.recoveryservices/vaults/backuppolicies";
    pub const PROTECTED_ITEM: &str =
        "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems";
    pub const PROTECTION_INTENT: &str = "microsoft.recoveryservices/vaults/backupfabrics/backupprotectionintent";
}

/// One resource as it would be deployed.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: ResourceType,
    pub api_version: Option<Arc<str>>,
    /// The full name, one segment per segment of the type (`vault/policy`).
    pub name: Value,
    /// The type and name of an extension resource that is written in the older form, `<parent type>/providers/locks`.
    pub older_form: Option<(Arc<str>, Value)>,
    pub id: Id,
    /// The body in the form of ARM's API: `location`, `sku`, `properties`…
    pub body: Value,
    /// The object (or Terraform instance) that declares it.
    pub place: Place,
    /// What it is deployed into or, for an extension resource such as a lock, applied to.
    pub scope: Id,
    /// The value that names this scope, where one is written: the deployment's `resourceGroup`, a lock's `scope`.
    pub scope_value: Option<Value>,
    /// Whether it is deployed depends on something unknown.
    pub conditional: bool,
    /// Read, not deployed (`existing`, a data source): serves links and is never reported.
    pub existing: bool,
    /// Terraform's address, or none.
    pub address: Option<Arc<str>>,
    /// Where one declaration makes several resources: which one this is. Not used for Terraform, where each has an address.
    pub instance: Option<Instance>,
    /// For Terraform: attribute paths of ARM paths (`properties.instantRpRetentionRangeInDays` is `instant_restore_retention_days`).
    pub attributes: Vec<(Arc<str>, Arc<str>)>,
}

/// One of the resources that a copy loop, or a module used several times, makes of one declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// Indexes of the loops around it, outermost first.
    pub indexes: Vec<u32>,
}

/// A property of a resource: its value, if there is one, and where a person would look for it.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    pub resource: &'a Resource,
    /// The path in ARM's words (`properties.storageProfile.dataDisks[1].diskSizeGB`).
    pub path: String,
    /// `None`: absent, so that the API's default holds.
    pub value: Option<Value>,
    /// The value where it is written, else the smallest written object around it.
    pub place: Place,
    /// The same in the resource itself, wherever the value comes from.
    pub used: Place,
}

impl<'a> Property<'a> {
    /// The property at a path that starts from this one.
    pub fn property(&self, path: &str) -> Property<'a> {
        self.follow(self.value.as_ref().map(Cow::Borrowed), path)
    }

    /// The elements of a list.
    pub fn elements(&self) -> impl Iterator<Item = Property<'a>> {
        let count = self.value.as_ref().and_then(Value::as_array).map_or(0, <[Value]>::len);
        (0..count).map(|index| self.property(&format!("[{index}]")))
    }

    fn follow(&self, mut value: Option<Cow<'_, Value>>, path: &str) -> Property<'a> {
        let (mut place, mut used) = (self.place, self.used);
        for step in steps(path) {
            let Some(whole) = value.take() else { break };
            value = value::step(whole, |whole| match step {
                Step::Name(name) => whole.member(name),
                Step::Index(index) => whole.as_array().and_then(|items| items.get(index)).map(Cow::Borrowed),
            });
            if let Some(origin) = value.as_ref().and_then(|value| value.origin()) {
                (place, used) = (origin.at, origin.used);
            }
        }
        let separator = if self.path.is_empty() || path.starts_with('[') { "" } else { "." };
        let path = format!("{}{separator}{path}", self.path);
        Property { resource: self.resource, path, value: value.map(Cow::into_owned), place, used }
    }
}

impl Resource {
    /// The last segment of the name, where it is known.
    pub fn short_name(&self) -> Option<&str> {
        if self.name.is_tainted() {
            return None;
        }
        self.name.as_text().map(|name| name.rsplit('/').next().unwrap_or(name))
    }

    /// The property at a path of names and indexes.
    pub fn property(&self, path: &str) -> Property<'_> {
        let body = Property { resource: self, path: String::new(), value: None, place: self.place, used: self.place };
        body.follow(Some(Cow::Borrowed(&self.body)), path)
    }

    /// The resource with all its places as `to` says.
    pub fn moved(&self, to: &dyn Fn(Place) -> Place) -> Resource {
        Resource {
            name: self.name.moved(to),
            older_form: self.older_form.as_ref().map(|(kind, name)| (kind.clone(), name.moved(to))),
            body: self.body.moved(to),
            place: to(self.place),
            scope_value: self.scope_value.as_ref().map(|scope| scope.moved(to)),
            kind: self.kind.clone(),
            api_version: self.api_version.clone(),
            id: self.id.clone(),
            scope: self.scope.clone(),
            conditional: self.conditional,
            existing: self.existing,
            address: self.address.clone(),
            instance: self.instance.clone(),
            attributes: self.attributes.clone(),
        }
    }

    /// The Terraform attribute of an ARM path, where the plan's reader knows one.
    pub fn attribute(&self, path: &str) -> Option<&str> {
        self.attributes.iter().find(|(arm, _)| arm.eq_ignore_ascii_case(path)).map(|(_, attribute)| &**attribute)
    }
}

enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

/// `a.b[1].c` as names and indexes.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|step| !step.is_empty()).map(|step| match step.strip_suffix(']').map(str::parse) {
        Some(Ok(index)) => Step::Index(index),
        _ => Step::Name(step),
    })
}

/// A whole number as far as it is certain: one value, one of several, or bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Every value it can have, ascending, where that is a finite list.
    values: Vec<i64>,
    low: Option<i64>,
    high: Option<i64>,
}

impl Number {
    pub fn exactly(value: i64) -> Number {
        Number { values: vec![value], low: Some(value), high: Some(value) }
    }

    /// The number in a value. ARM takes a text of digits for a number, and cuts no fraction off.
    ///
    /// `None`: the value is certainly no whole number.
    pub fn of(value: &Value) -> Option<Number> {
        if let Some(unknown) = value.as_unknown() {
            let values: Option<Vec<i64>> = unknown.one_of.iter().map(whole).collect();
            let mut values = values.unwrap_or_default();
            values.sort_unstable();
            values.dedup();
            let low = values.first().copied().or(unknown.min);
            let high = values.last().copied().or(unknown.max);
            return match unknown.kind {
                None | Some(Kind::Int | Kind::Text) => Some(Number { values, low, high }),
                Some(_) => None,
            };
        }
        whole(value).map(Number::exactly)
    }

    /// Nothing about it is certain.
    pub fn unknown() -> Number {
        Number { values: Vec::new(), low: None, high: None }
    }

    /// The one value it has.
    pub fn known(&self) -> Option<i64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// It is at least this.
    pub fn low(&self) -> Option<i64> {
        self.low
    }

    /// It is at most this.
    pub fn high(&self) -> Option<i64> {
        self.high
    }

    /// Greater than the limit, whatever is unknown.
    pub fn is_over(&self, limit: i64) -> bool {
        self.low.is_some_and(|low| low > limit)
    }

    /// Less than the limit, whatever is unknown.
    pub fn is_under(&self, limit: i64) -> bool {
        self.high.is_some_and(|high| high < limit)
    }

    /// Outside the range, both ends included in it, whatever is unknown.
    pub fn is_outside(&self, low: i64, high: i64) -> bool {
        let finite = !self.values.is_empty() && self.values.iter().all(|value| !(low..=high).contains(value));
        finite || self.is_over(high) || self.is_under(low)
    }

    /// For messages: the value, or what is certain of it.
    pub fn words(&self) -> String {
        match (&self.values[..], self.low, self.high) {
            ([value], ..) => value.to_string(),
            ([first, .., last], ..) => format!("one of {} values from {first} to {last}", self.values.len()),
            ([], Some(low), _) => format!("at least {low}"),
            ([], None, Some(high)) => format!("at most {high}"),
            ([], None, None) => "not known".to_owned(),
        }
    }
}

/// A known value as a whole number.
fn whole(value: &Value) -> Option<i64> {
    value.as_int().or_else(|| value.as_text()?.trim().parse().ok())
}
