//! The language server: protocol in, protocol out.
//!
//! The law for handlers, beside what `transport.rs` promises them:
//! 1. Change first: lock, change, unlock; only then await.
//! 2. Never await an answer of the client in a handler: later notifications would wait with it.
//! 3. What computes goes to `spawn_blocking`, with a flag to stop it.
//!
//! `state.rs` holds what is known and decides what follows from a change. Each entry document that something changed for
//! has one task ([`Server::look_after`]), which runs `diagnose.rs` until nothing is left to do. One task
//! ([`Server::send_diagnostics`]) sends what `state.rs` has put into the outgoing mail, so that no older diagnostics
//! follow newer ones.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{sleep, sleep_until, timeout};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::*;
use tower_lsp::{Client, LanguageServer, LspService};

use crate::check::Analysis;
use crate::document::Document;
use crate::lsp::action::Configuration;
use crate::lsp::state::{Abilities, Finished, Folder, Next, NotNow, State};
use crate::lsp::workspace::{AllSettings, Seen, Settings, Snapshot};
use crate::rules::Rule;
use crate::text::{FileId, Span};

mod action;
mod answer;
mod convert;
mod diagnose;
mod graph;
mod hover;
mod lens;
mod life;
mod prose;
mod pull;
mod state;
mod transport;
mod values;
mod workspace;

pub use workspace::settings_schema;

/// How long the client may take to answer a request of ours.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the client may take to answer what should come before a look at files.
const HEAD_START: Duration = Duration::from_secs(2);
/// The least time between two looks at the disk for changes.
const BREATHER: Duration = Duration::from_secs(1);
/// How long a request waits for a run to end that it needs.
const WAIT: Duration = Duration::from_secs(20);
/// The fixes of a whole file.
const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.backuplint");
/// Opens the page of the rule that is its argument.
const OPEN_PAGE: &str = "backuplint.server.openRulePage";
/// Applies all safe fixes in the workspace, after a look at them.
const FIX_WORKSPACE: &str = "backuplint.server.fixWorkspace";

/// Serves a client on stdin and stdout until it leaves; `main` must leave with the code at once.
pub fn serve() -> ExitCode {
    transport::run(|| LspService::new(Server::start))
}

/// Serves a client on any pair of pipes and gives the code to exit with.
pub fn serve_on(input: impl BufRead + Send + 'static, output: impl Write + Send + 'static) -> u8 {
    transport::converse(input, output, Duration::from_secs(1), || LspService::new(Server::start))
}

/// Handles the client's messages. Cheap to clone: every task has its own.
#[derive(Clone)]
struct Server {
    client: Client,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Something is in the outgoing mail.
    mail: Notify,
    /// Counts what others wait for: runs that have ended, settings that have come.
    ended: watch::Sender<u64>,
    /// Room for runs of open documents, and for those of all others.
    room: Semaphore,
    room_behind: Semaphore,
    /// The latest request for settings and the latest scan; older ones give up.
    configuring: AtomicU64,
    scanning: AtomicU64,
    /// The disk may have changed.
    look: Notify,
    /// The client will be asked to ask for diagnostics again.
    refreshing: AtomicBool,
}

