//! Readers of the input formats: from a document to the resources that would be deployed.
//!
//! Inputs do not know rules. Each reader gives a [`Reading`] in the words of ARM.

pub mod arm;
pub mod bicep;
pub mod plan;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::Document;
use crate::json::{Kind, Node};
use crate::model::estate::Refusal;
use crate::model::id::Id;
use crate::model::{Resource, kinds};
use crate::text::{FileId, Place, Text};
use crate::value::Value;

/// The files around an entry document. The command line reads a disk, the language server its open documents first.
pub trait Files {
    /// The document at a path, or why it cannot be read. A path outside the roots is refused.
    fn document(&self, path: &Path) -> Result<Arc<Document>, String>;
    /// The paths of the `.json` and `.jsonc` files in the folder of `path`, itself included, sorted.
    fn siblings(&self, path: &Path) -> Vec<PathBuf>;
    /// The paths of the `.bicep` files in a folder, sorted.
    fn sources(&self, folder: &Path) -> Vec<PathBuf>;
}

/// Where the template is deployed; what is not given stays unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    pub subscription_id: Option<String>,
    pub resource_group: Option<String>,
    pub location: Option<String>,
    pub management_group: Option<String>,
    pub tenant_id: Option<String>,
}

/// What one deployment contains.
#[derive(Default)]
pub struct Reading {
    pub resources: Vec<Resource>,
    /// Pieces that may hold further resources but could not be read; what is absent elsewhere may stand in them.
    pub gaps: Vec<Gap>,
    /// What Azure would refuse the deployment for.
    pub refusals: Vec<Refusal>,
    /// What else is wrong with the files.
    pub problems: Vec<Problem>,
    /// Where a linked template is named, and which document that is.
    pub links: Vec<(Place, FileId)>,
    /// The variables and outputs of the template, by name.
    pub values: Vec<(Arc<str>, Value)>,
    /// For a reading of the same file once it has changed.
    pub memory: Option<arm::Memory>,
}

/// Something that may hold resources and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub place: Place,
    /// In words, without any text of the document but names of files.
    pub reason: String,
}

/// A fault of the files, in words that quote no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    pub message: String,
}

/// What a document is, found out from its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    ArmTemplate,
    /// An ARM template that Bicep built; the `.bicep` is the source.
    BicepTemplate,
    ArmParameters,
    TerraformPlan,
    TerraformState,
    /// Not a file of ours.
    Foreign,
}

impl Format {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Format::ArmTemplate => "arm-template",
            Format::BicepTemplate => "bicep-template",
            Format::ArmParameters => "arm-parameters",
            Format::TerraformPlan => "terraform-plan",
            Format::TerraformState => "terraform-state",
            Format::Foreign => "other",
        }
    }

    /// Written by a tool: an edit belongs into its source.
    pub fn is_generated(self) -> bool {
        matches!(self, Format::BicepTemplate | Format::TerraformPlan | Format::TerraformState)
    }
}

/// One way in which an entry document is deployed.
pub struct Variant {
    /// The parameter file that it is deployed with.
    pub parameters: Option<Arc<Document>>,
    pub reading: Reading,
    /// Every document that took part.
    pub documents: Vec<Arc<Document>>,
}

/// Whether a text holds the words that every file of ours holds. This is all that JSON which is not ours costs.
pub fn may_be_ours(text: &str) -> bool {
    let holds = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    holds("eploymentTemplate.json")
        || holds("eploymentParameters.json")
        || holds("contentVersion") && (holds("resources") || holds("parameters"))
        || holds("format_version")
}

