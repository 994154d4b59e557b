//! What is taken over from an earlier look at a file must be what a fresh look gives.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use backuplint::check::{self, Analysis};
use backuplint::model::Resource;
use backuplint::text::Place;
use backuplint::value::{Data, Value};
use common::{Folder, options};
use proptest::prelude::*;

/// Elements of the list of resources, of every kind that is or is not taken over.
const ELEMENTS: &[&str] = &[
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "[concat(parameters('stem'), '-data')]", "location": "[resourceGroup().location]", "properties": { "diskSizeGB": 40000, "creationData": { "createOption": "Empty" } } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "name": "[variables('vm')]", "location": "[parameters('where')]", "properties": { "storageProfile": { "osDisk": { "diskSizeGB": "[parameters('size')]" }, "dataDisks": [ { "lun": 0, "managedDisk": { "id": "[resourceId('Microsoft.Compute/disks', concat(parameters('stem'), '-data'))]" } }, { "lun": 1, "diskSizeGB": 35000 } ] }, "networkProfile": { "networkInterfaces": [ { "id": "[resourceId('Microsoft.Network/networkInterfaces', 'nic')]" } ] }, "osProfile": { "customData": "[base64('#cloud-config\nwrite_files:\n- path: /etc/netplan/50.yaml\n  content: |\n    network: {version: 2, ethernets: {eth0: {dhcp4: false, addresses: [10.0.0.4/24]}}}\n')]" } } }"#,
    r#"{ "type": "Microsoft.Network/networkInterfaces", "apiVersion": "2023-09-01", "name": "nic", "properties": { "ipConfigurations": [ { "name": "a", "properties": { "privateIPAllocationMethod": "Static" } } ] } }"#,
    r#"{ "type": "Microsoft.RecoveryServices/vaults", "apiVersion": "2024-04-01", "name": "vault", "resources": [ { "type": "backupPolicies", "apiVersion": "2024-04-01", "name": "daily", "dependsOn": [ "vault" ], "properties": { "backupManagementType": "AzureIaasVM", "instantRpRetentionRangeInDays": "[add(parameters('days'), 3)]", "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": [ "2024-01-01T02:00:00Z", "2024-01-01T12:00:00Z" ] } } } ] }"#,
    r#"{ "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems", "apiVersion": "2024-04-01", "name": "[concat('vault/Azure/iaasvmcontainer;iaasvmcontainerv2;', resourceGroup().name, ';', variables('vm'), '/vm;iaasvmcontainerv2;', resourceGroup().name, ';', variables('vm'))]", "properties": { "protectedItemType": "Microsoft.Compute/virtualMachines", "sourceResourceId": "[resourceId('Microsoft.Compute/virtualMachines', variables('vm'))]", "policyId": "[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', 'vault', 'daily')]" } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "name": "[format('copy{0}', copyIndex())]", "copy": { "name": "machines", "count": "[parameters('count')]" }, "properties": { "storageProfile": { "osDisk": { "diskSizeGB": "[mul(add(copyIndex(), 1), 20000)]" } } } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "condition": "[parameters('maybe')]", "name": "maybe", "properties": { "storageProfile": { "osDisk": { "diskSizeGB": 50000 } } } }"#,
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "[parameters('nameless')[0]]", "properties": { "diskSizeGB": "[reference(resourceId('Microsoft.Compute/disks', concat(parameters('stem'), '-data'))).diskSizeGB]" } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "name": "refers", "properties": { "storageProfile": { "osDisk": { "diskSizeGB": "[reference(concat(parameters('stem'), '-data')).diskSizeGB]" } } } }"#,
    r#"{ "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "resourceGroup": "AzureBackupRG_westeurope_1", "properties": { "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" }, "parameters": { "level": { "value": "CanNotDelete" } }, "template": { "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "parameters": { "level": { "type": "string" } }, "resources": [ { "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "lock", "properties": { "level": "[parameters('level')]" } } ], "outputs": { "size": { "type": "int", "value": 34000 } } } } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "name": "of-output", "properties": { "storageProfile": { "osDisk": { "diskSizeGB": "[reference('inner').outputs.size.value]" } } } }"#,
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "wrong", "properties": { "diskSizeGB": "[div(1, 0)]", "other": "[variables('broken')]" } }"#,
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "also-wrong", "properties": { "other": "[variables('broken')]", "by": "[own.twice('x')]" } }"#,
    r#"{ "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "lock", "scope": "[parameters('nameless')[1]]", "properties": { "level": "ReadOnly" } }"#,
    r#"{ "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "on-group", "properties": { "level": "[if(parameters('maybe'), 'ReadOnly', 'ReadOnly')]" } }"#,
    r#"{ "type": "Microsoft.Compute/virtualMachines/extensions", "apiVersion": "2023-09-01", "name": "[concat(variables('vm'), '/script')]", "properties": { "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "settings": { "commandToExecute": "nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.0.0.5/24" } } }"#,
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": [ "of no text" ], "properties": { "diskSizeGB": "[variables('referred')]" } }"#,
    r#"{ "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "odd", "scope": [ "of no text" ], "properties": { "level": "ReadOnly" } }"#,
    r#"{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "shares", "properties": { "diskSizeGB": "[variables('referred')]" } }"#,
    r#"{ "name": "without a type" }"#,
    r#""no resource""#,
];

