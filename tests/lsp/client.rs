//! An editor that waits for messages, and what it opens.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// More than anything takes, so that only a hang runs into it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An editor.
pub struct Client {
    pub to_server: PipeWriter,
    messages: Receiver<Value>,
    /// Came before it was waited for.
    kept: VecDeque<Value>,
    /// Every published set of diagnostics, in order.
    pub published: Vec<Value>,
    /// Requests of the server, answered already.
    pub asked: Vec<Value>,
    pub settings: Value,
    /// Other settings for some folders, by address.
    pub scoped: HashMap<String, Value>,
    next_id: i64,
    pub capabilities: Value,
    pub server: JoinHandle<u8>,
}

/// What a present-day editor can do.
pub fn modern() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "versionSupport": true, "codeDescriptionSupport": true, "dataSupport": true
            },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "source.fixAll"] } },
                "isPreferredSupport": true
            }
        },
        "workspace": {
            "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] },
            "configuration": true,
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "didChangeConfiguration": { "dynamicRegistration": true }
        },
        "window": { "workDoneProgress": true, "showDocument": { "support": true } }
    })
}

impl Client {
    /// How many of the published sets hold anything. An open document gets an answer, if an empty one.
    pub fn findings_published(&self) -> usize {
        self.published
            .iter()
            .filter(|params| params["diagnostics"].as_array().is_some_and(|list| !list.is_empty()))
            .count()
    }

    /// A server in `folders`, for an editor with these abilities and settings.
    pub fn start_with(folders: &[&Path], abilities: Value, settings: Value) -> Client {
        let (input, to_server) = pipe().unwrap();
        let (from_server, output) = pipe().unwrap();
        let server = thread::spawn(move || backuplint::lsp::serve_on(BufReader::new(input), output));
        let (sender, messages) = channel();
        thread::spawn(move || read_messages(from_server, &sender));
        let mut client = Client {
            to_server,
            messages,
            kept: VecDeque::new(),
            published: Vec::new(),
            asked: Vec::new(),
            settings,
            scoped: HashMap::new(),
            next_id: 1,
            capabilities: Value::Null,
            server,
        };
        let folders: Vec<Value> =
            folders.iter().map(|folder| json!({ "uri": uri(folder), "name": "folder" })).collect();
        let answer = client.request(
            "initialize",
            json!({ "processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": abilities }),
        );
        client.capabilities = answer["capabilities"].clone();
        client.notify("initialized", json!({}));
        client
    }

