//! Findings of what Bicep built, in its source.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use backuplint::check::{Analysis, Reported};
use backuplint::text::{Edits, Place};
use common::Folder;

/// A template as `bicep build` writes it, without what does not matter here.
fn built(body: &str) -> String {
    format!(
        r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "metadata": {{ "_generator": {{ "name": "bicep", "version": "0.49.2.45890", "templateHash": "1" }} }},
{body}
}}"#
    )
}

fn vm(size: &str) -> String {
    format!(
        r#"{{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "vm",
      "properties": {{ "storageProfile": {{ "dataDisks": [ {{ "lun": 0, "createOption": "Empty", "diskSizeGB": {size} }} ] }} }} }}"#
    )
}

fn vm_source(size: &str) -> String {
    format!(
        "resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {{\n  name: 'vm'\n  properties: {{\n    storageProfile: {{\n      dataDisks: [\n        {{\n          lun: 0\n          createOption: 'Empty'\n          diskSizeGB: {size}\n        }}\n      ]\n    }}\n  }}\n}}\n"
    )
}

/// A lock on a group of Azure Backup, by a module.
fn locked(symbol: &str, group: &str) -> String {
    let template = built(
        r#""resources": [ { "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep",
        "properties": { "level": "CanNotDelete" } } ]"#,
    );
    format!(
        r#"{{ "type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01",
      "name": "[format('{symbol}-{{0}}', uniqueString('{symbol}', deployment().name))]", "resourceGroup": "{group}",
      "properties": {{ "mode": "Incremental", "template": {template} }} }}"#
    )
}

const LOCK_SOURCE: &str = "// Kept.\n\nresource keep 'Microsoft.Authorization/locks@2020-05-01' = {\n  name: 'keep'\n  properties: {\n    level: 'CanNotDelete'\n  }\n}\n";

fn module(symbol: &str, group: &str) -> String {
    format!("module {symbol} 'modules/lock.bicep' = {{\n  scope: resourceGroup('{group}')\n}}\n")
}

/// The place as file, line and text.
fn shown(analysis: &Analysis, place: Place) -> String {
    let document = analysis.document(place);
    assert_eq!(document.file, place.file, "its document is there");
    let line = document.text.position(place.span.start, backuplint::text::Encoding::Utf8).line + 1;
    let text = place.span.of(document.text.as_str()).lines().next().unwrap_or_default();
    format!("{}:{line} {text}", document.path.display())
}

fn only(analysis: &Analysis) -> &Reported {
    match &analysis.findings[..] {
        [only] => only,
        several => panic!("{} findings", several.len()),
    }
}

fn at(analysis: &Analysis) -> String {
    shown(analysis, only(analysis).finding.at)
}

/// The file that the one fix changes, and its text then.
fn fixed(analysis: &Analysis) -> Option<(String, String)> {
    let fix = only(analysis).fixes.first()?;
    let [(file, edits)] = &fix.edits[..] else { panic!("one file changes") };
    let document = analysis.documents.iter().find(|document| document.file == *file).expect("its document");
    let applied = Edits::apply(edits, document.text.as_str());
    Some((document.path.display().to_string(), applied))
}

#[test]
fn a_literal_its_default_and_its_variable() {
    let literal = Folder::new(&[
        ("main.json", &built(&format!("\"resources\": [ {} ]", vm("8192")))),
        ("main.bicep", &vm_source("8192")),
    ]);
    let analysis = literal.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "main.bicep:9 8192");
    let related: Vec<String> =
        only(&analysis).finding.related.iter().map(|(place, _)| shown(&analysis, *place)).collect();
    assert_eq!(
        related,
        ["main.bicep:1 resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {", "main.json:6 8192"]
    );
    assert_eq!(fixed(&analysis), Some(("main.bicep".to_owned(), vm_source("4095"))));
    assert!(analysis.notes.is_empty());

    let parameter = Folder::new(&[
        (
            "main.json",
            &built(&format!(
                r#""parameters": {{ "size": {{ "type": "int", "defaultValue": 8192 }} }},
                "variables": {{ "disk": {{ "size": "[parameters('size')]" }} }}, "resources": [ {} ]"#,
                vm("\"[variables('disk').size]\"")
            )),
        ),
        (
            "main.bicep",
            &format!("param size int = 8192 // GiB\nvar disk = {{ size: size }}\n{}", vm_source("disk.size")),
        ),
    ]);
    let analysis = parameter.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "main.bicep:1 8192");
    let related: Vec<String> =
        only(&analysis).finding.related.iter().map(|(place, _)| shown(&analysis, *place)).collect();
    assert_eq!(related[..2], ["main.bicep:2 size", "main.bicep:11 disk.size"]);
    assert!(fixed(&analysis).is_some_and(|(_, text)| text.starts_with("param size int = 4095 // GiB\n")));
}

