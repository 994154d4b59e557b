//! What there is to say about a place: the findings there, and what Azure Backup will do with the resource there.
//!
//! Pure: an analysis, a file and a byte in, text out. Of values only names, numbers and our own words are told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use crate::check::{Analysis, Reported};
use crate::codes;
use crate::json::{Kind, Step};
use crate::lsp::action;
use crate::lsp::prose::Prose;
use crate::lsp::{convert, graph, values};
use crate::model::estate::{
    Disk, DiskRole, Estate, Frequency, InBackup, Item, Lock, LockLevel, Nic, Policy, Protection, Tier, Vm,
};
use crate::model::{Resource, kinds};
use crate::profile::{Figure, newest};
use crate::report::escape;
use crate::rules::{Rule, Severity};
use crate::text::{FileId, Place, Span};

/// What is said about a place, and the range that it is about.
pub struct Hover {
    pub text: Prose,
    pub span: Span,
}

/// What there is to say about the byte at `offset`.
pub fn hover(analysis: &Analysis, file: FileId, offset: u32) -> Option<Hover> {
    let mut here: Vec<&Reported> = action::findings(analysis, file, Span::new(offset, offset)).collect();
    here.sort_by_key(|reported| (reported.finding.at.span.len(), Reverse(reported.finding.severity)));
    let mut text = Prose::default();
    let mut span = here.first().map(|reported| reported.finding.at.span);
    for reported in here {
        text.append(finding(reported));
    }
    if let Some(declared) = Declared::at(analysis, file, offset) {
        text.append(declared.text());
        span = span.or(Some(declared.span));
    }
    if text.is_empty()
        && let Some(document) = analysis.of_file(file)
        && let Some((value, at)) = values::hover(analysis, document, offset)
    {
        return Some(Hover { text: value, span: at });
    }
    span.filter(|_| !text.is_empty()).map(|span| Hover { text, span })
}

/// A finding, explained.
fn finding(reported: &Reported) -> Prose {
    let finding = &reported.finding;
    let mut text = Prose::default();
    text.paragraph().strong(&finding.message);
    if action::is_outdated(reported) {
        let times = reported.profiles.join(" and ");
        text.paragraph().own(format!("So it was in the documentation of {times}. Today's does not object."));
    }
    for name in finding.rule.azure_codes {
        text.bullet().own("Azure Backup: ").code(name);
        if let Some(code) = codes::code(name) {
            text.own(format!(" – {}", code.text));
        }
    }
    if let Some(when) = &finding.when {
        text.bullet().own("When: ").foreign(when);
    }
    if let Some(advice) = &finding.advice {
        text.bullet().own("What to do: ").foreign(advice);
    }
    for source in &finding.sources {
        let dated = format!(", page of {}", source.dated);
        text.bullet().own("Source: ").link(source.page.title(), source.page.url()).own(dated);
    }
    text.paragraph().own("Rule ").link(finding.rule.name, &convert::page_address(finding.rule));
    text
}

/// A resource at the place where it is declared.
struct Declared<'a> {
    analysis: &'a Analysis,
    estate: &'a Estate,
    resource: &'a Resource,
    /// The disk of a VM in whose entry the place lies.
    disk: Option<(DiskRole, usize)>,
    span: Span,
}

/// The members, beside type and name, at which a resource is told about.
const TELLING: &[(&str, &[&str])] = &[
    (kinds::DISK, &["diskSizeGB"]),
    (kinds::LOCK, &["level"]),
    (kinds::NETWORK_INTERFACE, &["privateIPAllocationMethod", "privateIPAddress"]),
    (kinds::PROTECTED_ITEM, &["policyId", "sourceResourceId"]),
    (
        kinds::BACKUP_POLICY,
        &[
            "policyType",
            "instantRpRetentionRangeInDays",
            "scheduleRunFrequency",
            "scheduleRunTimes",
            "interval",
            "scheduleWindowDuration",
        ],
    ),
];