impl Server {
    /// Must be called inside of the runtime.
    fn start(client: Client) -> Server {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let shared = Shared {
            state: Mutex::new(State::new()),
            mail: Notify::new(),
            ended: watch::Sender::new(0),
            room: Semaphore::new(cores.max(2)),
            room_behind: Semaphore::new((cores / 2).max(1)),
            configuring: AtomicU64::new(0),
            scanning: AtomicU64::new(0),
            look: Notify::new(),
            refreshing: AtomicBool::new(false),
        };
        let server = Server { client, shared: Arc::new(shared) };
        tokio::spawn(server.clone().send_diagnostics());
        server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all that wait for runs, settings or the end.
    fn wake(&self) {
        self.shared.ended.send_modify(|count| *count += 1);
    }

    /// Changes the state, and sets going what follows.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (changed, ask, idle, release, stale) = {
            let mut state = self.state();
            let changed = change(&mut state);
            (changed, state.must_ask(), state.take_idle(), state.start_release(), state.take_stale())
        };
        self.shared.mail.notify_one();
        if ask {
            tokio::spawn(self.clone().configure());
            let server = self.clone();
            tokio::spawn(async move {
                sleep(HEAD_START).await;
                server.take_settings(None, &[]).await;
            });
        }
        for entry in idle {
            tokio::spawn(self.clone().look_after(entry));
        }
        if stale {
            self.refresh();
        }
        if let Some(due) = release {
            tokio::spawn(self.clone().release(due));
        }
        changed
    }

    /// Sends what is in the outgoing mail, for ever.
    async fn send_diagnostics(self) {
        loop {
            let mail = self.state().take_outgoing();
            match mail {
                Some(mail) => self.client.publish_diagnostics(mail.uri, mail.diagnostics, mail.version).await,
                None => {
                    self.tell_status().await;
                    self.shared.mail.notified().await;
                }
            }
        }
    }

    /// Runs an entry as often as something changes under way.
    async fn look_after(self, entry: PathBuf) {
        let mut overtaken = false;
        loop {
            let room = if self.state().is_open(&entry) { &self.shared.room } else { &self.shared.room_behind };
            let Ok(permit) = room.acquire().await else { return };
            let next = self.state().next(&entry, overtaken);
            let job = match next {
                Next::End => return,
                Next::Wait(due) => {
                    drop(permit);
                    sleep_until(due.into()).await;
                    continue;
                }
                Next::Run(job) => job,
            };
            let (stop, revision) = (job.stop.clone(), job.revision);
            let before = job.before.clone();
            let run = tokio::task::spawn_blocking(move || diagnose::run(&job)).await;
            drop(permit);
            let outcome = match run {
                Ok(outcome) => outcome,
                Err(error) if error.is_cancelled() => return,
                Err(_) => diagnose::broken(entry.clone(), revision),
            };
            let finished = self.change(|state| state.finish(&entry, &stop, outcome));
            self.wake();
            // A large analysis takes a while to be taken apart; nobody should wait for that.
            tokio::task::spawn_blocking(move || drop(before));
            match finished {
                Finished::Forgotten => return,
                Finished::Kept => overtaken = false,
                Finished::Overtaken => overtaken = true,
            }
        }
    }

    /// Sends what is held back until then.
    async fn release(self, due: Instant) {
        let mut due = Some(due);
        while let Some(time) = due {
            sleep_until(time.into()).await;
            due = self.change(State::release);
        }
    }

    /// The document at an address with all current analyses that it is part of. Waits for runs that are under way.
    async fn current(&self, uri: &Uri) -> Result<Option<(Arc<Document>, Vec<Arc<Analysis>>)>> {
        let Some(document) = self.state().document(uri) else { return Ok(None) };
        let mut ended = self.shared.ended.subscribe();
        let wait = async {
            loop {
                ended.mark_unchanged();
                let analyses = self.state().analyses(&document);
                match analyses {
                    Ok(analyses) => return Ok(analyses),
                    Err(NotNow::Modified) => return Err(Error::content_modified()),
                    Err(NotNow::Pending) => {}
                }
                if ended.changed().await.is_err() {
                    return Err(Error::internal_error());
                }
            }
        };
        match timeout(WAIT, wait).await {
            Ok(analyses) => analyses.map(|analyses| Some((document, analyses))),
            Err(_) => Err(server_cancelled()),
        }
    }

    /// What `compute` finds in the current analyses of a document; nothing for one that is not open.
    async fn answer<T: Send + 'static>(
        &self,
        uri: &Uri,
        compute: impl FnOnce(&Document, &[Arc<Analysis>], &Abilities) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let Some((document, analyses)) = self.current(uri).await? else { return Ok(None) };
        let client = self.state().client.clone();
        blocking(move || compute(&document, &analyses, &client)).await.map(Some)
    }

    /// The analyses with the fixes of their findings, which are looked for when somebody asks for those of a place, or
    /// for all of a file.
    async fn fixed(
        &self,
        document: &Arc<Document>,
        analyses: Vec<Arc<Analysis>>,
        params: &CodeActionParams,
    ) -> Result<Vec<Arc<Analysis>>> {
        let encoding = self.state().client.encoding;
        let span = match wants(params, &FIX_ALL) {
            true => Span::new(0, document.text.len()),
            false => convert::span(document, params.range, encoding),
        };
        let mut all = Vec::new();
        for analysis in analyses {
            if analysis.has_fixes || action::findings(&analysis, document.file, span).next().is_none() {
                all.push(analysis);
                continue;
            }
            let entry = analysis.documents[0].path.clone();
            let _permit = self.shared.room.acquire().await;
            let job = state::Job { fixes: true, ..self.state().job(&entry) };
            let fixed = blocking(move || diagnose::run(&job).analysis).await?;
            let mut state = self.state();
            let (Some(fixed), Ok(_)) = (fixed, state.analyses(document)) else { return Err(Error::content_modified()) };
            state.keep_fixed(&entry, &analysis, fixed.clone());
            all.push(fixed);
        }
        Ok(all)
    }

    fn open_page(&self, rule: &'static Rule) {
        let Some(page) = convert::page(rule).filter(|_| self.state().client.show_document) else { return };
        let client = self.client.clone();
        tokio::spawn(async move {
            let page = ShowDocumentParams { uri: page.href, external: Some(true), take_focus: None, selection: None };
            let _ = timeout(PATIENCE, client.show_document(page)).await;
        });
    }

    /// Applies the safe fixes of all files that are looked at, once the user has seen what they are.
    async fn fix_workspace(self) {
        let jobs: Vec<_> = {
            let mut state = self.state();
            let entries = state.entries().into_iter();
            entries.map(|entry| state::Job { fixes: true, ..state.job(&entry) }).collect()
        };
        let client = self.state().client.clone();
        let (server, ability) = (self.clone(), client.clone());
        let fixes = tokio::task::spawn_blocking(move || {
            let analyses: Vec<_> = jobs.iter().filter_map(|job| diagnose::run(job).analysis).collect();
            let fixes = action::fix_everywhere(&analyses);
            let edits = fixes.iter().map(|(document, edits)| (&**document, edits));
            let edit = convert::workspace_edit(edits, &ability, |path| server.state().address(path));
            (edit, fixes.len(), fixes.iter().map(|(_, edits)| edits.iter().count()).sum::<usize>())
        });
        let Ok((edit, files, changes)) = fixes.await else { return };
        let Some(edit) = edit.filter(|_| files > 0) else {
            return self.client.show_message(MessageType::INFO, "backuplint has no safe fix in this workspace").await;
        };
        let edit = match client.confirm_changes {
            true => convert::to_be_confirmed(edit, "Safe fixes of backuplint"),
            false => {
                let apply = MessageActionItem { title: "Apply".to_owned(), properties: HashMap::new() };
                let cancel = MessageActionItem { title: "Cancel".to_owned(), properties: HashMap::new() };
                let question = format!("Apply {changes} safe changes in {files} files?");
                let asked =
                    self.client.show_message_request(MessageType::INFO, question, Some(vec![apply.clone(), cancel]));
                if !matches!(asked.await, Ok(Some(answer)) if answer == apply) {
                    return;
                }
                edit
            }
        };
        let _ = self.client.apply_edit(edit).await;
    }

    /// Asks for the settings anew, of each folder.
    async fn configure(self) {
        let asked = self.shared.configuring.fetch_add(1, Ordering::Relaxed) + 1;
        let folders = self.state().folders.clone();
        let item = |scope_uri| ConfigurationItem { scope_uri, section: Some(convert::NAME.to_owned()) };
        let scopes = folders.iter().map(|folder| Some(folder.uri.clone()));
        let items = std::iter::once(None).chain(scopes).map(item).collect();
        let answer = timeout(PATIENCE, self.client.configuration(items)).await;
        if self.shared.configuring.load(Ordering::Relaxed) != asked {
            return;
        }
        let values = answer.ok().and_then(Result::ok);
        self.take_settings(values.as_deref(), &folders).await;
    }

    /// Settings have come, the common ones first, then those of the folders; or none will.
    async fn take_settings(&self, values: Option<&[Value]>, folders: &[Folder]) {
        let Some(values) = values else {
            self.change(|state| state.configure(None));
            self.wake();
            return;
        };
        let mut read = values.iter().map(Settings::read);
        let (common, mut complaints) = read.next().unwrap_or_default();
        let mut by_folder = Vec::new();
        for (folder, (settings, more)) in folders.iter().zip(read) {
            by_folder.push((folder.path.clone(), settings));
            complaints.extend(more);
        }
        complaints.sort();
        complaints.dedup();
        self.change(|state| state.configure(Some(AllSettings { common, by_folder })));
        self.wake();
        let ability = self.state().client.clone();
        if ability.refresh_lenses {
            let _ = timeout(PATIENCE, self.client.code_lens_refresh()).await;
        }
        if ability.refresh_hints {
            let _ = timeout(PATIENCE, self.client.inlay_hint_refresh()).await;
        }
        for complaint in complaints {
            self.client.log_message(MessageType::WARNING, complaint).await;
        }
    }

    /// Waits for the settings, which are asked for when something is to be looked at.
    async fn settings(&self) {
        let mut ended = self.shared.ended.subscribe();
        while !self.state().has_settings() && ended.changed().await.is_ok() {}
    }

    /// Looks at every candidate of the workspace that is not open.
    async fn scan(self) {
        self.look_at_all().await;
        self.change(|state| state.is_scanning = false);
        self.wake();
    }

    async fn look_at_all(&self) {
        let scan = self.shared.scanning.fetch_add(1, Ordering::Relaxed) + 1;
        let (folders, client) = {
            let state = self.state();
            (state.folders.clone(), state.client.clone())
        };
        let Ok(seen) = tokio::task::spawn_blocking(move || Seen::now(&folders)).await else { return };
        let mut candidates = seen.candidates();
        let first = self.change(|state| {
            state.seen = seen;
            candidates.first().inspect(|first| state.want(first)).cloned()
        });
        if first.is_none() {
            return;
        }
        self.settings().await;
        let folders = self.state().scanned();
        candidates.retain(|path| folders.iter().any(|folder| path.starts_with(&folder.path)));
        let total = candidates.len();
        let token = ProgressToken::String(format!("backuplint/scan/{scan}"));
        let can_show = client.progress
            && matches!(timeout(HEAD_START, self.client.create_work_done_progress(token.clone())).await, Ok(Ok(())));
        let progress = match can_show {
            true => Some(
                self.client
                    .progress(token, "backuplint")
                    .with_message("looking at the workspace")
                    .with_percentage(0)
                    .begin()
                    .await,
            ),
            false => None,
        };
        let mut shown = 0;
        for (index, path) in candidates.into_iter().enumerate() {
            if self.shared.scanning.load(Ordering::Relaxed) != scan {
                break;
            }
            let claimed = self.state().claim(&path);
            if claimed {
                self.clone().look_after(path).await;
            }
            let percent = u32::try_from((index + 1) * 100 / total.max(1)).unwrap_or(100);
            if let Some(progress) = progress.as_ref().filter(|_| percent >= shown + 5) {
                shown = percent;
                progress.report_with_message(format!("{} of {total} files", index + 1), percent).await;
            }
        }
        if let Some(progress) = progress {
            progress.finish_with_message(format!("{total} files")).await;
        }
        let ours = self.state().units();
        self.client.log_message(MessageType::INFO, format!("looked at {total} files, {ours} of them ours")).await;
    }

    /// For clients that do not watch files: looks for itself what has changed on the disk, now and then.
    async fn look_around(self) {
        loop {
            self.shared.look.notified().await;
            let folders = self.state().scanned();
            let Ok(now) = tokio::task::spawn_blocking(move || Seen::now(&folders)).await else { return };
            self.change(|state| {
                for (path, change) in now.changes(&state.seen) {
                    state.file_event(&path, change);
                }
                state.seen = now;
            });
            sleep(BREATHER).await;
        }
    }

    /// Has the client tell us of changes on the disk and of its settings.
    async fn register(self) {
        let client = self.state().client.clone();
        let mut registrations = Vec::new();
        if client.register_watchers {
            let watchers = workspace::watched().map(|pattern| json!({ "globPattern": pattern }));
            registrations.push(Registration {
                id: "backuplint/files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: Some(json!({ "watchers": watchers })),
            });
        }
        if client.register_configuration {
            registrations.push(Registration {
                id: "backuplint/settings".to_owned(),
                method: "workspace/didChangeConfiguration".to_owned(),
                register_options: Some(json!({ "section": convert::NAME })),
            });
        }
        if !registrations.is_empty() {
            let _ = timeout(PATIENCE, self.client.register_capability(registrations)).await;
        }
    }

    /// The change of the configuration that counts for a document, so that it follows today's limits only.
    fn follow_today(&self, path: &Path) -> Option<WorkspaceEdit> {
        let (job, client) = {
            let mut state = self.state();
            (state.job(path), state.client.clone())
        };
        match workspace::configuration(&Snapshot::new(&job), path)? {
            Configuration::Written(document) => {
                let edits = action::follow_today(document.text.as_str())?;
                let state = self.state();
                convert::workspace_edit([(&*document, &edits)], &client, |path| state.address(path))
            }
            Configuration::Missing(path) if client.create_files => {
                Some(convert::new_file(convert::uri(&path)?, action::NEW_CONFIGURATION.to_owned()))
            }
            Configuration::Missing(_) => None,
        }
    }

    /// Everything that can be done about a place. Blocks.
    fn actions(&self, document: &Document, analyses: &[Arc<Analysis>], params: &CodeActionParams) -> Vec<CodeAction> {
        let client = self.state().client.clone();
        let span = convert::span(document, params.range, client.encoding);
        let mut actions = Vec::new();
        if wants(params, &CodeActionKind::QUICKFIX) {
            for analysis in analyses {
                self.quick_fixes(analysis, document.file, span, &client, &mut actions);
            }
            actions.sort_by_key(|action: &CodeAction| action.is_preferred != Some(true));
            self.other_actions(document, analyses, span, &client, &mut actions);
        }
        if wants(params, &FIX_ALL)
            && let Some(edits) = action::fix_all(analyses, document.file)
        {
            let edit = convert::workspace_edit([(document, &edits)], &client, |path| self.state().address(path));
            actions.push(CodeAction {
                title: "Apply all safe fixes of backuplint".to_owned(),
                kind: Some(FIX_ALL),
                edit,
                ..CodeAction::default()
            });
        }
        actions
    }

    fn quick_fixes(
        &self,
        analysis: &Analysis,
        file: FileId,
        span: Span,
        client: &Abilities,
        actions: &mut Vec<CodeAction>,
    ) {
        for reported in action::findings(analysis, file, span) {
            for (index, fix) in action::fixes(reported).into_iter().enumerate() {
                let document = |file: &FileId| analysis.of_file(*file);
                let edits: Option<Vec<_>> =
                    fix.edits.iter().map(|(file, edits)| Some((&**document(file)?, edits))).collect();
                let edit =
                    edits.and_then(|edits| convert::workspace_edit(edits, client, |path| self.state().address(path)));
                let Some(edit) = edit else { continue };
                if actions.iter().any(|action| action.title == fix.title && action.edit.as_ref() == Some(&edit)) {
                    continue;
                }
                let preferred = index == 0 && fix.applicability == crate::rules::Applicability::Safe;
                actions.push(CodeAction {
                    title: fix.title.clone(),
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: Some(vec![convert::finding(reported, analysis, client)]),
                    edit: Some(edit),
                    is_preferred: (preferred && client.preferred_actions).then_some(true),
                    ..CodeAction::default()
                });
            }
        }
    }

    /// What changes no resource: following today's limits, reading the rule's page.
    fn other_actions(
        &self,
        document: &Document,
        analyses: &[Arc<Analysis>],
        span: Span,
        client: &Abilities,
        actions: &mut Vec<CodeAction>,
    ) {
        let here: Vec<_> =
            analyses.iter().flat_map(|analysis| action::findings(analysis, document.file, span)).collect();
        if here.iter().any(|reported| action::is_outdated(reported))
            && let Some(edit) = self.follow_today(&document.path)
        {
            actions.push(CodeAction {
                title: "Follow today's limits only".to_owned(),
                kind: Some(CodeActionKind::QUICKFIX),
                edit: Some(edit),
                ..CodeAction::default()
            });
        }
        let mut rules: Vec<&str> = here.iter().map(|reported| reported.finding.rule.name).collect();
        rules.dedup();
        for rule in rules.into_iter().filter(|_| client.show_document) {
            let title = format!("Open the rule page of {rule}");
            actions.push(CodeAction {
                title: title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                command: Some(Command { title, command: OPEN_PAGE.to_owned(), arguments: Some(vec![json!(rule)]) }),
                ..CodeAction::default()
            });
        }
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let client = Abilities::of(&params.capabilities);
        let (encoding, pull) = (client.encoding, client.pull);
        let folders = folders(&params);
        {
            let mut state = self.state();
            state.client = Arc::new(client);
            state.set_folders(folders);
        }
        if let Some(options) = &params.initialization_options {
            let (common, _) = Settings::read(options);
            self.change(|state| state.configure(Some(AllSettings { common, by_folder: Vec::new() })));
        }
        Ok(InitializeResult {
            capabilities: capabilities(convert::encoding_kind(encoding), pull),
            server_info: Some(ServerInfo {
                name: convert::NAME.to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            offset_encoding: None,
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let client = self.state().client.clone();
        if client.configuration {
            self.state().ask_for_settings();
        }
        tokio::spawn(self.clone().register());
        if !client.register_watchers {
            tokio::spawn(self.clone().look_around());
        }
        tokio::spawn(self.clone().scan());
    }

    async fn shutdown(&self) -> Result<()> {
        self.shared.scanning.fetch_add(1, Ordering::Relaxed);
        self.state().is_leaving = true;
        self.wake();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.change(|state| state.open(params.text_document));
        self.shared.look.notify_one();
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        self.change(|state| state.change(&uri, version, params.content_changes));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.change(|state| state.close(&params.text_document.uri));
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        self.shared.look.notify_one();
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.change(|state| {
            params.changes.iter().for_each(|event| state.file_event(&convert::path(&event.uri), event.typ))
        });
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let gone: Vec<PathBuf> = params.event.removed.iter().map(|folder| convert::path(&folder.uri)).collect();
        let added = params.event.added.iter().filter_map(|folder| Folder::at(&folder.uri));
        self.change(|state| {
            let mut folders: Vec<Folder> = state.folders.iter().cloned().collect();
            folders.retain(|folder| !gone.contains(&folder.path));
            for folder in added {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
            state.set_folders(folders);
        });
        let server = self.clone();
        tokio::spawn(async move {
            let can_ask = server.state().client.configuration;
            if can_ask {
                server.clone().configure().await;
            }
            server.scan().await;
        });
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let server = self.clone();
        tokio::spawn(async move {
            let before = server.state().scanned();
            let can_ask = server.state().client.configuration;
            match can_ask {
                true => server.clone().configure().await,
                // The older way: the settings come along.
                false => server.take_settings(Some(&[params.settings[convert::NAME].clone()]), &[]).await,
            }
            let more = server.state().scanned().iter().any(|folder| !before.contains(folder));
            if more {
                server.scan().await;
            }
        });
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        let hovered = self.answer(&at.text_document.uri, move |document, analyses, client| {
            let offset = document.text.offset(convert::text_position(at.position), client.encoding);
            let found = analyses.iter().find_map(|analysis| hover::hover(analysis, document.file, offset))?;
            let (kind, value) = match client.markdown_hover {
                true => (MarkupKind::Markdown, found.text.markdown()),
                false => (MarkupKind::PlainText, found.text.plain()),
            };
            let range = Some(convert::range(document, found.span, client.encoding));
            Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range })
        });
        Ok(hovered.await?.flatten())
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let Some((document, analyses)) = self.current(&params.text_document.uri).await? else { return Ok(None) };
        let client = self.state().client.clone();
        if !client.action_literals {
            return Ok(None); // An edit cannot be sent as a command.
        }
        let analyses = self.fixed(&document, analyses, &params).await?;
        let server = self.clone();
        let actions = blocking(move || {
            let mut actions = server.actions(&document, &analyses, &params);
            if client.resolve_edits {
                let asked = Asked {
                    uri: params.text_document.uri,
                    version: document.version,
                    range: params.range,
                    only: params.context.only,
                };
                asked.leave_out_edits(&mut actions);
            }
            actions
        })
        .await?;
        Ok(Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let Some((asked, index)) = action.data.as_ref().and_then(Asked::of) else { return Ok(action) };
        let Some((document, analyses)) = self.current(&asked.uri).await? else { return Err(Error::content_modified()) };
        if document.version != asked.version {
            return Err(Error::content_modified());
        }
        let params = asked.into_params();
        let analyses = self.fixed(&document, analyses, &params).await?;
        let server = self.clone();
        let mut actions = blocking(move || server.actions(&document, &analyses, &params)).await?;
        match actions.get_mut(index).filter(|again| again.title == action.title) {
            Some(again) => Ok(CodeAction { edit: again.edit.take(), ..action }),
            None => Err(Error::content_modified()),
        }
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        Ok(self.pull(params).await?.into())
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        Ok(self.pull_workspace(params).await.into())
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri;
        if !self.state().settings.of(&convert::path(&uri)).code_lens {
            return Ok(None);
        }
        self.answer(&uri, answer::lenses).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let uri = params.text_document.uri;
        if !self.state().settings.of(&convert::path(&uri)).inlay_hints {
            return Ok(None);
        }
        self.answer(&uri, move |document, analyses, client| answer::hints(document, analyses, params.range, client))
            .await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.answer(&params.text_document.uri, answer::links).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.answer(&params.text_document.uri, answer::symbols).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let found = self.answer(&text_document.uri, move |document, analyses, client| {
            let offset = document.text.offset(convert::text_position(position), client.encoding);
            answer::definition(document, analyses, offset, client)
        });
        Ok(found.await?.map(GotoDefinitionResponse::Array))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let declaration = params.context.include_declaration;
        self.answer(&text_document.uri, move |document, analyses, client| {
            let offset = document.text.offset(convert::text_position(position), client.encoding);
            answer::references(document, analyses, offset, declaration, client)
        })
        .await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let rule = params.arguments.first().and_then(Value::as_str).and_then(crate::rules::rule);
        match (params.command.as_str(), rule) {
            (OPEN_PAGE, Some(rule)) => self.open_page(rule),
            (FIX_WORKSPACE, _) => drop(tokio::spawn(self.clone().fix_workspace())),
            _ => return Err(Error::invalid_params("no such command, or no such rule")),
        }
        Ok(None)
    }
}

/// What code actions were asked for, so that they can be completed later.
#[derive(Serialize, Deserialize)]
struct Asked {
    uri: Uri,
    version: Option<i32>,
    range: Range,
    only: Option<Vec<CodeActionKind>>,
}

impl Asked {
    /// Takes the edits away and says instead how to find them again.
    fn leave_out_edits(&self, actions: &mut [CodeAction]) {
        for (index, action) in actions.iter_mut().enumerate() {
            if action.edit.take().is_some() {
                action.data = Some(json!({ "asked": self, "index": index }));
            }
        }
    }

    fn of(data: &Value) -> Option<(Asked, usize)> {
        let asked = serde_json::from_value(data["asked"].clone()).ok()?;
        Some((asked, usize::try_from(data["index"].as_u64()?).ok()?))
    }

    fn into_params(self) -> CodeActionParams {
        CodeActionParams {
            text_document: TextDocumentIdentifier { uri: self.uri },
            range: self.range,
            context: CodeActionContext { only: self.only, ..CodeActionContext::default() },
            work_done_progress_params: WorkDoneProgressParams::default(),
            partial_result_params: PartialResultParams::default(),
        }
    }
}

/// What this server offers.
fn capabilities(encoding: PositionEncodingKind, pull: bool) -> ServerCapabilities {
    let diagnostics = DiagnosticOptions {
        identifier: Some(convert::NAME.to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        work_done_progress_options: WorkDoneProgressOptions::default(),
    };
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, FIX_ALL]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![OPEN_PAGE.to_owned(), FIX_WORKSPACE.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        diagnostic_provider: pull.then_some(DiagnosticServerCapabilities::Options(diagnostics)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        inlay_hint_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        document_symbol_provider: Some(OneOf::Left(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

/// The folders of the workspace, also from clients that only know of one.
#[allow(deprecated)]
fn folders(params: &InitializeParams) -> Vec<Folder> {
    match &params.workspace_folders {
        Some(folders) => folders.iter().filter_map(|folder| Folder::at(&folder.uri)).collect(),
        None => params.root_uri.iter().filter_map(Folder::at).collect(),
    }
}

/// Whether actions of a kind are asked for; those of the whole file only by name.
fn wants(params: &CodeActionParams, kind: &CodeActionKind) -> bool {
    match &params.context.only {
        None => !kind.as_str().starts_with("source"),
        Some(only) => only.iter().any(|only| is_kind(kind, only)),
    }
}

/// Whether a kind is the one asked for or a part of it.
fn is_kind(kind: &CodeActionKind, asked: &CodeActionKind) -> bool {
    let rest = kind.as_str().strip_prefix(asked.as_str());
    asked.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Runs what computes outside of the tasks that talk.
async fn blocking<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(compute).await.map_err(|_| Error::internal_error())
}

fn server_cancelled() -> Error {
    Error { code: ErrorCode::ServerError(-32802), message: "the analysis takes too long".into(), data: None }
}
