//! PowerShell scripts, as far as they run commands and write files.
//!
//! Statements, pipelines and blocks are told apart; values are followed where they are literals, variables, hash
//! tables or network adapters. An adapter is its name, [`PRIMARY`] when the script finds the main one out, or unknown.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::decode;
use crate::guest::script::{Action, MAX_DEPTH, PRIMARY, Step, UNKNOWN, Walk, batch, blank};

/// Elements of a `foreach` that are tried one by one.
const MAX_LOOP: usize = 16;

/// Parts of a pipeline that are followed.
const MAX_PIPE: usize = 32;

/// Longest value of a variable, in bytes.
const MAX_VALUE: usize = 64 * 1024;

/// What a script does, in order.
pub fn steps(text: &str, lines: &Lines, walk: &mut Walk) -> Vec<Step> {
    let mut runner = Runner { walk, variables: HashMap::new(), functions: HashMap::new(), depth: 0, ended: false };
    let mut out = Vec::new();
    // PowerShell takes the dashes of word processors for its own.
    let text = &text.replace(['\u{2013}', '\u{2014}', '\u{2015}'], "-");
    if runner.walk.charge(text.len()) {
        runner.block(&without_comments(text), lines, &mut out);
    }
    out
}

/// The script with its comments blanked out.
pub fn without_comments(text: &str) -> String {
    let mut cursor = Cursor::new(text);
    let mut ranges = Vec::new();
    let mut before = ' ';
    while let Some(c) = cursor.peek(0) {
        let start = cursor.at;
        if c == '<' && cursor.peek(1) == Some('#') {
            while cursor.at < cursor.chars.len() && !(cursor.peek(0) == Some('#') && cursor.peek(1) == Some('>')) {
                cursor.next();
            }
            cursor.next();
            cursor.next();
            ranges.push((start, cursor.at));
            before = ' ';
        } else if c == '#' && (before.is_whitespace() || "(){};|,=".contains(before)) {
            while cursor.peek(0).is_some_and(|c| c != '\n') {
                cursor.next();
            }
            ranges.push((start, cursor.at));
            before = ' ';
        } else if cursor.string().is_some() {
            before = '"';
        } else {
            if c == '`' {
                cursor.next();
            }
            cursor.next();
            before = c;
        }
    }
    blank(text, &ranges)
}

/// A place in a text.
struct Cursor {
    chars: Vec<char>,
    at: usize,
    line: u32,
}

