//! Edits to JSON text that leave it looking as if its author had made them.
//!
//! No edit takes away a comment that is not between a value and its own comma. All of them are for the text that the
//! nodes were parsed from, which has to be well-formed.

use crate::json::{Kind, Node, read, string};
use crate::text::{Edit, Span, Text};

/// Puts another value in the place of one.
pub fn set(node: Node, json: &str) -> Edit {
    Edit { span: node.span(), insert: json.to_owned() }
}

/// Removes an item from its array, with the comma that it leaves over.
pub fn remove_item(array: Node, item: Node) -> Edit {
    remove(array, item.span())
}

/// Removes a member, given its key or its value, from its object, with the comma that it leaves over.
pub fn remove_member(object: Node, key_or_value: Node) -> Edit {
    remove(object, key_or_value.span())
}

/// Adds a member at the end of an object.
pub fn insert_member(object: Node, key: &str, json: &str, text: &Text) -> Edit {
    let member = format!("{}{}{json}", string::encode(key), colon_like_in(object));
    insert(object, &member, text)
}

/// Adds an item at the end of an array.
pub fn insert_item(array: Node, json: &str, text: &Text) -> Edit {
    insert(array, json, text)
}

fn remove(container: Node, part: Span) -> Edit {
    let text = container.text;
    let elements = elements(container);
    let interior = interior(container);
    let Some(position) = elements.iter().position(|element| element.covers(part)) else {
        return replace(part.start, part.start, "");
    };
    let element = elements[position];

    if let Some(next) = elements.get(position + 1) {
        let end = comma_in(text, element.end, next.start).map_or(next.start, |comma| skip_blank(text, comma + 1));
        return replace(element.start, end, "");
    }

    let end = comma_in(text, element.end, interior.end).map_or(element.end, |comma| comma + 1);
    let (start, gap_start) = match position.checked_sub(1).map(|before| elements[before].end) {
        Some(before) => match comma_in(text, before, element.start) {
            Some(comma) => (comma, comma + 1),
            None => (before, before),
        },
        None if skip_blank(text, interior.start) == element.start && skip_blank(text, end) == interior.end => {
            return replace(interior.start, interior.end, "");
        }
        None => (interior.start, interior.start),
    };
    // What is before the element may be comments, and the last of them may need the line break behind it.
    let gap = Span::new(gap_start, element.start).of(text);
    let ends_line = text[end as usize..].trim_start_matches([' ', '\t']).starts_with(['\n', '\r']);
    let kept = gap.trim_end();
    replace(start, end, if kept.is_empty() || ends_line { kept } else { gap })
}

fn insert(container: Node, piece: &str, text: &Text) -> Edit {
    let whole = container.text;
    let interior = interior(container);
    let elements = elements(container);

    let Some(&last) = elements.last() else {
        let comments = interior.of(whole).trim_end();
        let start = interior.start + comments.len() as u32;
        let Some(unit) = indent_unit(container).or((!comments.is_empty()).then_some("  ")) else {
            return replace(interior.start, interior.end, piece);
        };
        let outer = format!("{}{}", text.line_end(), indent_at(whole, interior.start));
        let inner = format!("{outer}{unit}");
        let piece = with_line_start(piece, &inner);
        return replace(start, interior.end, &format!("{inner}{piece}{outer}"));
    };

    let gap_start = elements.iter().rev().nth(1).map_or(interior.start, |before| before.end);
    let gap = Span::new(gap_start, last.start).of(whole);
    if !gap.contains(['\n', '\r']) {
        let comma = match elements.len() {
            1 if colon_like_in(container) == ":" => ",",
            2.. if gap.ends_with(',') => ",",
            _ => ", ",
        };
        return replace(last.end, last.end, &format!("{comma}{piece}"));
    }
    let line_start = format!("{}{}", text.line_end(), indent_at(whole, last.start));
    let piece = with_line_start(piece, &line_start);
    let rest_end = rest_of_line(whole, last.end);
    let rest = Span::new(last.end, rest_end).of(whole);
    let comma = if comma_in(whole, last.end, rest_end).is_some() { "" } else { "," };
    replace(last.end, rest_end, &format!("{comma}{rest}{line_start}{piece}"))
}

fn replace(start: u32, end: u32, insert: &str) -> Edit {
    Edit { span: Span::new(start, end), insert: insert.to_owned() }
}

/// The items or members of a container.
fn elements(container: Node) -> Vec<Span> {
    match container.kind() {
        Kind::Object => container.members().map(|member| member.span()).collect(),
        _ => container.items().map(Node::span).collect(),
    }
}

/// What is between the brackets.
fn interior(container: Node) -> Span {
    let span = container.span();
    Span::new((span.start + 1).min(span.end), (span.end - 1).max(span.start))
}

