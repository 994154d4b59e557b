//! Findings for people: what is wrong, where, what follows and what to do.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet};
use anstream::adapter::strip_str;

use crate::codes;
use crate::report::{Found, Spot, escape};
use crate::rules::{Applicability, Severity};

/// More related places are counted and not shown.
const MOST_RELATED: usize = 6;

/// One finding, with a blank line after it.
pub fn render(found: &Found, renderer: &Renderer) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO.with_name("information"),
        Severity::Hint => Level::HELP.with_name("hint"),
    };
    let title = level.primary_title(escape::line(&found.message)).id(found.rule.name);
    let mut group = Group::with_title(title).elements(place(&found.at, AnnotationKind::Primary, ""));
    for (spot, words) in found.related.iter().take(MOST_RELATED) {
        group = group.element(Padding).elements(place(spot, AnnotationKind::Context, words));
    }
    for (name, text) in notes(found) {
        group = group.element(Level::NOTE.with_name(name).message(text));
    }
    let mut out = String::new();
    for line in renderer.render(&[group]).lines() {
        // A snippet cannot be told that its line is only a part of one, so its place is given apart from it. What the
        // renderer then writes above the snippet is the mark of a file without a name.
        if strip_str(line).to_string().trim() != ":::" {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.push('\n');
    out
}

/// What is said below the places, as label and text.
fn notes(found: &Found) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if let Some(more) = found.related.len().checked_sub(MOST_RELATED).filter(|&more| more > 0) {
        notes.push(("note", format!("{more} more places have to do with it")));
    }
    let subject = &found.subject;
    let resource = match subject.address.as_ref().or(subject.name.as_ref()) {
        Some(name) => format!("{} {name}", subject.kind),
        None => subject.kind.clone(),
    };
    notes.push(("resource", resource));
    for &name in found.rule.azure_codes {
        notes.push(("azure", codes::code(name).map_or(name.to_owned(), |code| format!("{name}: {}", code.text))));
    }
    notes.extend(found.when.clone().map(|when| ("when", when)));
    notes.extend(found.advice.clone().map(|advice| ("help", advice)));
    for fix in &found.fixes {
        let how = match fix.applicability {
            Applicability::Safe => " (--fix)",
            Applicability::Unsafe => " (--fix --unsafe-fixes)",
            Applicability::Display => "",
        };
        notes.push(("fix", format!("{}{how}", fix.title)));
    }
    for source in &found.sources {
        notes.push(("docs", format!("{} ({}), {}", source.page.title(), source.dated, source.page.url())));
    }
    notes.into_iter().map(|(label, text)| (label, escape::line(&text).into_owned())).collect()
}

/// A place as `file:line:column` with the line under it.
fn place<'a>(spot: &'a Spot, kind: AnnotationKind, label: &'a str) -> Vec<Element<'a>> {
    let line = spot.start.line as usize + 1;
    let origin = Origin::path(escape::line(&spot.file)).line(line).char_column(spot.start.character as usize + 1);
    let mut elements = vec![Element::from(origin)];
    if !spot.shown.text.is_empty() {
        let label = (!label.is_empty()).then(|| escape::line(label));
        let annotation = kind.span(spot.shown.mark.clone()).label(label);
        elements.push(Element::from(Snippet::source(spot.shown.text.as_str()).line_start(line).annotation(annotation)));
    }
    elements
}

/// How often each rule found something, most often first.
pub fn statistics(findings: &[Found]) -> String {
    let mut counts: Vec<(usize, &str, Severity)> = Vec::new();
    for found in findings {
        match counts.iter_mut().find(|(_, rule, _)| *rule == found.rule.name) {
            Some((count, _, worst)) => {
                *count += 1;
                *worst = found.severity.max(*worst);
            }
            None => counts.push((1, found.rule.name, found.severity)),
        }
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    counts.iter().map(|(count, rule, worst)| format!("{count:>6}  {:<11}  {rule}\n", worst.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    #[test]
    fn a_finding_for_people() {
        let report = samples::report(&samples::too_large());
        expect![[r#"
            warning[disk-size-over-backup-limit]: disk is 8192 GB; the limit was 4095 GB (2019-07)
             --> main.json:2:60
              |
            2 | … "defaultValue": 8192 …
              |                   ^^^^
              |
             ::: main.json:7:56
              |
            7 | … "diskSizeGB": "[parameters('size')]" …
              |                 ---------------------- the value is used here
              |
              = resource: Microsoft.Compute/disks data1
              = azure: UserErrorUnsupportedDiskSize: A disk of the VM is larger than Azure Backup supports.
              = when: at the first backup
              = help: Use several smaller disks.
              = fix: Shrink the disk to 4095 GB (--fix --unsafe-fixes)
              = docs: Troubleshoot Azure Backup failure (2019-07-05), https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout

        "#]].assert_eq(&render(&report.findings[0], &Renderer::plain()));
    }

    #[test]
    fn foreign_text_stays_on_its_line() {
        let mut report = samples::report(&samples::too_large());
        let found = &mut report.findings[0];
        found.message = "ok\nError: forged\u{1b}[2J".to_owned();
        found.subject.name = Some("\u{202e}evil".to_owned());
        found.at.file = "a\rb.json".to_owned();
        found.related.clear();
        let rendered = render(found, &Renderer::styled());
        assert!(rendered.contains("ok\\u{a}Error: forged\\u{1b}[2J"), "{rendered}");
        assert!(rendered.contains("\\u{202e}evil") && rendered.contains("a\\u{d}b.json"), "{rendered}");
        assert!(!rendered.contains("\u{1b}[2J") && !rendered.contains('\u{202e}') && !rendered.contains('\r'));
    }

    #[test]
    fn statistics_count_by_rule() {
        let report = samples::report(&samples::too_large());
        assert_eq!(statistics(&report.findings), "     1  warning      disk-size-over-backup-limit\n");
    }
}
