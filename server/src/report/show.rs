//! What of a file may be shown beside a finding.
//!
//! Files hold secrets in places that nobody marked. So nothing is shown unless it is known to be harmless: the key and
//! the value that a finding is about, where the value is a number, a word of Azure's own vocabulary, or an expression,
//! of which texts in quotes are left out. Everything else on the line stays out of sight, whatever it is.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::json::{Kind, Node};
use crate::report::escape;
use crate::text::{Span, Text};

/// One line that may be shown, and the bytes of it that are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    pub mark: Range<usize>,
}

/// Stands for text that is not shown.
pub const HIDDEN: &str = "…";

/// The longest piece of an expression that is shown on either side of what is meant.
const AROUND: usize = 60;

/// The longest key, number or name that is shown whole.
const LONGEST: usize = 80;

/// The value that a span lies in, and the key it stands under.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    pub key: Option<Node<'a>>,
    pub value: Node<'a>,
}

/// The innermost holder of each span, found in one walk however many there are.
pub fn holders<'a>(root: Node<'a>, spans: &[Span]) -> Vec<Holder<'a>> {
    let mut found = vec![Holder { key: None, value: root }; spans.len()];
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| (spans[index].start, Reverse(spans[index].end)));
    let mut open = vec![(Holder { key: None, value: root }, order)];
    while let Some((holder, inside)) = open.pop() {
        let is_object = holder.value.kind() == Kind::Object;
        let mut rest = inside.into_iter().peekable();
        let mut children = holder.value.children();
        while rest.peek().is_some() {
            let Some(first) = children.next() else { break };
            let (key, value) = match is_object {
                true => match children.next() {
                    Some(value) => (Some(first), value),
                    None => break,
                },
                false => (None, first),
            };
            let member = Span::new(first.span().start, value.span().end);
            let mut deeper = Vec::new();
            while let Some(index) = rest.next_if(|&index| spans[index].start < member.end) {
                if value.span().covers(spans[index]) {
                    deeper.push(index);
                } else if member.covers(spans[index]) {
                    found[index] = Holder { key, value };
                } else {
                    found[index] = holder;
                }
            }
            if !deeper.is_empty() {
                open.push((Holder { key, value }, deeper));
            }
        }
        for index in rest {
            found[index] = holder;
        }
    }
    found
}

/// Whether a key below this JSON pointer may be part of a value that somebody else wrote.
pub fn hides_keys(pointer: &str) -> bool {
    without_foreign_keys(pointer).len() < pointer.len()
}

/// The part of a JSON pointer down to the first value that somebody else wrote, keys and all.
pub fn without_foreign_keys(pointer: &str) -> &str {
    let steps = pointer.match_indices('/').map(|(at, _)| at + 1);
    for start in steps {
        let end = pointer[start..].find('/').map_or(pointer.len(), |length| start + length);
        if OPAQUE.iter().any(|name| pointer[start..end].eq_ignore_ascii_case(name)) {
            return &pointer[..end];
        }
    }
    pointer
}

/// Members whose values are anybody's data, keys and all.
const OPAQUE: &[&str] = &["value", "defaultValue", "allowedValues", "protectedSettings", "settings", "secrets", "tags"];

/// Whether a place is what a finding is about. Then its number is in the message anyway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Fault,
    Related,
}

