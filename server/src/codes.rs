//! The error codes of Azure Backup that rules prevent, with what they tell an operator.

/// One error code.
pub struct Code {
    /// As Azure spells it today.
    pub name: &'static str,
    /// Older and other spellings of the same code.
    pub aliases: &'static [&'static str],
    /// What went wrong, in one sentence.
    pub text: &'static str,
}

/// Every code that a rule names.
pub static CODES: &[Code] = &[
    Code {
        name: "UserErrorGuestAgentStatusUnavailable",
        aliases: &[],
        text: "The VM agent cannot communicate with Azure Backup.",
    },
    Code {
        name: "GuestAgentSnapshotTaskStatusError",
        aliases: &[],
        text: "The VM agent does not answer when it is asked for the status of the snapshot.",
    },
    Code {
        name: "UserErrorRpCollectionLimitReached",
        aliases: &[],
        text: "The restore point collection of the VM holds as many points as it may.",
    },
    Code {
        name: "UserErrorKeyvaultPermissionsNotConfigured",
        aliases: &[],
        text: "Azure Backup has no sufficient permission on the key vault of the encrypted VM.",
    },
    Code {
        name: "ExtensionSnapshotFailedNoNetwork",
        aliases: &[],
        text: "The snapshot failed because the VM has no network connection.",
    },
    Code {
        name: "ExtensionOperationFailedForManagedDisks",
        aliases: &["ExtentionOperationFailedForManagedDisks", "ExtentionOperationFailed", "ExtensionOperationFailed"],
        text: "The snapshot extension VMSnapshot failed in the VM.",
    },
    Code { name: "BackUpOperationFailed", aliases: &[], text: "The backup failed with an internal error." },
    Code { name: "BackUpOperationFailedV2", aliases: &[], text: "The backup failed with an internal error." },
    Code {
        name: "UserErrorUnsupportedDiskSize",
        aliases: &[],
        text: "A disk of the VM is larger than Azure Backup supports.",
    },
    Code {
        name: "UserErrorBackupOperationInProgress",
        aliases: &[],
        text: "No backup can start while another one of the same VM is running.",
    },
    Code {
        name: "UserErrorEncryptedVmNotSupportedWithDiskEx",
        aliases: &[],
        text: "Disks of an encrypted VM cannot be excluded from the backup under this policy.",
    },
    Code {
        name: "UserErrorRequestDisallowedByPolicy",
        aliases: &[],
        text: "An Azure Policy assignment forbids what Azure Backup has to create.",
    },
    Code {
        name: "UserErrorVmProvisioningStateFailed",
        aliases: &[],
        text: "The VM is in a failed provisioning state, and no snapshot can be taken of it.",
    },
    Code {
        name: "UserErrorBcmDatasourceNotPresent",
        aliases: &[],
        text: "The VM that is to be backed up cannot be found.",
    },
    Code {
        name: "ExtensionFailedSnapshotLimitReachedError",
        aliases: &[],
        text: "A disk of the VM already has as many snapshots as it may.",
    },
    Code {
        name: "BMSUserErrorInvalidPolicyInput",
        aliases: &[],
        text: "The backup policy holds a value, or a combination of values, that the service refuses.",
    },
];

/// The code of that name or alias; letter case does not matter.
pub fn code(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.spellings().any(|spelling| spelling.eq_ignore_ascii_case(name)))
}

impl Code {
    /// The name and the aliases.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_code() {
        let today = code("ExtensionOperationFailedForManagedDisks").unwrap();
        let seed = code("extentionoperationfailedformanageddisks").unwrap();
        assert_eq!(today.name, seed.name);
        assert!(code("Extension").is_none());
    }

    #[test]
    fn no_spelling_stands_twice() {
        let mut spellings: Vec<String> = CODES.iter().flat_map(Code::spellings).map(str::to_lowercase).collect();
        spellings.sort_unstable();
        assert!(spellings.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
