//! Writes a file so that it is always the old one or the new one, whatever happens in between.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::cli::disk::words;

/// The names of files that are not whole yet.
const PREFIX: &str = ".backuplint-";
const SUFFIX: &str = ".tmp";

/// Puts `text` in the place of what the file says now, which must be `expected`. The path is that of the file itself,
/// not of a link to it. The error is one sentence.
pub fn replace(path: &Path, expected: &str, text: &str) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| words(&error))?;
    if !metadata.is_file() {
        return Err("this is not a regular file".to_owned());
    }
    if metadata.permissions().readonly() {
        return Err("the file is read-only".to_owned());
    }
    let folder = path.parent().ok_or("the file has no folder")?;
    sweep(folder);
    let new = prepare(folder, &metadata, text).map_err(|error| format!("cannot be written: {}", words(&error)))?;
    // Nothing can close the gap between this look and the renaming; it is as short as it can be.
    match fs::read(path) {
        Ok(now) if now == expected.as_bytes() => {}
        Ok(_) => return Err("somebody else has changed the file meanwhile".to_owned()),
        Err(error) => return Err(words(&error)),
    }
    new.persist(path).map_err(|error| format!("cannot be replaced: {}", words(&error.error)))?;
    #[cfg(unix)]
    {
        // The new file is there; that its name outlasts a power failure is all that can still go wrong.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// The new file beside the old one, with the same rights, safely on the disk.
fn prepare(folder: &Path, like: &fs::Metadata, text: &str) -> std::io::Result<NamedTempFile> {
    let mut new = Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
    // As long as the lock is held, `sweep` knows that somebody is still at work here.
    let _ = new.as_file().lock();
    new.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Only root may give files away; else the file belongs to who fixes it.
        let _ = fchown(new.as_file(), Some(like.uid()), Some(like.gid()));
    }
    new.as_file().set_permissions(like.permissions())?;
    new.as_file().sync_all()?;
    Ok(new)
}

/// Removes what a run left behind that was killed while it wrote.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if is_ours && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn the_file_is_replaced_and_keeps_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "old").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
        fs::write(folder.path().join(".backuplint-dead.tmp"), "half").unwrap();
        let busy = folder.path().join(".backuplint-busy.tmp");
        let lock = File::create(&busy).unwrap();
        lock.lock().unwrap();

        replace(&path, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o640);
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".backuplint-busy.tmp", "a.json"]);
    }

    #[test]
    fn what_somebody_else_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "theirs").unwrap();
        assert!(replace(&path, "old", "new").unwrap_err().starts_with("somebody else"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_protected_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert_eq!(replace(&path, "old", "new").unwrap_err(), "the file is read-only");
        assert!(replace(folder.path(), "", "").is_err());
    }
}
