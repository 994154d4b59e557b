//! Files that Bicep built: from places in the JSON to the places in the source where a person would change them.
//!
//! `bicep build` writes no map. A place is found by names (parameters, variables, symbols, properties) and then
//! verified: what is written there must compile to what stands in the JSON. What cannot be verified stays in the JSON.
//! Sources are read through [`Files`]; no compiler is called.

mod compare;
mod given;
mod loaded;
mod source;
mod template;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::document::Document;
use crate::input::{Files, Format, detect};
use crate::json::{Node, Step};
use crate::text::{FileId, Place, Span};

/// Where the places of built files are written.
#[derive(Default)]
pub struct Map {
    found: HashMap<Place, Found>,
    /// Every source that something was found in, or that says something else.
    pub documents: Vec<Arc<Document>>,
    /// Built files, each with the sources that say something else by now.
    pub outdated: Vec<(Arc<Document>, Arc<Document>)>,
}

/// What became of the search for a place.
type Found = Result<Written, Lost>;

/// A place in a source, and how it belongs to the built file.
#[derive(Clone)]
pub struct Written {
    pub place: Place,
    /// The file that the template, or the parameter file, is compiled from; `place` may lie in one that it imports.
    pub compiled: FileId,
    /// The way to the built value from that template.
    pub steps: Vec<Step>,
}

/// Why a place has no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The source says something else: the build is older.
    Outdated,
    /// There is no source at hand, or no telling.
    Unknown,
}

impl Map {
    /// The source of a place in a built file.
    pub fn source(&self, place: Place) -> Option<&Written> {
        self.found.get(&place)?.as_ref().ok()
    }

    /// The source says something else than the built file does at this place.
    pub fn is_outdated(&self, place: Place) -> bool {
        matches!(self.found.get(&place), Some(Err(Lost::Outdated)))
    }

    /// How many built places come from a place in a source.
    pub fn built_from(&self, source: Place) -> usize {
        self.found.values().filter(|found| found.as_ref().is_ok_and(|written| written.place == source)).count()
    }

    pub fn document(&self, file: FileId) -> Option<&Arc<Document>> {
        self.documents.iter().find(|document| document.file == file)
    }
}

/// Finds the sources of places in built files. Places in other files are passed over.
pub fn map(documents: &[Arc<Document>], places: &[Place], files: &dyn Files) -> Map {
    let mut by_file: HashMap<FileId, Vec<Span>> = HashMap::new();
    for place in places {
        by_file.entry(place.file).or_default().push(place.span);
    }
    let search = Search::new(files);
    for document in documents.iter().filter(|document| document.embedded_at.is_none()) {
        let Some(spans) = by_file.remove(&document.file) else { continue };
        let Some(root) = document.root() else { continue };
        let source = match detect(document) {
            Format::BicepTemplate => source::of_template(document, root, files),
            Format::ArmParameters => source::of_parameters(document, root, files),
            _ => None,
        };
        let Some(source) = source else { continue };
        let wants = spans.into_iter().map(|span| {
            let steps = root.path_to(span);
            Want { place: Place { file: document.file, span }, at: 0, steps }
        });
        let wants: Vec<Want> = wants.collect();
        let side = Side { document, source: &source };
        match detect(document) {
            Format::ArmParameters => given::locate(&search, side, root, &wants),
            _ => template::locate(&search, side, root, wants, 0),
        }
    }
    search.map.into_inner()
}

/// The templates of a built file that come from one source: the file's own, or the modules in it, as nodes.
pub fn templates<'j>(built: &'j Document, source: FileId, files: &dyn Files) -> Vec<Node<'j>> {
    let mut found = Vec::new();
    if let Some(root) = built.root()
        && let Some(document) = source::of_template(built, root, files)
    {
        template::of_source(root, &document, source, files, &mut found, 0);
    }
    found
}

/// A place that is looked for.
struct Want {
    place: Place,
    steps: Vec<Step>,
    /// So many steps lead to the template that is looked at.
    at: usize,
}

impl Want {
    fn rest(&self) -> &[Step] {
        &self.steps[self.at..]
    }
}

/// A built file, or a part of it, and what it is compiled from.
#[derive(Clone, Copy)]
struct Side<'a> {
    document: &'a Arc<Document>,
    source: &'a Arc<Document>,
}

struct Search<'f> {
    files: &'f dyn Files,
    map: RefCell<Map>,
    /// The file that said something else, where that is one that the template's source imports or loads.
    blamed: RefCell<Option<Arc<Document>>>,
}

impl<'f> Search<'f> {
    fn new(files: &'f dyn Files) -> Search<'f> {
        Search { files, map: RefCell::default(), blamed: RefCell::default() }
    }

    /// Takes in what was found: a span of a document, the source itself or one that it names.
    fn answer(&self, side: Side, want: &Want, found: Result<(Arc<Document>, Span), Lost>) {
        let mut map = self.map.borrow_mut();
        let blamed = self.blamed.take();
        let found = match found {
            Ok((document, span)) => {
                let place = document.place(span);
                add(&mut map.documents, &document);
                Ok(Written { place, compiled: side.source.file, steps: want.rest().to_vec() })
            }
            // In a text that somebody is typing, what is missing may be there in a moment.
            Err(Lost::Outdated) if !side.source.is_json() && !side.source.bicep().errors.is_empty() => {
                add(&mut map.documents, side.source);
                Err(Lost::Unknown)
            }
            Err(lost) => {
                if lost == Lost::Outdated {
                    map.is_older(Side { source: blamed.as_ref().unwrap_or(side.source), ..side });
                }
                Err(lost)
            }
        };
        map.found.insert(want.place, found);
    }
}

impl Map {
    fn is_older(&mut self, side: Side) {
        let known = |(built, source): &(Arc<Document>, Arc<Document>)| {
            built.file == side.document.file && source.file == side.source.file
        };
        if !self.outdated.iter().any(known) {
            self.outdated.push((side.document.clone(), side.source.clone()));
            add(&mut self.documents, side.source);
        }
    }
}

fn add(documents: &mut Vec<Arc<Document>>, document: &Arc<Document>) {
    if !documents.iter().any(|known| known.file == document.file) {
        documents.push(document.clone());
    }
}

/// The file that a path in a source means; `None` for what lies in a registry, or cannot be read.
fn load(from: &Document, path: &str, files: &dyn Files) -> Option<Arc<Document>> {
    let elsewhere = path.contains(':') || path.starts_with('/') || path.contains('\\');
    let folder = from.path.parent().filter(|_| !elsewhere)?;
    files.document(&folder.join(Path::new(path))).ok()
}

/// The node at the end of a way down.
pub fn at<'j>(template: Node<'j>, steps: &[Step]) -> Option<Node<'j>> {
    steps.iter().try_fold(template, template::child)
}
