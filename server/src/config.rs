//! `backuplint.toml`: what a project decides for everybody who works on it.
//!
//! Only texts and paths are handled here; the command line and the language server find and read the file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::input;
use crate::profile::{Choice, profiles};
use crate::rules::{self, RULES, Severity};

/// The name of the file, which is looked for in the folder of the analysed file and in those above it.
pub const FILE_NAME: &str = "backuplint.toml";

/// What a project decides for everybody: which documentation holds, how bad findings are, where it deploys to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "Configuration of backuplint")]
pub struct Config {
    /// Whose documentation holds: every profile's (`all`), the newest (`current`) or that of one time.
    #[schemars(with = "Profile")]
    pub profile: Option<Profile>,
    /// The lowest severity at which a run fails; `warning` if it is not set.
    #[schemars(with = "Severity")]
    pub fail_on: Option<Severity>,
    /// Severities by rule.
    #[schemars(schema_with = "rules_schema")]
    pub rules: BTreeMap<RuleName, Level>,
    /// Files and folders that are left out unless they are named on the command line.
    pub exclude: Vec<Pattern>,
    /// Other settings for some files; of several that fit, the last counts.
    pub overrides: Vec<Override>,
    /// Where templates are deployed. What is not given stays unknown.
    pub environment: Environment,
    /// Parameter files by template, beside those that are found by their name.
    #[schemars(with = "BTreeMap<String, Patterns>")]
    pub parameters: BTreeMap<TemplateGlob, Patterns>,
    #[serde(skip)]
    folder: PathBuf,
}

/// Settings for some files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    /// The files and folders that it is for.
    pub files: Patterns,
    /// Whose documentation holds for them.
    #[serde(default)]
    #[schemars(with = "Profile")]
    pub profile: Option<Profile>,
    /// Severities by rule.
    #[serde(default)]
    #[schemars(schema_with = "rules_schema")]
    pub rules: BTreeMap<RuleName, Level>,
}

/// Where templates are deployed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Environment {
    /// What `subscription()` is.
    #[schemars(with = "String", length(min = 1))]
    #[serde(deserialize_with = "segment")]
    pub subscription_id: Option<String>,
    /// The name of `resourceGroup()`.
    #[schemars(with = "String", length(min = 1))]
    #[serde(deserialize_with = "segment")]
    pub resource_group: Option<String>,
    /// The location of `resourceGroup()`, above group scope that of `deployment()`.
    #[schemars(with = "String", length(min = 1))]
    #[serde(deserialize_with = "segment")]
    pub location: Option<String>,
    /// The name of `managementGroup()`.
    #[schemars(with = "String", length(min = 1))]
    #[serde(deserialize_with = "segment")]
    pub management_group: Option<String>,
    /// What `tenant()` is.
    #[schemars(with = "String", length(min = 1))]
    #[serde(deserialize_with = "segment")]
    pub tenant_id: Option<String>,
}

/// The name of a profile or of a choice of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile(pub Choice);

/// The name of a rule of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName(pub &'static str);

/// What a rule's findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Off,
    Hint,
    Information,
    Warning,
    Error,
}

/// A glob, from the folder of the configuration on; one without a slash fits in every folder.
#[derive(Clone, Debug)]
pub struct Pattern {
    written: String,
    matcher: GlobMatcher,
}

/// A glob of templates, as a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateGlob(String);

/// One glob or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Patterns {
    One(Pattern),
    Several(Vec<Pattern>),
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Both counted from 1.
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// What holds for one file.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    pub profile: Option<Choice>,
    /// `None` is off.
    pub severities: BTreeMap<String, Option<Severity>>,
}

