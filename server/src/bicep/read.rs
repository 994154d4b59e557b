//! From text to declarations.

use super::{
    Access, Declaration, DeclarationKind, Expr, ExprKind, Import, Item, Key, KeyKind, Member, Name, Operator, Parsed,
    Piece,
};
use crate::text::Span;

/// How deep expressions may nest, and how long a chain of operators or accesses may be.
const MAX_DEPTH: usize = 200;

/// Reads a `.bicep` or `.bicepparam` file.
pub fn parse(text: &str) -> Parsed {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut parsed = Parsed::default();
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    loop {
        reader.skip_lines();
        if reader.at == text.len() {
            return parsed;
        }
        let start = reader.at;
        reader.depth = 0;
        match reader.declaration().filter(|_| reader.ends_line()) {
            Some(declaration) => parsed.declarations.push(declaration),
            None => {
                reader.at = reader.at.max(start);
                reader.skip_to_declaration();
                parsed.errors.push(reader.span(start));
            }
        }
    }
}

/// The words that begin a statement.
const KEYWORDS: &[&str] = &[
    "param",
    "var",
    "resource",
    "module",
    "output",
    "type",
    "func",
    "import",
    "using",
    "extends",
    "targetScope",
    "metadata",
    "extension",
    "provider",
    "assert",
];

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

/// `None` everywhere: not understood, and `at` is somewhere inside of what is not.
impl<'t> Reader<'t> {
    fn declaration(&mut self) -> Option<Declaration> {
        let start = self.at;
        let mut decorators = Vec::new();
        while self.eat("@") {
            decorators.push(self.postfix()?);
            self.skip_lines();
        }
        let own = self.at;
        let keyword = self.word()?;
        self.skip();
        let (mut name, mut target, mut value) = (None, None, None);
        let kind = match keyword {
            "param" => {
                name = Some(self.name()?);
                self.type_before('=');
                if self.expect("=").is_some() {
                    value = Some(self.expression()?);
                }
                DeclarationKind::Parameter
            }
            "var" | "output" | "assert" => {
                name = Some(self.name()?);
                self.type_before('=');
                self.expect("=")?;
                value = Some(self.expression()?);
                match keyword {
                    "var" => DeclarationKind::Variable,
                    "output" => DeclarationKind::Output,
                    _ => DeclarationKind::Other,
                }
            }
            "resource" => {
                name = Some(self.name()?);
                self.skip();
                target = Some(self.string()?);
                let existing = self.passes_word("existing");
                self.expect("=")?;
                value = Some(self.resource_body()?);
                DeclarationKind::Resource { existing }
            }
            "module" => {
                name = Some(self.name()?);
                self.skip();
                target = Some(self.string()?);
                self.expect("=")?;
                value = Some(self.resource_body()?);
                DeclarationKind::Module
            }
            "type" => {
                name = Some(self.name()?);
                self.expect("=")?;
                self.skip_lines();
                value = Some(self.type_until_end()?);
                DeclarationKind::Type
            }
            "func" => {
                name = Some(self.name()?);
                self.skip();
                let parameters = self.function_parameters()?;
                self.type_before('=');
                self.expect("=>")?;
                value = Some(self.expression()?);
                DeclarationKind::Function { parameters }
            }
            "import" => {
                let items = self.imports()?;
                self.skip();
                target = Some(self.string()?);
                DeclarationKind::Import { items }
            }
            "using" | "extends" => {
                if !self.eat_word("none") {
                    target = Some(self.string()?);
                }
                if self.passes_word("with") {
                    self.expression()?;
                }
                if keyword == "using" { DeclarationKind::Using } else { DeclarationKind::Extends }
            }
            "targetScope" => {
                self.expect("=")?;
                value = Some(self.expression()?);
                DeclarationKind::Other
            }
            "metadata" => {
                name = Some(self.name()?);
                self.expect("=")?;
                value = Some(self.expression()?);
                DeclarationKind::Other
            }
            "extension" | "provider" => {
                target = Some(if self.peek() == Some('\'') { self.string()? } else { self.reference()? });
                if self.passes_word("with") {
                    self.expression()?;
                }
                if self.passes_word("as") {
                    self.skip();
                    name = Some(self.name()?);
                }
                DeclarationKind::Other
            }
            _ => return None,
        };
        Some(Declaration { kind, span: self.span(start), own: self.span(own), decorators, name, target, value })
    }

