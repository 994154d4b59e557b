//! Objects.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::array::Distinct;
use super::{Answer, Call, Stop, object, part};
use crate::input::arm::eval;
use crate::value::{self, Data, Kind, Object, Unknown, Value, Why};

pub fn create_object(call: &Call) -> Answer {
    if call.args.len() % 2 == 1 {
        return call.refuse("takes keys and values in pairs");
    }
    call.spend(call.args.len())?;
    let mut members = Vec::new();
    let mut unknown_key = None;
    let mut seen = HashSet::new();
    for pair in call.args.chunks_exact(2) {
        match pair[0].data() {
            Data::Text(key) if !seen.insert(key.clone()) => return call.refuse("has the same key twice"),
            Data::Text(key) => members.push((key.clone(), pair[1].clone())),
            Data::Unknown(unknown) => unknown_key = Some(unknown.why.clone()),
            _ => return call.refuse("takes strings as keys"),
        }
    }
    // An unknown key may be any but those that are known: it may not repeat them.
    let open = unknown_key.map(|why| Arc::new(Unknown::new(why)));
    let secret = call.args.iter().step_by(2).any(Value::is_tainted);
    let object = Value::new(Data::Object(Arc::new(Object { members, open })));
    Ok(if secret { object.secret() } else { object })
}

/// The upper-case form of a key, by which keys are sorted and, letter case apart, told from each other.
fn sort_key(name: &str) -> Vec<u16> {
    let mut buffer = [0; 2];
    name.chars().flat_map(|c| value::upper(c).encode_utf16(&mut buffer).to_vec()).collect()
}

fn sorted(call: &Call) -> Result<Vec<(Arc<str>, Value)>, Stop> {
    let object = call.object(0)?;
    if object.open.is_some() {
        return Err(Stop::Unknown);
    }
    call.spend(object.members.len())?;
    let mut members: Vec<_> =
        object.members.iter().map(|(name, member)| (name.clone(), part(member, &call.args[0]))).collect();
    members.sort_by_cached_key(|(name, _)| sort_key(name));
    Ok(members)
}

pub fn items(call: &Call) -> Answer {
    let item =
        |(name, member): (Arc<str>, Value)| object(vec![("key".into(), Value::text(name)), ("value".into(), member)]);
    let items = Value::array(sorted(call)?.into_iter().map(item).collect());
    Ok(if call.args[0].is_secret() { items.secret() } else { items })
}

pub fn object_keys(call: &Call) -> Answer {
    Ok(Value::array(sorted(call)?.into_iter().map(|(name, _)| Value::text(name)).collect()))
}

pub fn try_get(call: &Call) -> Answer {
    let (container, key) = (&call.args[0], &call.args[1]);
    let found = match (container.data(), key.data()) {
        (_, Data::Text(_) | Data::Int(_) | Data::Object(_) | Data::Unknown(_)) => found(call, container, key)?,
        _ => return call.refuse("takes a string or an integer as key"),
    };
    match found {
        Some(found) => steps(call, found, &call.args[2..]),
        None => Ok(Value::null()),
    }
}

/// What a key finds; null and nothing are the same here.
fn found(call: &Call, container: &Value, key: &Value) -> Result<Option<Value>, Stop> {
    let (key, from_end) = step(call, key)?;
    match (container.data(), key.data()) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => Err(Stop::Unknown),
        (Data::Object(object), Data::Text(name)) => match eval::member(object, name) {
            // It may be there or not, null or not.
            Some(member) if member.is_unknown() && object.get(name).is_none() => Err(Stop::Unknown),
            member => Ok(member.map(|member| member.part_of(container))),
        },
        (Data::Array(items), Data::Int(at)) => {
            let at = usize::try_from(*at).ok();
            let at = match from_end {
                true => at.filter(|at| *at > 0).and_then(|at| items.len().checked_sub(at)),
                false => at,
            };
            Ok(at.and_then(|at| items.get(at)).map(|item| item.clone().part_of(container)))
        }
        _ => Ok(None),
    }
}

/// A key, or the object that Bicep writes for one that counts from the end.
fn step(call: &Call, key: &Value) -> Result<(Value, bool), Stop> {
    let Some(object) = key.as_object() else { return Ok((key.clone(), false)) };
    let from_end = match object.get("fromEnd").map(Value::data) {
        None => false,
        Some(Data::Bool(from_end)) => *from_end,
        Some(Data::Unknown(_)) => return Err(Stop::Unknown),
        Some(_) => return call.refuse("takes a boolean as 'fromEnd'"),
    };
    match object.get("value") {
        Some(key) => Ok((key.clone(), from_end)),
        None => call.refuse("takes an object with 'value' and 'fromEnd' as key"),
    }
}

