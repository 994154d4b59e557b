//! backuplint: finds what will make Azure Backup for VMs fail, before it is deployed.
//!
//! One arrow: text → json → model → rules → findings → lsp, cli.

pub mod bicep;
pub mod check;
pub mod cli;
pub mod codes;
pub mod config;
pub mod document;
pub mod expand;
pub mod guest;
pub mod input;
pub mod json;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod model;
pub mod profile;
pub mod report;
pub mod rules;
pub mod secrets;
pub mod text;
pub mod value;
