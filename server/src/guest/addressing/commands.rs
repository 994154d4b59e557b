//! Commands that set addresses: nmcli, ip, sed over network files, netsh, PowerShell.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::guest::Lines;
use crate::guest::addressing::files::{self, FileKind};
use crate::guest::addressing::{
    Claim, Class, Connection, MAX_FILE_BYTES, Method, Place, World, class, glob, last_part,
};
use crate::guest::script::{PRIMARY, UNKNOWN};

const NEW_ADDRESS: &str = "New-NetIPAddress sets a static address";
const ADDED: &str = "an address is set after the DHCP client is stopped";

/// Whether a program may change what is known of addresses. Narrow, since every "perhaps" inside a condition makes one
/// more way that has to be followed.
pub fn matters(world: &World, words: &[String]) -> bool {
    let Some((first, arguments)) = words.split_first() else { return false };
    match program(first).as_str() {
        "nmcli" | "dhclient" | "dhcpcd" | "udhcpc" | "netplan" | "yq" | "nmstatectl" | "sysrc" | "netsh" | "wmic" => {
            true
        }
        "ip" | "ifconfig" => arguments.iter().any(|word| word.contains(['.', UNKNOWN])),
        "pkill" | "killall" | "kill" => any(arguments, &CLIENTS),
        "systemctl" | "service" | "rc-service" => arguments.iter().any(|word| is_network_service(word)),
        "apt-get" | "apt" | "yum" | "dnf" | "tdnf" | "zypper" => arguments.iter().any(|word| word.contains("dhc")),
        "sed" | "perl" => {
            let known = |path: &String| world.files.keys().any(|known| glob(path, known));
            arguments.iter().any(|word| files::kind(word).is_some() || known(word))
        }
        _ => false,
    }
}

const CLIENTS: [&str; 3] = ["dhclient", "dhcpcd", "udhcpc"];

/// A service without which no address is renewed.
fn is_network_service(word: &str) -> bool {
    let name = word.trim_end_matches(".service");
    let name = name.split('@').next().unwrap_or("");
    matches!(name, "dhclient" | "dhcpcd" | "systemd-networkd" | "NetworkManager" | "networking" | "network")
}

/// Whether a PowerShell command may say anything of addresses.
pub fn matters_cmdlet(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "rename-netadapter",
        "new-netipaddress",
        "set-netipinterface",
        "new-vmswitch",
        "enablestatic",
        "enabledhcp",
        "invoke-cimmethod",
        "invoke-wmimethod",
        "dsc-ipaddress",
        "dsc-netipinterface",
        "dsc-dhcpclient",
    ];
    NAMES.contains(&name)
}

/// The name of a program, without folder and ending.
fn program(word: &str) -> String {
    let name = last_part(word).to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_string()
}

