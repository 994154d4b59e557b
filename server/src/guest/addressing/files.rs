//! Network configuration files, each kind read for what it says of interfaces.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::guest::Lines;
use crate::guest::addressing::{Claim, File, Method, World, glob, last_part};
use crate::guest::script::{PRIMARY, UNKNOWN};
use crate::guest::yaml::{self, Node};

/// Claims and ports: what is said of interfaces, and which are part of another.
pub type Said = (Vec<Claim>, Vec<(String, String)>);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Netplan,
    CloudConfig,
    Interfaces,
    Ifcfg,
    Keyfile,
    Networkd,
    Nmstate,
    RcConf,
    Dhcpcd,
}

/// The kind of a network configuration file, by where it lies.
pub fn kind(path: &str) -> Option<FileKind> {
    let (folder, name) = path.rsplit_once('/')?;
    let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    match folder {
        "/etc/netplan" | "/run/netplan" | "/lib/netplan" | "/usr/lib/netplan" if yaml || name.ends_with('*') => {
            Some(FileKind::Netplan)
        }
        "/etc/cloud/cloud.cfg.d" if name.ends_with(".cfg") => Some(FileKind::CloudConfig),
        "/etc/cloud" if name == "cloud.cfg" => Some(FileKind::CloudConfig),
        "/etc/network" if name == "interfaces" => Some(FileKind::Interfaces),
        "/etc/network/interfaces.d" => Some(FileKind::Interfaces),
        "/etc/sysconfig/network-scripts" | "/etc/sysconfig/network" if name.starts_with("ifcfg-") => {
            const COPIES: [&str; 6] = [".bak", ".backup", ".old", ".orig", ".save", ".rpm"];
            let backup = name.ends_with('~') || COPIES.iter().any(|ending| name.contains(ending));
            (!backup).then_some(FileKind::Ifcfg)
        }
        "/etc/NetworkManager/system-connections"
        | "/usr/lib/NetworkManager/system-connections"
        | "/run/NetworkManager/system-connections" => Some(FileKind::Keyfile),
        "/etc/systemd/network" | "/run/systemd/network" | "/usr/lib/systemd/network" if name.ends_with(".network") => {
            Some(FileKind::Networkd)
        }
        "/etc/nmstate" if yaml => Some(FileKind::Nmstate),
        "/etc" if name == "rc.conf" => Some(FileKind::RcConf),
        "/etc" if name == "dhcpcd.conf" => Some(FileKind::Dhcpcd),
        _ if folder.starts_with("/etc/systemd/network/")
            && folder.ends_with(".network.d")
            && name.ends_with(".conf") =>
        {
            Some(FileKind::Networkd)
        }
        _ => None,
    }
}

pub fn is_network(path: &str) -> bool {
    kind(path).is_some()
}

/// Whether a text may matter for addresses, as a configuration or as a script.
pub fn is_relevant(text: &str) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)dhcp|bootproto|\biface\b|\[network\]|\[ipv4\]|ethernets|nmcli|nmstate|netplan|ip\s+(-\S+\s+)*a(ddr)?\b|ifconfig|netipaddress|netsh|enablestatic|/etc/(network|sysconfig|systemd/network)|ExecStart|subnets")
            .expect("the pattern is a constant that the tests compile")
    });
    WORDS.is_match(text)
}

/// What all network files of the guest say.
pub fn claims(world: &World) -> Said {
    let mut out: Said = (Vec::new(), Vec::new());
    let mut netplan: Vec<(&str, &File)> = Vec::new();
    for (path, file) in &world.files {
        let Some(kind) = kind(path) else { continue };
        let (text, lines) = file.joined();
        let said = match kind {
            FileKind::Netplan => {
                netplan.push((path, file));
                continue;
            }
            FileKind::CloudConfig => yaml::parse(&text).map(|root| cloud_network(&root, &lines)).unwrap_or_default(),
            FileKind::Interfaces => interfaces(&text, &lines),
            FileKind::Ifcfg => ifcfg(path, &text, &lines, file.partial),
            FileKind::Keyfile => keyfile(path, &text, &lines),
            FileKind::Networkd => networkd(path, &text, &lines, !file.partial && path.ends_with(".network")),
            FileKind::Nmstate => nmstate(&text, &lines),
            FileKind::RcConf => rc_conf(&text, &lines),
            FileKind::Dhcpcd => dhcpcd(&text, &lines),
        };
        let place = file.place(path);
        out.0.extend(said.0.into_iter().map(|claim| Claim { path: place.clone(), order: file.order, ..claim }));
        out.1.extend(said.1);
    }
    // netplan puts its files together in the order of their names.
    netplan.sort_by_key(|(path, _)| last_part(path));
    self::netplan(world, &netplan, &mut out);
    out
}

