//! PowerShell scripts, as far as they run commands and write files.
//!
//! Statements, pipelines and blocks are told apart; values are followed where they are literals, variables, hash
//! tables or network adapters. An adapter is its name, [`PRIMARY`](crate::guest::script::PRIMARY) when the script finds the main one out, or unknown.

mod text;
mod value;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::script::powershell::text::{Cursor, arguments, declared, segments, skip_to_param, table};
use crate::guest::script::powershell::value::Value;
use crate::guest::script::{Action, MAX_DEPTH, Step, UNKNOWN, Walk, batch};

/// Elements of a `foreach` that are tried one by one.
const MAX_LOOP: usize = 16;

/// Parts of a pipeline that are followed.
const MAX_PIPE: usize = 32;

/// The script with its comments blanked out.
pub fn without_comments(text: &str) -> String {
    text::without_comments(text)
}

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
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
