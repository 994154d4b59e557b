//! The text of a file, places in it, and edits to it.
//!
//! Spans are bytes; lines and columns exist only for editors and reports, which ask a [`Text`] for them.
//! This file knows ropes and nothing of JSON.

use std::fmt;
use std::sync::{Arc, OnceLock};

use ropey::Rope;

/// Which file of a unit; the numbers are given out by whoever loads the files.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// A half-open range of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    pub fn len(self) -> u32 {
        self.end - self.start
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the byte at `offset` is inside; the end is not.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether all of `other` is inside; an empty span at either edge is.
    pub fn covers(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The part of `text` it stands for.
    pub fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// A span in one of the files.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Place {
    pub file: FileId,
    pub span: Span,
}

impl Place {
    /// The other place lies within this one, or is it.
    pub fn covers(self, other: Place) -> bool {
        self.file == other.file && self.span.covers(other.span)
    }
}

/// Replaces the text at a span; an empty span inserts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Edit {
    pub span: Span,
    pub insert: String,
}

/// Edits to one text: sorted, and no two in each other's way.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Edits(Vec<Edit>);

impl Edits {
    /// `None` if two of them overlap, or start at the same byte: their order would then change the result.
    pub fn new(mut edits: Vec<Edit>) -> Option<Edits> {
        edits.sort_by_key(|edit| edit.span);
        let disjoint = edits.windows(2).all(|pair| {
            let (before, after) = (pair[0].span, pair[1].span);
            before.start < after.start && before.end <= after.start
        });
        disjoint.then_some(Edits(edits))
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Edit> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both together, unless they get in each other's way.
    pub fn merge(&self, other: &Edits) -> Option<Edits> {
        Edits::new(self.iter().chain(other.iter()).cloned().collect())
    }

    /// The text after all of them. They must have been made for this text.
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for edit in self.iter() {
            out.push_str(&text[done..edit.span.start as usize]);
            out.push_str(&edit.insert);
            done = edit.span.end as usize;
        }
        out.push_str(&text[done..]);
        out
    }
}

impl From<Edit> for Edits {
    fn from(edit: Edit) -> Edits {
        Edits(vec![edit])
    }
}

/// The unit of [`Position::character`], which the client and the server agree on when they first meet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

/// A line and a place in it, both counted from zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

/// A text that does not change and is cheap to clone.
///
/// Lines end with `\n`, `\r\n` or a lone `\r` and with nothing else, as in the
/// [LSP](https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#textDocuments).
/// A look-up costs the logarithm of the length of the text, however long its lines are. The rope that makes this
/// possible is built when it is first needed, so who never asks for a position never pays for one.
#[derive(Clone)]
pub struct Text {
    whole: Arc<str>,
    rope: Arc<OnceLock<Rope>>,
}

/// A text may hold secrets: its length only.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text of {} bytes", self.whole.len())
    }
}

impl Text {
    pub fn new(whole: impl Into<Arc<str>>) -> Text {
        Text { whole: whole.into(), rope: Arc::default() }
    }

    pub fn as_str(&self) -> &str {
        &self.whole
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.whole.len()).unwrap_or(u32::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// Where the byte at `offset` is. Inside of a character means its start, inside of a line end means the end of the line.
    pub fn position(&self, offset: u32, encoding: Encoding) -> Position {
        let rope = self.rope();
        let offset = self.whole.floor_char_boundary(offset as usize);
        let line = rope.byte_to_line(offset);
        let start = rope.line_to_byte(line);
        let offset = offset.min(self.content_end(line));
        let character = match encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => self.utf16_at(offset) - self.utf16_at(start),
            Encoding::Utf32 => rope.byte_to_char(offset) - rope.byte_to_char(start),
        };
        Position { line: to_u32(line), character: to_u32(character) }
    }

    /// The byte at a position. Past the end of a line means the end of the line, past the last line the end of the text,
    /// inside of a character its start.
    pub fn offset(&self, position: Position, encoding: Encoding) -> u32 {
        let rope = self.rope();
        let line = position.line as usize;
        if line >= rope.len_lines() {
            return self.len();
        }
        let start = rope.line_to_byte(line);
        let end = self.content_end(line);
        let character = position.character as usize;
        let offset = match encoding {
            Encoding::Utf8 => self.whole.floor_char_boundary((start + character).min(end)),
            Encoding::Utf16 => {
                let unit = (self.utf16_at(start) + character).min(self.utf16_at(end));
                rope.char_to_byte(rope.utf16_cu_to_char(unit))
            }
            Encoding::Utf32 => {
                let index = (rope.byte_to_char(start) + character).min(rope.byte_to_char(end));
                rope.char_to_byte(index)
            }
        };
        to_u32(offset)
    }