    /// `*`, `{a, b as c}`, with `as` and `from`.
    fn imports(&mut self) -> Option<Vec<Import>> {
        let mut items = Vec::new();
        if self.eat("*") {
            self.skip();
            self.eat_word("as").then_some(())?;
            self.skip();
            items.push(Import { theirs: None, ours: self.name()?.text });
        } else {
            self.eat("{").then_some(())?;
            loop {
                self.skip_separators();
                if self.eat("}") {
                    break;
                }
                let theirs = match self.peek()? {
                    '\'' => self.string()?.text()?.to_owned(),
                    _ => self.name()?.text,
                };
                let ours = match self.passes_word("as") {
                    true => {
                        self.skip();
                        self.name()?.text
                    }
                    false => theirs.clone(),
                };
                items.push(Import { theirs: Some(theirs), ours });
            }
        }
        self.skip();
        self.eat_word("from").then_some(items)
    }

    /// `(a string, b int)`: the names.
    fn function_parameters(&mut self) -> Option<Vec<String>> {
        self.eat("(").then_some(())?;
        let mut parameters = Vec::new();
        loop {
            self.skip_separators();
            if self.eat(")") {
                return Some(parameters);
            }
            parameters.push(self.name()?.text);
            self.type_before(',');
        }
    }

    /// Passes over a type up to a mark that is not in brackets, the closing bracket around it or the end of the line.
    fn type_before(&mut self, mark: char) {
        let mut depth = 0_usize;
        let mut end = self.at;
        loop {
            match depth {
                0 => self.skip(),
                _ => self.skip_lines(),
            }
            match self.peek() {
                None => break,
                Some(c) if depth == 0 && (c == mark || matches!(c, ')' | ']' | '}')) => break,
                Some('\n' | '\r') if !self.goes_on('|') => break,
                Some('\n' | '\r') => self.skip_lines(),
                Some('\'') => {
                    if self.string().is_none() {
                        break;
                    }
                }
                Some(c) => {
                    match c {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                    self.at += c.len_utf8();
                }
            }
            end = self.at;
        }
        self.at = end;
    }

    fn type_until_end(&mut self) -> Option<Expr> {
        let start = self.at;
        // No type holds this character outside of a string.
        self.type_before('\0');
        (self.at > start).then(|| Expr { span: self.span(start), kind: ExprKind::Type })
    }

    fn resource_body(&mut self) -> Option<Expr> {
        self.skip_lines();
        match self.peek()? {
            '[' => self.array(),
            '{' => self.object(),
            _ => self.conditional(),
        }
    }

    /// `if (condition) {…}`
    fn conditional(&mut self) -> Option<Expr> {
        let start = self.at;
        self.eat_word("if").then_some(())?;
        self.expect("(")?;
        self.skip_lines();
        let condition = Box::new(self.expression()?);
        self.skip_lines();
        self.expect(")")?;
        self.skip_lines();
        let body = Box::new(self.object()?);
        Some(Expr { span: self.span(start), kind: ExprKind::If { condition, body } })
    }
}

/// Expressions, loosest binding first.
impl<'t> Reader<'t> {
    fn expression(&mut self) -> Option<Expr> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let expr = self.ternary();
        self.depth -= 1;
        expr
    }

    fn ternary(&mut self) -> Option<Expr> {
        self.skip();
        let start = self.at;
        let condition = self.binary(0)?;
        if !self.passes_lines_to("?") {
            return Some(condition);
        }
        self.at += 1;
        self.skip_lines();
        let yes = Box::new(self.expression()?);
        self.skip_lines();
        self.expect(":")?;
        self.skip_lines();
        let no = Box::new(self.expression()?);
        let kind = ExprKind::Ternary { condition: Box::new(condition), yes, no };
        Some(Expr { span: self.span(start), kind })
    }

