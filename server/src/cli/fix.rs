//! Applies fixes in memory until none is left, then writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::Fix;
use crate::cli::check::{Outcome, is_source};
use crate::cli::disk::Disk;
use crate::cli::write;
use crate::document::Document;
use crate::rules::Applicability;
use crate::text::{Edits, FileId, Text};

/// After so many rounds it is given up: fixes that undo each other would go on for ever.
const MAX_ROUNDS: usize = 10;

/// Every fix was tried before it was offered; when so many fail all the same, something else is wrong.
const MAX_GIVEN_UP: usize = 50;

/// What fixing came to.
#[derive(Default)]
pub struct Fixed {
    /// How many fixes are applied.
    pub count: usize,
    /// Each file that changes: what it says on the disk, and what it is to say.
    pub files: Vec<(Arc<Document>, Arc<Document>)>,
    /// Files that may not be changed, and why.
    pub refused: Vec<(FileId, String)>,
}

/// Applies what may be applied, and analyses again what that touches. Nothing is written.
pub fn settle(
    disk: &Disk,
    outcomes: &mut [Outcome],
    least: Applicability,
    analyse: impl Fn(usize) -> Outcome,
) -> Fixed {
    let mut fixed = Fixed::default();
    let mut changed: BTreeMap<FileId, (Arc<Document>, Arc<Document>)> = BTreeMap::new();
    let mut given_up: Vec<Fix> = Vec::new();
    let mut rounds = 0;
    while rounds < MAX_ROUNDS && given_up.len() < MAX_GIVEN_UP {
        let mut chosen = choose(outcomes, least, &given_up, &mut fixed.refused);
        if chosen.is_empty() {
            break;
        }
        // Each fix was tried by itself. If several together do harm, one is applied at a time.
        let mut applied = attempt(disk, outcomes, &chosen, &analyse);
        if applied.is_none() && chosen.len() > 1 {
            chosen.truncate(1);
            applied = attempt(disk, outcomes, &chosen, &analyse);
        }
        let Some(documents) = applied else {
            given_up.extend(chosen);
            continue;
        };
        rounds += 1;
        fixed.count += chosen.len();
        for (before, after) in documents {
            changed.entry(before.file).and_modify(|(_, now)| *now = after.clone()).or_insert((before, after));
        }
    }
    fixed.files = changed.into_values().collect();
    fixed
}

/// Writes what was settled. A file that cannot be written is as before, and what depends on it is analysed again.
pub fn write(disk: &Disk, fixed: &mut Fixed, outcomes: &mut [Outcome], analyse: impl Fn(usize) -> Outcome) {
    let mut written = Vec::new();
    for (before, after) in std::mem::take(&mut fixed.files) {
        let path = disk.path(before.file);
        let outcome = match disk.is_inside(&path) {
            true => write::replace(&path, before.text.as_str(), after.text.as_str()),
            false => Err("the file lies outside of the folders that are analysed".to_owned()),
        };
        match outcome {
            Ok(()) => written.push((before, after)),
            Err(reason) => {
                fixed.refused.push((before.file, reason));
                disk.instead(before.clone());
                for (index, outcome) in outcomes.iter_mut().enumerate() {
                    if outcome.saw(before.file) {
                        *outcome = analyse(index);
                    }
                }
            }
        }
    }
    fixed.files = written;
}

/// One fix for each finding, as long as they do not get in each other's way.
fn choose(
    outcomes: &[Outcome],
    least: Applicability,
    given_up: &[Fix],
    refused: &mut Vec<(FileId, String)>,
) -> Vec<Fix> {
    let mut chosen = Vec::new();
    let mut edits_by_file: BTreeMap<FileId, Edits> = BTreeMap::new();
    for outcome in outcomes {
        for offers in &outcome.fixes {
            let best = offers
                .iter()
                .filter(|fix| fix.applicability >= least && !fix.edits.is_empty())
                .filter(|fix| !given_up.contains(fix))
                // Of several with the same freedom, the first.
                .rev()
                .max_by_key(|fix| fix.applicability);
            let Some(fix) = best else { continue };
            let unwritable = fix.edits.iter().find_map(|(file, _)| unwritable(outcome, *file).map(|why| (*file, why)));
            if let Some(refusal) = unwritable {
                if !refused.contains(&refusal) {
                    refused.push(refusal);
                }
                continue;
            }
            let merged: Option<Vec<(FileId, Edits)>> = fix
                .edits
                .iter()
                .map(|(file, edits)| Some((*file, edits_by_file.get(file).unwrap_or(&Edits::default()).merge(edits)?)))
                .collect();
            let Some(merged) = merged else { continue };
            edits_by_file.extend(merged);
            chosen.push(fix.clone());
        }
    }
    chosen
}

/// Why a file must not be written, if so.
fn unwritable(outcome: &Outcome, file: FileId) -> Option<String> {
    let document = outcome.documents.iter().find(|document| document.file == file)?;
    document.transcoded.then(|| "fixes are only written to files in UTF-8".to_owned())
}