    /// How many lines there are; an empty text has one, and so has the text after a last line end.
    pub fn line_count(&self) -> u32 {
        to_u32(self.rope().len_lines())
    }

    /// The line without its line end; past the last line, nothing at the end of the text.
    pub fn line_span(&self, line: u32) -> Span {
        if line >= self.line_count() {
            return Span::new(self.len(), self.len());
        }
        let line = line as usize;
        Span::new(to_u32(self.rope().line_to_byte(line)), to_u32(self.content_end(line)))
    }

    /// The line ending that most lines have, `\n` when there is none.
    pub fn line_end(&self) -> &'static str {
        let bytes = self.whole.as_bytes();
        let (mut lf, mut crlf, mut cr) = (0, 0, 0);
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            match (bytes[at], bytes.get(at + 1)) {
                (b'\r', Some(b'\n')) => crlf += 1,
                (b'\r', _) => cr += 1,
                _ if at > 0 && bytes[at - 1] == b'\r' => {}
                _ => lf += 1,
            }
        }
        if crlf > lf && crlf >= cr {
            "\r\n"
        } else if cr > lf {
            "\r"
        } else {
            "\n"
        }
    }

    /// The text after a change that an editor reports: `insert` replaces the range, or everything when there is none.
    pub fn change(&self, range: Option<(Position, Position)>, encoding: Encoding, insert: &str) -> Text {
        let Some((from, to)) = range else {
            return Text::new(insert);
        };
        let (from, to) = (self.offset(from, encoding) as usize, self.offset(to, encoding) as usize);
        let (start, end) = (from.min(to), from.max(to));

        let mut rope = self.rope().clone();
        let at = rope.byte_to_char(start);
        rope.remove(at..rope.byte_to_char(end));
        rope.insert(at, insert);

        let whole = [&self.whole[..start], insert, &self.whole[end..]].concat();
        Text { whole: whole.into(), rope: Arc::new(OnceLock::from(rope)) }
    }

    fn rope(&self) -> &Rope {
        self.rope.get_or_init(|| Rope::from_str(&self.whole))
    }

    fn utf16_at(&self, offset: usize) -> usize {
        let rope = self.rope();
        rope.char_to_utf16_cu(rope.byte_to_char(offset))
    }

    /// Where the line's own text ends and its line end begins.
    fn content_end(&self, line: usize) -> usize {
        let rope = self.rope();
        if line + 1 >= rope.len_lines() {
            return self.whole.len();
        }
        let end = rope.line_to_byte(line + 1);
        match self.whole.as_bytes()[..end] {
            [.., b'\r', b'\n'] => end - 2,
            _ => end - 1,
        }
    }
}

