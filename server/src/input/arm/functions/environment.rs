//! What a template asks of itself and of its surroundings.

use std::sync::Arc;

use super::Form;
use crate::input::arm::eval::{self, DeploymentScope, Environment, Evaluator, Fail};
use crate::value::{Data, Kind, Unknown, Value, Why};

pub fn parameters(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    symbol(evaluator, form, "parameter", &|name| evaluator.scope.parameter(name))
}

pub fn variables(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    symbol(evaluator, form, "variable", &|name| evaluator.scope.variable(name))
}

/// Looks a name up; a computed one may be one of several.
fn symbol(
    evaluator: &Evaluator,
    form: &Form,
    what: &str,
    find: &dyn Fn(&str) -> Option<Result<Value, Fail>>,
) -> Result<Value, Fail> {
    let name = evaluator.value(&form.args[0])?;
    match name.data() {
        Data::Text(text) => match find(text) {
            Some(value) => {
                let value = evaluator.handed_on(value?, form.place);
                Ok(if name.is_secret() { value.secret() } else { value })
            }
            // A computed name is not shown: it may have been made of a secret.
            None if matches!(form.args[0].kind, crate::input::arm::expr::ExprKind::String(_)) => {
                Err(Fail::error(format!("Undefined {what} reference: '{text}'"), form.span))
            }
            None => Err(Fail::error(format!("Undefined {what} reference."), form.span)),
        },
        Data::Unknown(unknown) => {
            let names = eval::choices(&name).unwrap_or_default();
            let mut values = Vec::new();
            for choice in names {
                match choice.as_text().and_then(find) {
                    Some(Ok(value)) => {
                        let value = evaluator.handed_on(value, form.place);
                        values.push(if name.is_tainted() { value.secret() } else { value });
                    }
                    Some(Err(fail)) => return Err(fail),
                    None => {}
                }
            }
            let mut found =
                eval::one_of(unknown.why.clone(), values).unwrap_or_else(|| Unknown::new(unknown.why.clone()));
            found.identity = eval::identity(form.function.name, std::slice::from_ref(&name));
            let found = Value::new(Data::Unknown(Arc::new(found))).computed_at(evaluator.place(form.place), &[name]);
            Ok(eval::settled(found))
        }
        _ => form.refuse("takes the name as a string"),
    }
}

pub fn copy_index(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let args = form.args.iter().map(|arg| evaluator.value(arg)).collect::<Result<Vec<_>, _>>()?;
    let place = evaluator.place(form.place);
    if args.iter().any(Value::is_unknown) {
        return Ok(eval::open(form.function, &args).computed_at(place, &args));
    }
    let (name, offset) = match &args[..] {
        [] => (None, None),
        [only] if only.as_text().is_some() => (only.as_text(), None),
        [only] => (None, Some(only)),
        [name, offset, ..] => match name.as_text() {
            Some(name) => (Some(name), Some(offset)),
            None => return form.refuse("takes the name of a loop, a string, before the offset"),
        },
    };
    let offset = match offset.map(Value::as_int) {
        None => 0,
        Some(Some(offset)) => offset,
        Some(None) => return form.refuse("takes the offset as an integer"),
    };
    let Some(index) = evaluator.scope.copy_index(name) else {
        return form.refuse("has a value only inside a copy loop, and of that loop or one around it");
    };
    match index.as_int().map(|index| index.checked_add(offset)) {
        Some(Some(index)) => Ok(super::int(index).computed_at(place, &args)),
        Some(None) => form.refuse("goes beyond the integers of 64 bits"),
        None => Ok(eval::open(form.function, &[index, super::int(offset)]).computed_at(place, &args)),
    }
}

pub fn fail(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let message = evaluator.value(&form.args[0])?;
    match message.data() {
        Data::Text(_) | Data::Unknown(_) => form.refuse("stops the deployment"),
        _ => form.refuse("takes a string"),
    }
}

pub fn resource_group(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::ResourceGroup, &[DeploymentScope::ResourceGroup])
}

pub fn subscription(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let scopes = [DeploymentScope::ResourceGroup, DeploymentScope::Subscription];
    surroundings(evaluator, form, Environment::Subscription, &scopes)
}

pub fn management_group(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::ManagementGroup, &[DeploymentScope::ManagementGroup])
}

pub fn tenant(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::Tenant, EVERYWHERE)
}

pub fn deployment(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::Deployment, EVERYWHERE)
}

pub fn deployer(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::Deployer, EVERYWHERE)
}

pub fn environment(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    surroundings(evaluator, form, Environment::PublicCloud, EVERYWHERE)
}

const EVERYWHERE: &[DeploymentScope] = &[
    DeploymentScope::ResourceGroup,
    DeploymentScope::Subscription,
    DeploymentScope::ManagementGroup,
    DeploymentScope::Tenant,
];

