//! The language server as an editor sees it: the real server behind two pipes, and a client that waits for messages.

#![cfg(feature = "lsp")]
#![allow(clippy::unwrap_used)] // The helpers are test code too.

mod client;
mod features;
mod pull;

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use client::*;

#[test]
fn a_finding_has_all_that_an_editor_shows() {
    let mut client = Client::start(&[]);
    let text = disk("8192");
    client.open(DOCUMENT, &text);
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    assert_eq!(codes(&diagnostics), [DISK]);
    let diagnostic = &diagnostics[0];
    assert_eq!(at_range(&text, &diagnostic["range"]), "8192");
    assert_eq!(diagnostic["source"], "backuplint");
    assert_eq!(diagnostic["severity"], 2, "only old documentation objects");
    assert!(diagnostic["codeDescription"]["href"].as_str().unwrap().starts_with("https://"));
    assert_eq!(diagnostic["data"]["rule"], DISK);
    assert_eq!(diagnostic["data"]["profiles"], json!(["2019-07"]));
    assert!(diagnostic["message"].as_str().unwrap().contains("UserErrorUnsupportedDiskSize"));

    let hover = client.hover(DOCUMENT, &diagnostic["range"]["start"]);
    assert_eq!(hover["range"], diagnostic["range"]);
    assert_eq!(hover["contents"]["kind"], "markdown");
    let shown = hover["contents"]["value"].as_str().unwrap();
    for part in ["8192", "4095", "UserErrorUnsupportedDiskSize", "2019-07", "https://learn.microsoft.com/", DISK] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(client.hover(DOCUMENT, &json!({ "line": 0, "character": 0 })), Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn an_editor_that_can_do_little_gets_little() {
    let mut client = Client::start_with(&[], json!({}), Value::Null);
    assert_eq!(client.capabilities["positionEncoding"], "utf-16");
    client.open(DOCUMENT, &disk("8192"));
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    for field in ["codeDescription", "relatedInformation", "data"] {
        assert!(diagnostics[0].get(field).is_none(), "{field}");
    }
    let hover = client.hover(DOCUMENT, &diagnostics[0]["range"]["start"]);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert!(!hover["contents"]["value"].as_str().unwrap().contains("]("));
    assert!(client.actions(DOCUMENT, &diagnostics[0]["range"], Value::Null).is_empty());
    assert!(client.asked.is_empty(), "nothing is asked of it: {:?}", client.asked);
    assert_eq!(client.end(), 0);
}

#[test]
fn plain_edits_for_editors_without_versions() {
    let mut abilities = modern();
    abilities["workspace"]["workspaceEdit"] = json!({});
    let mut client = Client::start_with(&[], abilities, Value::Null);
    client.open(DOCUMENT, &locks());
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    let actions = client.actions(DOCUMENT, &diagnostics[0]["range"], Value::Null);
    let fix = titled(&actions, "Remove the lock");
    assert!(fix["edit"]["changes"][DOCUMENT][0]["range"].is_object());
    assert!(actions.iter().all(|action| action["title"] != "Follow today's limits only"), "it cannot create files");
    assert_eq!(client.end(), 0);
}

#[test]
fn positions_are_counted_as_the_editor_counts() {
    let text = disk("8192").replace("\"lun\": 0", "\"comments\": \"é𝄞\", \"lun\": 0");
    for (encoding, width) in [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)] {
        let mut abilities = modern();
        abilities["general"]["positionEncodings"] = json!(["utf-7", encoding, "utf-16"]);
        let mut client = Client::start_with(&[], abilities, Value::Null);
        assert_eq!(client.capabilities["positionEncoding"], encoding);
        client.open(DOCUMENT, &text);
        let range = client.diagnostics(DOCUMENT, 1)[0]["range"].clone();
        let line = text.lines().nth(range["start"]["line"].as_u64().unwrap() as usize).unwrap();
        let characters = line[..line.find("8192").unwrap()].replace("é𝄞", "").len() + width;
        assert_eq!(range["start"]["character"], characters, "{encoding}");
        // The size, by an incremental edit in the same units.
        client.change(DOCUMENT, 2, json!([{ "range": range, "text": "1024" }]));
        assert_eq!(client.diagnostics(DOCUMENT, 2), [Value::Null; 0]);
        assert_eq!(client.end(), 0);
    }
}

#[test]
fn a_burst_of_edits_ends_in_the_last_state() {
    let mut client = Client::start(&[]);
    client.open(DOCUMENT, &disk("8192"));
    for version in 2..302 {
        let start = json!({ "line": 0, "character": 0 });
        client.change(DOCUMENT, version, json!([{ "range": { "start": start, "end": start }, "text": "\n" }]));
    }
    let diagnostics = client.diagnostics(DOCUMENT, 301);
    assert_eq!(codes(&diagnostics), [DISK]);
    let text = format!("{}{}", "\n".repeat(300), disk("8192"));
    assert_eq!(at_range(&text, &diagnostics[0]["range"]), "8192");
    assert!(client.hover(DOCUMENT, &diagnostics[0]["range"]["start"]).is_object());

    let versions: Vec<i64> = client.published.iter().map(|params| params["version"].as_i64().unwrap()).collect();
    assert!(versions.is_sorted(), "no stale result after a newer one: {versions:?}");
    let mut distinct = versions.clone();
    distinct.dedup();
    assert_eq!(versions, distinct, "nothing is sent twice");
    assert_eq!(client.end(), 0);
}

#[test]
fn a_request_about_a_text_that_has_changed_is_not_answered_from_the_old_one() {
    let mut client = Client::start(&[]);
    client.open(DOCUMENT, &disk("8192"));
    let range = client.diagnostics(DOCUMENT, 1)[0]["range"].clone();
    let params = json!({ "textDocument": { "uri": DOCUMENT }, "position": range["start"] });
    client.replace(DOCUMENT, 2, &disk("8191"));
    let hover = client.ask("textDocument/hover", params);
    client.replace(DOCUMENT, 3, "{}");
    let answer = client.answer(hover);
    let is_current = answer["contents"]["value"].as_str().is_some_and(|text| text.contains("8191"));
    assert!(is_current || answer["error"]["code"] == -32801 || answer.is_null(), "{answer}");
    assert_eq!(client.end(), 0);
}

#[test]
fn a_safe_fix_is_preferred_and_helps() {
    let mut client = Client::start(&[]);
    let text = locks();
    client.open(DOCUMENT, &text);
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    assert_eq!(codes(&diagnostics), ["backup-rg-locked", "backup-rg-locked"]);
    let actions = client.actions(DOCUMENT, &diagnostics[0]["range"], Value::Null);
    let fix = titled(&actions, "Remove the lock");
    assert_eq!(fix["isPreferred"], true);
    assert_eq!(fix["kind"], "quickfix");
    assert_eq!(fix["diagnostics"][0], diagnostics[0]);
    assert!(actions.iter().all(|action| action["kind"] != "source.fixAll.backuplint"), "only on request");

    client.replace(DOCUMENT, 2, &applied(&text, fix, 1));
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 2)), ["backup-rg-locked"]);
    assert_eq!(client.end(), 0);
}

