//! Which resources are read, and which documents.

use serde_json::{Value as Json, json};

use super::{plan, read_plan, read_text};
use crate::input::plan::index::{Judged, PlanIndex, locate};

fn lock(name: &str) -> Json {
    json!({ "name": name, "lock_level": "ReadOnly", "scope": "/subscriptions/s" })
}

fn addresses(plan: &Json) -> Vec<String> {
    let read = read_plan(plan);
    let resources = read.reading.resources.iter();
    resources
        .map(|r| format!("{}{}", if r.existing { "existing " } else { "" }, r.address.as_deref().unwrap_or_default()))
        .collect()
}

#[test]
fn what_is_deployed() {
    let lock_address = |name: &str| format!("azurerm_management_lock.{name}");
    let rows: Vec<Json> = [
        ("a", json!(["no-op"])),
        ("b", json!(["create"])),
        ("c", json!(["update"])),
        ("d", json!(["delete", "create"])),
        ("e", json!(["create", "delete"])),
        ("f", json!(["delete"])),
        ("g", json!(["forget"])),
    ]
    .into_iter()
    .map(|(name, actions)| json!([lock_address(name), lock(name), {}, { "actions": actions }]))
    .collect();
    let mut plan = plan(json!(rows), json!({}));
    let deployed: Vec<String> = ["a", "b", "c", "d", "e"].map(lock_address).to_vec();
    assert_eq!(addresses(&plan), deployed);
    // The change of a deposed object says nothing about the resource.
    let mut deposed = plan["resource_changes"][0].clone();
    deposed["deposed"] = json!("ab12");
    deposed["change"]["actions"] = json!(["delete"]);
    plan["resource_changes"].as_array_mut().expect("a list").push(deposed);
    assert_eq!(addresses(&plan), deployed);
    // What is forgotten stands in the plan without values.
    let planned = plan["planned_values"]["root_module"]["resources"].as_array_mut().expect("a list");
    planned[1].as_object_mut().expect("an object").remove("values");
    planned[1]["sensitive_values"] = json!(false);
    plan["resource_changes"][1]["change"]["actions"] = json!(["forget"]);
    assert_eq!(addresses(&plan).len(), 4);
}

#[test]
fn data_sources() {
    let group =
        |name: &str| json!({ "id": format!("/subscriptions/s/resourceGroups/{name}"), "name": name, "location": "l" });
    let mut plan = plan(
        json!([
            ["azurerm_management_lock.l", lock("l"), {}],
            ["data.azurerm_resource_group.late", { "name": "late" }, { "id": true }, { "actions": ["read"] }],
        ]),
        json!({}),
    );
    let data = |name: &str| {
        json!({
            "address": format!("data.azurerm_resource_group.{name}"), "mode": "data", "type": "azurerm_resource_group", "name": name,
            "provider_name": "registry.terraform.io/hashicorp/azurerm", "values": group(name),
        })
    };
    let mut managed = data("gone");
    managed["mode"] = json!("managed");
    plan["prior_state"] =
        json!({ "values": { "root_module": { "resources": [data("early"), data("late"), managed] } } });
    let read = read_plan(&plan);
    assert_eq!(
        addresses(&plan),
        [
            "azurerm_management_lock.l",
            "existing data.azurerm_resource_group.late",
            "existing data.azurerm_resource_group.early"
        ]
    );
    assert_eq!(read.id("data.azurerm_resource_group.early"), "/subscriptions/s/resourcegroups/early");
    let early = read.resource("data.azurerm_resource_group.early");
    assert!(early.body.get("managedBy").is_some_and(|value| value.is_unknown()), "a data source does not show all");
}

#[test]
fn other_providers() {
    let provider = |name: &str| {
        let lock = json!(["azurerm_management_lock.l", lock("l"), {}, { "provider": name }]);
        addresses(&plan(json!([lock]), json!({}))).len()
    };
    for ours in [
        "registry.terraform.io/hashicorp/azurerm",
        "registry.opentofu.org/hashicorp/azurerm",
        "mirror.example/HashiCorp/azurerm",
        "azurerm",
    ] {
        assert_eq!(provider(ours), 1, "{ours}");
    }
    for other in
        ["registry.terraform.io/someone/azurerm", "registry.terraform.io/hashicorp/aws", "hashicorp/azurermx", ""]
    {
        assert_eq!(provider(other), 0, "{other}");
    }
}