    fn binary(&mut self, least: u8) -> Option<Expr> {
        let start = self.at;
        let mut left = self.unary()?;
        let mut length = 0;
        loop {
            let before = self.at;
            let Some((operator, written, strength)) = self.operator().filter(|(.., strength)| *strength >= least)
            else {
                self.at = before;
                return Some(left);
            };
            length += 1;
            if length > MAX_DEPTH {
                return None;
            }
            self.at += written.len();
            self.skip_lines();
            let right = Box::new(self.binary(strength + 1)?);
            let kind = ExprKind::Binary { operator, left: Box::new(left), right };
            left = Expr { span: self.span(start), kind };
        }
    }

    /// The operator that follows, on this line or on the next, and `at` before it.
    fn operator(&mut self) -> Option<(Operator, &'static str, u8)> {
        const OPERATORS: &[(&str, Operator, u8)] = &[
            ("??", Operator::Coalesce, 0),
            ("||", Operator::Or, 1),
            ("&&", Operator::And, 2),
            ("==", Operator::Equal, 3),
            ("!=", Operator::NotEqual, 3),
            ("=~", Operator::EqualIgnoringCase, 3),
            ("!~", Operator::NotEqualIgnoringCase, 3),
            ("<=", Operator::LessOrEqual, 4),
            (">=", Operator::GreaterOrEqual, 4),
            ("<", Operator::Less, 4),
            (">", Operator::Greater, 4),
            ("+", Operator::Add, 5),
            ("-", Operator::Subtract, 5),
            ("*", Operator::Multiply, 6),
            ("/", Operator::Divide, 6),
            ("%", Operator::Modulo, 6),
        ];
        let find = |rest: &str| OPERATORS.iter().find(|(written, ..)| rest.starts_with(written));
        self.skip();
        let found = match find(self.rest()) {
            Some(found) => Some(found),
            None => {
                self.skip_lines();
                // A minus sign on a line of its own begins the next value.
                find(self.rest()).filter(|(written, ..)| *written != "-")
            }
        };
        found.map(|&(written, operator, strength)| (operator, written, strength))
    }

    fn unary(&mut self) -> Option<Expr> {
        let start = self.at;
        let operator = match self.peek()? {
            c @ ('-' | '!' | '+') => c,
            _ => return self.postfix(),
        };
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.skip();
        self.depth += 1;
        let operand = Box::new(self.unary()?);
        self.depth -= 1;
        Some(Expr { span: self.span(start), kind: ExprKind::Unary { operator, operand } })
    }

    fn postfix(&mut self) -> Option<Expr> {
        let start = self.at;
        let mut expr = self.primary()?;
        let mut length = 0;
        loop {
            length += 1;
            if length > MAX_DEPTH {
                return None;
            }
            self.skip();
            let base = |expr| Box::new(expr);
            let kind = if self.eat("::") {
                self.skip();
                ExprKind::Child { base: base(expr), name: self.name()? }
            } else if self.rest().starts_with('.') && !self.rest().starts_with("..") || self.continues_below() {
                self.skip_lines();
                self.at += 1;
                let safe = self.eat("?");
                self.skip();
                let name = self.name()?;
                match self.peek() {
                    Some('(') if !safe => ExprKind::Call { base: Some(base(expr)), name, args: self.arguments()? },
                    _ => ExprKind::Access { base: base(expr), step: Access::Property(name), safe },
                }
            } else if self.eat("[") {
                self.skip_lines();
                let safe = self.eat("?");
                let from_end = self.eat("^");
                self.skip_lines();
                let index = Box::new(self.expression()?);
                self.skip_lines();
                self.expect("]")?;
                ExprKind::Access { base: base(expr), step: Access::Index { index, from_end }, safe }
            } else if self.rest().starts_with('!') && !self.rest().starts_with("!=") && !self.rest().starts_with("!~") {
                // `x!` only tells the compiler that it is not null.
                self.at += 1;
                expr.span = self.span(start);
                continue;
            } else {
                self.at = expr.span.end as usize;
                return Some(expr);
            };
            expr = Expr { span: self.span(start), kind };
        }
    }

    /// A line that begins with an access to what is above it.
    fn continues_below(&mut self) -> bool {
        let before = self.at;
        self.skip_lines();
        let continues = self.at > before && self.rest().starts_with('.') && !self.rest().starts_with("..");
        self.at = before;
        continues
    }

