//! What is found at places, in the protocol's words: symbols, lenses, hints, links, locations.

use std::collections::HashSet;
use std::sync::Arc;

use tower_lsp::ls_types::*;

use crate::check::Analysis;
use crate::document::Document;
use crate::lsp::graph::{self, Symbol, What};
use crate::lsp::state::Abilities;
use crate::lsp::{action, convert, lens};
use crate::text::{Place, Span};

/// The outline of a document.
pub fn symbols(document: &Document, analyses: &[Arc<Analysis>], client: &Abilities) -> DocumentSymbolResponse {
    let first = analyses.iter().map(|analysis| graph::outline(analysis, document.file)).find(|found| !found.is_empty());
    let symbols = first.unwrap_or_default();
    if client.nested_symbols {
        return DocumentSymbolResponse::Nested(symbols.into_iter().map(|one| nested(document, one, client)).collect());
    }
    let mut flat = Vec::new();
    symbols.into_iter().for_each(|symbol| flatten(document, symbol, None, client, &mut flat));
    DocumentSymbolResponse::Flat(flat)
}

#[allow(deprecated)] // The protocol's older way to say so has to be there.
fn nested(document: &Document, symbol: Symbol, client: &Abilities) -> DocumentSymbol {
    let Symbol { what, name, detail, span, selection, children } = symbol;
    let children: Vec<_> = children.into_iter().map(|child| nested(document, child, client)).collect();
    DocumentSymbol {
        name: shown(what, &name),
        detail: Some(detail_of(what, &detail)),
        kind: kind(what),
        tags: None,
        deprecated: None,
        range: convert::range(document, span, client.encoding),
        selection_range: convert::range(document, selection, client.encoding),
        children: (!children.is_empty()).then_some(children),
    }
}

#[allow(deprecated)]
fn flatten(
    document: &Document,
    symbol: Symbol,
    inside: Option<String>,
    client: &Abilities,
    flat: &mut Vec<SymbolInformation>,
) {
    let Some(uri) = convert::uri(&document.path) else { return };
    let name = shown(symbol.what, &symbol.name);
    flat.push(SymbolInformation {
        name: name.clone(),
        kind: kind(symbol.what),
        tags: None,
        deprecated: None,
        location: Location { uri, range: convert::range(document, symbol.span, client.encoding) },
        container_name: inside,
    });
    for child in symbol.children {
        flatten(document, child, Some(name.clone()), client, flat);
    }
}

/// A name that is never empty: clients refuse such symbols.
fn shown(what: What, name: &str) -> String {
    match convert::inert(name) {
        name if name.trim().is_empty() => what.words().to_owned(),
        name => name,
    }
}

fn detail_of(what: What, detail: &str) -> String {
    match detail {
        "" => what.words().to_owned(),
        _ => format!("{}, {detail}", what.words()),
    }
}

fn kind(what: What) -> SymbolKind {
    match what {
        What::Vault => SymbolKind::PACKAGE,
        What::Policy => SymbolKind::INTERFACE,
        What::Item => SymbolKind::EVENT,
        What::Vm => SymbolKind::CLASS,
        What::Disk => SymbolKind::FIELD,
        What::Nic => SymbolKind::PROPERTY,
        What::Lock => SymbolKind::KEY,
    }
}

/// The lines above policies and protected items.
pub fn lenses(document: &Document, analyses: &[Arc<Analysis>], client: &Abilities) -> Vec<CodeLens> {
    let first = analyses.iter().map(|analysis| lens::lenses(analysis, document.file)).find(|found| !found.is_empty());
    let lens = |lens: lens::Lens| CodeLens {
        range: convert::range(document, Span::new(lens.offset, lens.offset), client.encoding),
        // A command without a name is shown and does nothing.
        command: Some(Command { title: lens.words, command: String::new(), arguments: None }),
        data: None,
    };
    first.unwrap_or_default().into_iter().map(lens).collect()
}

/// What cannot be read from a part of the text.
pub fn hints(document: &Document, analyses: &[Arc<Analysis>], range: Range, client: &Abilities) -> Vec<InlayHint> {
    let within = convert::span(document, range, client.encoding);
    let first = analyses.iter().map(|analysis| lens::hints(analysis, document, within)).find(|found| !found.is_empty());
    let hint = |hint: lens::Hint| InlayHint {
        position: convert::range(document, Span::new(hint.offset, hint.offset), client.encoding).start,
        label: InlayHintLabel::String(hint.words),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(hint.tooltip.to_owned())),
        padding_left: Some(true),
        padding_right: Some(false),
        data: None,
    };
    first.unwrap_or_default().into_iter().map(hint).collect()
}

/// The linked templates that a template names, and the pages of the rules that a configuration names.
pub fn links(document: &Document, analyses: &[Arc<Analysis>], client: &Abilities) -> Vec<DocumentLink> {
    let link = |span: Span, target: Option<Uri>, tooltip: &str| DocumentLink {
        range: convert::range(document, span, client.encoding),
        target,
        tooltip: Some(tooltip.to_owned()),
        data: None,
    };
    let mut links: Vec<DocumentLink> = Vec::new();
    for analysis in analyses {
        for (place, file) in analysis.links.iter().filter(|(place, _)| place.file == document.file) {
            let linked = analysis.of_file(*file);
            let target = linked.and_then(|linked| convert::uri(&linked.path));
            if target.is_some() {
                links.push(link(inside(document, place.span), target, "the linked template"));
            }
        }
    }
    if document.path.file_name().is_some_and(|name| name == crate::config::FILE_NAME) {
        let rules = action::rules_named(document.text.as_str()).into_iter();
        links.extend(rules.map(|(span, rule)| link(span, convert::page_address(rule).parse().ok(), rule.summary)));
    }
    links.sort_by_key(|link| (link.range.start, link.range.end));
    links.dedup_by(|next, first| next.range == first.range);
    links
}

/// The text between the quotes.
fn inside(document: &Document, span: Span) -> Span {
    match span.of(document.text.as_str()) {
        text if text.len() > 2 && text.starts_with('"') => Span::new(span.start + 1, span.end - 1),
        _ => span,
    }
}

/// Where the resources are declared that the text at a byte names.
pub fn definition(document: &Document, analyses: &[Arc<Analysis>], offset: u32, client: &Abilities) -> Vec<Location> {
    let found = |analysis: &Arc<Analysis>| {
        let targets = graph::targets(analysis, document.file, offset);
        let places = targets.into_iter().map(|target| graph::selection(analysis, target));
        locations(analysis, places, client)
    };
    analyses.iter().map(found).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The places that refer to what the text at a byte names, its declaration among them if that is asked for.
pub fn references(
    document: &Document,
    analyses: &[Arc<Analysis>],
    offset: u32,
    declaration: bool,
    client: &Abilities,
) -> Vec<Location> {
    let found = |analysis: &Arc<Analysis>| {
        let mut places: Vec<Place> = Vec::new();
        for target in graph::targets(analysis, document.file, offset) {
            places.extend(declaration.then(|| graph::selection(analysis, target)));
            places.extend(graph::references(analysis, target));
        }
        locations(analysis, places, client)
    };
    analyses.iter().map(found).find(|found| !found.is_empty()).unwrap_or_default()
}

fn locations(analysis: &Analysis, places: impl IntoIterator<Item = Place>, client: &Abilities) -> Vec<Location> {
    let mut seen = HashSet::new();
    let places = places.into_iter().filter(|place| seen.insert(*place));
    places.filter_map(|place| convert::location(analysis, place, client)).collect()
}