/// A template, as its parts.
#[derive(Clone, Debug)]
struct Template {
    /// What stands before each element, and which one it is.
    elements: Vec<(String, usize)>,
    parameters_last: bool,
    /// By elements, a text that takes another's place.
    replaced: Vec<(usize, &'static str, &'static str)>,
    size: i64,
    is_broken: bool,
    outputs: bool,
    /// How elements share a variable that concerns more than itself: one that Azure would refuse, or one that asks for a
    /// resource.
    shared: Shared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shared {
    Nothing,
    Refused,
    Referring,
}

#[derive(Clone, Debug)]
enum Change {
    Insert(usize, usize),
    Remove(usize),
    Swap(usize, usize),
    Space(usize, &'static str),
    Replace(usize, &'static str, &'static str),
    Size(i64),
    ParametersLast(bool),
    Broken(bool),
    Outputs(bool),
    Shared(Shared),
}

fn change() -> impl Strategy<Value = Change> {
    let place = 0..64usize;
    let edits = [
        ("40000", "128"),
        ("CanNotDelete", "ReadOnly"),
        ("name", "näme"),
        ("'-data'", "'-d'"),
        ("Static", "Dynamic"),
        ("35000", "1"),
        ("2023-09-01", "2024-07-01"),
        ("nic", "n"),
        ("div(1, 0)", "div(1, 1)"),
    ];
    prop_oneof![
        3 => (place.clone(), 0..ELEMENTS.len()).prop_map(|(at, element)| Change::Insert(at, element)),
        2 => place.clone().prop_map(Change::Remove),
        1 => (place.clone(), place.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        2 => (place.clone(), prop_oneof![Just("\n"), Just("      "), Just("")]).prop_map(|(at, text)| Change::Space(at, text)),
        4 => (place, prop::sample::select(edits.to_vec())).prop_map(|(at, (from, to))| Change::Replace(at, from, to)),
        1 => prop_oneof![Just(64), Just(33_000)].prop_map(Change::Size),
        1 => any::<bool>().prop_map(Change::ParametersLast),
        1 => any::<bool>().prop_map(Change::Broken),
        1 => any::<bool>().prop_map(Change::Outputs),
        1 => prop::sample::select(vec![Shared::Nothing, Shared::Refused, Shared::Referring]).prop_map(Change::Shared),
    ]
}

impl Template {
    fn apply(&mut self, change: Change) {
        let count = self.elements.len();
        match change {
            Change::Insert(at, element) => self.elements.insert(at % (count + 1), (String::new(), element)),
            Change::Remove(at) if count > 0 => drop(self.elements.remove(at % count)),
            Change::Swap(a, b) if count > 0 => self.elements.swap(a % count, b % count),
            Change::Space(at, text) if count > 0 => self.elements[at % count].0 = text.to_owned(),
            // One after the other, so that a text can come and go.
            Change::Replace(at, from, to) => match self.replaced.iter().position(|one| one.1 == from) {
                Some(known) => drop(self.replaced.remove(known)),
                None => self.replaced.push((at, from, to)),
            },
            Change::Size(size) => self.size = size,
            Change::ParametersLast(last) => self.parameters_last = last,
            Change::Broken(is_broken) => self.is_broken = is_broken,
            Change::Outputs(outputs) => self.outputs = outputs,
            Change::Shared(shared) => self.shared = shared,
            Change::Remove(_) | Change::Swap(..) | Change::Space(..) => {}
        }
    }

    fn text(&self) -> String {
        let count = self.elements.len().max(1);
        let element = |(index, (space, element)): (usize, &(String, usize))| {
            let mut text = ELEMENTS[*element].replace('\n', "\\n");
            for (at, from, to) in self.replaced.iter().filter(|(at, ..)| at % count == index) {
                text = if *at < 32 { text.replacen(from, to, 1) } else { text.replace(from, to) };
            }
            format!("{space}{text}")
        };
        let resources: Vec<String> = self.elements.iter().enumerate().map(element).collect();
        let shared = format!(
            r#""parameters": {{ "stem": {{ "type": "string", "defaultValue": "app" }}, "size": {{ "type": "int", "defaultValue": {} }}, "where": {{ "type": "string" }}, "nameless": {{ "type": "array" }}, "maybe": {{ "type": "bool" }}, "count": {{ "type": "int", "defaultValue": 3 }}, "days": {{ "type": "int", "defaultValue": 4 }} }},
  "variables": {{ "vm": "[concat(parameters('stem'), '-vm')]", "referred": "[{}]", "broken": "[substring('abc', {})]" }},
  "functions": [ {{ "namespace": "own", "members": {{ "twice": {{ "parameters": [ {{ "name": "text", "type": "string" }} ], "output": {{ "type": "string", "value": "[concat(parameters('text'), parameters('text'))]" }} }} }} }} ]"#,
            self.size,
            match self.shared {
                Shared::Referring => "reference(concat(parameters('stem'), '-data'), '2023-04-02').diskSizeGB",
                Shared::Nothing | Shared::Refused => "5",
            },
            if self.shared == Shared::Refused { 5 } else { 1 }
        );
        let end = if self.is_broken { "\"" } else { "" };
        let resources = format!("\"resources\": [ {}{end} ]", resources.join(",\n    "));
        let sections = match self.parameters_last {
            true => format!("{resources},\n  {shared}"),
            false => format!("{shared},\n  {resources}"),
        };
        let outputs = match self.outputs {
            true => {
                r#", "outputs": { "size": { "type": "int", "value": "[reference(concat(parameters('stem'), '-data')).diskSizeGB]" } }"#
            }
            false => "",
        };
        format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  {sections}{outputs} }}"#
        )
    }
}

