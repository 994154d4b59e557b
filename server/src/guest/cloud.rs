//! Splits what a VM gets at its first boot into its pieces: cloud-config, scripts, MIME parts, Ignition, files inside.
//!
//! Only takes apart; what the pieces mean is for others.

use std::sync::LazyLock;

use regex::Regex;

use crate::guest::decode::{self, Budget, Decoded};
use crate::guest::script::UNKNOWN;
use crate::guest::yaml::{self, Kind, Node, Style};
use crate::guest::{GuestText, GuestTexts, Lines, MAX_TEXTS, TextKind, script};

/// Documents inside documents: a MIME message in an archive in a MIME message is three.
const MAX_NESTING: usize = 4;

/// Parts of one MIME message or archive.
const MAX_PARTS: usize = 128;

/// Takes a whole user data text apart.
pub fn split(text: &str, lines: Lines, budget: &mut Budget, out: &mut GuestTexts) {
    document(Document { text, lines, kind: None, nesting: 0 }, budget, out);
}

/// Takes a script apart that is run as it is: no cloud-init looks at it.
pub fn script(text: &str, budget: &mut Budget, out: &mut GuestTexts) {
    let kind = match script_kind(text) {
        Some(kind) => kind,
        None => TextKind::Shell,
    };
    push_script(kind, text, Lines::From(1), budget, out);
}

/// Takes a command line apart, which on Windows goes through `cmd.exe`.
pub fn command(text: &str, budget: &mut Budget, out: &mut GuestTexts) {
    static WINDOWS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)\b(powershell|pwsh|cmd)(\.exe)?["']?(\s|$)|\b(netsh|wmic|reg|msiexec|robocopy|xcopy)(\.exe)?\s|\b[a-z]:\\|%[a-z_]+%|\.(bat|cmd|ps1)\b"#,
        )
    });
    let kind = if WINDOWS.is_match(text) { TextKind::Batch } else { TextKind::Shell };
    push_script(kind, text, Lines::From(1), budget, out);
}

/// The kind of a script by its first line or by how it looks; `None` when it could be anything.
pub fn script_kind(text: &str) -> Option<TextKind> {
    static POWERSHELL: LazyLock<Regex> = LazyLock::new(|| {
        regex(concat!(
            r"(?m)^\s*(\$[\w:.]+\s*=[^=]|param\s*\(|\[CmdletBinding|\[System\.|\[Net\.|<#|Configuration\s+\w+\s*\{?\s*$)",
            r"|\b(Get|Set|New|Remove|Add|Install|Import|Invoke|Write|Start|Stop|Restart|Enable|Disable|Rename|Out|Select|Where",
            r"|ForEach|Test|Copy|Move|Expand|Initialize|Format|Resize|Register|Join|ConvertTo|ConvertFrom|Update|Clear)-[A-Z][A-Za-z]+\b",
            r"|(?i:\b(new|set|get|remove|add)-(net|dns|vm|ciminstance|wmi|item|content)\w*)",
        ))
    });
    static SHELL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?m)^\s*(sudo|apt-get|apt|yum|dnf|zypper|systemctl|nmcli|export|fi|done|esac|then)(\s|$)|^\s*set\s+-[a-z]",
        )
    });
    static BATCH: LazyLock<Regex> = LazyLock::new(|| regex(r"(?mi)^\s*(@echo\s+off|rem\s|setlocal\b|set\s+\w+=|::)"));
    let head = text.trim_start();
    let first = head.lines().next().unwrap_or("");
    if let Some(interpreter) = first.strip_prefix("#!") {
        let program = interpreter.split_whitespace().find(|word| !word.ends_with("/env") && !word.starts_with('-'));
        let program = program.unwrap_or("").rsplit('/').next().unwrap_or("");
        return match program {
            "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" => Some(TextKind::Shell),
            "pwsh" | "powershell" => Some(TextKind::PowerShell),
            _ => Some(TextKind::Other),
        };
    }
    if first.to_ascii_lowercase().starts_with("#ps1") {
        return Some(TextKind::PowerShell);
    }
    if first.to_ascii_lowercase().starts_with("rem cmd") {
        return Some(TextKind::Batch);
    }
    if SHELL.is_match(text) {
        return Some(TextKind::Shell);
    }
    if POWERSHELL.is_match(text) {
        return Some(TextKind::PowerShell);
    }
    if BATCH.is_match(text) {
        return Some(TextKind::Batch);
    }
    None
}

