//! Times, as .NET reads and writes them in the invariant culture.
//!
//! A time without a zone is one of the zone of Azure's machine, which nobody tells: what depends on it is unknown.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::{Answer, Call, Stop, int};
use crate::value::{Data, Value};

/// A reading of a clock, and what it is off from UTC by, in minutes, where that is known.
#[derive(Clone, Copy)]
struct Moment {
    clock: DateTime,
    offset: Option<i32>,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub fn date_time_add(call: &Call) -> Answer {
    let base = call.args[0].as_text().map(|text| read(call, text)).transpose()?;
    let duration = match call.args[1].as_text() {
        Some(text) => match duration(text) {
            Some(duration) => Some(duration),
            None => return call.refuse("takes a duration in the form of ISO 8601, such as 'P1DT12H'"),
        },
        None => None,
    };
    let (base, duration) = (base.ok_or(Stop::Unknown)?, duration.ok_or(Stop::Unknown)?);
    let sum = SignedDuration::try_from_nanos_i128(duration).and_then(|duration| base.clock.checked_add(duration).ok());
    let Some(clock) = sum.filter(|sum| (1..=9999).contains(&sum.year())) else {
        return call.refuse("leaves the years 1 to 9999");
    };
    let moment = Moment { clock, ..base };
    match call.args.len() {
        2 => Ok(Value::text(iso(&clock))),
        _ => Ok(Value::text(moment.format(call, call.text(2)?)?)),
    }
}

pub fn date_time_from_epoch(call: &Call) -> Answer {
    let seconds = match call.args[0].data() {
        Data::Int(seconds) => *seconds,
        Data::Text(text) => match text.trim().parse() {
            Ok(seconds) => seconds,
            Err(_) => return call.refuse("takes the seconds as an integer"),
        },
        _ => return Err(Stop::Unknown),
    };
    let time = DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(SignedDuration::from_secs(seconds));
    match time.ok().filter(|time| (1..=9999).contains(&time.year())) {
        Some(time) => Ok(Value::text(iso(&time))),
        None => call.refuse("leaves the years 1 to 9999"),
    }
}

pub fn date_time_to_epoch(call: &Call) -> Answer {
    let moment = read(call, call.text(0)?)?;
    let offset = moment.offset.ok_or(Stop::Unknown)?;
    let since = moment.clock.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    Ok(int(since.as_secs() - i64::from(offset) * 60))
}

fn iso(clock: &DateTime) -> String {
    let (date, time) = (clock.date(), clock.time());
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

/// The nanoseconds of an ISO 8601 duration; a year is 365 days and a month 30.
fn duration(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    const DAY: i128 = 86_400 * SECOND;
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let text = text.strip_prefix('P')?;
    let (days, times) = text.split_once('T').map_or((text, None), |(days, times)| (days, Some(times)));
    let [years, months, days] = amounts(days, ['Y', 'M', 'D'])?;
    let [hours, minutes, seconds] = match times {
        Some(times) => amounts(times, ['H', 'M', 'S']).filter(|times| times.iter().any(Option::is_some))?,
        None => [None; 3],
    };
    if [years, months, days, hours, minutes, seconds].iter().all(Option::is_none) {
        return None;
    }
    let whole = |amount: Option<i128>| amount.unwrap_or(0);
    // Twelve months are a year, and no more than that many days.
    let days = (whole(years) + whole(months) / 12) * 365 + whole(months) % 12 * 30 + whole(days);
    let total = days * DAY + (whole(hours) * 3600 + whole(minutes) * 60) * SECOND + whole(seconds);
    Some(if negative { -total } else { total })
}

/// The numbers before these letters, which come in this order; seconds in nanoseconds.
fn amounts(mut text: &str, letters: [char; 3]) -> Option<[Option<i128>; 3]> {
    let mut amounts = [None; 3];
    for (letter, slot) in letters.iter().zip(&mut amounts) {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let mut rest = &text[digits..];
        let number: i128 = match text[..digits].parse() {
            Ok(number) if digits <= 10 => number,
            _ if digits == 0 => continue,
            _ => return None,
        };
        let mut amount = if *letter == 'S' { number * 1_000_000_000 } else { number };
        if let Some(fraction) = rest.strip_prefix('.').filter(|_| *letter == 'S') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let ticks = format!("{:0<7}", &fraction[..digits.min(7)]).parse::<i128>().ok()?;
            amount += ticks * 100;
            rest = &fraction[digits..];
            if digits == 0 {
                return None;
            }
        }
        if let Some(after) = rest.strip_prefix(*letter) {
            *slot = Some(amount);
            text = after;
        }
    }
    text.is_empty().then_some(amounts)
}

/// Reads a time in one of the usual forms; others .NET may know.
fn read(call: &Call, text: &str) -> Result<Moment, Stop> {
    let text = text.trim();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return call.refuse("cannot read this text as a time");
    }
    let mut reader = Reader { rest: text };
    let moment = match reader.moment() {
        Some(moment) => moment,
        None => return Err(Stop::Unknown),
    };
    match moment {
        Ok(moment) => Ok(moment),
        Err(NoSuchTime) => call.refuse("cannot read this text as a time"),
    }
}

