//! The plan vectors of the design notes, where they are at hand: `BACKUPLINT_SHARED` names their folder.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use backuplint::document::Document;
use backuplint::input::Reading;
use backuplint::input::plan::index::{Judged, PlanIndex, Source};
use backuplint::input::plan::{self, Key};
use backuplint::model::id::Id;
use backuplint::text::FileId;
use backuplint::value::{Data, Value as Made};
use base64::Engine;
use serde_json::{Value, json};

#[test]
fn vectors() {
    let Some(folder) = common::shared() else { return };
    let vectors = std::fs::read(folder.join("vectors/tfplan.json")).expect("the vectors are there");
    let vectors: Value = serde_json::from_slice(&vectors).expect("the vectors are JSON");
    let mut answers = Answers::default();
    for vector in vectors["vectors"].as_array().expect("a list of vectors") {
        let id = vector["id"].as_str().unwrap_or("?");
        let bytes = match (vector["planFile"].as_str(), vector.get("plan")) {
            (Some(file), _) => Some(std::fs::read(folder.join("vectors").join(file)).expect("the plan is there")),
            (None, Some(plan)) => Some(plan.to_string().into_bytes()),
            (None, None) => None,
        };
        let document = bytes.map(document);
        for query in vector["queries"].as_array().into_iter().flatten() {
            match &document {
                Some(document) => answers.ask(id, document, query),
                None => answers.ask_acceptance(id, query),
            }
        }
        for (text, expected) in vector["values"].as_object().into_iter().flatten() {
            answers.ask_redacted(id, text, expected);
        }
    }
    let summary = format!("{} of {} answers as expected", answers.right, answers.right + answers.wrong.len());
    assert!(answers.wrong.is_empty(), "{summary}:\n{}", answers.wrong.join("\n"));
    assert!(answers.right >= 100, "{summary}: too few were asked");
}

/// Every plan of the acceptance cases is read, and what a protected item names is there.
#[test]
fn cases() {
    let Some(folder) = common::shared() else { return };
    let mut count = 0;
    for case in std::fs::read_dir(folder.join("cases/plan")).expect("the cases are there") {
        let path = case.expect("a case").path().join("plan.json");
        let document = document(std::fs::read(&path).expect("the plan is there"));
        let reading = plan::read(&document).expect("the plan is read");
        let ids: Vec<&Id> = reading.resources.iter().map(|resource| &resource.id).collect();
        for resource in reading.resources.iter().filter(|resource| !resource.existing) {
            for link in ["properties.sourceResourceId", "properties.policyId"] {
                let Some(value) = resource.body.at(link) else { continue };
                let id = Id::of(&value).expect("something of the id is known");
                assert!(id.is_known() || ids.contains(&&id), "{}: {link} leads nowhere", path.display());
            }
        }
        count += 1;
    }
    assert!(count > 50, "{count} cases");
}

fn document(bytes: Vec<u8>) -> Document {
    Document::from_bytes(FileId(0), "plan.json", bytes).expect("the text can be decoded")
}

#[derive(Default)]
struct Answers {
    right: usize,
    wrong: Vec<String>,
}

impl Answers {
    fn check(&mut self, what: &str, found: Value, expected: &Value) {
        match found == *expected {
            true => self.right += 1,
            false => self.wrong.push(format!("{what}: {found} and not {expected}")),
        }
    }

