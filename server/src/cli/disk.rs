//! Documents on the disk, each with a number, and what a template may reach from where it lies.
//!
//! Entries are named by the user or found below a folder that the user named. What an entry refers to is followed only
//! inside of these folders, links resolved, and only as long as it is small and few.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cli::paths;
use crate::document::{self, Document};
use crate::input::Files;
use crate::text::FileId;

/// The largest file that is followed from another one, as ARM's limit for a template.
const MAX_FOLLOWED_BYTES: u64 = 4 << 20;

/// The most files of other folders that one entry may refer to.
const MAX_FOLLOWED: usize = 64;

/// Documents are forgotten when more text than this is held; who still needs one keeps it.
const MAX_HELD_BYTES: usize = 256 << 20;

/// All documents of a run.
pub struct Disk {
    /// Folders below which files may be followed, as they are called and as they are, links resolved.
    roots: Vec<PathBuf>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Numbers by path, links resolved.
    numbers: HashMap<PathBuf, FileId>,
    /// By number: the path, links resolved, and the name to show.
    files: Vec<(PathBuf, String)>,
    held: HashMap<FileId, Arc<Document>>,
    held_bytes: usize,
    /// Texts that are not written yet, and the standard input.
    instead: HashMap<FileId, Arc<Document>>,
}

impl Disk {
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Disk {
        let mut roots = Vec::new();
        for folder in folders {
            roots.extend(fs::canonicalize(&folder));
            roots.push(paths::normal(&folder));
        }
        roots.sort();
        roots.dedup();
        Disk { roots, state: Mutex::default() }
    }

    /// The document that the user asks for, with the name to show it under. The error is one sentence.
    pub fn entry(&self, path: &Path, name: &str) -> Result<Arc<Document>, String> {
        let real = fs::canonicalize(path).map_err(|error| words(&error))?;
        let file = self.number(&real, name);
        if let Some(document) = self.state().instead.get(&file) {
            return Ok(document.clone());
        }
        self.read(file, path, document::MAX_BYTES as u64)
    }

    /// A document that is on no disk, such as the standard input. What it refers to is looked for from `path` on.
    pub fn pretend(&self, path: &Path, name: &str, bytes: Vec<u8>) -> Result<Arc<Document>, String> {
        let file = self.number(path, name);
        let document = Document::from_bytes(file, path, bytes).map_err(|error| error.to_string())?;
        let document = Arc::new(document);
        self.instead(document.clone());
        Ok(document)
    }

    /// What stands in the place of the file at this path.
    pub fn held_instead(&self, path: &Path) -> Option<Arc<Document>> {
        let state = self.state();
        state.numbers.get(path).and_then(|file| state.instead.get(file)).cloned()
    }

    /// From now on this is what the file says.
    pub fn instead(&self, document: Arc<Document>) {
        self.state().instead.insert(document.file, document);
    }

