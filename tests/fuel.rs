//! The bounds of the evaluation: what is within is evaluated, what is over is said to be left out, and far over is quick.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use std::path::Path;

use backuplint::check::Analysis;
use backuplint::expand::expand;
use backuplint::input::Files;
use common::Folder;
use serde_json::{Value as Json, json};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

fn template(sections: Json) -> String {
    let mut template = json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [] });
    for (name, value) in sections.as_object().expect("sections") {
        template[name] = value.clone();
    }
    template.to_string()
}

fn analysed(files: &[(&str, &str)]) -> Analysis {
    Folder::new(files).analyse("main.json", "all")
}

/// What is said of a template: gaps, problems and findings.
fn said(text: &str) -> String {
    let analysis = analysed(&[("main.json", text)]);
    let gaps = analysis.gaps.iter().map(|gap| gap.reason.clone());
    let problems = analysis.problems.iter().map(|problem| problem.message.clone());
    let findings = analysis.findings.iter().map(|reported| reported.finding.message.clone());
    gaps.chain(problems).chain(findings).collect::<Vec<_>>().join("; ")
}

/// The value of the output `o`.
fn output(value: &str) -> Json {
    let text = template(json!({ "outputs": { "o": { "type": "string", "value": value } } }));
    let folder = Folder::new(&[("main.json", &text)]);
    let entry = folder.document(Path::new("main.json")).expect("it is there");
    expand(&entry, &folder, &common::options("all")).expect("a template")["outputs"]["o"].clone()
}

#[test]
fn copies() {
    let with = |count: i64| {
        said(&template(json!({ "resources": [{
            "type": "Microsoft.Compute/disks", "apiVersion": "2024-03-02", "name": "[format('d{0}', copyIndex())]",
            "copy": { "name": "c", "count": count }, "properties": { "creationData": { "createOption": "Empty" } }
        }] })))
    };
    assert_eq!(with(800), "");
    for count in [801, 1_000_000_000] {
        assert!(with(count).contains("at most 800 times"), "{}", with(count));
    }
    assert!(with(-1).contains("a whole number, 0 or more"));
}

#[test]
fn the_length_of_an_expression() {
    let of_length = |length: usize| format!("[toUpper('{}')]", "a".repeat(length - "[toUpper('')]".len()));
    assert!(output(&of_length(24_576)).as_str().is_some_and(|text| text.starts_with("AAA")));
    for length in [24_577, 1_000_000] {
        assert!(output(&of_length(length))["$unknown"].is_string());
        let text = template(json!({ "variables": { "v": of_length(length) } }));
        assert!(said(&text).contains("not evaluated"), "{}", said(&text));
    }
}

#[test]
fn ranges_and_texts() {
    assert_eq!(output("[string(length(range(0, 10000)))]"), "10000");
    for count in [10_001, 2_000_000_000] {
        let text = template(json!({ "variables": { "v": format!("[range(0, {count})]") } }));
        assert!(said(&text).contains("range()"), "{}", said(&text));
    }
    // 8,192 times 16 characters are 131,072.
    let text = |more: &str, last: usize| {
        let joined = format!("join(map(range(0, {last}), lambda('i', '0123456789abcdef')), '')");
        output(&format!("[string(length(concat({joined}, '{more}')))]"))
    };
    assert_eq!(text("", 8192), "131072");
    for (more, last) in [("x", 8192), ("", 10_000)] {
        assert!(text(more, last)["$unknown"].is_string(), "{}", text(more, last));
    }
}

#[test]
fn linked_templates() {
    let chain = |links: usize| {
        let link = |to: usize| {
            template(json!({ "resources": [{
                "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": format!("d{to}"),
                "properties": { "mode": "Incremental", "templateLink": { "relativePath": format!("{to}.json") } }
            }] }))
        };
        let mut files: Vec<(String, String)> =
            (1..links).map(|index| (format!("{index}.json"), link(index + 1))).collect();
        files.push(("main.json".to_owned(), link(1)));
        files.push((format!("{links}.json"), template(json!({}))));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        analysed(&files).gaps.iter().map(|gap| gap.reason.clone()).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(chain(5), "");
    for links in [6, 60] {
        assert!(chain(links).contains("linked deeper than 5"), "{}", chain(links));
    }
}

#[test]
fn nested_deployments_and_values() {
    let nested = |depth: usize| {
        let mut inner = json!([]);
        for level in 0..depth {
            inner = json!([{
                "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": format!("d{level}"),
                "properties": { "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
                    "template": { "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": inner } }
            }]);
        }
        said(&template(json!({ "resources": inner })))
    };
    assert_eq!(nested(64), "");
    for depth in [65, 150] {
        assert!(nested(depth).contains("nested deeper than 64"), "{}", nested(depth));
    }
    let deep = |depth: usize| {
        said(&template(json!({ "variables": { "v": (0..depth).fold(json!(1), |inner, _| json!([inner])) } })))
    };
    assert_eq!(deep(199), "");
    for depth in [200, 900] {
        assert!(deep(depth).contains("nested deeper than 200 levels"), "{}", deep(depth));
    }
}

#[test]
fn steps() {
    // Each variable doubles the work of the one before.
    let doubling = |count: usize| {
        let mut variables = json!({ "v0": "[range(0, 100)]" });
        for index in 1..=count {
            variables[format!("v{index}")] = json!(format!(
                "[map(range(0, 2), lambda('x', map(variables('v{}'), lambda('y', add(lambdaVariables('x'), 1)))))]",
                index - 1
            ));
        }
        said(&template(json!({ "variables": variables })))
    };
    assert!(!doubling(3).contains("steps of evaluation"), "{}", doubling(3));
    let loops = json!([{ "name": "a", "count": 800, "input": "[map(range(0, 9000), lambda('x', add(lambdaVariables('x'), copyIndex('a'))))]" }]);
    let far = said(&template(json!({ "variables": { "copy": loops } })));
    assert!(far.contains("more than 1500000 steps of evaluation"), "{far}");
}
