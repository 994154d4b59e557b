//! A disk larger than what Azure Backup takes.

use crate::model::estate::{DiskRole, InBackup};
use crate::profile;
use crate::rules::{Applicability, Base, Change, Context, Findings, Literal, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "disk-size-over-backup-limit",
    summary: "A disk of a VM is larger than Azure Backup takes.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["UserErrorUnsupportedDiskSize"],
    fix: "sets the limit, for disks that are yet to be made",
    page: include_str!("disk_size_over_backup_limit.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    let limit = &ctx.profile.max_disk_gib;
    for vm in ctx.vms {
        if vm.is_not_backed_up() {
            continue;
        }
        for disk in vm.disks() {
            let Some(size) = disk.size_gib.as_ref().filter(|size| size.is_over(limit.value)) else { continue };
            if disk.backup != InBackup::Yes {
                continue;
            }
            let (severity, condition) = match vm.is_protected() {
                true => (Severity::Error, ""),
                false => (Severity::Warning, ", if this VM is backed up"),
            };
            let role = match disk.role {
                DiskRole::Os => "OS disk",
                DiskRole::Data => "data disk",
            };
            let newest = profile::newest();
            let now = match newest.name == ctx.profile.name {
                true => String::new(),
                false => format!(", today's is {} GiB ({})", newest.max_disk_gib.value, newest.name),
            };
            let message = format!(
                "{role} of {} GiB: Azure Backup's limit in {} was {} GiB{now}{condition}",
                size.words(),
                ctx.profile.name,
                limit.value
            );
            let literal = disk.size.value.as_ref().and_then(|value| value.origin()).is_some_and(|origin| origin.literal);
            let finding = out.report(&RULE, severity, &disk.size, message);
            finding
                .when("at the first backup after the disk is attached")
                .advice("Spread the data over several disks. A disk that exists cannot be made smaller.")
                .source(limit)
                .source(&newest.max_disk_gib);
            finding.related(vm.resource().place, "the VM that uses the disk");
            if literal && disk.size.path.ends_with("diskSizeGB") {
                let change = Change::Set(disk.size.place, Literal::Int(limit.value));
                finding.propose(format!("Make the disk {} GiB large (only for a disk that does not exist yet)", limit.value), Applicability::Unsafe, vec![change]);
            }
        }
    }
}
