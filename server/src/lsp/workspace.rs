//! Files around the open documents: what is in the workspace, how it is read, and what the user has set.
//!
//! A run reads open documents as they are in the editor and everything else from the disk, and only inside of the
//! folders that the client named, or for a document that lies in none of them, inside of its own folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use ignore::WalkBuilder;
use serde_json::{Value, json};
use tower_lsp::ls_types::FileChangeType;

use crate::check::Options;
use crate::config::{self, Config, Fault};
use crate::document::{Document, Language, SOURCES};
use crate::input::{Environment, Files};
use crate::lsp::action::Configuration;
use crate::lsp::convert;
use crate::lsp::state::{Folder, Job, OpenDocuments, is_candidate};
use crate::profile::Choice;
use crate::rules::{self, Severity};
use crate::text::FileId;

/// What is larger is not looked at in an editor.
pub const MAX_BYTES: u64 = 16 << 20;
/// How much of a file that is too large is read to see whether it is one of ours.
const HEAD_BYTES: u64 = 64 << 10;
/// Documents from the disk are kept between runs up to this many bytes.
const CACHE_BYTES: u64 = 16 << 20;
/// What an entry refers to is followed up to this size, as ARM's limit for a template.
const MAX_FOLLOWED_BYTES: u64 = 4 << 20;
/// The most files of other folders that one entry may refer to.
const MAX_FOLLOWED: usize = 64;
/// Nobody writes a longer configuration.
const MAX_CONFIGURATION_BYTES: u64 = 1 << 20;
/// More files in a folder than this are not gone through.
const MAX_SIBLINGS: usize = 2000;

/// What the user has set in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether files that are not open are looked at too.
    pub workspace: bool,
    pub profile: Option<Choice>,
    /// `None` is off.
    pub severities: BTreeMap<String, Option<Severity>>,
    pub environment: Environment,
    pub code_lens: bool,
    pub inlay_hints: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            workspace: true,
            profile: None,
            severities: BTreeMap::new(),
            environment: Environment::default(),
            code_lens: true,
            inlay_hints: false,
        }
    }
}

/// The settings of every folder, and those of what lies in none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllSettings {
    pub common: Settings,
    pub by_folder: Vec<(PathBuf, Settings)>,
}

impl AllSettings {
    /// Those that count for a file: of the innermost folder that it lies in.
    pub fn of(&self, path: &Path) -> &Settings {
        let around = self.by_folder.iter().filter(|(folder, _)| path.starts_with(folder));
        around.max_by_key(|(folder, _)| folder.as_os_str().len()).map_or(&self.common, |(_, settings)| settings)
    }
}

/// What is known of files from one run to the next: their numbers, and what was read lately.
#[derive(Default)]
pub struct Disk {
    numbers: Mutex<HashMap<PathBuf, FileId>>,
    read: Mutex<HashMap<PathBuf, (Stamp, Arc<Document>)>>,
}

/// Tells whether a file is still the one that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl Disk {
    /// The number of a file; the same path always has the same.
    pub fn number(&self, path: &Path) -> FileId {
        let mut numbers = lock(&self.numbers);
        let next = FileId(u32::try_from(numbers.len()).unwrap_or(u32::MAX));
        *numbers.entry(path.to_owned()).or_insert(next)
    }

    fn cached(&self, path: &Path, stamp: Stamp) -> Option<Arc<Document>> {
        let read = lock(&self.read);
        read.get(path).filter(|(then, _)| *then == stamp).map(|(_, document)| document.clone())
    }

    fn keep(&self, stamp: Stamp, document: &Arc<Document>) {
        let mut read = lock(&self.read);
        let total: u64 = read.values().map(|(stamp, _)| stamp.bytes).sum();
        if total + stamp.bytes > CACHE_BYTES {
            read.clear();
        }
        if stamp.bytes <= CACHE_BYTES {
            read.insert(document.path.clone(), (stamp, document.clone()));
        }
    }
}