/// Follows one program.
pub fn run(world: &mut World, words: &[String], at: Place<'_>) {
    let Some((first, arguments)) = words.split_first() else { return };
    let program = program(first);
    match program.as_str() {
        "nmcli" => nmcli(world, arguments, at),
        "ip" => ip(world, arguments, at),
        "ifconfig" => ifconfig(world, arguments, at),
        "dhclient" | "dhcpcd" | "udhcpc" => client(world, arguments, at),
        "pkill" | "killall" | "kill" if any(arguments, &CLIENTS) => world.client_stopped = true,
        "systemctl" | "service" | "rc-service" => service(world, arguments),
        "apt-get" | "apt" | "yum" | "dnf" | "tdnf" | "zypper" => {
            let client =
                arguments.iter().any(|word| word.contains("dhcp-client") || word == "dhcpcd5" || word == "dhcpcd");
            if client && any(arguments, &["remove", "purge", "erase"]) {
                world.client_stopped = true;
            }
        }
        "netplan" => netplan(world, arguments, at),
        "sed" | "perl" => sed(world, &program, arguments, at),
        "yq" => {
            static SETS: LazyLock<Regex> =
                LazyLock::new(|| regex(r#"ethernets\.\[?"?([\w*-]+)"?\]?\.dhcp4\s*=\s*"?(\w+)"?"#));
            if let Some(found) = arguments.iter().find_map(|word| SETS.captures(word)) {
                dhcp_key(world, &found[1], &found[2], at);
            }
        }
        "nmstatectl" => {
            for path in arguments.iter().skip(1).filter(|word| !word.starts_with('-')) {
                let Some(file) = world.files.get(path).cloned() else { continue };
                let (text, lines) = file.joined();
                let (claims, ports) = files::nmstate(&text, &lines);
                let place = file.place(path);
                world.say(claims.into_iter().map(|claim| Claim { order: at.order, path: place.clone(), ..claim }));
                world.ports.extend(ports);
            }
        }
        "sysrc" => {
            let (claims, _) = files::rc_conf(&arguments.join("\n"), &Lines::At(at.line));
            world.say(claims.into_iter().map(|claim| at.claim(claim.interface, claim.method)));
        }
        "netsh" => netsh(world, arguments, at),
        "wmic" => {
            let all = arguments.join(" ").to_ascii_lowercase();
            if all.contains("nicconfig") {
                let interface = if all.contains("ipenabled") || !all.contains("where") { PRIMARY } else { UNKNOWN };
                method_call(world, &all, interface.to_string(), at);
            }
        }
        _ => {}
    }
}

fn any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

/// The interface that a NetworkManager connection of this name is for, as far as names tell.
pub fn connection_interface(name: &str) -> String {
    static INSIDE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(eth\d+|ens\w+|enp\w+|eno\w+)\b"));
    if name.contains(PRIMARY) {
        return PRIMARY.to_string();
    }
    if let Some(found) = INSIDE.find(name) {
        return found.as_str().to_string();
    }
    match name.to_ascii_lowercase().as_str() {
        "wired connection 1" => PRIMARY.to_string(),
        other if other.starts_with("wired connection ") => "other".to_string(),
        _ => UNKNOWN.to_string(),
    }
}

fn nmcli(world: &mut World, arguments: &[String], at: Place<'_>) {
    let mut rest = arguments;
    // `-t -f NAME` and the like.
    while let Some(word) = rest.first().filter(|word| word.starts_with('-')) {
        let takes = matches!(
            word.as_str(),
            "-f" | "--fields" | "-g" | "--get-values" | "-m" | "--mode" | "-w" | "--wait" | "-c" | "--colors" | "-e"
        );
        rest = rest.get(if takes { 2.. } else { 1.. }).unwrap_or(&[]);
    }
    let [object, verb, rest @ ..] = rest else { return };
    let is = |word: &str, full: &str| !word.is_empty() && full.starts_with(word);
    let mut rest = rest;
    while rest.first().is_some_and(|word| word == "--temporary") {
        rest = &rest[1..];
    }
    if is(object, "connection") && is(verb, "modify") {
        let (name, properties) = match rest {
            [by, name, properties @ ..] if matches!(by.as_str(), "id" | "uuid" | "path") => (name, properties),
            [name, properties @ ..] => (name, properties),
            [] => return,
        };
        let interface = connection_interface(name);
        let renamed = properties.iter().position(|word| word == "con-name" || word == "connection.id");
        if let Some(new) = renamed.and_then(|index| properties.get(index + 1)) {
            let known = world.connections.remove(name);
            world.connections.insert(new.clone(), known.unwrap_or_else(|| Connection::new(interface.clone())));
        }
        let name = renamed.and_then(|index| properties.get(index + 1)).unwrap_or(name);
        let connection = world.connections.entry(name.clone()).or_insert_with(|| Connection::new(interface));
        connection.set(properties, at);
    } else if is(object, "connection") && is(verb, "add") {
        let value = |key: &[&str]| {
            let found = rest.iter().position(|word| key.contains(&word.as_str()));
            found.and_then(|index| rest.get(index + 1)).cloned()
        };
        let kind = value(&["type", "connection.type"]).unwrap_or_default();
        let named = value(&["ifname", "connection.interface-name"]);
        let name = value(&["con-name", "connection.id"]);
        let ethernet = is(&kind, "ethernet") || kind == "802-3-ethernet";
        let interface = match (&named, ethernet) {
            (Some(interface), _) => interface.clone(),
            (None, true) => connection_interface(name.as_deref().unwrap_or("")),
            (None, false) => "other".to_string(),
        };
        if let Some(master) = value(&["master", "controller", "connection.master", "connection.controller"]) {
            world.ports.push((interface, master));
            return;
        }
        let name = name.unwrap_or_else(|| format!("{kind}-{interface}"));
        let mut connection = Connection::new(interface);
        connection.set(rest, at);
        world.connections.insert(name, connection);
    } else if is(object, "connection") && is(verb, "delete") {
        for name in rest {
            world.connections.remove(name);
        }
    } else if is(object, "connection") && verb == "up" {
        for name in rest {
            if let Some(connection) = world.connections.get_mut(name) {
                connection.idle = false;
            }
        }
    } else if is(object, "device") && is(verb, "modify") {
        let Some((interface, properties)) = rest.split_first() else { return };
        let name = format!("device {interface}");
        let connection = world.connections.entry(name).or_insert_with(|| Connection::new(interface.clone()));
        connection.set(properties, at);
    }
}

impl Connection {
    fn new(interface: String) -> Connection {
        Connection { interface, method: None, addresses: 0, idle: false, line: 1, path: None, order: 0 }
    }

    /// Properties and their values, as nmcli takes them.
    fn set(&mut self, properties: &[String], at: Place<'_>) {
        let mut rest = properties.iter();
        while let Some(key) = rest.next() {
            let (key, value) = match key.split_once('=') {
                Some((key, value)) if key.contains('.') => (key, value),
                _ => match rest.clone().next() {
                    Some(value) => (key.as_str(), value.as_str()),
                    None => continue,
                },
            };
            let count = value.split([',', ' ']).filter(|part| !part.is_empty() && !part.contains(':')).count();
            match key {
                "ipv4.method" => {
                    self.method = match value {
                        "manual" => Some(Method::Static("nmcli sets a manual address")),
                        "auto" => Some(Method::Dhcp),
                        _ => None,
                    };
                    (self.line, self.path, self.order) = (at.line, at.path.map(str::to_string), at.order);
                }
                "ipv4.addresses" | "ipv4.address" | "ipv4.addr" => self.addresses = count,
                "+ipv4.addresses" | "+ipv4.address" => self.addresses += count,
                "ip4" => {
                    // The short form sets the method too.
                    self.addresses += count;
                    self.method = Some(Method::Static("nmcli sets a manual address"));
                    (self.line, self.path, self.order) = (at.line, at.path.map(str::to_string), at.order);
                }
                "autoconnect" | "connection.autoconnect" => self.idle = value == "no" || value == "false",
                "connection.interface-name" => self.interface = value.to_string(),
                _ => {}
            }
        }
    }
}

fn ip(world: &mut World, arguments: &[String], at: Place<'_>) {
    let six = any(arguments, &["-6"]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let [object, verb, rest @ ..] = words.as_slice() else { return };
    if !"address".starts_with(object) || !matches!(*verb, "add" | "replace" | "change" | "a") || six {
        return;
    }
    let device = rest.iter().position(|word| *word == "dev").and_then(|index| rest.get(index + 1));
    let address = rest.iter().find(|word| word.contains('/') || word.contains('.') || word.contains(UNKNOWN));
    let labelled = rest.contains(&"label");
    if let (Some(device), Some(address)) = (device, address)
        && !address.contains(':')
        && !labelled
    {
        let claim = at.claim(*device, Method::Static(ADDED));
        world.added.push(Claim { address: Some((*address).to_string()), ..claim });
    }
}

fn ifconfig(world: &mut World, arguments: &[String], at: Place<'_>) {
    let [interface, rest @ ..] = arguments else { return };
    let rest = match rest {
        [family, rest @ ..] if family == "inet" => rest,
        rest => rest,
    };
    let address = rest.first().filter(|word| {
        word.starts_with(|c: char| c.is_ascii_digit() || c == UNKNOWN) && *word != "0.0.0.0" && !word.contains(':')
    });
    if let Some(address) = address {
        let claim = at.claim(interface.clone(), Method::Static(ADDED));
        world.added.push(Claim { address: Some(address.clone()), ..claim });
    }
}

/// A DHCP client that is started or told to give the address back.
fn client(world: &mut World, arguments: &[String], at: Place<'_>) {
    if arguments.iter().any(|word| matches!(word.as_str(), "-r" | "-x" | "-k" | "--release" | "--exit")) {
        world.client_stopped = true;
        return;
    }
    if any(arguments, &["-6"]) {
        return;
    }
    world.client_stopped = false;
    let interface = arguments.iter().rfind(|word| !word.starts_with('-') && !word.contains('/'));
    world.claims.push(at.claim(interface.map_or(PRIMARY.to_string(), Clone::clone), Method::Dhcp));
}

fn service(world: &mut World, arguments: &[String]) {
    if !arguments.iter().any(|word| is_network_service(word)) {
        return;
    }
    if any(arguments, &["stop", "disable", "mask"]) {
        world.client_stopped = true;
    } else if any(arguments, &["start", "restart", "unmask"]) {
        world.client_stopped = false;
    }
}

/// `netplan set key=value`.
fn netplan(world: &mut World, arguments: &[String], at: Place<'_>) {
    static SETS: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:network\.)?ethernets\.([\w*-]+)(?:\.([\w-]+))?=(.*)$"));
    static INSIDE: LazyLock<Regex> = LazyLock::new(|| regex(r#"['"]?dhcp4['"]?\s*:\s*['"]?(\w+)"#));
    if arguments.first().is_none_or(|word| word != "set") {
        return;
    }
    let Some(found) = arguments.iter().find_map(|word| SETS.captures(word)) else { return };
    match found.get(2).map(|key| key.as_str()) {
        Some("dhcp4") => dhcp_key(world, &found[1], &found[3], at),
        Some(_) => {}
        None => {
            if let Some(inner) = INSIDE.captures(&found[3]) {
                dhcp_key(world, &found[1], &inner[1], at);
            }
        }
    }
}

fn dhcp_key(world: &mut World, interface: &str, value: &str, at: Place<'_>) {
    let value = value.trim_matches(['"', '\'', ' ']).to_ascii_lowercase();
    let method = match value.as_str() {
        "false" | "no" | "off" | "n" => Method::Static("netplan turns DHCP off"),
        "true" | "yes" | "on" | "y" => Method::Dhcp,
        _ => return,
    };
    world.claims.push(at.claim(interface, method));
}

// sed.

/// One `s/a/b/`, or a text that is put in place of lines or beside them.
struct Edit {
    /// What stands before the command: which lines it is for.
    address: String,
    pattern: String,
    replacement: String,
    kind: EditKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EditKind {
    Substitute { everywhere: bool, ignore_case: bool },
    Change,
    Append,
    Insert,
    Delete,
}

fn sed(world: &mut World, program: &str, arguments: &[String], at: Place<'_>) {
    let in_place = arguments.iter().any(|word| {
        word.starts_with("--in-place") || (word.starts_with('-') && !word.starts_with("--") && word.contains('i'))
    });
    if !in_place {
        return;
    }
    let (mut scripts, mut files) = (Vec::new(), Vec::new());
    let mut extended = program == "perl";
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if let Some(options) = word.strip_prefix('-').filter(|_| !word.starts_with("--")) {
            extended |= options.contains(['E', 'r']);
            if options.ends_with('e') {
                scripts.extend(rest.next().cloned());
            }
        } else if let Some(script) = word.strip_prefix("--expression=") {
            scripts.push(script.to_string());
        } else if word.starts_with("--") {
            extended |= word == "--regexp-extended";
        } else if scripts.is_empty() && files.is_empty() && !word.starts_with('/') {
            scripts.push(word.clone());
        } else if scripts.is_empty() && files.is_empty() && word[1..].contains('/') && files::kind(word).is_none() {
            // A script that begins with an address: `/BOOTPROTO/c…`.
            scripts.push(word.clone());
        } else {
            files.push(word.clone());
        }
    }
    let edits: Vec<Edit> = scripts.iter().flat_map(|script| edits(script)).collect();
    for path in &files {
        let known: Vec<String> = world.files.keys().filter(|known| glob(path, known)).cloned().collect();
        for path in &known {
            edit_known(world, path, &edits, extended, at);
        }
        if known.is_empty()
            && let Some(kind) = files::kind(path)
        {
            for edit in &edits {
                edit_unseen(world, path, kind, edit, at);
            }
        }
    }
}

/// Reads the commands of a sed script.
fn edits(script: &str) -> Vec<Edit> {
    let mut out = Vec::new();
    let chars: Vec<char> = script.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        // The address: `/…/`, `\#…#`, numbers, `$`.
        while let Some(&c) = chars.get(at) {
            match c {
                '/' => {
                    at += 1;
                    while chars.get(at).is_some_and(|c| *c != '/') {
                        at += 1 + usize::from(chars[at] == '\\');
                    }
                    at += 1;
                }
                c if c.is_ascii_digit()
                    || matches!(c, '$' | ',' | '!' | '{' | '+' | ' ' | '\t' | '\n' | ';' | '}' | '~') =>
                {
                    at += 1
                }
                _ => break,
            }
        }
        let end = at.min(chars.len());
        let address: String = chars[start.min(end)..end].iter().collect();
        let Some(&command) = chars.get(at) else { break };
        at += 1;
        match command {
            's' => {
                let Some(&delimiter) = chars.get(at) else { break };
                at += 1;
                let mut part = || {
                    let mut text = String::new();
                    while let Some(&c) = chars.get(at) {
                        at += 1;
                        if c == delimiter {
                            break;
                        }
                        if c == '\\' && chars.get(at) == Some(&delimiter) {
                            text.push(delimiter);
                            at += 1;
                        } else if c == '\\' {
                            text.push(c);
                            text.extend(chars.get(at));
                            at += 1;
                        } else {
                            text.push(c);
                        }
                    }
                    text
                };
                let (pattern, replacement) = (part(), part());
                let flags_start = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_alphanumeric()) {
                    at += 1;
                }
                let flags: String = chars[flags_start.min(chars.len())..at.min(chars.len())].iter().collect();
                let kind =
                    EditKind::Substitute { everywhere: flags.contains('g'), ignore_case: flags.contains(['i', 'I']) };
                out.push(Edit { address, pattern, replacement, kind });
            }
            'c' | 'a' | 'i' => {
                let text: String = chars[at..].iter().collect();
                let text = text.trim_start_matches(['\\', ' ', '\n', '\t']).replace("\\n", "\n");
                let kind = match command {
                    'c' => EditKind::Change,
                    'a' => EditKind::Append,
                    _ => EditKind::Insert,
                };
                out.push(Edit { address, pattern: String::new(), replacement: text, kind });
                break;
            }
            'd' => {
                out.push(Edit { address, pattern: String::new(), replacement: String::new(), kind: EditKind::Delete })
            }
            _ => {}
        }
    }
    out
}

/// The regular expression between the slashes of an address.
fn address_pattern(address: &str) -> Option<String> {
    let (_, rest) = address.split_once('/')?;
    let (pattern, _) = rest.rsplit_once('/')?;
    Some(pattern.to_string())
}

/// A sed pattern as the regex crate writes it.
fn translate(pattern: &str, extended: bool, ignore_case: bool) -> Option<Regex> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ ('(' | ')' | '{' | '}' | '|' | '+' | '?') if !extended => out.push(c),
                c @ ('s' | 'S' | 'w' | 'W' | 'b' | 'B' | 'n' | 't' | 'd' | 'D') => out.extend(['\\', c]),
                '<' | '>' => out.push_str(r"\b"),
                c if c.is_ascii_digit() => return None,
                c => out.push_str(&regex::escape(&c.to_string())),
            },
            c @ ('(' | ')' | '{' | '}' | '|' | '+' | '?') if !extended => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    RegexBuilder::new(&out).case_insensitive(ignore_case).size_limit(256 * 1024).build().ok()
}