/// The form is right, but there is no such day or hour.
struct NoSuchTime;

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// `None`: not a form that is known here.
    fn moment(&mut self) -> Option<Result<Moment, NoSuchTime>> {
        let text = self.rest;
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (date, gmt) = match (digits, text.as_bytes().get(digits)) {
            (8, Some(b'T')) => {
                let date = (self.number(4)?, self.number(2)?, self.number(2)?);
                self.rest = self.rest.strip_prefix('T')?;
                let time = (self.number(2)?, self.number(2)?, self.number(2)?, 0);
                return self.finish(date, Some(time), false);
            }
            (4, Some(b'-')) => {
                let (year, _, month) = (self.number(4)?, self.eat("-")?, self.number(2)?);
                let day = if self.eat("-").is_some() { self.number(2)? } else { 1 };
                ((year, month, day), false)
            }
            (1 | 2, Some(b'/')) => {
                let (month, _, day, _) = (self.number(digits)?, self.eat("/")?, self.short()?, self.eat("/")?);
                // Other cultures write the day first.
                if month > 12 {
                    return None;
                }
                ((self.number(4)?, month, day), false)
            }
            (1 | 2, Some(b' ')) => {
                let (day, _, month, _) = (self.number(digits)?, self.eat(" ")?, self.month()?, self.eat(" ")?);
                ((self.number(4)?, month, day), false)
            }
            (0, _) => {
                let weekday = DAYS.iter().find(|day| text.starts_with(&day[..3]))?;
                self.rest = text.get(3..)?.strip_prefix(", ")?;
                let (day, _, month, _) = (self.short()?, self.eat(" ")?, self.month()?, self.eat(" ")?);
                let date = (self.number(4)?, month, day);
                // A wrong day of the week is refused; that is not looked at here.
                let right = civil(date).is_some_and(|date| DAYS[usize::from(day_of_week(&date))] == *weekday);
                if !right {
                    return None;
                }
                (date, true)
            }
            _ => return None,
        };
        if self.rest.is_empty() {
            return self.finish(date, None, gmt);
        }
        if self.eat("T").is_none() {
            self.eat(" ")?;
        }
        let (hour, _, minute) = (self.number(2)?, self.eat(":")?, self.number(2)?);
        let second = if self.eat(":").is_some() { self.number(2)? } else { 0 };
        let mut nanos = 0;
        if self.eat(".").is_some() {
            let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=7).contains(&digits) {
                return None;
            }
            nanos = format!("{:0<9}", &self.rest[..digits]).parse().ok()?;
            self.rest = &self.rest[digits..];
        }
        self.finish(date, Some((hour, minute, second, nanos)), gmt)
    }

    /// The zone, and everything put together.
    fn finish(
        &mut self,
        date: (i32, i32, i32),
        time: Option<(i32, i32, i32, i32)>,
        gmt: bool,
    ) -> Option<Result<Moment, NoSuchTime>> {
        let offset = match self.rest.trim_start() {
            "" if gmt => return None,
            "" => None,
            "GMT" if time.is_some() => Some(0),
            "Z" if time.is_some() => Some(0),
            zone if time.is_some() => {
                let (sign, zone) =
                    zone.strip_prefix('+').map(|zone| (1, zone)).or(zone.strip_prefix('-').map(|zone| (-1, zone)))?;
                let (hours, minutes) = zone.split_once(':')?;
                if hours.len() != 2 || minutes.len() != 2 {
                    return None;
                }
                let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
                if hours > 13 || minutes > 59 {
                    return None;
                }
                Some(sign * (60 * hours + minutes))
            }
            _ => return None,
        };
        let (hour, minute, second, nanos) = time.unwrap_or_default();
        let time = Time::new(hour as i8, minute as i8, second as i8, nanos).ok();
        match civil(date).zip(time) {
            Some((date, time)) => Some(Ok(Moment { clock: DateTime::from_parts(date, time), offset })),
            None => Some(Err(NoSuchTime)),
        }
    }

    fn number(&mut self, digits: usize) -> Option<i32> {
        let number = self.rest.get(..digits)?;
        self.rest = &self.rest[digits..];
        number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.parse().ok()).flatten()
    }

    /// A number of one or two digits.
    fn short(&mut self) -> Option<i32> {
        let digits = self.rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits == 0 { None } else { self.number(digits) }
    }

    fn month(&mut self) -> Option<i32> {
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let name = &self.rest[..letters];
        let is = |month: &str| month.eq_ignore_ascii_case(name) || month[..3].eq_ignore_ascii_case(name);
        let month = MONTHS.iter().position(|month| is(month))?;
        self.rest = &self.rest[letters..];
        i32::try_from(month + 1).ok()
    }

    fn eat(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }
}

