//! The fast way into a tree, for text that is well-formed: one pass, no recursion, stops at the first fault.

use memchr::{memchr2, memmem};

use crate::json::{Builder, Kind, MAX_DEPTH, MAX_LEN, Parsed, Severity, SyntaxError, string};
use crate::text::Span;

pub(super) struct Reading {
    /// All of the text, or what comes before the fault.
    pub parsed: Parsed,
    /// Why reading stopped, if recovering can get any further.
    pub fault: Option<SyntaxError>,
}

pub(super) fn read(text: &str) -> Reading {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, tape: Builder::new(text), nested_too_deeply: false };
    let outcome = match text.len() {
        0..=MAX_LEN => reader.document(),
        _ => Err(fault(Span::new(0, 0), "this text is too long to be read")),
    };
    let mut tape = reader.tape;
    let recoverable = !reader.nested_too_deeply && text.len() <= MAX_LEN;
    let fault = outcome.err();
    tape.errors.extend(fault.clone());
    Reading { parsed: tape.finish(reader.at as u32), fault: fault.filter(|_| recoverable) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    tape: Builder<'a>,
    nested_too_deeply: bool,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), SyntaxError> {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            self.at = 3;
        }
        self.blank()?;
        loop {
            let at_a_value = match self.peek() {
                b'{' | b'[' => self.open()?,
                _ => {
                    self.scalar()?;
                    false
                }
            };
            if !at_a_value && !self.advance()? {
                return Ok(());
            }
        }
    }

    /// Goes into a container. Whether there is a value in it, and that is next.
    fn open(&mut self) -> Result<bool, SyntaxError> {
        if self.tape.open.len() == MAX_DEPTH {
            self.skip_nested()?;
            return Ok(false);
        }
        let is_object = self.peek() == b'{';
        self.tape.open(if is_object { Kind::Object } else { Kind::Array }, self.at as u32);
        self.at += 1;
        self.blank()?;
        match (is_object, self.peek()) {
            (true, b'}') | (false, b']') => return Ok(false),
            (true, _) => self.key()?,
            (false, _) => {}
        }
        Ok(true)
    }

    /// After a value, closes what ends here and goes on to the next value, if there is one.
    fn advance(&mut self) -> Result<bool, SyntaxError> {
        loop {
            self.blank()?;
            let Some(container) = self.tape.container() else {
                if self.at == self.bytes.len() {
                    return Ok(false);
                }
                return Err(self.fault_here("the document has ended before this"));
            };
            let is_object = container.kind() == Kind::Object;
            let close = if is_object { b'}' } else { b']' };
            if self.peek() == b',' {
                let comma = self.at as u32;
                self.at += 1;
                self.blank()?;
                if self.peek() != close {
                    if is_object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                self.tape.warn_of_trailing_comma(comma);
            }
            if self.peek() != close {
                return Err(self.fault_here(match (self.peek(), is_object) {
                    (b'}', _) => "this brace closes an array that was opened with a bracket",
                    (b']', _) => "this bracket closes an object that was opened with a brace",
                    (_, true) => "a comma or a closing brace is missing before this",
                    (_, false) => "a comma or a closing bracket is missing before this",
                }));
            }
            self.at += 1;
            self.tape.close(self.at as u32);
        }
    }

    /// A property name and its colon.
    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.peek() != b'"' {
            return Err(self.fault_here("a property name in double quotes is missing here"));
        }
        self.string()?;
        self.blank()?;
        if self.peek() != b':' {
            return Err(self.fault_here("a colon is missing between the property name and this"));
        }
        self.at += 1;
        self.blank()
    }

    fn scalar(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Kind::Bool),
            b'f' => self.word("false", Kind::Bool),
            b'n' => self.word("null", Kind::Null),
            b',' | b'}' | b']' | b':' => Err(self.fault_here("a value is missing before this")),
            b'\'' => Err(self.fault_here("strings stand in double quotes")),
            _ => Err(self.fault_here("this is not a value")),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), SyntaxError> {
        let end = self.at + word.len();
        if !self.bytes[self.at..].starts_with(word.as_bytes()) || self.bytes.get(end).is_some_and(|&byte| is_word(byte))
        {
            return Err(self.fault_here("this is not a value; of all words only true, false and null are"));
        }
        self.tape.leaf(kind, Span::new(self.at as u32, end as u32));
        self.at = end;
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let end = self.at + number_len(&self.bytes[self.at..]).unwrap_or(0);
        if end == self.at || self.bytes.get(end).is_some_and(|&byte| is_word(byte)) {
            return Err(self.fault_here("this is not a number as JSON writes it"));
        }
        self.tape.leaf(Kind::Number, Span::new(self.at as u32, end as u32));
        self.at = end;
        Ok(())
    }

    fn string(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let Some((end, escaped)) = string_end(self.tape.text, start)? else {
            return Err(fault(self.rest_of_line(start), "this string is not closed"));
        };
        self.tape.string(Span::new(start as u32, end as u32), escaped);
        self.at = end;
        Ok(())
    }

    /// Steps over white space and comments, of which a plan has none.
    #[inline]
    fn blank(&mut self) -> Result<(), SyntaxError> {
        match self.peek() {
            b' ' | b'\t' | b'\n' | b'\r' | b'/' => self.some_blank(),
            _ => Ok(()),
        }
    }

    fn some_blank(&mut self) -> Result<(), SyntaxError> {
        self.at += blank_len(&self.bytes[self.at..]);
        match &self.bytes[self.at..] {
            [b'/', b'*', ..] => Err(fault(self.rest_of_line(self.at), "this comment is not closed")),
            [b'/', ..] => Err(self.fault_here("this is not a value")),
            _ => Ok(()),
        }
    }

    /// Steps over a container that is nested too deeply, counting brackets only.
    fn skip_nested(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        if !self.nested_too_deeply {
            self.nested_too_deeply = true;
            self.tape.errors.push(fault(
                Span::new(start as u32, start as u32 + 1),
                "nested deeper than 1,000 levels: not analysed beyond here",
            ));
        }
        let mut depth = 0usize;
        loop {
            match self.peek() {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                b'/' => {
                    self.blank()?;
                    continue;
                }
                b'"' => match string_end(self.tape.text, self.at)? {
                    Some((end, _)) => {
                        self.at = end;
                        continue;
                    }
                    None => return Err(fault(self.rest_of_line(self.at), "this string is not closed")),
                },
                _ if self.at == self.bytes.len() => return Err(self.fault_here("the text ends too early")),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                self.tape.leaf(Kind::Broken, Span::new(start as u32, self.at as u32));
                return Ok(());
            }
        }
    }

    /// The next byte, NUL at the end: nothing treats a NUL in the text differently.
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// A fault of the next word or character, unless something before it is the likelier cause.
    fn fault_here(&self, message: &str) -> SyntaxError {
        let start = self.at;
        if let Some(last) = self.tape.slots.last()
            && last.kind() == Kind::String
            && last.span().of(self.tape.text).contains(['\n', '\r'])
            && self.bytes[last.end as usize..start].iter().all(u8::is_ascii_whitespace)
        {
            return fault(self.rest_of_line(last.start as usize), "this string is not closed where its line ends");
        }
        if start == self.bytes.len() {
            return match self.tape.container() {
                Some(container) => fault(Span::new(container.start, container.start + 1), "this is never closed"),
                None => fault(Span::new(start as u32, start as u32), "the text has no JSON value"),
            };
        }
        let rest = &self.tape.text[start..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let len = word.max(rest.chars().next().map_or(0, char::len_utf8));
        fault(Span::new(start as u32, (start + len) as u32), message)
    }

    fn rest_of_line(&self, start: usize) -> Span {
        let len = memchr2(b'\n', b'\r', &self.bytes[start..]).unwrap_or(self.bytes.len() - start);
        Span::new(start as u32, (start + len) as u32)
    }
}

