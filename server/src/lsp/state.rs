//! What the server knows: the client's abilities, the open documents, the units and what was last shown of each file.
//!
//! A plain value behind a plain mutex. Every change is made in one go, before anything is awaited; what follows from it
//! (which units must be looked at again, which diagnostics must be sent) is worked out here and done elsewhere. Nothing
//! here reads a disk or computes more than a glance.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::*;

use crate::check::Analysis;
use crate::document::Document;
use crate::lsp::convert;
use crate::lsp::workspace::{AllSettings, Disk, Seen, Settings};
use crate::profile::Choice;
use crate::text::{Encoding, Text};

/// After a run was overtaken by a change, the next one waits until nothing has changed for so long.
const DEBOUNCE: Duration = Duration::from_millis(25);

/// While a text is broken, findings that disappear are taken away only after such a pause: who types a quote or a bracket
/// breaks the rest of the text until its partner comes, and would see all squiggles go and come again.
const PAUSE: Duration = Duration::from_millis(500);

/// What the client can do.
#[derive(Clone, Debug)]
pub struct Abilities {
    pub encoding: Encoding,
    pub related_information: bool,
    pub code_description: bool,
    pub diagnostic_data: bool,
    pub document_changes: bool,
    pub create_files: bool,
    pub markdown_hover: bool,
    pub action_literals: bool,
    pub preferred_actions: bool,
    pub show_document: bool,
    pub progress: bool,
    pub configuration: bool,
    pub register_configuration: bool,
    pub register_watchers: bool,
    /// It asks for diagnostics itself, and can be told to ask again.
    pub pull: bool,
    /// It completes code actions that come without their edit.
    pub resolve_edits: bool,
    /// It asks the user before it makes changes that are marked so.
    pub confirm_changes: bool,
    pub nested_symbols: bool,
    pub refresh_lenses: bool,
    pub refresh_hints: bool,
    /// It shows what `backuplint/status` tells.
    pub status: bool,
}

impl Abilities {
    pub fn of(client: &ClientCapabilities) -> Abilities {
        let document = client.text_document.as_ref();
        let diagnostics = document.and_then(|document| document.publish_diagnostics.as_ref());
        let hover = document.and_then(|document| document.hover.as_ref()?.content_format.as_ref());
        let action = document.and_then(|document| document.code_action.as_ref());
        let workspace = client.workspace.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edit.and_then(|edit| edit.resource_operations.as_deref()).unwrap_or_default();
        let window = client.window.as_ref();
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let yes = |ability: Option<Option<bool>>| ability.flatten() == Some(true);
        let resolve = action.and_then(|action| action.resolve_support.as_ref());
        let confirm = edit.and_then(|edit| edit.change_annotation_support.as_ref());
        let symbols = document.and_then(|document| document.document_symbol.as_ref());
        let refresh_diagnostics = workspace.and_then(|workspace| workspace.diagnostics.as_ref()?.refresh_support);
        let experimental = client.experimental.as_ref();
        Abilities {
            encoding: convert::encoding(offered),
            related_information: yes(diagnostics.map(|diagnostics| diagnostics.related_information)),
            code_description: yes(diagnostics.map(|diagnostics| diagnostics.code_description_support)),
            diagnostic_data: yes(diagnostics.map(|diagnostics| diagnostics.data_support)),
            // Operations on files come as document changes, so a client that takes them takes both.
            document_changes: yes(edit.map(|edit| edit.document_changes)) || !operations.is_empty(),
            create_files: operations.contains(&ResourceOperationKind::Create),
            markdown_hover: hover.and_then(|formats| formats.first()) == Some(&MarkupKind::Markdown),
            action_literals: action.is_some_and(|action| action.code_action_literal_support.is_some()),
            preferred_actions: yes(action.map(|action| action.is_preferred_support)),
            show_document: window.and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support),
            progress: yes(window.map(|window| window.work_done_progress)),
            configuration: yes(workspace.map(|workspace| workspace.configuration)),
            register_configuration: yes(workspace.map(|workspace| {
                workspace.did_change_configuration.as_ref().and_then(|ability| ability.dynamic_registration)
            })),
            register_watchers: yes(workspace.map(|workspace| {
                workspace.did_change_watched_files.as_ref().and_then(|ability| ability.dynamic_registration)
            })),
            // What is found in one file may change with another: a client that cannot be told so would show old findings.
            pull: document.is_some_and(|document| document.diagnostic.is_some()) && refresh_diagnostics == Some(true),
            resolve_edits: yes(action.map(|action| action.data_support))
                && resolve.is_some_and(|resolve| resolve.properties.iter().any(|property| property == "edit")),
            confirm_changes: confirm.is_some() && yes(edit.map(|edit| edit.document_changes)),
            nested_symbols: yes(symbols.map(|symbols| symbols.hierarchical_document_symbol_support)),
            refresh_lenses: yes(workspace.map(|workspace| workspace.code_lens.as_ref()?.refresh_support)),
            refresh_hints: yes(workspace.map(|workspace| workspace.inlay_hint.as_ref()?.refresh_support)),
            status: experimental.is_some_and(|experimental| experimental["backuplintStatus"] == true),
        }
    }
}