fn civil((year, month, day): (i32, i32, i32)) -> Option<Date> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (1..=9999).contains(&date.year()).then_some(date)
}

/// 0 is Monday.
fn day_of_week(date: &Date) -> u8 {
    date.weekday().to_monday_zero_offset().unsigned_abs()
}

impl Moment {
    fn format(&self, call: &Call, format: &str) -> Result<String, Stop> {
        let pattern = match format {
            "" => "MM/dd/yyyy HH:mm:ss zzz",
            "d" => "MM/dd/yyyy",
            "D" => "dddd, dd MMMM yyyy",
            "f" => "dddd, dd MMMM yyyy HH:mm",
            "F" => "dddd, dd MMMM yyyy HH:mm:ss",
            "g" => "MM/dd/yyyy HH:mm",
            "G" => "MM/dd/yyyy HH:mm:ss",
            "M" | "m" => "MMMM dd",
            "O" | "o" => "yyyy-MM-ddTHH:mm:ss.fffffffzzz",
            "R" | "r" => return self.utc()?.custom(call, "ddd, dd MMM yyyy HH:mm:ss 'GMT'"),
            "s" => "yyyy-MM-ddTHH:mm:ss",
            "t" => "HH:mm",
            "T" => "HH:mm:ss",
            "u" => return self.utc()?.custom(call, "yyyy-MM-dd HH:mm:ssZ"),
            "Y" | "y" => "yyyy MMMM",
            _ if format.chars().count() == 1 => return call.refuse("does not know this format"),
            _ => format,
        };
        self.custom(call, pattern)
    }