    fn primary(&mut self) -> Option<Expr> {
        let start = self.at;
        match self.peek()? {
            '\'' | '$' => self.string(),
            '[' => self.array(),
            '{' => self.object(),
            '(' => {
                if let Some(lambda) = self.lambda() {
                    return Some(lambda);
                }
                self.at = start + 1;
                self.skip_lines();
                let inner = self.expression()?;
                self.skip_lines();
                self.expect(")")?;
                // Brackets are part of the place, not of the meaning.
                Some(Expr { span: self.span(start), ..inner })
            }
            '0'..='9' => {
                let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
                let number = self.rest()[..digits].parse().ok()?;
                self.at += digits;
                Some(Expr { span: self.span(start), kind: ExprKind::Int(number) })
            }
            _ => self.reference(),
        }
    }

    /// A name, a call, a lambda of one parameter or one of the three words that are values.
    fn reference(&mut self) -> Option<Expr> {
        let start = self.at;
        let name = self.name()?;
        let after = self.at;
        self.skip();
        if self.rest().starts_with("=>") {
            return self.lambda_body(start, vec![name.text]);
        }
        if self.peek() == Some('(') {
            let args = self.arguments()?;
            return Some(Expr { span: self.span(start), kind: ExprKind::Call { base: None, name, args } });
        }
        self.at = after;
        let kind = match name.text.as_str() {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Name(name.text),
        };
        Some(Expr { span: self.span(start), kind })
    }

    /// `(a, b) => body`; `None` where the bracket is another one.
    fn lambda(&mut self) -> Option<Expr> {
        let start = self.at;
        self.eat("(").then_some(())?;
        let mut parameters = Vec::new();
        loop {
            self.skip_lines();
            if self.eat(")") {
                break;
            }
            parameters.push(self.name()?.text);
            self.skip_lines();
            if !self.eat(",") && self.peek() != Some(')') {
                return None;
            }
        }
        self.skip();
        self.rest().starts_with("=>").then_some(())?;
        self.lambda_body(start, parameters)
    }

    fn lambda_body(&mut self, start: usize, parameters: Vec<String>) -> Option<Expr> {
        self.expect("=>")?;
        self.skip_lines();
        let body = Box::new(self.expression()?);
        Some(Expr { span: self.span(start), kind: ExprKind::Lambda { parameters, body } })
    }

    fn arguments(&mut self) -> Option<Vec<Expr>> {
        self.eat("(").then_some(())?;
        let mut args = Vec::new();
        loop {
            self.skip_separators();
            if self.eat(")") {
                return Some(args);
            }
            args.push(self.expression()?);
        }
    }

    fn array(&mut self) -> Option<Expr> {
        let start = self.at;
        self.eat("[").then_some(())?;
        self.skip_separators();
        if self.sees_word("for") {
            return self.for_body(start);
        }
        let mut items = Vec::new();
        loop {
            self.skip_separators();
            if self.eat("]") {
                return Some(Expr { span: self.span(start), kind: ExprKind::Array(items) });
            }
            items.push(match self.eat("...") {
                true => Item::Spread(self.expression()?),
                false => Item::Value(self.expression()?),
            });
            self.ends_item(']')?;
        }
    }

    fn for_body(&mut self, start: usize) -> Option<Expr> {
        self.eat_word("for").then_some(())?;
        self.skip();
        let in_brackets = self.eat("(");
        self.skip();
        let item = self.name()?;
        self.skip();
        let mut index = None;
        if in_brackets {
            if self.eat(",") {
                self.skip();
                index = Some(self.name()?);
            }
            self.expect(")")?;
        }
        self.skip();
        self.eat_word("in").then_some(())?;
        let over = Box::new(self.expression()?);
        self.expect(":")?;
        self.skip_lines();
        let body = match self.sees_word("if") {
            true => self.conditional()?,
            false => self.expression()?,
        };
        self.skip_separators();
        self.expect("]")?;
        Some(Expr { span: self.span(start), kind: ExprKind::For { item, index, over, body: Box::new(body) } })
    }

