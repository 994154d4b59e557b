//! What scripts do, step by step: files written, copied and removed, commands run, with their words filled in.
//!
//! A walk, not an interpreter: values that only the guest knows stay unknown, both sides of a condition are kept apart,
//! and what is not understood does nothing. It does not know what anyone looks for in the steps.

pub mod batch;
pub mod powershell;
pub mod shell;

use crate::guest::decode::Budget;
use crate::guest::{GuestText, Lines, TextKind};

/// Stands for a part of a word that only the guest knows. Not a character that scripts hold (private use).
pub const UNKNOWN: char = '\u{e000}';

/// Stands for the name of the primary interface, where a script asks the guest for it.
pub const PRIMARY: char = '\u{e001}';

/// Steps taken through the scripts of one VM. What comes after is not seen.
pub const MAX_STEPS: usize = 50_000;

/// Bytes of script that are read, and of words that are filled in, for one VM.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Scripts inside scripts (`bash -c "bash -c …"`), and blocks inside blocks.
pub const MAX_DEPTH: usize = 32;

/// One thing that happens, or a choice between several.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    Do {
        action: Action,
        line: u32,
    },
    /// Exactly one of these happens, and nobody here knows which.
    Either(Vec<Vec<Step>>),
}

/// Something done in the guest.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// A program with its arguments; quotes are gone.
    Run(Vec<String>),
    /// A PowerShell command with its parameters, names in lower case. What comes through the pipe is `|`.
    Cmdlet {
        name: String,
        parameters: Vec<(String, String)>,
    },
    Write {
        path: String,
        text: String,
        append: bool,
        lines: Lines,
    },
    Remove(String),
    Copy {
        from: String,
        to: String,
        keep: bool,
    },
    /// A script that lies in the guest is run.
    Script(String),
}

/// What a walk may still cost, shared by all scripts of one VM.
pub struct Walk {
    steps: usize,
    bytes: usize,
    budget: Budget,
    /// Something was left out because a bound was reached.
    pub exhausted: bool,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk { steps: MAX_STEPS, bytes: MAX_BYTES, budget: Budget::default(), exhausted: false }
    }
}

impl Walk {
    /// Counts one step; false when there have been too many.
    fn step(&mut self) -> bool {
        match self.steps.checked_sub(1) {
            Some(left) => self.steps = left,
            None => self.exhausted = true,
        }
        !self.exhausted
    }

    /// Counts text that is read or made; false when it is too much.
    fn charge(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(left) => self.bytes = left,
            None => self.exhausted = true,
        }
        !self.exhausted
    }
}

/// What a text does. A file is one step, and what it does when it is run is asked with [`steps_of_file`].
pub fn steps(text: &GuestText, walk: &mut Walk) -> Vec<Step> {
    match text.kind {
        TextKind::Shell => shell::steps(&text.text, &text.lines, walk),
        TextKind::PowerShell => powershell::steps(&text.text, &text.lines, walk),
        TextKind::Batch => batch::steps(&text.text, &text.lines, walk),
        TextKind::File => match &text.path {
            Some(path) => vec![Step::Do {
                action: Action::Write {
                    path: path.clone(),
                    text: text.text.clone(),
                    append: text.append,
                    lines: text.lines.clone(),
                },
                line: text.outer_line(1),
            }],
            None => Vec::new(),
        },
        TextKind::CloudConfig | TextKind::Other => Vec::new(),
    }
}

/// What a file does when it is run as a script.
pub fn steps_of_file(path: &str, text: &str, lines: &Lines, walk: &mut Walk) -> Vec<Step> {
    let kind = match crate::guest::cloud::script_kind(text) {
        Some(kind) => kind,
        None if path.ends_with(".ps1") => TextKind::PowerShell,
        None if path.ends_with(".bat") || path.ends_with(".cmd") => TextKind::Batch,
        None => TextKind::Shell,
    };
    match kind {
        TextKind::Shell => shell::steps(text, lines, walk),
        TextKind::PowerShell => powershell::steps(text, lines, walk),
        TextKind::Batch => batch::steps(text, lines, walk),
        TextKind::File | TextKind::CloudConfig | TextKind::Other => Vec::new(),
    }
}

/// The text with its comments blanked out; every line keeps its place.
pub fn without_comments(kind: TextKind, text: &str) -> String {
    match kind {
        TextKind::Shell => shell::without_comments(text),
        TextKind::PowerShell => powershell::without_comments(text),
        TextKind::Batch => batch::without_comments(text),
        TextKind::CloudConfig | TextKind::File | TextKind::Other => text.to_string(),
    }
}

/// A word that a shell reads back as this.
pub fn quote(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path without doubled slashes and `.` parts.
pub fn normal_path(path: &str) -> String {
    let path = path.trim();
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

/// A blanked copy of a text: the characters of these ranges become spaces, line breaks stay.
fn blank(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut ranges = ranges.iter().peekable();
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        while ranges.peek().is_some_and(|range| range.1 <= index) {
            ranges.next();
        }
        let hidden = ranges.peek().is_some_and(|range| range.0 <= index);
        out.push(if hidden && c != '\n' { ' ' } else { c });
    }
    out
}
