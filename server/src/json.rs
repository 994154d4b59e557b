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
    /// In the order of the text. Beside warnings it is one fault at most: what looks wrong after it may be its consequence.
    pub errors: Vec<SyntaxError>,
    /// Whether none of the errors is more than a warning. If not, what the tree lacks may well be in the text.
    pub well_formed: bool,
    /// Where the text is not well-formed: what stands around such a span may lack something that was written.
    pub damage: Vec<Span>,
}

impl Parsed {
    /// Whether something may be missing in this part of the text.
    pub fn is_damaged(&self, span: Span) -> bool {
        self.damage.iter().any(|damage| damage.start <= span.end && span.start <= damage.end)
    }

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

    /// The node that has exactly this span, found without a walk; `text` is what was parsed.
    pub fn spanning<'a>(&'a self, text: &'a str, span: Span) -> Option<Node<'a>> {
        let first = self.slots.partition_point(|slot| slot.span().start < span.start);
        let same_start = self.slots[first..].iter().take_while(|slot| slot.span().start == span.start);
        let index = same_start.enumerate().find(|(_, slot)| slot.span() == span).map(|(offset, _)| first + offset)?;
        Some(self.node(text, index as u32))
    }

    /// The last node that starts at an offset or before it, found without a walk: the string or number around the offset,
    /// if it lies in one; `text` is what was parsed.
    pub fn started<'a>(&'a self, text: &'a str, offset: u32) -> Option<Node<'a>> {
        let index = self.slots.partition_point(|slot| slot.span().start <= offset).checked_sub(1)?;
        Some(self.node(text, index as u32))
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
        Some(fault) => recover::recover(text, &reading.parsed, &fault).unwrap_or_else(|| {
            // What was read ends at the fault.
            let lost = Span::new(fault.span.start, text.len() as u32);
            Parsed { damage: vec![lost], ..reading.parsed }
        }),
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
const MAX_WARNINGS: usize = 100;

/// Makes a tree from what a parser meets, in the order of the text.
struct Builder<'a> {
    text: &'a str,
    slots: Vec<Slot>,
    /// The containers around the next node, outermost first.
    open: Vec<u32>,
    errors: Vec<SyntaxError>,
    damage: Vec<Span>,
    fingerprints: Vec<u64>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Builder<'a> {
        Builder {
            text,
            slots: Vec::new(),
            open: Vec::new(),
            errors: Vec::new(),
            damage: Vec::new(),
            fingerprints: Vec::new(),
        }
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
        if self.errors.len() < MAX_WARNINGS {
            self.errors.push(SyntaxError { span, message: message.to_owned(), severity: Severity::Warning });
        }
    }

    fn warn_of_trailing_comma(&mut self, comma: u32) {
        let message = "nothing follows this comma; Azure Resource Manager does not accept it";
        self.warn(Span::new(comma, comma + 1), message);
    }

