//! `format`: .NET's composite format strings and its formats for numbers, in the invariant culture.

use super::text::{Pieces, units};
use super::{Answer, Call, Stop, json};
use crate::input::arm::eval::{self, MAX_TEXT};
use crate::value::{Data, Kind, Part, Value};

/// `format('{0,8:N0}', 5)`.
pub fn format(call: &Call) -> Answer {
    let mut pieces = Pieces::new();
    let mut rest = call.text(0)?;
    while let Some(at) = rest.find(['{', '}']) {
        pieces.text(&rest[..at])?;
        let bracket = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(bracket) {
            pieces.text(bracket)?;
            rest = after;
            continue;
        }
        let hole = if bracket == "{" { Hole::read(rest) } else { None };
        let Some((hole, length)) = hole else {
            return call
                .refuse("cannot read the format string: single brackets must enclose the number of an argument");
        };
        rest = &rest[length..];
        let Some(arg) = call.args.get(hole.index.saturating_add(1)) else {
            return call.refuse("has fewer arguments than the format string asks for");
        };
        hole.fill(call, arg, &mut pieces)?;
    }
    pieces.text(rest)?;
    Ok(pieces.finish(call))
}

/// What stands between two brackets of a format string.
struct Hole<'t> {
    index: usize,
    /// Negative: aligned left.
    width: i64,
    spec: &'t str,
    text: &'t str,
}

impl<'t> Hole<'t> {
    /// Reads up to the closing bracket, and tells how many bytes that were.
    fn read(text: &'t str) -> Option<(Hole<'t>, usize)> {
        let end = text.find('}')?;
        let content = &text[..end];
        let (position, spec) = content.split_once(':').unwrap_or((content, ""));
        if spec.contains('{') {
            return None;
        }
        let (index, width) = match position.split_once(',') {
            Some((index, width)) => (index, Some(width.trim_matches(' '))),
            None => (position, None),
        };
        let index = number(index.trim_end_matches(' '))?;
        let width = match width {
            None => 0,
            Some(width) => match width.strip_prefix('-') {
                Some(width) => -number(width)?,
                None => number(width)?,
            },
        };
        let index = usize::try_from(index).ok()?;
        Some((Hole { index, width, spec, text: content }, end + 1))
    }

    fn fill(&self, call: &Call, arg: &Value, pieces: &mut Pieces) -> Result<(), Stop> {
        let text = match arg.data() {
            Data::Unknown(unknown) => {
                let plain = self.width == 0 && (self.spec.is_empty() || unknown.kind == Some(Kind::Text));
                if plain {
                    return pieces.value(arg);
                }
                None
            }
            _ => match plain(call, arg, self.spec) {
                Err(Stop::Unknown) => None,
                text => Some(text?),
            },
        };
        let Some(text) = text else {
            let format = Value::text(format!("{{{}}}", self.text));
            let hole = eval::identity("format", &[format, arg.clone()]).unwrap_or_default();
            let why = eval::why(std::slice::from_ref(arg)).unwrap_or(crate::value::Why::NotEvaluated("format".into()));
            return pieces.parts(vec![Part::Hole(hole)], &why);
        };
        let missing = usize::try_from(self.width.unsigned_abs()).unwrap_or(usize::MAX).saturating_sub(units(&text));
        if missing > MAX_TEXT {
            return Err(Stop::TooLarge);
        }
        match self.width < 0 {
            true => pieces.text(&(text + &" ".repeat(missing))),
            false => pieces.text(&(" ".repeat(missing) + &text)),
        }
    }
}

/// Digits alone, below the million that .NET sets as bound.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= 1_000_000)
}

/// One known argument; a format is for numbers only and is ignored for the rest.
fn plain(call: &Call, arg: &Value, spec: &str) -> Result<String, Stop> {
    let number = match arg.data() {
        Data::Null => return Ok(String::new()),
        Data::Text(text) => return Ok(text.to_string()),
        Data::Bool(value) => return Ok(if *value { "True" } else { "False" }.to_owned()),
        Data::Array(_) | Data::Object(_) | Data::Unknown(_) => return json::written(arg, '\''),
        Data::Int(int) => of_int(*int, spec),
        Data::Float(float) => of_float(*float, spec),
    };
    match number {
        Err(Bad::Format) => call.refuse("cannot format a number in this way"),
        Err(Bad::Doubtful) => Err(Stop::Unknown),
        Err(Bad::TooLarge) => Err(Stop::TooLarge),
        Ok(text) => Ok(text),
    }
}

