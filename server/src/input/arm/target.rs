//! Where a template is deployed to, and the ids that follow from it.

use std::sync::Arc;

use super::Frame;
use super::eval::{self, DeploymentScope};
use crate::input::Environment;
use crate::json::Node;
use crate::model::id;
use crate::value::{Data, Kind, Object, Part, Unknown, Value, Why};

/// The target of one deployment.
#[derive(Clone)]
pub(super) struct Target {
    pub scope: DeploymentScope,
    subscription: Value,
    group: Value,
    location: Value,
    management_group: Value,
    tenant: Value,
    /// The value that names the group or subscription, where the deployment names one.
    pub written_group: Option<Value>,
    root: bool,
}

/// A resource's full type and name, its id, and what it is deployed into or extends.
pub(super) struct Placed {
    pub kind: String,
    pub name: Value,
    pub id: Vec<Part>,
    pub scope: Vec<Part>,
    /// It extends another resource: `scope` is written out.
    pub extension: bool,
}

/// The scope of a template, which its `$schema` names.
pub(super) fn scope_of(template: Node) -> DeploymentScope {
    let schema = template.get_ignore_case("$schema").and_then(Node::string).unwrap_or_default().to_lowercase();
    let file = schema.rsplit('/').next().unwrap_or_default();
    match file {
        _ if file.starts_with("subscription") => DeploymentScope::Subscription,
        _ if file.starts_with("managementgroup") => DeploymentScope::ManagementGroup,
        _ if file.starts_with("tenant") => DeploymentScope::Tenant,
        _ => DeploymentScope::ResourceGroup,
    }
}

/// An unknown text that is the same one wherever `identity` is asked for.
pub(super) fn unknown_text(what: &str, identity: &str) -> Value {
    let unknown = Unknown::new(Why::Environment(what.into())).of_kind(Kind::Text).identified(identity);
    Value::new(Data::Unknown(Arc::new(unknown)))
}

/// The environment of a template inside a plan, read off the id of its scope.
pub(super) fn environment_of(scope: &[Part], environment: &Environment) -> Environment {
    let [Part::Known(id)] = scope else { return environment.clone() };
    let segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
    let after = |name: &str| {
        let position = segments.iter().position(|segment| segment.eq_ignore_ascii_case(name))?;
        segments.get(position + 1).map(|segment| (*segment).to_owned())
    };
    Environment {
        subscription_id: after("subscriptions").or_else(|| environment.subscription_id.clone()),
        resource_group: after("resourceGroups").or_else(|| environment.resource_group.clone()),
        management_group: after("managementGroups").or_else(|| environment.management_group.clone()),
        ..environment.clone()
    }
}

/// `parent/child`, with the child's origin.
pub(super) fn joined(parent: &Value, child: Value) -> Value {
    let why = [parent, &child].into_iter().find_map(Value::as_unknown).map(|unknown| unknown.why.clone());
    let secret = parent.is_tainted() || child.is_tainted();
    let parts = parent.parts().zip(child.parts()).map(|(mut parts, child)| {
        parts.push(Part::Known("/".into()));
        parts.extend(child);
        parts
    });
    let value = match (why, parts) {
        (None, Some(parts)) => Value::text(parts.iter().map(known_or_empty).collect::<String>()),
        (Some(why), Some(parts)) => Value::new(Data::Unknown(Arc::new(Unknown::of_parts(why, parts)))),
        (why, None) => Value::unknown(why.unwrap_or(Why::BadExpression)),
    };
    let value = if secret { value.secret() } else { value };
    match child.origin() {
        Some(origin) => value.with_origin(origin.clone()),
        None => value,
    }
}

fn known_or_empty(part: &Part) -> &str {
    match part {
        Part::Known(text) => text,
        Part::Hole(_) => "",
    }
}

/// The pieces of a text between slashes; a hole is never split.
fn segments(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut segments: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        match part {
            Part::Hole(_) => segments.last_mut().expect("starts with one").push(part.clone()),
            Part::Known(text) => {
                for (index, piece) in text.split('/').enumerate() {
                    if index > 0 {
                        segments.push(Vec::new());
                    }
                    if !piece.is_empty() {
                        segments.last_mut().expect("starts with one").push(Part::Known(piece.into()));
                    }
                }
            }
        }
    }
    segments
}

