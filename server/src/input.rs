//! Readers of the input formats: from a document to the resources that would be deployed.
//!
//! Inputs do not know rules. Each reader gives a [`Reading`] in the words of ARM.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::Document;
use crate::model::Resource;
use crate::text::Place;

/// The files around an entry document. The command line reads a disk, the language server its open documents first.
pub trait Files {
    /// The document at a path, or why it cannot be read. A path outside the roots is refused.
    fn document(&self, path: &Path) -> Result<Arc<Document>, String>;
    /// The paths of the `.json` and `.jsonc` files in the folder of `path`, itself included, sorted.
    fn siblings(&self, path: &Path) -> Vec<PathBuf>;
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
    /// Reasons for which Azure or Terraform would refuse it, and faults of the text.
    pub problems: Vec<Problem>,
}

/// Something that may hold resources and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub place: Place,
    /// In words, without any text of the document but names of files.
    pub reason: String,
}

/// A fault that stops the deployment or the reading of a part, in words that quote no value.
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
