//! `expand`: the resources as they would be deployed, with what is unknown and why, as JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::check::{self, Options};
use crate::document::Document;
use crate::input::arm::eval::DeploymentScope;
use crate::input::arm::{self, Deployment};
use crate::input::{self, Files, Format};
use crate::model::id::Id;
use crate::model::{Resource, kinds};
use crate::report::show;
use crate::secrets;
use crate::text::{FileId, Place};
use crate::value::{self, Data, Part, Value};

/// Expands a template with its first parameter file, the one that the options name, or its defaults.
///
/// The error says in words why nothing of it can be read.
pub fn expand(entry: &Arc<Document>, files: &dyn Files, options: &Options) -> Result<Json, String> {
    check::with_stack(|| match input::detect(entry) {
        Format::ArmTemplate | Format::BicepTemplate => {
            let parameters = match &options.parameters {
                Some(path) => Some(
                    files.document(path).map_err(|reason| format!("the parameter file cannot be read: {reason}"))?,
                ),
                None => input::parameter_files(entry, files, &options.pairings).into_iter().next(),
            };
            let deployment =
                arm::read(entry, parameters.as_ref(), files, &options.environment, arm::Extent::Everything);
            Ok(template(&deployment))
        }
        format @ (Format::TerraformPlan | Format::TerraformState) => {
            let variants = input::read(entry, format, &[], files, &options.environment, &[])?;
            let reading = variants.into_iter().next().map(|variant| variant.reading).unwrap_or_default();
            let places = Places::new(std::slice::from_ref(entry));
            Ok(json!({
                "scope": "plan",
                "resources": reading.resources.iter().filter(|resource| !resource.existing).map(|one| resource(one, &places)).collect::<Vec<_>>(),
                "outputs": {}, "variables": {},
                "errors": reading.problems.iter().map(|problem| places.problem(problem)).collect::<Vec<_>>(),
            }))
        }
        Format::ArmParameters => Err("this is a parameter file; expand its template with --parameters".to_owned()),
        Format::Foreign => Err("this is neither an ARM template nor a Terraform plan".to_owned()),
    })
}

fn template(deployment: &Deployment) -> Json {
    let places = Places::new(&deployment.documents);
    let reading = &deployment.reading;
    let named = |values: &[(Arc<str>, Value)]| -> Map<String, Json> {
        values.iter().map(|(name, value)| (name.to_string(), plain(value, secrets::is_name(name)))).collect()
    };
    let refusals = reading.refusals.iter().map(|refusal| places.error(refusal.place, &refusal.message));
    let mut errors: Vec<Json> =
        refusals.chain(reading.problems.iter().map(|problem| places.problem(problem))).collect();
    for document in &deployment.documents {
        let broken = document.json().errors.iter().filter(|error| error.severity == crate::json::Severity::Error);
        errors.extend(broken.map(|error| places.error(document.place(error.span), &error.message)));
    }
    // Single resources first, then what loops make of theirs.
    let mut resources: Vec<&Resource> = reading.resources.iter().filter(|resource| !resource.existing).collect();
    resources.sort_by_key(|resource| resource.instance.is_some());
    json!({
        "scope": match deployment.scope {
            DeploymentScope::ResourceGroup => "resourceGroup",
            DeploymentScope::Subscription => "subscription",
            DeploymentScope::ManagementGroup => "managementGroup",
            DeploymentScope::Tenant => "tenant",
        },
        "resources": resources.into_iter().map(|one| resource(one, &places)).collect::<Vec<_>>(),
        "outputs": named(&deployment.outputs),
        "variables": named(&deployment.variables),
        "errors": errors,
    })
}

/// Files and JSON pointers of places.
struct Places {
    documents: HashMap<FileId, Arc<Document>>,
}

impl Places {
    fn new(documents: &[Arc<Document>]) -> Places {
        Places { documents: documents.iter().map(|document| (document.file, document.clone())).collect() }
    }

    fn of(&self, place: Place) -> (String, String) {
        match self.documents.get(&place.file) {
            Some(document) => {
                let pointer = document.root().map(|root| root.pointer_of(place.span)).unwrap_or_default();
                (document.path.to_string_lossy().into_owned(), pointer)
            }
            None => (String::new(), String::new()),
        }
    }

    fn problem(&self, problem: &input::Problem) -> Json {
        self.error(problem.place, &problem.message)
    }

    fn error(&self, place: Place, message: &str) -> Json {
        let (file, pointer) = self.of(place);
        json!({ "message": message, "file": file, "pointer": show::without_foreign_keys(&pointer) })
    }
}

