//! One run: from an entry document to the diagnostics of every file that it is about.
//!
//! Pure but for the files that it reads; what to run and what to do with the outcome is decided in `state.rs`.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity};

use crate::check::{self, Analysis, Status};
use crate::config::{self, Config};
use crate::document::{Document, Language};
use crate::input::Format;
use crate::lsp::convert;
use crate::lsp::state::{Abilities, Job, Outcome};
use crate::lsp::workspace::{self, MAX_BYTES, Snapshot, Unread};
use crate::profile::Choice;

/// More diagnostics of one file than this help nobody.
const MAX_DIAGNOSTICS: usize = 1000;

/// Looks at an entry.
pub fn run(job: &Job) -> Outcome {
    let files = Snapshot::new(job);
    let found = look(job, &files);
    let (touched, listed) = files.into_traces();
    let Found { mut diagnostics, analysis, profile } = found;
    let documents = analysis.iter().flat_map(|analysis| &analysis.documents);
    let is_broken = |document: &Document| match document.language() {
        Language::Json => !document.json().well_formed,
        Language::Bicep => !document.bicep().errors.is_empty(),
        Language::Terraform => false,
    };
    let broken = documents.filter(|document| is_broken(document)).map(|document| document.path.clone()).collect();
    for of_file in diagnostics.values_mut() {
        limit(of_file);
    }
    let nothing = diagnostics.is_empty();
    Outcome { revision: job.revision, touched, listed, diagnostics, broken, analysis, nothing, profile }
}

/// The outcome of a run that ended in a fault of ours.
pub fn broken(entry: PathBuf, revision: u64) -> Outcome {
    let message = "backuplint could not look at this file because of an internal error, please report it";
    Outcome {
        revision,
        touched: HashSet::from([entry.clone()]),
        listed: HashSet::new(),
        diagnostics: BTreeMap::from([(entry, vec![convert::note("internal-error", message.to_owned())])]),
        broken: HashSet::new(),
        analysis: None,
        nothing: false,
        profile: None,
    }
}

#[derive(Default)]
struct Found {
    diagnostics: BTreeMap<PathBuf, Vec<Diagnostic>>,
    analysis: Option<Arc<Analysis>>,
    profile: Option<Choice>,
}

impl Found {
    fn of(path: &Path, diagnostics: Vec<Diagnostic>) -> Found {
        Found { diagnostics: BTreeMap::from([(path.to_owned(), diagnostics)]), ..Found::default() }
    }
}

fn look(job: &Job, files: &Snapshot) -> Found {
    let document = match &job.document {
        Some(document) if u64::from(document.text.len()) > MAX_BYTES => {
            return too_large(&job.entry, u64::from(document.text.len()), document.text.as_str().as_bytes());
        }
        Some(document) => document.clone(),
        None if !job.looks_at_closed() => return Found::default(),
        None => match files.entry_from_disk() {
            Ok(document) => document,
            Err(Unread::TooLarge { bytes, head }) => return too_large(&job.entry, bytes, &head),
            Err(Unread::Other) => return Found::default(),
        },
    };
    if job.entry.file_name().is_some_and(|name| name == config::FILE_NAME) {
        let folder = job.entry.parent().unwrap_or(&job.entry);
        let fault = Config::read(document.text.as_str(), folder).err();
        let faults = fault.map(|fault| convert::configuration_fault(&fault, &document, &job.client));
        return Found::of(&job.entry, faults.into_iter().collect());
    }
    if workspace::is_source(&job.entry) || is_toml(&job.entry) || job.stop.load(Ordering::Relaxed) {
        return Found::default();
    }
    let mut plan = workspace::plan(files, &job.entry, job.settings());
    plan.options.fixes = job.fixes;
    if plan.excluded {
        return Found::default();
    }
    let analysis = check::analyse_again(&document, files, &plan.options, &job.stop, job.before.as_deref());
    if analysis.status == Status::Foreign {
        return Found::default();
    }
    if job.document.is_none() && matches!(analysis.format, Format::ArmParameters | Format::TerraformState) {
        return Found::default(); // The template's own unit speaks of it.
    }
    let mut diagnostics = diagnostics(&analysis, &job.client);
    if let Some((document, fault)) = plan.fault {
        let fault = convert::configuration_fault(&fault, &document, &job.client);
        diagnostics.entry(document.path.clone()).or_default().push(fault);
    }
    Found { diagnostics, analysis: Some(Arc::new(analysis)), profile: Some(plan.options.profile) }
}

/// What the analysis says, by file. Files of ours without a fault have an empty list.
fn diagnostics(analysis: &Analysis, client: &Abilities) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut diagnostics: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for document in analysis.documents.iter().filter(|document| document.is_json()) {
        let errors = document.json().errors.iter().map(|error| convert::syntax_error(error, document, client));
        diagnostics.entry(document.path.clone()).or_default().extend(errors);
    }
    for reported in &analysis.findings {
        let path = &analysis.document(reported.finding.at).path;
        let diagnostic = convert::finding(reported, analysis, client);
        diagnostics.entry(path.clone()).or_default().push(diagnostic);
    }
    for problem in &analysis.problems {
        let document = analysis.document(problem.place);
        let range = convert::range(document, problem.place.span, client.encoding);
        let note = convert::note("deployment-problem", convert::inert(&problem.message));
        diagnostics.entry(document.path.clone()).or_default().push(Diagnostic { range, ..note });
    }
    for note in &analysis.notes {
        let Some(document) = analysis.documents.iter().find(|document| document.file == note.file) else { continue };
        let note = convert::note("older-than-source", convert::inert(&note.message));
        diagnostics.entry(document.path.clone()).or_default().push(note);
    }
    if let (Status::Skipped(why), Some(entry)) = (&analysis.status, analysis.documents.first()) {
        let note = convert::note("not-analysed", format!("not analysed: {}", convert::inert(why)));
        diagnostics.entry(entry.path.clone()).or_default().push(note);
    }
    diagnostics
}

/// One word on a file of ours that is too large; of any other, none.
fn too_large(entry: &Path, bytes: u64, head: &[u8]) -> Found {
    if !looks_like_ours(head) {
        return Found::default();
    }
    let message =
        format!("not analysed: {} MiB are over the limit of {} MiB", bytes.div_ceil(1 << 20), MAX_BYTES >> 20);
    Found::of(entry, vec![convert::note("file-too-large", message)])
}

/// Whether the beginning of a text is that of a template or plan.
fn looks_like_ours(text: &[u8]) -> bool {
    let head = &text[..text.len().min(64 << 10)];
    let holds = |needle: &str| memchr::memmem::find(head, needle.as_bytes()).is_some();
    let template = holds("schema.management.azure.com") && holds("eploymentTemplate.json");
    template || holds("\"format_version\"") && (holds("\"terraform_version\"") || holds("\"planned_values\""))
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

fn limit(diagnostics: &mut Vec<Diagnostic>) {
    let more = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
    if more == 0 {
        return;
    }
    diagnostics
        .sort_by_key(|diagnostic| (diagnostic.severity != Some(DiagnosticSeverity::ERROR), diagnostic.range.start));
    diagnostics.truncate(MAX_DIAGNOSTICS);
    diagnostics.push(convert::note("more-findings", format!("{more} more are not shown")));
}
