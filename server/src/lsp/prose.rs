//! Text for people, as Markdown or plain, in which nothing that comes from a file can act.
//!
//! The only builder of Markdown. Our own words go in as they are; what stems from a file goes in as code or as
//! foreign text and comes out inert: no markup, no link, no control character. Links lead to our own addresses only.

use std::fmt::Write;

use crate::lsp::convert::inert;

/// A text of paragraphs and bullets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    form: Form,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Paragraph,
    Bullet,
    /// Lines of equally wide characters.
    Figure,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Own(String),
    Strong(String),
    Foreign(String),
    Code(String),
    Link { words: String, address: String },
}

impl Prose {
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Starts a paragraph.
    pub fn paragraph(&mut self) -> &mut Prose {
        self.blocks.push(Block { form: Form::Paragraph, pieces: Vec::new() });
        self
    }

    /// Starts an item of a list.
    pub fn bullet(&mut self) -> &mut Prose {
        self.blocks.push(Block { form: Form::Bullet, pieces: Vec::new() });
        self
    }

    /// Our own lines of equally wide characters.
    pub fn figure(&mut self, lines: &str) -> &mut Prose {
        self.blocks.push(Block { form: Form::Figure, pieces: vec![Piece::Own(lines.to_owned())] });
        self
    }

    /// Our own words.
    pub fn own(&mut self, words: impl Into<String>) -> &mut Prose {
        self.piece(Piece::Own(words.into()))
    }

    /// A sentence that may quote a file, in bold.
    pub fn strong(&mut self, words: &str) -> &mut Prose {
        self.piece(Piece::Strong(inert(words)))
    }

    /// A sentence that may quote a file.
    pub fn foreign(&mut self, words: &str) -> &mut Prose {
        self.piece(Piece::Foreign(inert(words)))
    }

    /// A name or value.
    pub fn code(&mut self, text: &str) -> &mut Prose {
        self.piece(Piece::Code(inert(text)))
    }

    /// A link to an address of ours.
    pub fn link(&mut self, words: &str, address: &str) -> &mut Prose {
        self.piece(Piece::Link { words: words.to_owned(), address: address.to_owned() })
    }

    /// All of the other text below this one.
    pub fn append(&mut self, other: Prose) {
        self.blocks.extend(other.blocks);
    }

    fn piece(&mut self, piece: Piece) -> &mut Prose {
        match self.blocks.last_mut() {
            Some(block) => block.pieces.push(piece),
            None => self.blocks.push(Block { form: Form::Paragraph, pieces: vec![piece] }),
        }
        self
    }

    pub fn markdown(&self) -> String {
        self.write("```text\n", "\n```", |piece, out| match piece {
            Piece::Own(words) => out.push_str(words),
            Piece::Strong(words) => write!(out, "**{}**", escaped(words)).unwrap_or_default(),
            Piece::Foreign(words) => out.push_str(&escaped(words)),
            Piece::Code(text) => out.push_str(&code_span(text)),
            Piece::Link { words, address } => write!(out, "[{words}]({address})").unwrap_or_default(),
        })
    }

    pub fn plain(&self) -> String {
        self.write("", "", |piece, out| match piece {
            Piece::Own(words) | Piece::Strong(words) | Piece::Foreign(words) | Piece::Code(words) => {
                out.push_str(words)
            }
            Piece::Link { words, address } => write!(out, "{words} <{address}>").unwrap_or_default(),
        })
    }

    /// Puts the blocks one below the other; `open` and `close` enclose a figure.
    fn write(&self, open: &str, close: &str, put: impl Fn(&Piece, &mut String)) -> String {
        let mut out = String::new();
        let mut before = Form::Paragraph;
        for block in &self.blocks {
            if !out.is_empty() {
                out.push_str(if before == Form::Bullet && block.form == Form::Bullet { "\n" } else { "\n\n" });
            }
            let (before_block, after_block) = match block.form {
                Form::Paragraph => ("", ""),
                Form::Bullet => ("- ", ""),
                Form::Figure => (open, close),
            };
            out.push_str(before_block);
            block.pieces.iter().for_each(|piece| put(piece, &mut out));
            out.push_str(after_block);
            before = block.form;
        }
        out
    }
}

/// The text between backticks, more of them than stand together in it.
fn code_span(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One blank on either side belongs to the span's marks; it is needed beside a backtick and keeps blanks.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text with a backslash before every character that could start markup or a link.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let acts = match char {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '@' => true,
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            ':' => next == '/' || !next.is_whitespace(),
            '.' => before.eq_ignore_ascii_case(&'w'),
            '-' | '+' | '=' => before == ' ' && (next == ' ' || next == char),
            _ => false,
        };
        if acts {
            escaped.push('\\');
        }
        escaped.push(char);
        before = char;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_and_plain() {
        let mut prose = Prose::default();
        prose.paragraph().strong("disk is 8192 GB").own(" in ").code("vm`1");
        prose.bullet().own("see ").link("the page", "https://example.com/a");
        prose.bullet().foreign("vm_1");
        prose.paragraph().own("End.");
        assert_eq!(
            prose.markdown(),
            "**disk is 8192 GB** in ``vm`1``\n\n- see [the page](https://example.com/a)\n- vm_1\n\nEnd."
        );
        assert_eq!(prose.plain(), "disk is 8192 GB in vm`1\n\n- see the page <https://example.com/a>\n- vm_1\n\nEnd.");
    }

    #[test]
    fn foreign_text_is_inert() {
        for (foreign, inert) in [
            ("[run](command:x)", "\\[run\\](command\\:x)"),
            ("![x](https://e.invalid/p.png)", "!\\[x\\](https\\://e.invalid/p.png)"),
            ("<command:x>", "\\<command\\:x\\>"),
            ("www.e.invalid", "www\\.e.invalid"),
            ("a\n# b", "a\\\\u{a}\\# b"),
            (
                "4095 GB (2019-07), now 65536 GB; it's fine: really",
                "4095 GB (2019-07), now 65536 GB; it's fine: really",
            ),
        ] {
            let mut prose = Prose::default();
            prose.foreign(foreign);
            assert_eq!(prose.markdown(), inert, "{foreign}");
        }
    }

    #[test]
    fn code_spans_cannot_be_left() {
        assert_eq!(code_span("a``b"), "```a``b```");
        assert_eq!(code_span("`"), "`` ` ``");
        assert_eq!(code_span(""), "`  `");
    }
}