#[test]
fn all_safe_fixes_at_once() {
    let mut client = Client::start(&[]);
    let text = locks();
    client.open(DOCUMENT, &text);
    client.diagnostics(DOCUMENT, 1);
    let start = json!({ "line": 0, "character": 0 });
    let everywhere = json!({ "start": start, "end": start });
    for only in ["source", "source.fixAll", "source.fixAll.backuplint"] {
        let actions = client.actions(DOCUMENT, &everywhere, json!([only]));
        assert_eq!(actions.len(), 1, "{only}");
        assert_eq!(actions[0]["kind"], "source.fixAll.backuplint");
    }
    assert!(client.actions(DOCUMENT, &everywhere, json!(["source.fixAll.other"])).is_empty());
    assert!(client.actions(DOCUMENT, &everywhere, json!(["refactor"])).is_empty());
    let action = &client.actions(DOCUMENT, &everywhere, json!(["source.fixAll"]))[0].clone();
    client.replace(DOCUMENT, 2, &applied(&text, action, 1));
    assert!(client.diagnostics(DOCUMENT, 2).is_empty());
    assert!(client.actions(DOCUMENT, &everywhere, json!(["source.fixAll"])).is_empty(), "nothing is left to fix");
    assert_eq!(client.end(), 0);
}

#[test]
fn an_unsafe_fix_is_offered_but_not_preferred() {
    let mut client = Client::start(&[]);
    let text = disk("8192");
    client.open(DOCUMENT, &text);
    let range = client.diagnostics(DOCUMENT, 1)[0]["range"].clone();
    let actions = client.actions(DOCUMENT, &range, Value::Null);
    let fix = titled(&actions, "Make the disk 4095 GiB");
    assert!(fix.get("isPreferred").is_none());
    client.replace(DOCUMENT, 2, &applied(&text, fix, 1));
    assert!(client.diagnostics(DOCUMENT, 2).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn the_rule_page_is_opened_by_the_editor() {
    let mut client = Client::start(&[]);
    client.open(DOCUMENT, &disk("8192"));
    let range = client.diagnostics(DOCUMENT, 1)[0]["range"].clone();
    let actions = client.actions(DOCUMENT, &range, Value::Null);
    let command = titled(&actions, "Open the rule page")["command"].clone();
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    assert_eq!(client.request("workspace/executeCommand", params), Value::Null);
    let asked = client.wait(|message| message["method"] == "window/showDocument");
    assert_eq!(asked["params"]["external"], true);
    assert!(asked["params"]["uri"].as_str().unwrap().starts_with("https://"));
    let nonsense = json!({ "command": command["command"], "arguments": ["file:///etc/passwd"] });
    assert_eq!(client.request("workspace/executeCommand", nonsense)["error"]["code"], -32602);
    assert_eq!(client.end(), 0);
}

#[test]
fn other_json_is_passed_over_in_silence() {
    let mut client = Client::start(&[]);
    let foreign =
        ["", "{", "{\"name\": \"x\", \"version\": 1,}", "[1, 2", "\0\u{1}", "<html>", "{\"contentVersion\": 1}"];
    for (index, text) in foreign.iter().enumerate() {
        client.open(&format!("untitled:a{index}.json"), text);
    }
    client.open("git:/old.json", &disk("8192"));
    for index in 0..foreign.len() {
        // The answer waits for the run.
        let hover = client.hover(&format!("untitled:a{index}.json"), &json!({ "line": 0, "character": 0 }));
        assert_eq!(hover, Value::Null);
    }
    assert_eq!(client.hover("git:/old.json", &json!({ "line": 0, "character": 0 })), Value::Null);
    client.open("untitled:z.json", &disk("8192"));
    client.diagnostics("untitled:z.json", 1);
    assert_eq!(client.findings_published(), 1, "{:?}", client.published);
    assert_eq!(client.end(), 0);
}

#[test]
fn closing_takes_diagnostics_away() {
    let mut client = Client::start(&[]);
    client.open(DOCUMENT, &disk("8192"));
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 1)), [DISK]);
    client.close(DOCUMENT);
    assert!(client.diagnostics(DOCUMENT, None).is_empty());
    client.open(DOCUMENT, &disk("8192"));
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 1)), [DISK], "and opening brings them back");
    assert_eq!(client.end(), 0);
}

