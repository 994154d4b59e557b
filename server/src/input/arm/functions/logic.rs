//! Truth, choice and comparison.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Answer, Call, Form, bool, collation};
use crate::input::arm::eval::{self, Evaluator, Fail};
use crate::value::{Data, Kind, Unknown, Value, Why};

pub fn yes(_: &Call) -> Answer {
    Ok(bool(true))
}

pub fn no(_: &Call) -> Answer {
    Ok(bool(false))
}

pub fn null(_: &Call) -> Answer {
    Ok(Value::null())
}

pub fn not(call: &Call) -> Answer {
    call.args[0].as_bool().map(|value| bool(!value)).ok_or(super::Stop::Unknown)
}

pub fn to_bool(call: &Call) -> Answer {
    match call.args[0].data() {
        Data::Bool(value) => Ok(bool(*value)),
        Data::Int(int) => Ok(bool(*int != 0)),
        Data::Float(float) => Ok(bool(*float != 0.0)),
        Data::Text(text) => match text.trim() {
            text if text.eq_ignore_ascii_case("true") => Ok(bool(true)),
            text if text.eq_ignore_ascii_case("false") => Ok(bool(false)),
            _ => call.refuse("cannot read this text: it must be 'true' or 'false'"),
        },
        Data::Unknown(_) => Err(super::Stop::Unknown),
        Data::Null | Data::Array(_) | Data::Object(_) => call.refuse("converts only strings, numbers and booleans"),
    }
}

pub fn and(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    decide(evaluator, form, false)
}

pub fn or(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    decide(evaluator, form, true)
}

/// The first argument that is `decisive` decides; the rest is not evaluated. Behind an unknown argument an error says
/// nothing, because Azure may not get there.
fn decide(evaluator: &Evaluator, form: &Form, decisive: bool) -> Result<Value, Fail> {
    let mut args: Vec<Value> = Vec::new();
    let mut certain = true;
    for (at, arg) in form.args.iter().enumerate() {
        let value = match evaluator.value(arg) {
            Err(Fail::Error { .. }) if !certain => {
                certain = false;
                args.push(Value::unknown(Why::BadExpression));
                continue;
            }
            value => value?,
        };
        match value.as_bool() {
            Some(value) if value == decisive => {
                args.push(bool(value));
                return Ok(bool(decisive).computed_at(evaluator.place(form.place), &args));
            }
            Some(_) => {}
            None if value.is_unknown() => certain = false,
            None if certain => return Err(Fail::error(form.function.name.to_owned() + &not_boolean(at), form.span)),
            None => {}
        }
        args.push(value);
    }
    let place = evaluator.place(form.place);
    if certain {
        return Ok(bool(!decisive).computed_at(place, &args));
    }
    let unknown = args.iter().find(|arg| arg.is_unknown());
    let mut unknown = Unknown::new(eval::why(unknown.map_or(&[], std::slice::from_ref)).unwrap_or(Why::Choice));
    unknown.kind = Some(Kind::Bool);
    unknown.identity = eval::identity(form.function.name, &args);
    Ok(Value::new(Data::Unknown(Arc::new(unknown))).computed_at(place, &args))
}

fn not_boolean(at: usize) -> String {
    format!("() takes a boolean as argument {}.", at + 1)
}

/// `if(condition, a, b)`.
pub fn choose(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let condition = evaluator.value(&form.args[0])?;
    match (condition.as_bool(), condition.is_unknown()) {
        (Some(chosen), _) => {
            let value = evaluator.value(&form.args[if chosen { 1 } else { 2 }])?;
            let value = evaluator.handed_on(value, form.place);
            return Ok(if condition.is_tainted() { value.secret() } else { value });
        }
        (None, false) => return Err(Fail::error(format!("if{}", not_boolean(0)), form.span)),
        (None, true) => {}
    }
    let mut branches = Vec::new();
    let mut refused = Vec::new();
    for branch in &form.args[1..] {
        match evaluator.value(branch) {
            Ok(value) => {
                let value = evaluator.handed_on(value, form.place);
                branches.push(if condition.is_tainted() { value.secret() } else { value });
            }
            Err(fail @ Fail::Error { .. }) => refused.push(fail),
            Err(stop) => return Err(stop),
        }
    }
    if branches.is_empty()
        && let Some(fail) = refused.pop()
    {
        return Err(fail);
    }
    let both = refused.is_empty();
    let args: Vec<Value> = std::iter::once(condition).chain(branches.iter().cloned()).collect();
    let mut unknown = match eval::one_of(Why::Choice, branches.clone()) {
        Some(unknown) => unknown,
        None => {
            if let [a, b] = &branches[..]
                && a.same(b) == Some(true)
            {
                return Ok(if args[0].is_tainted() { a.clone().secret() } else { a.clone() });
            }
            let mut unknown = Unknown::new(Why::Choice);
            unknown.kind = branches[0].kind().filter(|kind| branches.iter().all(|one| one.kind() == Some(*kind)));
            unknown
        }
    };
    unknown.identity = both.then(|| eval::identity("if", &args)).flatten();
    let value = Value::new(Data::Unknown(Arc::new(unknown))).computed_at(evaluator.place(form.place), &args);
    Ok(if both { eval::settled(value) } else { value })
}

