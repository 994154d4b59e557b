//! Finds the configuration of each file.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};

use crate::cli::paths;
use crate::config::{self, Config};

/// The configurations of a run: one for all files, or the nearest one above each.
pub struct Settings {
    forced: Option<Arc<Config>>,
    found: Mutex<HashMap<PathBuf, Option<Arc<Config>>>>,
}

impl Settings {
    /// With a file, this configuration and no other.
    pub fn new(file: Option<&Path>) -> Result<Settings> {
        let forced = match file {
            Some(file) => {
                let path = std::path::absolute(file)?;
                let config = read(&path)?.ok_or_else(|| anyhow!("{}: there is no such file", paths::shown(file)))?;
                Some(Arc::new(config))
            }
            None => None,
        };
        Ok(Settings { forced, found: Mutex::default() })
    }

    /// What holds in a folder, given by its absolute path.
    pub fn of_folder(&self, folder: &Path) -> Result<Option<Arc<Config>>> {
        if let Some(config) = &self.forced {
            return Ok(Some(config.clone()));
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut passed = Vec::new();
        let mut config = None;
        for folder in folder.ancestors() {
            if let Some(known) = found.get(folder) {
                config = known.clone();
                break;
            }
            passed.push(folder.to_owned());
            config = read(&folder.join(config::FILE_NAME))?.map(Arc::new);
            if config.is_some() {
                break;
            }
        }
        for folder in passed {
            found.insert(folder, config.clone());
        }
        Ok(config)
    }
}

/// The configuration in a file, if there is one.
fn read(path: &Path) -> Result<Option<Config>> {
    let name = || paths::shown(path);
    let cannot = || format!("{}: the configuration cannot be read", name());
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_BYTES => {}
        Ok(_) => {
            return Err(anyhow!("{}: a configuration is a regular file of at most {} KiB", name(), MAX_BYTES >> 10));
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(error).with_context(cannot),
    }
    let text = fs::read_to_string(path).with_context(cannot)?;
    let folder = path.parent().unwrap_or(path);
    Config::read(&text, folder).map(Some).map_err(|fault| anyhow!("{}:{fault}", name()))
}

/// Nobody writes a longer one.
const MAX_BYTES: u64 = 1 << 20;