fn claim(interface: &str, method: Method, line: u32) -> Claim {
    Claim { interface: interface.to_string(), method, line, path: None, edited: None, order: 0, address: None }
}

/// The `network` key of a cloud-config, which is the whole configuration and not an addition to one.
pub fn cloud_network(root: &Node, lines: &Lines) -> Said {
    let mut out: Said = (Vec::new(), Vec::new());
    let Some(network) = root.get("network") else { return out };
    let network = network.get("network").unwrap_or(network);
    for device in network.get("config").map_or(&[][..], Node::items) {
        version_1(device, lines, &mut out);
    }
    for (id, device) in devices(network) {
        let found = Device::read(id, device, lines);
        out.1.extend(found.ports(id));
        let method = match found.dhcp {
            Some((true, _)) => Method::Dhcp,
            Some((false, _)) if found.addresses > 1 => Method::Excused,
            Some((false, _)) => Method::Static("cloud-init's network configuration turns DHCP off"),
            None if found.addresses == 1 => {
                Method::Static("cloud-init's network configuration sets an address without DHCP")
            }
            None if found.addresses > 1 => Method::Excused,
            None => Method::Mentioned,
        };
        out.0.push(claim(&found.name, method, found.line));
    }
    out
}

/// Network configuration of version 1: a list of devices with their subnets.
fn version_1(device: &Node, lines: &Lines, out: &mut Said) {
    let Some(name) = device.get("name").and_then(Node::str) else { return };
    for key in ["bridge_interfaces", "bond_interfaces"] {
        let ports = device.get(key).map_or(&[][..], Node::items);
        out.1.extend(ports.iter().filter_map(Node::str).map(|port| (port.to_string(), name.to_string())));
    }
    let (mut fixed, mut dhcp, mut line) = (0, false, lines.outer(device.line));
    for subnet in device.get("subnets").map_or(&[][..], Node::items) {
        let Some(kind) = subnet.get("type") else { continue };
        let six = subnet.get("address").and_then(Node::str).is_some_and(|address| address.contains(':'));
        match kind.str().unwrap_or("") {
            "static" | "static4" if !six => {
                fixed += 1;
                line = lines.outer(kind.line);
            }
            "dhcp" | "dhcp4" => dhcp = true,
            _ => {}
        }
    }
    let method = match (fixed, dhcp) {
        (_, true) => Method::Dhcp,
        (1, false) => Method::Static("cloud-init's network configuration sets a static address"),
        (0, false) => Method::Mentioned,
        _ => Method::Excused,
    };
    out.0.push(claim(name, method, line));
}

/// The devices of a netplan or version 2 configuration.
fn devices(network: &Node) -> impl Iterator<Item = (&str, &Node)> {
    ["ethernets", "bridges", "bonds"]
        .into_iter()
        .filter_map(|kind| network.get(kind))
        .flat_map(Node::entries)
        .filter_map(|(id, device)| Some((id.str()?, device)))
}

/// What netplan is told of one device.
#[derive(Clone)]
struct Device {
    name: String,
    dhcp: Option<(bool, u32)>,
    addresses: usize,
    members: Vec<String>,
    line: u32,
}

