//! The resources of one deployment, linked, and the questions rules ask of them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::id::Id;
use super::{Number, Property, Resource, kinds};
use crate::guest::{self, Channel, GuestTexts};
use crate::text::Place;
use crate::value::Value;

/// Something that Azure would refuse the deployment for, in words that quote no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub place: Place,
    pub message: String,
    /// A secret stands there.
    pub secret: bool,
}

/// All resources of one deployment and how they belong together.
pub struct Estate {
    pub resources: Vec<Resource>,
    pub refusals: Vec<Refusal>,
    by_kind: HashMap<Arc<str>, Vec<usize>>,
    by_id: HashMap<Id, usize>,
    /// How many resources are declared at a place.
    by_place: HashMap<Place, usize>,
    /// Extensions and run commands by the id of their VM.
    guest_scripts: HashMap<Id, Vec<usize>>,
    items: Vec<ItemLink>,
    /// By index of the VM's resource.
    protection: HashMap<usize, Protection>,
    /// VMs by index of the resource of a network interface.
    vms_of_nic: HashMap<usize, Vec<usize>>,
}

/// What the analysed set shows about the backup of a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// By protected items or intents (their positions among the estate's items), or by an assignment of the built-in backup policy.
    Protected { items: Vec<usize> },
    /// Nothing is seen, which does not say that there is none.
    Unseen,
    /// There are protected items, all of them are known, and none is this VM's.
    NotBackedUp,
}

/// A protected item or intent, linked.
struct ItemLink {
    resource: usize,
    target: Option<Id>,
}

/// Built-in policy that configures backup on VMs without a given tag, to a vault and policy of its own.
const BACKUP_POLICY_DEFINITION: &str = "98d0b9f8-fd90-49c9-88e2-d3baf3b0dd86";

impl Estate {
    /// Links the resources. `complete` says that nothing of the deployment stayed unread.
    pub fn new(resources: Vec<Resource>, refusals: Vec<Refusal>, complete: bool) -> Estate {
        let mut estate = Estate {
            by_kind: HashMap::new(),
            by_id: HashMap::new(),
            by_place: HashMap::new(),
            guest_scripts: HashMap::new(),
            items: Vec::new(),
            protection: HashMap::new(),
            vms_of_nic: HashMap::new(),
            refusals,
            resources,
        };
        for (index, resource) in estate.resources.iter().enumerate() {
            estate.by_kind.entry(resource.kind.folded.clone()).or_default().push(index);
            *estate.by_place.entry(resource.place).or_default() += 1;
            let entry = estate.by_id.entry(resource.id.clone()).or_insert(index);
            if estate.resources[*entry].existing && !resource.existing {
                *entry = index;
            }
            let is_guest_script = resource.kind.is(kinds::VM_EXTENSION) || resource.kind.is(kinds::VM_RUN_COMMAND);
            if is_guest_script && let Some(vm) = resource.id.parent() {
                estate.guest_scripts.entry(vm).or_default().push(index);
            }
        }
        estate.items = estate.link_items();
        estate.protection = estate.link_protection(complete);
        let mut vms_of_nic: HashMap<usize, Vec<usize>> = HashMap::new();
        for vm in estate.vms() {
            for nic in vm.nic_indexes() {
                vms_of_nic.entry(nic).or_default().push(vm.index);
            }
        }
        estate.vms_of_nic = vms_of_nic;
        estate
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = usize> {
        self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default().iter().copied()
    }

    /// The resource of that id, wherever its declaration stands.
    pub fn resource(&self, id: &Id) -> Option<&Resource> {
        self.by_id.get(id).map(|&index| &self.resources[index])
    }

    /// How many resources the declaration at this place makes.
    pub fn declared_with(&self, place: Place) -> usize {
        self.by_place.get(&place).copied().unwrap_or(0)
    }

    /// The VMs that are deployed.
    pub fn vms(&self) -> Vec<Vm<'_>> {
        self.of_kind(kinds::VIRTUAL_MACHINE)
            .filter(|&index| !self.resources[index].existing)
            .map(|index| self.vm_at(index))
            .collect()
    }

