//! From the attributes of one resource to its body in ARM's words, by the table.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::configuration::{Expression, PathStep};
use super::draft::{Draft, Fields};
use super::instances::Instance;
use super::links::{Links, Want};
use super::marks::{Marks, Shade, is_redacted};
use super::pieces::{Parts, hole};
use super::shape::{Entry, Level, Nesting, Rule, SHAPES, Segment, Shaped};
use super::table::{Default, How, Only};
use crate::json::{self, Kind, Node};
use crate::model::id::Id;
use crate::text::{FileId, Place, Span};
use crate::value::{Data, Origin, Part, Unknown, Value, Why};

/// Attribute paths of property paths.
pub type Attributes = Vec<Names>;

/// What all bodies of a plan are made with.
pub struct Maker<'p, 'a> {
    pub file: FileId,
    pub links: &'p Links<'p, 'a>,
    /// Owners, by property, whose nested list is empty because its items are resources of their own.
    pub emptied: HashMap<&'static str, HashSet<Id>>,
    /// Paths with their indexes put in.
    names: RefCell<HashMap<NameKey, Names>>,
}

/// A row, a rule, and the indexes of the blocks around.
type NameKey = (usize, usize, [usize; 2]);

/// The path of a property, and that of its attribute.
type Names = (Arc<str>, Arc<str>);

/// The body of one resource on the way.
pub struct Body<'m, 'p, 'a> {
    pub maker: &'m Maker<'p, 'a>,
    pub index: usize,
    pub instance: &'p Instance<'a>,
    row: usize,
    shaped: &'static Shaped,
    id: &'m Id,
    pub draft: Draft,
    attributes: Attributes,
    /// Of properties that have several attributes: those that say nothing here.
    others: Attributes,
}

/// Where in a resource the reader is.
#[derive(Clone, Copy)]
struct Spot<'s, 'a> {
    /// The blocks around, and the attribute that is meant if it is one.
    path: &'s [PathStep<'static>],
    attribute: Option<&'static str>,
    indices: &'s [usize],
    /// The smallest object around that is written.
    place: Place,
    /// The object is there. What is not set in a block that is not there has no default.
    there: bool,
    marks: Marks<'a>,
}

impl Spot<'_, '_> {
    /// The whole path, for the configuration.
    fn steps(&self) -> Vec<PathStep<'static>> {
        let attribute = self.attribute.map(PathStep::Attribute);
        self.path.iter().copied().chain(attribute).collect()
    }
}

/// What an attribute holds.
enum State<'a> {
    Known(Node<'a>),
    /// Nothing sets it.
    Unset,
    /// Only known after apply.
    Unknown,
}

impl<'p, 'a> Maker<'p, 'a> {
    pub fn new(file: FileId, links: &'p Links<'p, 'a>) -> Maker<'p, 'a> {
        Maker { file, links, emptied: HashMap::new(), names: RefCell::default() }
    }

    pub fn place(&self, span: Span) -> Place {
        Place { file: self.file, span }
    }

    /// What the table says of a resource, for its own body or as a part of another's.
    pub fn body<'m>(&'m self, index: usize, id: &'m Id) -> Body<'m, 'p, 'a> {
        let instance = &self.links.instances.list[index];
        let row = self.links.instances.sets[instance.set].row;
        let shaped = &SHAPES[row];
        let mut body = Body {
            maker: self,
            index,
            instance,
            row,
            shaped,
            id,
            draft: Draft::Object(Fields::default()),
            attributes: Vec::with_capacity(shaped.rules.len() + 1),
            others: Vec::new(),
        };
        let place = self.place(instance.node.span());
        let spot = Spot { path: &[], attribute: None, indices: &[], place, there: true, marks: instance.marks };
        for &rule in &shaped.always {
            if let (How::Text(text), Some(true)) =
                (shaped.rules[rule].property.how, body.holds(shaped.rules[rule].property.only))
            {
                let value = at(Value::text(text), place);
                body.draft.put(&shaped.rules[rule].path, &[], value);
            }
        }
        body.level(&shaped.top, Some(instance.values), spot);
        body
    }

    /// A value as it is written. `name` is its path in the resource.
    pub fn convert(&self, node: Node<'a>, marks: Marks<'a>, unknown: &dyn Fn(&Trail) -> Value) -> Value {
        self.convert_at(node, marks, &|span| self.place(span), unknown, &Trail::Start)
    }