impl Target {
    /// The target of a template that is deployed by itself.
    pub fn root(scope: DeploymentScope, environment: &Environment) -> Target {
        let given = |value: &Option<String>, what: &str, identity: &str| match value {
            Some(value) => Value::text(value.as_str()),
            None => unknown_text(what, identity),
        };
        let location = match scope {
            DeploymentScope::ResourceGroup => "resourcegroup().location",
            _ => "deployment().location",
        };
        Target {
            scope,
            subscription: given(&environment.subscription_id, "subscription", "subscription().subscriptionid"),
            group: given(&environment.resource_group, "resource group", "resourcegroup().name"),
            location: given(&environment.location, "location", location),
            management_group: given(&environment.management_group, "management group", "managementgroup().name"),
            tenant: given(&environment.tenant_id, "tenant", "tenant().tenantid"),
            written_group: None,
            root: true,
        }
    }

    /// The target of a deployment in this one: by its `resourceGroup`, `subscriptionId` and `scope`, else the same.
    pub fn nested(
        &self,
        schema: DeploymentScope,
        group: Option<Value>,
        subscription: Option<Value>,
        scope: Option<Value>,
        location: Option<Value>,
    ) -> Target {
        let mut target = self.clone();
        target.root = false;
        if let Some(subscription) = subscription {
            target.written_group = Some(subscription.clone());
            target.subscription = subscription;
            target.scope = DeploymentScope::Subscription;
        }
        if let Some(group) = group {
            let same = group.same(&self.group) == Some(true) && self.scope == DeploymentScope::ResourceGroup;
            target.written_group = Some(group.clone());
            target.scope = DeploymentScope::ResourceGroup;
            target.location = match same {
                true => target.location,
                false => unknown_text("location", &format!("location of {}", identity(&group))),
            };
            target.group = group;
        }
        if let Some(scope) = scope {
            target.written_group = Some(scope.clone());
            let id = scope.as_text().unwrap_or_default().to_lowercase();
            match id.trim_matches('/') {
                "" => target.scope = DeploymentScope::Tenant,
                id if id.contains("managementgroups/") => {
                    target.scope = DeploymentScope::ManagementGroup;
                    target.management_group = Value::text(id.rsplit('/').next().unwrap_or_default());
                }
                _ => {}
            }
        }
        // A tenant template in a tenant deployment and the like: the nested schema says what is meant.
        if target.written_group.is_none()
            || target.scope != DeploymentScope::ResourceGroup && schema != DeploymentScope::ResourceGroup
        {
            let above = self.scope == DeploymentScope::ResourceGroup || schema == DeploymentScope::ResourceGroup;
            target.scope = if above { target.scope } else { schema };
        }
        if target.scope != DeploymentScope::ResourceGroup
            && let Some(location) = location
        {
            target.location = location;
        }
        target
    }

    /// The id of what is deployed into, without a trailing slash.
    pub fn base(&self) -> Vec<Part> {
        let of = |value: &Value, hole: fn(&Value) -> String| {
            id::parts_of(value).unwrap_or_else(|| vec![Part::Hole(hole(value).into())])
        };
        let mut parts = Vec::new();
        match self.scope {
            DeploymentScope::Tenant => {}
            DeploymentScope::ManagementGroup => {
                parts.push(Part::Known("/providers/Microsoft.Management/managementGroups/".into()));
                parts.extend(of(&self.management_group, |_| "managementgroup().name".to_owned()));
            }
            DeploymentScope::Subscription | DeploymentScope::ResourceGroup => {
                parts.push(Part::Known("/subscriptions/".into()));
                parts.extend(of(&self.subscription, |_| "subscription().subscriptionid".to_owned()));
            }
        }
        if self.scope == DeploymentScope::ResourceGroup {
            parts.push(Part::Known("/resourceGroups/".into()));
            parts.extend(of(&self.group, |group| format!("group {}", identity(group))));
        }
        parts
    }