/// The member of a JSON text that holds a span.
pub fn of_json(text: &str, holder: Holder, span: Span, keys_hidden: bool, role: Role) -> Shown {
    let value = holder.value;
    let key =
        holder.key.filter(|key| !text[key.span().end as usize..value.span().start as usize].contains(['\n', '\r']));
    let start = key.map_or(value.span().start, |key| key.span().start);

    let mut shown = Shown { text: lead_in(text, start), mark: 0..0 };
    if let Some(key) = key {
        let from = shown.text.len();
        shown.text.push('"');
        let name = key.string().unwrap_or_default();
        shown.text.push_str(&match keys_hidden || name.len() > LONGEST {
            true => HIDDEN.into(),
            false => escape::line(&name),
        });
        shown.text.push('"');
        if key.span().covers(span) {
            shown.mark = from..shown.text.len();
        }
        shown.text.push_str(": ");
    }
    let base = shown.text.len();
    let whole = span.covers(value.span()) || !value.span().covers(span);
    let (written, mark) = match value.kind() {
        Kind::Number if role == Role::Related && !counts(key) => plain(HIDDEN),
        Kind::Null | Kind::Bool | Kind::Number => plain(value.raw()),
        Kind::Object => match value.get("type").filter(|kind| kind.string().is_some_and(|kind| is_harmless(&kind))) {
            Some(kind) => plain(&format!("{{ \"type\": {}, … }}", kind.raw())),
            None => plain("{…}"),
        },
        Kind::Array => plain("[…]"),
        Kind::Broken => plain(HIDDEN),
        Kind::String if role == Role::Fault && NUMBER.is_match(value.raw().trim_matches('"')) => plain(value.raw()),
        Kind::String => of_string(value.raw(), value.span().start, (!whole).then_some(span)),
    };
    if shown.mark.is_empty() {
        shown.mark = base + mark.start..base + mark.end;
    }
    shown.text.push_str(&written);
    match text[value.span().end as usize..].chars().next() {
        Some(',') => shown.text.push(','),
        None | Some('\n' | '\r') => {}
        Some(_) => shown.text.push_str(" …"),
    }
    shown
}

/// A place in the source of a template or of a plan: an attribute, or the head of a block.
pub fn of_source(text: &Text, span: Span, role: Role) -> Shown {
    let whole = text.as_str();
    let line = text.line_span(text.position(span.start, crate::text::Encoding::Utf8).line);
    let before = &whole[line.start as usize..span.start.max(line.start) as usize];
    let own = &whole[span.start as usize..span.end.min(line.end).max(span.start) as usize];
    let after = &whole[(span.start as usize + own.len()).min(line.end as usize)..line.end as usize];

    let mut shown = Shown { text: lead_in(whole, span.start), mark: 0..0 };
    if before.len() <= LONGEST && (ATTRIBUTE.is_match(before) || DECLARATION.is_match(before)) {
        shown.text = escape::line(&before.replace('\t', "    ")).into_owned();
    }
    let base = shown.text.len();
    let own = own.trim_end();
    let unquoted = own.trim_matches(['"', '\'']);
    shown.text.push_str(&match own.len() <= LONGEST
        && (is_harmless(unquoted)
            || role == Role::Fault && NUMBER.is_match(unquoted)
            || NAMES.is_match(own)
            || HEAD.is_match(own))
    {
        true => escape::line(own),
        false => HIDDEN.into(),
    });
    shown.mark = base..shown.text.len();
    if !after.trim().is_empty() {
        shown.text.push_str(" …");
    }
    shown
}

/// A piece of a text, and what of it may be shown in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub written: &'a str,
    pub shown: String,
    /// What may be shown where a fix changes it: also the number that the fix is about.
    pub shown_changed: String,
}

/// What stands for a secret in a comparison.
pub const SECRET: &str = "‹secret›";

/// A text in pieces that can be compared: its lines, or parts of long ones.
pub fn pieces(text: &str, is_json: bool) -> Vec<Piece<'_>> {
    if is_json {
        return pieces_of_json(text);
    }
    let show = |line: &str, numbers: &[&str]| {
        let line = line.trim_end();
        let (before, value) = line.split_at(line.find(['=', ':']).map_or(0, |at| at + 1));
        let declares = DECLARATION.is_match(before);
        let name = if declares { "default" } else { before.trim_matches([' ', '\t', '=', ':']) };
        let word = value.trim().trim_matches(['"', '\'']);
        let is_number = || NUMBER.is_match(word) && numbers.iter().any(|known| known.eq_ignore_ascii_case(name));
        let is_shown = line.len() <= 2 * LONGEST
            && (line.trim().is_empty()
                || matches!(line.trim(), "}" | "]" | "},")
                || HEAD.is_match(line.trim_start())
                || (declares || ATTRIBUTE.is_match(before))
                    && (is_harmless(word) || SYMBOL.is_match(word) || is_number()));
        if is_shown { escape::line(&line.replace('\t', "    ")).into_owned() } else { SECRET.to_owned() }
    };
    text.split_inclusive('\n')
        .map(|line| Piece { written: line, shown: show(line, COUNTS), shown_changed: show(line, &all_numbers()) })
        .collect()
}