#[test]
fn changes_without_planned_values() {
    let mut plan = plan(
        json!([
            ["module.a[\"x\"].azurerm_management_lock.l", lock("l"), {}, { "change_only": true }],
            ["azurerm_management_lock.gone", lock("g"), {}, { "change_only": true, "actions": ["delete"] }],
        ]),
        json!({}),
    );
    assert_eq!(addresses(&plan), ["module.a[\"x\"].azurerm_management_lock.l"]);
    plan.as_object_mut().expect("an object").remove("planned_values");
    assert_eq!(addresses(&plan), ["module.a[\"x\"].azurerm_management_lock.l"]);
}

#[test]
fn what_is_missing() {
    let mut plan = plan(json!([["azurerm_management_lock.l", lock("l"), {}]]), json!({}));
    let gaps = |plan: &Json| read_plan(plan).reading.gaps.len();
    assert_eq!(gaps(&plan), 0);
    plan["complete"] = json!(false);
    assert_eq!(gaps(&plan), 1);
    plan["errored"] = json!(true);
    assert_eq!(gaps(&plan), 1);
    plan["errored"] = json!(false);
    let change = plan["resource_changes"][0].clone();
    plan["deferred_changes"] = json!([{ "reason": "unknown", "resource_change": change }, { "reason": "unknown" }]);
    assert_eq!(gaps(&plan), 2);
}

#[test]
fn states() {
    let mut state = plan(json!([["azurerm_management_lock.l", lock("l"), {}]]), json!({}));
    let values = state["planned_values"].take();
    state = json!({ "format_version": "1.0", "terraform_version": "1.11.4", "values": values });
    let deposed = json!({
        "address": "azurerm_management_lock.l", "mode": "managed", "type": "azurerm_management_lock", "name": "l",
        "provider_name": "registry.terraform.io/hashicorp/azurerm", "deposed_key": "x", "values": lock("old"),
    });
    state["values"]["root_module"]["resources"].as_array_mut().expect("a list").insert(0, deposed);
    let read = read_plan(&state);
    assert_eq!(read.resource("azurerm_management_lock.l").short_name(), Some("l"));
    assert_eq!(read.reading.problems.len(), 1);
    assert!(read.reading.problems[0].message.contains("state"));
}