    /// Type, name and id of a resource; `unnamed` gives an identity to a name of which nothing is known.
    pub fn place(&self, kind: &str, name: &Value, scope: Option<&Value>, unnamed: impl Fn() -> String) -> Placed {
        let name_parts = id::parts_of(name).unwrap_or_else(|| vec![Part::Hole(unnamed().into())]);
        let folded = kind.to_ascii_lowercase();
        if let Some(split) = folded.rfind("/providers/") {
            return self.extends_parent(kind, split, name, &name_parts);
        }
        let (base, extension) = match scope {
            Some(scope) => (self.scope_id(scope), true),
            None => (self.base(), false),
        };
        let mut id = base.clone();
        if folded == "microsoft.resources/resourcegroups" && self.scope == DeploymentScope::Subscription {
            id.push(Part::Known("/resourceGroups/".into()));
            id.extend(name_parts);
        } else {
            id.extend(resource_path(kind, &name_parts));
        }
        Placed { kind: kind.to_owned(), name: name.clone(), id, scope: base, extension }
    }

    /// The older form of an extension resource: type `<parent type>/providers/locks`, name `<parent>/<namespace>/<name>`.
    fn extends_parent(&self, kind: &str, split: usize, name: &Value, parts: &[Part]) -> Placed {
        let (parent_kind, child) = (&kind[..split], &kind[split + "/providers/".len()..]);
        let parents = parent_kind.split('/').count() - 1;
        let mut segments = segments(parts);
        let rest = segments.split_off(parents.min(segments.len()));
        let mut parent_parts = self.base();
        parent_parts.extend(resource_path(parent_kind, &with_slashes(&segments)));
        let namespace: String =
            rest.first().map(|namespace| namespace.iter().map(known_or_empty).collect()).unwrap_or_default();
        let own = with_slashes(rest.get(1..).unwrap_or_default());
        let kind = format!("{namespace}/{child}");
        let mut id = parent_parts.clone();
        id.extend(resource_path(&kind, &own));
        let why = name.as_unknown().map(|unknown| unknown.why.clone());
        let value = match why {
            _ if name.is_tainted() => name.clone(),
            None => Value::text(own.iter().map(known_or_empty).collect::<String>()),
            Some(why) => Value::new(Data::Unknown(Arc::new(Unknown::of_parts(why, own)))),
        };
        let value = name.origin().map_or(value.clone(), |origin| value.with_origin(origin.clone()));
        Placed { kind, name: value, id, scope: parent_parts, extension: true }
    }

    /// The id that a written `scope` means: a full id, or one relative to the deployment.
    fn scope_id(&self, scope: &Value) -> Vec<Part> {
        let parts =
            id::parts_of(scope).unwrap_or_else(|| vec![Part::Hole(format!("scope {}", identity(scope)).into())]);
        let relative = match parts.first() {
            Some(Part::Known(text)) => !text.starts_with('/'),
            _ => false,
        };
        if scope.as_text().is_some_and(|scope| scope.trim_matches('/').is_empty()) {
            return Vec::new();
        }
        if !relative {
            return parts;
        }
        let mut id = self.base();
        id.push(Part::Known("/providers/".into()));
        id.extend(parts);
        id
    }

