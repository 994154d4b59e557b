//! What an editor shows beside findings: outline, lenses, hints, links, and the ways between resources.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::*;

/// A vault with a policy that keeps too many points, an item, its VM and the VM's disk and interface, and a lock.
fn estate() -> String {
    template(
        r#"{
      "type": "Microsoft.RecoveryServices/vaults", "apiVersion": "2024-04-01", "name": "vault1",
      "sku": { "name": "RS0", "tier": "Standard" }, "properties": {}
    },
    {
      "type": "Microsoft.RecoveryServices/vaults/backupPolicies", "apiVersion": "2024-04-01", "name": "vault1/often",
      "properties": {
        "backupManagementType": "AzureIaasVM", "policyType": "V2", "instantRpRetentionRangeInDays": 7,
        "schedulePolicy": {
          "schedulePolicyType": "SimpleSchedulePolicyV2", "scheduleRunFrequency": "Hourly",
          "hourlySchedule": { "interval": 4, "scheduleWindowStartTime": "2024-01-01T08:00:00Z", "scheduleWindowDuration": 24 }
        },
        "retentionPolicy": {
          "retentionPolicyType": "LongTermRetentionPolicy",
          "dailySchedule": { "retentionTimes": [], "retentionDuration": { "count": 30, "durationType": "Days" } }
        }
      }
    },
    {
      "type": "Microsoft.RecoveryServices/vaults/backupPolicies", "apiVersion": "2024-04-01", "name": "vault1/plain",
      "properties": {
        "backupManagementType": "AzureIaasVM",
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2024-01-01T02:00:00Z"] }
      }
    },
    {
      "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems", "apiVersion": "2024-04-01",
      "name": "vault1/Azure/iaasvmcontainer;iaasvmcontainerv2;rg1;vm1/vm;iaasvmcontainerv2;rg1;vm1",
      "properties": {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "policyId": "[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', 'vault1', 'often')]",
        "sourceResourceId": "[resourceId('Microsoft.Compute/virtualMachines', 'vm1')]"
      }
    },
    {
      "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "vm1",
      "properties": {
        "storageProfile": { "dataDisks": [ { "lun": 0, "createOption": "Attach",
          "managedDisk": { "id": "[resourceId('Microsoft.Compute/disks', 'data1')]" } } ] },
        "networkProfile": { "networkInterfaces": [ { "id": "[resourceId('Microsoft.Network/networkInterfaces', 'nic1')]" } ] }
      }
    },
    {
      "type": "Microsoft.Compute/disks", "apiVersion": "2024-03-02", "name": "data1",
      "properties": { "creationData": { "createOption": "Empty" }, "diskSizeGB": "[mul(parameters('size'), 64)]" }
    },
    {
      "type": "Microsoft.Network/networkInterfaces", "apiVersion": "2024-05-01", "name": "nic1",
      "properties": { "ipConfigurations": [ { "name": "a", "properties": { "privateIPAllocationMethod": "Dynamic" } } ] }
    },
    {
      "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep",
      "scope": "[resourceId('Microsoft.Compute/virtualMachines', 'vm1')]", "properties": { "level": "ReadOnly" }
    }"#,
    )
}

fn abilities() -> Value {
    let mut abilities = modern();
    abilities["textDocument"]["documentSymbol"] = json!({ "hierarchicalDocumentSymbolSupport": true });
    abilities["textDocument"]["codeAction"]["resolveSupport"] = json!({ "properties": ["edit"] });
    abilities["textDocument"]["codeAction"]["dataSupport"] = json!(true);
    abilities
}

fn everywhere() -> Value {
    json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 10_000, "character": 0 } })
}

fn at(uri: &str) -> Value {
    json!({ "textDocument": { "uri": uri } })
}

fn at_position(uri: &str, position: Value) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": position, "context": { "includeDeclaration": true } })
}