/// One document on its way through: what cloud-init calls a part.
struct Document<'a> {
    text: &'a str,
    lines: Lines,
    /// What a MIME header or an archive says it is.
    kind: Option<&'a str>,
    nesting: usize,
}

fn document(doc: Document, budget: &mut Budget, out: &mut GuestTexts) {
    if doc.nesting > MAX_NESTING {
        out.complete = false;
        return;
    }
    let Document { text, lines, .. } = doc;
    let head = text.trim_start();
    let lower: String = head.chars().take(64).collect::<String>().to_ascii_lowercase();
    let told = doc.kind.map(str::to_ascii_lowercase);
    let told = told.as_deref().unwrap_or("");
    let is = |mime: &str, mark: &str| told == mime || (!mark.is_empty() && lower.starts_with(mark));
    if head.is_empty() {
        return;
    }
    if is("text/jinja2", "## template:") {
        return jinja(text, lines, doc.nesting, budget, out);
    }
    if is("multipart/mixed", "content-type:") || lower.starts_with("mime-version:") || lower.starts_with("from ") {
        return mime(text, &lines, doc.nesting, budget, out);
    }
    if is("text/cloud-config-archive", "#cloud-config-archive") {
        return archive(text, &lines, doc.nesting, budget, out);
    }
    if is("text/cloud-config", "#cloud-config") {
        return cloud_config(text, lines, budget, out);
    }
    if is("text/x-include-url", "#include") || told == "text/x-include-once-url" {
        out.complete = false;
        return;
    }
    if is("text/part-handler", "#part-handler") || is("text/upstart-job", "#upstart-job") {
        out.complete = false;
        out.push(TextKind::Other, None, text.to_string(), lines);
        return;
    }
    if is("text/cloud-boothook", "#cloud-boothook") {
        return push_script(TextKind::Shell, text, lines, budget, out);
    }
    if head.starts_with('{') && ignition(text, &lines, budget, out) {
        return;
    }
    let kind = script_kind(text);
    if kind == Some(TextKind::Shell) && !head.starts_with("#!") && told.is_empty() {
        // cloud-init runs nothing without a first line that says so.
        return out.push(TextKind::Other, None, text.to_string(), lines);
    }
    match kind {
        Some(kind) => push_script(kind, text, lines, budget, out),
        None if told.starts_with("text/x-shellscript") => push_script(TextKind::Shell, text, lines, budget, out),
        None => out.push(TextKind::Other, None, text.to_string(), lines),
    }
}

/// A script and what is encoded inside it.
fn push_script(kind: TextKind, text: &str, lines: Lines, budget: &mut Budget, out: &mut GuestTexts) {
    match kind {
        TextKind::Shell | TextKind::PowerShell | TextKind::Batch => {
            let bare = script::without_comments(kind, text);
            let inner = encoded(&bare, &lines, budget);
            out.push(kind, None, bare, lines);
            for text in inner {
                if out.texts.len() < MAX_TEXTS {
                    out.texts.push(text);
                } else {
                    out.complete = false;
                }
            }
        }
        TextKind::CloudConfig | TextKind::File | TextKind::Other => {
            // Another interpreter: kept for those who search it, but not understood.
            out.complete = false;
            out.push(TextKind::Other, None, text.to_string(), lines);
        }
    }
}

/// What stands as Base64 inside a script, for those who search texts; who follows the script decodes it there.
fn encoded(text: &str, lines: &Lines, budget: &mut Budget) -> Vec<GuestText> {
    static USES: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)base64|[-/]e(c|nc\w*)?\s"));
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| regex(r"[A-Za-z0-9+/]{24,}={0,2}"));
    if !USES.is_match(text) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for found in LITERAL.find_iter(text).take(MAX_PARTS) {
        line += u32::try_from(text[counted..found.start()].matches('\n').count()).unwrap_or(0);
        counted = found.start();
        let Some(Decoded::Text(inner)) = budget.base64(found.as_str()).map(|bytes| decode::unpack_file(bytes, budget))
        else {
            continue;
        };
        if !inner.contains(char::is_whitespace) || inner.contains(|c: char| c.is_control() && !c.is_whitespace()) {
            continue;
        }
        let kind = script_kind(&inner).unwrap_or(TextKind::Other);
        let text = script::without_comments(kind, &inner);
        let lines = Lines::At(lines.outer(line));
        out.push(GuestText { kind, path: None, text, append: false, nested: true, lines });
    }
    out
}