enum Bad {
    Format,
    Doubtful,
    TooLarge,
}

/// A letter with up to nine digits; everything else is a custom format.
fn standard(spec: &str) -> Result<Option<(char, Option<usize>)>, Bad> {
    let Some(letter) = spec.chars().next().filter(char::is_ascii_alphabetic) else { return Ok(None) };
    let digits = &spec[1..];
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(None);
    }
    match digits.len() {
        0 => Ok(Some((letter, None))),
        1..=9 => match digits.parse() {
            Ok(precision) if precision <= MAX_TEXT => Ok(Some((letter, Some(precision)))),
            _ => Err(Bad::TooLarge),
        },
        _ => Err(Bad::Format),
    }
}

fn of_int(int: i64, spec: &str) -> Result<String, Bad> {
    if spec.is_empty() {
        return Ok(int.to_string());
    }
    let Some((letter, precision)) = standard(spec)? else { return Ok(custom(Digits::of_int(int), spec)) };
    let padded =
        |digits: String| format!("{}{digits}", "0".repeat(precision.unwrap_or(0).saturating_sub(digits.len())));
    let sign = if int < 0 { "-" } else { "" };
    match letter {
        // The currency is that of Azure's machine.
        'C' | 'c' => Err(Bad::Doubtful),
        'D' | 'd' => Ok(format!("{sign}{}", padded(int.unsigned_abs().to_string()))),
        'X' => Ok(padded(format!("{int:X}"))),
        'x' => Ok(padded(format!("{int:x}"))),
        'B' | 'b' => Ok(padded(format!("{int:b}"))),
        'R' | 'r' => Ok(int.to_string()),
        'G' | 'g' if precision.is_none_or(|precision| precision == 0) => Ok(int.to_string()),
        _ => {
            let mut digits = Digits::of_int(int);
            match letter {
                'E' | 'e' => digits.round(precision.unwrap_or(6) as i64 + 1),
                'G' | 'g' => digits.round(precision.unwrap_or(0) as i64),
                'P' | 'p' => digits.round(digits.scale + precision.unwrap_or(2) as i64 + 2),
                _ => digits.round(digits.scale + precision.unwrap_or(2) as i64),
            }
            digits.write(letter, precision)
        }
    }
}

fn of_float(float: f64, spec: &str) -> Result<String, Bad> {
    if !float.is_finite() {
        return Err(Bad::Doubtful);
    }
    let shortest = || shortest(float).ok_or(Bad::Doubtful);
    if spec.is_empty() {
        return shortest();
    }
    let Some((letter, precision)) = standard(spec)? else {
        return Ok(custom(Digits::significant(float, 15), spec));
    };
    match letter {
        'C' | 'c' => Err(Bad::Doubtful),
        'R' | 'r' => shortest(),
        'G' | 'g' if precision.is_none_or(|precision| precision == 0) => {
            let text = shortest()?;
            Ok(if letter == 'g' { text.to_lowercase() } else { text })
        }
        'E' | 'e' => Digits::significant(float, precision.unwrap_or(6) + 1).write(letter, precision),
        'G' | 'g' => Digits::significant(float, precision.unwrap_or(15)).write(letter, precision),
        'F' | 'f' | 'N' | 'n' => decimals(float, precision.unwrap_or(2))?.write(letter, precision),
        'P' | 'p' => decimals(float, precision.unwrap_or(2) + 2)?.write(letter, precision),
        _ => Err(Bad::Format),
    }
}

