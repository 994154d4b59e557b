//! POSIX shell scripts, as far as they write files and run commands.
//!
//! A lexer, a parser and the walk over what they found. Broken scripts are read as far as they go.

mod lexer;
mod parser;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::decode::{self, Decoded};
use crate::guest::script::shell::lexer::{Lexer, Piece, Redirect, Word};
use crate::guest::script::shell::parser::{Node, Simple, parse};
use crate::guest::script::{Action, MAX_DEPTH, PRIMARY, Step, UNKNOWN, Walk, blank, normal_path};

/// Words of a `for` loop that are tried one by one; longer lists are walked once with an unknown word.
const MAX_LOOP: usize = 16;

/// Longest value that a variable or the output of a command may take, in bytes.
const MAX_VALUE: usize = 64 * 1024;

/// What a script does, in order.
pub fn steps(text: &str, lines: &Lines, walk: &mut Walk) -> Vec<Step> {
    let mut runner = Runner::new(walk);
    let mut out = Vec::new();
    runner.script(text, lines, &mut out);
    out
}

/// The script with its comments blanked out.
pub fn without_comments(text: &str) -> String {
    let mut lexer = Lexer::new(text);
    lexer.run();
    blank(text, &lexer.comments)
}

/// What a command writes to its standard output.
#[derive(Clone, Default)]
struct Output {
    text: String,
    lines: Vec<u32>,
}

impl Output {
    fn of(text: String, line: u32) -> Output {
        let lines = vec![line; text.matches('\n').count() + 1];
        Output { text, lines }
    }

    fn unknown(line: u32) -> Output {
        Output::of(format!("{UNKNOWN}\n"), line)
    }

    fn add(&mut self, other: Output) {
        if other.text.is_empty() || self.text.len() + other.text.len() > MAX_VALUE {
            return;
        }
        // Both last and first line may be one; the line map has one entry more than there are line breaks.
        if self.lines.pop().is_some() && !self.text.ends_with('\n') {
            self.lines.extend(other.lines.first());
            self.lines.extend(other.lines.iter().skip(1));
        } else {
            self.lines.extend(other.lines);
        }
        self.text.push_str(&other.text);
    }
}

struct Runner<'a> {
    walk: &'a mut Walk,
    variables: HashMap<String, Rc<str>>,
    functions: HashMap<String, Rc<Vec<Node>>>,
    folder: String,
    lines: Lines,
    depth: usize,
    /// Programs that the words of the present command look up.
    looked_up: Option<String>,
    /// A command has left the script.
    ended: bool,
}

