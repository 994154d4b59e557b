//! What a fix would change, as a unified diff in which nothing that may be a secret is shown.

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::document::Document;
use crate::report::{escape, show};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two states of a file.
pub fn unified(name: &str, before: &Document, after: &Document) -> String {
    let old = show::pieces(before.text.as_str(), before.is_json());
    let new = show::pieces(after.text.as_str(), after.is_json());
    let written =
        |pieces: &[show::Piece<'_>]| -> Vec<String> { pieces.iter().map(|piece| piece.written.to_owned()).collect() };
    let (old_written, new_written) = (written(&old), written(&new));
    let (old_slices, new_slices): (Vec<&str>, Vec<&str>) =
        (old_written.iter().map(String::as_str).collect(), new_written.iter().map(String::as_str).collect());
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_slices(&old_slices, &new_slices);

    let name = escape::line(name);
    let mut out = format!("--- {name}\n+++ {name}\n");
    let (old_lines, new_lines) = (lines(&old), lines(&new));
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (old_range, new_range) =
            (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        let header = |lines: &[usize], range: &std::ops::Range<usize>| {
            format!("{},{}", lines.get(range.start).copied().unwrap_or(1), range.len())
        };
        out.push_str(&format!("@@ -{} +{} @@\n", header(&old_lines, &old_range), header(&new_lines, &new_range)));
        for op in &group {
            for change in diff.iter_changes(op) {
                let piece = match change.tag() {
                    ChangeTag::Insert => change.new_index().and_then(|index| new.get(index)),
                    ChangeTag::Delete | ChangeTag::Equal => change.old_index().and_then(|index| old.get(index)),
                };
                out.push_str(match change.tag() {
                    ChangeTag::Insert => "+",
                    ChangeTag::Delete => "-",
                    ChangeTag::Equal => " ",
                });
                out.push_str(piece.map_or("", |piece| match change.tag() {
                    ChangeTag::Equal => piece.shown.as_str(),
                    ChangeTag::Insert | ChangeTag::Delete => piece.shown_changed.as_str(),
                }));
                out.push('\n');
            }
        }
    }
    out
}

/// The number of the line in which each piece starts, counted from 1.
fn lines(pieces: &[show::Piece<'_>]) -> Vec<usize> {
    let mut line = 1;
    pieces
        .iter()
        .map(|piece| {
            let start = line;
            line += piece.written.matches('\n').count();
            start
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Text};
    use expect_test::expect;

    fn document(text: &str) -> Document {
        Document::new(FileId(0), "main.json", None, Text::new(text))
    }

    #[test]
    fn only_the_change_is_shown() {
        let before = "{\n  \"a\": true,\n  \"b\": 2,\n  \"c\": \"hunter2\",\n  \"diskSizeGB\": 8192,\n  \"d\": 4,\n  \"e\": 5,\n  \"f\": 6,\n  \"g\": 7\n}\n";
        let after = before.replace("8192", "4095");
        expect![[r#"
            --- main.json
            +++ main.json
            @@ -2,7 +2,7 @@
               "a": true,
               "b": ‹secret›,
               "c": ‹secret›,
            -  "diskSizeGB": 8192,
            +  "diskSizeGB": 4095,
               "d": ‹secret›,
               "e": ‹secret›,
               "f": ‹secret›,
        "#]]
        .assert_eq(&unified("main.json", &document(before), &document(&after)));
    }

    #[test]
    fn a_file_of_one_long_line() {
        let before = format!("[{}]", vec![r#"{"password":"hunter2","diskSizeGB":512}"#; 50_000].join(","));
        let after = before.replacen("512", "4095", 1);
        let diff = unified("main.json", &document(&before), &document(&after));
        assert!(diff.len() < 4000 && diff.contains("4095") && !diff.contains("hunter2"), "{diff}");
    }
}