/// Rounded to so many decimals. Where the number lies exactly between two, versions of .NET disagree.
fn decimals(float: f64, count: usize) -> Result<Digits, Bad> {
    let exact = format!("{:.1080}", float.abs());
    let rest = exact.split_once('.').and_then(|(_, decimals)| decimals.get(count..)).unwrap_or_default();
    let half = rest.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'));
    if half { Err(Bad::Doubtful) } else { Ok(Digits::decimals(float, count)) }
}

/// The shortest text that reads as the same number. `None` where .NET's is not certain.
pub fn shortest(float: f64) -> Option<String> {
    let size = float.abs();
    if !float.is_finite() || (1e17..1e20).contains(&size) {
        return None;
    }
    if size == 0.0 || (1e-4..1e17).contains(&size) {
        return Some(format!("{float}"));
    }
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}E{sign}{:02}", exponent.unsigned_abs()))
}

/// A number as its digits: 0.d1d2d3… × 10^scale.
struct Digits {
    digits: Vec<u8>,
    scale: i64,
    negative: bool,
    float: bool,
}

impl Digits {
    fn of_int(int: i64) -> Digits {
        let digits: Vec<u8> = if int == 0 { Vec::new() } else { int.unsigned_abs().to_string().into_bytes() };
        Digits { scale: digits.len() as i64, digits, negative: int < 0, float: false }
    }

    fn significant(float: f64, count: usize) -> Digits {
        let text = format!("{:.*e}", count.max(1) - 1, float.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let scale = exponent.parse::<i64>().unwrap_or(0) + 1;
        Digits { digits, scale, negative: float.is_sign_negative(), float: true }.trimmed()
    }

    fn decimals(float: f64, count: usize) -> Digits {
        let text = format!("{:.count$}", float.abs());
        let whole = text.find('.').unwrap_or(text.len());
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let scale = whole as i64 - zeros as i64;
        Digits { digits: digits[zeros..].to_vec(), scale, negative: float.is_sign_negative(), float: true }.trimmed()
    }

    fn trimmed(mut self) -> Digits {
        self.round(i64::MAX);
        self
    }

    /// Keeps so many digits, half away from zero, and no zeros at the end.
    fn round(&mut self, keep: i64) {
        let count = usize::try_from(keep.clamp(0, self.digits.len() as i64)).unwrap_or(0);
        let up = keep >= 0 && self.digits.get(count).is_some_and(|digit| *digit >= b'5');
        self.digits.truncate(count);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(b'1');
                    self.scale += 1;
                }
            }
        }
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.scale = 0;
            self.negative &= self.float;
        }
    }

    /// The digit at a place, counted from the decimal point: 0 is the first one behind it.
    fn at(&self, place: i64) -> char {
        let index = usize::try_from(place + self.scale).ok();
        index.and_then(|index| self.digits.get(index)).map_or('0', |digit| char::from(*digit))
    }

    fn whole(&self) -> String {
        if self.scale <= 0 { "0".to_owned() } else { (-self.scale..0).map(|place| self.at(place)).collect() }
    }

    fn fixed(&self, whole: String, decimals: usize) -> String {
        if decimals == 0 {
            return whole;
        }
        let fraction: String = (0..decimals as i64).map(|place| self.at(place)).collect();
        format!("{whole}.{fraction}")
    }

    /// A standard format, for digits that are already rounded.
    fn write(mut self, letter: char, precision: Option<usize>) -> Result<String, Bad> {
        let sign = if self.negative { "-" } else { "" };
        let decimals = precision.unwrap_or(2);
        match letter.to_ascii_uppercase() {
            'F' => Ok(format!("{sign}{}", self.fixed(self.whole(), decimals))),
            'N' => Ok(format!("{sign}{}", self.fixed(grouped(&self.whole()), decimals))),
            'P' => {
                self.scale += if self.digits.is_empty() { 0 } else { 2 };
                Ok(format!("{sign}{} %", self.fixed(grouped(&self.whole()), decimals)))
            }
            'E' => {
                let exponent = if self.digits.is_empty() { 0 } else { self.scale - 1 };
                self.scale = 1;
                let mantissa = self.fixed(self.whole(), precision.unwrap_or(6));
                Ok(format!("{sign}{mantissa}{}", exponential(letter, exponent, 3, true)))
            }
            'G' => {
                let most = precision.unwrap_or(15) as i64;
                if self.scale > most || self.scale < -3 {
                    let exponent = self.scale - 1;
                    self.scale = 1;
                    let decimals = self.digits.len().saturating_sub(1);
                    let mantissa = self.fixed(self.whole(), decimals);
                    let letter = if letter == 'g' { 'e' } else { 'E' };
                    return Ok(format!("{sign}{mantissa}{}", exponential(letter, exponent, 2, true)));
                }
                let decimals = usize::try_from(self.digits.len() as i64 - self.scale).unwrap_or(0);
                Ok(format!("{sign}{}", self.fixed(self.whole(), decimals)))
            }
            _ => Err(Bad::Format),
        }
    }
}

