//! `check`: from paths to findings, and to fixed files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use rayon::prelude::*;

use crate::check::{self, Analysis, Fix, Options, Status};
use crate::cli::disk::Disk;
use crate::cli::find::{self, Entry, Finds};
use crate::cli::print::{self, Printer, Progress};
use crate::cli::settings::Settings;
use crate::cli::{CLEAN, Deployment, FAILED, FOUND, diff, fix, one_line, paths, rule_names};
use crate::config::Config;
use crate::document::{self, Document, Language};
use crate::input::{self, Environment, Format};
use crate::profile::Choice;
use crate::report::{self, Coverage, FileRow, Found, Report};
use crate::rules::{Applicability, RULES, Severity};
use crate::text::{Encoding, FileId, Place};

/// Find configurations that will make a backup fail.
///
/// Candidates in folders are found by their content; what `.gitignore` names is left out. Findings go to standard
/// output, what was covered to standard error.
#[derive(Args)]
pub struct Arguments {
    /// Files and folders; `-` is the standard input.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
    /// Write the fixes that change no intent.
    #[arg(long)]
    fix: bool,
    /// With --fix or --diff: also the fixes that may change what is deployed.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing. Values that may be secret are left out.
    #[arg(long, conflicts_with_all = ["fix", "format", "statistics"])]
    diff: bool,
    /// Whose documentation holds: `all`, `current`, or that of one time, such as `2019-07`.
    #[arg(long, value_name = "PROFILE", value_parser = Choice::read)]
    profile: Option<Choice>,
    /// The lowest severity at which the exit code is 1 [default: warning].
    #[arg(long, value_name = "SEVERITY", value_parser = severity_parser())]
    fail_on: Option<Severity>,
    /// Only these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_names(), hide_possible_values = true)]
    select: Vec<String>,
    /// All but these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_names(), hide_possible_values = true)]
    ignore: Vec<String>,
    /// Use this configuration, and look for no other.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name of what comes from the standard input: it counts as if it lay there.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<PathBuf>,
    /// List what could not be decided, and how many values of each file are unknown.
    #[arg(long)]
    show_unknown: bool,
    /// Show how often each rule found something instead of the findings.
    #[arg(long)]
    statistics: bool,
    #[command(flatten)]
    deployment: Deployment,
}

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// For people.
    Text,
    /// One object; its schema is `schemas/report.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

fn severity_parser() -> impl TypedValueParser<Value = Severity> {
    const SEVERITIES: [Severity; 4] = [Severity::Hint, Severity::Information, Severity::Warning, Severity::Error];
    PossibleValuesParser::new(SEVERITIES.map(Severity::name))
        .map(|name| SEVERITIES.into_iter().find(|severity| severity.name() == name).unwrap_or(Severity::Warning))
}

/// What became of one entry.
pub struct Outcome {
    /// `None`: not a file of ours, and nobody said it was.
    pub row: Option<FileRow>,
    pub found: Vec<Found>,
    /// By finding.
    pub fixes: Vec<Vec<Fix>>,
    /// What could not be decided, and for what Azure would refuse the deployment, with places.
    pub doubts: Vec<String>,
    /// What was looked at.
    pub documents: Vec<Arc<Document>>,
    /// Something that had to be analysed was not.
    pub failed: bool,
}

