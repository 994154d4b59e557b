//! Texts: joining, splitting, cutting, letter case.
//!
//! Azure counts in UTF-16 units. Half a surrogate pair, which cutting can leave, becomes the replacement character, as
//! it does on its way into a resource.

use std::sync::Arc;

use super::{Answer, Call, Stop, bool, collation};
use crate::input::arm::eval::{self, MAX_TEXT};
use crate::value::{self, Data, Kind, Part, Unknown, Value, Why};

/// A text in the making, of known and unknown pieces.
pub struct Pieces {
    parts: Vec<Part>,
    known: String,
    length: usize,
    why: Option<Why>,
}

impl Pieces {
    pub fn new() -> Pieces {
        Pieces { parts: Vec::new(), known: String::new(), length: 0, why: None }
    }

    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.length += text.len();
        // Bytes are at most three times the UTF-16 units that the bound counts.
        if self.length > 3 * MAX_TEXT {
            return Err(Stop::TooLarge);
        }
        self.known.push_str(text);
        Ok(())
    }

    /// Adds a value as text, with what is known of an unknown one. Only scalars belong here.
    pub fn value(&mut self, value: &Value) -> Result<(), Stop> {
        match value.data() {
            Data::Text(text) => self.text(text),
            Data::Int(int) => self.text(&int.to_string()),
            Data::Bool(value) => self.text(if *value { "True" } else { "False" }),
            Data::Unknown(unknown) => {
                let hole = || vec![Part::Hole(unknown.identity.clone().unwrap_or_default())];
                self.parts(unknown.text_parts().unwrap_or_else(hole), &unknown.why)
            }
            Data::Null | Data::Float(_) | Data::Array(_) | Data::Object(_) => Err(Stop::Unknown),
        }
    }

    pub fn parts(&mut self, parts: Vec<Part>, why: &Why) -> Result<(), Stop> {
        for part in parts {
            match part {
                Part::Known(text) => self.text(&text)?,
                hole @ Part::Hole(_) => {
                    let known = std::mem::take(&mut self.known);
                    self.parts.extend([Part::Known(known.into()), hole]);
                    self.why.get_or_insert_with(|| why.clone());
                }
            }
        }
        Ok(())
    }

    /// The text, or an unknown one of these pieces with the identity of the call.
    pub fn finish(self, call: &Call) -> Value {
        let Some(why) = self.why else { return Value::text(self.known) };
        let mut parts = self.parts;
        parts.push(Part::Known(self.known.into()));
        let mut unknown = Unknown::of_parts(why, parts);
        unknown.identity = eval::identity(call.function.name, call.args);
        Value::new(Data::Unknown(Arc::new(unknown)))
    }
}

/// `concat`: of texts, or of arrays.
pub fn concat(call: &Call) -> Answer {
    let kinds = |kind: fn(Kind) -> bool| call.args.iter().filter_map(Value::kind).any(kind);
    let (arrays, texts) = (kinds(|kind| kind == Kind::Array), kinds(|kind| kind != Kind::Array));
    match (arrays, texts) {
        (true, true) if call.args.iter().all(|arg| !arg.is_unknown()) => {
            call.refuse("joins strings or arrays, not one with the other")
        }
        (true, false) => {
            let mut items = Vec::new();
            for at in 0..call.args.len() {
                items.extend(call.items(at)?);
            }
            Ok(Value::array(items))
        }
        (false, true) => {
            let mut pieces = Pieces::new();
            call.args.iter().try_for_each(|arg| pieces.value(arg))?;
            Ok(pieces.finish(call))
        }
        (false, false) if call.args.is_empty() => Ok(Value::text("")),
        _ => Err(Stop::Unknown),
    }
}

/// `join(array, separator)`.
pub fn join(call: &Call) -> Answer {
    let items = call.array(0)?;
    call.spend(items.len())?;
    let scalar = |item: &Value| item.is_unknown() || matches!(item.kind(), Some(Kind::Text | Kind::Int | Kind::Bool));
    if !items.iter().all(scalar) {
        return call.refuse("joins only strings, integers and booleans");
    }
    let mut pieces = Pieces::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pieces.value(&call.args[1])?;
        }
        pieces.value(item)?;
    }
    Ok(pieces.finish(call))
}

pub fn pad_left(call: &Call) -> Answer {
    let width = call.int(1)?;
    if !(1..=16).contains(&width) {
        return call.refuse("fills to a width of 1 to 16");
    }
    let filler = match call.args.len() {
        2 => " ",
        _ => call.text(2)?,
    };
    if filler.encode_utf16().count() != 1 {
        return call.refuse("fills with exactly one character");
    }
    let text = match call.args[0].data() {
        Data::Text(text) => text.to_string(),
        Data::Int(int) => int.to_string(),
        _ => return Err(Stop::Unknown),
    };
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(units(&text));
    Ok(Value::text(filler.repeat(missing) + &text))
}

