//! Resource ids.
//!
//! An id with unknown names keeps its known segments: it is a text of pieces and holes.

use uuid::Uuid;

use super::text::Pieces;
use super::{Answer, Call, Stop};
use crate::input::arm::eval::{DeploymentScope, Environment};
use crate::value::Value;

pub fn resource_id(call: &Call) -> Answer {
    let scope = call.evaluator.scope.deployment_scope();
    let kind = kind_at(call, 2)?;
    let mut id = Pieces::new();
    match (&call.args[..kind], scope) {
        ([], DeploymentScope::ManagementGroup | DeploymentScope::Tenant) => {}
        ([], DeploymentScope::Subscription) => own_subscription(call, &mut id)?,
        ([], DeploymentScope::ResourceGroup) => {
            own_subscription(call, &mut id)?;
            let group =
                call.evaluator.scope.environment(Environment::ResourceGroup).get("name").ok_or(Stop::Unknown)?;
            group_of(&mut id, &group)?;
        }
        ([group], DeploymentScope::ResourceGroup) => {
            own_subscription(call, &mut id)?;
            group_of(&mut id, group)?;
        }
        ([subscription], _) => subscription_of(call, &mut id, subscription)?,
        ([subscription, group, ..], _) => {
            subscription_of(call, &mut id, subscription)?;
            group_of(&mut id, group)?;
        }
    }
    let subscription_level =
        scope == DeploymentScope::Subscription && kind < 2 || kind == 1 && scope != DeploymentScope::ResourceGroup;
    provider(call, id, kind, subscription_level)
}

pub fn subscription_resource_id(call: &Call) -> Answer {
    let kind = kind_at(call, 1)?;
    let mut id = Pieces::new();
    match (&call.args[..kind], call.evaluator.scope.deployment_scope()) {
        ([], DeploymentScope::ManagementGroup | DeploymentScope::Tenant) => {
            return call.refuse("needs the subscription as argument 1 here");
        }
        ([], _) => own_subscription(call, &mut id)?,
        ([subscription, ..], _) => subscription_of(call, &mut id, subscription)?,
    }
    provider(call, id, kind, true)
}

pub fn tenant_resource_id(call: &Call) -> Answer {
    let kind = kind_at(call, 0)?;
    provider(call, Pieces::new(), kind, false)
}

pub fn management_group_resource_id(call: &Call) -> Answer {
    let kind = kind_at(call, 1)?;
    let mut id = Pieces::new();
    id.text("/providers/Microsoft.Management/managementGroups/")?;
    match (&call.args[..kind], call.evaluator.scope.deployment_scope()) {
        ([], DeploymentScope::ManagementGroup) => {
            let group = call.evaluator.scope.environment(Environment::ManagementGroup);
            id.value(&group.get("name").ok_or(Stop::Unknown)?)?;
        }
        ([], _) => return call.refuse("needs the management group as argument 1 here"),
        ([group, ..], _) => id.value(group)?,
    }
    provider(call, id, kind, false)
}

pub fn extension_resource_id(call: &Call) -> Answer {
    let base = &call.args[0];
    let mut id = Pieces::new();
    match base.as_text() {
        None => id.value(base)?,
        Some(text) => {
            let text = text.strip_suffix('/').unwrap_or(text);
            let starts = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
            if !text.starts_with('/') || text.matches('/').count() < 2 {
                return call.refuse("takes the full id of a resource as argument 1");
            }
            if !starts("/subscriptions/") && !starts("/providers/") || text.contains("//") {
                return Err(Stop::Unknown);
            }
            id.text(text)?;
        }
    }
    provider(call, id, 1, false)
}

/// Where the resource type stands: the first argument with a slash, behind at most `before` others.
fn kind_at(call: &Call, before: usize) -> Result<usize, Stop> {
    let slash = call.args.iter().position(|arg| arg.as_text().is_some_and(|text| text.contains('/')));
    match slash {
        Some(at) if at <= before => Ok(at),
        _ if call.args.iter().take(before + 1).any(Value::is_unknown) => Err(Stop::Unknown),
        _ => call.refuse("needs a resource type such as 'Namespace/type', behind what says where the resource is"),
    }
}

fn own_subscription(call: &Call, id: &mut Pieces) -> Result<(), Stop> {
    let subscription = call.evaluator.scope.environment(Environment::Subscription);
    id.text("/subscriptions/")?;
    id.value(&subscription.get("subscriptionId").ok_or(Stop::Unknown)?)
}

fn subscription_of(call: &Call, id: &mut Pieces, subscription: &Value) -> Result<(), Stop> {
    if let Some(text) = subscription.as_text()
        && Uuid::parse_str(text).is_err()
    {
        // .NET reads more spellings of a GUID, all of hexadecimal digits.
        return match text.chars().all(|c| c.is_ascii_hexdigit() || "-{}(),xX ".contains(c)) && !text.is_empty() {
            true => Err(Stop::Unknown),
            false => call.refuse("takes a subscription as a GUID"),
        };
    }
    id.text("/subscriptions/")?;
    id.value(subscription)
}

fn group_of(id: &mut Pieces, group: &Value) -> Result<(), Stop> {
    id.text("/resourceGroups/")?;
    id.value(group)
}

/// Adds the type at this argument and the names behind it.
fn provider(call: &Call, mut id: Pieces, kind: usize, subscription_level: bool) -> Answer {
    let Some(text) = call.args[kind].as_text() else { return Err(Stop::Unknown) };
    let names = &call.args[kind + 1..];
    let segments: Vec<&str> = text.strip_suffix('/').unwrap_or(text).split('/').collect();
    let [namespace, types @ ..] = &segments[..] else { return Err(Stop::Unknown) };
    if segments.iter().any(|segment| segment.is_empty()) || types.is_empty() {
        return call.refuse("takes a resource type such as 'Namespace/type'");
    }
    if names.len() != types.len() {
        return call.refuse("needs one name for each segment of the resource type behind the namespace");
    }
    let slash = |name: &Value| name.as_text().is_some_and(|name| name.contains('/'));
    if names.first().is_some_and(slash) {
        return call.refuse("takes each segment of a name as an argument of its own");
    }
    if names.iter().any(slash) || types.len() > 1 && names.iter().any(|name| name.as_text() == Some("")) {
        return Err(Stop::Unknown);
    }
    let group = subscription_level && text.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups");
    if group {
        group_of(&mut id, &names[0])?;
        return Ok(id.finish(call));
    }
    id.text("/providers/")?;
    id.text(namespace)?;
    id.text("/")?;
    for (at, (kind, name)) in types.iter().zip(names).enumerate() {
        // An empty name takes its type with it.
        if name.as_text() == Some("") {
            break;
        }
        if at > 0 {
            id.text("/")?;
        }
        id.text(kind)?;
        id.text("/")?;
        id.value(name)?;
    }
    Ok(id.finish(call))
}

/// Whether an identity is that of an id whose names cannot hold slashes: Azure would have refused it.
pub fn is_id(identity: &str) -> bool {
    ["resourceid(", "subscriptionresourceid(", "tenantresourceid(", "managementgroupresourceid("]
        .iter()
        .any(|function| identity.starts_with(function))
}