    fn convert_at<'t>(
        &self,
        node: Node<'t>,
        marks: Marks<'t>,
        place: &dyn Fn(Span) -> Place,
        unknown: &dyn Fn(&Trail) -> Value,
        trail: &Trail,
    ) -> Value {
        let secret = |value: Value| if marks.is_secret() { value.secret() } else { value };
        if marks.is_unknown() {
            return secret(at(unknown(trail), place(node.span())));
        }
        let value = match node.kind() {
            Kind::Null => Value::null(),
            Kind::Bool => Value::new(Data::Bool(node.as_bool() == Some(true))),
            Kind::Number => number(node),
            Kind::String => match node.string() {
                Some(text) if is_redacted(&text) => Value::unknown(Why::Redacted).secret(),
                Some(text) => Value::text(&*text),
                None => Value::unknown(Why::Broken),
            },
            Kind::Array => {
                let mut marks = marks.items();
                let items = node.items().enumerate().map(|(index, item)| {
                    self.convert_at(item, marks(item), place, unknown, &Trail::Index(trail, index))
                });
                Value::array(items.collect())
            }
            Kind::Object => {
                let mut shadows = Shadows::new(&marks);
                let mut members = Vec::new();
                for member in node.members() {
                    let name = member.name();
                    let inside = shadows.take(&marks, &name, member.value);
                    let value = self.convert_at(member.value, inside, place, unknown, &Trail::Name(trail, &name));
                    members.push((Arc::from(&*name), value));
                }
                // An unknown member of an object is left out.
                for name in shadows.unknown_left() {
                    let value = at(unknown(&Trail::Name(trail, &name)), place(node.span()));
                    members.push((Arc::from(&*name), secret(value)));
                }
                Value::object(members)
            }
            Kind::Broken => Value::unknown(Why::Broken),
        };
        secret(value.written_at(place(node.span())))
    }

    /// The value that a text holds as JSON, each part of it where it is written in the text.
    pub fn parse(&self, node: Node<'a>, secret: bool) -> Value {
        let place = self.place(node.span());
        let Some(decoded) = node.decoded() else { return at(Value::unknown(Why::Broken), place) };
        let parsed = json::parse(decoded.text());
        let marks = if secret { Marks::SECRET } else { Marks::CLEAR };
        let inside = |span: Span| self.place(decoded.raw_span(span.start as usize..span.end as usize));
        match parsed.root(decoded.text()).filter(|_| parsed.well_formed) {
            Some(root) => self.convert_at(root, marks, &inside, &|_| Value::unknown(Why::Broken), &Trail::Start),
            None if secret => at(Value::unknown(Why::Broken), place).secret(),
            None => at(Value::unknown(Why::Broken), place),
        }
    }

    /// Both paths of a rule, with the indexes of the blocks around.
    fn names(&self, row: usize, rule: usize, indices: &[usize]) -> Names {
        let names = &SHAPES[row].rules[rule].names;
        if !SHAPES[row].rules[rule].has_stars {
            return names.clone();
        }
        let key = (row, rule, [0, 1].map(|nth| indices.get(nth).copied().unwrap_or(usize::MAX)));
        let mut known = self.names.borrow_mut();
        known.entry(key).or_insert_with(|| (with_indices(&names.0, indices), with_indices(&names.1, indices))).clone()
    }
}

/// A path with its stars replaced.
fn with_indices(path: &str, indices: &[usize]) -> Arc<str> {
    let mut indices = indices.iter();
    let mut whole = String::with_capacity(path.len() + 4);
    for piece in path.split_inclusive('*') {
        match (piece.strip_suffix('*'), indices.next()) {
            (Some(before), Some(index)) => {
                whole.push_str(before);
                whole.push_str(&index.to_string());
            }
            _ => whole.push_str(piece),
        }
    }
    whole.into()
}

/// The way to a value inside another.
pub enum Trail<'t> {
    Start,
    Name(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    /// The way in words: `properties.disks[0].id`.
    pub fn text(&self) -> String {
        match self {
            Trail::Start => String::new(),
            Trail::Name(Trail::Start, name) => (*name).to_owned(),
            Trail::Name(before, name) => format!("{}.{name}", before.text()),
            Trail::Index(before, index) => format!("{}[{index}]", before.text()),
        }
    }
}