impl Config {
    /// Reads the text of a configuration that lies in `folder`.
    pub fn read(text: &str, folder: &Path) -> Result<Config, Fault> {
        let fault = |key: &str, error: &toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let before = &text[..text.floor_char_boundary(at)];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let message = error.message().trim().replace('\n', "; ");
            Fault {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message: if key.is_empty() || key == "." { message } else { format!("{key}: {message}") },
            }
        };
        let reader = toml::Deserializer::parse(text).map_err(|error| fault("", &error))?;
        let config: Config = serde_path_to_error::deserialize(reader)
            .map_err(|error| fault(&error.path().to_string(), error.inner()))?;
        Ok(Config { folder: folder.to_owned(), ..config })
    }

    /// The folder that its globs start from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a file or folder is left out.
    pub fn excludes(&self, path: &Path) -> bool {
        self.exclude.iter().any(|pattern| pattern.fits(&self.folder, path))
    }

    /// What holds for a file.
    pub fn decide(&self, path: &Path) -> Decision {
        let mut decision = Decision { profile: self.profile.map(|profile| profile.0), ..Decision::default() };
        let fitting = self.overrides.iter().filter(|over| over.files.fit(&self.folder, path));
        let fitting: Vec<&Override> = fitting.collect();
        for (rule, level) in self.rules.iter().chain(fitting.iter().flat_map(|over| &over.rules)) {
            decision.severities.insert(rule.0.to_owned(), level.severity());
        }
        if let Some(profile) = fitting.iter().rev().find_map(|over| over.profile) {
            decision.profile = Some(profile.0);
        }
        decision
    }

    /// Globs of parameter files by glob of template, both of absolute paths.
    pub fn pairings(&self) -> Vec<(String, String)> {
        let folder = self.folder.to_string_lossy().replace('\\', "/");
        let folder = globset::escape(folder.trim_end_matches('/'));
        let absolute = |written: &str| format!("{folder}/{written}");
        let mut pairings = Vec::new();
        for (template, files) in &self.parameters {
            pairings.extend(files.iter().map(|file| (absolute(&template.0), absolute(&file.written))));
        }
        pairings
    }

    /// The environment in the words of the analysis.
    pub fn environment(&self) -> input::Environment {
        let written = self.environment.clone();
        input::Environment {
            subscription_id: written.subscription_id,
            resource_group: written.resource_group,
            location: written.location,
            management_group: written.management_group,
            tenant_id: written.tenant_id,
        }
    }

    /// The JSON Schema of the file.
    pub fn schema() -> Schema {
        schemars::schema_for!(Config)
    }
}

impl Level {
    fn severity(self) -> Option<Severity> {
        match self {
            Level::Off => None,
            Level::Hint => Some(Severity::Hint),
            Level::Information => Some(Severity::Information),
            Level::Warning => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }
}

impl Pattern {
    fn new(written: &str) -> Result<Pattern, String> {
        let trimmed = written.trim_start_matches("./").trim_end_matches('/');
        if trimmed.is_empty() || trimmed.starts_with("../") {
            return Err("a glob names files below the folder of the configuration".to_owned());
        }
        let anchored = match trimmed.strip_prefix('/') {
            Some(rooted) => rooted.to_owned(),
            None if trimmed.contains('/') => trimmed.to_owned(),
            None => format!("**/{trimmed}"),
        };
        let glob = GlobBuilder::new(&anchored)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("this is no glob: {}", error.kind()))?;
        Ok(Pattern { written: anchored, matcher: glob.compile_matcher() })
    }

    /// Whether it fits the path or a folder around it.
    fn fits(&self, folder: &Path, path: &Path) -> bool {
        path.strip_prefix(folder).is_ok_and(|relative| {
            relative.ancestors().take_while(|part| *part != Path::new("")).any(|part| self.matcher.is_match(part))
        })
    }
}

impl Patterns {
    fn iter(&self) -> impl Iterator<Item = &Pattern> {
        match self {
            Patterns::One(pattern) => std::slice::from_ref(pattern).iter(),
            Patterns::Several(patterns) => patterns.iter(),
        }
    }

    fn fit(&self, folder: &Path, path: &Path) -> bool {
        self.iter().any(|pattern| pattern.fits(folder, path))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Choice::read(&name).map(Profile).map_err(D::Error::custom)
    }
}

/// A name or id as a piece of resource ids. The error says in words why it can be none.
pub fn id_segment(text: &str) -> Result<String, String> {
    match text {
        _ if text.trim().is_empty() => Err("it is empty; leave it out if it is not known".to_owned()),
        _ if text.contains('/') => Err("it is a whole id; give the name or the last part only".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

fn segment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    id_segment(&Cow::<str>::deserialize(deserializer)?).map(Some).map_err(D::Error::custom)
}

impl<'de> Deserialize<'de> for RuleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RuleName, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        match rules::rule(&name) {
            Some(rule) => Ok(RuleName(rule.name)),
            None => Err(D::Error::custom(format!("there is no rule '{name}'; `backuplint rules` lists them"))),
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        Pattern::new(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for TemplateGlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TemplateGlob, D::Error> {
        Pattern::deserialize(deserializer).map(|pattern| TemplateGlob(pattern.written))
    }
}

impl JsonSchema for Profile {
    fn schema_name() -> Cow<'static, str> {
        "Profile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> =
            ["all", "current"].into_iter().chain(profiles().iter().map(|profile| profile.name)).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "A glob, from the folder of the configuration on; one without a slash fits in every folder."
        })
    }
}

