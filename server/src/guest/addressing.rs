//! Whether the guest gives its primary interface a static address, or says DHCP.
//!
//! The steps of all scripts are followed over a small picture of the guest: the network files that are written and
//! what commands have set. Where the scripts may go several ways there are several pictures, and a thing is said only
//! when it holds in all of them.

mod commands;
mod files;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::guest::script::{self, Action, PRIMARY, Step, UNKNOWN, Walk};
use crate::guest::{Addressing, GuestText, Lines, TextKind, yaml};

/// Ways that the scripts may go which are kept apart. With more, nothing is said.
const MAX_WORLDS: usize = 32;

/// Files of interest in one picture, and their bytes.
const MAX_FILES: usize = 256;
const MAX_FILE_BYTES: usize = 256 * 1024;

/// Things said in one picture. With more, nothing is said at all.
const MAX_CLAIMS: usize = 512;

/// Scripts that run scripts that lie in the guest.
const MAX_CALLS: usize = 8;

/// How the guest gets the address of its primary interface, over texts in the order in which they run.
pub fn addressing(texts: &[GuestText]) -> Addressing {
    let mut run = Run { walk: Walk::default(), order: 0, calls: Vec::new(), lost: false };
    let mut worlds = vec![Rc::new(World::default())];
    for text in texts.iter().filter(|text| !text.nested) {
        if text.kind == TextKind::CloudConfig {
            let claims = yaml::parse(&text.text).map(|root| files::cloud_network(&root, &text.lines));
            if let Some((claims, ports)) = claims {
                run.order += 1;
                for world in &mut worlds {
                    let world = Rc::make_mut(world);
                    world.say(claims.iter().map(|claim| Claim { order: run.order, ..claim.clone() }));
                    world.ports.extend(ports.iter().cloned());
                    world.version = run.order;
                }
            }
        }
        let steps = script::steps(text, &mut run.walk);
        worlds = run.steps(&steps, worlds);
    }
    worlds = run.at_boot(worlds);
    if run.lost || run.walk.exhausted {
        return Addressing::Unstated;
    }
    // The same in every world, or nothing.
    let mut verdicts = worlds.iter().map(|world| world.verdict());
    let Some(first) = verdicts.next() else { return Addressing::Unstated };
    let same = verdicts.all(|other| std::mem::discriminant(&other) == std::mem::discriminant(&first));
    if same { first } else { Addressing::Unstated }
}

/// One thing said about one interface.
#[derive(Clone, PartialEq, Eq)]
struct Claim {
    /// The name as written; may hold [`PRIMARY`] or [`UNKNOWN`].
    interface: String,
    method: Method,
    line: u32,
    path: Option<String>,
    /// The file of the image that was edited, unseen, to say so.
    edited: Option<String>,
    /// The address, where each such claim is one address more.
    address: Option<String>,
    /// When it was said: of two things about one interface, the later one holds.
    order: usize,
}

/// Where and when a step stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    line: u32,
    order: usize,
    path: Option<&'a str>,
}

