//! Integers and numbers.

use std::sync::Arc;

use super::{Answer, Call, Stop, int};
use crate::input::arm::eval;
use crate::value::{Data, Kind, Unknown, Value, Why};

/// What may stand around a number in a text.
const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

pub fn add(call: &Call) -> Answer {
    arithmetic(call, i64::checked_add, |a, b| Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?)))
}

pub fn sub(call: &Call) -> Answer {
    arithmetic(call, i64::checked_sub, |a, b| Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?)))
}

pub fn mul(call: &Call) -> Answer {
    arithmetic(call, i64::checked_mul, |a, b| {
        let products = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)].map(|(a, b)| a.checked_mul(b));
        let products: Vec<i64> = products.into_iter().collect::<Option<_>>()?;
        Some((*products.iter().min()?, *products.iter().max()?))
    })
}

pub fn div(call: &Call) -> Answer {
    divide(call, i64::checked_div)
}

pub fn modulo(call: &Call) -> Answer {
    divide(call, i64::checked_rem)
}

type Bounds = (i64, i64);

/// An operation that may overflow; of unknown operands whose bounds are known the bounds are.
fn arithmetic(
    call: &Call,
    exact: fn(i64, i64) -> Option<i64>,
    within: impl Fn(Bounds, Bounds) -> Option<Bounds>,
) -> Answer {
    if let (Some(a), Some(b)) = (call.args[0].as_int(), call.args[1].as_int()) {
        return match exact(a, b) {
            Some(result) => Ok(int(result)),
            None => call.refuse("goes beyond the integers of 64 bits"),
        };
    }
    let (a, b) = (bounds(&call.args[0]), bounds(&call.args[1]));
    let within = || within((a.0?, a.1?), (b.0?, b.1?));
    let Some((min, max)) = within() else { return Err(Stop::Unknown) };
    Ok(between(call, Some(min), Some(max)))
}

fn divide(call: &Call, exact: fn(i64, i64) -> Option<i64>) -> Answer {
    match (call.args[0].as_int(), call.args[1].as_int()) {
        (_, Some(0)) => call.refuse("divides by zero"),
        (Some(a), Some(b)) => match exact(a, b) {
            Some(result) => Ok(int(result)),
            None => call.refuse("goes beyond the integers of 64 bits"),
        },
        _ => Err(Stop::Unknown),
    }
}

/// The bounds of an integer, equal where it is known.
pub fn bounds(value: &Value) -> (Option<i64>, Option<i64>) {
    match value.data() {
        Data::Int(int) => (Some(*int), Some(*int)),
        Data::Unknown(unknown) => (unknown.min, unknown.max),
        _ => (None, None),
    }
}

/// What a function gives that is an unknown integer with bounds.
pub fn between(call: &Call, min: Option<i64>, max: Option<i64>) -> Value {
    let mut unknown = Unknown::new(eval::why(call.args).unwrap_or(Why::Choice));
    unknown.kind = Some(Kind::Int);
    unknown.identity = eval::identity(call.function.name, call.args);
    unknown.min = min;
    unknown.max = max;
    Value::new(Data::Unknown(Arc::new(unknown)))
}

pub fn to_int(call: &Call) -> Answer {
    match call.args[0].data() {
        Data::Int(value) => Ok(int(*value)),
        Data::Text(text) => match text.trim_matches(BLANKS).parse() {
            Ok(value) => Ok(int(value)),
            Err(_) => call.refuse("cannot read this text as an integer of 64 bits"),
        },
        _ => Err(Stop::Unknown),
    }
}

pub fn to_float(call: &Call) -> Answer {
    let float = |float: f64| Ok(Value::new(Data::Float(float)));
    match call.args[0].data() {
        Data::Int(int) => float(*int as f64),
        Data::Float(value) => float(*value),
        Data::Text(text) => {
            let text = text.trim_matches(BLANKS);
            let mut digits = text.bytes().filter(|byte| !b"+-.eE".contains(byte));
            match text.parse() {
                Ok(value) if digits.all(|digit| digit.is_ascii_digit()) && f64::is_finite(value) => float(value),
                // Commas, infinities and what else .NET may read are left alone.
                _ if text.contains(|c: char| c.is_ascii_digit() || c == '∞') => Err(Stop::Unknown),
                _ if text.to_ascii_lowercase().contains("infinity") || text.eq_ignore_ascii_case("nan") => {
                    Err(Stop::Unknown)
                }
                _ => call.refuse("cannot read this text as a number"),
            }
        }
        Data::Unknown(_) => Err(Stop::Unknown),
        Data::Null | Data::Bool(_) | Data::Array(_) | Data::Object(_) => {
            call.refuse("converts only strings and numbers")
        }
    }
}

pub fn max(call: &Call) -> Answer {
    extreme(call, |a, b| a > b)
}

pub fn min(call: &Call) -> Answer {
    extreme(call, |a, b| a < b)
}

/// The number that `wins` against all others, the first of equal ones.
fn extreme(call: &Call, wins: fn(f64, f64) -> bool) -> Answer {
    let largest = wins(1.0, 0.0);
    let numbers = match (call.args, call.args[0].as_array()) {
        ([_], Some([])) => return call.refuse("needs at least one number"),
        ([_], Some(items)) => items,
        _ => call.args,
    };
    call.spend(numbers.len())?;
    let mut best: Option<&Value> = None;
    for number in numbers {
        match (number.data(), best.map(Value::data)) {
            (Data::Int(a), Some(Data::Int(b))) => {
                if if largest { a > b } else { a < b } {
                    best = Some(number);
                }
            }
            (Data::Int(_) | Data::Float(_), Some(before)) => {
                if wins(as_float(number.data()), as_float(before)) {
                    best = Some(number);
                }
            }
            (Data::Int(_) | Data::Float(_), None) => best = Some(number),
            (Data::Unknown(_), _) => {}
            _ => return call.refuse("takes numbers, or one array of numbers"),
        }
    }
    if numbers.iter().all(|number| !number.is_unknown()) {
        return Ok(Value::new(best.map_or(Data::Null, |best| best.data().clone())));
    }
    // As large as the largest lower bound, and no larger than all the upper bounds; or the other way round.
    if numbers
        .iter()
        .any(|number| number.as_unknown().is_none_or(|one| one.kind != Some(Kind::Int)) && number.as_int().is_none())
    {
        return Err(Stop::Unknown);
    }
    let bounds: Vec<_> = numbers.iter().map(bounds).collect();
    let (least, most) = (bounds.iter().map(|bound| bound.0), bounds.iter().map(|bound| bound.1));
    Ok(match largest {
        true => between(
            call,
            least.flatten().max(),
            most.collect::<Option<Vec<_>>>().and_then(|most| most.into_iter().max()),
        ),
        false => between(
            call,
            least.collect::<Option<Vec<_>>>().and_then(|least| least.into_iter().min()),
            most.flatten().min(),
        ),
    })
}

fn as_float(data: &Data) -> f64 {
    match data {
        Data::Int(int) => *int as f64,
        Data::Float(float) => *float,
        _ => f64::NAN,
    }
}
