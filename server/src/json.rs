//! JSON as it is written: every value with the bytes it stands in, and what is wrong with the text.
//!
//! The dialect is that of ARM templates: comments, raw line breaks in strings and a byte order mark are fine, a comma
//! after the last item is worth a warning. Parsing never fails; what cannot be understood is [`Kind::Broken`].
//!
//! A [`Tree`] is one array of small slots in the order of the text, so that a plan of many megabytes costs one allocation
//! and no string. A slot knows where its subtree ends; an object holds a key and a value in turns.

pub mod edit;
mod read;
mod recover;
#[cfg(test)]
mod samples;
pub mod string;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::json::string::Decoded;
use crate::text::Span;

/// What a text says, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parsed {
    pub tree: Tree,
    /// In the order of the text.
    pub errors: Vec<SyntaxError>,
    /// Whether none of the errors is more than a warning.
    pub well_formed: bool,
}

impl Parsed {
    /// The outermost value, unless there is none; `text` is what was parsed.
    pub fn root<'a>(&'a self, text: &'a str) -> Option<Node<'a>> {
        (!self.tree.slots.is_empty()).then(|| self.tree.node(text, 0))
    }
}

/// A fault of the text as JSON. The message never repeats what the text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    pub span: Span,
    pub message: String,
    pub severity: Severity,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    Warning,
    Error,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
    /// Text that stands where a value should be and is none, or is nested too deeply.
    Broken,
}

/// The values of one text, outermost first.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tree {
    slots: Vec<Slot>,
}

impl Tree {
    /// The node that has this [`Node::index`]; `text` is what was parsed.
    pub fn node<'a>(&'a self, text: &'a str, index: u32) -> Node<'a> {
        Node { tree: self, text, index }
    }
}

/// A value, or the key of a member.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    tree: &'a Tree,
    text: &'a str,
    index: u32,
}

/// One property of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub key: Node<'a>,
    pub value: Node<'a>,
}

impl<'a> Member<'a> {
    pub fn name(self) -> Cow<'a, str> {
        self.key.string().unwrap_or_default()
    }

    /// From the key to the end of the value.
    pub fn span(self) -> Span {
        Span::new(self.key.span().start, self.value.span().end)
    }
}

/// One step down from an object or an array.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Name(String),
    Index(usize),
}

impl<'a> Node<'a> {
    pub fn span(self) -> Span {
        self.slot().span()
    }

    pub fn kind(self) -> Kind {
        self.slot().kind()
    }