/// Everything that was found, places and all.
fn told(analysis: &Analysis) -> String {
    let mut text = format!("{:?} {} {}\n", analysis.status, analysis.resources, analysis.unknown);
    for reported in &analysis.findings {
        let finding = &reported.finding;
        let severity = format!("{:?}", finding.severity);
        let _ = writeln!(
            text,
            "{} {severity} {:?} {} {:?} {:?} {:?}",
            finding.rule.name, finding.at, finding.message, finding.related, reported.profiles, reported.fixes
        );
    }
    let _ = writeln!(text, "{:?}\n{:?}\n{:?}", analysis.gaps, analysis.problems, analysis.links);
    for (name, value) in &analysis.values {
        let _ = writeln!(text, "{name} {}", shown(value));
    }
    for estate in &analysis.estates {
        let _ = writeln!(text, "{:?}", estate.refusals);
        for resource in &estate.resources {
            let _ = writeln!(text, "{}", of_resource(resource));
        }
    }
    text
}

fn of_resource(resource: &Resource) -> String {
    let flags = (resource.conditional, resource.existing, &resource.instance);
    let scope = resource.scope_value.as_ref().map(shown);
    format!(
        "{} {:?} {} {} {:?} {flags:?} {scope:?} {}\n  {}",
        resource.kind.written(),
        resource.api_version,
        shown(&resource.name),
        resource.id.as_str(),
        resource.place,
        resource.scope.as_str(),
        shown(&resource.body)
    )
}

