//! Words, operators, redirections and here-documents of a POSIX shell script.

use crate::guest::script::UNKNOWN;
use crate::guest::script::shell::escapes;

#[derive(Clone)]
pub enum Piece {
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
pub struct Word {
    pub pieces: Vec<Piece>,
    pub quoted: bool,
}

#[derive(Clone)]
pub struct Redirect {
    pub operator: String,
    pub descriptor: Option<u32>,
    pub target: Word,
    /// The body of a here-document and the line on which it begins.
    pub body: Option<(Word, u32)>,
}

#[derive(Clone)]
pub enum Token {
    Word(Word),
    Operator(&'static str),
    Redirect(Redirect),
}

pub struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: u32,
    pub tokens: Vec<(Token, u32)>,
    pub comments: Vec<(usize, usize)>,
    /// Here-documents whose bodies begin on the next line: index of the token, delimiter, quoted, tabs stripped.
    waiting: Vec<(usize, String, bool, bool)>,
}

impl Lexer {
    pub fn new(text: &str) -> Lexer {
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

    pub fn run(&mut self) {
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
            self.balanced('(', ')');
            self.tokens.push((Token::Word(Word { pieces: vec![Piece::Unknown], quoted: true }), line));
            return;
        }
        let found = OPERATORS.into_iter().find(|op| op.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c)));
        let operator = found.unwrap_or(">");
        self.at += operator.len();
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.next();
        }
        if matches!((self.peek(0), self.peek(1)), (Some('<' | '>'), Some('('))) {
            // `exec > >(tee log)`: into a process substitution.
            self.next();
            self.next();
            self.balanced('(', ')');
            return;
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
                    self.balanced('(', ')');
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
                self.balanced('(', ')');
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
    pub fn literal(&self) -> Option<String> {
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
    pub fn reserved(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] if !self.quoted => Some(text),
            _ => None,
        }
    }
}
