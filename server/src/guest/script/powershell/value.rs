//! What PowerShell expressions stand for, and which network adapter a pipeline finds.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::decode;
use crate::guest::script::powershell::text::{Cursor, arguments, segments, table};
use crate::guest::script::powershell::{MAX_PIPE, Runner, regex};
use crate::guest::script::{MAX_DEPTH, PRIMARY, UNKNOWN};

/// Longest value of a variable, in bytes.
const MAX_VALUE: usize = 64 * 1024;

#[derive(Clone)]
pub enum Value {
    /// A string, a number, or an adapter by its name.
    Text(String),
    /// A hash table: names in lower case, values as written.
    Table(Vec<(String, String)>),
    List(Vec<String>),
}

impl Value {
    pub fn unknown() -> Value {
        Value::Text(UNKNOWN.to_string())
    }

    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::List(items) => items.join(","),
            Value::Table(_) => UNKNOWN.to_string(),
        }
    }
}

impl Runner<'_> {
    /// An argument as a program gets it.
    pub fn argument(&mut self, word: &str) -> String {
        if word.starts_with(['$', '\'', '"', '(', '@']) {
            return self.value(word).text();
        }
        match word.split_once('=') {
            // `name="Ethernet"`: the quotes are PowerShell's.
            Some((name, value)) if value.starts_with(['\'', '"', '$']) => {
                format!("{name}={}", self.value(value).text())
            }
            _ => word.replace('"', ""),
        }
    }

    /// Parameters with their values filled in, and the script blocks among them.
    pub fn parameters(&mut self, words: &[String]) -> (Vec<(String, String)>, Vec<String>) {
        let (mut out, mut blocks) = (Vec::new(), Vec::new());
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next() {
            if let Some(block) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
                blocks.push(block.to_string());
            } else if let Some(name) =
                word.strip_prefix('@').filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            {
                let table = match self.variables.get(&name.to_ascii_lowercase()).map(Rc::as_ref) {
                    Some(Value::Table(entries)) => entries.clone(),
                    _ => vec![("interfacealias".to_string(), format!("'{UNKNOWN}'"))],
                };
                for (name, raw) in table {
                    let value = self.value(&raw).text();
                    out.push((name, value));
                }
            } else if let Some(name) =
                word.strip_prefix('-').filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            {
                let (name, joined) = match name.split_once(':') {
                    Some((name, value)) => (name, Some(value.to_string())),
                    None => (name, None),
                };
                let next =
                    |word: &&String| !word.starts_with('-') || word[1..].starts_with(|c: char| c.is_ascii_digit());
                let value = match joined {
                    Some(value) if !value.is_empty() => Some(value),
                    _ => rest.next_if(next).cloned(),
                };
                let name = name.to_ascii_lowercase();
                match value {
                    Some(value) => match value.strip_prefix('{').and_then(|value| value.strip_suffix('}')) {
                        Some(block) => blocks.push(block.to_string()),
                        None => {
                            let value = self.value(&value).text();
                            out.push((name, value));
                        }
                    },
                    None => out.push((name, String::new())),
                }
            } else {
                let value = self.value(word).text();
                out.push((String::new(), value));
            }
        }
        (out, blocks)
    }

    /// What an expression stands for.
    pub fn value(&mut self, raw: &str) -> Value {
        if self.depth >= MAX_DEPTH || !self.walk.step() {
            return Value::unknown();
        }
        self.depth += 1;
        let value = self.value_inner(raw.trim());
        self.depth -= 1;
        let size = match &value {
            Value::Text(text) => text.len(),
            Value::Table(entries) => entries.iter().map(|(name, raw)| name.len() + raw.len()).sum(),
            Value::List(items) => items.iter().map(String::len).sum(),
        };
        if size > MAX_VALUE || !self.walk.charge(size) { Value::unknown() } else { value }
    }

    fn value_inner(&mut self, raw: &str) -> Value {
        static CAST: LazyLock<Regex> = LazyLock::new(|| regex(r"^\[[\w.]+(\[\])?\]\s*([^\s:].*)$"));
        static BASE64: LazyLock<Regex> =
            LazyLock::new(|| regex(r#"(?i)FromBase64String\(\s*(['"]?)([A-Za-z0-9+/=\s]+|\$\w+)['"]?\s*\)"#));
        if let Some(found) = BASE64.captures(raw) {
            let text = match found[2].starts_with('$') {
                true => self.value(&found[2]).text(),
                false => found[2].to_string(),
            };
            let bytes = self.walk.budget.base64(&text);
            return bytes.and_then(decode::text).map_or_else(Value::unknown, Value::Text);
        }
        // What was bytes is text already.
        static TEXT_OF: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\.GetString\(\s*(\$\w+)\s*\)$"));
        if let Some(found) = TEXT_OF.captures(raw) {
            return self.value(&found[1]);
        }
        let mut parts = segments(raw);
        parts.truncate(MAX_PIPE);
        if parts.len() > 1
            || raw.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("get-"))
            || raw.to_ascii_lowercase().starts_with("gwmi")
        {
            return match self.adapter(&parts) {
                Some(name) => Value::Text(name),
                None if parts.len() > 1 && !parts[0].trim().to_ascii_lowercase().starts_with("get-") => {
                    self.value(&parts[0])
                }
                None => Value::unknown(),
            };
        }
        if let Some(found) = CAST.captures(raw) {
            return self.value(&found[2]);
        }
        let mut cursor = Cursor::new(raw);
        match cursor.peek(0) {
            None => Value::Text(String::new()),
            Some('\'' | '"') => {
                let Some(string) = cursor.string() else { return Value::unknown() };
                if cursor.peek(0) == Some(',') || raw[string.len()..].trim_start().starts_with(',') {
                    return self.list(raw);
                }
                if !raw[string.len()..].trim().is_empty() {
                    return Value::unknown();
                }
                Value::Text(self.string(&string))
            }
            Some('@') => match cursor.peek(1) {
                Some('{') => Value::Table(table(raw.trim_start_matches("@{").trim_end_matches('}'))),
                Some('(') => self.list(raw.trim_start_matches("@(").trim_end_matches(')')),
                _ => match cursor.string() {
                    Some(string) => Value::Text(self.string(&string)),
                    None => Value::unknown(),
                },
            },
            Some('(') => {
                cursor.next();
                let inner = cursor.balanced('(', ')');
                let value = self.value(&inner);
                let rest: String = cursor.chars[cursor.at..].iter().collect();
                self.member(value, &rest)
            }
            Some('$') => {
                cursor.next();
                if cursor.peek(0) == Some('(') {
                    cursor.next();
                    let inner = cursor.balanced('(', ')');
                    return self.value(&inner);
                }
                let mut name = String::new();
                let braced = cursor.peek(0) == Some('{');
                if braced {
                    cursor.next();
                    name = cursor.balanced('{', '}');
                } else {
                    while let Some(c) = cursor.peek(0).filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':')) {
                        name.push(c);
                        cursor.next();
                    }
                }
                let name = name.rsplit(':').next().unwrap_or("").to_ascii_lowercase();
                let rest: String = cursor.chars[cursor.at..].iter().collect();
                let value = self.variables.get(&name).map_or_else(Value::unknown, |value| Value::clone(value));
                self.member(value, &rest)
            }
            Some(_) if raw.contains(',') => self.list(raw),
            Some(_) if raw.contains(['(', '{', '[', '"']) || raw.contains(char::is_whitespace) => Value::unknown(),
            Some(_) => Value::Text(raw.to_string()),
        }
    }

    /// `.Name`, `[0]` and what else follows a value.
    fn member(&mut self, value: Value, rest: &str) -> Value {
        static INDEX: LazyLock<Regex> = LazyLock::new(|| regex(r"^\[(\d+)\]"));
        static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^\.(\w+)"));
        let rest = rest.trim();
        if rest.is_empty() {
            return value;
        }
        if let Some(found) = INDEX.captures(rest) {
            let index: usize = found[1].parse().unwrap_or(usize::MAX);
            let item = match &value {
                Value::List(items) => items.get(index).cloned().map(Value::Text),
                Value::Text(_) if index == 0 => Some(value),
                Value::Text(_) | Value::Table(_) => None,
            };
            return item.map_or_else(Value::unknown, |item| self.member(item, &rest[found[0].len()..]));
        }
        let Some(found) = NAME.captures(rest) else { return Value::unknown() };
        let after = &rest[found[0].len()..];
        if after.starts_with('(') {
            return Value::unknown();
        }
        let inner = match &value {
            Value::Table(entries) => {
                let name = found[1].to_ascii_lowercase();
                let raw = entries.iter().find(|(known, _)| *known == name).map(|(_, raw)| raw.clone());
                raw.map_or_else(Value::unknown, |raw| self.value(&raw))
            }
            // The index, alias or name of an adapter: still that adapter.
            Value::Text(_) | Value::List(_) => value,
        };
        self.member(inner, after)
    }

    fn list(&mut self, raw: &str) -> Value {
        let mut items = Vec::new();
        let mut cursor = Cursor::new(raw);
        let mut item = String::new();
        while let Some(c) = cursor.peek(0) {
            if matches!(c, ',' | '\n' | ';') {
                cursor.next();
                items.push(std::mem::take(&mut item));
            } else if let Some(string) = cursor.string() {
                item.push_str(&string);
            } else {
                cursor.next();
                item.push(c);
                if c == '(' {
                    item.push_str(&cursor.balanced('(', ')'));
                    item.push(')');
                }
            }
        }
        items.push(item);
        let items: Vec<String> =
            items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(str::to_string).collect();
        let values: Vec<String> = items.iter().map(|item| self.value(item).text()).collect();
        match values.len() {
            1 => Value::Text(values.into_iter().next().unwrap_or_default()),
            _ => Value::List(values),
        }
    }

    /// The content of a string, with what a double-quoted one has filled in.
    pub fn string(&mut self, quoted: &str) -> String {
        let here = quoted.starts_with('@');
        let inner = match here {
            true => {
                let body = quoted.split_once('\n').map_or("", |(_, body)| body);
                let body = body.trim_end_matches('@').trim_end_matches(['\'', '"']);
                body.strip_suffix('\n').unwrap_or(body)
            }
            false => quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or(""),
        };
        if quoted.trim_start_matches('@').starts_with('\'') {
            return if here { inner.to_string() } else { inner.replace("''", "'") };
        }
        let mut cursor = Cursor::new(inner);
        let mut out = String::new();
        while let Some(c) = cursor.next() {
            match c {
                '`' => match cursor.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r' | '0') | None => {}
                    Some(c) => out.push(c),
                },
                '"' if cursor.peek(0) == Some('"') && !here => {
                    cursor.next();
                    out.push('"');
                }
                '$' => match cursor.peek(0) {
                    Some('(') => {
                        cursor.next();
                        let inner = cursor.balanced('(', ')');
                        out.push_str(&self.value(&inner).text());
                    }
                    Some(c) if c.is_ascii_alphanumeric() || matches!(c, '_' | '{') => {
                        let mut name = String::from("$");
                        if c == '{' {
                            cursor.next();
                            name.push_str(&cursor.balanced('{', '}'));
                        } else {
                            while let Some(c) =
                                cursor.peek(0).filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
                            {
                                name.push(c);
                                cursor.next();
                            }
                        }
                        out.push_str(&self.value(&name).text());
                    }
                    _ => out.push('$'),
                },
                c => out.push(c),
            }
            if out.len() > MAX_VALUE {
                return UNKNOWN.to_string();
            }
        }
        out
    }

    /// The network adapter that a pipeline finds; `None` when it is about something else.
    pub fn adapter(&mut self, parts: &[String]) -> Option<String> {
        let words = arguments(parts.first()?);
        let name = words.first()?.to_ascii_lowercase();
        let mut found = match name.as_str() {
            "get-netadapter"
            | "get-netipinterface"
            | "get-netipaddress"
            | "get-netipconfiguration"
            | "gip"
            | "get-netconnectionprofile" => {
                let (parameters, _) = self.parameters(&words[1..]);
                let get = |names: &[&str]| parameters.iter().find(|(name, _)| names.contains(&name.as_str()));
                let named = get(&["name", "interfacealias", "ifalias"]);
                let positional = get(&[""]).filter(|_| name == "get-netadapter" || name == "get-netipconfiguration");
                let described = get(&["interfacedescription", "ifdesc"]).map(|(_, value)| value.to_ascii_lowercase());
                match named.or(positional) {
                    Some((_, value)) => value.clone(),
                    None if described.is_some_and(|text| is_main_adapter(&text)) => PRIMARY.to_string(),
                    None if get(&[
                        "interfaceindex",
                        "ifindex",
                        "interfacedescription",
                        "ipaddress",
                        "includehidden",
                    ])
                    .is_some() =>
                    {
                        UNKNOWN.to_string()
                    }
                    None => PRIMARY.to_string(),
                }
            }
            "get-netroute" | "find-netroute" => {
                if parts.iter().any(|part| part.contains("0.0.0.0/0")) {
                    PRIMARY.to_string()
                } else {
                    UNKNOWN.to_string()
                }
            }
            "get-wmiobject" | "gwmi" | "get-ciminstance" | "gcim" => {
                let whole = parts.join("|").to_ascii_lowercase();
                if !whole.contains("win32_networkadapter") {
                    return None;
                }
                if whole.contains("ipenabled")
                    || whole.contains("dhcpenabled")
                    || whole.contains("netenabled")
                    || whole.contains("netconnectionstatus")
                {
                    PRIMARY.to_string()
                } else {
                    UNKNOWN.to_string()
                }
            }
            _ => {
                // A variable or a bracket that holds an adapter already.
                if parts.len() < 2 || !name.starts_with(['$', '(']) {
                    return None;
                }
                self.value(&parts[0]).text()
            }
        };
        let wmi = name.contains("wmi") || name.contains("cim");
        for part in &parts[1..] {
            let words = arguments(part);
            let filter = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
            match filter.as_str() {
                "where-object" | "where" | "?" => found = self.filtered(found, part, wmi),
                "select-object" | "select" => {
                    let lower = part.to_ascii_lowercase();
                    if lower.contains("-last") || lower.contains("-skip") || lower.contains("-index") {
                        found = UNKNOWN.to_string();
                    }
                }
                "sort-object" | "sort" if part.to_ascii_lowercase().contains("-desc") => found = UNKNOWN.to_string(),
                "foreach-object"
                | "foreach"
                | "%"
                | "sort-object"
                | "sort"
                | "out-null"
                | "format-table"
                | "get-netipinterface"
                | "get-netadapter"
                | "get-netipaddress"
                | "get-netipconfiguration"
                | "out-string" => {}
                // Commands that act on the adapter pass it on or end the pipeline.
                _ => {}
            }
        }
        Some(found)
    }

    /// What is left of the adapters after a `Where-Object`.
    fn filtered(&mut self, found: String, part: &str, wmi: bool) -> String {
        static NAMED: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r#"(?i)(Name|InterfaceAlias|ifAlias|NetConnectionID|InterfaceDescription|ifDesc|Description)\s*["']?\s+-(c|i)?(eq|like|match)\s+("[^"]*"|'[^']*'|\$[\w.:]+)"#,
            )
        });
        static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r"(?i)^\s*(where-object|where|\?)\s*\{?(\s|\(|\)|\$_\.|\$psitem\.|-and|-not|!|-Property|-Value|-eq|-ne|-like|-notlike|-notmatch|-match|-gt|\$null|\$true|\$false|['\x22]?(up|connected|true|false|ipv4|dhcp|internet|802\.3|physical|well ?known|manual|preferred|loopback[^'\x22]*|\*loopback\*|\*?vethernet\*?|127\S*|169\.254\S*|0|2)['\x22]?|status|netconnectionstatus|connectionstate|hardwareinterface|virtual|physicalmediatype|mediatype|adminstatus|ipv4defaultgateway|defaultipgateway|nexthop|ipenabled|dhcpenabled|netenabled|dhcp|netadapter\.status|addressfamily|prefixorigin|suffixorigin|interfacealias|name|ipaddress|addressstate)*\}?\s*$",
            )
        });
        static INNER: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?i)vEthernet|Hyper-V Virtual|loopback|docker|\bnat\b|switch|#\s*[2-9]"));
        if let Some(name) = NAMED.captures(part) {
            let field = name[1].to_ascii_lowercase();
            let value = self.value(&name[4]).text();
            let described = field.contains("desc");
            if INNER.is_match(&value) || value.contains(UNKNOWN) {
                return if value.contains(UNKNOWN) { UNKNOWN.to_string() } else { "vEthernet".to_string() };
            }
            if described || (wmi && field == "name") {
                return if is_main_adapter(&value.to_ascii_lowercase()) {
                    PRIMARY.to_string()
                } else {
                    UNKNOWN.to_string()
                };
            }
            return value;
        }
        if HARMLESS.is_match(part) { found } else { UNKNOWN.to_string() }
    }
}

/// What Windows calls the network adapter of an Azure machine; the second one has a number.
fn is_main_adapter(description: &str) -> bool {
    description.contains("hyper-v network adapter") && !description.contains('#')
}
