//! backuplint: finds what will make Azure Backup for VMs fail, before it is deployed.
//!
//! One arrow: text → json → model → rules → findings → lsp, cli.

pub mod input;
pub mod text;
pub mod value;
