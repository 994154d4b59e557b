//! Days of snapshot retention that the service refuses.

use crate::model::estate::{Frequency, Policy, Tier};
use crate::model::{Number, Property};
use crate::profile::Figure;
use crate::rules::{Applicability, Base, Change, Context, Findings, Literal, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "instant-rp-retention-out-of-range",
    summary: "A policy keeps snapshots for a number of days that the service refuses.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &["BMSUserErrorInvalidPolicyInput"],
    fix: "sets the nearest allowed number",
    page: include_str!("instant_rp_retention_out_of_range.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    for policy in ctx.estate.policies() {
        instant_days(ctx, policy, out);
        vault_days(ctx, policy, out);
    }
}

/// The days that snapshots are kept, by tier and schedule.
fn instant_days(ctx: &Context, policy: Policy, out: &mut Findings) {
    let property = policy.instant_days_property();
    let Some(days) = property.value.as_ref().and_then(Number::of) else { return };
    let profile = ctx.profile;
    let mut fault = |severity, allowed: String, nearest: Option<i64>, source: &Figure<()>| {
        let message = format!("snapshots are kept {} days; {allowed}", days.words());
        refuse(out, severity, &property, message, nearest, source);
    };
    match (policy.tier(), policy.frequency()) {
        (Some(Tier::Standard), Some(Frequency::Weekly)) => {
            let figure = &profile.standard_weekly_days;
            if days.is_outside(figure.value, figure.value) {
                let allowed = format!("a weekly Standard policy keeps them exactly {}", figure.value);
                fault(Severity::Error, allowed, Some(figure.value), &bare(figure));
            }
        }
        (Some(Tier::Standard), _) => {
            let (low, high) = profile.standard_days.value;
            if days.is_outside(low, high) {
                let allowed = format!("a Standard policy keeps them {low} to {high}");
                fault(Severity::Error, allowed, nearest(&days, low, high), &bare(&profile.standard_days));
            }
        }
        (Some(Tier::Enhanced), frequency) => {
            let Some(range) = &profile.enhanced_days else { return };
            let (low, high) = range.value;
            if days.is_outside(low, high) {
                let allowed = format!("an Enhanced policy keeps them {low} to {high}");
                return fault(Severity::Error, allowed, nearest(&days, low, high), &bare(range));
            }
            match frequency {
                Some(Frequency::Hourly) => {
                    let Some(interval) = policy.interval_hours() else { return };
                    let most = profile.enhanced_days_by_interval.as_ref().and_then(|figure| figure.value.get(&interval).map(|most| (*most, figure)));
                    let doubtful =
                        profile.enhanced_doubtful_days_by_interval.as_ref().and_then(|figure| figure.value.get(&interval).map(|from| (*from, figure)));
                    if let Some((most, figure)) = most.filter(|(most, _)| days.is_over(*most)) {
                        let allowed = format!("with a backup every {interval} hours the most is {most}");
                        fault(Severity::Error, allowed, Some(most), &bare(figure));
                    } else if let Some((from, figure)) = doubtful.filter(|(from, _)| !days.is_under(*from) && days.is_over(*from - 1)) {
                        let allowed = format!(
                            "for a backup every {interval} hours no maximum is documented, but {from} days exceed the pattern of the documented ones"
                        );
                        fault(Severity::Warning, allowed, None, &bare(figure));
                    }
                }
                Some(Frequency::Weekly) => {
                    let Some(figure) = &profile.enhanced_weekly_days else { return };
                    let (low, high) = figure.value;
                    if days.is_outside(low, high) {
                        let allowed = format!("a weekly Enhanced policy keeps them {low} to {high}");
                        fault(Severity::Warning, allowed, nearest(&days, low, high), &bare(figure));
                    }
                }
                Some(Frequency::Daily) | None => {}
            }
        }
        (None, _) => {
            // Whichever of both it is, what neither takes is refused.
            let Some(range) = &profile.enhanced_days else { return };
            let (low, high) = (range.value.0.min(profile.standard_days.value.0), range.value.1.max(profile.standard_days.value.1));
            if days.is_outside(low, high) {
                let allowed = format!("no policy keeps them less than {low} or more than {high}");
                fault(Severity::Error, allowed, nearest(&days, low, high), &bare(range));
            }
        }
    }
}

/// The days that the vault keeps daily points, and that snapshots are not kept longer.
fn vault_days(ctx: &Context, policy: Policy, out: &mut Findings) {
    let Some((count, kept)) = policy.daily_retention() else { return };
    if let Some(least) = ctx.profile.min_daily_retention_days.as_ref().filter(|least| kept.is_under(least.value)) {
        let message = format!("the vault keeps daily points {} days; the least is {}", kept.words(), least.value);
        refuse(out, Severity::Error, &count, message, Some(least.value), &bare(least));
    }
    let property = policy.instant_days_property();
    let days = property.value.as_ref().and_then(Number::of);
    let within = ctx.profile.instant_within_vault_retention.as_ref().filter(|within| within.value);
    if let (Some(days), Some(most), Some(figure)) = (days, kept.high(), within)
        && days.is_over(most)
    {
        let message = format!("snapshots are kept {} days, longer than the vault keeps the daily points ({})", days.words(), kept.words());
        refuse(out, Severity::Error, &property, message, Some(most), &bare(figure));
        if let Some(finding) = out.list.last_mut() {
            finding.related(count.place, "the vault's retention");
        }
    }
}

fn refuse(out: &mut Findings, severity: Severity, property: &Property, message: String, nearest: Option<i64>, source: &Figure<()>) {
    let literal = property.value.as_ref().and_then(|value| value.origin()).is_some_and(|origin| origin.literal);
    let finding = out.report(&RULE, severity, property, message);
    finding
        .when("as the policy is deployed: the service refuses it, and VMs that should get it stay without backup")
        .advice("Choose a number of days within the range.")
        .source(source);
    if let Some(nearest) = nearest.filter(|_| literal) {
        finding.propose(format!("Set it to {nearest} days"), Applicability::Unsafe, vec![Change::Set(property.place, Literal::Int(nearest))]);
    }
}

/// The allowed number next to a known one.
fn nearest(days: &Number, low: i64, high: i64) -> Option<i64> {
    days.known().map(|days| days.clamp(low, high))
}

/// The source of a figure without its value.
fn bare<T>(figure: &Figure<T>) -> Figure<()> {
    Figure { value: (), source: figure.source, dated: figure.dated.clone() }
}