    /// The locks that are deployed.
    pub fn locks(&self) -> Vec<Lock<'_>> {
        self.deployed(kinds::LOCK).map(|resource| Lock { resource }).collect()
    }

    /// The policies for Azure VMs that are deployed; policies for other workloads share the type and are left out.
    pub fn policies(&self) -> Vec<Policy<'_>> {
        self.deployed(kinds::BACKUP_POLICY).map(|resource| Policy { resource }).filter(Policy::is_for_vms).collect()
    }

    /// The vaults that are deployed.
    pub fn vaults(&self) -> impl Iterator<Item = &Resource> {
        self.deployed(kinds::VAULT)
    }

    /// The network interfaces that are deployed, with the VMs that use them.
    pub fn nics(&self) -> Vec<Nic<'_>> {
        self.of_kind(kinds::NETWORK_INTERFACE)
            .map(|index| Nic { estate: self, index })
            .filter(|nic| !nic.resource().existing)
            .collect()
    }

    /// The protected items and intents for VMs, existing ones too.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        (0..self.items.len()).map(|index| self.item(index))
    }

    fn item(&self, index: usize) -> Item<'_> {
        let link = &self.items[index];
        Item { estate: self, resource: &self.resources[link.resource], target: link.target.as_ref() }
    }

    /// The VMs that are visibly protected, of the set or outside of it.
    pub fn protected_vms(&self) -> Vec<&Id> {
        let mut targets: Vec<&Id> = self.items.iter().filter_map(|link| link.target.as_ref()).collect();
        let by_assignment = self.vms().into_iter().filter(|vm| vm.is_protected() && vm.items().is_empty());
        targets.extend(by_assignment.map(|vm| &vm.resource().id));
        targets
    }

    /// The VM of that id, where it is deployed here.
    pub fn vm(&self, id: &Id) -> Option<Vm<'_>> {
        let index = *self.by_id.get(id)?;
        self.protection.contains_key(&index).then(|| self.vm_at(index)).filter(|vm| !vm.resource().existing)
    }

    fn vm_at(&self, index: usize) -> Vm<'_> {
        Vm { estate: self, index, disks: OnceCell::new(), guest_properties: OnceCell::new() }
    }

    /// How the groups are named that the service keeps restore points in: its own way, and those that policies set.
    pub fn backup_group_patterns(&self) -> Vec<GroupPattern> {
        let custom = self.policies().into_iter().filter_map(|policy| policy.backup_group_pattern());
        std::iter::once(GroupPattern::default()).chain(custom).collect()
    }

    /// The resources of that type that are deployed.
    pub fn deployed(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.of_kind(kind).map(|index| &self.resources[index]).filter(|resource| !resource.existing)
    }

    fn link_items(&self) -> Vec<ItemLink> {
        let items = self.of_kind(kinds::PROTECTED_ITEM).filter(|&index| is_vm_item(&self.resources[index]));
        let intents = self.of_kind(kinds::PROTECTION_INTENT).filter(|&index| {
            let kind = self.resources[index].body.at("properties.protectionIntentItemType");
            kind.is_some_and(|kind| may_be(&kind, "AzureResourceItem"))
        });
        items.chain(intents).map(|index| ItemLink { resource: index, target: target(&self.resources[index]) }).collect()
    }

    fn link_protection(&self, complete: bool) -> HashMap<usize, Protection> {
        let mut certain: HashMap<&Id, Vec<usize>> = HashMap::new();
        for (index, link) in self.items.iter().enumerate() {
            if let Some(target) = &link.target {
                certain.entry(target).or_default().push(index);
            }
        }
        // Items whose VM is not in the set by the same id: candidates for every VM they are not certainly unlike.
        let mut open: HashMap<&str, Vec<&Id>> = HashMap::new();
        let mut anyones = !complete;
        for link in &self.items {
            match &link.target {
                None => anyones = true,
                Some(target) if self.by_id.contains_key(target) => {}
                Some(target) => match target.name() {
                    Some(name) => open.entry(name).or_default().push(target),
                    None => anyones = true,
                },
            }
        }
        let assigned: Vec<&Id> = self
            .of_kind(kinds::POLICY_ASSIGNMENT)
            .map(|index| &self.resources[index])
            .filter(|assignment| {
                let definition = assignment.body.at("properties.policyDefinitionId");
                definition
                    .and_then(|id| Id::of(&id)?.name().map(|name| name == BACKUP_POLICY_DEFINITION))
                    .unwrap_or(false)
            })
            .map(|assignment| &assignment.scope)
            .collect();
        let protection = |index: usize| {
            let id = &self.resources[index].id;
            if let Some(items) = certain.get(id) {
                return Protection::Protected { items: items.clone() };
            }
            let covered = |scope: &&&Id| id.is_within(scope) == Some(true) || is_management_group(scope);
            if assigned.iter().find(covered).is_some() {
                return Protection::Protected { items: Vec::new() };
            }
            let candidate = match id.name() {
                Some(name) => {
                    open.get(name).is_some_and(|targets| targets.iter().any(|target| target.same(id) != Some(false)))
                }
                None => !open.is_empty(),
            };
            if self.items.is_empty() || anyones || candidate || !assigned.is_empty() {
                Protection::Unseen
            } else {
                Protection::NotBackedUp
            }
        };
        self.of_kind(kinds::VIRTUAL_MACHINE).map(|index| (index, protection(index))).collect()
    }
}

