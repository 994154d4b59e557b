//! The program as people run it: arguments, files, streams and exit codes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::expect;
use serde_json::Value;

const HEAD: &str = r#""$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0""#;

/// A lock on a backup group: one error, one fix.
fn locked() -> String {
    format!(
        r#"{{ {HEAD},
  "resources": [
    {{
      "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep",
      "scope": "[resourceId('Microsoft.Resources/resourceGroups', 'AzureBackupRG_westeurope_1')]",
      "properties": {{ "notes": "hunter2secret", "level": "CanNotDelete" }}
    }},
    {{
      "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
      "resourceGroup": "AzureBackupRG_westeurope_1",
      "properties": {{
        "mode": "Incremental",
        "template": {{ {HEAD},
          "resources": [
            {{
              "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep2",
              "properties": {{ "notes": "hunter2secret", "level": "CanNotDelete" }}
            }}
          ]
        }}
      }}
    }}
  ]
}}
"#
    )
}

/// A template that has nothing to complain about.
fn clean() -> String {
    format!("{{ {HEAD}, \"resources\": [] }}\n")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder can be made"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Folder {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a text")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backuplint"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().expect("it can be started"))
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        child.stdin.take().expect("it is piped").write_all(input).expect("it reads");
        Ran::new(child.wait_with_output().expect("it ends"))
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }

    fn files(&self) -> Vec<String> {
        self.json()["files"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| row["file"].as_str().expect("a text").to_owned())
            .collect()
    }

    #[track_caller]
    fn fails_with(&self, words: &str) {
        assert_eq!(self.code, 2, "{} {}", self.out, self.err);
        assert!(self.err.contains(words), "{}", self.err);
        assert!(self.err.starts_with("backuplint: error: ") || self.err.starts_with("error: "), "{}", self.err);
    }
}

#[test]
fn a_folder_is_searched_by_content() {
    let folder = Folder::new();
    folder
        .write("infra/main.json", locked())
        .write("infra/b.jsonc", clean())
        .write("package.json", "{ \"name\": \"x\" ")
        .write("latin1.json", b"{ \"name\": \"\xfc\" }")
        .write("empty.json", "")
        .write("notes.txt", locked())
        .write(".hidden/main.json", locked())
        .write(".terraform/modules/main.json", locked())
        .write("out/main.json", locked())
        .write(".gitignore", "out/\n");
    let ran = folder.run(&["check", "--format", "json"]);
    assert_eq!(
        (ran.code, ran.files()),
        (1, vec!["infra/b.jsonc".to_owned(), "infra/main.json".to_owned()]),
        "{}",
        ran.err
    );
    let here = folder.run(&["check", "--format", "json", "infra", "./infra/main.json"]);
    assert_eq!(here.out, ran.out, "each file once, named the same");
    assert_eq!(folder.run(&["check", "--format", "json", ".terraform"]).code, 1, "unless it is named");
}

