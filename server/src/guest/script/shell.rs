//! POSIX shell scripts, as far as they write files and run commands.
//!
//! Lexer, parser and walk over the grammar of the shell: words with quotes and expansions, here-documents, pipes,
//! lists, groups, `if`, `case`, loops and functions. Broken scripts are read as far as they go.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::decode::{self, Decoded};
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

// The lexer.

#[derive(Clone)]
enum Piece {
    Text(String),
    /// `$name`, `${name}`, `${name:-default}`.
    Variable {
        name: String,
        default: Option<String>,
        quoted: bool,
    },
    /// `$(…)` and backquotes.
    Output(String),
    Unknown,
}

#[derive(Clone)]
struct Word {
    pieces: Vec<Piece>,
    quoted: bool,
}

#[derive(Clone)]
struct Redirect {
    operator: String,
    descriptor: Option<u32>,
    target: Word,
    /// The body of a here-document and the line on which it begins.
    body: Option<(Word, u32)>,
}

#[derive(Clone)]
enum Token {
    Word(Word),
    Operator(&'static str),
    Redirect(Redirect),
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: u32,
    tokens: Vec<(Token, u32)>,
    comments: Vec<(usize, usize)>,
    /// Here-documents whose bodies begin on the next line: index of the token, delimiter, quoted, tabs stripped.
    waiting: Vec<(usize, String, bool, bool)>,
}

impl Lexer {
    fn new(text: &str) -> Lexer {
        Lexer {
            chars: text.chars().collect(),
            at: 0,
            line: 1,
            tokens: Vec::new(),
            comments: Vec::new(),
            waiting: Vec::new(),
        }
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

    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            let line = self.line;
            match c {
                '\n' => {
                    self.next();
                    self.tokens.push((Token::Operator("\n"), line));
                    self.bodies();
                }
                ' ' | '\t' | '\r' => {
                    self.next();
                }
                '\\' if self.peek(1) == Some('\n') => {
                    self.next();
                    self.next();
                }
                '#' => {
                    let start = self.at;
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.next();
                    }
                    self.comments.push((start, self.at));
                }
                '<' | '>' => self.redirect(None),
                '0'..='9' if matches!(self.peek(1), Some('<' | '>')) => {
                    self.next();
                    self.redirect(c.to_digit(10));
                }
                '&' if self.peek(1) == Some('>') => {
                    self.next();
                    self.redirect(None);
                }
                _ => match self.operator() {
                    Some(operator) => self.tokens.push((Token::Operator(operator), line)),
                    None => {
                        let word = self.word();
                        self.tokens.push((Token::Word(word), line));
                    }
                },
            }
        }
        self.bodies();
    }

    fn operator(&mut self) -> Option<&'static str> {
        const OPERATORS: [&str; 11] = ["&&", "||", ";;&", ";;", ";&", "|&", ";", "&", "|", "(", ")"];
        let found = OPERATORS.into_iter().find(|op| op.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c)))?;
        self.at += found.len();
        Some(found)
    }

    fn redirect(&mut self, descriptor: Option<u32>) {
        const OPERATORS: [&str; 9] = ["<<<", "<<-", "<<", "<>", "<&", ">>", ">&", ">|", "<"];
        let line = self.line;
        if matches!((self.peek(0), self.peek(1)), (Some('<' | '>'), Some('('))) {
            // Process substitution: `<(command)`. A word of unknown content.
            self.next();
            self.next();
            let _ = self.balanced('(', ')');
            self.tokens.push((Token::Word(Word { pieces: vec![Piece::Unknown], quoted: true }), line));
            return;
        }
        let found = OPERATORS.into_iter().find(|op| op.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c)));
        let operator = found.unwrap_or(">");
        self.at += operator.len();
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.next();
        }
        let target = self.word();
        if operator == "<<" || operator == "<<-" {
            let delimiter = target.literal().unwrap_or_default();
            self.waiting.push((self.tokens.len(), delimiter, target.quoted, operator == "<<-"));
        }
        let redirect = Redirect { operator: operator.to_string(), descriptor, target, body: None };
        self.tokens.push((Token::Redirect(redirect), line));
    }

    /// Reads the bodies of the here-documents that the line just ended has opened.
    fn bodies(&mut self) {
        for (index, delimiter, quoted, strip) in std::mem::take(&mut self.waiting) {
            let first = self.line;
            let mut text = String::new();
            while self.at < self.chars.len() {
                let mut line = String::new();
                while let Some(c) = self.next() {
                    if c == '\n' {
                        break;
                    }
                    line.push(c);
                }
                let bare = if strip { line.trim_start_matches('\t') } else { &line };
                if bare.trim_end_matches('\r') == delimiter {
                    break;
                }
                text.push_str(bare);
                text.push('\n');
            }
            let pieces = if quoted { vec![Piece::Text(text)] } else { here_document(&text) };
            if let Some((Token::Redirect(redirect), _)) = self.tokens.get_mut(index) {
                redirect.body = Some((Word { pieces, quoted: true }, first));
            }
        }
    }

    fn word(&mut self) -> Word {
        let mut word = Word { pieces: Vec::new(), quoted: false };
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | ')' => break,
                '(' => {
                    // `name=(…)` is an array; a bracket after anything else ends the word.
                    if !text.ends_with('=') {
                        break;
                    }
                    self.next();
                    let _ = self.balanced('(', ')');
                    text.push(UNKNOWN);
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => {
                            word.quoted = true;
                            text.push(c);
                        }
                    }
                }
                '\'' => {
                    self.next();
                    word.quoted = true;
                    while let Some(c) = self.next() {
                        if c == '\'' {
                            break;
                        }
                        text.push(c);
                    }
                }
                '$' if self.peek(1) == Some('\'') => {
                    self.next();
                    self.next();
                    word.quoted = true;
                    let mut inner = String::new();
                    while let Some(c) = self.next() {
                        match c {
                            '\'' => break,
                            '\\' => {
                                inner.push(c);
                                inner.extend(self.next());
                            }
                            c => inner.push(c),
                        }
                    }
                    text.push_str(&escapes(&inner));
                }
                '"' => {
                    self.next();
                    word.quoted = true;
                    self.double_quoted(&mut word.pieces, &mut text);
                }
                '$' | '`' => self.expansion(&mut word.pieces, &mut text, false),
                _ => {
                    self.next();
                    text.push(c);
                }
            }
        }
        if !text.is_empty() || (word.pieces.is_empty() && word.quoted) {
            word.pieces.push(Piece::Text(text));
        }
        // A character that nothing above takes would stop the lexer for good.
        if word.pieces.is_empty() && !word.quoted {
            self.next();
        }
        word
    }

    fn double_quoted(&mut self, pieces: &mut Vec<Piece>, text: &mut String) {
        while let Some(c) = self.peek(0) {
            match c {
                '"' => {
                    self.next();
                    return;
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => text.push(c),
                        Some(c) => text.extend(['\\', c]),
                    }
                }
                '$' | '`' => self.expansion(pieces, text, true),
                _ => text.extend(self.next()),
            }
        }
    }

    /// `$name`, `${…}`, `$(…)`, `$((…))`, backquotes; a lone `$` is text.
    fn expansion(&mut self, pieces: &mut Vec<Piece>, text: &mut String, quoted: bool) {
        let flush = |pieces: &mut Vec<Piece>, text: &mut String, piece: Piece| {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(text)));
            }
            pieces.push(piece);
        };
        if self.next() == Some('`') {
            let mut inner = String::new();
            while let Some(c) = self.next() {
                match c {
                    '`' => break,
                    '\\' if matches!(self.peek(0), Some('`' | '\\' | '$')) => inner.extend(self.next()),
                    c => inner.push(c),
                }
            }
            return flush(pieces, text, Piece::Output(inner));
        }
        match self.peek(0) {
            Some('(') if self.peek(1) == Some('(') => {
                self.next();
                let _ = self.balanced('(', ')');
                flush(pieces, text, Piece::Unknown);
            }
            Some('(') => {
                self.next();
                let inner = self.balanced('(', ')');
                flush(pieces, text, Piece::Output(inner));
            }
            Some('{') => {
                self.next();
                let inner = self.balanced('{', '}');
                let name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let rest = &inner[name.len()..];
                let default = rest.strip_prefix(":-").or(rest.strip_prefix('-')).or(rest.strip_prefix(":="));
                let default = default.map(|text| text.trim_matches('"').trim_matches('\'').to_string());
                let known = !name.is_empty() && (rest.is_empty() || default.is_some());
                let piece = match known {
                    true => Piece::Variable { name, default: default.filter(|text| !text.contains('$')), quoted },
                    false => Piece::Unknown,
                };
                flush(pieces, text, piece);
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                while let Some(c) = self.peek(0).filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                    self.next();
                }
                flush(pieces, text, Piece::Variable { name, default: None, quoted });
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => {
                self.next();
                flush(pieces, text, Piece::Variable { name: c.to_string(), default: None, quoted });
            }
            _ => text.push('$'),
        }
    }

    /// The text up to the closing bracket of one that is already open; quotes inside are respected.
    fn balanced(&mut self, open: char, close: char) -> String {
        let mut depth = 1;
        let mut inner = String::new();
        let mut quote: Option<char> = None;
        while let Some(c) = self.next() {
            match quote {
                Some(q) if c == q => quote = None,
                Some('"') | None if c == '\\' => {
                    inner.push(c);
                    inner.extend(self.next());
                    continue;
                }
                Some(_) => {}
                None if c == '\'' || c == '"' => quote = Some(c),
                None if c == open => depth += 1,
                None if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                None => {}
            }
            inner.push(c);
        }
        inner
    }
}

