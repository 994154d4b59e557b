//! What one reading of a template leaves for the next one: an edit of one resource need not evaluate all others again.
//!
//! The root template's list of resources is taken element by element. An element whose text is the same as before gives
//! the same resources as before, only that they may stand elsewhere: if the text outside of the list is the same too,
//! the parameters and surroundings are, and nothing in the element asked for another resource, said that something is
//! wrong, or opened a deployment.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::parameters::Arguments;
use super::{Context, Declared, Frame, Reader};
use crate::document::Document;
use crate::input::Environment;
use crate::json::{Kind, Node};
use crate::model::Resource;
use crate::text::{FileId, Place, Span};

/// An earlier reading of a template, without its resources.
pub struct Memory {
    entry: Arc<Document>,
    parameters: Option<Arc<Document>>,
    environment: Environment,
    list: Span,
    /// In the order of the text.
    elements: Vec<Element>,
}

/// An element of the list that can be taken over.
struct Element {
    span: Span,
    /// Among the resources of the reading.
    resources: Range<usize>,
    heads: Vec<Head>,
    /// Steps of evaluation.
    cost: u64,
}

/// What a declaration has beside its resource.
struct Head {
    /// Counted from the element's own node.
    node: u32,
    symbol: Option<String>,
    copy: Option<i64>,
}

/// An earlier reading whose elements can be asked for by their place in the text of now.
pub(super) struct Recall<'b> {
    memory: &'b Memory,
    resources: &'b [Resource],
    change: Change,
    /// Nothing that can be named in an element stands behind the list.
    list_is_last: bool,
}

/// An element of the list as it was taken in by this reading.
pub(super) struct Taken {
    pub span: Span,
    pub node: u32,
    pub declared: Vec<Rc<Declared>>,
    /// Steps of declaring it; `None` where more than its own text, and what all elements share, counts for it.
    pub cost: Option<u64>,
}

/// A moment of an evaluation.
pub(super) struct Moment {
    ripples: u64,
    steps: u64,
}

/// The one stretch in which a text differs from an earlier one.
#[derive(Clone, Copy)]
struct Change {
    file: FileId,
    start: u32,
    /// Its end in the earlier text, and in that of now.
    end_before: u32,
    end: u32,
}

impl Memory {
    /// Takes note of a reading that gave these resources. `None`: nothing of it can be taken over.
    pub(super) fn of(
        root: &Frame,
        environment: &Environment,
        taken: Vec<Taken>,
        resources: &[Rc<Declared>],
    ) -> Option<Memory> {
        let entry = &root.document;
        let parameters = match &root.arguments {
            Arguments::None => None,
            Arguments::File(file) => Some(file.clone()),
            Arguments::Passed { .. } | Arguments::Unknown => return None,
        };
        let list = list(entry)?.span();
        let mut elements = Vec::with_capacity(taken.len());
        let mut next = 0;
        for Taken { span, node, declared, cost } in taken {
            // What nested deployments declare stands between the elements.
            if let Some(first) = declared.first() {
                next += resources[next..].iter().position(|resource| Rc::ptr_eq(resource, first))?;
            }
            let resources = next..next + declared.len();
            next = resources.end;
            let costs = declared.iter().map(|declared| declared.cost.get().filter(|_| !declared.is_deployment()));
            if let Some(cost) = costs.chain([cost]).sum() {
                let head = |declared: &Rc<Declared>| Head {
                    node: declared.node - node,
                    symbol: declared.symbol.clone(),
                    copy: declared.copy,
                };
                elements.push(Element { span, resources, heads: declared.iter().map(head).collect(), cost });
            }
        }
        Some(Memory { entry: entry.clone(), parameters, environment: environment.clone(), list, elements })
    }

    /// What can be taken over for a reading of `entry` as it is now; `resources` are those of the earlier reading.
    pub(super) fn recall<'b>(
        &'b self,
        resources: &'b [Resource],
        entry: &Document,
        arguments: &Arguments,
        environment: &Environment,
    ) -> Option<Recall<'b>> {
        let same_parameters = match (arguments, &self.parameters) {
            (Arguments::None, None) => true,
            (Arguments::File(now), Some(before)) => Arc::ptr_eq(now, before),
            _ => false,
        };
        let is_same = same_parameters && entry.file == self.entry.file && *environment == self.environment;
        let list = list(entry).filter(|_| is_same)?;
        let change = Change::between(&self.entry, entry);
        let inside = |list: Span, end: u32| list.start < change.start && end < list.end;
        if !inside(self.list, change.end_before) || !inside(list.span(), change.end) {
            return None;
        }
        let members = entry.root().into_iter().flat_map(Node::members);
        let named = members.filter(|member| !member.name().eq_ignore_ascii_case("outputs"));
        let list_is_last = named.map(|member| member.value.span().end).max() <= Some(list.span().end);
        Some(Recall { memory: self, resources, change, list_is_last })
    }
}