#[test]
fn a_text_that_is_being_typed_keeps_its_findings() {
    let mut client = Client::start(&[]);
    let before = disk("8192").replace("\"location\": \"westeurope\",", "");
    let at = before.find("\n      \"properties\"").unwrap();
    let line = before[..at].matches('\n').count();
    let character = before[..at].rsplit('\n').next().unwrap().len();
    client.open(DOCUMENT, &before);
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 1)), [DISK]);
    let mut text = before.clone();
    let mut version = 1;
    for (index, typed) in "\"tags\": { \"a\": [ true, -1.5 ] },".char_indices() {
        version += 1;
        let here = json!({ "line": line, "character": character + index });
        client.change(DOCUMENT, version, json!([{ "range": { "start": here, "end": here }, "text": typed }]));
        text.insert(at + index, typed);
    }
    assert_eq!(codes(&client.diagnostics(DOCUMENT, version)), [DISK]);
    for params in &client.published {
        let found = params["diagnostics"].as_array().unwrap();
        assert!(codes(found).contains(&DISK), "at version {}: {found:?}", params["version"]);
    }

    // Who stops there sees what is left of it.
    client.replace(DOCUMENT, version + 1, &before.replace("\"vm1\",", "\"vm1\", \""));
    assert!(!codes(&client.diagnostics(DOCUMENT, version + 1)).contains(&DISK));
    assert_eq!(client.end(), 0);
}

#[test]
fn broken_json_of_ours_is_told() {
    let mut client = Client::start(&[]);
    client.open(DOCUMENT, &disk("8192").replace("\"lun\": 0,", "\"lun\": 0"));
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    assert!(codes(&diagnostics).contains(&"json-syntax"), "{diagnostics:?}");
    assert_eq!(client.end(), 0);
}

