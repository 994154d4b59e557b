//! `explain` and `rules`: what is looked for, and why.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::CLEAN;
use crate::cli::print::Printer;
use crate::codes::{self, Code};
use crate::profile::{newest, profiles};
use crate::report::escape;
use crate::rules::{self, RULES, Rule, Severity};

/// Print a rule's page, or the rules that prevent an error of Azure Backup.
#[derive(Args)]
pub struct Arguments {
    /// A rule, such as `backup-rg-locked`, or an error code, such as `UserErrorRpCollectionLimitReached`.
    #[arg(value_name = "RULE|CODE")]
    name: String,
}

/// List all rules.
#[derive(Args)]
pub struct Catalogue {
    /// How the rules are written.
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// A table.
    Text,
    /// An array of objects.
    Json,
}

/// Runs `explain` and gives the exit code.
pub fn run(arguments: &Arguments, printer: &mut Printer) -> Result<u8> {
    let name = arguments.name.trim();
    if let Some(rule) = rules::rule(&name.to_ascii_lowercase()) {
        printer.print(&styled(&about_rule(rule), printer.has_colour()));
        return Ok(CLEAN);
    }
    if let Some(code) = codes::code(name) {
        printer.print(&styled(&about_code(code), printer.has_colour()));
        return Ok(CLEAN);
    }
    let wanted = name.to_ascii_lowercase();
    let names = RULES.iter().map(|rule| rule.name).chain(codes::CODES.iter().flat_map(Code::spellings));
    let near: Vec<&str> = names
        .filter(|known| {
            let known = known.to_ascii_lowercase();
            wanted.len() > 2 && (known.contains(&wanted) || wanted.contains(&known))
        })
        .collect();
    match near.is_empty() {
        true => bail!("there is neither a rule nor an error code '{name}'; `backuplint rules` lists the rules"),
        false => bail!("there is neither a rule nor an error code '{name}'; did you mean {}?", near.join(", ")),
    }
}

/// Runs `rules` and gives the exit code.
pub fn catalogue(arguments: &Catalogue, printer: &mut Printer) -> Result<u8> {
    match arguments.format {
        Style::Text => printer.print(&table()),
        Style::Json => {
            let entries: Vec<CatalogueEntry> = RULES.iter().map(|rule| CatalogueEntry::new(rule)).collect();
            printer.print(&escape::json(&entries)?);
        }
    }
    Ok(CLEAN)
}

/// A rule in the JSON catalogue.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CatalogueEntry {
    rule: &'static str,
    summary: &'static str,
    /// By profile; what is not there is not judged.
    severity: serde_json::Map<String, serde_json::Value>,
    azure_codes: &'static [&'static str],
    fix: &'static str,
}

impl CatalogueEntry {
    fn new(rule: &Rule) -> CatalogueEntry {
        let severities = profiles().iter().filter_map(|profile| Some((profile.name, rule.severity.under(profile)?)));
        CatalogueEntry {
            rule: rule.name,
            summary: rule.summary,
            severity: severities.map(|(profile, severity)| (profile.to_owned(), severity.name().into())).collect(),
            azure_codes: rule.azure_codes,
            fix: rule.fix,
        }
    }
}

fn table() -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let name = |severity: Option<Severity>| severity.map_or("-", Severity::name);
    let mut out = format!("{:<width$}  {:<11}  {:<11}  what it finds\n", "rule", "2019-07", "current");
    for rule in RULES {
        let (then, today) = (name(rule.severity.y2019), name(rule.severity.under(newest())));
        out.push_str(&format!("{:<width$}  {then:<11}  {today:<11}  {}\n", rule.name, rule.summary));
    }
    out
}

fn about_rule(rule: &Rule) -> String {
    let mut page = rule.page.trim_end().to_owned();
    if !page.starts_with('#') {
        page = format!("# {}\n\n{page}", rule.name);
    }
    page.push('\n');
    page
}

fn about_code(code: &Code) -> String {
    let mut page = format!("# {}\n\n{}\n", code.name, code.text);
    if !code.aliases.is_empty() {
        page.push_str(&format!("Also written {}.\n", code.aliases.join(", ")));
    }
    let rules: Vec<&&Rule> = RULES
        .iter()
        .filter(|rule| {
            rule.azure_codes.iter().any(|name| codes::code(name).is_some_and(|other| other.name == code.name))
        })
        .collect();
    if rules.is_empty() {
        page.push_str("\nNo rule prevents it.\n");
        return page;
    }
    page.push_str("\n## Rules that prevent it\n\n");
    for rule in rules {
        page.push_str(&format!("- `{}`: {}\n", rule.name, rule.summary));
    }
    page
}

/// Markdown of ours for a terminal: headings bold, code dim, the rest as it is. Without colours, as it is.
fn styled(page: &str, has_colour: bool) -> String {
    if !has_colour {
        return page.to_owned();
    }
    let (bold, dim, cyan, end) = ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[36m", "\u{1b}[0m");
    let mut out = String::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        match (in_code, line.starts_with('#')) {
            (true, _) => out.push_str(&format!("    {dim}{line}{end}")),
            (false, true) => out.push_str(&format!("{bold}{}{end}", line.trim_start_matches('#').trim_start())),
            (false, false) => {
                for (index, part) in line.split('`').enumerate() {
                    match index % 2 {
                        0 => out.push_str(part),
                        _ => out.push_str(&format!("{cyan}{part}{end}")),
                    }
                }
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_for_terminals() {
        let page = "# Title\n\nSay `this`.\n\n```json bad\n{}\n```\n";
        assert_eq!(styled(page, false), page);
        assert_eq!(
            styled(page, true),
            "\u{1b}[1mTitle\u{1b}[0m\n\nSay \u{1b}[36mthis\u{1b}[0m.\n\n    \u{1b}[2m{}\u{1b}[0m\n"
        );
    }

    #[test]
    fn every_code_of_a_rule_is_known() {
        for rule in RULES {
            for name in rule.azure_codes {
                assert!(codes::code(name).is_some(), "{} names {name}, which codes.rs does not know", rule.name);
            }
        }
    }

    #[test]
    fn a_code_names_its_other_spelling() {
        let page = about_code(codes::code("ExtentionOperationFailedForManagedDisks").unwrap());
        assert!(page.starts_with("# ExtensionOperationFailedForManagedDisks\n"), "{page}");
        assert!(page.contains("ExtentionOperationFailedForManagedDisks"));
    }
}
