//! Made-up documents for tests: a value, and one of the many ways to write it.

use proptest::prelude::*;
use serde_json::Value;

use crate::json::{Kind, Node};

/// What a node says, as another library would hold it. Numbers stay text, and so does what is broken.
pub fn model(node: Node) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(node.raw() == "true"),
        Kind::Number => serde_json::from_str(node.raw()).expect("a number is one for everyone"),
        Kind::String => Value::String(node.string().expect("a string has a text").into_owned()),
        Kind::Array => Value::Array(node.items().map(model).collect()),
        Kind::Object => {
            Value::Object(node.members().map(|member| (member.name().into_owned(), model(member.value))).collect())
        }
        Kind::Broken => Value::String(format!("broken: {}", node.raw())),
    }
}

/// Panics unless all in it is nested and ordered as it has to be.
pub fn assert_consistent(node: Node) {
    let span = node.span();
    assert!(span.start <= span.end);
    let mut at = span.start;
    let children: Vec<Node> = node.children().collect();
    for &child in &children {
        assert!(at <= child.span().start && child.span().end <= span.end, "{child:?} in {node:?}");
        at = child.span().end;
        assert_consistent(child);
    }
    match node.kind() {
        Kind::Object => {
            assert!(children.len().is_multiple_of(2));
            assert!(node.members().all(|member| member.key.kind() == Kind::String));
        }
        Kind::Array => {}
        _ => assert!(children.is_empty()),
    }
}

/// A value and a well-formed text for it.
pub fn document() -> impl Strategy<Value = (Value, String)> {
    (value(), prop::collection::vec(any::<u8>(), 8..64), 0..3usize).prop_map(|(value, noise, style)| {
        let mut writer = Writer { out: String::new(), noise, at: 0, style, depth: 0 };
        writer.gap();
        writer.value(&value);
        writer.gap();
        (value, writer.out)
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1000..1000).prop_map(|number| Value::from(f64::from(number) / 8.0)),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((string(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A string of a few pieces that are easy to get wrong.
pub fn string() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a", "B", "name", "€", "𝄞", "\u{2028}", "\n", "\"", "\\", "/", "//", "/*", "~", "\t", "{", "]", ",", "\0", "",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..5).prop_map(|pieces| pieces.concat())
}

struct Writer {
    out: String,
    noise: Vec<u8>,
    at: usize,
    /// Compact, indented, or wild.
    style: usize,
    depth: usize,
}

impl Writer {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        self.at += 1;
        from[self.noise[self.at % self.noise.len()] as usize % from.len()]
    }

    fn gap(&mut self) {
        if self.style == 2 {
            let gap = self.pick(&[
                "",
                "",
                " ",
                "\n",
                "\r\n    ",
                "\t",
                "/* , ] \" */",
                " // \"}, \n",
                "\n  // a\n  // b\n  ",
                " /**/\n",
            ]);
            self.out.push_str(gap);
        }
    }

    fn line(&mut self) {
        match self.style {
            1 => {
                self.out.push('\n');
                self.out.push_str(&"  ".repeat(self.depth));
            }
            _ => self.gap(),
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => self.container('[', ']', items, |writer, item| writer.value(item)),
            Value::Object(members) => {
                let members: Vec<_> = members.iter().collect();
                self.container('{', '}', &members, |writer, (key, value)| {
                    writer.string(key);
                    writer.gap();
                    writer.out.push_str(if writer.style == 1 { ": " } else { ":" });
                    writer.gap();
                    writer.value(value);
                });
            }
            Value::String(text) => self.string(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.out.push_str(&value.to_string()),
        }
    }

    fn container<T>(&mut self, open: char, close: char, parts: &[T], write: impl Fn(&mut Writer, &T)) {
        self.out.push(open);
        self.depth += 1;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line();
            write(self, part);
            self.gap();
        }
        if self.style == 2 && !parts.is_empty() {
            let trailing = self.pick(&["", "", ","]);
            self.out.push_str(trailing);
        }
        self.depth -= 1;
        if !parts.is_empty() {
            self.line();
        }
        self.gap();
        self.out.push(close);
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.out.extend(['\\', c]),
                '\0' => self.out.push_str("\\u0000"),
                _ if self.style == 2 && self.pick(&[true, false, false]) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.out.push_str(&format!("\\u{unit:04X}"));
                    }
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}