fn surroundings(
    evaluator: &Evaluator,
    form: &Form,
    what: Environment,
    allowed: &[DeploymentScope],
) -> Result<Value, Fail> {
    let scope = evaluator.scope.deployment_scope();
    if !allowed.contains(&scope) {
        let scope = match scope {
            DeploymentScope::ResourceGroup => "resource group",
            DeploymentScope::Subscription => "subscription",
            DeploymentScope::ManagementGroup => "management group",
            DeploymentScope::Tenant => "tenant",
        };
        return form.refuse(&format!("is not available in a deployment to a {scope}"));
    }
    let value = evaluator.scope.environment(what);
    Ok(evaluator.handed_on(value, form.place))
}

/// `reference(resource, apiVersion, 'Full')`.
pub fn reference(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    let args = form.args.iter().map(|arg| evaluator.value(arg)).collect::<Result<Vec<_>, _>>()?;
    if args.iter().take(2).any(|arg| !arg.is_unknown() && arg.as_text().is_none()) {
        return form.refuse("takes strings");
    }
    let full = match args.get(2).map(Value::data) {
        None => Some(false),
        Some(Data::Text(word)) if word.eq_ignore_ascii_case("full") => Some(true),
        Some(Data::Unknown(_)) => None,
        Some(_) => return form.refuse("takes only 'Full' as argument 3"),
    };
    let value = match full {
        Some(full) => evaluator.scope.reference(&args[..args.len().min(2)], full, form.span.clone())?,
        None => eval::open(form.function, &args),
    };
    let value = evaluator.handed_on(value, form.place);
    Ok(if args.iter().any(Value::is_tainted) { value.secret() } else { value })
}

pub fn references(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    if !evaluator.scope.language_version_2() {
        return form.refuse("needs a template of languageVersion 2.0");
    }
    let args = form.args.iter().map(|arg| evaluator.value(arg)).collect::<Result<Vec<_>, _>>()?;
    let full = match args.get(1).map(Value::data) {
        None => Some(false),
        Some(Data::Text(word)) if word.eq_ignore_ascii_case("full") => Some(true),
        Some(Data::Unknown(_)) => None,
        Some(_) => return form.refuse("takes only 'Full' as argument 2"),
    };
    let value = match (args[0].data(), full) {
        (Data::Text(symbol), Some(full)) => evaluator.scope.references(symbol, full, form.span.clone())?,
        (Data::Text(_) | Data::Unknown(_), _) => eval::open(form.function, &args),
        _ => return form.refuse("takes the resource's symbolic name as a string"),
    };
    Ok(evaluator.handed_on(value, form.place))
}

pub fn resource_info(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    if !evaluator.scope.language_version_2() {
        return form.refuse("needs a template of languageVersion 2.0");
    }
    let symbol = evaluator.value(&form.args[0])?;
    let value = match symbol.data() {
        Data::Text(name) => match evaluator.scope.resource_info(name) {
            Some(value) => value?,
            None => return form.refuse("names a resource that the template does not have"),
        },
        Data::Unknown(_) => eval::open(form.function, std::slice::from_ref(&symbol)),
        _ => return form.refuse("takes the resource's symbolic name as a string"),
    };
    Ok(evaluator.handed_on(value, form.place))
}

pub fn utc_now(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    in_default(evaluator, form)
}

pub fn new_guid(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    in_default(evaluator, form)
}

/// A function that gives another value each time, which only a parameter's default may hold. No two are equal.
fn in_default(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    if !evaluator.scope.in_parameter_default() {
        return form.refuse("is allowed only in the default value of a parameter");
    }
    let args = form.args.iter().map(|arg| evaluator.value(arg)).collect::<Result<Vec<_>, _>>()?;
    let unknown = Unknown::new(Why::Runtime(form.function.name.into())).of_kind(Kind::Text);
    Ok(Value::new(Data::Unknown(Arc::new(unknown))).computed_at(evaluator.place(form.place), &args))
}

/// `listKeys(resource, apiVersion, body)` and the like. Azure tells secrets this way, so the value is one.
pub fn list_action(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    Ok(asked(evaluator, form, &form.name.text)?.secret())
}

/// A function that only Azure can answer.
pub fn run_time(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    asked(evaluator, form, form.function.name)
}

pub fn of_language_version_2(evaluator: &Evaluator, form: &Form) -> Result<Value, Fail> {
    match evaluator.scope.language_version_2() {
        true => asked(evaluator, form, form.function.name),
        false => form.refuse("needs a template of languageVersion 2.0 or later"),
    }
}

fn asked(evaluator: &Evaluator, form: &Form, name: &str) -> Result<Value, Fail> {
    let args = form.args.iter().map(|arg| evaluator.value(arg)).collect::<Result<Vec<_>, _>>()?;
    let mut unknown = Unknown::new(Why::Runtime(name.into()));
    unknown.identity = eval::identity(name, &args);
    Ok(Value::new(Data::Unknown(Arc::new(unknown))).computed_at(evaluator.place(form.place), &args))
}
