//! How the server's process ends, and the little that it says on stderr.
//!
//! Must never know what a message or a document holds: what is said here is a fixed text or a place in our own source,
//! at every log level, because stderr ends up in editors' logs and from there in public issues.
//!
//! SIGTERM is left as it is: it ends the process at once, whatever runs, and there is nothing to tidy up.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// How often a client that told its process id is looked for.
const WATCH_INTERVAL: Duration = Duration::from_secs(3);
/// A client that never reads our stderr must not stop us when its pipe is full; no more lines are written than fit.
const MAX_LINES: u32 = 200;

/// Why the conversation is over.
#[derive(Debug, PartialEq)]
pub enum Ending {
    /// The client closed our stdin.
    InputClosed,
    /// The client said `exit`.
    Exit,
    /// What came on stdin cannot be taken apart into messages; why, without a word of it.
    Unframeable(&'static str),
    /// The client closed our stdout.
    OutputClosed,
    /// The client's process is gone, though somebody keeps the pipes open.
    Orphaned,
    /// All that was to be written has been.
    Flushed,
}

/// Writes one line to stderr; the only way for the server to do so.
pub fn say(line: &str) {
    if SAID.fetch_add(1, Ordering::Relaxed) < MAX_LINES {
        let _ = io::stderr().write_all(format!("backuplint: {line}\n").as_bytes());
    }
}

static SAID: AtomicU32 = AtomicU32::new(0);

/// Makes a panic show where it happened and nothing else: its message may quote the user's file.
pub fn hush_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()));
        say(&format!("internal error at {place}, please report it"));
    }));
}

/// Reports when the client's process is gone. A process that is not there to begin with lives on another machine or in
/// another container, and says nothing.
pub fn watch_client(process: i32, endings: Sender<Ending>) {
    if !is_running(process) {
        return;
    }
    thread::spawn(move || {
        while is_running(process) {
            thread::sleep(WATCH_INTERVAL);
        }
        let _ = endings.send(Ending::Orphaned);
    });
}

#[cfg(unix)]
fn is_running(process: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    // Only "no such process" means gone; a process of another user is there all the same.
    let pid = Some(process).filter(|&process| process > 0).and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Without unsafe code there is no asking; there a client's end closes our stdin.
#[cfg(not(unix))]
fn is_running(_process: i32) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn running_processes_are_told_from_others() {
        assert!(is_running(1));
        assert!(is_running(std::process::id() as i32));
        assert!(!is_running(0) && !is_running(-1));
        assert!(!is_running(i32::MAX));
    }
}