impl<'a> Runner<'a> {
    fn new(walk: &'a mut Walk) -> Runner<'a> {
        Runner {
            walk,
            variables: HashMap::new(),
            functions: HashMap::new(),
            folder: String::new(),
            lines: Lines::From(1),
            depth: 0,
            looked_up: None,
            ended: false,
        }
    }

    /// Runs a script text in this shell.
    fn script(&mut self, text: &str, lines: &Lines, out: &mut Vec<Step>) -> Output {
        if self.depth >= MAX_DEPTH || !self.walk.charge(text.len()) {
            return Output::default();
        }
        let nodes = parse(text);
        let before = std::mem::replace(&mut self.lines, lines.clone());
        self.depth += 1;
        let output = self.list(&nodes, Output::default(), out);
        self.depth -= 1;
        self.lines = before;
        output
    }

    fn list(&mut self, nodes: &[Node], mut stdin: Output, out: &mut Vec<Step>) -> Output {
        let mut output = Output::default();
        for node in nodes {
            if self.ended || !self.walk.step() {
                break;
            }
            // The first command reads what there is to read.
            output.add(self.node(node, std::mem::take(&mut stdin), out));
        }
        output
    }

    fn node(&mut self, node: &Node, stdin: Output, out: &mut Vec<Step>) -> Output {
        if self.depth >= MAX_DEPTH {
            return Output::default();
        }
        self.depth += 1;
        let output = self.node_inner(node, stdin, out);
        self.depth -= 1;
        output
    }

    fn node_inner(&mut self, node: &Node, stdin: Output, out: &mut Vec<Step>) -> Output {
        match node {
            Node::Simple(simple) => self.simple(simple, stdin, out),
            Node::Pipe(stages) => {
                let mut data = stdin;
                for stage in stages {
                    data = self.node(stage, data, out);
                }
                data
            }
            Node::Chain(first, rest) => self.chain(first, rest, out),
            Node::Group(body) => self.list(body, stdin, out),
            Node::Redirected(inner, redirects) => {
                let (stdin, line) = self.input(redirects, stdin);
                let output = self.node(inner, stdin, out);
                self.redirect(redirects, output, line, out)
            }
            Node::Function { name, body } => {
                self.functions.insert(name.clone(), Rc::clone(body));
                Output::default()
            }
            Node::If { arms, otherwise } => {
                let mut output = Output::default();
                let mut ways: Vec<&[Node]> = Vec::new();
                for (index, (test, body)) in arms.iter().enumerate() {
                    if index == 0 {
                        self.list(test, Output::default(), out);
                    }
                    ways.push(body);
                }
                ways.push(otherwise.as_deref().unwrap_or(&[]));
                output.add(self.either(&ways, out));
                output
            }
            Node::Case { arms, complete } => {
                let mut ways: Vec<&[Node]> = arms.iter().map(Vec::as_slice).collect();
                if !complete {
                    ways.push(&[]);
                }
                self.either(&ways, out)
            }
            Node::While { test, body } => {
                self.list(test, Output::default(), out);
                self.either(&[body, &[]], out)
            }
            Node::For { name, words, body } => self.for_loop(name, words, body, out),
        }
    }

    /// One of several ways is taken: each is walked from the same state, and what they leave differently is unknown.
    fn either(&mut self, ways: &[&[Node]], out: &mut Vec<Step>) -> Output {
        let (variables, folder) = (self.variables.clone(), self.folder.clone());
        struct Way {
            steps: Vec<Step>,
            variables: HashMap<String, Rc<str>>,
            output: Output,
        }
        let mut results: Vec<Way> = Vec::new();
        for way in ways {
            self.variables.clone_from(&variables);
            self.folder.clone_from(&folder);
            let mut steps = Vec::new();
            let output = self.list(way, Output::default(), &mut steps);
            // A way out of the script is nearly always for the run that has nothing to do or has failed.
            self.ended = false;
            results.push(Way { steps, variables: std::mem::take(&mut self.variables), output });
        }
        self.folder = folder;
        let mut merged = variables;
        for Way { variables: after, .. } in &results {
            for name in after.keys() {
                if results.iter().any(|other| other.variables.get(name) != after.get(name)) {
                    merged.insert(name.clone(), UNKNOWN.to_string().into());
                } else if let Some(value) = after.get(name) {
                    merged.insert(name.clone(), Rc::clone(value));
                }
            }
        }
        self.variables = merged;
        let same = results.windows(2).all(|pair| pair[0].output.text == pair[1].output.text);
        let output = match results.first() {
            Some(Way { output, .. }) if same => output.clone(),
            _ => Output::unknown(self.lines.outer(1)),
        };
        let arms: Vec<Vec<Step>> = results.into_iter().map(|way| way.steps).collect();
        if arms.iter().any(|steps| !steps.is_empty()) {
            out.push(Step::Either(arms));
        }
        output
    }

    fn chain(&mut self, first: &Node, rest: &[(&'static str, Node)], out: &mut Vec<Step>) -> Output {
        let mut output = self.node(first, Output::default(), out);
        let decides = is_test(first);
        let mut index = 0;
        if decides {
            // `[ … ] && a && b || c`: the commands up to the other operator are one way, the rest the other.
            let operator = rest[0].0;
            let split = rest.iter().position(|(other, _)| *other != operator).unwrap_or(rest.len());
            let (then, after) = rest.split_at(split);
            let then: Vec<Node> = then.iter().map(|(_, node)| node.clone()).collect();
            let other: Vec<Node> = after.iter().map(|(_, node)| node.clone()).collect();
            output.add(self.either(&[&then, &other], out));
            return output;
        }
        while let Some((operator, node)) = rest.get(index) {
            if self.ended {
                break;
            }
            if *operator == "||" {
                output.add(self.either(&[std::slice::from_ref(node), &[]], out));
            } else if is_test(node) {
                let nodes: Vec<Node> = rest[index + 1..].iter().map(|(_, node)| node.clone()).collect();
                output.add(self.either(&[&nodes, &[]], out));
                return output;
            } else {
                output.add(self.node(node, Output::default(), out));
            }
            index += 1;
        }
        output
    }

    fn for_loop(&mut self, name: &str, words: &[Word], body: &[Node], out: &mut Vec<Step>) -> Output {
        let values: Vec<String> = words.iter().flat_map(|word| self.fields(word)).collect();
        let known =
            values.len() <= MAX_LOOP && values.iter().all(|value| !value.contains(UNKNOWN) && !value.contains('*'));
        if !known {
            self.variables.insert(name.to_string(), UNKNOWN.to_string().into());
            return self.either(&[body, &[]], out);
        }
        let mut output = Output::default();
        for value in values {
            self.variables.insert(name.to_string(), value.into());
            output.add(self.list(body, Output::default(), out));
        }
        output
    }

    /// A word with its expansions filled in.
    fn fill(&mut self, word: &Word) -> String {
        let mut out = String::new();
        for piece in &word.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Unknown => out.push(UNKNOWN),
                Piece::Variable { name, default, .. } => match (self.variables.get(name), default) {
                    (Some(value), _) => out.push_str(value),
                    (None, Some(default)) => out.push_str(default),
                    (None, None) => out.push(UNKNOWN),
                },
                Piece::Output(command) => {
                    let value = self.output_of(command);
                    out.push_str(&value);
                }
            }
            if out.len() > MAX_VALUE {
                return UNKNOWN.to_string();
            }
        }
        if self.walk.charge(out.len()) { out } else { UNKNOWN.to_string() }
    }

    /// The words that a word becomes: an unquoted variable is split at blanks.
    fn fields(&mut self, word: &Word) -> Vec<String> {
        let splits = word.pieces.iter().any(|piece| matches!(piece, Piece::Variable { quoted: false, .. }));
        let text = self.fill(word);
        if splits && text.contains(char::is_whitespace) {
            return text.split_whitespace().map(str::to_string).collect();
        }
        vec![text]
    }

    /// What `$(…)` stands for.
    fn output_of(&mut self, command: &str) -> String {
        static SPEAKS: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(sudo\s+)?(cat|echo|printf|base64)\b"));
        if SPEAKS.is_match(command) && self.walk.step() {
            let variables = self.variables.clone();
            let output = self.script(command, &Lines::At(1), &mut Vec::new());
            self.variables = variables;
            let text = output.text.trim_end_matches('\n');
            if !text.is_empty() && text.chars().any(|c| c != UNKNOWN) {
                return text.to_string();
            }
        }
        let client = ["dhclient", "dhcpcd", "udhcpc"].into_iter().find(|client| command.contains(client));
        self.looked_up = client.map(str::to_string).or(self.looked_up.take());
        // What is looked up for an interface that is known.
        static NAMED: LazyLock<Regex> = LazyLock::new(|| regex(r"\$\{?([A-Za-z_]\w*)\}?"));
        let filled = NAMED.replace_all(command, |found: &regex::Captures<'_>| {
            let value = self.variables.get(&found[1]).filter(|value| value.len() <= 32);
            value.map_or_else(|| found[0].to_string(), |value| value.to_string())
        });
        interface_from(&filled)
    }