    pub fn start(folders: &[&Path]) -> Client {
        Client::start_with(folders, modern(), Value::Null)
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.to_server, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The result; an error comes as `{"error": …}`.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    pub fn answer(&mut self, id: i64) -> Value {
        let answer = self.wait(|message| message["id"] == id && message.get("method").is_none());
        match answer.get("error") {
            Some(error) => json!({ "error": error }),
            None => answer["result"].clone(),
        }
    }

    /// The first message of that kind, whether it is here already or yet to come.
    pub fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.kept.iter().position(&is_it) {
            return self.kept.remove(index).unwrap();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left).expect("the message comes");
            self.take_note(&message);
            if is_it(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    pub fn take_note(&mut self, message: &Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            self.published.push(message["params"].clone());
        }
        if message.get("id").is_some() && message.get("method").is_some() {
            self.asked.push(message.clone());
            let result = match message["method"].as_str() {
                Some("workspace/configuration") => {
                    let items = message["params"]["items"].as_array().unwrap();
                    let of_scope = |item: &Value| {
                        let scoped = item["scopeUri"].as_str().and_then(|scope| self.scoped.get(scope));
                        scoped.unwrap_or(&self.settings).clone()
                    };
                    items.iter().map(of_scope).collect()
                }
                Some("window/showDocument") => json!({ "success": true }),
                _ => Value::Null,
            };
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
        }
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "json", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    pub fn replace(&mut self, uri: &str, version: i64, text: &str) {
        self.change(uri, version, json!([{ "text": text }]));
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// The next diagnostics of a document at this version, or of a file that is not open where there is none.
    pub fn diagnostics(&mut self, uri: &str, version: impl Into<Option<i64>>) -> Vec<Value> {
        let version = version.into().map_or(Value::Null, Value::from);
        let message = self.wait(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params.get("version").unwrap_or(&Value::Null) == &version
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    pub fn hover(&mut self, uri: &str, position: &Value) -> Value {
        self.request("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": position }))
    }

    pub fn actions(&mut self, uri: &str, range: &Value, only: Value) -> Vec<Value> {
        let mut context = json!({ "diagnostics": [] });
        if !only.is_null() {
            context["only"] = only;
        }
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
        self.request("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
    }

    pub fn watched(&mut self, path: &Path, kind: i64) {
        let change = json!({ "uri": uri(path), "type": kind });
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }

    /// Says goodbye and gives the exit code.
    pub fn end(mut self) -> u8 {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        self.server.join().unwrap()
    }
}

pub fn read_messages(from_server: PipeReader, sender: &Sender<Value>) {
    let mut from_server = BufReader::new(from_server);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if from_server.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        if from_server.read_exact(&mut body).is_err() || sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
            return;
        }
    }
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

pub const CREATED: i64 = 1;
pub const CHANGED: i64 = 2;
pub const DELETED: i64 = 3;

/// A template with a disk of this size.
pub fn disk(size: &str) -> String {
    template(&format!(
        r#"{{
      "type": "Microsoft.Compute/virtualMachines",
      "apiVersion": "2023-03-01",
      "name": "vm1",
      "location": "westeurope",
      "properties": {{
        "storageProfile": {{
          "dataDisks": [ {{ "lun": 0, "createOption": "Empty", "diskSizeGB": {size} }} ]
        }}
      }}
    }}"#
    ))
}

/// A template with a lock on a group of Azure Backup, for which there is a safe fix, and one on a group of ours.
pub fn locks() -> String {
    let lock = |group: &str, name: &str| {
        format!(
            r#"{{
      "type": "Microsoft.Resources/deployments",
      "apiVersion": "2022-09-01",
      "name": "{name}",
      "resourceGroup": "{group}",
      "properties": {{
        "mode": "Incremental",
        "template": {{
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0",
          "resources": [
            {{
              "type": "Microsoft.Authorization/locks",
              "apiVersion": "2020-05-01",
              "name": "keep",
              "properties": {{ "level": "CanNotDelete" }}
            }}
          ]
        }}
      }}
    }}"#
        )
    };
    template(
        &[lock("AzureBackupRG_westeurope_1", "first"), lock("AzureBackupRG_northeurope_1", "second")].join(",\n    "),
    )
}

pub fn template(resources: &str) -> String {
    format!(
        r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {{ "size": {{ "type": "int", "defaultValue": 128 }} }},
  "resources": [
    {resources}
  ]
}}
"#
    )
}

pub const DISK: &str = "disk-size-over-backup-limit";

pub fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}

/// The text at a range, which counts characters as UTF-16.
pub fn at_range(text: &str, range: &Value) -> String {
    let offset = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = position["character"].as_u64().unwrap() as usize;
        for (at, char) in text[start..].char_indices() {
            if units == 0 {
                return start + at;
            }
            units -= char.len_utf16();
        }
        text.len()
    };
    text[offset(&range["start"])..offset(&range["end"])].to_owned()
}

/// The text after the edits of an action to one open document.
pub fn applied(text: &str, action: &Value, version: i64) -> String {
    let change = &action["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], version);
    let mut edits: Vec<&Value> = change["edits"].as_array().unwrap().iter().collect();
    edits.sort_by_key(|edit| {
        let start = &edit["range"]["start"];
        std::cmp::Reverse((start["line"].as_u64(), start["character"].as_u64()))
    });
    let mut text = text.to_owned();
    for edit in edits {
        let start =
            at_range(&text, &json!({ "start": { "line": 0, "character": 0 }, "end": edit["range"]["start"] })).len();
        let end = start + at_range(&text, &edit["range"]).len();
        text.replace_range(start..end, edit["newText"].as_str().unwrap());
    }
    text
}

pub fn titled<'a>(actions: &'a [Value], start: &str) -> &'a Value {
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with(start));
    found.unwrap_or_else(|| panic!("an action '{start}…' among {actions:?}"))
}

pub const DOCUMENT: &str = "untitled:main.json";

/// The position in the middle of the nth occurrence of a text.
pub fn position(text: &str, of: &str, nth: usize) -> Value {
    let at = text.match_indices(of).nth(nth).expect("the text is there").0 + of.len() / 2;
    let line = text[..at].matches('\n').count();
    json!({ "line": line, "character": text[..at].rsplit('\n').next().unwrap().chars().count() })
}