/// Runs `check` and gives the exit code.
pub fn run(arguments: &Arguments, printer: &mut Printer) -> Result<u8> {
    if arguments.unsafe_fixes && !arguments.fix && !arguments.diff {
        bail!("--unsafe-fixes goes with --fix or --diff");
    }
    if arguments.statistics && arguments.format != Style::Text {
        bail!("--statistics goes with --format text");
    }
    let settings = Arc::new(Settings::new(arguments.config.as_deref())?);
    let run = Run::new(arguments, &settings)?;
    let mut outcomes = run.analyse_all();

    let mut failed = !run.finds.troubles.is_empty();
    if arguments.fix || arguments.diff {
        let least = if arguments.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        let before: Vec<usize> = outcomes.iter().map(|outcome| outcome.found.len()).collect();
        let as_found = arguments.diff.then(|| run.code(&outcomes));
        let mut fixed = fix::settle(&run.disk, &mut outcomes, least, |index| run.analyse(&run.finds.entries[index]));
        if arguments.fix {
            fix::write(&run.disk, &mut fixed, &mut outcomes, |index| run.analyse(&run.finds.entries[index]));
        }
        for (file, reason) in &fixed.refused {
            failed = true;
            print::complain(&format!("{}: not fixed: {reason}", run.disk.name(*file)));
        }
        if let Some(code) = as_found {
            for (old, new) in &fixed.files {
                printer.print(&diff::unified(&run.disk.name(old.file), old, new));
            }
            printer.flush();
            print::note(&format!("{} would be applied", plural(fixed.count, "fix", "fixes")));
            return Ok(if failed { FAILED } else { code });
        }
        tell_fixed(&fixed, &before, &outcomes, |file| run.disk.name(file));
    }

    let code = if failed { FAILED } else { run.code(&outcomes) };
    let doubts: Vec<String> = match arguments.show_unknown {
        true => outcomes.iter().flat_map(|outcome| outcome.doubts.iter().cloned()).collect(),
        false => Vec::new(),
    };
    let report = run.report(outcomes);
    let mut notes: Vec<&String> = report.files.iter().flat_map(|row| &row.notes).collect();
    notes.sort();
    notes.dedup();
    match arguments.format {
        Style::Text if arguments.statistics => printer.print(&report::text::statistics(&report.findings)),
        Style::Text => {
            let renderer = printer.renderer();
            for found in &report.findings {
                printer.print(&report::text::render(found, &renderer));
            }
        }
        Style::Json => printer.print(&report::json::render(&report)?),
        Style::Sarif => printer.print(&report::sarif::render(&report)?),
    }
    printer.flush();
    for note in doubts.iter().chain(notes) {
        print::note(note);
    }
    tell_coverage(&report, arguments.show_unknown);
    if report.files.is_empty() {
        return Ok(FAILED);
    }
    Ok(code)
}

/// One call of `check`.
struct Run<'a> {
    arguments: &'a Arguments,
    disk: Disk,
    finds: Finds,
    /// The text that came from the standard input.
    standard_input: Option<Vec<u8>>,
}