/// The pieces of a here-document that is not quoted: expansions count, quotes are text.
fn here_document(text: &str) -> Vec<Piece> {
    let mut lexer = Lexer::new(text);
    let (mut pieces, mut plain) = (Vec::new(), String::new());
    while let Some(c) = lexer.peek(0) {
        match c {
            '\\' if matches!(lexer.peek(1), Some('$' | '`' | '\\')) => {
                lexer.next();
                plain.extend(lexer.next());
            }
            '\\' if lexer.peek(1) == Some('\n') => {
                lexer.next();
                lexer.next();
            }
            '$' | '`' => lexer.expansion(&mut pieces, &mut plain, true),
            _ => plain.extend(lexer.next()),
        }
    }
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

impl Word {
    /// The word as written, when no expansion is in it.
    fn literal(&self) -> Option<String> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Variable { .. } | Piece::Output(_) | Piece::Unknown => return None,
            }
        }
        Some(out)
    }

    /// A reserved word of the grammar, which is one only without quotes.
    fn reserved(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] if !self.quoted => Some(text),
            _ => None,
        }
    }
}

// The parser.

#[derive(Clone)]
enum Node {
    Simple(Simple),
    Pipe(Vec<Node>),
    /// Commands joined with `&&` and `||`.
    Chain(Box<Node>, Vec<(&'static str, Node)>),
    If {
        arms: Vec<(Vec<Node>, Vec<Node>)>,
        otherwise: Option<Vec<Node>>,
    },
    Case {
        arms: Vec<Vec<Node>>,
        complete: bool,
    },
    For {
        name: String,
        words: Vec<Word>,
        body: Vec<Node>,
    },
    While {
        test: Vec<Node>,
        body: Vec<Node>,
    },
    Function {
        name: String,
        body: Rc<Vec<Node>>,
    },
    Group(Vec<Node>),
    Redirected(Box<Node>, Vec<Redirect>),
}

#[derive(Clone)]
struct Simple {
    assignments: Vec<(String, Word)>,
    words: Vec<Word>,
    redirects: Vec<Redirect>,
    line: u32,
}

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    depth: usize,
}

fn parse(text: &str) -> Vec<Node> {
    let mut lexer = Lexer::new(text);
    lexer.run();
    let mut parser = Parser { tokens: lexer.tokens, at: 0, depth: 0 };
    let mut nodes = Vec::new();
    while parser.at < parser.tokens.len() {
        nodes.extend(parser.list(&[]));
        // A closing word or bracket that nothing has opened: step over it.
        parser.at += 1;
    }
    nodes
}

impl Parser {
    fn operator(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some((Token::Operator(operator), _)) => Some(operator),
            _ => None,
        }
    }

