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
use common::Folder;
use serde_json::Value as Json;

/// A range of a file in bytes.
type Range = (String, u64, u64);

#[test]
#[expect(clippy::print_stdout, reason = "a skipped check is said")]
fn provenance() {
    let Ok(shared) = std::env::var("BACKUPLINT_SHARED") else {
        assert!(std::env::var("CI").is_err(), "BACKUPLINT_SHARED is not set");
        println!("skipped: BACKUPLINT_SHARED is not set");
        return;
    };
    let text =
        std::fs::read_to_string(Path::new(&shared).join("vectors/provenance.json")).expect("the vectors can be read");
    let vectors: Json = serde_json::from_str(&text).expect("the vectors are JSON");
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert!(vectors.len() >= 17);
    for vector in vectors {
        assert_eq!(found(vector), expected(vector), "{}", vector["id"]);
    }
}

/// Primary and related ranges of what violates the vector's rule.
fn found(vector: &Json) -> BTreeSet<(Range, Vec<Range>)> {
    let files: Vec<(&str, &str)> = vector["files"]
        .as_object()
        .expect("files by name")
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str().expect("a text")))
        .collect();
    let folder = Folder::new(&files);
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
