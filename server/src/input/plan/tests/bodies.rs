//! Attributes as properties: what is there, what is unknown, what is secret, and where it is written.

use serde_json::{Value as Json, json};

use super::{Read, plan, read_plan, short};

fn one(address: &str, values: Json, unknown: Json, more: Json, block: Json) -> Read {
    let kind = address.split('[').next().expect("an address");
    read_plan(&plan(json!([[address, values, unknown, more]]), json!({ kind: block })))
}

#[test]
fn a_disk() {
    let values = json!({
        "name": "d", "resource_group_name": "rg", "location": "westeurope", "storage_account_type": "Premium_LRS",
        "create_option": "Empty", "disk_size_gb": 4096, "max_shares": 0, "os_type": "", "zone": "1",
        "public_network_access_enabled": false, "encryption_settings": [], "tags": { "a": "b" },
    });
    let read = one("azurerm_managed_disk.d", values, json!({ "id": true }), json!({}), json!({}));
    let disk = read.resource("azurerm_managed_disk.d");
    assert_eq!(
        short(&disk.body),
        "{location: westeurope, zones: [1], sku: {name: Premium_LRS}, properties: {creationData: {createOption: Empty}, \
         diskSizeGB: 4096}, name: d}"
    );
    assert_eq!(read.written("azurerm_managed_disk.d", "properties.diskSizeGB"), "4096");
    assert!(disk.body.at("properties.diskSizeGB").and_then(|v| v.origin().map(|o| o.literal)).expect("an origin"));
    assert_eq!(disk.attribute("properties.diskSizeGB"), Some("disk_size_gb"));
    assert_eq!(disk.attribute("properties.maxShares"), Some("max_shares"), "also where nothing is set");
    assert_eq!(disk.kind.written(), "Microsoft.Compute/disks");
    assert!(read.written("azurerm_managed_disk.d", "properties.maxShares").contains("azurerm_managed_disk.d"));
}

#[test]
fn unset_and_unknown() {
    let vm = json!({ "name": "vm", "resource_group_name": "rg", "os_disk": [{ "caching": "None" }] });
    let unknown = json!({
        "provision_vm_agent": true, "allow_extension_operations": true, "size": true,
        "os_disk": [{ "disk_size_gb": true, "storage_account_type": true }],
    });
    let block = json!({
        "provision_vm_agent": "=terraform_data.x.output.agent terraform_data.x.output terraform_data.x var.y",
        "os_disk": [{ "caching": "None", "storage_account_type": "=random_id.r.hex random_id.r" }],
    });
    let address = "azurerm_linux_virtual_machine.m";
    let read = one(address, vm.clone(), unknown.clone(), json!({}), block.clone());
    assert_eq!(
        read.short(address, "properties.osProfile"),
        "{linuxConfiguration: {provisionVMAgent: <azurerm_linux_virtual_machine.m.provision_vm_agent>}}"
    );
    assert_eq!(
        read.short(address, "properties.storageProfile.osDisk"),
        "{createOption: FromImage, osType: Linux, managedDisk: {storageAccountType: <azurerm_linux_virtual_machine.m.os_disk[0].storage_account_type>}}"
    );
    let agent = read.resource(address).property("properties.osProfile.linuxConfiguration.provisionVMAgent");
    let why = agent.value.and_then(|value| value.as_unknown().map(|unknown| unknown.why.words()));
    assert_eq!(why.as_deref(), Some("known after apply: depends on terraform_data.x.output.agent, var.y"));

    // What exists may have any value that nothing sets.
    let read = one(address, vm.clone(), unknown.clone(), json!({ "actions": ["update"] }), block.clone());
    assert_eq!(read.short(address, "properties.hardwareProfile.vmSize"), "<azurerm_linux_virtual_machine.m.size>");
    // A dynamic block shows nothing of what it sets.
    let read = one(address, vm, unknown, json!({}), json!({}));
    assert_eq!(read.short(address, "properties.hardwareProfile"), "absent");
    assert_eq!(
        read.short(address, "properties.storageProfile.osDisk.diskSizeGB"),
        "<azurerm_linux_virtual_machine.m.os_disk[0].disk_size_gb>"
    );
}