pub fn coalesce(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let mut tainted = false;
    let secret = |value: Value, tainted: bool| if tainted { value.secret() } else { value };
    for (at, arg) in form.args.iter().enumerate() {
        let value = evaluator.value(arg)?;
        let never_null = match eval::choices(&value) {
            Some(choices) => choices.iter().all(|one| !one.is_null()),
            None => value.kind().is_some_and(|kind| kind != Kind::Null),
        };
        if never_null {
            return Ok(secret(evaluator.handed_on(value, form.place), tainted));
        }
        tainted |= value.is_tainted();
        if value.is_null() {
            continue;
        }
        let mut args = vec![value];
        for rest in &form.args[at + 1..] {
            match evaluator.value(rest) {
                Ok(value) => args.push(value),
                Err(Fail::Error { .. }) => args.push(Value::unknown(Why::BadExpression)),
                Err(stop) => return Err(stop),
            }
        }
        return Ok(eval::open(form.function, &args).computed_at(evaluator.place(form.place), &args));
    }
    Ok(secret(Value::null().computed_at(evaluator.place(form.place), &[]), tainted))
}

pub fn equals(call: &Call) -> Answer {
    call.spend(call.args[0].weight().min(call.args[1].weight()) / 256)?;
    call.args[0].same(&call.args[1]).map(bool).ok_or(super::Stop::Unknown)
}

pub fn less(call: &Call) -> Answer {
    compare(call, Ordering::is_lt)
}

pub fn less_or_equals(call: &Call) -> Answer {
    compare(call, Ordering::is_le)
}

pub fn greater(call: &Call) -> Answer {
    compare(call, Ordering::is_gt)
}

pub fn greater_or_equals(call: &Call) -> Answer {
    compare(call, Ordering::is_ge)
}

fn compare(call: &Call, holds: fn(Ordering) -> bool) -> Answer {
    let (a, b) = (&call.args[0], &call.args[1]);
    let order = match (a.data(), b.data()) {
        (Data::Int(a), Data::Int(b)) => Some(a.cmp(b)),
        (Data::Int(a), Data::Float(b)) => (*a as f64).partial_cmp(b),
        (Data::Float(a), Data::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Data::Float(a), Data::Float(b)) => a.partial_cmp(b),
        (Data::Text(a), Data::Text(b)) => collation::compare(a, b),
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => {
            // The same unknown value is equal to itself; bounds may not overlap.
            if a.same(b) == Some(true) {
                return Ok(bool(holds(Ordering::Equal)));
            }
            let ((least_a, most_a), (least_b, most_b)) = (super::number::bounds(a), super::number::bounds(b));
            let lowest = least_a.zip(most_b).map(|(a, b)| a.cmp(&b));
            let highest = most_a.zip(least_b).map(|(a, b)| a.cmp(&b));
            return match (lowest, highest) {
                (Some(Ordering::Greater), _) => Ok(bool(holds(Ordering::Greater))),
                (_, Some(Ordering::Less)) => Ok(bool(holds(Ordering::Less))),
                // At least equal, and equal counts as greater does; and the other way round.
                (Some(Ordering::Equal), _) if holds(Ordering::Equal) == holds(Ordering::Greater) => {
                    Ok(bool(holds(Ordering::Greater)))
                }
                (_, Some(Ordering::Equal)) if holds(Ordering::Equal) == holds(Ordering::Less) => {
                    Ok(bool(holds(Ordering::Less)))
                }
                _ => Err(super::Stop::Unknown),
            };
        }
        _ => return call.refuse("compares two numbers or two strings, not one with the other"),
    };
    order.map(|order| bool(holds(order))).ok_or(super::Stop::Unknown)
}