    fn object(&mut self) -> Option<Expr> {
        let start = self.at;
        self.eat("{").then_some(())?;
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let mut members = Vec::new();
        loop {
            self.skip_separators();
            if self.eat("}") {
                break;
            }
            if self.eat("...") {
                members.push(Member::Spread(self.expression()?));
            } else if self.sees_resource() {
                members.push(Member::Resource(self.declaration()?));
            } else {
                let start = self.at;
                let kind = match self.string_pieces() {
                    Some(pieces) => match &pieces[..] {
                        [] => KeyKind::Plain(String::new()),
                        [Piece::Plain(text)] => KeyKind::Plain(text.clone()),
                        _ => KeyKind::Computed(pieces),
                    },
                    None => KeyKind::Plain(self.name()?.text),
                };
                let key = Key { span: self.span(start), kind };
                self.expect(":")?;
                self.skip_lines();
                members.push(Member::Property { key, value: self.expression()? });
            }
            self.ends_item('}')?;
        }
        self.depth -= 1;
        Some(Expr { span: self.span(start), kind: ExprKind::Object(members) })
    }

    /// Whether a resource is declared here, rather than a property with an unlucky name.
    fn sees_resource(&mut self) -> bool {
        if self.peek() == Some('@') {
            return true;
        }
        let before = self.at;
        let sees = self.eat_word("resource") && {
            self.skip();
            self.name().is_some()
        };
        self.at = before;
        sees
    }

    fn string(&mut self) -> Option<Expr> {
        let start = self.at;
        let pieces = self.string_pieces()?;
        Some(Expr { span: self.span(start), kind: ExprKind::Text(pieces) })
    }

    /// A string of any form, between its quotes; `None`, and nothing passed over, where there is none.
    fn string_pieces(&mut self) -> Option<Vec<Piece>> {
        let dollars = self.rest().bytes().take_while(|byte| *byte == b'$').count();
        let rest = &self.rest()[dollars..];
        if rest.starts_with("'''") {
            self.at += dollars + 3;
            return self.lines_string(dollars);
        }
        if dollars > 0 || !rest.starts_with('\'') {
            return None;
        }
        self.at += 1;
        let mut pieces = Vec::new();
        let mut plain = String::new();
        loop {
            let c = self.peek()?;
            self.at += c.len_utf8();
            match c {
                '\'' => break,
                '\n' | '\r' => return None,
                '$' if self.rest().starts_with('{') => self.hole(&mut pieces, &mut plain)?,
                '\\' => plain.push(self.escape()?),
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Some(pieces)
    }

    /// The rest of a string in three quotes; with dollars before it, so many of them open an interpolation.
    fn lines_string(&mut self, dollars: usize) -> Option<Vec<Piece>> {
        for line_end in ["\r\n", "\n", "\r"] {
            if self.eat(line_end) {
                break;
            }
        }
        let opening = format!("{}{{", "$".repeat(dollars));
        let mut pieces = Vec::new();
        let mut plain = String::new();
        loop {
            if self.rest().starts_with("'''") {
                // Quotes more than three belong to the text.
                let quotes = self.rest().bytes().take_while(|byte| *byte == b'\'').count();
                plain.push_str(&"'".repeat(quotes - 3));
                self.at += quotes;
                break;
            }
            if dollars > 0 && self.rest().starts_with(&opening) {
                self.at += dollars;
                self.hole(&mut pieces, &mut plain)?;
                continue;
            }
            let c = self.peek()?;
            self.at += c.len_utf8();
            plain.push(c);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Some(pieces)
    }

    /// `{expression}`, the dollar sign passed over.
    fn hole(&mut self, pieces: &mut Vec<Piece>, plain: &mut String) -> Option<()> {
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(plain)));
        }
        self.at += 1;
        self.skip_lines();
        let hole = self.expression()?;
        self.skip_lines();
        self.expect("}")?;
        pieces.push(Piece::Hole(hole));
        Some(())
    }

    fn escape(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' | '\'' | '$' => c,
            'u' => {
                self.eat("{").then_some(())?;
                let digits = self.rest().find('}')?;
                let code = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
                self.at += digits + 1;
                char::from_u32(code)?
            }
            _ => return None,
        })
    }
}

