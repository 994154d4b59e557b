//! Rules in odd places: unknown values, loops, modules, parameter files, conditions.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use backuplint::check::Analysis;
use backuplint::rules::Applicability;
use common::Folder;

const GROUP: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
const SUBSCRIPTION: &str =
    "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#";
const PARAMETERS: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";

/// A template of a resource group from its parameters, variables and resources.
fn template(sections: &str, resources: &[String]) -> String {
    let resources = resources.join(",");
    format!(r#"{{"$schema":"{GROUP}","contentVersion":"1.0.0.0",{sections}"resources":[{resources}]}}"#)
}

fn item(vm: &str) -> String {
    format!(
        r#"{{"type":"Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems","apiVersion":"2024-04-01",
            "name":"rsv/Azure/iaasvmcontainer;iaasvmcontainerv2;rg;{vm}/vm;iaasvmcontainerv2;rg;{vm}",
            "properties":{{"protectedItemType":"Microsoft.Compute/virtualMachines","policyId":"[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies','rsv','p')]",
            "sourceResourceId":"[resourceId('Microsoft.Compute/virtualMachines','{vm}')]"}}}}"#
    )
}

fn vm(name: &str, disks: &str) -> String {
    format!(
        r#"{{"type":"Microsoft.Compute/virtualMachines","apiVersion":"2024-07-01","name":"{name}","properties":{{"storageProfile":{{"dataDisks":{disks}}}}}}}"#
    )
}