#[test]
fn masks() {
    let address = "azurerm_linux_virtual_machine.m";
    let vm = json!({
        "name": "vm", "resource_group_name": "rg", "size": "S", "custom_data": "IyEK", "zone": "1",
        "os_disk": [{ "storage_account_type": "None", "disk_size_gb": 7 }], "tags": { "a": "1", "b": "2" },
        "network_interface_ids": ["/n/0", "/n/1"],
    });
    let with = |sensitive: Json| one(address, vm.clone(), json!({}), json!({ "sensitive": sensitive }), json!({}));
    let read =
        with(json!({ "size": true, "os_disk": [{ "disk_size_gb": true }], "tags": { "b": true }, "name": true }));
    assert_eq!(read.short(address, "properties.hardwareProfile.vmSize"), "*S");
    assert_eq!(read.short(address, "properties.storageProfile.osDisk.diskSizeGB"), "*7");
    assert_eq!(read.short(address, "properties.storageProfile.osDisk.managedDisk.storageAccountType"), "None");
    assert_eq!(read.short(address, "tags"), "{a: 1, b: *2}");
    assert_eq!(read.short(address, "properties.osProfile.customData"), "*IyEK", "a secret by its kind");
    assert!(read.resource(address).name.is_secret());
    let read = with(json!({ "network_interface_ids": [false, true] }));
    assert_eq!(read.short(address, "properties.networkProfile.networkInterfaces"), "[{id: /n/0}, {id: */n/1}]");
    let read = with(json!({ "os_disk": true }));
    assert_eq!(read.short(address, "properties.storageProfile.osDisk.managedDisk.storageAccountType"), "*None");
    // A mask of another shape: neither shown nor judged.
    for mask in [json!({ "x": true }), json!([true]), json!("true"), json!(1)] {
        let read = with(json!({ "size": mask }));
        assert_eq!(
            read.short(address, "properties.hardwareProfile.vmSize"),
            "*<azurerm_linux_virtual_machine.m.size>",
            "{mask}"
        );
        let read = with(json!({ "os_disk": mask }));
        let caching = read.short(address, "properties.storageProfile.osDisk.managedDisk.storageAccountType");
        let secret = caching == "*<azurerm_linux_virtual_machine.m.os_disk[0].storage_account_type>";
        assert!(secret || mask.is_array() && caching == "*None", "{mask}: {caching}");
    }
    for harmless in [json!({}), json!([]), json!(false), Json::Null, json!({ "x": [false] })] {
        let read = with(json!({ "size": harmless }));
        assert_eq!(read.short(address, "properties.hardwareProfile.vmSize"), "S", "{harmless}");
    }
}

/// A sensitive name is secret in every id that it is a piece of.
#[test]
fn secret_names() {
    let vm = json!({ "name": "hush", "resource_group_name": "rg" });
    let item = json!({ "resource_group_name": "rg", "recovery_vault_name": "rsv" });
    let read = read_plan(&plan(
        json!([
            ["azurerm_linux_virtual_machine.m", vm, { "id": true }, { "sensitive": { "name": true } }],
            ["azurerm_backup_protected_vm.i", item, { "source_vm_id": true }],
            ["azurerm_virtual_machine_extension.e", { "name": "e" }, { "virtual_machine_id": true }],
        ]),
        json!({
            "azurerm_backup_protected_vm.i": { "source_vm_id": "=azurerm_linux_virtual_machine.m.id azurerm_linux_virtual_machine.m" },
            "azurerm_virtual_machine_extension.e": { "virtual_machine_id": "=azurerm_linux_virtual_machine.m.id azurerm_linux_virtual_machine.m" },
        }),
    ));
    assert!(read.resource("azurerm_linux_virtual_machine.m").name.is_secret());
    assert!(read.resource("azurerm_backup_protected_vm.i").name.is_secret());
    assert!(read.resource("azurerm_virtual_machine_extension.e").name.is_secret());
    assert!(read.short("azurerm_backup_protected_vm.i", "properties.sourceResourceId").starts_with('*'));
}

