//! What is shown between the lines and behind the words: a line above policies and protected items, and what cannot be
//! read from the text, which is the value of an expression and the default of a property that is not written.
//!
//! Pure: an analysis and a file in, spans and words out.

use std::collections::BTreeMap;

use crate::check::Analysis;
use crate::document::Document;
use crate::lsp::hover::{count, point_limit};
use crate::lsp::values::{self, MAX_VALUES};
use crate::model::Resource;
use crate::model::estate::{Estate, Item, Policy, Tier};
use crate::report::escape;
use crate::text::{FileId, Span};

/// The longest text that is shown as the value of an expression.
const LONGEST: usize = 48;

/// A line above a resource.
pub struct Lens {
    pub offset: u32,
    pub words: String,
}

/// A word behind a place in the text.
pub struct Hint {
    pub offset: u32,
    pub words: String,
    pub tooltip: &'static str,
}

/// The lines above the policies and protected items of a file.
pub fn lenses(analysis: &Analysis, file: FileId) -> Vec<Lens> {
    let mut lenses: BTreeMap<u32, String> = BTreeMap::new();
    for estate in &analysis.estates {
        let mut add = |resource: &Resource, words: Option<String>| {
            let place = resource.place;
            if let Some(words) = words.filter(|_| place.file == file && !resource.existing) {
                lenses.entry(place.span.start).or_insert(words);
            }
        };
        for policy in estate.policies() {
            add(policy.resource, of_policy(policy));
        }
        for item in estate.items() {
            add(item.resource, of_item(item));
        }
    }
    lenses.into_iter().map(|(offset, words)| Lens { offset, words }).collect()
}

/// How many instant restore points a policy keeps, and the limit.
fn of_policy(policy: Policy) -> Option<String> {
    let points = policy.steady_points()?;
    let kept = count(usize::try_from(points.count).unwrap_or(0), "instant restore point");
    let limit = point_limit(policy).map_or(String::new(), |limit| format!(", limit {}", limit.points));
    Some(format!("{kept} in steady state{limit}"))
}

/// Which VM an item protects, and what its policy keeps.
fn of_item(item: Item) -> Option<String> {
    let vm = item.vm().filter(|vm| !vm.name.is_tainted()).and_then(Resource::short_name);
    let vm =
        vm.map_or_else(|| "a VM that is declared elsewhere".to_owned(), |name| format!("VM {}", escape::line(name)));
    let kept = item.policy().and_then(of_policy);
    let policy = match (item.policy(), item.tier()) {
        (Some(policy), _) => policy.resource.short_name().map(|name| format!("by {}", escape::line(name))),
        (None, Some(Tier::Standard)) => Some("by DefaultPolicy".to_owned()),
        (None, _) => None,
    };
    let mut words = format!("protects {vm}");
    for more in [policy.map(|policy| format!(" {policy}")), kept.map(|kept| format!(": {kept}"))].into_iter().flatten()
    {
        words.push_str(&more);
    }
    Some(words)
}

/// What cannot be read from the part of a file, in the order of the text.
pub fn hints(analysis: &Analysis, document: &Document, within: Span) -> Vec<Hint> {
    let mut hints = values(analysis, document, within);
    for estate in &analysis.estates {
        defaults(analysis, estate, document, within, &mut hints);
    }
    hints.sort_by(|a, b| (a.offset, &a.words).cmp(&(b.offset, &b.words)));
    hints.dedup_by(|next, first| next.offset == first.offset && next.words == first.words);
    hints
}

/// The values of expressions; where several resources or parameter files make several of one, all of them.
fn values(analysis: &Analysis, document: &Document, within: Span) -> Vec<Hint> {
    let mut found: BTreeMap<u32, Vec<Option<String>>> = BTreeMap::new();
    values::each(analysis, document, within, &mut |written| {
        if within.start <= written.span.end && written.span.end <= within.end {
            let values = found.entry(written.span.end).or_default();
            let words = values::words(&written, LONGEST);
            if values.len() <= MAX_VALUES && !values.contains(&words) {
                values.push(words);
            }
        }
    });
    let hint = |(offset, values): (u32, Vec<Option<String>>)| {
        let values: Vec<String> = values.into_iter().collect::<Option<_>>()?;
        let words = match values.len() <= MAX_VALUES {
            true => format!("= {}", values.join(" or ")),
            false => format!("= {} …", values[..MAX_VALUES].join(" or ")),
        };
        Some(Hint { offset, words, tooltip: "the value of the expression" })
    };
    found.into_iter().filter_map(hint).collect()
}

/// The defaults of the API that the rules count with, where nothing is written.
fn defaults(analysis: &Analysis, estate: &Estate, document: &Document, within: Span, hints: &mut Vec<Hint>) {
    const TOOLTIP: &str = "not written: the default of the API";
    let mut add = |resource: &Resource, words: String| {
        let opened = analysis
            .document(resource.place)
            .node(resource.place.span)
            .and_then(|node| node.get_ignore_case("properties"))
            .filter(|node| node.raw().starts_with('{') && resource.place.file == document.file);
        if let Some(offset) =
            opened.map(|node| node.span().start + 1).filter(|at| within.start <= *at && *at <= within.end)
        {
            hints.push(Hint { offset, words, tooltip: TOOLTIP });
        }
    };
    for policy in estate.policies() {
        let tier = policy.tier();
        if policy.resource.property("properties.policyType").value.is_none()
            && let Some(tier) = tier
        {
            let name = if tier == Tier::Enhanced { "V2" } else { "V1" };
            add(policy.resource, format!("policyType: {name}"));
        }
        if policy.instant_days_property().value.is_none()
            && let Some(days) = policy.instant_days().and_then(|days| days.known())
        {
            add(policy.resource, format!("instantRpRetentionRangeInDays: {days}"));
        }
    }
}