/// The names under which a fix may write a number.
fn all_numbers() -> Vec<&'static str> {
    [COUNTS, &["value", "defaultValue", "default"]].concat()
}

/// It needs no tree, so it holds for broken text too.
fn pieces_of_json(text: &str) -> Vec<Piece<'_>> {
    let numbers_of_fixes = all_numbers();
    let mut pieces = Vec::new();
    let mut shown = String::new();
    let mut shown_changed = String::new();
    // For each open container: whether it holds somebody's data, keys and all.
    let mut open: Vec<bool> = Vec::new();
    let mut key = "";
    let mut start = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let hidden = open.last().copied().unwrap_or(false);
        let length = match c {
            '"' => string_length(rest),
            '/' => match rest.as_bytes().get(1) {
                Some(b'*') => rest.find("*/").map_or(rest.len(), |end| end + 2),
                Some(b'/') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                _ => 1,
            },
            '{' | '}' | '[' | ']' | ',' | ':' | ' ' | '\t' | '\n' | '\r' | '\u{feff}' => c.len_utf8(),
            _ => rest.find(['"', '{', '}', '[', ']', ',', ':', ' ', '\t', '\n', '\r', '/']).unwrap_or(rest.len()),
        };
        let token = &rest[..length];
        let inner = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
        let is_under = |names: &[&str]| !hidden && names.iter().any(|name| key.eq_ignore_ascii_case(name));
        let out: Cow<str> = match c {
            '"' if rest[length..].trim_start().starts_with(':') => {
                key = inner.unwrap_or_default();
                if !hidden && key.len() <= LONGEST && NAME.is_match(key) { token.into() } else { SECRET.into() }
            }
            '"' => match inner {
                Some(inner) if !hidden && (is_harmless(inner) || expression(inner).is_some()) => {
                    of_string(token, 0, None).0.into()
                }
                _ => SECRET.into(),
            },
            '{' | '[' => {
                open.push(hidden || is_under(OPAQUE));
                key = "";
                token.into()
            }
            '}' | ']' => {
                open.pop();
                key = "";
                token.into()
            }
            '\t' => "    ".into(),
            '\n' | '\r' | '\u{feff}' => "".into(),
            ',' | ':' | ' ' => token.into(),
            _ if NUMBER.is_match(token) && is_under(COUNTS) => token.into(),
            _ if !hidden && is_harmless(token) => token.into(),
            _ => SECRET.into(),
        };
        shown.push_str(&out);
        let is_number_of_fix = NUMBER.is_match(token) && is_under(&numbers_of_fixes);
        shown_changed.push_str(if is_number_of_fix { token } else { &out });
        at += length;
        let is_long = shown.len() > 2 * AROUND;
        if c == '\n' || is_long && matches!(c, ',' | '{' | '[') {
            let (shown, shown_changed) = (std::mem::take(&mut shown), std::mem::take(&mut shown_changed));
            pieces.push(Piece { written: &text[start..at], shown, shown_changed });
            start = at;
        }
    }
    if start < at {
        pieces.push(Piece { written: &text[start..at], shown, shown_changed });
    }
    pieces
}

/// The bytes of a string that starts here, both quotes included, or all that is left if it does not end.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(next) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
        at += next;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at = (at + 2).min(bytes.len());
    }
    bytes.len()
}