/// A template that cloud-init fills in: what it fills in is unknown; what it chooses between is not read.
fn jinja(text: &str, lines: Lines, nesting: usize, budget: &mut Budget, out: &mut GuestTexts) {
    static VALUE: LazyLock<Regex> = LazyLock::new(|| regex(r"\{\{[^}\n]*\}\}"));
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"\{#[^}\n]*#\}"));
    if text.contains("{%") {
        out.complete = false;
        out.push(TextKind::Other, None, text.to_string(), lines);
        return;
    }
    let text = VALUE.replace_all(text, UNKNOWN.to_string().as_str()).into_owned();
    let text = COMMENT.replace_all(&text, "");
    // The first line goes, its line break stays.
    let start = text.len() - text.trim_start().len();
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let text =
        if text[start..].starts_with("##") { format!("{}{}", &text[..start], &text[end..]) } else { text.into_owned() };
    document(Document { text: &text, lines, kind: None, nesting: nesting + 1 }, budget, out);
}

fn cloud_config(text: &str, lines: Lines, budget: &mut Budget, out: &mut GuestTexts) {
    let Some(root) = yaml::parse(text) else {
        out.complete = false;
        out.push(TextKind::Other, None, text.to_string(), lines);
        return;
    };
    out.push(TextKind::CloudConfig, None, text.to_string(), lines.clone());
    commands(root.get("bootcmd"), &lines, budget, out);
    for file in root.get("write_files").map_or(&[][..], Node::items) {
        write_file(file, &lines, budget, out);
    }
    let units = root.get("coreos").and_then(|coreos| coreos.get("units"));
    for unit in units.map_or(&[][..], Node::items) {
        let (Some(name), Some(content)) = (unit.get("name").and_then(Node::str), unit.get("content")) else { continue };
        let Some(text) = content.str() else { continue };
        out.push(TextKind::File, Some(unit_path(name)), text.to_string(), scalar_lines(content, &lines));
    }
    commands(root.get("runcmd"), &lines, budget, out);
}

/// Where systemd keeps a unit of this name.
fn unit_path(name: &str) -> String {
    let folder = match name.rsplit('.').next() {
        Some("network" | "netdev" | "link") => "network",
        _ => "system",
    };
    format!("/etc/systemd/{folder}/{name}")
}

/// A list of commands as one script, the way cloud-init writes it out.
fn commands(list: Option<&Node>, lines: &Lines, budget: &mut Budget, out: &mut GuestTexts) {
    let Some(list) = list else { return };
    let mut text = String::new();
    let mut each = Vec::new();
    for item in list.items() {
        match &item.kind {
            Kind::Scalar { text: command, style, .. } => {
                for (index, line) in command.lines().enumerate() {
                    text.push_str(line);
                    text.push('\n');
                    let index = u32::try_from(index).unwrap_or(0);
                    each.push(lines.outer(if *style == Style::Literal { item.line + index } else { item.line }));
                }
            }
            Kind::Sequence(words) => {
                for (index, word) in words.iter().filter_map(Node::str).enumerate() {
                    if index > 0 {
                        text.push(' ');
                    }
                    text.push_str(&script::quote(word));
                    each.extend(word.matches('\n').map(|_| lines.outer(item.line)));
                }
                text.push('\n');
                each.push(lines.outer(item.line));
            }
            Kind::Mapping(_) => {}
        }
    }
    if !text.is_empty() {
        push_script(TextKind::Shell, &text, Lines::Each(each), budget, out);
    }
}