pub fn replace(call: &Call) -> Answer {
    if call.args[1].as_text() == Some("") {
        return call.refuse("needs a text to replace that is not empty");
    }
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let growth = text.matches(old).count().saturating_mul(new.len());
    if growth > 3 * MAX_TEXT {
        return Err(Stop::TooLarge);
    }
    Ok(Value::text(text.replace(old, new)))
}

/// `split(text, separator)`, with a list of separators too.
pub fn split(call: &Call) -> Answer {
    let separators = match call.args[1].data() {
        Data::Text(text) => vec![text.clone()],
        Data::Array(items) if items.iter().all(|item| item.as_text().is_some() || item.is_unknown()) => {
            items.iter().map(|item| item.as_text().map(Arc::from)).collect::<Option<Vec<_>>>().ok_or(Stop::Unknown)?
        }
        Data::Array(_) => return call.refuse("takes a string or an array of strings as separators"),
        _ => return Err(Stop::Unknown),
    };
    if let Some(unknown) = call.args[0].as_unknown() {
        return split_id(unknown, &separators);
    }
    let text = call.text(0)?;
    call.spend(text.len() / 64 * separators.len())?;
    let pieces: Vec<&str> = match separators.is_empty() {
        true => text.split(char::is_whitespace).collect(),
        false => split_at(text, &separators),
    };
    call.spend(pieces.len())?;
    Ok(Value::array(pieces.into_iter().map(Value::text).collect()))
}

/// A resource id with unknown names still has known segments: no name in it contains a slash.
fn split_id(unknown: &Unknown, separators: &[Arc<str>]) -> Answer {
    let whole_id = unknown.identity.as_deref().is_some_and(super::id::is_id);
    if !whole_id || separators.len() != 1 || &*separators[0] != "/" {
        return Err(Stop::Unknown);
    }
    let mut segments = vec![Pieces::new()];
    for part in &unknown.parts {
        match part {
            Part::Known(text) => {
                for (at, piece) in text.split('/').enumerate() {
                    if at > 0 {
                        segments.push(Pieces::new());
                    }
                    if let Some(segment) = segments.last_mut() {
                        segment.text(piece)?;
                    }
                }
            }
            Part::Hole(identity) if identity.is_empty() => return Err(Stop::Unknown),
            hole @ Part::Hole(_) => {
                if let Some(segment) = segments.last_mut() {
                    segment.parts(vec![hole.clone()], &unknown.why)?;
                }
            }
        }
    }
    Ok(Value::array(segments.into_iter().map(Pieces::segment).collect()))
}

impl Pieces {
    /// A piece of a text: an unknown one that is a hole and nothing else is the unknown that fills it.
    fn segment(self) -> Value {
        let Some(why) = self.why else { return Value::text(self.known) };
        let mut parts = self.parts;
        parts.push(Part::Known(self.known.into()));
        let mut unknown = Unknown::of_parts(why, parts);
        if let [Part::Hole(identity)] = &unknown.parts[..] {
            unknown.identity = Some(identity.clone());
            unknown.parts.clear();
        }
        Value::new(Data::Unknown(Arc::new(unknown)))
    }
}

/// Splits at whichever separator stands first in the list where several fit; empty ones never fit.
fn split_at<'t>(text: &'t str, separators: &[Arc<str>]) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let fits = |separator: &&Arc<str>| !separator.is_empty() && text[at..].starts_with(&***separator);
        match separators.iter().find(fits) {
            Some(separator) => {
                pieces.push(&text[start..at]);
                at += separator.len();
                start = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    pieces.push(&text[start..]);
    pieces
}

pub fn substring(call: &Call) -> Answer {
    let start = call.args[1].as_int();
    let count = call.arg(2).map(Value::as_int);
    if start.is_some_and(|start| start < 0) || count.flatten().is_some_and(|count| count < 0) {
        return call.refuse("starts at 0 or later, and its length is not negative");
    }
    let (start, count) = (start.ok_or(Stop::Unknown)?, count.map(|count| count.ok_or(Stop::Unknown)).transpose()?);
    let (start, count) = (usize::try_from(start), count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)));
    let start = start.unwrap_or(usize::MAX);
    if let Some(unknown) = call.args[0].as_unknown() {
        let end = start.saturating_add(count.ok_or(Stop::Unknown)?);
        return known_prefix(unknown, end).map(|text| Value::text(cut(text, start, end)));
    }
    let text = call.text(0)?;
    let length = units(text);
    let end = count.map_or(length, |count| start.saturating_add(count));
    if start > length || end > length {
        return call.refuse("must stay within the string");
    }
    Ok(Value::text(cut(text, start, end)))
}

