//! The report as one JSON object, whose schema is `schemas/report.schema.json`.

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::report::{Coverage, FileRow, Found, Remedy, Replacement, Report, Spot, escape};
use crate::rules::{Applicability, Severity};
use crate::text::{Position, Span};

/// What backuplint found.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Report of backuplint", rename = "Report")]
pub struct Document {
    /// Raised when a reader of the version before would go wrong.
    version: u32,
    /// The profiles that were asked for: `all`, `current`, a profile's name, or `mixed` where files differ.
    profile: String,
    /// Sorted by file and place.
    findings: Vec<Finding>,
    /// What became of each file.
    files: Vec<File>,
}

/// A configuration that will make a backup fail.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule: &'static str,
    severity: Severity,
    message: String,
    /// Error codes of Azure Backup that follow.
    azure_codes: &'static [&'static str],
    /// The dated profiles of the documentation that object, oldest first.
    profiles: Vec<&'static str>,
    #[serde(flatten)]
    at: Place,
    resource: Resource,
    /// For a plan: the path inside of the resource, in Terraform's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    /// Places that have to do with it.
    related: Vec<Related>,
    fixes: Vec<Fix>,
}

/// A range of a file.
#[derive(Serialize, JsonSchema)]
struct Place {
    file: String,
    /// The JSON pointer of the innermost value around it, where the file is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    start: Point,
    /// Behind the last character.
    end: Point,
    span: Bytes,
}

/// Both counted from 1, the column in Unicode characters.
#[derive(Serialize, JsonSchema)]
struct Point {
    line: u32,
    column: u32,
}

/// Bytes of the file's text in UTF-8, the end not included.
#[derive(Serialize, JsonSchema)]
struct Bytes {
    start: u32,
    end: u32,
}

/// The resource that the finding is about.
#[derive(Serialize, JsonSchema)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The address in Terraform, else the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// A place that has to do with a finding.
#[derive(Serialize, JsonSchema)]
struct Related {
    #[serde(flatten)]
    at: Place,
    message: String,
}

/// A change after which the finding is gone.
#[derive(Serialize, JsonSchema)]
struct Fix {
    title: String,
    applicability: Freedom,
    edits: Vec<Edit>,
}

/// `safe`: same intent, nothing lost at deployment. `unsafe`: only when asked for. `display`: words only.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Freedom {
    Safe,
    Unsafe,
    Display,
}

/// Puts a text in the place of another.
#[derive(Serialize, JsonSchema)]
struct Edit {
    file: String,
    span: Bytes,
    text: String,
}

/// How far a file was analysed.
#[derive(Serialize, JsonSchema)]
struct File {
    file: String,
    /// `arm-template`, `bicep-template`, `arm-parameters`, `terraform-plan`, `terraform-state` or `other`.
    format: &'static str,
    status: Status,
    /// Why it was not analysed, or not wholly.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Resources that would be deployed.
    resources: usize,
    /// Values that stay unknown.
    unknown: usize,
    /// What is to be known of the whole file: that its source says something else by now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// `foreign`: named by the user, but neither a template nor a plan.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Analysed,
    Partly,
    Skipped,
    Foreign,
}

/// The JSON Schema of the report.
pub fn schema() -> Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document>()
}

/// The report as text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    escape::json(&Document {
        version: 1,
        profile: report.profile.clone(),
        findings: report.findings.iter().map(Finding::new).collect(),
        files: report.files.iter().map(File::new).collect(),
    })
}

impl Finding {
    fn new(found: &Found) -> Finding {
        let subject = &found.subject;
        Finding {
            rule: found.rule.name,
            severity: found.severity,
            message: found.message.clone(),
            azure_codes: found.rule.azure_codes,
            profiles: found.profiles.clone(),
            at: Place::new(&found.at),
            resource: Resource {
                kind: subject.kind.clone(),
                name: subject.name.clone(),
                address: subject.address.clone().or_else(|| subject.name.clone()),
            },
            attribute: found.attribute.clone(),
            related: found
                .related
                .iter()
                .map(|(spot, message)| Related { at: Place::new(spot), message: message.clone() })
                .collect(),
            fixes: found.fixes.iter().map(Fix::new).collect(),
        }
    }
}

