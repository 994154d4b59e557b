//! From proposals in the model's words to edits that are known to help.
//!
//! A fix is kept only if, applied in memory, the text parses, the finding is gone and no new one appears. Files that a
//! tool generates are never edited.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Analysis, Fix, Options, find};
use crate::document::Document;
use crate::input::{self, Files};
use crate::json::{Node, Step, edit, string};
use crate::rules::{Applicability, Change, Finding, Literal, Proposal};
use crate::text::{Edit, Edits, FileId, Place, Text};

/// So many fixes are tried one by one where all at once do not hold.
const TRIES: usize = 64;

/// Attaches to every finding the fixes that hold.
pub(super) fn attach(
    analysis: &mut Analysis,
    entry: &Arc<Document>,
    files: &dyn Files,
    options: &Options,
    stop: &AtomicBool,
) {
    if analysis.format.is_generated() {
        return;
    }
    let editable: Vec<FileId> = analysis
        .documents
        .iter()
        .filter(|document| is_editable(document, files))
        .map(|document| document.file)
        .collect();
    let mut candidates: Vec<(usize, Fix)> = Vec::new();
    for (index, reported) in analysis.findings.iter().enumerate() {
        let proposals =
            reported.finding.proposals.iter().filter(|proposal| proposal.applicability > Applicability::Display);
        candidates
            .extend(proposals.filter_map(|proposal| edits(analysis, &editable, proposal)).map(|fix| (index, fix)));
    }
    if candidates.is_empty() {
        return;
    }
    let before = counts(analysis.findings.iter().map(|reported| &reported.finding));
    let tried = Tried { entry, files, options, stop, documents: &analysis.documents, before: &before };
    let all: Vec<(&Finding, &Fix)> =
        candidates.iter().map(|(index, fix)| (&analysis.findings[*index].finding, fix)).collect();
    let holding: Vec<bool> = match tried.holds(&all) {
        true => vec![true; all.len()],
        false => {
            all.iter().enumerate().map(|(index, one)| index < TRIES && tried.holds(std::slice::from_ref(one))).collect()
        }
    };
    for ((index, fix), holds) in candidates.into_iter().zip(holding) {
        if holds {
            analysis.findings[index].fixes.push(fix);
        }
    }
}

/// How often each finding is reported, places left aside as edits move them.
fn counts<'f>(findings: impl Iterator<Item = &'f Finding>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for finding in findings {
        *counts.entry(signature(finding)).or_default() += 1;
    }
    counts
}

fn signature(finding: &Finding) -> String {
    let subject = &finding.subject;
    format!("{}|{}|{:?}|{}|{}", finding.rule.name, subject.kind, subject.name, finding.path, finding.message)
}

struct Tried<'a> {
    entry: &'a Arc<Document>,
    files: &'a dyn Files,
    options: &'a Options,
    stop: &'a AtomicBool,
    documents: &'a [Arc<Document>],
    before: &'a HashMap<String, usize>,
}

impl Tried<'_> {
    /// Whether these fixes together take their findings away and bring nothing new.
    fn holds(&self, fixes: &[(&Finding, &Fix)]) -> bool {
        let mut by_file: HashMap<FileId, Vec<Edit>> = HashMap::new();
        for (file, edits) in fixes.iter().flat_map(|(_, fix)| &fix.edits) {
            by_file.entry(*file).or_default().extend(edits.iter().cloned());
        }
        // Several findings may ask for the same change.
        let edits = by_file.into_iter().map(|(file, mut edits)| {
            edits.sort_by(|a, b| (a.span, &a.insert).cmp(&(b.span, &b.insert)));
            edits.dedup();
            Some((file, Edits::new(edits)?))
        });
        let Some(edits) = edits.collect::<Option<HashMap<FileId, Edits>>>() else { return false };
        let mut changed: HashMap<PathBuf, Arc<Document>> = HashMap::new();
        for (file, edits) in &edits {
            let Some(document) = self.documents.iter().find(|document| document.file == *file) else { return false };
            let text = edits.apply(document.text.as_str());
            let new = Document::new(document.file, document.path.clone(), document.version, Text::new(text));
            if new.json().errors.len() > document.json().errors.len() {
                return false;
            }
            changed.insert(document.path.clone(), Arc::new(new));
        }
        let entry = changed.get(&self.entry.path).unwrap_or(self.entry).clone();
        let overlay = Overlay { below: self.files, changed };
        let after = find(&entry, &overlay, self.options, self.stop);
        let after = counts(after.findings.iter().map(|reported| &reported.finding));
        let mut expected = self.before.clone();
        for (finding, _) in fixes {
            if let Some(count) = expected.get_mut(&signature(finding)) {
                *count = count.saturating_sub(1);
            }
        }
        after.iter().all(|(finding, count)| expected.get(finding).is_some_and(|allowed| count <= allowed))
    }
}

