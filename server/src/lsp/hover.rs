//! What there is to say about a place: the findings there.
//!
//! Pure: an analysis, a file and a byte in, text out.

use crate::check::{Analysis, Reported};
use crate::lsp::action;
use crate::lsp::convert;
use crate::lsp::prose::Prose;
use crate::text::{FileId, Span};

/// What is said about a place, and the range that it is about.
pub struct Hover {
    pub text: Prose,
    pub span: Span,
}

/// What there is to say about the byte at `offset`.
pub fn hover(analysis: &Analysis, file: FileId, offset: u32) -> Option<Hover> {
    let mut here: Vec<&Reported> = action::findings(analysis, file, Span::new(offset, offset)).collect();
    here.sort_by_key(|reported| (reported.finding.at.span.len(), std::cmp::Reverse(reported.finding.severity)));
    let span = here.first()?.finding.at.span;
    let mut text = Prose::default();
    for reported in here {
        text.append(finding(reported));
    }
    Some(Hover { text, span })
}

/// A finding, explained.
fn finding(reported: &Reported) -> Prose {
    let finding = &reported.finding;
    let mut text = Prose::default();
    text.paragraph().strong(&finding.message);
    if action::is_outdated(reported) {
        text.paragraph().own(format!(
            "This was so in the documentation of {}. Today's no longer objects.",
            reported.profiles.join(" and ")
        ));
    }
    for code in finding.rule.azure_codes {
        text.bullet().own("Azure Backup reports ").code(code).own(".");
    }
    if let Some(when) = &finding.when {
        text.bullet().own("It fails ").foreign(when).own(".");
    }
    if let Some(advice) = &finding.advice {
        text.bullet().own("What to do: ").foreign(advice);
    }
    for fix in &reported.fixes {
        text.bullet().own("Fix: ").foreign(&fix.title).own(".");
    }
    for source in &finding.sources {
        let dated = format!(", page of {}", source.dated);
        text.bullet().own("Source: ").link(source.page.title(), source.page.url()).own(dated);
    }
    text.paragraph().own("Rule ").link(finding.rule.name, &convert::page_address(finding.rule.name));
    text
}
