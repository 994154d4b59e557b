//! One estate in many spellings: what is written another way means the same, so it has the same findings.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use std::path::Path;

use backuplint::expand::expand;
use backuplint::input::Files;
use common::Folder;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

const GROUP: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// What is deployed.
#[derive(Clone, Debug)]
struct Wanted {
    /// Sizes of the data disks of each VM, GiB.
    vms: Vec<Vec<i64>>,
    enhanced: bool,
    run_times: usize,
    days: i64,
    protected: bool,
    locked: bool,
}

/// How it is written.
#[derive(Clone, Copy, Debug, Default)]
struct Spelling {
    /// Resources by symbolic name.
    symbolic: bool,
    /// Inside of a nested deployment with a scope of its own.
    nested: bool,
    /// Numbers are parameters, which a parameter file gives.
    given: bool,
    /// The stem of parameter names.
    stem: &'static str,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let sizes = prop_oneof![Just(128), Just(4095), Just(4096), Just(40_000), Just(70_000)];
    (
        prop::collection::vec(prop::collection::vec(sizes, 0..3), 1..4),
        any::<bool>(),
        1..3usize,
        prop_oneof![1..8i64, 20..40i64],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(vms, enhanced, run_times, days, protected, locked)| Wanted {
            vms,
            enhanced,
            run_times,
            days,
            protected,
            locked,
        })
}

/// The template and its parameter file.
fn written(wanted: &Wanted, spelling: Spelling) -> (Json, Json) {
    let mut parameters = Map::new();
    let mut values = Map::new();
    let mut number = |value: i64| {
        if !spelling.given {
            return json!(value);
        }
        let name = format!("{}{}", spelling.stem, parameters.len());
        parameters.insert(name.clone(), json!({ "type": "int" }));
        values.insert(name.clone(), json!({ "value": value }));
        json!(format!("[parameters('{name}')]"))
    };
    let mut resources: Vec<Json> = Vec::new();
    let times: Vec<String> =
        (0..wanted.run_times).map(|hour| format!("2024-01-01T{:02}:00:00Z", 2 + hour * 8)).collect();
    let schedule = match wanted.enhanced {
        true => {
            json!({ "schedulePolicyType": "SimpleSchedulePolicyV2", "scheduleRunFrequency": "Daily", "dailySchedule": { "scheduleRunTimes": times } })
        }
        false => {
            json!({ "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": times })
        }
    };
    resources.push(json!({
        "type": "Microsoft.RecoveryServices/vaults/backupPolicies", "apiVersion": "2024-04-01", "name": "vault1/policy1",
        "properties": {
            "backupManagementType": "AzureIaasVM", "policyType": if wanted.enhanced { "V2" } else { "V1" },
            "instantRpRetentionRangeInDays": number(wanted.days), "schedulePolicy": schedule
        }
    }));
    for (index, sizes) in wanted.vms.iter().enumerate() {
        let disks: Vec<Json> = sizes
            .iter()
            .enumerate()
            .map(|(lun, size)| json!({ "lun": lun, "createOption": "Empty", "diskSizeGB": number(*size) }))
            .collect();
        resources.push(json!({
            "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": format!("vm{index}"),
            "properties": { "storageProfile": { "dataDisks": disks } }
        }));
        if wanted.protected {
            let name = format!("iaasvmcontainerv2;rg1;vm{index}");
            resources.push(json!({
                "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
                "apiVersion": "2024-04-01", "name": format!("vault1/Azure/iaasvmcontainer;{name}/vm;{name}"),
                "properties": {
                    "protectedItemType": "Microsoft.Compute/virtualMachines",
                    "policyId": "[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', 'vault1', 'policy1')]",
                    "sourceResourceId": format!("[resourceId('Microsoft.Compute/virtualMachines', 'vm{index}')]")
                }
            }));
        }
    }
    if wanted.locked {
        resources.push(json!({
            "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "lock1", "properties": { "level": "ReadOnly" }
        }));
    }
    let list = |resources: Vec<Json>| match spelling.symbolic {
        false => Json::Array(resources),
        true => resources
            .into_iter()
            .enumerate()
            .map(|(index, one)| (format!("symbol{index}"), one))
            .collect::<Map<_, _>>()
            .into(),
    };
    let mut template = Map::new();
    template.insert("$schema".to_owned(), json!(GROUP));
    if spelling.symbolic {
        template.insert("languageVersion".to_owned(), json!("2.0"));
    }
    template.insert("contentVersion".to_owned(), json!("1.0.0.0"));
    template.insert("parameters".to_owned(), Json::Object(parameters.clone()));
    let template = if spelling.nested {
        let mut inner = template.clone();
        inner.insert("resources".to_owned(), list(resources));
        let passed = |name: &String| (name.clone(), json!({ "value": format!("[parameters('{name}')]") }));
        let deployment = json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
            "properties": {
                "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
                "parameters": parameters.keys().map(passed).collect::<Map<_, _>>(), "template": inner
            }
        });
        template.insert("resources".to_owned(), list(vec![deployment]));
        template
    } else {
        template.insert("resources".to_owned(), list(resources));
        template
    };
    let schema = GROUP.replace("deploymentTemplate", "deploymentParameters");
    (template.into(), json!({ "$schema": schema, "contentVersion": "1.0.0.0", "parameters": values }))
}

