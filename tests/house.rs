//! The house rules that the compiler does not know: the arrow, who names which crate, every rule with its page.

use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("server/src")
}

/// Every Rust file with its path from `server/src`, `/` between the parts.
fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("server/src can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name =
                    path.strip_prefix(source()).expect("lies in server/src").to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).expect("is UTF-8")));
            }
        }
    }
    found.sort();
    assert!(found.len() > 20, "the walk finds the sources");
    found
}

/// The module that a file belongs to at the top level: `input` of `input/arm/eval.rs`.
fn layer(name: &str) -> &str {
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// From the ground up: a module may use those before it.
const ARROW: &[&[&str]] = &[
    &["text"],
    &["json", "bicep"],
    &["document"],
    &["value", "guest", "secrets"],
    &["model", "profile"],
    &["rules", "input", "codes"],
    &["check"],
    &["config"],
    &["report"],
    &["expand"],
    &["cli", "lsp"],
    &["main", "lib"],
];

fn level(module: &str) -> usize {
    ARROW
        .iter()
        .position(|modules| modules.contains(&module))
        .unwrap_or_else(|| panic!("'{module}' has no place in the arrow"))
}

#[test]
fn nothing_points_backwards() {
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let own = layer(&name).to_owned();
        for used in uses(&text) {
            if used != own && level(&used) >= level(&own) {
                wrong.push(format!("{name} uses crate::{used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the arrow:\n{}", wrong.join("\n"));
}

/// The top-level modules that a file names, test modules too.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (position, _) in line.match_indices("crate::") {
            let rest = &line[position + "crate::".len()..];
            let name: String = rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
            if ARROW.iter().any(|modules| modules.contains(&name.as_str())) {
                found.push(name);
            }
            if let Some(group) = rest.strip_prefix('{') {
                found.extend(
                    group
                        .split([',', '}', ':', ' '])
                        .filter(|name| ARROW.iter().any(|modules| modules.contains(name)))
                        .map(str::to_owned),
                );
            }
        }
    }
    found
}

#[test]
fn only_their_own_module_names_these_crates() {
    let owners: &[(&str, &[&str])] = &[
        ("ropey::", &["text.rs"]),
        ("tree_sitter::", &["json.rs", "json/"]),
        ("tower_lsp::", &["lsp.rs", "lsp/"]),
        ("tokio::", &["lsp.rs", "lsp/"]),
        ("std::fs", &["cli.rs", "cli/", "lsp.rs", "lsp/"]),
        ("clap::", &["cli.rs", "cli/"]),
        ("std::process", &["main.rs", "cli.rs", "cli/", "lsp.rs", "lsp/"]),
        ("SystemTime", &["cli.rs", "cli/", "lsp.rs", "lsp/"]),
    ];
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if name.ends_with("/tests.rs") {
            continue;
        }
        for (word, allowed) in owners {
            if code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(word))
                && !allowed.iter().any(|owner| name == *owner || owner.ends_with('/') && name.starts_with(owner))
            {
                wrong.push(format!("{name} names {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_do_not_know_inputs() {
    for (name, text) in files().iter().filter(|(name, _)| name.starts_with("rules")) {
        assert!(
            !uses(text).iter().any(|used| used == "input" || used == "json" || used == "document"),
            "{name} knows an input"
        );
    }
}

#[test]
fn every_rule_has_its_page() {
    let sections = [
        "## What it finds",
        "## Why the backup fails",
        "## Examples",
        "## Fix and its safety",
        "## When it stays silent",
    ];
    let mut modules: Vec<String> = fs::read_dir(source().join("rules"))
        .expect("the rules have a folder")
        .filter_map(|entry| {
            entry.expect("an entry can be read").file_name().to_string_lossy().strip_suffix(".rs").map(str::to_owned)
        })
        .collect();
    modules.sort();
    let mut listed: Vec<String> = backuplint::rules::RULES.iter().map(|rule| rule.name.replace('-', "_")).collect();
    listed.sort();
    assert_eq!(modules, listed, "every file is in the list, and is named like its rule");
    for rule in backuplint::rules::RULES {
        assert!(rule.page.starts_with(&format!("# {}\n", rule.name)), "{} has another title", rule.name);
        for section in sections {
            assert!(rule.page.contains(section), "the page of {} lacks '{section}'", rule.name);
        }
        assert!(
            rule.page.contains("```json bad") && rule.page.contains("```json good"),
            "the page of {} lacks an example",
            rule.name
        );
        // What Azure refuses to deploy never gets as far as a code of Azure Backup.
        let has_codes = !rule.azure_codes.is_empty() || rule.name == "template-evaluation-error";
        assert!(has_codes && rule.summary.ends_with('.'), "{} lacks codes or a sentence", rule.name);
    }
}

#[test]
fn nothing_is_left_for_someone_else() {
    for (name, text) in files() {
        for word in ["TODO", "FIXME", "todo!(", "unimplemented!("] {
            assert!(!text.contains(word), "{name} holds {word}");
        }
    }
}