/// Edits a file whose content is known.
fn edit_known(world: &mut World, path: &str, edits: &[Edit], extended: bool, at: Place<'_>) {
    let Some(file) = world.files.get_mut(path) else { return };
    let mut pieces = std::mem::take(&mut file.pieces);
    for edit in edits {
        let wanted = match address_pattern(&edit.address) {
            Some(pattern) => match translate(&pattern, extended, false) {
                Some(found) => Some(found),
                None => {
                    world.files.remove(path);
                    return;
                }
            },
            None => None,
        };
        let Edit { pattern, replacement, kind, .. } = edit;
        let found = match kind {
            EditKind::Substitute { ignore_case, .. } => match translate(pattern, extended, *ignore_case) {
                Some(found) => Some(found),
                None => {
                    world.files.remove(path);
                    return;
                }
            },
            EditKind::Change | EditKind::Append | EditKind::Insert | EditKind::Delete => None,
        };
        let put = replacement.replace('$', "$$").replace("\\n", "\n");
        let put = BACKREFERENCE.replace_all(&put, "$${$1}").replace('&', "${0}");
        for piece in &mut pieces {
            let (text, lines) = (&piece.0, &piece.1);
            let mut changed = String::new();
            let mut numbers = Vec::new();
            for (index, line) in text.lines().enumerate() {
                let number = lines.outer(u32::try_from(index + 1).unwrap_or(u32::MAX));
                let here = wanted.as_ref().is_none_or(|wanted| wanted.is_match(line));
                let mut push = |line: &str, number: u32| {
                    for line in line.split('\n') {
                        changed.push_str(line);
                        changed.push('\n');
                        numbers.push(number);
                    }
                };
                match (kind, &found) {
                    _ if !here => push(line, number),
                    (EditKind::Substitute { everywhere, .. }, Some(found)) => {
                        let limit = usize::from(!*everywhere);
                        let after = found.replacen(line, limit, put.as_str());
                        let number = if after == line { number } else { at.line };
                        push(&after, number);
                    }
                    (EditKind::Change, _) => push(replacement, at.line),
                    (EditKind::Append, _) => {
                        push(line, number);
                        push(replacement, at.line);
                    }
                    (EditKind::Insert, _) => {
                        push(replacement, at.line);
                        push(line, number);
                    }
                    (EditKind::Delete, _) if wanted.is_some() => {}
                    _ => push(line, number),
                }
                if changed.len() > MAX_FILE_BYTES {
                    world.files.remove(path);
                    return;
                }
            }
            *piece = Rc::new((changed, Lines::Each(numbers)));
        }
    }
    if let Some(file) = world.files.get_mut(path) {
        file.pieces = pieces;
        file.order = at.order;
    }
}