#[test]
fn what_is_too_large_is_said_once() {
    let mut client = Client::start(&[]);
    let filler = format!("\"parameters\": {{ \"x\": \"{}\" }},", "x".repeat(17 << 20));
    client.open("untitled:large.json", &template("").replace("\"resources\"", &format!("{filler}\n\"resources\"")));
    let diagnostics = client.diagnostics("untitled:large.json", 1);
    assert_eq!(codes(&diagnostics), ["file-too-large"]);
    assert_eq!(diagnostics[0]["severity"], 3);
    client.open("untitled:foreign.json", &format!("[\"{}\"]", "x".repeat(17 << 20)));
    assert_eq!(client.hover("untitled:foreign.json", &json!({ "line": 0, "character": 0 })), Value::Null);
    client.replace("untitled:large.json", 2, &disk("8192"));
    assert_eq!(codes(&client.diagnostics("untitled:large.json", 2)), [DISK], "and no longer, when it is small enough");
    assert_eq!(client.findings_published(), 2);
    assert_eq!(client.end(), 0);
}

#[test]
fn files_that_are_not_open_are_looked_at() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("main.json");
    fs::write(&path, disk("8192")).unwrap();
    fs::write(folder.path().join("package.json"), "{}").unwrap();
    fs::create_dir(folder.path().join("build")).unwrap();
    fs::write(folder.path().join("build/main.json"), disk("8192")).unwrap();
    fs::write(folder.path().join(".gitignore"), "build/\n").unwrap();

    let mut client = Client::start(&[folder.path()]);
    assert_eq!(codes(&client.diagnostics(&uri(&path), None)), [DISK]);
    let begin = client.wait(|message| message["params"]["value"]["kind"] == "begin");
    assert_eq!(begin["method"], "$/progress");
    client.wait(|message| message["params"]["value"]["kind"] == "end");
    assert_eq!(client.published.len(), 1, "{:?}", client.published);
    let registered: Vec<&Value> =
        client.asked.iter().filter(|message| message["method"] == "client/registerCapability").collect();
    assert_eq!(registered[0]["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");

    fs::write(&path, disk("1024")).unwrap();
    client.watched(&path, CHANGED);
    assert!(client.diagnostics(&uri(&path), None).is_empty());

    let new = folder.path().join("new.json");
    fs::write(&new, disk("8192")).unwrap();
    client.watched(&new, CREATED);
    assert_eq!(codes(&client.diagnostics(&uri(&new), None)), [DISK]);
    // In the editor it is another text; what counts after closing is the file again.
    client.open(&uri(&new), &disk("1024"));
    assert!(client.diagnostics(&uri(&new), 1).is_empty());
    client.close(&uri(&new));
    assert_eq!(codes(&client.diagnostics(&uri(&new), None)), [DISK]);
    fs::remove_file(&new).unwrap();
    client.watched(&new, DELETED);
    assert!(client.diagnostics(&uri(&new), None).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn an_editor_that_watches_no_files_hears_of_changes_all_the_same() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("main.json");
    fs::write(&path, disk("8192")).unwrap();
    let mut abilities = modern();
    abilities["workspace"]["didChangeWatchedFiles"] = Value::Null;
    let mut client = Client::start_with(&[folder.path()], abilities, Value::Null);
    assert_eq!(codes(&client.diagnostics(&uri(&path), None)), [DISK]);
    fs::write(&path, disk("102400")).unwrap();
    let new = folder.path().join("new.json");
    fs::write(&new, disk("8192")).unwrap();
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": DOCUMENT } }));
    let message = client.diagnostics(&uri(&path), None)[0]["message"].to_string();
    assert!(message.contains("102400"), "{message}");
    assert_eq!(codes(&client.diagnostics(&uri(&new), None)), [DISK]);
    fs::remove_file(&path).unwrap();
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": DOCUMENT } }));
    assert!(client.diagnostics(&uri(&path), None).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn a_template_is_judged_with_the_parameters_as_they_are_typed() {
    let folder = TempDir::new().unwrap();
    let main = folder.path().join("main.json");
    let parameters = folder.path().join("main.parameters.json");
    let with = |size: &str| {
        format!(
            r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {{ "size": {{ "value": {size} }} }}
}}"#
        )
    };
    fs::write(&main, disk("\"[parameters('size')]\"")).unwrap();
    fs::write(&parameters, with("1024")).unwrap();

    let mut client = Client::start(&[folder.path()]);
    client.open(&uri(&main), &fs::read_to_string(&main).unwrap());
    assert!(client.diagnostics(&uri(&main), 1).is_empty());
    client.open(&uri(&parameters), &with("1024"));
    assert!(client.diagnostics(&uri(&parameters), 1).is_empty());

    client.replace(&uri(&parameters), 2, &with("8192"));
    let diagnostics = client.diagnostics(&uri(&parameters), 2);
    assert_eq!(codes(&diagnostics), [DISK]);
    assert_eq!(at_range(&with("8192"), &diagnostics[0]["range"]), "8192");
    let related = &diagnostics[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], uri(&main));
    assert!(client.hover(&uri(&parameters), &diagnostics[0]["range"]["start"]).is_object());
    let actions = client.actions(&uri(&parameters), &diagnostics[0]["range"], Value::Null);
    let fix = titled(&actions, "Make the disk 4095 GiB");
    client.replace(&uri(&parameters), 3, &applied(&with("8192"), fix, 2));
    assert!(client.diagnostics(&uri(&parameters), 3).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn several_folders_come_and_go() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let paths = [one.path().join("a.json"), two.path().join("b.json")];
    for path in &paths {
        fs::write(path, disk("8192")).unwrap();
    }
    let mut client = Client::start(&[one.path()]);
    assert_eq!(codes(&client.diagnostics(&uri(&paths[0]), None)), [DISK]);
    let folder = |folder: &TempDir| json!({ "uri": uri(folder.path()), "name": "x" });
    let event = json!({ "added": [folder(&two)], "removed": [] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    assert_eq!(codes(&client.diagnostics(&uri(&paths[1]), None)), [DISK]);
    let event = json!({ "added": [], "removed": [folder(&one)] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    assert!(client.diagnostics(&uri(&paths[0]), None).is_empty());
    assert_eq!(client.published.len(), 3, "nothing was said of the other one: {:?}", client.published);
    assert_eq!(client.end(), 0);
}

#[test]
fn each_folder_has_its_settings() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let paths = [uri(&one.path().join("a.json")), uri(&two.path().join("b.json"))];
    let mut client = Client::start(&[one.path(), two.path()]);
    for path in &paths {
        client.open(path, &disk("8192"));
        assert_eq!(codes(&client.diagnostics(path, 1)), [DISK]);
    }
    client.scoped.insert(uri(two.path()), json!({ "profile": "current" }));
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    assert!(client.diagnostics(&paths[1], 1).is_empty());
    client.replace(&paths[0], 2, &disk("8192"));
    assert_eq!(codes(&client.diagnostics(&paths[0], 2)), [DISK]);
    assert_eq!(client.end(), 0);
}

#[test]
fn settings_of_the_editor_count() {
    let mut client = Client::start_with(&[], modern(), json!({ "profile": "current" }));
    client.open(DOCUMENT, &disk("8192"));
    assert!(client.diagnostics(DOCUMENT, 1).is_empty());
    client.settings = json!({ "profile": "2019-07" });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    let diagnostics = client.diagnostics(DOCUMENT, 1);
    assert_eq!(codes(&diagnostics), [DISK]);
    let severity = diagnostics[0]["severity"].clone();
    client.settings = json!({ "profile": "2019-07", "rules": { DISK: "hint" } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    assert_ne!(client.diagnostics(DOCUMENT, 1)[0]["severity"], severity);
    client.settings = json!({ "rules": { DISK: "off" } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    assert!(client.diagnostics(DOCUMENT, 1).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn settings_come_along_where_they_cannot_be_asked_for() {
    let mut abilities = modern();
    abilities["workspace"]["configuration"] = json!(false);
    let mut client = Client::start_with(&[], abilities, Value::Null);
    client.open(DOCUMENT, &disk("8192"));
    assert_eq!(codes(&client.diagnostics(DOCUMENT, 1)), [DISK]);
    let settings = json!({ "backuplint": { "profile": "current" } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    assert!(client.diagnostics(DOCUMENT, 1).is_empty());
    assert_eq!(client.end(), 0);
}

#[test]
fn the_configuration_counts_and_can_be_made_to_follow_todays_limits() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    let main = uri(&folder.path().join("deep/main.json"));
    let configuration = folder.path().join("backuplint.toml");
    let mut client = Client::start(&[folder.path()]);
    client.open(&main, &disk("8192"));
    let range = client.diagnostics(&main, 1)[0]["range"].clone();

    // There is none yet: it is created.
    let actions = client.actions(&main, &range, Value::Null);
    let changes = &titled(&actions, "Follow today's limits only")["edit"]["documentChanges"];
    assert_eq!(
        changes[0],
        json!({
            "kind": "create", "uri": uri(&configuration), "options": { "overwrite": false, "ignoreIfExists": true }
        })
    );
    assert_eq!(changes[1]["textDocument"], json!({ "uri": uri(&configuration), "version": null }));
    fs::write(&configuration, changes[1]["edits"][0]["newText"].as_str().unwrap()).unwrap();
    client.watched(&configuration, CREATED);
    assert!(client.diagnostics(&main, 1).is_empty());

    // What is open in the editor counts more than the file, and is edited with its version.
    let text = "# Ours.\n\n[environment]\nlocation = \"westeurope\"\n";
    client.open(&uri(&configuration), text);
    assert_eq!(codes(&client.diagnostics(&main, 1)), [DISK]);
    let actions = client.actions(&main, &range, Value::Null);
    let action = titled(&actions, "Follow today's limits only");
    let followed = applied(text, action, 1);
    assert_eq!(followed, "# Ours.\nprofile = \"current\"\n\n[environment]\nlocation = \"westeurope\"\n");
    client.replace(&uri(&configuration), 2, &followed);
    assert!(client.diagnostics(&main, 1).is_empty());

    // A faulty one is told of where it is faulty, and does not count.
    client.replace(&uri(&configuration), 3, "profile = \"2018\"\n");
    let faults = client.diagnostics(&uri(&configuration), 3);
    assert_eq!(codes(&faults), ["configuration"]);
    assert_eq!(at_range("profile = \"2018\"\n", &faults[0]["range"]), "\"2018\"");
    assert_eq!(codes(&client.diagnostics(&main, 1)), [DISK]);
    client.replace(&uri(&configuration), 4, "exclude = [\"deep\"]\n");
    assert!(client.diagnostics(&uri(&configuration), 4).is_empty());
    assert!(client.diagnostics(&main, 1).is_empty(), "left out");
    assert_eq!(client.end(), 0);
}

#[test]
fn what_azure_backup_does_with_a_resource() {
    let mut client = Client::start(&[]);
    let text = disk("1024");
    client.open(DOCUMENT, &text);
    client.diagnostics(DOCUMENT, 1);
    let mut hover = |at: &str| {
        let hover = client.hover(DOCUMENT, &position(&text, at, 0));
        hover["contents"]["value"].as_str().map(str::to_owned)
    };
    let vm = hover("\"vm1\"").unwrap();
    assert!(vm.starts_with("VM `vm1`") && vm.contains("Its disk has 1024 GiB"), "{vm}");
    assert_eq!(hover("\"Microsoft.Compute/virtualMachines\""), Some(vm));
    let disk = hover("\"diskSizeGB\"").unwrap();
    assert!(disk.starts_with("Data disk of VM `vm1`") && disk.contains("1024 GiB"), "{disk}");
    assert_eq!(hover("\"properties\""), None);
    assert_eq!(hover("\"2023-03-01\""), None);
    assert_eq!(client.end(), 0);
}

#[test]
fn leaving_without_goodbye_is_an_error() {
    let mut client = Client::start(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.server.join().unwrap(), 1);
}

/// [`disk`] as Bicep builds it.
fn built_disk(size: &str) -> String {
    let generator = r#""metadata": { "_generator": { "name": "bicep", "version": "0.49.2", "templateHash": "1" } },"#;
    let template = disk(size).replacen("\"parameters\": {", &format!("{generator}\n  \"parameters\": {{"), 1);
    template.replace("\"location\": \"westeurope\",\n", "")
}

/// What [`built_disk`] is built from.
fn disk_source(size: &str) -> String {
    format!(
        "param size int = 128\n\n// 𝄞\nresource vm1 'Microsoft.Compute/virtualMachines@2023-03-01' = {{\n  name: 'vm1'\n  properties: {{\n    storageProfile: {{\n      dataDisks: [\n        {{ lun: 0, createOption: 'Empty', diskSizeGB: {size} }}\n      ]\n    }}\n  }}\n}}\n"
    )
}

impl Client {
    /// The next diagnostics of a document, whatever its version, that hold these codes.
    fn diagnostics_of(&mut self, uri: &str, expected: &[&str]) -> Vec<Value> {
        let message = self.wait(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && codes(params["diagnostics"].as_array().unwrap()) == expected
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }
}

#[test]
fn findings_of_a_build_are_shown_in_its_source() {
    let folder = TempDir::new().unwrap();
    let (built, source) = (folder.path().join("main.json"), folder.path().join("main.bicep"));
    fs::write(&built, built_disk("8192")).unwrap();
    fs::write(&source, disk_source("8192")).unwrap();
    let (built, source) = (uri(&built), uri(&source));
    let mut client = Client::start(&[folder.path()]);

    // Also where it is not open.
    client.diagnostics_of(&source, &[DISK]);
    client.open(&source, &disk_source("8192"));
    let diagnostics = client.diagnostics(&source, 1);
    assert_eq!(codes(&diagnostics), [DISK]);
    let range = &diagnostics[0]["range"];
    assert_eq!(at_range(&disk_source("8192"), range), "8192");
    let related = diagnostics[0]["relatedInformation"].as_array().unwrap();
    assert_eq!(related.last().unwrap()["location"]["uri"], built);

    let hover = client.hover(&source, &range["start"]);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("8192 GiB"), "{hover}");
    let actions = client.actions(&source, range, Value::Null);
    let fix = titled(&actions, "Make the disk 4095 GiB large");
    assert_eq!(applied(&disk_source("8192"), fix, 1), disk_source("4095"));

    // What is typed and not saved counts. After the fix the build is older: the finding holds there until the next one.
    client.replace(&source, 2, &disk_source("4095"));
    assert_eq!(client.diagnostics(&source, 2), Vec::<Value>::new());
    let of_build = client.diagnostics_of(&built, &["older-than-source", DISK]);
    assert_eq!(of_build[0]["severity"], 3);
    assert!(of_build[0]["message"].as_str().unwrap().starts_with("main.bicep says something else by now"));
    assert_eq!(at_range(&built_disk("8192"), &of_build[1]["range"]), "8192");

    // What is half typed says nothing.
    client.replace(&source, 3, &disk_source("81"));
    assert_eq!(client.diagnostics(&source, 3), Vec::<Value>::new());
    client.replace(&source, 4, &disk_source("8192"));
    assert_eq!(codes(&client.diagnostics(&source, 4)), [DISK]);
    client.diagnostics_of(&built, &[]);

    // The next build.
    client.replace(&source, 5, &disk_source("4095"));
    client.diagnostics_of(&built, &["older-than-source", DISK]);
    fs::write(folder.path().join("main.json"), built_disk("4095")).unwrap();
    client.watched(&folder.path().join("main.json"), CHANGED);
    client.diagnostics_of(&built, &[]);
    client.end();
}

#[test]
fn a_changed_source_has_its_build_looked_at_again() {
    let folder = TempDir::new().unwrap();
    let (built, source) = (folder.path().join("main.json"), folder.path().join("main.bicep"));
    fs::write(&built, built_disk("8192")).unwrap();
    let mut client = Client::start(&[folder.path()]);
    client.diagnostics_of(&uri(&built), &[DISK]);

    fs::write(&source, disk_source("8192")).unwrap();
    client.watched(&source, CREATED);
    client.diagnostics_of(&uri(&source), &[DISK]);
    client.diagnostics_of(&uri(&built), &[]);

    fs::write(&source, format!("\n{}", disk_source("8192"))).unwrap();
    client.watched(&source, CHANGED);
    let moved = client.diagnostics_of(&uri(&source), &[DISK]);
    assert_eq!(moved[0]["range"]["start"]["line"], 9);

    fs::remove_file(&source).unwrap();
    client.watched(&source, DELETED);
    client.diagnostics_of(&uri(&built), &[DISK]);
    client.diagnostics_of(&uri(&source), &[]);
    client.end();
}

#[test]
fn a_document_that_is_closed_at_once_keeps_the_findings_of_its_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, disk("8192")).unwrap();
    let mut client = Client::start(&[folder.path()]);
    assert_eq!(codes(&client.diagnostics(&uri(&path), None)), [DISK]);
    client.open(&uri(&path), &disk("8192"));
    client.close(&uri(&path));
    assert_eq!(codes(&client.diagnostics(&uri(&path), None)), [DISK], "the editor may have dropped them");
    assert_eq!(client.end(), 0);
}
