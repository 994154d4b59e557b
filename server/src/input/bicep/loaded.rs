//! Contents of other files: `loadJsonContent` and its like, and modules that are templates in JSON.

use std::sync::Arc;

use base64::Engine;

use super::given::same_text;
use super::{Lost, Search, Side, Want, load, template};
use crate::bicep::{Expr, ExprKind};
use crate::document::Document;
use crate::guest::yaml;
use crate::input::arm::expr as arm;
use crate::json::{Kind, Node, Step};
use crate::text::Span;

/// Finds places in a module that is JSON: its text is in the build as it is.
pub fn locate(search: &Search, side: Side, built: Node, wants: Vec<Want>) {
    for want in wants {
        let twin = side.source.root().ok_or(Lost::Unknown).and_then(|root| {
            let (own, other) = (down(built, want.rest()), down(root, want.rest()));
            twin(own.ok_or(Lost::Unknown)?, other, want.place.span)
        });
        let found = twin.map(|span| (side.source.clone(), span));
        search.answer(side, &want, found);
    }
}

/// The place of a value that was read from another file: in that file where it is JSON, else where it is loaded.
pub fn variable(
    search: &Search,
    source: &Arc<Document>,
    built: Node,
    steps: &[Step],
    wanted: Span,
) -> Result<(Arc<Document>, Span), Lost> {
    let mut calls: Vec<&Expr> = Vec::new();
    source.bicep().walk(&mut |expr| {
        if matches!(&expr.kind, ExprKind::Call { name, .. } if name.text.starts_with("load")) {
            calls.push(expr);
        }
    });
    let only = calls.len() == 1;
    for call in calls {
        let ExprKind::Call { name, args, .. } = &call.kind else { continue };
        let Some(file) = args.first().and_then(Expr::text).and_then(|path| load(source, path, search.files)) else {
            continue;
        };
        let text = file.text.as_str();
        // With more arguments it takes a part of the file, or another encoding, which is not looked at here.
        if only && args.len() == 1 {
            search.blamed.replace(Some(file.clone()));
        }
        match name.text.as_str() {
            "loadJsonContent" if args.len() == 1 => {
                let Some(root) = file.root().filter(|root| same(built, *root)) else { continue };
                let (own, other) = (down(built, steps).ok_or(Lost::Unknown)?, down(root, steps));
                return twin(own, other, wanted).map(|span| (file.clone(), span));
            }
            "loadYamlContent"
                if args.len() == 1 && yaml::parse(text).is_some_and(|root| same_as_yaml(built, &root)) => {}
            "loadTextContent"
                if args.len() == 1 && built.string().is_some_and(|own| same_text(&unescaped(&own), text)) => {}
            "loadFileAsBase64" => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(text);
                if built.string().as_deref() != Some(&encoded) {
                    continue;
                }
            }
            _ => continue,
        }
        return Ok((source.clone(), call.span));
    }
    // Of several nobody can tell which one says something else by now.
    Err(if search.blamed.borrow().is_some() { Lost::Outdated } else { Lost::Unknown })
}

fn down<'j>(node: Node<'j>, steps: &[Step]) -> Option<Node<'j>> {
    steps.iter().try_fold(node, template::child)
}

/// The span in the other file of what stands at a span of a built node.
fn twin(built: Node, other: Option<Node>, wanted: Span) -> Result<Span, Lost> {
    let other = other.filter(|other| same(built, *other)).ok_or(Lost::Outdated)?;
    if wanted == built.span() {
        return Ok(other.span());
    }
    // A piece of a text that is written alike.
    let (start, end) = (wanted.start.checked_sub(built.span().start), wanted.end.checked_sub(built.span().start));
    match (start, end, built.raw() == other.raw()) {
        (Some(start), Some(end), true) => Ok(Span::new(other.span().start + start, other.span().start + end)),
        _ => Ok(other.span()),
    }
}

/// Equal all the way down. What is loaded is escaped where it looks like an expression.
fn same(built: Node, other: Node) -> bool {
    match (built.kind(), other.kind()) {
        (Kind::Array, Kind::Array) => {
            built.len() == other.len() && built.items().zip(other.items()).all(|(a, b)| same(a, b))
        }
        (Kind::Object, Kind::Object) => {
            let pairs = || built.members().zip(other.members());
            built.len() == other.len() && pairs().all(|(a, b)| a.name() == b.name() && same(a.value, b.value))
        }
        (Kind::String, Kind::String) => match (built.string(), other.string()) {
            (Some(a), Some(b)) => same_text(&a, &b) || same_text(&unescaped(&a), &b),
            _ => false,
        },
        (Kind::Number, Kind::Number) => built.raw() == other.raw() || built.as_f64() == other.as_f64(),
        (a, b) => a == b && built.raw() == other.raw(),
    }
}

fn unescaped(text: &str) -> String {
    match arm::read(text) {
        arm::Source::Literal(text) => text.into_owned(),
        arm::Source::Expression(_) | arm::Source::Bad(_) => text.to_owned(),
    }
}

/// Equal as far as texts go: what a word of YAML means is left to its readers.
fn same_as_yaml(built: Node, yaml: &yaml::Node) -> bool {
    match (&yaml.kind, built.kind()) {
        (yaml::Kind::Sequence(items), Kind::Array) => {
            built.len() == items.len() && built.items().zip(items).all(|(a, b)| same_as_yaml(a, b))
        }
        (yaml::Kind::Mapping(entries), Kind::Object) => {
            built.len() == entries.len()
                && built.members().zip(entries).all(|(member, (key, value))| {
                    matches!(&key.kind, yaml::Kind::Scalar { text, .. } if **text == *member.name())
                        && same_as_yaml(member.value, value)
                })
        }
        (yaml::Kind::Scalar { text, .. }, Kind::String) => {
            built.string().is_some_and(|own| same_text(&unescaped(&own), text))
        }
        (yaml::Kind::Scalar { text, .. }, Kind::Number) => built.raw() == text || built.as_f64() == text.parse().ok(),
        (yaml::Kind::Scalar { .. }, Kind::Bool | Kind::Null) => true,
        _ => false,
    }
}