    /// The node's place among all nodes of its tree, in the order of the text.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The node as it is written.
    pub fn raw(self) -> &'a str {
        self.span().of(self.text)
    }

    /// The nodes directly inside: the items of an array, the keys and values of an object.
    pub fn children(self) -> impl Iterator<Item = Node<'a>> {
        let end = self.slot().next();
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let node = (index < end).then(|| self.tree.node(self.text, index))?;
            index = node.slot().next();
            Some(node)
        })
    }

    /// The properties of an object; none of anything else.
    pub fn members(self) -> impl Iterator<Item = Member<'a>> {
        let is_object = self.kind() == Kind::Object;
        let mut nodes = self.children();
        std::iter::from_fn(move || {
            let key = is_object.then(|| nodes.next())??;
            let value = nodes.next()?;
            Some(Member { key, value })
        })
    }

    /// The items of an array; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        let is_array = self.kind() == Kind::Array;
        self.children().filter(move |_| is_array)
    }

    /// How many items or members there are. It counts them.
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Object => self.members().count(),
            Kind::Array => self.items().count(),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String | Kind::Broken => 0,
        }
    }

    pub fn is_empty(self) -> bool {
        self.children().next().is_none()
    }

    /// The value of the property with exactly this name; of several, the last.
    pub fn get(self, name: &str) -> Option<Node<'a>> {
        self.members().filter(|member| member.key.spells(name)).last().map(|member| member.value)
    }

    /// Like [`Node::get`], but if no property has exactly this name, the case of ASCII letters does not matter.
    pub fn get_ignore_case(self, name: &str) -> Option<Node<'a>> {
        let mut found = None;
        let mut found_exactly = false;
        for member in self.members() {
            let exactly = member.key.spells(name);
            if exactly || !found_exactly && member.key.spells_ignoring_case(name) {
                found = Some(member.value);
                found_exactly = exactly;
            }
        }
        found
    }

    /// The text that a string or key stands for.
    pub fn string(self) -> Option<Cow<'a, str>> {
        let inner = self.inner()?;
        Some(if self.slot().is_escaped() { string::decode(inner) } else { Cow::Borrowed(inner) })
    }

    /// The text that a string stands for, and where each part of it is written.
    pub fn decoded(self) -> Option<Decoded<'a>> {
        Some(Decoded::new(self.inner()?, self.span().start + 1))
    }

    /// A number that is written as a whole one and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self.kind() {
            Kind::Number => self.raw().parse().ok(),
            _ => None,
        }
    }

    /// The nearest number that a machine can hold, unless it is out of range.
    pub fn as_f64(self) -> Option<f64> {
        match self.kind() {
            Kind::Number => self.raw().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool => Some(self.raw() == "true"),
            _ => None,
        }
    }

    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The value at a [JSON pointer](https://www.rfc-editor.org/rfc/rfc6901) that starts here.
    pub fn pointer_get(self, pointer: &str) -> Option<Node<'a>> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, step| {
            let name = step.replace("~1", "/").replace("~0", "~");
            match node.kind() {
                Kind::Array => node.items().nth(name.parse().ok()?),
                _ => node.get(&name),
            }
        })
    }

    /// The deepest node at an offset, counting the one that ends there; this node if none inside is.
    pub fn find(self, offset: u32) -> Node<'a> {
        let mut node = self;
        loop {
            let inside = node.children().take_while(|child| child.span().start <= offset).last();
            match inside {
                Some(child) if offset <= child.span().end => node = child,
                _ => return node,
            }
        }
    }

    /// The way down to the deepest value that covers the span, where a key counts as its value.
    pub fn path_to(self, span: Span) -> Vec<Step> {
        let mut path = Vec::new();
        let mut node = self;
        loop {
            let member =
                node.members().find(|member| member.key.span().covers(span) || member.value.span().covers(span));
            let item = node.items().enumerate().find(|(_, item)| item.span().covers(span));
            match (member, item) {
                (Some(member), _) => {
                    path.push(Step::Name(member.name().into_owned()));
                    node = member.value;
                }
                (None, Some((index, item))) => {
                    path.push(Step::Index(index));
                    node = item;
                }
                (None, None) => return path,
            }
        }
    }

    /// [`Node::path_to`] as a JSON pointer.
    pub fn pointer_of(self, span: Span) -> String {
        let mut pointer = String::new();
        for step in self.path_to(span) {
            push_step(&mut pointer, &step);
        }
        pointer
    }

    /// [`Node::pointer_of`] for many spans in one walk.
    pub fn pointers(self, spans: &[Span]) -> Vec<String> {
        let mut order: Vec<usize> = (0..spans.len()).collect();
        order.sort_by_key(|&index| (spans[index].start, !spans[index].is_empty(), Reverse(spans[index].end)));

        let mut pointers = vec![String::new(); spans.len()];
        let mut pointer = String::new();
        let mut levels = vec![Level::new(self, 0)];
        for index in order {
            let span = spans[index];
            while levels.len() > 1 && levels.last().is_some_and(|level| level.is_before(span)) {
                levels.pop();
            }
            while let Some(level) = levels.last_mut()
                && let Some((step, child)) = level.step_towards(span)
            {
                pointer.truncate(level.pointer_len);
                push_step(&mut pointer, &step);
                levels.push(Level::new(child, pointer.len()));
            }
            let covering = levels.iter().rev().find(|level| level.node.span().covers(span));
            pointers[index] = pointer[..covering.map_or(0, |level| level.pointer_len)].to_owned();
        }
        pointers
    }

    fn slot(self) -> Slot {
        self.tree.slots[self.index as usize]
    }

    /// A string as it is written, without its quotes.
    fn inner(self) -> Option<&'a str> {
        match self.kind() {
            Kind::String => self.raw().get(1..self.span().len() as usize - 1),
            _ => None,
        }
    }

    fn spells(self, name: &str) -> bool {
        if self.slot().is_escaped() {
            return self.string().is_some_and(|text| text == name);
        }
        self.inner() == Some(name)
    }

    fn spells_ignoring_case(self, name: &str) -> bool {
        if self.slot().is_escaped() {
            return self.string().is_some_and(|text| text.eq_ignore_ascii_case(name));
        }
        self.inner().is_some_and(|text| text.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.span().start, self.span().end)
    }
}

