//! `expand`: what would be deployed, as JSON.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use clap::Args;
use serde_json::Value;

use crate::check::{Files, Options};
use crate::cli::disk::Disk;
use crate::cli::print::{self, Printer};
use crate::cli::settings::Settings;
use crate::cli::{CLEAN, Deployment, FOUND, check, paths};
use crate::document::Document;
use crate::report::escape;

/// Print the resources as they would be deployed, as JSON.
///
/// What is not known before the deployment is {"$unknown": "why"}, what is secret is {"$hidden": "secret"}. The exit
/// code is 1 if Azure would refuse the template.
#[derive(Args)]
pub struct Arguments {
    /// A template or a plan.
    file: PathBuf,
    /// Use this configuration, and look for no other.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    deployment: Deployment,
}

/// Runs `expand` and gives the exit code.
pub fn run(arguments: &Arguments, printer: &mut Printer) -> Result<u8> {
    let settings = Settings::new(arguments.config.as_deref())?;
    if let Some(file) = &arguments.deployment.parameters {
        check::parameter_file(file)?;
    }
    let path = paths::normal(&std::path::absolute(&arguments.file)?);
    let folder = path.parent().unwrap_or(&path);
    let config = settings.of_folder(folder)?;
    let roots = [std::env::current_dir()?, folder.to_owned()];
    let disk = Disk::new(roots.into_iter().chain(config.as_ref().map(|config| config.folder().to_owned())));
    let name = paths::shown(&arguments.file);
    let document = disk.entry(&path, &name).map_err(|reason| anyhow!("{name}: {reason}"))?;
    let options = check::options(None, config.as_deref(), &path, &arguments.deployment, |_: &mut BTreeMap<_, _>| {});
    let files = disk.around(&document, arguments.deployment.parameters.as_deref());

    let expansion = expansion(&document, &files, &options)?;
    printer.print(&escape::json(&expansion)?);
    printer.flush();
    let errors = expansion.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    if errors > 0 {
        print::note(&format!("{name}: {errors} reasons for which it would be refused, see `errors`"));
        return Ok(FOUND);
    }
    Ok(CLEAN)
}

/// The object that product documentation describes for `expand`.
fn expansion(document: &Arc<Document>, files: &dyn Files, options: &Options) -> Result<Value> {
    let _ = (document, files, options);
    Err(anyhow!("this build cannot expand templates"))
}