/// Files of which some are changed in memory.
struct Overlay<'a> {
    below: &'a dyn Files,
    changed: HashMap<PathBuf, Arc<Document>>,
}

impl Files for Overlay<'_> {
    fn document(&self, path: &Path) -> Result<Arc<Document>, String> {
        let document = self.below.document(path)?;
        Ok(self.changed.get(&document.path).cloned().unwrap_or(document))
    }

    fn siblings(&self, path: &Path) -> Vec<PathBuf> {
        self.below.siblings(path)
    }
}

/// The edits of a proposal; `None` where a place lies in a file that must not be edited.
fn edits(analysis: &Analysis, editable: &[FileId], proposal: &Proposal) -> Option<Fix> {
    let mut by_file: HashMap<FileId, Vec<Edit>> = HashMap::new();
    for change in &proposal.changes {
        let (Change::Set(place, _) | Change::Truncate(place, _) | Change::Remove(place)) = change;
        let document = analysis.document(*place);
        if document.file != place.file || !editable.contains(&place.file) {
            return None;
        }
        let root = document.root()?;
        by_file.entry(place.file).or_default().push(edit_of(change, root, document)?);
    }
    let mut edits: Vec<(FileId, Edits)> =
        by_file.into_iter().map(|(file, edits)| Some((file, Edits::new(edits)?))).collect::<Option<_>>()?;
    edits.sort_by_key(|(file, _)| *file);
    Some(Fix { title: proposal.title.clone(), applicability: proposal.applicability, edits })
}

/// Written by a person, in the encoding it is read in, and whole.
fn is_editable(document: &Document, files: &dyn Files) -> bool {
    let from_bicepparam = || {
        let name = document.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.trim_end_matches(".json").trim_end_matches(".parameters").to_owned();
        files.document(&document.path.with_file_name(format!("{stem}.bicepparam"))).is_ok()
    };
    let format = input::detect(document);
    !document.transcoded
        && document.embedded_at.is_none()
        && document.json().well_formed
        && !format.is_generated()
        && !(format == input::Format::ArmParameters && from_bicepparam())
}

fn edit_of(change: &Change, root: Node, document: &Document) -> Option<Edit> {
    match change {
        Change::Set(place, literal) => {
            Some(Edit { span: place.span, insert: written(root, *place, literal, document)? })
        }
        Change::Remove(place) => {
            let (parent, child) = with_parent(root, *place)?;
            Some(match parent.kind() {
                crate::json::Kind::Array => edit::remove_item(parent, child),
                _ => edit::remove_member(parent, child),
            })
        }
        Change::Truncate(place, keep) => {
            let array = node_at(root, *place)?;
            let items: Vec<Node> = array.items().collect();
            let (last_kept, last) = (items.get(keep.checked_sub(1)?)?, items.last()?);
            let span = crate::text::Span::new(last_kept.span().end, last.span().end);
            Some(Edit { span, insert: String::new() })
        }
    }
}

/// The literal as it is written at a place: as JSON, or as part of an expression in a string.
fn written(root: Node, place: Place, literal: &Literal, document: &Document) -> Option<String> {
    let old = place.span.of(document.text.as_str());
    let whole = root.find(place.span.start).span() == place.span;
    Some(match (literal, whole) {
        // A number in quotes stays one: a parameter of type string would refuse another.
        (Literal::Int(int), true) if old.starts_with('"') => string::encode(&int.to_string()),
        (Literal::Int(int), _) => int.to_string(),
        (Literal::Text(text), true) => string::encode(text),
        (Literal::Text(text), false) => {
            let encoded = string::encode(&text.replace('\'', "''"));
            encoded.strip_prefix('"')?.strip_suffix('"')?.to_owned()
        }
    })
}

fn node_at<'a>(root: Node<'a>, place: Place) -> Option<Node<'a>> {
    with_parent(root, place).map(|(_, node)| node)
}

/// The value at exactly this place and what it is in.
fn with_parent<'a>(root: Node<'a>, place: Place) -> Option<(Node<'a>, Node<'a>)> {
    let mut parent = root;
    let mut node = root;
    for step in root.path_to(place.span) {
        parent = node;
        node = match step {
            Step::Name(name) => parent.get(&name)?,
            Step::Index(index) => parent.items().nth(index)?,
        };
    }
    (node.span() == place.span).then_some((parent, node))
}