/// Files are far smaller than four gigabytes (see `document`), so nothing is lost.
fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a", "bc", "é", "€", "𝄞", "\u{2028}", "\u{85}", "\u{b}", "\0", "\n", "\r", "\r\n", "\"",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn position() -> impl Strategy<Value = Position> {
        (0u32..8, 0u32..12).prop_map(|(line, character)| Position { line, character })
    }

    fn encoding() -> impl Strategy<Value = Encoding> {
        prop::sample::select(ENCODINGS.to_vec())
    }

    /// The lines as (start, end of content), found one character at a time.
    fn naive_lines(text: &str) -> Vec<(usize, usize)> {
        let mut lines = Vec::new();
        let mut start = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let end = match (c, chars.peek()) {
                ('\r', Some(&(next, '\n'))) => {
                    chars.next();
                    next + 1
                }
                ('\r' | '\n', _) => at + 1,
                _ => continue,
            };
            lines.push((start, at));
            start = end;
        }
        lines.push((start, text.len()));
        lines
    }

    fn width(c: char, encoding: Encoding) -> u32 {
        match encoding {
            Encoding::Utf8 => c.len_utf8() as u32,
            Encoding::Utf16 => c.len_utf16() as u32,
            Encoding::Utf32 => 1,
        }
    }

    fn naive_offset(text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(&(start, end)) = naive_lines(text).get(position.line as usize) else {
            return text.len();
        };
        let mut left = position.character;
        for (at, c) in text[start..end].char_indices() {
            if left < width(c, encoding) {
                return start + at;
            }
            left -= width(c, encoding);
        }
        end
    }

    proptest! {
        #[test]
        fn positions_round_trip(text in text(), encoding in encoding()) {
            let lines = naive_lines(&text);
            let rope = Text::new(text.as_str());
            prop_assert_eq!(rope.line_count() as usize, lines.len());
            for (line, &(start, end)) in lines.iter().enumerate() {
                prop_assert_eq!(rope.line_span(line as u32), Span::new(start as u32, end as u32));
                let mut character = 0;
                for (at, c) in text[start..end].char_indices().chain([(end - start, '\n')]) {
                    let offset = (start + at) as u32;
                    let position = Position { line: line as u32, character };
                    prop_assert_eq!(rope.position(offset, encoding), position);
                    prop_assert_eq!(rope.offset(position, encoding), offset);
                    character += width(c, encoding);
                }
            }
        }

        #[test]
        fn any_position_is_some_offset(text in text(), position in position(), encoding in encoding()) {
            let offset = Text::new(text.as_str()).offset(position, encoding);
            prop_assert_eq!(offset as usize, naive_offset(&text, position, encoding));
        }

        #[test]
        fn changes_follow_the_plain_string(
            first in text(),
            changes in prop::collection::vec((position(), position(), text()), 1..6),
            encoding in encoding(),
        ) {
            let mut naive = first.clone();
            let mut rope = Text::new(first);
            for (from, to, insert) in changes {
                let (a, b) = (naive_offset(&naive, from, encoding), naive_offset(&naive, to, encoding));
                naive.replace_range(a.min(b)..a.max(b), &insert);
                rope = rope.change(Some((from, to)), encoding, &insert);
                prop_assert_eq!(rope.as_str(), &naive);
                prop_assert_eq!(rope.line_count() as usize, naive_lines(&naive).len());
            }
        }
    }

    #[test]
    fn a_line_end_is_not_part_of_its_line() {
        let text = Text::new("ab\r\ncd");
        for encoding in ENCODINGS {
            let end = Position { line: 0, character: 2 };
            assert_eq!(text.position(2, encoding), end);
            assert_eq!(text.position(3, encoding), end);
            assert_eq!(text.offset(Position { line: 0, character: u32::MAX }, encoding), 2);
            assert_eq!(text.offset(Position { line: u32::MAX, character: 0 }, encoding), 6);
        }
    }

    #[test]
    fn half_a_character_is_its_start() {
        let text = Text::new("a𝄞b");
        assert_eq!(text.offset(Position { line: 0, character: 2 }, Encoding::Utf16), 1);
        assert_eq!(text.offset(Position { line: 0, character: 3 }, Encoding::Utf8), 1);
        assert_eq!(text.position(3, Encoding::Utf16), Position { line: 0, character: 1 });
    }

    #[test]
    fn a_change_without_a_range_is_all_of_it() {
        let text = Text::new("old").change(None, Encoding::Utf16, "new\n");
        assert_eq!((text.as_str(), text.line_count()), ("new\n", 2));
    }

    #[test]
    fn the_line_end_is_that_of_most_lines() {
        let line_end = |text: &str| Text::new(text).line_end();
        assert_eq!(line_end(""), "\n");
        assert_eq!(line_end("a\r\nb\r\nc\n"), "\r\n");
        assert_eq!(line_end("a\nb\nc\r\n"), "\n");
        assert_eq!(line_end("a\rb"), "\r");
    }

    #[test]
    fn edits_that_touch_are_fine_and_edits_that_overlap_are_not() {
        let edit = |start, end, insert: &str| Edit { span: Span::new(start, end), insert: insert.to_owned() };
        let edits = Edits::new(vec![edit(3, 4, "!"), edit(0, 3, "X")]).expect("they only touch");
        assert_eq!(edits.apply("abcdef"), "X!ef");
        assert_eq!(Edits::new(vec![edit(0, 3, ""), edit(2, 4, "")]), None);
        assert_eq!(Edits::new(vec![edit(1, 1, "x"), edit(1, 1, "y")]), None);
        assert_eq!(edits.merge(&edit(5, 6, "?").into()).map(|both| both.apply("abcdef")), Some("X!e?".to_owned()));
        assert_eq!(edits.merge(&edit(2, 2, "?").into()), None);
    }
}
