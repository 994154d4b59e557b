//! Command lines for `cmd.exe`: programs joined with `&`, and the PowerShell inside them.

use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::decode;
use crate::guest::script::{Action, Step, UNKNOWN, Walk, blank, powershell};

/// Command lines in command lines (`cmd /c "cmd /c …"`).
const MAX_NESTED: usize = 8;

/// What the lines do, in order.
pub fn steps(text: &str, lines: &Lines, walk: &mut Walk) -> Vec<Step> {
    let mut out = Vec::new();
    run(text, lines, 0, walk, &mut out);
    out
}

/// The lines with their comments blanked out.
pub fn without_comments(text: &str) -> String {
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?mi)^[ \t]*@?(rem\b|::)[^\n]*"));
    let mut ranges = Vec::new();
    let (mut chars, mut bytes) = (0, 0);
    for found in COMMENT.find_iter(text) {
        chars += text[bytes..found.start()].chars().count();
        let length = found.as_str().chars().count();
        ranges.push((chars, chars + length));
        chars += length;
        bytes = found.end();
    }
    blank(text, &ranges)
}

fn run(text: &str, lines: &Lines, depth: usize, walk: &mut Walk, out: &mut Vec<Step>) {
    if depth >= MAX_NESTED || !walk.charge(text.len()) {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        let number = lines.outer(u32::try_from(index + 1).unwrap_or(u32::MAX));
        for (part, joined) in split(line) {
            if !walk.step() {
                return;
            }
            let mut steps = Vec::new();
            command(part.trim(), number, depth, walk, &mut steps);
            if joined == "||" {
                out.push(Step::Either(vec![steps, Vec::new()]));
            } else {
                out.extend(steps);
            }
        }
    }
}

/// Commands of one line, each with the operator before it. Quotes protect operators, `^` one character.
fn split(line: &str) -> Vec<(String, &'static str)> {
    let mut parts = Vec::new();
    let (mut part, mut operator, mut quoted) = (String::new(), "", false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'"') => {
                // `\"` is a quote for the program, and no end of a quoted part.
                part.push('\\');
                part.extend(chars.next());
            }
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            '^' if !quoted => part.extend(chars.next()),
            '&' | '|' if !quoted => {
                let double = chars.next_if_eq(&c).is_some();
                parts.push((std::mem::take(&mut part), operator));
                operator = match (c, double) {
                    ('|', true) => "||",
                    ('|', false) => "|",
                    _ => "&",
                };
            }
            _ => part.push(c),
        }
    }
    parts.push((part, operator));
    parts
}

fn command(text: &str, line: u32, depth: usize, walk: &mut Walk, out: &mut Vec<Step>) {
    let text = text.trim_start_matches('@').trim_start_matches("call ");
    let words = words(text);
    let Some(first) = words.first() else { return };
    let name = program(first);
    match name.as_str() {
        "powershell" | "pwsh" => shell(&words[1..], line, walk, out),
        "cmd" => {
            let at = words.iter().position(|word| matches!(word.to_ascii_lowercase().as_str(), "/c" | "/k"));
            if let Some(at) = at {
                run(&words[at + 1..].join(" "), &Lines::At(line), depth + 1, walk, out);
            }
        }
        "if" | "for" => {
            // What a condition guards may not happen; what it is, is after the condition.
            let mut steps = Vec::new();
            let skip = words.iter().position(|word| matches!(program(word).as_str(), "netsh" | "powershell" | "wmic"));
            if let Some(skip) = skip {
                command(&words[skip..].join(" "), line, depth + 1, walk, &mut steps);
            }
            out.push(Step::Either(vec![steps, Vec::new()]));
        }
        _ => {
            let mut words = words;
            words[0] = if words[0].contains('%') { UNKNOWN.to_string() } else { name };
            out.push(Step::Do { action: Action::Run(words), line });
        }
    }
}

/// What is run through `powershell.exe` with these arguments.
pub fn shell(arguments: &[String], line: u32, walk: &mut Walk, out: &mut Vec<Step>) {
    let mut at = 0;
    while let Some(word) = arguments.get(at) {
        let Some(option) = word.strip_prefix(['-', '/']) else { break };
        let option = option.to_ascii_lowercase();
        let is = |full: &str, least: usize| option.len() >= least && full.starts_with(option.as_str());
        at += 1;
        if is("encodedcommand", 1) && !is("executionpolicy", 2) || option == "ec" {
            let bytes = arguments.get(at).and_then(|text| walk.budget.base64(text));
            if let Some(text) = bytes.and_then(decode::text) {
                out.extend(powershell::steps(&text, &Lines::At(line), walk));
            }
            return;
        }
        if is("command", 1) {
            let text = arguments[at..].join(" ");
            out.extend(powershell::steps(&text, &Lines::At(line), walk));
            return;
        }
        if is("file", 1) {
            if let Some(path) = arguments.get(at) {
                out.push(Step::Do { action: Action::Script(path.trim_start_matches(".\\").to_string()), line });
            }
            return;
        }
        let flag = is("noprofile", 3)
            || is("noninteractive", 4)
            || is("nologo", 3)
            || is("noexit", 3)
            || is("sta", 2)
            || is("mta", 2);
        at += usize::from(!flag);
    }
    let text = arguments[at.min(arguments.len())..].join(" ");
    out.extend(powershell::steps(&text, &Lines::At(line), walk));
}

/// Words as a Windows program gets them: double quotes group, `\"` is a quote.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut any) = (String::new(), false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'"') => {
                word.extend(chars.next());
                any = true;
            }
            '"' => {
                quoted = !quoted;
                any = true;
            }
            ' ' | '\t' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => {
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words
}

/// The name of a program, without folder and ending.
fn program(word: &str) -> String {
    let name = word.rsplit(['\\', '/']).next().unwrap_or("").to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_string()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
