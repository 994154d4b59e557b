//! Findings as they are handed out: places as lines and columns, text cut down to what may be shown, one type for all
//! formats. This file and the formats below it turn an [`Analysis`] into text; they touch no file and no terminal.

pub mod escape;
pub mod json;
pub mod sarif;
pub mod show;
pub mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::check::{Analysis, Reported};
use crate::document::Document;
use crate::input::Format;
use crate::report::show::{Holder, Role, Shown};
use crate::rules::{Applicability, Rule, Severity, Source, Subject};
use crate::text::{Encoding, FileId, Place, Position, Span};

/// The outcome of a whole run.
pub struct Report {
    /// The profiles that were asked for: `all`, `current`, a profile's name, or `mixed` where files differ.
    pub profile: String,
    /// Sorted by file and place.
    pub findings: Vec<Found>,
    /// What became of each file, in the order of their names.
    pub files: Vec<FileRow>,
}

/// A finding that no longer needs the documents it was made of.
#[derive(Clone)]
pub struct Found {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub message: String,
    pub when: Option<String>,
    pub advice: Option<String>,
    /// The profiles that object, oldest first.
    pub profiles: Vec<&'static str>,
    pub at: Spot,
    pub subject: Subject,
    /// The path of the property in ARM's words.
    pub path: String,
    /// The path of the attribute in Terraform's words.
    pub attribute: Option<String>,
    pub related: Vec<(Spot, String)>,
    pub sources: Vec<Source>,
    pub fixes: Vec<Remedy>,
}

/// A place that a person can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The name of the file as it is shown.
    pub file: String,
    /// Where the file is JSON.
    pub pointer: Option<String>,
    /// Bytes.
    pub span: Span,
    /// Counted in characters from zero.
    pub start: Position,
    pub end: Position,
    pub shown: Shown,
}

/// A change that makes a finding go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    pub title: String,
    pub applicability: Applicability,
    pub edits: Vec<Replacement>,
}

/// One piece of text that replaces another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    pub file: String,
    pub span: Span,
    pub start: Position,
    pub end: Position,
    pub text: String,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    pub file: String,
    pub format: Format,
    pub coverage: Coverage,
    pub resources: usize,
    pub unknown: usize,
    /// What is to be known of the whole file.
    pub notes: Vec<String>,
}

/// How far a file was analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    Analysed,
    Partly(String),
    Skipped(String),
    /// Named by the user, but no file of ours.
    Foreign(String),
}

/// The findings of an analysis, ready to be handed out; `name` gives the name under which a document is shown.
pub fn found(analysis: &Analysis, name: &dyn Fn(&Document) -> String) -> Vec<Found> {
    let spots = Spots::new(analysis, name);
    analysis.findings.iter().map(|reported| spots.found(reported, analysis.format)).collect()
}

/// Puts findings in the order of files and places, each once: a linked template is read by itself too, and what it says
/// then is the same.
pub fn merge(mut findings: Vec<Found>) -> Vec<Found> {
    findings.sort_by(|a, b| a.order().cmp(&b.order()).then(b.severity.cmp(&a.severity)));
    findings.dedup_by(|later, earlier| later.order() == earlier.order());
    findings
}

impl Spot {
    /// The place without anything that is written there.
    fn without_text(self) -> Spot {
        let pointer = self.pointer.map(|pointer| show::without_foreign_keys(&pointer).to_owned());
        Spot { pointer, shown: Shown::default(), ..self }
    }
}