/// The further steps of `tryGet` and `tryIndexFromEnd`, which are not safe any more.
pub fn steps(call: &Call, mut value: Value, keys: &[Value]) -> Answer {
    for key in keys {
        let (key, from_end) = step(call, key)?;
        let key = match (value.as_array(), key.as_int()) {
            (Some(items), Some(at)) if from_end => {
                // Counted from the end past the beginning, it is out of range in the other direction.
                let at = i64::try_from(items.len()).unwrap_or(i64::MAX).saturating_sub(at);
                Value::new(Data::Int(at))
            }
            _ if from_end && value.is_unknown() => return Err(Stop::Unknown),
            _ => key,
        };
        value = match eval::element(&value, &key, &(0..0)) {
            Ok(value) => value,
            Err(eval::Fail::Error { .. }) => return call.refuse("finds nothing at a step after the first"),
            Err(stop) => return Err(stop.into()),
        };
    }
    Ok(value)
}

pub fn intersection(call: &Call) -> Answer {
    let common = common(call)?;
    // What is left tells something of every operand.
    Ok(if call.args.iter().any(Value::is_tainted) { common.secret() } else { common })
}

fn common(call: &Call) -> Answer {
    match kinds(call)? {
        Kind::Array => {
            let mut common: Vec<Value> = Vec::new();
            let mut distinct = Distinct::default();
            for item in call.items(0)? {
                let mut everywhere = true;
                for at in 1..call.args.len() {
                    let others = call.array(at)?;
                    call.spend(others.len() / 8)?;
                    let mut found = Some(false);
                    for other in others {
                        match other.same(&item) {
                            Some(true) => {
                                found = Some(true);
                                break;
                            }
                            Some(false) => {}
                            None => found = None,
                        }
                    }
                    everywhere &= found.ok_or(Stop::Unknown)?;
                }
                if everywhere {
                    common.push(item);
                }
            }
            for item in common {
                distinct.add(call, item)?;
            }
            Ok(Value::array(distinct.items))
        }
        _ => {
            let first = call.object(0)?;
            let mut members = Vec::new();
            for (name, member) in &first.members {
                let mut everywhere = true;
                for at in 1..call.args.len() {
                    let other = call.object(at)?;
                    call.spend(1 + other.members.len() / 8)?;
                    if first.open.is_some() || other.open.is_some() {
                        return Err(Stop::Unknown);
                    }
                    let found = other.members.iter().find(|(key, _)| key == name);
                    everywhere &= match found {
                        Some((_, other)) => other.same(member).ok_or(Stop::Unknown)?,
                        None => false,
                    };
                }
                if everywhere {
                    members.push((name.clone(), part(member, &call.args[0])));
                }
            }
            Ok(object(members))
        }
    }
}

/// Whether the arguments are all arrays or all objects.
fn kinds(call: &Call) -> Result<Kind, Stop> {
    let mut known = call.args.iter().filter_map(Value::kind);
    let Some(first) = known.next() else { return Err(Stop::Unknown) };
    if known.any(|kind| kind != first) {
        return match call.args.iter().any(Value::is_unknown) {
            true => Err(Stop::Unknown),
            false => call.refuse("takes only arrays or only objects"),
        };
    }
    Ok(first)
}

pub fn union(call: &Call) -> Answer {
    match kinds(call)? {
        Kind::Array => {
            let mut distinct = Distinct::default();
            for at in 0..call.args.len() {
                for item in call.items(at)? {
                    distinct.add(call, item)?;
                }
            }
            Ok(Value::array(distinct.items))
        }
        _ => {
            let mut merged = Merge::default();
            for arg in call.args {
                merged.add(call, arg)?;
            }
            let tainted = call.args.iter().any(|arg| arg.is_unknown() && arg.is_tainted());
            let value = merged.finish();
            Ok(if tainted { value.secret() } else { value })
        }
    }
}

/// An object into which others are merged.
#[derive(Default)]
struct Merge {
    members: Vec<(Arc<str>, Value)>,
    places: HashMap<Vec<u16>, usize>,
    open: Option<Unknown>,
}

impl Merge {
    fn add(&mut self, call: &Call, arg: &Value) -> Result<(), Stop> {
        match arg.data() {
            Data::Object(object) => {
                if let Some(open) = &object.open {
                    self.blur(open);
                }
                for (name, member) in &object.members {
                    self.put(call, name, part(member, arg))?;
                }
            }
            Data::Unknown(unknown) => self.blur(unknown),
            _ => return call.refuse("takes only arrays or only objects"),
        }
        Ok(())
    }