/// The blanks before an offset if there is nothing else before it on its line, else a sign that there is more.
fn lead_in(text: &str, start: u32) -> String {
    let start = start as usize;
    let from = text.floor_char_boundary(start.saturating_sub(2 * AROUND));
    let before = &text[from..start];
    let line = before.rfind(['\n', '\r']).map_or(before, |at| &before[at + 1..]);
    let is_alone = line.trim_matches([' ', '\t', '\u{feff}']).is_empty() && (from == 0 || line.len() < before.len());
    match is_alone {
        true => line.replace('\t', "    ").replace('\u{feff}', ""),
        false => "… ".to_owned(),
    }
}

/// Whether the numbers under a key are sizes and counts.
fn counts(key: Option<Node>) -> bool {
    let name = key.and_then(Node::string).unwrap_or_default();
    COUNTS.iter().any(|count| count.eq_ignore_ascii_case(&name))
}

fn plain(text: &str) -> (String, Range<usize>) {
    let text = if text.len() <= LONGEST { text } else { HIDDEN };
    (text.to_owned(), 0..text.len())
}

/// A string with its quotes that starts at `start`, as far as it may be shown, and where `part` of it is then.
fn of_string(raw: &str, start: u32, part: Option<Span>) -> (String, Range<usize>) {
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or_default();
    if is_harmless(inner) {
        let text = format!("\"{inner}\"");
        let mark = match part {
            Some(part) => (part.start - start) as usize..(part.end - start) as usize,
            None => 0..text.len(),
        };
        return (text, mark);
    }
    let Some(tokens) = expression(inner) else {
        let text = format!("\"{HIDDEN}\"");
        return (text.clone(), 0..text.len());
    };
    let part = part.map(|part| (part.start - start) as usize..(part.end - start) as usize);
    let mut out = "\"".to_owned();
    let mut mark = out.len()..out.len();
    let mut is_marked = false;
    let mut at = 1;
    for token in tokens {
        let length = token.written().len();
        let meant = part.as_ref().is_some_and(|part| at < part.end && part.start < at + length);
        if meant && !is_marked {
            mark.start = out.len();
            is_marked = true;
        }
        match token {
            Token::Shown(text) => out.push_str(&escape::line(text)),
            Token::Hidden(_) => out.push_str("'…'"),
        }
        if meant {
            mark.end = out.len();
        }
        at += length;
    }
    out.push('"');
    if !is_marked {
        mark = 0..out.len();
    }
    cut(out, mark)
}

/// The text without what is far from the mark.
fn cut(text: String, mark: Range<usize>) -> (String, Range<usize>) {
    if text.len() <= 2 * AROUND {
        return (text, mark);
    }
    let mark = mark.start..mark.end.min(text.ceil_char_boundary(mark.start + AROUND));
    let from = text.floor_char_boundary(mark.start.saturating_sub(AROUND));
    let to = text.ceil_char_boundary((mark.end + AROUND).min(text.len()));
    let (before, after) = (if from > 0 { HIDDEN } else { "" }, if to < text.len() { HIDDEN } else { "" });
    let shift = |at: usize| at - from + before.len();
    (format!("{before}{}{after}", &text[from..to]), shift(mark.start)..shift(mark.end))
}

enum Token<'a> {
    Shown(&'a str),
    /// A text in quotes.
    Hidden(&'a str),
}

impl<'a> Token<'a> {
    fn written(&self) -> &'a str {
        match self {
            Token::Shown(text) | Token::Hidden(text) => text,
        }
    }
}

