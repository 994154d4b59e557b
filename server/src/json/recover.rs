//! The slow way into a tree, for text that is not well-formed because someone is typing: tree-sitter finds the parts that
//! still make sense.
//!
//! Its repairs are guesses. A value that it had to repair, or that touches text it could not place, becomes
//! [`Kind::Broken`]: better no value than one that nobody wrote.

use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use crate::json::{self, Builder, Kind, MAX_DEPTH, Parsed, SyntaxError, read};
use crate::text::Span;

/// A template may have 4 MB; larger texts are plans, which nobody types.
const MAX_LEN: usize = 4 << 20;

/// The tree of a text of which only the part before a fault could be read; `None` if this takes too long, as it does for
/// garbage.
pub(super) fn recover(text: &str, before: &Parsed, fault: &SyntaxError) -> Option<Parsed> {
    if text.len() > MAX_LEN {
        return None;
    }
    let lines = join_lines(text, &before.tree, fault.span.start);
    let mut tape = lower(text, &lines, &parse(&lines)?);
    tape.errors.push(fault.clone());
    tape.damage.push(fault.span);
    Some(tape.finish(text.len() as u32))
}

/// The text with spaces for the line breaks in strings, which the grammar does not know. The string at the fault is the
/// exception: it may well be two that lack a quote.
fn join_lines(text: &str, tree: &json::Tree, fault: u32) -> String {
    let mut joined = String::with_capacity(text.len());
    for slot in tree.slots.iter().filter(|slot| slot.kind() == Kind::String && slot.start != fault) {
        let raw = slot.span().of(text);
        if raw.contains(['\n', '\r']) {
            joined.push_str(&text[joined.len()..slot.start as usize]);
            joined.push_str(&raw.replace(['\n', '\r'], " "));
        }
    }
    joined.push_str(&text[joined.len()..]);
    joined
}

/// Gives up after a number of steps that is a few times what JSON needs.
fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_json::LANGUAGE.into()).ok()?;
    let mut steps = 1000 + text.len() * 6 / 1000;
    let mut count_down = |_: &ParseState| match steps.checked_sub(1) {
        Some(left) => {
            steps = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let bytes = text.as_bytes();
    let mut read = |at: usize, _| &bytes[at.min(bytes.len())..];
    parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut count_down)))
}

fn lower<'a>(text: &'a str, lines: &'a str, tree: &Tree) -> Builder<'a> {
    let mut lowering =
        Lowering { tape: Builder::new(text), lines, around: Vec::new(), last: Last::Settled, comma: 0, read: 0 };
    let mut cursor = tree.walk();
    loop {
        let entered = lowering.enter(cursor.node(), cursor.field_name());
        if entered && cursor.goto_first_child() {
            continue;
        }
        if entered {
            lowering.leave(cursor.node());
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return lowering.tape;
            }
            lowering.leave(cursor.node());
        }
    }
}

struct Lowering<'a> {
    tape: Builder<'a>,
    /// The text as tree-sitter got it: a line break in a string of it is none that the string should have.
    lines: &'a str,
    around: Vec<Around>,
    last: Last,
    /// Where the last comma is.
    comma: u32,
    /// The end of the last scalar, which may be longer than tree-sitter's idea of it.
    read: u32,
}

/// The syntax node that the walk is in.
enum Around {
    Pair,
    /// Text that fits nowhere.
    Error,
    /// With the number of containers that are open directly inside of it.
    Container(usize),
}

/// What came last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A comma, a bracket, or nothing.
    Settled,
    Scalar,
    /// A key, which is on the tape already and has no value yet.
    Key,
    /// In an error, a string that is a key if a colon follows.
    KeyOrValue(Span),
}