/// The shadows of an object's members.
struct Shadows<'a> {
    unknown: HashMap<Cow<'a, str>, Node<'a>>,
    secret: [HashMap<Cow<'a, str>, Node<'a>>; 2],
}

impl<'a> Shadows<'a> {
    fn new(marks: &Marks<'a>) -> Shadows<'a> {
        let of = |shade: Shade<'a>| match shade {
            Shade::Parts(shadow) => shadow.members().map(|member| (member.name(), member.value)).collect(),
            Shade::Clear | Shade::Whole | Shade::Misfit => HashMap::new(),
        };
        Shadows { unknown: of(marks.unknown), secret: marks.secret.map(of) }
    }

    fn take(&mut self, marks: &Marks<'a>, name: &str, value: Node<'a>) -> Marks<'a> {
        let [first, second] = &mut self.secret;
        let secret = [first.remove(name), second.remove(name)];
        marks.inside(self.unknown.remove(name), secret, Some(value))
    }

    /// The names of members that are unknown and had no value, sorted.
    fn unknown_left(self) -> Vec<Cow<'a, str>> {
        let left = self.unknown.into_iter().filter(|(_, shadow)| Shade::new(Some(*shadow), None).is_whole());
        let mut names: Vec<Cow<'a, str>> = left.map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }
}

impl<'m, 'p, 'a> Body<'m, 'p, 'a> {
    /// The value that it has become, and the attributes of its properties: of those that are there first.
    pub fn finish(mut self) -> (Value, Attributes) {
        self.attributes.extend(self.others);
        (self.draft.finish().unwrap_or_else(|| Value::object(Vec::new())), self.attributes)
    }

    /// Notes which attribute a property comes from.
    pub fn note(&mut self, property: impl Into<Arc<str>>, attribute: impl Into<Arc<str>>) {
        self.attributes.push((property.into(), attribute.into()));
    }

    fn note_rule(&mut self, rule: usize, names: Names, says: bool) {
        match says || !self.shaped.rules[rule].has_twin {
            true => self.attributes.push(names),
            false => self.others.push(names),
        }
    }

    /// All that stands at one level.
    fn level(&mut self, level: &'static Level, node: Option<Node<'a>>, spot: Spot<'_, 'a>) {
        #[derive(Clone, Copy, Default)]
        struct Slot<'a> {
            value: Option<Node<'a>>,
            unknown: Option<Node<'a>>,
            secret: [Option<Node<'a>>; 2],
        }
        let shadows = [spot.marks.unknown, spot.marks.secret[0], spot.marks.secret[1]].map(|shade| match shade {
            Shade::Parts(shadow) => Some(shadow),
            Shade::Clear | Shade::Whole | Shade::Misfit => None,
        });
        let is_empty = node.is_none() && shadows.iter().all(Option::is_none);
        let mut slots = vec![Slot::default(); if is_empty { 0 } else { level.entries.len() }];
        for member in node.into_iter().flat_map(Node::members) {
            if let Some(slot) = level.find(&member.name()) {
                slots[slot].value = Some(member.value);
            }
        }
        for (nth, shadow) in shadows.into_iter().enumerate() {
            for member in shadow.into_iter().flat_map(Node::members) {
                if let Some(slot) = level.find(&member.name()) {
                    match nth {
                        0 => slots[slot].unknown = Some(member.value),
                        _ => slots[slot].secret[nth - 1] = Some(member.value),
                    }
                }
            }
        }
        for (nth, entry) in level.entries.iter().enumerate() {
            let slot = slots.get(nth).copied().unwrap_or_default();
            let value = slot.value.filter(|value| !value.is_null());
            let mut marks = spot.marks.inside(slot.unknown, slot.secret, value);
            if spot.path.is_empty() && self.maker.links.uses_secrets(self.instance, entry.name) {
                marks.secret[0] = Shade::Whole;
            }
            let spot = Spot { marks, ..spot };
            match entry.nesting {
                Nesting::Attribute => {
                    for &rule in &entry.rules {
                        self.property(rule, entry.name, value, spot);
                    }
                }
                Nesting::One => self.block(entry, value, spot),
                Nesting::List { ordered } => self.blocks(entry, value, ordered, spot),
            }
        }
    }

