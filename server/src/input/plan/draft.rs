//! A body while it is being put together from properties in no particular order.

use std::sync::Arc;

use super::shape::Segment;
use crate::text::Place;
use crate::value::{Data, Object, Origin, Unknown, Value};

/// A value, or something that will be one.
pub enum Draft {
    Empty,
    Value(Value),
    Object(Fields),
    List(Vec<Draft>),
}

/// The members of an object.
#[derive(Default)]
pub struct Fields {
    members: Vec<(Arc<str>, Draft)>,
    /// Where the object is written, as far as it is.
    place: Option<Place>,
    open: Option<Arc<Unknown>>,
    secret: bool,
}

impl Draft {
    /// The place that a path leads to. `None` where something stands in the way that has no inside.
    fn at(&mut self, path: &[Segment], indices: &[usize]) -> Option<&mut Draft> {
        let mut indices = indices.iter();
        path.iter().try_fold(self, |draft, segment| match segment {
            Segment::Name(name) => {
                let fields = draft.fields()?;
                let at = fields.members.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
                    fields.members.push((name.clone(), Draft::Empty));
                    fields.members.len() - 1
                });
                Some(&mut fields.members[at].1)
            }
            Segment::Index(_) | Segment::Star => {
                let index = match segment {
                    Segment::Index(index) => *index,
                    _ => *indices.next()?,
                };
                let items = draft.items()?;
                while items.len() <= index {
                    items.push(Draft::Empty);
                }
                items.get_mut(index)
            }
        })
    }

    /// As an object, if it can be one.
    pub fn fields(&mut self) -> Option<&mut Fields> {
        match self {
            Draft::Empty => *self = Draft::Object(Fields::default()),
            Draft::Value(value) => {
                let fields = Fields::of(value)?;
                *self = Draft::Object(fields);
            }
            Draft::Object(_) | Draft::List(_) => {}
        }
        match self {
            Draft::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// As a list, if it can be one.
    fn items(&mut self) -> Option<&mut Vec<Draft>> {
        match self {
            Draft::Empty => *self = Draft::List(Vec::new()),
            Draft::Value(value) => {
                let items = value.as_array()?.iter().cloned().map(Draft::Value).collect();
                *self = Draft::List(items);
            }
            Draft::Object(_) | Draft::List(_) => {}
        }
        match self {
            Draft::List(items) => Some(items),
            _ => None,
        }
    }

    /// Puts a value where the path leads, unless a known one is there.
    pub fn put(&mut self, path: &[Segment], indices: &[usize], value: Value) {
        if let Some(draft) = self.at(path, indices) {
            match draft {
                Draft::Empty => *draft = Draft::Value(value),
                Draft::Value(before) if before.is_unknown() && !value.is_unknown() => *draft = Draft::Value(value),
                Draft::Value(_) | Draft::Object(_) | Draft::List(_) => {}
            }
        }
    }

    /// Puts a value where the path leads, unless one is there, known or not.
    pub fn put_new(&mut self, path: &[Segment], indices: &[usize], value: Value) {
        if let Some(draft @ Draft::Empty) = self.at(path, indices) {
            *draft = Draft::Value(value);
        }
    }

    /// Adds a value to the end of the list that the path leads to.
    pub fn push(&mut self, path: &[Segment], indices: &[usize], item: Draft) {
        if let Some(items) = self.at(path, indices).and_then(Draft::items) {
            items.push(item);
        }
    }

    /// Puts an object where the path leads; what is there already keeps its other members.
    pub fn merge(&mut self, path: &[Segment], other: Draft) {
        if let Some(draft) = self.at(path, &[]) {
            draft.take(other, Keep::Own);
        }
    }

    /// Replaces what another draft has too, member by member.
    pub fn replace(&mut self, other: Draft) {
        self.take(other, Keep::Other);
    }

    fn take(&mut self, mut other: Draft, keep: Keep) {
        let (Some(own), Some(_)) = (self.fields(), other.fields()) else {
            if keep == Keep::Other || matches!(self, Draft::Empty) {
                *self = other;
            }
            return;
        };
        let Draft::Object(other) = other else { return };
        own.place = own.place.or(other.place);
        own.open = own.open.take().or(other.open);
        own.secret |= other.secret;
        for (name, draft) in other.members {
            match own.members.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(&name)) {
                Some((_, before)) => before.take(draft, keep),
                None => own.members.push((name, draft)),
            }
        }
    }

    /// Says that the object is written at a place.
    pub fn set_place(&mut self, path: &[Segment], indices: &[usize], place: Place) {
        if let Some(fields) = self.at(path, indices).and_then(Draft::fields) {
            fields.place = fields.place.or(Some(place));
        }
    }

    /// Says that the object may have more members.
    pub fn set_open(&mut self, path: &[Segment], indices: &[usize], why: &Arc<Unknown>) {
        if let Some(fields) = self.at(path, indices).and_then(Draft::fields) {
            fields.open = Some(why.clone());
        }
    }

    /// Says the same of the innermost object on a path that is there.
    pub fn open_nearest(&mut self, path: &[Segment], indices: &[usize], why: &Arc<Unknown>) {
        let mut indices = indices.iter();
        let mut draft = self;
        let mut path = path.iter();
        loop {
            let next = match (&*draft, path.next()) {
                (Draft::Object(fields), Some(Segment::Name(name))) => {
                    let at = fields.members.iter().position(|(key, _)| key == name);
                    at.filter(|&at| matches!(fields.members[at].1, Draft::Object(_)))
                }
                (Draft::List(items), Some(step)) => {
                    let index = if let Segment::Index(index) = step { Some(index) } else { indices.next() };
                    index.copied().filter(|&index| matches!(items.get(index), Some(Draft::Object(_))))
                }
                _ => None,
            };
            draft = match (draft, next) {
                (Draft::Object(fields), Some(at)) => &mut fields.members[at].1,
                (Draft::List(items), Some(at)) => &mut items[at],
                (Draft::Object(fields), None) => {
                    fields.open = Some(why.clone());
                    return;
                }
                _ => return,
            };
        }
    }

    /// The value that it has become.
    pub fn finish(self) -> Option<Value> {
        match self {
            Draft::Empty => None,
            Draft::Value(value) => Some(value),
            Draft::Object(fields) => Some(fields.finish()),
            Draft::List(items) => {
                let items = items.into_iter().map(|item| item.finish().unwrap_or_else(|| Fields::default().finish()));
                Some(Value::array(items.collect()))
            }
        }
    }
}

/// Which of two values for one property stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Own,
    Other,
}

impl Fields {
    fn of(value: &Value) -> Option<Fields> {
        let object = value.as_object()?;
        let members = object.members.iter().map(|(name, value)| (name.clone(), Draft::Value(value.clone())));
        Some(Fields {
            members: members.collect(),
            place: value.origin().map(|origin| origin.at),
            open: object.open.clone(),
            secret: value.is_secret(),
        })
    }

    /// An empty object that is written at a place.
    pub fn written_at(place: Place) -> Fields {
        Fields { place: Some(place), ..Fields::default() }
    }

    fn finish(self) -> Value {
        // Bodies stay in memory, drafts do not: no more room than is needed.
        let mut members = Vec::with_capacity(self.members.len());
        members.extend(self.members.into_iter().filter_map(|(name, draft)| Some((name, draft.finish()?))));
        let mut value = Value::new(Data::Object(Arc::new(Object { members, open: self.open })));
        if let Some(at) = self.place {
            value = value.with_origin(Origin { at, literal: false, used: at, trail: None });
        }
        if self.secret { value.secret() } else { value }
    }
}
