//! The language of `[…]` strings in templates: when a string is an expression, and the parser with its spans.
//!
//! Works on the string as JSON means it, decoded; spans count its bytes, the outer brackets included. Knows nothing of
//! what the functions do.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The longest expression that Azure takes, in UTF-16 units.
pub const MAX_LENGTH: usize = 24_576;

/// How deep calls and indexes may nest. Azure stops a little above 240.
const MAX_DEPTH: usize = 256;

/// How deep the tree may be in which such a chain is a branch.
const MAX_HEIGHT: usize = 1024;

/// What a string in a template is.
pub enum Source<'t> {
    /// A plain text, already without the bracket that escapes it.
    Literal(Cow<'t, str>),
    Expression(Expr),
    /// Meant as an expression, but not one.
    Bad(Vec<SyntaxError>),
}

/// A piece of an expression. `span` reaches from the first to the last byte of it, parentheses and postfixes included.
#[derive(Debug)]
pub struct Expr {
    pub span: Range<u32>,
    pub kind: ExprKind,
}

/// The forms of an expression.
#[derive(Debug)]
pub enum ExprKind {
    String(Arc<str>),
    Int(i64),
    Call {
        namespace: Option<Name>,
        name: Name,
        args: Vec<Expr>,
    },
    Property {
        base: Box<Expr>,
        name: Name,
    },
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    /// Something is missing here; only [`understood`] makes these.
    Missing,
}

/// A name as it is written.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Range<u32>,
}

/// Why a text in brackets is no expression.
#[derive(Debug)]
pub struct SyntaxError {
    pub span: Range<u32>,
    pub message: String,
    /// The text passes a bound (length, nesting); its grammar may be right.
    pub too_large: bool,
}

/// Tells literals from expressions and parses the latter.
pub fn read(text: &str) -> Source<'_> {
    if !text.starts_with('[') || !text.ends_with(']') || text.len() < 2 {
        return Source::Literal(Cow::Borrowed(text));
    }
    if text.starts_with("[[") {
        return Source::Literal(Cow::Borrowed(&text[1..]));
    }
    let (expr, error) = parse(text);
    match error {
        None => Source::Expression(expr),
        Some(error) => Source::Bad(vec![error]),
    }
}

/// What can be understood of an expression, also of a broken one; for editors. `None` for a literal.
pub fn understood(text: &str) -> Option<Expr> {
    let expression = text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']') && text.len() > 1;
    expression.then(|| parse(text).0)
}

impl Expr {
    /// Calls `visit` for this piece and every piece in it.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Call { args, .. } => args.iter().for_each(|arg| arg.walk(visit)),
            ExprKind::Property { base, .. } => base.walk(visit),
            ExprKind::Index { base, index } => {
                base.walk(visit);
                index.walk(visit);
            }
            ExprKind::String(_) | ExprKind::Int(_) | ExprKind::Missing => {}
        }
    }
}

fn parse(text: &str) -> (Expr, Option<SyntaxError>) {
    let mut parser = Parser { text, at: 1, end: text.len() - 1, error: None };
    if text.len() > MAX_LENGTH && text.encode_utf16().count() > MAX_LENGTH {
        parser.give_up(format!("The expression is longer than the {MAX_LENGTH} characters that Azure allows."));
        let span = parser.span(0);
        return (Expr { span, kind: ExprKind::Missing }, parser.error);
    }
    parser.skip_space();
    if parser.at == parser.end {
        parser.fail(0..text.len(), "The expression is empty: it must start with a function or a literal.");
    }
    let (expr, _) = parser.value(0);
    parser.skip_space();
    if parser.at < parser.end {
        let rest = parser.at..parser.end;
        parser.fail(rest, "Nothing may follow here but the closing ']'.");
    }
    (expr, parser.error)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    /// The first one; what follows is seldom true.
    error: Option<SyntaxError>,
}

