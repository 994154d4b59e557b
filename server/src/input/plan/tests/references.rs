//! Which resource a reference means, and the ids that follow.

use serde_json::{Value as Json, json};

use super::{plan, read_plan};

const VM: &str =
    "/subscriptions/<provider azurerm subscription_id>/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/";

fn group() -> Json {
    json!({ "name": "rg", "location": "westeurope" })
}

fn vm(name: &str) -> Json {
    json!({ "name": name, "resource_group_name": "rg", "location": "westeurope" })
}

fn item() -> Json {
    json!({ "resource_group_name": "rg", "recovery_vault_name": "rsv" })
}

/// The VM that an item means by these references, in a plan with these machines.
fn source(machines: Json, items: &[&str], configuration: Json) -> Vec<String> {
    let mut resources = machines.as_array().expect("a list").clone();
    for item_address in items {
        resources.push(json!([item_address, item(), { "source_vm_id": true, "id": true }]));
    }
    let read = read_plan(&plan(json!(resources), configuration));
    items.iter().map(|item| read.short(item, "properties.sourceResourceId")).collect()
}

#[test]
fn one_resource() {
    let machines = json!([
        ["azurerm_linux_virtual_machine.a", vm("vm-a"), { "id": true }],
        ["azurerm_windows_virtual_machine.b", vm("vm-b"), { "id": true }],
    ]);
    let found = |references: &str| {
        let configuration = json!({ "azurerm_backup_protected_vm.i": { "source_vm_id": references } });
        source(machines.clone(), &["azurerm_backup_protected_vm.i"], configuration).remove(0)
    };
    assert_eq!(found("=azurerm_linux_virtual_machine.a.id azurerm_linux_virtual_machine.a"), format!("{VM}vm-a"));
    // Terraform 0.12 names no attribute.
    assert_eq!(found("=azurerm_windows_virtual_machine.b"), format!("{VM}vm-b"));
    // A known value chooses between this machine and nothing.
    assert_eq!(
        found("=var.on azurerm_linux_virtual_machine.a.id azurerm_linux_virtual_machine.a"),
        format!("{VM}vm-a")
    );

    let own = "<azurerm_backup_protected_vm.i.source_vm_id>";
    let both = "=azurerm_linux_virtual_machine.a.id azurerm_linux_virtual_machine.a \
                azurerm_windows_virtual_machine.b.id azurerm_windows_virtual_machine.b";
    assert_eq!(found(both), own, "one of two");
    assert_eq!(found("=local.vm azurerm_linux_virtual_machine.a.id azurerm_linux_virtual_machine.a"), own, "a local");
    assert_eq!(found("=azurerm_linux_virtual_machine.a.name azurerm_linux_virtual_machine.a"), own, "not its id");
    assert_eq!(found("=azurerm_linux_virtual_machine.c.id azurerm_linux_virtual_machine.c"), own, "not in the plan");
    assert_eq!(found("="), own, "a function of nothing");
}

#[test]
fn the_same_key() {
    let machines = json!([
        ["azurerm_linux_virtual_machine.m[\"a\"]", vm("vm-a"), { "id": true }],
        ["azurerm_linux_virtual_machine.m[\"b\"]", vm("vm-b"), { "id": true }],
    ]);
    let found = |items: &[&str], references: &str, each: &str| {
        let configuration =
            json!({ "azurerm_backup_protected_vm.i": { "source_vm_id": references, "for_each": each } });
        source(machines.clone(), items, configuration)
    };
    let (a, b) = ("azurerm_backup_protected_vm.i[\"a\"]", "azurerm_backup_protected_vm.i[\"b\"]");
    let by_key = "=azurerm_linux_virtual_machine.m each.key";
    assert_eq!(found(&[a, b], by_key, "=local.x"), [format!("{VM}vm-a"), format!("{VM}vm-b")]);
    assert_eq!(found(&[b], by_key, "=local.x"), [format!("{VM}vm-b")], "some of the keys");
    let other = "azurerm_backup_protected_vm.i[\"c\"]";
    let own = |key: &str| format!("<azurerm_backup_protected_vm.i[\"{key}\"].source_vm_id>");
    assert_eq!(found(&[a, other], by_key, "=local.x"), [own("a"), own("c")], "keys that are none of the other's");
    assert_eq!(found(&[a], "=azurerm_linux_virtual_machine.m", "=local.x"), [own("a")], "a splat");
    let fixed = "=azurerm_linux_virtual_machine.m[\"b\"].id azurerm_linux_virtual_machine.m[\"b\"] azurerm_linux_virtual_machine.m";
    assert_eq!(found(&[a], fixed, "=local.x"), [format!("{VM}vm-b")]);
    // `for_each` goes through the machines themselves.
    let through = "=azurerm_linux_virtual_machine.m";
    assert_eq!(found(&[a, b], "=each.value.id each.value", through), [format!("{VM}vm-a"), format!("{VM}vm-b")]);
}

