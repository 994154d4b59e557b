//! A template that Azure would refuse, so that nothing of it is deployed and nothing is backed up.

use crate::rules::{Base, Context, Findings, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "template-evaluation-error",
    summary: "An expression or value of the template makes Azure refuse the deployment.",
    severity: Base { y2019: Some(Severity::Warning), today: Some(Severity::Warning) },
    azure_codes: &[],
    fix: "",
    page: include_str!("template_evaluation_error.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    for refusal in &ctx.estate.refusals {
        let message = format!("Azure will refuse the deployment: {}", refusal.message);
        let finding = out.report_deployment(&RULE, Severity::Warning, refusal.place, message);
        finding.secret = refusal.secret;
        finding
            .when("at deployment, so that nothing of it is protected")
            .advice("Correct the expression or the value.");
    }
}