impl<'t> Parser<'t> {
    /// A value and how deep it nests.
    fn value(&mut self, depth: usize) -> (Expr, usize) {
        self.skip_space();
        let start = self.at;
        if depth >= MAX_DEPTH {
            self.give_up(format!("The expression nests more than {MAX_DEPTH} deep."));
            return (self.missing(start), 1);
        }
        let kind = match self.peek() {
            Some('\'') => self.string(),
            Some('0'..='9' | '+' | '-') => self.number(),
            Some(c) if begins_name(c) => return self.call(depth),
            _ => {
                self.fail_here("Expected a value: a string, a number or a function call.");
                ExprKind::Missing
            }
        };
        (Expr { span: self.span(start), kind }, 1)
    }

    fn string(&mut self) -> ExprKind {
        let start = self.at;
        let mut content = String::new();
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(quote) = rest.find('\'') else {
                self.at = self.end;
                self.fail(start..self.end, "The string has no closing quote.");
                content.push_str(rest);
                break;
            };
            content.push_str(&rest[..quote]);
            self.at += quote + 1;
            if self.peek() != Some('\'') {
                break;
            }
            content.push('\'');
            self.at += 1;
        }
        ExprKind::String(content.into())
    }

    fn number(&mut self) -> ExprKind {
        let start = self.at;
        self.at += 1;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let int = self.text[start..self.at].parse();
        let digits_end = self.at;
        let rest = self.rest();
        self.at += rest.find(|c| c != '.' && !continues_name(c)).unwrap_or(rest.len());
        match int {
            Ok(int) if self.at == digits_end => ExprKind::Int(int),
            _ => {
                self.fail(start..self.at, "Not a whole number of 64 bits.");
                ExprKind::Missing
            }
        }
    }

    fn call(&mut self, depth: usize) -> (Expr, usize) {
        let start = self.at;
        let mut name = self.name();
        let mut namespace = None;
        let mut end = self.at;
        self.skip_space();
        if self.eat('.') {
            self.skip_space();
            namespace = Some(name);
            name = self.name();
            end = self.at;
            self.skip_space();
        }
        let mut args = Vec::new();
        let mut height = 1;
        if self.eat('(') {
            end = self.arguments(depth, &mut args, &mut height);
        } else {
            self.fail(start..end, "The argument list is missing: a function is called with parentheses.");
        }
        let mut expr = Expr { span: start as u32..end as u32, kind: ExprKind::Call { namespace, name, args } };
        loop {
            self.skip_space();
            let kind = if self.eat('.') {
                self.skip_space();
                let name = self.name();
                end = self.at;
                ExprKind::Property { base: Box::new(expr), name }
            } else if self.eat('[') {
                let (index, deep) = self.value(depth + 1);
                height = height.max(deep);
                self.skip_space();
                if !self.eat(']') {
                    self.fail_here("Expected a right square bracket (']').");
                }
                end = self.at;
                ExprKind::Index { base: Box::new(expr), index: Box::new(index) }
            } else {
                return (expr, height);
            };
            expr = Expr { span: start as u32..end as u32, kind };
            height += 1;
            if height > MAX_HEIGHT {
                self.give_up(format!("The expression nests more than {MAX_HEIGHT} deep."));
            }
        }
    }

    /// The rest of an argument list, and where it ends.
    fn arguments(&mut self, depth: usize, args: &mut Vec<Expr>, height: &mut usize) -> usize {
        self.skip_space();
        if self.eat(')') {
            return self.at;
        }
        loop {
            let (arg, deep) = self.value(depth + 1);
            *height = (*height).max(deep + 1);
            args.push(arg);
            let end = self.at;
            self.skip_space();
            if self.eat(')') {
                return self.at;
            }
            if !self.eat(',') {
                self.fail_here("Expected a comma (',') or a right parenthesis (')').");
                return end;
            }
        }
    }

    fn name(&mut self) -> Name {
        let start = self.at;
        if self.peek().is_some_and(begins_name) {
            let rest = self.rest();
            self.at += rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
        } else {
            self.fail_here("Expected a name.");
        }
        Name { text: self.text[start..self.at].into(), span: self.span(start) }
    }

    fn missing(&self, start: usize) -> Expr {
        Expr { span: self.span(start), kind: ExprKind::Missing }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn skip_space(&mut self) {
        self.at = self.end - self.rest().trim_start().len();
    }

    fn span(&self, start: usize) -> Range<u32> {
        start as u32..self.at as u32
    }

    fn fail(&mut self, span: Range<usize>, message: &str) {
        if self.error.is_none() {
            let span = span.start as u32..span.end as u32;
            self.error = Some(SyntaxError { span, message: message.to_owned(), too_large: false });
        }
    }

    /// An error about what stands, or is missing, at the current place.
    fn fail_here(&mut self, message: &str) {
        let next = self.peek().map_or(0, char::len_utf8);
        self.fail(self.at..self.at + next, message);
    }

    /// Ends the parse: the rest is not looked at.
    fn give_up(&mut self, message: String) {
        let span = 0..self.text.len() as u32;
        self.error.get_or_insert(SyntaxError { span, message, too_large: true });
        self.at = self.end;
    }
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Every piece of an expression with its text, or the error with the text that it is about.
    fn check(texts: &[&str], expect: Expect) {
        let mut report = String::new();
        for text in texts {
            report += &format!("{text}\n");
            let at = |span: &Range<u32>| &text[span.start as usize..span.end as usize];
            match read(text) {
                Source::Literal(literal) => report += &format!("    literal {literal}\n"),
                Source::Bad(errors) => {
                    for error in errors {
                        report += &format!("    {} ‹{}›\n", error.message, at(&error.span));
                    }
                }
                Source::Expression(expr) => expr.walk(&mut |piece| {
                    let kind = match &piece.kind {
                        ExprKind::String(content) => format!("string {content}"),
                        ExprKind::Int(int) => format!("int {int}"),
                        ExprKind::Call { namespace, name, args } => {
                            let namespace = namespace.as_ref().map(|name| format!("{}.", at(&name.span)));
                            format!("call {}{} of {}", namespace.unwrap_or_default(), at(&name.span), args.len())
                        }
                        ExprKind::Property { name, .. } => format!("property {}", at(&name.span)),
                        ExprKind::Index { .. } => "index".to_owned(),
                        ExprKind::Missing => "missing".to_owned(),
                    };
                    report += &format!("    {kind} ‹{}›\n", at(&piece.span));
                }),
            }
        }
        expect.assert_eq(&report);
    }

    #[test]
    fn literals() {
        check(
            &["", "[", "]", "a[b]", " [a()]", "[a()] ", "[[a]", "[[[a]]", "[[a", "[a"],
            expect![[r#"

                literal 
            [
                literal [
            ]
                literal ]
            a[b]
                literal a[b]
             [a()]
                literal  [a()]
            [a()] 
                literal [a()] 
            [[a]
                literal [a]
            [[[a]]
                literal [[a]]
            [[a
                literal [[a
            [a
                literal [a
        "#]],
        );
    }

    #[test]
    fn pieces() {
        check(
            &[
                "['it''s']",
                "[ -12 ]",
                "[concat('é', parameters ( 'p' ) . disk [ 0 ].size , +1)]",
                "[contoso . unique('x').a]",
                "[_$a1()]",
            ],
            expect![[r#"
                ['it''s']
                    string it's ‹'it''s'›
                [ -12 ]
                    int -12 ‹-12›
                [concat('é', parameters ( 'p' ) . disk [ 0 ].size , +1)]
                    call concat of 3 ‹concat('é', parameters ( 'p' ) . disk [ 0 ].size , +1)›
                    string é ‹'é'›
                    property size ‹parameters ( 'p' ) . disk [ 0 ].size›
                    index ‹parameters ( 'p' ) . disk [ 0 ]›
                    property disk ‹parameters ( 'p' ) . disk›
                    call parameters of 1 ‹parameters ( 'p' )›
                    string p ‹'p'›
                    int 0 ‹0›
                    int 1 ‹+1›
                [contoso . unique('x').a]
                    property a ‹contoso . unique('x').a›
                    call contoso.unique of 1 ‹contoso . unique('x')›
                    string x ‹'x'›
                [_$a1()]
                    call _$a1 of 0 ‹_$a1()›
            "#]],
        );
    }

    #[test]
    fn errors() {
        check(
            &[
                "[]",
                "[ ]",
                "[a]",
                "[a.b]",
                "[a.b.c()]",
                "['a]",
                "['a' 'b']",
                "['a'.b]",
                "[1.5]",
                "[9223372036854775808]",
                "[--1]",
                "[a(]",
                "[a(,)]",
                "[a('x',)]",
                "[a('x' 'y')]",
                "[a()..b]",
                "[a().1]",
                "[a()[0]",
                "[a()[0]]]",
                "[a()[[0]]]",
                "[\"a\"]",
                "[a()]]",
                "[true]",
                "[a(true)]",
            ],
            expect![[r#"
                []
                    The expression is empty: it must start with a function or a literal. ‹[]›
                [ ]
                    The expression is empty: it must start with a function or a literal. ‹[ ]›
                [a]
                    The argument list is missing: a function is called with parentheses. ‹a›
                [a.b]
                    The argument list is missing: a function is called with parentheses. ‹a.b›
                [a.b.c()]
                    The argument list is missing: a function is called with parentheses. ‹a.b›
                ['a]
                    The string has no closing quote. ‹'a›
                ['a' 'b']
                    Nothing may follow here but the closing ']'. ‹'b'›
                ['a'.b]
                    Nothing may follow here but the closing ']'. ‹.b›
                [1.5]
                    Not a whole number of 64 bits. ‹1.5›
                [9223372036854775808]
                    Not a whole number of 64 bits. ‹9223372036854775808›
                [--1]
                    Not a whole number of 64 bits. ‹-›
                [a(]
                    Expected a value: a string, a number or a function call. ‹›
                [a(,)]
                    Expected a value: a string, a number or a function call. ‹,›
                [a('x',)]
                    Expected a value: a string, a number or a function call. ‹)›
                [a('x' 'y')]
                    Expected a comma (',') or a right parenthesis (')'). ‹'›
                [a()..b]
                    Expected a name. ‹.›
                [a().1]
                    Expected a name. ‹1›
                [a()[0]
                    Expected a right square bracket (']'). ‹›
                [a()[0]]]
                    Nothing may follow here but the closing ']'. ‹]›
                [a()[[0]]]
                    Expected a value: a string, a number or a function call. ‹[›
                ["a"]
                    Expected a value: a string, a number or a function call. ‹"›
                [a()]]
                    Nothing may follow here but the closing ']'. ‹]›
                [true]
                    The argument list is missing: a function is called with parentheses. ‹true›
                [a(true)]
                    The argument list is missing: a function is called with parentheses. ‹true›
            "#]],
        );
    }

    #[test]
    fn an_invisible_blank_is_no_blank() {
        assert!(matches!(read("[\u{200b}a()]"), Source::Bad(_)));
    }

    #[test]
    fn broken_texts_are_understood() {
        let pieces = |text: &str| {
            let mut pieces = Vec::new();
            if let Some(expr) = understood(text) {
                expr.walk(&mut |piece| {
                    pieces.push(text[piece.span.start as usize..piece.span.end as usize].to_owned())
                });
            }
            pieces.join(" ‖ ")
        };
        let texts = ["[concat(parameters('a'), vari]", "[concat('a', )]", "[variables('x').]"];
        let report: String = texts.map(|text| format!("{text}\n    {}\n", pieces(text))).concat();
        expect![[r#"
            [concat(parameters('a'), vari]
                concat(parameters('a'), vari ‖ parameters('a') ‖ 'a' ‖ vari
            [concat('a', )]
                concat('a', ) ‖ 'a' ‖ 
            [variables('x').]
                variables('x'). ‖ variables('x') ‖ 'x'
        "#]]
        .assert_eq(&report);
    }
}
