//! `lambda` and the functions that take one.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Form, int, part};
use crate::input::arm::eval::{self, Evaluator, Fail, Lambda};
use crate::value::{Data, Kind, Unknown, Value, Why};

/// `lambda(…)` where it does not belong.
pub fn misplaced(_: &Evaluator, form: &Form) -> Result<Value, Fail> {
    form.refuse("is allowed only as an argument of a function that takes a lambda")
}

pub fn lambda_variables(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    if !evaluator.in_lambda() {
        return form.refuse("is allowed only inside a lambda");
    }
    let name = evaluator.value(&form.args[0])?;
    match name.data() {
        Data::Text(text) => match evaluator.lambda_variable(text) {
            Some(value) => Ok(evaluator.handed_on(value, form.place)),
            None => form.refuse("names a variable that no lambda around it has"),
        },
        Data::Unknown(_) => Ok(eval::open(form.function, std::slice::from_ref(&name))),
        _ => form.refuse("takes the name as a string"),
    }
}

/// The elements of the array argument, or what there is to say instead of going through them.
enum Elements {
    Known(Vec<Value>),
    Unknown(Why),
}

fn elements(evaluator: &Evaluator, form: &Form, array: &Value) -> Result<Elements, Fail> {
    match array.data() {
        Data::Array(items) => {
            evaluator.scope.spend(items.len() as u32)?;
            Ok(Elements::Known(items.iter().map(|item| item.clone().part_of(array)).collect()))
        }
        Data::Unknown(unknown) => Ok(Elements::Unknown(unknown.why.clone())),
        _ => form.refuse("takes an array as argument 1"),
    }
}

/// A result of which only the type is certain. No identity: the lambda has none.
fn unknown(evaluator: &Evaluator, form: &Form, why: Why, kind: Option<Kind>, from: &[Value]) -> Value {
    let mut unknown = Unknown::new(why);
    unknown.kind = kind;
    Value::new(Data::Unknown(Arc::new(unknown))).computed_at(evaluator.place(form.place), from)
}

/// A container of elements that keep their own marks and origins; `secret` where its shape tells a secret.
fn built(evaluator: &Evaluator, form: &Form, value: Value, array: Value, secret: bool) -> Result<Value, Fail> {
    let value = evaluator.bounded(value)?;
    let value = match value.is_unknown() {
        true => value.computed_at(evaluator.place(form.place), &[array]),
        false => value.built_at(evaluator.place(form.place), &[array]),
    };
    Ok(if secret { value.secret() } else { value })
}

/// The arguments for one element: itself, and its index where the lambda wants that.
fn with_index(lambda: &Lambda, item: &Value, at: usize) -> Vec<Value> {
    let index = int(i64::try_from(at).unwrap_or(i64::MAX));
    [item.clone(), index].into_iter().take(lambda.variables()).collect()
}

pub fn filter(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let lambda = evaluator.lambda(form, 1, 1..3)?;
    let items = match elements(evaluator, form, &array)? {
        Elements::Known(items) => items,
        Elements::Unknown(why) => return Ok(unknown(evaluator, form, why, Some(Kind::Array), &[array])),
    };
    let mut kept = Vec::new();
    let mut secret = array.is_secret();
    let mut doubt = None;
    for (at, item) in items.iter().enumerate() {
        let answer = evaluator.apply(&lambda, &with_index(&lambda, item, at))?;
        secret |= answer.is_tainted();
        match answer.data() {
            Data::Bool(true) => kept.push(item.clone()),
            Data::Bool(false) => {}
            Data::Unknown(unknown) => doubt = doubt.or(Some(unknown.why.clone())),
            _ => return form.refuse("takes a lambda that gives a boolean"),
        }
    }
    match doubt {
        Some(why) => {
            let value = unknown(evaluator, form, why, Some(Kind::Array), &[array]);
            Ok(if secret { value.secret() } else { value })
        }
        None => built(evaluator, form, Value::array(kept), array, secret),
    }
}

pub fn map(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let lambda = evaluator.lambda(form, 1, 1..3)?;
    let items = match elements(evaluator, form, &array)? {
        Elements::Known(items) => items,
        Elements::Unknown(why) => return Ok(unknown(evaluator, form, why, Some(Kind::Array), &[array])),
    };
    let mut results = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        results.push(evaluator.apply(&lambda, &with_index(&lambda, item, at))?);
    }
    let secret = array.is_secret();
    built(evaluator, form, Value::array(results), array, secret)
}

pub fn map_values(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let object = evaluator.value(&form.args[0])?;
    let lambda = evaluator.lambda(form, 1, 1..2)?;
    let members = match object.data() {
        Data::Object(known) => {
            let mut members = Vec::with_capacity(known.members.len());
            for (name, member) in &known.members {
                let member = member.clone().part_of(&object);
                members.push((name.clone(), evaluator.apply(&lambda, &[member])?));
            }
            let open = known.open.as_ref().map(|open| Arc::new(Unknown::new(open.why.clone())));
            Value::new(Data::Object(Arc::new(crate::value::Object { members, open })))
        }
        Data::Unknown(of) => return Ok(unknown(evaluator, form, of.why.clone(), Some(Kind::Object), &[object])),
        _ => return form.refuse("takes an object as argument 1"),
    };
    let secret = object.is_secret();
    built(evaluator, form, members, object, secret)
}

