//! A policy that keeps more instant restore points than a VM may have.

use crate::model::estate::Tier;
use crate::rules::{Applicability, Base, Change, Context, Findings, Literal, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "instant-rp-count-over-limit",
    summary: "A policy keeps more instant restore points than a VM may have.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["UserErrorRpCollectionLimitReached"],
    fix: "shortens the retention of snapshots",
    page: include_str!("instant_rp_count_over_limit.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    let limit = &ctx.profile.instant_points;
    let covers_all = &ctx.profile.instant_points_cover_enhanced;
    for policy in ctx.estate.policies() {
        let Some(points) = policy.steady_points().filter(|points| points.count > limit.value) else { continue };
        // Today only the points of Standard policies are limited by this figure.
        if !covers_all.value && policy.tier() != Some(Tier::Standard) {
            continue;
        }
        let days = policy.instant_days_property();
        let written = days.value.is_some();
        let property = if written { days } else { policy.schedule() };
        let today = match (policy.tier(), covers_all.value) {
            (Some(Tier::Enhanced), true) => "; since Enhanced policies exist, they have limits of their own by interval",
            _ => "",
        };
        let message = format!(
            "the policy keeps {} instant restore points ({}), {} allows {}{today}",
            points.count, points.words, ctx.profile.name, limit.value
        );
        let finding = out.report(&RULE, Severity::Error, &property, message);
        let per_day = policy.backups_per_day();
        finding
            .advice("Keep snapshots for fewer days, or back up less often.")
            .source(limit)
            .source(covers_all);
        if let Some(per_day) = per_day.filter(|&per_day| per_day > 0) {
            finding.when(format!("on day {}", limit.value / per_day + 1));
            let literal = property.value.as_ref().and_then(|value| value.origin()).is_some_and(|origin| origin.literal);
            if written && literal && limit.value >= per_day {
                let days = limit.value / per_day;
                let change = Change::Set(property.place, Literal::Int(days));
                finding.propose(format!("Keep snapshots for {days} days"), Applicability::Unsafe, vec![change]);
            }
        }
    }
}