/// A management group or the tenant lies above every subscription; which ones it holds is not written in the set.
fn is_management_group(scope: &Id) -> bool {
    scope.segments().any(|segment| segment == "managementgroups")
}

/// Whether a value is, or may turn out to be, this text; letter case ignored.
fn may_be(value: &Value, text: &str) -> bool {
    match value.as_text() {
        Some(known) => known.eq_ignore_ascii_case(text),
        None => value.is_unknown(),
    }
}

/// Whether a value is certainly this text; letter case ignored.
fn is_text(value: &Value, text: &str) -> bool {
    match (value.as_text(), value.as_unknown()) {
        (Some(known), _) => known.eq_ignore_ascii_case(text),
        (None, Some(unknown)) => !unknown.one_of.is_empty() && unknown.one_of.iter().all(|one| is_text(one, text)),
        (None, None) => false,
    }
}

/// A protected item may also be a database or a share; the type or the source tells.
fn is_vm_item(item: &Resource) -> bool {
    match item.body.at("properties.protectedItemType") {
        Some(kind) => may_be(&kind, "Microsoft.Compute/virtualMachines") || may_be(&kind, "AzureIaaSVMProtectedItem"),
        None => {
            let names = Id::of(&item.name)
                .is_some_and(|name| name.segments().last().is_some_and(|last| last.starts_with("vm;")));
            let source = item.body.at("properties.sourceResourceId").and_then(|source| Id::of(&source));
            names || source.is_some_and(|source| source.segments().any(|segment| segment == "virtualmachines"))
        }
    }
}

/// The VM of an item: by its source, else by its name `vm;iaasvmcontainerv2;<group>;<vm>`.
fn target(item: &Resource) -> Option<Id> {
    if let Some(source) = item.body.at("properties.sourceResourceId") {
        return Id::of(&source);
    }
    let name = Id::of(&item.name)?;
    let mut pieces = name.segments().last()?.split(';').skip(2);
    let (group, vm) = (pieces.next()?, pieces.next()?);
    let subscription = item.id.subscription()?;
    Some(subscription.join(&format!("resourcegroups/{group}/providers/microsoft.compute/virtualmachines/{vm}")))
}

/// A virtual machine that is deployed. What takes a while to find out is found out once.
pub struct Vm<'a> {
    pub estate: &'a Estate,
    index: usize,
    disks: OnceCell<Vec<Disk<'a>>>,
    guest_properties: OnceCell<Vec<GuestProperty<'a>>>,
}

/// A disk of a VM.
pub struct Disk<'a> {
    pub role: DiskRole,
    /// `properties.diskSizeGB` of the disk, or of the VM's own entry where there is no disk resource.
    pub size: Property<'a>,
    /// GiB; `None` where no size is written.
    pub size_gib: Option<Number>,
    pub backup: InBackup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskRole {
    Os,
    Data,
}

/// Whether the backup takes a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InBackup {
    Yes,
    /// Left out by the protected item.
    No,
    Unknown,
}

/// A property whose text reaches the guest.
pub struct GuestProperty<'a> {
    pub property: Property<'a>,
    /// The texts in it; `None` where its value is not known.
    pub texts: Option<GuestTexts>,
}

