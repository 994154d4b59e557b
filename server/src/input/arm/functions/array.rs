//! Arrays, and what arrays, texts and objects have in common.

use std::collections::HashSet;

use super::text::{cut, known_prefix, units};
use super::{Answer, Call, Stop, bool, collation, int, length as count, number, part};
use crate::value::{self, Data, Kind, Part, Value};

pub fn array(call: &Call) -> Answer {
    let value = &call.args[0];
    match value.kind() {
        Some(Kind::Array) => Ok(value.clone()),
        None => Err(Stop::Unknown),
        Some(_) => Ok(Value::array(vec![value.clone()])),
    }
}

pub fn create_array(call: &Call) -> Answer {
    Ok(Value::array(call.args.to_vec()))
}

pub fn contains(call: &Call) -> Answer {
    let (container, wanted) = (&call.args[0], &call.args[1]);
    match (container.data(), wanted.data()) {
        (Data::Text(text), Data::Text(wanted)) => Ok(bool(text.contains(&**wanted))),
        (Data::Array(items), _) => {
            call.spend(items.len() + container.weight() / 1024)?;
            let mut certain = true;
            for item in items.iter() {
                match item.same(wanted) {
                    Some(true) => return Ok(bool(true)),
                    Some(false) => {}
                    None => certain = false,
                }
            }
            if certain { Ok(bool(false)) } else { Err(Stop::Unknown) }
        }
        (Data::Object(object), Data::Text(wanted)) => match (object.get(wanted), &object.open) {
            (Some(_), _) => Ok(bool(true)),
            (None, None) => Ok(bool(false)),
            (None, Some(_)) => Err(Stop::Unknown),
        },
        (Data::Unknown(unknown), Data::Text(wanted)) => {
            let found = |part: &Part| matches!(part, Part::Known(text) if text.contains(&**wanted));
            if unknown.parts.iter().any(found) { Ok(bool(true)) } else { Err(Stop::Unknown) }
        }
        (Data::Text(_), known) if !matches!(known, Data::Unknown(_)) => {
            call.refuse("looks in a string for a string only")
        }
        (Data::Object(_), known) if !matches!(known, Data::Unknown(_)) => {
            call.refuse("looks in an object for a key, which is a string")
        }
        _ => Err(Stop::Unknown),
    }
}

pub fn empty(call: &Call) -> Answer {
    match call.args[0].data() {
        Data::Null => Ok(bool(true)),
        Data::Text(text) => Ok(bool(text.is_empty())),
        Data::Array(items) => Ok(bool(items.is_empty())),
        Data::Object(object) if object.open.is_some() && object.members.is_empty() => Err(Stop::Unknown),
        Data::Object(object) => Ok(bool(object.members.is_empty())),
        Data::Unknown(unknown) if unknown.parts.iter().any(|part| matches!(part, Part::Known(_))) => Ok(bool(false)),
        _ => Err(Stop::Unknown),
    }
}

pub fn length(call: &Call) -> Answer {
    match call.args[0].data() {
        Data::Text(text) => Ok(count(units(text))),
        Data::Array(items) => Ok(count(items.len())),
        Data::Object(object) if object.open.is_none() => Ok(count(object.members.len())),
        Data::Object(object) => Ok(number::between(call, i64::try_from(object.members.len()).ok(), None)),
        Data::Unknown(unknown) => {
            let known = unknown.parts.iter().map(|part| match part {
                Part::Known(text) => units(text),
                Part::Hole(_) => 0,
            });
            Ok(number::between(call, i64::try_from(known.sum::<usize>()).ok(), None))
        }
        _ => Err(Stop::Unknown),
    }
}

pub fn first(call: &Call) -> Answer {
    let value = &call.args[0];
    match value.data() {
        Data::Array(items) => Ok(items.first().map_or_else(Value::null, |item| item.clone().part_of(value))),
        Data::Text(text) => Ok(Value::text(cut(text, 0, 1))),
        Data::Unknown(unknown) => known_prefix(unknown, 1).map(|text| Value::text(cut(text, 0, 1))),
        _ => Err(Stop::Unknown),
    }
}

pub fn last(call: &Call) -> Answer {
    let value = &call.args[0];
    let of_text = |text: &str| Value::text(cut(text, units(text).saturating_sub(1), units(text)));
    match value.data() {
        Data::Array(items) => Ok(items.last().map_or_else(Value::null, |item| item.clone().part_of(value))),
        Data::Text(text) => Ok(of_text(text)),
        Data::Unknown(unknown) => match value::suffix(&unknown.parts) {
            "" => Err(Stop::Unknown),
            text => Ok(of_text(text)),
        },
        _ => Err(Stop::Unknown),
    }
}

