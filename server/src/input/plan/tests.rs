//! Plans in short form: what stands in them is the shape that Terraform writes, what is left out does not matter.

mod bodies;
mod hostile;
mod reading;
mod references;

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::address::{Key, Step, steps};
use super::{Refusal, read};
use crate::document::Document;
use crate::input::Reading;
use crate::model::Resource;
use crate::model::id::Id;
use crate::text::{FileId, Text};
use crate::value::{Data, Part, Value, Why};

/// A plan of these resources, each `[address, values, unknown, more]`, and this configuration.
///
/// `more` may have `actions`, `sensitive`, `provider`, `before`, `change_only` and `data`.
fn plan(resources: Json, configuration: Json) -> Json {
    let mut root = json!({ "resources": [], "child_modules": [] });
    let mut changes = Vec::new();
    for resource in resources.as_array().expect("a list") {
        let address = resource[0].as_str().expect("an address");
        let cow = Cow::Borrowed(address);
        let mut steps = steps(&cow).expect("an address").into_iter().peekable();
        let mut module = &mut root;
        let mut path = String::new();
        while steps.peek().is_some_and(|step| step.name() == Some("module")) {
            steps.next();
            let dot = if path.is_empty() { "" } else { "." };
            path.push_str(&format!("{dot}module.{}", steps.next().expect("a name").name().expect("a name")));
            if let Some(Step::Key(key)) = steps.next_if(|step| matches!(step, Step::Key(_))) {
                path.push_str(&match key {
                    Key::Int(index) => format!("[{index}]"),
                    Key::Text(key) => format!("[\"{key}\"]"),
                });
            }
            let children = module["child_modules"].as_array_mut().expect("a list");
            let at = children.iter().position(|child| child["address"] == path.as_str()).unwrap_or_else(|| {
                children.push(json!({ "address": path, "resources": [], "child_modules": [] }));
                children.len() - 1
            });
            module = &mut children[at];
        }
        let first = steps.next().expect("a type");
        let data = first.name() == Some("data");
        let kind = if data { steps.next().expect("a type") } else { first };
        let (kind, name) = (kind.name().expect("a type").to_owned(), steps.next().expect("a name"));
        let more = &resource[3];
        let family = kind.split('_').next().unwrap_or_default();
        let owner = if family == "azapi" { "azure" } else { "hashicorp" };
        let mut one = json!({
            "address": address,
            "mode": if data { "data" } else { "managed" },
            "type": kind,
            "name": name.name(),
            "provider_name": format!("registry.terraform.io/{owner}/{family}"),
        });
        if let Some(provider) = more.get("provider") {
            one["provider_name"] = provider.clone();
        }
        if let Some(Step::Key(key)) = steps.next() {
            one["index"] = match key {
                Key::Int(index) => json!(index),
                Key::Text(key) => json!(key),
            };
        }
        let sensitive = more.get("sensitive").cloned().unwrap_or(json!({}));
        let unknown = if resource[2].is_null() { json!({}) } else { resource[2].clone() };
        let mut change = one.clone();
        change["change"] = json!({
            "actions": more.get("actions").cloned().unwrap_or(json!(["create"])),
            "before": more["before"],
            "after": resource[1],
            "after_unknown": unknown,
            "after_sensitive": sensitive,
        });
        if !path.is_empty() {
            change["module_address"] = json!(path);
        }
        changes.push(change);
        one["values"] = resource[1].clone();
        one["sensitive_values"] = sensitive;
        if more.get("change_only").is_none() {
            module["resources"].as_array_mut().expect("a list").push(one);
        }
    }
    json!({
        "format_version": "1.2",
        "variables": {},
        "planned_values": { "root_module": root },
        "resource_changes": changes,
        "configuration": {
            "provider_config": { "azurerm": { "name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm" } },
            "root_module": module(&configuration),
        },
    })
}