impl<'a> Vm<'a> {
    pub fn resource(&self) -> &'a Resource {
        &self.estate.resources[self.index]
    }

    pub fn protection(&self) -> &'a Protection {
        &self.estate.protection[&self.index]
    }

    /// Whether the set shows that it is not backed up: then nothing is said of it.
    pub fn is_not_backed_up(&self) -> bool {
        *self.protection() == Protection::NotBackedUp
    }

    pub fn is_protected(&self) -> bool {
        matches!(self.protection(), Protection::Protected { .. })
    }

    /// The items that protect it; none where only a policy assignment does.
    pub fn items(&self) -> Vec<Item<'a>> {
        match self.protection() {
            Protection::Protected { items } => items.iter().map(|&index| self.estate.item(index)).collect(),
            Protection::Unseen | Protection::NotBackedUp => Vec::new(),
        }
    }

    /// The OS disk and the data disks, in the order they are written.
    pub fn disks(&self) -> &[Disk<'a>] {
        self.disks.get_or_init(|| {
            let items = self.items();
            let storage = self.resource().property("properties.storageProfile");
            let os = Some(storage.property("osDisk")).filter(|entry| entry.value.is_some());
            let data = storage.property("dataDisks");
            let data = data.elements().map(|entry| self.disk(DiskRole::Data, &entry, &items));
            os.map(|entry| self.disk(DiskRole::Os, &entry, &items)).into_iter().chain(data).collect()
        })
    }

    fn disk(&self, role: DiskRole, entry: &Property<'a>, items: &[Item]) -> Disk<'a> {
        let id = entry.property("managedDisk.id").value.and_then(|id| Id::of(&id));
        let disk = id.and_then(|id| self.estate.resource(&id)).filter(|disk| disk.kind.is(kinds::DISK));
        let backup = in_backup(role, entry, items);
        let size = match disk {
            Some(disk) => disk.property("properties.diskSizeGB"),
            None => entry.property("diskSizeGB"),
        };
        match (&size.value, disk) {
            (Some(value), _) => Disk { role, size_gib: Number::of(value), size, backup },
            (None, Some(disk)) => uploaded(role, disk, backup),
            (None, None) => Disk { role, size_gib: None, size, backup },
        }
    }

    /// Whether its disks are page blobs in a storage account; `None` where that is not certain.
    pub fn has_unmanaged_disks(&self) -> Option<bool> {
        let storage = self.resource().property("properties.storageProfile");
        let data = storage.property("dataDisks");
        let mut certain = data.value.as_ref().is_none_or(|data| !data.is_unknown());
        let entries = std::iter::once(storage.property("osDisk")).chain(data.elements());
        for entry in entries.filter_map(|entry| entry.value) {
            match (entry.get("vhd"), entry.get("managedDisk")) {
                (Some(vhd), None) if !vhd.is_unknown() => return Some(true),
                (Some(_), None) => certain = false,
                _ => certain &= !entry.is_unknown(),
            }
        }
        certain.then_some(false)
    }

    /// The network interfaces of the set that it uses.
    pub fn nics(&self) -> Vec<Nic<'a>> {
        self.nic_indexes().into_iter().map(|index| Nic { estate: self.estate, index }).collect()
    }

    fn nic_indexes(&self) -> Vec<usize> {
        let nics = self.resource().property("properties.networkProfile.networkInterfaces").value;
        let ids = nics
            .as_ref()
            .and_then(Value::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(|nic| Id::of(&nic.get("id")?));
        ids.filter_map(|id| self.estate.by_id.get(&id).copied())
            .filter(|&index| self.estate.resources[index].kind.is(kinds::NETWORK_INTERFACE))
            .collect()
    }

    /// Every property whose text reaches the guest: custom data, user data, script extensions, run commands.
    pub fn guest_properties(&self) -> &[GuestProperty<'a>] {
        self.guest_properties.get_or_init(|| self.find_guest_properties())
    }

    fn find_guest_properties(&self) -> Vec<GuestProperty<'a>> {
        let vm = self.resource();
        let mut found = Vec::new();
        let mut take = |property: Property<'a>, channel: Channel| {
            if let Some(value) = &property.value {
                let texts = value.as_text().map(|text| guest::read(channel, text));
                found.push(GuestProperty { property, texts });
            }
        };
        take(vm.property("properties.osProfile.customData"), Channel::CustomData);
        take(vm.property("properties.userData"), Channel::UserData);
        for &index in self.estate.guest_scripts.get(&vm.id).map(Vec::as_slice).unwrap_or_default() {
            let child = &self.estate.resources[index];
            if child.existing {
                continue;
            }
            if child.kind.is(kinds::VM_RUN_COMMAND) {
                take(child.property("properties.source.script"), Channel::RunCommand);
            }
            if child.kind.is(kinds::VM_EXTENSION) && is_custom_script(child) {
                for settings in ["settings", "protectedSettings"] {
                    take(child.property(&format!("properties.{settings}.commandToExecute")), Channel::Command);
                    take(child.property(&format!("properties.{settings}.script")), Channel::Script);
                }
            }
        }
        found
    }
}

