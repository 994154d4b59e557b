//! The two streams of the process.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stderr, Stdout, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use annotate_snippets::Renderer;
use anstream::{AutoStream, ColorChoice};

use crate::report::escape;

/// The standard output. A reader who has seen enough closes it, and that is no fault.
pub struct Printer {
    stream: BufWriter<AutoStream<Stdout>>,
    has_colour: bool,
    fault: Option<io::Error>,
}

impl Printer {
    pub fn new() -> Printer {
        let choice = AutoStream::choice(&io::stdout());
        Printer {
            has_colour: choice != ColorChoice::Never,
            stream: BufWriter::new(AutoStream::new(io::stdout(), choice)),
            fault: None,
        }
    }

    /// Writes text as it is: what comes from a file has been made harmless before.
    pub fn print(&mut self, text: &str) {
        if self.fault.is_none() {
            self.fault = self.stream.write_all(text.as_bytes()).err();
        }
    }

    /// Whether somebody looks at a terminal that knows colours and wants them.
    pub fn has_colour(&self) -> bool {
        self.has_colour
    }

    pub fn renderer(&self) -> Renderer {
        if self.has_colour { Renderer::styled() } else { Renderer::plain() }
    }

    /// Writes out what is held back, so that what is said on standard error comes after it.
    pub fn flush(&mut self) {
        if self.fault.is_none() {
            self.fault = self.stream.flush().err();
        }
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.flush();
        match self.fault.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// Says on standard error what went wrong.
pub fn complain(text: &str) {
    say("error: ", text);
}

/// Says something on standard error that is no fault.
pub fn note(text: &str) {
    say("", text);
}

/// If nobody listens there is nobody to tell.
fn say(label: &str, text: &str) {
    let _ = writeln!(io::stderr(), "backuplint: {label}{}", escape::line(text));
}

/// Tells somebody at a terminal how far a long run is.
pub struct Progress {
    total: usize,
    done: AtomicUsize,
    terminal: Option<Stderr>,
    started: Instant,
    last: Mutex<Option<Instant>>,
}

impl Progress {
    pub fn new(total: usize) -> Progress {
        let terminal = Some(io::stderr()).filter(Stderr::is_terminal);
        Progress { total, done: AtomicUsize::new(0), terminal, started: Instant::now(), last: Mutex::new(None) }
    }

    /// One more is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(terminal) = &self.terminal else { return };
        let now = Instant::now();
        if now.duration_since(self.started) < PATIENCE {
            return;
        }
        let Ok(mut last) = self.last.try_lock() else { return };
        if last.is_none_or(|last| now.duration_since(last) >= INTERVAL) {
            *last = Some(now);
            let _ = write!(terminal.lock(), "\r{done} of {} files\u{1b}[K", self.total);
        }
    }

    /// Leaves the line empty.
    pub fn end(self) {
        let said = self.last.into_inner().is_ok_and(|last| last.is_some());
        if let Some(terminal) = self.terminal.filter(|_| said) {
            let _ = write!(terminal.lock(), "\r\u{1b}[K");
        }
    }
}

/// Shorter runs need no progress.
const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);
