//! Base64, gzip and UTF-16, each within fixed bounds.
//!
//! Everything that unpacks anything goes through a [`Budget`], so that no text, however it is nested, costs more than
//! a few hundred kilobytes.

use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;

/// Most bytes that one Base64 text may decode to: what Azure takes as custom data.
pub const MAX_DECODED: usize = 64 * 1024;

/// Most bytes that one gzip member list may unpack to. More is not read at all, not even its beginning.
pub const MAX_INFLATED: usize = 256 * 1024;

/// Most bytes that all decoding of one property may make together.
pub const MAX_TOTAL: usize = 1024 * 1024;

/// Layers of encoding that are taken off one text (Base64 of gzip of Base64 is three).
pub const MAX_LAYERS: usize = 4;

/// What decoding may still cost.
pub struct Budget {
    bytes: usize,
}

/// The outcome of decoding a text.
#[derive(PartialEq, Eq)]
pub enum Decoded {
    Text(String),
    /// Not text, broken, or larger than the bounds.
    Unreadable,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { bytes: MAX_TOTAL }
    }
}

impl Budget {
    /// The bytes of a Base64 text, which may be wrapped and need no padding. `None`: not Base64, or too large.
    pub fn base64(&mut self, text: &str) -> Option<Vec<u8>> {
        let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        if packed.is_empty() || packed.len() / 4 * 3 > MAX_DECODED.min(self.bytes) + 3 {
            return None;
        }
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let bytes = GeneralPurpose::new(&alphabet::STANDARD, config).decode(packed).ok()?;
        self.spend(bytes.len()).filter(|()| bytes.len() <= MAX_DECODED)?;
        Some(bytes)
    }

    /// The bytes inside a gzip stream. `None`: broken, or too large.
    pub fn gunzip(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let limit = MAX_INFLATED.min(self.bytes);
        let mut out = Vec::new();
        let mut reader = MultiGzDecoder::new(bytes).take(limit as u64 + 1);
        reader.read_to_end(&mut out).ok()?;
        if out.len() > limit {
            self.bytes = self.bytes.saturating_sub(limit);
            return None;
        }
        self.spend(out.len())?;
        Some(out)
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// The text of a property that should be Base64, perhaps of gzip, perhaps of Base64 again; plain text is taken as it is.
pub fn property(value: &str, budget: &mut Budget) -> Decoded {
    let value = value.trim_start_matches('\u{feff}');
    if value.trim().is_empty() {
        return Decoded::Text(String::new());
    }
    match budget.base64(value) {
        Some(bytes) => unpack(bytes, budget, MAX_LAYERS),
        None if looks_like_base64(value) => Decoded::Unreadable,
        None => Decoded::Text(value.to_string()),
    }
}

/// The text in some bytes: takes off gzip, and Base64 inside it as long as something readable comes out.
pub fn unpack(bytes: Vec<u8>, budget: &mut Budget, layers: usize) -> Decoded {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return match layers.checked_sub(1) {
            Some(layers) => match budget.gunzip(&bytes) {
                Some(bytes) => unpack(bytes, budget, layers),
                None => Decoded::Unreadable,
            },
            None => Decoded::Unreadable,
        };
    }
    let Some(text) = text(bytes) else { return Decoded::Unreadable };
    // Short words are valid Base64 too; a script or a configuration never is.
    if text.trim().len() >= 16 && looks_like_base64(&text) {
        let Some(layers) = layers.checked_sub(1) else { return Decoded::Unreadable };
        let Some(inner) = budget.base64(&text) else { return Decoded::Unreadable };
        return unpack(inner, budget, layers);
    }
    Decoded::Text(text)
}

/// The text of a file, unpacked if it is gzip; Base64 inside it is what the file holds.
pub fn unpack_file(bytes: Vec<u8>, budget: &mut Budget) -> Decoded {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { budget.gunzip(&bytes) } else { Some(bytes) };
    bytes.and_then(text).map_or(Decoded::Unreadable, Decoded::Text)
}

/// Bytes as text: UTF-8, or UTF-16 when a byte order mark or the zero bytes of Latin text say so.
pub fn text(bytes: Vec<u8>) -> Option<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(&bytes, u16::from_le_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok()?,
        _ => String::from_utf8(bytes).ok()?,
    };
    if text.contains('\0') { None } else { Some(text.replace("\r\n", "\n")) }
}

/// Nothing but the Base64 alphabet, padding and line breaks.
fn looks_like_base64(text: &str) -> bool {
    let trimmed = text.trim_end().trim_end_matches('=');
    trimmed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'\n' | b'\r'))
}