impl Run<'_> {
    fn new<'a>(arguments: &'a Arguments, settings: &Arc<Settings>) -> Result<Run<'a>> {
        let working = std::env::current_dir().context("there is no working directory")?;
        if let Some(file) = &arguments.deployment.parameters {
            parameter_file(file)?;
        }
        let from_input = arguments.paths.iter().any(|path| path == Path::new("-"));
        if arguments.stdin_filename.is_some() && !from_input {
            bail!("--stdin-filename goes with the path `-`");
        }
        if !from_input {
            let finds = find::find(&arguments.paths, settings)?;
            let disk = Disk::new(roots(&working, &arguments.paths, &finds));
            return Ok(Run { arguments, disk, finds, standard_input: None });
        }
        if arguments.paths.len() > 1 {
            bail!("the standard input is analysed by itself, without other paths");
        }
        if arguments.fix {
            bail!("--fix cannot change the standard input; --diff shows the fixes");
        }
        let mut bytes = Vec::new();
        let limit = document::MAX_BYTES as u64 + 1;
        io::stdin().lock().take(limit).read_to_end(&mut bytes).context("the standard input cannot be read")?;
        let (path, name, folders) = match &arguments.stdin_filename {
            Some(name) => {
                let path = paths::normal(&std::path::absolute(name)?);
                let folder = path.parent().unwrap_or(&path).to_owned();
                (path, paths::shown(name), vec![working, folder])
            }
            // Without a name it lies nowhere and has no neighbours.
            None => (working.join("<stdin>"), "<stdin>".to_owned(), Vec::new()),
        };
        let config = settings.of_folder(path.parent().unwrap_or(&path))?;
        let entry = Entry { path, name, named: true, config };
        let finds = Finds { entries: vec![entry], troubles: Vec::new() };
        Ok(Run { arguments, disk: Disk::new(folders), finds, standard_input: Some(bytes) })
    }

    /// Analyses every entry, in as many threads as there are processors. The order is that of the entries.
    fn analyse_all(&self) -> Vec<Outcome> {
        let progress = Progress::new(self.finds.entries.len());
        let one = |entry: &Entry| {
            let outcome = self.analyse(entry);
            progress.step();
            outcome
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(self.finds.entries.len());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
        let outcomes = match pool {
            Ok(pool) => pool.install(|| self.finds.entries.par_iter().map(one).collect()),
            Err(_) => self.finds.entries.iter().map(one).collect(),
        };
        progress.end();
        outcomes
    }

    fn analyse(&self, entry: &Entry) -> Outcome {
        let document = match &self.standard_input {
            Some(bytes) => match self.disk.held_instead(&entry.path) {
                Some(document) => Ok(document),
                None => self.disk.pretend(&entry.path, &entry.name, bytes.clone()),
            },
            None => self.disk.entry(&entry.path, &entry.name),
        };
        let document = match document {
            Ok(document) => document,
            Err(_) if !entry.named && !find::looks_like_ours(&entry.path) => return Outcome::silent(),
            Err(reason) => return Outcome::skipped(entry, reason),
        };
        if entry.named && document.text.as_str().trim_start_matches('\u{feff}').trim().is_empty() {
            return Outcome::skipped(entry, "the file is empty".to_owned());
        }
        if let Some(reason) = source_of_something(&document) {
            return Outcome::skipped(entry, reason.to_owned());
        }
        let options = self.options(entry);
        let files = self.disk.around(&document, self.arguments.deployment.parameters.as_deref());
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            let analysis = check::analyse(&document, &files, &options, &AtomicBool::new(false));
            Outcome::new(&self.disk, entry, &document, analysis)
        }));
        let outcome = outcome.map(|outcome| match self.arguments.fix || self.arguments.diff {
            true => outcome,
            // Nobody will look into the documents again: a folder may hold more of them than fit into memory.
            false => Outcome { fixes: Vec::new(), documents: Vec::new(), ..outcome },
        });
        outcome.unwrap_or_else(|_| Outcome::skipped(entry, "internal error".to_owned()))
    }

    fn options(&self, entry: &Entry) -> Options {
        options(
            self.arguments.profile,
            entry.config.as_deref(),
            &entry.path,
            &self.arguments.deployment,
            |severities| {
                let selected = &self.arguments.select;
                for rule in RULES {
                    let is_named = |names: &[String]| names.iter().any(|name| name == rule.name);
                    if !selected.is_empty() && !is_named(selected) || is_named(&self.arguments.ignore) {
                        severities.insert(rule.name.to_owned(), None);
                    }
                }
            },
        )
    }

    fn code(&self, outcomes: &[Outcome]) -> u8 {
        let fails = self.finds.entries.iter().zip(outcomes).any(|(entry, outcome)| {
            let configured = entry.config.as_ref().and_then(|config| config.fail_on);
            let least = self.arguments.fail_on.or(configured).unwrap_or(Severity::Warning);
            outcome.found.iter().any(|found| found.severity >= least)
        });
        if outcomes.iter().any(|outcome| outcome.failed) {
            FAILED
        } else if fails {
            FOUND
        } else {
            CLEAN
        }
    }

    fn report(&self, outcomes: Vec<Outcome>) -> Report {
        let profiles: BTreeSet<String> = match self.arguments.profile {
            Some(choice) => BTreeSet::from([choice.to_string()]),
            None => self
                .finds
                .entries
                .iter()
                .zip(&outcomes)
                .filter(|(_, outcome)| outcome.row.is_some())
                .map(|(entry, _)| self.options(entry).profile.to_string())
                .collect(),
        };
        let profile = match profiles.len() {
            0 => Choice::All.to_string(),
            1 => profiles.into_iter().next().unwrap_or_default(),
            _ => "mixed".to_owned(),
        };
        let mut files: Vec<FileRow> = self
            .finds
            .troubles
            .iter()
            .map(|(name, reason)| FileRow::without_content(name, Coverage::Skipped(reason.clone())))
            .collect();
        let mut findings = Vec::new();
        for outcome in outcomes {
            files.extend(outcome.row);
            findings.extend(outcome.found);
        }
        files.sort_by(|a, b| a.file.cmp(&b.file));
        Report { profile, findings: report::merge(findings), files }
    }
}

/// How to analyse an entry.
pub fn options(
    profile: Option<Choice>,
    config: Option<&Config>,
    path: &Path,
    deployment: &Deployment,
    decide: impl FnOnce(&mut BTreeMap<String, Option<Severity>>),
) -> Options {
    let mut decision = config.map(|config| config.decide(path)).unwrap_or_default();
    decide(&mut decision.severities);
    let configured = config.map(Config::environment).unwrap_or_default();
    Options {
        profile: profile.or(decision.profile).unwrap_or(Choice::All),
        severities: decision.severities,
        environment: Environment {
            subscription_id: deployment.subscription.clone().or(configured.subscription_id),
            resource_group: deployment.resource_group.clone().or(configured.resource_group),
            location: deployment.location.clone().or(configured.location),
            management_group: deployment.management_group.clone().or(configured.management_group),
            tenant_id: deployment.tenant.clone().or(configured.tenant_id),
        },
        parameters: deployment.parameters.as_ref().and_then(|file| std::path::absolute(file).ok()),
        pairings: config.map(Config::pairings).unwrap_or_default(),
        fixes: true,
    }
}