impl Device {
    fn read(id: &str, node: &Node, lines: &Lines) -> Device {
        let matched = node.get("match");
        let text = |node: Option<&Node>| node.and_then(Node::str).map(str::to_string);
        let name = match matched {
            None => id.to_string(),
            Some(by) => text(node.get("set-name"))
                .or_else(|| text(by.get("name")))
                .or_else(|| {
                    let driver = by.get("driver")?;
                    let drivers = driver.str().into_iter().chain(driver.items().iter().filter_map(Node::str));
                    drivers.into_iter().any(|driver| driver == "hv_netvsc").then(|| PRIMARY.to_string())
                })
                // Matched by its hardware address: the name says which one is meant, where it says anything.
                .unwrap_or_else(|| {
                    let known = matches!(super::class(id), super::Class::Main | super::Class::Candidate)
                        || id.starts_with("eth");
                    if known { id.to_string() } else { UNKNOWN.to_string() }
                }),
        };
        let dhcp = node.get("dhcp4").and_then(|value| Some((value.truth()?, lines.outer(value.line))));
        let addresses = node.get("addresses").map_or(&[][..], Node::items).iter().filter(|item| {
            let text = item.str().or_else(|| item.entries().first().and_then(|(key, _)| key.str()));
            text.is_some_and(|address| !address.contains(':'))
        });
        let members = node.get("interfaces").map_or(&[][..], Node::items).iter().filter_map(Node::str);
        let line = match (&dhcp, node.get("addresses")) {
            (Some((_, line)), _) => *line,
            (None, Some(list)) => lines.outer(list.line),
            (None, None) => lines.outer(node.line),
        };
        Device { name, dhcp, addresses: addresses.count(), members: members.map(str::to_string).collect(), line }
    }

    fn ports(&self, id: &str) -> Vec<(String, String)> {
        self.members.iter().map(|port| (port.clone(), id.to_string())).collect()
    }
}

fn netplan(world: &World, files: &[(&str, &File)], out: &mut Said) {
    struct Merged {
        device: Device,
        path: Option<String>,
        order: usize,
        /// Nothing of the image is below this.
        whole: bool,
    }
    let cleared = world.removed.iter().any(|pattern| {
        pattern.trim_end_matches('/') == "/etc/netplan" || glob(pattern, "/etc/netplan/50-cloud-init.yaml")
    });
    let mut merged: BTreeMap<String, Merged> = BTreeMap::new();
    for (path, file) in files {
        let (text, lines) = file.joined();
        let Some(root) = yaml::parse(&text) else { continue };
        let Some(network) = root.get("network") else { continue };
        let whole = cleared || last_part(path) == "50-cloud-init.yaml";
        for (id, node) in devices(network) {
            let device = Device::read(id, node, &lines);
            out.1.extend(device.ports(id));
            let Some(known) = merged.get_mut(id) else {
                merged.insert(id.to_string(), Merged { device, path: file.place(path), order: file.order, whole });
                continue;
            };
            if node.get("match").is_some() {
                known.device.name = device.name;
            }
            if device.dhcp.is_some() {
                known.device.dhcp = device.dhcp;
                (known.device.line, known.path) = (device.line, file.place(path));
            }
            known.device.addresses += device.addresses;
            known.order = known.order.max(file.order);
            known.whole |= whole;
        }
    }
    for found in merged.into_values() {
        let Merged { device, path, order, whole } = found;
        let method = match device.dhcp {
            Some((true, _)) => Method::Dhcp,
            Some((false, _)) if device.addresses > 1 => Method::Excused,
            Some((false, _)) => Method::Static("netplan turns DHCP off"),
            // Without a word on DHCP the file of the image still says `dhcp4: true`, unless it is gone.
            None if whole && device.addresses == 1 => Method::Static("netplan sets an address without DHCP"),
            None => Method::Mentioned,
        };
        let interface = device.name;
        out.0.push(Claim { path, order, ..claim(&interface, method, device.line) });
    }
}