/// A folder of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub uri: Uri,
    pub path: PathBuf,
}

impl Folder {
    /// The folder at an address; `None` where that is no place on a disk here.
    pub fn at(uri: &Uri) -> Option<Folder> {
        let path = convert::path(uri);
        path.is_absolute().then(|| Folder { uri: uri.clone(), path })
    }
}

/// A document that is open in the editor.
struct Open {
    /// As the client spells it.
    uri: Uri,
    document: Arc<Document>,
}

/// Open documents by path.
pub type OpenDocuments = HashMap<PathBuf, Arc<Document>>;

/// One entry document and what was found out from it.
#[derive(Default)]
struct Unit {
    /// Something changed since the last run began.
    wanted: bool,
    /// When that was.
    asked: Option<Instant>,
    /// A task looks after it.
    running: bool,
    /// Ends the present run.
    stop: Arc<AtomicBool>,
    outcome: Option<Outcome>,
}

/// What one run gave.
#[derive(Clone)]
pub struct Outcome {
    /// The state of the world that it saw.
    pub revision: u64,
    /// The files it asked for, those that are not there among them.
    pub touched: HashSet<PathBuf>,
    /// The folders it looked through.
    pub listed: HashSet<PathBuf>,
    /// By file; an entry that is a file of ours is always there.
    pub diagnostics: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// The files of ours that are not well-formed.
    pub broken: HashSet<PathBuf>,
    /// Kept while one of its documents is open.
    pub analysis: Option<Arc<Analysis>>,
    /// There is nothing to remember of it: no such file, or none of ours.
    pub nothing: bool,
    /// Whose documentation it was judged by.
    pub profile: Option<Choice>,
}

/// What a run needs.
pub struct Job {
    pub entry: PathBuf,
    pub revision: u64,
    /// The entry, where it is open.
    pub document: Option<Arc<Document>>,
    pub open: Arc<OpenDocuments>,
    pub folders: Arc<Vec<Folder>>,
    pub settings: Arc<AllSettings>,
    pub client: Arc<Abilities>,
    pub disk: Arc<Disk>,
    pub stop: Arc<AtomicBool>,
    /// Look for fixes too.
    pub fixes: bool,
    /// What was found the last time.
    pub before: Option<Arc<Analysis>>,
}

impl Job {
    /// The settings that count for the entry.
    pub fn settings(&self) -> &Settings {
        self.settings.of(&self.entry)
    }

    /// Whether the entry is worth a look while it is not open.
    pub fn looks_at_closed(&self) -> bool {
        self.settings().workspace && self.folders.iter().any(|folder| self.entry.starts_with(&folder.path))
    }
}

/// What a task does next.
pub enum Next {
    Run(Box<Job>),
    Wait(Instant),
    End,
}

