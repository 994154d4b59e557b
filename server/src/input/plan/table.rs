//! Which Terraform resource is which ARM resource, and which attribute which property.
//!
//! Data only: one row per resource type, one line per property. The reader knows no type by name. Attribute paths name
//! nested blocks by `[0]` (a block that stands once), `[*]` (a list of blocks, order kept) or `[?]` (a set, whose order
//! in the plan says nothing about the configuration); the stars of a property's path count along.

use How::*;

/// A resource type of a provider.
pub struct Row {
    pub terraform: &'static str,
    pub arm: &'static str,
    pub form: Form,
    pub properties: &'static [&'static [Property]],
}

/// How the id of a resource is put together, where the plan does not know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// In the resource group that `resource_group_name` names.
    InGroup,
    /// In a subscription, below no group.
    InSubscription,
    ResourceGroup,
    Subscription,
    /// A child of the resource of type `of` that `name` names, in the group that `resource_group_name` names.
    Under {
        of: &'static str,
        name: &'static str,
    },
    /// A child of the resource whose id is in `id`.
    ChildOf {
        of: &'static str,
        id: &'static str,
    },
    /// Applied to the scope whose id is in this attribute.
    On(&'static str),
    /// Applied to the subscription of the provider, unless this attribute holds the id of a management group.
    OnGroupOr(&'static str),
    /// Applied to the tenant.
    OnTenant,
    /// A virtual machine in a vault.
    ProtectedItem,
    /// A part of the resource whose id is in `id`, written as a resource of its own: what it holds belongs there.
    PartOf {
        of: &'static str,
        id: &'static str,
        at: &'static str,
    },
    /// `azapi_resource`: type, name and parent say it.
    Azapi,
    /// `azapi_update_resource`: replaces properties of another resource.
    AzapiUpdate,
    /// Not in Azure Resource Manager; serves links.
    Elsewhere,
}

/// One property and the attribute that it comes from.
pub struct Property {
    pub attribute: &'static str,
    pub arm: &'static str,
    pub how: How,
    pub only: &'static [Only],
    /// What the provider sends where nothing is set and the API would take something else.
    pub default: Option<Default>,
}

/// How a value of Terraform becomes one of ARM. Empty texts, and empty lists, are unset unless this says otherwise.
#[derive(Clone, Copy)]
pub enum How {
    /// As it is.
    Plain,
    /// A number of which 0 says that it is not set.
    Positive,
    /// A list that is also a value when it is empty and the configuration sets it.
    List,
    /// As it is, and never to be shown.
    Secret,
    /// A JSON text that ARM takes as an object.
    Json,
    SecretJson,
    /// The id of a resource of this type, or of any.
    Id(&'static str),
    /// A list of ids, each an object with the id in the member of this name.
    Ids {
        of: &'static str,
        member: &'static str,
    },
    /// A region, which often comes from the group.
    Location,
    /// A list that ARM takes as objects with this member.
    Each(&'static str),
    /// One value that ARM takes as the only item of a list.
    Single,
    /// This text where the attribute is set and not false.
    Mark(&'static str),
    /// True or false where the attribute is set and not false.
    Flag(bool),
    /// This text where the block is there and nothing before says otherwise.
    Text(&'static str),
    /// True where the block is there.
    True,
    /// True and false as texts.
    Switch(&'static str, &'static str),
    /// One text for another; others stay.
    Words(&'static [(&'static str, &'static str)]),
    /// The block itself.
    Block,
    /// `23:00` as a time of day in UTC.
    Time,
    /// Days of a month.
    Dates,
    /// The last day of a month, beside those of [`How::Dates`].
    LastDate,
    /// Custom data of the old virtual machine resource, which plans hold as a digest only.
    Digest,
}

/// A condition on another attribute of the same resource.
#[derive(Clone, Copy)]
pub enum Only {
    Is(&'static str, &'static str),
    /// Set, and neither empty nor false.
    Set(&'static str),
    Unset(&'static str),
}

#[derive(Clone, Copy)]
pub enum Default {
    Text(&'static str),
    False,
}

const fn p(attribute: &'static str, arm: &'static str, how: How) -> Property {
    Property { attribute, arm, how, only: &[], default: None }
}

impl Property {
    const fn only(self, only: &'static [Only]) -> Property {
        Property { only, ..self }
    }

    const fn or(self, text: &'static str) -> Property {
        Property { default: Some(Default::Text(text)), ..self }
    }

    const fn or_false(self) -> Property {
        Property { default: Some(Default::False), ..self }
    }
}

const fn row(
    terraform: &'static str,
    arm: &'static str,
    form: Form,
    properties: &'static [&'static [Property]],
) -> Row {
    Row { terraform, arm, form, properties }
}

pub const GROUP: &str = "Microsoft.Resources/resourceGroups";
pub const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
pub const VAULT: &str = "Microsoft.RecoveryServices/vaults";
pub const VM: &str = "Microsoft.Compute/virtualMachines";
const POLICY: &str = "Microsoft.RecoveryServices/vaults/backupPolicies";
const ITEM: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
const INTENT: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/backupProtectionIntent";
const DISK: &str = "Microsoft.Compute/disks";
const NIC: &str = "Microsoft.Network/networkInterfaces";
const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";
const VNET: &str = "Microsoft.Network/virtualNetworks";
const NSG: &str = "Microsoft.Network/networkSecurityGroups";
const ROUTES: &str = "Microsoft.Network/routeTables";
const NAT: &str = "Microsoft.Network/natGateways";
const PUBLIC_IP: &str = "Microsoft.Network/publicIPAddresses";
const KEY_VAULT: &str = "Microsoft.KeyVault/vaults";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const ASSIGNMENT: &str = "Microsoft.Authorization/policyAssignments";
const DEFINITION: &str = "Microsoft.Authorization/policyDefinitions";
const DEPLOYMENT: &str = "Microsoft.Resources/deployments";
const COLLECTION: &str = "Microsoft.Compute/restorePointCollections";
const ASG: &str = "Microsoft.Network/applicationSecurityGroups";
const MANAGEMENT_GROUP: &str = "Microsoft.Management/managementGroups";

const IN_GROUP: Form = Form::InGroup;

/// The types whose separate resources say that the nested list of their owner is empty and not unknown: type of the
/// part, property of the owner.
pub const EMPTIES: &[(&str, &str)] = &[
    ("azurerm_network_security_rule", "properties.securityRules"),
    ("azurerm_route", "properties.routes"),
    ("azurerm_subnet", "properties.subnets"),
    ("azurerm_key_vault_access_policy", "properties.accessPolicies"),
    ("azurerm_virtual_machine_data_disk_attachment", "properties.storageProfile.dataDisks"),
];

/// Properties inside the body of an azapi resource that hold the id of a resource of one type.
pub const BODY_LINKS: &[(&str, &str, &str)] = &[
    (ITEM, "properties.sourceResourceId", VM),
    (ITEM, "properties.policyId", POLICY),
    (INTENT, "properties.sourceResourceId", VM),
    (INTENT, "properties.itemId", VM),
    (INTENT, "properties.policyId", POLICY),
    (VM, "properties.networkProfile.networkInterfaces[*].id", NIC),
    (VM, "properties.storageProfile.osDisk.managedDisk.id", DISK),
    (VM, "properties.storageProfile.dataDisks[*].managedDisk.id", DISK),
    (NIC, "properties.ipConfigurations[*].properties.subnet.id", SUBNET),
    (NIC, "properties.ipConfigurations[*].properties.publicIPAddress.id", PUBLIC_IP),
    (NIC, "properties.networkSecurityGroup.id", NSG),
    (SUBNET, "properties.networkSecurityGroup.id", NSG),
    (SUBNET, "properties.routeTable.id", ROUTES),
    (SUBNET, "properties.natGateway.id", NAT),
    (COLLECTION, "properties.source.id", VM),
];

/// What `sensitive_body` of an azapi resource may hold, which no plan shows.
pub const HIDDEN_IN_BODY: &[(&str, &str)] = &[
    (VM, "properties.osProfile.customData"),
    ("Microsoft.Compute/virtualMachines/extensions", "properties.protectedSettings"),
];

const LOCATED: &[Property] = &[p("location", "location", Location)];

const TAGGED: &[Property] = &[p("tags", "tags", Plain)];

const VM_COMMON: &[Property] = &[
    p("os_managed_disk_id", "properties.storageProfile.osDisk.managedDisk.id", Id(DISK)),
    p("os_managed_disk_id", "properties.storageProfile.osDisk.createOption", Mark("Attach")),
    p("size", "properties.hardwareProfile.vmSize", Plain),
    p("zone", "zones", Single),
    p("os_disk[0]", "properties.storageProfile.osDisk", Block),
    p("os_disk[0].disk_size_gb", "properties.storageProfile.osDisk.diskSizeGB", Positive),
    p("os_disk[0].storage_account_type", "properties.storageProfile.osDisk.managedDisk.storageAccountType", Plain),
    p("os_disk[0].write_accelerator_enabled", "properties.storageProfile.osDisk.writeAcceleratorEnabled", Plain),
    p("os_disk[0].diff_disk_settings[0]", "properties.storageProfile.osDisk.diffDiskSettings", Block),
    p("os_disk[0].diff_disk_settings[0].option", "properties.storageProfile.osDisk.diffDiskSettings.option", Plain),
    p("os_disk[0].security_encryption_type", "properties.securityProfile.securityType", Mark("ConfidentialVM")),
    p("os_disk[0]", "properties.storageProfile.osDisk.createOption", Text("FromImage")),
    p("source_image_reference[0]", "properties.storageProfile.imageReference", Block),
    p("source_image_reference[0].publisher", "properties.storageProfile.imageReference.publisher", Plain),
    p("source_image_reference[0].offer", "properties.storageProfile.imageReference.offer", Plain),
    p("source_image_reference[0].sku", "properties.storageProfile.imageReference.sku", Plain),
    p("source_image_id", "properties.storageProfile.imageReference.id", Id("")),
    p("allow_extension_operations", "properties.osProfile.allowExtensionOperations", Plain),
    p("custom_data", "properties.osProfile.customData", Secret),
    p("user_data", "properties.userData", Plain),
    p("network_interface_ids", "properties.networkProfile.networkInterfaces", Ids { of: NIC, member: "id" }),
    p("secure_boot_enabled", "properties.securityProfile.securityType", Mark("TrustedLaunch")),
    p("secure_boot_enabled", "properties.securityProfile.uefiSettings.secureBootEnabled", Plain),
    p("vtpm_enabled", "properties.securityProfile.securityType", Mark("TrustedLaunch")),
    p("vtpm_enabled", "properties.securityProfile.uefiSettings.vTpmEnabled", Plain),
    p("encryption_at_host_enabled", "properties.securityProfile.encryptionAtHost", Plain),
    p("additional_capabilities[0].ultra_ssd_enabled", "properties.additionalCapabilities.ultraSSDEnabled", Plain),
    p("virtual_machine_scale_set_id", "properties.virtualMachineScaleSet.id", Id("")),
];

const VM_LINUX: &[Property] = &[
    p("os_disk[0]", "properties.storageProfile.osDisk.osType", Text("Linux")),
    p("provision_vm_agent", "properties.osProfile.linuxConfiguration.provisionVMAgent", Plain),
];

const UNATTEND: &str = "properties.osProfile.windowsConfiguration.additionalUnattendContent[*].content";

const VM_WINDOWS: &[Property] = &[
    p("os_disk[0]", "properties.storageProfile.osDisk.osType", Text("Windows")),
    p("provision_vm_agent", "properties.osProfile.windowsConfiguration.provisionVMAgent", Plain),
    p("additional_unattend_content[*].content", UNATTEND, Secret),
];

const VM_OLD: &[Property] = &[
    p("vm_size", "properties.hardwareProfile.vmSize", Plain),
    p("zones", "zones", Plain),
    p("storage_image_reference[0]", "properties.storageProfile.imageReference", Block),
    p("storage_image_reference[0].id", "properties.storageProfile.imageReference.id", Id("")),
    p("storage_image_reference[0].publisher", "properties.storageProfile.imageReference.publisher", Plain),
    p("storage_image_reference[0].offer", "properties.storageProfile.imageReference.offer", Plain),
    p("storage_image_reference[0].sku", "properties.storageProfile.imageReference.sku", Plain),
    p("storage_os_disk[0]", "properties.storageProfile.osDisk", Block),
    p("storage_os_disk[0].create_option", "properties.storageProfile.osDisk.createOption", Plain),
    p("storage_os_disk[0].os_type", "properties.storageProfile.osDisk.osType", Plain),
    p("storage_os_disk[0].disk_size_gb", "properties.storageProfile.osDisk.diskSizeGB", Positive),
    p("storage_os_disk[0].vhd_uri", "properties.storageProfile.osDisk.vhd.uri", Plain),
    p("storage_os_disk[0].image_uri", "properties.storageProfile.osDisk.image.uri", Plain),
    p("storage_os_disk[0].managed_disk_id", "properties.storageProfile.osDisk.managedDisk.id", Id(DISK)),
    p("storage_os_disk[0].managed_disk_type", "properties.storageProfile.osDisk.managedDisk.storageAccountType", Plain),
    p(
        "storage_os_disk[0].write_accelerator_enabled",
        "properties.storageProfile.osDisk.writeAcceleratorEnabled",
        Plain,
    ),
    p("storage_data_disk[*]", "properties.storageProfile.dataDisks[*]", Block),
    p("storage_data_disk[*].lun", "properties.storageProfile.dataDisks[*].lun", Plain),
    p("storage_data_disk[*].create_option", "properties.storageProfile.dataDisks[*].createOption", Plain),
    p("storage_data_disk[*].disk_size_gb", "properties.storageProfile.dataDisks[*].diskSizeGB", Positive),
    p("storage_data_disk[*].vhd_uri", "properties.storageProfile.dataDisks[*].vhd.uri", Plain),
    p("storage_data_disk[*].managed_disk_id", "properties.storageProfile.dataDisks[*].managedDisk.id", Id(DISK)),
    p(
        "storage_data_disk[*].managed_disk_type",
        "properties.storageProfile.dataDisks[*].managedDisk.storageAccountType",
        Plain,
    ),
    p(
        "storage_data_disk[*].write_accelerator_enabled",
        "properties.storageProfile.dataDisks[*].writeAcceleratorEnabled",
        Plain,
    ),
    p("os_profile[0].custom_data", "properties.osProfile.customData", Digest),
    p("os_profile_windows_config[0]", "properties.osProfile.windowsConfiguration", Block),
    p(
        "os_profile_windows_config[0].provision_vm_agent",
        "properties.osProfile.windowsConfiguration.provisionVMAgent",
        Plain,
    )
    .or_false(),
    p("os_profile_windows_config[0].additional_unattend_config[*].content", UNATTEND, Secret),
    p("os_profile_linux_config[0]", "properties.osProfile.linuxConfiguration", Block),
    p("network_interface_ids", "properties.networkProfile.networkInterfaces", Ids { of: NIC, member: "id" }),
];

const DISK_PROPERTIES: &[Property] = &[
    p("zone", "zones", Single),
    p("storage_account_type", "sku.name", Plain),
    p("create_option", "properties.creationData.createOption", Plain),
    p("source_resource_id", "properties.creationData.sourceResourceId", Id("")),
    p("upload_size_bytes", "properties.creationData.uploadSizeBytes", Positive),
    p("disk_size_gb", "properties.diskSizeGB", Positive),
    p("max_shares", "properties.maxShares", Positive),
    p("os_type", "properties.osType", Plain),
    p("encryption_settings[0]", "properties.encryptionSettingsCollection", Block),
    p("encryption_settings[0]", "properties.encryptionSettingsCollection.enabled", True)
        .only(&[Only::Unset("encryption_settings[0].enabled")]),
    p("encryption_settings[0].enabled", "properties.encryptionSettingsCollection.enabled", Plain),
    p(
        "encryption_settings[0].disk_encryption_key[0].secret_url",
        "properties.encryptionSettingsCollection.encryptionSettings[0].diskEncryptionKey.secretUrl",
        Plain,
    ),
    p(
        "encryption_settings[0].disk_encryption_key[0].source_vault_id",
        "properties.encryptionSettingsCollection.encryptionSettings[0].diskEncryptionKey.sourceVault.id",
        Id(KEY_VAULT),
    ),
    p(
        "encryption_settings[0].key_encryption_key[0].key_url",
        "properties.encryptionSettingsCollection.encryptionSettings[0].keyEncryptionKey.keyUrl",
        Plain,
    ),
    p(
        "encryption_settings[0].key_encryption_key[0].source_vault_id",
        "properties.encryptionSettingsCollection.encryptionSettings[0].keyEncryptionKey.sourceVault.id",
        Id(KEY_VAULT),
    ),
];

/// A data disk as an entry of the virtual machine's own list.
const ATTACHMENT: &[Property] = &[
    p("lun", "lun", Plain),
    p("create_option", "createOption", Plain).or("Attach"),
    p("managed_disk_id", "managedDisk.id", Id(DISK)),
    p("write_accelerator_enabled", "writeAcceleratorEnabled", Plain),
];

const IMPLICIT_DISK: &[Property] = &[
    p("name", "name", Plain),
    p("lun", "lun", Plain),
    p("create_option", "createOption", Plain),
    p("disk_size_gb", "diskSizeGB", Positive),
    p("source_resource_id", "sourceResource.id", Id("")),
    p("write_accelerator_enabled", "writeAcceleratorEnabled", Plain),
];

const EXTENSION: &[Property] = &[
    p("publisher", "properties.publisher", Plain),
    p("type", "properties.type", Plain),
    p("type_handler_version", "properties.typeHandlerVersion", Plain),
    p("auto_upgrade_minor_version", "properties.autoUpgradeMinorVersion", Plain),
    p("automatic_upgrade_enabled", "properties.enableAutomaticUpgrade", Plain),
    p("settings", "properties.settings", Json),
    p("protected_settings", "properties.protectedSettings", SecretJson),
    p("protected_settings_from_key_vault[0]", "properties.protectedSettingsFromKeyVault", Block),
    p(
        "protected_settings_from_key_vault[0].source_vault_id",
        "properties.protectedSettingsFromKeyVault.sourceVault.id",
        Id(KEY_VAULT),
    ),
];

const RUN_COMMAND: &[Property] = &[
    p("source[0]", "properties.source", Block),
    p("source[0].script", "properties.source.script", Plain),
    p("source[0].script_uri", "properties.source.scriptUri", Secret),
    p("source[0].command_id", "properties.source.commandId", Plain),
];

const NIC_PROPERTIES: &[Property] = &[
    p("ip_configuration[*]", "properties.ipConfigurations[*]", Block),
    p("ip_configuration[*].name", "properties.ipConfigurations[*].name", Plain),
    p(
        "ip_configuration[*].private_ip_address_allocation",
        "properties.ipConfigurations[*].properties.privateIPAllocationMethod",
        Plain,
    ),
    p("ip_configuration[*].private_ip_address", "properties.ipConfigurations[*].properties.privateIPAddress", Plain),
    p("ip_configuration[*].primary", "properties.ipConfigurations[*].properties.primary", Plain),
    p("ip_configuration[*].subnet_id", "properties.ipConfigurations[*].properties.subnet.id", Id(SUBNET)),
    p(
        "ip_configuration[*].public_ip_address_id",
        "properties.ipConfigurations[*].properties.publicIPAddress.id",
        Id(PUBLIC_IP),
    ),
    p("dns_servers", "properties.dnsSettings.dnsServers", Plain),
];

const ENHANCED: Only = Only::Is("policy_type", "V2");
const STANDARD: Only = Only::Is("policy_type", "V1");
const DAILY: Only = Only::Is("backup[0].frequency", "Daily");
const WEEKLY: Only = Only::Is("backup[0].frequency", "Weekly");
const HOURLY: Only = Only::Is("backup[0].frequency", "Hourly");

const SCHEDULE: &[Property] = &[
    p("", "properties.backupManagementType", Text("AzureIaasVM")),
    p("policy_type", "properties.policyType", Plain).or("V1"),
    p("timezone", "properties.timeZone", Plain).or("UTC"),
    p("instant_restore_retention_days", "properties.instantRpRetentionRangeInDays", Positive),
    p("instant_restore_resource_group[0]", "properties.instantRPDetails", Block),
    p("instant_restore_resource_group[0].prefix", "properties.instantRPDetails.azureBackupRGNamePrefix", Plain),
    p("instant_restore_resource_group[0].suffix", "properties.instantRPDetails.azureBackupRGNameSuffix", Plain),
    p("consistency_type", "properties.snapshotConsistencyType", Plain),
    p("backup[0]", "properties.schedulePolicy", Block),
    p(
        "policy_type",
        "properties.schedulePolicy.schedulePolicyType",
        Words(&[("V1", "SimpleSchedulePolicy"), ("V2", "SimpleSchedulePolicyV2")]),
    )
    .or("SimpleSchedulePolicy"),
    p("backup[0].frequency", "properties.schedulePolicy.scheduleRunFrequency", Plain),
    p("backup[0].time", "properties.schedulePolicy.scheduleRunTimes[0]", Time).only(&[STANDARD]),
    p("backup[0].weekdays", "properties.schedulePolicy.scheduleRunDays", List).only(&[STANDARD]),
    p("backup[0]", "properties.schedulePolicy.dailySchedule", Block).only(&[ENHANCED, DAILY]),
    p("backup[0].time", "properties.schedulePolicy.dailySchedule.scheduleRunTimes[0]", Time).only(&[ENHANCED, DAILY]),
    p("backup[0]", "properties.schedulePolicy.weeklySchedule", Block).only(&[ENHANCED, WEEKLY]),
    p("backup[0].time", "properties.schedulePolicy.weeklySchedule.scheduleRunTimes[0]", Time).only(&[ENHANCED, WEEKLY]),
    p("backup[0].weekdays", "properties.schedulePolicy.weeklySchedule.scheduleRunDays", List).only(&[ENHANCED, WEEKLY]),
    p("backup[0]", "properties.schedulePolicy.hourlySchedule", Block).only(&[ENHANCED, HOURLY]),
    p("backup[0].hour_interval", "properties.schedulePolicy.hourlySchedule.interval", Positive)
        .only(&[ENHANCED, HOURLY]),
    p("backup[0].hour_duration", "properties.schedulePolicy.hourlySchedule.scheduleWindowDuration", Positive)
        .only(&[ENHANCED, HOURLY]),
    p("backup[0].time", "properties.schedulePolicy.hourlySchedule.scheduleWindowStartTime", Time)
        .only(&[ENHANCED, HOURLY]),
];

const RETENTION: &[Property] = &[
    p("", "properties.retentionPolicy.retentionPolicyType", Text("LongTermRetentionPolicy")),
    p("retention_daily[0]", "properties.retentionPolicy.dailySchedule", Block),
    p("retention_daily[0].count", "properties.retentionPolicy.dailySchedule.retentionDuration.count", Plain),
    p("retention_daily[0]", "properties.retentionPolicy.dailySchedule.retentionDuration.durationType", Text("Days")),
    p("backup[0].time", "properties.retentionPolicy.dailySchedule.retentionTimes[0]", Time)
        .only(&[Only::Set("retention_daily")]),
    p("retention_weekly[0]", "properties.retentionPolicy.weeklySchedule", Block),
    p("retention_weekly[0].count", "properties.retentionPolicy.weeklySchedule.retentionDuration.count", Plain),
    p("retention_weekly[0]", "properties.retentionPolicy.weeklySchedule.retentionDuration.durationType", Text("Weeks")),
    p("retention_weekly[0].weekdays", "properties.retentionPolicy.weeklySchedule.daysOfTheWeek", List),
    p("backup[0].time", "properties.retentionPolicy.weeklySchedule.retentionTimes[0]", Time)
        .only(&[Only::Set("retention_weekly")]),
    p("retention_monthly[0]", "properties.retentionPolicy.monthlySchedule", Block),
    p("retention_monthly[0].count", "properties.retentionPolicy.monthlySchedule.retentionDuration.count", Plain),
    p(
        "retention_monthly[0]",
        "properties.retentionPolicy.monthlySchedule.retentionDuration.durationType",
        Text("Months"),
    ),
    p("backup[0].time", "properties.retentionPolicy.monthlySchedule.retentionTimes[0]", Time)
        .only(&[Only::Set("retention_monthly")]),
    p(
        "retention_monthly[0].weekdays",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleFormatType",
        Mark("Weekly"),
    )
    .only(&[Only::Unset("retention_monthly[0].days"), Only::Unset("retention_monthly[0].include_last_days")]),
    p(
        "retention_monthly[0].weekdays",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleWeekly.daysOfTheWeek",
        List,
    ),
    p(
        "retention_monthly[0].weeks",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleWeekly.weeksOfTheMonth",
        List,
    ),
    p(
        "retention_monthly[0].days",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleFormatType",
        Mark("Daily"),
    ),
    p(
        "retention_monthly[0].include_last_days",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleFormatType",
        Mark("Daily"),
    )
    .only(&[Only::Unset("retention_monthly[0].days")]),
    p(
        "retention_monthly[0].days",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleDaily.daysOfTheMonth",
        Dates,
    ),
    p(
        "retention_monthly[0].include_last_days",
        "properties.retentionPolicy.monthlySchedule.retentionScheduleDaily.daysOfTheMonth",
        LastDate,
    ),
    p("retention_yearly[0]", "properties.retentionPolicy.yearlySchedule", Block),
    p("retention_yearly[0].count", "properties.retentionPolicy.yearlySchedule.retentionDuration.count", Plain),
    p("retention_yearly[0]", "properties.retentionPolicy.yearlySchedule.retentionDuration.durationType", Text("Years")),
    p("backup[0].time", "properties.retentionPolicy.yearlySchedule.retentionTimes[0]", Time)
        .only(&[Only::Set("retention_yearly")]),
    p("retention_yearly[0].months", "properties.retentionPolicy.yearlySchedule.monthsOfYear", List),
    p(
        "retention_yearly[0].weekdays",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleFormatType",
        Mark("Weekly"),
    )
    .only(&[Only::Unset("retention_yearly[0].days"), Only::Unset("retention_yearly[0].include_last_days")]),
    p(
        "retention_yearly[0].weekdays",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleWeekly.daysOfTheWeek",
        List,
    ),
    p(
        "retention_yearly[0].weeks",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleWeekly.weeksOfTheMonth",
        List,
    ),
    p(
        "retention_yearly[0].days",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleFormatType",
        Mark("Daily"),
    ),
    p(
        "retention_yearly[0].include_last_days",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleFormatType",
        Mark("Daily"),
    )
    .only(&[Only::Unset("retention_yearly[0].days")]),
    p(
        "retention_yearly[0].days",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleDaily.daysOfTheMonth",
        Dates,
    ),
    p(
        "retention_yearly[0].include_last_days",
        "properties.retentionPolicy.yearlySchedule.retentionScheduleDaily.daysOfTheMonth",
        LastDate,
    ),
    p("tiering_policy[0].archived_restore_point[0]", "properties.tieringPolicy.ArchivedRP", Block),
    p("tiering_policy[0].archived_restore_point[0].mode", "properties.tieringPolicy.ArchivedRP.tieringMode", Plain),
    p("tiering_policy[0].archived_restore_point[0].duration", "properties.tieringPolicy.ArchivedRP.duration", Positive),
    p(
        "tiering_policy[0].archived_restore_point[0].duration_type",
        "properties.tieringPolicy.ArchivedRP.durationType",
        Plain,
    ),
];

const EXCLUSION: &str = "properties.extendedProperties.diskExclusionProperties.diskLunList";
const INCLUSION: &str = "properties.extendedProperties.diskExclusionProperties.isInclusionList";

const ITEM_PROPERTIES: &[Property] = &[
    // The version that azurerm 5.2 still sends.
    p("", "apiVersion", Text("2023-02-01")),
    p("", "properties.protectedItemType", Text("Microsoft.Compute/virtualMachines")),
    p("source_vm_id", "properties.sourceResourceId", Id(VM)),
    p("backup_policy_id", "properties.policyId", Id(POLICY)),
    p("protection_state", "properties.protectionState", Plain),
    p("exclude_disk_luns", EXCLUSION, Plain),
    p("exclude_disk_luns", INCLUSION, Flag(false)),
    p("include_disk_luns", EXCLUSION, Plain),
    p("include_disk_luns", INCLUSION, Flag(true)),
];

const ASSIGNMENT_PROPERTIES: &[Property] = &[
    p("policy_definition_id", "properties.policyDefinitionId", Id("")),
    p("parameters", "properties.parameters", Json),
    p("enforce", "properties.enforcementMode", Switch("Default", "DoNotEnforce")),
    p("not_scopes", "properties.notScopes", Plain),
    p("display_name", "properties.displayName", Plain),
];

const TEMPLATE: &[Property] = &[
    p("deployment_mode", "properties.mode", Plain),
    p("template_content", "properties.templateText", Plain),
    p("parameters_content", "properties.parametersText", Plain),
    p("template_spec_version_id", "properties.templateLink.id", Id("")),
];

/// A rule of a network security group, below the properties' path of the rule.
const SECURITY_RULE: &[Property] = &[
    p("priority", "properties.priority", Plain),
    p("direction", "properties.direction", Plain),
    p("access", "properties.access", Plain),
    p("protocol", "properties.protocol", Plain),
    p("source_address_prefix", "properties.sourceAddressPrefix", Plain),
    p("source_address_prefixes", "properties.sourceAddressPrefixes", Plain),
    p("source_port_range", "properties.sourcePortRange", Plain),
    p("source_port_ranges", "properties.sourcePortRanges", Plain),
    p(
        "source_application_security_group_ids",
        "properties.sourceApplicationSecurityGroups",
        Ids { of: ASG, member: "id" },
    ),
    p("destination_address_prefix", "properties.destinationAddressPrefix", Plain),
    p("destination_address_prefixes", "properties.destinationAddressPrefixes", Plain),
    p("destination_port_range", "properties.destinationPortRange", Plain),
    p("destination_port_ranges", "properties.destinationPortRanges", Plain),
    p(
        "destination_application_security_group_ids",
        "properties.destinationApplicationSecurityGroups",
        Ids { of: ASG, member: "id" },
    ),
];

const NESTED_SECURITY_RULE: &[Property] = &[
    p("security_rule[?]", "properties.securityRules[*]", Block),
    p("security_rule[?].name", "properties.securityRules[*].name", Plain),
    p("security_rule[?].priority", "properties.securityRules[*].properties.priority", Plain),
    p("security_rule[?].direction", "properties.securityRules[*].properties.direction", Plain),
    p("security_rule[?].access", "properties.securityRules[*].properties.access", Plain),
    p("security_rule[?].protocol", "properties.securityRules[*].properties.protocol", Plain),
    p("security_rule[?].source_address_prefix", "properties.securityRules[*].properties.sourceAddressPrefix", Plain),
    p(
        "security_rule[?].source_address_prefixes",
        "properties.securityRules[*].properties.sourceAddressPrefixes",
        Plain,
    ),
    p("security_rule[?].source_port_range", "properties.securityRules[*].properties.sourcePortRange", Plain),
    p("security_rule[?].source_port_ranges", "properties.securityRules[*].properties.sourcePortRanges", Plain),
    p(
        "security_rule[?].source_application_security_group_ids",
        "properties.securityRules[*].properties.sourceApplicationSecurityGroups",
        Ids { of: ASG, member: "id" },
    ),
    p(
        "security_rule[?].destination_address_prefix",
        "properties.securityRules[*].properties.destinationAddressPrefix",
        Plain,
    ),
    p(
        "security_rule[?].destination_address_prefixes",
        "properties.securityRules[*].properties.destinationAddressPrefixes",
        Plain,
    ),
    p("security_rule[?].destination_port_range", "properties.securityRules[*].properties.destinationPortRange", Plain),
    p(
        "security_rule[?].destination_port_ranges",
        "properties.securityRules[*].properties.destinationPortRanges",
        Plain,
    ),
    p(
        "security_rule[?].destination_application_security_group_ids",
        "properties.securityRules[*].properties.destinationApplicationSecurityGroups",
        Ids { of: ASG, member: "id" },
    ),
];

const ROUTE: &[Property] = &[
    p("address_prefix", "properties.addressPrefix", Plain),
    p("next_hop_type", "properties.nextHopType", Plain),
    p("next_hop_in_ip_address", "properties.nextHopIpAddress", Plain),
];

const NESTED_ROUTE: &[Property] = &[
    p("route[?]", "properties.routes[*]", Block),
    p("route[?].name", "properties.routes[*].name", Plain),
    p("route[?].address_prefix", "properties.routes[*].properties.addressPrefix", Plain),
    p("route[?].next_hop_type", "properties.routes[*].properties.nextHopType", Plain),
    p("route[?].next_hop_in_ip_address", "properties.routes[*].properties.nextHopIpAddress", Plain),
    p("disable_bgp_route_propagation", "properties.disableBgpRoutePropagation", Plain),
];

const SUBNET_PROPERTIES: &[Property] = &[
    p("address_prefixes", "properties.addressPrefixes", Plain),
    p("default_outbound_access_enabled", "properties.defaultOutboundAccess", Plain),
    p("service_endpoints", "properties.serviceEndpoints", Each("service")),
    p("service_endpoint[?].service", "properties.serviceEndpoints[*].service", Plain),
];

const VNET_PROPERTIES: &[Property] = &[
    p("address_space", "properties.addressSpace.addressPrefixes", Plain),
    p("dns_servers", "properties.dhcpOptions.dnsServers", Plain),
    p("subnet[?]", "properties.subnets[*]", Block),
    p("subnet[?].name", "properties.subnets[*].name", Plain),
    p("subnet[?].address_prefixes", "properties.subnets[*].properties.addressPrefixes", Plain),
    p("subnet[?].address_prefix", "properties.subnets[*].properties.addressPrefix", Plain),
    p("subnet[?].security_group", "properties.subnets[*].properties.networkSecurityGroup.id", Id(NSG)),
    p("subnet[?].route_table_id", "properties.subnets[*].properties.routeTable.id", Id(ROUTES)),
    p("subnet[?].service_endpoints", "properties.subnets[*].properties.serviceEndpoints", Each("service")),
    p("subnet[?].service_endpoint[?].service", "properties.subnets[*].properties.serviceEndpoints[*].service", Plain),
    p("subnet[?].default_outbound_access_enabled", "properties.subnets[*].properties.defaultOutboundAccess", Plain),
];

/// One entry of a vault's access policies.
const ACCESS_POLICY: &[Property] = &[
    p("tenant_id", "tenantId", Plain),
    p("object_id", "objectId", Plain),
    p("application_id", "applicationId", Plain),
    p("key_permissions", "permissions.keys", Plain),
    p("secret_permissions", "permissions.secrets", Plain),
];

const KEY_VAULT_PROPERTIES: &[Property] = &[
    p("tenant_id", "properties.tenantId", Plain),
    p("sku_name", "properties.sku.name", Plain),
    p("vault_uri", "properties.vaultUri", Plain),
    p("rbac_authorization_enabled", "properties.enableRbacAuthorization", Plain),
    p("enable_rbac_authorization", "properties.enableRbacAuthorization", Plain),
    p("enabled_for_disk_encryption", "properties.enabledForDiskEncryption", Plain),
    p("public_network_access_enabled", "properties.publicNetworkAccess", Switch("Enabled", "Disabled")),
    p("access_policy[*]", "properties.accessPolicies[*]", Block),
    p("access_policy[*].tenant_id", "properties.accessPolicies[*].tenantId", Plain),
    p("access_policy[*].object_id", "properties.accessPolicies[*].objectId", Plain),
    p("access_policy[*].application_id", "properties.accessPolicies[*].applicationId", Plain),
    p("access_policy[*].key_permissions", "properties.accessPolicies[*].permissions.keys", Plain),
    p("access_policy[*].secret_permissions", "properties.accessPolicies[*].permissions.secrets", Plain),
    p("network_acls[0]", "properties.networkAcls", Block),
    p("network_acls[0].bypass", "properties.networkAcls.bypass", Plain),
    p("network_acls[0].default_action", "properties.networkAcls.defaultAction", Plain),
    p("network_acls[0].ip_rules", "properties.networkAcls.ipRules", Each("value")),
];

const STORAGE_PROPERTIES: &[Property] = &[
    p("public_network_access_enabled", "properties.publicNetworkAccess", Switch("Enabled", "Disabled")),
    p("network_rules[0]", "properties.networkAcls", Block),
    p("network_rules[0].default_action", "properties.networkAcls.defaultAction", Plain),
    p("network_rules[0].bypass", "properties.networkAcls.bypass", Plain),
];

/// All types, sorted by nothing but subject.
pub const ROWS: &[Row] = &[
    row("azurerm_resource_group", GROUP, Form::ResourceGroup, &[LOCATED]),
    row("azurerm_subscription", SUBSCRIPTION, Form::Subscription, &[]),
    row(
        "azurerm_management_lock",
        "Microsoft.Authorization/locks",
        Form::On("scope"),
        &[&[p("lock_level", "properties.level", Plain), p("notes", "properties.notes", Plain)]],
    ),
    row("azurerm_recovery_services_vault", VAULT, IN_GROUP, &[LOCATED, &[p("sku", "sku.name", Plain)]]),
    row(
        "azurerm_backup_policy_vm",
        POLICY,
        Form::Under { of: VAULT, name: "recovery_vault_name" },
        &[SCHEDULE, RETENTION],
    ),
    row("azurerm_backup_protected_vm", ITEM, Form::ProtectedItem, &[ITEM_PROPERTIES]),
    row("azurerm_linux_virtual_machine", VM, IN_GROUP, &[LOCATED, TAGGED, VM_COMMON, VM_LINUX]),
    row("azurerm_windows_virtual_machine", VM, IN_GROUP, &[LOCATED, TAGGED, VM_COMMON, VM_WINDOWS]),
    row("azurerm_virtual_machine", VM, IN_GROUP, &[LOCATED, TAGGED, VM_OLD]),
    row("azurerm_managed_disk", DISK, IN_GROUP, &[LOCATED, DISK_PROPERTIES]),
    row(
        "azurerm_virtual_machine_data_disk_attachment",
        "Microsoft.Compute/virtualMachines/dataDisks",
        Form::PartOf { of: VM, id: "virtual_machine_id", at: "properties.storageProfile.dataDisks[]" },
        &[ATTACHMENT],
    ),
    row(
        "azurerm_virtual_machine_implicit_data_disk_from_source",
        "Microsoft.Compute/virtualMachines/dataDisks",
        Form::PartOf { of: VM, id: "virtual_machine_id", at: "properties.storageProfile.dataDisks[]" },
        &[IMPLICIT_DISK],
    ),
    row(
        "azurerm_virtual_machine_extension",
        "Microsoft.Compute/virtualMachines/extensions",
        Form::ChildOf { of: VM, id: "virtual_machine_id" },
        &[EXTENSION],
    ),
    row(
        "azurerm_virtual_machine_run_command",
        "Microsoft.Compute/virtualMachines/runCommands",
        Form::ChildOf { of: VM, id: "virtual_machine_id" },
        &[LOCATED, RUN_COMMAND],
    ),
    row(
        "azurerm_virtual_machine_restore_point_collection",
        COLLECTION,
        IN_GROUP,
        &[LOCATED, &[p("source_virtual_machine_id", "properties.source.id", Id(VM))]],
    ),
    row(
        "azurerm_restore_point_collection",
        COLLECTION,
        IN_GROUP,
        &[LOCATED, &[p("source_virtual_machine_id", "properties.source.id", Id(VM))]],
    ),
    row("azurerm_network_interface", NIC, IN_GROUP, &[LOCATED, NIC_PROPERTIES]),
    row(
        "azurerm_management_group_policy_assignment",
        ASSIGNMENT,
        Form::On("management_group_id"),
        &[ASSIGNMENT_PROPERTIES],
    ),
    row("azurerm_subscription_policy_assignment", ASSIGNMENT, Form::On("subscription_id"), &[ASSIGNMENT_PROPERTIES]),
    row(
        "azurerm_resource_group_policy_assignment",
        ASSIGNMENT,
        Form::On("resource_group_id"),
        &[ASSIGNMENT_PROPERTIES],
    ),
    row("azurerm_resource_policy_assignment", ASSIGNMENT, Form::On("resource_id"), &[ASSIGNMENT_PROPERTIES]),
    row(
        "azurerm_policy_definition",
        DEFINITION,
        Form::OnGroupOr("management_group_id"),
        &[&[
            p("policy_rule", "properties.policyRule", Json),
            p("parameters", "properties.parameters", Json),
            p("mode", "properties.mode", Plain),
        ]],
    ),
    row("azurerm_resource_group_template_deployment", DEPLOYMENT, IN_GROUP, &[TEMPLATE]),
    row("azurerm_subscription_template_deployment", DEPLOYMENT, Form::InSubscription, &[LOCATED, TEMPLATE]),
    row(
        "azurerm_management_group_template_deployment",
        DEPLOYMENT,
        Form::On("management_group_id"),
        &[LOCATED, TEMPLATE],
    ),
    row("azurerm_tenant_template_deployment", DEPLOYMENT, Form::OnTenant, &[LOCATED, TEMPLATE]),
    row("azurerm_virtual_network", VNET, IN_GROUP, &[LOCATED, VNET_PROPERTIES]),
    row("azurerm_subnet", SUBNET, Form::Under { of: VNET, name: "virtual_network_name" }, &[SUBNET_PROPERTIES]),
    row(
        "azurerm_subnet_network_security_group_association",
        "",
        Form::PartOf { of: SUBNET, id: "subnet_id", at: "properties.networkSecurityGroup" },
        &[&[p("network_security_group_id", "id", Id(NSG))]],
    ),
    row(
        "azurerm_subnet_route_table_association",
        "",
        Form::PartOf { of: SUBNET, id: "subnet_id", at: "properties.routeTable" },
        &[&[p("route_table_id", "id", Id(ROUTES))]],
    ),
    row(
        "azurerm_subnet_nat_gateway_association",
        "",
        Form::PartOf { of: SUBNET, id: "subnet_id", at: "properties.natGateway" },
        &[&[p("nat_gateway_id", "id", Id(NAT))]],
    ),
    row(
        "azurerm_network_interface_security_group_association",
        "",
        Form::PartOf { of: NIC, id: "network_interface_id", at: "properties.networkSecurityGroup" },
        &[&[p("network_security_group_id", "id", Id(NSG))]],
    ),
    row("azurerm_network_security_group", NSG, IN_GROUP, &[LOCATED, NESTED_SECURITY_RULE]),
    row(
        "azurerm_network_security_rule",
        "Microsoft.Network/networkSecurityGroups/securityRules",
        Form::Under { of: NSG, name: "network_security_group_name" },
        &[SECURITY_RULE],
    ),
    row("azurerm_route_table", ROUTES, IN_GROUP, &[LOCATED, NESTED_ROUTE]),
    row(
        "azurerm_route",
        "Microsoft.Network/routeTables/routes",
        Form::Under { of: ROUTES, name: "route_table_name" },
        &[ROUTE],
    ),
    row("azurerm_nat_gateway", NAT, IN_GROUP, &[LOCATED, &[p("sku_name", "sku.name", Plain)]]),
    row(
        "azurerm_public_ip",
        PUBLIC_IP,
        IN_GROUP,
        &[
            LOCATED,
            &[
                p("sku", "sku.name", Plain),
                p("allocation_method", "properties.publicIPAllocationMethod", Plain),
                p("ip_address", "properties.ipAddress", Plain),
            ],
        ],
    ),
    row("azurerm_application_security_group", ASG, IN_GROUP, &[LOCATED]),
    row("azurerm_key_vault", KEY_VAULT, IN_GROUP, &[LOCATED, KEY_VAULT_PROPERTIES]),
    row(
        "azurerm_key_vault_access_policy",
        "Microsoft.KeyVault/vaults/accessPolicies",
        Form::PartOf { of: KEY_VAULT, id: "key_vault_id", at: "properties.accessPolicies[]" },
        &[ACCESS_POLICY],
    ),
    row(
        "azurerm_role_assignment",
        "Microsoft.Authorization/roleAssignments",
        Form::On("scope"),
        &[&[
            p("role_definition_name", "properties.roleDefinitionName", Plain),
            p("role_definition_id", "properties.roleDefinitionId", Plain),
            p("principal_id", "properties.principalId", Plain),
        ]],
    ),
    row("azurerm_storage_account", STORAGE, IN_GROUP, &[LOCATED, STORAGE_PROPERTIES]),
    row(
        "azurerm_storage_account_network_rules",
        "",
        Form::PartOf { of: STORAGE, id: "storage_account_id", at: "properties.networkAcls" },
        &[&[p("default_action", "defaultAction", Plain), p("bypass", "bypass", Plain)]],
    ),
    row("azurerm_management_group", MANAGEMENT_GROUP, Form::OnTenant, &[]),
    row("azurerm_availability_set", "Microsoft.Compute/availabilitySets", IN_GROUP, &[LOCATED]),
    row("azurerm_disk_encryption_set", "Microsoft.Compute/diskEncryptionSets", IN_GROUP, &[LOCATED]),
    row("azurerm_snapshot", "Microsoft.Compute/snapshots", IN_GROUP, &[LOCATED]),
    row("azurerm_image", "Microsoft.Compute/images", IN_GROUP, &[LOCATED]),
    row("azurerm_lb", "Microsoft.Network/loadBalancers", IN_GROUP, &[LOCATED]),
    row("azurerm_firewall", "Microsoft.Network/azureFirewalls", IN_GROUP, &[LOCATED]),
    row("azurerm_bastion_host", "Microsoft.Network/bastionHosts", IN_GROUP, &[LOCATED]),
    row("azurerm_private_dns_zone", "Microsoft.Network/privateDnsZones", IN_GROUP, &[]),
    row("azurerm_dns_zone", "Microsoft.Network/dnsZones", IN_GROUP, &[]),
    row("azurerm_log_analytics_workspace", "Microsoft.OperationalInsights/workspaces", IN_GROUP, &[LOCATED]),
    row("azurerm_kubernetes_cluster", "Microsoft.ContainerService/managedClusters", IN_GROUP, &[LOCATED]),
    row("azurerm_mssql_server", "Microsoft.Sql/servers", IN_GROUP, &[LOCATED]),
    row("azurerm_data_protection_backup_vault", "Microsoft.DataProtection/backupVaults", IN_GROUP, &[LOCATED]),
    row(
        "azuread_service_principal",
        "Microsoft.Graph/servicePrincipals",
        Form::Elsewhere,
        &[&[
            p("client_id", "properties.appId", Plain),
            p("application_id", "properties.appId", Plain),
            p("object_id", "properties.objectId", Plain),
            p("display_name", "properties.displayName", Plain),
        ]],
    ),
    row("azapi_resource", "", Form::Azapi, &[LOCATED, TAGGED]),
    row("azapi_update_resource", "", Form::AzapiUpdate, &[]),
];