/// `/etc/network/interfaces` and what it includes.
fn interfaces(text: &str, lines: &Lines) -> Said {
    #[derive(Default)]
    struct Stanzas {
        fixed: usize,
        /// `eth0:1`: one more address, beside whatever `eth0` has.
        aliases: usize,
        dhcp: bool,
        line: u32,
    }
    let mut out: Said = (Vec::new(), Vec::new());
    let mut found: BTreeMap<String, Stanzas> = BTreeMap::new();
    let mut current = String::new();
    for (number, line) in numbered(text, lines) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["iface", name, "inet", method, ..] => {
                current = (*name).to_string();
                let (base, alias) = match name.split_once(':') {
                    Some((base, _)) => (base, true),
                    None => (*name, false),
                };
                let stanzas = found.entry(base.to_string()).or_default();
                match *method {
                    "static" if alias => stanzas.aliases += 1,
                    "static" => {
                        stanzas.fixed += 1;
                        stanzas.line = number;
                    }
                    "dhcp" if !alias => stanzas.dhcp = true,
                    _ => {}
                }
            }
            ["iface", name, ..] => current = (*name).to_string(),
            [key, ports @ ..] if matches!(*key, "bridge_ports" | "bridge-ports" | "bond-slaves" | "slaves") => {
                out.1.extend(ports.iter().map(|port| ((*port).to_string(), current.clone())));
            }
            _ => {}
        }
    }
    for (name, stanzas) in found {
        let method = match (stanzas.fixed, stanzas.aliases, stanzas.dhcp) {
            (_, _, true) => Method::Dhcp,
            (0, _, false) => Method::Mentioned,
            (1, 0, false) => Method::Static("the interfaces file sets a static address"),
            _ => Method::Excused,
        };
        out.0.push(claim(&name, method, stanzas.line.max(1)));
    }
    out
}

/// Lines without comments and blank ends, each with its line in the property.
fn numbered<'a>(text: &'a str, lines: &'a Lines) -> impl Iterator<Item = (u32, &'a str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        let comment = line.starts_with(['#', ';']);
        (!comment && !line.is_empty()).then(|| (lines.outer(u32::try_from(index + 1).unwrap_or(u32::MAX)), line))
    })
}

fn unquoted(text: &str) -> &str {
    // A comment after the value; a quoted one ends with its quote.
    let text = text.trim();
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].split(quote).next().unwrap_or(""),
        _ => text.split_whitespace().next().unwrap_or(""),
    }
}

/// The interface that an `ifcfg-` file is named after.
pub fn ifcfg_name(path: &str) -> String {
    let name = last_part(path).strip_prefix("ifcfg-").unwrap_or("").replace('_', " ");
    match name.as_str() {
        "Wired connection 1" | "*" => PRIMARY.to_string(),
        _ => name.strip_prefix("System ").unwrap_or(&name).to_string(),
    }
}

fn ifcfg(path: &str, text: &str, lines: &Lines, partial: bool) -> Said {
    let mut values: BTreeMap<String, (String, u32)> = BTreeMap::new();
    for (number, line) in numbered(text, lines) {
        let Some((key, value)) = line.trim_start_matches("export ").split_once('=') else { continue };
        values.insert(key.trim().to_ascii_uppercase(), (unquoted(value).to_string(), number));
    }
    let get = |key: &str| values.get(key).filter(|(value, _)| !value.is_empty());
    let named = get("DEVICE").map_or_else(|| ifcfg_name(path), |(name, _)| name.clone());
    let interface = if path.contains(':') { "alias".to_string() } else { named };
    for key in ["BRIDGE", "MASTER", "TEAM_MASTER"] {
        if let Some((master, _)) = get(key) {
            return (vec![claim(&interface, Method::Mentioned, 1)], vec![(interface.clone(), master.clone())]);
        }
    }
    let addresses = values.iter().filter(|(key, (value, _))| {
        let rest = key.strip_prefix("IPADDR");
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '_'))
            && !value.is_empty()
            && !value.contains(':')
    });
    let addresses: Vec<u32> = addresses.map(|(_, (_, line))| *line).collect();
    let protocol = get("BOOTPROTO").map(|(value, line)| (value.to_ascii_lowercase(), *line));
    let said = match protocol {
        Some((value, line)) if matches!(value.as_str(), "none" | "static") => match addresses.len() {
            0 | 1 => Some((Method::Static("BOOTPROTO turns DHCP off"), line)),
            _ => Some((Method::Excused, line)),
        },
        Some((value, line)) if matches!(value.as_str(), "dhcp" | "dhcp4" | "bootp" | "dhcp+autoip" | "auto") => {
            Some((Method::Dhcp, line))
        }
        Some(_) => None,
        None if partial => None,
        None => match addresses.as_slice() {
            [line] => Some((Method::Static("the ifcfg file sets an address without DHCP"), *line)),
            _ => None,
        },
    };
    let (method, line) = said.unwrap_or((Method::Mentioned, 1));
    (vec![claim(&interface, method, line)], Vec::new())
}

