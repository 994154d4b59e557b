//! Names of files: absolute for the program, short and harmless for people.

use std::env;
use std::path::{Component, Path, PathBuf};

/// A path as it is shown: from the working directory on where it lies below it. Bytes that are no text are replaced.
pub fn shown(path: &Path) -> String {
    let working = env::current_dir().unwrap_or_default();
    let relative = match path.strip_prefix(&working) {
        Ok(relative) if relative != Path::new("") => relative,
        _ => path,
    };
    // `.` at the start says nothing.
    let short: PathBuf = relative.components().filter(|step| *step != Component::CurDir).collect();
    short.to_string_lossy().into_owned()
}

/// The path without `.` and `..`, worked out without looking at the disk; `..` at the root stays there.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir => _ = normal.pop(),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(step),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short() {
        let working = env::current_dir().unwrap();
        assert_eq!(shown(&working.join("a/b.json")), "a/b.json");
        assert_eq!(shown(Path::new("./a/./b.json")), "a/b.json");
        assert_eq!(shown(Path::new("../b.json")), "../b.json");
        assert_eq!(shown(Path::new("/b.json")), "/b.json");
    }

    #[test]
    fn dots_are_worked_out() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../../etc")), Path::new("/etc"));
    }
}