    /// Takes back the last value, unless it is a container.
    fn break_last_scalar(&mut self) {
        let next = self.slots.len();
        match self.slots.last_mut() {
            Some(slot) if slot.next() as usize == next && !matches!(slot.kind(), Kind::Array | Kind::Object) => {
                *slot = Slot::new(Kind::Broken, slot.span(), next);
            }
            _ => {}
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
        self.slots.shrink_to_fit();
        self.errors.sort_by_key(|error| error.span);
        let well_formed = self.errors.iter().all(|error| error.severity == Severity::Warning);
        Parsed { tree: Tree { slots: self.slots }, errors: self.errors, well_formed, damage: self.damage }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Asks the root of a well-formed text something.
    fn ask<T>(text: &str, question: impl Fn(Node) -> T) -> T {
        let parsed = parse(text);
        assert!(parsed.well_formed, "{:?}", parsed.errors);
        question(parsed.root(text).expect("there is a value"))
    }

    fn messages(text: &str) -> Vec<String> {
        let show = |error: &SyntaxError| format!("{}..{} {}", error.span.start, error.span.end, error.message);
        parse(text).errors.iter().map(show).collect()
    }

    #[test]
    fn scalars_are_what_they_are_written_as() {
        let kinds: Vec<_> = ask("[null, true, 1, \"\", [], {}]", |root| root.items().map(Node::kind).collect());
        assert_eq!(kinds, [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object]);
        assert_eq!(ask("true", |root| (root.as_bool(), root.as_i64(), root.is_null())), (Some(true), None, false));
        assert_eq!(ask("-12", |root| (root.as_i64(), root.as_f64())), (Some(-12), Some(-12.0)));
        assert_eq!(ask("1.5e+1", |root| (root.as_i64(), root.as_f64())), (None, Some(15.0)));
        assert_eq!(ask("1e400", |root| (root.raw().to_owned(), root.as_f64())), ("1e400".to_owned(), None));
        assert_eq!(ask("99999999999999999999", |root| (root.as_i64(), root.as_f64())), (None, Some(1e20)));
        assert_eq!(ask(r#""a\u0041""#, |root| root.string().map(Cow::into_owned)), Some("aA".to_owned()));
        assert_eq!(ask("{\"a\": [1, 2]}", |root| (root.len(), root.get("a").map(Node::len))), (1, Some(2)));
    }

    #[test]
    fn the_dialect_of_templates_is_well_formed() {
        let text = "\u{feff}// a\n{ /* , */ \"a\" : \"x\ny\\u0000\t\" // b\r}\n// c";
        assert_eq!(
            ask(text, |root| root.get("a").and_then(Node::string).map(Cow::into_owned)),
            Some("x\ny\0\t".to_owned())
        );
        assert_eq!(messages(text), [""; 0]);
    }

    #[test]
    fn of_several_members_with_a_name_the_last_counts() {
        let text = r#"{"a": 1, "A": 2, "\u0061": 3, "b": 4, "B": 5}"#;
        let get = |name| ask(text, |root| root.get(name).and_then(Node::as_i64));
        assert_eq!((get("a"), get("A"), get("x")), (Some(3), Some(2), None));
        let any_case = |name| ask(text, |root| root.get_ignore_case(name).and_then(Node::as_i64));
        assert_eq!((any_case("a"), any_case("A"), any_case("b"), any_case("x")), (Some(3), Some(2), Some(4), None));
        assert_eq!(ask(r#"{"aB": 1, "Ab": 2}"#, |root| root.get_ignore_case("ab").and_then(Node::as_i64)), Some(2));
    }

    #[test]
    fn a_name_that_comes_again_is_worth_a_warning() {
        let again = "this object has a property of the same name before; the last one counts";
        assert_eq!(messages(r#"{"a": 1, "b": {"a": 2}, "A": 3, "\u0061": 4}"#), [format!("32..40 {again}")]);
        // Alike in length, at the start and at the end, yet different.
        assert_eq!(messages(r#"{"12345678a12345678": 1, "12345678b12345678": 2}"#), [""; 0]);
        let many: String = (0..100_000).map(|index| format!("\"12345678{index:06}12345678\":0,")).collect();
        assert_eq!(messages(&format!("{{{many}\"a\":1}}")), [""; 0]);
    }

    #[test]
    fn a_comma_too_many_is_worth_a_warning() {
        let comma = "nothing follows this comma; Azure Resource Manager does not accept it";
        assert_eq!(messages("[1, ]"), [format!("2..3 {comma}")]);
        assert_eq!(messages("{\"a\": 1 /**/, /**/ }"), [format!("12..13 {comma}")]);
    }

    #[test]
    fn faults_are_told_in_plain_words() {
        let fault = |text| messages(text).join("; ");
        assert_eq!(fault(" "), "1..1 the text has no JSON value");
        assert_eq!(fault("{\"a\" 1}"), "5..6 a colon is missing between the property name and this");
        assert_eq!(fault("{a: 1}"), "1..2 a property name in double quotes is missing here");
        assert_eq!(fault("{'a': 1}"), "1..2 a property name in double quotes is missing here");
        assert_eq!(fault("['a']"), "1..2 strings stand in double quotes");
        assert_eq!(fault("[1 2]"), "3..4 a comma or a closing bracket is missing before this");
        assert_eq!(fault("{\"a\": 1 \"b\": 2}"), "8..9 a comma or a closing brace is missing before this");
        assert_eq!(fault("[1}"), "2..3 this brace closes an array that was opened with a bracket");
        assert_eq!(fault("{\"a\": 1]"), "7..8 this bracket closes an object that was opened with a brace");
        assert_eq!(fault("[,]"), "1..2 a value is missing before this");
        assert_eq!(fault("[True]"), "1..5 this is not a value");
        assert_eq!(fault("[nul]"), "1..4 this is not a value; of all words only true, false and null are");
        assert_eq!(fault("[truely]"), "1..7 this is not a value; of all words only true, false and null are");
        assert_eq!(fault("[01]"), "1..3 this is not a number as JSON writes it");
        assert_eq!(fault("[1.]"), "1..2 this is not a number as JSON writes it");
        assert_eq!(fault("[-]"), "1..2 this is not a number as JSON writes it");
        assert_eq!(fault("[\"a\\x\"]"), "3..5 this is not an escape sequence of JSON");
        assert_eq!(fault("[\"a\n"), "1..3 this string is not closed");
        assert_eq!(fault("{\"a\": \"b,\n \"c\": 1}"), "6..9 this string is not closed where its line ends");
        assert_eq!(fault("[1 /* 2]"), "3..8 this comment is not closed");
        assert_eq!(fault("{\"a\": [1"), "6..7 this is never closed");
        assert_eq!(fault("{} {}"), "3..4 the document has ended before this");
    }

    #[test]
    fn deep_nesting_is_cut_off_and_the_rest_is_read() {
        let deep = |depth| format!("[{}{}, \"x\"]", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&deep(MAX_DEPTH - 1)).well_formed);

        let text = deep(MAX_DEPTH);
        assert_eq!(messages(&text), ["1000..1001 nested deeper than 1,000 levels: not analysed beyond here"]);
        let parsed = parse(&text);
        let root = parsed.root(&text).expect("there is a value");
        assert_eq!(root.find(1000).kind(), Kind::Broken);
        assert_eq!(root.items().nth(1).map(Node::raw), Some("\"x\""));
    }

    #[test]
    fn no_garbage_is_too_much() {
        for garbage in
            ["[", "{\"a\":", "[{", "]", "\"", "[1 ", "{\"a\" ", "[tru,", "/*", "1 ", "{\"a\":[}", "',", "\\", "[\"]"]
        {
            let text = garbage.repeat(20_000);
            assert!(!parse(&text).well_formed, "{garbage}");
        }
    }

    #[test]
    fn pointers_lead_to_values_and_back() {
        let text = r#"{"a/b": [1, {"m~n": true}], "": 2}"#;
        let raw = |pointer| ask(text, |root| root.pointer_get(pointer).map(|node| node.raw().to_owned()));
        assert_eq!(raw("/a~1b/1/m~0n").as_deref(), Some("true"));
        assert_eq!(raw("/").as_deref(), Some("2"));
        assert_eq!(raw("/a~1b/2"), None);
        assert_eq!(raw("a"), None);

        let pointer_of = |part: &str| {
            let start = text.find(part).expect("it is in the text") as u32;
            ask(text, |root| root.pointer_of(Span::new(start, start + part.len() as u32)))
        };
        assert_eq!(pointer_of("true"), "/a~1b/1/m~0n");
        assert_eq!(pointer_of("m~n"), "/a~1b/1/m~0n");
        assert_eq!(pointer_of("\"m~n\": true"), "/a~1b/1");
        assert_eq!(pointer_of("2"), "/");
        assert_eq!(pointer_of("], \"\""), "");
        let path = ask(text, |root| root.path_to(Span::new(9, 10)));
        assert_eq!(path, [Step::Name("a/b".to_owned()), Step::Index(0)]);
    }

    #[test]
    fn the_scalar_around_an_offset_is_found_without_a_walk() {
        let text = r#" {"a": [1, "two"], "b": {}, "c": "three"} "#;
        let parsed = parse(text);
        let started = |part: &str| {
            let offset = text.find(part).expect("it is in the text") as u32;
            parsed.tree.started(text, offset).map(|node| node.raw().to_owned())
        };
        assert_eq!(started("wo").as_deref(), Some("\"two\""));
        assert_eq!(started("1, ").as_deref(), Some("1"));
        assert_eq!(started("hree\"").as_deref(), Some("\"three\""));
        assert_eq!(started(" {").as_deref(), None);
    }

    #[test]
    fn the_deepest_node_is_found() {
        let text = "{\"a\": [10, 20]}";
        let found = |offset| ask(text, |root| root.find(offset).raw().to_owned());
        assert_eq!((found(2).as_str(), found(8).as_str(), found(9).as_str()), ("\"a\"", "10", "10"));
        assert_eq!((found(10).as_str(), found(14).as_str(), found(15).as_str()), ("[10, 20]", "[10, 20]", text));
    }

    proptest! {
        #[test]
        fn a_text_says_what_its_author_meant((model, text) in samples::document()) {
            let parsed = parse(&text);
            prop_assert!(parsed.well_formed, "{:?}", parsed.errors);
            let root = parsed.root(&text).expect("there is a value");
            samples::assert_consistent(root);
            prop_assert_eq!(samples::model(root), model);
        }

        #[test]
        fn many_pointers_are_the_same_as_one_at_a_time(
            (_, text) in samples::document(),
            ends in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..30),
        ) {
            let parsed = parse(&text);
            let root = parsed.root(&text).expect("there is a value");
            let spans: Vec<Span> = ends.iter().map(|(a, b)| {
                let (a, b) = (a.index(text.len() + 1) as u32, b.index(text.len() + 1) as u32);
                Span::new(a.min(b), a.max(b))
            }).collect();
            let singly: Vec<String> = spans.iter().map(|&span| root.pointer_of(span)).collect();
            prop_assert_eq!(root.pointers(&spans), singly, "{} {:?}", text, spans);
        }
    }
}