    /// The name under which a file is shown.
    pub fn name(&self, file: FileId) -> String {
        self.state().files.get(file.0 as usize).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    /// Where a file really lies.
    pub fn path(&self, file: FileId) -> PathBuf {
        self.state().files.get(file.0 as usize).map(|(path, _)| path.clone()).unwrap_or_default()
    }

    /// What the entry may see.
    pub fn around<'a>(&'a self, entry: &Document, allowed: Option<&'a Path>) -> Around<'a> {
        let folder = entry.path.parent().map(paths::normal).unwrap_or_default();
        Around { disk: self, entry: entry.file, folder, allowed, followed: Mutex::default() }
    }

    /// Whether a path, links resolved, lies below a folder of the run.
    pub fn is_inside(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    fn number(&self, real: &Path, name: &str) -> FileId {
        let mut state = self.state();
        if let Some(file) = state.numbers.get(real) {
            return *file;
        }
        let file = FileId(state.files.len() as u32);
        state.numbers.insert(real.to_owned(), file);
        state.files.push((real.to_owned(), name.to_owned()));
        file
    }

    /// Reads a regular file. `path` is what the document is called by those who look for its neighbours.
    fn read(&self, file: FileId, path: &Path, limit: u64) -> Result<Arc<Document>, String> {
        let too_large =
            |bytes: u64| format!("the file has {} MiB; more than {} MiB are not read here", bytes >> 20, limit >> 20);
        let metadata = fs::metadata(path).map_err(|error| words(&error))?;
        if metadata.is_dir() {
            return Err("this is a folder".to_owned());
        }
        if !metadata.is_file() {
            return Err("this is not a regular file; `-` reads the standard input".to_owned());
        }
        if metadata.len() > limit {
            return Err(too_large(metadata.len()));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
        let mut opened = File::open(path).map_err(|error| words(&error))?.take(limit + 1);
        opened.read_to_end(&mut bytes).map_err(|error| words(&error))?;
        if bytes.len() as u64 > limit {
            return Err(too_large(bytes.len() as u64));
        }
        let document = Document::from_bytes(file, path, bytes).map_err(|error| error.to_string())?;
        Ok(Arc::new(document))
    }

    /// The document of a file that another one refers to.
    fn followed(&self, path: &Path, real: &Path) -> Result<Arc<Document>, String> {
        let file = self.number(real, &paths::shown(path));
        let state = self.state();
        if let Some(document) = state.instead.get(&file).or_else(|| state.held.get(&file)) {
            return Ok(document.clone());
        }
        drop(state);
        let document = self.read(file, path, MAX_FOLLOWED_BYTES)?;
        let mut state = self.state();
        if state.held_bytes > MAX_HELD_BYTES {
            state.held.clear();
            state.held_bytes = 0;
        }
        state.held_bytes += document.text.as_str().len();
        Ok(state.held.entry(file).or_insert(document).clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files that one entry may see.
pub struct Around<'a> {
    disk: &'a Disk,
    entry: FileId,
    folder: PathBuf,
    /// A file that may be read wherever it lies: the user named it.
    allowed: Option<&'a Path>,
    followed: Mutex<HashSet<FileId>>,
}

impl Files for Around<'_> {
    fn document(&self, path: &Path) -> Result<Arc<Document>, String> {
        let normal = paths::normal(path);
        let is_allowed = self.allowed.is_some_and(|allowed| paths::normal(allowed) == normal);
        let outside = || "outside of the folders that are analysed: not followed".to_owned();
        // Before the disk is touched, and again when links are resolved.
        if !is_allowed && !self.disk.is_inside(&normal) {
            return Err(outside());
        }
        if let Some(document) = self.disk.held_instead(&normal) {
            return Ok(document);
        }
        let real = fs::canonicalize(&normal).map_err(|error| words(&error))?;
        if !is_allowed && !self.disk.is_inside(&real) {
            return Err(outside());
        }
        let document = self.disk.followed(&normal, &real)?;
        if normal.parent() != Some(&self.folder) && document.file != self.entry {
            let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            followed.insert(document.file);
            if followed.len() > MAX_FOLLOWED {
                return Err(format!("more than {MAX_FOLLOWED} files are referred to: not followed"));
            }
        }
        Ok(document)
    }

    fn siblings(&self, path: &Path) -> Vec<PathBuf> {
        let normal = paths::normal(path);
        let folder = normal.parent().unwrap_or(Path::new("/"));
        if !self.disk.is_inside(folder) {
            return vec![path.to_owned()];
        }
        let mut siblings = files_in(folder, is_candidate);
        if !siblings.contains(&normal) {
            siblings.push(normal);
        }
        siblings.sort();
        siblings
    }

    fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        let folder = paths::normal(folder);
        match self.disk.is_inside(&folder) {
            true => files_in(&folder, is_bicep),
            false => Vec::new(),
        }
    }
}

/// The files of a folder that are of a kind, sorted.
fn files_in(folder: &Path, is_wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let is_file = |path: &PathBuf| fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut files: Vec<PathBuf> = entries.filter(|path| is_wanted(path) && is_file(path)).collect();
    files.sort();
    files
}

fn is_bicep(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bicep"))
}

/// Whether a file is worth a look by its name.
pub fn is_candidate(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["json", "jsonc"].iter().any(|ours| extension.eq_ignore_ascii_case(ours))
}

/// What the system says, without the number that Rust adds.
pub fn words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        ErrorKind::IsADirectory => "this is a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn nothing_outside_is_followed() {
        let outside = folder();
        fs::write(outside.path().join("secret.json"), "{}").unwrap();
        let root = folder();
        let main = root.path().join("main.json");
        fs::write(&main, "{}").unwrap();
        let disk = Disk::new([root.path().to_owned()]);
        let entry = disk.entry(&main, "main.json").unwrap();
        let around = disk.around(&entry, None);

        assert!(around.document(&outside.path().join("secret.json")).unwrap_err().starts_with("outside"));
        let dots = root.path().join("../".repeat(30)).join("etc/hostname");
        assert!(around.document(&dots).unwrap_err().starts_with("outside"));
        assert_eq!(around.document(&root.path().join("none.json")).unwrap_err(), "there is no such file");
        assert_eq!(around.document(root.path()).unwrap_err(), "this is a folder");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path().join("secret.json"), root.path().join("link.json")).unwrap();
            assert!(around.document(&root.path().join("link.json")).unwrap_err().starts_with("outside"));
            std::os::unix::fs::symlink("/dev/zero", root.path().join("zero.json")).unwrap();
            assert!(around.document(&root.path().join("zero.json")).unwrap_err().starts_with("outside"));
        }