#[test]
fn refusals() {
    let refused = |text: &str| match read_text(text.to_owned()) {
        Ok(_) => String::new(),
        Err(refusal) => refusal.message,
    };
    assert!(refused(r#"{"format_version":"99.0","planned_values":{}}"#).contains("format version"));
    assert!(refused(r#"{"format_version":{},"planned_values":{}}"#).contains("format version"));
    assert!(refused(r#"{"planned_values":{}}"#).contains("format_version"));
    let log = "{\"@level\":\"info\",\"type\":\"version\"}";
    assert!(refused(log).contains("terraform show -json"));
    assert!(refused(&format!("{log}\n{log}\n")).contains("terraform show -json"));
    assert!(refused(r#"{"format_version":"1.2","planned_values":{"root_"#).contains("cut off"));
    for none in ["", "[]", "3", "plan", "{"] {
        assert!(!refused(none).is_empty(), "{none}");
    }
    for fine in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        assert_eq!(refused(&format!(r#"{{"format_version":"{fine}","planned_values":{{}}}}"#)), "");
    }
}

#[test]
fn a_line_before_the_plan() {
    let plan = plan(json!([["azurerm_management_lock.l", lock("l"), {}]]), json!({}));
    let read = read_text(format!("[command]/opt/terraform show -json plän\n{plan}")).expect("the plan is read");
    assert_eq!(read.written("azurerm_management_lock.l", "properties.level"), "\"ReadOnly\"");
}

#[test]
fn names_and_scopes() {
    let read = read_plan(&plan(
        json!([
            ["azurerm_subnet.s", { "name": "s", "resource_group_name": "rg", "virtual_network_name": "v" }, {}],
            ["azurerm_subscription_policy_assignment.a", { "name": "a", "subscription_id": "/subscriptions/S", "enforce": false, "parameters": "{\"x\":{\"value\":1}}" }, {}],
            ["azurerm_management_group_policy_assignment.m", { "name": "m", "management_group_id": "/providers/Microsoft.Management/managementGroups/mg" }, {}],
            ["azurerm_policy_definition.d", { "name": "d", "policy_rule": "{}" }, {}],
            ["azurerm_tenant_template_deployment.t", { "name": "t", "template_content": "{}" }, { "parameters_content": true }],
            ["azurerm_subscription_template_deployment.u", { "name": "u", "template_content": "{}" }, {}],
            ["azurerm_resource_group.g", { "name": "G" }, {}],
        ]),
        json!({ "azurerm_tenant_template_deployment.t": { "template_content": "{}" } }),
    ));
    let found: Vec<String> = read
        .reading
        .resources
        .iter()
        .map(|r| format!("{} | {} | {}", r.name.as_text().unwrap_or("?"), super::shown(&r.id), super::shown(&r.scope)))
        .map(|line| line.replace("/subscriptions/<provider azurerm subscription_id>", "SUB"))
        .collect();
    assert_eq!(
        found,
        [
            "v/s | SUB/resourcegroups/rg/providers/microsoft.network/virtualnetworks/v/subnets/s | SUB/resourcegroups/rg",
            "a | /subscriptions/s/providers/microsoft.authorization/policyassignments/a | /subscriptions/s",
            "m | /providers/microsoft.management/managementgroups/mg/providers/microsoft.authorization/policyassignments/m | /providers/microsoft.management/managementgroups/mg",
            "d | SUB/providers/microsoft.authorization/policydefinitions/d | SUB",
            "t | /providers/microsoft.resources/deployments/t | /",
            "u | SUB/providers/microsoft.resources/deployments/u | SUB",
            "G | SUB/resourcegroups/g | SUB",
        ]
    );
    assert_eq!(
        read.short("azurerm_subscription_policy_assignment.a", "properties"),
        "{parameters: {x: {value: 1}}, enforcementMode: DoNotEnforce}"
    );
    let scope = read.resource("azurerm_subscription_policy_assignment.a").scope_value.clone().expect("a scope");
    assert_eq!(scope.as_text(), Some("/subscriptions/S"));
    assert_eq!(read.short("azurerm_tenant_template_deployment.t", "properties.parametersText"), "absent");
    assert_eq!(read.short("azurerm_tenant_template_deployment.t", "properties.templateText"), "{}");
}

#[test]
fn questions_about_one_address() {
    let plan = plan(
        json!([["module.m[\"a\"].azurerm_management_lock.l[0]", lock("l"), { "scope": true }, { "actions": ["create", "delete"] }]]),
        json!({ "module.m": { "args": { "level": "=var.level" }, "module": { "azurerm_management_lock.l": { "lock_level": "=var.level" } } } }),
    );
    let mut plan = plan;
    plan["variables"] = json!({ "level": { "value": "ReadOnly" } });
    let read = read_plan(&plan);
    let index = PlanIndex::new(read.document.root().expect("an object")).expect("the plan is read");
    let entry = index.entry("module.m[\"a\"].azurerm_management_lock.l[0]").expect("an address");
    assert_eq!(entry.judged(), Judged::Yes);
    assert!(entry.is_created_before_destroyed());
    assert_eq!(entry.module_calls(), ["m"]);
    assert_eq!(entry.block_address(), "azurerm_management_lock.l");
    assert!(entry.attribute("scope").is_unknown);
    assert_eq!(
        entry.trace("lock_level"),
        ["var.level", "module_calls.m.expressions.level", "var.level", "variables.level.value"]
    );
    let other = index.entry("azurerm_management_lock.nowhere").expect("an address");
    assert_eq!(other.judged(), Judged::No);
}

#[test]
fn places() {
    let machine = json!({ "name": "vm", "resource_group_name": "rg", "os_disk": [{ "disk_size_gb": 9 }] });
    let read = read_plan(&plan(json!([["module.a[\"x\"].azurerm_linux_virtual_machine.m", machine, {}]]), json!({})));
    let root = read.document.root().expect("an object");
    let address = "module.a[\"x\"].azurerm_linux_virtual_machine.m";
    let of = |path: &str| locate(root, read.resource(address).property(path).place.span).expect("a resource");
    assert_eq!(
        of("properties.storageProfile.osDisk.diskSizeGB"),
        (address.to_owned(), "os_disk[0].disk_size_gb".to_owned())
    );
    assert_eq!(of("properties.storageProfile.osDisk.vhd"), (address.to_owned(), "os_disk[0]".to_owned()));
    assert_eq!(of("properties.hardwareProfile"), (address.to_owned(), String::new()));
    assert_eq!(locate(root, root.span()), None);
}