/// A disk without a size: one that is uploaded is as large as the upload.
fn uploaded(role: DiskRole, disk: &Resource, backup: InBackup) -> Disk<'_> {
    let size = disk.property("properties.creationData.uploadSizeBytes");
    let bytes = size.value.as_ref().and_then(Number::of).and_then(|bytes| bytes.known());
    // An upload carries a footer of 512 bytes.
    let size_gib = bytes.map(|bytes| Number::exactly((bytes - 512).max(0).div_euclid(1 << 30)));
    Disk { role, size_gib, size, backup }
}

fn in_backup(role: DiskRole, entry: &Property, items: &[Item]) -> InBackup {
    if role == DiskRole::Os {
        return InBackup::Yes;
    }
    let lun = entry.property("lun").value.as_ref().and_then(Number::of).and_then(|lun| lun.known());
    let takes: Vec<InBackup> = items.iter().map(|item| item.takes_lun(lun)).collect();
    match takes.is_empty() || takes.contains(&InBackup::Yes) {
        true => InBackup::Yes,
        false if takes.contains(&InBackup::Unknown) => InBackup::Unknown,
        false => InBackup::No,
    }
}

/// The extensions that run a script of the user's.
fn is_custom_script(extension: &Resource) -> bool {
    let is = |name: &str, text: &str| {
        extension.body.at(&format!("properties.{name}")).is_some_and(|value| is_text(&value, text))
    };
    is("publisher", "Microsoft.Azure.Extensions") && is("type", "CustomScript")
        || is("publisher", "Microsoft.Compute") && is("type", "CustomScriptExtension")
        || is("publisher", "Microsoft.OSTCExtensions") && is("type", "CustomScriptForLinux")
}

/// A network interface that is deployed.
#[derive(Clone, Copy)]
pub struct Nic<'a> {
    pub estate: &'a Estate,
    index: usize,
}

impl<'a> Nic<'a> {
    pub fn resource(self) -> &'a Resource {
        &self.estate.resources[self.index]
    }

    /// The VMs of the set that use it.
    pub fn vms(self) -> Vec<Vm<'a>> {
        let vms = self.estate.vms_of_nic.get(&self.index).map(Vec::as_slice).unwrap_or_default();
        vms.iter().map(|&index| self.estate.vm_at(index)).collect()
    }

    /// The allocation method of the first private address that is certainly static.
    pub fn static_address(self) -> Option<Property<'a>> {
        let nic = self.resource();
        let configurations = nic.property("properties.ipConfigurations");
        configurations
            .elements()
            .map(|configuration| configuration.property("properties.privateIPAllocationMethod"))
            .find(|method| method.value.as_ref().is_some_and(|method| is_text(method, "Static")))
    }
}

/// A management lock.
#[derive(Clone, Copy)]
pub struct Lock<'a> {
    pub resource: &'a Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockLevel {
    CanNotDelete,
    ReadOnly,
}

impl LockLevel {
    pub fn name(self) -> &'static str {
        match self {
            LockLevel::CanNotDelete => "CanNotDelete",
            LockLevel::ReadOnly => "ReadOnly",
        }
    }
}

impl<'a> Lock<'a> {
    /// `None`: it locks nothing, or the level is not known to be one of the two that lock.
    pub fn level(self) -> Option<LockLevel> {
        let level = self.resource.body.at("properties.level")?;
        let unknown = level.as_unknown().map(|unknown| unknown.one_of.clone()).unwrap_or_default();
        if is_text(&level, "ReadOnly") {
            return Some(LockLevel::ReadOnly);
        }
        // One of both is a lock all the same; the weaker one decides.
        let locks = |value: &Value| is_text(value, "CanNotDelete") || is_text(value, "ReadOnly");
        let either = !unknown.is_empty() && unknown.iter().all(locks);
        (either || is_text(&level, "CanNotDelete")).then_some(LockLevel::CanNotDelete)
    }

