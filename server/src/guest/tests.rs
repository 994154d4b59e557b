//! Snippets in, facts out. Each is written for its point, in the way people write such scripts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::guest::{Addressing, Channel, GuestText, addressing, read};

/// Takes the indentation of the first line off all lines.
fn text(snippet: &str) -> String {
    let snippet = snippet.strip_prefix('\n').unwrap_or(snippet);
    let indent = snippet.len() - snippet.trim_start_matches(' ').len();
    let lines = snippet.lines().map(|line| line.get(indent..).unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn texts(channel: Channel, snippet: &str) -> Vec<GuestText> {
    let text = text(snippet);
    match channel {
        Channel::CustomData | Channel::UserData | Channel::Script => read(channel, &STANDARD.encode(text)).texts,
        Channel::Command | Channel::RunCommand => read(channel, text.trim_end()).texts,
    }
}

fn show(found: &Addressing) -> String {
    match found {
        Addressing::Static { interface, line, how, path } => {
            let interface = interface.as_deref().unwrap_or("-");
            format!("{interface} @{line} {how} ({})", path.as_deref().unwrap_or("-"))
        }
        Addressing::Dhcp => "dhcp".to_string(),
        Addressing::Unstated => "unstated".to_string(),
    }
}

/// Checks a table of (what it is, text, what comes out).
fn check(channel: Channel, cases: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(about, snippet, want)| {
            let found = show(&addressing(&texts(channel, snippet)));
            (found != *want).then(|| format!("{about}\n   want: {want}\n  found: {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

mod cloud_config;
mod reading;
mod scripts;
mod windows;
