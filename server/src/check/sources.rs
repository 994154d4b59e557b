//! Findings in files that Bicep built are reported where a person would change them: in the source.

use std::sync::Arc;

use crate::bicep::{Declaration, Expr, ExprKind, Parsed, edit};
use crate::check::merge::Run;
use crate::check::{Analysis, Note, Reported};
use crate::document::Document;
use crate::input::{self, Files, Format, bicep};
use crate::rules::{Change, Literal};
use crate::text::{Edit, FileId, Place, Span};

/// Moves what is said of built files to their sources, as far as these say what was built; the built places become
/// related ones. What cannot be moved stays.
pub(super) fn find(analysis: &mut Analysis, runs: &mut [Run], files: &dyn Files) -> bicep::Map {
    if !matches!(analysis.format, Format::ArmTemplate | Format::BicepTemplate | Format::ArmParameters) {
        return bicep::Map::default();
    }
    let mut places: Vec<Place> = Vec::new();
    for finding in runs.iter().flat_map(|run| &run.findings) {
        places.push(finding.at);
        places.extend(finding.related.iter().map(|(place, _)| *place));
        places.extend(finding.proposals.iter().flat_map(|proposal| &proposal.changes).map(|change| change.place()));
    }
    places.extend(analysis.gaps.iter().map(|gap| gap.place));
    places.extend(analysis.problems.iter().map(|problem| problem.place));
    places.sort_unstable();
    places.dedup();
    let map = bicep::map(&analysis.documents, &places, files);

    let moved = |place: Place| map.source(place).map(|written| written.place);
    for finding in runs.iter_mut().flat_map(|run| &mut run.findings) {
        let at = finding.at;
        finding.at = moved(at).unwrap_or(at);
        for (place, words) in std::mem::take(&mut finding.related) {
            finding.related(moved(place).unwrap_or(place), words);
        }
        if finding.at != at {
            finding.related(at, "in the file that is built from it");
        }
    }
    for gap in &mut analysis.gaps {
        gap.place = moved(gap.place).unwrap_or(gap.place);
    }
    for problem in &mut analysis.problems {
        problem.place = moved(problem.place).unwrap_or(problem.place);
    }
    for (built, source) in &map.outdated {
        let message = format!(
            "{} says something else by now than this file that is built from it: build it again",
            relative(source, built)
        );
        analysis.notes.push(Note { file: built.file, message });
    }
    for document in &map.documents {
        if !analysis.documents.iter().any(|known| known.file == document.file) {
            analysis.documents.push(document.clone());
        }
    }
    map
}

/// A file that Bicep built is not the place to change anything: where its source is not at hand, the message says so.
pub(super) fn name(analysis: &mut Analysis, map: &bicep::Map) {
    let is_built = |document: &&Arc<Document>| input::detect(document) == Format::BicepTemplate;
    let built: Vec<FileId> = analysis.documents.iter().filter(is_built).map(|document| document.file).collect();
    for Reported { finding, .. } in &mut analysis.findings {
        if built.contains(&finding.at.file) && !map.is_outdated(finding.at) {
            finding.message.push_str("; change it in the .bicep that this file is built from");
        }
    }
}

/// The source's name as one would write it beside the built file.
fn relative(source: &Document, built: &Document) -> String {
    let folder = built.path.parent().unwrap_or(&built.path);
    let inside = source.path.strip_prefix(folder).ok();
    let name = inside.or(source.path.file_name().map(std::path::Path::new)).unwrap_or(&source.path);
    name.to_string_lossy().replace('\\', "/")
}

/// A change of a Bicep file; `None` where it cannot be made exactly.
pub(super) fn edit(change: &Change, place: Place, source: &Document) -> Option<Edit> {
    let parsed = source.bicep();
    let text = source.text.as_str();
    match change {
        Change::Set(_, literal) => {
            let expr = expr_at(parsed, place.span)?;
            match literal {
                Literal::Int(int) => edit::set_int(expr, *int),
                Literal::Text(text) => edit::set_text(expr, text),
            }
        }
        Change::Truncate(_, keep) => edit::truncate(expr_at(parsed, place.span)?, *keep),
        Change::Remove(_) => match parsed.all().into_iter().find(|declaration| declaration.own == place.span) {
            Some(declaration) => {
                (!is_referred_to(parsed, declaration)).then(|| edit::remove_declaration(text, declaration))
            }
            None => {
                let mut found = None;
                parsed.walk(&mut |expr| {
                    if expr.span.covers(place.span) && expr.span != place.span {
                        found = edit::remove_part(text, expr, place.span).or(found.take());
                    }
                });
                found
            }
        },
    }
}

fn expr_at(parsed: &Parsed, span: Span) -> Option<&Expr> {
    let mut found = None;
    parsed.walk(&mut |expr| {
        if expr.span == span {
            found = Some(expr);
        }
    });
    found
}

/// Whether something else in the file names a declaration: then it cannot just go.
fn is_referred_to(parsed: &Parsed, declaration: &Declaration) -> bool {
    let Some(name) = &declaration.name else { return true };
    let mut found = false;
    parsed.walk(&mut |expr| {
        let names = match &expr.kind {
            ExprKind::Name(own) => *own == name.text,
            ExprKind::Child { name: own, .. } => own.text == name.text,
            _ => false,
        };
        found |= names && !declaration.span.covers(expr.span);
    });
    found
}
