//! Between the protocol's words and ours: addresses, positions, ranges, diagnostics, edits.
//!
//! The only place where a byte becomes a line and a character. A place is always converted with the text of the very
//! document that it was found in.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

use serde_json::json;
use tower_lsp::ls_types::*;

use crate::check::{Analysis, Reported};
use crate::config::Fault;
use crate::document::Document;
use crate::json;
use crate::lsp::state::Abilities;
use crate::report::escape;
use crate::rules::{self, Rule, Severity};
use crate::text::{self, Edits, Encoding, Place, Span};

/// The name that diagnostics carry, and the section of the client's settings.
pub const NAME: &str = "backuplint";

/// What a document is known by: the path of a file, else the text of its address.
///
/// An address that no file of ours can have (another scheme, another host, a NUL) gives a relative path, which is never
/// looked for on a disk.
pub fn path(uri: &Uri) -> PathBuf {
    let address = || PathBuf::from(uri.as_str());
    let here = uri.authority().is_none_or(|authority| matches!(authority.host(), "" | "localhost"));
    if !here || !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return address();
    }
    match uri.to_file_path() {
        Some(path) if path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&0) => normal(&path),
        _ => address(),
    }
}

/// The path without `.` and `..`, found out without looking at a disk.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(prefix) => normal.push(prefix.as_os_str().to_ascii_uppercase()),
            Component::RootDir | Component::Normal(_) => normal.push(component),
        }
    }
    normal
}

/// The address of a path, as this server spells it.
pub fn uri(path: &Path) -> Option<Uri> {
    match path.is_absolute() {
        true => Uri::from_file_path(path),
        false => path.to_str()?.parse().ok(),
    }
}

/// Whether a document of this scheme is worth looking at. Old states in a difference view, cells of notebooks and the
/// like are not what will be deployed.
pub fn is_looked_at(uri: &Uri) -> bool {
    ["file", "untitled", "vscode-vfs"].iter().any(|scheme| uri.scheme().as_str().eq_ignore_ascii_case(scheme))
}

/// The first of the client's encodings that we know.
pub fn encoding(offered: Option<&[PositionEncodingKind]>) -> Encoding {
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Utf32),
        _ => None,
    };
    offered.unwrap_or_default().iter().find_map(known).unwrap_or(Encoding::Utf16)
}

pub fn encoding_kind(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

pub fn text_position(position: Position) -> text::Position {
    text::Position { line: position.line, character: position.character }
}

pub fn range(document: &Document, span: Span, encoding: Encoding) -> Range {
    let position = |offset| {
        let text::Position { line, character } = document.text.position(offset, encoding);
        Position { line, character }
    };
    Range { start: position(span.start), end: position(span.end) }
}

/// The bytes of a range; one that ends before it starts is turned around.
pub fn span(document: &Document, range: Range, encoding: Encoding) -> Span {
    let offset = |position| document.text.offset(text_position(position), encoding);
    let (a, b) = (offset(range.start), offset(range.end));
    Span::new(a.min(b), a.max(b))
}

pub fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Hint => DiagnosticSeverity::HINT,
        Severity::Information => DiagnosticSeverity::INFORMATION,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Error => DiagnosticSeverity::ERROR,
    }
}

/// A finding as the editor shows it.
pub fn finding(reported: &Reported, analysis: &Analysis, client: &Abilities) -> Diagnostic {
    let finding = &reported.finding;
    let mut message = inert(&finding.message);
    if !finding.rule.azure_codes.is_empty() {
        write!(message, "\nAzure Backup: {}", finding.rule.azure_codes.join(", ")).unwrap_or_default();
    }
    if let Some(when) = &finding.when {
        write!(message, "\nWhen: {}", inert(when)).unwrap_or_default();
    }
    let related = finding.related.iter().filter_map(|(place, words)| {
        let location = location(analysis, *place, client)?;
        Some(DiagnosticRelatedInformation { location, message: inert(words) })
    });
    Diagnostic {
        range: range(analysis.document(finding.at), finding.at.span, client.encoding),
        severity: Some(severity(finding.severity)),
        code: Some(NumberOrString::String(finding.rule.name.to_owned())),
        code_description: page(finding.rule).filter(|_| client.code_description),
        source: Some(NAME.to_owned()),
        message,
        related_information: client.related_information.then(|| related.collect()),
        tags: None,
        data: client.diagnostic_data.then(|| {
            json!({
                "rule": finding.rule.name,
                "azureCodes": finding.rule.azure_codes,
                "profiles": reported.profiles,
            })
        }),
    }
}

/// A fault of a file of ours as JSON.
pub fn syntax_error(error: &json::SyntaxError, document: &Document, client: &Abilities) -> Diagnostic {
    let severity = match error.severity {
        json::Severity::Warning => DiagnosticSeverity::WARNING,
        json::Severity::Error => DiagnosticSeverity::ERROR,
    };
    let range = range(document, error.span, client.encoding);
    Diagnostic { range, severity: Some(severity), ..note("json-syntax", error.message.clone()) }
}

/// A fault of a configuration.
pub fn configuration_fault(fault: &Fault, document: &Document, client: &Abilities) -> Diagnostic {
    let line = document.text.line_span(u32::try_from(fault.line.saturating_sub(1)).unwrap_or(u32::MAX));
    let before: usize =
        line.of(document.text.as_str()).chars().take(fault.column.saturating_sub(1)).map(char::len_utf8).sum();
    let span = Span::new(line.start + before as u32, line.end);
    let range = range(document, span, client.encoding);
    Diagnostic { range, severity: Some(DiagnosticSeverity::ERROR), ..note("configuration", inert(&fault.message)) }
}