    fn reserved(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some((Token::Word(word), _)) => word.reserved(),
            _ => None,
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.reserved() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn take_operator(&mut self, operator: &str) -> bool {
        let found = self.operator() == Some(operator);
        self.at += usize::from(found);
        found
    }

    fn breaks(&mut self) {
        while matches!(self.operator(), Some("\n" | ";" | "&")) {
            self.at += 1;
        }
    }

    /// Commands up to one of these words, a closing bracket or `;;`, which is left for the caller.
    fn list(&mut self, until: &[&str]) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            self.breaks();
            if self.at >= self.tokens.len() || matches!(self.operator(), Some(")" | ";;" | ";&" | ";;&")) {
                return nodes;
            }
            if self.reserved().is_some_and(|word| until.contains(&word)) {
                return nodes;
            }
            let before = self.at;
            nodes.extend(self.chain());
            if self.at == before {
                self.at += 1;
            }
        }
    }

    fn chain(&mut self) -> Option<Node> {
        let first = self.pipe()?;
        let mut rest = Vec::new();
        while let Some(operator @ ("&&" | "||")) = self.operator() {
            self.at += 1;
            while self.take_operator("\n") {}
            match self.pipe() {
                Some(node) => rest.push((operator, node)),
                None => break,
            }
        }
        Some(if rest.is_empty() { first } else { Node::Chain(Box::new(first), rest) })
    }

    fn pipe(&mut self) -> Option<Node> {
        while self.take("!") || self.take("time") {}
        let first = self.command()?;
        let mut stages = vec![first];
        while matches!(self.operator(), Some("|" | "|&")) {
            self.at += 1;
            while self.take_operator("\n") {}
            match self.command() {
                Some(node) => stages.push(node),
                None => break,
            }
        }
        if stages.len() == 1 { stages.pop() } else { Some(Node::Pipe(stages)) }
    }

    fn command(&mut self) -> Option<Node> {
        if self.depth >= MAX_DEPTH {
            // Too deep to follow: leave the rest alone.
            self.at = self.tokens.len();
            return None;
        }
        self.depth += 1;
        let node = self.compound();
        self.depth -= 1;
        let node = node?;
        if matches!(node, Node::Simple(_) | Node::Function { .. }) {
            return Some(node);
        }
        let mut redirects = Vec::new();
        while let Some((Token::Redirect(redirect), _)) = self.tokens.get(self.at) {
            redirects.push(redirect.clone());
            self.at += 1;
        }
        Some(if redirects.is_empty() { node } else { Node::Redirected(Box::new(node), redirects) })
    }

    fn compound(&mut self) -> Option<Node> {
        if self.take_operator("(") {
            let body = self.list(&[]);
            self.take_operator(")");
            return Some(Node::Group(body));
        }
        match self.reserved() {
            Some("{") => {
                self.at += 1;
                let body = self.list(&["}"]);
                self.take("}");
                Some(Node::Group(body))
            }
            Some("if") => {
                self.at += 1;
                Some(self.conditional())
            }
            Some("while" | "until") => {
                self.at += 1;
                let test = self.list(&["do"]);
                self.take("do");
                let body = self.list(&["done"]);
                self.take("done");
                Some(Node::While { test, body })
            }
            Some("for" | "select") => {
                self.at += 1;
                Some(self.for_loop())
            }
            Some("case") => {
                self.at += 1;
                Some(self.case())
            }
            Some("function") => {
                self.at += 1;
                let name = self.reserved().unwrap_or("").to_string();
                self.at += 1;
                if self.take_operator("(") {
                    self.take_operator(")");
                }
                Some(self.function(name))
            }
            _ => self.simple(),
        }
    }

    fn conditional(&mut self) -> Node {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let test = self.list(&["then", "fi"]);
            self.take("then");
            let body = self.list(&["elif", "else", "fi"]);
            arms.push((test, body));
            if self.take("elif") {
                continue;
            }
            if self.take("else") {
                otherwise = Some(self.list(&["fi"]));
            }
            self.take("fi");
            return Node::If { arms, otherwise };
        }
    }

    fn for_loop(&mut self) -> Node {
        let name = self.reserved().unwrap_or("").to_string();
        self.at += 1;
        let mut words = Vec::new();
        let mut listed = false;
        if self.operator() == Some("(") {
            // `for ((…))`: step over the brackets.
            while self.at < self.tokens.len()
                && !matches!(self.operator(), Some(";" | "\n"))
                && self.reserved() != Some("do")
            {
                self.at += 1;
            }
        }
        while self.take_operator("\n") {}
        if self.take("in") {
            listed = true;
            while let Some((Token::Word(word), _)) = self.tokens.get(self.at) {
                words.push(word.clone());
                self.at += 1;
            }
        }
        if !listed {
            words.push(Word { pieces: vec![Piece::Unknown], quoted: true });
        }
        self.list(&["do"]);
        self.take("do");
        let body = self.list(&["done"]);
        self.take("done");
        Node::For { name, words, body }
    }

    fn case(&mut self) -> Node {
        self.at += 1;
        self.breaks();
        self.take("in");
        let (mut arms, mut complete) = (Vec::new(), false);
        loop {
            self.breaks();
            if self.at >= self.tokens.len() || self.take("esac") {
                return Node::Case { arms, complete };
            }
            self.take_operator("(");
            while self.at < self.tokens.len() && self.operator() != Some(")") {
                complete |= self.reserved() == Some("*");
                self.at += 1;
            }
            self.take_operator(")");
            arms.push(self.list(&["esac"]));
            if matches!(self.operator(), Some(";;" | ";&" | ";;&")) {
                self.at += 1;
            } else if self.reserved() != Some("esac") {
                // Not a case after all; do not look for its end for ever.
                self.at += 1;
            }
        }
    }

    fn function(&mut self, name: String) -> Node {
        while self.take_operator("\n") {}
        let body = self.command().into_iter().collect();
        Node::Function { name, body: Rc::new(body) }
    }

    fn simple(&mut self) -> Option<Node> {
        let line = self.tokens.get(self.at)?.1;
        let mut simple = Simple { assignments: Vec::new(), words: Vec::new(), redirects: Vec::new(), line };
        loop {
            match self.tokens.get(self.at) {
                Some((Token::Word(word), _)) => {
                    match assignment(word).filter(|_| simple.words.is_empty()) {
                        Some(assignment) => simple.assignments.push(assignment),
                        None => simple.words.push(word.clone()),
                    }
                    self.at += 1;
                }
                Some((Token::Redirect(redirect), _)) => {
                    simple.redirects.push(redirect.clone());
                    self.at += 1;
                }
                Some((Token::Operator("("), _)) if simple.words.len() == 1 && simple.assignments.is_empty() => {
                    // `name() …`.
                    let name = simple.words[0].literal().unwrap_or_default();
                    self.at += 1;
                    self.take_operator(")");
                    return Some(self.function(name));
                }
                _ => break,
            }
        }
        let empty = simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty();
        if empty { None } else { Some(Node::Simple(simple)) }
    }
}

