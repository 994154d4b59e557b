//! Rules: what they are, what they see and what they say.
//!
//! A rule is a `static`. It asks the [`Estate`] in the field's words and reports only what holds for every completion
//! of what is unknown. It knows no input format and builds no text of a file.

use crate::model::estate::{Estate, Vm};
use crate::model::{Property, Resource, kinds};
use crate::profile::{Figure, Page, Profile};
use crate::text::Place;
use crate::value::Value;

/// Lists the rules, one module each.
macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules![
    backup_rg_locked,
    subscription_lock_covers_backup_rg,
    vm_rg_locked,
    disk_size_over_backup_limit,
    guest_static_ip,
    static_ip_guest_dhcp_unverified,
    instant_rp_count_over_limit,
    instant_rp_retention_out_of_range,
    standard_policy_multiple_backups_per_day,
    template_evaluation_error,
];

/// One rule of the catalogue.
pub struct Rule {
    /// The bad thing, in kebab case; also the name of its two files.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The severity before what is known of a VM's protection lowers it.
    pub severity: Base,
    /// Codes of Azure Backup that it prevents.
    pub azure_codes: &'static [&'static str],
    /// What its fix does, for the catalogue.
    pub fix: &'static str,
    /// The page, in Markdown.
    pub page: &'static str,
    pub check: fn(&Context, &mut Findings),
}

/// The severity of a rule under the documentation of 2019 and under today's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    pub y2019: Option<Severity>,
    pub today: Option<Severity>,
}

/// How bad it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Style or headroom.
    Hint,
    /// Worth knowing, no failure by itself.
    Information,
    /// The failure follows under a common condition that the code does not show, or today's documentation weakened it.
    Warning,
    /// The documented failure follows from what is written.
    Error,
}

/// What a rule sees.
pub struct Context<'a, 'e> {
    pub estate: &'e Estate,
    /// The VMs that are deployed, which know what was found out of them for another profile.
    pub vms: &'a [Vm<'e>],
    /// The figures to judge by.
    pub profile: &'a Profile,
}

/// What a rule reports of one place.
#[derive(Clone)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// What is wrong, with the value and the limit.
    pub message: String,
    /// When it will fail: "at the first backup".
    pub when: Option<String>,
    /// What to do.
    pub advice: Option<String>,
    pub at: Place,
    pub subject: Subject,
    /// The declaration of that resource.
    pub subject_place: Place,
    /// The path of the property in ARM's words.
    pub path: String,
    /// The path of the attribute in Terraform's words, where the plan's reader knows one.
    pub attribute: Option<String>,
    pub related: Vec<(Place, String)>,
    pub sources: Vec<Source>,
    pub proposals: Vec<Proposal>,
    /// It is only deployed under a condition that is not known.
    pub conditional: bool,
    /// The value at its place is, or is computed from, a secret: nothing of the text there may be shown.
    pub secret: bool,
}

/// The resource that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub kind: String,
    /// The last segment of its name, where it is known and may be shown.
    pub name: Option<String>,
    /// The address in a Terraform plan.
    pub address: Option<String>,
}

/// Where a figure stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub page: Page,
    pub dated: String,
}

/// A change that would make the finding go away, in the words of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What will be done, imperative.
    pub title: String,
    pub applicability: Applicability,
    pub changes: Vec<Change>,
}

/// How freely a proposal may be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Words only.
    Display,
    /// Only when asked for, one by one.
    Unsafe,
    /// Same intent, nothing lost at deployment.
    Safe,
}

/// One change of what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes another literal over the one at the place.
    Set(Place, Literal),
    /// Keeps the first elements of the array at the place, so many.
    Truncate(Place, usize),
    /// Takes the array element or object member at the place away, comma and all.
    Remove(Place),
}

impl Change {
    /// What it changes.
    pub fn place(&self) -> Place {
        let (Change::Set(place, _) | Change::Truncate(place, _) | Change::Remove(place)) = self;
        *place
    }

