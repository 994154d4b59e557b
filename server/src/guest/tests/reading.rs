//! What is taken apart, how far, and what is said of the rest.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::{collection, sample};

use super::{show, text};
use crate::guest::{Channel, TextKind, addressing, decode, read};

const NETPLAN: &str = "network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The kinds of what is found, with paths, and whether that was all.
fn kinds(channel: Channel, value: &str) -> String {
    let found = read(channel, value);
    let mut shown: Vec<String> = found
        .texts
        .iter()
        .map(|text| format!("{:?}{}", text.kind, text.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default()))
        .collect();
    if !found.complete {
        shown.push("…".to_string());
    }
    shown.join(", ")
}

fn custom_data(snippet: &str) -> String {
    kinds(Channel::CustomData, &STANDARD.encode(text(snippet)))
}

#[test]
fn layers_of_encoding() {
    let script = "#!/bin/sh\nnmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24\n";
    let plain = STANDARD.encode(script);
    let wrapped: String = plain.as_bytes().chunks(40).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    let zipped = STANDARD.encode(gzip(script.as_bytes()));
    let twice = STANDARD.encode(&plain);
    let zipped_twice = STANDARD.encode(&zipped);
    let bom = STANDARD.encode(format!("\u{feff}{script}"));
    let windows = STANDARD.encode(script.replace('\n', "\r\n"));
    for value in [script, &plain, &wrapped, plain.trim_end_matches('='), &zipped, &twice, &zipped_twice, &bom, &windows]
    {
        let found = read(Channel::CustomData, value);
        assert!(found.complete);
        assert_eq!(show(&addressing(&found.texts)), "eth0 @2 nmcli sets a manual address (-)");
    }
    let found = read(Channel::Script, &zipped);
    assert_eq!(show(&addressing(&found.texts)), "eth0 @2 nmcli sets a manual address (-)");
}

#[test]
fn files_with_encodings() {
    let zipped = gzip(NETPLAN.as_bytes());
    for (encoding, content) in [
        ("b64", STANDARD.encode(NETPLAN)),
        ("base64", STANDARD.encode(NETPLAN)),
        ("gz+b64", STANDARD.encode(&zipped)),
        ("gzip+base64", STANDARD.encode(&zipped)),
        ("gz", STANDARD.encode(&zipped)),
        ("text/plain", format!("'{}'", NETPLAN.trim_end())),
    ] {
        let config = format!(
            "#cloud-config\nwrite_files:\n- path: /etc/netplan/60-a.yaml\n  encoding: {encoding}\n  content: {content}\n"
        );
        let found = read(Channel::CustomData, &STANDARD.encode(config));
        assert!(found.complete, "{encoding}");
        let shown = show(&addressing(&found.texts));
        assert_eq!(shown, "eth0 @1 netplan turns DHCP off (/etc/netplan/60-a.yaml)", "{encoding}");
    }
    let binary = format!(
        "#cloud-config\nwrite_files:\n- path: /etc/netplan/60-a.yaml\n  content: !!binary |\n    {}\n",
        STANDARD.encode(NETPLAN)
    );
    let found = read(Channel::CustomData, &STANDARD.encode(binary));
    assert_eq!(show(&addressing(&found.texts)), "eth0 @1 netplan turns DHCP off (/etc/netplan/60-a.yaml)");
}