#[test]
fn the_outline_is_the_protection_graph() {
    let mut client = Client::start_with(&[], abilities(), Value::Null);
    let text = estate();
    client.open(DOCUMENT, &text);
    let symbols = client.request("textDocument/documentSymbol", at(DOCUMENT));
    fn lines(symbols: &Value, depth: usize, text: &str, out: &mut Vec<String>) {
        for symbol in symbols.as_array().into_iter().flatten() {
            let name = at_range(text, &symbol["selectionRange"]);
            out.push(format!(
                "{}{} [{}] {name}",
                "  ".repeat(depth),
                symbol["name"].as_str().unwrap(),
                symbol["detail"].as_str().unwrap()
            ));
            lines(&symbol["children"], depth + 1, text, out);
        }
    }
    let mut shown = Vec::new();
    lines(&symbols, 0, &text, &mut shown);
    expect_test::expect![[r#"
        vault1 [Recovery Services vault] "vault1"
          often [backup policy, 42 instant restore points] "vault1/often"
            vm;iaasvmcontainerv2;rg1;vm1 [protected item, of vm1] "vault1/Azure/iaasvmcontainer;iaasvmcontainerv2;rg1;vm1/vm;iaasvmcontainerv2;rg1;vm1"
              vm1 [VM] "vm1"
                data1 [disk, 8192 GiB] "data1"
                nic1 [network interface] "nic1"
          plain [backup policy, 2 instant restore points] "vault1/plain"
        keep [lock, ReadOnly] "keep""#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(client.end(), 0);

    let mut simple = Client::start(&[]);
    simple.open(DOCUMENT, &text);
    let flat = simple.request("textDocument/documentSymbol", at(DOCUMENT));
    let disk = flat.as_array().unwrap().iter().find(|symbol| symbol["name"] == "data1").unwrap();
    assert_eq!((&disk["containerName"], &disk["location"]["uri"]), (&json!("vm1"), &json!(DOCUMENT)));
    assert_eq!(simple.end(), 0);
}

#[test]
fn lenses_count_instant_restore_points() {
    let mut client = Client::start(&[]);
    let text = estate();
    client.open(DOCUMENT, &text);
    let lenses = |client: &mut Client| {
        let lenses = client.request("textDocument/codeLens", at(DOCUMENT));
        let lens = |lens: &Value| {
            let line = lens["range"]["start"]["line"].as_u64().unwrap() as usize;
            let named = text.lines().skip(line).find_map(|line| line.split("\"name\": \"").nth(1)?.split('"').next());
            format!("{}: {}", named.unwrap(), lens["command"]["title"].as_str().unwrap())
        };
        lenses.as_array().into_iter().flatten().map(lens).collect::<Vec<_>>()
    };
    let shown = lenses(&mut client);
    assert_eq!(shown[0], "vault1/often: 42 instant restore points in steady state, limit 102");
    assert_eq!(shown[1], "vault1/plain: 2 instant restore points in steady state, limit 18");
    assert!(
        shown[2].ends_with("protects VM vm1 by often: 42 instant restore points in steady state, limit 102"),
        "{}",
        shown[2]
    );
    client.settings = json!({ "codeLens": false });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.diagnostics(DOCUMENT, 1);
    while !lenses(&mut client).is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(client.end(), 0);
}

#[test]
fn hints_tell_what_cannot_be_read() {
    let mut client = Client::start(&[]);
    let text = estate();
    client.open(DOCUMENT, &text);
    let ask = |range: Value| json!({ "textDocument": { "uri": DOCUMENT }, "range": range });
    assert_eq!(client.request("textDocument/inlayHint", ask(everywhere())), Value::Null, "off by default");
    client.settings = json!({ "inlayHints": true });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    let hints = loop {
        let hints = client.request("textDocument/inlayHint", ask(everywhere()));
        if let Some(hints) = hints.as_array() {
            break hints.clone();
        }
    };
    let shown = |hint: &Value| {
        let line = hint["position"]["line"].as_u64().unwrap() as usize;
        let before: String = text
            .lines()
            .nth(line)
            .unwrap()
            .chars()
            .take(hint["position"]["character"].as_u64().unwrap() as usize)
            .collect();
        format!("{} {}", before.trim(), hint["label"].as_str().unwrap())
    };
    let shown: Vec<String> = hints.iter().map(shown).collect();
    assert!(
        shown.iter().any(|hint| hint.ends_with(r#""diskSizeGB": "[mul(parameters('size'), 64)]" = 8192"#)),
        "{shown:#?}"
    );
    assert!(shown.contains(&"\"properties\": { instantRpRetentionRangeInDays: 2".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"\"properties\": { policyType: V1".to_owned()), "{shown:#?}");
    let line = position(&text, "\"data1\"", 0)["line"].clone();
    let one = json!({ "start": { "line": line, "character": 0 }, "end": { "line": line, "character": 500 } });
    assert!(
        client.request("textDocument/inlayHint", ask(one)).as_array().unwrap().is_empty(),
        "only of the part asked for"
    );
    assert_eq!(client.end(), 0);
}

#[test]
fn from_what_is_named_to_where_it_is_declared_and_back() {
    let mut client = Client::start(&[]);
    let text = estate();
    client.open(DOCUMENT, &text);
    let definition = |client: &mut Client, of: &str, nth: usize| {
        let found = client.request("textDocument/definition", at_position(DOCUMENT, position(&text, of, nth)));
        found.as_array().into_iter().flatten().map(|place| at_range(&text, &place["range"])).collect::<Vec<_>>()
    };
    assert_eq!(definition(&mut client, "resourceId('Microsoft.Compute/virtualMachines', 'vm1')", 0), ["\"vm1\""]);
    assert_eq!(
        definition(&mut client, "resourceId('Microsoft.RecoveryServices/vaults/backupPolicies'", 0),
        ["\"vault1/often\""]
    );
    assert_eq!(definition(&mut client, "resourceId('Microsoft.Compute/disks', 'data1')", 0), ["\"data1\""]);
    assert_eq!(definition(&mut client, "resourceId('Microsoft.Network/networkInterfaces', 'nic1')", 0), ["\"nic1\""]);
    assert_eq!(
        definition(&mut client, "iaasvmcontainer;iaasvmcontainerv2;rg1;vm1/vm", 0),
        ["\"vm1\""],
        "an item names its VM"
    );
    assert_eq!(
        definition(&mut client, "resourceId('Microsoft.Compute/virtualMachines', 'vm1')", 1),
        ["\"vm1\""],
        "a lock"
    );
    assert!(definition(&mut client, "\"2024-07-01\"", 0).is_empty());

    let found = client.request("textDocument/references", at_position(DOCUMENT, position(&text, "\"vm1\"", 0)));
    let lines: Vec<u64> =
        found.as_array().unwrap().iter().map(|place| place["range"]["start"]["line"].as_u64().unwrap()).collect();
    let line = |of: &str, nth: usize| position(&text, of, nth)["line"].as_u64().unwrap();
    let vm = "resourceId('Microsoft.Compute/virtualMachines', 'vm1')";
    assert_eq!(lines, [line("\"vm1\"", 0), line(vm, 0), line(vm, 1)]);
    assert_eq!(client.end(), 0);
}

#[test]
fn links_lead_to_linked_templates_and_rule_pages() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("inner.json"), template("")).unwrap();
    let mut client = Client::start(&[folder.path()]);
    let main = uri(&folder.path().join("main.json"));
    let text = template(
        r#"{ "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "properties": {
            "mode": "Incremental", "templateLink": { "relativePath": "[concat('inner', '.json')]" } } }"#,
    );
    client.open(&main, &text);
    let links = client.request("textDocument/documentLink", at(&main));
    assert_eq!(links[0]["target"], uri(&folder.path().join("inner.json")));
    assert_eq!(at_range(&text, &links[0]["range"]), "[concat('inner', '.json')]");

    let configuration = uri(&folder.path().join("backuplint.toml"));
    let text =
        "[rules]\nbackup-rg-locked = \"off\"\n\n[[overrides]]\nfiles = \"a\"\nrules = { guest-static-ip = \"hint\" }\n";
    client.open(&configuration, text);
    let links = client.request("textDocument/documentLink", at(&configuration));
    let names: Vec<String> = links.as_array().unwrap().iter().map(|link| at_range(text, &link["range"])).collect();
    assert_eq!(names, ["backup-rg-locked", "guest-static-ip"]);
    assert!(links[0]["target"].as_str().unwrap().starts_with("https://"));
    assert_eq!(client.end(), 0);
}