/// Fails unless the parameter file that the user names can be read.
pub fn parameter_file(file: &Path) -> Result<()> {
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => bail!("--parameters {}: this is not a regular file", paths::shown(file)),
        Err(_) => bail!("--parameters {}: there is no such file", paths::shown(file)),
    }
}

/// The folders in which files are followed: where the user is, what the user names, and the projects around it.
fn roots(working: &Path, named: &[PathBuf], finds: &Finds) -> Vec<PathBuf> {
    let mut roots = vec![working.to_owned()];
    for path in named {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        match path.is_dir() {
            true => roots.push(path),
            false => roots.extend(path.parent().map(Path::to_owned)),
        }
    }
    let projects: BTreeSet<&Path> =
        finds.entries.iter().filter_map(|entry| entry.config.as_ref()).map(|config| config.folder()).collect();
    roots.extend(projects.into_iter().map(Path::to_owned));
    roots
}

/// Why a document is not analysed by itself, if it is a source that something else is built from.
fn source_of_something(document: &Document) -> Option<&'static str> {
    let extension = document.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "bicep" | "bicepparam" => Some("Bicep is not read by itself: give the JSON that `bicep build` makes of it"),
        "tf" | "tfvars" | "hcl" => {
            Some("Terraform's language is not read by itself: give a plan, as `terraform show -json` writes it")
        }
        _ => None,
    }
}

/// More are counted and not listed.
const MOST_DOUBTS: usize = 100;

impl Outcome {
    pub fn new(disk: &Disk, entry: &Entry, document: &Arc<Document>, analysis: Analysis) -> Outcome {
        let of_json = analysis.documents.iter().chain([document]).filter(|document| document.is_json());
        let broken = of_json.into_iter().any(|document| !document.json().well_formed);
        let mut failed = false;
        let coverage = match &analysis.status {
            Status::Analysed => Some(Coverage::Analysed),
            Status::Partly(reason) => {
                // What is missing may be Azure's to know. What cannot be read is a fault of the file.
                failed = broken;
                Some(Coverage::Partly(reason.clone()))
            }
            Status::Skipped(reason) => {
                failed = true;
                Some(Coverage::Skipped(reason.clone()))
            }
            Status::Foreign if !entry.named => None,
            Status::Foreign if broken => {
                failed = true;
                Some(Coverage::Skipped(syntax(document)))
            }
            Status::Foreign => {
                let reason = "neither an ARM template, nor a parameter file, nor a Terraform plan";
                Some(Coverage::Foreign(reason.to_owned()))
            }
        };
        let doubt = |place: Place, words: &str| {
            let document = analysis.document(place);
            let at = document.text.position(place.span.start, Encoding::Utf32);
            format!("{}:{}:{}: {words}", disk.name(document.file), at.line + 1, at.character + 1)
        };
        let gaps = analysis.gaps.iter().map(|gap| doubt(gap.place, &gap.reason));
        let problems = analysis
            .problems
            .iter()
            .map(|problem| doubt(problem.place, &format!("the deployment would be refused: {}", problem.message)));
        let mut doubts: Vec<String> = gaps.chain(problems).take(MOST_DOUBTS + 1).collect();
        if doubts.len() > MOST_DOUBTS {
            let all = analysis.gaps.len() + analysis.problems.len();
            doubts[MOST_DOUBTS] = format!("{}: {} more", entry.name, all - MOST_DOUBTS);
        }
        let note = |note: &check::Note| format!("{}: {}", disk.name(note.file), note.message);
        Outcome {
            doubts,
            row: coverage.map(|coverage| FileRow {
                file: entry.name.clone(),
                format: analysis.format,
                coverage,
                resources: analysis.resources,
                unknown: analysis.unknown,
                notes: analysis.notes.iter().map(note).collect(),
            }),
            found: report::found(&analysis, &|document| disk.name(document.file)),
            fixes: analysis.findings.into_iter().map(|reported| reported.fixes).collect(),
            documents: analysis.documents,
            failed,
        }
    }

    fn skipped(entry: &Entry, reason: String) -> Outcome {
        let row = Some(FileRow::without_content(&entry.name, Coverage::Skipped(reason)));
        Outcome { row, failed: true, ..Outcome::silent() }
    }

    fn silent() -> Outcome {
        Outcome {
            row: None,
            found: Vec::new(),
            fixes: Vec::new(),
            doubts: Vec::new(),
            documents: Vec::new(),
            failed: false,
        }
    }