/// Words, blanks and line ends.
impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    /// The mark, the blanks before it passed over; where something else follows, nothing is.
    fn expect(&mut self, mark: &str) -> Option<()> {
        let before = self.at;
        self.skip();
        let found = self.eat(mark);
        if !found {
            self.at = before;
        }
        found.then_some(())
    }

    fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
        let end = rest.find(|c: char| !begins(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
        (rest.starts_with(begins)).then(|| {
            self.at += end;
            &rest[..end]
        })
    }

    fn name(&mut self) -> Option<Name> {
        let start = self.at;
        let text = self.word()?.to_owned();
        Some(Name { text, span: self.span(start) })
    }

    fn sees_word(&mut self, word: &str) -> bool {
        let before = self.at;
        let sees = self.word() == Some(word);
        self.at = before;
        sees
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let before = self.at;
        let found = self.word() == Some(word);
        if !found {
            self.at = before;
        }
        found
    }

    /// A word on this line, the blanks before it passed over; where another follows, nothing is.
    fn passes_word(&mut self, word: &str) -> bool {
        let before = self.at;
        self.skip();
        let found = self.eat_word(word);
        if !found {
            self.at = before;
        }
        found
    }

    /// Blanks and comments of one line.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let comment = match &rest[blank..] {
                rest if rest.starts_with("//") => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                rest if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                _ => 0,
            };
            self.at += blank + comment;
            if comment == 0 {
                return;
            }
        }
    }

    /// Blanks, comments, line ends and `#disable…` lines.
    fn skip_lines(&mut self) {
        loop {
            self.skip();
            let rest = self.rest();
            let ends = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
            let directive = match rest.starts_with('#') {
                true => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                false => 0,
            };
            if ends + directive == 0 {
                return;
            }
            self.at += ends + directive;
        }
    }

    /// [`Reader::skip_lines`], and commas.
    fn skip_separators(&mut self) {
        loop {
            self.skip_lines();
            if !self.eat(",") {
                return;
            }
        }
    }

    /// Behind an item stands a comma, a line end or the closing bracket.
    fn ends_item(&mut self, closing: char) -> Option<()> {
        self.skip();
        matches!(self.peek()?, ',' | '\n' | '\r').then_some(()).or((self.peek()? == closing).then_some(()))
    }

    /// Nothing more stands on the line.
    fn ends_line(&mut self) -> bool {
        let before = self.at;
        self.skip();
        let ends = matches!(self.peek(), None | Some('\n' | '\r'));
        if !ends {
            self.at = before;
        }
        ends
    }

    /// Whether the next line that is not blank begins with a mark.
    fn goes_on(&mut self, mark: char) -> bool {
        let before = self.at;
        self.skip_lines();
        let goes_on = self.peek() == Some(mark);
        self.at = before;
        goes_on
    }

    /// Whether a mark follows, on this line or a later one; then `at` is before it.
    fn passes_lines_to(&mut self, mark: &str) -> bool {
        let before = self.at;
        self.skip_lines();
        let found = self.rest().starts_with(mark) && !self.rest().starts_with("??");
        if !found {
            self.at = before;
        }
        found
    }

    /// Passes over what is not understood, up to a line that begins with a keyword or a decorator.
    fn skip_to_declaration(&mut self) {
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\n') else {
                self.at = self.text.len();
                return;
            };
            self.at += end + 1;
            let begins = self.rest().starts_with('@') || {
                let before = self.at;
                let word = self.word();
                self.at = before;
                word.is_some_and(|word| KEYWORDS.contains(&word))
            };
            if begins {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    /// Everything that is understood, one expression a line, with the text it stands in.
    fn check(text: &str, expect: Expect) {
        let parsed = parse(text);
        let mut out = String::new();
        for declaration in parsed.all() {
            let name = declaration.name.as_ref().map_or("", |name| &name.text);
            out.push_str(&format!("{name}: {}\n", first_line(declaration.own.of(text))));
            if let Some(value) = &declaration.value {
                value.walk(&mut |expr| {
                    if !matches!(expr.kind, ExprKind::Object(_) | ExprKind::Array(_)) {
                        out.push_str(&format!("  {} {}\n", kind(expr), first_line(expr.span.of(text))));
                    }
                });
            }
        }
        for error in &parsed.errors {
            out.push_str(&format!("not understood: {}\n", first_line(error.of(text))));
        }
        expect.assert_eq(&out);
    }

    fn first_line(text: &str) -> &str {
        text.lines().next().unwrap_or_default()
    }

    fn kind(expr: &Expr) -> &'static str {
        match &expr.kind {
            ExprKind::Null => "null",
            ExprKind::Bool(_) => "bool",
            ExprKind::Int(_) => "int",
            ExprKind::Text(pieces) if pieces.iter().any(|piece| matches!(piece, Piece::Hole(_))) => "interpolation",
            ExprKind::Text(_) => "text",
            ExprKind::Array(_) => "array",
            ExprKind::Object(_) => "object",
            ExprKind::For { .. } => "for",
            ExprKind::If { .. } => "if",
            ExprKind::Name(_) => "name",
            ExprKind::Access { safe: true, .. } => "safe access",
            ExprKind::Access { .. } => "access",
            ExprKind::Child { .. } => "child",
            ExprKind::Call { .. } => "call",
            ExprKind::Unary { .. } => "unary",
            ExprKind::Binary { .. } => "binary",
            ExprKind::Ternary { .. } => "ternary",
            ExprKind::Lambda { .. } => "lambda",
            ExprKind::Type => "type",
        }
    }

    fn text_of(text: &str) -> Option<String> {
        let text = format!("var x = {text}");
        let parsed = parse(&text);
        assert_eq!(parsed.errors.len() + parsed.declarations.len(), 1);
        Some(parsed.declarations.first()?.value.as_ref()?.text()?.to_owned())
    }

    #[test]
    fn strings() {
        assert_eq!(text_of("''").as_deref(), Some(""));
        assert_eq!(text_of(r"'a\'b\\c\n\u{1F600}\${d}$e'").as_deref(), Some("a'b\\c\n😀${d}$e"));
        assert_eq!(text_of("'''\n a ${b} \\n'c'\n'''").as_deref(), Some(" a ${b} \\n'c'\n"));
        assert_eq!(text_of("'''a'''''").as_deref(), Some("a''"));
        assert_eq!(text_of("$$'''a ${b}'''").as_deref(), Some("a ${b}"));
        assert_eq!(text_of("'open"), None);
        assert_eq!(text_of(r"'\q'"), None);
        assert_eq!(text_of("'''open"), None);
    }

    #[test]
    fn expressions() {
        check(
            r"
var a = b ? c : d
  ? e
  : f
var g = -1 - 2 * (h.i[0].?j!.k ?? l[^1]) >= 3 // no more
var m = az.f(n, o => { p: o }, (q, r) => q)::s
var t = '${u}x ${ v.w } y'
",
            expect![[r#"
                a: var a = b ? c : d
                  ternary b ? c : d
                  name b
                  name c
                  ternary d
                  name d
                  name e
                  name f
                g: var g = -1 - 2 * (h.i[0].?j!.k ?? l[^1]) >= 3
                  binary -1 - 2 * (h.i[0].?j!.k ?? l[^1]) >= 3
                  binary -1 - 2 * (h.i[0].?j!.k ?? l[^1])
                  unary -1
                  int 1
                  binary 2 * (h.i[0].?j!.k ?? l[^1])
                  int 2
                  binary (h.i[0].?j!.k ?? l[^1])
                  access h.i[0].?j!.k
                  safe access h.i[0].?j!
                  access h.i[0]
                  access h.i
                  name h
                  int 0
                  access l[^1]
                  name l
                  int 1
                  int 3
                m: var m = az.f(n, o => { p: o }, (q, r) => q)::s
                  child az.f(n, o => { p: o }, (q, r) => q)::s
                  call az.f(n, o => { p: o }, (q, r) => q)
                  name az
                  name n
                  lambda o => { p: o }
                  name o
                  lambda (q, r) => q
                  name q
                t: var t = '${u}x ${ v.w } y'
                  interpolation '${u}x ${ v.w } y'
                  name u
                  access v.w
                  name v
            "#]],
        );
    }

    #[test]
    fn declarations() {
        check(
            r#"metadata name = 'x'
targetScope = 'resourceGroup'
using 'main.bicep'
extends './base.bicepparam'
extension microsoftGraph
import * as all from 'a.bicep'
import { b as c, d } from 'a.bicep'
@export()
type e = 'f' | {
  g: string? // why
}
type h =
  | 'i'
  | 'j'
func k(l string, m { n: int }) string => '${l}'
@description('''
resource x
''')
@minValue(1)
param o int = 5 /* five */
param p 'q' | 'r'?
param s {
  t: int
} = { t: 1, 'u v': [1, 2
  3], ...w }
#disable-next-line no-unused-vars
resource x 'A/b@1' existing = { name: 'x' }
resource y 'A/b@1' = [for (z, i) in range(0, 3): if (i > 1) {
  name: 'y'
  resource: 'no'
  @batchSize(1)
  resource c 'c@1' = {
    name: 'c'
  }
}]
module aa 'br/public:x:1' = if (o == 5) {
}
output bb string[] = [for cc in dd: cc.ee]
assert ff = true
"#,
            expect![[r#"
                name: metadata name = 'x'
                  text 'x'
                : targetScope = 'resourceGroup'
                  text 'resourceGroup'
                : using 'main.bicep'
                : extends './base.bicepparam'
                : extension microsoftGraph
                : import * as all from 'a.bicep'
                : import { b as c, d } from 'a.bicep'
                e: type e = 'f' | {
                  type 'f' | {
                h: type h =
                  type | 'i'
                k: func k(l string, m { n: int }) string => '${l}'
                  interpolation '${l}'
                  name l
                o: param o int = 5
                  int 5
                p: param p 'q' | 'r'?
                s: param s {
                  int 1
                  int 1
                  int 2
                  int 3
                  name w
                x: resource x 'A/b@1' existing = { name: 'x' }
                  text 'x'
                y: resource y 'A/b@1' = [for (z, i) in range(0, 3): if (i > 1) {
                  for [for (z, i) in range(0, 3): if (i > 1) {
                  call range(0, 3)
                  int 0
                  int 3
                  if if (i > 1) {
                  binary i > 1
                  name i
                  int 1
                  text 'y'
                  text 'no'
                  call batchSize(1)
                  int 1
                  text 'c@1'
                  text 'c'
                c: resource c 'c@1' = {
                  text 'c'
                aa: module aa 'br/public:x:1' = if (o == 5) {
                  if if (o == 5) {
                  binary o == 5
                  name o
                  int 5
                bb: output bb string[] = [for cc in dd: cc.ee]
                  for [for cc in dd: cc.ee]
                  name dd
                  access cc.ee
                  name cc
                ff: assert ff = true
                  bool true
            "#]],
        );
    }

    #[test]
    fn what_is_not_understood_costs_its_declaration() {
        check(
            r"param a int =
param b int = 2
resource c 'A/b@1' = {
  name: 'c
  x: {
}

var d = 4 5
nonsense
@x(
var e = 'ok'
",
            expect![[r#"
                b: param b int = 2
                  int 2
                not understood: param a int =
                not understood: resource c 'A/b@1' = {
                not understood: var d = 4 5
                not understood: @x(
            "#]],
        );
    }

    #[test]
    fn nesting_has_a_bound() {
        for open in ["[", "{a:", "(", "-", "f(", "'${", "a?b:", "x[", "y => ", "1 + "] {
            let text = format!("var a = {}\nvar b = 1\n", open.repeat(100_000));
            assert!(parse(&text).declarations.iter().all(|declaration| declaration.is_named("b")), "{open}");
        }
        for close in ["!", ".a", "[0]", " + 1"] {
            let text = format!("var a = b{}\nvar b = 1\n", close.repeat(100_000));
            assert!(parse(&text).declarations.iter().any(|declaration| declaration.is_named("b")), "{close}");
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "var ",
            "x",
            " = ",
            "'",
            "'''",
            "${",
            "}",
            "{",
            "[",
            "]",
            "(",
            ")",
            "\n",
            "for ",
            " in ",
            ":",
            ",",
            "=>",
            "?",
            "!",
            ".",
            "...",
            "::",
            "@",
            "resource ",
            "é",
            "5",
            "//",
            "/*",
            "*/",
            "\\",
            "#",
            "\r\n",
            "if ",
            "param ",
            "|",
            " ",
        ]);
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any_text()) {
            let parsed = parse(&text);
            let inside = |span: Span| text.get(span.start as usize..span.end as usize).is_some();
            for declaration in parsed.all() {
                prop_assert!(inside(declaration.span));
                declaration.walk(&mut |expr| assert!(inside(expr.span)));
            }
            prop_assert!(parsed.errors.iter().all(|error| inside(*error)));
        }
    }
}