/// The tokens of an ARM expression with its brackets; `None` if the text is none, or is not easily told from a secret.
fn expression(inner: &str) -> Option<Vec<Token<'_>>> {
    let code = inner.strip_prefix('[')?;
    if !code.ends_with(']') || code.starts_with('[') || inner.contains('\\') {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = inner;
    let mut before = String::new();
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' => quoted_length(rest)?,
            c if c.is_ascii_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            '(' | ')' | '[' | ']' | '.' | ',' | ' ' | '-' | '+' | '?' | '$' => 1,
            _ => return None,
        };
        let (token, after) = rest.split_at(length);
        let is_name = c.is_ascii_alphabetic() || c == '_';
        tokens.push(match c {
            '\'' if NAMING.contains(&before.as_str()) && NAME.is_match(&token[1..length - 1]) => Token::Shown(token),
            '\'' if is_harmless(&token[1..length - 1]) => Token::Shown(token),
            '\'' => Token::Hidden(token),
            // A bare word that is neither called nor a property may be anything.
            _ if is_name && !after.trim_start().starts_with('(') && !before.ends_with('.') => return None,
            _ => Token::Shown(token),
        });
        if is_name {
            before = token.to_ascii_lowercase();
        } else if c != ' ' {
            before.push(c);
        }
        rest = after;
    }
    Some(tokens)
}

/// What stands before the name of a parameter, a variable or a symbolic resource.
const NAMING: &[&str] = &["parameters(", "variables(", "copyindex("];

/// The bytes of a text in single quotes, in which two of them stand for one.
fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += memchr::memchr(b'\'', bytes.get(at..)?)? + 1;
        if bytes.get(at) != Some(&b'\'') {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a text belongs to Azure's vocabulary and tells nothing about anybody.
pub fn is_harmless(text: &str) -> bool {
    text.len() <= 2 * LONGEST && (WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) || PATTERN.is_match(text))
}

/// Resource types, versions, sizes of VMs, kinds of storage, the service's own groups, schemas of templates.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(
            (?i:Microsoft)(\.[A-Za-z]{2,40})+ (/[A-Za-z]{2,40})+ (@\d{4}-\d\d-\d\d(-preview)?)?
          | \d{4}-\d\d-\d\d(-preview)?
          | (Standard|Basic)_[A-Z]{1,2}\d{1,4}[a-z]{0,6}(_v\d)?
          | (Standard|Premium|StandardSSD|PremiumV2|UltraSSD)_(LRS|ZRS|GRS|RAGRS|GZRS)
          | (azurerm|azapi)(_[a-z]{2,20}){1,8}
          | \d{1,4} (\.\d{1,4}){3}
          | AzureBackupRG_[a-z]{4,20}\d?_\d{1,4}
          | https?://schema\.management\.azure\.com/schemas/\d{4}-\d\d-\d\d(-preview)?/[A-Za-z]{8,60}\.json\#?
        )$",
    )
    .expect("a constant that the tests compile")
});

/// What a person would name a thing with.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z_$@][\w$@.:/ -]*$").expect("a constant that the tests compile"));

/// The start of a line that sets an attribute.
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*[A-Za-z_][\w-]*\s*[=:]\s*$").expect("a constant that the tests compile"));

/// The start of a line that declares a parameter or a variable of Bicep.
static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(param|var)\s+\w+(\s+(int|bool|string|object|array)\??)?\s*=\s*$")
        .expect("a constant that the tests compile")
});

/// What stands for a value elsewhere, where the text is known to be an expression.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[A-Za-z_]\w*(\.\??[A-Za-z_][\w-]*|\[\w+\])*$").expect("a constant that the tests compile")
});

/// A reference, such as `var.size`.
static SYMBOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(var|local|each|count|module|data|azurerm_[a-z_]+)(\.[A-Za-z_][\w-]*)+$")
        .expect("a constant that the tests compile")
});

/// The head of a block or of a declaration.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^((resource|data|module|provider|dynamic)(\s+"[\w.-]+")*|(resource|module|param|var)\s+\w+(\s+'[\w./@-]+')?|[a-z_]+)\s*=?\s*[{\[]?$"#,
    )
    .expect("a constant that the tests compile")
});

