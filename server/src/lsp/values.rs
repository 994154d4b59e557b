//! The values of expressions at the places where they are written.
//!
//! Pure; what is secret, or may be, comes out as such.

use crate::check::Analysis;
use crate::document::Document;
use crate::lsp::prose::Prose;
use crate::model::kinds;
use crate::report::escape;
use crate::report::show::{self, SECRET};
use crate::secrets;
use crate::text::{Encoding, Place, Span};
use crate::value::{self, Data, Value};

/// The longest text that is told.
const LONGEST: usize = 200;
/// So many places that a value came through are told.
const MAX_CHAIN: usize = 6;
/// So many different values of one expression are told.
pub const MAX_VALUES: usize = 3;

/// A value and the expression that gives it.
pub struct Written<'a> {
    pub value: &'a Value,
    /// It stands where secrets stand.
    pub is_hidden: bool,
    /// The string that holds the expression.
    pub span: Span,
}

/// Calls `found` with every value that an expression in a part of the document gives, as often as it is evaluated.
pub fn each<'a>(analysis: &'a Analysis, document: &Document, within: Span, found: &mut dyn FnMut(Written<'a>)) {
    let mut put = |value: &'a Value, is_hidden: bool| {
        let used = value.origin().map(|origin| origin.used).filter(|used| used.file == document.file);
        if let Some(span) = used.and_then(|used| expression_around(document, used.span))
            && within.start <= span.end
            && span.start <= within.end
        {
            found(Written { value, is_hidden, span });
        }
    };
    for resource in analysis.estates.iter().flat_map(|estate| &estate.resources) {
        let span = resource.place.span;
        let is_here = resource.place.file == document.file && span.start <= within.end && within.start <= span.end;
        if is_here && !resource.existing && resource.address.is_none() {
            // What such a resource holds is anybody's secret.
            let is_opaque =
                resource.kind.is(kinds::VM_EXTENSION) || resource.kind.is("microsoft.keyvault/vaults/secrets");
            put(&resource.name, false);
            each_part(&resource.body, is_opaque, &mut put);
        }
    }
    for (name, value) in &analysis.values {
        each_part(value, secrets::is_name(name), &mut put);
    }
}

fn each_part<'a>(value: &'a Value, is_hidden: bool, put: &mut dyn FnMut(&'a Value, bool)) {
    put(value, is_hidden);
    match value.data() {
        Data::Array(items) => items.iter().for_each(|item| each_part(item, is_hidden, put)),
        Data::Object(object) => object.members.iter().for_each(|(name, member)| {
            each_part(member, is_hidden || secrets::is_opaque(name) || secrets::is_name(name), put);
        }),
        _ => {}
    }
}

/// The string around a place, if it is an expression.
fn expression_around(document: &Document, used: Span) -> Option<Span> {
    let json = document.is_json().then(|| document.json())?;
    let node = json.tree.started(document.text.as_str(), used.start)?;
    let raw = node.raw();
    let is_expression = raw.starts_with("\"[") && !raw.starts_with("\"[[") && raw.ends_with("]\"");
    (is_expression && node.span().covers(used)).then_some(node.span())
}

/// A scalar in a few words; `None` where it is not known, secret, or longer than `longest`.
pub fn words(written: &Written, longest: usize) -> Option<String> {
    if written.is_hidden || written.value.is_tainted() {
        return None;
    }
    match written.value.data() {
        Data::Bool(bool) => Some(bool.to_string()),
        Data::Int(int) => Some(int.to_string()),
        Data::Text(text) if text.len() <= longest && !secrets::is_text(text) => {
            Some(format!("'{}'", escape::line(text)))
        }
        _ => None,
    }
}

/// What the expression at a byte gives, or why that is not known, and where it comes from.
pub fn hover(analysis: &Analysis, document: &Document, offset: u32) -> Option<(Prose, Span)> {
    let mut all: Vec<Written> = Vec::new();
    each(analysis, document, Span::new(offset, offset), &mut |written| all.push(written));
    let span = all.iter().map(|written| written.span).min_by_key(|span| span.len())?;
    all.retain(|written| written.span == span);
    // Of a container and its parts the container comes first.
    let first = all.first()?;
    let mut text = Prose::default();
    let mut told: Vec<String> = Vec::new();
    for written in &all {
        let said = said(written);
        if !told.contains(&said) && told.len() < MAX_VALUES {
            told.push(said);
        }
    }
    text.paragraph().own("Value: ");
    for (index, said) in told.iter().enumerate() {
        if index > 0 {
            text.own(" or ");
        }
        text.code(said);
    }
    if let (Some(unknown), false) = (first.value.as_unknown(), first.value.is_tainted()) {
        text.own(", because ").foreign(&unknown.why.words());
    }
    // Where it is written first, then what it came through; the expression itself is seen anyway.
    let own = Place { file: document.file, span };
    let chain = first.value.origin().map(|origin| [vec![origin.at], origin.related()].concat()).unwrap_or_default();
    for place in chain.into_iter().filter(|place| !own.covers(*place)).take(MAX_CHAIN) {
        let from = analysis.document(place);
        let line = from.text.position(place.span.start, Encoding::Utf8).line + 1;
        let name = from.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        text.bullet().own("from ").code(&format!("{name}:{line}"));
        if let Some(root) = from.root() {
            let pointer = root.pointer_of(place.span);
            text.own(" ").code(show::without_foreign_keys(&pointer));
        }
    }
    Some((text, span))
}

/// A value as a hover tells it.
fn said(written: &Written) -> String {
    let value = written.value;
    if written.is_hidden || value.is_secret() {
        return SECRET.to_owned();
    }
    if let Some(words) = words(written, LONGEST) {
        return words;
    }
    match value.data() {
        Data::Null => "null".to_owned(),
        Data::Float(float) => float.to_string(),
        Data::Text(text) if secrets::is_text(text) => SECRET.to_owned(),
        Data::Text(text) => format!("a text of {} characters", text.chars().count()),
        Data::Array(items) => format!("a list of {}", items.len()),
        Data::Object(object) => {
            let names: Vec<&str> = object.members.iter().take(8).map(|(name, _)| &**name).collect();
            let more = if object.members.len() > 8 || object.open.is_some() { ", …" } else { "" };
            format!("an object: {}{more}", names.join(", "))
        }
        Data::Unknown(unknown) => {
            let (prefix, suffix) = (value::prefix(&unknown.parts), value::suffix(&unknown.parts));
            match unknown.parts.iter().any(|part| matches!(part, value::Part::Known(text) if secrets::is_text(text))) {
                true => "not known".to_owned(),
                false if prefix.is_empty() && suffix.is_empty() => "not known".to_owned(),
                false => format!("'{}…{}', not known in full", escape::line(prefix), escape::line(suffix)),
            }
        }
        Data::Bool(_) | Data::Int(_) => SECRET.to_owned(),
    }
}
