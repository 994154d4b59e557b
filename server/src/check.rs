//! From one entry document to findings with fixes: reading, rules, merging, severities, verified edits.
//!
//! Pure: files come in through [`Files`], nothing is printed.

mod fixes;
mod merge;
mod sources;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::document::Document;
use crate::input::arm::Memory;
use crate::input::bicep;
use crate::input::{self, Environment, Files, Format, Gap, Problem, Variant};
use crate::json::Severity as SyntaxSeverity;
use crate::model::Resource;
use crate::model::estate::Estate;
use crate::profile::Choice;
use crate::rules::{Applicability, Context, Finding, Findings, RULES, Severity};
use crate::text::{Edits, FileId, Place};
use crate::value::Value;

/// How to analyse.
#[derive(Clone, Debug)]
pub struct Options {
    pub profile: Choice,
    /// What the user decided per rule; `None` is off.
    pub severities: BTreeMap<String, Option<Severity>>,
    pub environment: Environment,
    /// This parameter file and no other.
    pub parameters: Option<PathBuf>,
    /// Globs of parameter files by glob of template, instead of those found by name.
    pub pairings: Vec<(String, String)>,
    /// Look for fixes too, which takes about as long as finding what they are for.
    pub fixes: bool,
}

/// The outcome for one entry document.
pub struct Analysis {
    /// Every document that was looked at, the entry first. Places refer to these.
    pub documents: Vec<Arc<Document>>,
    /// Sorted by place.
    pub findings: Vec<Reported>,
    /// Whether fixes were looked for.
    pub has_fixes: bool,
    pub format: Format,
    pub status: Status,
    /// Resources that would be deployed.
    pub resources: usize,
    /// Values that stay unknown.
    pub unknown: usize,
    /// What could not be read or decided, for those who ask.
    pub gaps: Vec<Gap>,
    /// What is wrong with the files beside that.
    pub problems: Vec<Problem>,
    /// Where a linked template is named, and which document that is.
    pub links: Vec<(Place, FileId)>,
    /// The variables and outputs of a template, by name, for each parameter file.
    pub values: Vec<(Arc<str>, Value)>,
    /// The linked estates, one per parameter file, for hovers.
    pub estates: Vec<Estate>,
    /// What is to be known of whole files.
    pub notes: Vec<Note>,
    /// How each of the estates was read, for the next look at the same file.
    pub(crate) memories: Vec<Option<Memory>>,
}

/// Something to know about a file, in words that quote no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub file: FileId,
    pub message: String,
}

/// How far a file was analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Analysed,
    /// Parts could not be read: why, in words.
    Partly(String),
    /// Nothing of it was analysed although it is a file of ours, or looks like one: why, in words.
    Skipped(String),
    /// Not a file of ours.
    Foreign,
}

/// A finding as it is shown: merged over profiles, parameter files and instances.
#[derive(Clone)]
pub struct Reported {
    pub finding: Finding,
    /// The profiles that object, oldest first.
    pub profiles: Vec<&'static str>,
    pub fixes: Vec<Fix>,
}

/// A verified change of files: applied, the text parses, the finding is gone and no new one appears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    pub applicability: Applicability,
    pub edits: Vec<(FileId, Edits)>,
}

/// Evaluation recurses with the nesting of templates and expressions; this is enough for every bound of it.
pub(crate) const STACK_BYTES: usize = 256 << 20;

impl Analysis {
    /// The document that a place lies in.
    pub fn document(&self, place: Place) -> &Arc<Document> {
        self.of_file(place.file).unwrap_or(&self.documents[0])
    }

    /// The document of that number, if it took part.
    pub fn of_file(&self, file: FileId) -> Option<&Arc<Document>> {
        self.documents.iter().find(|document| document.file == file)
    }

    /// How its estates were read, with the resources of each.
    fn readings(&self) -> Vec<(&Memory, &[Resource])> {
        let readings = self.memories.iter().zip(&self.estates);
        readings.filter_map(|(memory, estate)| Some((memory.as_ref()?, &estate.resources[..]))).collect()
    }

    pub(crate) fn empty(entry: &Arc<Document>, format: Format, status: Status) -> Analysis {
        Analysis {
            documents: vec![entry.clone()],
            findings: Vec::new(),
            has_fixes: false,
            format,
            status,
            resources: 0,
            unknown: 0,
            gaps: Vec::new(),
            links: Vec::new(),
            values: Vec::new(),
            problems: Vec::new(),
            estates: Vec::new(),
            notes: Vec::new(),
            memories: Vec::new(),
        }
    }
}

/// Analyses what `entry` starts: a template with its parameter files and linked templates, or a plan.
///
/// `stop` ends the run early, between rules; what was found until then is returned.
pub fn analyse(entry: &Arc<Document>, files: &dyn Files, options: &Options, stop: &AtomicBool) -> Analysis {
    analyse_again(entry, files, options, stop, None)
}

