//! From one entry document to findings with fixes: reading, rules, merging, severities, verified edits.
//!
//! Pure: files come in through [`Files`], nothing is printed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::document::Document;
use crate::input::{Environment, Files, Format};
use crate::profile::Choice;
use crate::rules::{Applicability, Finding, Severity};
use crate::text::{Edits, FileId, Place};

/// How to analyse.
#[derive(Clone, Debug)]
pub struct Options {
    pub profile: Choice,
    /// What the user decided per rule; `None` is off.
    pub severities: BTreeMap<String, Option<Severity>>,
    pub environment: Environment,
    /// This parameter file and no other.
    pub parameters: Option<PathBuf>,
    /// Globs of parameter files by glob of template, beside those found by name.
    pub pairings: Vec<(String, String)>,
}

/// The outcome for one entry document.
pub struct Analysis {
    /// Every document that was looked at, the entry first. Places refer to these.
    pub documents: Vec<Arc<Document>>,
    /// Sorted by place.
    pub findings: Vec<Reported>,
    pub format: Format,
    pub status: Status,
    /// Resources that would be deployed.
    pub resources: usize,
    /// Values that stay unknown.
    pub unknown: usize,
    /// The linked estates, one per parameter file, for hovers.
    pub estates: Vec<crate::model::estate::Estate>,
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

impl Analysis {
    /// The document that a place lies in.
    pub fn document(&self, place: Place) -> &Arc<Document> {
        self.documents.iter().find(|document| document.file == place.file).unwrap_or(&self.documents[0])
    }
}

/// Analyses what `entry` starts: a template with its parameter files and linked templates, or a plan.
///
/// `stop` ends the run early, between rules; what was found until then is returned.
pub fn analyse(entry: &Arc<Document>, files: &dyn Files, options: &Options, stop: &AtomicBool) -> Analysis {
    let _ = (files, options, stop);
    Analysis {
        documents: vec![entry.clone()],
        findings: Vec::new(),
        format: Format::Foreign,
        status: Status::Foreign,
        resources: 0,
        unknown: 0,
        estates: Vec::new(),
    }
}