/// `name=value` in front of a command.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Piece::Text(first)) = word.pieces.first() else { return None };
    let (name, value) = first.split_once('=')?;
    let (name, append) = match name.strip_suffix('+') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let plain =
        name.chars().enumerate().all(|(i, c)| c == '_' || c.is_ascii_alphabetic() || (i > 0 && c.is_ascii_digit()));
    if name.is_empty() || !plain {
        return None;
    }
    let mut pieces = Vec::new();
    if append {
        pieces.push(Piece::Variable { name: name.to_string(), default: None, quoted: true });
    }
    if !value.is_empty() {
        pieces.push(Piece::Text(value.to_string()));
    }
    pieces.extend(word.pieces.iter().skip(1).cloned());
    Some((name.to_string(), Word { pieces, quoted: true }))
}

// The walk.

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
        let mut results: Vec<(Vec<Step>, HashMap<String, Rc<str>>, Output)> = Vec::new();
        for way in ways {
            self.variables.clone_from(&variables);
            self.folder.clone_from(&folder);
            let mut steps = Vec::new();
            let output = self.list(way, Output::default(), &mut steps);
            // A way out of the script is nearly always for the run that has nothing to do or has failed.
            self.ended = false;
            results.push((steps, std::mem::take(&mut self.variables), output));
        }
        self.folder = folder;
        let mut merged = variables;
        for (_, after, _) in &results {
            for name in after.keys() {
                if results.iter().any(|(_, other, _)| other.get(name) != after.get(name)) {
                    merged.insert(name.clone(), UNKNOWN.to_string().into());
                } else if let Some(value) = after.get(name) {
                    merged.insert(name.clone(), Rc::clone(value));
                }
            }
        }
        self.variables = merged;
        let same = results.windows(2).all(|pair| pair[0].2.text == pair[1].2.text);
        let output = match results.first() {
            Some((_, _, output)) if same => output.clone(),
            _ => Output::unknown(self.lines.outer(1)),
        };
        let arms: Vec<Vec<Step>> = results.into_iter().map(|(steps, _, _)| steps).collect();
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
        interface_from(command)
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
        LazyLock::new(|| regex(r"\bhead\s+(-n\s*)?-?1\b|\bsed\s+-n\s+['\x22]?1p|NR\s*==\s*1\b"));
    static ETHERNET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"grep\s+(-\S+\s+)*['\x22]?(\^?(e|en|eth)\b|\^?e|ethernet|802-3)|-v\S*\s+['\x22]?\S*\blo\b|lo\||!~|--active|\bethernet\b",
        )
    });
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