/// What became of the outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    Kept,
    /// Something changed under way; another run follows.
    Overtaken,
    /// The unit is no more; its task must end.
    Forgotten,
}

/// What a file's diagnostics were when they were last sent, or could have been asked for.
struct Shown {
    version: Option<i32>,
    diagnostics: Vec<Diagnostic>,
    /// Another one for other diagnostics.
    result: u64,
    /// The document was opened since: the client may have dropped them, even if it closed it at once.
    is_lost: bool,
}

/// What a client is told of a file that it asks for.
pub struct Report {
    /// Another one for other diagnostics.
    pub result: String,
    /// The version of the document, where it is open.
    pub version: Option<i32>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What `backuplint/status` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    /// The profile, or those of different files.
    pub profile: String,
    /// How many files were analysed.
    pub files: usize,
    pub findings: Counts,
}

/// Findings by severity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub error: usize,
    pub warning: usize,
    pub information: usize,
    pub hint: usize,
}

pub struct State {
    pub client: Arc<Abilities>,
    pub folders: Arc<Vec<Folder>>,
    pub settings: Arc<AllSettings>,
    /// Until the settings are here nothing is looked at.
    asking: Asking,
    /// Counts every change of the world.
    revision: u64,
    /// The revision at which a file last changed.
    changed: HashMap<PathBuf, u64>,
    open: HashMap<PathBuf, Open>,
    snapshot: Option<Arc<OpenDocuments>>,
    disk: Arc<Disk>,
    /// The files of the workspace at the last look.
    pub seen: Seen,
    units: HashMap<PathBuf, Unit>,
    shown: HashMap<PathBuf, Shown>,
    /// Files whose diagnostics wait for a pause, and until when.
    held: HashMap<PathBuf, Instant>,
    /// A task looks after those.
    releasing: bool,
    /// Diagnostics to send, the latest of each file only.
    outgoing: BTreeMap<PathBuf, PublishDiagnosticsParams>,
    /// Entries that need a task.
    idle: BTreeSet<PathBuf>,
    /// How many results there were.
    results: u64,
    /// The version and result of open documents that the client last asked for.
    pulled: HashMap<PathBuf, (Option<i32>, u64)>,
    /// The documents that were open and asked for: the client may still show what it was told then.
    closed: HashSet<PathBuf>,
    /// The client has to ask for diagnostics again.
    stale: bool,
    was_pulled: bool,
    /// What the client was last told of all findings.
    pub told: Option<Status>,
    /// The first look at the workspace is still under way.
    pub is_scanning: bool,
    /// The client is about to leave.
    pub is_leaving: bool,
}

/// Where we are with the client's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// They are not needed so far.
    NotYet,
    Asked,
    Done,
}

/// Why nothing current can be said of a document at the moment.
#[derive(Debug, PartialEq, Eq)]
pub enum NotNow {
    /// A run will tell soon.
    Pending,
    /// It changed since it was asked about.
    Modified,
}

impl State {
    pub fn new() -> State {
        State {
            client: Arc::new(Abilities::of(&ClientCapabilities::default())),
            folders: Arc::default(),
            settings: Arc::default(),
            asking: Asking::Done,
            revision: 0,
            changed: HashMap::new(),
            open: HashMap::new(),
            snapshot: None,
            disk: Arc::default(),
            seen: Seen::default(),
            units: HashMap::new(),
            shown: HashMap::new(),
            held: HashMap::new(),
            releasing: false,
            outgoing: BTreeMap::new(),
            idle: BTreeSet::new(),
            results: 0,
            pulled: HashMap::new(),
            closed: HashSet::new(),
            stale: false,
            was_pulled: false,
            told: None,
            is_scanning: true,
            is_leaving: false,
        }
    }