impl<'a> Declared<'a> {
    fn at(analysis: &'a Analysis, file: FileId, offset: u32) -> Option<Declared<'a>> {
        let document = analysis.of_file(file)?;
        let (estate, resource) = graph::resource_at(analysis, file, offset)?;
        let root = document.root()?;
        let path = root.path_to(Span::new(offset, offset));
        let inside = path.get(root.path_to(resource.place.span).len()..)?;
        let node = root.find(offset);
        if matches!(node.kind(), Kind::Object | Kind::Array) {
            return None;
        }
        let name = |step: &Step| match step {
            Step::Name(name) => Some(name.clone()),
            Step::Index(_) => None,
        };
        let names: Vec<String> = inside.iter().filter_map(name).collect();
        let last = names.last()?;
        let is = |name: &str| last.eq_ignore_ascii_case(name);
        let own = inside.len() == 1 && ["type", "name", "address"].into_iter().any(is);
        let telling = || TELLING.iter().any(|(kind, names)| resource.kind.is(kind) && names.iter().copied().any(is));
        let disk = disk_entry(inside).filter(|_| resource.kind.is(kinds::VIRTUAL_MACHINE));
        (own || telling() || disk.is_some()).then(|| Declared { analysis, estate, resource, disk, span: node.span() })
    }

    fn text(&self) -> Prose {
        let mut text = Prose::default();
        let same = |other: &Resource| std::ptr::eq(other, self.resource);
        match self.resource.kind.folded() {
            kinds::VIRTUAL_MACHINE => {
                if let Some(vm) = self.estate.vms().into_iter().find(|vm| same(vm.resource())) {
                    match self.disk {
                        Some((role, index)) => {
                            let disk = vm.disks().iter().filter(|disk| disk.role == role).nth(index);
                            disk.into_iter().for_each(|disk| of_disk(&vm, disk, &mut text));
                        }
                        None => self.vm(&vm, &mut text),
                    }
                }
            }
            kinds::DISK => {
                for vm in self.estate.vms() {
                    let disks = vm.disks().iter().filter(|disk| same(disk.size.resource));
                    disks.for_each(|disk| of_disk(&vm, disk, &mut text));
                }
            }
            kinds::NETWORK_INTERFACE => {
                if let Some(nic) = self.estate.nics().into_iter().find(|nic| same(nic.resource())) {
                    self.nic(nic, &mut text);
                }
            }
            kinds::BACKUP_POLICY => {
                if let Some(policy) = self.estate.policies().into_iter().find(|policy| same(policy.resource)) {
                    self.policy(policy, &mut text);
                }
            }
            kinds::PROTECTED_ITEM | kinds::PROTECTION_INTENT => {
                if let Some(item) = self.estate.items().find(|item| same(item.resource)) {
                    self.item(item, &mut text);
                }
            }
            kinds::VAULT => self.vault(&mut text),
            kinds::LOCK => self.lock(Lock { resource: self.resource }, &mut text),
            _ => {}
        }
        text
    }

    /// The kind in plain words and the name.
    fn title(&self, text: &mut Prose, words: &str) {
        text.paragraph().own(format!("{words} "));
        match self.resource.short_name() {
            Some(name) => text.code(name),
            None => text.own("whose name is not known here"),
        };
        let several = self.estate.declared_with(self.resource.place);
        if several > 1 {
            text.own(format!(", one of {several} that are declared here"));
        }
    }

    fn vm(&self, vm: &Vm, text: &mut Prose) {
        self.title(text, "VM");
        match vm.protection() {
            Protection::NotBackedUp => {
                text.bullet().own(
                    "Not backed up: every protected item here is for another VM. So nothing is reported about this one.",
                );
            }
            Protection::Unseen => {
                text.bullet().own("Nothing here shows whether it is backed up. It is judged in case it is.");
            }
            Protection::Protected { items } if items.is_empty() => {
                text.bullet().own("Backed up through an assignment of Azure's built-in backup policy.");
            }
            Protection::Protected { .. } => {
                for item in vm.items() {
                    backed_up(item, text);
                }
            }
        }
        let disks = vm.disks();
        let largest = disks.iter().filter_map(|disk| disk.size_gib.as_ref()?.known()).max();
        if let Some(largest) = largest {
            let limit = limit_words(&newest().max_disk_gib, "GiB");
            let which = match disks.len() {
                1 => "Its disk has".to_owned(),
                number => format!("The largest of its {number} disks has"),
            };
            text.bullet().own(format!("{which} {largest} GiB; {limit}."));
        }
        let left_out: Vec<String> = disks
            .iter()
            .filter(|disk| disk.backup == InBackup::No)
            .map(|disk| {
                let own = disk.size.resource;
                let name = own.short_name().filter(|_| !std::ptr::eq(own, vm.resource()));
                name.map_or_else(|| "a data disk".to_owned(), str::to_owned)
            })
            .collect();
        if !left_out.is_empty() {
            text.bullet().own("Left out of the backup: ");
            names(&left_out, text);
            text.own(".");
        }
        self.obstacles(vm, text);
    }

    /// What was found that would stop the backup of a VM: at it, its disks and interfaces, its policies, or at a lock.
    fn obstacles(&self, vm: &Vm, text: &mut Prose) {
        let disks = vm.disks().iter().map(|disk| disk.size.resource.place);
        let nics = vm.nics().into_iter().map(|nic| nic.resource().place);
        let policies = vm.items().into_iter().filter_map(|item| item.policy()).map(|policy| policy.resource.place);
        let locks =
            self.estate.locks().into_iter().filter(|lock| vm.resource().id.is_within(lock.scope()) == Some(true));
        let places: HashSet<Place> = std::iter::once(vm.resource().place)
            .chain(disks)
            .chain(nics)
            .chain(policies)
            .chain(locks.map(|lock| lock.resource.place))
            .collect();
        // By rule, and whether today's documentation still says so.
        let mut rules: BTreeMap<&str, (&Rule, bool)> = BTreeMap::new();
        for reported in &self.analysis.findings {
            let finding = &reported.finding;
            if finding.severity >= Severity::Warning && places.contains(&finding.subject_place) {
                rules.entry(finding.rule.name).or_insert((finding.rule, false)).1 |= !action::is_outdated(reported);
            }
        }
        for (rule, still) in rules.into_values() {
            text.bullet().own(if still { "In the way: " } else { "In the way by older documentation only: " });
            text.foreign(rule.summary.trim_end_matches('.')).own(" (");
            text.link(rule.name, &convert::page_address(rule)).own(").");
        }
    }

    fn nic(&self, nic: Nic, text: &mut Prose) {
        self.title(text, "Network interface");
        let vms = nic.vms();
        for vm in &vms {
            text.bullet().own("Used by VM ");
            match vm.resource().short_name() {
                Some(name) => text.code(name),
                None => text.own("whose name is not known here"),
            };
        }
        text.bullet().own(match nic.static_address() {
            Some(_) => {
                "Its private address is static, which is the right place for that. The guest must still ask for it by \
                 DHCP: backup needs what comes along (option 245)."
            }
            None => "Its private address is not known to be static; the guest gets it by DHCP.",
        });
    }

    fn policy(&self, policy: Policy, text: &mut Prose) {
        let tier = match policy.tier() {
            Some(Tier::Standard) => "Standard backup policy",
            Some(Tier::Enhanced) => "Enhanced backup policy",
            None => "Backup policy",
        };
        self.title(text, tier);
        let points = policy.steady_points();
        let limit = point_limit(policy);
        match &points {
            Some(points) => {
                text.bullet().own(format!(
                    "Keeps {} in the steady state: {}.",
                    count(usize::try_from(points.count).unwrap_or(0), "instant restore point"),
                    points.words
                ));
            }
            None => {
                text.bullet().own("How many instant restore points it keeps cannot be told from what is written here.");
            }
        }
        if let Some(limit) = &limit {
            text.bullet()
                .own(format!("The documented limit for it is {} points (page of {}).", limit.points, limit.dated));
        }
        if let Some(kept) = kept(policy) {
            text.bullet().own("The vault keeps ").foreign(&kept).own(".");
        }
        let users: Vec<Item> = self
            .estate
            .items()
            .filter(|item| item.policy().is_some_and(|used| std::ptr::eq(used.resource, self.resource)))
            .collect();
        text.bullet().own(format!(
            "{} here {} it.",
            count(users.len(), "protected item"),
            if users.len() == 1 { "uses" } else { "use" }
        ));
        if let (Some(per_day), Some(points)) = (policy.backups_per_day(), &points) {
            text.figure(&bars(per_day, points.count, limit.map(|limit| limit.points)));
        }
    }

    fn item(&self, item: Item, text: &mut Prose) {
        text.paragraph().own("Protects ");
        match item.vm().and_then(Resource::short_name) {
            Some(name) => text.own("VM ").code(name),
            None => text.own("a VM that is not declared here"),
        };
        backed_up(item, text);
    }

    fn vault(&self, text: &mut Prose) {
        self.title(text, "Recovery Services vault");
        let inside = |resource: &Resource| resource.id.is_within(&self.resource.id) == Some(true);
        let policies: Vec<Policy> =
            self.estate.policies().into_iter().filter(|policy| inside(policy.resource)).collect();
        let items = self.estate.items().filter(|item| inside(item.resource)).count();
        text.bullet().own(format!(
            "{} and {} of VMs here belong to it.",
            policies_words(policies.len()),
            count(items, "protected item")
        ));
        for policy in policies.iter().take(MOST) {
            text.bullet().own("Policy ");
            match policy.resource.short_name() {
                Some(name) => text.code(name),
                None => text.own("whose name is not known here"),
            };
            if let Some(points) = policy.steady_points() {
                text.own(format!(
                    ": {}, that is {} instant restore points in the steady state",
                    points.words, points.count
                ));
            }
        }
    }

    fn lock(&self, lock: Lock, text: &mut Prose) {
        let scope = lock.scope();
        let shown = lock.resource.scope_value.as_ref().is_none_or(|value| !value.is_tainted());
        text.paragraph().own(match lock.level() {
            Some(level) => format!("{} lock on ", level.name()),
            None => "Lock of an unknown level on ".to_owned(),
        });
        match (scope.is_subscription(), scope.group_name().filter(|_| shown)) {
            (true, _) => text.own("the subscription"),
            (false, Some(group)) if scope.is_group() => text.own("resource group ").code(group),
            (false, Some(group)) => text.own("a resource of group ").code(group),
            (false, None) => match self.estate.resource(scope).and_then(Resource::short_name).filter(|_| shown) {
                Some(name) => text.code(name),
                None => text.own("a scope that is not known here"),
            },
        };
        let patterns = self.estate.backup_group_patterns();
        let of_service = lock.group_is(|group| patterns.iter().any(|pattern| pattern.matches(group)));
        text.bullet().own(match (scope.is_subscription(), of_service && lock.covers_restore_points()) {
            (true, _) => {
                "It covers the groups that Azure Backup keeps restore points in, so old points cannot be removed and \
                 backups fail when their number is reached."
            }
            (false, true) => {
                "Azure Backup keeps restore points there: old ones cannot be removed, and backups fail when their \
                 number is reached."
            }
            (false, false) => "It is not on a group that Azure Backup is known to keep restore points in.",
        });
        let vms = self.estate.vms().into_iter().filter(|vm| vm.resource().id.is_within(scope) == Some(true)).count();
        if vms > 0 {
            text.bullet().own(format!(
                "{} declared here {} under it.",
                count(vms, "VM"),
                if vms == 1 { "stands" } else { "stand" }
            ));
        }
        text.bullet().own(match lock.level() {
            Some(LockLevel::ReadOnly) => {
                "It stops every change and every deletion: also starting a VM and installing an extension."
            }
            Some(LockLevel::CanNotDelete) => "It stops every deletion; changes stay possible.",
            None => "Whether it stops changes or only deletions is not known here.",
        });
    }
}

fn of_disk(vm: &Vm, disk: &Disk, text: &mut Prose) {
    let role = match disk.role {
        DiskRole::Os => "OS disk",
        DiskRole::Data => "Data disk",
    };
    text.paragraph().own(format!("{role} of VM "));
    match vm.resource().short_name() {
        Some(name) => text.code(name),
        None => text.own("whose name is not known here"),
    };
    let size = match &disk.size_gib {
        Some(size) => format!("Its size is {} GiB", size.words()),
        None => "Its size is not written".to_owned(),
    };
    text.bullet().own(format!("{size}; {}.", limit_words(&newest().max_disk_gib, "GiB")));
    text.bullet().own(match (vm.protection(), disk.backup) {
        (Protection::NotBackedUp, _) => "The VM is not backed up.",
        (_, InBackup::Yes) => "A backup of the VM takes it.",
        (_, InBackup::No) => "The protected item leaves it out of the backup.",
        (_, InBackup::Unknown) => "Whether a backup of the VM takes it is not known here.",
    });
}

/// By which policy an item backs its VM up, and what comes of it.
fn backed_up(item: Item, text: &mut Prose) {
    let Some(policy) = item.policy() else {
        text.bullet().own(match item.tier() {
            Some(Tier::Standard) => "Backed up by the vault's own Standard policy, DefaultPolicy.",
            _ => "Backed up by a policy that is not declared here.",
        });
        return;
    };
    text.bullet().own("Backed up by ");
    text.own(match policy.tier() {
        Some(Tier::Standard) => "Standard policy ",
        Some(Tier::Enhanced) => "Enhanced policy ",
        None => "policy ",
    });
    match policy.resource.short_name() {
        Some(name) => text.code(name),
        None => text.own("whose name is not known here"),
    };
    if let Some(points) = policy.steady_points() {
        text.own(format!(": {}, that is {} instant restore points in the steady state", points.words, points.count));
    }
    if let Some(kept) = kept(policy) {
        text.own("; the vault keeps ").foreign(&kept);
    }
    text.own(".");
}

/// What the vault keeps, in words.
fn kept(policy: Policy) -> Option<String> {
    let kept: Vec<String> = policy
        .kept()
        .into_iter()
        .map(|(points, count, unit)| format!("{points} points for {count} {}", escape::line(&unit)))
        .collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// The entry of a VM's storage profile that a path leads into.
fn disk_entry(path: &[Step]) -> Option<(DiskRole, usize)> {
    let [Step::Name(properties), Step::Name(storage), rest @ ..] = path else { return None };
    if !properties.eq_ignore_ascii_case("properties") || !storage.eq_ignore_ascii_case("storageProfile") {
        return None;
    }
    match rest {
        [Step::Name(name), _, ..] if name.eq_ignore_ascii_case("osDisk") => Some((DiskRole::Os, 0)),
        [Step::Name(name), Step::Index(index), _, ..] if name.eq_ignore_ascii_case("dataDisks") => {
            Some((DiskRole::Data, *index))
        }
        _ => None,
    }
}

/// The most instant restore points that a policy may keep, by today's documentation.
pub struct PointLimit {
    pub points: i64,
    /// The date of the page.
    pub dated: &'static str,
}

/// The limit of a policy: for a Standard one of points, for an Enhanced one of the days for its interval. `None`: none is known.
pub fn point_limit(policy: Policy) -> Option<PointLimit> {
    let today = newest();
    match policy.tier()? {
        Tier::Standard => Some(PointLimit { points: today.instant_points.value, dated: &today.instant_points.dated }),
        Tier::Enhanced => {
            let per_day = policy.backups_per_day()?;
            let (days, dated) = match policy.frequency()? {
                Frequency::Hourly => {
                    let figure = today.enhanced_days_by_interval.as_ref()?;
                    (*figure.value.get(&policy.interval_hours()?)?, &figure.dated)
                }
                Frequency::Daily => {
                    let figure = today.enhanced_days.as_ref()?;
                    (figure.value.1, &figure.dated)
                }
                Frequency::Weekly => return None,
            };
            Some(PointLimit { points: per_day.saturating_mul(days), dated })
        }
    }
}

/// The most lines of a figure, and the most names of a list.
const MOST: usize = 8;
/// The width of the longest bar.
const WIDTH: i64 = 24;

/// The instant restore points day by day until no more come, as bars against the limit.
fn bars(per_day: i64, steady: i64, limit: Option<i64>) -> String {
    let scale = steady.max(limit.unwrap_or(0)).max(1);
    let width = |points: i64| usize::try_from((points.saturating_mul(WIDTH) + scale / 2) / scale).unwrap_or(0);
    let days = if per_day > 0 { (steady + per_day - 1) / per_day } else { 0 };
    let most = MOST as i64;
    let shown: Vec<i64> = match days <= most {
        true => (1..=days).collect(),
        false => (1..most - 1).chain([days]).collect(),
    };
    let digits = days.to_string().len();
    let mut lines = Vec::new();
    for (before, day) in std::iter::once(0).chain(shown.iter().copied()).zip(shown.iter().copied()) {
        if day > before + 1 {
            lines.push(format!("    {:>digits$}", "…"));
        }
        let points = day.saturating_mul(per_day).min(steady);
        let within = points.min(limit.unwrap_or(points));
        let full = "█".repeat(width(within));
        let over = "▓".repeat(width(points) - width(within));
        let free = "░".repeat(width(limit.unwrap_or(0)).saturating_sub(width(points)));
        lines.push(format!("day {day:>digits$}  {full}{over}{free}  {points}"));
    }
    if let Some(limit) = limit {
        let mark = format!("{:>width$}", "▲", width = 6 + digits + width(limit).max(1));
        lines.push(format!("{mark} limit {limit}"));
    }
    lines.join("\n")
}

/// Names in code, the first few of them.
fn names(all: &[String], text: &mut Prose) {
    for (index, name) in all.iter().take(MOST).enumerate() {
        if index > 0 {
            text.own(", ");
        }
        text.code(name);
    }
    if all.len() > MOST {
        text.own(format!(" and {} more", all.len() - MOST));
    }
}

fn limit_words(limit: &Figure<i64>, unit: &str) -> String {
    format!("the documented limit is {} {unit} (page of {})", limit.value, limit.dated)
}

/// A number with its noun.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

fn policies_words(number: usize) -> String {
    match number {
        1 => "1 policy".to_owned(),
        _ => format!("{number} policies"),
    }
}