#[test]
fn kinds_of_user_data() {
    let cases: &[(&str, &str)] = &[
        (
            "
        #cloud-config
        bootcmd: [echo a]
        write_files: [{path: /a, content: b}]
        runcmd: [echo c]
        ",
            "CloudConfig, Shell, File /a, Shell",
        ),
        (
            "
        #!/bin/bash
        echo a
        ",
            "Shell",
        ),
        (
            "
        #!/usr/bin/env python3
        print('a')
        ",
            "Other, …",
        ),
        (
            "
        #cloud-boothook
        #!/bin/sh
        echo a
        ",
            "Shell",
        ),
        (
            "
        #include
        https://example.com/cloud-init.yaml
        ",
            "…",
        ),
        (
            "
        #cloud-config
        write_files: [{path: /a, source: {uri: 'https://example.com/a'}}]
        ",
            "CloudConfig, …",
        ),
        (
            "
        #cloud-config
        write_files: [{path: /a, encoding: b64, content: '***'}]
        ",
            "CloudConfig, …",
        ),
        (
            "
        #cloud-config
        runcmd: [broken
        ",
            "Other, …",
        ),
        (
            "
        #ps1_sysnative
        Get-Date
        ",
            "PowerShell",
        ),
        (
            "
        $name = 'a'
        Set-Content -Path C:\\a -Value $name
        ",
            "PowerShell",
        ),
        (
            "
        {\"just\": \"data for the application\"}
        ",
            "Other",
        ),
        (
            "
        #cloud-config-archive
        - type: text/cloud-config
          content: |
            runcmd: [echo a]
        - type: text/x-shellscript
          content: |
            #!/bin/sh
            echo b
        - |
          #cloud-config
          bootcmd: [echo c]
        ",
            "CloudConfig, Shell, Shell, CloudConfig, Shell",
        ),
        (
            "
        Content-Type: multipart/mixed; boundary=\"===7==\"
        MIME-Version: 1.0

        --===7==
        Content-Type: text/cloud-config; charset=\"us-ascii\"
        MIME-Version: 1.0
        Content-Transfer-Encoding: 7bit
        Content-Disposition: attachment; filename=\"init.cfg\"

        #cloud-config
        runcmd:
          - echo a

        --===7==
        Content-Type: text/x-shellscript

        #!/bin/sh
        echo b
        --===7==
        Content-Type: text/x-include-url

        https://example.com/more
        --===7==--
        ",
            "CloudConfig, Shell, Shell, …",
        ),
    ];
    for (snippet, want) in cases {
        assert_eq!(custom_data(snippet), *want, "{snippet}");
    }
}

#[test]
fn mime_parts() {
    let part = "#cloud-config\nruncmd:\n  - nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24\n";
    let message = |coding: &str, body: &str| {
        format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=MIMEBOUNDARY\n\n--MIMEBOUNDARY\n\
             Content-Transfer-Encoding: {coding}\nContent-Type: text/cloud-config\n\n{body}\n--MIMEBOUNDARY--\n"
        )
    };
    let coded = STANDARD.encode(part);
    for (coding, body, line) in [("7bit", part, 11), ("base64", &coded, 9)] {
        let found = read(Channel::CustomData, &STANDARD.encode(gzip(message(coding, body).as_bytes())));
        assert!(found.complete);
        let want = format!("eth0 @{line} nmcli sets a manual address (-)");
        assert_eq!(show(&addressing(&found.texts)), want, "{coding}");
    }
}

#[test]
fn ignition() {
    let unit = "[Match]\\nName=eth0\\n[Network]\\nAddress=10.4.0.20/24\\n";
    let found = read(
        Channel::CustomData,
        &STANDARD.encode(format!(
            "{{\n \"ignition\": {{\"version\": \"2.3.0\"}},\n \"networkd\": {{\"units\": [\n  {{\"name\": \"00-eth0.network\", \"contents\": \"{unit}\"}}\n ]}}\n}}"
        )),
    );
    let want = "eth0 @4 systemd-networkd sets an address without DHCP (/etc/systemd/network/00-eth0.network)";
    assert_eq!(show(&addressing(&found.texts)), want);
    let keyfile =
        "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n[ipv4]\nmethod=manual\naddress1=10.4.0.20/24\n";
    let path = "/etc/NetworkManager/system-connections/eth0.nmconnection";
    let coded = format!("data:text/plain;charset=utf-8;base64,{}", STANDARD.encode(keyfile));
    let zipped = format!("data:;base64,{}", STANDARD.encode(gzip(keyfile.as_bytes())));
    let percent = format!("data:,{}", keyfile.replace('\n', "%0A").replace('[', "%5B"));
    for source in [coded, zipped, percent] {
        let config = format!(
            "{{\"ignition\": {{\"version\": \"3.3.0\"}}, \"storage\": {{\"files\": [{{\"path\": \"{path}\", \"contents\": {{\"source\": \"{source}\"}}}}]}}}}"
        );
        let found = read(Channel::CustomData, &config);
        assert_eq!(
            show(&addressing(&found.texts)),
            format!("eth0 @6 a NetworkManager connection has a manual address ({path})")
        );
    }
    let config = r#"{"ignition": {"version": "3.3.0", "config": {"merge": [{"source": "https://example.com/a"}]}}}"#;
    assert!(!read(Channel::CustomData, config).complete);
}

#[test]
fn comments_are_gone() {
    let found = read(
        Channel::RunCommand,
        "#!/bin/sh\necho '# kept' # gone\n# gone too\nx=${y#kept} # gone\ncat <<A\n# kept in a file\nA\n",
    );
    assert_eq!(
        found.texts[0].text,
        "          \necho '# kept'       \n          \nx=${y#kept}       \ncat <<A\n# kept in a file\nA\n"
            .replace("          \necho", "         \necho")
    );
    let found = read(Channel::RunCommand, "Get-Date # gone\n<# gone\n too #> Get-Item 'a # kept'\n");
    assert_eq!(found.texts[0].text, "Get-Date       \n       \n        Get-Item 'a # kept'\n");
}

#[test]
fn bombs_stop_at_the_bounds() {
    let bomb = STANDARD.encode(gzip(&vec![b'a'; 8 * 1024 * 1024]));
    assert!(bomb.len() < 64 * 1024);
    assert_eq!(kinds(Channel::CustomData, &bomb), "…");
    let at_the_bound = STANDARD.encode(gzip(&vec![b' '; decode::MAX_INFLATED]));
    assert_eq!(kinds(Channel::CustomData, &at_the_bound), "");
    let over = STANDARD.encode(gzip(&vec![b' '; decode::MAX_INFLATED + 1]));
    assert_eq!(kinds(Channel::CustomData, &over), "…");
    let fits = STANDARD.encode(vec![b' '; decode::MAX_DECODED]);
    assert_eq!(kinds(Channel::CustomData, &fits), "");
    let large = STANDARD.encode(vec![b' '; decode::MAX_DECODED + 1]);
    assert_eq!(kinds(Channel::CustomData, &large), "…");
    assert_eq!(kinds(Channel::CustomData, &"#".repeat(crate::guest::MAX_VALUE + 1)), "…");
    // Base64 in Base64 in …: a few layers, then no more.
    let mut nested = "#!/bin/sh\necho a\n".to_string();
    for _ in 0..=decode::MAX_LAYERS {
        nested = STANDARD.encode(nested);
    }
    assert_eq!(kinds(Channel::CustomData, &nested), "Shell");
    assert_eq!(kinds(Channel::CustomData, &STANDARD.encode(nested)), "…");
    // gzip in gzip in ….
    let mut nested = b"#!/bin/sh\n".to_vec();
    for _ in 0..10 {
        nested = gzip(&nested);
    }
    assert_eq!(kinds(Channel::CustomData, &STANDARD.encode(nested)), "…");
    // Many files that unpack together to more than all may.
    let one = STANDARD.encode(gzip(&vec![b'a'; decode::MAX_INFLATED]));
    let files: String = (0..20).map(|i| format!("- {{path: /f{i}, encoding: gz+b64, content: {one}}}\n")).collect();
    let found = read(Channel::CustomData, &STANDARD.encode(format!("#cloud-config\nwrite_files:\n{files}")));
    assert!(!found.complete);
    assert!(found.texts.iter().map(|text| text.text.len()).sum::<usize>() < 2 * decode::MAX_TOTAL);
}

#[test]
fn hostile_texts_end() {
    let deep = |open: &str, close: &str, times: usize| format!("{}a{}", open.repeat(times), close.repeat(times));
    let laughs: String = (1..30).map(|i| format!("a{i}: &a{i} [*a{}, *a{}, *a{}]\n", i - 1, i - 1, i - 1)).collect();
    let choices: String =
        (0..200).map(|i| format!("if [ {i} ]; then nmcli con mod eth{i} ipv4.method manual; fi\n")).collect();
    let shells: Vec<String> = vec![
        deep("$(", ")", 5_000),
        deep("(", ")", 20_000),
        deep("{ ", "; }", 10_000),
        deep("if a; then ", "; fi", 3_000),
        "f() { f; f; f; }\nf\n".to_string(),
        "a=$a$a$a$a$a$a$a$a\n".repeat(2_000),
        format!("a=xxxxxxxxxxxxxxxx\n{}", "a=$a$a\n".repeat(64)),
        "cat <<A <<B <<C\n".repeat(2_000),
        "for i in a b c d e f g h; do\n".repeat(30),
        "bash -c 'bash -c \"bash -c ".repeat(500),
        choices,
        "case a in\n".repeat(2_000),
        "`".repeat(30_000),
        "\"".repeat(30_001),
        "$((".repeat(10_000),
        "cat > /etc/netplan/a.yaml <<E\n[[[[[[\nE\nsed -i 's/((((/x/' /etc/netplan/a.yaml\n".repeat(50),
        ". /a.sh\n".repeat(100),
    ];
    for script in shells {
        let found = read(Channel::RunCommand, &format!("#!/bin/sh\n{script}"));
        addressing(&found.texts);
    }
    let powershells: Vec<String> = vec![
        deep("$(", ")", 5_000),
        deep("@{a=", "}", 5_000),
        deep("if (1) { ", " }", 3_000),
        "function F { F; F; F }\nF\n".to_string(),
        format!("$a = 'xxxxxxxxxxxxxxxx'\n{}", "$a = \"$a$a\"\n".repeat(64)),
        "\"$(\"".repeat(5_000),
        "@'\n".repeat(5_000),
        "[".repeat(30_000),
        "Get-NetAdapter | ".repeat(3_000),
        "foreach ($x in 1,2,3,4,5,6,7,8) {\n".repeat(30),
        "$x = Get-NetAdapter | ? { ".repeat(1_000),
    ];
    for script in powershells {
        let found = read(Channel::RunCommand, &format!("Get-Date\n{script}"));
        addressing(&found.texts);
    }
    for config in
        [format!("a0: &a0 [x]\n{laughs}"), deep("[", "]", 30_000), deep("{a: ", "}", 20_000), "- ".repeat(30_000)]
    {
        let found = read(Channel::CustomData, &STANDARD.encode(format!("#cloud-config\n{config}")));
        addressing(&found.texts);
    }
}

/// Pieces that the readers act on; random rows of them reach the odd corners.
const PIECES: &[&str] = &[
    "#cloud-config\n",
    "#!/bin/sh\n",
    "runcmd:\n",
    "- ",
    "write_files:\n",
    "  path: /etc/netplan/a.yaml\n",
    "content: |\n",
    "network:",
    "dhcp4: no\n",
    "eth0",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "$(",
    "${",
    "$",
    "`",
    "'",
    "\"",
    "\\",
    "\n",
    " ",
    ";",
    "|",
    "&&",
    "||",
    ">",
    ">>",
    "<<EOF\n",
    "EOF\n",
    "<<<",
    "if ",
    "then\n",
    "else\n",
    "fi\n",
    "for i in a b; do\n",
    "done\n",
    "case x in\n",
    "esac\n",
    "f() ",
    "f ",
    "echo ",
    "cat ",
    "tee ",
    "sed -i ",
    "s/a/b/",
    "s/(/[/",
    "/x/c",
    "nmcli con mod ",
    "ipv4.method manual ",
    "base64 -d ",
    "bash -c ",
    "/etc/network/interfaces",
    "Get-NetAdapter ",
    "New-NetIPAddress ",
    "-InterfaceAlias ",
    "Ethernet",
    "@{",
    "@'\n",
    "'@\n",
    "@(",
    "$x = ",
    "$x",
    ".Name",
    "foreach ($i in $x) {",
    "function f { ",
    "param(",
    "try {",
    "catch {",
    "switch ($x) {",
    "powershell -Command ",
    "-enc ",
    "netsh interface ip set address ",
    "é",
    "\u{e000}",
    "\u{2013}",
    "\t",
    "\r\n",
    "=",
    ",",
    "#",
    "<#",
    "#>",
    "Content-Type: multipart/mixed; boundary=b\n\n",
    "--b\n",
    "--b--\n",
    "## template: jinja\n",
    "{{ v }}",
    "{%",
    "{\"ignition\": {}}",
    "*a",
    "&a ",
    "<<: ",
    "!!binary ",
    "%",
    "^",
    "iface eth0 inet static\n",
    "[Match]\nName=",
    "DHCP=no\n",
];

proptest! {
    #[test]
    fn any_text_is_read(pieces in collection::vec(sample::select(PIECES), 0..60)) {
        let value: String = pieces.concat();
        for channel in [Channel::CustomData, Channel::UserData, Channel::Command, Channel::Script, Channel::RunCommand] {
            addressing(&read(channel, &value).texts);
        }
        for head in ["#cloud-config\n", "#!/bin/sh\n", "Get-Date\n", "#cloud-config-archive\n", "MIME-Version: 1.0\n"] {
            addressing(&read(Channel::CustomData, &format!("{head}{value}")).texts);
        }
    }
}

#[test]
fn nothing_of_the_text_is_shown() {
    let config = text(
        "
        #cloud-config
        chpasswd: {list: 'root:canary-71'}
        write_files:
          - path: /etc/netplan/60-a.yaml
            content: |
              # canary-72
              network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
        runcmd:
          - echo canary-73
    ",
    );
    let found = read(Channel::CustomData, &STANDARD.encode(config));
    let shown = format!("{found:?} {:?}", addressing(&found.texts));
    assert!(!shown.contains("canary"), "{shown}");
    assert!(!shown.contains("10.4.0.20"));
    assert_eq!(
        found.texts.iter().map(|text| text.kind).collect::<Vec<_>>(),
        [TextKind::CloudConfig, TextKind::File, TextKind::Shell]
    );
}