fn resource(resource: &Resource, places: &Places) -> Json {
    let (file, pointer) = places.of(resource.place);
    let mut object = Map::new();
    object.insert("id".to_owned(), id(&resource.id));
    let (kind, name) = match &resource.older_form {
        Some((kind, name)) => (&**kind, name),
        None => (resource.kind.written(), &resource.name),
    };
    object.insert("type".to_owned(), json!(kind));
    object.insert("name".to_owned(), plain(name, false));
    if let Some(version) = &resource.api_version {
        object.insert("apiVersion".to_owned(), json!(&**version));
    }
    if resource.conditional {
        object.insert("condition".to_owned(), json!({ "$unknown": "depends on a condition that is not known" }));
    }
    let secret_value = resource.kind.is("microsoft.keyvault/vaults/secrets");
    for (name, value) in resource.body.as_object().into_iter().flat_map(|body| &body.members) {
        let settings = resource.kind.is(kinds::VM_EXTENSION);
        object.insert(name.to_string(), body(value, Around { settings, secret_value, parent: "", name }));
    }
    if let Some(address) = &resource.address {
        object.insert("address".to_owned(), json!(&**address));
    }
    object.insert("source".to_owned(), json!({ "file": file, "pointer": pointer }));
    Json::Object(object)
}

/// What is around a value, as far as it tells a secret.
#[derive(Clone, Copy)]
struct Around<'a> {
    settings: bool,
    secret_value: bool,
    parent: &'a str,
    name: &'a str,
}

fn body(value: &Value, around: Around) -> Json {
    let named = |name: &str| around.name.eq_ignore_ascii_case(name);
    if secrets::is_opaque(around.name) || around.settings && named("settings") {
        return if value.is_null() { Json::Null } else { hidden() };
    }
    let lists_permissions = around.parent.eq_ignore_ascii_case("permissions");
    if value.is_secret() || secrets::is_name(around.name) && !lists_permissions || around.secret_value && named("value")
    {
        return plain(value, true);
    }
    match value.data() {
        Data::Array(items) => items.iter().map(|item| body(item, Around { name: "", ..around })).collect(),
        Data::Object(object) => {
            members(object, |name, value| body(value, Around { name, parent: around.name, ..around }))
        }
        _ => plain(value, false),
    }
}

/// The members of an object as `show` shows them.
fn members(object: &value::Object, show: impl Fn(&str, &Value) -> Json) -> Json {
    let mut json: Map<String, Json> =
        object.members.iter().map(|(name, value)| (name.to_string(), show(name, value))).collect();
    if let Some(more) = &object.open {
        json.insert("$unknown".to_owned(), json!(more.why.words()));
    }
    Json::Object(json)
}

fn hidden() -> Json {
    json!({ "$hidden": "secret" })
}

/// The value; texts and numbers in it are left out with `hide`, and wherever they are secret.
fn plain(value: &Value, hide: bool) -> Json {
    match value.data() {
        Data::Null => Json::Null,
        Data::Unknown(unknown) if hide || value.is_secret() => json!({ "$unknown": unknown.why.words() }),
        _ if value.is_secret() => hidden(),
        Data::Bool(bool) => json!(bool),
        Data::Array(items) => items.iter().map(|item| plain(item, hide)).collect(),
        Data::Object(object) => {
            members(object, |name, value| plain(value, secrets::is_name(name) || hide && !secrets::is_about_one(name)))
        }
        _ if hide => hidden(),
        Data::Int(int) => json!(int),
        Data::Float(float) => json!(float),
        Data::Text(text) if secrets::is_text(text) => hidden(),
        Data::Text(text) => json!(&**text),
        Data::Unknown(unknown) => {
            let mut json = Map::new();
            json.insert("$unknown".to_owned(), json!(unknown.why.words()));
            if unknown.parts.iter().any(|part| matches!(part, Part::Known(text) if secrets::is_text(text))) {
                return Json::Object(json);
            }
            let (prefix, suffix) = (value::prefix(&unknown.parts), value::suffix(&unknown.parts));
            if !prefix.is_empty() {
                json.insert("prefix".to_owned(), json!(prefix));
            }
            if !suffix.is_empty() {
                json.insert("suffix".to_owned(), json!(suffix));
            }
            Json::Object(json)
        }
    }
}

fn id(id: &Id) -> Json {
    match id.is_known() {
        true => json!(id.written()),
        false => {
            let parts = id.parts();
            let mut json = Map::new();
            json.insert("$unknown".to_owned(), json!("depends on where it is deployed"));
            if let Some(Part::Known(prefix)) = parts.first() {
                json.insert("prefix".to_owned(), json!(&**prefix));
            }
            if let Some(Part::Known(suffix)) = parts.last() {
                json.insert("suffix".to_owned(), json!(&**suffix));
            }
            Json::Object(json)
        }
    }
}