#[test]
fn exit_codes() {
    let folder = Folder::new();
    folder.write("bad.json", locked()).write("good.json", clean());
    assert_eq!(folder.run(&["check", "good.json"]).code, 0);
    assert_eq!(folder.run(&["check", "bad.json"]).code, 1);
    assert_eq!(folder.run(&["check", "--fail-on", "hint", "good.json"]).code, 0);
    assert_eq!(folder.run(&["check", "bad.json", "--ignore", "backup-rg-locked"]).code, 0);
    assert_eq!(folder.run(&["check", "bad.json", "--select", "vm-rg-locked,backup-rg-locked"]).code, 1);
    assert_eq!(folder.run(&["check", "bad.json", "none.json"]).code, 2);
    assert_eq!(folder.run(&["--help"]).code, 0);
    for wrong in [
        &["check", "--select", "no-such-rule"][..],
        &["check", "--profile", "2018"],
        &["check", "--fail-on", "never"],
        &["check", "--unsafe-fixes", "good.json"],
        &["check", "--fix", "--diff", "good.json"],
        &["check", "--stdin-filename", "x.json", "good.json"],
        &["check", "--parameters", "none.json", "good.json"],
        &["check", "--statistics", "--format", "json", "good.json"],
        &["explain", "no-such-thing"],
        &["frobnicate"],
        &[],
    ] {
        assert_eq!(folder.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn what_cannot_be_analysed_is_said() {
    let folder = Folder::new();
    folder.write("good.json", clean()).write("empty.json", " \n").write("broken.json", "{\n  \"a\": }\n");
    folder
        .write("binary.json", b"{\0}")
        .write("latin1.json", b"{ \"a\": \"\xfc\" }")
        .write("main.bicep", "param x int\n");
    folder.run(&["check", "none.json"]).fails_with("none.json: there is no such file");
    folder.run(&["check", "empty.json"]).fails_with("empty.json: the file is empty");
    folder.run(&["check", "broken.json"]).fails_with("broken.json: not readable as JSON: line 2, column 8: ");
    folder.run(&["check", "binary.json"]).fails_with("binary.json: the file is binary, not text");
    folder.run(&["check", "latin1.json"]).fails_with("latin1.json: the file is not valid UTF-8 at byte 8");
    folder.run(&["check", "main.bicep"]).fails_with("main.bicep: Bicep is not read by itself");
    folder.run(&["check", "empty.json", "good.json"]).fails_with("1 file analysed, 1 skipped");

    let large = fs::File::create(folder.path("large.json")).unwrap();
    let most = backuplint::document::MAX_BYTES as u64;
    large.set_len(most + 1).unwrap();
    let words = format!("large.json: the file has {0} MiB; more than {0} MiB are not read", most >> 20);
    folder.run(&["check", "large.json"]).fails_with(&words);

    let nothing = Folder::new();
    nothing.write("package.json", "{}").run(&["check"]).fails_with("no ARM template, parameter file or Terraform plan");
    let foreign = nothing.run(&["check", "package.json"]);
    assert_eq!(foreign.code, 0, "somebody may name every file that changed");
    assert!(foreign.err.contains("package.json: neither an ARM template"), "{}", foreign.err);

    let half = Folder::new();
    half.write("sub/cut.json", &locked()[..500]);
    let ran = half.run(&["check"]);
    assert_eq!(ran.code, 2, "a broken template is not passed over: {}", ran.err);
    let strange = Folder::new();
    strange.write("main.json", [locked().as_bytes(), b"\xff"].concat());
    strange.run(&["check"]).fails_with("main.json: the file is not valid UTF-8 at byte");
}

#[cfg(unix)]
#[test]
fn special_files_do_not_stop_it() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    folder.write("good.json", clean());
    assert!(Command::new("mkfifo").arg(folder.path("pipe.json")).status().unwrap().success());
    folder.run(&["check", "pipe.json"]).fails_with("pipe.json: this is not a regular file");
    folder.run(&["check", "/dev/zero"]).fails_with("/dev/zero: this is not a regular file");
    assert_eq!(folder.run(&["check"]).code, 0, "in a folder they are passed over");

    let name = std::ffi::OsStr::from_bytes(b"odd\x1b[2J\xff.json");
    fs::write(folder.0.path().join(name), locked()).unwrap();
    let ran = folder.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("odd\\u{1b}[2J\u{fffd}.json:17:66"), "{}", ran.out);
}

#[test]
fn findings_for_people() {
    let folder = Folder::new();
    let ran = folder.write("main.json", locked()).run(&["check", "main.json", "--profile", "current"]);
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
    let shown: Vec<&str> = ran.out.lines().filter(|line| line.contains("-->") || line.contains("\"level\"")).collect();
    expect![[r#"
          --> main.json:17:66
        17 | … "level": "CanNotDelete" …"#]]
    .assert_eq(&shown.join("\n"));
    expect![[r#"
        backuplint: 1 finding (1 error); 1 file analysed; 3 resources, 0 values unknown
    "#]]
    .assert_eq(&ran.err);
    assert!(ran.out.contains("= azure: UserErrorRpCollectionLimitReached: "), "{}", ran.out);
    let statistics = folder.run(&["check", "--statistics"]);
    assert_eq!(statistics.out, "     1  error        backup-rg-locked\n");
}

#[test]
fn reports_hold_against_their_schemas() {
    let folder = Folder::new();
    folder.write("main.json", locked()).write("broken.json", "{").write("x.json", "{}");
    let schema = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let ran = folder.run(&["check", "--format", "json", "main.json", "broken.json", "x.json", "none.json"]);
    assert_eq!(ran.code, 2);
    let report = ran.json();
    let faults: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(report["findings"][0]["rule"], "backup-rg-locked");

    let sarif = folder.run(&["check", "--format", "sarif", "main.json", "broken.json"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), report["findings"].as_array().unwrap().len());
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn the_same_again_and_again() {
    let folder = Folder::new();
    for index in 0..40 {
        folder.write(&format!("d{}/m{index}.json", index % 7), if index % 3 == 0 { locked() } else { clean() });
    }
    for format in ["text", "json", "sarif"] {
        let first = folder.run(&["check", "--format", format]);
        for _ in 0..5 {
            let again = folder.run(&["check", "--format", format]);
            assert_eq!((again.code, &again.out, &again.err), (first.code, &first.out, &first.err));
        }
    }
}

#[test]
fn the_standard_input() {
    let folder = Folder::new();
    let ran = folder.run_with(&["check", "-", "--format", "json"], locked().as_bytes());
    assert_eq!((ran.code, ran.files()), (1, vec!["<stdin>".to_owned()]));
    folder.write("sub/backuplint.toml", "[rules]\nbackup-rg-locked = \"off\"\n");
    let ran =
        folder.run_with(&["check", "-", "--stdin-filename", "sub/main.json", "--format", "json"], locked().as_bytes());
    assert_eq!((ran.code, ran.files()), (0, vec!["sub/main.json".to_owned()]), "{}", ran.err);
    folder.run_with(&["check", "-"], b"").fails_with("<stdin>: the file is empty");
    folder.run_with(&["check", "-", "--fix"], b"").fails_with("--fix cannot change the standard input");
    folder.run_with(&["check", "-", "x.json"], b"").fails_with("without other paths");
    let diff = folder.run_with(&["check", "-", "--diff"], locked().as_bytes());
    assert!(diff.out.starts_with("--- <stdin>\n+++ <stdin>\n@@ "), "{} {}", diff.out, diff.err);
}

#[test]
fn a_reader_who_has_seen_enough() {
    let folder = Folder::new();
    folder.write("main.json", locked());
    let mut child = folder.command(&["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("error:"));
}

#[test]
fn fixes_are_written_once() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", locked().replace('\n', "\r\n"));
    folder.write("main.json", &text);
    let diff = folder.run(&["check", "--diff", "--unsafe-fixes"]);
    assert_eq!(diff.code, 1, "{}", diff.err);
    assert!(diff.out.starts_with("--- main.json\n+++ main.json\n@@ "), "{}", diff.out);
    assert!(!diff.out.contains("hunter2"), "{}", diff.out);
    assert_eq!(folder.read("main.json"), text, "--diff changes nothing");

    let fixed = folder.run(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(fixed.code, 0, "{} {}", fixed.out, fixed.err);
    assert!(fixed.err.contains("fixed 1 finding in 1 file"), "{}", fixed.err);
    let after = folder.read("main.json");
    assert!(after.starts_with('\u{feff}') && after.contains("\r\n") && !after.replace("\r\n", "").contains('\n'));
    assert_eq!(after.matches("hunter2secret").count(), 1, "the lock on the backup group is gone, the other one is not");
    let again = folder.run(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!((again.code, folder.read("main.json")), (0, after));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn what_must_not_be_written_is_not() {
    let folder = Folder::new();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(locked().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    folder.write("wide.json", &utf16);
    assert_eq!(folder.run(&["check", "--fix", "--unsafe-fixes", "wide.json"]).code, 1);
    assert_eq!(fs::read(folder.path("wide.json")).unwrap(), utf16);

    folder.write("firm.json", locked());
    let mut permissions = fs::metadata(folder.path("firm.json")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path("firm.json"), permissions).unwrap();
    let ran = folder.run(&["check", "--fix", "--unsafe-fixes", "firm.json"]);
    ran.fails_with("firm.json: not fixed: the file is read-only");
    assert!(ran.out.contains("backup-rg-locked"), "it is still reported");
    assert_eq!(folder.read("firm.json"), locked());
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = Folder::new();
    folder.write("real/main.json", locked());
    std::os::unix::fs::symlink("real/main.json", folder.path("link.json")).unwrap();
    let ran = folder.run(&["check", "--fix", "--unsafe-fixes", "link.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(fs::symlink_metadata(folder.path("link.json")).unwrap().is_symlink());
    assert_ne!(folder.read("real/main.json"), locked());
}

#[test]
fn the_configuration_counts() {
    let folder = Folder::new();
    folder
        .write("a/main.json", locked())
        .write("b/main.json", locked())
        .write("c/generated/main.json", locked())
        .write("backuplint.toml", "profile = \"current\"\nexclude = [\"generated\"]\n[[overrides]]\nfiles = \"b\"\nrules = { backup-rg-locked = \"off\", subscription-lock-covers-backup-rg = \"off\" }\n");
    let report = folder.run(&["check", "--format", "json"]).json();
    let files: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| *file == "a/main.json"), "{files:?}");
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
    assert_eq!(report["profile"], "current");
    assert_eq!(folder.run(&["check", "--format", "json", "--profile", "all"]).json()["profile"], "all");
    assert_eq!(folder.run(&["check", "c/generated/main.json"]).code, 1, "what is named is not left out");

    folder.write("a/backuplint.toml", "fail-on = \"never\"\n");
    folder.run(&["check"]).fails_with("a/backuplint.toml:1:11: fail-on: unknown variant `never`");
    folder.write("other.toml", "[rules]\nbackup-rg-locked = \"hint\"\n");
    assert_eq!(folder.run(&["check", "--config", "other.toml", "a/main.json"]).code, 0);
    folder.run(&["check", "--config", "none.toml"]).fails_with("none.toml: there is no such file");
    assert_eq!(folder.run(&["check", "b", "--fail-on", "information"]).code, 0);
}

#[test]
fn explanations() {
    let folder = Folder::new();
    let rule = folder.run(&["explain", "backup-rg-locked"]);
    assert!(rule.code == 0 && rule.out.starts_with("# "), "{}", rule.out);
    for code in ["UserErrorRpCollectionLimitReached", "usererrorrpcollectionlimitreached"] {
        let ran = folder.run(&["explain", code]);
        assert!(ran.code == 0 && ran.out.contains("- `backup-rg-locked`: "), "{}", ran.out);
    }
    let seed = folder.run(&["explain", "ExtentionOperationFailedForManagedDisks"]);
    assert_eq!(seed.out, folder.run(&["explain", "ExtensionOperationFailedForManagedDisks"]).out);
    folder.run(&["explain", "rg-locked"]).fails_with("did you mean backup-rg-locked, vm-rg-locked?");

    let rules = folder.run(&["rules", "--format", "json"]).json();
    assert_eq!(rules.as_array().unwrap().len(), backuplint::rules::RULES.len());
    assert_eq!(rules[0]["severity"]["2019-07"], "error");
    assert!(folder.run(&["rules"]).out.lines().any(|line| line.starts_with("backup-rg-locked  ")));
}

#[test]
fn expansion() {
    let folder = Folder::new();
    folder.write("main.json", locked());
    let ran = folder.run(&["expand", "main.json", "--subscription", "00000000-0000-0000-0000-000000000001"]);
    let expansion = ran.json();
    assert_eq!((ran.code, &expansion["scope"]), (0, &Value::from("resourceGroup")), "{}", ran.err);
    let resources = expansion["resources"].as_array().unwrap();
    assert!(resources.iter().all(|resource| resource["source"]["file"] == "main.json"), "{resources:?}");
    folder
        .write("x.json", "{}")
        .run(&["expand", "x.json"])
        .fails_with("x.json: this is neither an ARM template nor a Terraform plan");
    folder.run(&["expand", "none.json"]).fails_with("none.json: there is no such file");
}

#[test]
fn an_expansion_shows_nothing_secret() {
    let folder = Folder::new();
    let template = format!(
        r##"{{ {HEAD}, "languageVersion": "2.0",
        "definitions": {{ "login": {{ "type": "object", "properties": {{
            "user": {{ "type": "string" }}, "pin": {{ "$ref": "#/definitions/pin" }} }} }},
            "pin": {{ "type": "secureString" }} }},
        "parameters": {{ "login": {{ "$ref": "#/definitions/login", "defaultValue": {{ "user": "u1", "pin": "hunter2" }} }} }},
        "variables": {{ "storageKey": "hunter2", "url": "https://a.example/c?sv=1&sig=hunter2", "tokenRequired": true }},
        "resources": {{
            "vm": {{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "[concat('vm', parameters('login').pin)]",
                "properties": {{ "osProfile": {{ "adminUsername": "[parameters('login').user]", "adminPassword": "hunter2",
                    "windowsConfiguration": {{ "additionalUnattendContent": [ {{ "content": "hunter2" }} ] }} }} }} }},
            "lock": {{ "type": "Microsoft.Compute/virtualMachines/providers/locks", "apiVersion": "2020-05-01",
                "name": "[concat(parameters('login').pin, '/Microsoft.Authorization/keep')]", "properties": {{ "level": "ReadOnly" }} }} }} }}"##
    );
    let ran = folder.write("main.json", template).run(&["expand", "main.json", "--resource-group", "rg1"]);
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let expansion = ran.json();
    assert_eq!(expansion["errors"], Value::Array(Vec::new()));
    assert_eq!(expansion["resources"][0]["properties"]["osProfile"]["adminUsername"], "u1");
    assert_eq!(expansion["resources"][1]["type"], "Microsoft.Compute/virtualMachines/providers/locks");
    assert_eq!(expansion["variables"]["tokenRequired"], true);
}

#[test]
fn a_secret_that_is_refused_is_not_shown() {
    let folder = Folder::new();
    let template = format!(
        r##"{{ {HEAD}, "parameters": {{ "pin": {{ "type": "securestring", "minLength": 8 }}, "more": {{ "type": "secureObject",
            "additionalProperties": false, "properties": {{}} }} }}, "resources": [] }}"##
    );
    folder.write("main.json", template);
    let given = r#"{ "pin": { "value": "123456" }, "more": { "value": { "hunter2": 1 } } }"#;
    folder.write(
        "main.parameters.json",
        format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {given} }}"#
        ),
    );
    for format in ["text", "json", "sarif"] {
        let ran = folder.run(&["check", "--format", format, "main.json"]);
        assert!(ran.out.contains("shorter or longer than declared"), "{}", ran.out);
        assert!(!ran.out.contains("123456") && !ran.out.contains("hunter2"), "{}", ran.out);
    }
}

