//! Diagnostics for clients that ask for them: of one document, and of the whole workspace.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::notification::Notification;
use tower_lsp::ls_types::*;

use crate::lsp::state::{Report, State, Status};
use crate::lsp::{PATIENCE, Server, convert};

/// How long a request for the workspace is kept open while nothing changes.
const LONG: Duration = Duration::from_secs(60);
/// How long changes are gathered before the client is asked to ask again.
const GATHER: Duration = Duration::from_millis(40);

/// Tells a client that knows it what was analysed and found.
enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Status;
    const METHOD: &'static str = "backuplint/status";
}

/// Part of an answer that is still to come.
enum Partial {}

impl Notification for Partial {
    type Params = serde_json::Value;
    const METHOD: &'static str = "$/progress";
}

impl Server {
    /// The diagnostics of a document, once they are current.
    pub(super) async fn pull(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReport> {
        let Some((document, _)) = self.current(&params.text_document.uri).await? else {
            return Ok(RelatedFullDocumentDiagnosticReport::default().into());
        };
        // While a text is broken, what takes findings away waits for a pause: meanwhile the client keeps what it shows.
        loop {
            let held = self.state().held_until(&document);
            let Some(due) = held else { break };
            sleep_until(due.into()).await;
            self.change(State::release);
        }
        let report = self.state().pull(&document);
        let Report { result, diagnostics, .. } = report.ok_or_else(Error::content_modified)?;
        if params.previous_result_id.as_ref() == Some(&result) {
            let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id: result };
            return Ok(RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report,
            }
            .into());
        }
        let full_document_diagnostic_report =
            FullDocumentDiagnosticReport { result_id: Some(result), items: diagnostics };
        Ok(RelatedFullDocumentDiagnosticReport { related_documents: None, full_document_diagnostic_report }.into())
    }

    /// What is news of all files but those that the client asks for one by one, which are the open ones that are seen. The request is kept open until there is some, and while the
    /// workspace is looked at for the first time what is found is told bit by bit to a client that takes it so.
    pub(super) async fn pull_workspace(&self, params: WorkspaceDiagnosticParams) -> WorkspaceDiagnosticReport {
        let token = params.partial_result_params.partial_result_token;
        let first: HashMap<PathBuf, String> =
            params.previous_result_ids.into_iter().map(|id| (convert::path(&id.uri), id.value)).collect();
        let mut known = first.clone();
        let mut ended = self.shared.ended.subscribe();
        let deadline = Instant::now() + LONG;
        let is_first = self.state().is_first_pull();
        let mut has_told = is_first;
        loop {
            ended.mark_unchanged();
            let (news, may_end, is_leaving) = {
                let state = self.state();
                (state.pull_workspace(&known), state.is_settled() || state.is_leaving, state.is_leaving)
            };
            let has_news = !news.is_empty();
            if let Some(token) = token.as_ref().filter(|_| has_news) {
                let items = self.items(&news);
                known.extend(news.into_iter().map(|(path, report)| (path, report.result)));
                let value = WorkspaceDiagnosticReportPartialResult { items };
                self.client.send_notification::<Partial>(json!({ "token": token, "value": value })).await;
                has_told = true;
            } else if may_end && (has_news || has_told || is_leaving) {
                // The answer must not reach the client before the last part, and has everything in case it does.
                if token.is_some() {
                    sleep(GATHER).await;
                }
                let news = self.state().pull_workspace(&first);
                return WorkspaceDiagnosticReport { items: self.items(&news) };
            } else if !matches!(timeout_at(deadline, ended.changed()).await, Ok(Ok(()))) {
                return WorkspaceDiagnosticReport { items: Vec::new() };
            }
        }
    }

    /// Has the client ask again: what it has is old.
    pub(super) fn refresh(&self) {
        if !self.shared.refreshing.swap(true, Ordering::Relaxed) {
            let server = self.clone();
            tokio::spawn(async move {
                sleep(GATHER).await;
                server.shared.refreshing.store(false, Ordering::Relaxed);
                let _ = timeout(PATIENCE, server.client.workspace_diagnostic_refresh()).await;
            });
        }
    }

    /// Tells a client that wants to know what was found, if that is news. Called by the one task that sends mail.
    pub(super) async fn tell_status(&self) {
        let news = {
            let mut state = self.state();
            let status = state.client.status.then(|| state.status());
            let news = status.filter(|status| state.told.as_ref() != Some(status));
            state.told = news.clone().or(state.told.take());
            news
        };
        if let Some(status) = news {
            self.client.send_notification::<StatusNotification>(status).await;
        }
    }

    fn items(&self, news: &[(PathBuf, Report)]) -> Vec<WorkspaceDocumentDiagnosticReport> {
        let state = self.state();
        let item = |(path, report): &(PathBuf, Report)| {
            let full_document_diagnostic_report = FullDocumentDiagnosticReport {
                result_id: Some(report.result.clone()),
                items: report.diagnostics.clone(),
            };
            let uri = state.address(path)?;
            let version = report.version.map(i64::from);
            Some(WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report }.into())
        };
        news.iter().filter_map(item).collect()
    }
}
