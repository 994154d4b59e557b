//! Parameter files that Bicep built from a `.bicepparam`: everything in them is computed, so that the values are literals.

use std::sync::Arc;

use super::{Lost, Search, Side, Want, load};
use crate::bicep::{Access, DeclarationKind, Expr, ExprKind, Item, KeyKind, Member, Piece};
use crate::document::Document;
use crate::json::{Kind, Node, Step};
use crate::text::Span;

/// So many files may extend or import one another, and so often a name may stand for another.
const MAX_HOPS: usize = 16;

/// Finds the places of values.
pub fn locate(search: &Search, side: Side, root: Node, wants: &[Want]) {
    for want in wants {
        search.answer(side, want, find(search, side.source, root, want));
    }
}

fn find(search: &Search, source: &Arc<Document>, root: Node, want: &Want) -> Result<(Arc<Document>, Span), Lost> {
    let [Step::Name(section), Step::Name(name), Step::Name(value), rest @ ..] = want.rest() else {
        return Err(Lost::Unknown);
    };
    if !section.eq_ignore_ascii_case("parameters") || !value.eq_ignore_ascii_case("value") {
        return Err(Lost::Unknown);
    }
    let built = root.get(section).and_then(|all| all.get(name)?.get(value)).ok_or(Lost::Unknown)?;
    let built = node_at(built, rest)?;
    let reader = Reader { search };
    let mut file = source.clone();
    let mut hops = 0;
    // What is not given here may be given in the file that this one extends.
    let declared = loop {
        let declarations = &file.bicep().declarations;
        let own = declarations.iter().position(|one| one.kind == DeclarationKind::Parameter && one.is_named(name));
        if let Some(own) = own {
            break own;
        }
        let base = declarations.iter().find(|one| one.kind == DeclarationKind::Extends);
        let Some(path) = base.and_then(|base| base.target.as_ref()?.text()) else { return Err(Lost::Outdated) };
        hops += 1;
        file = load(&file, path, search.files).filter(|_| hops < MAX_HOPS).ok_or(Lost::Unknown)?;
    };
    let expr = file.bicep().declarations[declared].value.as_ref().ok_or(Lost::Unknown)?;
    reader.step(built, rest, &file, expr, 0)
}

fn node_at<'j>(node: Node<'j>, steps: &[Step]) -> Result<Node<'j>, Lost> {
    let down = |node: Node<'j>, step: &Step| match step {
        Step::Name(name) => node.get(name),
        Step::Index(index) => node.items().nth(*index),
    };
    steps.iter().try_fold(node, down).ok_or(Lost::Unknown)
}

struct Reader<'s, 'f> {
    search: &'s Search<'f>,
}

impl Reader<'_, '_> {
    /// Goes down by steps, through names and accesses, and compares at the end.
    fn step(
        &self,
        built: Node,
        steps: &[Step],
        file: &Arc<Document>,
        expr: &Expr,
        hops: usize,
    ) -> Result<(Arc<Document>, Span), Lost> {
        if hops > MAX_HOPS {
            return Err(Lost::Unknown);
        }
        self.with_meaning(file, expr, hops, &mut |file, expr| {
            let Some((step, rest)) = steps.split_first() else {
                return match self.is(built, file, expr, hops) {
                    Some(true) => Ok((file.clone(), expr.span)),
                    Some(false) => Err(Lost::Outdated),
                    None => Err(Lost::Unknown),
                };
            };
            let inner = match (step, &expr.kind) {
                (Step::Name(name), ExprKind::Object(members)) => match expr.get(name) {
                    Some(value) => value,
                    None if members.iter().all(|member| matches!(member, Member::Property { key, .. } if matches!(key.kind, KeyKind::Plain(_)))) => {
                        return Err(Lost::Outdated);
                    }
                    None => return Err(Lost::Unknown),
                },
                (Step::Index(index), ExprKind::Array(items)) => match items.get(*index) {
                    _ if items.iter().any(|item| matches!(item, Item::Spread(_))) => return Err(Lost::Unknown),
                    Some(Item::Value(value)) => value,
                    _ => return Err(Lost::Outdated),
                },
                _ => return Err(Lost::Unknown),
            };
            self.step(built, rest, file, inner, hops)
        })
    }

