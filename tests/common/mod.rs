//! A folder of files in memory, for tests of the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use backuplint::check::{self, Analysis, Options};
use backuplint::document::Document;
use backuplint::input::{Environment, Files};
use backuplint::profile::Choice;
use backuplint::text::{FileId, Text};

/// Files by path.
pub struct Folder(BTreeMap<PathBuf, Arc<Document>>);

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Folder {
        let document = |(index, (path, text)): (usize, &(&str, &str))| {
            let document = Document::new(FileId(index as u32), *path, None, Text::new(*text));
            (PathBuf::from(path), Arc::new(document))
        };
        Folder(files.iter().enumerate().map(document).collect())
    }

    /// Analyses a file of the folder under a profile.
    pub fn analyse(&self, entry: &str, profile: &str) -> Analysis {
        self.analyse_with(entry, &options(profile))
    }

    fn of_folder(&self, folder: Option<&Path>, is_wanted: fn(&str) -> bool) -> Vec<PathBuf> {
        let extension = |path: &Path| path.extension().and_then(|extension| extension.to_str()).map(is_wanted);
        let paths = self.0.keys().filter(|path| path.parent() == folder && extension(path) == Some(true));
        paths.cloned().collect()
    }

    pub fn analyse_with(&self, entry: &str, options: &Options) -> Analysis {
        check::analyse(&self.0[Path::new(entry)], self, options, &AtomicBool::new(false))
    }
}

/// The defaults under a profile.
pub fn options(profile: &str) -> Options {
    Options {
        profile: Choice::read(profile).expect("the test names a profile"),
        severities: BTreeMap::new(),
        environment: Environment::default(),
        parameters: None,
        pairings: Vec::new(),
    }
}

impl Files for Folder {
    fn document(&self, path: &Path) -> Result<Arc<Document>, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn siblings(&self, path: &Path) -> Vec<PathBuf> {
        self.of_folder(path.parent(), |extension| !extension.starts_with("bicep"))
    }

    fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        self.of_folder(Some(folder), |extension| extension == "bicep")
    }
}