/// The known beginning of an unknown text, if it has at least `length` units.
pub fn known_prefix(unknown: &Unknown, length: usize) -> Result<&str, Stop> {
    let prefix = value::prefix(&unknown.parts);
    if units(prefix) >= length && !unknown.parts.is_empty() { Ok(prefix) } else { Err(Stop::Unknown) }
}

pub fn to_lower(call: &Call) -> Answer {
    change_case(call, lower)
}

pub fn to_upper(call: &Call) -> Answer {
    change_case(call, value::upper)
}

/// Lower case as .NET's invariant culture has it.
fn lower(c: char) -> char {
    let mut forms = c.to_lowercase();
    match (forms.next(), forms.next()) {
        (Some(form), None) if c.is_ascii() || !form.is_ascii() => form,
        _ => c,
    }
}

fn change_case(call: &Call, change: fn(char) -> char) -> Answer {
    let changed = |text: &str| {
        if text.is_ascii() {
            let upper = change('a') == 'A';
            return Ok(if upper { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() });
        }
        // For these implementations differ: a form in ASCII, and alphabets whose cases are new.
        let plain = |c| c <= '\u{52f}' && c != 'ſ' || matches!(c, '\u{1e00}'..='\u{1e95}' | '\u{1ea0}'..='\u{1eff}');
        let doubtful = |c| !plain(c) && (change(c) != c || c == 'ſ');
        match text.contains(doubtful) {
            true => Err(Stop::Unknown),
            false => Ok(text.chars().map(change).collect::<String>()),
        }
    };
    match call.args[0].data() {
        Data::Text(text) => Ok(Value::text(changed(text)?)),
        Data::Unknown(unknown) if !unknown.parts.is_empty() => {
            let mut pieces = Pieces::new();
            for part in &unknown.parts {
                match part {
                    Part::Known(text) => pieces.text(&changed(text)?)?,
                    Part::Hole(identity) if identity.is_empty() => pieces.parts(vec![part.clone()], &unknown.why)?,
                    Part::Hole(identity) => {
                        let hole = format!("{}({identity})", call.function.name.to_ascii_lowercase());
                        pieces.parts(vec![Part::Hole(hole.into())], &unknown.why)?;
                    }
                }
            }
            Ok(pieces.finish(call))
        }
        _ => Err(Stop::Unknown),
    }
}

pub fn trim(call: &Call) -> Answer {
    Ok(Value::text(call.text(0)?.trim()))
}

pub fn starts_with(call: &Call) -> Answer {
    let wanted = collation::folded(call.text(1)?).ok_or(Stop::Unknown)?;
    match call.args[0].data() {
        Data::Text(text) => {
            let text = collation::folded(text).ok_or(Stop::Unknown)?;
            Ok(bool(text.starts_with(&wanted)))
        }
        Data::Unknown(unknown) => {
            let known = collation::folded(value::prefix(&unknown.parts)).ok_or(Stop::Unknown)?;
            let common = known.len().min(wanted.len());
            match known[..common] == wanted[..common] {
                true if common == wanted.len() => Ok(bool(true)),
                true => Err(Stop::Unknown),
                false => Ok(bool(false)),
            }
        }
        _ => Err(Stop::Unknown),
    }
}

pub fn ends_with(call: &Call) -> Answer {
    let wanted = collation::folded(call.text(1)?).ok_or(Stop::Unknown)?;
    match call.args[0].data() {
        Data::Text(text) => {
            let text = collation::folded(text).ok_or(Stop::Unknown)?;
            Ok(bool(text.ends_with(&wanted)))
        }
        Data::Unknown(unknown) => {
            let known = collation::folded(value::suffix(&unknown.parts)).ok_or(Stop::Unknown)?;
            let common = known.len().min(wanted.len());
            match known[known.len() - common..] == wanted[wanted.len() - common..] {
                true if common == wanted.len() => Ok(bool(true)),
                true => Err(Stop::Unknown),
                false => Ok(bool(false)),
            }
        }
        _ => Err(Stop::Unknown),
    }
}

/// The length of a text as Azure counts it.
pub fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The part of a text between two UTF-16 positions.
pub fn cut(text: &str, start: usize, end: usize) -> String {
    if text.is_ascii() {
        let end = end.min(text.len());
        return text[start.min(end)..end].to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let end = end.min(units.len());
    String::from_utf16_lossy(&units[start.min(end)..end])
}