impl Place<'_> {
    fn claim(self, interface: impl Into<String>, method: Method) -> Claim {
        let path = self.path.map(str::to_string);
        Claim {
            interface: interface.into(),
            method,
            line: self.line,
            path,
            edited: None,
            order: self.order,
            address: None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Static(&'static str),
    Dhcp,
    /// A static address that is no fault, or not surely one: one of several, or DHCP stays beside it.
    Excused,
    /// The interface is named, and nothing said of its address.
    Mentioned,
}

/// A file as far as it was written: by one text, or by several added to each other.
#[derive(Clone, Default)]
struct File {
    pieces: Vec<Rc<(String, Lines)>>,
    /// The first piece was added to a file of the image, of which only this much is known.
    partial: bool,
    /// The script in the guest that wrote it.
    origin: Option<String>,
    order: usize,
}

/// A picture of the guest.
#[derive(Clone, Default)]
struct World {
    /// The step that last changed it: pictures of one version are the same picture.
    version: usize,
    files: BTreeMap<String, File>,
    /// Files of the image that were removed, as patterns.
    removed: Vec<String>,
    claims: Vec<Claim>,
    /// Interfaces that are part of another one: port, bridge or bond.
    ports: Vec<(String, String)>,
    connections: BTreeMap<String, Connection>,
    /// Addresses added with `ip` or `ifconfig`, which hold only while no DHCP client runs.
    added: Vec<Claim>,
    client_stopped: bool,
    /// Windows keeps DHCP beside static addresses.
    coexists: bool,
    /// New names of Windows adapters, in lower case, and the old ones.
    renamed: Vec<(String, String)>,
    /// There is a Hyper-V switch, so that "the adapter" may be an inner one.
    has_switch: bool,
}

/// A NetworkManager connection as commands have set it.
#[derive(Clone)]
struct Connection {
    interface: String,
    method: Option<Method>,
    addresses: usize,
    /// It does not come up by itself.
    idle: bool,
    line: u32,
    path: Option<String>,
    order: usize,
}

impl File {
    /// The text, with the lines to name: of the file itself, or of what adds to it where the file is not all known.
    fn joined(&self) -> (Cow<'_, str>, Lines) {
        let text = match self.pieces.as_slice() {
            [only] => Cow::Borrowed(only.0.as_str()),
            pieces => Cow::Owned(pieces.iter().map(|piece| piece.0.as_str()).collect()),
        };
        if !self.partial {
            return (text, Lines::From(1));
        }
        let mut each = Vec::new();
        for piece in &self.pieces {
            let lines = u32::try_from(piece.0.lines().count()).unwrap_or(0);
            each.extend((1..=lines).map(|line| piece.1.outer(line)));
        }
        (text, Lines::Each(each))
    }

    /// The file that those lines are lines of.
    fn place(&self, path: &str) -> Option<String> {
        if self.partial { self.origin.clone() } else { Some(path.to_string()) }
    }
}

struct Run {
    walk: Walk,
    order: usize,
    /// Scripts in the guest that are being run, the innermost last.
    calls: Vec<String>,
    /// There were too many ways to follow.
    lost: bool,
}

impl Run {
    fn steps(&mut self, steps: &[Step], mut worlds: Vec<Rc<World>>) -> Vec<Rc<World>> {
        for step in steps {
            if self.lost {
                return worlds;
            }
            self.order += 1;
            match step {
                Step::Do { action: Action::Script(path), .. } => worlds = self.call(path, worlds),
                Step::Do { action, line } => {
                    let place = Place { line: *line, order: self.order, path: self.calls.last().map(String::as_str) };
                    for world in worlds.iter_mut().filter(|world| world.cares(action)) {
                        let world = Rc::make_mut(world);
                        world.take(action, place);
                        self.lost |= world.is_too_large();
                    }
                    if let Action::Run(words) = action
                        && let Some(unit) = started(words)
                    {
                        worlds = self.unit(&unit, worlds);
                    }
                }
                Step::Either(arms) => {
                    let mut after = Vec::new();
                    for arm in arms {
                        let worlds = self.steps(arm, worlds.clone());
                        add_new(&mut after, worlds);
                    }
                    worlds = after;
                    self.lost |= worlds.len() > MAX_WORLDS;
                    worlds.truncate(MAX_WORLDS);
                }
            }
        }
        worlds
    }

    /// Runs a script that lies in the guest, where it is known.
    fn call(&mut self, path: &str, worlds: Vec<Rc<World>>) -> Vec<Rc<World>> {
        self.each(worlds, |world, walk| {
            let (path, file) = world.find(path)?;
            let (text, lines) = file.joined();
            Some((path.to_string(), script::steps_of_file(path, &text, &lines, walk)))
        })
    }

    /// Runs what a systemd service that was written here starts.
    fn unit(&mut self, unit: &str, worlds: Vec<Rc<World>>) -> Vec<Rc<World>> {
        let path = format!("/etc/systemd/system/{unit}");
        self.each(worlds, |world, walk| {
            let (text, lines) = world.files.get(&path)?.joined();
            let mut steps = Vec::new();
            for (index, line) in text.lines().enumerate() {
                let Some(command) = line.trim().strip_prefix("ExecStart") else { continue };
                let Some((_, command)) = command.split_once('=') else { continue };
                let line = lines.outer(u32::try_from(index + 1).unwrap_or(u32::MAX));
                let command = command.trim_start_matches(['-', '@', '+', '!', ':']);
                steps.extend(script::shell::steps(command, &Lines::At(line), walk));
            }
            Some((path.clone(), steps))
        })
    }

    /// What the guest runs by itself at boot.
    fn at_boot(&mut self, worlds: Vec<Rc<World>>) -> Vec<Rc<World>> {
        let runs = |path: &str| {
            path.starts_with("/var/lib/cloud/scripts/per-") || path == "/etc/rc.local" || path == "/etc/rc.d/rc.local"
        };
        let paths = worlds.iter().flat_map(|world| world.files.keys()).filter(|path| runs(path));
        let paths: BTreeSet<String> = paths.cloned().collect();
        paths.into_iter().fold(worlds, |worlds, path| self.call(&path, worlds))
    }

    fn each(
        &mut self,
        worlds: Vec<Rc<World>>,
        steps: impl Fn(&World, &mut Walk) -> Option<(String, Vec<Step>)>,
    ) -> Vec<Rc<World>> {
        if self.calls.len() >= MAX_CALLS {
            return worlds;
        }
        let mut after = Vec::new();
        for world in worlds {
            let next = match steps(&world, &mut self.walk) {
                Some((path, steps)) => {
                    self.calls.push(path);
                    let next = self.steps(&steps, vec![world]);
                    self.calls.pop();
                    next
                }
                None => vec![world],
            };
            add_new(&mut after, next);
        }
        self.lost |= after.len() > MAX_WORLDS;
        after.truncate(MAX_WORLDS);
        after
    }
}

/// Adds the pictures that are not there yet.
fn add_new(known: &mut Vec<Rc<World>>, more: Vec<Rc<World>>) {
    for world in more {
        if !known.iter().any(|other| other.version == world.version) {
            known.push(world);
        }
    }
}

/// The service that `systemctl start x` or `enable x` is about.
fn started(words: &[String]) -> Option<String> {
    if words.first()? != "systemctl"
        || !words.iter().any(|word| matches!(word.as_str(), "start" | "restart" | "enable"))
    {
        return None;
    }
    let unit = words.iter().skip(1).rfind(|word| !word.starts_with('-'))?;
    Some(if unit.contains('.') { unit.clone() } else { format!("{unit}.service") })
}

impl World {
    /// Whether an action may change this picture.
    fn cares(&self, action: &Action) -> bool {
        match action {
            Action::Run(words) => commands::matters(self, words),
            Action::Cmdlet { name, .. } => commands::matters_cmdlet(name),
            Action::Write { path, text, .. } => {
                self.files.contains_key(path) || files::is_network(path) || files::is_relevant(text)
            }
            Action::Remove(pattern) => {
                let folder = format!("{}/", pattern.trim_end_matches('/'));
                let known = self.files.keys().any(|path| glob(pattern, path) || path.starts_with(&folder));
                known || removes_network(pattern) || pattern.ends_with("/dhclient")
            }
            Action::Copy { from, to, keep } => {
                self.find(from).is_some()
                    || from.contains('*')
                    || files::is_network(to)
                    || self.files.contains_key(to)
                    || (!keep && removes_network(from))
            }
            Action::Script(_) => false,
        }
    }

    fn take(&mut self, action: &Action, place: Place<'_>) {
        let order = place.order;
        // One step changes every picture that it changes in the same way, but from where that one was.
        self.version = self.version.wrapping_mul(1_000_003).wrapping_add(order);
        match action {
            Action::Run(words) => commands::run(self, words, place),
            Action::Cmdlet { name, parameters } => commands::cmdlet(self, name, parameters, place),
            Action::Write { path, text, append, lines } => self.write(path, text, *append, lines, place),
            Action::Remove(path) => self.remove(path),
            Action::Copy { from, to, keep } => self.copy(from, to, *keep, order),
            Action::Script(_) => {}
        }
    }

    fn say(&mut self, claims: impl IntoIterator<Item = Claim>) {
        self.claims.extend(claims);
    }

    /// A file is no longer what edits had made of it.
    fn forget(&mut self, pattern: &str) {
        self.claims.retain(|claim| claim.edited.as_ref().is_none_or(|path| path != pattern && !glob(pattern, path)));
    }

    fn is_too_large(&self) -> bool {
        let said = self.claims.len()
            + self.ports.len()
            + self.removed.len()
            + self.added.len()
            + self.connections.len()
            + self.renamed.len();
        let bytes: usize = self.files.values().flat_map(|file| &file.pieces).map(|piece| piece.0.len()).sum();
        said > MAX_CLAIMS || self.files.len() > MAX_FILES || bytes > MAX_FILE_BYTES
    }

    fn write(&mut self, path: &str, text: &str, append: bool, lines: &Lines, place: Place<'_>) {
        let known = self.files.contains_key(path);
        let file = self.files.entry(path.to_string()).or_default();
        if !append {
            *file = File::default();
            self.claims.retain(|claim| claim.edited.as_deref() != Some(path));
        } else if !known {
            file.partial = true;
        }
        file.origin = place.path.map(str::to_string);
        file.pieces.push(Rc::new((text.to_string(), lines.clone())));
        file.order = place.order;
    }

    fn remove(&mut self, pattern: &str) {
        let folder = format!("{}/", pattern.trim_end_matches('/'));
        self.files.retain(|path, _| !glob(pattern, path) && !path.starts_with(&folder));
        self.forget(pattern);
        if removes_network(pattern) {
            self.removed.push(pattern.to_string());
        }
        if pattern.ends_with("/dhclient") {
            self.client_stopped = true;
        }
    }

    fn copy(&mut self, from: &str, to: &str, keep: bool, order: usize) {
        let found: Vec<(String, File)> = match self.find(from) {
            Some((path, file)) => vec![(path.to_string(), file.clone())],
            None => {
                let matching = self.files.iter().filter(|(path, _)| from.contains('*') && glob(from, path));
                matching.map(|(path, file)| (path.clone(), file.clone())).collect()
            }
        };
        if !keep {
            self.remove(from);
        }
        if found.is_empty() && !to.contains('*') {
            // From somewhere unseen: what was there is no more.
            self.files.remove(to);
            self.forget(to);
        }
        for (path, file) in found {
            let target = match to.rsplit_once('/') {
                Some((folder, name)) if name.contains('*') => format!("{folder}/{}", last_part(&path)),
                _ => to.to_string(),
            };
            self.forget(&target);
            self.files.insert(target, File { partial: false, order, ..file });
        }
    }

    /// A file by its path, or by its bare name when that is all that is given.
    fn find(&self, path: &str) -> Option<(&str, &File)> {
        if let Some((path, file)) = self.files.get_key_value(path) {
            return Some((path, file));
        }
        let name = path.trim_start_matches("./").trim_start_matches(".\\");
        let same = |known: &str| {
            known.eq_ignore_ascii_case(name)
                || last_part(known).eq_ignore_ascii_case(name)
                || (last_part(name).contains('.') && last_part(known).eq_ignore_ascii_case(last_part(name)))
        };
        let windows = name.contains('\\') || !name.contains('/');
        let found = self.files.iter().find(|(known, _)| windows && same(known));
        found.map(|(path, file)| (path.as_str(), file))
    }

    /// What this picture says of the primary interface.
    fn verdict(&self) -> Addressing {
        let (mut claims, mut ports) = files::claims(self);
        claims.extend(self.claims.iter().cloned());
        ports.extend(self.ports.iter().cloned());
        for connection in self.connections.values() {
            let method = match connection.method {
                Some(Method::Static(_)) if connection.addresses > 1 => Method::Excused,
                Some(method) if !connection.idle => method,
                Some(_) | None => Method::Mentioned,
            };
            let place = Place { line: connection.line, order: connection.order, path: connection.path.as_deref() };
            claims.push(place.claim(connection.interface.clone(), method));
        }
        if self.client_stopped {
            claims.extend(self.added.iter().cloned());
        }
        claims.sort_by_key(|claim| claim.order);
        let named =
            claims.iter().map(|claim| claim.interface.as_str()).chain(ports.iter().map(|(port, _)| port.as_str()));
        let named: Vec<&str> = named.collect();
        // Where `eth0` is spoken of, `ens5` is another one; else the first of its kind is the primary.
        let has_main = named.iter().any(|name| class(name) == Class::Main);
        let first =
            named.iter().filter(|name| class(name) == Class::Candidate).min_by_key(|name| natural(name)).copied();
        // Likewise `Ethernet 2` beside `Ethernet`.
        let has_ethernet = named.iter().any(|name| name.eq_ignore_ascii_case("ethernet"));
        let is_primary = |name: &str| match class(name) {
            Class::Main => true,
            Class::Candidate => !has_main && first == Some(name),
            Class::Other | Class::Numbered | Class::Unknown => false,
        };
        let may_be_primary = |name: &str| match class(name) {
            Class::Unknown => true,
            Class::Numbered => !has_ethernet,
            Class::Main | Class::Candidate | Class::Other => false,
        };
        // A bridge or bond takes over the address of its primary port.
        let masters: Vec<&str> =
            ports.iter().filter(|(port, _)| is_primary(port)).map(|(_, master)| master.as_str()).collect();
        let about =
            claims.iter().filter(|claim| claim.method != Method::Mentioned).filter(|claim| match masters.is_empty() {
                true => is_primary(&claim.interface),
                false => masters.contains(&claim.interface.as_str()),
            });
        let about: Vec<&Claim> = about.collect();
        let Some(last) = about.last() else { return Addressing::Unstated };
        let kind = std::mem::discriminant(&last.method);
        let undone = claims.iter().any(|claim| {
            let other = matches!(claim.method, Method::Static(_) | Method::Dhcp)
                && std::mem::discriminant(&claim.method) != kind;
            other && claim.order > last.order && may_be_primary(&claim.interface)
        });
        if undone {
            return Addressing::Unstated;
        }
        let addresses: BTreeSet<(&str, usize)> = about
            .iter()
            .filter(|claim| matches!(claim.method, Method::Static(_)))
            .filter_map(|claim| claim.address.as_deref().map(|address| (address, claim.order)))
            // The same address twice is one; an unknown one is always another.
            .map(|(address, order)| (address, if address.contains(UNKNOWN) { order } else { 0 }))
            .collect();
        let several = addresses.len() > 1;
        match last.method {
            Method::Static(_) if several || self.coexists => Addressing::Unstated,
            Method::Static(how) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
                let shown = (1..=32).contains(&last.interface.len()) && last.interface.chars().all(plain);
                Addressing::Static {
                    interface: shown.then(|| last.interface.clone()),
                    line: last.line,
                    how,
                    path: last.path.as_ref().map(|path| path.replace([PRIMARY, UNKNOWN], "*")),
                }
            }
            Method::Dhcp => Addressing::Dhcp,
            Method::Excused | Method::Mentioned => Addressing::Unstated,
        }
    }
}

/// Whether a removal takes network files of the image away.
fn removes_network(pattern: &str) -> bool {
    files::is_network(pattern) || files::is_network(&format!("{}/x.yaml", pattern.trim_end_matches('/')))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// The primary interface by its name: `eth0`, `Ethernet`.
    Main,
    /// The primary interface when there is none of the first kind: `ens33`, `enp0s3`.
    Candidate,
    /// `Ethernet 2`: the second adapter, or the only one of a machine that remembers an older one.
    Numbered,
    /// Surely another one.
    Other,
    Unknown,
}

fn class(name: &str) -> Class {
    let lower = name.trim().to_ascii_lowercase();
    if name.contains(PRIMARY) {
        return Class::Main;
    }
    if name.contains(UNKNOWN) || (!name.is_empty() && name.chars().all(|c| c.is_ascii_digit())) {
        return Class::Unknown;
    }
    if matches!(lower.as_str(), "eth0" | "hn0" | "ethernet" | "local area connection") {
        return Class::Main;
    }
    if name.contains(['*', '?']) {
        let main = ["eth0", "ens0", "enp0s3", "ethernet"].iter().any(|main| glob(&lower, main));
        return if main { Class::Main } else { Class::Other };
    }
    if lower.strip_prefix("ethernet ").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit())) {
        return Class::Numbered;
    }
    // `enP1s1` is the hardware side of an interface, not an interface of its own.
    let candidate = ["ens", "enp", "eno", "enx"].iter().any(|prefix| name.starts_with(prefix));
    if candidate && !name.contains(['.', ':', ' ']) { Class::Candidate } else { Class::Other }
}

/// Names in the order of their numbers: `ens5` before `ens33`.
fn natural(name: &str) -> Vec<(bool, u64, String)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push((digits, part.parse().unwrap_or(0), part.to_string()));
        rest = after;
    }
    parts
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or("")
}

/// `*` and `?` as a shell means them.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