        let allowed = outside.path().join("secret.json");
        assert!(disk.around(&entry, Some(&allowed)).document(&allowed).is_ok());
    }

    #[test]
    fn few_and_small_files_are_followed() {
        let root = folder();
        let main = root.path().join("main.json");
        fs::write(&main, "{}").unwrap();
        fs::create_dir(root.path().join("sub")).unwrap();
        let file = |index: usize| root.path().join(format!("sub/{index}.json"));
        for index in 0..=MAX_FOLLOWED {
            fs::write(file(index), "{}").unwrap();
        }
        fs::write(root.path().join("big.json"), vec![b' '; MAX_FOLLOWED_BYTES as usize + 1]).unwrap();
        let disk = Disk::new([root.path().to_owned()]);
        let entry = disk.entry(&main, "main.json").unwrap();
        let around = disk.around(&entry, None);
        assert_eq!(
            around.document(&root.path().join("big.json")).unwrap_err(),
            "the file has 4 MiB; more than 4 MiB are not read here"
        );
        for index in 0..MAX_FOLLOWED {
            assert!(around.document(&file(index)).is_ok());
        }
        assert!(around.document(&file(0)).is_ok(), "known ones stay readable");
        assert!(around.document(&file(MAX_FOLLOWED)).unwrap_err().starts_with("more than 64"));
    }

    #[test]
    fn one_file_has_one_number() {
        let root = folder();
        let main = root.path().join("main.json");
        fs::write(&main, "{}").unwrap();
        fs::write(root.path().join("other.txt"), "").unwrap();
        let disk = Disk::new([root.path().to_owned()]);
        let entry = disk.entry(&main, "main.json").unwrap();
        let again = disk.around(&entry, None).document(&root.path().join("x/../main.json")).unwrap();
        assert_eq!(entry.file, again.file);
        assert_eq!(disk.name(again.file), "main.json");
        assert_eq!(disk.around(&entry, None).siblings(&main), std::slice::from_ref(&main));
    }

    #[test]
    fn a_pretended_file_hides_the_one_on_the_disk() {
        let root = folder();
        let main = fs::canonicalize(root.path()).unwrap().join("main.json");
        fs::write(&main, "{}").unwrap();
        let disk = Disk::new([root.path().to_owned()]);
        let entry = disk.pretend(&main, "main.json", b"[1]".to_vec()).unwrap();
        let seen = disk.around(&entry, None).document(&main).unwrap();
        assert_eq!(seen.text.as_str(), "[1]");
    }
}