#[test]
fn the_same_index() {
    let machines = json!([
        ["azurerm_linux_virtual_machine.m[0]", vm("vm-0"), { "id": true }],
        ["azurerm_linux_virtual_machine.m[1]", vm("vm-1"), { "id": true }],
    ]);
    let found = |items: &[&str]| {
        let references = "=azurerm_linux_virtual_machine.m count.index";
        source(machines.clone(), items, json!({ "azurerm_backup_protected_vm.i": { "source_vm_id": references } }))
    };
    let (first, second) = ("azurerm_backup_protected_vm.i[0]", "azurerm_backup_protected_vm.i[1]");
    assert_eq!(found(&[first, second]), [format!("{VM}vm-0"), format!("{VM}vm-1")]);
    // It could be `count.index + 1`.
    assert_eq!(found(&[first]), ["<azurerm_backup_protected_vm.i[0].source_vm_id>"]);
}

#[test]
fn a_key_in_a_variable() {
    let machines = json!([
        ["azurerm_linux_virtual_machine.m[\"a\"]", vm("vm-a"), { "id": true }],
        ["azurerm_linux_virtual_machine.m[\"b\"]", vm("vm-b"), { "id": true }],
        ["azurerm_backup_protected_vm.i[\"x\"]", item(), { "source_vm_id": true }],
        ["azurerm_backup_protected_vm.j", item(), { "source_vm_id": true }],
    ]);
    let mut plan = plan(
        machines,
        json!({
            "azurerm_backup_protected_vm.i": {
                "for_each": "=var.items",
                "source_vm_id": "=azurerm_linux_virtual_machine.m each.value.vm each.value",
            },
            "azurerm_backup_protected_vm.j": { "source_vm_id": "=azurerm_linux_virtual_machine.m var.first" },
        }),
    );
    plan["variables"] = json!({ "items": { "value": { "x": { "vm": "b" } } }, "first": { "value": "a" } });
    let read = read_plan(&plan);
    assert_eq!(read.short("azurerm_backup_protected_vm.i[\"x\"]", "properties.sourceResourceId"), format!("{VM}vm-b"));
    assert_eq!(read.short("azurerm_backup_protected_vm.j", "properties.sourceResourceId"), format!("{VM}vm-a"));
}