/// The world as one run sees it, and what the run asked for.
pub struct Snapshot {
    entry: PathBuf,
    open: Arc<OpenDocuments>,
    disk: Arc<Disk>,
    /// The folders that files may lie in, as they are written and as they are on the disk.
    roots: Vec<(PathBuf, Option<PathBuf>)>,
    touched: Mutex<HashSet<PathBuf>>,
    listed: Mutex<HashSet<PathBuf>>,
    /// The files of other folders that were there.
    followed: Mutex<HashSet<PathBuf>>,
}

impl Snapshot {
    pub fn new(job: &Job) -> Snapshot {
        let entry = job.entry.clone();
        let folders = || job.folders.iter().map(|folder| folder.path.clone());
        let roots: Vec<PathBuf> = match folders().any(|folder| entry.starts_with(folder)) {
            true => folders().collect(),
            false => entry.parent().filter(|_| entry.is_absolute()).map(Path::to_owned).into_iter().collect(),
        };
        let roots = roots.into_iter().map(|root| (root.clone(), fs::canonicalize(root).ok())).collect();
        Snapshot {
            touched: Mutex::new(HashSet::from([entry.clone()])),
            listed: Mutex::default(),
            followed: Mutex::default(),
            entry,
            open: job.open.clone(),
            disk: job.disk.clone(),
            roots,
        }
    }

