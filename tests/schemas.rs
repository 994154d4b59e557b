//! The JSON Schemas in `schemas/` say what the program reads and writes. `UPDATE_EXPECT=1 cargo test` writes them anew.

use expect_test::{ExpectFile, expect_file};
use serde_json::Value;

fn check(schema: &schemars::Schema, file: ExpectFile) {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema is JSON");
    text.push('\n');
    file.assert_eq(&text);
    jsonschema::validator_for(schema.as_value()).expect("a schema that can be used");
}

#[test]
fn configuration() {
    check(&backuplint::config::Config::schema(), expect_file!["../schemas/backuplint.schema.json"]);
}

#[test]
fn report() {
    check(&backuplint::report::json::schema(), expect_file!["../schemas/report.schema.json"]);
}

#[cfg(feature = "lsp")]
#[test]
fn settings_of_vs_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/vscode/package.json");
    let mut package: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(package["contributes"]["configuration"][1]["title"], "Checks");
    package["contributes"]["configuration"][1]["properties"] = backuplint::lsp::settings_schema();
    let text = serde_json::to_string_pretty(&package).unwrap() + "\n";
    expect_file!["../editors/vscode/package.json"].assert_eq(&text);
}

#[test]
fn the_schema_and_the_reader_of_configurations_agree() {
    let schema = backuplint::config::Config::schema();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let cases = [
        (true, ""),
        (true, "profile = \"all\"\nfail-on = \"hint\"\nexclude = [\"a\"]"),
        (true, "[rules]\nbackup-rg-locked = \"off\""),
        (true, "[[overrides]]\nfiles = \"a/**\"\nprofile = \"2019-07\"\nrules = { backup-rg-locked = \"error\" }"),
        (true, "[environment]\nsubscription-id = \"x\"\ntenant-id = \"y\"\n[parameters]\n\"a\" = [\"b\", \"c\"]"),
        (false, "profil = \"all\""),
        (false, "profile = \"2018\""),
        (false, "fail-on = \"never\""),
        (false, "[rules]\nno-such-rule = \"off\""),
        (false, "[rules]\nbackup-rg-locked = \"fatal\""),
        (false, "[[overrides]]\nprofile = \"all\""),
        (false, "[environment]\nsubscription = \"x\""),
        (false, "[parameters]\n\"a\" = 1"),
    ];
    for (holds, text) in cases {
        let value: Value = serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
        assert_eq!(validator.is_valid(&value), holds, "schema: {text}");
        let read = backuplint::config::Config::read(text, std::path::Path::new("/"));
        assert_eq!(read.is_ok(), holds, "reader: {text}");
    }
}