fn shown(value: &Value) -> String {
    let origin = value.origin().map(|origin| (origin.at, origin.literal, origin.used, origin.related()));
    let origin = origin.map_or(String::new(), |(at, literal, used, related)| {
        let place = |place: Place| format!("{}-{}", place.span.start, place.span.end);
        let related: Vec<String> = related.into_iter().map(place).collect();
        format!("@{}{}{}{related:?}", place(at), if literal { "=" } else { "~" }, place(used))
    });
    let data = match value.data() {
        Data::Null => "null".to_owned(),
        Data::Bool(bool) => bool.to_string(),
        Data::Int(int) => int.to_string(),
        Data::Float(float) => float.to_string(),
        Data::Text(text) => format!("{text:?}"),
        Data::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Data::Object(object) => {
            let members = object.members.iter().map(|(name, member)| format!("{name}: {}", shown(member)));
            format!("{{{}}}{}", members.collect::<Vec<_>>().join(", "), object.open.is_some())
        }
        Data::Unknown(unknown) => {
            let choices: Vec<String> = unknown.one_of.iter().map(shown).collect();
            let bounds = (unknown.min, unknown.max);
            format!("?{:?} {:?} {:?} {choices:?} {bounds:?}", unknown.why, unknown.identity, unknown.kind)
        }
    };
    format!("{data}{origin}{}", value.is_tainted())
}

fn look(text: &str, before: Option<&Analysis>) -> Analysis {
    let folder = Folder::new(&[("main.json", text)]);
    check::analyse_again(&folder.of("main.json"), &folder, &options("all"), &AtomicBool::new(false), before)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_template_is_as_if_it_were_read_for_the_first_time(
        elements in prop::collection::vec(0..ELEMENTS.len(), 0..12),
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let elements = elements.into_iter().map(|element| (String::new(), element)).collect();
        let mut template =
            Template { elements, parameters_last: false, replaced: Vec::new(), size: 64, is_broken: false, outputs: true, shared: Shared::Nothing };
        let mut before = look(&template.text(), None);
        for change in changes {
            template.apply(change.clone());
            let text = template.text();
            let again = look(&text, Some(&before));
            let fresh = look(&text, None);
            let (again_told, fresh_told) = (told(&again), told(&fresh));
            prop_assert!(again_told == fresh_told, "{change:?}\n{text}\n{}", first_difference(&again_told, &fresh_told));
            before = again;
        }
    }
}

fn first_difference(again: &str, fresh: &str) -> String {
    let lines = again.lines().zip(fresh.lines()).find(|(again, fresh)| again != fresh);
    lines.map_or("one is longer".to_owned(), |(again, fresh)| format!("again: {again}\nfresh: {fresh}"))
}

#[test]
fn a_variable_that_asks_for_a_resource_follows_it() {
    let shares = ELEMENTS.iter().position(|element| element.contains("\"shares\"")).expect("one is called so");
    let elements = [0, shares].map(|element| (String::new(), element)).to_vec();
    let mut template = Template {
        elements,
        parameters_last: false,
        replaced: Vec::new(),
        size: 64,
        is_broken: false,
        outputs: false,
        shared: Shared::Referring,
    };
    let before = look(&template.text(), None);
    assert!(told(&before).matches("diskSizeGB: 40000").count() == 2, "the variable has the size of the disk");
    template.replaced.push((0, "40000", "128"));
    assert!(told(&look(&template.text(), Some(&before))).matches("diskSizeGB: 128").count() == 2);
}

#[test]
fn a_resource_is_found_by_the_symbol_that_it_has_now() {
    let text = |symbol: &str| {
        format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "languageVersion": "2.0", "resources": {{
  "{symbol}": {{ "type": "Microsoft.Compute/disks", "apiVersion": "2023-04-02", "name": "data", "properties": {{ "diskSizeGB": 40000 }} }},
  "vm": {{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2023-09-01", "name": "vm", "properties": {{ "storageProfile": {{ "osDisk": {{ "diskSizeGB": "[reference('newer').diskSizeGB]" }} }} }} }}
}} }}"#
        )
    };
    let before = look(&text("older"), None);
    let again = told(&look(&text("newer"), Some(&before)));
    assert!(again == told(&look(&text("newer"), None)));
    assert!(again.matches("diskSizeGB: 40000").count() == 2, "the VM has the size of the disk");
}