#[test]
fn a_parameter_file() {
    let template = built(&format!(
        r#""parameters": {{ "size": {{ "type": "int" }} }}, "resources": [ {} ]"#,
        vm("\"[parameters('size')]\"")
    ));
    let parameters = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
      "contentVersion": "1.0.0.0", "parameters": { "size": { "value": 6144 } } }"#;
    let source = format!("param size int\n{}", vm_source("size"));
    let given = "using 'main.bicep'\nvar disks = [\n  { gib: 6144 }\n]\nparam size = disks[0].gib\n";
    let folder = Folder::new(&[
        ("main.json", &template),
        ("main.bicep", &source),
        ("main.prod.parameters.json", parameters),
        ("main.prod.bicepparam", given),
    ]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "main.prod.bicepparam:3 6144");
    assert_eq!(fixed(&analysis), Some(("main.prod.bicepparam".to_owned(), given.replace("6144", "4095"))));
}

#[test]
fn a_build_that_is_older_than_its_source() {
    let template = built(&format!("\"resources\": [ {} ]", vm("8192")));
    let folder = Folder::new(&[("main.json", &template), ("main.bicep", &vm_source("2048"))]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "main.json:6 8192");
    assert_eq!(fixed(&analysis), None);
    let notes: Vec<&str> = analysis.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(notes, ["main.bicep says something else by now than this file that is built from it: build it again"]);

    // What has moved and is otherwise the same is found all the same, and the build said to be older.
    let grown = format!("param more string\n\n{}", vm_source("8192"));
    let folder = Folder::new(&[("main.json", &template), ("main.bicep", &grown)]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!((at(&analysis).as_str(), analysis.notes.len()), ("main.bicep:11 8192", 1));

    // Half-typed text is no reason to say so.
    let typing = format!("{}\nvar x = [", vm_source("8192"));
    let folder = Folder::new(&[("main.json", &template), ("main.bicep", &typing)]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!((at(&analysis).as_str(), analysis.notes.len()), ("main.bicep:9 8192", 0));
    assert_eq!(fixed(&analysis), None, "a text that is not understood is not edited");
    let folder = Folder::new(&[("main.json", &template), ("main.bicep", &vm_source("8192 +"))]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!((at(&analysis).as_str(), analysis.notes.len()), ("main.json:6 8192", 0));

    // Without a source there is nothing to compare.
    let folder = Folder::new(&[("main.json", &template)]);
    let analysis = folder.analyse("main.json", "2019-07");
    assert_eq!((at(&analysis).as_str(), analysis.notes.len()), ("main.json:6 8192", 0));
    assert!(only(&analysis).finding.message.ends_with("change it in the .bicep that this file is built from"));
}

#[test]
fn a_module_that_is_used_twice() {
    let backup = "AzureBackupRG_westeurope_1";
    let folder = |groups: [&str; 2]| {
        Folder::new(&[
            (
                "main.json",
                &built(&format!("\"resources\": [ {}, {} ]", locked("a", groups[0]), locked("b", groups[1]))),
            ),
            ("main.bicep", &format!("{}\n{}", module("a", groups[0]), module("b", groups[1]))),
            ("modules/lock.bicep", LOCK_SOURCE),
        ])
    };
    // One place, one finding.
    let both = folder([backup, "AzureBackupRG_westeurope_2"]).analyse("main.json", "current");
    assert_eq!(at(&both), "modules/lock.bicep:6 'CanNotDelete'");
    assert!(only(&both).finding.message.ends_with("(2: keep)"), "{}", only(&both).finding.message);
    assert_eq!(fixed(&both), Some(("modules/lock.bicep".to_owned(), "// Kept.\n".to_owned())));
    // What is right elsewhere is not taken away.
    let one = folder([backup, "rg-app"]).analyse("main.json", "current");
    assert_eq!(at(&one), "modules/lock.bicep:6 'CanNotDelete'");
    assert_eq!(fixed(&one), None);
}

#[test]
fn what_is_referred_to_is_not_removed() {
    let resources = built(&format!("\"resources\": [ {} ]", locked("a", "AzureBackupRG_westeurope_1")));
    let folder = |lock: &str| {
        Folder::new(&[
            ("main.json", &resources),
            ("main.bicep", &module("a", "AzureBackupRG_westeurope_1")),
            ("modules/lock.bicep", lock),
        ])
    };
    let alone = format!("{}\nvar more = 1\n", LOCK_SOURCE.replace("resource", "@description('why')\nresource"));
    let fixed_text = fixed(&folder(&alone).analyse("main.json", "current")).map(|(_, text)| text);
    assert_eq!(fixed_text.as_deref(), Some("// Kept.\n\nvar more = 1\n"));
    let named = format!("{LOCK_SOURCE}\nvar more = keep.name\n");
    assert_eq!(fixed(&folder(&named).analyse("main.json", "current")), None);
}

#[test]
fn a_source_with_another_name_or_further_up() {
    let template =
        built(&format!(r#""parameters": {{ "location": {{ "type": "string" }} }}, "resources": [ {} ]"#, vm("8192")));
    let source = format!("param location string\n{}", vm_source("8192"));
    let found = |files: &[(&str, &str)]| {
        let folder = Folder::new(files);
        let (entry, _) = files[0];
        at(&folder.analyse(entry, "2019-07"))
    };
    let elsewhere = "param other string\noutput x string = other\n";
    assert_eq!(found(&[("azuredeploy.json", &template), ("vm.bicep", &source)]), "vm.bicep:10 8192");
    assert_eq!(
        found(&[("azuredeploy.json", &template), ("vm.bicep", &source), ("a.bicep", elsewhere)]),
        "vm.bicep:10 8192"
    );
    assert_eq!(found(&[("azuredeploy.json", &template), ("a.bicep", elsewhere)]), "azuredeploy.json:6 8192");
    assert_eq!(found(&[("out/arm/main.json", &template), ("main.bicep", &source)]), "main.bicep:10 8192");
    assert_eq!(found(&[("out/main.json", &template), ("main.bicep", elsewhere)]), "out/main.json:6 8192");
}

#[test]
fn what_is_loaded_and_imported() {
    let template = |variable: &str, access: &str| {
        built(&format!(r#""variables": {{ {variable} }}, "resources": [ {} ]"#, vm(&format!("\"[{access}]\""))))
    };
    let loaded = Folder::new(&[
        (
            "main.json",
            &template(
                r#""$fxv#0": { "sizes": [ 1, 8192 ] }, "disks": "[variables('$fxv#0')]""#,
                "variables('disks').sizes[1]",
            ),
        ),
        ("main.bicep", &format!("var disks = loadJsonContent('./disks.json')\n{}", vm_source("disks.sizes[1]"))),
        ("disks.json", "{ \"sizes\": [1, 8192] }\n"),
    ]);
    let analysis = loaded.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "disks.json:1 8192");
    assert_eq!(fixed(&analysis), Some(("disks.json".to_owned(), "{ \"sizes\": [1, 4095] }\n".to_owned())));

    let imported = Folder::new(&[
        ("main.json", &template(r#""_1.size": 8192, "own": "[variables('_1.size')]""#, "variables('own')")),
        ("main.bicep", &format!("import * as shared from 'shared.bicep'\n{}", vm_source("shared.own"))),
        ("shared.bicep", "@export()\nvar own = size\nvar size = 8192\n"),
    ]);
    let analysis = imported.analyse("main.json", "2019-07");
    assert_eq!(at(&analysis), "shared.bicep:3 8192");
}