pub fn reduce(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let mut current = evaluator.value(&form.args[1])?;
    let lambda = evaluator.lambda(form, 2, 2..4)?;
    let items = match elements(evaluator, form, &array)? {
        Elements::Known(items) => items,
        Elements::Unknown(why) => return Ok(unknown(evaluator, form, why, None, &[array, current])),
    };
    for (at, item) in items.into_iter().enumerate() {
        let index = int(i64::try_from(at).unwrap_or(i64::MAX));
        let values: Vec<Value> = [current, item, index].into_iter().take(lambda.variables()).collect();
        current = evaluator.apply(&lambda, &values)?;
    }
    let current = evaluator.handed_on(current, form.place);
    Ok(if array.is_secret() { current.secret() } else { current })
}

pub fn sort(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let lambda = evaluator.lambda(form, 1, 2..3)?;
    let items = match elements(evaluator, form, &array)? {
        Elements::Known(items) => items,
        Elements::Unknown(why) => return Ok(unknown(evaluator, form, why, Some(Kind::Array), &[array])),
    };
    let mut sorting = Sorting { evaluator, form, lambda, secret: array.is_secret(), doubt: None };
    let sorted = sorting.sorted(items)?;
    let secret = sorting.secret;
    match sorting.doubt {
        Some(why) => {
            let value = unknown(evaluator, form, why, Some(Kind::Array), &[array]);
            Ok(if secret { value.secret() } else { value })
        }
        None => built(evaluator, form, Value::array(sorted), array, secret),
    }
}

/// A stable merge sort whose comparison may fail.
struct Sorting<'a, 'e> {
    evaluator: &'a Evaluator<'a>,
    form: &'a Form<'e>,
    lambda: Lambda<'e>,
    secret: bool,
    doubt: Option<Why>,
}

impl Sorting<'_, '_> {
    fn sorted(&mut self, mut items: Vec<Value>) -> Result<Vec<Value>, Fail> {
        if items.len() < 2 {
            return Ok(items);
        }
        let right = items.split_off(items.len() / 2);
        let mut left = self.sorted(items)?.into_iter().peekable();
        let mut right = self.sorted(right)?.into_iter().peekable();
        let mut merged = Vec::with_capacity(left.len() + right.len());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            if self.doubt.is_some() {
                break;
            }
            let right_first = !self.goes_before(a, b)? && self.goes_before(b, a)?;
            merged.extend(if right_first { right.next() } else { left.next() });
        }
        merged.extend(left);
        merged.extend(right);
        Ok(merged)
    }

    fn goes_before(&mut self, a: &Value, b: &Value) -> Result<bool, Fail> {
        let answer = self.evaluator.apply(&self.lambda, &[a.clone(), b.clone()])?;
        self.secret |= answer.is_tainted();
        match answer.data() {
            Data::Bool(before) => Ok(*before),
            Data::Unknown(unknown) => {
                self.doubt.get_or_insert_with(|| unknown.why.clone());
                Ok(true)
            }
            _ => self.form.refuse("takes a lambda that gives a boolean"),
        }
    }
}

/// A key for each element, and a value where a second lambda makes one.
struct Keyed {
    key: Arc<str>,
    value: Value,
}

enum Keys {
    Known(Vec<Keyed>),
    Unknown(Why),
}

fn keyed(evaluator: &Evaluator, form: &Form, array: &Value, secret: &mut bool) -> Result<Keys, Fail> {
    let key_of = evaluator.lambda(form, 1, 1..2)?;
    let value_of = match form.args.len() {
        3 => Some(evaluator.lambda(form, 2, 1..2)?),
        _ => None,
    };
    let items = match elements(evaluator, form, array)? {
        Elements::Known(items) => items,
        Elements::Unknown(why) => return Ok(Keys::Unknown(why)),
    };
    let mut entries = Vec::with_capacity(items.len());
    let mut doubt = None;
    for item in items {
        let key = evaluator.apply(&key_of, std::slice::from_ref(&item))?;
        *secret |= key.is_tainted();
        let value = match &value_of {
            Some(value_of) => evaluator.apply(value_of, &[item])?,
            None => part(&item, array),
        };
        match key.data() {
            Data::Text(key) => entries.push(Keyed { key: key.clone(), value }),
            Data::Unknown(unknown) => doubt = doubt.or(Some(unknown.why.clone())),
            _ => return form.refuse("takes a lambda that gives a string as key"),
        }
    }
    Ok(doubt.map_or(Keys::Known(entries), Keys::Unknown))
}

fn folded(key: &str) -> String {
    key.chars().map(crate::value::upper).collect()
}

pub fn to_object(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let mut secret = array.is_secret();
    let entries = match keyed(evaluator, form, &array, &mut secret)? {
        Keys::Known(entries) => entries,
        Keys::Unknown(why) => {
            let value = unknown(evaluator, form, why, Some(Kind::Object), &[array]);
            return Ok(if secret { value.secret() } else { value });
        }
    };
    let mut seen = std::collections::HashSet::new();
    if !entries.iter().all(|entry| seen.insert(folded(&entry.key))) {
        return form.refuse("gets the same key twice");
    }
    let members = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
    built(evaluator, form, Value::object(members), array, secret)
}

pub fn group_by(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let array = evaluator.value(&form.args[0])?;
    let mut secret = array.is_secret();
    let entries = match keyed(evaluator, form, &array, &mut secret)? {
        Keys::Known(entries) => entries,
        Keys::Unknown(why) => {
            let value = unknown(evaluator, form, why, Some(Kind::Object), &[array]);
            return Ok(if secret { value.secret() } else { value });
        }
    };
    let mut groups: Vec<(Arc<str>, Vec<Value>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let at = *places.entry(folded(&entry.key)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, group)) => group.push(entry.value),
            None => groups.push((entry.key, vec![entry.value])),
        }
    }
    let members = groups.into_iter().map(|(key, group)| (key, Value::array(group))).collect();
    built(evaluator, form, Value::object(members), array, secret)
}