#[test]
fn an_edit_is_made_when_it_is_asked_for() {
    let mut client = Client::start_with(&[], abilities(), Value::Null);
    let text = disk("8192");
    client.open(DOCUMENT, &text);
    let range = client.diagnostics(DOCUMENT, 1)[0]["range"].clone();
    let actions = client.actions(DOCUMENT, &range, json!(["quickfix"]));
    let fix = titled(&actions, "Make the disk 4095 GiB").clone();
    assert!(fix.get("edit").is_none() && fix["data"].is_object());
    let resolved = client.request("codeAction/resolve", fix.clone());
    assert!(applied(&text, &resolved, 1).contains("4095"));
    let page = titled(&actions, "Open the rule page").clone();
    assert_eq!(client.request("codeAction/resolve", page.clone()), page, "nothing to complete");
    client.replace(DOCUMENT, 2, &text.replace("8192", "9000"));
    assert_eq!(client.request("codeAction/resolve", fix)["error"]["code"], -32801, "of an older text");
    assert_eq!(client.end(), 0);
}

#[test]
fn all_safe_fixes_of_the_workspace_are_shown_before_they_are_made() {
    let folder = TempDir::new().unwrap();
    for name in ["a.json", "b.json"] {
        fs::write(folder.path().join(name), locks()).unwrap();
    }
    let mut abilities = modern();
    abilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json!({});
    let mut client = Client::start_with(&[folder.path()], abilities, Value::Null);
    client.diagnostics(&uri(&folder.path().join("b.json")), None);
    let command = json!({ "command": "backuplint.server.fixWorkspace", "arguments": [] });
    assert_eq!(client.request("workspace/executeCommand", command.clone()), Value::Null);
    let edit = client.wait(|message| message["method"] == "workspace/applyEdit")["params"]["edit"].clone();
    assert_eq!(edit["documentChanges"].as_array().unwrap().len(), 2);
    let annotation = edit["documentChanges"][0]["edits"][0]["annotationId"].as_str().unwrap();
    assert_eq!(edit["changeAnnotations"][annotation]["needsConfirmation"], true);
    assert_eq!(client.end(), 0);

    // An editor that cannot show it is asked in words; here nobody answers with "Apply".
    let mut simple = Client::start(&[folder.path()]);
    simple.diagnostics(&uri(&folder.path().join("b.json")), None);
    simple.request("workspace/executeCommand", command);
    let question = simple.wait(|message| message["method"] == "window/showMessageRequest");
    assert_eq!(question["params"]["message"], "Apply 4 safe changes in 2 files?");
    assert_eq!(simple.end(), 0);
}