    fn put(&mut self, call: &Call, name: &Arc<str>, new: Value) -> Result<(), Stop> {
        call.spend(1)?;
        let key = sort_key(name);
        let Some(at) = self.places.get(&key).copied() else {
            self.places.insert(key, self.members.len());
            let before = self.open.as_ref().map(|open| Value::new(Data::Unknown(Arc::new(open.member(name)))));
            let value = match before {
                Some(before) => over(call, before, new)?,
                None => new,
            };
            self.members.push((name.clone(), value));
            return Ok(());
        };
        let slot = &mut self.members[at];
        slot.0 = name.clone();
        slot.1 = over(call, std::mem::replace(&mut slot.1, Value::null()), new)?;
        Ok(())
    }

    /// After an unknown object every member may have been replaced, and there may be others.
    fn blur(&mut self, unknown: &Unknown) {
        for (_, member) in &mut self.members {
            let value = Value::unknown(unknown.why.clone());
            *member = if member.is_tainted() { value.secret() } else { value };
        }
        self.open = Some(match self.members.is_empty() && self.open.is_none() {
            true => unknown.clone(),
            false => Unknown::new(unknown.why.clone()),
        });
    }

    fn finish(self) -> Value {
        Value::new(Data::Object(Arc::new(Object { members: self.members, open: self.open.map(Arc::new) })))
    }
}

/// A member with a later one over it.
fn over(call: &Call, before: Value, after: Value) -> Answer {
    let either = |a: &Value, b: &Value| {
        let why = eval::why(&[a.clone(), b.clone()]).unwrap_or(Why::Choice);
        let value = Value::unknown(why);
        if a.is_tainted() || b.is_tainted() { value.secret() } else { value }
    };
    match (before.data(), after.data()) {
        (_, Data::Null) => Ok(before),
        (Data::Null, _) => Ok(after),
        (_, Data::Unknown(_)) => Ok(either(&before, &after)),
        (Data::Object(_), Data::Object(_)) => {
            let mut merged = Merge::default();
            merged.add(call, &before)?;
            merged.add(call, &after)?;
            Ok(merged.finish())
        }
        (Data::Unknown(_), Data::Object(_)) => Ok(either(&before, &after)),
        // Over something unknown a scalar or an array wins, if it is not refused.
        (Data::Unknown(_), _) => Ok(after),
        // Not seen on the engine.
        (Data::Array(_), scalar) | (scalar, Data::Array(_)) if !matches!(scalar, Data::Array(_) | Data::Object(_)) => {
            Ok(either(&before, &after))
        }
        (Data::Object(_), _) | (_, Data::Object(_)) => {
            call.refuse("cannot merge an object with something else under one key")
        }
        _ => Ok(after),
    }
}

pub fn shallow_merge(call: &Call) -> Answer {
    let mut members: Vec<(Arc<str>, Value)> = Vec::new();
    let mut places: HashMap<Vec<u16>, usize> = HashMap::new();
    for entry in call.items(0)? {
        match entry.data() {
            Data::Object(object) if object.open.is_none() => {
                for (name, member) in &object.members {
                    call.spend(1)?;
                    let member = part(member, &entry);
                    match places.get(&sort_key(name)) {
                        Some(at) => members[*at].1 = member,
                        None => {
                            places.insert(sort_key(name), members.len());
                            members.push((name.clone(), member));
                        }
                    }
                }
            }
            Data::Object(_) | Data::Unknown(_) => return partly_merged(call),
            _ => return call.refuse("merges an array of objects"),
        }
    }
    Ok(object(members))
}

/// Behind the last unknown object the members are certain; before it they may have been replaced.
fn partly_merged(call: &Call) -> Answer {
    let entries = call.items(0)?;
    if entries.iter().any(|entry| !entry.is_unknown() && entry.as_object().is_none()) {
        return call.refuse("merges an array of objects");
    }
    let certain = |entry: &Value| entry.as_object().is_some_and(|object| object.open.is_none());
    let last = entries.iter().rposition(|entry| !certain(entry)).unwrap_or(0);
    let mut members: Vec<(Arc<str>, Value)> = Vec::new();
    for entry in &entries[last + 1..] {
        for (name, member) in entry.as_object().map(|object| &object.members[..]).unwrap_or_default() {
            call.spend(1 + members.len() / 8)?;
            let member = part(member, entry);
            match members.iter_mut().find(|(key, _)| value::same_name(key, name)) {
                Some(slot) => slot.1 = member,
                None => members.push((name.clone(), member)),
            }
        }
    }
    let why = eval::why(&entries[last..=last]).unwrap_or(Why::Choice);
    let open = match entries[last].as_unknown() {
        Some(unknown) if last == 0 => (**unknown).clone(),
        _ => Unknown::new(why),
    };
    let merged = Value::new(Data::Object(Arc::new(Object { members, open: Some(Arc::new(open)) })));
    Ok(if call.args[0].is_tainted() { merged.secret() } else { merged })
}