fn write_file(file: &Node, lines: &Lines, budget: &mut Budget, out: &mut GuestTexts) {
    let Some(path) = file.get("path").and_then(Node::str) else { return };
    if file.get("source").is_some() {
        out.complete = false;
    }
    let Some(content) = file.get("content") else { return };
    let Kind::Scalar { text, tag, .. } = &content.kind else { return };
    let encoding = file.get("encoding").and_then(Node::str).unwrap_or("").trim().to_ascii_lowercase();
    let binary = tag.as_deref() == Some("binary");
    let encoded = match encoding.as_str() {
        "b64" | "base64" => Some(false),
        "gz" | "gzip" | "gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64" => Some(true),
        _ if binary => Some(false),
        _ => None,
    };
    let append = file.get("append").and_then(Node::truth) == Some(true);
    let Some(_) = encoded else {
        push_file(path, text.clone(), append, scalar_lines(content, lines), out);
        return;
    };
    let bytes = budget.base64(text);
    // `!!binary` and an encoding together are two layers.
    let bytes = match bytes {
        Some(bytes) if binary && encoding.contains("64") => decode::text(bytes).and_then(|inner| budget.base64(&inner)),
        other => other,
    };
    match bytes.map(|bytes| decode::unpack_file(bytes, budget)) {
        Some(Decoded::Text(text)) => push_file(path, text, append, Lines::At(lines.outer(content.line)), out),
        Some(Decoded::Unreadable) | None => out.complete = false,
    }
}

fn push_file(path: &str, text: String, append: bool, lines: Lines, out: &mut GuestTexts) {
    if out.texts.len() >= MAX_TEXTS {
        out.complete = false;
        return;
    }
    let path = Some(script::normal_path(path));
    out.texts.push(GuestText { kind: TextKind::File, path, text, append, nested: false, lines });
}

/// The lines of a scalar's own text.
fn scalar_lines(node: &Node, lines: &Lines) -> Lines {
    match &node.kind {
        Kind::Scalar { style: Style::Literal, .. } => lines.part(node.line),
        Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Mapping(_) => Lines::At(lines.outer(node.line)),
    }
}

/// `#cloud-config-archive`: a list of documents.
fn archive(text: &str, lines: &Lines, nesting: usize, budget: &mut Budget, out: &mut GuestTexts) {
    let Some(root) = yaml::parse(text) else {
        out.complete = false;
        return;
    };
    for (index, item) in root.items().iter().enumerate() {
        if index >= MAX_PARTS {
            out.complete = false;
            return;
        }
        let content = item.get("content").unwrap_or(item);
        let Some(text) = content.str() else { continue };
        let kind = item.get("type").and_then(Node::str);
        document(Document { text, lines: scalar_lines(content, lines), kind, nesting: nesting + 1 }, budget, out);
    }
}

/// A MIME message as cloud-init's tools write it: headers, then parts between boundary lines.
fn mime(text: &str, lines: &Lines, nesting: usize, budget: &mut Budget, out: &mut GuestTexts) {
    let (headers, body, first) = headers(text, 1);
    let Some(boundary) = headers.parameter("boundary") else {
        // A single part with headers of its own.
        return mime_part(&headers, &body, &lines.part(first), nesting, budget, out);
    };
    if !headers.content_type().starts_with("multipart/") {
        return mime_part(&headers, &body, &lines.part(first), nesting, budget, out);
    }
    let (open, close) = (format!("--{boundary}"), format!("--{boundary}--"));
    let mut part: Option<(usize, Vec<&str>)> = None;
    let mut parts = Vec::new();
    for (index, line) in body.iter().enumerate() {
        let marker = line.trim_end();
        if marker == open || marker == close {
            parts.extend(part.take());
            if marker == close {
                break;
            }
            part = Some((index + 1, Vec::new()));
        } else if let Some((_, content)) = &mut part {
            content.push(line);
        }
    }
    parts.extend(part);
    for (index, (start, content)) in parts.iter().enumerate() {
        if index >= MAX_PARTS {
            out.complete = false;
            return;
        }
        let content = content.join("\n");
        let offset = u32::try_from(*start).unwrap_or(0);
        let (inner, inner_body, inner_first) = self::headers(&content, first + offset);
        if inner.content_type().starts_with("multipart/") {
            if nesting >= MAX_NESTING {
                out.complete = false;
                continue;
            }
            mime(&content, &lines.part(first + offset), nesting + 1, budget, out);
        } else {
            mime_part(&inner, &inner_body, &lines.part(inner_first), nesting, budget, out);
        }
    }
}

