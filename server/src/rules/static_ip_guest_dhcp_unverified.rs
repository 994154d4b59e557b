//! A static address on the network interface, with nothing that shows how the guest gets it.

use crate::guest::{self, Addressing};
use crate::rules::{Base, Context, Findings, Rule, Severity};

pub static RULE: Rule = Rule {
    name: "static-ip-guest-dhcp-unverified",
    summary: "A network interface has a static address, and nothing shows that the guest uses DHCP.",
    severity: Base { y2019: Some(Severity::Information), today: Some(Severity::Information) },
    azure_codes: &["UserErrorGuestAgentStatusUnavailable", "ExtensionSnapshotFailedNoNetwork"],
    fix: "advice",
    page: include_str!("static_ip_guest_dhcp_unverified.md"),
    check,
};

fn check(ctx: &Context, out: &mut Findings) {
    for nic in ctx.estate.nics() {
        let Some(method) = nic.static_address() else { continue };
        let vms: Vec<_> = nic.vms().into_iter().filter(|vm| !vm.is_not_backed_up()).collect();
        let unverified = vms.iter().find(|vm| {
            let guests = vm.guest_properties().iter().filter_map(|guest| guest.texts.as_ref());
            let texts: Vec<_> = guests.flat_map(|texts| texts.texts.iter().cloned()).collect();
            matches!(guest::addressing(&texts), Addressing::Unstated)
        });
        let Some(vm) = unverified else { continue };
        let message = "the static address is set in the right place, on the network interface; nothing here shows that the guest itself uses DHCP, which backup needs".to_owned();
        out.report(&RULE, Severity::Information, &method, message)
            .when("at the first backup, if the guest is configured with a static address")
            .advice("Leave the guest on DHCP (DHCP option 245 tells it where the host is); say so in cloud-init or a script to make it visible.")
            .source(&ctx.profile.guest_uses_dhcp)
            .related(vm.resource().place, "the VM that uses the interface");
    }
}