    /// Whether the file had to do with it.
    pub fn saw(&self, file: FileId) -> bool {
        self.documents.iter().any(|document| document.file == file)
    }

    /// Whether there is a finding, or a failure, that was not there before.
    pub fn is_worse_than(&self, before: &Outcome) -> bool {
        let count = |outcome: &Outcome| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for found in &outcome.found {
                *counts.entry(found.fingerprint()).or_default() += 1;
            }
            counts
        };
        let known = count(before);
        self.failed && !before.failed
            || count(self).iter().any(|(print, count)| *count > known.get(print).copied().unwrap_or(0))
    }
}

impl FileRow {
    fn without_content(name: &str, coverage: Coverage) -> FileRow {
        FileRow {
            file: name.to_owned(),
            format: Format::Foreign,
            coverage,
            resources: 0,
            unknown: 0,
            notes: Vec::new(),
        }
    }
}

/// The first fault of a text as JSON.
fn syntax(document: &Document) -> String {
    let errors = &document.json().errors;
    match errors.iter().find(|error| error.severity == crate::json::Severity::Error) {
        Some(error) => {
            let at = document.text.position(error.span.start, Encoding::Utf32);
            format!("not readable as JSON: line {}, column {}: {}", at.line + 1, at.character + 1, error.message)
        }
        None => "not readable as JSON".to_owned(),
    }
}

/// What something else is built from: Bicep, and what it loads.
pub fn is_source(document: &Document) -> bool {
    document.language() == Language::Bicep || input::detect(document) == Format::Foreign
}

/// Says on standard error what was written.
fn tell_fixed(fixed: &fix::Fixed, before: &[usize], outcomes: &[Outcome], name: impl Fn(FileId) -> String) {
    let sources: Vec<String> = fixed
        .files
        .iter()
        .filter(|(document, _)| is_source(document))
        .map(|(document, _)| name(document.file))
        .collect();
    let files = fixed.files.len() - sources.len();
    if files > 0 {
        let gone: usize = before.iter().zip(outcomes).map(|(before, now)| before.saturating_sub(now.found.len())).sum();
        let files = plural(files, "file", "files");
        print::note(&format!("fixed {} in {files}", plural(gone, "finding", "findings")));
    }
    for source in sources {
        print::note(&format!("fixed {source}; the findings stay until what is built from it is built again"));
    }
}

/// Says on standard error what was covered, and what was not and why.
fn tell_coverage(report: &Report, show_unknown: bool) {
    let (mut analysed, mut partly, mut skipped, mut resources, mut unknown) = (0, 0, 0, 0, 0);
    for row in &report.files {
        let name = &row.file;
        match &row.coverage {
            Coverage::Analysed => analysed += 1,
            Coverage::Partly(reason) => {
                partly += 1;
                print::note(&format!("{name}: partly analysed: {reason}"));
            }
            Coverage::Skipped(reason) => {
                skipped += 1;
                print::complain(&format!("{name}: {reason}"));
            }
            Coverage::Foreign(reason) => print::note(&format!("{name}: {reason}")),
        }
        if show_unknown && row.unknown > 0 {
            print::note(&format!("{name}: {} unknown", plural(row.unknown, "value is", "values are")));
        }
        resources += row.resources;
        unknown += row.unknown;
    }
    if report.files.is_empty() {
        print::complain("no ARM template, parameter file or Terraform plan was found");
        return;
    }
    let mut counts: BTreeMap<std::cmp::Reverse<Severity>, usize> = BTreeMap::new();
    for found in &report.findings {
        *counts.entry(std::cmp::Reverse(found.severity)).or_default() += 1;
    }
    let by_severity: Vec<String> =
        counts.iter().map(|(severity, count)| plural(*count, severity.0.name(), several(severity.0))).collect();
    let findings = match by_severity.is_empty() {
        true => "no findings".to_owned(),
        false => format!("{} ({})", plural(report.findings.len(), "finding", "findings"), by_severity.join(", ")),
    };
    let mut files = format!("{} analysed", plural(analysed, "file", "files"));
    for (count, word) in [(partly, "partly"), (skipped, "skipped")] {
        if count > 0 {
            files.push_str(&format!(", {count} {word}"));
        }
    }
    let resources = plural(resources, "resource", "resources");
    let unknown = plural(unknown, "value", "values");
    print::note(&one_line(&format!("{findings}; {files}; {resources}, {unknown} unknown")));
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn several(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "errors",
        Severity::Warning => "warnings",
        Severity::Information => "information",
        Severity::Hint => "hints",
    }
}