/// `key=value` lines in sections, as (section, key, value, line), names in lower case.
fn sections(text: &str, lines: &Lines) -> Vec<(String, String, String, u32)> {
    let mut section = String::new();
    let mut out = Vec::new();
    for (number, line) in numbered(text, lines) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim().to_ascii_lowercase();
        } else if let Some((key, value)) = line.split_once('=') {
            out.push((section.clone(), key.trim().to_ascii_lowercase(), value.trim().to_string(), number));
        }
    }
    out
}

/// A NetworkManager connection file.
fn keyfile(path: &str, text: &str, lines: &Lines) -> Said {
    let values = sections(text, lines);
    let get = |section: &str, key: &str| {
        values
            .iter()
            .rev()
            .find(|(s, k, _, _)| s == section && k == key)
            .map(|(_, _, value, line)| (value.as_str(), *line))
    };
    let kind = get("connection", "type").map_or("ethernet", |(kind, _)| kind);
    let named =
        get("connection", "interface-name").or(get("ethernet", "interface-name")).map(|(name, _)| name.to_string());
    let id = get("connection", "id").map(|(id, _)| id.to_string());
    let file = last_part(path).trim_end_matches(".nmconnection").to_string();
    let interface = named.unwrap_or_else(|| match kind {
        "ethernet" | "802-3-ethernet" => super::commands::connection_interface(&id.unwrap_or(file)),
        _ => "other".to_string(),
    });
    if let Some((master, _)) = get("connection", "master").or(get("connection", "controller")) {
        return (vec![claim(&interface, Method::Mentioned, 1)], vec![(interface.clone(), master.to_string())]);
    }
    let addresses = values
        .iter()
        .filter(|(section, key, value, _)| section == "ipv4" && key.starts_with("address") && !value.is_empty());
    // The old form lists several in one value.
    let addresses: usize = addresses
        .map(|(_, key, value, _)| if key == "addresses" { value.matches(';').count().max(1) } else { 1 })
        .sum();
    let (method, line) = match get("ipv4", "method") {
        Some(("manual", line)) if addresses > 1 => (Method::Excused, line),
        Some(("manual", line)) => (Method::Static("a NetworkManager connection has a manual address"), line),
        Some(("auto", line)) => (Method::Dhcp, line),
        _ => (Method::Mentioned, 1),
    };
    (vec![claim(&interface, method, line)], Vec::new())
}

/// A systemd-networkd file, or an addition to one.
fn networkd(path: &str, text: &str, lines: &Lines, whole: bool) -> Said {
    let values = sections(text, lines);
    let all = |section: &str, key: &str| -> Vec<(String, u32)> {
        let found = values.iter().filter(|(s, k, value, _)| s == section && k == key && !value.is_empty());
        found.map(|(_, _, value, line)| (value.clone(), *line)).collect()
    };
    let last = |section: &str, key: &str| all(section, key).pop();
    let name = last("match", "name").map(|(name, _)| name);
    let driver = last("match", "driver").is_some_and(|(driver, _)| driver.contains("hv_netvsc"));
    let ether = last("match", "type").is_some_and(|(kind, _)| kind == "ether");
    let has_mac = last("match", "macaddress").is_some() || last("match", "permanentmacaddress").is_some();
    let mut interface = match name {
        Some(names) if names.contains('!') => UNKNOWN.to_string(),
        // A list of names: the primary one is what counts.
        Some(names) => {
            let names: Vec<&str> = names.split_whitespace().collect();
            let main = names.iter().find(|name| super::class(name) == super::Class::Main);
            main.or(names.first()).map_or_else(|| UNKNOWN.to_string(), |name| (*name).to_string())
        }
        None if driver || (ether && !has_mac) => PRIMARY.to_string(),
        // An addition to a file that is named after its interface.
        None if path.ends_with(".conf") => super::commands::connection_interface(path),
        None => UNKNOWN.to_string(),
    };
    if has_mac && super::class(&interface) != super::Class::Main {
        interface = UNKNOWN.to_string();
    }
    if let Some((master, _)) = last("network", "bridge").or(last("network", "bond")) {
        return (vec![claim(&interface, Method::Mentioned, 1)], vec![(interface.clone(), master)]);
    }
    let mut addresses = all("network", "address");
    addresses.extend(all("address", "address"));
    addresses.retain(|(address, _)| !address.contains(':'));
    let dhcp = last("network", "dhcp").map(|(value, line)| (value.to_ascii_lowercase(), line));
    let off = dhcp
        .as_ref()
        .is_some_and(|(value, _)| matches!(value.as_str(), "no" | "false" | "off" | "0" | "none" | "ipv6" | "n"));
    let on = dhcp
        .as_ref()
        .is_some_and(|(value, _)| matches!(value.as_str(), "yes" | "true" | "on" | "1" | "ipv4" | "both" | "v4" | "y"));
    let address_line = addresses.first().map(|(_, line)| *line);
    let dhcp_line = dhcp.map(|(_, line)| line);
    let (method, line) = match (on, off, addresses.len()) {
        (true, _, _) => (Method::Dhcp, dhcp_line),
        (false, true, 0 | 1) => (Method::Static("systemd-networkd turns DHCP off"), dhcp_line),
        (false, false, 1) if whole => (Method::Static("systemd-networkd sets an address without DHCP"), address_line),
        (false, _, 2..) => (Method::Excused, address_line),
        (false, false, _) => (Method::Mentioned, None),
    };
    (vec![claim(&interface, method, line.unwrap_or(1))], Vec::new())
}