    /// Calls `then` with what an expression stands for: the value of a variable, here or in a file that is imported, or
    /// a part of it; else the expression itself.
    fn with_meaning<T>(
        &self,
        file: &Arc<Document>,
        expr: &Expr,
        hops: usize,
        then: &mut dyn FnMut(&Arc<Document>, &Expr) -> T,
    ) -> T {
        if hops > MAX_HOPS {
            return then(file, expr);
        }
        match &expr.kind {
            ExprKind::Name(name) => {
                let declarations = &file.bicep().declarations;
                let own = declarations.iter().find(|one| {
                    matches!(one.kind, DeclarationKind::Variable | DeclarationKind::Parameter) && one.is_named(name)
                });
                if let Some(value) = own.and_then(|own| own.value.as_ref()) {
                    return self.with_meaning(file, value, hops + 1, then);
                }
                match imported(file, name, self.search) {
                    Some((there, position)) => match there.bicep().declarations[position].value.as_ref() {
                        Some(value) => self.with_meaning(&there, value, hops + 1, then),
                        None => then(file, expr),
                    },
                    None => then(file, expr),
                }
            }
            ExprKind::Access { base, step: Access::Property(name), .. } => {
                let mut inner = None;
                self.with_meaning(file, base, hops + 1, &mut |there, base| {
                    if let Some(value) = base.get(&name.text) {
                        inner = Some(self.with_meaning(there, value, hops + 1, then));
                    }
                });
                inner.unwrap_or_else(|| then(file, expr))
            }
            ExprKind::Access { base, step: Access::Index { index, from_end: false }, .. } => {
                let mut inner = None;
                self.with_meaning(file, base, hops + 1, &mut |there, base| {
                    let value = match (&base.kind, index.int(), index.text()) {
                        (ExprKind::Array(items), Some(index), _) => {
                            match usize::try_from(index).ok().and_then(|index| items.get(index)) {
                                Some(Item::Value(value)) => Some(value),
                                _ => None,
                            }
                        }
                        (ExprKind::Object(_), _, Some(name)) => base.get(name),
                        _ => None,
                    };
                    if let Some(value) = value {
                        inner = Some(self.with_meaning(there, value, hops + 1, then));
                    }
                });
                inner.unwrap_or_else(|| then(file, expr))
            }
            _ => then(file, expr),
        }
    }

    /// Whether an expression has this value; `None` where that takes a compiler.
    fn is(&self, node: Node, file: &Arc<Document>, expr: &Expr, hops: usize) -> Option<bool> {
        self.with_meaning(file, expr, hops, &mut |file, expr| match (&expr.kind, node.kind()) {
            (ExprKind::Null, kind) => Some(kind == Kind::Null),
            (ExprKind::Bool(bool), _) => Some(node.as_bool() == Some(*bool)),
            (ExprKind::Int(_) | ExprKind::Unary { operator: '-', .. }, _) => {
                expr.int().map(|int| node.as_i64() == Some(int))
            }
            (ExprKind::Text(pieces), _) => {
                let text = self.text(file, pieces, hops + 1)?;
                Some(node.string().is_some_and(|own| same_text(&own, &text)))
            }
            (ExprKind::Array(items), kind) => {
                if items.iter().any(|item| matches!(item, Item::Spread(_))) {
                    return None;
                }
                if kind != Kind::Array || node.len() != items.len() {
                    return Some(false);
                }
                let pairs = node.items().zip(items);
                self.all(pairs.map(|(node, item)| match item {
                    Item::Value(value) | Item::Spread(value) => self.is(node, file, value, hops + 1),
                }))
            }
            (ExprKind::Object(members), kind) => {
                if kind != Kind::Object {
                    return Some(false);
                }
                let plain = |member: &Member| match member {
                    Member::Property { key: crate::bicep::Key { kind: KeyKind::Plain(name), .. }, .. } => {
                        Some(name.clone())
                    }
                    _ => None,
                };
                let names: Option<Vec<String>> = members.iter().map(plain).collect();
                let names = names?;
                if names.len() != node.len() {
                    return Some(false);
                }
                self.all(names.iter().map(|name| match (node.get(name), expr.get(name)) {
                    (Some(node), Some(value)) => self.is(node, file, value, hops + 1),
                    _ => Some(false),
                }))
            }
            _ => None,
        })
    }

    /// False if one is, for what cannot be told inside of a whole does not speak against it.
    fn all(&self, mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
        Some(answers.all(|answer| answer != Some(false)))
    }

    /// The text of an interpolation whose parts are known.
    fn text(&self, file: &Arc<Document>, pieces: &[Piece], hops: usize) -> Option<String> {
        if hops > MAX_HOPS {
            return None;
        }
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => text.push_str(plain),
                Piece::Hole(hole) => {
                    let inner = self.with_meaning(file, hole, hops, &mut |file, expr| match &expr.kind {
                        ExprKind::Text(pieces) => self.text(file, pieces, hops + 1),
                        _ => expr.int().map(|int| int.to_string()),
                    });
                    text.push_str(&inner?);
                }
            }
        }
        Some(text)
    }
}

/// A variable that an import brings in: its file and its place among the declarations there.
pub fn imported(file: &Arc<Document>, name: &str, search: &Search) -> Option<(Arc<Document>, usize)> {
    for import in &file.bicep().declarations {
        let DeclarationKind::Import { items } = &import.kind else { continue };
        let item = items.iter().find(|item| item.ours == name);
        let Some(theirs) = item.and_then(|item| item.theirs.as_ref()) else { continue };
        let there = load(file, import.target.as_ref()?.text()?, search.files)?;
        let position = there.bicep().declarations.iter().position(|one| one.is_named(theirs))?;
        return Some((there, position));
    }
    None
}

/// Equal, however lines end: a checkout may have changed that.
pub fn same_text(a: &str, b: &str) -> bool {
    a == b || a.contains('\n') && a.replace("\r\n", "\n") == b.replace("\r\n", "\n")
}
