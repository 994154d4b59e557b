//! Ids and names of which pieces are unknown, while they are put together.

use std::ops::Deref;
use std::rc::Rc;

use crate::model::id::{self, Id};
use crate::value::Part;

/// A text in pieces.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Parts {
    pieces: Rc<[Part]>,
    /// Something sensitive is in it.
    pub secret: bool,
}

impl Parts {
    pub fn new(pieces: impl Into<Rc<[Part]>>, secret: bool) -> Parts {
        Parts { pieces: pieces.into(), secret }
    }

    /// A text that is known.
    pub fn known(text: &str, secret: bool) -> Parts {
        Parts::new([Part::Known(text.into())], secret)
    }

    /// The id that this text is; what is sensitive in it cannot be shown.
    pub fn id(&self) -> Id {
        match self.secret {
            true => Id::of_parts(&id::concealed(self)),
            false => Id::of_parts(self),
        }
    }

    /// The same pieces, or some of them, as something sensitive if these are.
    pub fn with(&self, pieces: impl Into<Rc<[Part]>>) -> Parts {
        Parts::new(pieces, self.secret)
    }
}

impl Deref for Parts {
    type Target = [Part];

    fn deref(&self) -> &[Part] {
        &self.pieces
    }
}

impl From<Part> for Parts {
    fn from(part: Part) -> Parts {
        Parts::new([part], false)
    }
}

/// A hole. Ids are compared without regard to letter case, Terraform's addresses are not.
pub fn hole(identity: &str) -> Part {
    if !identity.contains(|c: char| c.is_uppercase() || c == '^') {
        return Part::Hole(identity.into());
    }
    let mut folded = String::with_capacity(identity.len() + 8);
    for c in identity.chars() {
        if c.is_uppercase() || c == '^' {
            folded.push('^');
        }
        folded.push(c);
    }
    Part::Hole(folded.into())
}

/// A text that is put together.
#[derive(Default)]
pub struct Text {
    parts: Vec<Part>,
    secret: bool,
    /// The known text behind the last part.
    tail: String,
}

impl Text {
    pub fn push(&mut self, text: &str) {
        self.tail.push_str(text);
    }

    pub fn extend(&mut self, parts: &Parts) {
        self.secret |= parts.secret;
        for part in parts.iter() {
            match part {
                Part::Known(text) => self.push(text),
                Part::Hole(_) => {
                    self.close();
                    self.parts.push(part.clone());
                }
            }
        }
    }

    fn close(&mut self) {
        if !self.tail.is_empty() {
            self.parts.push(Part::Known(self.tail.as_str().into()));
            self.tail.clear();
        }
    }

    /// `/providers/` with the type and the names in turns.
    pub fn provider(&mut self, kind: &str, names: &[&Parts]) {
        let mut types = kind.split('/');
        self.push("/providers/");
        self.push(types.next().unwrap_or_default());
        for (kind, name) in types.zip(names) {
            self.push("/");
            self.push(kind);
            self.push("/");
            self.extend(name);
        }
    }

    pub fn done(mut self) -> Parts {
        self.close();
        Parts::new(self.parts, self.secret)
    }
}

/// The pieces between slashes.
pub fn segments(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut segments: Vec<Vec<Part>> = Vec::new();
    let mut open = false;
    for part in parts {
        match part {
            Part::Known(text) => {
                for (nth, piece) in text.split('/').enumerate() {
                    if nth > 0 {
                        open = false;
                    }
                    if piece.is_empty() {
                        continue;
                    }
                    match (open, segments.last_mut()) {
                        (true, Some(last)) => last.push(Part::Known(piece.into())),
                        _ => segments.push(vec![Part::Known(piece.into())]),
                    }
                    open = true;
                }
            }
            Part::Hole(_) => {
                match (open, segments.last_mut()) {
                    (true, Some(last)) => last.push(part.clone()),
                    _ => segments.push(vec![part.clone()]),
                }
                open = true;
            }
        }
    }
    segments
}

/// Whether a segment is this text; letter case ignored.
pub fn is_known(segment: &[Part], text: &str) -> bool {
    matches!(segment, [Part::Known(known)] if known.eq_ignore_ascii_case(text))
}