pub fn skip(call: &Call) -> Answer {
    let value = &call.args[0];
    let skipped = usize::try_from(whole_count(call)?.max(0)).unwrap_or(usize::MAX);
    match value.data() {
        Data::Array(_) => Ok(counted(call, Value::array(call.items(0)?.into_iter().skip(skipped).collect()))),
        Data::Text(text) => Ok(Value::text(cut(text, skipped, usize::MAX))),
        _ => Err(Stop::Unknown),
    }
}

pub fn take(call: &Call) -> Answer {
    let value = &call.args[0];
    let taken = usize::try_from(whole_count(call)?.max(0)).unwrap_or(usize::MAX);
    match value.data() {
        Data::Array(_) => Ok(counted(call, Value::array(call.items(0)?.into_iter().take(taken).collect()))),
        Data::Text(text) => Ok(Value::text(cut(text, 0, taken))),
        Data::Unknown(unknown) => known_prefix(unknown, taken).map(|text| Value::text(cut(text, 0, taken))),
        _ => Err(Stop::Unknown),
    }
}

/// A secret count shows in the length.
fn counted(call: &Call, value: Value) -> Value {
    if call.args[1].is_tainted() { value.secret() } else { value }
}

/// The count of `skip` and `take`, an integer of 32 bits.
fn whole_count(call: &Call) -> Result<i64, Stop> {
    let count = call.int(1)?;
    match i32::try_from(count) {
        Ok(count) => Ok(count.into()),
        Err(_) => call.refuse("takes a count of 32 bits"),
    }
}

pub fn index_of(call: &Call) -> Answer {
    index(call, false)
}

pub fn last_index_of(call: &Call) -> Answer {
    index(call, true)
}

/// In arrays by equality; in texts without letter case.
fn index(call: &Call, last: bool) -> Answer {
    let (container, wanted) = (&call.args[0], &call.args[1]);
    match (container.data(), wanted.data()) {
        (Data::Array(items), _) => {
            call.spend(items.len() + container.weight() / 1024)?;
            let places: Vec<usize> = if last { (0..items.len()).rev().collect() } else { (0..items.len()).collect() };
            for at in places {
                match items[at].same(wanted) {
                    Some(true) => return Ok(count(at)),
                    Some(false) => {}
                    None => return Err(Stop::Unknown),
                }
            }
            Ok(int(-1))
        }
        (Data::Text(text), Data::Text(wanted)) => in_text(text, wanted, last),
        (Data::Unknown(unknown), Data::Text(wanted)) if !last && !wanted.is_empty() => {
            match in_text(value::prefix(&unknown.parts), wanted, false)? {
                found if found.as_int() == Some(-1) => Err(Stop::Unknown),
                found => Ok(found),
            }
        }
        (Data::Text(_), known) if !matches!(known, Data::Unknown(_)) => {
            call.refuse("looks in a string for a string only")
        }
        _ => Err(Stop::Unknown),
    }
}

fn in_text(text: &str, wanted: &str, last: bool) -> Answer {
    if wanted.is_empty() {
        return Ok(if last { count(units(text).saturating_sub(1)) } else { int(0) });
    }
    let (chars, wanted) = (collation::folded(text), collation::folded(wanted));
    let (Some(chars), Some(wanted)) = (chars, wanted) else { return Err(Stop::Unknown) };
    let mut places = (0..(chars.len() + 1).saturating_sub(wanted.len())).filter(|at| chars[*at..].starts_with(&wanted));
    let found = if last { places.next_back() } else { places.next() };
    Ok(found.map_or(int(-1), |at| count(text.chars().take(at).map(char::len_utf16).sum())))
}

pub fn distinct(call: &Call) -> Answer {
    let mut seen = Distinct::default();
    for item in call.items(0)? {
        seen.add(call, item)?;
    }
    Ok(Value::array(seen.items))
}

/// An array without repeated elements.
#[derive(Default)]
pub struct Distinct {
    pub items: Vec<Value>,
    /// The known ones, written out.
    written: HashSet<String>,
    unknown: bool,
}