    pub fn level_property(self) -> Property<'a> {
        self.resource.property("properties.level")
    }

    /// What it is placed on: a subscription, a group, a resource.
    pub fn scope(self) -> &'a Id {
        &self.resource.scope
    }

    /// Whether the name of the group that it lies in is known and passes the test.
    pub fn group_is(self, test: impl Fn(&str) -> bool) -> bool {
        self.scope().group_name().is_some_and(test)
    }

    /// It is placed on a group as a whole, or on a collection of restore points in it.
    pub fn covers_restore_points(self) -> bool {
        self.scope().is_group() || self.scope().segments().any(|segment| segment == "restorepointcollections")
    }

    /// The written value that names what is locked, where there is a single one.
    pub fn scope_element(self) -> Option<Property<'a>> {
        let value = self.resource.scope_value.clone()?;
        let origin = value.origin().filter(|origin| origin.literal)?;
        let (place, used) = (origin.at, origin.used);
        Some(Property { resource: self.resource, path: "scope".to_owned(), value: Some(value), place, used })
    }
}

/// A backup policy for Azure VMs.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    pub resource: &'a Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// `V1`: one backup a day or on days of the week.
    Standard,
    /// `V2`: up to one backup every four hours.
    Enhanced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    Hourly,
    Daily,
    Weekly,
}

/// Instant restore points that a policy keeps once clean-up and creation are in balance.
pub struct SteadyPoints {
    /// At least so many.
    pub count: i64,
    /// How they come about: "6 a day × 7 days".
    pub words: String,
}

impl<'a> Policy<'a> {
    fn is_for_vms(&self) -> bool {
        self.text("backupManagementType").is_some_and(|kind| is_text(&kind, "AzureIaasVM"))
    }

    fn text(&self, path: &str) -> Option<Value> {
        self.resource.body.at(&format!("properties.{path}"))
    }

