//! One file as it was read at one moment: its text and, once asked for, its JSON.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::bicep;
use crate::json::{self, Node, Parsed};
use crate::text::{FileId, Place, Span, Text};

/// Never changes: a file that does is a new document.
#[derive(Debug)]
pub struct Document {
    pub file: FileId,
    pub path: PathBuf,
    /// The editor's version, if it is open in one.
    pub version: Option<i32>,
    pub text: Text,
    /// Whether the bytes on disk are not this text in UTF-8, so that no fix may be written back.
    pub transcoded: bool,
    /// Where the text stands inside another file, as the value of a string: every place in it is this one.
    pub embedded_at: Option<Place>,
    json: OnceLock<Parsed>,
    bicep: OnceLock<bicep::Parsed>,
}

impl Document {
    pub fn new(file: FileId, path: impl Into<PathBuf>, version: Option<i32>, text: Text) -> Document {
        Document {
            file,
            path: path.into(),
            version,
            text,
            transcoded: false,
            embedded_at: None,
            json: OnceLock::new(),
            bicep: OnceLock::new(),
        }
    }

    /// A document from the bytes of a file.
    pub fn from_bytes(file: FileId, path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Document, Unreadable> {
        let transcoded = byte_order(&bytes).is_some();
        let text = Text::new(decode(bytes)?);
        Ok(Document { transcoded, ..Document::new(file, path, None, text) })
    }

    /// The text as JSON, parsed the first time.
    pub fn json(&self) -> &Parsed {
        self.json.get_or_init(|| json::parse(self.text.as_str()))
    }

    /// The text as Bicep, parsed the first time.
    pub fn bicep(&self) -> &bicep::Parsed {
        self.bicep.get_or_init(|| bicep::parse(self.text.as_str()))
    }

    /// What the text is written in.
    pub fn language(&self) -> Language {
        Language::of(&self.path)
    }

    pub fn is_json(&self) -> bool {
        self.language() == Language::Json
    }

    /// The outermost value, where the text is JSON.
    pub fn root(&self) -> Option<Node<'_>> {
        self.is_json().then(|| self.json().root(self.text.as_str()))?
    }

    /// The node that has exactly this span.
    pub fn node(&self, span: Span) -> Option<Node<'_>> {
        self.is_json().then(|| self.json().tree.spanning(self.text.as_str(), span))?
    }

    pub fn place(&self, span: Span) -> Place {
        self.embedded_at.unwrap_or(Place { file: self.file, span })
    }
}

/// What a file is written in, by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Also what has no other name.
    Json,
    Bicep,
    Terraform,
}

/// Extensions of sources that findings of a template or plan may point into.
pub const SOURCES: &[(&str, Language)] = &[
    ("bicep", Language::Bicep),
    ("bicepparam", Language::Bicep),
    ("tf", Language::Terraform),
    ("tofu", Language::Terraform),
    ("tfvars", Language::Terraform),
    ("hcl", Language::Terraform),
];

impl Language {
    pub fn of(path: &Path) -> Language {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let source = SOURCES.iter().find(|(source, _)| extension.eq_ignore_ascii_case(source));
        source.map_or(Language::Json, |(_, language)| *language)
    }
}

/// Larger files are not read: 256 MiB, far above the plans of whole landing zones.
pub const MAX_BYTES: usize = 256 << 20;

/// Why bytes are no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unreadable {
    TooLarge { bytes: usize },
    Binary,
    InvalidUtf8 { offset: usize },
    InvalidUtf16 { offset: usize },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::TooLarge { bytes } => {
                write!(f, "the file has {} MiB; files of more than {} MiB are not read", bytes >> 20, MAX_BYTES >> 20)
            }
            Unreadable::Binary => write!(f, "the file is binary, not text"),
            Unreadable::InvalidUtf8 { offset } => write!(f, "the file is not valid UTF-8 at byte {offset}"),
            Unreadable::InvalidUtf16 { offset } => write!(f, "the file is not valid UTF-16 at byte {offset}"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// The text that the bytes of a file stand for: UTF-8, or UTF-16 with a byte order mark. The mark stays in the text.
pub fn decode(bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge { bytes: bytes.len() });
    }
    if let Some(order) = byte_order(&bytes) {
        return decode_utf16(&bytes, order);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        if memchr::memchr(0, error.as_bytes()).is_some() {
            Unreadable::Binary
        } else {
            Unreadable::InvalidUtf8 { offset }
        }
    })?;
    if memchr::memchr(0, text.as_bytes()).is_some() { Err(Unreadable::Binary) } else { Ok(text) }
}

/// How two bytes make a unit of UTF-16.
type ByteOrder = fn([u8; 2]) -> u16;

fn byte_order(bytes: &[u8]) -> Option<ByteOrder> {
    match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn decode_utf16(bytes: &[u8], order: ByteOrder) -> Result<String, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut offset = 0;
    for c in char::decode_utf16(pairs.iter().map(|&pair| order(pair))) {
        let c = c.map_err(|_| Unreadable::InvalidUtf16 { offset })?;
        offset += 2 * c.len_utf16();
        text.push(c);
    }
    if rest.is_empty() { Ok(text) } else { Err(Unreadable::InvalidUtf16 { offset }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn utf8_and_marked_utf16_are_text() {
        assert_eq!(decode(b"\xef\xbb\xbf{}".to_vec()), Ok("\u{feff}{}".to_owned()));
        assert_eq!(decode(utf16("\u{feff}a𝄞", u16::to_le_bytes)), Ok("\u{feff}a𝄞".to_owned()));
        assert_eq!(decode(utf16("\u{feff}a𝄞", u16::to_be_bytes)), Ok("\u{feff}a𝄞".to_owned()));
        assert_eq!(decode(Vec::new()), Ok(String::new()));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_reason() {
        let refusal = |bytes: &[u8]| decode(bytes.to_vec()).map_err(|error| error.to_string());
        assert_eq!(refusal(b"ab\xff"), Err("the file is not valid UTF-8 at byte 2".to_owned()));
        assert_eq!(refusal(b"\x7fELF\0\xff"), Err("the file is binary, not text".to_owned()));
        assert_eq!(refusal(b"a\0b"), Err("the file is binary, not text".to_owned()));
        assert_eq!(refusal(b"\xff\xfea\0\x34\xd8b\0"), Err("the file is not valid UTF-16 at byte 4".to_owned()));
        assert_eq!(refusal(b"\xff\xfea\0b"), Err("the file is not valid UTF-16 at byte 4".to_owned()));
        let refused = decode(vec![b' '; MAX_BYTES + 1]).map_err(|error| error.to_string());
        assert_eq!(refused, Err("the file has 256 MiB; files of more than 256 MiB are not read".to_owned()));
    }

    #[test]
    fn only_utf8_can_be_written_back() {
        let read = |bytes| Document::from_bytes(FileId(0), "a.json", bytes).expect("it is text");
        assert!(!read(b"{}".to_vec()).transcoded);
        assert!(read(utf16("\u{feff}{}", u16::to_le_bytes)).transcoded);
    }

    #[test]
    fn json_is_parsed_when_asked_for() {
        let document = Document::new(FileId(7), "a.json", Some(3), Text::new("{\"a\": 1}"));
        assert!(document.json.get().is_none());
        let value = document.root().and_then(|root| root.get("a")).expect("there is an a");
        assert_eq!(document.place(value.span()), Place { file: FileId(7), span: Span::new(6, 7) });
    }
}
