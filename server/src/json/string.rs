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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::samples;

    #[test]
    fn escapes_mean_what_the_standard_says() {
        assert_eq!(decode(r#"\"\\\/\b\f\n\r\t\u0041\u20ac"#), "\"\\/\u{8}\u{c}\n\r\tA€");
        assert_eq!(decode(r"\ud834\udd1e"), "𝄞");
        assert_eq!(decode(r"\u0000"), "\0");
    }

    #[test]
    fn half_a_pair_is_a_replacement_character() {
        assert_eq!(decode(r"\ud834"), "\u{fffd}");
        assert_eq!(decode(r"\udd1e\ud834x"), "\u{fffd}\u{fffd}x");
        assert_eq!(decode(r"\ud834\u0041"), "\u{fffd}A");
        assert_eq!(decode(r"\ud834\ud834\udd1e"), "\u{fffd}𝄞");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(decode(r"\q\u12g4\u+123\"), r"\q\u12g4\u+123\");
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        assert!(matches!(decode("a€"), Cow::Borrowed("a€")));
    }

    #[test]
    fn ranges_lead_back_to_the_file() {
        // Decoded: a"€𝄞b, with bytes at 0, 1, 2, 5 and 9.
        let decoded = Decoded::new(r#"a\"\u20ac\ud834\udd1eb"#, 100);
        assert_eq!(decoded.text(), "a\"€𝄞b");
        let span = |from, to| {
            let Span { start, end } = decoded.raw_span(from..to);
            (start, end)
        };
        assert_eq!(span(0, 1), (100, 101));
        assert_eq!(span(1, 2), (101, 103));
        assert_eq!(span(2, 5), (103, 109));
        assert_eq!(span(5, 9), (109, 121));
        assert_eq!(span(9, 10), (121, 122));
        assert_eq!(span(0, 10), (100, 122));
        assert_eq!(span(1, 1), (101, 101));
        assert_eq!(span(10, 10), (122, 122));
        // Inside of an escape sequence is all of it.
        assert_eq!(span(3, 4), (103, 109));
        assert_eq!(span(6, 6), (109, 121));
    }

    proptest! {
        #[test]
        fn encoding_and_decoding_cancel_out(text in samples::string()) {
            let encoded = encode(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&encoded).expect("it is a string"), text.as_str());
            prop_assert_eq!(decode(&encoded[1..encoded.len() - 1]), text);
        }

        #[test]
        fn every_part_is_written_where_its_span_says(text in samples::string(), from: prop::sample::Index, to: prop::sample::Index) {
            let encoded = encode(&text);
            let decoded = Decoded::new(&encoded[1..encoded.len() - 1], 1);
            let boundary = |index: prop::sample::Index| text.floor_char_boundary(index.index(text.len() + 1));
            let (from, to) = (boundary(from).min(boundary(to)), boundary(from).max(boundary(to)));
            prop_assert_eq!(decode(decoded.raw_span(from..to).of(&encoded)), &text[from..to]);
        }
    }
}