    fn path(&self, path: &str) -> String {
        if path.starts_with('/') || self.folder.is_empty() || path.starts_with('~') || path.contains(UNKNOWN) {
            return normal_path(path);
        }
        normal_path(&format!("{}/{path}", self.folder))
    }

    /// What a command reads: the last redirection of its input, else what comes through the pipe.
    fn input(&mut self, redirects: &[Redirect], stdin: Output) -> (Output, u32) {
        let mut input = stdin;
        let line = self.lines.outer(1);
        for redirect in redirects {
            match redirect.operator.as_str() {
                "<<" | "<<-" => {
                    if let Some((body, first)) = &redirect.body {
                        let text = self.fill(body);
                        let count = text.matches('\n').count() + 1;
                        let numbers = (0..count).map(|i| first.saturating_add(u32::try_from(i).unwrap_or(0)));
                        let lines = numbers.map(|number| self.lines.outer(number)).collect();
                        input = Output { text, lines };
                    }
                }
                "<<<" => {
                    let text = self.fill(&redirect.target);
                    input = Output::of(text + "\n", line);
                }
                "<" => input = Output::unknown(line),
                _ => {}
            }
        }
        (input, line)
    }

    /// Writes output to where it is redirected; what is left goes on to the pipe.
    fn redirect(&mut self, redirects: &[Redirect], output: Output, line: u32, out: &mut Vec<Step>) -> Output {
        let mut written = false;
        for redirect in redirects {
            if redirect.descriptor.is_some_and(|descriptor| descriptor != 1) {
                continue;
            }
            let append = match redirect.operator.as_str() {
                ">" | ">|" => false,
                ">>" => true,
                _ => continue,
            };
            let path = self.fill(&redirect.target);
            written = true;
            self.write(&path, &output, append, line, out);
        }
        if written { Output::default() } else { output }
    }