#[test]
fn through_modules() {
    let vm_module = json!({
        "azurerm_linux_virtual_machine.this": { "name": "=var.name" },
        "outputs": {
            "id": "=azurerm_linux_virtual_machine.this.id azurerm_linux_virtual_machine.this",
            "name": "=azurerm_linux_virtual_machine.this.name azurerm_linux_virtual_machine.this",
        },
    });
    let resources = json!([
        ["module.vm[\"a\"].azurerm_linux_virtual_machine.this", vm("vm-a"), { "id": true }],
        ["module.vm[\"b\"].azurerm_linux_virtual_machine.this", vm("vm-b"), { "id": true }],
        ["module.backup.azurerm_backup_protected_vm.all[\"a\"]", item(), { "source_vm_id": true }],
        ["module.backup.azurerm_backup_protected_vm.all[\"b\"]", item(), { "source_vm_id": true }],
        ["module.backup.azurerm_backup_protected_vm.one", item(), { "source_vm_id": true }],
        ["azurerm_backup_protected_vm.direct", item(), { "source_vm_id": true }],
        ["azurerm_backup_protected_vm.each[\"b\"]", item(), { "source_vm_id": true }],
    ]);
    let read = read_plan(&plan(
        resources,
        json!({
            "azurerm_backup_protected_vm.direct": {
                "source_vm_id": "=module.vm[\"a\"].id module.vm[\"a\"] module.vm",
            },
            "azurerm_backup_protected_vm.each": { "for_each": "=local.x", "source_vm_id": "=module.vm each.key" },
            "module.vm": { "args": { "name": "=each.key" }, "for_each": "=local.x", "module": vm_module },
            "module.backup": {
                "args": {
                    "vm_ids": "=module.vm",
                    "first": "=module.vm[\"a\"].id module.vm[\"a\"] module.vm",
                },
                "module": {
                    "azurerm_backup_protected_vm.all": { "for_each": "=var.vm_ids", "source_vm_id": "=each.value" },
                    "azurerm_backup_protected_vm.one": { "source_vm_id": "=var.first" },
                },
            },
        }),
    ));
    let source = |address: &str| read.short(address, "properties.sourceResourceId");
    assert_eq!(source("module.backup.azurerm_backup_protected_vm.all[\"a\"]"), format!("{VM}vm-a"));
    assert_eq!(source("module.backup.azurerm_backup_protected_vm.all[\"b\"]"), format!("{VM}vm-b"));
    assert_eq!(source("module.backup.azurerm_backup_protected_vm.one"), format!("{VM}vm-a"));
    assert_eq!(source("azurerm_backup_protected_vm.direct"), format!("{VM}vm-a"));
    assert_eq!(source("azurerm_backup_protected_vm.each[\"b\"]"), format!("{VM}vm-b"));
}

#[test]
fn a_list_of_ids() {
    let nic = |name: &str| json!({ "name": name, "resource_group_name": "rg", "location": "westeurope" });
    let found = |known: Json, unknown: Json, references: &str| {
        let mut machine = vm("vm");
        machine["network_interface_ids"] = known;
        let read = read_plan(&plan(
            json!([
                ["azurerm_network_interface.a", nic("nic-a"), { "id": true }],
                ["azurerm_network_interface.b", nic("nic-b"), { "id": true }],
                ["azurerm_linux_virtual_machine.m", machine, { "network_interface_ids": unknown }],
            ]),
            json!({ "azurerm_linux_virtual_machine.m": { "network_interface_ids": references } }),
        ));
        let list = read.short("azurerm_linux_virtual_machine.m", "properties.networkProfile.networkInterfaces");
        let prefix = VM.replace("Compute/virtualMachines", "Network/networkInterfaces");
        list.replace(&prefix, "..")
    };
    let a = "azurerm_network_interface.a.id azurerm_network_interface.a";
    let b = "azurerm_network_interface.b.id azurerm_network_interface.b";
    assert_eq!(found(Json::Null, json!(true), &format!("={b} {a}")), "[{id: ..nic-b}, {id: ..nic-a}]");
    assert_eq!(
        found(Json::Null, json!(true), &format!("=local.x {a}")),
        "<azurerm_linux_virtual_machine.m.network_interface_ids>"
    );
    assert_eq!(found(json!([null, "/x/nic"]), json!([true, false]), &format!("={a}")), "[{id: ..nic-a}, {id: /x/nic}]");
    assert_eq!(
        found(json!([null, null]), json!([true, true]), &format!("={b} {a} local.x")),
        "[{id: <azurerm_linux_virtual_machine.m.network_interface_ids[0]>}, {id: <azurerm_linux_virtual_machine.m.network_interface_ids[1]>}]"
    );
}