/// Applies fixes together and analyses again. `None`, and everything as before, if that does harm: a text that no
/// longer parses, or a finding that was not there.
fn attempt(
    disk: &Disk,
    outcomes: &mut [Outcome],
    fixes: &[Fix],
    analyse: impl Fn(usize) -> Outcome,
) -> Option<Vec<(Arc<Document>, Arc<Document>)>> {
    let mut edits_by_file: BTreeMap<FileId, Edits> = BTreeMap::new();
    for (file, edits) in fixes.iter().flat_map(|fix| &fix.edits) {
        let merged = edits_by_file.get(file).unwrap_or(&Edits::default()).merge(edits)?;
        edits_by_file.insert(*file, merged);
    }
    let mut documents = Vec::new();
    for (file, edits) in &edits_by_file {
        let before =
            outcomes.iter().flat_map(|outcome| &outcome.documents).find(|document| document.file == *file)?.clone();
        let text = Text::new(edits.apply(before.text.as_str()));
        let after = Arc::new(Document::new(*file, before.path.clone(), None, text));
        if before.is_json() && before.json().well_formed && !after.json().well_formed {
            return None;
        }
        documents.push((before, after));
    }
    for (_, after) in &documents {
        disk.instead(after.clone());
    }
    let touched: Vec<usize> = (0..outcomes.len())
        .filter(|&index| documents.iter().any(|(before, _)| outcomes[index].saw(before.file)))
        .collect();
    let again: Vec<Outcome> = touched.iter().map(|&index| analyse(index)).collect();
    // A change of a source leaves what is built from it as it is: what is found there stays until the next build.
    let only_sources = documents.iter().all(|(before, _)| is_source(before));
    let does_harm = touched.iter().zip(&again).any(|(&index, after)| match only_sources {
        true => after.failed && !outcomes[index].failed,
        false => after.is_worse_than(&outcomes[index]),
    });
    if does_harm {
        for (before, _) in &documents {
            disk.instead(before.clone());
        }
        return None;
    }
    for (index, outcome) in touched.into_iter().zip(again) {
        outcomes[index] = outcome;
    }
    Some(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Analysis, Reported};
    use crate::cli::find::Entry;
    use crate::report::samples;
    use crate::text::{Edit, Span};
    use std::fs;

    /// A finding at every `9999`, with a fix that writes `to` and perhaps breaks the text.
    fn findings(document: &Arc<Document>, to: &str) -> Analysis {
        let text = document.text.as_str();
        let mut findings = Vec::new();
        for (at, piece) in text.match_indices("9999") {
            let span = Span::new(at as u32, (at + piece.len()) as u32);
            let mut finding = samples::finding(document, "9999", "too large");
            finding.at = document.place(span);
            finding.path = format!("at {at}");
            let fix = Fix {
                title: format!("Write {to}"),
                applicability: Applicability::Safe,
                edits: vec![(document.file, Edits::from(Edit { span, insert: to.to_owned() }))],
            };
            findings.push(Reported { finding, profiles: vec!["2019-07"], fixes: vec![fix] });
        }
        samples::analysis(document, findings)
    }

    struct Run {
        folder: tempfile::TempDir,
        disk: Disk,
        entry: Entry,
    }

    impl Run {
        fn new(text: &str) -> Run {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("main.json");
            fs::write(&path, text).unwrap();
            let disk = Disk::new([folder.path().to_owned()]);
            Run { folder, disk, entry: Entry { path, name: "main.json".to_owned(), named: true, config: None } }
        }

        fn fix(&self, to: &str) -> (Fixed, Vec<Outcome>) {
            let analyse = |_| {
                let document = self.disk.entry(&self.entry.path, "main.json").unwrap();
                Outcome::new(&self.disk, &self.entry, &document, findings(&document, to))
            };
            let mut outcomes = vec![analyse(0)];
            let mut fixed = settle(&self.disk, &mut outcomes, Applicability::Safe, analyse);
            write(&self.disk, &mut fixed, &mut outcomes, analyse);
            (fixed, outcomes)
        }

        fn text(&self) -> String {
            fs::read_to_string(self.folder.path().join("main.json")).unwrap()
        }
    }

    #[test]
    fn all_at_once_and_written() {
        let run = Run::new("\u{feff}[9999,\r\n 9999, 1]");
        let (fixed, outcomes) = run.fix("4095");
        assert_eq!(fixed.count, 2);
        assert!(outcomes[0].found.is_empty());
        assert_eq!(run.text(), "\u{feff}[4095,\r\n 4095, 1]");
        assert_eq!(run.fix("4095").0.count, 0, "a second run has nothing to do");
    }

    #[test]
    fn a_fix_that_breaks_the_text_is_given_up() {
        let run = Run::new("[9999]");
        let (fixed, outcomes) = run.fix("{");
        assert_eq!((fixed.count, fixed.files.len(), outcomes[0].found.len()), (0, 0, 1));
        assert_eq!(run.text(), "[9999]");
    }

    #[test]
    fn fixes_that_never_end_are_given_up() {
        let run = Run::new("[9999]");
        let (fixed, _) = run.fix("9999");
        assert_eq!(fixed.count, MAX_ROUNDS);
    }

    #[test]
    fn a_change_from_outside_is_kept() {
        let run = Run::new("[9999]");
        let analyse = |_| {
            let document = run.disk.entry(&run.entry.path, "main.json").unwrap();
            Outcome::new(&run.disk, &run.entry, &document, findings(&document, "4095"))
        };
        let mut outcomes = vec![analyse(0)];
        let mut fixed = settle(&run.disk, &mut outcomes, Applicability::Safe, analyse);
        fs::write(&run.entry.path, "[9999, 2]").unwrap();
        write(&run.disk, &mut fixed, &mut outcomes, analyse);
        assert_eq!(run.text(), "[9999, 2]");
        assert_eq!(fixed.files.len(), 0);
        assert_eq!(fixed.refused.len(), 1);
        assert_eq!(outcomes[0].found.len(), 1, "the finding is still there");
    }
}
