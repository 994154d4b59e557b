//! The examples of every rule's page do what the page says.

#[allow(dead_code, reason = "each test uses a part of it")]
mod common;

use backuplint::rules::RULES;
use common::Folder;

/// The fenced blocks of a page with their word after `json`: `bad` or `good`.
fn examples(page: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for block in page.split("```json ").skip(1) {
        let (word, rest) = block.split_once('\n').expect("a block has a first line");
        let (text, _) = rest.split_once("```").expect("a block is closed");
        found.push((word, text));
    }
    found
}

#[test]
fn examples_fire_and_stay_silent() {
    for rule in RULES {
        let mut words = Vec::new();
        for (word, text) in examples(rule.page) {
            words.push(word);
            let analysis = Folder::new(&[("main.json", text)]).analyse("main.json", "all");
            let problems = &analysis.problems;
            assert!(
                problems.is_empty(),
                "an example of {} is no template that Azure takes: {:?}",
                rule.name,
                problems.first()
            );
            let fires = analysis.findings.iter().any(|reported| reported.finding.rule.name == rule.name);
            assert_eq!(fires, word == "bad", "the {word} example of {}", rule.name);
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words, ["bad", "good"], "{}", rule.name);
    }
}
