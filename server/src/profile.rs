//! The dated figures of Microsoft's documentation.
//!
//! Every figure comes from `profiles.json` with the page it stands on and that page's date; one without does not
//! parse. A profile inherits what it does not restate from the one before it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

/// A documented figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure<T> {
    pub value: T,
    pub source: Page,
    /// The date of the page, `yyyy-mm-dd`.
    pub dated: String,
}

/// A page of Microsoft's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    Troubleshooting,
    SupportMatrix,
    EnhancedPolicy,
    InstantRestore,
    Faq,
}

/// The figures of one time.
#[derive(Clone, Debug)]
pub struct Profile {
    /// `2019-07`, `2025-11`, …: the time at which they were in force.
    pub name: &'static str,
    /// The largest disk that is backed up, GiB.
    pub max_disk_gib: Figure<i64>,
    /// The most instant restore points of a VM.
    pub instant_points: Figure<i64>,
    /// Whether that limit is printed for Enhanced policies too.
    pub instant_points_cover_enhanced: Figure<bool>,
    /// Fewest and most days a Standard policy keeps snapshots.
    pub standard_days: Figure<(i64, i64)>,
    /// The days a weekly Standard policy keeps snapshots.
    pub standard_weekly_days: Figure<i64>,
    /// Fewest and most days an Enhanced policy keeps snapshots.
    pub enhanced_days: Option<Figure<(i64, i64)>>,
    /// The same under a weekly schedule.
    pub enhanced_weekly_days: Option<Figure<(i64, i64)>>,
    /// The most days by hours between backups.
    pub enhanced_days_by_interval: Option<Figure<BTreeMap<i64, i64>>>,
    /// Intervals without a documented maximum: the days from which the documented pattern would be exceeded.
    pub enhanced_doubtful_days_by_interval: Option<Figure<BTreeMap<i64, i64>>>,
    /// Fewest days that the vault keeps daily points.
    pub min_daily_retention_days: Option<Figure<i64>>,
    /// Snapshots may not be kept longer than the vault keeps the point.
    pub instant_within_vault_retention: Option<Figure<bool>>,
    /// The service's own group must not be locked.
    pub backup_rg_must_not_be_locked: Figure<bool>,
    /// Whether groups of one's own may be locked.
    pub customer_group_locks: Figure<bool>,
    /// The guest has to take its address from DHCP.
    pub guest_uses_dhcp: Figure<bool>,
    /// Scheduled backups a day under a Standard policy.
    pub standard_backups_per_day: Figure<i64>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Figures {
    max_disk_gib: Option<Figure<i64>>,
    instant_points: Option<Figure<i64>>,
    instant_points_cover_enhanced: Option<Figure<bool>>,
    standard_days: Option<Figure<(i64, i64)>>,
    standard_weekly_days: Option<Figure<i64>>,
    enhanced_days: Option<Figure<(i64, i64)>>,
    enhanced_weekly_days: Option<Figure<(i64, i64)>>,
    enhanced_days_by_interval: Option<Figure<BTreeMap<i64, i64>>>,
    enhanced_doubtful_days_by_interval: Option<Figure<BTreeMap<i64, i64>>>,
    min_daily_retention_days: Option<Figure<i64>>,
    instant_within_vault_retention: Option<Figure<bool>>,
    backup_rg_must_not_be_locked: Option<Figure<bool>>,
    customer_group_locks: Option<Figure<bool>>,
    guest_uses_dhcp: Option<Figure<bool>>,
    standard_backups_per_day: Option<Figure<i64>>,
}

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let written: BTreeMap<String, Figures> =
        serde_json::from_str(include_str!("../profiles.json")).expect("the file is part of the program and tested");
    let mut figures = Figures::default();
    let mut profiles = Vec::new();
    for (name, newer) in written {
        figures = newer.over(figures);
        profiles.push(figures.clone().at(name.leak()).expect("the first profile states every figure it must"));
    }
    profiles
});

/// All profiles, oldest first.
pub fn profiles() -> &'static [Profile] {
    &PROFILES
}

/// The newest profile.
pub fn newest() -> &'static Profile {
    PROFILES.last().expect("profiles.json holds a profile")
}