impl Distinct {
    /// Adds an element that is not yet there. Objects are equal here only with their keys in the same order.
    pub fn add(&mut self, call: &Call, item: Value) -> Result<(), Stop> {
        call.spend(1 + item.weight() / 256)?;
        if item.is_wholly_known() && !self.unknown {
            let mut written = String::new();
            write_out(&item, &mut written);
            if self.written.insert(written) {
                self.items.push(item);
            }
            return Ok(());
        }
        self.unknown = true;
        call.spend(self.items.len())?;
        for other in &self.items {
            match same_in_order(other, &item) {
                Some(true) => return Ok(()),
                Some(false) => {}
                None => return Err(Stop::Unknown),
            }
        }
        self.items.push(item);
        Ok(())
    }
}

/// Equal, where two objects must also have their keys in the same order.
fn same_in_order(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Object(_) | Data::Array(_), Data::Object(_) | Data::Array(_)) if a.same(b) != Some(false) => {
            if !(a.is_wholly_known() && b.is_wholly_known()) {
                return None;
            }
            let (mut written_a, mut written_b) = (String::new(), String::new());
            write_out(a, &mut written_a);
            write_out(b, &mut written_b);
            Some(written_a == written_b)
        }
        _ => a.same(b),
    }
}

/// Writes a known value so that equal writing means equal type, content and order.
fn write_out(value: &Value, to: &mut String) {
    match value.data() {
        Data::Null => to.push('n'),
        Data::Bool(value) => to.push(if *value { 't' } else { 'f' }),
        Data::Int(int) => to.push_str(&format!("{int};")),
        Data::Float(float) => to.push_str(&format!("{float:?}d")),
        Data::Text(text) => to.push_str(&format!("{}:{text}", text.len())),
        Data::Array(items) => {
            to.push('[');
            items.iter().for_each(|item| write_out(item, to));
            to.push(']');
        }
        Data::Object(object) => {
            to.push('{');
            for (name, member) in &object.members {
                to.push_str(&format!("{}:{name}", name.len()));
                write_out(member, to);
            }
            to.push('}');
        }
        Data::Unknown(_) => to.push('?'),
    }
}

pub fn flatten(call: &Call) -> Answer {
    let mut items = Vec::new();
    for inner in call.items(0)? {
        match inner.data() {
            Data::Array(inner_items) => {
                call.spend(inner_items.len())?;
                items.extend(inner_items.iter().map(|item| part(item, &inner)));
            }
            Data::Unknown(_) => return Err(Stop::Unknown),
            _ => return call.refuse("flattens an array of arrays"),
        }
    }
    Ok(Value::array(items))
}

pub fn index_from_end(call: &Call) -> Answer {
    let array = &call.args[0];
    let items = call.array(0)?;
    let at = usize::try_from(call.int(1)?).ok().filter(|at| *at > 0).and_then(|at| items.len().checked_sub(at));
    match at.and_then(|at| items.get(at)) {
        Some(item) => Ok(item.clone().part_of(array)),
        None => call.refuse("counts from 1 at the end of the array, and may not go past its beginning"),
    }
}

/// As `indexFromEnd`, but null where there is no such element; further arguments go on from the element.
pub fn try_index_from_end(call: &Call) -> Answer {
    let found = match (call.args[0].data(), call.args[1].data()) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => return Err(Stop::Unknown),
        (Data::Array(items), Data::Int(at)) => {
            let at = usize::try_from(*at).ok().filter(|at| *at > 0).and_then(|at| items.len().checked_sub(at));
            at.and_then(|at| items.get(at))
        }
        (_, Data::Int(_)) => None,
        _ => return call.refuse("counts with an integer"),
    };
    match found {
        Some(item) => super::object::steps(call, item.clone().part_of(&call.args[0]), &call.args[2..]),
        None => Ok(Value::null()),
    }
}

pub fn range(call: &Call) -> Answer {
    let (start, wanted) = (call.args[0].as_int(), call.args[1].as_int());
    if wanted.is_some_and(|wanted| !(0..=10_000).contains(&wanted)) {
        return call.refuse("makes 0 to 10000 integers");
    }
    let (start, wanted) = (start.ok_or(Stop::Unknown)?, wanted.ok_or(Stop::Unknown)?);
    let last = i128::from(start) + i128::from(wanted) - 1;
    if i32::try_from(start).is_err() || last > i128::from(i32::MAX) {
        return call.refuse("stays within the integers of 32 bits");
    }
    call.spend(usize::try_from(wanted).unwrap_or(0))?;
    Ok(Value::array((start..start + wanted).map(int).collect()))
}