#[test]
fn hovers_tell_what_is_kept_and_what_is_in_the_way() {
    let mut client = Client::start(&[]);
    let text = estate();
    client.open(DOCUMENT, &text);
    let hover = |client: &mut Client, of: &str| {
        client.hover(DOCUMENT, &position(&text, of, 0))["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let policy = hover(&mut client, "\"vault1/often\"");
    expect_test::expect![[r#"
        Enhanced backup policy `often`

        - Keeps 42 instant restore points in the steady state: 6 a day × 7 days.
        - The documented limit for it is 102 points (page of 2025-06-11).
        - The vault keeps daily points for 30 days.
        - 1 protected item here uses it.

        ```text
        day 1  █░░░░░░░░░░░░░░░░░░░░░░░  6
        day 2  ███░░░░░░░░░░░░░░░░░░░░░  12
        day 3  ████░░░░░░░░░░░░░░░░░░░░  18
        day 4  ██████░░░░░░░░░░░░░░░░░░  24
        day 5  ███████░░░░░░░░░░░░░░░░░  30
        day 6  ████████░░░░░░░░░░░░░░░░  36
        day 7  ██████████░░░░░░░░░░░░░░  42
                                      ▲ limit 102
        ```"#]]
    .assert_eq(&policy);
    let vm = hover(&mut client, "\"vm1\"");
    expect_test::expect![[r#"
        VM `vm1`

        - Backed up by Enhanced policy `often`: 6 a day × 7 days, that is 42 instant restore points in the steady state; the vault keeps daily points for 30 days.
        - Its disk has 8192 GiB; the documented limit is 65536 GiB (page of 2026-01-28).
        - In the way by older documentation only: A disk of a VM is larger than Azure Backup takes ([disk-size-over-backup-limit](https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout)).
        - In the way by older documentation only: A policy keeps more instant restore points than a VM may have ([instant-rp-count-over-limit](https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout))."#]].assert_eq(&vm);
    let lock = hover(&mut client, "\"ReadOnly\"");
    expect_test::expect![[r#"
        ReadOnly lock on `vm1`

        - It is not on a group that Azure Backup is known to keep restore points in.
        - 1 VM declared here stands under it.
        - It stops every change and every deletion: also starting a VM and installing an extension."#]]
    .assert_eq(&lock);
    assert_eq!(client.end(), 0);
}

#[test]
fn hovering_over_an_expression_tells_its_value_and_where_it_comes_from() {
    let mut client = Client::start(&[]);
    let text = template(
        r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2024-03-02", "name": "[variables('name')]",
      "tags": { "size": "[parameters('size')]", "pin": "[parameters('pin')]", "where": "[concat('in-', resourceGroup().location)]" },
      "properties": { "creationData": { "createOption": "Empty" } } }"#,
    )
    .replace("\"resources\"", r#""variables": { "name": "[concat('data', 1)]" }, "resources""#)
    .replace("\"parameters\": {", r#""parameters": { "pin": { "type": "securestring", "defaultValue": "hunter2" },"#);
    client.open(DOCUMENT, &text);
    let hover = |client: &mut Client, of: &str| {
        client.hover(DOCUMENT, &position(&text, of, 0))["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert!(hover(&mut client, "[concat('data', 1)]").starts_with("Value: `'data1'`"));
    let size = hover(&mut client, "[parameters('size')]");
    assert!(size.starts_with("Value: `128`") && size.contains("/parameters/size"), "{size}");
    assert!(hover(&mut client, "[parameters('pin')]").starts_with("Value: `‹secret›`"));
    let place = hover(&mut client, "[concat('in-', resourceGroup().location)]");
    assert!(place.starts_with("Value: `'in-…', not known in full`, because"), "{place}");
    assert_eq!(hover(&mut client, "\"creationData\""), "");
    assert_eq!(client.end(), 0);
}
