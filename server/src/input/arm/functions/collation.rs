//! The order of texts in `less`, `greater` and `sort`: the root order of ICU, as far as ASCII goes.
//!
//! Also the matching of texts without letter case in `startsWith`, `endsWith`, `indexOf`. Both ask the culture of
//! Azure's machine about other characters; what is said here holds in every culture that Azure is likely to have.

use std::cmp::Ordering;

/// The ASCII characters that count, lowest first; letters of both cases share a place.
const ORDER: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";

/// How two texts compare; `None` where other characters are involved.
pub fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    let (ranks_a, ranks_b) = (ranks(a)?, ranks(b)?);
    // Letter case decides only between texts that are otherwise the same; lower case comes first.
    Some(ranks_a.cmp(&ranks_b).then_with(|| {
        let upper = |text: &str| text.bytes().map(|byte| byte.is_ascii_uppercase()).collect::<Vec<_>>();
        upper(a).cmp(&upper(b))
    }))
}

fn ranks(text: &str) -> Option<Vec<usize>> {
    text.bytes().map(|byte| ORDER.bytes().position(|other| other == byte.to_ascii_lowercase())).collect()
}

/// The text in the form in which equal means equal without letter case, each character by itself; `None` where a
/// character may match others than its own upper and lower case.
pub fn folded(text: &str) -> Option<Vec<char>> {
    text.chars().map(|c| alone(c).then(|| fold(c))).collect()
}

fn fold(c: char) -> char {
    match c {
        'İ' | 'ı' => c,
        _ => crate::value::upper(c),
    }
}

/// Whether a character matches only itself and its other case: no sign that combines, is ignored, or stands for several.
fn alone(c: char) -> bool {
    match c {
        ' '..='~' => true,
        'æ' | 'Æ' | 'œ' | 'Œ' | 'ĳ' | 'Ĳ' | 'ŀ' | 'Ŀ' | 'ŉ' => false,
        // Latin letters with their marks, Greek, Cyrillic, Han.
        '\u{c0}'..='\u{17e}' | 'Α'..='Ω' | 'α'..='ρ' | 'σ'..='ω' | 'А'..='я' | '一'..='\u{9fff}' => true,
        // Musical signs and emoji without those that combine.
        '\u{1d100}'..='\u{1d15d}' | '\u{1f300}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1f64f}' => true,
        _ => false,
    }
}