    /// The files asked for, and the folders looked through.
    pub fn into_traces(self) -> (HashSet<PathBuf>, HashSet<PathBuf>) {
        (
            self.touched.into_inner().unwrap_or_else(PoisonError::into_inner),
            self.listed.into_inner().unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The entry from the disk, or why it is not looked at.
    pub fn entry_from_disk(&self) -> Result<Arc<Document>, Unread> {
        let metadata = self.metadata(&self.entry).map_err(|_| Unread::Other)?;
        if metadata.len() > MAX_BYTES {
            return Err(Unread::TooLarge { bytes: metadata.len(), head: self.head() });
        }
        self.read(&self.entry, &metadata).map(Arc::new).map_err(|_| Unread::Other)
    }

    /// A small text file, wherever it lies.
    fn small(&self, path: PathBuf) -> Option<Arc<Document>> {
        lock(&self.touched).insert(path.clone());
        if let Some(document) = self.open.get(&path) {
            return Some(document.clone());
        }
        let metadata = fs::metadata(&path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_CONFIGURATION_BYTES {
            return None;
        }
        self.read(&path, &metadata).ok().map(Arc::new)
    }

    fn is_inside(&self, path: &Path) -> bool {
        self.roots.iter().any(|(root, _)| path.starts_with(root))
    }

    /// What the disk says of a file, if we may read it: links are followed only as long as they stay inside.
    fn metadata(&self, path: &Path) -> Result<Metadata, String> {
        if !path.is_absolute() || !self.is_inside(path) {
            return Err("it lies outside of the workspace".to_owned());
        }
        let Ok(target) = fs::canonicalize(path) else { return Err("there is no such file".to_owned()) };
        if !self.roots.iter().any(|(_, root)| root.as_ref().is_some_and(|root| target.starts_with(root))) {
            return Err("it lies outside of the workspace".to_owned());
        }
        match fs::metadata(&target) {
            Ok(metadata) if metadata.is_file() => Ok(metadata),
            Ok(_) => Err("it is no file".to_owned()),
            Err(_) => Err("it cannot be read".to_owned()),
        }
    }

    fn read(&self, path: &Path, metadata: &Metadata) -> Result<Document, String> {
        if metadata.len() > MAX_BYTES {
            return Err(format!("it has more than {} MiB", MAX_BYTES >> 20));
        }
        let bytes = read_start(path, MAX_BYTES).map_err(|_| "it cannot be read".to_owned())?;
        Document::from_bytes(self.disk.number(path), path, bytes).map_err(|error| error.to_string())
    }

    /// The files of a folder that are of a kind, on the disk or only open, sorted.
    fn files_in(&self, folder: &Path, is_wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
        let on_disk = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_SIBLINGS).map(|item| item.path());
        let open = self.open.keys().filter(|open| open.parent() == Some(folder)).cloned();
        let mut files: Vec<PathBuf> = on_disk.chain(open).filter(|path| is_wanted(path)).collect();
        files.sort();
        files.dedup();
        files
    }

    fn head(&self) -> Vec<u8> {
        read_start(&self.entry, HEAD_BYTES).unwrap_or_default()
    }
}

impl Files for Snapshot {
    fn document(&self, path: &Path) -> Result<Arc<Document>, String> {
        let path = convert::normal(path);
        lock(&self.touched).insert(path.clone());
        let open = self.open.get(&path).filter(|_| path == self.entry || self.is_inside(&path));
        if let Some(document) = open {
            return Ok(document.clone());
        }
        let metadata = self.metadata(&path)?;
        if path != self.entry && metadata.len() > MAX_FOLLOWED_BYTES {
            return Err(format!("it has more than {} MiB", MAX_FOLLOWED_BYTES >> 20));
        }
        if path.parent() != self.entry.parent() {
            let mut followed = lock(&self.followed);
            followed.insert(path.clone());
            if followed.len() > MAX_FOLLOWED {
                return Err(format!("more than {MAX_FOLLOWED} files are referred to"));
            }
        }
        let stamp = Stamp { modified: metadata.modified().ok(), bytes: metadata.len() };
        if let Some(document) = self.disk.cached(&path, stamp) {
            return Ok(document);
        }
        let document = Arc::new(self.read(&path, &metadata)?);
        self.disk.keep(stamp, &document);
        Ok(document)
    }

    fn siblings(&self, path: &Path) -> Vec<PathBuf> {
        let path = convert::normal(path);
        let Some(folder) = path.parent().filter(|_| path.is_absolute() && self.is_inside(&path)) else {
            return vec![path];
        };
        lock(&self.listed).insert(folder.to_owned());
        let mut siblings = self.files_in(folder, is_candidate);
        siblings.push(path);
        siblings.sort();
        siblings.dedup();
        siblings
    }

    fn sources(&self, folder: &Path) -> Vec<PathBuf> {
        let folder = convert::normal(folder);
        if !folder.is_absolute() || !self.is_inside(&folder) {
            return Vec::new();
        }
        lock(&self.listed).insert(folder.clone());
        let is_bicep = |path: &Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bicep"));
        self.files_in(&folder, is_bicep)
    }
}

/// Why an entry is not looked at.
pub enum Unread {
    TooLarge {
        bytes: u64,
        /// How it begins.
        head: Vec<u8>,
    },
    /// It is not there, is no text, or is none of our business.
    Other,
}

fn read_start(path: &Path, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut start)?;
    Ok(start)
}

/// Whether a change of this file can change a finding.
fn matters(path: &Path) -> bool {
    is_candidate(path) || is_source(path) || path.file_name().is_some_and(|name| name == config::FILE_NAME)
}

/// A text that findings may point into, but that starts no unit.
pub fn is_source(path: &Path) -> bool {
    Language::of(path) != Language::Json
}

/// The files that the client should watch, as globs.
pub fn watched() -> [String; 2] {
    let sources: Vec<&str> = SOURCES.iter().map(|(extension, _)| *extension).collect();
    [format!("**/*.{{json,jsonc,{}}}", sources.join(",")), format!("**/{}", config::FILE_NAME)]
}

/// The files of the workspace that matter, as they were at some time. What version control ignores is left out.
#[derive(Default)]
pub struct Seen {
    files: HashMap<PathBuf, Stamp>,
}

impl Seen {
    /// Walks through the folders.
    pub fn now(folders: &[Folder]) -> Seen {
        let mut files = HashMap::new();
        for folder in folders {
            let walk = WalkBuilder::new(&folder.path)
                .require_git(false)
                .filter_entry(|entry| entry.file_name() != "node_modules")
                .build();
            let found = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
            for entry in found.filter(|entry| matters(entry.path())) {
                let metadata = entry.metadata().ok();
                let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
                let bytes = metadata.map_or(0, |metadata| metadata.len());
                files.insert(entry.into_path(), Stamp { modified, bytes });
            }
        }
        Seen { files }
    }