/// Something to know about the whole of a file.
pub fn note(code: &str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::INFORMATION),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some(NAME.to_owned()),
        message,
        ..Diagnostic::default()
    }
}

/// Whether it is about the text and no finding.
pub fn is_note(diagnostic: &Diagnostic) -> bool {
    !matches!(&diagnostic.code, Some(NumberOrString::String(code)) if rules::rule(code).is_some())
}

/// A place as the protocol writes it; `None` for a document without an address.
pub fn location(analysis: &Analysis, place: Place, client: &Abilities) -> Option<Location> {
    let document = analysis.document(place);
    Some(Location { uri: uri(&document.path)?, range: range(document, place.span, client.encoding) })
}

/// The page of a rule.
pub fn page(rule: &Rule) -> Option<CodeDescription> {
    page_address(rule).parse().ok().map(|href| CodeDescription { href })
}

/// Where the page of a rule can be read: in the repository, else the page of Microsoft's that it names first.
pub fn page_address(rule: &Rule) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    match rule.page.find(DOCUMENTATION) {
        Some(start) if repository.is_empty() => {
            let page = &rule.page[start..];
            page[..page.find([')', '>', ' ', '\n']).unwrap_or(page.len())].to_owned()
        }
        _ => format!("{repository}/blob/main/server/src/rules/{}.md", rule.name.replace('-', "_")),
    }
}

const DOCUMENTATION: &str = "https://learn.microsoft.com/";

/// A change of files as the client can take it: with versions where it knows them.
///
/// `address` spells the address of a document as the client does.
pub fn workspace_edit<'d>(
    edits: impl IntoIterator<Item = (&'d Document, &'d Edits)>,
    client: &Abilities,
    address: impl Fn(&Path) -> Option<Uri>,
) -> Option<WorkspaceEdit> {
    let mut versioned = Vec::new();
    let mut plain = HashMap::new();
    for (document, edits) in edits {
        let uri = address(&document.path)?;
        let edits: Vec<TextEdit> = edits
            .iter()
            .map(|edit| TextEdit { range: range(document, edit.span, client.encoding), new_text: edit.insert.clone() })
            .collect();
        match client.document_changes {
            true => versioned.push(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version: document.version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            }),
            false => drop(plain.insert(uri, edits)),
        }
    }
    Some(match client.document_changes {
        true => WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(versioned)), ..WorkspaceEdit::default() },
        false => WorkspaceEdit { changes: Some(plain), ..WorkspaceEdit::default() },
    })
}

/// The same change, to be shown to the user before it is made; only for clients that do so.
pub fn to_be_confirmed(edit: WorkspaceEdit, label: &str) -> WorkspaceEdit {
    const NAME: &str = "backuplint";
    let annotated = |edit: OneOf<TextEdit, AnnotatedTextEdit>| match edit {
        OneOf::Left(text_edit) => OneOf::Right(AnnotatedTextEdit { text_edit, annotation_id: NAME.to_owned() }),
        annotated => annotated,
    };
    let document_changes = edit.document_changes.map(|changes| match changes {
        DocumentChanges::Edits(all) => DocumentChanges::Edits(
            all.into_iter()
                .map(|one| TextDocumentEdit { edits: one.edits.into_iter().map(annotated).collect(), ..one })
                .collect(),
        ),
        operations => operations,
    });
    let annotation = ChangeAnnotation { label: label.to_owned(), needs_confirmation: Some(true), description: None };
    let change_annotations = Some(HashMap::from([(NAME.to_owned(), annotation)]));
    WorkspaceEdit { document_changes, change_annotations, ..edit }
}

/// A new file and its text; only for clients that can create files.
pub fn new_file(uri: Uri, text: String) -> WorkspaceEdit {
    let create = CreateFile {
        uri: uri.clone(),
        options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) }),
        annotation_id: None,
    };
    let write = TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
        edits: vec![OneOf::Left(TextEdit { range: Range::default(), new_text: text })],
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(vec![
            DocumentChangeOperation::Op(ResourceOp::Create(create)),
            DocumentChangeOperation::Edit(write),
        ])),
        ..WorkspaceEdit::default()
    }
}

/// Text that may come from a file, on one line and with nothing in it that acts.
pub fn inert(text: &str) -> String {
    escape::line(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn only_addresses_of_files_here_are_absolute_paths() {
        assert_eq!(path(&parsed("file:///a/%2E%2E/b%20c.json")), Path::new("/b c.json"));
        assert_eq!(path(&parsed("file://localhost/a.json")), Path::new("/a.json"));
        for elsewhere in [
            "untitled:Untitled-1",
            "file://server/share/a.json",
            "git:/a.json?x",
            "file:///a%00b",
            "file:",
            "http://h/a",
        ] {
            assert!(path(&parsed(elsewhere)).is_relative(), "{elsewhere}");
        }
    }

    #[test]
    fn the_client_chooses_the_encoding() {
        let offered: Vec<PositionEncodingKind> =
            ["utf-7", "utf-32", "utf-16"].iter().map(|&kind| PositionEncodingKind::from(kind)).collect();
        assert_eq!(encoding(Some(&offered)), Encoding::Utf32);
        assert_eq!(encoding(Some(&[])), Encoding::Utf16);
        assert_eq!(encoding(None), Encoding::Utf16);
    }
}