    /// The document opened, or opened anew.
    pub fn open(&mut self, item: TextDocumentItem) {
        let path = convert::path(&item.uri);
        let document = Document::new(self.disk.number(&path), &path, Some(item.version), Text::new(item.text));
        let looked_at = convert::is_looked_at(&item.uri);
        self.open.insert(path.clone(), Open { uri: item.uri, document: Arc::new(document) });
        self.shown.entry(path.clone()).and_modify(|shown| shown.is_lost = true);
        self.mark(&path, Existence::MayDiffer);
        if looked_at {
            self.want(&path);
        }
    }

    /// The changes made to an open document, one after the other; of one that is not open, nothing.
    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let path = convert::path(uri);
        let Some(open) = self.open.get_mut(&path) else { return };
        let encoding = self.client.encoding;
        let mut text = open.document.text.clone();
        for change in changes {
            let range =
                change.range.map(|Range { start, end }| (convert::text_position(start), convert::text_position(end)));
            text = text.change(range, encoding, &change.text);
        }
        open.document = Arc::new(Document::new(open.document.file, &path, Some(version), text));
        self.mark(&path, Existence::Same);
    }

    /// The document closed; what counts from now on is the file, if there is one.
    pub fn close(&mut self, uri: &Uri) {
        let path = convert::path(uri);
        if self.open.remove(&path).is_none() {
            return;
        }
        if self.pulled.remove(&path).is_some() {
            self.closed.insert(path.clone());
        }
        self.mark(&path, Existence::MayDiffer);
    }

    /// A file changed on the disk, came or went.
    pub fn file_event(&mut self, path: &Path, change: FileChangeType) {
        if !path.is_absolute() || self.open.contains_key(path) {
            return;
        }
        let existence = match change {
            FileChangeType::CHANGED => Existence::Same,
            _ => Existence::MayDiffer,
        };
        self.mark(path, existence);
        if change == FileChangeType::DELETED {
            // Of a folder only the folder's own end may be told.
            let inside = |entry: &&PathBuf| entry.starts_with(path) && !self.open.contains_key(*entry);
            for entry in self.units.keys().filter(inside).cloned().collect::<Vec<_>>() {
                self.mark(&entry, existence);
            }
        }
        if self.is_in_workspace(path) && is_candidate(path) && self.settings.of(path).workspace {
            self.want(path);
        }
    }

    /// Has an entry looked at, when there is time.
    pub fn want(&mut self, entry: &Path) {
        let unit = self.units.entry(entry.to_owned()).or_default();
        unit.wanted = true;
        unit.asked = Some(Instant::now());
        unit.stop.store(true, Ordering::Relaxed);
        if self.asking == Asking::Done && !unit.running {
            self.idle.insert(entry.to_owned());
        }
    }

    /// Has everything looked at again.
    pub fn want_all(&mut self) {
        self.revision += 1;
        for path in self.units.keys().cloned().collect::<Vec<_>>() {
            self.changed.insert(path.clone(), self.revision);
            self.want(&path);
        }
    }

    /// The client can be asked for settings, and should be once they are needed.
    pub fn ask_for_settings(&mut self) {
        self.asking = Asking::NotYet;
    }

    /// Whether it is time to ask for the settings; says so once.
    pub fn must_ask(&mut self) -> bool {
        let must = self.asking == Asking::NotYet && !self.units.is_empty();
        if must {
            self.asking = Asking::Asked;
        }
        must
    }

    /// Whether the settings have come, or will not come.
    pub fn has_settings(&self) -> bool {
        self.asking == Asking::Done
    }

    /// The settings, or that there are none to come.
    pub fn configure(&mut self, settings: Option<AllSettings>) {
        let before = mem::replace(&mut self.asking, Asking::Done);
        match settings.map(Arc::new).filter(|settings| *settings != self.settings) {
            Some(settings) => {
                self.settings = settings;
                self.want_all();
            }
            None if before != Asking::Done => {
                for (entry, unit) in &self.units {
                    if unit.wanted && !unit.running {
                        self.idle.insert(entry.clone());
                    }
                }
            }
            None => {}
        }
    }

    /// Other folders: what lies in none of them any more is forgotten, unless it is open.
    pub fn set_folders(&mut self, folders: Vec<Folder>) {
        self.folders = Arc::new(folders);
        self.want_all();
    }

    /// The folders in which files are looked at that are not open.
    pub fn scanned(&self) -> Vec<Folder> {
        self.folders.iter().filter(|folder| self.settings.of(&folder.path).workspace).cloned().collect()
    }

    pub fn is_in_workspace(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(&folder.path))
    }

    /// Everything that depends on the file must be looked at again.
    fn mark(&mut self, path: &Path, existence: Existence) {
        self.revision += 1;
        self.changed.insert(path.to_owned(), self.revision);
        self.snapshot = None;
        let folder = path.parent().filter(|_| existence == Existence::MayDiffer);
        let concerned = |(entry, unit): (&PathBuf, &Unit)| {
            let depends = unit.outcome.as_ref().is_some_and(|outcome| {
                outcome.touched.contains(path) || folder.is_some_and(|folder| outcome.listed.contains(folder))
            });
            (entry == path || depends).then(|| entry.clone())
        };
        for entry in self.units.iter().filter_map(concerned).collect::<Vec<_>>() {
            self.want(&entry);
        }
    }

    pub fn is_open(&self, path: &Path) -> bool {
        self.open.contains_key(path)
    }

    /// Has an entry looked at by whoever asks; `false` where a task looks after it already, or will.
    pub fn claim(&mut self, entry: &Path) -> bool {
        self.want(entry);
        self.idle.remove(entry)
            && self.units.get_mut(entry).is_some_and(|unit| {
                unit.running = true;
                true
            })
    }

    /// The entries that need a task now.
    pub fn take_idle(&mut self) -> BTreeSet<PathBuf> {
        let idle = mem::take(&mut self.idle);
        for entry in &idle {
            if let Some(unit) = self.units.get_mut(entry) {
                unit.running = true;
            }
        }
        idle
    }

    /// What the task of an entry does next. A run that follows an overtaken one waits for a pause in the changes.
    pub fn next(&mut self, entry: &Path, overtaken: bool) -> Next {
        let Some(unit) = self.units.get_mut(entry) else { return Next::End };
        if !unit.wanted {
            unit.running = false;
            return Next::End;
        }
        let due = unit.asked.filter(|_| overtaken).map(|asked| asked + DEBOUNCE);
        if let Some(due) = due.filter(|due| *due > Instant::now()) {
            return Next::Wait(due);
        }
        let job = self.job(entry);
        if let Some(unit) = self.units.get_mut(entry) {
            unit.wanted = false;
            unit.stop = job.stop.clone();
        }
        Next::Run(Box::new(job))
    }

    /// The world as it is now, for a look at an entry.
    pub fn job(&mut self, entry: &Path) -> Job {
        Job {
            entry: entry.to_owned(),
            revision: self.revision,
            document: self.open.get(entry).map(|open| open.document.clone()),
            open: self.open_documents(),
            folders: self.folders.clone(),
            settings: self.settings.clone(),
            client: self.client.clone(),
            disk: self.disk.clone(),
            stop: Arc::default(),
            fixes: false,
            before: self.units.get(entry).and_then(|unit| unit.outcome.as_ref()?.analysis.clone()),
        }
    }

    /// Puts an analysis with fixes in the place of the same one without.
    pub fn keep_fixed(&mut self, entry: &Path, before: &Arc<Analysis>, fixed: Arc<Analysis>) {
        let outcome = self.units.get_mut(entry).and_then(|unit| unit.outcome.as_mut());
        if let Some(kept) =
            outcome.and_then(|outcome| outcome.analysis.as_mut()).filter(|kept| Arc::ptr_eq(kept, before))
        {
            *kept = fixed;
        }
    }

    fn open_documents(&mut self) -> Arc<OpenDocuments> {
        let open = &self.open;
        let collect = || open.iter().map(|(path, open)| (path.clone(), open.document.clone())).collect();
        self.snapshot.get_or_insert_with(|| Arc::new(collect())).clone()
    }

    /// Takes in what a run gave, unless it was overtaken.
    pub fn finish(&mut self, entry: &Path, stop: &AtomicBool, outcome: Outcome) -> Finished {
        let Some(unit) = self.units.get_mut(entry) else { return Finished::Forgotten };
        if stop.load(Ordering::Relaxed) {
            return Finished::Overtaken;
        }
        // A file may have changed while the run was under way and nobody knew yet that it would ask for it.
        let seen = outcome.revision;
        let overtaken = outcome.touched.iter().any(|path| self.changed.get(path).is_some_and(|&at| at > seen));
        if overtaken {
            unit.wanted = true;
            return Finished::Overtaken;
        }
        let mut concerned: BTreeSet<PathBuf> = outcome.diagnostics.keys().cloned().collect();
        concerned.insert(entry.to_owned());
        concerned.extend(outcome.touched.iter().filter(|path| self.open.contains_key(*path)).cloned());
        let keep = outcome.touched.iter().any(|path| self.open.contains_key(path)) || self.open.contains_key(entry);
        let forget = outcome.nothing && !self.open.contains_key(entry) && !unit.wanted;
        let outcome = Outcome { analysis: outcome.analysis.filter(|_| keep), ..outcome };
        if let Some(before) = unit.outcome.replace(outcome) {
            concerned.extend(before.diagnostics.into_keys());
        }
        if forget {
            self.units.remove(entry);
        }
        for path in concerned {
            self.publish(&path);
        }
        if forget { Finished::Forgotten } else { Finished::Kept }
    }

    /// Puts a file's diagnostics into the outgoing mail, if they are current and news.
    fn publish(&mut self, path: &Path) {
        let changed = self.changed.get(path).copied().unwrap_or(0);
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        // When the texts that are broken at the moment last changed.
        let mut typed: Option<Instant> = None;
        for (entry, unit) in &self.units {
            // What is behind publishes with its next run.
            let Some(outcome) = &unit.outcome else { if entry == path { return } else { continue } };
            if (entry == path || outcome.touched.contains(path)) && outcome.revision < changed {
                return;
            }
            if let Some(more) = outcome.diagnostics.get(path) {
                diagnostics.extend(more.iter().cloned());
            }
            if entry == path || outcome.touched.contains(path) {
                typed =
                    typed.max(unit.asked.filter(|_| outcome.broken.iter().any(|path| self.open.contains_key(path))));
            }
        }
        sort_and_merge(&mut diagnostics);
        let open = self.open.get(path);
        let version = open.map(|open| open.document.version.unwrap_or_default());
        let news = match self.shown.get(path) {
            Some(shown) => shown.is_lost || shown.version != version || shown.diagnostics != diagnostics,
            // An open document gets an answer, if an empty one: a client may wait for it.
            None => !diagnostics.is_empty() || open.is_some(),
        };
        let uri = open.map(|open| open.uri.clone()).or_else(|| convert::uri(path));
        let Some(uri) = uri.filter(|_| news) else { return };
        let due = typed.map(|typed| typed + PAUSE).filter(|due| *due > Instant::now());
        let loses = || self.shown.get(path).is_some_and(|shown| loses_findings(&shown.diagnostics, &diagnostics));
        if let Some(due) = due.filter(|_| loses()) {
            self.held.insert(path.to_owned(), due);
            return;
        }
        self.held.remove(path);
        match diagnostics.is_empty() && open.is_none() {
            true => drop(self.shown.remove(path)),
            false => {
                let before = self.shown.get(path).filter(|shown| shown.diagnostics == diagnostics);
                let result = before.map(|shown| shown.result).unwrap_or_else(|| {
                    self.results += 1;
                    self.results
                });
                let shown = Shown { version, diagnostics: diagnostics.clone(), result, is_lost: false };
                // Whoever has asked for this very text already would not ask again.
                self.stale |= self.pulled.get(path).is_some_and(|&(then, had)| then == version && had != result);
                self.shown.insert(path.to_owned(), shown);
            }
        }
        if !self.client.pull {
            self.outgoing.insert(path.to_owned(), PublishDiagnosticsParams { uri, diagnostics, version });
        }
    }

    /// The diagnostics of an open document, which the client now has.
    ///
    /// `None`: it has changed or closed since.
    pub fn pull(&mut self, document: &Arc<Document>) -> Option<Report> {
        let path = &document.path;
        let open = self.open.get(path).filter(|open| Arc::ptr_eq(&open.document, document))?;
        let version = Some(open.document.version.unwrap_or_default());
        let shown = self.shown.get(path);
        let result = shown.map_or(0, |shown| shown.result);
        self.pulled.insert(path.clone(), (version, result));
        let diagnostics = shown.map(|shown| shown.diagnostics.clone()).unwrap_or_default();
        Some(Report { result: format!("d{result}"), version, diagnostics })
    }

    /// Until when the diagnostics of a document are held back, while it is this one.
    pub fn held_until(&self, document: &Arc<Document>) -> Option<Instant> {
        self.open.get(&document.path).filter(|open| Arc::ptr_eq(&open.document, document))?;
        self.held.get(&document.path).copied()
    }

    /// What is news of all files, for a client that has the results in `known`.
    pub fn pull_workspace(&self, known: &HashMap<PathBuf, String>) -> Vec<(PathBuf, Report)> {
        let mut news = Vec::new();
        let mut tell = |path: &PathBuf, result: String, shown: Option<&Shown>| {
            if known.get(path) != Some(&result) {
                let diagnostics = shown.map(|shown| shown.diagnostics.clone()).unwrap_or_default();
                news.push((
                    path.clone(),
                    Report { result, version: shown.and_then(|shown| shown.version), diagnostics },
                ));
            }
        };
        // An open document that the client asks for by itself is not told twice.
        for (path, shown) in self.shown.iter().filter(|(path, _)| !self.pulled.contains_key(*path)) {
            tell(path, format!("w{}", shown.result), Some(shown));
        }
        let gone: BTreeSet<&PathBuf> = known.keys().chain(&self.closed).collect();
        for path in gone.into_iter().filter(|path| !self.shown.contains_key(*path)) {
            tell(path, "w0".to_owned(), None);
        }
        news
    }

    /// Whether the first look at the workspace is over and nothing is being looked at.
    pub fn is_settled(&self) -> bool {
        !self.is_scanning && !self.units.values().any(|unit| unit.wanted || unit.running)
    }

    /// Whether nobody asked for the diagnostics of the workspace before.
    pub fn is_first_pull(&mut self) -> bool {
        !mem::replace(&mut self.was_pulled, true)
    }

    /// Whether the client has to ask for diagnostics again; says so once.
    pub fn take_stale(&mut self) -> bool {
        mem::take(&mut self.stale)
    }

    /// What was analysed so far, and what was found.
    pub fn status(&self) -> Status {
        let outcomes =
            || self.units.values().filter_map(|unit| unit.outcome.as_ref()).filter(|outcome| !outcome.nothing);
        let profiles: BTreeSet<String> =
            outcomes().filter_map(|outcome| outcome.profile).map(|profile| profile.to_string()).collect();
        let mut findings = Counts::default();
        let all = self.shown.values().flat_map(|shown| &shown.diagnostics).filter(|one| !convert::is_note(one));
        for diagnostic in all {
            match diagnostic.severity {
                Some(DiagnosticSeverity::ERROR) => findings.error += 1,
                Some(DiagnosticSeverity::WARNING) => findings.warning += 1,
                Some(DiagnosticSeverity::INFORMATION) => findings.information += 1,
                _ => findings.hint += 1,
            }
        }
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: profiles.into_iter().collect::<Vec<_>>().join(", "),
            files: outcomes().count(),
            findings,
        }
    }

    /// The entries that something was found from.
    pub fn entries(&self) -> Vec<PathBuf> {
        self.units.keys().cloned().collect()
    }

    /// Publishes what has waited long enough, and says when to ask again.
    pub fn release(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let due: Vec<PathBuf> =
            self.held.iter().filter(|(_, due)| **due <= now).map(|(path, _)| path.clone()).collect();
        for path in due {
            self.held.remove(&path);
            self.publish(&path);
        }
        let next = self.held.values().min().copied();
        self.releasing = next.is_some();
        next
    }

    /// When to release what is held, unless a task looks after that already.
    pub fn start_release(&mut self) -> Option<Instant> {
        if self.releasing {
            return None;
        }
        let next = self.held.values().min().copied();
        self.releasing = next.is_some();
        next
    }

    /// How many files start something that is ours.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// The next diagnostics to send.
    pub fn take_outgoing(&mut self) -> Option<PublishDiagnosticsParams> {
        self.outgoing.pop_first().map(|(_, mail)| mail)
    }

    /// The open document at an address.
    pub fn document(&self, uri: &Uri) -> Option<Arc<Document>> {
        self.open.get(&convert::path(uri)).map(|open| open.document.clone())
    }

    /// All current analyses that a document is part of, that of its own first.
    pub fn analyses(&self, document: &Arc<Document>) -> Result<Vec<Arc<Analysis>>, NotNow> {
        let path = &document.path;
        if !self.open.get(path).is_some_and(|open| Arc::ptr_eq(&open.document, document)) {
            return Err(NotNow::Modified);
        }
        let changed = self.changed.get(path).copied().unwrap_or(0);
        let mut analyses = Vec::new();
        for (entry, unit) in &self.units {
            let own = entry == path;
            match &unit.outcome {
                None if own => return Err(NotNow::Pending),
                Some(outcome) if own || outcome.touched.contains(path) => {
                    if outcome.revision < changed {
                        return Err(NotNow::Pending);
                    }
                    let Some(analysis) = &outcome.analysis else { continue };
                    match own {
                        true => analyses.insert(0, analysis.clone()),
                        false => analyses.push(analysis.clone()),
                    }
                }
                _ => {}
            }
        }
        Ok(analyses)
    }

    /// The address of a path, as the client spells it where it is open.
    pub fn address(&self, path: &Path) -> Option<Uri> {
        self.open.get(path).map(|open| open.uri.clone()).or_else(|| convert::uri(path))
    }
}