#[test]
fn sensitive_variables() {
    let address = "module.m.azurerm_linux_virtual_machine.m";
    let vm = json!({ "name": "vm", "resource_group_name": "rg", "size": "S", "user_data": "c" });
    let mut plan = plan(
        json!([[address, vm, {}]]),
        json!({
            "module.m": {
                "args": { "kind": "=var.secret", "other": "=var.plain" },
                "module": { "azurerm_linux_virtual_machine.m": { "size": "=var.kind", "user_data": "=var.other" } },
            },
        }),
    );
    plan["configuration"]["root_module"]["variables"] = json!({ "secret": { "sensitive": true }, "plain": {} });
    let read = read_plan(&plan);
    assert_eq!(read.short(address, "properties.hardwareProfile.vmSize"), "*S");
    assert_eq!(read.short(address, "properties.userData"), "c");
}

#[test]
fn redacted_plans() {
    let address = "azurerm_linux_virtual_machine.m";
    let vm = json!({
        "name": "REDACTED_SENSITIVE", "resource_group_name": "(sensitive value)", "size": "REDACTED_SENSITIVE",
        "os_disk": "REDACTED_SENSITIVE", "network_interface_ids": ["/n/0", "(sensitive value)"],
    });
    let read = one(address, vm, json!({}), json!({}), json!({}));
    assert_eq!(read.short(address, "properties.hardwareProfile.vmSize"), "*<redacted>");
    assert_eq!(
        read.short(address, "properties.storageProfile.osDisk.managedDisk.storageAccountType"),
        "*<azurerm_linux_virtual_machine.m.os_disk[0].storage_account_type>"
    );
    assert_eq!(read.short(address, "properties.networkProfile.networkInterfaces"), "[{id: /n/0}, {id: *<redacted>}]");
    assert!(read.id(address).ends_with("/resourcegroups/<azurerm_linux_virtual_machine.m.resource_group_name>/providers/microsoft.compute/virtualmachines/<azurerm_linux_virtual_machine.m.name>"));
}

#[test]
fn the_old_virtual_machine() {
    let address = "azurerm_virtual_machine.m";
    let vm = json!({
        "name": "vm", "resource_group_name": "rg", "vm_size": "S",
        "storage_image_reference": [{ "id": "", "publisher": "P" }],
        "storage_os_disk": [{ "vhd_uri": "https://a/b.vhd", "managed_disk_id": null }],
        "storage_data_disk": [{ "lun": 0, "disk_size_gb": 10 }, { "lun": 3, "disk_size_gb": 4096, "managed_disk_type": "X" }],
        "os_profile": [{ "computer_name": "c", "custom_data": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }],
        "os_profile_windows_config": [{ "provision_vm_agent": null }],
    });
    let block = json!({ "os_profile": [{ "custom_data": "#!/bin/sh" }] });
    let read = one(address, vm.clone(), json!({}), json!({}), block);
    assert_eq!(
        read.short(address, "properties.storageProfile.dataDisks"),
        "[{lun: 0, diskSizeGB: 10}, {lun: 3, diskSizeGB: 4096, managedDisk: {storageAccountType: X}}]"
    );
    assert_eq!(read.short(address, "properties.storageProfile.osDisk"), "{vhd: {uri: https://a/b.vhd}}");
    assert_eq!(
        read.short(address, "properties.osProfile"),
        "{customData: *IyEvYmluL3No, windowsConfiguration: {provisionVMAgent: false}}"
    );
    let resource = read.resource(address);
    assert_eq!(
        resource.attribute("properties.storageProfile.dataDisks[1].diskSizeGB"),
        Some("storage_data_disk[1].disk_size_gb")
    );
    assert_eq!(resource.attribute("properties.storageProfile.dataDisks"), Some("storage_data_disk"));
    assert_eq!(
        resource.attribute("properties.osProfile.windowsConfiguration.provisionVMAgent"),
        Some("os_profile_windows_config[0].provision_vm_agent")
    );
    assert_eq!(
        read.written(address, "properties.osProfile.windowsConfiguration.provisionVMAgent"),
        r#"{"provision_vm_agent":null}"#
    );
    // The digest is all that there is of an expression.
    let read =
        one(address, vm.clone(), json!({}), json!({}), json!({ "os_profile": [{ "custom_data": "=var.script" }] }));
    assert_eq!(read.short(address, "properties.osProfile.customData"), "*<redacted>");
    // No block, no default.
    let mut linux = vm;
    linux["os_profile_windows_config"] = json!([]);
    let read = one(address, linux, json!({}), json!({}), json!({}));
    assert_eq!(read.short(address, "properties.osProfile.windowsConfiguration"), "absent");
}