    fn write(&mut self, path: &str, output: &Output, append: bool, line: u32, out: &mut Vec<Step>) {
        let path = self.path(path);
        if path.starts_with("/dev/") {
            return;
        }
        let lines = Lines::Each(output.lines.clone());
        let line = output.lines.first().copied().unwrap_or(line);
        out.push(Step::Do { action: Action::Write { path, text: output.text.clone(), append, lines }, line });
    }

    fn simple(&mut self, simple: &Simple, stdin: Output, out: &mut Vec<Step>) -> Output {
        let line = self.lines.outer(simple.line);
        let assigned: Vec<(String, String)> =
            simple.assignments.iter().map(|(name, word)| (name.clone(), self.fill(word))).collect();
        let mut words: Vec<String> = simple.words.iter().flat_map(|word| self.fields(word)).collect();
        strip_prefixes(&mut words);
        if words.is_empty() {
            self.variables.extend(assigned.into_iter().map(|(name, value)| (name, value.into())));
            // `> file` alone empties it.
            self.redirect(&simple.redirects, Output::default(), line, out);
            return Output::default();
        }
        if matches!(words[0].as_str(), "export" | "local" | "declare" | "readonly" | "typeset") {
            for word in &words[1..] {
                if let Some((name, value)) = word.split_once('=') {
                    self.variables.insert(name.to_string(), value.into());
                }
            }
            return Output::default();
        }
        let (stdin, _) = self.input(&simple.redirects, stdin);
        let from = simple.redirects.iter().find(|redirect| redirect.operator == "<");
        let from = from.map(|redirect| redirect.target.clone()).map(|target| self.fill(&target));
        let copied = self.copies(&words, from.as_deref(), &simple.redirects, line, out);
        if copied {
            return Output::default();
        }
        let output = self.command(&words, stdin, line, out);
        self.redirect(&simple.redirects, output, line, out)
    }

    /// `cat a > b` and `envsubst < a > b`: a copy, whatever the file holds.
    fn copies(
        &mut self,
        words: &[String],
        from: Option<&str>,
        redirects: &[Redirect],
        line: u32,
        out: &mut Vec<Step>,
    ) -> bool {
        let source = match (words[0].as_str(), words.len(), from) {
            ("cat", 2, None) if words[1] != "-" => words[1].clone(),
            ("cat" | "envsubst", 1, Some(from)) => from.to_string(),
            _ => return false,
        };
        let target = redirects.iter().find(|r| r.operator == ">" && r.descriptor.is_none_or(|d| d == 1));
        let Some(target) = target.map(|redirect| redirect.target.clone()) else { return false };
        let (from, to) = (self.path(&source), self.fill(&target));
        let to = self.path(&to);
        out.push(Step::Do { action: Action::Copy { from, to, keep: true }, line });
        true
    }