impl Place {
    fn new(spot: &Spot) -> Place {
        Place {
            file: spot.file.clone(),
            pointer: spot.pointer.clone(),
            start: Point::new(spot.start),
            end: Point::new(spot.end),
            span: Bytes::new(spot.span),
        }
    }
}

impl Point {
    fn new(position: Position) -> Point {
        Point { line: position.line + 1, column: position.character + 1 }
    }
}

impl Bytes {
    fn new(span: Span) -> Bytes {
        Bytes { start: span.start, end: span.end }
    }
}

impl Fix {
    fn new(remedy: &Remedy) -> Fix {
        Fix {
            title: remedy.title.clone(),
            applicability: match remedy.applicability {
                Applicability::Safe => Freedom::Safe,
                Applicability::Unsafe => Freedom::Unsafe,
                Applicability::Display => Freedom::Display,
            },
            edits: remedy.edits.iter().map(Edit::new).collect(),
        }
    }
}

impl Edit {
    fn new(replacement: &Replacement) -> Edit {
        Edit { file: replacement.file.clone(), span: Bytes::new(replacement.span), text: replacement.text.clone() }
    }
}

impl File {
    fn new(row: &FileRow) -> File {
        let (status, reason) = match &row.coverage {
            Coverage::Analysed => (Status::Analysed, None),
            Coverage::Partly(reason) => (Status::Partly, Some(reason)),
            Coverage::Skipped(reason) => (Status::Skipped, Some(reason)),
            Coverage::Foreign(reason) => (Status::Foreign, Some(reason)),
        };
        File {
            file: row.file.clone(),
            format: row.format.name(),
            status,
            reason: reason.cloned(),
            resources: row.resources,
            unknown: row.unknown,
            notes: row.notes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    #[test]
    fn one_object() {
        let report = samples::report(&samples::too_large());
        expect![[r#"
            {
              "version": 1,
              "profile": "all",
              "findings": [
                {
                  "rule": "disk-size-over-backup-limit",
                  "severity": "warning",
                  "message": "disk is 8192 GB; the limit was 4095 GB (2019-07)",
                  "azureCodes": [
                    "UserErrorUnsupportedDiskSize"
                  ],
                  "profiles": [
                    "2019-07"
                  ],
                  "file": "main.json",
                  "pointer": "/parameters/size/defaultValue",
                  "start": {
                    "line": 2,
                    "column": 60
                  },
                  "end": {
                    "line": 2,
                    "column": 64
                  },
                  "span": {
                    "start": 61,
                    "end": 65
                  },
                  "resource": {
                    "type": "Microsoft.Compute/disks",
                    "name": "data1",
                    "address": "data1"
                  },
                  "related": [
                    {
                      "file": "main.json",
                      "pointer": "/resources/0/properties/diskSizeGB",
                      "start": {
                        "line": 7,
                        "column": 56
                      },
                      "end": {
                        "line": 7,
                        "column": 78
                      },
                      "span": {
                        "start": 213,
                        "end": 235
                      },
                      "message": "the value is used here"
                    }
                  ],
                  "fixes": [
                    {
                      "title": "Shrink the disk to 4095 GB",
                      "applicability": "unsafe",
                      "edits": [
                        {
                          "file": "main.json",
                          "span": {
                            "start": 61,
                            "end": 65
                          },
                          "text": "4095"
                        }
                      ]
                    }
                  ]
                }
              ],
              "files": [
                {
                  "file": "main.json",
                  "format": "arm-template",
                  "status": "analysed",
                  "resources": 1,
                  "unknown": 2
                }
              ]
            }
        "#]]
        .assert_eq(&render(&report).unwrap());
    }
}
