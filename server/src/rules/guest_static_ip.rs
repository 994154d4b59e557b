//! A guest that is configured with a static address instead of taking it from DHCP.

use crate::guest::{self, Addressing};
use crate::model::Property;
use crate::rules::{Base, Context, Findings, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "guest-static-ip",
    summary: "A script or cloud-init file gives the guest's primary interface a static address.",
    severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
    azure_codes: &[
        "UserErrorGuestAgentStatusUnavailable",
        "ExtensionSnapshotFailedNoNetwork",
        "ExtensionOperationFailedForManagedDisks",
        "BackUpOperationFailed",
        "BackUpOperationFailedV2",
    ],
    fix: "advice",
    page: include_str!("guest_static_ip.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    for vm in ctx.vms {
        if vm.is_not_backed_up() {
            continue;
        }
        for guest in vm.guest_properties() {
            let Some(texts) = &guest.texts else { continue };
            let Addressing::Static { interface, line, how, path } = guest::addressing(&texts.texts) else { continue };
            let (severity, condition) = match vm.is_protected() {
                true => (Severity::Error, ""),
                false => (Severity::Warning, ", if this VM is backed up"),
            };
            // The text is a fault where it reaches the guest, not in the file or variable that it comes from.
            let property = Property { place: guest.property.used, ..guest.property.clone() };
            let file = path.map(|path| format!(" of {path}")).unwrap_or_default();
            let interface = interface.map(|interface| format!(" for {interface}")).unwrap_or_default();
            let message = format!("the guest gets a static address{interface} ({how}, line {line}{file}); the VM agent needs DHCP{condition}");
            out.report(&RULE, severity, &property, message)
                .when("at the first backup: without an answer from DHCP the guest cannot reach the host, and the backup extension neither loads nor runs")
                .advice("Leave DHCP on in the guest and set the static address on the network interface resource (privateIPAllocationMethod: Static).")
                .source(&ctx.profile.guest_uses_dhcp)
                .related(vm.resource().place, "the VM");
        }
    }
}