/// A module of a configuration in short form: blocks by address, calls by `module.<name>`, `outputs` and `variables`.
///
/// A text that starts with `=` holds references, separated by spaces; all else is constant.
fn module(short: &Json) -> Json {
    let mut resources = Vec::new();
    let (mut calls, mut outputs) = (Map::new(), Map::new());
    for (name, content) in short.as_object().into_iter().flatten() {
        let mut parts: Vec<&str> = name.split('.').collect();
        match parts[..] {
            ["outputs"] => {
                let all = content.as_object().into_iter().flatten();
                outputs =
                    all.map(|(name, output)| (name.clone(), json!({ "expression": expression(output) }))).collect();
            }
            ["variables"] => {}
            ["module", name] => {
                let mut call =
                    json!({ "expressions": expression(&content["args"]), "module": module(&content["module"]) });
                if let Some(each) = content.get("for_each") {
                    call["for_each_expression"] = expression(each);
                }
                calls.insert(name.to_owned(), call);
            }
            _ => {
                let data = parts[0] == "data";
                parts.drain(..usize::from(data));
                let mut expressions = content.clone();
                let fields = expressions.as_object_mut().expect("an object");
                let (each, provider) = (fields.remove("for_each"), fields.remove("provider"));
                let mut resource = json!({
                    "address": name, "mode": if data { "data" } else { "managed" }, "type": parts[0], "name": parts[1],
                    "provider_config_key": provider.unwrap_or(json!("azurerm")),
                    "expressions": expression(&expressions),
                });
                if let Some(each) = each {
                    resource["for_each_expression"] = expression(&each);
                }
                resources.push(resource);
            }
        }
    }
    json!({ "resources": resources, "module_calls": calls, "outputs": outputs, "variables": short["variables"] })
}

fn expression(short: &Json) -> Json {
    match short {
        Json::Object(members) => members.iter().map(|(name, member)| (name.clone(), expression(member))).collect(),
        Json::Array(items) if items.iter().any(Json::is_object) => items.iter().map(expression).collect(),
        Json::String(text) if text.starts_with('=') => {
            json!({ "references": text[1..].split_whitespace().collect::<Vec<_>>() })
        }
        constant => json!({ "constant_value": constant }),
    }
}

/// What was read, and from what.
struct Read {
    reading: Reading,
    document: Document,
}

fn read_text(text: String) -> Result<Read, Refusal> {
    let document = Document::new(FileId(0), "plan.json", None, Text::new(text));
    read(&document).map(|reading| Read { reading, document })
}

fn read_plan(plan: &Json) -> Read {
    read_text(plan.to_string()).expect("the plan is read")
}

impl Read {
    fn resource(&self, address: &str) -> &Resource {
        let mut resources = self.reading.resources.iter();
        resources.find(|resource| resource.address.as_deref() == Some(address)).expect("the resource is read")
    }

    /// A property in short: its value, or what is certain of it.
    fn short(&self, address: &str, path: &str) -> String {
        self.resource(address).property(path).value.map_or("absent".to_owned(), |value| short(&value))
    }

    /// The id of a resource, with holes in angle brackets.
    fn id(&self, address: &str) -> String {
        shown(&self.resource(address).id)
    }

    /// The text that a property is written as.
    fn written(&self, address: &str, path: &str) -> &str {
        self.resource(address).property(path).place.span.of(self.document.text.as_str())
    }
}

fn shown(id: &Id) -> String {
    let mut open = false;
    let bracket = |c: char| match c {
        '\u{1}' => {
            open = !open;
            if open { '<' } else { '>' }
        }
        c => c,
    };
    id.as_str().chars().map(bracket).collect()
}

/// A value on one line: `*` marks what is secret.
fn short(value: &Value) -> String {
    let text = match value.data() {
        Data::Null => "null".to_owned(),
        Data::Bool(bool) => bool.to_string(),
        Data::Int(int) => int.to_string(),
        Data::Float(float) => float.to_string(),
        Data::Text(text) => text.to_string(),
        Data::Array(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
        Data::Object(object) => {
            let mut members: Vec<String> =
                object.members.iter().map(|(name, value)| format!("{name}: {}", short(value))).collect();
            members.extend(object.open.iter().map(|_| "..".to_owned()));
            format!("{{{}}}", members.join(", "))
        }
        Data::Unknown(unknown) => match (&unknown.parts[..], &unknown.identity, &unknown.why) {
            ([], Some(identity), _) => format!("<{identity}>"),
            ([], None, Why::Redacted) => "<redacted>".to_owned(),
            ([], None, _) => "<>".to_owned(),
            (parts, ..) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Known(text) => text.to_string(),
                    Part::Hole(identity) => format!("<{identity}>"),
                });
                parts.collect()
            }
        },
    };
    if value.is_secret() { format!("*{text}") } else { text }
}