/// The length of the number at the start of the text.
pub(super) fn number_len(text: &[u8]) -> Option<usize> {
    let digits = |at: usize| {
        let count = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(count)
    };
    let start = usize::from(text.starts_with(b"-"));
    let whole = digits(start)?;
    if whole > 1 && text[start] == b'0' {
        return None;
    }
    let mut at = start + whole;
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at += digits(at)?;
    }
    Some(at)
}

/// The length of the white space and comments at the start of the text.
pub(super) fn blank_len(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match text.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(b'/') => match comment_len(&text[at..]) {
                Some(len) => at += len,
                None => return at,
            },
            _ => return at,
        }
    }
}

/// The length of the comment at the start of the text, without the line end; `None` if there is no whole one.
pub(super) fn comment_len(text: &[u8]) -> Option<usize> {
    match text {
        [b'/', b'/', ..] => Some(memchr2(b'\n', b'\r', text).unwrap_or(text.len())),
        [b'/', b'*', rest @ ..] => memmem::find(rest, b"*/").map(|found| found + 4),
        _ => None,
    }
}

/// The end of the string that starts at `start`, and whether it has escape sequences; `None` if it is not closed.
pub(super) fn string_end(text: &str, start: usize) -> Result<Option<(usize, bool)>, SyntaxError> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut escaped = false;
    loop {
        let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) else {
            return Ok(None);
        };
        at += found;
        if bytes[at] == b'"' {
            return Ok(Some((at + 1, escaped)));
        }
        let Some((_, len)) = string::escape_at(&text[at..]) else {
            let next = text[at + 1..].chars().next().map_or(0, char::len_utf8);
            return Err(fault(Span::new(at as u32, (at + 1 + next) as u32), "this is not an escape sequence of JSON"));
        };
        at += len;
        escaped = true;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte >= 0x80
}

fn fault(span: Span, message: &str) -> SyntaxError {
    SyntaxError { span, message: message.to_owned(), severity: Severity::Error }
}