    fn command(&mut self, words: &[String], stdin: Output, line: u32, out: &mut Vec<Step>) -> Output {
        let name = words[0].rsplit('/').next().unwrap_or("").to_string();
        let arguments = &words[1..];
        if let Some(body) = self.functions.get(&words[0]).cloned() {
            return self.call(&body, arguments, stdin, out);
        }
        match name.as_str() {
            "echo" => {
                return Output::of(echo(arguments), line);
            }
            "printf" => {
                return Output::of(printf(arguments), line);
            }
            "cat" if arguments.is_empty() || arguments[0] == "-" => return stdin,
            "tee" => {
                let append = arguments.iter().any(|word| word == "-a" || word == "--append");
                for path in arguments.iter().filter(|word| !word.starts_with('-')) {
                    self.write(path, &stdin, append, line, out);
                }
                return stdin;
            }
            "base64" | "openssl"
                if arguments.iter().any(|word| matches!(word.as_str(), "-d" | "-D" | "--decode" | "-di")) =>
            {
                return self.unpacked(&stdin, line);
            }
            // What `base64 -d` gives is unpacked already.
            "gunzip" | "zcat" if arguments.iter().all(|word| word.starts_with('-')) => return stdin,
            "gzip" if arguments.iter().any(|word| word.starts_with('-') && word.contains('d')) => return stdin,
            "read" => {
                // Whole input with `-d ''`, a line of it that nobody knows without.
                let whole = arguments.iter().any(|word| word == "-d" || word == "-rd");
                let name = arguments.iter().rfind(|word| !word.is_empty() && !word.starts_with('-'));
                if let Some(name) = name {
                    let value = if whole { stdin.text.as_str().into() } else { UNKNOWN.to_string().into() };
                    self.variables.insert(name.clone(), value);
                }
                return Output::default();
            }
            "true" | ":" | "sleep" | "mkdir" | "chmod" | "chown" | "touch" => return Output::default(),
            "cd" | "pushd" => {
                if let Some(folder) = arguments.iter().find(|word| !word.starts_with('-')) {
                    self.folder = self.path(folder);
                }
                return Output::default();
            }
            "exit" => {
                self.ended = true;
                return Output::default();
            }
            "eval" => {
                let text = arguments.join(" ");
                return self.script(&text, &Lines::At(line), out);
            }
            "su" | "runuser" => {
                let at = arguments.iter().position(|word| word == "-c" || word == "--command");
                if let Some(text) = at.and_then(|at| arguments.get(at + 1)) {
                    return self.script(text, &Lines::At(line), out);
                }
            }
            "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" => return self.shell(arguments, stdin, line, out),
            "." | "source" => {
                if let Some(path) = arguments.first() {
                    out.push(Step::Do { action: Action::Script(self.path(path)), line });
                }
                return Output::default();
            }
            "rm" | "unlink" => {
                for path in arguments.iter().filter(|word| !word.starts_with('-')) {
                    out.push(Step::Do { action: Action::Remove(self.path(path)), line });
                }
                return Output::default();
            }
            "cp" | "mv" | "install" | "ln" => {
                self.copy(&name, arguments, line, out);
                return Output::default();
            }
            "truncate" => {
                if let Some(path) = arguments.last() {
                    self.write(path, &Output::default(), false, line, out);
                }
                return Output::default();
            }
            _ => {}
        }
        if name == "kill" {
            // `kill $(pidof dhclient)`: which process it is stands in the command that looks for it.
            let mut words = words.to_vec();
            words.extend(std::mem::take(&mut self.looked_up));
            out.push(Step::Do { action: Action::Run(words), line });
            return Output::default();
        }
        if matches!(name.as_str(), "sed" | "perl" | "yq" | "nmstatectl") {
            let words = words.iter().map(|word| if is_file_name(word) { self.path(word) } else { word.clone() });
            out.push(Step::Do { action: Action::Run(words.collect()), line });
            return Output::unknown(line);
        }
        if words[0].contains('/') && !words[0].contains(UNKNOWN) {
            let path = self.path(words[0].trim_start_matches("./"));
            out.push(Step::Do { action: Action::Script(path), line });
        }
        out.push(Step::Do { action: Action::Run(words.to_vec()), line });
        Output::unknown(line)
    }

    /// A function, with its arguments as `$1` and so on.
    fn call(&mut self, body: &[Node], arguments: &[String], stdin: Output, out: &mut Vec<Step>) -> Output {
        let names = || (1..=9).map(|i: usize| i.to_string());
        let before: Vec<(String, Option<Rc<str>>)> =
            names().map(|name| (name.clone(), self.variables.remove(&name))).collect();
        for (name, value) in names().zip(arguments) {
            self.variables.insert(name, value.as_str().into());
        }
        self.variables.insert("@".to_string(), arguments.join(" ").into());
        let output = self.list(body, stdin, out);
        self.variables.remove("@");
        for (name, value) in before {
            self.variables.remove(&name);
            self.variables.extend(value.map(|value| (name, value)));
        }
        output
    }