fn mime_part(
    headers: &Headers,
    body: &[&str],
    lines: &Lines,
    nesting: usize,
    budget: &mut Budget,
    out: &mut GuestTexts,
) {
    let mut text = body.join("\n");
    text.push('\n');
    let coding = headers.value("content-transfer-encoding").unwrap_or("").to_ascii_lowercase();
    let decoded = match coding.as_str() {
        "base64" => budget.base64(&text),
        "quoted-printable" => Some(quoted_printable(&text)),
        _ => None,
    };
    let verbatim = matches!(coding.as_str(), "" | "7bit" | "8bit" | "binary");
    let (text, lines) = match decoded {
        Some(bytes) => match decode::unpack(bytes, budget, decode::MAX_LAYERS) {
            Decoded::Text(text) => (text, Lines::At(lines.outer(1))),
            Decoded::Unreadable => {
                out.complete = false;
                return;
            }
        },
        None if verbatim => (text, lines.clone()),
        None => {
            out.complete = false;
            return;
        }
    };
    let kind = headers.content_type();
    let kind = match kind.as_str() {
        "" | "text/plain" | "text/x-not-multipart" | "application/octet-stream" => None,
        _ if kind.contains("gzip") || kind.contains("zip") => None,
        _ => Some(kind.as_str()),
    };
    document(Document { text: &text, lines, kind, nesting: nesting + 1 }, budget, out);
}

/// MIME headers, names in lower case.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    fn content_type(&self) -> String {
        let value = self.value("content-type").unwrap_or("");
        value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.value("content-type")?.split(';').skip(1).find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_string())
        })
    }
}

/// The headers of a message, the lines of its body, and the line on which the body begins; `first` is the line of `text`.
fn headers(text: &str, first: u32) -> (Headers, Vec<&str>, u32) {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut line_number = first;
    let mut lines = text.lines();
    let mut begun = false;
    for line in lines.by_ref() {
        line_number += 1;
        if line.trim().is_empty() {
            if begun {
                break;
            }
            continue;
        }
        begun = true;
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_string()));
        }
    }
    (Headers(headers), lines.collect(), line_number)
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.lines() {
        let (line, soft) = match line.trim_end().strip_suffix('=') {
            Some(line) => (line, true),
            None => (line, false),
        };
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
            match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) if bytes[at] == b'=' => {
                    out.push(byte);
                    at += 3;
                }
                _ => {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
        }
        if !soft {
            out.push(b'\n');
        }
    }
    out
}

/// An Ignition configuration: files with data URLs, units. False when the JSON is none.
fn ignition(text: &str, lines: &Lines, budget: &mut Budget, out: &mut GuestTexts) -> bool {
    let Ok(root) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    if root.get("ignition").is_none() && root.get("ignitionVersion").is_none() {
        return false;
    }
    let line_of = |name: &str| {
        let at = text.find(name).unwrap_or(0);
        lines.outer(1 + u32::try_from(text[..at].matches('\n').count()).unwrap_or(0))
    };
    let list =
        |pointer: &str| root.pointer(pointer).and_then(serde_json::Value::as_array).map_or(&[][..], Vec::as_slice);
    if !list("/ignition/config/merge").is_empty() || root.pointer("/ignition/config/replace/source").is_some() {
        out.complete = false;
    }
    for file in list("/storage/files") {
        let Some(path) = file.get("path").and_then(serde_json::Value::as_str) else { continue };
        let whole = file.get("contents").into_iter().map(|contents| (contents, false));
        let appended = file.get("append").and_then(serde_json::Value::as_array).into_iter().flatten();
        for (contents, append) in whole.chain(appended.map(|contents| (contents, true))) {
            let Some(source) = contents.get("source").and_then(serde_json::Value::as_str) else { continue };
            match data_url(source, budget).map(|bytes| decode::unpack_file(bytes, budget)) {
                Some(Decoded::Text(text)) => push_file(path, text, append, Lines::At(line_of(path)), out),
                Some(Decoded::Unreadable) | None => out.complete = false,
            }
        }
    }
    for unit in list("/networkd/units").iter().chain(list("/systemd/units")) {
        let Some(name) = unit.get("name").and_then(serde_json::Value::as_str) else { continue };
        if let Some(text) = unit.get("contents").and_then(serde_json::Value::as_str) {
            push_file(&unit_path(name), text.to_string(), false, Lines::At(line_of(name)), out);
        }
    }
    true
}

/// The bytes of a `data:` URL; anything else is fetched from elsewhere.
fn data_url(url: &str, budget: &mut Budget) -> Option<Vec<u8>> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    let plain = percent_decode(data)?;
    if !kind.ends_with(";base64") {
        return Some(plain);
    }
    budget.base64(std::str::from_utf8(&plain).ok()?)
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let hex = [bytes.next()?, bytes.next()?];
        out.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
    }
    Some(out)
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