fn exponential(letter: char, exponent: i64, digits: usize, plus: bool) -> String {
    let sign = match exponent < 0 {
        true => "-",
        false if plus => "+",
        false => "",
    };
    format!("{letter}{sign}{:0digits$}", exponent.unsigned_abs())
}

fn grouped(whole: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Where a section of a custom format begins; 0 where it is missing or empty.
fn section(format: &[char], mut wanted: usize) -> usize {
    let mut at = 0;
    while wanted > 0 && at < format.len() {
        let c = format[at];
        at += 1;
        match c {
            '\'' | '"' => at = past(format, at, c),
            '\\' => at += 1,
            ';' => {
                wanted -= 1;
                if wanted == 0 {
                    return if at < format.len() && format[at] != ';' { at } else { 0 };
                }
            }
            _ => {}
        }
    }
    0
}

/// Behind the closing quote.
fn past(format: &[char], from: usize, quote: char) -> usize {
    let close = format[from.min(format.len())..].iter().position(|c| *c == quote);
    close.map_or(format.len(), |close| from + close + 1)
}

/// What a section of a custom format asks for.
#[derive(Default)]
struct Layout {
    digits: i64,
    point: Option<i64>,
    first_zero: Option<i64>,
    last_zero: i64,
    thousands: Option<(i64, i64)>,
    group: bool,
    shift: i64,
    scientific: bool,
}

impl Layout {
    fn read(format: &[char]) -> Layout {
        let mut layout = Layout::default();
        let mut at = 0;
        while at < format.len() && format[at] != ';' {
            let c = format[at];
            at += 1;
            match c {
                '#' => layout.digits += 1,
                '0' => {
                    layout.first_zero.get_or_insert(layout.digits);
                    layout.digits += 1;
                    layout.last_zero = layout.digits;
                }
                '.' => {
                    layout.point.get_or_insert(layout.digits);
                }
                ',' if layout.digits > 0 && layout.point.is_none() => match &mut layout.thousands {
                    Some((place, count)) if *place == layout.digits => *count += 1,
                    before => {
                        layout.group |= before.is_some();
                        *before = Some((layout.digits, 1));
                    }
                },
                '%' => layout.shift += 2,
                '‰' => layout.shift += 3,
                '\'' | '"' => at = past(format, at, c),
                '\\' => at += 1,
                'E' | 'e' if exponent(format, at).is_some() => {
                    layout.scientific = true;
                    at = exponent(format, at).map_or(at, |exponent| exponent.end);
                }
                _ => {}
            }
        }
        match layout.thousands {
            Some((place, count)) if place == layout.point() => layout.shift -= 3 * count,
            Some(_) => layout.group = true,
            None => {}
        }
        layout
    }

    fn point(&self) -> i64 {
        self.point.unwrap_or(self.digits)
    }
}

/// The part of a custom format behind an `E`.
struct Exponent {
    end: usize,
    digits: usize,
    plus: bool,
}

fn exponent(format: &[char], at: usize) -> Option<Exponent> {
    let sign = format.get(at).filter(|c| matches!(c, '+' | '-'));
    let start = if sign.is_some() { at + 1 } else { at };
    let digits = format.get(start..)?.iter().take_while(|c| **c == '0').count();
    (digits > 0).then_some(Exponent { end: start + digits, digits: digits.min(10), plus: sign == Some(&'+') })
}

/// A custom format such as `#,##0.00;(0);zero`.
fn custom(mut number: Digits, format: &str) -> String {
    let format: Vec<char> = format.chars().collect();
    let mut start = section(&format, if number.digits.is_empty() { 2 } else { usize::from(number.negative) });
    let mut layout = Layout::read(&format[start..]);
    if number.digits.is_empty() {
        number.scale = 0;
        number.negative &= number.float;
    } else {
        number.scale += layout.shift;
        let keep = if layout.scientific { layout.digits } else { number.scale + layout.digits - layout.point() };
        number.round(keep);
        let zero = section(&format, 2);
        if number.digits.is_empty() && zero != start {
            start = zero;
            layout = Layout::read(&format[start..]);
        }
    }
    let text = Writer::new(&number, &layout).write(&format[start..]);
    let minus = number.negative && start == 0 && (number.scale != 0 || !text.is_empty());
    if minus { format!("-{text}") } else { text }
}

/// Writes a section of a custom format.
struct Writer<'n> {
    number: &'n Digits,
    layout: &'n Layout,
    /// The place of the next digit, counted down to 0 at the decimal point.
    place: i64,
    /// How many digits the number has more than the format before the point; negative: fewer.
    extra: i64,
    /// From here on down zeros are written, and up to there.
    first: i64,
    last: i64,
    next: usize,
    text: String,
}