/// `severity rule resource` of every finding, sorted.
fn found(wanted: &Wanted, spelling: Spelling) -> Vec<String> {
    let (template, parameters) = written(wanted, spelling);
    let (template, parameters) = (template.to_string(), parameters.to_string());
    let mut files = vec![("main.json", &*template)];
    files.extend(spelling.given.then_some(("main.parameters.json", &*parameters)));
    let analysis = Folder::new(&files).analyse("main.json", "2019-07");
    assert!(analysis.gaps.is_empty(), "{:?}", analysis.gaps);
    let line = |reported: &backuplint::check::Reported| {
        let finding = &reported.finding;
        format!("{} {} {:?}", finding.severity.name(), finding.rule.name, finding.subject.name)
    };
    let mut lines: Vec<String> = analysis.findings.iter().map(line).collect();
    lines.sort();
    lines
}

/// The resources that it makes, without where they are written.
fn expanded(wanted: &Wanted, spelling: Spelling) -> Vec<Json> {
    let (template, _) = written(wanted, spelling);
    let text = template.to_string();
    let folder = Folder::new(&[("main.json", &*text)]);
    let entry = folder.document(Path::new("main.json")).expect("it is there");
    let expansion = expand(&entry, &folder, &common::options("all")).expect("a template");
    let mut resources = expansion["resources"].as_array().expect("a list").clone();
    resources.iter_mut().for_each(|one| drop(one.as_object_mut().and_then(|one| one.remove("source"))));
    resources
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_spelling_changes_no_finding(wanted in wanted()) {
        let plain = found(&wanted, Spelling::default());
        for spelling in [
            Spelling { symbolic: true, ..Spelling::default() },
            Spelling { nested: true, ..Spelling::default() },
            Spelling { given: true, stem: "p", ..Spelling::default() },
            Spelling { given: true, stem: "aVeryOtherName", ..Spelling::default() },
            Spelling { symbolic: true, nested: true, given: true, stem: "x" },
        ] {
            prop_assert_eq!(&found(&wanted, spelling), &plain, "{:?}", spelling);
        }
    }

    #[test]
    fn resources_by_symbol_expand_as_those_in_a_list(wanted in wanted()) {
        let symbolic = Spelling { symbolic: true, ..Spelling::default() };
        prop_assert_eq!(expanded(&wanted, symbolic), expanded(&wanted, Spelling::default()));
    }
}

#[test]
fn the_spellings_have_findings_at_all() {
    let wanted =
        Wanted { vms: vec![vec![40_000]], enhanced: false, run_times: 2, days: 20, protected: true, locked: true };
    let lines = found(&wanted, Spelling { symbolic: true, nested: true, given: true, stem: "x" });
    for rule in [
        "disk-size-over-backup-limit",
        "instant-rp-count-over-limit",
        "instant-rp-retention-out-of-range",
        "vm-rg-locked",
    ] {
        assert!(lines.iter().any(|line| line.contains(rule)), "{rule} is not among {lines:?}");
    }
}