#[test]
fn scopes_of_locks() {
    let lock = json!({ "name": "keep", "lock_level": "CanNotDelete" });
    let found = |references: &str| {
        let mut plan = plan(
            json!([
                ["azurerm_resource_group.g", group(), { "id": true }],
                ["azurerm_linux_virtual_machine.m", vm("vm"), { "id": true }],
                ["azurerm_storage_container.c", { "name": "c" }, { "id": true }],
                ["azurerm_management_lock.l", lock, { "scope": true, "id": true }],
            ]),
            json!({ "azurerm_management_lock.l": { "scope": references } }),
        );
        plan["variables"] = json!({ "tail": { "value": "x" } });
        let read = read_plan(&plan);
        let scope = super::shown(&read.resource("azurerm_management_lock.l").scope);
        scope.replace("/subscriptions/<provider azurerm subscription_id>", "")
    };
    assert_eq!(found("=azurerm_resource_group.g.id azurerm_resource_group.g"), "/resourcegroups/rg");
    let vm_scope = "/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm";
    assert_eq!(found("=azurerm_linux_virtual_machine.m.id azurerm_linux_virtual_machine.m"), vm_scope);
    let own = "<azurerm_management_lock.l.scope>";
    assert_eq!(found("=azurerm_resource_group.g.id azurerm_resource_group.g var.tail"), own, "pieced together");
    assert_eq!(found("=azurerm_resource_group.g.id azurerm_resource_group.g each.key"), own, "pieced together");
    assert_eq!(found("=azurerm_storage_container.c.id azurerm_storage_container.c"), own, "a type that is not known");
}

#[test]
fn names_that_are_not_known() {
    let late = json!({ "location": "westeurope" });
    let machine = json!({ "name": "vm", "location": "westeurope" });
    let read = read_plan(&plan(
        json!([
            ["azurerm_resource_group.late", late, { "name": true, "id": true }],
            ["azurerm_resource_group.Late", late, { "name": true, "id": true }],
            ["azurerm_linux_virtual_machine.a", machine, { "resource_group_name": true, "id": true }],
            ["azurerm_linux_virtual_machine.b", machine, { "resource_group_name": true, "id": true }],
            ["azurerm_linux_virtual_machine.c", { "resource_group_name": "rg" }, { "name": true, "location": true }],
        ]),
        json!({
            "azurerm_resource_group.late": { "name": "=random_id.x.hex random_id.x" },
            "azurerm_resource_group.Late": { "name": "=random_id.x.hex random_id.x" },
            "azurerm_linux_virtual_machine.a": {
                "resource_group_name": "=azurerm_resource_group.late.name azurerm_resource_group.late",
            },
            "azurerm_linux_virtual_machine.b": {
                "resource_group_name": "=azurerm_resource_group.Late.name azurerm_resource_group.Late",
            },
            "azurerm_linux_virtual_machine.c": {
                "name": "=azurerm_resource_group.late.name azurerm_resource_group.late",
                "location": "=azurerm_resource_group.late.location azurerm_resource_group.late",
            },
        }),
    ));
    let tail = "/providers/microsoft.compute/virtualmachines";
    let head = "/subscriptions/<provider azurerm subscription_id>/resourcegroups";
    assert_eq!(
        read.id("azurerm_linux_virtual_machine.a"),
        format!("{head}/<azurerm_resource_group.late.name>{tail}/vm")
    );
    assert_eq!(
        read.id("azurerm_linux_virtual_machine.b"),
        format!("{head}/<azurerm_resource_group.^late.name>{tail}/vm"),
        "ids are folded, addresses are not"
    );
    assert_eq!(read.id("azurerm_resource_group.late"), format!("{head}/<azurerm_resource_group.late.name>"));
    // A name may be pieced together from another, a region hardly.
    assert_eq!(
        read.id("azurerm_linux_virtual_machine.c"),
        format!("{head}/rg{tail}/<azurerm_linux_virtual_machine.c.name>")
    );
    assert_eq!(read.short("azurerm_linux_virtual_machine.c", "location"), "westeurope");
}

