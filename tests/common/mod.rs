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

    /// The files below a folder of the disk, by their path from there.
    pub fn read(root: &Path) -> Folder {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
                let path = entry.expect("an entry can be read").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).expect("the file can be read");
                let inside = path.strip_prefix(root).expect("lies below").to_owned();
                let file = FileId(files.len() as u32);
                if let Ok(document) = Document::from_bytes(file, &inside, bytes) {
                    files.insert(inside, Arc::new(document));
                }
            }
        }
        Folder(files)
    }

    /// The same files, one of them with another text.
    pub fn with(&self, name: &str, text: &str) -> Folder {
        let mut files = self.0.clone();
        let file = files[Path::new(name)].file;
        files.insert(PathBuf::from(name), Arc::new(Document::new(file, name, None, Text::new(text))));
        Folder(files)
    }

    pub fn documents(&self) -> Vec<Arc<Document>> {
        self.0.values().cloned().collect()
    }

    /// The document of that name, which is there.
    pub fn of(&self, name: &str) -> Arc<Document> {
        self.0[Path::new(name)].clone()
    }

    /// The files of a vector, by name.
    pub fn of_vector(vector: &serde_json::Value) -> Folder {
        let files = vector["files"].as_object().expect("files by name").iter();
        let files: Vec<(&str, &str)> =
            files.map(|(name, text)| (name.as_str(), text.as_str().expect("a text"))).collect();
        Folder::new(&files)
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
        fixes: true,
    }
}

impl Files for Folder {
    fn document(&self, path: &Path) -> Result<Arc<Document>, String> {
        let mut normal = PathBuf::new();
        for component in path.components() {
            match component {
                std::path::Component::ParentDir => drop(normal.pop()),
                std::path::Component::CurDir => {}
                component => normal.push(component),
            }
        }
        self.0.get(&normal).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn siblings(&self, path: &Path) -> Vec<PathBuf> {
        self.of_folder(path.parent(), |extension| !extension.starts_with("bicep"))
    }

    fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        self.of_folder(Some(folder), |extension| extension == "bicep")
    }
}

/// The folder of the vectors, cases and oracles, which `BACKUPLINT_SHARED` names. Without it the test is to be left
/// out, which is said; in CI it has to be there.
#[expect(clippy::print_stdout, reason = "a skipped check is said")]
pub fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("BACKUPLINT_SHARED").map(PathBuf::from).filter(|folder| folder.is_dir());
    if shared.is_none() {
        assert!(std::env::var("CI").is_err(), "BACKUPLINT_SHARED names no folder");
        println!("skipped: BACKUPLINT_SHARED names no folder");
    }
    shared
}

/// The vectors of a file in that folder; none where it is not at hand.
pub fn vectors(file: &str) -> Vec<serde_json::Value> {
    let Some(shared) = shared() else { return Vec::new() };
    let text = std::fs::read_to_string(shared.join("vectors").join(file)).expect("the vectors can be read");
    let vectors: serde_json::Value = serde_json::from_str(&text).expect("the vectors are JSON");
    vectors["vectors"].as_array().expect("a list").clone()
}
