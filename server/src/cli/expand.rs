//! `expand`: what would be deployed, as JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use serde_json::Value;

use crate::cli::disk::Disk;
use crate::cli::print::{self, Printer};
use crate::cli::settings::Settings;
use crate::cli::{CLEAN, Deployment, FOUND, check, paths};
use crate::expand;
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

    let mut expansion = expand::expand(&document, &files, &options).map_err(|reason| anyhow!("{name}: {reason}"))?;
    shorten(&mut expansion);
    printer.print(&escape::json(&expansion)?);
    printer.flush();
    let errors = expansion.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    if errors > 0 {
        print::note(&format!("{name}: {errors} reasons for which it would be refused, see `errors`"));
        return Ok(FOUND);
    }
    Ok(CLEAN)
}

/// Names files as they are named elsewhere.
fn shorten(expansion: &mut Value) {
    let sources = expansion["resources"].as_array_mut().into_iter().flatten().filter_map(|one| one.get_mut("source"));
    for source in sources {
        shorten_file(source);
    }
    for error in expansion["errors"].as_array_mut().into_iter().flatten() {
        shorten_file(error);
    }
}

fn shorten_file(place: &mut Value) {
    if let Some(Value::String(file)) = place.get_mut("file") {
        *file = paths::shown(Path::new(file));
    }
}