    /// What `resourceGroup()` and its like return.
    ///
    /// `location` is that of the resource group, where its declaration tells it.
    pub fn environment(&self, what: eval::Environment, frame: &Frame, location: Option<Value>) -> Value {
        let text = |text: &str| Value::text(text);
        let unknown = |name: &str, kind: Kind| {
            let identity = format!("{name} of {:?} {}", what, frame.number);
            Value::new(Data::Unknown(Arc::new(
                Unknown::new(Why::Environment(name.into())).of_kind(kind).identified(identity),
            )))
        };
        let id = |parts: Vec<Part>| match parts.iter().all(|part| matches!(part, Part::Known(_))) {
            true => Value::text(parts.iter().map(known_or_empty).collect::<String>()),
            false => Value::new(Data::Unknown(Arc::new(Unknown::of_parts(Why::Environment("place".into()), parts)))),
        };
        match what {
            eval::Environment::Subscription => {
                let subscription = Target { scope: DeploymentScope::Subscription, ..self.clone() };
                closed(vec![
                    ("id", id(subscription.base())),
                    ("subscriptionId", self.subscription.clone()),
                    ("tenantId", self.tenant.clone()),
                    (
                        "displayName",
                        unknown_text("subscription", &format!("displayname of {}", identity(&self.subscription))),
                    ),
                ])
            }
            eval::Environment::ResourceGroup => closed(vec![
                ("id", id(self.base())),
                ("name", self.group.clone()),
                ("type", text("Microsoft.Resources/resourceGroups")),
                ("location", location.unwrap_or_else(|| self.location.clone())),
                ("tags", unknown("tags", Kind::Object)),
                ("managedBy", unknown("managedBy", Kind::Text)),
                ("properties", unknown("properties", Kind::Object)),
            ]),
            eval::Environment::ManagementGroup => closed(vec![
                ("id", id(self.base())),
                ("name", self.management_group.clone()),
                ("type", text("Microsoft.Management/managementGroups")),
                ("properties", unknown("properties", Kind::Object)),
            ]),
            eval::Environment::Tenant => {
                let mut parts = vec![Part::Known("/tenants/".into())];
                parts.extend(self.tenant.parts().unwrap_or_default());
                closed(vec![
                    ("id", id(parts)),
                    ("tenantId", self.tenant.clone()),
                    ("displayName", unknown("displayName", Kind::Text)),
                    ("countryCode", unknown("countryCode", Kind::Text)),
                ])
            }
            eval::Environment::Deployment => {
                let version = frame.template().get_ignore_case("contentVersion").and_then(Node::string);
                let version = version.map_or(Value::null(), |version| Value::text(version.as_ref()));
                let template = open("deployment().properties.template", vec![("contentVersion", version)]);
                let properties = open("deployment().properties", vec![("template", template)]);
                let mut members = vec![("name", frame.name.clone()), ("properties", properties)];
                if self.scope != DeploymentScope::ResourceGroup {
                    members.push(("location", self.location.clone()));
                }
                open("deployment()", members)
            }
            eval::Environment::PublicCloud => environment_of_the_cloud(),
            eval::Environment::Deployer => open("deployer()", vec![("tenantId", self.tenant.clone())]),
        }
    }

    /// It is the deployment of the analysed file itself.
    pub fn is_root(&self) -> bool {
        self.root
    }
}

/// The cloud is the public one only by assumption, so nothing of what `environment()` gives is certain.
fn environment_of_the_cloud() -> Value {
    let unknown = Unknown::new(Why::Environment("cloud".into())).of_kind(Kind::Object).identified("environment()");
    Value::new(Data::Unknown(Arc::new(unknown)))
}

/// An object whose members are all named.
fn closed(members: Vec<(&str, Value)>) -> Value {
    Value::object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// An object with further members that are not known.
fn open(identity: &str, members: Vec<(&str, Value)>) -> Value {
    let members = members.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let more = Unknown::new(Why::Environment("place".into())).identified(identity);
    Value::new(Data::Object(Arc::new(Object { members, open: Some(Arc::new(more)) })))
}

/// A text that is equal for equal values.
fn identity(value: &Value) -> String {
    let parts = value.parts().unwrap_or_default();
    let text = parts.iter().map(|part| match part {
        Part::Known(text) => text.to_lowercase(),
        Part::Hole(identity) => format!("{{{identity}}}"),
    });
    match value.parts() {
        Some(_) => text.collect(),
        None => format!("{:?}", value.origin().map(|origin| origin.at)),
    }
}

/// `/providers/<namespace>/<type>/<name>…`, types and names in turn.
pub(super) fn resource_path(kind: &str, name: &[Part]) -> Vec<Part> {
    let mut types = kind.split('/');
    let mut id = vec![Part::Known(format!("/providers/{}", types.next().unwrap_or_default()).into())];
    let types: Vec<&str> = types.collect();
    let names = segments(name);
    if types.len() == names.len() {
        for (kind, name) in types.iter().zip(names) {
            id.push(Part::Known(format!("/{kind}/").into()));
            id.extend(name);
        }
    } else {
        id.push(Part::Known(format!("/{}/", types.join("/")).into()));
        id.extend_from_slice(name);
    }
    id
}

fn with_slashes(segments: &[Vec<Part>]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            parts.push(Part::Known("/".into()));
        }
        parts.extend_from_slice(segment);
    }
    parts
}