    /// A block that stands once, or not at all.
    fn block(&mut self, entry: &'static Entry, value: Option<Node<'a>>, spot: Spot<'_, 'a>) {
        let step = PathStep::Block { name: entry.name, index: 0, ordered: true, count: 1 };
        let path = [spot.path, &[step]].concat();
        let mut spot = Spot { path: &path, ..spot };
        let block = match value.map(|value| (value, value.kind())) {
            _ if spot.marks.is_unknown() => None,
            Some((list, Kind::Array)) => {
                let block = list.items().next();
                if let Some(block) = block {
                    spot.marks = spot.marks.items()(block);
                }
                block
            }
            Some((block, Kind::Object)) => Some(block),
            None => None,
            // A placeholder, or a text where a block should be.
            Some(_) => {
                spot.marks = Marks { unknown: Shade::Misfit, ..spot.marks };
                None
            }
        };
        spot.there = block.is_some();
        if let Some(block) = block {
            spot.place = self.maker.place(block.span());
        }
        for &rule in &entry.rules {
            self.whole_block(rule, spot);
        }
        self.level(&entry.inside, block.filter(|_| !spot.marks.is_unknown()), spot);
    }

    /// A list of blocks.
    fn blocks(&mut self, entry: &'static Entry, value: Option<Node<'a>>, ordered: bool, spot: Spot<'_, 'a>) {
        let list_path = with_indices(&entry.path, spot.indices);
        for list in &entry.lists {
            self.note(with_indices(&written(list), spot.indices), list_path.clone());
        }
        let items: Vec<Node<'a>> = match value.map(|value| (value, value.kind())) {
            _ if spot.marks.is_unknown() => return self.unknown_list(entry, spot),
            None => return,
            Some((list, Kind::Array)) => list.items().collect(),
            Some((block, Kind::Object)) => vec![block],
            Some(_) => {
                let marks = Marks { unknown: Shade::Misfit, ..spot.marks };
                return self.unknown_list(entry, Spot { marks, ..spot });
            }
        };
        let mut marks = spot.marks.items();
        for (index, &item) in items.iter().enumerate() {
            let step = PathStep::Block { name: entry.name, index, ordered, count: items.len() };
            let path = [spot.path, &[step]].concat();
            let indices = [spot.indices, &[index]].concat();
            let marks = marks(item);
            let there = item.kind() == Kind::Object;
            let place = if there { self.maker.place(item.span()) } else { spot.place };
            let inside = Spot { path: &path, attribute: None, indices: &indices, place, there, marks };
            for &rule in &entry.rules {
                self.whole_block(rule, inside);
            }
            self.level(&entry.inside, Some(item).filter(|_| there && !marks.is_unknown()), inside);
        }
    }

    /// A list of blocks of which not even the number is known, unless its items are resources of their own.
    fn unknown_list(&mut self, entry: &'static Entry, spot: Spot<'_, 'a>) {
        for list in &entry.lists {
            let arm = written(list);
            let emptied = self.maker.emptied.get(&*arm).is_some_and(|owners| owners.contains(self.id));
            if spot.indices.is_empty() && emptied {
                continue;
            }
            let step = PathStep::Block { name: entry.name, index: 0, ordered: true, count: 1 };
            let path = [spot.path, &[step]].concat();
            let unknown = self.unknown(&path, with_indices(&entry.path, spot.indices));
            let value = self.marked(Value::new(Data::Unknown(unknown)), spot);
            self.draft.put(list, spot.indices, at(value, spot.place));
        }
    }

    /// A property that depends on a block being there.
    fn whole_block(&mut self, rule: usize, spot: Spot<'_, 'a>) {
        let Rule { property, path, .. } = &self.shaped.rules[rule];
        let names = self.maker.names(self.row, rule, spot.indices);
        if !spot.there && !spot.marks.is_unknown() {
            return self.note_rule(rule, names, false);
        }
        match self.holds(property.only) {
            Some(true) => {}
            Some(false) => return,
            None => return self.open(path, spot),
        }
        let attribute = names.1.clone();
        self.note_rule(rule, names, spot.there);
        if spot.marks.is_unknown() {
            if !matches!(property.how, How::Block) {
                let unknown = self.unknown(&spot.steps(), attribute);
                let value = self.marked(Value::new(Data::Unknown(unknown)), spot);
                self.draft.put(path, spot.indices, at(value, spot.place));
            }
            return;
        }
        match property.how {
            How::Block => self.draft.set_place(path, spot.indices, spot.place),
            How::Text(text) => self.draft.put_new(path, spot.indices, at(Value::text(text), spot.place)),
            How::True => self.draft.put_new(path, spot.indices, at(Value::new(Data::Bool(true)), spot.place)),
            _ => {}
        }
    }

    /// One property from one attribute.
    fn property(&mut self, rule: usize, name: &'static str, value: Option<Node<'a>>, spot: Spot<'_, 'a>) {
        let Rule { property, path, .. } = &self.shaped.rules[rule];
        match self.holds(property.only) {
            Some(true) => {}
            Some(false) => return,
            None => return self.open(path, spot),
        }
        let names = self.maker.names(self.row, rule, spot.indices);
        let attribute = names.1.clone();
        let spot = Spot { attribute: Some(name), ..spot };
        let state = match value {
            _ if spot.marks.is_unknown() => match self.maker.links.expression(self.instance, &spot.steps()) {
                Expression::Unset if self.is_left_out(value, spot.marks) => State::Unset,
                _ => State::Unknown,
            },
            None => State::Unset,
            Some(node) => State::Known(node),
        };
        let made = match state {
            State::Known(node) => self.known(rule, node, &attribute, spot),
            State::Unset => None,
            State::Unknown => self.not_known(rule, &attribute, spot),
        };
        let made = made.map(|value| self.marked(value, spot)).or_else(|| {
            let default = property.default.filter(|_| spot.there)?;
            let value = match default {
                Default::Text(text) => Value::text(text),
                Default::False => Value::new(Data::Bool(false)),
            };
            Some(at(value, spot.place))
        });
        self.note_rule(rule, names, made.is_some());
        match (made, property.how) {
            (Some(value), How::LastDate) => self.draft.push(path, spot.indices, Draft::Value(value)),
            (Some(value), _) => self.draft.put(path, spot.indices, value),
            (None, _) => {}
        }
    }

    /// The value of a property whose attribute is known; none where it counts as not set.
    fn known(&mut self, rule: usize, node: Node<'a>, attribute: &Arc<str>, spot: Spot<'_, 'a>) -> Option<Value> {
        let property = self.shaped.rules[rule].property;
        let place = self.maker.place(node.span());
        let is_empty = match node.kind() {
            Kind::String => node.string().is_some_and(|text| text.is_empty()),
            Kind::Array => node.is_empty(),
            Kind::Null => true,
            _ => false,
        };
        if is_empty {
            let links = self.maker.links;
            let written = || matches!(links.expression(self.instance, &spot.steps()), Expression::Written(_));
            let kept = matches!(property.how, How::List) && node.kind() == Kind::Array && written();
            return kept.then(|| Value::array(Vec::new()).written_at(place));
        }
        let plain = |node: Node<'a>| self.plain(node, attribute, spot);
        Some(match property.how {
            How::Plain | How::List | How::Id(_) | How::Location => plain(node),
            How::Positive if node.as_i64() == Some(0) => return None,
            How::Positive => plain(node),
            How::Secret => plain(node).secret(),
            How::Json | How::SecretJson => {
                let secret = matches!(property.how, How::SecretJson) || spot.marks.is_secret();
                let value = match node.kind() {
                    Kind::String if node.string().is_some_and(|text| is_redacted(&text)) => plain(node).secret(),
                    Kind::String => self.maker.parse(node, secret),
                    _ if secret => plain(node).secret(),
                    _ => plain(node),
                };
                for (name, _) in value.as_object().into_iter().flat_map(|object| &object.members) {
                    let inside = format!("{}.{name}", with_indices(property.arm, spot.indices));
                    self.note(inside, attribute.clone());
                }
                value
            }
            How::Ids { of, member } => {
                let list = plain(node);
                let items = list.as_array()?.iter().enumerate().map(|(index, item)| {
                    let item = match item.is_unknown() {
                        true => self.listed(node, index, item, of, spot),
                        false => item.clone(),
                    };
                    let at = item.origin().map_or(place, |origin| origin.at);
                    object_at(member, item, at)
                });
                Value::array(items.collect()).written_at(place)
            }
            How::Each(member) => {
                let list = plain(node);
                let items = list.as_array()?.iter().map(|item| {
                    let at = item.origin().map_or(place, |origin| origin.at);
                    object_at(member, item.clone(), at)
                });
                Value::array(items.collect()).written_at(place)
            }
            How::Single => Value::array(vec![plain(node)]).written_at(place),
            How::Mark(text) => match is_set(node) {
                true => at(Value::text(text), place),
                false => return None,
            },
            How::Flag(flag) => match is_set(node) {
                true => at(Value::new(Data::Bool(flag)), place),
                false => return None,
            },
            How::Switch(on, off) => match node.as_bool() {
                Some(flag) => at(Value::text(if flag { on } else { off }), place),
                None => plain(node),
            },
            How::Words(words) => {
                let text = node.string();
                let word = words.iter().find(|(from, _)| text.as_deref().is_some_and(|t| t.eq_ignore_ascii_case(from)));
                match word {
                    Some((_, to)) => at(Value::text(*to), place),
                    None => plain(node),
                }
            }
            How::Time => match node.string() {
                Some(text) if is_clock(&text) => at(Value::text(format!("{text}:00Z")), place),
                _ => plain(node),
            },
            How::Dates => {
                let list = plain(node);
                let items = list.as_array()?.iter().map(|day| {
                    let origin = day.origin().map_or(place, |origin| origin.at);
                    let last = at(Value::new(Data::Bool(false)), origin);
                    at(Value::object(vec![("date".into(), day.clone()), ("isLast".into(), last)]), origin)
                });
                Value::array(items.collect()).written_at(place)
            }
            How::LastDate => match node.as_bool() {
                Some(true) => {
                    let date = at(Value::new(Data::Int(0)), place);
                    let last = at(Value::new(Data::Bool(true)), place);
                    at(Value::object(vec![("date".into(), date), ("isLast".into(), last)]), place)
                }
                _ => return None,
            },
            How::Digest => self.digest(node, spot).secret(),
            How::Text(_) | How::True | How::Block => return None,
        })
    }

    fn plain(&self, node: Node<'a>, attribute: &Arc<str>, spot: Spot<'_, 'a>) -> Value {
        let unknown = |trail: &Trail| {
            let name: Arc<str> = match trail {
                Trail::Start => attribute.clone(),
                Trail::Index(..) => format!("{attribute}{}", trail.text()).into(),
                Trail::Name(..) => format!("{attribute}.{}", trail.text()).into(),
            };
            Value::new(Data::Unknown(self.unknown(&spot.steps(), name)))
        };
        self.maker.convert(node, spot.marks, &unknown)
    }

    /// The value of a property whose attribute is known only after apply.
    fn not_known(&self, rule: usize, attribute: &Arc<str>, spot: Spot<'_, 'a>) -> Option<Value> {
        let property = self.shaped.rules[rule].property;
        let links = self.maker.links;
        let own = || {
            let unknown = self.unknown(&spot.steps(), attribute.clone());
            at(Value::new(Data::Unknown(unknown)), spot.place)
        };
        let expression = match links.expression(self.instance, &spot.steps()) {
            Expression::Written(expression) => Some(expression),
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => None,
        };
        let link = |want: Want| {
            let expression = expression?;
            let parts = match spot.path {
                [] => links.parts_of(self.index, property.attribute, expression, want)?,
                _ => {
                    let target = links.target(self.index, expression, want)?;
                    links.target_parts(self.index, target, property.attribute)
                }
            };
            let why = Why::AfterApply(links.references(expression).words.clone());
            Some(at(linked(&parts, &why), spot.place))
        };
        Some(match property.how {
            How::Id(of) => link(Want::Id(of)).unwrap_or_else(own),
            How::Location => link(Want::Attribute("", "location")).unwrap_or_else(own),
            How::Ids { of, member } => {
                let targets = expression.and_then(|expression| {
                    let why = Why::AfterApply(links.references(expression).words.clone());
                    Some((links.targets(self.index, expression, Want::Id(of))?, why))
                });
                match targets {
                    Some((targets, why)) => {
                        let items = targets.into_iter().map(|target| {
                            let parts = links.target_parts(self.index, target, property.attribute);
                            object_at(member, at(linked(&parts, &why), spot.place), spot.place)
                        });
                        at(Value::array(items.collect()), spot.place)
                    }
                    None => own(),
                }
            }
            How::Secret | How::SecretJson => own().secret(),
            How::Digest => self.digest_of(expression, own, spot).secret(),
            How::LastDate => return None,
            _ => own(),
        })
    }

    /// An unknown item of a list of ids, if the list has no other and the configuration names one resource.
    fn listed(&self, list: Node<'a>, index: usize, item: &Value, of: &'static str, spot: Spot<'_, 'a>) -> Value {
        let links = self.maker.links;
        let mut marks = spot.marks.items();
        let unknown = list.items().filter(|item| marks(*item).is_unknown()).count();
        let Expression::Written(expression) = links.expression(self.instance, &spot.steps()) else {
            return item.clone();
        };
        let targets = links.targets(self.index, expression, Want::Id(of)).unwrap_or_default();
        let all = targets.len() == list.len() && unknown == targets.len();
        let target = match targets[..] {
            [target] if unknown == 1 => target,
            _ if all => targets[index],
            _ => return item.clone(),
        };
        let why = match item.as_unknown() {
            Some(unknown) => &unknown.why,
            None => return item.clone(),
        };
        let parts = links.target_parts(self.index, target, "id");
        at(linked(&parts, why), item.origin().map_or(spot.place, |origin| origin.at))
    }

    /// The custom data of the old resource: plans hold a digest, so only a constant of the configuration can be read.
    fn digest(&self, node: Node<'a>, spot: Spot<'_, 'a>) -> Value {
        let expression = match self.maker.links.expression(self.instance, &spot.steps()) {
            Expression::Written(expression) => Some(expression),
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => None,
        };
        let place = self.maker.place(node.span());
        let redacted = || at(Value::unknown(Why::Redacted), place);
        self.digest_of(expression, redacted, Spot { place, ..spot })
    }

    fn digest_of(&self, expression: Option<Node<'a>>, or: impl Fn() -> Value, spot: Spot<'_, 'a>) -> Value {
        let constant = expression.and_then(|expression| expression.get("constant_value"));
        match constant.and_then(Node::string) {
            // The provider encodes what is not encoded.
            Some(text) if !is_redacted(&text) => {
                let text = match STANDARD.decode(text.trim()) {
                    Ok(_) => text.into_owned(),
                    Err(_) => STANDARD.encode(&*text),
                };
                at(Value::text(text), spot.place)
            }
            _ => or(),
        }
    }

    /// An unknown value of this resource.
    fn unknown(&self, path: &[PathStep], attribute: Arc<str>) -> Arc<Unknown> {
        let links = self.maker.links;
        let words = match links.expression(self.instance, path) {
            Expression::Written(expression) => links.references(expression).words.clone(),
            Expression::NotAtHand | Expression::Unset | Expression::Hidden => "".into(),
        };
        let identity = match hole(&format!("{}.{attribute}", self.instance.address)) {
            Part::Hole(identity) | Part::Known(identity) => identity,
        };
        Arc::new(Unknown::new(Why::AfterApply(words)).identified(identity))
    }

    fn marked(&self, value: Value, spot: Spot<'_, 'a>) -> Value {
        if spot.marks.is_secret() { value.secret() } else { value }
    }

    /// Whether an unknown attribute that nothing sets has the default of the provider: what exists may have any value.
    pub fn is_left_out(&self, value: Option<Node<'a>>, marks: Marks<'a>) -> bool {
        self.instance.is_new && value.is_none() && !marks.is_misfit()
    }

    /// Whether a property is there depends on something unknown: so may others beside it.
    fn open(&mut self, path: &[Segment], spot: Spot<'_, 'a>) {
        let why = Arc::new(Unknown::new(Why::AfterApply("".into())));
        self.draft.open_nearest(path, spot.indices, &why);
    }

    /// Whether conditions on other attributes hold; `None` where that is not known.
    fn holds(&self, only: &[Only]) -> Option<bool> {
        let mut sum = Some(true);
        for one in only {
            let holds = match *one {
                Only::Is(path, text) => match self.fact(path) {
                    State::Known(node) => Some(node.string().is_some_and(|own| own.eq_ignore_ascii_case(text))),
                    State::Unset => {
                        let property = self.shaped.rules.iter().map(|rule| rule.property);
                        let default = property.filter(|p| p.attribute == path).find_map(|p| p.default);
                        Some(matches!(default, Some(Default::Text(default)) if default == text))
                    }
                    State::Unknown => None,
                },
                Only::Set(path) | Only::Unset(path) => {
                    let set = match self.fact(path) {
                        State::Known(node) => Some(is_set(node)),
                        State::Unset => Some(false),
                        State::Unknown => None,
                    };
                    set.map(|set| set == matches!(one, Only::Set(_)))
                }
            };
            match holds {
                Some(false) => return Some(false),
                Some(true) => {}
                None => sum = None,
            }
        }
        sum
    }

    /// What an attribute holds, for conditions.
    fn fact(&self, path: &str) -> State<'a> {
        let mut node = Some(self.instance.values);
        let mut marks = self.instance.marks;
        let mut steps: Vec<PathStep> = Vec::new();
        for step in path.split('.') {
            let (name, is_block) = step.split_once('[').map_or((step, false), |(name, _)| (name, true));
            let value = node.and_then(|node| node.get(name)).filter(|value| !value.is_null());
            marks = marks.member(name, value);
            steps.push(match is_block {
                true => PathStep::Block { name, index: 0, ordered: true, count: 1 },
                false => PathStep::Attribute(name),
            });
            if marks.is_unknown() {
                return match self.maker.links.expression(self.instance, &steps) {
                    Expression::Unset if self.is_left_out(value, marks) => State::Unset,
                    _ => State::Unknown,
                };
            }
            node = match value.map(Node::kind) {
                Some(Kind::Array) if is_block => {
                    let item = value.and_then(|list| list.items().next());
                    if let Some(item) = item {
                        marks = marks.items()(item);
                    }
                    item
                }
                _ => value,
            };
        }
        match node {
            Some(node) if node.string().is_some_and(|text| is_redacted(&text)) => State::Unknown,
            Some(node) => State::Known(node),
            None => State::Unset,
        }
    }
}

