//! What can be done about findings: their fixes, all safe fixes of a file, and following today's limits only.
//!
//! Pure; nothing here speaks the protocol.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::check::{Analysis, Fix, Reported};
use crate::document::Document;
use crate::profile::newest;
use crate::rules::{self, Applicability, Rule};
use crate::text::{Edit, Edits, FileId, Span};

/// The findings of a file that touch the span.
pub fn findings(analysis: &Analysis, file: FileId, span: Span) -> impl Iterator<Item = &Reported> {
    analysis.findings.iter().filter(move |reported| {
        let at = reported.finding.at;
        at.file == file && at.span.start <= span.end && span.start <= at.span.end
    })
}

/// The fixes of a finding that change something, safe ones first.
pub fn fixes(reported: &Reported) -> Vec<&Fix> {
    let mut fixes: Vec<&Fix> = reported
        .fixes
        .iter()
        .filter(|fix| fix.applicability > Applicability::Display && !fix.edits.is_empty())
        .collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.applicability));
    fixes
}

/// All safe fixes that change this file and no other, as far as they do not get in each other's way.
pub fn fix_all(analyses: &[Arc<Analysis>], file: FileId) -> Option<Edits> {
    let safe = analyses.iter().flat_map(|analysis| &analysis.findings).filter_map(|reported| {
        let fix = reported.fixes.iter().find(|fix| fix.applicability == Applicability::Safe)?;
        match &fix.edits[..] {
            [(only, edits)] if *only == file => Some(edits),
            _ => None,
        }
    });
    let mut all = Edits::default();
    for edits in safe {
        if let Some(more) = all.merge(edits) {
            all = more;
        }
    }
    (!all.is_empty()).then_some(all)
}

/// All safe fixes of every file, as far as they do not get in each other's way.
pub fn fix_everywhere(analyses: &[Arc<Analysis>]) -> Vec<(Arc<Document>, Edits)> {
    let documents = analyses.iter().flat_map(|analysis| &analysis.documents);
    let by_path: BTreeMap<&PathBuf, &Arc<Document>> = documents.map(|document| (&document.path, document)).collect();
    by_path.into_values().filter_map(|document| Some((document.clone(), fix_all(analyses, document.file)?))).collect()
}

/// Whether only older documentation objects.
pub fn is_outdated(reported: &Reported) -> bool {
    !reported.profiles.is_empty() && !reported.profiles.contains(&newest().name)
}

/// Where the configuration stands that counts for a file.
pub enum Configuration {
    Written(Arc<Document>),
    /// There is none yet, and this is where it would stand.
    Missing(PathBuf),
}

/// What is written into a new configuration to follow today's limits only.
pub const NEW_CONFIGURATION: &str = "profile = \"current\"\n";

/// The edit to a configuration that makes it follow today's limits only; `None` where it does already, or cannot be read.
pub fn follow_today(configuration: &str) -> Option<Edits> {
    let table = toml::de::DeTable::parse(configuration).ok()?;
    let table = table.get_ref();
    let span = |span: std::ops::Range<usize>| Span::new(span.start as u32, span.end as u32);
    let written = table.iter().find(|(key, _)| key.get_ref() == "profile").map(|(_, value)| value);
    if let Some(value) = written {
        let current = value.get_ref().as_str() == Some("current");
        return (!current).then(|| Edit { span: span(value.span()), insert: "\"current\"".to_owned() }.into());
    }
    let line_end = if configuration.contains("\r\n") { "\r\n" } else { "\n" };
    let at = top(configuration);
    let open_end = at > 0 && !configuration[..at].ends_with('\n') && at == configuration.len();
    let before = if open_end && configuration != "\u{feff}" { line_end } else { "" };
    let insert = format!("{before}profile = \"current\"{line_end}");
    Some(Edit { span: span(at..at), insert }.into())
}

/// The rules that a configuration names, and where.
pub fn rules_named(configuration: &str) -> Vec<(Span, &'static Rule)> {
    let Ok(table) = toml::de::DeTable::parse(configuration) else { return Vec::new() };
    let overrides = table.get_ref().get("overrides").and_then(|all| all.get_ref().as_array());
    let tables = overrides.into_iter().flat_map(|all| all.iter()).filter_map(|one| one.get_ref().as_table());
    let rules =
        std::iter::once(table.get_ref()).chain(tables).filter_map(|table| table.get("rules")?.get_ref().as_table());
    let named = |name: &toml::Spanned<std::borrow::Cow<str>>| {
        let span = Span::new(name.span().start as u32, name.span().end as u32);
        rules::rule(name.get_ref()).map(|rule| (span, rule))
    };
    rules.flat_map(|table| table.keys().filter_map(named)).collect()
}

/// Where a first key can stand: below a byte order mark, the line that names the schema, and a comment on the whole file.
fn top(configuration: &str) -> usize {
    let mark = configuration.len() - configuration.trim_start_matches('\u{feff}').len();
    let lines = || configuration[mark..].split_inclusive('\n');
    let length =
        |prefix: &'static str| lines().take_while(|line| line.starts_with(prefix)).map(str::len).sum::<usize>();
    let comment = mark + length("#");
    let stands_alone = configuration[comment..].lines().next().is_none_or(|line| line.trim().is_empty());
    if stands_alone { comment } else { mark + length("#:") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(configuration: &str) -> Option<String> {
        follow_today(configuration).map(|edits| edits.apply(configuration))
    }

    #[test]
    fn todays_limits_are_written_where_they_belong() {
        for (before, after) in [
            ("", "profile = \"current\"\n"),
            ("profile = 'all' # why\n[rules]\n", "profile = \"current\" # why\n[rules]\n"),
            ("[rules]\nx = \"off\"\n", "profile = \"current\"\n[rules]\nx = \"off\"\n"),
            (
                "#:schema a.json\n# On the rule.\n[rules]\n",
                "#:schema a.json\nprofile = \"current\"\n# On the rule.\n[rules]\n",
            ),
            ("# All of it.\r\n\r\n[rules]\r\n", "# All of it.\r\nprofile = \"current\"\r\n\r\n[rules]\r\n"),
            ("\u{feff}fail-on = \"error\"", "\u{feff}profile = \"current\"\nfail-on = \"error\""),
            ("# Only this.", "# Only this.\nprofile = \"current\"\n"),
        ] {
            assert_eq!(followed(before).as_deref(), Some(after));
            assert_eq!(followed(after), None, "it does already");
        }
        assert_eq!(followed("profile ="), None, "cannot be read");
    }
}
