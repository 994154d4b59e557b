//! Resource ids whose pieces need not be known.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::value::{Part, Value};

/// A resource id, folded to lower case, with unknown pieces as holes. Equal ids are the same resource.
#[derive(Clone)]
pub struct Id {
    folded: Arc<str>,
    written: Arc<str>,
}

impl PartialEq for Id {
    fn eq(&self, other: &Id) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

/// Encloses the identity of a hole.
const HOLE: char = '\u{1}';

impl Id {
    /// The id of a text value; `None` where nothing of it is certain.
    pub fn of(value: &Value) -> Option<Id> {
        parts_of(value).map(|parts| Id::of_parts(&parts))
    }

    pub fn of_parts(parts: &[Part]) -> Id {
        let mut written = String::new();
        for part in parts {
            match part {
                Part::Known(text) => push_without_marks(&mut written, text),
                Part::Hole(identity) => {
                    written.push(HOLE);
                    push_without_marks(&mut written, identity);
                    written.push(HOLE);
                }
            }
        }
        while written.ends_with('/') && written.len() > 1 {
            written.pop();
        }
        Id::new(written)
    }

    fn new(written: String) -> Id {
        let folded = if written.is_ascii() { written.to_ascii_lowercase() } else { written.to_lowercase() };
        Id { folded: folded.into(), written: written.into() }
    }

    /// Known pieces, as they are spelled, and holes.
    pub fn parts(&self) -> Vec<Part> {
        let pieces = self.written.split(HOLE).enumerate().filter(|(_, piece)| !piece.is_empty());
        pieces
            .map(|(index, piece)| if index % 2 == 0 { Part::Known(piece.into()) } else { Part::Hole(piece.into()) })
            .collect()
    }

    /// The text as it is spelled; for an id that [is known](Id::is_known).
    pub fn written(&self) -> &str {
        &self.written
    }

    pub fn known(text: &str) -> Id {
        Id::of_parts(&[Part::Known(text.into())])
    }

    /// An id of which nothing is known but that it is the same one wherever `identity` stands.
    pub fn hole(identity: &str) -> Id {
        Id::of_parts(&[Part::Hole(identity.into())])
    }

    /// `self` followed by `/` and the segments of `text`.
    pub fn join(&self, text: &str) -> Id {
        Id::new(format!("{}/{text}", self.written.trim_end_matches('/')))
    }

    /// Whether nothing of it is unknown.
    pub fn is_known(&self) -> bool {
        !self.folded.contains(HOLE)
    }

    /// The pieces between slashes; a slash inside a hole's identity does not count.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        pieces(&self.folded)
    }

    /// The name of the resource group that it lies in or is, as it is spelled, where it is known.
    pub fn group_spelled(&self) -> Option<&str> {
        let position = self.segments().position(|segment| segment == "resourcegroups")?;
        pieces(&self.written).nth(position + 1).filter(|name| !name.contains(HOLE))
    }

    /// The segment after the one that is `name`: `after("resourcegroups")` is the group's name.
    pub fn after(&self, name: &str) -> Option<&str> {
        let mut segments = self.segments();
        segments.find(|segment| *segment == name)?;
        segments.next()
    }

    /// The first `count` segments as an id of their own.
    fn prefix(&self, count: usize) -> Option<Id> {
        let mut segments = self.segments();
        let text: String = segments.by_ref().take(count).flat_map(|segment| ["/", segment]).collect();
        let text: Arc<str> = text.into();
        (pieces(&text).count() == count).then(|| Id { written: text.clone(), folded: text })
    }

    /// The subscription that it lies in or is.
    pub fn subscription(&self) -> Option<Id> {
        if self.segments().next()? != "subscriptions" {
            return None;
        }
        self.prefix(2)
    }

    /// The resource group that it lies in or is.
    pub fn group(&self) -> Option<Id> {
        if self.segments().nth(2)? != "resourcegroups" {
            return None;
        }
        self.prefix(4)
    }

    /// The name of the resource group that it lies in or is, where it is known.
    pub fn group_name(&self) -> Option<&str> {
        self.after("resourcegroups").filter(|name| !name.contains(HOLE))
    }

    /// It is exactly a subscription.
    pub fn is_subscription(&self) -> bool {
        self.segments().count() == 2 && self.subscription().is_some()
    }

    /// It is exactly a resource group.
    pub fn is_group(&self) -> bool {
        self.segments().count() == 4 && self.group().is_some()
    }

    /// The id of the resource that a child's id is built on: two segments less.
    pub fn parent(&self) -> Option<Id> {
        self.prefix(self.segments().count().checked_sub(2)?)
    }

    /// The last segment, where it is known.
    pub fn name(&self) -> Option<&str> {
        self.segments().last().filter(|name| !name.contains(HOLE))
    }

    /// Whether both can be the same resource: `Some(true)` they are, `Some(false)` they are not, `None` not certain.
    pub fn same(&self, other: &Id) -> Option<bool> {
        if self.folded == other.folded {
            return Some(true);
        }
        if self.is_known() && other.is_known() {
            return Some(false);
        }
        let compatible = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
        let head = |id: &Id| id.folded.split(HOLE).next().unwrap_or("").to_owned();
        let tail = |id: &Id| id.folded.rsplit(HOLE).next().unwrap_or("").chars().rev().collect::<String>();
        let possible = compatible(&head(self), &head(other)) && compatible(&tail(self), &tail(other));
        if possible { None } else { Some(false) }
    }

