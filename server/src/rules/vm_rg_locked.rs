//! A lock on the resource group of a protected VM.

use std::collections::HashMap;

use crate::model::estate::LockLevel;
use crate::model::id::Id;
use crate::rules::{Applicability, Base, Change, Context, Findings, Literal, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "vm-rg-locked",
    summary: "A lock covers the resource group of a protected VM.",
    severity: Base { y2019: Some(Severity::Warning), today: Some(Severity::Warning) },
    azure_codes: &["UserErrorRpCollectionLimitReached", "BackUpOperationFailed", "BackUpOperationFailedV2"],
    fix: "lowers ReadOnly to CanNotDelete",
    page: include_str!("vm_rg_locked.md"),
    check,
};

/// The protected VMs of one group, as far as they matter for a lock.
#[derive(Default)]
struct Group {
    name: Option<String>,
    vms: usize,
    unmanaged: bool,
    managed: bool,
}

fn check(ctx: &Context, out: &mut Findings) {
    let locks = ctx.estate.locks();
    if locks.is_empty() {
        return;
    }
    let patterns = ctx.estate.backup_group_patterns();
    let mut groups: HashMap<Id, Group> = HashMap::new();
    for target in ctx.estate.protected_vms() {
        let Some(id) = target.group() else { continue };
        let group = groups.entry(id).or_default();
        group.vms += 1;
        group.name = group.name.take().or_else(|| target.name().map(str::to_owned));
        if let Some(unmanaged) = ctx.estate.vm(target).and_then(|vm| vm.has_unmanaged_disks()) {
            group.unmanaged |= unmanaged;
            group.managed |= !unmanaged;
        }
    }
    for lock in locks {
        let (Some(level), Some(group)) = (lock.level(), groups.get(lock.scope())) else { continue };
        if lock.group_is(|name| patterns.iter().any(|pattern| pattern.matches(name))) {
            continue;
        }
        let supported = ctx.profile.customer_group_locks.value;
        let severity = match (supported, level) {
            (false, _) => Severity::Warning,
            (true, _) if group.unmanaged => Severity::Error,
            (true, LockLevel::ReadOnly) => Severity::Warning,
            (true, LockLevel::CanNotDelete) if group.managed => Severity::Hint,
            (true, LockLevel::CanNotDelete) => continue,
        };
        let whose = match (&group.name, group.vms) {
            (Some(name), 1) => format!("the protected VM '{name}'"),
            (_, 1) => "a protected VM".to_owned(),
            (_, count) => format!("{count} protected VMs"),
        };
        let effect = match (level, group.unmanaged, supported) {
            (_, true, true) => "for VMs with unmanaged disks this is not supported",
            (LockLevel::ReadOnly, ..) => "every write to the group is refused, so the backup extension can be neither installed nor updated",
            (LockLevel::CanNotDelete, _, true) => "supported today, as long as the service's own group stays unlocked",
            (LockLevel::CanNotDelete, _, false) => "old restore points may not be deleted",
        };
        let property = lock.level_property();
        let finding = out.report(&RULE, severity, &property, format!("{} lock on the resource group of {whose}: {effect}", level.name()));
        finding.source(&ctx.profile.customer_group_locks);
        if severity > Severity::Hint {
            finding.when("as the backup extension is installed or updated, or restore points are cleaned up");
        }
        match (level, group.unmanaged) {
            (LockLevel::ReadOnly, false) => {
                finding.advice("Use CanNotDelete, which VMs with managed disks support, or lock single resources.");
                let change = Change::Set(property.place, Literal::Text("CanNotDelete".to_owned()));
                if property.value.as_ref().and_then(|value| value.origin()).is_some_and(|origin| origin.literal) {
                    finding.propose("Lower the lock to CanNotDelete", Applicability::Unsafe, vec![change]);
                }
            }
            (_, true) => {
                finding.advice("Convert the disks to managed disks, or lock single resources instead of the group.");
            }
            (LockLevel::CanNotDelete, false) => {
                finding.advice("Keep the service's own group, AzureBackupRG_<geo>_<n> or the one the policy names, free of locks.");
            }
        }
    }
}