/// As [`analyse`], where `before` is what was found when the entry was looked at the last time: what has not changed
/// since is not evaluated again.
pub fn analyse_again(
    entry: &Arc<Document>,
    files: &dyn Files,
    options: &Options,
    stop: &AtomicBool,
    before: Option<&Analysis>,
) -> Analysis {
    with_stack(|| {
        let (mut analysis, map) = find(entry, files, options, stop, before);
        if options.fixes && !stop.load(Ordering::Relaxed) {
            fixes::attach(&mut analysis, &map, entry, files, options, stop);
            analysis.has_fixes = true;
        }
        analysis
    })
}

/// Runs where deep nesting does not overflow the stack.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_BYTES, STACK_BYTES, work)
}

/// The findings without their fixes, and where what is built by Bicep comes from.
fn find(
    entry: &Arc<Document>,
    files: &dyn Files,
    options: &Options,
    stop: &AtomicBool,
    before: Option<&Analysis>,
) -> (Analysis, bicep::Map) {
    let nothing = |format, status| (Analysis::empty(entry, format, status), bicep::Map::default());
    let format = input::detect(entry);
    let parameters = match (format, &options.parameters) {
        (Format::ArmTemplate | Format::BicepTemplate, Some(path)) => match files.document(path) {
            Ok(document) => vec![document],
            Err(reason) => {
                return nothing(format, Status::Skipped(format!("the parameter file cannot be read: {reason}")));
            }
        },
        (Format::ArmTemplate | Format::BicepTemplate, None) => input::parameter_files(entry, files, &options.pairings),
        (Format::Foreign, _) => return nothing(format, Status::Foreign),
        _ => Vec::new(),
    };
    let earlier = before.map(Analysis::readings).unwrap_or_default();
    let variants = match input::read(entry, format, &parameters, files, &options.environment, &earlier) {
        Ok(variants) => variants,
        Err(reason) => return nothing(format, Status::Skipped(reason)),
    };
    let mut analysis = Analysis::empty(entry, format, Status::Analysed);
    let mut runs = Vec::new();
    let mut broken_rules = Vec::new();
    let of = variants.len();
    for Variant { parameters, reading, documents } in variants {
        for document in documents {
            if !analysis.documents.iter().any(|known| known.file == document.file) {
                analysis.documents.push(document);
            }
        }
        let complete = reading.gaps.is_empty();
        analysis.resources =
            analysis.resources.max(reading.resources.iter().filter(|resource| !resource.existing).count());
        analysis.unknown =
            analysis.unknown.max(reading.resources.iter().map(|resource| resource.body.count_unknown()).sum());
        extend_new(&mut analysis.gaps, reading.gaps);
        extend_new(&mut analysis.problems, reading.problems);
        extend_new(&mut analysis.links, reading.links);
        analysis.values.extend(reading.values);
        let estate = Estate::new(reading.resources, reading.refusals, complete);
        let vms = estate.vms();
        for profile in options.profile.profiles() {
            let mut findings = Findings::default();
            for rule in RULES {
                if stop.load(Ordering::Relaxed) {
                    return (analysis, bicep::Map::default());
                }
                if options.severities.get(rule.name) == Some(&None) {
                    continue;
                }
                let mut of_rule = Findings::default();
                let context = Context { estate: &estate, vms: &vms, profile };
                match catch_unwind(AssertUnwindSafe(|| (rule.check)(&context, &mut of_rule))) {
                    Ok(()) => findings.list.extend(of_rule.list),
                    Err(_) => broken_rules.push(rule.name),
                }
            }
            runs.push(merge::Run {
                findings: findings.list,
                estate: analysis.estates.len(),
                profile: profile.name,
                parameters: parameters.clone(),
            });
        }
        drop(vms);
        analysis.estates.push(estate);
        analysis.memories.push(reading.memory);
    }
    let map = sources::find(&mut analysis, &mut runs, files);
    analysis.findings = merge::findings(runs, of, &analysis.estates, options);
    sources::name(&mut analysis, &map);
    analysis.status = status(&analysis, &broken_rules);
    (analysis, map)
}

fn extend_new<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}

fn status(analysis: &Analysis, broken_rules: &[&str]) -> Status {
    let mut reasons = Vec::new();
    for document in analysis.documents.iter().filter(|document| document.is_json()) {
        let errors = document.json().errors.iter().filter(|error| error.severity == SyntaxSeverity::Error).count();
        if errors > 0 {
            let name = document.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            reasons.push(format!("{name} is not well-formed JSON"));
        }
    }
    match &analysis.gaps[..] {
        [] => {}
        [gap] => reasons.push(gap.reason.clone()),
        [gap, ..] => reasons.push(format!("{} and {} more", gap.reason, analysis.gaps.len() - 1)),
    }
    for rule in broken_rules {
        reasons.push(format!("rule {rule} failed, which is a fault of backuplint"));
    }
    match reasons.is_empty() {
        true => Status::Analysed,
        false => Status::Partly(reasons.join("; ")),
    }
}