#[test]
fn subscriptions() {
    let resources = |more: Json| {
        json!([
            ["azurerm_resource_group.a", group(), { "id": true }],
            ["azurerm_resource_group.b", group(), { "id": true }],
            more,
        ])
    };
    let blocks = json!({
        "azurerm_resource_group.a": {},
        "azurerm_resource_group.b": { "provider": "azurerm.prod" },
        "azurerm_resource_group.c": { "provider": "azurerm.prod" },
        "data.azurerm_subscription.c": { "provider": "azurerm.prod" },
    });
    let provider = |more: Json| {
        let mut provider = json!({ "name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm" });
        provider["expressions"] = super::expression(&more);
        provider
    };
    let ids = |more: Json, providers: Json| {
        let mut plan = plan(resources(more), blocks.clone());
        plan["configuration"]["provider_config"] = providers;
        plan["variables"] = json!({ "sub": { "value": "S-VAR" } });
        let read = read_plan(&plan);
        ["a", "b"].map(|name| {
            let id = read.id(&format!("azurerm_resource_group.{name}"));
            id.replace("/subscriptions/", "").replace("/resourcegroups/rg", "")
        })
    };
    let other = json!(["azurerm_public_ip.p", {}, {}]);
    let two = json!({ "azurerm": provider(json!({})), "azurerm.prod": provider(json!({ "subscription_id": "S-1" })) });
    assert_eq!(ids(other.clone(), two), ["<provider azurerm subscription_id>", "s-1"]);
    let var =
        json!({ "azurerm": provider(json!({ "subscription_id": "=var.sub" })), "azurerm.prod": provider(json!({})) });
    assert_eq!(ids(other.clone(), var), ["s-var", "<provider azurerm.prod subscription_id>"]);
    // What is there already tells.
    let known = json!(["azurerm_resource_group.c", { "name": "c", "id": "/subscriptions/S-9/resourceGroups/c" }, {}]);
    let two = json!({ "azurerm": provider(json!({})), "azurerm.prod": provider(json!({})) });
    assert_eq!(ids(known, two.clone()), ["<provider azurerm subscription_id>", "s-9"]);
    let known = json!(["data.azurerm_subscription.c", { "id": "/subscriptions/S-8", "subscription_id": "S-8" }, {}]);
    assert_eq!(ids(known.clone(), two)[1], "s-8");
    let one = json!({ "azurerm": provider(json!({})) });
    assert_eq!(ids(known, one), ["s-8", "s-8"], "all use the only provider");
}

#[test]
fn known_ids_are_taken_as_they_are() {
    let mut machine = vm("vm");
    machine["id"] = json!("/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/VM");
    let item_values = json!({
        "resource_group_name": "rg", "recovery_vault_name": "rsv", "source_vm_id": machine["id"],
        "backup_policy_id": "/subscriptions/S/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/rsv/backupPolicies/DefaultPolicy",
    });
    let read = read_plan(&plan(
        json!([
            ["azurerm_linux_virtual_machine.m", machine, {}, { "actions": ["no-op"] }],
            ["azurerm_backup_protected_vm.i", item_values, { "id": true }],
        ]),
        json!({ "azurerm_linux_virtual_machine.m": {}, "azurerm_backup_protected_vm.i": {} }),
    ));
    assert_eq!(
        read.id("azurerm_linux_virtual_machine.m"),
        "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm"
    );
    let item = read.resource("azurerm_backup_protected_vm.i");
    assert_eq!(
        item.name.as_text(),
        Some("rsv/Azure/iaasvmcontainer;iaasvmcontainerv2;RG;VM/vm;iaasvmcontainerv2;RG;VM")
    );
    assert!(item.id.is_known(), "the subscription is that of the machine");
    assert!(
        item.body
            .at("properties.policyId")
            .is_some_and(|id| id.as_text().is_some_and(|id| id.ends_with("DefaultPolicy")))
    );
}