#[test]
fn a_secret_beside_a_secret_stays_one() {
    let folder = Folder::new();
    let template = format!(
        r##"{{ {HEAD}, "languageVersion": "2.0",
        "definitions": {{ "outer": {{ "type": "object", "properties": {{ "inner": {{ "$ref": "#/definitions/inner" }} }} }},
            "inner": {{ "type": "object", "properties": {{ "a": {{ "type": "securestring" }}, "b": {{ "type": "securestring" }} }} }} }},
        "parameters": {{ "pw": {{ "type": "securestring" }}, "all": {{ "$ref": "#/definitions/outer",
            "defaultValue": {{ "inner": {{ "a": "[parameters('pw')]", "b": "hunter2" }} }} }} }},
        "resources": {{}}, "outputs": {{ "o": {{ "type": "string", "value": "[parameters('all').inner.b]" }} }} }}"##
    );
    let ran = folder.write("main.json", template).run(&["expand", "main.json"]);
    assert!(ran.out.contains("\"o\"") && !ran.out.contains("hunter2"), "{}", ran.out);
}

#[test]
fn a_broken_parameter_file_fails_the_run() {
    let folder = Folder::new();
    folder
        .write("main.json", format!(r#"{{ {HEAD}, "parameters": {{ "p": {{ "type": "int" }} }}, "resources": [] }}"#));
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    folder.write("main.parameters.json", format!(r#"{{ "$schema": "{schema}", "parameters": {{ "p": {{ "value":"#));
    let ran = folder.run(&["check", "main.json"]);
    assert!(
        ran.code == 2 && ran.err.contains("main.parameters.json is not well-formed JSON"),
        "{} {}",
        ran.code,
        ran.err
    );
}

#[test]
fn where_it_is_deployed_must_be_a_name() {
    let folder = Folder::new();
    folder.write("main.json", locked());
    for (option, value) in [("--subscription", ""), ("--resource-group", " "), ("--location", "a/b")] {
        folder.run(&["check", option, value, "main.json"]).fails_with("invalid value");
    }
    folder.write("backuplint.toml", "[environment]\nsubscription-id = \"\"\n");
    folder.run(&["check", "main.json"]).fails_with("backuplint.toml:2");
}

#[test]
fn types_tell_of_parameters_without_a_value() {
    let folder = Folder::new();
    let template = |least: u32| {
        format!(
            r##"{{ {HEAD}, "languageVersion": "2.0",
            "definitions": {{ "disk": {{ "type": "object", "properties": {{ "size": {{ "$ref": "#/definitions/size" }} }} }},
                "size": {{ "type": "int", "minValue": {least} }} }},
            "parameters": {{ "disk": {{ "$ref": "#/definitions/disk" }} }},
            "resources": {{ "disk": {{ "type": "Microsoft.Compute/disks", "apiVersion": "2024-03-02", "name": "d1",
                "properties": {{ "creationData": {{ "createOption": "Empty" }}, "diskSizeGB": "[parameters('disk').size]" }} }},
              "vm": {{ "type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": "vm1", "properties": {{
                "storageProfile": {{ "dataDisks": [ {{ "lun": 0, "createOption": "Attach",
                    "managedDisk": {{ "id": "[resourceId('Microsoft.Compute/disks', 'd1')]" }} }} ] }} }} }} }} }}"##
        )
    };
    folder.write("main.json", template(40000));
    let ran = folder.run(&["check", "main.json"]);
    assert!(ran.code == 1 && ran.out.contains("disk-size-over-backup-limit"), "{}", ran.out);
    folder.write("main.json", template(1));
    assert_eq!(folder.run(&["check", "main.json"]).code, 0);
}

#[test]
fn nothing_is_followed_out_of_the_folder() {
    let folder = Folder::new();
    folder.write("outside/linked.json", locked());
    let link = "../outside/linked.json";
    folder.write(
        "inside/main.json",
        format!(
            r#"{{ {HEAD}, "resources": [ {{ "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "x",
              "properties": {{ "mode": "Incremental", "templateLink": {{ "relativePath": "{link}" }} }} }} ] }}"#
        ),
    );
    let inside = Path::new("inside");
    let run = |folder: &Folder, at: &Path| {
        let output =
            folder.command(&["check", "--format", "json", "main.json"]).current_dir(folder.0.path().join(at)).output();
        Ran::new(output.unwrap())
    };
    let ran = run(&folder, inside);
    assert!(ran.json()["findings"].as_array().unwrap().is_empty());
    assert!(ran.err.contains("not followed"), "{}", ran.err);
    let ran = folder.run(&["check", "--format", "json", "inside/main.json"]);
    assert_eq!(ran.json()["findings"][0]["file"], "outside/linked.json", "{} {}", ran.out, ran.err);
}