    /// `bash -c text`, `bash file`, `bash` with a script on its input.
    fn shell(&mut self, arguments: &[String], stdin: Output, line: u32, out: &mut Vec<Step>) -> Output {
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            if word.starts_with('-') && !word.starts_with("--") && word.contains('c') {
                let Some(text) = rest.next() else { return Output::default() };
                // A shell of its own: what it sets stays in it.
                let (variables, folder) = (self.variables.clone(), self.folder.clone());
                let output = self.script(text, &Lines::At(line), out);
                (self.variables, self.folder) = (variables, folder);
                self.ended = false;
                return output;
            }
            if word == "-" || word == "-s" || word.starts_with('-') {
                continue;
            }
            out.push(Step::Do { action: Action::Script(self.path(word.trim_start_matches("./"))), line });
            return Output::unknown(line);
        }
        if stdin.text.is_empty() || stdin.text.contains(UNKNOWN) && stdin.text.trim().chars().count() == 1 {
            return Output::unknown(line);
        }
        let variables = self.variables.clone();
        let output = self.script(&stdin.text, &Lines::Each(stdin.lines), out);
        self.variables = variables;
        self.ended = false;
        output
    }

    /// What Base64 text holds, gzip taken off as well.
    fn unpacked(&mut self, stdin: &Output, line: u32) -> Output {
        let Some(bytes) = self.walk.budget.base64(&stdin.text) else { return Output::unknown(line) };
        match decode::unpack_file(bytes, &mut self.walk.budget) {
            Decoded::Text(text) => Output::of(text, line),
            Decoded::Unreadable => Output::unknown(line),
        }
    }

    fn copy(&mut self, name: &str, arguments: &[String], line: u32, out: &mut Vec<Step>) {
        let mut paths: Vec<&String> = Vec::new();
        let mut folder = None;
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-t" | "--target-directory" => folder = rest.next(),
                "-m" | "-o" | "-g" | "-S" if name == "install" => {
                    rest.next();
                }
                word if word.starts_with('-') => {}
                _ => paths.push(word),
            }
        }
        let Some(target) = folder.or_else(|| paths.pop()) else { return };
        let into = folder.is_some() || target.ends_with('/') || paths.len() > 1 || is_folder(&self.path(target));
        for path in paths {
            let from = self.path(path);
            let to = match into {
                true => format!("{}/{}", self.path(target), from.rsplit('/').next().unwrap_or("")),
                false => self.path(target),
            };
            out.push(Step::Do { action: Action::Copy { from, to: normal_path(&to), keep: name != "mv" }, line });
        }
    }
}

/// A word that is a file's name beyond doubt, and not an expression of `sed`.
fn is_file_name(word: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^(\./)?(ifcfg-[\w.:*-]+|interfaces|[\w.*-]+\.(ya?ml|cfg|conf|network|nmconnection))$")
    });
    NAME.is_match(word)
}

/// Folders that every guest has, so that copying to them copies into them.
fn is_folder(path: &str) -> bool {
    !path.is_empty() && !path.rsplit('/').next().unwrap_or("").contains('.') && {
        path.ends_with(".d")
            || matches!(
                path.rsplit('/').next(),
                Some(
                    "netplan"
                        | "network-scripts"
                        | "system-connections"
                        | "tmp"
                        | "network"
                        | "system"
                        | "root"
                        | "etc"
                        | "bin"
                        | "opt"
                )
            )
    }
}

/// `sudo`, `env A=b`, `nohup` and the like say how a command runs, not what it is.
fn strip_prefixes(words: &mut Vec<String>) {
    loop {
        let Some(first) = words.first() else { return };
        let first = first.trim_start_matches('\\').rsplit('/').next().unwrap_or("").to_string();
        let mut drop = match first.as_str() {
            "sudo" | "doas" | "env" | "nohup" | "exec" | "command" | "builtin" | "nice" | "ionice" | "stdbuf"
            | "setsid" | "systemd-run" | "time" | "timeout" | "flock" | "unbuffer" => 1,
            "cloud-init-per" => 3,
            _ => return,
        };
        if first == "command" && words.get(1).is_some_and(|word| word.starts_with('-')) {
            return;
        }
        // What only takes a prefix's own options or values.
        while let Some(word) = words.get(drop) {
            let takes_value = matches!(
                (first.as_str(), word.as_str()),
                ("sudo", "-u" | "-g" | "-h") | ("nice", "-n") | ("ionice", "-c" | "-n")
            );
            let number = first == "timeout" && word.starts_with(|c: char| c.is_ascii_digit());
            let lock = first == "flock" && word.starts_with('/');
            let pair = matches!(first.as_str(), "env" | "sudo")
                && word.contains('=')
                && !word.starts_with('=')
                && !word.contains('/');
            if takes_value {
                drop += 2;
            } else if word.starts_with('-') || number || lock || pair {
                drop += 1;
            } else {
                break;
            }
        }
        words.drain(..drop.min(words.len()));
    }
}