/// What a change of a file may mean to those who list its folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existence {
    Same,
    MayDiffer,
}

/// Whether a file may start a unit, by its name.
pub fn is_candidate(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension.eq_ignore_ascii_case("json") || extension.eq_ignore_ascii_case("jsonc")
}

/// Whether a finding of before is not among those of now; where it is does not matter.
fn loses_findings(before: &[Diagnostic], now: &[Diagnostic]) -> bool {
    let mut left: Vec<&Diagnostic> = now.iter().collect();
    before.iter().filter(|diagnostic| !convert::is_note(diagnostic)).any(|lost| {
        let same = left.iter().position(|other| other.code == lost.code && other.message == lost.message);
        same.map(|index| left.swap_remove(index)).is_none()
    })
}

/// In the order of the text, one finding of several units once and with its highest severity.
fn sort_and_merge(diagnostics: &mut Vec<Diagnostic>) {
    let code = |diagnostic: &Diagnostic| match &diagnostic.code {
        Some(NumberOrString::String(code)) => code.clone(),
        _ => String::new(),
    };
    diagnostics.sort_by_cached_key(|diagnostic| {
        let Range { start, end } = diagnostic.range;
        (start, end, code(diagnostic), diagnostic.severity, diagnostic.message.clone())
    });
    diagnostics.dedup_by(|next, first| {
        let same = next.range == first.range && next.code == first.code && next.source == first.source;
        same && (next.message == first.message || code(first) != "json-syntax")
    });
}