impl Found {
    /// What tells two findings apart, in the order they are shown.
    fn order(&self) -> impl Ord + use<'_> {
        let subject = self.subject.address.as_deref().unwrap_or(&self.subject.kind);
        (&self.at.file, self.at.span, self.rule.name, subject)
    }

    /// What stays the same when lines move: for tools that compare runs. Nothing that a file keeps secret goes in.
    pub fn fingerprint(&self) -> String {
        let subject = &self.subject;
        let name = subject.address.as_ref().or(subject.name.as_ref());
        let parts = [self.rule.name, &self.at.file, &subject.kind, name.map_or("", String::as_str), &self.path];
        // FNV-1a: the same on every machine and in every version.
        let hash = parts
            .join("\0")
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

/// All places of an analysis, looked up file by file in one walk each.
struct Spots<'a> {
    analysis: &'a Analysis,
    names: HashMap<FileId, String>,
    json: HashMap<Place, (String, Holder<'a>)>,
}

impl<'a> Spots<'a> {
    fn new(analysis: &'a Analysis, name: &dyn Fn(&Document) -> String) -> Spots<'a> {
        let mut places: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for reported in &analysis.findings {
            let finding = &reported.finding;
            for place in finding.related.iter().map(|(place, _)| *place).chain([finding.at]) {
                places.entry(place.file).or_default().push(place.span);
            }
        }
        let mut json = HashMap::new();
        // A template inside of a plan has no places of its own: its findings lie in the plan.
        let files = || analysis.documents.iter().filter(|document| document.embedded_at.is_none());
        for document in files() {
            let Some(spans) = places.remove(&document.file).filter(|_| document.is_json()) else { continue };
            let Some(root) = document.root() else { continue };
            let pointers = root.pointers(&spans);
            let holders = show::holders(root, &spans);
            for ((span, pointer), holder) in spans.into_iter().zip(pointers).zip(holders) {
                json.insert(Place { file: document.file, span }, (pointer, holder));
            }
        }
        let names = files().map(|document| (document.file, name(document))).collect();
        Spots { analysis, names, json }
    }

    fn found(&self, reported: &Reported, format: Format) -> Found {
        let finding = &reported.finding;
        let at = self.spot(finding.at, Role::Fault);
        let is_plan = matches!(format, Format::TerraformPlan | Format::TerraformState);
        let attribute = match &at.pointer {
            Some(pointer) if is_plan => attribute(pointer),
            _ => None,
        };
        Found {
            rule: finding.rule,
            severity: finding.severity,
            message: finding.message.clone(),
            when: finding.when.clone(),
            advice: finding.advice.clone(),
            profiles: reported.profiles.clone(),
            subject: finding.subject.clone(),
            path: finding.path.clone(),
            attribute: attribute.or_else(|| finding.attribute.clone()),
            related: finding
                .related
                .iter()
                .map(|(place, words)| (self.spot(*place, Role::Related), words.clone()))
                .collect(),
            sources: finding.sources.clone(),
            fixes: reported
                .fixes
                .iter()
                .map(|fix| Remedy {
                    title: fix.title.clone(),
                    applicability: fix.applicability,
                    edits: fix
                        .edits
                        .iter()
                        .flat_map(|(file, edits)| edits.iter().map(|edit| (*file, edit)))
                        .map(|(file, edit)| {
                            let document = self.document(file);
                            Replacement {
                                file: self.name(document),
                                span: edit.span,
                                start: document.text.position(edit.span.start, Encoding::Utf32),
                                end: document.text.position(edit.span.end, Encoding::Utf32),
                                text: edit.insert.clone(),
                            }
                        })
                        .collect(),
                })
                .collect(),
            at: if finding.secret { at.without_text() } else { at },
        }
    }

    fn spot(&self, place: Place, role: Role) -> Spot {
        let document = self.document(place.file);
        let text = &document.text;
        let end = place.span.end.min(text.len());
        let span = Span::new(place.span.start.min(end), end);
        let (pointer, shown) = match self.json.get(&place) {
            Some((pointer, holder)) => {
                let shown = show::of_json(text.as_str(), *holder, span, show::hides_keys(pointer), role);
                (Some(pointer.clone()), shown)
            }
            None if document.is_json() => (None, Shown::default()),
            None => (None, show::of_source(text, span, role)),
        };
        Spot {
            file: self.name(document),
            pointer,
            span,
            start: text.position(span.start, Encoding::Utf32),
            end: text.position(span.end, Encoding::Utf32),
            shown,
        }
    }

    fn document(&self, file: FileId) -> &'a Arc<Document> {
        self.analysis.document(Place { file, span: Span::new(0, 0) })
    }

    fn name(&self, document: &Document) -> String {
        self.names.get(&document.file).cloned().unwrap_or_default()
    }
}

/// The path inside of a resource that a pointer into a plan means: `…/values/os_disk/0/disk_size_gb` is
/// `os_disk[0].disk_size_gb`.
fn attribute(pointer: &str) -> Option<String> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let inside = steps.windows(3).enumerate().find_map(|(at, window)| match *window {
        ["resources", _, "values"] => Some(at + 3),
        ["resource_changes" | "resource_drift", _, "change"] => Some(at + 4),
        _ => None,
    })?;
    let mut path = String::new();
    for step in steps.get(inside..)? {
        match step.bytes().all(|byte| byte.is_ascii_digit()) {
            true => path.push_str(&format!("[{step}]")),
            false => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&step.replace("~1", "/").replace("~0", "~"));
            }
        }
    }
    (!path.is_empty()).then_some(path)
}