/// A command that only asks something: what follows on its success may not happen.
fn is_test(node: &Node) -> bool {
    match node {
        Node::Simple(simple) => {
            let mut words: Vec<String> = simple.words.iter().map(|word| word.literal().unwrap_or_default()).collect();
            if words.first().is_some_and(|word| word == "command") {
                return true;
            }
            strip_prefixes(&mut words);
            let name = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(""));
            let asks = matches!(
                name,
                "[" | "[["
                    | "test"
                    | "grep"
                    | "egrep"
                    | "fgrep"
                    | "which"
                    | "type"
                    | "hash"
                    | "pgrep"
                    | "diff"
                    | "cmp"
                    | "ping"
                    | "rpm"
                    | "dpkg"
                    | "id"
                    | "false"
                    | "(("
                    | "expr"
            );
            asks || matches!(words.get(1).map(String::as_str), Some("is-active" | "is-enabled" | "is-failed"))
        }
        Node::Pipe(stages) => stages.last().is_some_and(is_test),
        Node::Redirected(inner, _) => is_test(inner),
        Node::Group(body) => body.last().is_some_and(is_test),
        Node::Chain(..)
        | Node::If { .. }
        | Node::Case { .. }
        | Node::For { .. }
        | Node::While { .. }
        | Node::Function { .. } => false,
    }
}

/// The interface that a command finds out, when it is plainly the primary one.
fn interface_from(command: &str) -> String {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(eth0|hn0)\b"));
    static OTHER: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(eth[1-9]\d*|docker\w*|tail|NR\s*==\s*2)\b"));
    static ROUTE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\bip\s+(-\S+\s+)*(r|ro|rou|route)\b.*(\bdefault\b|0\.0\.0\.0|\bget\b)|\broute\s+-n\b.*(0\.0\.0\.0|UG)|\b(netstat\s+-\S*r).*(0\.0\.0\.0|default)",
        )
    });
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"/sys/class/net|\bip\s+(-\S+\s+)*(l|link|a|addr|address)\b|\bnmcli\b.*\b(con|connection|c|d|dev|device)\b|\bifconfig\b",
        )
    });
    static FIRST: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\bhead\s+(-n\s*|--lines[= ])?-?1\b|\bexit\b|\bsed\s+-n\s+['\x22]?1p|NR\s*==\s*1\b"));
    static ETHERNET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"grep\s[^|]*\b(e|en|eth|ens|enp|ethernet|802-3)\b|-v\S*\s+['\x22]?\S*\blo\b|lo\||!~|--active|\bethernet\b",
        )
    });
    if command.contains(PRIMARY) {
        return PRIMARY.to_string();
    }
    if OTHER.is_match(command) {
        return UNKNOWN.to_string();
    }
    if let Some(found) = NAMED.find(command) {
        return found.as_str().to_string();
    }
    let command = command.replace('\n', " ");
    let primary = ROUTE.is_match(&command)
        || (LIST.is_match(&command) && FIRST.is_match(&command) && ETHERNET.is_match(&command));
    if primary { PRIMARY.to_string() } else { UNKNOWN.to_string() }
}

fn echo(arguments: &[String]) -> String {
    let options =
        arguments.iter().take_while(|word| matches!(word.as_str(), "-e" | "-n" | "-E" | "-ne" | "-en")).count();
    let (options, words) = arguments.split_at(options);
    let text = words.join(" ");
    let escaped = options.iter().any(|word| word.contains('e'));
    let text = if escaped || text.contains("\\n") { escapes(&text) } else { text };
    if options.iter().any(|word| word.contains('n')) { text } else { text + "\n" }
}

fn printf(arguments: &[String]) -> String {
    let Some((format, values)) = arguments.split_first() else { return String::new() };
    let format = escapes(format);
    let slots = format.matches("%s").count();
    if slots == 0 {
        return format.replace("%%", "%");
    }
    let mut out = String::new();
    // The format is used again until the values are used up.
    for chunk in values.chunks(slots.max(1)) {
        let mut values = chunk.iter();
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once("%s") {
            out.push_str(before);
            out.push_str(values.next().map_or("", String::as_str));
            rest = after;
        }
        out.push_str(rest);
        if out.len() > MAX_VALUE {
            return UNKNOWN.to_string();
        }
    }
    out
}

fn escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('c') => return out,
            Some(c @ ('\\' | '\'' | '"')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