impl Lowering<'_> {
    /// Whether the walk should go into the node, and leave it again.
    fn enter(&mut self, node: Node, field: Option<&str>) -> bool {
        let span = span_of(node);
        match node.kind() {
            _ if span.start < self.read => false,
            "document" => self.go_into(Around::Container(0)),
            "object" => self.open(Kind::Object, span) && self.go_into(Around::Container(self.tape.open.len())),
            "array" => self.open(Kind::Array, span) && self.go_into(Around::Container(self.tape.open.len())),
            "pair" => self.go_into(Around::Pair),
            "ERROR" => self.error(node) && self.go_into(Around::Error),
            "string" if field == Some("key") => {
                self.key(span);
                false
            }
            "string" | "number" | "true" | "false" | "null" => {
                self.scalar(node);
                false
            }
            token => {
                match node.is_missing() {
                    true => self.tape.damage.push(span),
                    false => self.token(token, span),
                }
                false
            }
        }
    }

    fn go_into(&mut self, node: Around) -> bool {
        self.around.push(node);
        true
    }

    fn leave(&mut self, node: Node) {
        let end = span_of(node).end;
        match self.around.pop() {
            Some(Around::Pair) if self.last == Last::Key => self.value(Kind::Broken, Span::new(end, end)),
            Some(Around::Container(inside)) => self.close_down_to(inside.saturating_sub(1), end),
            Some(Around::Pair | Around::Error) | None => {}
        }
    }

    /// Opens a container, if one may stand here.
    fn open(&mut self, kind: Kind, span: Span) -> bool {
        if !self.takes_a_value() {
            return false;
        }
        if self.tape.open.len() == MAX_DEPTH {
            self.value(Kind::Broken, span);
            return false;
        }
        self.tape.open(kind, span.start);
        self.last = Last::Settled;
        true
    }

    fn close_down_to(&mut self, depth: usize, end: u32) {
        while self.tape.open.len() > depth {
            if self.last == Last::Key {
                self.value(Kind::Broken, Span::new(end, end));
            }
            self.tape.close(end);
            self.last = Last::Settled;
        }
    }

    /// Text that fits nowhere: it spoils the scalar that it follows, and the value that is due. Whether something in it
    /// may still make sense.
    fn error(&mut self, node: Node) -> bool {
        let span = span_of(node);
        let is_a_comma = span
            .of(self.tape.text)
            .strip_prefix(',')
            .is_some_and(|rest| read::blank_len(rest.as_bytes()) == rest.len());
        if is_a_comma && self.before_a_bracket(span.end) {
            self.tape.warn_of_trailing_comma(span.start);
            return false;
        }
        self.damage(node);
        if self.last == Last::Scalar {
            self.tape.break_last_scalar();
        }
        let in_pair = matches!(self.around.last(), Some(Around::Pair));
        let garbage = in_pair || node.child_count() == 0;
        if garbage && (self.last == Last::Key || !in_pair && self.in_array()) {
            self.value(Kind::Broken, span);
        }
        !garbage
    }

    /// Notes what of an error could not be placed: its tokens, or all of it where it holds nothing that makes sense.
    fn damage(&mut self, error: Node) {
        let mut walk = error.walk();
        let placed = |child: &Node| matches!(child.kind(), "pair" | "object" | "array");
        if !error.children(&mut walk).any(|child| placed(&child)) {
            return self.tape.damage.push(span_of(error));
        }
        let loose: Vec<Span> = error.children(&mut walk).filter(|child| !placed(child)).map(span_of).collect();
        self.tape.damage.extend(loose);
    }

    fn scalar(&mut self, node: Node) {
        let span = span_of(node);
        let in_error = matches!(self.around.last(), Some(Around::Error));
        if in_error && node.kind() == "string" && self.last != Last::Key && !self.in_array() {
            self.last = Last::KeyOrValue(span);
            return;
        }
        if !self.takes_a_value() {
            return;
        }
        if span.is_empty() && self.in_array() && self.before_a_bracket(span.end) {
            self.tape.warn_of_trailing_comma(self.comma);
            return;
        }
        let rest = &self.tape.text.as_bytes()[span.start as usize..];
        match node.kind() {
            "string" if !in_error && let Some(escaped) = self.string_in(span) => {
                self.tape.string(span, escaped);
                self.last = Last::Scalar;
            }
            "number" if !in_error && let Some(len) = read::number_len(rest) => {
                self.value(Kind::Number, Span::new(span.start, span.start + len as u32));
            }
            "true" | "false" if !in_error && !span.is_empty() => self.value(Kind::Bool, span),
            "null" if !in_error && !span.is_empty() => self.value(Kind::Null, span),
            _ => self.value(Kind::Broken, span),
        }
    }

    fn token(&mut self, token: &str, span: Span) {
        if matches!(self.around.last(), Some(Around::Error)) {
            match (token, self.last) {
                (":", Last::KeyOrValue(key)) => self.key(key),
                // What opens in an error stays open until its bracket comes, or until all around it ends.
                ("{", _) => {
                    self.open(Kind::Object, span);
                }
                ("[", _) => {
                    self.open(Kind::Array, span);
                }
                ("}" | "]", _) => {
                    let inside = self.around.iter().rev().find_map(|around| match around {
                        Around::Container(inside) => Some(*inside),
                        Around::Pair | Around::Error => None,
                    });
                    let open = self.tape.open.len();
                    if open > inside.unwrap_or(0) {
                        self.close_down_to(open - 1, span.end);
                    }
                }
                _ => {}
            }
        }
        if token == "," {
            if self.last == Last::Key {
                self.value(Kind::Broken, Span::new(span.start, span.start));
            }
            self.comma = span.start;
            self.last = Last::Settled;
        }
    }

    /// Puts a key on the tape, in an object of its own if there is none around.
    fn key(&mut self, span: Span) {
        if self.last == Last::Key {
            self.value(Kind::Broken, Span::new(span.start, span.start));
        }
        if self.tape.slots.is_empty() {
            self.tape.open(Kind::Object, span.start);
        }
        let in_object = self.tape.container().is_some_and(|container| container.kind() == Kind::Object);
        self.last = match self.string_in(span) {
            Some(escaped) if in_object => {
                self.tape.string(span, escaped);
                Last::Key
            }
            _ => Last::Settled,
        };
    }

    fn value(&mut self, kind: Kind, span: Span) {
        self.tape.leaf(kind, span);
        self.read = self.read.max(span.end);
        self.last = Last::Scalar;
    }

    fn in_array(&self) -> bool {
        self.tape.container().is_some_and(|container| container.kind() == Kind::Array)
    }

    /// Whether a value that comes now has a place: behind a key, in an array, or as the root.
    fn takes_a_value(&self) -> bool {
        match self.tape.container().map(|container| container.kind()) {
            _ if matches!(self.around.last(), Some(Around::Pair)) => self.last == Last::Key,
            Some(Kind::Array) => true,
            Some(_) => self.last == Last::Key,
            None => self.tape.slots.is_empty(),
        }
    }

    /// Whether a comma or what follows it, ending here, is between the last value of a container and the bracket.
    fn before_a_bracket(&self, at: u32) -> bool {
        let rest = &self.tape.text.as_bytes()[at as usize..];
        let follows_a_value = self.tape.open.last().is_some_and(|&index| index as usize + 1 < self.tape.slots.len());
        follows_a_value && matches!(rest.get(read::blank_len(rest)), Some(b']' | b'}'))
    }

    /// Whether the string has escapes; `None` if it is not one that can be believed.
    fn string_in(&self, span: Span) -> Option<bool> {
        let raw = span.of(self.lines);
        match read::string_end(raw, 0) {
            Ok(Some((end, escaped))) if end == raw.len() && !raw.contains(['\n', '\r']) => Some(escaped),
            _ => None,
        }
    }
}

