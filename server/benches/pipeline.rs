//! Parse, evaluate and analyse at 10 KB, 200 KB and 5 MB, all on one line, beside `serde_json` on the same bytes.
//!
//! Figures are only good as ratios within one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use backuplint::check::{self, Options};
use backuplint::document::Document;
use backuplint::input::arm::{self, Extent};
use backuplint::input::{Environment, Files};
use backuplint::json;
use backuplint::profile::Choice;
use backuplint::text::{FileId, Text};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const SIZES: &[usize] = &[10_000, 200_000, 5_000_000];

/// A template on one line with machines, disks and protected items until it has about so many bytes.
fn template(bytes: usize) -> String {
    let mut text = String::from(
        r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","parameters":{"stem":{"type":"string","defaultValue":"app"},"size":{"type":"int","defaultValue":512}},"variables":{"vault":"[format('rsv-{0}', parameters('stem'))]"},"resources":["#,
    );
    let mut index = 0;
    while text.len() < bytes {
        if index > 0 {
            text.push(',');
        }
        let size = if index % 10 == 9 { "5000" } else { r#""[parameters('size')]""# };
        text.push_str(&format!(
            r#"{{"type":"Microsoft.Compute/virtualMachines","apiVersion":"2024-07-01","name":"[format('vm-{{0}}-{index}', parameters('stem'))]","properties":{{"storageProfile":{{"dataDisks":[{{"lun":0,"createOption":"Empty","diskSizeGB":{size}}}]}}}}}},{{"type":"Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems","apiVersion":"2024-04-01","name":"[format('{{0}}/Azure/iaasvmcontainer;iaasvmcontainerv2;{{1}};{index}/vm;iaasvmcontainerv2;{{1}};{index}', variables('vault'), resourceGroup().name)]","properties":{{"protectedItemType":"Microsoft.Compute/virtualMachines","policyId":"[resourceId('Microsoft.RecoveryServices/vaults/backupPolicies', variables('vault'), 'daily')]","sourceResourceId":"[resourceId('Microsoft.Compute/virtualMachines', format('vm-{{0}}-{index}', parameters('stem')))]"}}}}"#
        ));
        index += 1;
    }
    text.push_str("]}");
    text
}

/// One file and nothing around it.
struct Alone;

impl Files for Alone {
    fn document(&self, _: &Path) -> Result<Arc<Document>, String> {
        Err("there is no other file".to_owned())
    }

    fn siblings(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn sources(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}

fn document(text: &str) -> Arc<Document> {
    Arc::new(Document::new(FileId(0), "main.json", None, Text::new(text)))
}

#[divan::bench(args = SIZES)]
fn serde_json_value(bencher: Bencher, bytes: usize) {
    let text = template(bytes);
    bencher.bench(|| serde_json::from_slice::<serde_json::Value>(black_box(text.as_bytes())).expect("it is JSON"));
}

#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher, bytes: usize) {
    let text = template(bytes);
    bencher.bench(|| json::parse(black_box(&text)));
}

#[divan::bench(args = SIZES)]
fn evaluate(bencher: Bencher, bytes: usize) {
    let document = document(&template(bytes));
    document.json();
    bencher.bench(|| arm::read(black_box(&document), None, &Alone, &Environment::default(), Extent::Resources));
}

fn options() -> Options {
    Options {
        profile: Choice::All,
        severities: BTreeMap::new(),
        environment: Environment::default(),
        parameters: None,
        pairings: Vec::new(),
        fixes: false,
    }
}

#[divan::bench(args = SIZES)]
fn analyse(bencher: Bencher, bytes: usize) {
    let text = template(bytes);
    let options = options();
    bencher.bench(|| check::analyse(&document(black_box(&text)), &Alone, &options, &AtomicBool::new(false)));
}

/// A character more in the middle of the text, as somebody types it.
#[divan::bench(args = SIZES)]
fn analyse_after_an_edit(bencher: Bencher, bytes: usize) {
    let text = template(bytes);
    let options = options();
    let stop = AtomicBool::new(false);
    let before = check::analyse(&document(&text), &Alone, &options, &stop);
    let middle = text[..text.len() / 2].rfind("vm-").expect("there is a machine");
    let edited = format!("{}x{}", &text[..middle], &text[middle..]);
    bencher.bench(|| {
        check::analyse_again(&document(black_box(&edited)), &Alone, &options, &stop, Some(black_box(&before)))
    });
}
