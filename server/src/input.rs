//! Readers of the input formats: from a document to the resources that would be deployed.
//!
//! Inputs do not know rules. Each reader gives a [`Reading`] in the words of ARM.

use crate::model::Resource;
use crate::text::Place;

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
