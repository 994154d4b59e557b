//! A policy with several backups a day that takes one.

use crate::model::estate::{Frequency, Tier};
use crate::rules::{Applicability, Base, Change, Context, Findings, Rule, Severity};
use crate::value::Value;

pub static RULE: Rule = Rule {
    name: "standard-policy-multiple-backups-per-day",
    summary: "A policy schedules several backups a day where the service takes one.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["UserErrorRpCollectionLimitReached", "UserErrorBackupOperationInProgress", "BMSUserErrorInvalidPolicyInput"],
    fix: "keeps the first run time",
    page: include_str!("standard_policy_multiple_backups_per_day.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    for policy in ctx.estate.policies() {
        let standard = policy.tier() == Some(Tier::Standard);
        let frequency = policy.frequency();
        let hourly = policy.hourly_schedule();
        let times = policy.run_times();
        let count = times.value.as_ref().and_then(Value::as_array).map_or(0, <[Value]>::len);
        let (property, message) = match frequency {
            Some(Frequency::Hourly) if standard => {
                (policy.frequency_property(), "a Standard policy cannot run hourly: it takes one backup a day".to_owned())
            }
            Some(Frequency::Daily | Frequency::Weekly) if count > 1 => {
                (times, format!("the policy has {count} run times a day; the service takes one"))
            }
            None | Some(Frequency::Daily | Frequency::Weekly) if standard && hourly.value.as_ref().is_some_and(|block| !block.is_unknown()) => {
                (hourly, "an hourly schedule in a Standard policy, which takes one backup a day".to_owned())
            }
            _ => continue,
        };
        let finding = out.report(&RULE, Severity::Error, &property, message);
        finding
            .when("as the policy is deployed: the service refuses it, or backups collide and restore points pile up")
            .advice("Keep one run time, or use an Enhanced policy (V2), which takes a backup up to every 4 hours; a policy cannot be changed back from V2.")
            .source(&ctx.profile.standard_backups_per_day);
        if count > 1 && property.path.ends_with("scheduleRunTimes") && property.value.as_ref().and_then(Value::origin).is_some_and(|origin| origin.literal) {
            finding.propose("Keep the first run time only", Applicability::Unsafe, vec![Change::Truncate(property.place, 1)]);
        }
    }
}
