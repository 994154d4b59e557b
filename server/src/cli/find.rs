//! Which files a run is about: those that the user names, and the candidates in the folders that the user names.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use ignore::WalkBuilder;

use crate::cli::disk::{is_candidate, words};
use crate::cli::paths;
use crate::cli::settings::Settings;
use crate::config::Config;

/// A file to analyse.
pub struct Entry {
    /// Absolute; links are not resolved.
    pub path: PathBuf,
    /// As it is shown.
    pub name: String,
    /// The user named the file itself.
    pub named: bool,
    pub config: Option<Arc<Config>>,
}

/// What was found.
#[derive(Default)]
pub struct Finds {
    /// In the order of their names.
    pub entries: Vec<Entry>,
    /// What could not be looked at: its name, and why.
    pub troubles: Vec<(String, String)>,
}

/// Everything below the paths that may be a file of ours, each file once. Fails where a configuration is faulty.
pub fn find(named: &[PathBuf], settings: &Arc<Settings>) -> Result<Finds> {
    let mut finds = Finds::default();
    let mut seen = HashSet::new();
    for path in named {
        let absolute = paths::normal(&std::path::absolute(path)?);
        match fs::metadata(&absolute) {
            Ok(metadata) if metadata.is_dir() => walk(path, &absolute, settings, &mut seen, &mut finds)?,
            Ok(_) => {
                if seen.insert(fs::canonicalize(&absolute).unwrap_or_else(|_| absolute.clone())) {
                    let config = settings.of_folder(absolute.parent().unwrap_or(&absolute))?;
                    finds.entries.push(Entry { name: paths::shown(path), path: absolute, named: true, config });
                }
            }
            Err(error) => finds.troubles.push((paths::shown(path), words(&error))),
        }
    }
    finds.entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(finds)
}

/// Adds the candidates below a folder. Hidden files, what Git ignores and what the configuration excludes are left out.
fn walk(
    named: &Path,
    folder: &Path,
    settings: &Arc<Settings>,
    seen: &mut HashSet<PathBuf>,
    finds: &mut Finds,
) -> Result<()> {
    let inner = settings.clone();
    let walker = WalkBuilder::new(folder)
        // A repository is not needed for a `.gitignore` to count.
        .require_git(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |found| {
            let path = found.path();
            let excludes = |above| matches!(inner.of_folder(above), Ok(Some(config)) if config.excludes(path));
            found.depth() == 0 || found.file_name() != ".terraform" && !path.parent().is_some_and(excludes)
        })
        .build();
    for found in walker {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                finds.troubles.push((paths::shown(named), error.to_string()));
                continue;
            }
        };
        let path = found.path();
        let is_file = found.file_type().is_some_and(|kind| kind.is_file());
        if !is_file || !is_candidate(path) || !seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())) {
            continue;
        }
        let config = settings.of_folder(path.parent().unwrap_or(path))?;
        let name = match path.strip_prefix(folder) {
            Ok(relative) => paths::shown(&named.join(relative)),
            Err(_) => paths::shown(path),
        };
        finds.entries.push(Entry { path: path.to_owned(), name, named: false, config });
    }
    Ok(())
}

/// Whether a file that cannot be read as a whole looks like one of ours at its start.
pub fn looks_like_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut start));
    let text: Vec<u8> = start.into_iter().filter(|byte| *byte != 0).collect();
    read.is_ok() && MARKS.iter().any(|mark| memchr::memmem::find(&text, mark.as_bytes()).is_some())
}

/// Texts that stand near the start of a template, a parameter file or a plan and of little else.
const MARKS: &[&str] =
    &["eploymentTemplate.json", "eploymentParameters.json", "\"terraform_version\"", "\"planned_values\""];
