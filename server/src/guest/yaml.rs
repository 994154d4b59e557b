//! YAML as a small tree that remembers lines, built from the parser's events.
//!
//! The tree is ours so that the bounds are: anchors are copied within a budget, depth is fixed, and merge keys and the
//! booleans of YAML 1.1, which cloud-init and netplan read, are understood.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Nodes in one document, copies through aliases included.
pub const MAX_NODES: usize = 20_000;

/// Levels of nesting.
pub const MAX_DEPTH: usize = 64;

/// A node and the 1-based line on which it begins.
#[derive(Clone)]
pub struct Node {
    pub line: u32,
    pub kind: Kind,
}

#[derive(Clone)]
pub enum Kind {
    Scalar {
        text: String,
        style: Style,
        /// An explicit tag, such as `binary` for `!!binary`.
        tag: Option<String>,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    /// `|`: the lines of the text are lines of the document, and `line` is the first of them.
    Literal,
    /// `>`.
    Folded,
}

/// The first document of a text. `None`: not YAML, or beyond the bounds.
pub fn parse(text: &str) -> Option<Node> {
    let mut builder = Builder { open: Vec::new(), anchors: Vec::new(), nodes: 0, done: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let line = u32::try_from(span.start.line()).ok()?.max(1);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                // The parser's place is that of the first line that is not blank.
                let blank = text.bytes().take_while(|b| *b == b'\n').count();
                let line = match style {
                    Style::Literal => line.saturating_sub(u32::try_from(blank).ok()?).max(1),
                    Style::Plain | Style::Quoted | Style::Folded => line,
                };
                let tag = tag.map(|tag| tag.suffix.to_string());
                let kind = Kind::Scalar { text: text.into_owned(), style, tag };
                builder.add(Node { line, kind }, anchor, 1)?;
            }
            Event::SequenceStart(anchor, _) => {
                builder.start(Node { line, kind: Kind::Sequence(Vec::new()) }, anchor)?;
            }
            Event::MappingStart(anchor, _) => builder.start(Node { line, kind: Kind::Mapping(Vec::new()) }, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => builder.end()?,
            Event::Alias(anchor) => {
                let found = builder.anchors.iter().rev().find(|(id, _, _)| *id == anchor)?;
                if builder.open.len() + height(&found.1) > MAX_DEPTH {
                    return None;
                }
                let (node, size) = (found.1.clone(), found.2);
                builder.add(node, 0, size)?;
            }
            Event::DocumentEnd => return builder.done,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }
    builder.done
}

struct Builder {
    /// Collections not closed yet, with a key that waits for its value, the anchor, and the nodes before.
    open: Vec<(Node, Option<Node>, usize, usize)>,
    /// Anchor, node, number of nodes.
    anchors: Vec<(usize, Node, usize)>,
    nodes: usize,
    done: Option<Node>,
}

impl Builder {
    fn start(&mut self, node: Node, anchor: usize) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            return None;
        }
        self.open.push((node, None, anchor, self.nodes));
        Some(())
    }

    fn end(&mut self) -> Option<()> {
        let (mut node, _, anchor, before) = self.open.pop()?;
        if let Kind::Mapping(entries) = &mut node.kind {
            merge(entries);
        }
        let size = self.nodes - before + 1;
        self.nodes += 1;
        self.keep(node, anchor, size)
    }

    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Option<()> {
        self.nodes = self.nodes.checked_add(size).filter(|nodes| *nodes <= MAX_NODES)?;
        self.keep(node, anchor, size)
    }

    fn keep(&mut self, node: Node, anchor: usize, size: usize) -> Option<()> {
        if anchor != 0 {
            // The copy that the anchor keeps costs as much as one more use.
            self.nodes = self.nodes.checked_add(size).filter(|nodes| *nodes <= MAX_NODES)?;
            self.anchors.push((anchor, node.clone(), size));
        }
        match self.open.last_mut() {
            None => self.done = Some(node),
            Some((Node { kind: Kind::Sequence(items), .. }, _, _, _)) => items.push(node),
            Some((Node { kind: Kind::Mapping(entries), .. }, key, _, _)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Some((Node { kind: Kind::Scalar { .. }, .. }, _, _, _)) => return None,
        }
        Some(())
    }
}

/// Levels of nesting in a node; the bounds on building it keep the recursion short.
fn height(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar { .. } => 1,
        Kind::Sequence(items) => 1 + items.iter().map(height).max().unwrap_or(0),
        Kind::Mapping(entries) => {
            1 + entries.iter().map(|(key, value)| height(key).max(height(value))).max().unwrap_or(0)
        }
    }
}

/// `<<: *base`: what the base has and the mapping does not.
fn merge(entries: &mut Vec<(Node, Node)>) {
    let is_merge = |key: &Node| key.plain() == Some("<<");
    if !entries.iter().any(|(key, _)| is_merge(key)) {
        return;
    }
    let (bases, mut own): (Vec<_>, Vec<_>) = std::mem::take(entries).into_iter().partition(|(key, _)| is_merge(key));
    for (key, base) in bases {
        let list = match base.kind {
            Kind::Mapping(inner) => vec![inner],
            Kind::Sequence(items) => items
                .into_iter()
                .filter_map(|item| match item.kind {
                    Kind::Mapping(inner) => Some(inner),
                    Kind::Scalar { .. } | Kind::Sequence(_) => None,
                })
                .collect(),
            Kind::Scalar { .. } => {
                own.push((key, base));
                continue;
            }
        };
        let known: HashSet<String> = own.iter().filter_map(|(key, _)| key.str()).map(str::to_string).collect();
        own.extend(list.into_iter().flatten().filter(|(key, _)| key.str().is_none_or(|key| !known.contains(key))));
    }
    *entries = own;
}

impl Node {
    /// The value of a key; the last one where a key is written twice, as cloud-init takes it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|(name, _)| name.str() == Some(key)).map(|(_, value)| value)
    }

    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            Kind::Scalar { .. } | Kind::Sequence(_) => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            Kind::Scalar { .. } | Kind::Mapping(_) => &[],
        }
    }

    pub fn str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    fn plain(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, style: Style::Plain, .. } => Some(text),
            Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    /// A boolean as YAML 1.1 writes it.
    pub fn truth(&self) -> Option<bool> {
        match self.str()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }
}
