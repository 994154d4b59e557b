//! Edits to Bicep that leave it looking as if its author had made them.

use super::{Declaration, Expr, ExprKind, Item, Member};
use crate::text::{Edit, Span};

/// Writes a number over a literal; one in quotes stays in quotes. `None`: the place holds no plain literal.
pub fn set_int(expr: &Expr, number: i64) -> Option<Edit> {
    let insert = match expr.text() {
        Some(_) => format!("'{number}'"),
        None => expr.int().map(|_| number.to_string())?,
    };
    Some(Edit { span: expr.span, insert })
}

/// Writes a text over a literal one.
pub fn set_text(expr: &Expr, text: &str) -> Option<Edit> {
    expr.text()?;
    Some(Edit { span: expr.span, insert: quoted(text) })
}

/// A text as a string on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Takes a declaration away, with the lines it stands on and one blank line that is left over.
pub fn remove_declaration(text: &str, declaration: &Declaration) -> Edit {
    let mut span = whole_lines(text, declaration.span);
    let before = &text[..span.start as usize];
    let blank_before = before.is_empty() || ends_in_blank_line(before);
    let rest = &text[span.end as usize..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let line_end = ["\r\n", "\n"].into_iter().find(|end| rest[blank..].starts_with(end));
    if let Some(end) = line_end.filter(|_| blank_before) {
        span.end += (blank + end.len()) as u32;
    } else if rest.is_empty() && blank_before {
        // The last one takes the blank line above it along.
        span.start = before.trim_end_matches(['\n', '\r']).len() as u32;
        let line_end = if before[span.start as usize..].starts_with("\r\n") { 2 } else { 1 };
        span.start = (span.start + line_end).min(before.len() as u32);
    }
    Edit { span, insert: String::new() }
}

/// Takes an item of an array, or a property of an object, away. `None`: `part` is neither.
pub fn remove_part(text: &str, container: &Expr, part: Span) -> Option<Edit> {
    let parts = parts(container);
    let position = parts.iter().position(|own| own.covers(part))?;
    let own = parts[position];
    let lines = whole_lines(text, own);
    let alone = lines.start < own.start || starts_line(text, own.start);
    if alone && lines.end > own.end && container.span.covers(lines) {
        return Some(Edit { span: lines, insert: String::new() });
    }
    // Several on one line: up to the next one, or from the one before.
    let span = match (parts.get(position + 1), position.checked_sub(1).map(|before| parts[before])) {
        (Some(next), _) => Span::new(own.start, next.start),
        (None, Some(before)) => Span::new(before.end, own.end),
        (None, None) => own,
    };
    Some(Edit { span, insert: String::new() })
}

/// Keeps the first items of an array.
pub fn truncate(array: &Expr, keep: usize) -> Option<Edit> {
    let parts = parts(array);
    let (last_kept, last) = (parts.get(keep.checked_sub(1)?)?, parts.last()?);
    Some(Edit { span: Span::new(last_kept.end, last.end), insert: String::new() })
}

fn parts(container: &Expr) -> Vec<Span> {
    match &container.kind {
        ExprKind::Array(items) => items
            .iter()
            .map(|item| match item {
                Item::Value(value) | Item::Spread(value) => value.span,
            })
            .collect(),
        ExprKind::Object(members) => members
            .iter()
            .map(|member| match member {
                Member::Property { key, value } => Span::new(key.span.start, value.span.end),
                Member::Spread(value) => value.span,
                Member::Resource(resource) => resource.span,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The lines that a span stands on, if nothing but it and a comma does; else the span.
fn whole_lines(text: &str, span: Span) -> Span {
    let before = &text[..span.start as usize];
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let rest = &text[span.end as usize..];
    let after = rest.trim_start_matches([' ', '\t', ',']);
    let line_end = ["\r\n", "\n"].into_iter().find(|end| after.starts_with(end));
    let end = match line_end {
        Some(line_end) => span.end as usize + rest.len() - after.len() + line_end.len(),
        None if after.is_empty() => text.len(),
        None => return span,
    };
    match starts_line(text, span.start) {
        true => Span::new(span.start - indent as u32, end as u32),
        false => span,
    }
}

fn starts_line(text: &str, at: u32) -> bool {
    let before = text[..at as usize].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with('\n') || before == "\u{feff}"
}

fn ends_in_blank_line(before: &str) -> bool {
    let last = before.trim_end_matches([' ', '\t']);
    let Some(above) = last.strip_suffix('\n') else { return false };
    above.trim_end_matches(['\r', ' ', '\t']).ends_with('\n')
}