    /// The files that may start a unit, in their order.
    pub fn candidates(&self) -> Vec<PathBuf> {
        let mut candidates: Vec<PathBuf> = self.files.keys().filter(|path| is_candidate(path)).cloned().collect();
        candidates.sort();
        candidates
    }

    /// The files that have come, gone or changed since.
    pub fn changes(&self, before: &Seen) -> Vec<(PathBuf, FileChangeType)> {
        let come = self.files.iter().filter_map(|(path, stamp)| match before.files.get(path) {
            None => Some((path.clone(), FileChangeType::CREATED)),
            Some(then) => (then != stamp).then(|| (path.clone(), FileChangeType::CHANGED)),
        });
        let gone = before.files.keys().filter(|path| !self.files.contains_key(*path));
        come.chain(gone.map(|path| (path.clone(), FileChangeType::DELETED))).collect()
    }
}

/// The nearest `backuplint.toml` of a file, or where it would be put: into the folder of the workspace.
///
/// It may also lie above the workspace, so that an editor and the command line find the same one.
pub fn configuration(files: &Snapshot, path: &Path) -> Option<Configuration> {
    let folders = path.ancestors().skip(1).filter(|_| path.is_absolute());
    if let Some(document) = folders.map(|folder| folder.join(config::FILE_NAME)).find_map(|path| files.small(path)) {
        return Some(Configuration::Written(document));
    }
    let root = files.roots.iter().map(|(root, _)| root).find(|root| path.starts_with(root))?;
    Some(Configuration::Missing(root.join(config::FILE_NAME)))
}

/// What holds for an entry.
pub struct Plan {
    pub options: Options,
    /// The configuration leaves it out.
    pub excluded: bool,
    /// The configuration, where it is faulty: then only the editor's settings count.
    pub fault: Option<(Arc<Document>, Fault)>,
}

/// How to analyse an entry: as its configuration says, and what that leaves open as the editor's settings say.
pub fn plan(files: &Snapshot, entry: &Path, settings: &Settings) -> Plan {
    let mut plan = Plan {
        options: Options {
            profile: settings.profile.unwrap_or(Choice::All),
            severities: settings.severities.clone(),
            environment: settings.environment.clone(),
            parameters: None,
            pairings: Vec::new(),
            fixes: false,
        },
        excluded: false,
        fault: None,
    };
    let Some(Configuration::Written(document)) = configuration(files, entry) else { return plan };
    let folder = document.path.parent().unwrap_or(&document.path);
    let config = match Config::read(document.text.as_str(), folder) {
        Ok(config) => config,
        Err(fault) => {
            plan.fault = Some((document, fault));
            return plan;
        }
    };
    let decision = config.decide(entry);
    let options = &mut plan.options;
    options.profile = decision.profile.unwrap_or(options.profile);
    options.severities.extend(decision.severities);
    options.pairings = config.pairings();
    let (written, open) = (config.environment(), options.environment.clone());
    options.environment = Environment {
        subscription_id: written.subscription_id.or(open.subscription_id),
        resource_group: written.resource_group.or(open.resource_group),
        location: written.location.or(open.location),
        management_group: written.management_group.or(open.management_group),
        tenant_id: written.tenant_id.or(open.tenant_id),
    };
    plan.excluded = config.excludes(entry);
    plan
}

impl Settings {
    /// The settings in the client's words, and what is wrong with them. What cannot be read counts as not set.
    pub fn read(value: &Value) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let mut complaints = Vec::new();
        let flag = |name: &str, default: bool| value[name].as_bool().unwrap_or(default);
        settings.workspace = flag("workspace", settings.workspace);
        settings.code_lens = flag("codeLens", settings.code_lens);
        settings.inlay_hints = flag("inlayHints", settings.inlay_hints);
        if let Some(name) = value["profile"].as_str() {
            match Choice::read(name) {
                Ok(choice) => settings.profile = Some(choice),
                Err(why) => complaints.push(format!("setting profile: {why}")),
            }
        }
        for (rule, level) in value["rules"].as_object().into_iter().flatten() {
            match (rules::rule(rule), serde_json::from_value::<Severity>(level.clone()), level.as_str()) {
                (None, ..) => complaints.push("setting rules: there is no such rule".to_owned()),
                (Some(rule), _, Some("off")) => drop(settings.severities.insert(rule.name.to_owned(), None)),
                (Some(rule), Ok(level), _) => drop(settings.severities.insert(rule.name.to_owned(), Some(level))),
                (Some(rule), ..) => complaints
                    .push(format!("setting rules: {} must be off, hint, information, warning or error", rule.name)),
            }
        }
        let text = |name: &str| value["environment"][name].as_str().map(str::to_owned);
        settings.environment = Environment {
            subscription_id: text("subscriptionId"),
            resource_group: text("resourceGroup"),
            location: text("location"),
            management_group: text("managementGroup"),
            tenant_id: text("tenantId"),
        };
        (settings, complaints)
    }
}