fn attached(machine: &str, values: Json, unknown: Json, reference: &str) -> Read {
    let attachment = json!({ "lun": 1, "caching": "None", "write_accelerator_enabled": true });
    let implicit = json!({ "lun": 2, "name": "copy", "create_option": "Copy", "disk_size_gb": 9, "virtual_machine_id": "/elsewhere/vm" });
    read_plan(&plan(
        json!([
            [machine, values, unknown],
            ["azurerm_managed_disk.d", { "name": "d", "resource_group_name": "rg" }, { "id": true }],
            ["azurerm_virtual_machine_data_disk_attachment.a", attachment, { "managed_disk_id": true, "virtual_machine_id": true }],
            ["azurerm_virtual_machine_implicit_data_disk_from_source.i", implicit, {}],
        ]),
        json!({
            machine: {},
            "azurerm_virtual_machine_data_disk_attachment.a": {
                "managed_disk_id": "=azurerm_managed_disk.d.id azurerm_managed_disk.d",
                "virtual_machine_id": reference,
            },
        }),
    ))
}

#[test]
fn attachments() {
    let vm = json!({ "name": "vm", "resource_group_name": "rg" });
    let (machine, by_reference) =
        ("azurerm_linux_virtual_machine.m", "=azurerm_linux_virtual_machine.m.id azurerm_linux_virtual_machine.m");
    let read = attached(machine, vm.clone(), json!({ "id": true }), by_reference);
    let disk =
        "/subscriptions/<provider azurerm subscription_id>/resourceGroups/rg/providers/Microsoft.Compute/disks/d";
    let entry = format!("{{lun: 1, createOption: Attach, managedDisk: {{id: {disk}}}, writeAcceleratorEnabled: true}}");
    assert_eq!(read.short(machine, "properties.storageProfile.dataDisks"), format!("[{entry}]"));
    // The finding belongs to the attachment, which is a resource of its own too.
    let path = "properties.storageProfile.dataDisks[0].writeAcceleratorEnabled";
    let attachment = read.resource("azurerm_virtual_machine_data_disk_attachment.a");
    assert!(attachment.place.span.covers(read.resource(machine).property(path).place.span));
    assert_eq!(attachment.attribute("writeAcceleratorEnabled"), Some("write_accelerator_enabled"));
    assert!(read.reading.gaps.is_empty(), "a machine elsewhere is no gap");

    // A machine that could be any.
    let read = attached(machine, vm, json!({ "id": true }), "=local.vm");
    assert_eq!(read.short(machine, "properties.storageProfile.dataDisks"), "absent");
    assert_eq!(read.reading.gaps.len(), 1);

    // The nested list of the old resource is empty where its disks are resources of their own, else unknown.
    let old = json!({ "name": "vm", "resource_group_name": "rg" });
    let unknown = json!({ "id": true, "storage_data_disk": true });
    let reference = "=azurerm_virtual_machine.m.id azurerm_virtual_machine.m";
    let read = attached("azurerm_virtual_machine.m", old.clone(), unknown.clone(), reference);
    assert_eq!(read.short("azurerm_virtual_machine.m", "properties.storageProfile.dataDisks"), format!("[{entry}]"));
    let read = attached("azurerm_virtual_machine.m", old, unknown, "=local.vm");
    assert_eq!(
        read.short("azurerm_virtual_machine.m", "properties.storageProfile.dataDisks"),
        "<azurerm_virtual_machine.m.storage_data_disk>"
    );
}