    fn property(self, path: &str) -> Property<'a> {
        self.resource.property(&format!("properties.{path}"))
    }

    /// `None` where it is not certain.
    pub fn tier(self) -> Option<Tier> {
        let is = |value: &Option<Value>, text: &str| value.as_ref().is_some_and(|value| is_text(value, text));
        let written = self.text("policyType");
        let schedule = self.text("schedulePolicy.schedulePolicyType");
        match written {
            Some(_) if is(&written, "V2") => Some(Tier::Enhanced),
            Some(_) if is(&written, "V1") => Some(Tier::Standard),
            Some(_) => None,
            None if is(&schedule, "SimpleSchedulePolicyV2") => Some(Tier::Enhanced),
            None if schedule.as_ref().is_some_and(Value::is_unknown) => None,
            None => Some(Tier::Standard),
        }
    }

    pub fn frequency(self) -> Option<Frequency> {
        let frequency = self.text("schedulePolicy.scheduleRunFrequency")?;
        [("Hourly", Frequency::Hourly), ("Daily", Frequency::Daily), ("Weekly", Frequency::Weekly)]
            .into_iter()
            .find(|(name, _)| is_text(&frequency, name))
            .map(|(_, frequency)| frequency)
    }

    pub fn frequency_property(self) -> Property<'a> {
        self.property("schedulePolicy.scheduleRunFrequency")
    }

    pub fn schedule(self) -> Property<'a> {
        self.property("schedulePolicy")
    }

    /// `hourlySchedule`, which only Enhanced policies have.
    pub fn hourly_schedule(self) -> Property<'a> {
        self.property("schedulePolicy.hourlySchedule")
    }

    /// The list of run times, where the tier and the frequency put it.
    pub fn run_times(self) -> Property<'a> {
        let block = match (self.tier(), self.frequency()) {
            (Some(Tier::Enhanced), Some(Frequency::Daily)) => "dailySchedule.",
            (Some(Tier::Enhanced), Some(Frequency::Weekly)) => "weeklySchedule.",
            _ => "",
        };
        let nested = self.property(&format!("schedulePolicy.{block}scheduleRunTimes"));
        match nested.value {
            Some(_) => nested,
            None => self.property("schedulePolicy.scheduleRunTimes"),
        }
    }

    fn run_days(self) -> Option<Value> {
        self.text("schedulePolicy.weeklySchedule.scheduleRunDays")
            .or_else(|| self.text("schedulePolicy.scheduleRunDays"))
    }

    /// The hours between backups of an hourly schedule.
    pub fn interval_hours(self) -> Option<i64> {
        self.text("schedulePolicy.hourlySchedule.interval").as_ref().and_then(Number::of)?.known()
    }

    /// Scheduled backups a day, by a daily or hourly schedule: at least so many.
    pub fn backups_per_day(self) -> Option<i64> {
        match self.frequency()? {
            Frequency::Daily => {
                let times = self.run_times().value;
                Some(times.as_ref().and_then(Value::as_array).map_or(1, |times| times.len().max(1) as i64))
            }
            Frequency::Hourly => {
                let interval = self.interval_hours().filter(|&interval| interval > 0)?;
                let window = self.text("schedulePolicy.hourlySchedule.scheduleWindowDuration");
                let window = window.as_ref().and_then(Number::of)?.low()?;
                Some((24 / interval).min(window.max(0).saturating_add(interval - 1) / interval))
            }
            Frequency::Weekly => None,
        }
    }

    /// The days that snapshots are kept, as written.
    pub fn instant_days_property(self) -> Property<'a> {
        self.property("instantRpRetentionRangeInDays")
    }

    /// The days that snapshots are kept: written, or the API's default for the tier and frequency.
    pub fn instant_days(self) -> Option<Number> {
        if let Some(written) = self.instant_days_property().value {
            return Number::of(&written);
        }
        Some(Number::exactly(match (self.tier()?, self.frequency()) {
            (Tier::Enhanced, _) => 7,
            (Tier::Standard, Some(Frequency::Weekly)) => 5,
            (Tier::Standard, Some(_)) => 2,
            (Tier::Standard, None) => return None,
        }))
    }

    /// The days that the vault keeps daily points, where it says so in days.
    pub fn daily_retention(self) -> Option<(Property<'a>, Number)> {
        let path = "retentionPolicy.dailySchedule.retentionDuration";
        let unit = self.text(&format!("{path}.durationType"));
        if unit.is_some_and(|unit| !is_text(&unit, "Days")) {
            return None;
        }
        let count = self.property(&format!("{path}.count"));
        let number = Number::of(count.value.as_ref()?)?;
        Some((count, number))
    }

    /// What the vault keeps by the policy's long-term schedules: which points, how many, in which unit.
    pub fn kept(self) -> Vec<(&'static str, i64, String)> {
        let schedule = |&(points, name): &(&'static str, &str)| {
            let duration = self.text(&format!("retentionPolicy.{name}.retentionDuration"))?;
            let count = Number::of(&duration.get("count")?)?.known()?;
            let unit = duration.get("durationType")?.as_text()?.to_lowercase();
            Some((points, count, unit))
        };
        [
            ("daily", "dailySchedule"),
            ("weekly", "weeklySchedule"),
            ("monthly", "monthlySchedule"),
            ("yearly", "yearlySchedule"),
        ]
        .iter()
        .filter_map(schedule)
        .collect()
    }

    /// What it keeps in the steady state; `None` where nothing certain can be said.
    pub fn steady_points(self) -> Option<SteadyPoints> {
        let days = self.instant_days()?.low()?.max(0);
        if self.frequency()? == Frequency::Weekly {
            let selected = self.run_days()?;
            let selected: Vec<usize> = selected.as_array()?.iter().filter_map(|day| weekday(day.as_text()?)).collect();
            let window =
                |start: usize| (0..days).filter(|day| selected.contains(&((start + *day as usize) % 7))).count() as i64;
            // Whole weeks first: the pattern repeats, and days may be any number.
            let weeks = days / 7 * distinct(&selected);
            let rest = days % 7;
            let best = (0..7)
                .map(|start| (0..rest).filter(|day| selected.contains(&((start + *day as usize) % 7))).count() as i64)
                .max()
                .unwrap_or(0);
            debug_assert!(days > 1000 || (0..7).map(window).max() == Some(weeks + best));
            return Some(SteadyPoints {
                count: weeks.saturating_add(best),
                words: format!("{} a week, kept {days} days", distinct(&selected)),
            });
        }
        let backups = self.backups_per_day()?;
        Some(SteadyPoints { count: backups.saturating_mul(days), words: format!("{backups} a day × {days} days") })
    }

    /// The names of the resource groups that the policy keeps its restore points in, where it sets them.
    pub fn backup_group_pattern(self) -> Option<GroupPattern> {
        let details = self.text("instantRPDetails")?;
        let prefix = details.get("azureBackupRGNamePrefix")?.as_text()?.to_lowercase();
        let suffix = match details.get("azureBackupRGNameSuffix") {
            Some(suffix) => suffix.as_text()?.to_lowercase(),
            None => String::new(),
        };
        (!prefix.is_empty()).then_some(GroupPattern::Custom { prefix, suffix })
    }
}