impl<'n> Writer<'n> {
    fn new(number: &'n Digits, layout: &'n Layout) -> Writer<'n> {
        let point = layout.point();
        let first = layout.first_zero.map_or(0, |first| (point - first).max(0));
        let last = (point - layout.last_zero).min(0);
        let (place, extra) = match layout.scientific {
            true => (point, 0),
            false => (number.scale.max(point), number.scale - point),
        };
        Writer { number, layout, place, extra, first, last, next: 0, text: String::new() }
    }

    fn write(mut self, format: &[char]) -> String {
        let mut at = 0;
        let mut point_written = false;
        while at < format.len() && format[at] != ';' {
            let c = format[at];
            at += 1;
            if matches!(c, '#' | '0' | '.') {
                while self.extra > 0 {
                    self.extra -= 1;
                    let digit = self.digit().unwrap_or('0');
                    self.put(digit);
                    self.place -= 1;
                }
            }
            match c {
                '#' | '0' => {
                    let digit = if self.extra < 0 {
                        self.extra += 1;
                        (self.place <= self.first).then_some('0')
                    } else {
                        self.digit().or((self.place > self.last).then_some('0'))
                    };
                    if let Some(digit) = digit {
                        self.put(digit);
                    }
                    self.place -= 1;
                }
                '.' => {
                    let wanted = self.last < 0
                        || self.layout.point() < self.layout.digits && self.next < self.number.digits.len();
                    if self.place == 0 && !point_written && wanted {
                        self.text.push('.');
                        point_written = true;
                    }
                }
                ',' => {}
                '\'' | '"' => {
                    let end = past(format, at, c);
                    let content = format[at..end].strip_suffix(&[c]).unwrap_or(&format[at..end]);
                    self.text.extend(content);
                    at = end;
                }
                '\\' => {
                    self.text.extend(format.get(at));
                    at += 1;
                }
                'E' | 'e' => match exponent(format, at) {
                    Some(exponent) if self.layout.scientific => {
                        let value = match self.number.digits.is_empty() {
                            true => 0,
                            false => self.number.scale - self.layout.point(),
                        };
                        self.text.push_str(&exponential(c, value, exponent.digits, exponent.plus));
                        at = exponent.end;
                    }
                    _ => self.text.push(c),
                },
                _ => self.text.push(c),
            }
        }
        self.text
    }

    fn digit(&mut self) -> Option<char> {
        let digit = self.number.digits.get(self.next).map(|digit| char::from(*digit));
        self.next += usize::from(digit.is_some());
        digit
    }

    fn put(&mut self, digit: char) {
        self.text.push(digit);
        if self.layout.group && self.place > 1 && (self.place - 1) % 3 == 0 {
            self.text.push(',');
        }
    }
}
