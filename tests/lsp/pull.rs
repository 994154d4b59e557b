//! Editors that ask for diagnostics instead of being sent them.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::*;

fn abilities() -> Value {
    let mut abilities = modern();
    abilities["textDocument"]["diagnostic"] = json!({ "dynamicRegistration": true });
    abilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    abilities
}

fn pull(client: &mut Client, uri: &str, previous: &Value) -> Value {
    client.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri }, "previousResultId": previous }))
}

fn pull_workspace(client: &mut Client, known: &Value) -> Value {
    client.request("workspace/diagnostic", json!({ "previousResultIds": known }))
}

#[test]
fn a_document_is_asked_for_and_nothing_is_sent() {
    let mut client = Client::start_with(&[], abilities(), Value::Null);
    assert_eq!(client.capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    client.open(DOCUMENT, &disk("8192"));
    let first = pull(&mut client, DOCUMENT, &Value::Null);
    assert_eq!(first["kind"], "full");
    assert_eq!(codes(first["items"].as_array().unwrap()), [DISK]);
    let same = pull(&mut client, DOCUMENT, &first["resultId"]);
    assert_eq!((&same["kind"], &same["resultId"]), (&json!("unchanged"), &first["resultId"]));
    client.replace(DOCUMENT, 2, &disk("4000"));
    let after = pull(&mut client, DOCUMENT, &first["resultId"]);
    assert_eq!((&after["kind"], &after["items"]), (&json!("full"), &json!([])));
    assert!(client.published.is_empty(), "never both");
    assert_eq!(client.end(), 0);

    // A client that cannot be told to ask again is sent them.
    let mut abilities = abilities();
    abilities["workspace"]["diagnostics"] = json!({});
    let mut client = Client::start_with(&[], abilities, Value::Null);
    assert!(client.capabilities.get("diagnosticProvider").is_none());
    client.open(DOCUMENT, &disk("8192"));
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 1)), [DISK]);
    assert_eq!(client.end(), 0);
}

#[test]
fn what_changes_with_another_file_is_asked_for_again() {
    let folder = TempDir::new().unwrap();
    let main = uri(&folder.path().join("main.json"));
    let mut client = Client::start_with(&[folder.path()], abilities(), Value::Null);
    client.open(&main, &disk("8192"));
    let first = pull(&mut client, &main, &Value::Null);
    assert_eq!(codes(first["items"].as_array().unwrap()), [DISK]);
    let configuration = folder.path().join("backuplint.toml");
    fs::write(&configuration, "profile = \"current\"\n").unwrap();
    client.watched(&configuration, CREATED);
    client.wait(|message| message["method"] == "workspace/diagnostic/refresh");
    assert_eq!(pull(&mut client, &main, &first["resultId"])["items"], json!([]));
    assert_eq!(client.end(), 0);
}

#[test]
fn the_workspace_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, disk("8192")).unwrap();
    fs::write(folder.path().join("other.json"), "{\"name\": \"x\"}").unwrap();
    let mut client = Client::start_with(&[folder.path()], abilities(), Value::Null);
    let first = pull_workspace(&mut client, &json!([]));
    let items = first["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{first}");
    assert_eq!(
        (&items[0]["kind"], &items[0]["uri"], &items[0]["version"]),
        (&json!("full"), &json!(uri(&path)), &Value::Null)
    );
    assert_eq!(codes(items[0]["items"].as_array().unwrap()), [DISK]);

    // The next one waits for news.
    let known = json!([{ "uri": uri(&path), "value": items[0]["resultId"] }]);
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    fs::write(&path, disk("100")).unwrap();
    client.watched(&path, CHANGED);
    let next = client.answer(id);
    assert_eq!((&next["items"][0]["uri"], &next["items"][0]["items"]), (&json!(uri(&path)), &json!([])));

    // What is open is asked for by itself; a request that waits ends when the editor leaves.
    client.open(&uri(&path), &disk("8192"));
    let open = pull(&mut client, &uri(&path), &Value::Null);
    assert_eq!(codes(open["items"].as_array().unwrap()), [DISK]);
    let known = json!([{ "uri": uri(&path), "value": next["items"][0]["resultId"] }]);
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": known }));
    client.request("shutdown", Value::Null);
    assert_eq!(client.answer(id)["items"], json!([]));
    client.notify("exit", Value::Null);
    assert_eq!(client.server.join().unwrap(), 0);
}

#[test]
fn what_was_asked_for_is_taken_back_when_the_file_is_gone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, disk("8192")).unwrap();
    let mut client = Client::start_with(&[folder.path()], abilities(), Value::Null);
    client.open(&uri(&path), &disk("8192"));
    assert_eq!(codes(pull(&mut client, &uri(&path), &Value::Null)["items"].as_array().unwrap()), [DISK]);
    fs::remove_file(&path).unwrap();
    client.watched(&path, DELETED);
    client.close(&uri(&path));
    // The editor never heard of it by a result of the workspace.
    let items = loop {
        let answer = pull_workspace(&mut client, &json!([]));
        if let Some(items) = answer["items"].as_array().filter(|items| !items.is_empty()) {
            break items.clone();
        }
    };
    assert_eq!((&items[0]["uri"], &items[0]["items"]), (&json!(uri(&path)), &json!([])));
    assert_eq!(client.end(), 0);
}

#[test]
fn the_workspace_comes_bit_by_bit_for_those_who_take_it_so() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, disk("8192")).unwrap();
    let mut client = Client::start_with(&[folder.path()], abilities(), Value::Null);
    let params = json!({ "previousResultIds": [], "partialResultToken": "w" });
    let answer = client.request("workspace/diagnostic", params);
    assert_eq!(answer["items"][0]["uri"], uri(&path), "the answer may overtake its parts, so it has everything");
    let part = client.wait(|message| message["method"] == "$/progress" && message["params"]["token"] == "w");
    assert_eq!(part["params"]["value"]["items"][0]["uri"], uri(&path));
    assert_eq!(client.end(), 0);
}

#[test]
fn the_status_tells_what_was_analysed_and_found() {
    let mut abilities = abilities();
    abilities["experimental"] = json!({ "backuplintStatus": true });
    let mut client = Client::start_with(&[], abilities, json!({ "profile": "2019-07" }));
    client.open(DOCUMENT, &disk("8192"));
    let told = client.wait(|message| message["method"] == "backuplint/status" && message["params"]["files"] == 1);
    assert_eq!(
        told["params"],
        json!({
            "version": env!("CARGO_PKG_VERSION"), "profile": "2019-07", "files": 1,
            "findings": { "error": 0, "warning": 1, "information": 0, "hint": 0 }
        })
    );
    assert_eq!(client.end(), 0);
}