/// How the service names the groups of its restore points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupPattern {
    /// `AzureBackupRG_<geo>_<n>`.
    #[default]
    Service,
    /// `<prefix><n><suffix>`, in lower case.
    Custom { prefix: String, suffix: String },
}

impl GroupPattern {
    /// Whether a group's name is one of them; letter case is ignored.
    pub fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            GroupPattern::Service => {
                name.strip_prefix("azurebackuprg_").and_then(|rest| rest.rsplit_once('_')).is_some_and(|(geo, n)| {
                    !geo.is_empty() && geo.bytes().all(|byte| byte.is_ascii_alphanumeric()) && number(n)
                })
            }
            GroupPattern::Custom { prefix, suffix } => name
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_suffix(suffix.as_str()))
                .is_some_and(number),
        }
    }
}

fn distinct(days: &[usize]) -> i64 {
    (0..7).filter(|day| days.contains(day)).count() as i64
}

fn weekday(name: &str) -> Option<usize> {
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        .iter()
        .position(|day| day.eq_ignore_ascii_case(name))
}

/// A protected item or protection intent of a VM.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    estate: &'a Estate,
    pub resource: &'a Resource,
    /// The VM, which need not be in the set.
    pub target: Option<&'a Id>,
}

impl<'a> Item<'a> {
    /// The VM, where it is declared in the set.
    pub fn vm(self) -> Option<&'a Resource> {
        self.target.and_then(|target| self.estate.resource(target))
    }

    fn policy_id(self) -> Option<Id> {
        Id::of(&self.resource.body.at("properties.policyId")?)
    }

    /// The policy, where it is declared in the set.
    pub fn policy(self) -> Option<Policy<'a>> {
        let policy = self.estate.resource(&self.policy_id()?)?;
        policy
            .kind
            .is(kinds::BACKUP_POLICY)
            .then_some(Policy { resource: policy })
            .filter(|policy| !policy.resource.existing)
    }

    /// The tier of its policy. `DefaultPolicy`, which every vault brings along undeclared, is a Standard one.
    pub fn tier(self) -> Option<Tier> {
        match self.policy() {
            Some(policy) => policy.tier(),
            None => (self.policy_id()?.name()? == "defaultpolicy").then_some(Tier::Standard),
        }
    }

    /// Whether it backs the data disk of that LUN up. Leaving a disk out helps under an Enhanced policy only; under a
    /// Standard one every attached disk is snapshotted all the same.
    fn takes_lun(self, lun: Option<i64>) -> InBackup {
        let Some(exclusion) = self.resource.body.at("properties.extendedProperties.diskExclusionProperties") else {
            return InBackup::Yes;
        };
        let listed = exclusion.get("diskLunList").and_then(|list| {
            let luns: Option<Vec<i64>> = list.as_array()?.iter().map(|lun| Number::of(lun)?.known()).collect();
            Some(luns?.contains(&lun?))
        });
        let inclusion = match exclusion.get("isInclusionList") {
            None => Some(false),
            Some(value) => value.as_bool(),
        };
        let left_out = listed.zip(inclusion).map(|(listed, inclusion)| listed != inclusion);
        match (left_out, self.tier()) {
            (Some(false), _) | (_, Some(Tier::Standard)) => InBackup::Yes,
            (Some(true), Some(Tier::Enhanced)) => InBackup::No,
            (Some(true), None) | (None, _) => InBackup::Unknown,
        }
    }
}