impl Cursor {
    fn new(text: &str) -> Cursor {
        Cursor { chars: text.chars().collect(), at: 0, line: 1 }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    /// Takes a string that begins here, quotes and all.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        match (self.peek(0)?, self.peek(1)) {
            ('@', Some(quote @ ('\'' | '"'))) => {
                // A here-string begins after the line and ends at a line that begins with its mark.
                if self.chars[self.at + 2..].iter().find(|c| **c == '\n' || !c.is_whitespace()) != Some(&'\n') {
                    return None;
                }
                self.next();
                while let Some(c) = self.next() {
                    if c == '\n' && self.peek(0) == Some(quote) && self.peek(1) == Some('@') {
                        self.next();
                        self.next();
                        break;
                    }
                }
            }
            ('\'', _) => {
                self.next();
                while let Some(c) = self.next() {
                    if c == '\'' && self.peek(0) == Some('\'') {
                        self.next();
                    } else if c == '\'' {
                        break;
                    }
                }
            }
            ('"', _) => {
                self.next();
                while let Some(c) = self.next() {
                    match c {
                        '`' => {
                            self.next();
                        }
                        '"' if self.peek(0) == Some('"') => {
                            self.next();
                        }
                        '"' => break,
                        '$' if self.peek(0) == Some('(') => {
                            self.next();
                            self.balanced('(', ')');
                        }
                        _ => {}
                    }
                }
            }
            _ => return None,
        }
        Some(self.chars[start..self.at].iter().collect())
    }

    /// The text up to the bracket that closes one already open.
    fn balanced(&mut self, open: char, close: char) -> String {
        let start = self.at;
        let mut depth = 1;
        while let Some(c) = self.peek(0) {
            if c == '`' {
                self.next();
                self.next();
                continue;
            }
            // A string inside a string inside a string: the recursion ends with the text.
            if matches!(c, '\'' | '"' | '@') && self.plain_string() {
                continue;
            }
            self.next();
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    return self.chars[start..self.at - 1].iter().collect();
                }
            }
        }
        self.chars[start..self.at].iter().collect()
    }

    /// Steps over a string without looking into it.
    fn plain_string(&mut self) -> bool {
        match (self.peek(0), self.peek(1)) {
            (Some('@'), Some('\'' | '"')) | (Some('\''), _) => self.string().is_some(),
            (Some('"'), _) => {
                self.next();
                while let Some(c) = self.next() {
                    match c {
                        '`' => {
                            self.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
                true
            }
            _ => false,
        }
    }

    fn blanks(&mut self) {
        while let Some(c) = self.peek(0) {
            if c == '`' && self.peek(1) == Some('\n') {
                self.next();
            } else if !c.is_whitespace() {
                return;
            }
            self.next();
        }
    }

    /// The word that stands here, in lower case; the cursor stays.
    fn word(&self) -> String {
        let word = self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_');
        word.collect::<String>().to_ascii_lowercase()
    }

    /// A bracket of this kind and its content, after blanks.
    fn bracket(&mut self, open: char, close: char) -> Option<(String, u32)> {
        let before = (self.at, self.line);
        self.blanks();
        if self.peek(0) != Some(open) {
            (self.at, self.line) = before;
            return None;
        }
        self.next();
        let line = self.line;
        Some((self.balanced(open, close), line))
    }

    /// A keyword after blanks, taken when it is there.
    fn keyword(&mut self, word: &str) -> bool {
        let before = (self.at, self.line);
        self.blanks();
        if self.word() == word {
            self.at += word.len();
            return true;
        }
        (self.at, self.line) = before;
        false
    }

    /// A statement up to the end of its line, its pipeline or its block.
    fn statement(&mut self) -> String {
        let start = self.at;
        let mut last = ' ';
        while let Some(c) = self.peek(0) {
            match c {
                ';' => break,
                '\n' if !matches!(last, '|' | ',' | '=' | '+') => {
                    // A pipe at the beginning of the next line goes on with this one.
                    let (at, line) = (self.at, self.line);
                    while self.peek(0).is_some_and(char::is_whitespace) {
                        self.next();
                    }
                    if self.peek(0) != Some('|') {
                        (self.at, self.line) = (at, line);
                        break;
                    }
                }
                '`' => {
                    self.next();
                    self.next();
                }
                '\'' | '"' | '@' => {
                    if self.string().is_none() {
                        self.next();
                    }
                    last = '"';
                }
                '(' | '{' | '[' => {
                    self.next();
                    self.balanced(
                        c,
                        match c {
                            '(' => ')',
                            '{' => '}',
                            _ => ']',
                        },
                    );
                    last = c;
                }
                c => {
                    if !c.is_whitespace() {
                        last = c;
                    }
                    self.next();
                }
            }
        }
        self.chars[start..self.at].iter().collect()
    }
}

/// A pipeline's parts: what stands between its pipes.
fn segments(statement: &str) -> Vec<String> {
    let mut cursor = Cursor::new(statement);
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(c) = cursor.peek(0) {
        match c {
            '|' if cursor.peek(1) != Some('|') => {
                parts.push(cursor.chars[start..cursor.at].iter().collect::<String>());
                cursor.next();
                start = cursor.at;
            }
            '(' | '{' | '[' => {
                cursor.next();
                cursor.balanced(
                    c,
                    match c {
                        '(' => ')',
                        '{' => '}',
                        _ => ']',
                    },
                );
            }
            '`' => {
                cursor.next();
                cursor.next();
            }
            _ => {
                if cursor.string().is_none() {
                    cursor.next();
                }
            }
        }
    }
    parts.push(cursor.chars[start..].iter().collect());
    parts
}

/// The arguments of a command, each as written; blanks and commas inside brackets and quotes do not separate.
fn arguments(segment: &str) -> Vec<String> {
    let mut cursor = Cursor::new(segment);
    let mut words = Vec::new();
    let mut word = String::new();
    while let Some(c) = cursor.peek(0) {
        match c {
            '`' if matches!(cursor.peek(1), Some('\n' | '\r') | None) => {
                cursor.next();
            }
            '`' => {
                cursor.next();
                word.extend(cursor.next());
            }
            c if c.is_whitespace() => {
                cursor.next();
                // A list goes on after its comma.
                if !word.is_empty() && !word.ends_with(',') && cursor.peek(0) != Some(',') {
                    words.push(std::mem::take(&mut word));
                }
            }
            '(' | '{' | '[' => {
                cursor.next();
                let close = match c {
                    '(' => ')',
                    '{' => '}',
                    _ => ']',
                };
                word.push(c);
                word.push_str(&cursor.balanced(c, close));
                word.push(close);
            }
            c => match cursor.string() {
                Some(string) => word.push_str(&string),
                None => {
                    cursor.next();
                    word.push(c);
                }
            },
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[derive(Clone)]
enum Value {
    /// A string, a number, or an adapter by its name.
    Text(String),
    /// A hash table: names in lower case, values as written.
    Table(Vec<(String, String)>),
    List(Vec<String>),
}

impl Value {
    fn unknown() -> Value {
        Value::Text(UNKNOWN.to_string())
    }

    fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::List(items) => items.join(","),
            Value::Table(_) => UNKNOWN.to_string(),
        }
    }
}

struct Function {
    body: String,
    lines: Lines,
    /// Names in lower case, with their default as written.
    parameters: Vec<(String, Option<String>)>,
}

struct Runner<'a> {
    walk: &'a mut Walk,
    variables: HashMap<String, Rc<Value>>,
    functions: HashMap<String, Rc<Function>>,
    depth: usize,
    ended: bool,
}

impl Runner<'_> {
    fn block(&mut self, text: &str, lines: &Lines, out: &mut Vec<Step>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut cursor = Cursor::new(text);
        loop {
            while cursor.peek(0).is_some_and(|c| c.is_whitespace() || matches!(c, ';' | '}' | ')' | '`')) {
                cursor.next();
            }
            if cursor.peek(0).is_none() || self.ended || !self.walk.step() {
                break;
            }
            let before = cursor.at;
            self.statement(&mut cursor, lines, out);
            if cursor.at == before {
                cursor.next();
            }
        }
        self.depth -= 1;
    }

    fn statement(&mut self, cursor: &mut Cursor, lines: &Lines, out: &mut Vec<Step>) {
        let word = cursor.word();
        let start = (cursor.at, cursor.line);
        cursor.at += word.len();
        match word.as_str() {
            "if" => return self.conditional(cursor, lines, out),
            "foreach" | "for" | "while" | "switch" => {
                if let Some((head, _)) = cursor.bracket('(', ')') {
                    let Some((body, line)) = cursor.bracket('{', '}') else { return };
                    return self.repeated(&word, &head, &body, &lines.part(line), out);
                }
            }
            "do" | "process" | "begin" | "end" | "node" | "configuration" => {
                if word == "node" || word == "configuration" {
                    while cursor.peek(0).is_some_and(|c| c != '{' && c != '\n') {
                        cursor.next();
                    }
                }
                if let Some((body, line)) = cursor.bracket('{', '}') {
                    self.block(&body, &lines.part(line), out);
                    return;
                }
            }
            "try" => {
                if let Some((body, line)) = cursor.bracket('{', '}') {
                    self.block(&body, &lines.part(line), out);
                    while cursor.keyword("catch") {
                        while cursor.peek(0).is_some_and(|c| c != '{') {
                            cursor.next();
                        }
                        if let Some((body, line)) = cursor.bracket('{', '}') {
                            self.either(&[(body.as_str(), lines.part(line)), ("", Lines::At(1))], out);
                        }
                    }
                    if cursor.keyword("finally")
                        && let Some((body, line)) = cursor.bracket('{', '}')
                    {
                        self.block(&body, &lines.part(line), out);
                    }
                    return;
                }
            }
            "function" | "filter" => {
                cursor.blanks();
                let name: String = cursor.chars[cursor.at..]
                    .iter()
                    .take_while(|c| !c.is_whitespace() && !"({".contains(**c))
                    .collect();
                cursor.at += name.chars().count();
                let head = cursor.bracket('(', ')');
                let Some((body, line)) = cursor.bracket('{', '}') else { return };
                let mut parameters = head.map(|(head, _)| declared(&head)).unwrap_or_default();
                let mut inner = Cursor::new(&body);
                if skip_to_param(&mut inner)
                    && let Some((head, _)) = inner.bracket('(', ')')
                {
                    parameters = declared(&head);
                }
                let function = Function { body, lines: lines.part(line), parameters };
                self.functions.insert(name.to_ascii_lowercase(), Rc::new(function));
                return;
            }
            "param" => {
                if let Some((head, _)) = cursor.bracket('(', ')') {
                    for (name, default) in declared(&head) {
                        if self.variables.contains_key(&name) {
                            continue;
                        }
                        let value = match default {
                            Some(default) => self.value(&default),
                            None => Value::unknown(),
                        };
                        self.variables.insert(name, Rc::new(value));
                    }
                    return;
                }
            }
            "exit" => {
                cursor.statement();
                self.ended = true;
                return;
            }
            "return" => {
                let line = lines.outer(cursor.line);
                let statement = cursor.statement();
                self.pipeline(&statement, line, out);
                self.ended = true;
                return;
            }
            _ => {}
        }
        (cursor.at, cursor.line) = start;
        let line = lines.outer(cursor.line);
        let first = cursor.line;
        let statement = cursor.statement();
        self.assignment(&statement, line, (lines, first), out);
    }

    fn conditional(&mut self, cursor: &mut Cursor, lines: &Lines, out: &mut Vec<Step>) {
        let mut ways: Vec<(String, Lines)> = Vec::new();
        loop {
            cursor.bracket('(', ')');
            let Some((body, line)) = cursor.bracket('{', '}') else { break };
            ways.push((body, lines.part(line)));
            if cursor.keyword("elseif") {
                continue;
            }
            if cursor.keyword("else")
                && let Some((body, line)) = cursor.bracket('{', '}')
            {
                ways.push((body, lines.part(line)));
            } else {
                ways.push((String::new(), Lines::At(1)));
            }
            break;
        }
        let ways: Vec<(&str, Lines)> = ways.iter().map(|(body, lines)| (body.as_str(), lines.clone())).collect();
        self.either(&ways, out);
    }

    fn either(&mut self, ways: &[(&str, Lines)], out: &mut Vec<Step>) {
        let before = self.variables.clone();
        let mut arms = Vec::new();
        let mut states: Vec<HashMap<String, Rc<Value>>> = Vec::new();
        for (body, lines) in ways {
            self.variables.clone_from(&before);
            let mut steps = Vec::new();
            self.block(body, lines, &mut steps);
            self.ended = false;
            arms.push(steps);
            states.push(std::mem::take(&mut self.variables));
        }
        self.variables = before;
        for state in &states {
            for (name, value) in state {
                let text = value.text();
                let same = states.iter().all(|other| other.get(name).is_some_and(|other| other.text() == text));
                let value = if same { Rc::clone(value) } else { Rc::new(Value::unknown()) };
                self.variables.insert(name.clone(), value);
            }
        }
        if arms.iter().any(|steps| !steps.is_empty()) {
            out.push(Step::Either(arms));
        }
    }

    fn repeated(&mut self, word: &str, head: &str, body: &str, lines: &Lines, out: &mut Vec<Step>) {
        if word == "switch" {
            // Each block inside may be the one.
            let mut cursor = Cursor::new(body);
            let mut ways: Vec<(String, Lines)> = vec![(String::new(), Lines::At(1))];
            while cursor.peek(0).is_some() {
                match cursor.bracket('{', '}') {
                    Some((body, line)) => ways.push((body, lines.part(line))),
                    None if cursor.string().is_some() => {}
                    None => {
                        cursor.next();
                    }
                }
            }
            let ways: Vec<(&str, Lines)> = ways.iter().map(|(body, lines)| (body.as_str(), lines.clone())).collect();
            return self.either(&ways, out);
        }
        static EACH: LazyLock<Regex> = LazyLock::new(|| regex(r"(?is)^\s*\$(\w+)\s+in\s+(.*)$"));
        if word == "foreach"
            && let Some(found) = EACH.captures(head)
        {
            let name = found[1].to_ascii_lowercase();
            let values = match self.value(&found[2]) {
                Value::List(items) => items,
                other => vec![other.text()],
            };
            if values.len() <= MAX_LOOP && values.iter().all(|value| !value.contains(UNKNOWN)) {
                for value in values {
                    self.variables.insert(name.clone(), Rc::new(Value::Text(value)));
                    self.block(body, lines, out);
                }
                return;
            }
            self.variables.insert(name, Rc::new(Value::unknown()));
        }
        self.either(&[(body, lines.clone()), ("", Lines::At(1))], out);
    }

    /// `$name = …`, or a pipeline.
    fn assignment(&mut self, statement: &str, line: u32, place: (&Lines, u32), out: &mut Vec<Step>) {
        static ASSIGN: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?s)^\s*(?:\[[\w.\[\]]+\]\s*)*\$(?:\w+:)?(\w+)\s*(\+?)=([^=].*)$"));
        let Some(found) = ASSIGN.captures(statement) else {
            if !self.special(statement, line, place, out) {
                self.pipeline(statement, line, out);
            }
            return;
        };
        let name = found[1].to_ascii_lowercase();
        let right = found[3].to_string();
        let value = match found[2].is_empty() {
            true => self.value(&right),
            false => Value::unknown(),
        };
        self.pipeline(&right, line, out);
        self.variables.insert(name, Rc::new(value));
    }

    /// Statements that are not commands: methods of adapters, DSC resources.
    fn special(&mut self, statement: &str, line: u32, place: (&Lines, u32), out: &mut Vec<Step>) -> bool {
        static METHOD: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?is)^\s*(.*)\.(EnableStatic|EnableDHCP)\s*\((.*)\)\s*(\|.*)?$"));
        static RESOURCE: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?is)^\s*x?(IPAddress|NetIPInterface|DhcpClient)\s+\S+\s*\{(.*)\}\s*$"));
        if let Some(found) = METHOD.captures(statement)
            && !statement.contains('{')
        {
            let target = self.value(&found[1]).text();
            let value = self.value(&found[3]).text();
            let parameters = vec![("|".to_string(), target), ("ipaddress".to_string(), value)];
            out.push(Step::Do { action: Action::Cmdlet { name: found[2].to_ascii_lowercase(), parameters }, line });
            return true;
        }
        if let Some(found) = RESOURCE.captures(statement) {
            let parameters = table(&found[2]).into_iter().map(|(name, raw)| (name, self.value(&raw).text())).collect();
            let name = format!("dsc-{}", found[1].to_ascii_lowercase());
            out.push(Step::Do { action: Action::Cmdlet { name, parameters }, line });
            return true;
        }
        // `& { … }`; a block alone is only a value.
        if let Some(called) = statement.trim_start().strip_prefix(['&', '.']).map(str::trim_start)
            && called.starts_with('{')
        {
            let mut cursor = Cursor::new(called);
            if let Some((body, inner)) = cursor.bracket('{', '}') {
                let (lines, first) = place;
                self.block(&body, &lines.part(first + inner - 1), out);
                return true;
            }
        }
        false
    }

    fn pipeline(&mut self, statement: &str, line: u32, out: &mut Vec<Step>) {
        let mut parts = segments(statement);
        parts.truncate(MAX_PIPE);
        let mut input: Option<String> = None;
        for (index, part) in parts.iter().enumerate() {
            if !self.walk.step() {
                return;
            }
            self.command(part, input.as_deref(), line, out);
            input = Some(self.piped(&parts[..=index], input.as_deref()));
        }
    }

    /// What comes out of the first parts of a pipeline.
    fn piped(&mut self, parts: &[String], input: Option<&str>) -> String {
        if let Some(adapter) = self.adapter(parts) {
            return adapter;
        }
        match parts {
            [only] => self.value(only).text(),
            _ => input.map_or_else(|| UNKNOWN.to_string(), str::to_string),
        }
    }

    fn command(&mut self, segment: &str, input: Option<&str>, line: u32, out: &mut Vec<Step>) {
        let mut words = arguments(segment);
        while words.first().is_some_and(|word| word == "&" || word == ".") {
            words.remove(0);
        }
        let Some(first) = words.first().cloned() else { return };
        if let Some(inner) = first.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            return self.nested(inner, line, out);
        }
        if first.starts_with('{') {
            return;
        }
        if first.starts_with('$') && words.get(1).is_some_and(|word| word == ">" || word == ">>") {
            return self.redirected(&words, line, out);
        }
        let name = if first.starts_with(['\'', '"', '$']) { self.value(&first).text() } else { first.clone() };
        let lower = name.to_ascii_lowercase();
        let bare = lower.rsplit(['\\', '/']).next().unwrap_or("");
        let bare = bare.strip_suffix(".exe").unwrap_or(bare).to_string();
        if let Some(function) = self.functions.get(&lower).cloned() {
            return self.call(&function, &words[1..], out);
        }
        match bare.as_str() {
            "powershell" | "pwsh" => {
                let arguments: Vec<String> = words[1..].iter().map(|word| self.argument(word)).collect();
                return batch::shell(&arguments, line, self.walk, out);
            }
            "cmd" => {
                let arguments: Vec<String> = words[1..].iter().map(|word| self.argument(word)).collect();
                let text =
                    arguments.iter().skip_while(|word| word.starts_with('/')).cloned().collect::<Vec<_>>().join(" ");
                out.extend(batch::steps(&text, &Lines::At(line), self.walk));
                return;
            }
            "netsh" | "wmic" | "ipconfig" | "bash" | "nmcli" => {
                let mut run = vec![bare];
                run.extend(words[1..].iter().map(|word| self.argument(word)));
                out.push(Step::Do { action: Action::Run(run), line });
                return;
            }
            _ => {}
        }
        if bare.ends_with(".ps1") || bare.ends_with(".bat") || bare.ends_with(".cmd") {
            let path = self.argument(&first).trim_start_matches(".\\").trim_start_matches("./").to_string();
            out.push(Step::Do { action: Action::Script(path), line });
            return;
        }
        let (parameters, blocks) = self.parameters(&words[1..]);
        self.cmdlet(&lower, parameters, &blocks, input, line, out);
    }

    fn cmdlet(
        &mut self,
        name: &str,
        mut parameters: Vec<(String, String)>,
        blocks: &[String],
        input: Option<&str>,
        line: u32,
        out: &mut Vec<Step>,
    ) {
        let get = |names: &[&str]| {
            parameters.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.clone())
        };
        let position = |index: usize| {
            parameters.iter().filter(|(name, _)| name.is_empty()).nth(index).map(|(_, value)| value.clone())
        };
        match name {
            "foreach-object" | "foreach" | "%" => {
                let before = self
                    .variables
                    .insert("_".to_string(), Rc::new(Value::Text(input.unwrap_or("\u{e000}").to_string())));
                for block in blocks {
                    self.nested(block, line, out);
                }
                self.variables.remove("_");
                self.variables.extend(before.map(|value| ("_".to_string(), value)));
                return;
            }
            "invoke-command" | "icm" => {
                // Elsewhere, such as in a machine inside this one.
                // Also a session by its place.
                let elsewhere =
                    ["computername", "cn", "vmname", "vmid", "session", "hostname", "containerid", "connectionuri"];
                if get(&elsewhere).is_none() && position(0).is_none() {
                    for block in blocks {
                        self.nested(block, line, out);
                    }
                }
                return;
            }
            "start-job" | "measure-command" | "start-threadjob" => {
                for block in blocks {
                    self.nested(block, line, out);
                }
                return;
            }
            "invoke-expression" | "iex" => {
                let text = get(&["command"]).or_else(|| position(0)).or_else(|| input.map(str::to_string));
                if let Some(text) = text {
                    self.nested(&text, line, out);
                }
                return;
            }
            "start-process" | "saps" | "start" => {
                let program = get(&["filepath"]).or_else(|| position(0)).unwrap_or_default();
                let list = get(&["argumentlist", "args"]).or_else(|| position(1)).unwrap_or_default();
                let text = format!("{program} {}", list.replace(',', " "));
                out.extend(batch::steps(&text, &Lines::At(line), self.walk));
                return;
            }
            "set-content" | "out-file" | "add-content" | "sc" | "ac" => {
                let path = get(&["path", "filepath", "literalpath"]);
                let content_at = usize::from(path.is_none());
                let Some(path) = path.or_else(|| position(0)) else { return };
                let text = get(&["value", "inputobject"])
                    .or_else(|| position(content_at))
                    .or_else(|| input.map(str::to_string));
                let append = name.starts_with('a') || get(&["append"]).is_some();
                let Some(text) = text else { return };
                let action = Action::Write { path, text, append, lines: Lines::At(line) };
                out.push(Step::Do { action, line });
                return;
            }
            "copy-item" | "move-item" | "copy" | "cp" | "move" | "mv" => {
                let from = get(&["path", "literalpath"]).or_else(|| position(0));
                let to =
                    get(&["destination"]).or_else(|| position(usize::from(get(&["path", "literalpath"]).is_none())));
                if let (Some(from), Some(to)) = (from, to) {
                    let keep = !name.starts_with('m');
                    out.push(Step::Do { action: Action::Copy { from, to, keep }, line });
                }
                return;
            }
            "remove-item" | "del" | "rm" => {
                if let Some(path) = get(&["path", "literalpath"]).or_else(|| position(0)) {
                    out.push(Step::Do { action: Action::Remove(path), line });
                }
                return;
            }
            _ => {}
        }
        if name.contains('-') || name == "configuration" {
            parameters.extend(input.map(|input| ("|".to_string(), input.to_string())));
            out.push(Step::Do { action: Action::Cmdlet { name: name.to_string(), parameters }, line });
        }
    }

    /// `'text' > file`.
    fn redirected(&mut self, words: &[String], line: u32, out: &mut Vec<Step>) {
        let (text, append) = (self.value(&words[0]).text(), words[1] == ">>");
        if let Some(path) = words.get(2) {
            let path = self.argument(path);
            out.push(Step::Do { action: Action::Write { path, text, append, lines: Lines::At(line) }, line });
        }
    }

    /// A text that is run here: all of it counts as one line.
    fn nested(&mut self, text: &str, line: u32, out: &mut Vec<Step>) {
        let text = without_comments(text);
        self.block(&text, &Lines::At(line), out);
        self.ended = false;
    }

    fn call(&mut self, function: &Function, words: &[String], out: &mut Vec<Step>) {
        let (given, _) = self.parameters(words);
        let before = self.variables.clone();
        let mut positions = given.iter().filter(|(name, _)| name.is_empty());
        for (name, default) in &function.parameters {
            let named = given.iter().find(|(known, _)| known == name);
            let value = match named.or_else(|| positions.next()) {
                Some((_, value)) => Value::Text(value.clone()),
                None => default.as_ref().map_or_else(Value::unknown, |default| self.value(default)),
            };
            self.variables.insert(name.clone(), Rc::new(value));
        }
        self.block(&function.body, &function.lines, out);
        self.variables = before;
        self.ended = false;
    }

    /// An argument as a program gets it.
    fn argument(&mut self, word: &str) -> String {
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
    fn parameters(&mut self, words: &[String]) -> (Vec<(String, String)>, Vec<String>) {
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
    fn value(&mut self, raw: &str) -> Value {
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
    fn string(&mut self, quoted: &str) -> String {
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
    fn adapter(&mut self, parts: &[String]) -> Option<String> {
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

/// Steps over what may stand before `param` in a function.
fn skip_to_param(cursor: &mut Cursor) -> bool {
    loop {
        cursor.blanks();
        if cursor.peek(0) == Some('[') {
            cursor.next();
            cursor.balanced('[', ']');
        } else {
            return cursor.keyword("param");
        }
    }
}

/// The parameters that a `param` block declares.
fn declared(head: &str) -> Vec<(String, Option<String>)> {
    let mut cursor = Cursor::new(head);
    let mut out = Vec::new();
    let mut part = String::new();
    let take = |part: &mut String, out: &mut Vec<(String, Option<String>)>| {
        static DECLARED: LazyLock<Regex> =
            LazyLock::new(|| regex(r"(?s)^\s*(?:\[[^\]]*(?:\[\])?\]\s*)*\$(\w+)\s*(?:=\s*(.*))?$"));
        let part = std::mem::take(part);
        if let Some(found) = DECLARED.captures(part.trim()) {
            out.push((found[1].to_ascii_lowercase(), found.get(2).map(|default| default.as_str().trim().to_string())));
        }
    };
    while let Some(c) = cursor.peek(0) {
        match c {
            ',' => {
                cursor.next();
                take(&mut part, &mut out);
            }
            '[' => {
                // Types and attributes; attributes hold brackets and commas.
                cursor.next();
                cursor.balanced('[', ']');
            }
            '(' => {
                cursor.next();
                part.push('(');
                part.push_str(&cursor.balanced('(', ')'));
                part.push(')');
            }
            _ => match cursor.string() {
                Some(string) => part.push_str(&string),
                None => {
                    cursor.next();
                    part.push(c);
                }
            },
        }
    }
    take(&mut part, &mut out);
    out
}

/// `name = value` pairs of a hash table, values as written.
fn table(inner: &str) -> Vec<(String, String)> {
    let mut cursor = Cursor::new(inner);
    let mut out = Vec::new();
    while cursor.peek(0).is_some() {
        while cursor.peek(0).is_some_and(|c| c.is_whitespace() || c == ';') {
            cursor.next();
        }
        let before = cursor.at;
        let statement = cursor.statement();
        if let Some((name, value)) = statement.split_once('=') {
            let name = name.trim().trim_matches(['\'', '"']).to_ascii_lowercase();
            out.push((name, value.trim().to_string()));
        }
        if cursor.at == before {
            cursor.next();
        }
    }
    out
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