/// What the settings of an editor can be, by name: the part of VS Code's `contributes.configuration` that says what is
/// checked. Made of the schema of [`Config`], so that both say the same.
pub fn settings_schema() -> Value {
    let config = Config::schema();
    let config = config.as_value();
    let (properties, definitions) = (&config["properties"], &config["$defs"]);
    let counts_more = " What a `backuplint.toml` says counts more.";
    let description = |of: &Value| format!("{}{counts_more}", of["description"].as_str().unwrap_or_default());
    let rules = properties["rules"]["properties"].as_object().into_iter().flatten().map(|(name, rule)| {
        let levels = definitions["Level"]["enum"].clone();
        (name.clone(), json!({ "type": "string", "enum": levels, "description": rule["description"] }))
    });
    let environment =
        definitions["Environment"]["properties"].as_object().into_iter().flatten().map(|(name, member)| {
            (camel_case(name), json!({ "type": "string", "markdownDescription": member["description"] }))
        });
    let default = Settings::default();
    let flag = |default: bool, words: &str| json!({ "type": "boolean", "default": default, "scope": "resource", "description": words });
    json!({
        "backuplint.profile": {
            "type": "string", "enum": definitions["Profile"]["enum"], "default": Choice::All.to_string(), "scope": "resource",
            "markdownDescription": description(&properties["profile"]),
        },
        "backuplint.rules": {
            "type": "object", "default": {}, "scope": "resource", "markdownDescription": description(&properties["rules"]),
            "properties": rules.collect::<serde_json::Map<_, _>>(), "additionalProperties": false,
        },
        "backuplint.environment": {
            "type": "object", "default": {}, "scope": "resource", "markdownDescription": description(&properties["environment"]),
            "properties": environment.collect::<serde_json::Map<_, _>>(), "additionalProperties": false,
        },
        "backuplint.workspace": flag(default.workspace, "Looks at the files of the workspace that are not open too."),
        "backuplint.codeLens": flag(
            default.code_lens,
            "Shows above policies and protected items how many instant restore points there will be, and what limits them.",
        ),
        "backuplint.inlayHints": flag(
            default.inlay_hints,
            "Shows what cannot be read from the text: what an expression comes to, and what holds where a property is absent.",
        ),
    })
}

/// `resource-group` as `resourceGroup`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_uppercase() + tail
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