static BACKREFERENCE: LazyLock<Regex> = LazyLock::new(|| regex(r"\\(\d)"));

/// Edits a file of the image: what is put into it is known, what it held is not.
fn edit_unseen(world: &mut World, path: &str, kind: FileKind, edit: &Edit, at: Place<'_>) {
    static IFACE: LazyLock<Regex> = LazyLock::new(|| regex(r"iface\s+(\S+)\s+inet\s+(static|dhcp)"));
    static PROTOCOL: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i)BOOTPROTO\s*=\s*["']?(\w+)"#));
    static NAMED: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(eth\d+|ens\w+|enp\w+)\b"));
    static DHCP4: LazyLock<Regex> = LazyLock::new(|| regex(r#"dhcp4\s*:\s*["']?(\w+)"#));
    if edit.kind == EditKind::Delete {
        return;
    }
    let put = edit.replacement.replace("\\1", "").replace("\\2", "");
    let asked = format!("{}{}", edit.address, edit.pattern);
    let to_dhcp = |text: &str| match text.trim().to_ascii_lowercase().as_str() {
        "dhcp" | "dhcp4" => Some(true),
        "static" | "none" => Some(false),
        _ => None,
    };
    let (interface, dhcp, how) = match kind {
        FileKind::Netplan if asked.contains("dhcp4") || put.contains("dhcp4") => {
            let value = match DHCP4.captures(&put) {
                Some(found) => found[1].to_ascii_lowercase(),
                None => put.trim().trim_matches(['"', '\'']).to_ascii_lowercase(),
            };
            let dhcp = match value.as_str() {
                "true" | "yes" | "on" => true,
                "false" | "no" | "off" => false,
                _ => return,
            };
            (PRIMARY.to_string(), dhcp, "netplan turns DHCP off")
        }
        FileKind::Ifcfg => {
            let value = match PROTOCOL.captures(&put) {
                Some(found) => found[1].to_string(),
                None if asked.to_ascii_lowercase().contains("bootproto") || asked.contains("dhcp") => {
                    put.trim_matches(['"', '\'', '=']).to_string()
                }
                None => return,
            };
            let Some(dhcp) = to_dhcp(&value) else { return };
            let name = files::ifcfg_name(path);
            let name = if name.contains('*') && class(&name) == Class::Main { PRIMARY.to_string() } else { name };
            (name, dhcp, "BOOTPROTO turns DHCP off")
        }
        FileKind::Interfaces => {
            if let Some(found) = IFACE.captures(&put) {
                (found[1].to_string(), &found[2] == "dhcp", "the interfaces file sets a static address")
            } else {
                let word = put.split_whitespace().last().unwrap_or("");
                let Some(dhcp) = to_dhcp(word)
                    .filter(|_| asked.contains("dhcp") || asked.contains("static") || asked.contains("inet"))
                else {
                    return;
                };
                let name = NAMED.find(&asked).map_or_else(|| PRIMARY.to_string(), |found| found.as_str().to_string());
                (name, dhcp, "the interfaces file sets a static address")
            }
        }
        FileKind::Keyfile if asked.contains("method") || put.contains("method=") => {
            let value = put.rsplit('=').next().unwrap_or("").trim().to_string();
            let dhcp = match value.as_str() {
                "auto" => true,
                "manual" => false,
                _ => return,
            };
            let name = path.rsplit('/').next().unwrap_or("").trim_end_matches(".nmconnection");
            (connection_interface(name), dhcp, "a NetworkManager connection has a manual address")
        }
        FileKind::Networkd if asked.contains("DHCP") || put.contains("DHCP=") => {
            let value = put.rsplit('=').next().unwrap_or("").trim().to_ascii_lowercase();
            let dhcp = match value.as_str() {
                "yes" | "true" | "ipv4" => true,
                "no" | "false" => false,
                _ => return,
            };
            let name = NAMED.find(path).map_or_else(|| UNKNOWN.to_string(), |found| found.as_str().to_string());
            (name, dhcp, "systemd-networkd turns DHCP off")
        }
        FileKind::Netplan
        | FileKind::Keyfile
        | FileKind::Networkd
        | FileKind::CloudConfig
        | FileKind::Nmstate
        | FileKind::RcConf
        | FileKind::Dhcpcd => return,
    };
    let method = if dhcp { Method::Dhcp } else { Method::Static(how) };
    world.claims.push(Claim { edited: Some(path.to_string()), ..at.claim(interface, method) });
}

// Windows.

fn netsh(world: &mut World, arguments: &[String], at: Place<'_>) {
    let lower: Vec<String> = arguments.iter().map(|word| word.to_ascii_lowercase()).collect();
    let [context, family, verb, object, ..] = lower.as_slice() else { return };
    let is = |word: &str, full: &str, least: usize| word.len() >= least && full.starts_with(word);
    if !is(context, "interface", 3) || !(family == "ip" || is(family, "ipv4", 3)) {
        return;
    }
    if verb == "add" && is(object, "address", 3) {
        // One address more, beside whatever there is.
        let name = arguments.get(4).map_or("", |word| word.strip_prefix("name=").unwrap_or(word));
        world.claims.push(at.claim(name.trim_matches(['"', '\'']), Method::Excused));
        return;
    }
    if verb != "set" {
        return;
    }
    if is(object, "interface", 3) && lower.iter().any(|word| word.contains("coexist") && word.ends_with("enabled")) {
        world.coexists = true;
        return;
    }
    if !is(object, "address", 3) {
        return;
    }
    let (mut name, mut source, mut address) = (None, None, None);
    let mut place = 0;
    for (word, lower) in arguments.iter().zip(&lower).skip(4) {
        match lower.split_once('=') {
            Some(("name" | "interface", _)) => name = word.split_once('=').map(|(_, value)| value.to_string()),
            Some(("source", value)) => source = Some(value.to_string()),
            Some(("addr" | "address", value)) => address = Some(value.to_string()),
            Some(_) => {}
            None => {
                match place {
                    _ if lower == "static" || lower == "dhcp" => source = Some(lower.clone()),
                    0 if name.is_none() => name = Some(word.clone()),
                    _ if address.is_none() => address = Some(word.clone()),
                    _ => {}
                }
                place += 1;
            }
        }
    }
    let Some(name) = name else { return };
    let method = match (source.as_deref(), address) {
        (Some("dhcp"), _) => Method::Dhcp,
        (Some("static"), _) | (None, Some(_)) => Method::Static("netsh sets a static address"),
        _ => return,
    };
    let name = name.trim_matches(['"', '\'']).to_string();
    world.claims.push(at.claim(name, method));
}

fn method_call(world: &mut World, name: &str, interface: String, at: Place<'_>) {
    let name = name.to_ascii_lowercase();
    if name.contains("enablestatic") {
        world.claims.push(at.claim(interface, Method::Static("EnableStatic sets a static address")));
    } else if name.contains("enabledhcp") {
        world.claims.push(at.claim(interface, Method::Dhcp));
    }
}

/// Follows one PowerShell command.
pub fn cmdlet(world: &mut World, name: &str, parameters: &[(String, String)], at: Place<'_>) {
    // Parameters may be shortened, and have second names.
    let get = |full: &[&str]| {
        let is = |name: &str| full.iter().any(|full| *full == name || (name.len() >= 4 && full.starts_with(name)));
        parameters.iter().find(|(name, _)| is(name)).map(|(_, value)| value.as_str())
    };
    let piped = parameters.iter().find(|(name, _)| name == "|").map(|(_, value)| value.as_str());
    let target = || {
        let named = get(&["interfacealias", "ifalias", "interface"])
            .or_else(|| get(&["interfaceindex", "ifindex", "inputobject", "ciminstance"]));
        let target = named.or(piped).unwrap_or("\u{e000}").trim().to_string();
        let old = world.renamed.iter().rev().find(|(new, _)| *new == target.to_ascii_lowercase());
        let target = old.map_or(target, |(_, old)| old.clone());
        // With an inner switch in the machine, "the adapter" need not be the outer one.
        if target.contains(PRIMARY) && world.has_switch { UNKNOWN.to_string() } else { target }
    };
    let six = get(&["addressfamily"]).is_some_and(|family| family.eq_ignore_ascii_case("ipv6"));
    if six || get(&["whatif"]).is_some() || get(&["cimsession"]).is_some() {
        return;
    }
    match name {
        "new-vmswitch" => world.has_switch = true,
        "rename-netadapter" => {
            let position = |index| {
                parameters.iter().filter(|(name, _)| name.is_empty()).nth(index).map(|(_, value)| value.as_str())
            };
            let old = get(&["name", "interfacedescription"]).or(piped).or_else(|| position(0));
            let new = get(&["newname"]).or_else(|| position(usize::from(get(&["name"]).is_none() && piped.is_none())));
            if let (Some(old), Some(new)) = (old, new) {
                world.renamed.push((new.to_ascii_lowercase(), old.to_string()));
            }
        }
        "new-netipaddress" => {
            let position = parameters.iter().find(|(name, _)| name.is_empty()).map(|(_, value)| value.as_str());
            let address = get(&["ipaddress"]).or(position).unwrap_or("");
            let extra = get(&["skipassource"]).is_some_and(|value| !value.to_ascii_lowercase().contains("false"));
            if !address.contains(':') && !extra {
                let claim = at.claim(target(), Method::Static(NEW_ADDRESS));
                let address = Some(address.to_string());
                world.claims.push(Claim { address, ..claim });
            }
        }
        "set-netipinterface" => {
            if get(&["dhcpstaticipcoexistence"]).is_some_and(|value| value.eq_ignore_ascii_case("enabled")) {
                world.coexists = true;
            }
            let dhcp = parameters.iter().find(|(name, _)| name == "dhcp").map(|(_, value)| value.to_ascii_lowercase());
            let method = match dhcp.as_deref() {
                Some("disabled") => Method::Static("Set-NetIPInterface turns DHCP off"),
                Some("enabled") => Method::Dhcp,
                _ => return,
            };
            world.claims.push(at.claim(target(), method));
        }
        "enablestatic" | "enabledhcp" => method_call(world, name, target(), at),
        "invoke-cimmethod" | "invoke-wmimethod" => {
            let method = get(&["methodname"]).or(get(&["name"])).unwrap_or("").to_string();
            method_call(world, &method, target(), at);
        }
        "dsc-ipaddress" if get(&["ipaddress"]).is_some_and(|address| !address.contains(':')) => {
            world.claims.push(at.claim(target(), Method::Static("a DSC resource sets a static address")));
        }
        "dsc-netipinterface" | "dsc-dhcpclient" => {
            let state = get(&["dhcp"]).or(get(&["state"])).unwrap_or("").to_ascii_lowercase();
            let method = match state.as_str() {
                "disabled" => Method::Static("a DSC resource turns DHCP off"),
                "enabled" => Method::Dhcp,
                _ => return,
            };
            world.claims.push(at.claim(target(), method));
        }
        _ => {}
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}