    /// Whether it lies below the scope or is it. `None` where that is not certain.
    pub fn is_within(&self, scope: &Id) -> Option<bool> {
        let mut certain = true;
        let mut own = self.segments();
        for segment in scope.segments() {
            match own.next() {
                Some(mine) if mine == segment => {}
                Some(mine) if mine.contains(HOLE) || segment.contains(HOLE) => certain = false,
                _ => return Some(false).filter(|_| certain || !self.folded.contains(HOLE)),
            }
        }
        certain.then_some(true)
    }

    /// The folded text; holes are enclosed in U+0001.
    pub fn as_str(&self) -> &str {
        &self.folded
    }
}

/// The text without the mark of holes, which no id has.
fn push_without_marks(out: &mut String, text: &str) {
    for piece in text.split(HOLE) {
        out.push_str(piece);
    }
}

/// The pieces of a text that is, or goes into, an id: as [`Value::parts`], but what is secret is [concealed].
pub fn parts_of(value: &Value) -> Option<Vec<Part>> {
    let parts = value.parts()?;
    Some(if value.is_tainted() { concealed(&parts) } else { parts })
}

/// The same pieces with every name in them a hole: equal names are equal holes, and none can be shown.
///
/// The words that give an id its shape stay (`resourceGroups`, `Microsoft.Compute`, `virtualMachines`).
pub fn concealed(parts: &[Part]) -> Vec<Part> {
    let mut concealed = Vec::new();
    for part in parts {
        let Part::Known(text) = part else {
            concealed.push(part.clone());
            continue;
        };
        let mut before = "";
        for piece in text.split_inclusive('/') {
            let word = piece.trim_end_matches('/');
            let folded = word.to_lowercase();
            let is_type = is_namespace(before) && word.bytes().all(|byte| byte.is_ascii_alphabetic());
            if SHAPE.contains(&&*folded) || is_namespace(word) || is_type {
                concealed.push(Part::Known(piece.into()));
            } else {
                if !word.is_empty() {
                    let mut hasher = DefaultHasher::new();
                    folded.hash(&mut hasher);
                    concealed.push(Part::Hole(format!("secret {:x}", hasher.finish()).into()));
                }
                if piece.len() > word.len() {
                    concealed.push(Part::Known("/".into()));
                }
            }
            before = word;
        }
    }
    concealed
}

const SHAPE: &[&str] = &["subscriptions", "resourcegroups", "providers", "managementgroups"];

fn is_namespace(word: &str) -> bool {
    word.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("microsoft."))
}

/// The pieces of an id between slashes outside of holes.
fn pieces(id: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    id.split(move |char| {
        inside ^= char == HOLE;
        char == '/' && !inside
    })
    .filter(|segment| !segment.is_empty())
}

/// Ids name resources and hold nothing secret by themselves, but a name may be: show the shape only.
impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "id of {} segments", self.segments().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partly(pieces: &[(&str, bool)]) -> Id {
        let parts: Vec<Part> = pieces
            .iter()
            .map(|&(text, known)| if known { Part::Known(text.into()) } else { Part::Hole(text.into()) })
            .collect();
        Id::of_parts(&parts)
    }

    #[test]
    fn groups_and_subscriptions() {
        let id = Id::known("/subscriptions/S1/resourceGroups/rg-App/providers/Microsoft.Compute/virtualMachines/vm1");
        assert_eq!(id.group_name(), Some("rg-app"));
        assert_eq!(id.subscription(), Some(Id::known("/subscriptions/s1")));
        assert!(id.group().is_some_and(|group| group.is_group()));
        assert!(Id::known("/subscriptions/s1/").is_subscription());
        assert_eq!(id.is_within(&Id::known("/subscriptions/s1/resourceGroups/RG-APP")), Some(true));
        assert_eq!(id.is_within(&Id::known("/subscriptions/s2")), Some(false));
    }

    #[test]
    fn a_secret_name_is_compared_but_not_shown() {
        let secret = |text: &str| Id::of(&Value::text(text).secret()).unwrap();
        let id = secret("/subscriptions/s1/resourceGroups/hunter2/providers/Microsoft.Compute/virtualMachines/Pa/ss");
        assert_eq!(
            id,
            secret("/subscriptions/S1/resourceGroups/HUNTER2/providers/Microsoft.Compute/virtualMachines/pa/SS")
        );
        assert!(id.group().is_some_and(|group| group.is_group()));
        assert!(!id.is_known() && id.name().is_none() && id.group_spelled().is_none());
        assert!(!id.as_str().contains("hunter2") && !id.as_str().contains("pa"));
        assert!(id.after("virtualmachines").is_some());
    }

    #[test]
    fn holes_are_compared_by_identity() {
        let a = partly(&[("/subscriptions/", true), ("subscription().id/x", false), ("/resourceGroups/rg", true)]);
        let b = partly(&[("/subscriptions/", true), ("Subscription().id/x", false), ("/resourceGroups/RG", true)]);
        let c = partly(&[("/subscriptions/", true), ("other", false), ("/resourceGroups/rg2", true)]);
        let d = Id::known("/subscriptions/s/resourceGroups/rg");
        assert_eq!(a.same(&b), Some(true));
        assert_eq!(a.same(&c), Some(false), "the known ends differ");
        assert_eq!(a.same(&d), None);
        assert!(a.is_group(), "a slash inside a hole's identity is no separator");
    }
}
