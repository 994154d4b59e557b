//! From proposals in the model's words to edits that are known to help.
//!
//! A fix is kept only if, applied in memory, the text parses, the finding is gone and no new one appears. Files that a
//! tool generates are never edited.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Analysis, Fix, Options, find, sources};
use crate::document::{Document, Language};
use crate::input::{self, Files, Format, bicep};
use crate::json::{Kind, Node, Step, edit, string};
use crate::rules::{Applicability, Change, Finding, Literal, Proposal};
use crate::text::{Edit, Edits, FileId, Place, Span, Text};

/// So many fixes are tried one by one where all at once do not hold.
const TRIES: usize = 64;

/// Attaches to every finding the fixes that hold.
pub(super) fn attach(
    analysis: &mut Analysis,
    map: &bicep::Map,
    entry: &Arc<Document>,
    files: &dyn Files,
    options: &Options,
    stop: &AtomicBool,
) {
    if matches!(analysis.format, Format::TerraformPlan | Format::TerraformState) {
        return;
    }
    let editable = analysis.documents.iter().filter(|document| is_editable(document, files));
    let editable = editable.map(|document| document.file).collect();
    let writer = Writer { analysis, map, files, editable, templates: RefCell::default() };
    let mut candidates: Vec<(usize, Candidate)> = Vec::new();
    for (index, reported) in analysis.findings.iter().enumerate() {
        let proposals =
            reported.finding.proposals.iter().filter(|proposal| proposal.applicability > Applicability::Display);
        let fixes = proposals.filter_map(|proposal| writer.candidate(&reported.finding, proposal));
        candidates.extend(fixes.map(|candidate| (index, candidate)));
    }
    if candidates.is_empty() {
        return;
    }
    let before = counts(analysis.findings.iter().map(|reported| &reported.finding));
    let tried = Tried { entry, files, options, stop, found: analysis, before: &before };
    let all: Vec<(&Finding, &Candidate)> =
        candidates.iter().map(|(index, candidate)| (&analysis.findings[*index].finding, candidate)).collect();
    let holding: Vec<bool> = match tried.holds(&all) {
        true => vec![true; all.len()],
        false => {
            all.iter().enumerate().map(|(index, one)| index < TRIES && tried.holds(std::slice::from_ref(one))).collect()
        }
    };
    for ((index, candidate), holds) in candidates.into_iter().zip(holding) {
        if holds {
            analysis.findings[index].fixes.push(candidate.fix);
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
    found: &'a Analysis,
    before: &'a HashMap<String, usize>,
}

impl Tried<'_> {
    /// Whether these fixes together take their findings away and bring nothing new.
    fn holds(&self, fixes: &[(&Finding, &Candidate)]) -> bool {
        let mut by_file: HashMap<FileId, Vec<Edit>> = HashMap::new();
        for (_, candidate) in fixes {
            for (file, edits) in &candidate.fix.edits {
                by_file.entry(*file).or_default().extend(edits.iter().cloned());
            }
            for (file, edit) in &candidate.built {
                by_file.entry(*file).or_default().push(edit.clone());
            }
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
            let Some(document) = self.found.of_file(*file) else { return false };
            let text = edits.apply(document.text.as_str());
            let new = Document::new(document.file, document.path.clone(), document.version, Text::new(text));
            let faults = |document: &Document| match document.language() {
                Language::Bicep => document.bicep().errors.len(),
                Language::Json | Language::Terraform => document.json().errors.len(),
            };
            if faults(&new) > faults(document) {
                return false;
            }
            changed.insert(document.path.clone(), Arc::new(new));
        }
        let entry = changed.get(&self.entry.path).unwrap_or(self.entry).clone();
        let overlay = Overlay { below: self.files, changed };
        let (after, _) = find(&entry, &overlay, self.options, self.stop, Some(self.found));
        if !self.still_built(fixes, &overlay.changed, &overlay) {
            return false;
        }
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

impl Tried<'_> {
    /// Whether the sources as they are then say what the built files as they are then say.
    fn still_built(
        &self,
        fixes: &[(&Finding, &Candidate)],
        changed: &HashMap<PathBuf, Arc<Document>>,
        overlay: &Overlay,
    ) -> bool {
        let kept = fixes.iter().flat_map(|(_, candidate)| &candidate.kept);
        let places: Option<Vec<Place>> = kept
            .map(|(file, pointer)| {
                let document = changed.values().find(|document| document.file == *file)?;
                Some(document.place(document.root()?.pointer_get(pointer)?.span()))
            })
            .collect();
        let Some(places) = places else { return false };
        let built: Vec<Arc<Document>> = changed.values().cloned().collect();
        let map = bicep::map(&built, &places, overlay);
        places.iter().all(|place| map.source(*place).is_some())
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

    fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        self.below.sources(folder)
    }
}

/// A fix that is to be tried.
struct Candidate {
    fix: Fix,
    /// What another build would change in the files that are built from what the fix changes.
    built: Vec<(FileId, Edit)>,
    /// Pointers to the built values that are changed so, and are then to be what the source says.
    kept: Vec<(FileId, String)>,
}

/// Turns proposals into edits.
struct Writer<'a> {
    analysis: &'a Analysis,
    map: &'a bicep::Map,
    files: &'a dyn Files,
    editable: Vec<FileId>,
    /// The templates in a built file that come from a source, by both.
    templates: RefCell<HashMap<(FileId, FileId), Vec<u32>>>,
}

impl Writer<'_> {
    /// `None` where a place lies in a file that must not be edited, or cannot be edited exactly.
    fn candidate(&self, finding: &Finding, proposal: &Proposal) -> Option<Candidate> {
        let mut by_file: HashMap<FileId, Vec<Edit>> = HashMap::new();
        let (mut built, mut kept) = (Vec::new(), Vec::new());
        for change in &proposal.changes {
            let place = change.place();
            let document = self.analysis.document(place);
            if document.file != place.file {
                return None;
            }
            let (file, edit) = match self.editable.contains(&place.file) {
                true => (place.file, edit_of(change, document.root()?, document)?),
                false => self.in_source(finding, change, document, &mut built, &mut kept)?,
            };
            by_file.entry(file).or_default().push(edit);
        }
        let mut edits: Vec<(FileId, Edits)> =
            by_file.into_iter().map(|(file, edits)| Some((file, Edits::new(edits)?))).collect::<Option<_>>()?;
        edits.sort_by_key(|(file, _)| *file);
        let fix = Fix { title: proposal.title.clone(), applicability: proposal.applicability, edits };
        Some(Candidate { fix, built, kept })
    }

    fn templates<'d>(&self, document: &'d Document, source: FileId) -> Vec<Node<'d>> {
        let mut known = self.templates.borrow_mut();
        let indexes = known
            .entry((document.file, source))
            .or_insert_with(|| bicep::templates(document, source, self.files).into_iter().map(Node::index).collect());
        let tree = &document.json().tree;
        indexes.iter().map(|index| tree.node(document.text.as_str(), *index)).collect()
    }

    /// The edit of the source of a built file, and what it changes in that: everywhere the source is used.
    fn in_source(
        &self,
        finding: &Finding,
        change: &Change,
        document: &Document,
        built: &mut Vec<(FileId, Edit)>,
        kept: &mut Vec<(FileId, String)>,
    ) -> Option<(FileId, Edit)> {
        let place = change.place();
        let written = self.map.source(place)?;
        let source = self.map.document(written.place.file)?;
        let edit = match source.language() {
            Language::Bicep if !source.transcoded && source.bicep().errors.is_empty() => {
                sources::edit(change, written.place, source)?
            }
            Language::Json if !source.transcoded && source.json().well_formed => {
                edit_of(&change.moved(written.place), source.root()?, source)?
            }
            Language::Bicep | Language::Json | Language::Terraform => return None,
        };
        let root = document.root()?;
        let templates = match input::detect(document) {
            Format::BicepTemplate => self.templates(document, written.compiled),
            _ => vec![root],
        };
        // A module that is used elsewhere too is not only of this finding.
        if templates.len() > 1 && templates.len() > self.map.built_from(finding.at) {
            return None;
        }
        let whole = root.find(place.span.start).span();
        for template in templates {
            let node = bicep::at(template, &written.steps)?;
            let shift = node.span().start.checked_sub(whole.start).filter(|_| whole.covers(place.span));
            let span = match shift {
                Some(shift) if whole != place.span && node.kind() == Kind::String => {
                    Span::new(place.span.start + shift, place.span.end + shift)
                }
                _ => node.span(),
            };
            built.push((document.file, edit_of(&change.moved(document.place(span)), root, document)?));
            if !matches!(change, Change::Remove(_)) {
                kept.push((document.file, root.pointer_of(node.span())));
            }
        }
        Some((source.file, edit))
    }
}

/// Written by a person, in the encoding it is read in, and whole.
fn is_editable(document: &Document, files: &dyn Files) -> bool {
    let from_bicepparam = || {
        let name = document.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.trim_end_matches(".json").trim_end_matches(".parameters").to_owned();
        files.document(&document.path.with_file_name(format!("{stem}.bicepparam"))).is_ok()
    };
    let format = input::detect(document);
    document.is_json()
        && !document.transcoded
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
                Kind::Array => edit::remove_item(parent, child),
                _ => edit::remove_member(parent, child),
            })
        }
        Change::Truncate(place, keep) => {
            let array = node_at(root, *place)?;
            let items: Vec<Node> = array.items().collect();
            let (last_kept, last) = (items.get(keep.checked_sub(1)?)?, items.last()?);
            let span = Span::new(last_kept.span().end, last.span().end);
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
