//! JSON strings: from what is written to what is meant, back to the bytes, and the other way.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::Span;

/// What a string means, and where each part of it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    text: Cow<'a, str>,
    /// Where the string starts in the file, behind its quote.
    start: u32,
    escapes: Vec<Escape>,
}

/// An escape sequence: the bytes it stands for, and the bytes it is written with, both from the start of the string.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Escape {
    decoded: Range<u32>,
    raw: Range<u32>,
}

impl<'a> Decoded<'a> {
    /// `raw` is a string without its quotes that starts at `start` in its file.
    pub fn new(raw: &'a str, start: u32) -> Decoded<'a> {
        let mut escapes = Vec::new();
        let text = decode_noting(raw, |escape| escapes.push(escape));
        Decoded { text, start, escapes }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a range of bytes of the decoded text is written in the file. An escape sequence is never cut in two.
    pub fn raw_span(&self, decoded: Range<usize>) -> Span {
        let (from, to) = (decoded.start as u32, decoded.end as u32);
        let before = self.escapes.partition_point(|escape| escape.decoded.end <= from);
        let start = match self.escapes.get(before) {
            Some(escape) if escape.decoded.start <= from => escape.raw.start,
            _ => self.plain(before, from),
        };
        let before = self.escapes.partition_point(|escape| escape.decoded.start < to);
        let end = match before.checked_sub(1).map(|last| &self.escapes[last]) {
            Some(escape) if to <= escape.decoded.end => escape.raw.end,
            _ => self.plain(before, to),
        };
        Span::new(self.start + start, self.start + end.max(start))
    }

    /// Where a byte is written that no escape sequence stands for, `before` being the number of those before it.
    fn plain(&self, before: usize, decoded: u32) -> u32 {
        match before.checked_sub(1).map(|last| &self.escapes[last]) {
            Some(escape) => escape.raw.end + (decoded - escape.decoded.end),
            None => decoded,
        }
    }
}

/// What a string means that is written like this between its quotes.
///
/// Half of a surrogate pair means U+FFFD. What looks like an escape sequence and is none stays as it is.
pub fn decode(raw: &str) -> Cow<'_, str> {
    decode_noting(raw, |_| {})
}

fn decode_noting(raw: &str, mut note: impl FnMut(Escape)) -> Cow<'_, str> {
    let mut decoded = String::new();
    let mut done = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[done..]) {
        let at = done + found;
        decoded.push_str(&raw[done..at]);
        let (c, len) = escape_at(&raw[at..]).unwrap_or(('\\', 1));
        let from = decoded.len() as u32;
        decoded.push(c);
        done = at + len;
        note(Escape { decoded: from..decoded.len() as u32, raw: at as u32..done as u32 });
    }
    if done == 0 {
        return Cow::Borrowed(raw);
    }
    decoded.push_str(&raw[done..]);
    Cow::Owned(decoded)
}

/// The character that an escape sequence at the start of the text means, and its length.
pub(super) fn escape_at(raw: &str) -> Option<(char, usize)> {
    let short = match raw.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape_at(raw),
        _ => return None,
    };
    Some((short, 2))
}

fn unicode_escape_at(raw: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex { u32::from_str_radix(digits, 16).ok() } else { None }
    };
    let first = unit(0)?;
    match (first, unit(6)) {
        (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12))
        }
        _ => Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)),
    }
}

/// The text as a JSON string, with its quotes.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
