//! The grammar of the shell: simple commands, pipes, lists, groups, conditions, loops and functions.

use std::rc::Rc;

use crate::guest::script::MAX_DEPTH;
use crate::guest::script::shell::lexer::{Lexer, Piece, Redirect, Token, Word};

#[derive(Clone)]
pub enum Node {
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
pub struct Simple {
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
    pub line: u32,
}

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    depth: usize,
}

pub fn parse(text: &str) -> Vec<Node> {
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
                Some((Token::Operator("("), _))
                    if simple.words.len() == 1
                        && simple.assignments.is_empty()
                        && matches!(self.tokens.get(self.at + 1), Some((Token::Operator(")"), _))) =>
                {
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