    fn utc(&self) -> Result<Moment, Stop> {
        let offset = self.offset.ok_or(Stop::Unknown)?;
        let clock = self.clock.checked_sub(SignedDuration::from_mins(offset.into())).map_err(|_| Stop::Unknown)?;
        Ok(Moment { clock, offset: Some(0) })
    }

    fn custom(&self, call: &Call, format: &str) -> Result<String, Stop> {
        let (date, time) = (self.clock.date(), self.clock.time());
        let chars: Vec<char> = format.chars().collect();
        let mut text = String::new();
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at];
            let mut run = chars[at..].iter().take_while(|other| **other == c).count();
            let number = |number: i64, digits: usize| format!("{number:0digits$}");
            let (hour, minute, second) = (i64::from(time.hour()), i64::from(time.minute()), i64::from(time.second()));
            match c {
                'd' => match run {
                    1 | 2 => text.push_str(&number(date.day().into(), run)),
                    3 => text.push_str(&DAYS[usize::from(day_of_week(&date))][..3]),
                    _ => text.push_str(DAYS[usize::from(day_of_week(&date))]),
                },
                'M' => {
                    let name = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
                    match run {
                        1 | 2 => text.push_str(&number(date.month().into(), run)),
                        3 => text.push_str(&name[..3]),
                        _ => text.push_str(name),
                    }
                }
                'y' => match run {
                    1 | 2 => text.push_str(&number(i64::from(date.year()) % 100, run)),
                    _ => text.push_str(&number(date.year().into(), run)),
                },
                'h' => text.push_str(&number((hour + 11) % 12 + 1, run.min(2))),
                'H' => text.push_str(&number(hour, run.min(2))),
                'm' => text.push_str(&number(minute, run.min(2))),
                's' => text.push_str(&number(second, run.min(2))),
                't' => {
                    let half = if hour < 12 { "AM" } else { "PM" };
                    text.push_str(if run == 1 { &half[..1] } else { half });
                }
                'f' | 'F' => {
                    if run > 7 {
                        return call.refuse("does not know this format");
                    }
                    let ticks = format!("{:07}", time.subsec_nanosecond() / 100);
                    let fraction = &ticks[..run];
                    match c {
                        'f' => text.push_str(fraction),
                        _ => match fraction.trim_end_matches('0') {
                            "" if text.ends_with('.') => {
                                text.pop();
                            }
                            fraction => text.push_str(fraction),
                        },
                    }
                }
                'z' | 'K' => {
                    let offset = self.offset.ok_or(Stop::Unknown)?;
                    let sign = if offset < 0 { '-' } else { '+' };
                    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
                    match (c, run) {
                        ('z', 1) => text.push_str(&format!("{sign}{hours}")),
                        ('z', 2) => text.push_str(&format!("{sign}{hours:02}")),
                        _ => text.push_str(&format!("{sign}{hours:02}:{minutes:02}")),
                    }
                    run = if c == 'K' { 1 } else { run };
                }
                'g' => text.push_str("A.D."),
                '\'' | '"' => {
                    let mut close = at + 1;
                    loop {
                        match chars.get(close) {
                            None => return call.refuse("cannot read the format: a quote is not closed"),
                            Some(other) if *other == c => break,
                            Some('\\') => {
                                text.extend(chars.get(close + 1));
                                close += 2;
                            }
                            Some(other) => {
                                text.push(*other);
                                close += 1;
                            }
                        }
                    }
                    run = close + 1 - at;
                }
                '\\' => match chars.get(at + 1) {
                    Some(other) => {
                        text.push(*other);
                        run = 2;
                    }
                    None => return call.refuse("cannot read the format: it ends in a backslash"),
                },
                // A percent sign makes a single letter a custom format.
                '%' => match chars.get(at + 1) {
                    Some(other) if *other != '%' => run = 1,
                    _ => return call.refuse("cannot read the format: a percent sign stands before a letter"),
                },
                _ => {
                    text.push(c);
                    run = 1;
                }
            }
            at += run;
        }
        Ok(text)
    }
}
