//! A lock on a subscription, which the group of the restore points inherits.

use crate::model::estate::LockLevel;
use crate::rules::{Base, Context, Findings, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "subscription-lock-covers-backup-rg",
    summary: "A lock on the subscription is inherited by the group in which Azure Backup keeps restore points.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["UserErrorRpCollectionLimitReached", "BackUpOperationFailed", "BackUpOperationFailedV2"],
    fix: "advice",
    page: include_str!("subscription_lock_covers_backup_rg.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    let protected = ctx.estate.protected_vms();
    for lock in ctx.estate.locks() {
        let Some(level) = lock.level() else { continue };
        if !lock.scope().is_subscription() {
            continue;
        }
        let answers: Vec<Option<bool>> =
            protected.iter().map(|vm| vm.subscription().and_then(|subscription| subscription.same(lock.scope()))).collect();
        if !answers.is_empty() && answers.iter().all(|answer| *answer == Some(false)) {
            continue;
        }
        let visible = answers.contains(&Some(true));
        let severity = if visible { Severity::Error } else { Severity::Warning };
        let limit = ctx.profile.instant_points.value;
        let condition = if visible { "" } else { ", if VMs of this subscription are backed up" };
        let message = format!(
            "{} lock on the whole subscription: Azure Backup's restore-point group inherits it, and expired points can no longer be deleted{condition}",
            level.name()
        );
        out.report(&RULE, severity, &lock.level_property(), message)
            .when(match level {
                LockLevel::CanNotDelete => format!("once {limit} restore points of a VM have piled up"),
                LockLevel::ReadOnly => "at the next backup".to_owned(),
            })
            .advice(
                "Lock the resource groups of the workloads one by one and keep the subscription free; for the rest use role \
                 assignments or a policy that denies deletion.",
            )
            .source(&ctx.profile.backup_rg_must_not_be_locked)
            .source(&ctx.profile.instant_points);
    }
}
