//! Plans that nobody would write: wrong types, circles, depth and size.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::{plan, read_plan, read_text};
use crate::input::plan::index::PlanIndex;

/// Something of everything.
fn rich() -> Json {
    let vm = json!({
        "name": "vm", "resource_group_name": "rg", "location": "l", "os_disk": [{ "disk_size_gb": 5 }],
        "network_interface_ids": [null], "custom_data": "x", "tags": { "a": "b" },
    });
    let unknown = json!({ "id": true, "network_interface_ids": [true], "os_disk": [{ "name": true }] });
    let policy = json!({
        "name": "p", "resource_group_name": "rg", "recovery_vault_name": "v", "policy_type": "V2",
        "backup": [{ "frequency": "Hourly", "time": "08:00", "hour_interval": 4 }], "retention_monthly": [{ "count": 3, "days": [1] }],
    });
    let item = json!({ "resource_group_name": "rg", "recovery_vault_name": "v", "exclude_disk_luns": [1] });
    let mut plan = plan(
        json!([
            ["azurerm_linux_virtual_machine.m[\"a\"]", vm, unknown, { "sensitive": { "tags": { "a": true } } }],
            ["module.b.azurerm_backup_protected_vm.i[\"a\"]", item, { "source_vm_id": true }],
            ["azurerm_backup_policy_vm.p", policy, { "id": true }],
            ["azurerm_virtual_machine_data_disk_attachment.d", { "lun": 1 }, { "virtual_machine_id": true, "managed_disk_id": true }],
            ["azurerm_virtual_machine_extension.e", { "name": "e", "settings": "{\"a\":[1]}" }, { "virtual_machine_id": true }],
            ["azapi_resource.r", { "type": "A.B/c/d@1", "name": "r", "body": { "properties": { "x": [1] } } }, { "parent_id": true, "body": { "properties": { "y": true } } }],
            ["azurerm_network_security_group.n", { "name": "n", "resource_group_name": "rg", "security_rule": [{ "priority": 1 }] }, {}],
        ]),
        json!({
            "azurerm_linux_virtual_machine.m": { "for_each": "=var.vms", "network_interface_ids": "=module.b.nic module.b", "os_disk": [{ "name": "=each.value.n each.value" }] },
            "azurerm_virtual_machine_data_disk_attachment.d": { "virtual_machine_id": "=azurerm_linux_virtual_machine.m[\"a\"].id azurerm_linux_virtual_machine.m[\"a\"] azurerm_linux_virtual_machine.m" },
            "azurerm_virtual_machine_extension.e": { "virtual_machine_id": "=azurerm_linux_virtual_machine.m[\"a\"].id" },
            "azapi_resource.r": { "parent_id": "=azurerm_backup_policy_vm.p.id", "body": "=var.x" },
            "module.b": {
                "args": { "vms": "=azurerm_linux_virtual_machine.m" },
                "module": {
                    "azurerm_backup_protected_vm.i": { "for_each": "=var.vms", "source_vm_id": "=each.value.id each.value" },
                    "outputs": { "nic": "=local.nic" },
                },
            },
        }),
    );
    plan["variables"] = json!({ "vms": { "value": { "a": { "n": "x" } } } });
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [] } } });
    plan["deferred_changes"] = json!([{ "reason": "x", "resource_change": {} }]);
    plan["checks"] = json!([{ "address": { "to_display": "c" }, "status": "pass", "instances": [{}] }]);
    plan
}