/// Analyses written by hand, for the tests of the formats.
#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::check::{Fix, Status};
    use crate::profile::Page;
    use crate::rules::{Base, Finding};
    use crate::text::{Edit, Edits, Text};

    pub static RULE: Rule = Rule {
        name: "disk-size-over-backup-limit",
        summary: "A disk is larger than Azure Backup supports.",
        severity: Base { y2019: Some(Severity::Error), today: Some(Severity::Error) },
        azure_codes: &["UserErrorUnsupportedDiskSize"],
        fix: "none",
        page: "# A disk is too large\n\nSee https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas for more.\n",
        check: |_, _| {},
    };

    pub const TEMPLATE: &str = r#"{
  "parameters": { "size": { "type": "int", "defaultValue": 8192 } },
  "resources": [
    {
      "type": "Microsoft.Compute/disks",
      "name": "data1",
      "properties": { "note": "hunter2", "diskSizeGB": "[parameters('size')]" }
    }
  ]
}
"#;

    pub fn document(text: &str) -> Arc<Document> {
        Arc::new(Document::new(FileId(0), "main.json", None, Text::new(text)))
    }

    /// The place of a piece of text, which must stand in it once.
    pub fn place(document: &Document, piece: &str) -> Place {
        let start = document.text.as_str().find(piece).unwrap() as u32;
        document.place(Span::new(start, start + piece.len() as u32))
    }

    pub fn finding(document: &Document, at: &str, message: &str) -> Finding {
        Finding {
            rule: &RULE,
            severity: Severity::Warning,
            message: message.to_owned(),
            when: Some("at the first backup".to_owned()),
            advice: Some("Use several smaller disks.".to_owned()),
            at: place(document, at),
            subject: Subject {
                kind: "Microsoft.Compute/disks".to_owned(),
                name: Some("data1".to_owned()),
                address: None,
            },
            subject_place: place(document, at),
            path: "properties.diskSizeGB".to_owned(),
            attribute: None,
            related: Vec::new(),
            sources: vec![Source { page: Page::Troubleshooting, dated: "2019-07-05".to_owned() }],
            proposals: Vec::new(),
            secret: false,
            conditional: false,
        }
    }

    pub fn analysis(document: &Arc<Document>, findings: Vec<Reported>) -> Analysis {
        let empty = Analysis::empty(document, Format::ArmTemplate, Status::Analysed);
        Analysis { findings, has_fixes: true, resources: 1, unknown: 2, ..empty }
    }

    /// One disk of 8192 GB, its size in a parameter's default.
    pub fn too_large() -> Analysis {
        let document = document(TEMPLATE);
        let mut finding = finding(&document, "8192", "disk is 8192 GB; the limit was 4095 GB (2019-07)");
        finding.related(place(&document, "\"[parameters('size')]\""), "the value is used here");
        let edits = Edits::from(Edit { span: finding.at.span, insert: "4095".to_owned() });
        let fix = Fix {
            title: "Shrink the disk to 4095 GB".to_owned(),
            applicability: Applicability::Unsafe,
            edits: vec![(document.file, edits)],
        };
        analysis(&document, vec![Reported { finding, profiles: vec!["2019-07"], fixes: vec![fix] }])
    }

    pub fn report(analysis: &Analysis) -> Report {
        Report {
            profile: "all".to_owned(),
            findings: merge(found(analysis, &|document| document.path.to_string_lossy().into_owned())),
            files: vec![FileRow {
                file: "main.json".to_owned(),
                format: analysis.format,
                coverage: Coverage::Analysed,
                resources: analysis.resources,
                unknown: analysis.unknown,
                notes: Vec::new(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_into_plans_are_attributes() {
        let path = |pointer| attribute(pointer);
        assert_eq!(
            path("/planned_values/root_module/child_modules/0/resources/12/values/os_disk/0/disk_size_gb").as_deref(),
            Some("os_disk[0].disk_size_gb")
        );
        assert_eq!(path("/resource_changes/3/change/after/lock_level").as_deref(), Some("lock_level"));
        assert_eq!(path("/planned_values/root_module/resources/12/values"), None);
        assert_eq!(path("/variables/size/value"), None);
    }

    #[test]
    fn a_finding_of_two_entries_is_shown_once() {
        let analysis = samples::too_large();
        let one = found(&analysis, &|_| "main.json".to_owned());
        let mut weaker = one.clone();
        weaker[0].severity = Severity::Hint;
        let merged = merge([weaker, one].concat());
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].severity, Severity::Warning);
    }

    #[test]
    fn fingerprints_survive_new_lines() {
        let before = samples::too_large();
        let text = format!("\n\n{}", samples::TEMPLATE);
        let document = samples::document(&text);
        let finding = samples::finding(&document, "8192", "another message");
        let after = samples::analysis(&document, vec![Reported { finding, profiles: Vec::new(), fixes: Vec::new() }]);
        let prints = |analysis| found(analysis, &|_| "main.json".to_owned())[0].fingerprint();
        assert_eq!(prints(&before), prints(&after));
    }
}