#[test]
fn settings_of_extensions() {
    let address = "azurerm_virtual_machine_extension.e";
    let extension = json!({
        "name": "e", "virtual_machine_id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM",
        "publisher": "P", "type": "T",
        "settings": "{\"commandToExecute\": \"echo \\\"a\\\"\", \"n\": 1}",
        "protected_settings": "{\"script\": \"ZWNobw==\"}",
    });
    let read = one(address, extension.clone(), json!({}), json!({}), json!({}));
    assert_eq!(read.short(address, "properties.settings"), "{commandToExecute: echo \"a\", n: 1}");
    assert_eq!(read.short(address, "properties.protectedSettings"), "*{script: *ZWNobw==}");
    assert_eq!(read.written(address, "properties.settings.commandToExecute"), r#"\"echo \\\"a\\\"\""#);
    let resource = read.resource(address);
    assert_eq!(resource.attribute("properties.settings.commandToExecute"), Some("settings"));
    assert_eq!(resource.name.as_text(), Some("VM/e"));
    assert_eq!(resource.scope.as_str(), "/subscriptions/s/resourcegroups/rg");
    assert!(resource.id.as_str().ends_with("/virtualmachines/vm/extensions/e"));
    for text in ["", "{", "nonsense"] {
        let mut broken = extension.clone();
        broken["settings"] = json!(text);
        let read = one(address, broken, json!({}), json!({}), json!({}));
        let expected = if text.is_empty() { "absent" } else { "<>" };
        assert_eq!(read.short(address, "properties.settings"), expected, "{text}");
    }
}

fn policy(values: Json, unknown: Json, block: Json) -> Read {
    let mut policy = json!({
        "name": "p", "resource_group_name": "rg", "recovery_vault_name": "rsv", "policy_type": "V1", "timezone": "UTC",
        "backup": [{ "frequency": "Daily", "time": "23:00", "hour_interval": 0, "weekdays": null }],
        "retention_daily": [{ "count": 30 }], "retention_weekly": [],
    });
    for (name, value) in values.as_object().into_iter().flatten() {
        policy[name] = value.clone();
    }
    one("azurerm_backup_policy_vm.p", policy, unknown, json!({}), block)
}

#[test]
fn backup_policies() {
    let address = "azurerm_backup_policy_vm.p";
    let standard = policy(json!({}), json!({ "instant_restore_retention_days": true }), json!({}));
    assert_eq!(
        standard.short(address, "properties.schedulePolicy"),
        "{schedulePolicyType: SimpleSchedulePolicy, scheduleRunFrequency: Daily, scheduleRunTimes: [23:00:00Z]}"
    );
    assert_eq!(
        standard.short(address, "properties.retentionPolicy"),
        "{retentionPolicyType: LongTermRetentionPolicy, dailySchedule: {retentionTimes: [23:00:00Z], \
         retentionDuration: {durationType: Days, count: 30}}}"
    );
    assert_eq!(standard.short(address, "properties.instantRpRetentionRangeInDays"), "absent");
    assert_eq!(standard.resource(address).attribute("properties.schedulePolicy"), Some("backup[0]"));
    assert_eq!(standard.resource(address).name.as_text(), Some("rsv/p"));

    let hourly = json!([{ "frequency": "Hourly", "time": "8:00", "hour_interval": 4, "hour_duration": 12 }]);
    let enhanced = policy(json!({ "policy_type": "V2", "backup": hourly }), json!({}), json!({}));
    assert_eq!(
        enhanced.short(address, "properties.schedulePolicy"),
        "{schedulePolicyType: SimpleSchedulePolicyV2, hourlySchedule: {scheduleWindowStartTime: 8:00:00Z, interval: 4, \
         scheduleWindowDuration: 12}, scheduleRunFrequency: Hourly}"
    );
    let path = "properties.schedulePolicy.hourlySchedule.interval";
    assert_eq!(enhanced.resource(address).attribute(path), Some("backup[0].hour_interval"));

    // Which schedule it is depends on something unknown.
    let backup = json!([{ "time": "08:00" }]);
    let open = policy(
        json!({ "policy_type": "V2", "backup": backup }),
        json!({ "backup": [{ "frequency": true }] }),
        json!({
            "backup": [{ "time": "08:00", "frequency": "=var.f" }],
        }),
    );
    assert_eq!(
        open.short(address, "properties.schedulePolicy"),
        "{schedulePolicyType: SimpleSchedulePolicyV2, scheduleRunFrequency: <azurerm_backup_policy_vm.p.backup[0].frequency>, ..}"
    );
}

#[test]
fn days_of_backup_policies() {
    let address = "azurerm_backup_policy_vm.p";
    let weekly = |weekdays: Json| json!([{ "frequency": "Weekly", "time": "21:30", "weekdays": weekdays }]);
    let path = "properties.schedulePolicy.scheduleRunDays";
    let read = policy(json!({ "backup": weekly(json!(["Sunday"])) }), json!({}), json!({}));
    assert_eq!(read.short(address, path), "[Sunday]");
    // An empty list is nothing, unless someone wrote it.
    let read = policy(json!({ "backup": weekly(json!([])) }), json!({}), json!({ "backup": [{ "time": "21:30" }] }));
    assert_eq!(read.short(address, path), "absent");
    let read = policy(json!({ "backup": weekly(json!([])) }), json!({}), json!({ "backup": [{ "weekdays": [] }] }));
    assert_eq!(read.short(address, path), "[]");

    let monthly = |block: Json| {
        let read = policy(json!({ "retention_monthly": [block] }), json!({}), json!({}));
        let path = "properties.retentionPolicy.monthlySchedule";
        let format =
            read.resource(address).attribute(&format!("{path}.retentionScheduleFormatType")).map(str::to_owned);
        let rest = |name: &str| read.short(address, &format!("{path}.retentionSchedule{name}"));
        (rest("FormatType"), rest("Daily"), rest("Weekly"), format.unwrap_or_default())
    };
    let (format, daily, _, attribute) = monthly(json!({ "count": 1, "days": [1, 31], "include_last_days": true }));
    assert_eq!((&*format, &*attribute), ("Daily", "retention_monthly[0].days"));
    assert_eq!(
        daily,
        "{daysOfTheMonth: [{date: 1, isLast: false}, {date: 31, isLast: false}, {date: 0, isLast: true}]}"
    );
    let (format, _, _, attribute) = monthly(json!({ "count": 1, "days": [], "include_last_days": true }));
    assert_eq!((&*format, &*attribute), ("Daily", "retention_monthly[0].include_last_days"));
    let (format, daily, weekly, _) =
        monthly(json!({ "count": 1, "weekdays": ["Sunday"], "weeks": ["First"], "include_last_days": false }));
    assert_eq!((&*format, &*daily), ("Weekly", "absent"));
    assert_eq!(weekly, "{daysOfTheWeek: [Sunday], weeksOfTheMonth: [First]}");
}

#[test]
fn disks_that_an_item_leaves_out() {
    let item = |more: Json| {
        let mut item = json!({ "resource_group_name": "rg", "recovery_vault_name": "rsv" });
        item["exclude_disk_luns"] = more["exclude"].clone();
        item["include_disk_luns"] = more["include"].clone();
        let read = one("azurerm_backup_protected_vm.i", item, json!({}), json!({}), json!({}));
        let path = "properties.extendedProperties.diskExclusionProperties";
        let attribute = read.resource("azurerm_backup_protected_vm.i").attribute(&format!("{path}.diskLunList"));
        (read.short("azurerm_backup_protected_vm.i", path), attribute.map(str::to_owned))
    };
    assert_eq!(
        item(json!({ "exclude": [1, 2] })),
        ("{diskLunList: [1, 2], isInclusionList: false}".into(), Some("exclude_disk_luns".into()))
    );
    assert_eq!(
        item(json!({ "include": [0] })),
        ("{diskLunList: [0], isInclusionList: true}".into(), Some("include_disk_luns".into()))
    );
    assert_eq!(item(json!({ "exclude": [] })).0, "absent");
}

#[test]
fn nested_lists_that_are_resources_of_their_own() {
    let nsg = json!({ "name": "nsg", "resource_group_name": "rg" });
    let rule =
        json!({ "name": "r", "resource_group_name": "rg", "network_security_group_name": "nsg", "priority": 100 });
    let unknown = json!({ "id": true, "security_rule": true });
    let with = |more: Vec<Json>| {
        let mut all = vec![json!(["azurerm_network_security_group.n", nsg, unknown])];
        all.extend(more);
        let read = read_plan(&plan(json!(all), json!({ "azurerm_network_security_group.n": {} })));
        read.short("azurerm_network_security_group.n", "properties.securityRules")
    };
    assert_eq!(with(vec![json!(["azurerm_network_security_rule.r", rule, { "id": true }])]), "absent");
    assert_eq!(with(vec![]), "<azurerm_network_security_group.n.security_rule>");
}

#[test]
fn azapi() {
    let parent = "/subscriptions/s/resourceGroups/rg";
    let disk = json!({
        "type": "Microsoft.Compute/disks@2024-03-02", "name": "D", "parent_id": parent, "location": "westeurope",
        "body": { "sku": { "name": "X" }, "properties": { "diskSizeGB": 5000 } },
    });
    let read = one("azapi_resource.d", disk.clone(), json!({ "id": true }), json!({}), json!({}));
    let resource = read.resource("azapi_resource.d");
    assert_eq!(
        short(&resource.body),
        "{location: westeurope, type: Microsoft.Compute/disks, apiVersion: 2024-03-02, sku: {name: X}, properties: {diskSizeGB: 5000}, name: D}"
    );
    assert_eq!(resource.attribute("properties.diskSizeGB"), Some("body.properties.diskSizeGB"));
    assert_eq!(resource.api_version.as_deref(), Some("2024-03-02"));
    assert_eq!(resource.kind.folded(), "microsoft.compute/disks");
    assert!(resource.id.as_str().ends_with("/resourcegroups/rg/providers/microsoft.compute/disks/d"));

    // Version 1: a text.
    let mut old = disk.clone();
    old["body"] = json!("{\"properties\": {\"diskSizeGB\": 5000}}");
    let read = one("azapi_resource.d", old, json!({}), json!({}), json!({}));
    assert_eq!(read.short("azapi_resource.d", "properties"), "{diskSizeGB: 5000}");
    assert_eq!(read.written("azapi_resource.d", "properties.diskSizeGB"), "5000");

    // Nothing of the body is known.
    let mut late = disk.clone();
    late["body"] = Json::Null;
    let read = one("azapi_resource.d", late, json!({ "body": true }), json!({}), json!({ "body": "=var.x" }));
    assert_eq!(
        short(&read.resource("azapi_resource.d").body),
        "{location: westeurope, type: Microsoft.Compute/disks, apiVersion: 2024-03-02, properties: <azapi_resource.d.body>, name: D, ..}"
    );

    // One leaf is not.
    let unknown = json!({ "body": { "properties": { "maxShares": true } } });
    let read = one("azapi_resource.d", disk, unknown, json!({}), json!({ "body": "=var.x" }));
    assert_eq!(
        read.short("azapi_resource.d", "properties"),
        "{diskSizeGB: 5000, maxShares: <azapi_resource.d.body.properties.max^Shares>}"
    );
}

#[test]
fn azapi_children_and_links() {
    let vault = json!({ "name": "rsv", "resource_group_name": "rg" });
    let vm = json!({ "name": "vm", "resource_group_name": "rg" });
    let policy =
        json!({ "type": "Microsoft.RecoveryServices/vaults/backupPolicies@2024-04-01", "name": "daily", "body": {} });
    let item = json!({
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems@2024-04-01",
        "name": "vm;iaasvmcontainerv2;rg;vm",
        "parent_id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/rsv/backupFabrics/Azure/protectionContainers/iaasvmcontainer;iaasvmcontainerv2;rg;vm",
        "body": { "properties": { "protectedItemType": "Microsoft.Compute/virtualMachines" } },
    });
    let body = "=azapi_resource.policy.id azapi_resource.policy azurerm_linux_virtual_machine.m.id azurerm_linux_virtual_machine.m";
    let read = read_plan(&plan(
        json!([
            ["azurerm_recovery_services_vault.v", vault, { "id": true }],
            ["azurerm_linux_virtual_machine.m", vm, { "id": true }],
            ["azapi_resource.policy", policy, { "parent_id": true, "id": true }],
            ["azapi_resource.item", item, { "body": { "properties": { "sourceResourceId": true, "policyId": true } } }],
        ]),
        json!({
            "azapi_resource.policy": { "parent_id": "=azurerm_recovery_services_vault.v.id azurerm_recovery_services_vault.v" },
            "azapi_resource.item": { "body": body },
        }),
    ));
    assert_eq!(read.resource("azapi_resource.policy").name.as_text(), Some("rsv/daily"));
    for (property, address) in
        [("sourceResourceId", "azurerm_linux_virtual_machine.m"), ("policyId", "azapi_resource.policy")]
    {
        let value = read.resource("azapi_resource.item").body.at(&format!("properties.{property}"));
        let id = value.and_then(|value| crate::model::id::Id::of(&value));
        assert_eq!(id.as_ref(), Some(&read.resource(address).id));
    }
    let name = read.resource("azapi_resource.item").name.as_text().map(str::to_owned);
    assert_eq!(name.as_deref(), Some("rsv/Azure/iaasvmcontainer;iaasvmcontainerv2;rg;vm/vm;iaasvmcontainerv2;rg;vm"));
}

#[test]
fn azapi_updates_and_secrets() {
    let disk = json!({ "name": "d", "resource_group_name": "rg", "disk_size_gb": 10, "storage_account_type": "A" });
    let update = |target: &str| {
        json!({
            "type": "Microsoft.Compute/disks@2024-03-02", "resource_id": target, "body": { "properties": { "diskSizeGB": 5000, "dataAccessAuthMode": "None" } },
        })
    };
    let read = read_plan(&plan(
        json!([
            ["azurerm_managed_disk.d", disk, { "id": true }],
            ["azapi_update_resource.here", update(""), { "resource_id": true }],
            ["azapi_update_resource.there", update("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/x"), {}],
        ]),
        json!({ "azapi_update_resource.here": { "resource_id": "=azurerm_managed_disk.d.id azurerm_managed_disk.d" } }),
    ));
    assert_eq!(read.short("azurerm_managed_disk.d", "properties"), "{diskSizeGB: 5000, dataAccessAuthMode: None}");
    let there = read.resource("azapi_update_resource.there");
    assert_eq!(
        short(&there.body).split("properties: ").nth(1),
        Some("{diskSizeGB: 5000, dataAccessAuthMode: None, ..}, name: x, ..}")
    );
    let mut addresses = read.reading.resources.iter().filter_map(|resource| resource.address.as_deref());
    assert!(!addresses.any(|address| address == "azapi_update_resource.here"), "it is part of the disk");

    let vm = json!({
        "type": "Microsoft.Compute/virtualMachines@2024-07-01", "name": "vm", "parent_id": "/subscriptions/s/resourceGroups/rg",
        "body": { "properties": { "osProfile": { "customData": "IyEK", "computerName": "c" } } }, "sensitive_body": null,
    });
    let read = one("azapi_resource.m", vm, json!({}), json!({}), json!({ "sensitive_body": "=var.s" }));
    assert_eq!(read.short("azapi_resource.m", "properties.osProfile"), "{customData: *<>, computerName: c}");
}