/// What a document is.
pub fn detect(document: &Document) -> Format {
    if !document.is_json() || !may_be_ours(document.text.as_str()) {
        return Format::Foreign;
    }
    let Some(root) = document.root().filter(|root| root.kind() == Kind::Object) else { return Format::Foreign };
    let schema = root.get_ignore_case("$schema").and_then(Node::string).unwrap_or_default().to_lowercase();
    let azure = schema.contains("schema.management.azure.com/schemas/");
    let has = |name: &str| root.get_ignore_case(name).is_some();
    if azure && schema.contains("deploymenttemplate.json")
        || schema.is_empty() && has("contentVersion") && has("resources")
    {
        return match is_built_by_bicep(root) {
            true => Format::BicepTemplate,
            false => Format::ArmTemplate,
        };
    }
    if azure && schema.contains("deploymentparameters.json")
        || schema.is_empty() && has("contentVersion") && has("parameters")
    {
        return Format::ArmParameters;
    }
    if root.get("format_version").is_some() {
        if root.get("planned_values").is_some() || root.get("resource_changes").is_some() {
            return Format::TerraformPlan;
        }
        if root.get("values").is_some() {
            return Format::TerraformState;
        }
    }
    Format::Foreign
}

/// Bicep signs what it builds.
fn is_built_by_bicep(template: Node) -> bool {
    let generator = template.get_ignore_case("metadata").and_then(|metadata| metadata.get_ignore_case("_generator"));
    let name = generator.and_then(|generator| generator.get_ignore_case("name")?.string());
    name.is_some_and(|name| name.eq_ignore_ascii_case("bicep"))
}

/// Reads an entry document in every way in which it is deployed: a template once with each of its parameter files, or
/// with its defaults where there is none; a plan once.
///
/// `earlier` are readings of the same file before it changed, each with the resources that it gave.
///
/// The error says in words why nothing of it can be read.
pub fn read(
    entry: &Arc<Document>,
    format: Format,
    parameter_files: &[Arc<Document>],
    files: &dyn Files,
    environment: &Environment,
    earlier: &[(&arm::Memory, &[Resource])],
) -> Result<Vec<Variant>, String> {
    match format {
        Format::ArmTemplate | Format::BicepTemplate => {
            let with = |parameters: Option<&Arc<Document>>| {
                let deployment = arm::read_again(entry, parameters, files, environment, earlier);
                let mut reading = deployment.reading;
                reading.values = deployment.variables.into_iter().chain(deployment.outputs).collect();
                if parameters.is_none() && !reading.refusals.is_empty() {
                    // A default may stand for "not given", where every deployment gives a value.
                    let certain = arm::refusals(entry, files, environment);
                    reading.refusals.retain(|refusal| certain.contains(refusal));
                }
                Variant { parameters: parameters.cloned(), reading, documents: deployment.documents }
            };
            Ok(match parameter_files {
                [] => vec![with(None)],
                some => some.iter().map(|file| with(Some(file))).collect(),
            })
        }
        Format::TerraformPlan | Format::TerraformState => {
            if !entry.json().well_formed {
                // What is missing in a damaged plan cannot be told from what is not set.
                return Err("the plan is not well-formed JSON; write it again with 'terraform show -json'".to_owned());
            }
            let mut reading = plan::read(entry).map_err(|refusal| refusal.message)?;
            open_templates(entry, &mut reading, files, environment);
            Ok(vec![Variant { parameters: None, reading, documents: vec![entry.clone()] }])
        }
        Format::ArmParameters | Format::Foreign => Ok(Vec::new()),
    }
}