/// A desired state for `nmstatectl`.
pub fn nmstate(text: &str, lines: &Lines) -> Said {
    let mut out: Said = (Vec::new(), Vec::new());
    let Some(root) = yaml::parse(text) else { return out };
    for device in root.get("interfaces").map_or(&[][..], Node::items) {
        let Some(name) = device.get("name").and_then(Node::str) else { continue };
        let ports = device
            .get("bridge")
            .or(device.get("link-aggregation"))
            .and_then(|inner| inner.get("port").or(inner.get("ports")));
        for port in ports.map_or(&[][..], Node::items) {
            let port = port.str().or_else(|| port.get("name").and_then(Node::str));
            out.1.extend(port.map(|port| (port.to_string(), name.to_string())));
        }
        let Some(ipv4) = device.get("ipv4") else { continue };
        let addresses = ipv4.get("address").map_or(0, |list| list.items().len());
        let dhcp = ipv4.get("dhcp").and_then(Node::truth);
        let enabled = ipv4.get("enabled").and_then(Node::truth) != Some(false);
        let method = match (dhcp, addresses) {
            (Some(true), _) => Method::Dhcp,
            (_, 1) if enabled => Method::Static("nmstate sets a static address"),
            (_, 0) => Method::Mentioned,
            _ => Method::Excused,
        };
        let line = ipv4.get("dhcp").map_or(ipv4.line, |node| node.line);
        out.0.push(claim(name, method, lines.outer(line)));
    }
    out
}

/// FreeBSD's `rc.conf`.
pub fn rc_conf(text: &str, lines: &Lines) -> Said {
    let mut out: Said = (Vec::new(), Vec::new());
    for (number, line) in numbered(text, lines) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let Some(name) = name.strip_prefix("ifconfig_") else { continue };
        let name = if name == "DEFAULT" { PRIMARY.to_string() } else { name.to_string() };
        let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        let method = if value.contains("dhcp") {
            Method::Dhcp
        } else if value.starts_with("inet ") {
            Method::Static("rc.conf sets a static address")
        } else {
            Method::Mentioned
        };
        out.0.push(claim(&name, method, number));
    }
    out
}

/// `dhcpcd.conf`: the client takes a fixed address for an interface.
fn dhcpcd(text: &str, lines: &Lines) -> Said {
    let mut out: Said = (Vec::new(), Vec::new());
    let mut current = String::new();
    for (number, line) in numbered(text, lines) {
        if let Some(name) = line.strip_prefix("interface ") {
            current = name.trim().to_string();
        } else if line.strip_prefix("static ").is_some_and(|rest| rest.trim_start().starts_with("ip_address")) {
            out.0.push(claim(&current, Method::Static("dhcpcd.conf sets a static address"), number));
        }
    }
    out
}