    fn ask(&mut self, id: &str, document: &Document, query: &Value) {
        let root = document.root().expect("an object");
        let index = PlanIndex::new(root).expect("the plan is read");
        let expect = query["expect"].as_object().expect("an expectation");
        if let Some(name) = query["variable"].as_str() {
            let value = index.variable(name).map_or(Value::Null, |node| parsed(node.raw()));
            return self.check(id, value, &expect["value"]);
        }
        if let Some(name) = query["check"].as_str() {
            let (status, messages) = index.check(name).expect("the check is there");
            self.check(id, json!(status), &expect["status"]);
            if let Some(expected) = expect.get("messages") {
                self.check(id, json!(messages), expected);
            }
            return;
        }

        let address = query["address"].as_str().expect("an address");
        let entry = index.entry(address).expect("an address of Terraform");
        let path = query["path"].as_str().unwrap_or_default();
        let attribute = entry.attribute(path);
        for (key, expected) in expect {
            let what = format!("{id} {address} {path} {key}");
            match key.as_str() {
                "known" => {
                    self.check(&what, json!(attribute.is_unknown), &json!(false));
                    self.check(&what, attribute.value.map_or(Value::Null, |node| parsed(node.raw())), expected);
                }
                "unknown" => self.check(&what, json!(attribute.is_unknown), expected),
                "sensitive" => self.check(&what, json!(attribute.is_sensitive), expected),
                "length" => self.check(&what, json!(attribute.value.map(|node| node.len())), expected),
                "references" => {
                    let found = entry.all_references(path);
                    let all = expected.as_array().into_iter().flatten();
                    let missing = all.filter(|text| !found.iter().any(|found| Some(&**found) == text.as_str()));
                    self.check(&what, json!(missing.count()), &json!(0));
                }
                "analyse" => {
                    let judged = match entry.judged() {
                        Judged::Yes => json!(true),
                        Judged::Partly => json!("partial"),
                        Judged::No => json!(false),
                    };
                    self.check(&what, judged, expected);
                }
                "action" => self.check(&what, json!(entry.action().map(|action| action.name())), expected),
                "createBeforeDestroy" => self.check(&what, json!(entry.is_created_before_destroyed()), expected),
                "index" => {
                    let key = entry.key().map(|key| match key {
                        Key::Int(index) => json!(index),
                        Key::Text(key) => json!(key),
                    });
                    self.check(&what, json!(key), expected);
                }
                "module" | "moduleCallPath" => self.check(&what, json!(entry.module_calls()), expected),
                "configAddress" => self.check(&what, json!(entry.block_address()), expected),
                "previousAddress" => self.check(&what, json!(entry.previous_address()), expected),
                "importing" => self.check(&what, json!(entry.importing()), expected),
                "configOrigin" => {
                    let found = match entry.source(path) {
                        Source::Constant(path) => json!({ "kind": "constant", "expressionPath": path }),
                        Source::References(list) => json!({ "kind": "references", "references": list }),
                        Source::Hidden => json!({ "kind": "none" }),
                    };
                    self.check(&what, found, expected);
                }
                "resolvedVia" => self.check(&what, json!(entry.trace(path)), expected),
                "arm" => {
                    let reading = plan::read(document).expect("the plan is read");
                    self.ask_arm(&what, address, &reading, expected);
                }
                // A word of Terraform's where it has one, else of the vectors' own.
                "reason" if entry.reason().is_some() => self.check(&what, json!(entry.reason()), expected),
                // What existed before, the text of the `.tf`, remarks; partners are tested with types of the table.
                "existing" | "source" | "note" | "reason" | "heuristic" | "resolvedTo" => {}
                other => self.wrong.push(format!("{what}: no answer to {other}")),
            }
        }
    }

    /// A subset of the resource in the words of ARM.
    fn ask_arm(&mut self, what: &str, address: &str, reading: &Reading, expected: &Value) {
        let resource = reading.resources.iter().find(|resource| resource.address.as_deref() == Some(address));
        let resource = resource.expect("the resource is read");
        for (name, expected) in expected.as_object().into_iter().flatten() {
            match name.as_str() {
                "type" => self.check(what, json!(resource.kind.written()), expected),
                "id" => {
                    let folded = expected.as_str().unwrap_or_default().to_lowercase();
                    self.check(what, json!(resource.id.as_str()), &json!(folded));
                }
                name => {
                    let found = resource.body.get(name).map_or(Value::Null, |value| plain(&value));
                    self.check(what, found, expected);
                }
            }
        }
    }

    fn ask_acceptance(&mut self, id: &str, query: &Value) {
        let bytes = match query["bytesBase64"].as_str() {
            Some(text) => base64::engine::general_purpose::STANDARD.decode(text).expect("Base64"),
            None => query["document"].to_string().into_bytes(),
        };
        let document = document(bytes);
        let read = plan::read(&document);
        let reason = query["expect"]["reason"].as_str().unwrap_or_default();
        // A state is read for what it shows, and said to be one.
        if reason == "this is a state, not a plan" {
            let noted = read.is_ok_and(|reading| reading.problems.iter().any(|p| p.message.contains("state")));
            return self.check(id, json!(noted), &json!(true));
        }
        self.check(&format!("{id} {reason}"), json!(read.is_ok()), &query["expect"]["accepted"]);
    }

    fn ask_redacted(&mut self, id: &str, text: &str, expected: &Value) {
        let plan = json!({
            "format_version": "1.2",
            "planned_values": { "root_module": { "resources": [{
                "address": "azurerm_resource_group.g", "mode": "managed", "type": "azurerm_resource_group", "name": "g",
                "provider_name": "registry.terraform.io/hashicorp/azurerm", "values": { "name": "rg", "location": text },
                "sensitive_values": {},
            }] } },
        });
        let document = document(plan.to_string().into_bytes());
        let reading = plan::read(&document).expect("the plan is read");
        let location = reading.resources[0].body.get("location").expect("a location");
        let found = if location.is_unknown() { "unknown" } else { "known" };
        self.check(id, json!(found), expected);
        let index = PlanIndex::new(document.root().expect("an object")).expect("the plan is read");
        let entry = index.entry("azurerm_resource_group.g").expect("an address");
        let found = if entry.attribute("location").is_unknown { "unknown" } else { "known" };
        self.check(id, json!(found), expected);
    }
}

fn parsed(raw: &str) -> Value {
    serde_json::from_str(raw).expect("JSON")
}

fn plain(value: &Made) -> Value {
    match value.data() {
        Data::Null => Value::Null,
        Data::Bool(bool) => json!(bool),
        Data::Int(int) => json!(int),
        Data::Float(float) => json!(float),
        Data::Text(text) => json!(&**text),
        Data::Array(items) => items.iter().map(plain).collect(),
        Data::Object(object) => object.members.iter().map(|(name, value)| (name.to_string(), plain(value))).collect(),
        Data::Unknown(_) => json!("unknown"),
    }
}