impl Figures {
    fn over(self, older: Figures) -> Figures {
        Figures {
            max_disk_gib: self.max_disk_gib.or(older.max_disk_gib),
            instant_points: self.instant_points.or(older.instant_points),
            instant_points_cover_enhanced: self.instant_points_cover_enhanced.or(older.instant_points_cover_enhanced),
            standard_days: self.standard_days.or(older.standard_days),
            standard_weekly_days: self.standard_weekly_days.or(older.standard_weekly_days),
            enhanced_days: self.enhanced_days.or(older.enhanced_days),
            enhanced_weekly_days: self.enhanced_weekly_days.or(older.enhanced_weekly_days),
            enhanced_days_by_interval: self.enhanced_days_by_interval.or(older.enhanced_days_by_interval),
            enhanced_doubtful_days_by_interval: self
                .enhanced_doubtful_days_by_interval
                .or(older.enhanced_doubtful_days_by_interval),
            min_daily_retention_days: self.min_daily_retention_days.or(older.min_daily_retention_days),
            instant_within_vault_retention: self
                .instant_within_vault_retention
                .or(older.instant_within_vault_retention),
            backup_rg_must_not_be_locked: self.backup_rg_must_not_be_locked.or(older.backup_rg_must_not_be_locked),
            customer_group_locks: self.customer_group_locks.or(older.customer_group_locks),
            guest_uses_dhcp: self.guest_uses_dhcp.or(older.guest_uses_dhcp),
            standard_backups_per_day: self.standard_backups_per_day.or(older.standard_backups_per_day),
        }
    }

    fn at(self, name: &'static str) -> Option<Profile> {
        Some(Profile {
            name,
            max_disk_gib: self.max_disk_gib?,
            instant_points: self.instant_points?,
            instant_points_cover_enhanced: self.instant_points_cover_enhanced?,
            standard_days: self.standard_days?,
            standard_weekly_days: self.standard_weekly_days?,
            enhanced_days: self.enhanced_days,
            enhanced_weekly_days: self.enhanced_weekly_days,
            enhanced_days_by_interval: self.enhanced_days_by_interval,
            enhanced_doubtful_days_by_interval: self.enhanced_doubtful_days_by_interval,
            min_daily_retention_days: self.min_daily_retention_days,
            instant_within_vault_retention: self.instant_within_vault_retention,
            backup_rg_must_not_be_locked: self.backup_rg_must_not_be_locked?,
            customer_group_locks: self.customer_group_locks?,
            guest_uses_dhcp: self.guest_uses_dhcp?,
            standard_backups_per_day: self.standard_backups_per_day?,
        })
    }
}

impl Page {
    /// Where the page stands today; the dated figure may stand on an older state of it.
    pub fn url(self) -> &'static str {
        match self {
            Page::Troubleshooting => {
                "https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout"
            }
            Page::SupportMatrix => "https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas",
            Page::EnhancedPolicy => "https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy",
            Page::InstantRestore => "https://learn.microsoft.com/azure/backup/backup-instant-restore-capability",
            Page::Faq => "https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq",
        }
    }

    /// The page's subject, for people.
    pub fn title(self) -> &'static str {
        match self {
            Page::Troubleshooting => "Troubleshoot Azure Backup failure",
            Page::SupportMatrix => "Support matrix for Azure VM backup",
            Page::EnhancedPolicy => "Back up an Azure VM using Enhanced policy",
            Page::InstantRestore => "Azure instant restore capability",
            Page::Faq => "Azure VM backup: frequently asked questions",
        }
    }
}

/// Which profiles are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Every profile; what only an older one objects to is at most a warning.
    All,
    /// One profile, at full severity.
    One(&'static str),
}

impl Choice {
    /// `all`, `current` or a profile's name; `Err` lists what there is.
    pub fn read(name: &str) -> Result<Choice, String> {
        match name {
            "all" => Ok(Choice::All),
            "current" => Ok(Choice::One(newest().name)),
            _ => profiles()
                .iter()
                .find(|profile| profile.name == name)
                .map(|profile| Choice::One(profile.name))
                .ok_or_else(|| {
                    let names: Vec<&str> = profiles().iter().map(|profile| profile.name).collect();
                    format!("there is no such profile: choose 'all', 'current' or one of {}", names.join(", "))
                }),
        }
    }

    /// The profiles to check, oldest first.
    pub fn profiles(self) -> impl Iterator<Item = &'static Profile> {
        profiles().iter().filter(move |profile| match self {
            Choice::All => true,
            Choice::One(name) => profile.name == name,
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Choice::All => "all",
            Choice::One(name) if *name == newest().name => "current",
            Choice::One(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_states_its_figures() {
        let names: Vec<&str> = profiles().iter().map(|profile| profile.name).collect();
        assert_eq!(names, ["2019-07", "2025-11", "2026-01"]);
        let limits: Vec<i64> = profiles().iter().map(|profile| profile.max_disk_gib.value).collect();
        assert_eq!(limits, [4095, 32767, 65536]);
        assert!(profiles()[0].enhanced_days.is_none(), "Enhanced policies came later");
        assert_eq!(newest().instant_points.value, 18, "inherited");
    }

    #[test]
    fn choices_are_read_and_printed() {
        assert_eq!(Choice::read("current").map(|choice| choice.to_string()), Ok("current".to_owned()));
        assert_eq!(Choice::read("2019-07").map(|choice| choice.profiles().count()), Ok(1));
        assert!(Choice::read("2019").is_err());
    }
}