/// A path that ends in a list.
fn written(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
            Segment::Star => text.push_str("[*]"),
        }
    }
    text
}

/// The value of an id or a name that is known in pieces.
pub fn linked(parts: &Parts, why: &Why) -> Value {
    let value = match &**parts {
        [] => Value::unknown(why.clone()),
        [Part::Known(text)] => Value::text(text.clone()),
        [Part::Hole(identity)] => {
            Value::new(Data::Unknown(Arc::new(Unknown::new(why.clone()).identified(identity.clone()))))
        }
        pieces => Value::new(Data::Unknown(Arc::new(Unknown::of_parts(why.clone(), pieces.to_vec())))),
    };
    if parts.secret { value.secret() } else { value }
}

/// A value that is not written like this, at the place that makes it so.
pub fn at(value: Value, place: Place) -> Value {
    value.with_origin(Origin { at: place, literal: false, used: place, trail: None })
}

fn object_at(member: &str, value: Value, place: Place) -> Value {
    at(Value::object(vec![(member.into(), value)]), place)
}

/// Whole numbers as such, however they are written.
fn number(node: Node) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(int) = node.as_i64() {
        return Value::new(Data::Int(int));
    }
    match node.as_f64() {
        Some(float) if float.fract() == 0.0 && float.abs() < EXACT => Value::new(Data::Int(float as i64)),
        Some(float) => Value::new(Data::Float(float)),
        None => Value::unknown(Why::TooLarge),
    }
}

/// Set, and neither empty nor false.
fn is_set(node: Node) -> bool {
    match node.kind() {
        Kind::Null => false,
        Kind::Bool => node.as_bool() == Some(true),
        Kind::String => node.string().is_some_and(|text| !text.is_empty()),
        Kind::Array => !node.is_empty(),
        Kind::Number | Kind::Object | Kind::Broken => true,
    }
}

/// `H:mm` or `HH:mm`.
fn is_clock(text: &str) -> bool {
    let digits = |text: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split_once(':').is_some_and(|(hour, minute)| digits(hour, 1..=2) && digits(minute, 2..=2))
}