/// The first comma in a range that is not in a comment.
fn comma_in(text: &str, start: u32, end: u32) -> Option<u32> {
    let mut at = start;
    while at < end {
        let rest = &text.as_bytes()[at as usize..end as usize];
        if rest[0] == b',' {
            return Some(at);
        }
        at += read::comment_len(rest).unwrap_or(1) as u32;
    }
    None
}

fn skip_blank(text: &str, at: u32) -> u32 {
    let rest = &text[at as usize..];
    at + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()) as u32
}

/// Where the line ends if nothing but a comma and comments follow on it, else where it starts.
fn rest_of_line(text: &str, start: u32) -> u32 {
    let mut at = start;
    loop {
        let rest = &text.as_bytes()[at as usize..];
        match (rest.first(), read::comment_len(rest)) {
            (Some(b' ' | b'\t' | b','), _) => at += 1,
            (Some(b'\n' | b'\r'), _) => return start + Span::new(start, at).of(text).trim_end().len() as u32,
            (_, Some(len)) if memchr::memchr2(b'\n', b'\r', &rest[..len]).is_none() => at += len as u32,
            _ => return start,
        }
    }
}

/// The white space at the start of the line that a place is in.
fn indent_at(text: &str, at: u32) -> &str {
    let before = &text[..at as usize];
    let line = &before[before.rfind(['\n', '\r']).map_or(0, |end| end + 1)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// How far the document indents the content of its root; `None` if it has no lines.
fn indent_unit(node: Node<'_>) -> Option<&str> {
    let root = node.tree.node(node.text, 0);
    let first = root.children().next()?;
    let gap = Span::new(root.span().start, first.span().start).of(node.text);
    gap.contains(['\n', '\r']).then(|| indent_at(node.text, first.span().start))
}

/// The colon with the spaces that the document has around it.
fn colon_like_in(container: Node<'_>) -> &str {
    let root = container.tree.node(container.text, 0);
    let Some(member) = container.members().last().or_else(|| root.members().next()) else {
        return ": ";
    };
    let between = Span::new(member.key.span().end, member.value.span().start).of(container.text);
    if between.trim_matches(' ') == ":" { between } else { ": " }
}

/// JSON whose lines, but for the first, start as told. Line breaks inside of strings stay.
fn with_line_start(json: &str, line_start: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    while let Some(at) = rest.find(['"', '\n', '\r']) {
        out.push_str(&rest[..at]);
        let len = match &rest[at..] {
            string if string.starts_with('"') => match read::string_end(string, 0) {
                Ok(Some((len, _))) => len,
                _ => string.len(),
            },
            line if line.starts_with("\r\n") => 2,
            _ => 1,
        };
        let token = &rest[at..at + len];
        out.push_str(if token.starts_with('"') { token } else { line_start });
        rest = &rest[at + len..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::json::{Parsed, parse, samples};

    /// The containers of the document as JSON pointers; the root, whatever it is.
    fn containers(parsed: &Parsed, text: &str) -> Vec<String> {
        let node = |index| parsed.tree.node(text, index);
        let is_container = |node: &Node| node.index() == 0 || matches!(node.kind(), Kind::Object | Kind::Array);
        let nodes = (0..parsed.tree.slots.len() as u32).map(node);
        let spans: Vec<Span> = nodes.filter(is_container).map(Node::span).collect();
        node(0).pointers(&spans)
    }

    /// The text after an edit, which has to be well-formed, and what it says.
    fn after(text: &str, edit: Edit) -> (String, Value) {
        let edited = crate::text::Edits::from(edit).apply(text);
        let parsed = parse(&edited);
        assert!(parsed.well_formed, "{edited}\n{:?}", parsed.errors);
        let model = samples::model(parsed.root(&edited).expect("the container is still there"));
        (edited, model)
    }

    proptest! {
        #[test]
        fn an_edit_does_what_it_says_and_nothing_else(
            (mut model, text) in samples::document(),
            choice: prop::sample::Index,
            place: prop::sample::Index,
            action in 0..4,
        ) {
            let parsed = parse(&text);
            let root = parsed.root(&text).expect("there is always a value");
            let found = containers(&parsed, &text);
            let pointer = &found[choice.index(found.len())];
            let container = root.pointer_get(pointer).expect("it was found");
            let target = model.pointer_mut(pointer).expect("the model is the same");
            let index = place.index(container.len().max(1));
            let new = serde_json::json!({"new": [1]});
            let lines = Text::new(text.as_str());

            let edit = match (action, target) {
                (0, Value::Object(map)) => {
                    map.insert("n\"w".to_owned(), new.clone());
                    insert_member(container, "n\"w", &new.to_string(), &lines)
                }
                (0, Value::Array(items)) => {
                    items.push(new.clone());
                    insert_item(container, &new.to_string(), &lines)
                }
                (1 | 2, Value::Object(map)) if !map.is_empty() => {
                    let member = container.members().nth(index).expect("the index is in range");
                    map.shift_remove(&*member.name());
                    remove_member(container, if action == 1 { member.value } else { member.key })
                }
                (1 | 2, Value::Array(items)) if !items.is_empty() => {
                    items.remove(index);
                    remove_item(container, container.items().nth(index).expect("the index is in range"))
                }
                (_, target) => {
                    *target = new.clone();
                    set(container, &new.to_string())
                }
            };
            let comments = text.matches("/*").count();
            let (edited, result) = after(&text, edit);
            prop_assert_eq!(&result, &model, "{}", edited);
            if action == 0 && !matches!(container.kind(), Kind::String) {
                prop_assert_eq!(edited.matches("/*").count(), comments);
            }
        }
    }

    /// Does something to the node at a pointer, and shows the text before and after.
    fn check(pointer: &str, text: &str, edit: impl Fn(Node, Node, &Text) -> Edit, expected: &str) {
        let parsed = parse(text);
        let root = parsed.root(text).expect("the fixture has a value");
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let (parent, node) = (root.pointer_get(parent), root.pointer_get(pointer));
        let edit = edit(parent.expect("there is a parent"), node.expect("there is such a node"), &Text::new(text));
        assert_eq!(after(text, edit).0, expected);
    }

    #[test]
    fn removing_takes_the_comma_and_the_line() {
        let item = |pointer, text, expected| check(pointer, text, |array, item, _| remove_item(array, item), expected);
        item("/0", "[1]", "[]");
        item("/0", "[\n  1\n]", "[]");
        item("/0", "[1, 2, 3]", "[2, 3]");
        item("/1", "[1, 2, 3]", "[1, 3]");
        item("/2", "[1, 2, 3]", "[1, 2]");
        item("/2", "[1, 2, 3,]", "[1, 2]");
        item("/1", "[\n  1,\n  2,\n  3\n]", "[\n  1,\n  3\n]");
        item("/2", "[\n  1,\n  2,\n  3\n]", "[\n  1,\n  2\n]");
        item("/1", "[\n  1, // one\n  2 // two\n]", "[\n  1 // one\n   // two\n]");
        item("/1", "[1, // one\n  2 ]", "[1 // one\n   ]");
        item("/0", "[ // none\n  1\n]", "[ // none\n]");

        let member = |pointer, text, expected| {
            check(pointer, text, |object, value, _| remove_member(object, value), expected);
        };
        member("/a", r#"{"a": {"b": 1}, "c": 2}"#, r#"{"c": 2}"#);
        member("/c", r#"{"a": {"b": 1}, "c": 2}"#, r#"{"a": {"b": 1}}"#);
        member("/a/b", r#"{"a": {"b": 1}, "c": 2}"#, r#"{"a": {}, "c": 2}"#);
    }

    #[test]
    fn inserting_follows_the_layout() {
        let item =
            |pointer, text, expected| check(pointer, text, |_, array, text| insert_item(array, "0", text), expected);
        item("", "[]", "[0]");
        item("", "[1]", "[1, 0]");
        item("", "[1,2]", "[1,2,0]");
        item("", "[1, 2 ,]", "[1, 2, 0 ,]");
        item("", "[\r\n\t1\r\n]", "[\r\n\t1,\r\n\t0\r\n]");
        item("", "[\n  1 // one\n]", "[\n  1, // one\n  0\n]");
        item("", "[\n  1, // one\n]", "[\n  1, // one\n  0\n]");
        item("", "[ // none\n]", "[ // none\n  0\n]");
        item("/a", "{\n    \"a\": []\n}", "{\n    \"a\": [\n        0\n    ]\n}");

        let member = |pointer, text, expected| {
            let insert = |_: Node, object: Node, text: &Text| insert_member(object, "k", "{\n  \"v\": 0\n}", text);
            check(pointer, text, insert, expected);
        };
        member("", "{}", "{\"k\": {\n  \"v\": 0\n}}");
        member("", r#"{"a":1}"#, "{\"a\":1,\"k\":{\n  \"v\": 0\n}}");
        member("", "{\n  \"a\" : 1\n}", "{\n  \"a\" : 1,\n  \"k\" : {\n    \"v\": 0\n  }\n}");
    }

    #[test]
    fn line_breaks_in_strings_are_not_layout() {
        assert_eq!(with_line_start("{\n\"a\nb\": 1}", "\r\n  "), "{\r\n  \"a\nb\": 1}");
    }
}