/// Every way into a document.
fn pointers(value: &Json, at: String, all: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                pointers(member, path, all);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

/// Reads whatever it is, and asks about it.
fn survive(plan: &Json) {
    let Ok(read) = read_text(plan.to_string()) else { return };
    let Some(Ok(index)) = read.document.root().map(PlanIndex::new) else { return };
    let addresses =
        ["azurerm_linux_virtual_machine.m[\"a\"]", "module.b.azurerm_backup_protected_vm.i[\"a\"]", "azapi_resource.r"];
    for address in addresses {
        let entry = index.entry(address).expect("an address");
        for path in ["os_disk[0].name", "source_vm_id", "body.properties.x[0]", "name"] {
            let _ = (entry.attribute(path), entry.source(path), entry.trace(path));
        }
        let _ = (entry.judged(), entry.reason(), entry.importing());
    }
    let _ = (index.check("c"), index.variable("vms"));
}

#[test]
fn wrong_types_everywhere() {
    let whole = rich();
    let mut all = Vec::new();
    pointers(&whole, String::new(), &mut all);
    assert!(all.len() > 300, "{}", all.len());
    let others = [
        Json::Null,
        json!(true),
        json!(1e300),
        json!("a.b[\"c\"].d"),
        json!([[{}]]),
        json!({ "references": [1, "each.value", "x.y", {}] }),
    ];
    for pointer in &all {
        for other in &others {
            let mut plan = whole.clone();
            if let Some(place) = plan.pointer_mut(pointer) {
                *place = other.clone();
            }
            survive(&plan);
        }
    }
}

#[test]
fn circles() {
    let mut resources = Vec::new();
    let mut blocks = serde_json::Map::new();
    for (address, next) in [("a", "b"), ("b", "c"), ("c", "a")] {
        let values = json!({ "type": "A.B/c/d@1", "name": address });
        resources.push(json!([format!("azapi_resource.{address}"), values, { "id": true, "parent_id": true }]));
        blocks.insert(
            format!("azapi_resource.{address}"),
            json!({ "parent_id": format!("=azapi_resource.{next}.id azapi_resource.{next}") }),
        );
    }
    blocks.insert(
        "module.m".into(),
        json!({ "args": { "x": "=module.m.y module.m" }, "module": { "outputs": { "y": "=var.x" } } }),
    );
    resources.push(json!(["azurerm_management_lock.l", { "name": "l" }, { "scope": true }]));
    resources.push(json!(["module.m.azurerm_resource_group.g", { "name": "g" }, {}]));
    blocks.insert("azurerm_management_lock.l".into(), json!({ "scope": "=module.m.y module.m" }));
    let read = read_plan(&plan(json!(resources), Json::Object(blocks)));
    assert_eq!(super::shown(&read.resource("azurerm_management_lock.l").scope), "<azurerm_management_lock.l.scope>");
    assert!(!read.resource("azapi_resource.a").id.is_known());
}

#[test]
fn a_long_chain_of_ids() {
    let (mut resources, mut blocks) = (Vec::new(), serde_json::Map::new());
    for nth in (0..3000).rev() {
        let address = format!("azapi_resource.r{nth}");
        resources.push(json!([address, { "type": "A.B/c/d@1", "name": "x" }, { "id": true, "parent_id": true }]));
        let next = format!("azapi_resource.r{}", nth + 1);
        blocks.insert(address, json!({ "parent_id": format!("={next}.id {next}") }));
    }
    resources.reverse();
    assert_eq!(read_plan(&plan(json!(resources), Json::Object(blocks))).reading.resources.len(), 3000);
}

/// A plan with a lock 400 modules down, whose scope is handed down all the way.
#[test]
fn deep_modules() {
    const DEPTH: usize = 400;
    let group = r#"{"address":"azurerm_resource_group.g","mode":"managed","type":"azurerm_resource_group","name":"g","provider_name":"registry.terraform.io/hashicorp/azurerm","values":{"name":"rg"}}"#;
    let lock = format!("{}azurerm_management_lock.l", "module.m.".repeat(DEPTH));
    let mut text = format!(r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{group}]"#);
    for nth in 1..=DEPTH {
        let address = vec!["module.m"; nth].join(".");
        text.push_str(&format!(r#","child_modules":[{{"address":"{address}""#));
    }
    text.push_str(&format!(r#","resources":[{{"address":"{lock}","mode":"managed","type":"azurerm_management_lock","name":"l","provider_name":"registry.terraform.io/hashicorp/azurerm","values":{{"name":"l","lock_level":"ReadOnly"}}}}]"#));
    text.push_str(&"}]".repeat(DEPTH));
    text.push_str(r#"}},"configuration":{"root_module":{"resources":[]"#);
    for nth in 0..DEPTH {
        let references =
            if nth == 0 { r#""azurerm_resource_group.g.id","azurerm_resource_group.g""# } else { r#""var.scope""# };
        text.push_str(&format!(r#","module_calls":{{"m":{{"expressions":{{"scope":{{"references":[{references}]}}}},"module":{{"variables":{{}}"#));
    }
    text.push_str(r#","resources":[{"mode":"managed","type":"azurerm_management_lock","name":"l","expressions":{"scope":{"references":["var.scope"]}}}]"#);
    text.push_str(&"}}}".repeat(DEPTH));
    text.push_str("}}}");

    let started = Instant::now();
    let read = read_text(text).expect("the plan is read");
    assert!(started.elapsed() < Duration::from_secs(5));
    // A configuration of that depth is deeper than JSON is read: what is below is not seen, and nothing is guessed.
    assert_eq!(super::shown(&read.resource(&lock).scope), format!("<{lock}.scope>"));
}

#[test]
fn through_many_modules() {
    const DEPTH: usize = 150;
    let mut inner = json!({ "azurerm_management_lock.l": { "scope": "=var.scope" } });
    for _ in 0..DEPTH {
        inner = json!({ "module.m": { "args": { "scope": "=var.scope" }, "module": inner } });
    }
    inner["module.m"]["args"]["scope"] = json!("=azurerm_resource_group.g.id azurerm_resource_group.g");
    let lock = format!("{}azurerm_management_lock.l", "module.m.".repeat(DEPTH));
    let read = read_plan(&plan(
        json!([
            ["azurerm_resource_group.g", { "name": "rg" }, { "id": true }],
            [lock, { "name": "l" }, { "scope": true }],
        ]),
        inner,
    ));
    assert_eq!(read.resource(&lock).scope, read.resource("azurerm_resource_group.g").id);
}

#[test]
fn many_outputs_that_lead_to_many() {
    let mut blocks = serde_json::Map::new();
    let mut resources = vec![json!(["azurerm_management_lock.l", { "name": "l" }, { "scope": true }])];
    for nth in 0..30 {
        let next = format!("=module.m{} module.m{}", nth + 1, nth + 1);
        let args = json!({ "x": next });
        let outputs = json!({ "a": "=var.x", "b": "=var.x", "c": "=var.x" });
        blocks.insert(format!("module.m{nth}"), json!({ "args": args, "module": { "outputs": outputs } }));
        resources.push(json!([format!("module.m{nth}.azurerm_resource_group.g"), { "name": "g" }, {}]));
    }
    blocks.insert("azurerm_management_lock.l".into(), json!({ "scope": "=module.m0" }));
    let started = Instant::now();
    let read = read_plan(&plan(json!(resources), Json::Object(blocks)));
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(!read.resource("azurerm_management_lock.l").scope.is_known());
}

#[test]
fn many_changes() {
    let change = |nth: usize| {
        format!(
            r#"{{"address":"azurerm_management_lock.l[{nth}]","mode":"managed","type":"azurerm_management_lock","name":"l","index":{nth},"provider_name":"registry.terraform.io/hashicorp/azurerm","change":{{"actions":["create"],"before":null,"after":{{"name":"l{nth}","lock_level":"ReadOnly"}},"after_unknown":{{"scope":true,"id":true}},"after_sensitive":{{}}}}}}"#
        )
    };
    let changes: Vec<String> = (0..20_000).map(change).collect();
    let configuration = r#"{"root_module":{"resources":[{"mode":"managed","type":"azurerm_management_lock","name":"l","expressions":{"scope":{"references":["azurerm_resource_group.g","count.index"]}}}]}}"#;
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{}],"configuration":{configuration}}}"#,
        changes.join(",")
    );
    let started = Instant::now();
    let read = read_text(text).expect("the plan is read");
    assert_eq!(read.reading.resources.len(), 20_000);
    // A second or two without optimisation; what grows with the square would take minutes.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
