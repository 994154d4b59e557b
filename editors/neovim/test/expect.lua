-- What must be seen in the editor for each headline failure: the file, the findings with the text they underline, the
-- hover, the fix or the edit by hand, and that the finding is gone afterwards.
return {
  {
    file = 'lock.json',
    findings = { { code = 'backup-rg-locked', severity = 'ERROR', text = '"CanNotDelete"' } },
    hover = { 'AzureBackupRG_westeurope_1', 'UserErrorRpCollectionLimitReached', 'learn.microsoft.com' },
    fixes = { { code = 'backup-rg-locked', title = '^Remove the lock' } },
  },
  {
    file = 'disk.json',
    findings = { { code = 'disk-size-over-backup-limit', severity = 'WARN', text = '8192' } },
    hover = { '8192', '4095', 'UserErrorUnsupportedDiskSize', '2019%-07' },
    fixes = {
      { code = 'disk-size-over-backup-limit', title = '^Make the disk 4095 GiB large' },
      { code = 'disk-size-over-backup-limit', title = "^Follow today's limits only$" },
    },
    edits = { { code = 'disk-size-over-backup-limit', from = '8192', to = '4095' } },
    resource = { at = '"database"', shows = 'VM .*database.*8192 GiB' },
  },
  {
    file = 'policy.json',
    findings = {
      { code = 'instant-rp-count-over-limit', severity = 'ERROR', text = '5' },
      { code = 'standard-policy-multiple-backups-per-day', severity = 'ERROR', text = '^%[.*06:00:00Z.*%]$' },
    },
    hover = { '20 instant restore points', '18', 'UserErrorRpCollectionLimitReached' },
    fixes = {
      { code = 'instant-rp-count-over-limit', title = '^Keep snapshots for 4 days' },
      { code = 'standard-policy-multiple-backups-per-day', title = '^Keep the first run time only' },
    },
    edits = { { code = 'instant-rp-count-over-limit', from = 'Days": 5', to = 'Days": 4' } },
    resource = { at = '"vault/four-a-day"', shows = 'Standard backup policy .*four%-a%-day.*20 instant restore points' },
  },
  {
    file = 'address.json',
    findings = { { code = 'guest-static-ip', severity = 'WARN', text = '#cloud%-config' } },
    hover = { 'netplan', 'DHCP', 'UserErrorGuestAgentStatusUnavailable' },
    edits = { { code = 'guest-static-ip', from = 'dhcp4: no', to = 'dhcp4: yes' } },
    resource = { at = '"nic"', shows = 'Network interface .*nic.*DHCP' },
  },
  {
    -- Findings of a build stand in its source; once that is mended, they stay with the build alone.
    file = 'bicep/main.bicep',
    findings = { { code = 'disk-size-over-backup-limit', severity = 'WARN', text = '8192' } },
    hover = { '8192', '4095', 'UserErrorUnsupportedDiskSize' },
    fixes = { { code = 'disk-size-over-backup-limit', title = '^Make the disk 4095 GiB large' } },
    edits = { { code = 'disk-size-over-backup-limit', from = '8192', to = '4095' } },
  },
}