/// A VM whose disk is too large, as Bicep builds it from [`DISK_SOURCE`].
const DISK_BUILD: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "metadata": { "_generator": { "name": "bicep", "version": "0.49.2.45890", "templateHash": "1" } },
  "parameters": { "sizeGB": { "type": "int", "defaultValue": 8192 } },
  "resources": [
    {
      "type": "Microsoft.Compute/virtualMachines",
      "apiVersion": "2024-07-01",
      "name": "vm",
      "properties": {
        "storageProfile": {
          "dataDisks": [ { "lun": 0, "createOption": "Empty", "diskSizeGB": "[parameters('sizeGB')]" } ]
        }
      }
    }
  ]
}
"#;

const DISK_SOURCE: &str = "param sizeGB int = 8192

resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'vm'
  properties: {
    storageProfile: {
      dataDisks: [
        {
          lun: 0
          createOption: 'Empty'
          diskSizeGB: sizeGB
        }
      ]
    }
  }
}
";

#[test]
fn findings_of_a_build_stand_in_its_source() {
    let folder = Folder::new();
    folder.write("main.json", DISK_BUILD).write("main.bicep", DISK_SOURCE);
    let text = folder.run(&["check"]);
    assert!(text.out.contains("--> main.bicep:1:20\n"), "{}", text.out);
    assert!(text.out.contains("1 | param sizeGB int = 8192\n"), "{}", text.out);
    assert!(text.out.contains("in the file that is built from it"), "{}", text.out);

    let json = folder.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&json.out).expect("a report");
    let finding = &report["findings"][0];
    assert_eq!((&finding["file"], &finding["pointer"]), (&"main.bicep".into(), &Value::Null));
    assert_eq!(finding["start"], serde_json::json!({ "line": 1, "column": 20 }));
    assert_eq!(finding["related"].as_array().map(Vec::len), Some(3));
    let built = finding["related"].as_array().and_then(|related| related.last()).expect("the built place");
    assert_eq!((&built["file"], &built["pointer"]), (&"main.json".into(), &"/parameters/sizeGB/defaultValue".into()));
    assert_eq!(finding["fixes"][0]["edits"][0]["file"], "main.bicep");

    let sarif = folder.run(&["check", "--format", "sarif"]);
    let report: Value = serde_json::from_str(&sarif.out).expect("a report");
    let location = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "main.bicep");
    assert_eq!(location["region"]["startLine"], 1);
}

