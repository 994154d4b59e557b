//! JSON as Azure's functions write and read it.
//!
//! The reader takes what the service's own takes, which is more than JSON: single quotes, keys without quotes, comments,
//! commas at the end; it stops after the first value. What the service makes of other odd texts is not known here.

use std::fmt::Write;
use std::sync::Arc;

use super::{Answer, Call, Stop};
use crate::input::arm::eval::{MAX_DEPTH, MAX_TEXT};
use crate::value::{Data, Value};

/// `string(value)`.
pub fn string(call: &Call) -> Answer {
    match call.args[0].data() {
        Data::Text(text) => Ok(Value::text(text.clone())),
        Data::Int(int) => Ok(Value::text(int.to_string())),
        Data::Bool(value) => Ok(Value::text(if *value { "True" } else { "False" })),
        _ => Ok(Value::text(written(call.known(0)?, '"')?)),
    }
}

/// A known value as compact JSON with these quotes.
pub fn written(value: &Value, quote: char) -> Result<String, Stop> {
    let mut text = String::new();
    write(value, quote, &mut text)?;
    Ok(text)
}

fn write(value: &Value, quote: char, to: &mut String) -> Result<(), Stop> {
    if to.len() > 3 * MAX_TEXT {
        return Err(Stop::TooLarge);
    }
    match value.data() {
        Data::Null => to.push_str("null"),
        Data::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
        Data::Int(int) => to.push_str(&int.to_string()),
        Data::Float(float) => {
            let text = super::format::shortest(*float).ok_or(Stop::Unknown)?;
            to.push_str(&text);
            if !text.contains(['.', 'E']) {
                to.push_str(".0");
            }
        }
        Data::Text(text) => quoted(text, quote, to),
        Data::Array(items) => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                write(item, quote, to)?;
            }
            to.push(']');
        }
        Data::Object(object) => {
            to.push('{');
            for (at, (name, member)) in object.members.iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                quoted(name, quote, to);
                to.push(':');
                write(member, quote, to)?;
            }
            to.push('}');
        }
        Data::Unknown(_) => return Err(Stop::Unknown),
    }
    Ok(())
}

fn quoted(text: &str, quote: char, to: &mut String) {
    to.push(quote);
    for c in text.chars() {
        match c {
            '\t' => to.push_str("\\t"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\u{c}' => to.push_str("\\f"),
            '\u{8}' => to.push_str("\\b"),
            '\\' => to.push_str("\\\\"),
            _ if c == quote => to.extend(['\\', c]),
            '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(to, "\\u{:04x}", u32::from(c));
            }
            _ => to.push(c),
        }
    }
    to.push(quote);
}

/// `json(text)`.
pub fn json(call: &Call) -> Answer {
    let text = call.text(0)?;
    call.spend(text.len() / 64)?;
    read(call, text)
}

/// Reads a text for `call`, which is refused if Azure certainly cannot read it.
pub fn read(call: &Call, text: &str) -> Answer {
    let mut reader = Reader { text, at: 0 };
    match reader.value(0) {
        Ok(value) => Ok(value),
        Err(Broken::Refused) => call.refuse("cannot read this text as JSON"),
        Err(Broken::Doubtful) => Err(Stop::Unknown),
    }
}

