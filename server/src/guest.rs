//! What runs and what is written inside the guest of a VM, as far as a deployment shows it.
//!
//! Text in, facts out. [`read`] turns one property into readable pieces, [`script::steps`] says what those pieces do,
//! in order, and [`addressing`] is one question asked of that. Other questions are separate modules beside it.
//!
//! It must never know ARM or Terraform, never do I/O, and never let content out: a fact carries an interface name, a
//! line number, a path inside the guest and words of ours, nothing else.

pub mod addressing;
pub mod cloud;
pub mod decode;
pub mod script;
pub mod yaml;

use std::fmt;

use crate::guest::decode::{Budget, Decoded};

/// Texts kept from one property. What comes after is left out and makes the answer incomplete.
pub const MAX_TEXTS: usize = 512;

/// Longest property that is looked at, in bytes. Azure takes 256 KiB of script at most and 64 KiB of custom data, so
/// that nothing which can be deployed, Base64 included, is longer.
pub const MAX_VALUE: usize = 512 * 1024;

/// How a text reached the guest, which decides how it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// `osProfile.customData`: Base64.
    CustomData,
    /// `userData`: Base64.
    UserData,
    /// `commandToExecute` of a CustomScript extension: one command line.
    Command,
    /// `script` of the Linux CustomScript extension: Base64, perhaps of gzip.
    Script,
    /// `source.script` of a run command: a script as it is.
    RunCommand,
}

/// What a piece of text is, and so how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A whole cloud-config, as YAML. Its commands and files are texts of their own beside it.
    CloudConfig,
    /// Commands for a POSIX shell, without comments.
    Shell,
    /// PowerShell, without comments.
    PowerShell,
    /// Commands for `cmd.exe`, without comments.
    Batch,
    /// The content of a file that is written in the guest.
    File,
    /// Readable, but of no kind that is understood.
    Other,
}

/// One readable piece of what runs or is written in the guest.
#[derive(Clone, PartialEq, Eq)]
pub struct GuestText {
    pub kind: TextKind,
    /// The file in the guest that the text is written to.
    pub path: Option<String>,
    pub text: String,
    /// The text is added to the end of the file, which keeps what it had.
    pub append: bool,
    /// The text stands encoded inside another one of the list, which is read with it.
    pub nested: bool,
    lines: Lines,
}

/// Everything readable found in one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestTexts {
    pub texts: Vec<GuestText>,
    /// False when some part could not be read: too large, of an unknown encoding, fetched from elsewhere.
    pub complete: bool,
}

/// How the guest gets the IPv4 address of its primary interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressing {
    /// The guest sets a static address on its primary interface.
    Static {
        interface: Option<String>,
        /// 1-based line of that file in the guest, or else of the property's own text, with its Base64 and gzip taken
        /// off. A script that is encoded once more inside another text counts as the line on which it begins there.
        line: u32,
        /// Words of ours, such as "netplan turns DHCP off".
        how: &'static str,
        /// The file in the guest that says so, where it is one that the property writes.
        path: Option<String>,
    },
    /// The guest sets DHCP explicitly on its primary interface.
    Dhcp,
    Unstated,
}

/// Decodes one property and splits it into its pieces, in the order in which the guest takes them. Never fails.
pub fn read(channel: Channel, value: &str) -> GuestTexts {
    let mut out = GuestTexts { texts: Vec::new(), complete: true };
    if value.len() > MAX_VALUE {
        out.complete = false;
        return out;
    }
    let mut budget = Budget::default();
    match channel {
        Channel::CustomData | Channel::UserData | Channel::Script => match decode::property(value, &mut budget) {
            Decoded::Text(text) if channel == Channel::Script => cloud::script(&text, &mut budget, &mut out),
            Decoded::Text(text) => cloud::split(&text, Lines::From(1), &mut budget, &mut out),
            Decoded::Unreadable => out.complete = false,
        },
        Channel::Command => cloud::command(value, &mut budget, &mut out),
        Channel::RunCommand => cloud::script(value, &mut budget, &mut out),
    }
    out
}

/// How the guest gets its address, over all texts of one VM or of one property, in the order in which they run.
pub fn addressing(texts: &[GuestText]) -> Addressing {
    addressing::addressing(texts)
}

/// Which line of the property a line of a text stands on.
#[derive(Clone, PartialEq, Eq)]
pub enum Lines {
    /// The text stands there as it is; its first line is this one.
    From(u32),
    /// The text is encoded there; all of it counts as this line.
    At(u32),
    /// The text was put together from several places.
    Each(Vec<u32>),
}

impl Lines {
    /// The line of the property, for a 1-based line of the text.
    fn outer(&self, line: u32) -> u32 {
        match self {
            Lines::From(first) => first.saturating_add(line.saturating_sub(1)),
            Lines::At(at) => *at,
            Lines::Each(each) => {
                let index = (line.max(1) as usize - 1).min(each.len().saturating_sub(1));
                each.get(index).copied().unwrap_or(1)
            }
        }
    }
}

impl Lines {
    /// The lines of a part that begins on this 1-based line of the text and stands there as it is.
    fn part(&self, first: u32) -> Lines {
        match self {
            Lines::From(start) => Lines::From(start.saturating_add(first.saturating_sub(1))),
            Lines::At(at) => Lines::At(*at),
            Lines::Each(each) => {
                let skip = (first.max(1) as usize - 1).min(each.len().saturating_sub(1));
                Lines::Each(each[skip..].to_vec())
            }
        }
    }
}

impl GuestText {
    /// The line of the property on which a 1-based line of this text stands.
    pub fn outer_line(&self, line: u32) -> u32 {
        self.lines.outer(line)
    }
}

/// Lengths only: guest text is where people put their passwords.
impl fmt::Debug for GuestText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestText")
            .field("kind", &self.kind)
            .field("has_path", &self.path.is_some())
            .field("bytes", &self.text.len())
            .field("append", &self.append)
            .finish()
    }
}

impl GuestTexts {
    /// Adds a text, or notes that there were too many.
    fn push(&mut self, kind: TextKind, path: Option<String>, text: String, lines: Lines) {
        if self.texts.len() >= MAX_TEXTS {
            self.complete = false;
            return;
        }
        self.texts.push(GuestText { kind, path, text, append: false, nested: false, lines });
    }
}

#[cfg(test)]
mod tests;