fn rules_schema(generator: &mut SchemaGenerator) -> Schema {
    let level = generator.subschema_for::<Level>();
    let mut properties = serde_json::Map::new();
    for rule in RULES {
        properties.insert(rule.name.to_owned(), serde_json::json!({ "description": rule.summary, "allOf": [level] }));
    }
    json_schema!({
        "type": "object",
        "description": "Severities by rule.",
        "properties": properties,
        "additionalProperties": false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read(text, Path::new("/repo")).map_err(|fault| fault.to_string())
    }

    #[test]
    fn everything_at_once() {
        let config = read(
            r#"
profile = "current"
fail-on = "error"
exclude = ["vendor", "build/*.json"]

[environment]
subscription-id = "0000"
location = "westeurope"

[parameters]
"templates/*.json" = ["env/*.json", "/prod.json"]
"#,
        )
        .unwrap();
        assert_eq!(config.profile.map(|profile| profile.0.to_string()).as_deref(), Some("current"));
        assert_eq!(config.fail_on, Some(Severity::Error));
        assert_eq!(config.environment().location.as_deref(), Some("westeurope"));
        assert_eq!(
            config.pairings(),
            [("/repo/templates/*.json", "/repo/env/*.json"), ("/repo/templates/*.json", "/repo/prod.json")]
                .map(|(template, file)| (template.to_owned(), file.to_owned()))
        );
        assert!(config.excludes(Path::new("/repo/a/vendor/x/y.json")));
        assert!(config.excludes(Path::new("/repo/build/y.json")));
        assert!(!config.excludes(Path::new("/repo/a/build/y.json")));
        assert!(!config.excludes(Path::new("/repo/build/deep/y.json")));
        assert!(!config.excludes(Path::new("/vendor/y.json")));
    }

    #[test]
    fn overrides_by_glob() {
        let config = read(
            "profile = \"all\"\n[[overrides]]\nfiles = \"legacy/**\"\nprofile = \"2019-07\"\n\
             [[overrides]]\nfiles = [\"legacy/new/*.json\"]\nprofile = \"current\"\n",
        )
        .unwrap();
        let profile = |path: &str| config.decide(Path::new(path)).profile.map(|choice| choice.to_string());
        assert_eq!(profile("/repo/main.json").as_deref(), Some("all"));
        assert_eq!(profile("/repo/legacy/main.json").as_deref(), Some("2019-07"));
        assert_eq!(profile("/repo/legacy/new/main.json").as_deref(), Some("current"));
    }

    #[test]
    fn levels_of_rules() {
        for rule in RULES.iter().take(1) {
            let text = format!(
                "[rules]\n{0} = \"off\"\n[[overrides]]\nfiles = \"a\"\nrules = {{ {0} = \"hint\" }}",
                rule.name
            );
            let config = read(&text).unwrap();
            let of = |path: &str| config.decide(Path::new(path)).severities.get(rule.name).copied();
            assert_eq!(of("/repo/main.json"), Some(None));
            assert_eq!(of("/repo/a/main.json"), Some(Some(Severity::Hint)));
        }
    }

    #[test]
    fn faults_name_the_place_and_the_key() {
        let fault = |text: &str| read(text).unwrap_err();
        assert!(
            fault("profil = \"all\"").starts_with("1:1: profil: unknown field `profil`"),
            "{}",
            fault("profil = 1")
        );
        assert!(
            fault("# ü\nprofile = 3").starts_with("2:11: profile: invalid type: integer `3`"),
            "{}",
            fault("\nprofile = 3")
        );
        assert!(
            fault("profile = \"2018\"").starts_with("1:11: profile: there is no such profile"),
            "{}",
            fault("profile = \"2018\"")
        );
        assert!(
            fault("[rules]\nx = \"off\"").starts_with("2:1: rules.x: there is no rule 'x'"),
            "{}",
            fault("[rules]\nx = \"off\"")
        );
        assert!(
            fault("fail-on = \"never\"").starts_with("1:11: fail-on: unknown variant `never`"),
            "{}",
            fault("fail-on = \"never\"")
        );
        assert!(
            fault("exclude = [\"[\"]").starts_with("1:11: exclude[0]: this is no glob"),
            "{}",
            fault("exclude = [\"[\"]")
        );
        assert!(
            fault("[environment]\nsubscription = \"x\"").starts_with("2:1: environment.subscription: unknown field")
        );
        assert!(fault("a = \n").starts_with("1:5: "), "{}", fault("a = \n"));
    }
}