/// Reads the templates that resources of a plan deploy, and adds what is in them.
fn open_templates(entry: &Arc<Document>, reading: &mut Reading, files: &dyn Files, environment: &Environment) {
    let mut found = Vec::new();
    for deployment in
        reading.resources.iter().filter(|resource| resource.kind.is(kinds::DEPLOYMENT) && !resource.existing)
    {
        let property = deployment.property("properties.templateText");
        let Some(text) = property.value.as_ref().and_then(Value::as_text) else {
            reading.gaps.push(Gap {
                place: property.place,
                reason: "a template deployment whose template is not known".to_owned(),
            });
            continue;
        };
        let embedded = |text: &str, place: Place| {
            let mut document = Document::new(entry.file, entry.path.clone(), entry.version, Text::new(text));
            document.embedded_at = Some(place);
            Arc::new(document)
        };
        let template = embedded(text, property.place);
        let given = deployment.property("properties.parametersText");
        let parameters = given.value.as_ref().and_then(Value::as_text).map(|text| {
            // The provider takes the bare object of a parameter file's `parameters`.
            embedded(&format!("{{\"parameters\":{text}}}"), given.place)
        });
        let scope = Id::of(&Value::text(deployment.scope.as_str())).filter(Id::is_known);
        let scope: Vec<crate::value::Part> =
            scope.map(|id| vec![crate::value::Part::Known(id.as_str().into())]).unwrap_or_default();
        let passed = match &parameters {
            Some(document) => arm::Given::File(document),
            None if given.value.is_some() => arm::Given::Unknown,
            None => arm::Given::Nothing,
        };
        let inner = arm::read_embedded(&template, passed, &scope, files, environment).reading;
        let attribute = |at: Place| if at == given.place { "parameters_content" } else { "template_content" };
        for mut resource in inner.resources {
            resource.address = deployment.address.clone();
            resource.attributes = vec![("".into(), attribute(resource.place).into())];
            resource.conditional |= deployment.conditional;
            found.push(resource);
        }
        reading.gaps.extend(inner.gaps);
        if !deployment.conditional {
            reading.refusals.extend(inner.refusals);
        }
        reading.problems.extend(inner.problems);
    }
    reading.resources.extend(found);
}

/// The parameter files that belong to a template: by name in the same folder, or any that gives only what it declares
/// and has no template of its own name.
///
/// Where a pairing's first glob matches the template, the files of the folder that match its second one are taken instead.
pub fn parameter_files(template: &Document, files: &dyn Files, pairings: &[(String, String)]) -> Vec<Arc<Document>> {
    let matches = |glob: &str, path: &Path| {
        globset::Glob::new(&format!("{{{glob},**/{glob}}}")).is_ok_and(|glob| glob.compile_matcher().is_match(path))
    };
    let mut paired = pairings.iter().filter(|(of, _)| matches(of, &template.path)).peekable();
    if paired.peek().is_some() {
        let globs: Vec<&String> = paired.map(|(_, glob)| glob).collect();
        let siblings =
            files.siblings(&template.path).into_iter().filter(|path| globs.iter().any(|glob| matches(glob, path)));
        return siblings
            .filter_map(|path| files.document(&path).ok())
            .filter(|file| detect(file) == Format::ArmParameters)
            .collect();
    }
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let stem = |name: &str| name.trim_end_matches(".jsonc").trim_end_matches(".json").to_owned();
    let own = stem(&name(&template.path));
    let siblings = files.siblings(&template.path);
    let stems: Vec<String> = siblings.iter().map(|path| stem(&name(path))).collect();
    let declared = template.root().and_then(|root| root.get_ignore_case("parameters"));
    let mut found = Vec::new();
    for (path, file) in siblings.iter().zip(&stems) {
        let Some(position) = file.find("param") else { continue };
        let before = file[..position].trim_end_matches(['.', '-', '_']);
        let of_name = |template: &str| before == template || before.starts_with(&format!("{template}."));
        let mine = of_name(&own);
        let anothers =
            stems.iter().any(|other| !other.contains("param") && of_name(other) && (other.len() > own.len() || !mine));
        if file == &own || anothers {
            continue;
        }
        let Ok(document) = files.document(path) else { continue };
        if detect(&document) != Format::ArmParameters {
            continue;
        }
        let fits = || {
            let given = document.root().and_then(|root| root.get_ignore_case("parameters"));
            let mut given = given.into_iter().flat_map(Node::members).peekable();
            given.peek().is_some()
                && given
                    .all(|member| declared.is_some_and(|declared| declared.get_ignore_case(&member.name()).is_some()))
        };
        if mine || fits() {
            found.push(document);
        }
    }
    found
}
