//! A lock on a resource group in which Azure Backup keeps restore points, or on a collection in it.

use std::collections::HashMap;

use crate::model::estate::{Lock, LockLevel};
use crate::rules::{Applicability, Base, Change, Context, Findings, Rule, Severity};
use crate::text::Place;

pub static RULE: Rule = Rule {
    name: "backup-rg-locked",
    summary: "A lock covers a resource group in which Azure Backup keeps restore points.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["UserErrorRpCollectionLimitReached", "BackUpOperationFailed", "BackUpOperationFailedV2"],
    fix: "removes the lock",
    page: include_str!("backup_rg_locked.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    let patterns = ctx.estate.backup_group_patterns();
    let locks: Vec<(Lock, bool)> = ctx
        .estate
        .locks()
        .into_iter()
        .map(|lock| {
            let hit = lock.group_is(|name| patterns.iter().any(|pattern| pattern.matches(name))) && lock.covers_restore_points();
            (lock, hit && lock.level().is_some())
        })
        .collect();
    // One declaration may make several locks; only if all of them are wrong is the declaration itself.
    let mut siblings: HashMap<Place, (usize, usize)> = HashMap::new();
    for (lock, hit) in &locks {
        let (all, bad) = siblings.entry(lock.resource.place).or_default();
        *all += 1;
        *bad += usize::from(*hit);
    }
    for (lock, _) in locks.iter().filter(|(_, hit)| *hit) {
        let (all, bad) = siblings[&lock.resource.place];
        let element = lock.scope_element().filter(|_| bad < all);
        let property = match &element {
            Some(element) => element.clone(),
            None => lock.level_property(),
        };
        let group = lock.scope().group_spelled().unwrap_or("the backup group").to_owned();
        let level = lock.level().unwrap_or(LockLevel::CanNotDelete);
        let message = format!(
            "{} lock on '{group}', where Azure Backup keeps restore points: the service can no longer {} there",
            level.name(),
            match level {
                LockLevel::CanNotDelete => "delete expired restore points",
                LockLevel::ReadOnly => "create or delete restore points",
            }
        );
        let limit = ctx.profile.instant_points.value;
        let finding = out.report(&RULE, Severity::Error, &property, message);
        finding
            .when(match level {
                LockLevel::CanNotDelete => {
                    format!("once {limit} restore points have piled up: at one backup a day, {limit} succeed and backup {} is refused", limit + 1)
                }
                LockLevel::ReadOnly => "at the next backup".to_owned(),
            })
            .advice(
                "Remove the lock; lock the groups of the workloads instead. Where points have piled up already, start one \
                 backup on demand afterwards (it may fail once) and give clean-up some hours.",
            )
            .source(&ctx.profile.backup_rg_must_not_be_locked)
            .source(&ctx.profile.instant_points);
        if let Some(scope) = lock.scope_element() {
            finding.related(scope.place, "the locked group is named here");
        }
        match element {
            Some(element) => {
                finding.propose(format!("Take '{group}' out of the locked groups"), Applicability::Unsafe, vec![Change::Remove(element.place)]);
            }
            None if bad == all => {
                let change = Change::Remove(lock.resource.place);
                finding.propose("Remove the lock from the Azure Backup restore-point group", Applicability::Safe, vec![change]);
            }
            None => {}
        }
    }
}