/// The same node of the same tree.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl Eq for Node<'_> {}

impl Hash for Node<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.tree).hash(state);
        self.index.hash(state);
    }
}

fn push_step(pointer: &mut String, step: &Step) {
    pointer.push('/');
    match step {
        Step::Name(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => pointer.push_str(&index.to_string()),
    }
}

/// A node on the way down to a span, and how far its children have been passed.
struct Level<'a> {
    node: Node<'a>,
    /// The first child that may still cover a span, and how many are before it.
    child: u32,
    passed: usize,
    key: Option<Node<'a>>,
    pointer_len: usize,
}

impl<'a> Level<'a> {
    fn new(node: Node<'a>, pointer_len: usize) -> Level<'a> {
        Level { node, child: node.index + 1, passed: 0, key: None, pointer_len }
    }

    fn is_before(&self, span: Span) -> bool {
        let own = self.node.span();
        own.end <= span.start && !own.covers(span)
    }

    /// The child that covers the span. Spans have to come in the order of the text.
    fn step_towards(&mut self, span: Span) -> Option<(Step, Node<'a>)> {
        let is_object = self.node.kind() == Kind::Object;
        while self.child < self.node.slot().next() {
            let child = Node { index: self.child, ..self.node };
            if is_object && self.passed.is_multiple_of(2) {
                self.key = Some(child);
            }
            if child.span().covers(span) {
                let step = match self.key.and_then(Node::string) {
                    Some(name) => Step::Name(name.into_owned()),
                    None => Step::Index(self.passed),
                };
                return Some((step, child));
            }
            if child.span().end > span.start {
                return None;
            }
            self.child = child.slot().next();
            self.passed += 1;
        }
        None
    }
}

/// Reads a text. Never fails, never takes long, whatever the text is.
pub fn parse(text: &str) -> Parsed {
    let reading = read::read(text);
    match reading.fault {
        None => reading.parsed,
        Some(fault) => recover::recover(text, &reading.parsed, &fault).unwrap_or(reading.parsed),
    }
}

/// One node: where it is written, and in one number the index after its subtree, whether it has a backslash, its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Slot {
    start: u32,
    end: u32,
    packed: u32,
}

impl Slot {
    const KINDS: [Kind; 7] =
        [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object, Kind::Broken];
    const KIND_BITS: u32 = 0b0111;
    const ESCAPED: u32 = 0b1000;
    const NEXT_SHIFT: u32 = 4;

    fn new(kind: Kind, span: Span, next: usize) -> Slot {
        Slot { start: span.start, end: span.end, packed: (next as u32) << Slot::NEXT_SHIFT | kind as u32 }
    }

    fn span(self) -> Span {
        Span::new(self.start, self.end)
    }

    fn kind(self) -> Kind {
        Slot::KINDS[(self.packed & Slot::KIND_BITS) as usize]
    }

    fn next(self) -> u32 {
        self.packed >> Slot::NEXT_SHIFT
    }

    fn is_escaped(self) -> bool {
        self.packed & Slot::ESCAPED != 0
    }
}

/// Longer texts are not read: the index in a slot has 28 bits, and no node is shorter than a byte.
const MAX_LEN: usize = 1 << 28;

/// Deeper nesting than anyone writes.
const MAX_DEPTH: usize = 1000;

/// Nobody reads more.
const MAX_ERRORS: usize = 100;

