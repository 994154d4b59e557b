//! The shadows that a plan keeps beside its values: what is known only after apply, and what is sensitive.
//!
//! A shadow has the shape of the value, with `true` where it marks. Where the shapes do not fit, the value is taken for
//! marked, so that a fault of the plan never shows a secret and never makes a finding.

use crate::json::{Kind, Node};

/// What a shadow says of a value and of what is inside it.
#[derive(Clone, Copy)]
pub enum Shade<'a> {
    /// Nothing of it is marked.
    Clear,
    /// Perhaps parts of it: the shadow.
    Parts(Node<'a>),
    /// All of it is marked.
    Whole,
    /// The shadow does not fit the value.
    Misfit,
}

impl<'a> Shade<'a> {
    /// What the shadow says of the value, which an unknown member of an object has none of.
    pub fn new(shadow: Option<Node<'a>>, value: Option<Node<'a>>) -> Shade<'a> {
        let Some(shadow) = shadow else { return Shade::Clear };
        let fits = match shadow.kind() {
            Kind::Null => return Shade::Clear,
            Kind::Bool if shadow.as_bool() == Some(true) => return Shade::Whole,
            Kind::Bool => return Shade::Clear,
            Kind::Object | Kind::Array => value.is_some_and(|value| value.kind() == shadow.kind()),
            Kind::Number | Kind::String | Kind::Broken => return Shade::Misfit,
        };
        match fits {
            true if shadow.is_empty() => Shade::Clear,
            true => Shade::Parts(shadow),
            false if marks(shadow) => Shade::Misfit,
            false => Shade::Clear,
        }
    }

    /// Every node inside has the same shade.
    fn is_even(self) -> bool {
        !matches!(self, Shade::Parts(_))
    }

    /// All of it is marked.
    pub fn is_whole(self) -> bool {
        matches!(self, Shade::Whole | Shade::Misfit)
    }
}

/// Whether anything in a shadow marks.
fn marks(shadow: Node) -> bool {
    match shadow.kind() {
        Kind::Null => false,
        Kind::Bool => shadow.as_bool() == Some(true),
        Kind::Array => shadow.items().any(marks),
        Kind::Object => shadow.members().any(|member| marks(member.value)),
        Kind::Number | Kind::String | Kind::Broken => true,
    }
}

/// The shadows of one value: what is unknown, and what is sensitive by the state and by the change.
#[derive(Clone, Copy)]
pub struct Marks<'a> {
    pub unknown: Shade<'a>,
    pub secret: [Shade<'a>; 2],
}

impl<'a> Marks<'a> {
    pub const CLEAR: Marks<'static> = Marks { unknown: Shade::Clear, secret: [Shade::Clear, Shade::Clear] };

    pub const SECRET: Marks<'static> = Marks { unknown: Shade::Clear, secret: [Shade::Whole, Shade::Clear] };

    /// It is known only after apply.
    pub fn is_unknown(&self) -> bool {
        self.unknown.is_whole() || self.is_misfit()
    }

    /// It must never be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.unknown, Shade::Misfit) || self.secret.iter().any(|shade| shade.is_whole())
    }

    /// A shadow does not fit the value.
    pub fn is_misfit(&self) -> bool {
        [self.unknown, self.secret[0], self.secret[1]].iter().any(|shade| matches!(shade, Shade::Misfit))
    }

    /// The same marks hold for everything inside.
    fn is_even(&self) -> bool {
        self.unknown.is_even() && self.secret.iter().all(|shade| shade.is_even())
    }

    /// The marks of something inside, given the shadows of it.
    pub fn inside(
        &self,
        unknown: Option<Node<'a>>,
        secret: [Option<Node<'a>>; 2],
        value: Option<Node<'a>>,
    ) -> Marks<'a> {
        let inherit = |outer: Shade<'a>, shadow: Option<Node<'a>>| match outer {
            Shade::Parts(_) => Shade::new(shadow, value),
            even => even,
        };
        Marks {
            unknown: inherit(self.unknown, unknown),
            secret: [inherit(self.secret[0], secret[0]), inherit(self.secret[1], secret[1])],
        }
    }

    /// The marks of the items of a list, in order.
    pub fn items(self) -> impl FnMut(Node<'a>) -> Marks<'a> {
        let even = self.is_even();
        let mut shadows = [self.unknown, self.secret[0], self.secret[1]].map(|shade| match shade {
            Shade::Parts(shadow) => Some(shadow.items()),
            Shade::Clear | Shade::Whole | Shade::Misfit => None,
        });
        move |item| {
            if even {
                return self;
            }
            let [unknown, first, second] = &mut shadows;
            let next = |items: &mut Option<_>| items.as_mut().and_then(Iterator::next);
            let secret = [next(first), next(second)];
            self.inside(next(unknown), secret, Some(item))
        }
    }

    /// The marks of a member. It looks the name up; many members are better gone through once.
    pub fn member(&self, name: &str, value: Option<Node<'a>>) -> Marks<'a> {
        if self.is_even() {
            return *self;
        }
        let shadow = |shade: Shade<'a>| match shade {
            Shade::Parts(shadow) => shadow.get(name),
            Shade::Clear | Shade::Whole | Shade::Misfit => None,
        };
        self.inside(shadow(self.unknown), self.secret.map(shadow), value)
    }
}

/// What tools that redact plans put in place of values.
pub fn is_redacted(text: &str) -> bool {
    matches!(text, "REDACTED_SENSITIVE" | "(sensitive value)")
}