enum Broken {
    /// No reader takes it.
    Refused,
    /// The service may take it.
    Doubtful,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Doubtful);
        }
        self.skip()?;
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some(quote @ ('"' | '\'')) => Ok(Value::text(self.string(quote)?)),
            Some('-' | '.' | '0'..='9') => self.number(),
            Some(c) if c.is_ascii_alphabetic() => match self.word() {
                "true" => Ok(Value::new(Data::Bool(true))),
                "false" => Ok(Value::new(Data::Bool(false))),
                "null" => Ok(Value::null()),
                "undefined" | "NaN" | "Infinity" | "new" => Err(Broken::Doubtful),
                _ => Err(Broken::Refused),
            },
            None | Some(']' | '}' | ')' | '+') => Err(Broken::Refused),
            Some(_) => Err(Broken::Doubtful),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Broken> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip()?;
            match self.peek() {
                Some(']') => break,
                Some(',') => return Err(Broken::Doubtful),
                _ => items.push(self.value(depth + 1)?),
            }
            self.skip()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => break,
                _ => return Err(Broken::Refused),
            }
        }
        self.at += 1;
        Ok(Value::array(items))
    }

    /// Of a repeated key the last value counts, at the first place.
    fn object(&mut self, depth: usize) -> Result<Value, Broken> {
        self.at += 1;
        let mut members: Vec<(Arc<str>, Value)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        loop {
            self.skip()?;
            let name: Arc<str> = match self.peek() {
                Some('}') => break,
                Some(quote @ ('"' | '\'')) => self.string(quote)?.into(),
                Some(c) if c.is_ascii_alphanumeric() || c == '_' || c == '$' => self.word().into(),
                None => return Err(Broken::Refused),
                Some(_) => return Err(Broken::Doubtful),
            };
            self.skip()?;
            match self.peek() {
                Some(':') => self.at += 1,
                _ => return Err(Broken::Refused),
            }
            let value = self.value(depth + 1)?;
            match places.get(&name) {
                Some(at) => members[*at] = (name, value),
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
            self.skip()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => break,
                _ => return Err(Broken::Refused),
            }
        }
        self.at += 1;
        Ok(Value::object(members))
    }

    fn string(&mut self, quote: char) -> Result<String, Broken> {
        self.at += 1;
        let mut content = String::new();
        loop {
            let c = self.next().ok_or(Broken::Refused)?;
            match c {
                _ if c == quote => return Ok(content),
                '\\' => match self.next().ok_or(Broken::Refused)? {
                    'n' => content.push('\n'),
                    't' => content.push('\t'),
                    'r' => content.push('\r'),
                    'b' => content.push('\u{8}'),
                    'f' => content.push('\u{c}'),
                    c @ ('"' | '\'' | '\\' | '/') => content.push(c),
                    'u' => {
                        let first = self.unit()?;
                        let unit = match first {
                            0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                                self.at += 2;
                                vec![first, self.unit()?]
                            }
                            _ => vec![first],
                        };
                        content.push_str(&String::from_utf16(&unit).map_err(|_| Broken::Doubtful)?);
                    }
                    _ => return Err(Broken::Refused),
                },
                _ => content.push(c),
            }
        }
    }

    fn unit(&mut self) -> Result<u16, Broken> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Broken::Refused)?;
        self.at += 4;
        match digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            true => u16::from_str_radix(digits, 16).map_err(|_| Broken::Refused),
            false => Err(Broken::Refused),
        }
    }

    fn number(&mut self) -> Result<Value, Broken> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let number = &rest[..length];
        self.at += length;
        let digits = number.strip_prefix('-').unwrap_or(number);
        // Hexadecimal and octal numbers, missing digits and infinity are readable to the service, but seldom meant.
        let plain = match digits.as_bytes() {
            [b'0', second, ..] => matches!(second, b'.' | b'e' | b'E'),
            [b'.', second, ..] => second.is_ascii_digit(),
            [first, ..] => first.is_ascii_digit(),
            [] => return Err(Broken::Refused),
        };
        if !plain || digits.ends_with('.') || digits.contains(".e") || digits.contains(".E") {
            // An octal number with an 8 or 9, two signs.
            let refused = digits.starts_with(['-', '+'])
                || digits.starts_with('0') && digits.bytes().all(|c| c.is_ascii_digit()) && digits.contains(['8', '9']);
            return Err(if refused && digits.len() > 1 { Broken::Refused } else { Broken::Doubtful });
        }
        if digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return number.parse().map(|int| Value::new(Data::Int(int))).map_err(|_| Broken::Doubtful);
        }
        match number.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::new(Data::Float(float))),
            Ok(_) => Err(Broken::Doubtful),
            Err(_) => Err(Broken::Refused),
        }
    }

    fn word(&mut self) -> &str {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), Broken> {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blank;
            let rest = &rest[blank..];
            if let Some(comment) = rest.strip_prefix("/*") {
                self.at += 4 + comment.find("*/").ok_or(Broken::Refused)?;
            } else if rest.starts_with("//") {
                self.at += rest.find(['\r', '\n']).unwrap_or(rest.len());
            } else {
                return Ok(());
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }
}
