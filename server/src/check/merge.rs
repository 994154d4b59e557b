//! One finding per rule and place: over instances of a declaration, parameter files and profiles.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Options, Reported};
use crate::document::Document;
use crate::model::estate::Estate;
use crate::profile::{self, Choice};
use crate::rules::{Finding, Severity};
use crate::text::Place;

/// What the rules say under one profile, with one parameter file.
pub(super) struct Run {
    pub findings: Vec<Finding>,
    /// Which of the analysis' estates they speak of.
    pub estate: usize,
    pub profile: &'static str,
    pub parameters: Option<Arc<Document>>,
}

/// A finding of one run.
struct Found {
    finding: Finding,
    profile: &'static str,
    parameters: Option<Arc<Document>>,
}

/// Two findings of one key are one.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    place: Place,
    rule: &'static str,
    /// In a plan each address has its own finding.
    address: Option<String>,
    attribute: Option<String>,
    /// What is wrong with the deployment as a whole may be several things at one place.
    message: Option<String>,
}

/// So many instances are named.
const NAMED: usize = 5;

fn key(finding: &Finding) -> Key {
    Key {
        place: finding.at,
        rule: finding.rule.name,
        address: finding.subject.address.clone(),
        attribute: finding.attribute.clone().filter(|_| finding.subject.address.is_some()),
        message: finding.path.is_empty().then(|| finding.message.clone()),
    }
}

/// Joins what one run says of several instances of a declaration, and names them.
fn instances(findings: Vec<Finding>, estate: &Estate) -> Vec<Finding> {
    let mut order: Vec<Vec<Finding>> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for finding in findings {
        let index = *places.entry(key(&finding)).or_insert_with(|| {
            order.push(Vec::new());
            order.len() - 1
        });
        order[index].push(finding);
    }
    let join = |mut group: Vec<Finding>| {
        let count = group.len();
        let names: Vec<String> = group.iter().filter_map(|finding| finding.subject.name.clone()).collect();
        let severity = group.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Hint);
        let of = estate.declared_with(group[0].subject_place);
        let same_declaration = group.iter().all(|finding| finding.subject_place == group[0].subject_place);
        let mut finding = group.swap_remove(0);
        for other in group {
            for (place, words) in other.related {
                finding.related(place, words);
            }
        }
        finding.severity = severity;
        let partly = same_declaration && of > 1;
        if count > 1 || partly {
            let mut named = names;
            named.dedup();
            let more = named.len().saturating_sub(NAMED);
            named.truncate(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let total = if partly { format!("{count} of {of}") } else { count.to_string() };
            let names = if named.is_empty() { String::new() } else { format!(": {}{more}", named.join(", ")) };
            finding.message = format!("{} ({total}{names})", finding.message);
        }
        finding
    };
    order.into_iter().map(join).collect()
}

/// Joins the findings of all runs. `of` is the number of parameter files, or one.
pub(super) fn findings(runs: Vec<Run>, of: usize, estates: &[Estate], options: &Options) -> Vec<Reported> {
    let found = runs.into_iter().flat_map(|run| {
        let Run { findings, estate, profile, parameters } = run;
        let findings = instances(findings, &estates[estate]).into_iter();
        findings.map(move |finding| Found { finding, profile, parameters: parameters.clone() })
    });
    let mut groups: Vec<Vec<Found>> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for one in found {
        let index = *places.entry(key(&one.finding)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[index].push(one);
    }
    let mut reported: Vec<Reported> = groups.into_iter().filter_map(|group| join(group, of, options)).collect();
    reported.sort_by_cached_key(|reported| key(&reported.finding));
    reported
}

fn join(group: Vec<Found>, of: usize, options: &Options) -> Option<Reported> {
    let newest = profile::newest().name;
    let highest = group.iter().map(|found| found.finding.severity).max()?;
    let today = group.iter().filter(|found| found.profile == newest).map(|found| found.finding.severity).max();
    let capped = match options.profile {
        Choice::All if today != Some(Severity::Error) => highest.min(Severity::Warning),
        _ => highest,
    };
    let mut profiles: Vec<&'static str> = group.iter().map(|found| found.profile).collect();
    profiles.dedup();
    profiles.sort_unstable();
    profiles.dedup();
    let mut failing: Vec<Arc<Document>> = Vec::new();
    for document in group.iter().filter_map(|found| found.parameters.as_ref()) {
        if !failing.iter().any(|known| known.file == document.file) {
            failing.push(document.clone());
        }
    }
    // The newest documentation that objects has the word; what older ones add is kept as related and sources.
    let mut group = group;
    group.sort_by_key(|found| found.profile);
    let mut finding = group.pop()?.finding;
    for other in group {
        for source in other.finding.sources {
            if !finding.sources.contains(&source) {
                finding.sources.push(source);
            }
        }
        for (place, words) in other.finding.related {
            finding.related(place, words);
        }
    }
    if finding.conditional {
        finding.message.push_str(", if it is deployed");
    }
    if of > 1 && !failing.is_empty() {
        let names: Vec<String> = failing.iter().map(|document| file_name(document)).collect();
        let all = if failing.len() == of { "every parameter file" } else { "" };
        let with = if all.is_empty() { names.join(", ") } else { all.to_owned() };
        finding.message = format!("{} (with {with})", finding.message);
    }
    let severity = match options.severities.get(finding.rule.name) {
        Some(Some(severity)) => *severity,
        Some(None) => return None,
        None => capped,
    };
    finding.severity = severity;
    Some(Reported { finding, profiles, fixes: Vec::new() })
}

fn file_name(document: &Document) -> String {
    document.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