/// A number as JSON has it.
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^-?\d{1,12}(\.\d{1,6})?$").expect("a constant that the tests compile"));

/// Properties whose numbers are sizes and counts of things that Azure Backup cares for.
const COUNTS: &[&str] = &[
    "diskSizeGB",
    "disk_size_gb",
    "diskIOPSReadWrite",
    "lun",
    "count",
    "retention_daily",
    "frequency",
    "hour_interval",
    "hour_duration",
    "interval",
    "scheduleWindowDuration",
    "instantRpRetentionRangeInDays",
    "instant_restore_retention_days",
    "priority",
    "maxShares",
    "max_shares",
];

/// Closed lists of Azure's.
const WORDS: &[&str] = &[
    "true",
    "false",
    "null",
    "CanNotDelete",
    "ReadOnly",
    "NotSpecified",
    "V1",
    "V2",
    "Daily",
    "Weekly",
    "Hourly",
    "Static",
    "Dynamic",
    "Allow",
    "Deny",
    "Inbound",
    "Outbound",
    "Tcp",
    "Udp",
    "Icmp",
    "*",
    "Any",
    "Windows",
    "Linux",
    "Empty",
    "FromImage",
    "Attach",
    "Copy",
    "Import",
    "Restore",
    "Upload",
    "Detach",
    "Delete",
    "None",
    "ReadWrite",
    "VirtualAppliance",
    "VirtualNetworkGateway",
    "VnetLocal",
    "Internet",
    "Storage",
    "AzureBackup",
    "VirtualNetwork",
    "AzureCloud",
    "AzureLoadBalancer",
    "AllowAll",
    "DenyAll",
    "AllowPrivate",
    "Enabled",
    "Disabled",
    "TrustedLaunch",
    "ConfidentialVM",
    "Standard",
    "Basic",
    "Premium",
    "IaasVMProtected",
    "ProtectionStopped",
    "AzureIaasVM",
    "AzureWorkload",
    "SystemAssigned",
    "UserAssigned",
    "Incremental",
    "Complete",
    "Inner",
    "Outer",
    "string",
    "int",
    "bool",
    "array",
    "object",
    "securestring",
    "secureObject",
    "Manual",
    "Automatic",
    "AutomaticByPlatform",
    "AutomaticByOS",
    "ImageDefault",
    "OnlyCrashConsistent",
    "UTC",
    "Days",
    "Weeks",
    "Months",
    "Years",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "SimpleSchedulePolicy",
    "SimpleSchedulePolicyV2",
    "LongTermRetentionPolicy",
    "SimpleRetentionPolicy",
    "RS0",
    "Regular",
    "Spot",
    "Low",
    "Generalized",
    "Specialized",
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "austriaeast",
    "belgiumcentral",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "chilecentral",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
    "global",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::text::FileId;
    use expect_test::{Expect, expect};

    fn check(text: &str, meant: &str, expect: Expect) {
        check_as(Role::Fault, text, meant, expect);
    }

    fn check_as(role: Role, text: &str, meant: &str, expect: Expect) {
        let document = Document::new(FileId(0), "t.json", None, Text::new(text));
        let start = text.find(meant).unwrap() as u32;
        let span = Span::new(start, start + meant.len() as u32);
        let root = document.root().unwrap();
        let shown = of_json(text, holders(root, &[span])[0], span, hides_keys(&root.pointer_of(span)), role);
        render(&shown, expect);
    }

    fn check_source(text: &str, meant: &str, expect: Expect) {
        let start = text.find(meant).unwrap() as u32;
        render(&of_source(&Text::new(text), Span::new(start, start + meant.len() as u32), Role::Fault), expect);
    }

    fn render(shown: &Shown, expect: Expect) {
        let blanks = " ".repeat(shown.text[..shown.mark.start].chars().count());
        let carets = "^".repeat(shown.text[shown.mark.clone()].chars().count());
        expect.assert_eq(&format!("> {}\n| {blanks}{carets}\n", shown.text));
    }

    #[test]
    fn a_member_of_its_own_line() {
        check(
            "{\n  \"diskSizeGB\": 8192,\n  \"x\": 1\n}",
            "8192",
            expect![[r#"
                >   "diskSizeGB": 8192,
                |                 ^^^^
            "#]],
        );
        check(
            "{\n\t\"level\": \"CanNotDelete\"\n}",
            "\"CanNotDelete\"",
            expect![[r#"
                >     "level": "CanNotDelete"
                |              ^^^^^^^^^^^^^^
            "#]],
        );
    }

    #[test]
    fn what_else_is_on_the_line_stays_out() {
        check(
            r#"{"password": "hunter2", "diskSizeGB": 8192, "token": "abc"}"#,
            "8192",
            expect![[r#"
                > … "diskSizeGB": 8192,
                |                 ^^^^
            "#]],
        );
        check(
            r#"{"password": "hunter2", "osDisk": {"a": "b"} }"#,
            r#"{"a": "b"}"#,
            expect![[r#"
                > … "osDisk": {…} …
                |             ^^^
            "#]],
        );
    }

    #[test]
    fn a_text_that_may_be_a_secret() {
        check(
            r#"{"customData": "aHVudGVyMg=="}"#,
            "\"aHVudGVyMg==\"",
            expect![[r#"
                > … "customData": "…" …
                |                 ^^^
            "#]],
        );
        check(
            r#"{"customData": "[hunter2]"}"#,
            "\"[hunter2]\"",
            expect![[r#"
                > … "customData": "…" …
                |                 ^^^
            "#]],
        );
    }

    #[test]
    fn an_expression_without_its_texts() {
        let text = r#"{ "diskSizeGB": "[if(equals(parameters('env'), 'hunter2'), 5000, 128)]" }"#;
        check(
            text,
            "5000",
            expect![[r#"
                > … "diskSizeGB": "[if(equals(parameters('env'), '…'), 5000, 128)]" …
                |                                                      ^^^^
            "#]],
        );
        check(
            text,
            "'hunter2'",
            expect![[r#"
                > … "diskSizeGB": "[if(equals(parameters('env'), '…'), 5000, 128)]" …
                |                                                ^^^
            "#]],
        );
    }

    #[test]
    fn numbers_of_related_places() {
        let text = r#"{"lun": 3, "pin": 4711, "defaultValue": "4712"}"#;
        check_as(
            Role::Related,
            text,
            "3",
            expect![[r#"
            > … "lun": 3,
            |          ^
        "#]],
        );
        check_as(
            Role::Related,
            text,
            "4711",
            expect![[r#"
            > … "pin": …,
            |          ^
        "#]],
        );
        check_as(
            Role::Related,
            text,
            "\"4712\"",
            expect![[r#"
            > … "defaultValue": "…" …
            |                   ^^^
        "#]],
        );
        check_as(
            Role::Fault,
            text,
            "\"4712\"",
            expect![[r#"
            > … "defaultValue": "4712" …
            |                   ^^^^^^
        "#]],
        );
    }

    #[test]
    fn a_key_that_is_somebodys_data() {
        check(
            "{\"parameters\": {\"p\": {\"defaultValue\": {\n\"hunter2\": 9000 }}}}",
            "9000",
            expect![[r#"
                > "…": 9000 …
                |      ^^^^
            "#]],
        );
    }

    #[test]
    fn sources() {
        check_source(
            "resource \"azurerm_managed_disk\" \"d\" {\n  disk_size_gb = 8192 # hunter2\n}",
            "8192",
            expect![[r#"
                >   disk_size_gb = 8192 …
                |                  ^^^^
            "#]],
        );
        check_source(
            "resource \"azurerm_managed_disk\" \"d\" {\n  x = 1\n}",
            "resource \"azurerm_managed_disk\" \"d\" {\n  x",
            expect![[r#"
                > resource "azurerm_managed_disk" "d" {
                | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            "#]],
        );
        check_source(
            "  custom_data = \"hunter2\"\n",
            "\"hunter2\"",
            expect![[r#"
                >   custom_data = …
                |                 ^
            "#]],
        );
        check_source(
            "  disk_size_gb = var.sizes\n",
            "var.sizes",
            expect![[r#"
                >   disk_size_gb = var.sizes
                |                  ^^^^^^^^^
            "#]],
        );
        check_source(
            "@secure()\nparam size int = 8192 // hunter2\n",
            "8192",
            expect![[r#"
                > param size int = 8192 …
                |                  ^^^^
            "#]],
        );
        check_source(
            "      diskSizeGB: sizes[i].?gib\n",
            "sizes[i].?gib",
            expect![[r#"
                >       diskSizeGB: sizes[i].?gib
                |                   ^^^^^^^^^^^^^
            "#]],
        );
        check_source(
            "param word string = 'hunter2'\n",
            "'hunter2'",
            expect![[r#"
                > param word string = …
                |                     ^
            "#]],
        );
    }

    #[test]
    fn pieces_hold_no_secret() {
        let text = r#"{ // hunter2
  "type": "Microsoft.Compute/disks", "password": "hunter2",
  "text": "a
hunter2", /* hunter2
hunter2 */ "lun": 8192, "pin": 4711, "code": "4711", "defaultValue": 4711,
  "e": "[concat(parameters('p'), 'hunter2')]",
  "settings": { "hunter2": 5, "list": ["hunter2"] },
  "diskSizeGB": hunter2 } "hunter2"#;
        let pieces = pieces(text, true);
        assert_eq!(pieces.iter().map(|piece| piece.written).collect::<String>(), text);
        let shown: Vec<&str> = pieces.iter().map(|piece| piece.shown.as_str()).collect();
        expect![[r#"
            { ‹secret›
              "type": "Microsoft.Compute/disks", "password": ‹secret›,
              "text": ‹secret›, ‹secret› "lun": 8192, "pin": ‹secret›, "code": ‹secret›, "defaultValue": ‹secret›,

              "e": "[concat(parameters('p'), '…')]",
              "settings": { ‹secret›: ‹secret›, ‹secret›: [‹secret›] },
              "diskSizeGB": ‹secret› } ‹secret›"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn pieces_of_sources_and_of_long_lines() {
        let shown = |text: &str, is_json| -> Vec<String> {
            pieces(text, is_json).into_iter().map(|piece| piece.shown).collect()
        };
        assert_eq!(
            shown("  disk_size_gb = 4095\n  custom_data = \"hunter2\"\n}\n", false),
            ["  disk_size_gb = 4095", SECRET, "}"]
        );
        let long = format!("[{}]", vec!["{\"diskSizeGB\":8192}"; 100].join(","));
        let pieces = pieces(&long, true);
        assert!(pieces.len() > 10 && pieces.iter().all(|piece| piece.shown.len() < 200));
    }

    #[test]
    fn many_holders_in_one_walk() {
        let text = r#"{"a": [1, {"b": 2}], "c": "x"}"#;
        let document = Document::new(FileId(0), "t.json", None, Text::new(text));
        let root = document.root().unwrap();
        let spans: Vec<Span> = ["\"c\"", "2", "1", "\"c\": \"x\"", "[1, {\"b\": 2}], \"c\""]
            .iter()
            .map(|piece| text.find(piece).map(|at| Span::new(at as u32, (at + piece.len()) as u32)).unwrap())
            .collect();
        let found: Vec<String> = holders(root, &spans)
            .iter()
            .map(|holder| format!("{}: {}", holder.key.map_or("-", Node::raw), holder.value.raw()))
            .collect();
        assert_eq!(found, ["\"c\": \"x\"", "\"b\": 2", "-: 1", "\"c\": \"x\"", &format!("-: {text}")]);
    }
}