    /// The same at another place.
    pub fn moved(&self, place: Place) -> Change {
        match self {
            Change::Set(_, literal) => Change::Set(place, literal.clone()),
            Change::Truncate(_, keep) => Change::Truncate(place, *keep),
            Change::Remove(_) => Change::Remove(place),
        }
    }
}

/// A literal that a fix writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Int(i64),
    Text(String),
}

/// Collects what rules report.
#[derive(Default)]
pub struct Findings {
    pub list: Vec<Finding>,
}

impl Findings {
    /// Reports the property of a resource; the returned finding takes the particulars.
    pub fn report(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        property: &Property,
        message: String,
    ) -> &mut Finding {
        let resource = property.resource;
        let mut related: Vec<(Place, String)> = Vec::new();
        if let Some(origin) = property.value.as_ref().and_then(|value| value.origin()) {
            let words = if origin.literal { "the value is used here" } else { "computed from this" };
            related.extend(origin.related().into_iter().map(|place| (place, words.to_owned())));
        }
        // What is computed from a secret tells of it: the rule speaks, the value does not.
        let secret = property.value.as_ref().is_some_and(Value::is_tainted);
        let message = if secret { format!("{} The value is secret.", rule.summary) } else { message };
        self.push(Finding {
            secret,
            subject: Subject::of(resource),
            subject_place: resource.place,
            attribute: resource.attribute(&property.path).map(str::to_owned),
            path: property.path.clone(),
            related,
            conditional: resource.conditional,
            ..Finding::new(rule, severity, property.place, message)
        })
    }

    /// Reports a place of the deployment as a whole; the message must quote no value.
    pub fn report_deployment(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: Place,
        message: String,
    ) -> &mut Finding {
        self.push(Finding::new(rule, severity, place, message))
    }

    fn push(&mut self, finding: Finding) -> &mut Finding {
        self.list.push(finding);
        self.list.last_mut().expect("pushed on the line before")
    }
}

impl Finding {
    /// A finding of the deployment as a whole.
    fn new(rule: &'static Rule, severity: Severity, at: Place, message: String) -> Finding {
        let subject = Subject { kind: kinds::WRITTEN_DEPLOYMENT.to_owned(), name: None, address: None };
        Finding {
            rule,
            severity,
            message,
            when: None,
            advice: None,
            at,
            subject,
            subject_place: at,
            path: String::new(),
            attribute: None,
            related: Vec::new(),
            sources: Vec::new(),
            proposals: Vec::new(),
            conditional: false,
            secret: false,
        }
    }

    pub fn when(&mut self, when: impl Into<String>) -> &mut Finding {
        self.when = Some(when.into());
        self
    }

    pub fn advice(&mut self, advice: impl Into<String>) -> &mut Finding {
        self.advice = Some(advice.into());
        self
    }

    pub fn related(&mut self, place: Place, words: impl Into<String>) -> &mut Finding {
        if place != self.at && !self.related.iter().any(|(other, _)| *other == place) {
            self.related.push((place, words.into()));
        }
        self
    }

    pub fn source<T>(&mut self, figure: &Figure<T>) -> &mut Finding {
        let source = Source { page: figure.source, dated: figure.dated.clone() };
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self
    }

    pub fn propose(
        &mut self,
        title: impl Into<String>,
        applicability: Applicability,
        changes: Vec<Change>,
    ) -> &mut Finding {
        self.proposals.push(Proposal { title: title.into(), applicability, changes });
        self
    }
}

impl Subject {
    pub fn of(resource: &Resource) -> Subject {
        Subject {
            kind: resource.kind.written().to_owned(),
            name: resource.short_name().map(str::to_owned),
            address: resource.address.as_deref().map(str::to_owned),
        }
    }
}

impl Base {
    /// The severity under a profile; `None` where it is not judged.
    pub fn under(self, profile: &Profile) -> Option<Severity> {
        if profile.name == "2019-07" { self.y2019 } else { self.today }
    }
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The rule of that name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