fn disk(size: &str) -> String {
    format!(r#"[{{"lun":0,"createOption":"Empty","diskSizeGB":{size}}}]"#)
}

fn policy(body: &str) -> String {
    format!(
        r#"{{"type":"Microsoft.RecoveryServices/vaults/backupPolicies","apiVersion":"2024-04-01","name":"rsv/p","properties":{{"backupManagementType":"AzureIaasVM",{body}}}}}"#
    )
}

/// `severity rule file pointer` of every finding.
fn found(analysis: &Analysis) -> Vec<String> {
    let line = |reported: &backuplint::check::Reported| {
        let finding = &reported.finding;
        let document = analysis.document(finding.at);
        let pointer = document.root().map(|root| root.pointer_of(finding.at.span)).unwrap_or_default();
        format!("{} {} {} {pointer}", finding.severity.name(), finding.rule.name, document.path.display())
    };
    analysis.findings.iter().map(line).collect()
}

fn check(files: &[(&str, &str)], profile: &str) -> Vec<String> {
    found(&Folder::new(files).analyse("main.json", profile))
}

fn check_one(text: &str, profile: &str) -> Vec<String> {
    check(&[("main.json", text)], profile)
}

#[test]
fn a_parameter_decides_where_it_is_written() {
    let text = template(
        r#""parameters":{"size":{"type":"int","defaultValue":64}},"#,
        &[vm("vm1", &disk(r#""[parameters('size')]""#)), item("vm1")],
    );
    let parameters = |size: u32| {
        format!(r#"{{"$schema":"{PARAMETERS}","contentVersion":"1.0.0.0","parameters":{{"size":{{"value":{size}}}}}}}"#)
    };
    assert!(check_one(&text, "2019-07").is_empty(), "the default is small");
    let (large, small) = (parameters(5000), parameters(128));
    let files =
        [("main.json", text.as_str()), ("main.prod.parameters.json", &large), ("main.test.parameters.json", &small)];
    let analysis = Folder::new(&files).analyse("main.json", "2019-07");
    assert_eq!(
        found(&analysis),
        ["error disk-size-over-backup-limit main.prod.parameters.json /parameters/size/value"]
    );
    assert!(
        analysis.findings[0].finding.message.contains("main.prod.parameters.json"),
        "the message names the file that fails"
    );
}

#[test]
fn an_unknown_size_is_no_finding_until_every_choice_is_wrong() {
    let with = |declaration: &str| {
        let sections = format!(r#""parameters":{{"size":{{"type":"int"{declaration}}}}},"#);
        check_one(&template(&sections, &[vm("vm1", &disk(r#""[parameters('size')]""#)), item("vm1")]), "2019-07")
    };
    assert!(with("").is_empty());
    assert!(with(r#","allowedValues":[128,8192]"#).is_empty(), "one of both is fine");
    assert_eq!(
        with(r#","allowedValues":[5000,8192]"#),
        ["error disk-size-over-backup-limit main.json /parameters/size"]
    );
    assert_eq!(with(r#","minValue":4096"#), ["error disk-size-over-backup-limit main.json /parameters/size"]);
    assert!(with(r#","maxValue":9000"#).is_empty(), "what a bound merely allows is not reported");
}

#[test]
fn both_branches_of_an_unknown_choice() {
    let with = |expression: &str| {
        let sections = r#""parameters":{"big":{"type":"bool"}},"#;
        check_one(&template(sections, &[vm("vm1", &disk(expression)), item("vm1")]), "2019-07")
    };
    assert!(with(r#""[if(parameters('big'), 8192, 128)]""#).is_empty());
    assert_eq!(with(r#""[if(parameters('big'), 8192, 5000)]""#).len(), 1);
}

#[test]
fn what_is_protected_decides_the_severity() {
    let large = disk("8192");
    assert_eq!(check_one(&template("", &[vm("vm1", &large)]), "2019-07")[0].split(' ').next(), Some("warning"));
    let other = template("", &[vm("vm1", &large), vm("vm2", "[]"), item("vm2")]);
    assert!(check_one(&other, "2019-07").is_empty(), "the set shows that vm1 is not backed up");
    let unknown = item("vm2").replace("[resourceId('Microsoft.Compute/virtualMachines','vm2')]", "[parameters('id')]");
    let open = template(r#""parameters":{"id":{"type":"string"}},"#, &[vm("vm1", &large), unknown]);
    assert_eq!(check_one(&open, "2019-07")[0].split(' ').next(), Some("warning"), "the item may be vm1's");
}

#[test]
fn all_profiles_are_capped_by_the_newest() {
    let text = template("", &[vm("vm1", &disk("8192")), item("vm1")]);
    let analysis = Folder::new(&[("main.json", &text)]).analyse("main.json", "all");
    assert_eq!(
        found(&analysis),
        ["warning disk-size-over-backup-limit main.json /resources/0/properties/storageProfile/dataDisks/0/diskSizeGB"]
    );
    assert_eq!(analysis.findings[0].profiles, ["2019-07"]);
    assert!(check_one(&text, "current").is_empty());
    assert_eq!(check_one(&template("", &[vm("vm1", &disk("4096")), item("vm1")]), "2019-07").len(), 1);
    assert!(check_one(&template("", &[vm("vm1", &disk("4095")), item("vm1")]), "2019-07").is_empty());
}

#[test]
fn a_loop_has_one_finding_and_names_its_instances() {
    let looped = vm("vm", &disk("8192"))
        .replace(r#""name":"vm""#, r#""name":"[format('vm{0}', copyIndex(1))]","copy":{"name":"vms","count":3}"#);
    let analysis = Folder::new(&[("main.json", &template("", &[looped]))]).analyse("main.json", "2019-07");
    assert_eq!(analysis.findings.len(), 1);
    assert!(
        analysis.findings[0].finding.message.contains("3 of 3: vm1, vm2, vm3"),
        "{}",
        analysis.findings[0].finding.message
    );
    let element = template(
        r#""variables":{"sizes":[64,9000,128]},"#,
        &[vm("vm", &disk(r#""[variables('sizes')[copyIndex()]]""#))
            .replace(r#""name":"vm""#, r#""name":"[format('vm{0}', copyIndex())]","copy":{"name":"vms","count":3}"#)],
    );
    assert_eq!(check_one(&element, "2019-07"), ["warning disk-size-over-backup-limit main.json /variables/sizes/1"]);
}

#[test]
fn conditions() {
    let with = |condition: &str| {
        let resource = vm("vm1", &disk("8192")).replacen('{', &format!(r#"{{"condition":{condition},"#), 1);
        Folder::new(&[("main.json", &template(r#""parameters":{"on":{"type":"bool"}},"#, &[resource]))])
            .analyse("main.json", "2019-07")
    };
    assert!(with("false").findings.is_empty());
    assert!(with(r#""[equals(1, 2)]""#).findings.is_empty());
    let open = with(r#""[parameters('on')]""#);
    assert!(open.findings[0].finding.message.ends_with("if it is deployed"));
}

fn lock_in(group: &str) -> String {
    format!(
        r#"{{"$schema":"{SUBSCRIPTION}","contentVersion":"1.0.0.0","resources":[{{"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"l","resourceGroup":{group},
        "properties":{{"mode":"Incremental","expressionEvaluationOptions":{{"scope":"inner"}},"template":{{"$schema":"{GROUP}","contentVersion":"1.0.0.0","resources":[
        {{"type":"Microsoft.Authorization/locks","apiVersion":"2020-05-01","name":"keep","properties":{{"level":"CanNotDelete"}}}}]}}}}}}]}}"#
    )
}

#[test]
fn locks_on_backup_groups() {
    for group in [
        r#""AzureBackupRG_westeurope_1""#,
        r#""azurebackuprg_WestEurope_22""#,
        r#""[concat('AzureBackupRG_', 'uksouth_', 3)]""#,
    ] {
        assert_eq!(check_one(&lock_in(group), "current").len(), 1, "{group}");
    }
    for group in
        [r#""AzureBackupRG_westeurope""#, r#""AzureBackupRG_west-europe_1""#, r#""rg-AzureBackupRG_westeurope_1""#]
    {
        assert!(check_one(&lock_in(group), "current").is_empty(), "{group}");
    }
}

#[test]
fn the_lock_can_be_removed_and_the_text_stays_whole() {
    let text = lock_in(r#""AzureBackupRG_westeurope_1""#);
    let analysis = Folder::new(&[("main.json", &text)]).analyse("main.json", "all");
    let fix = &analysis.findings[0].fixes[0];
    assert_eq!(fix.applicability, Applicability::Safe);
    let fixed = fix.edits[0].1.apply(&text);
    assert!(fixed.contains(r#""resources":[]"#), "{fixed}");
    assert!(check_one(&fixed, "all").is_empty());
}

#[test]
fn built_files_are_never_edited() {
    let text = lock_in(r#""AzureBackupRG_westeurope_1""#).replacen(
        r#""contentVersion":"1.0.0.0","#,
        r#""contentVersion":"1.0.0.0","metadata":{"_generator":{"name":"bicep","version":"0.49.2","templateHash":"1"}},"#,
        1,
    );
    let analysis = Folder::new(&[("main.json", &text)]).analyse("main.json", "all");
    assert_eq!(analysis.findings.len(), 1);
    assert!(analysis.findings[0].fixes.is_empty());
}

#[test]
fn a_policy_names_its_own_groups() {
    let with = |group: &str| {
        let own =
            policy(r#""instantRPDetails":{"azureBackupRGNamePrefix":"rg-irp-","azureBackupRGNameSuffix":"-prod"}"#);
        let lock = format!(
            r#"{{"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"l","resourceGroup":"{group}","properties":{{"mode":"Incremental",
            "expressionEvaluationOptions":{{"scope":"inner"}},"template":{{"$schema":"{GROUP}","contentVersion":"1.0.0.0","resources":[
            {{"type":"Microsoft.Authorization/locks","apiVersion":"2020-05-01","name":"keep","properties":{{"level":"ReadOnly"}}}}]}}}}}}"#
        );
        check_one(&template("", &[own, lock]), "current")
            .iter()
            .filter(|line| line.contains("backup-rg-locked"))
            .count()
    };
    assert_eq!(with("rg-irp-1-prod"), 1);
    assert_eq!(with("RG-IRP-12-PROD"), 1);
    assert_eq!(with("rg-irp-legacy"), 0);
    assert_eq!(with("rg-irp--prod"), 0, "the number is missing");
}

const HOURLY: &str = r#""schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicyV2","scheduleRunFrequency":"Hourly","hourlySchedule":{"interval":I,"scheduleWindowStartTime":"2024-01-01T08:00:00Z","scheduleWindowDuration":24}}"#;
const DAILY: &str = r#""schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":["2024-01-01T22:00:00Z"]}"#;

/// The rules that object to a policy, with their severity.
fn objections(body: &str, profile: &str) -> Vec<String> {
    let lines = check_one(&template("", &[policy(body)]), profile);
    lines.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// The worked numbers of hourly policies: interval, days, what 2019 and what today objects to.
#[test]
fn hourly_policies() {
    const COUNT: &str = "error instant-rp-count-over-limit";
    const RANGE: &str = "error instant-rp-retention-out-of-range";
    const DOUBT: &str = "warning instant-rp-retention-out-of-range";
    let table: &[(i64, i64, &[&str], &[&str])] = &[
        (4, 3, &[], &[]),
        (4, 7, &[COUNT], &[]),
        (4, 17, &[COUNT], &[]),
        (4, 18, &[COUNT], &[RANGE]),
        (6, 22, &[COUNT], &[]),
        (6, 23, &[COUNT], &[RANGE]),
        (8, 6, &[], &[]),
        (8, 25, &[COUNT], &[]),
        (8, 26, &[COUNT], &[]),
        (8, 27, &[COUNT], &[DOUBT]),
        (12, 9, &[], &[]),
        (12, 30, &[COUNT], &[]),
        (12, 31, &[COUNT], &[RANGE]),
    ];
    for (interval, days, then, now) in table {
        let body = format!(
            r#""policyType":"V2","instantRpRetentionRangeInDays":{days},{}"#,
            HOURLY.replace('I', &interval.to_string())
        );
        assert_eq!(objections(&body, "2019-07"), *then, "every {interval} h, {days} days, 2019-07");
        assert_eq!(objections(&body, "current"), *now, "every {interval} h, {days} days, current");
    }
}

#[test]
fn standard_policies() {
    for (days, wrong) in [(1, false), (5, false), (6, true), (0, true)] {
        let body = format!(r#""policyType":"V1","instantRpRetentionRangeInDays":{days},{DAILY}"#);
        assert_eq!(objections(&body, "2019-07").len(), usize::from(wrong), "{days} days");
        assert_eq!(objections(&body, "current").len(), usize::from(wrong), "{days} days");
    }
    let weekly = DAILY.replace(r#""Daily""#, r#""Weekly","scheduleRunDays":["Sunday"]"#);
    for (days, wrong) in [(5, false), (4, true)] {
        let body = format!(r#""instantRpRetentionRangeInDays":{days},{weekly}"#);
        assert_eq!(objections(&body, "current").len(), usize::from(wrong), "weekly, {days} days");
    }
}

#[test]
fn several_run_times() {
    let twice = DAILY.replace(r#"["2024-01-01T22:00:00Z"]"#, r#"["2024-01-01T10:00:00Z","2024-01-01T22:00:00Z"]"#);
    let text = template("", &[policy(&format!(r#""policyType":"V1",{twice}"#))]);
    let analysis = Folder::new(&[("main.json", &text)]).analyse("main.json", "current");
    assert_eq!(
        found(&analysis),
        [
            "error standard-policy-multiple-backups-per-day main.json /resources/0/properties/schedulePolicy/scheduleRunTimes"
        ]
    );
    let fixed = analysis.findings[0].fixes[0].edits[0].1.apply(&text);
    assert!(check_one(&fixed, "current").is_empty());
    assert_eq!(
        objections(&format!(r#""policyType":"V1",{}"#, HOURLY.replace('I', "4")), "current"),
        ["error standard-policy-multiple-backups-per-day"]
    );
    assert!(objections(&format!(r#""policyType":"V2",{}"#, HOURLY.replace('I', "4")), "current").is_empty());
}

#[test]
fn policies_for_other_workloads_are_left_alone() {
    let text = template(
        "",
        &[policy(&format!(r#""instantRpRetentionRangeInDays":9,{DAILY}"#)).replace("AzureIaasVM", "AzureStorage")],
    );
    assert!(check_one(&text, "all").is_empty());
}

#[test]
fn broken_text_is_read_as_far_as_it_goes() {
    let whole = template("", &[vm("vm1", &disk("8192")), item("vm1")]);
    let broken = format!("{}\n, \"outputs\": {{ \"x\": ", &whole[..whole.len() - 1]);
    let lines = check_one(&broken, "2019-07");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_secret_never_reaches_a_message() {
    let secret = "S3cr3t-rg-name";
    let text = lock_in(&format!(r#""[concat('AzureBackupRG_', '{secret}')]""#));
    let _ = check_one(&text, "all");
    let sections = format!(r#""parameters":{{"n":{{"type":"securestring","defaultValue":"{secret}"}}}},"#);
    let named = vm("x", &disk("8192")).replace(r#""name":"x""#, r#""name":"[concat('vm-', parameters('n'))]""#);
    let analysis = Folder::new(&[("main.json", &template(&sections, &[named]))]).analyse("main.json", "2019-07");
    assert_eq!(analysis.findings.len(), 1);
    let finding = &analysis.findings[0].finding;
    assert!(!finding.message.contains(secret) && finding.subject.name.is_none(), "the name is tainted");
}

#[test]
fn what_may_not_be_evaluated_is_not_refused() {
    let wrong = r#""properties":{"creationData":{},"diskSizeGB":"[variables('sizes')[5]]"}"#;
    let sections = r#""parameters":{"deploy":{"type":"bool"},"list":{"type":"array"}},"variables":{"sizes":[1]},"#;
    let disk = |more: &str| {
        format!(r#"{{"type":"Microsoft.Compute/disks","apiVersion":"2024-03-02","name":"d",{more}{wrong}}}"#)
    };
    let refused = |disk: String| {
        let found = check(&[("main.json", &template(sections, &[disk]))], "2019-07");
        found.iter().any(|line| line.contains("template-evaluation-error"))
    };
    assert!(refused(disk("")));
    assert!(refused(disk(r#""condition":true,"#)));
    assert!(!refused(disk(r#""condition":"[parameters('deploy')]","#)), "it may not be deployed");
    assert!(!refused(disk(r#""condition":false,"#)));
    assert!(!refused(disk(r#""copy":{"name":"c","count":"[length(parameters('list'))]"},"#)), "there may be none");
}

#[test]
fn two_things_wrong_with_one_value_are_both_said() {
    let sections = r#""parameters":{"p":{"type":"string","allowedValues":["longer than that"],"minLength":8}},"#;
    let given =
        format!(r#"{{"$schema":"{PARAMETERS}","contentVersion":"1.0.0.0","parameters":{{"p":{{"value":"abc"}}}}}}"#);
    let found = check(&[("main.json", &template(sections, &[])), ("main.parameters.json", &given)], "2019-07");
    assert_eq!(found.iter().filter(|line| line.contains("template-evaluation-error")).count(), 2, "{found:?}");
}
