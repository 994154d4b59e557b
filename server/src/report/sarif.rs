//! The report as [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), for code scanning.
//!
//! Only the part of SARIF that is written here has a type; the tests hold the result against the official schema.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::codes;
use crate::profile::newest;
use crate::report::{Coverage, FileRow, Found, Remedy, Report, Spot, escape};
use crate::rules::{RULES, Rule, Severity};
use crate::text::Position;

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<RunResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Message,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'static str>,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunResult<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'a> {
    description: Message,
    artifact_changes: Vec<ArtifactChange<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange<'a> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Content<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    text: &'a str,
}

/// The report as text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    // A rule that is not in the catalogue can only come from a test.
    let mut rules: Vec<&'static Rule> = RULES.to_vec();
    for found in &report.findings {
        if !rules.iter().any(|rule| rule.name == found.rule.name) {
            rules.push(found.rule);
        }
    }
    let notifications: Vec<Notification> = report.files.iter().flat_map(Notification::of).collect();
    escape::json(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "backuplint",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.iter().copied().map(Descriptor::new).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: notifications.iter().all(|notification| notification.level != "error"),
                tool_execution_notifications: notifications,
            }],
            column_kind: "unicodeCodePoints",
            results: report.findings.iter().map(|found| RunResult::new(found, &rules)).collect(),
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    }
}

impl Descriptor {
    fn new(rule: &'static Rule) -> Descriptor {
        let severity = rule.severity.under(newest()).max(rule.severity.y2019);
        Descriptor {
            id: rule.name,
            short_description: Message { text: rule.summary.to_owned() },
            help: Help { text: rule.page, markdown: rule.page },
            help_uri: first_link(rule.page),
            default_configuration: Configuration { level: severity.map_or("none", level) },
            properties: Properties { tags: [&["azure-backup"], rule.azure_codes].concat() },
        }
    }
}

/// The first page of Microsoft's documentation that a rule's page names.
fn first_link(page: &'static str) -> Option<&'static str> {
    let from = &page[page.find("https://learn.microsoft.com/")?..];
    let end = from.find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | ']')).unwrap_or(from.len());
    Some(from[..end].trim_end_matches(['.', ',']))
}

impl Notification {
    /// What is said of a file: how far it was analysed, where that is not all of it, and what else there is to know.
    fn of(row: &FileRow) -> impl Iterator<Item = Notification> {
        let coverage = match &row.coverage {
            Coverage::Analysed => None,
            Coverage::Partly(reason) => Some(("warning", format!("partly analysed: {reason}"))),
            Coverage::Skipped(reason) => Some(("error", format!("not analysed: {reason}"))),
            Coverage::Foreign(reason) => Some(("note", format!("not analysed: {reason}"))),
        };
        let notes = row.notes.iter().map(|note| ("note", note.clone()));
        coverage.into_iter().chain(notes).map(|(level, text)| {
            let physical_location =
                PhysicalLocation { artifact_location: ArtifactLocation::new(&row.file), region: None };
            Notification {
                level,
                message: Message { text },
                locations: vec![Location { id: None, physical_location, logical_locations: Vec::new(), message: None }],
            }
        })
    }
}

impl<'a> RunResult<'a> {
    fn new(found: &'a Found, rules: &[&'static Rule]) -> RunResult<'a> {
        let mut text = found.message.clone();
        let codes = found.rule.azure_codes.iter().filter_map(|name| codes::code(name));
        let more = [
            codes.map(|code| format!("{}: {}", code.name, code.text)).collect::<Vec<_>>().join("\n"),
            found.when.as_ref().map(|when| format!("When: {when}.")).unwrap_or_default(),
            found.advice.clone().unwrap_or_default(),
        ];
        for part in more.iter().filter(|part| !part.is_empty()) {
            text.push('\n');
            text.push_str(part);
        }
        let subject = &found.subject;
        let logical = subject.address.as_ref().or(subject.name.as_ref());
        let mut location = Location::new(&found.at, None);
        location.logical_locations.push(LogicalLocation {
            name: logical.cloned(),
            fully_qualified_name: match logical {
                Some(name) => format!("{}/{name}", subject.kind),
                None => subject.kind.clone(),
            },
            kind: "resource",
        });
        RunResult {
            rule_id: found.rule.name,
            rule_index: rules.iter().position(|rule| rule.name == found.rule.name),
            level: level(found.severity),
            message: Message { text },
            locations: [location],
            related_locations: found
                .related
                .iter()
                .enumerate()
                .map(|(index, (spot, words))| Location {
                    id: Some(index + 1),
                    ..Location::new(spot, Some(words.clone()))
                })
                .collect(),
            partial_fingerprints: BTreeMap::from([("backuplint/v1", found.fingerprint())]),
            fixes: found.fixes.iter().filter(|fix| !fix.edits.is_empty()).map(Fix::new).collect(),
        }
    }
}