/// The list of resources of a template that is well-formed.
fn list(entry: &Document) -> Option<Node<'_>> {
    entry.root().filter(|_| entry.json().well_formed)?.get_ignore_case("resources")
}

impl Recall<'_> {
    fn element(&self, span: Span) -> Option<&Element> {
        let before = self.change.before(span)?;
        let elements = &self.memory.elements;
        let index = elements.binary_search_by_key(&before.start, |element| element.span.start).ok()?;
        Some(&elements[index]).filter(|element| element.span == before)
    }

    fn resource(&self, index: usize, span: Span) -> Resource {
        let resource = &self.resources[index];
        let stays = self.change.end == self.change.end_before || span.end <= self.change.start && self.list_is_last;
        if stays { resource.clone() } else { resource.moved(&|place| self.change.moved(place)) }
    }
}

impl Reader<'_> {
    /// What an element of the root's list declared the last time, if that still holds. Its own symbol, which stands
    /// outside of it, is the one of now.
    pub(super) fn recalled(&self, frame: &Rc<Frame>, node: Node, symbol: Option<&str>) -> Option<Vec<Rc<Declared>>> {
        let recall = self.recall.as_ref().filter(|_| frame.number == 0 && node.kind() == Kind::Object)?;
        let element = recall.element(node.span())?;
        if !self.spend(element.cost) {
            return None;
        }
        let declare = |(index, head): (usize, &Head)| {
            let resource = recall.resource(index, node.span());
            Rc::new(Declared {
                document: frame.document.clone(),
                node: node.index() + head.node,
                symbol: if head.node == 0 { symbol.map(str::to_owned) } else { head.symbol.clone() },
                copy: head.copy,
                body: OnceCell::from(resource.body.clone()),
                resource,
                context: Context::of(frame),
                evaluating: Cell::new(false),
                nested: OnceCell::new(),
                cost: Cell::new(Some(0)),
            })
        };
        Some(element.resources.clone().zip(&element.heads).map(declare).collect())
    }

    pub(super) fn now(&self) -> Moment {
        Moment { ripples: self.ripples.get(), steps: self.steps.get() }
    }

    /// Steps since then; `None` where something concerned more than the value at hand.
    pub(super) fn cost(&self, since: Moment) -> Option<u64> {
        (self.ripples.get() == since.ripples).then(|| self.steps.get() - since.steps)
    }

    /// Takes note of something that concerns more than the value at hand: a look at another resource, a word on a fault.
    pub(super) fn ripple(&self) {
        self.ripples.set(self.ripples.get() + 1);
    }
}

impl Change {
    fn between(before: &Document, now: &Document) -> Change {
        let (old, new) = (before.text.as_str().as_bytes(), now.text.as_str().as_bytes());
        let start = prefix(old, new);
        let (old, new) = (&old[start..], &new[start..]);
        let end = suffix(old, new);
        let at = |length: usize| u32::try_from(start + length - end).unwrap_or(u32::MAX);
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        Change { file: now.file, start, end_before: at(old.len()), end: at(new.len()) }
    }

    /// Where a stretch of the text of now stood before, if it was the same.
    fn before(&self, span: Span) -> Option<Span> {
        let back = |offset: u32| offset - self.end + self.end_before;
        match span {
            _ if span.end <= self.start => Some(span),
            _ if span.start >= self.end => Some(Span::new(back(span.start), back(span.end))),
            _ => None,
        }
    }

    /// Where a place of the earlier text is now, if it is outside of the change or around it.
    fn moved(&self, place: Place) -> Place {
        let forth = |offset: u32| if offset >= self.end_before { offset - self.end_before + self.end } else { offset };
        match place.file == self.file {
            // What ends where the change starts has not moved, though an insertion starts and ends there.
            true if place.span.end <= self.start => place,
            true => Place { span: Span::new(forth(place.span.start), forth(place.span.end)), ..place },
            false => place,
        }
    }
}

/// So many bytes are compared at once.
const CHUNK: usize = 64;

/// How many bytes two texts have in common at their start.
fn prefix(a: &[u8], b: &[u8]) -> usize {
    let whole = CHUNK * a.chunks_exact(CHUNK).zip(b.chunks_exact(CHUNK)).take_while(|(a, b)| a == b).count();
    whole + a[whole..].iter().zip(&b[whole..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts have in common at their end.
fn suffix(a: &[u8], b: &[u8]) -> usize {
    let whole = CHUNK * a.rchunks_exact(CHUNK).zip(b.rchunks_exact(CHUNK)).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - whole], &b[..b.len() - whole]);
    whole + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}