fn span_of(node: Node) -> Span {
    Span::new(node.start_byte() as u32, node.end_byte() as u32)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::json::samples;

    /// What is left of a text that is not well-formed, and what the user is told.
    fn check(text: &str, expected: Expect) {
        let parsed = json::parse(text);
        assert!(!parsed.well_formed);
        let mut out = parsed.root(text).map(|root| samples::model(root).to_string()).unwrap_or_default();
        for error in &parsed.errors {
            out += &format!("\n{}..{} {}", error.span.start, error.span.end, error.message);
        }
        expected.assert_eq(&out);
    }

    proptest! {
        #[test]
        fn well_formed_text_gives_the_same_tree_both_ways((_, text) in samples::document()) {
            let fast = json::parse(&text);
            prop_assert!(fast.well_formed);
            let lines = join_lines(&text, &fast.tree, u32::MAX);
            let slow = lower(&text, &lines, &parse(&lines).expect("it is short"));
            let slow = slow.finish(text.len() as u32);
            prop_assert_eq!(&slow.tree, &fast.tree, "{}", text);
            prop_assert_eq!(slow.errors, fast.errors);
        }

        #[test]
        fn damaged_text_never_gives_a_value_that_was_not_there(
            (_, text) in samples::document(),
            cut: prop::sample::Index,
            len in 0..3usize,
            junk in prop::sample::select(vec!["", "\"", "{", "}", "[", "]", ",", ":", "x", "tru", "1", "//", "/*", "\n", "\\"]),
        ) {
            let at = text.floor_char_boundary(cut.index(text.len() + 1));
            let end = text.ceil_char_boundary((at + len).min(text.len()));
            let damaged = format!("{}{junk}{}", &text[..at], &text[end..]);
            let parsed = json::parse(&damaged);
            if let Some(root) = parsed.root(&damaged) {
                samples::assert_consistent(root);
            }
        }
    }

    #[test]
    fn a_value_that_had_to_be_repaired_is_broken() {
        check(
            r#"{"a": tru, "b": 2}"#,
            expect![[r#"
            {"a":"broken: tru,"}
            6..9 this is not a value; of all words only true, false and null are"#]],
        );
        check(
            r#"{"a": , "b": 2}"#,
            expect![[r#"
            {"a":"broken: ","b":2}
            6..7 a value is missing before this"#]],
        );
        check(
            r#"{"a": "\q", "b": 2}"#,
            expect![[r#"
            {"a":"broken: \"\\q\"","b":2}
            7..9 this is not an escape sequence of JSON"#]],
        );
        check(
            r#"{"a": 01, "b": 1., "c": 3}"#,
            expect![[r#"
            {"a":"broken: 0","b":"broken: 1.","c":3}
            6..8 this is not a number as JSON writes it"#]],
        );
        check(
            r#"{"a" "b": 2}"#,
            expect![[r#"
            {"b":2}
            5..6 a colon is missing between the property name and this"#]],
        );
        check(
            "{\"a\":\n\"b\": 2,\n\"c\": 3}",
            expect![[r#"
            {"a":"broken: \"b\"","c":3}
            9..10 a comma or a closing brace is missing before this"#]],
        );
        check(
            "[1, tru, 3]",
            expect![[r#"
            [1,"broken: tru",3]
            4..7 this is not a value; of all words only true, false and null are"#]],
        );
        check(
            "[1 2, 3]",
            expect![[r#"
            ["broken: 1",2,3]
            3..4 a comma or a closing bracket is missing before this"#]],
        );
    }

    #[test]
    fn a_missing_comma_costs_nothing() {
        check(
            r#"{"a": 1 "b": 2}"#,
            expect![[r#"
            {"a":1,"b":2}
            8..9 a comma or a closing brace is missing before this"#]],
        );
    }

    #[test]
    fn a_quote_that_is_missing_costs_its_line() {
        check(
            "{\"a\": \"x,\n \"b\": \"y\",\n \"c\": {\"d\": 2}}",
            expect![[r#"
            {"a":"broken: \"x,\n \"","c":{"d":2}}
            6..9 this string is not closed where its line ends"#]],
        );
        check(
            "{\"a\": 1,\n \"\n \"c\": {\"d\": 2}}",
            expect![[r#"
            {"a":1}
            10..11 this string is not closed where its line ends"#]],
        );
        check(
            "{\"a\": 1, b\": 2,\n \"c\": {\"d\": 2}}",
            expect![[r#"
            {"a":1}
            9..10 a property name in double quotes is missing here"#]],
        );
    }

    #[test]
    fn half_a_document_keeps_its_levels() {
        check(
            r#"{"resources": [{"type": "x", "properties": {"tier": "Basic""#,
            expect![[r#"
            {"resources":[{"type":"x","properties":{"tier":"Basic"}}]}
            43..44 this is never closed"#]],
        );
        check(
            r#"{"resources": [{"type": "x", "properties": {"tier": "#,
            expect![[r#"
            {"resources":[{"type":"x","properties":{"tier":"broken: "}}]}
            43..44 this is never closed"#]],
        );
        check(
            r#""type": "x", "properties": {"tier": 1}"#,
            expect![[r#"
            "broken: \"type\""
            6..7 the document has ended before this"#]],
        );
        check(
            r#"{"a": {"x": 1, "b": 2}"#,
            expect![[r#"
            {"a":{"x":1,"b":2}}
            0..1 this is never closed"#]],
        );
        check(
            r#"{"a": {"x": 1}}, "b": 2}"#,
            expect![[r#"
            {"a":{"x":1}}
            15..16 the document has ended before this"#]],
        );
        check(
            r#"{"a": [1, 2}, "c": 3}"#,
            expect![[r#"
            {"a":"broken: : [1, 2}, \"c\""}
            11..12 this brace closes an array that was opened with a bracket"#]],
        );
        check(
            "",
            expect![[r#"

            0..0 the text has no JSON value"#]],
        );
        check(
            "resource vm 'x' = {\n  a: b\n}",
            expect![[r#"
            {}
            0..8 this is not a value"#]],
        );
    }
}
