//! The text of a PowerShell script: strings, brackets, statements, pipelines and arguments.

use std::sync::LazyLock;

use regex::Regex;

use crate::guest::script::blank;
use crate::guest::script::powershell::regex;

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
pub struct Cursor {
    pub chars: Vec<char>,
    pub at: usize,
    pub line: u32,
}

impl Cursor {
    pub fn new(text: &str) -> Cursor {
        Cursor { chars: text.chars().collect(), at: 0, line: 1 }
    }

    pub fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    /// Takes a string that begins here, quotes and all.
    pub fn string(&mut self) -> Option<String> {
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
    pub fn balanced(&mut self, open: char, close: char) -> String {
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

    pub fn blanks(&mut self) {
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
    pub fn word(&self) -> String {
        let word = self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_');
        word.collect::<String>().to_ascii_lowercase()
    }

    /// A bracket of this kind and its content, after blanks.
    pub fn bracket(&mut self, open: char, close: char) -> Option<(String, u32)> {
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
    pub fn keyword(&mut self, word: &str) -> bool {
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
    pub fn statement(&mut self) -> String {
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
pub fn segments(statement: &str) -> Vec<String> {
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
pub fn arguments(segment: &str) -> Vec<String> {
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

/// Steps over what may stand before `param` in a function.
pub fn skip_to_param(cursor: &mut Cursor) -> bool {
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
pub fn declared(head: &str) -> Vec<(String, Option<String>)> {
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
pub fn table(inner: &str) -> Vec<(String, String)> {
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