/// Makes a tree from what a parser meets, in the order of the text.
struct Builder<'a> {
    text: &'a str,
    slots: Vec<Slot>,
    /// The containers around the next node, outermost first.
    open: Vec<u32>,
    errors: Vec<SyntaxError>,
    fingerprints: Vec<u64>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Builder<'a> {
        Builder { text, slots: Vec::new(), open: Vec::new(), errors: Vec::new(), fingerprints: Vec::new() }
    }

    fn leaf(&mut self, kind: Kind, span: Span) {
        self.slots.push(Slot::new(kind, span, self.slots.len() + 1));
    }

    fn string(&mut self, span: Span, escaped: bool) {
        let mut slot = Slot::new(Kind::String, span, self.slots.len() + 1);
        slot.packed |= if escaped { Slot::ESCAPED } else { 0 };
        self.slots.push(slot);
    }

    fn open(&mut self, kind: Kind, start: u32) {
        self.open.push(self.slots.len() as u32);
        self.leaf(kind, Span::new(start, start));
    }

    fn close(&mut self, end: u32) {
        let Some(index) = self.open.pop() else { return };
        let container = self.slots[index as usize];
        self.slots[index as usize] = Slot::new(container.kind(), Span::new(container.start, end), self.slots.len());
        if container.kind() == Kind::Object {
            self.warn_of_duplicates(index + 1);
        }
    }

    /// The container that the next node will be in.
    fn container(&self) -> Option<Slot> {
        self.open.last().map(|&index| self.slots[index as usize])
    }

    /// Whether the last node is a key that has no value yet.
    fn owes_a_value(&self) -> bool {
        self.open.last().is_some_and(|&object| {
            let mut index = object + 1;
            let mut count = 0;
            while (index as usize) < self.slots.len() {
                index = self.slots[index as usize].next();
                count += 1;
            }
            self.slots[object as usize].kind() == Kind::Object && count % 2 == 1
        })
    }

    fn warn(&mut self, span: Span, message: &str) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError { span, message: message.to_owned(), severity: Severity::Warning });
        }
    }

    /// The members of the object that is just complete and whose first key has this index. A sum over each key finds the
    /// few objects that are worth a second, exact look.
    fn warn_of_duplicates(&mut self, first: u32) {
        let mut fingerprints = std::mem::take(&mut self.fingerprints);
        fingerprints.clear();
        fingerprints.extend(self.keys(first).map(|key| fingerprint(&key_text(self.text, key))));
        fingerprints.sort_unstable();
        if fingerprints.windows(2).any(|pair| pair[0] == pair[1]) {
            let mut seen = HashSet::new();
            let again: Vec<Span> =
                self.keys(first).filter(|&key| !seen.insert(key_text(self.text, key))).map(Slot::span).collect();
            for span in again {
                self.warn(span, "this object has a property of the same name before; the last one counts");
            }
        }
        self.fingerprints = fingerprints;
    }

    fn keys(&self, first: u32) -> impl Iterator<Item = Slot> {
        let mut index = first as usize;
        std::iter::from_fn(move || {
            let key = *self.slots.get(index)?;
            index = self.slots[index + 1].next() as usize;
            Some(key)
        })
    }

    fn finish(mut self, end: u32) -> Parsed {
        if self.owes_a_value() {
            self.leaf(Kind::Broken, Span::new(end, end));
        }
        while !self.open.is_empty() {
            self.close(end);
        }
        self.errors.sort_by_key(|error| error.span);
        let well_formed = self.errors.iter().all(|error| error.severity == Severity::Warning);
        Parsed { tree: Tree { slots: self.slots }, errors: self.errors, well_formed }
    }
}

fn key_text(text: &str, key: Slot) -> Cow<'_, str> {
    let inner = &text[key.start as usize + 1..key.end as usize - 1];
    if key.is_escaped() { string::decode(inner) } else { Cow::Borrowed(inner) }
}

/// Differs for most different keys, and costs next to nothing: the first and last eight bytes and the length.
fn fingerprint(key: &str) -> u64 {
    let bytes = key.as_bytes();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&first), Some(&last)) => {
            let mixed = u64::from_le_bytes(first).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from_le_bytes(last);
            mixed.wrapping_add(bytes.len() as u64)
        }
        _ => bytes.iter().fold(bytes.len() as u64, |sum, &byte| sum << 8 | u64::from(byte)),
    }
}