#[test]
fn fixes_of_a_build_are_written_to_its_source() {
    let folder = Folder::new();
    folder.write("main.json", DISK_BUILD).write("main.bicep", DISK_SOURCE.replace('\n', "\r\n"));
    let diff = folder.run(&["check", "--diff", "--unsafe-fixes"]);
    assert!(diff.out.starts_with("--- main.bicep\n+++ main.bicep\n"), "{}", diff.out);
    assert!(diff.out.contains("+param sizeGB int = 4095\n"), "{}", diff.out);

    let fixed = folder.run(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(folder.read("main.bicep"), DISK_SOURCE.replace("8192", "4095").replace('\n', "\r\n"));
    assert_eq!(folder.read("main.json"), DISK_BUILD, "what is built is not edited");
    // The finding holds until the next build, and that is said.
    assert_eq!(fixed.code, 1, "{} {}", fixed.out, fixed.err);
    assert!(fixed.out.contains("--> main.json:5:"), "{}", fixed.out);
    assert!(fixed.err.contains("fixed main.bicep; the findings stay until what is built from it is built again"));
    assert_eq!(fixed.err.matches("main.json: main.bicep says something else by now").count(), 1, "{}", fixed.err);
    let report: Value = serde_json::from_str(&folder.run(&["check", "--format", "json"]).out).expect("a report");
    assert_eq!(report["files"][0]["notes"].as_array().map(Vec::len), Some(1));

    folder.write("main.json", DISK_BUILD.replace("8192", "4095"));
    assert_eq!(folder.run(&["check"]).code, 0);
}

#[test]
fn sources_outside_of_the_folders_are_not_read() {
    let folder = Folder::new();
    folder.write("inside/main.json", DISK_BUILD).write("main.bicep", DISK_SOURCE);
    let mut command = folder.command(&["check", "--format", "json", "main.json"]);
    let output = command.current_dir(folder.path("inside")).output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["findings"][0]["file"], "main.json");
}