impl Location {
    fn new(spot: &Spot, message: Option<String>) -> Location {
        Location {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::new(&spot.file),
                region: Some(Region::new(spot.start, spot.end)),
            },
            logical_locations: Vec::new(),
            message: message.map(|text| Message { text }),
        }
    }
}

impl Region {
    fn new(start: Position, end: Position) -> Region {
        Region {
            start_line: start.line + 1,
            start_column: start.character + 1,
            end_line: end.line + 1,
            end_column: end.character + 1,
        }
    }
}

impl ArtifactLocation {
    /// A path as a URI: relative to where backuplint was started, if it was given so.
    fn new(file: &str) -> ArtifactLocation {
        let mut uri = String::new();
        let file = file.replace('\\', "/");
        let is_absolute = file.starts_with('/') || file.as_bytes().get(1) == Some(&b':');
        if is_absolute {
            uri.push_str("file://");
            if !file.starts_with('/') {
                uri.push('/');
            }
        }
        for byte in file.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
                // A colon in the first step would make a scheme of it.
                _ => uri.push_str(&format!("%{byte:02X}")),
            }
        }
        ArtifactLocation { uri }
    }
}

impl<'a> Fix<'a> {
    fn new(remedy: &'a Remedy) -> Fix<'a> {
        let mut changes: Vec<(&str, Vec<Replacement>)> = Vec::new();
        for edit in &remedy.edits {
            let replacement = Replacement {
                deleted_region: Region::new(edit.start, edit.end),
                inserted_content: Content { text: &edit.text },
            };
            match changes.iter_mut().find(|(file, _)| *file == edit.file) {
                Some((_, replacements)) => replacements.push(replacement),
                None => changes.push((&edit.file, vec![replacement])),
            }
        }
        Fix {
            description: Message { text: remedy.title.clone() },
            artifact_changes: changes
                .into_iter()
                .map(|(file, replacements)| ArtifactChange {
                    artifact_location: ArtifactLocation::new(file),
                    replacements,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Format;
    use crate::report::samples;

    fn schema() -> jsonschema::Validator {
        // As published by OASIS, but for the one pattern in it that is no regular expression.
        let schema = include_str!("../../../tests/data/sarif-schema-2.1.0.json")
            .replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
        jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
    }

    #[test]
    fn holds_against_the_official_schema() {
        let mut report = samples::report(&samples::too_large());
        for coverage in [Coverage::Partly("x".into()), Coverage::Skipped("y".into()), Coverage::Foreign("z".into())] {
            report.files.push(FileRow {
                file: "dir with blank/ü#.json".to_owned(),
                format: Format::Foreign,
                coverage,
                resources: 0,
                unknown: 0,
                notes: Vec::new(),
            });
        }
        let written: serde_json::Value = serde_json::from_str(&render(&report).unwrap()).unwrap();
        let faults: Vec<String> =
            schema().iter_errors(&written).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(faults, Vec::<String>::new());

        let result = &written["runs"][0]["results"][0];
        assert_eq!(result["level"], "warning");
        assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "4095");
        assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 7);
        let invocation = &written["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let place = &invocation["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dir%20with%20blank/%C3%BC%23.json");
    }

    #[test]
    fn an_empty_report_holds_too() {
        let report = Report { profile: "all".to_owned(), findings: Vec::new(), files: Vec::new() };
        let written = serde_json::from_str(&render(&report).unwrap()).unwrap();
        assert!(schema().is_valid(&written));
    }

    #[test]
    fn the_first_link_of_a_page() {
        assert_eq!(
            first_link("See [x](https://learn.microsoft.com/a/b) and https://learn.microsoft.com/c."),
            Some("https://learn.microsoft.com/a/b")
        );
        assert_eq!(first_link("none"), None);
    }
}
