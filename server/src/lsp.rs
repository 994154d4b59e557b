//! The language server: protocol in, protocol out.
//!
//! The law for handlers, beside what `transport.rs` promises them:
//! 1. Change first: lock, change, unlock; only then await.
//! 2. Never await an answer of the client in a handler: later notifications would wait with it.
//! 3. What computes goes to `spawn_blocking`, with a flag to stop it.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;
use tower_lsp::{Client, LanguageServer, LspService};

mod life;
mod transport;

/// Serves a client on stdin and stdout until it leaves; `main` must leave with the code at once.
pub fn serve() -> ExitCode {
    transport::run(|| LspService::new(|client| Server { client, texts: Mutex::default() }))
}

/// A stand-in until the real handlers come: keeps texts and has nothing to say about them.
struct Server {
    client: Client,
    texts: Mutex<HashMap<Uri, String>>,
}

impl Server {
    fn texts(&self) -> MutexGuard<'_, HashMap<Uri, String>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        let capabilities = ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            ..ServerCapabilities::default()
        };
        Ok(InitializeResult { capabilities, ..InitializeResult::default() })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn hover(&self, _: HoverParams) -> Result<Option<Hover>> {
        Ok(None)
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        self.texts().insert(document.uri.clone(), document.text);
        self.client.publish_diagnostics(document.uri, Vec::new(), Some(document.version)).await;
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let Some(change) = params.content_changes.into_iter().next_back() else { return };
        match self.texts().get_mut(&document.uri) {
            Some(text) => *text = change.text,
            None => return,
        }
        self.client.publish_diagnostics(document.uri, Vec::new(), Some(document.version)).await;
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.texts().remove(&uri);
        self.client.publish_diagnostics(uri, Vec::new(), None).await;
    }
}
