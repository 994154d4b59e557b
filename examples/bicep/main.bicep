param location string = 'westeurope'
param vaultName string = 'rsv-files'

@description('Days for which snapshots are kept for instant restore.')
param snapshotDays int = 7
param dataDiskSizeGB int = 8192
param subnetId string

@secure()
param adminPassword string

resource vault 'Microsoft.RecoveryServices/vaults@2024-04-01' = {
  name: vaultName
  location: location
  sku: {
    name: 'RS0'
    tier: 'Standard'
  }
  properties: {
    publicNetworkAccess: 'Enabled'
  }
}

resource policy 'Microsoft.RecoveryServices/vaults/backupPolicies@2024-04-01' = {
  parent: vault
  name: 'every-four-hours'
  properties: {
    backupManagementType: 'AzureIaasVM'
    policyType: 'V2'
    timeZone: 'UTC'
    instantRpRetentionRangeInDays: snapshotDays
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2'
      scheduleRunFrequency: 'Hourly'
      hourlySchedule: {
        interval: 4
        scheduleWindowStartTime: '2026-01-01T08:00:00Z'
        scheduleWindowDuration: 24
      }
    }
    retentionPolicy: {
      retentionPolicyType: 'LongTermRetentionPolicy'
      dailySchedule: {
        retentionTimes: [
          '2026-01-01T08:00:00Z'
        ]
        retentionDuration: {
          count: 30
          durationType: 'Days'
        }
      }
    }
  }
}

resource nicFiles01 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'nic-files01'
  location: location
  properties: {
    ipConfigurations: [
      {
        name: 'primary'
        properties: {
          privateIPAllocationMethod: 'Static'
          privateIPAddress: '10.20.0.10'
          subnet: {
            id: subnetId
          }
        }
      }
    ]
  }
}

resource nicFiles02 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'nic-files02'
  location: location
  properties: {
    ipConfigurations: [
      {
        name: 'primary'
        properties: {
          privateIPAllocationMethod: 'Static'
          privateIPAddress: '10.20.0.11'
          subnet: {
            id: subnetId
          }
        }
      }
    ]
  }
}

resource vmFiles01 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'vm-files01'
  location: location
  properties: {
    hardwareProfile: {
      vmSize: 'Standard_D4s_v5'
    }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        managedDisk: {
          storageAccountType: 'Premium_LRS'
        }
      }
      dataDisks: [
        {
          lun: 0
          createOption: 'Empty'
          diskSizeGB: dataDiskSizeGB
          managedDisk: {
            storageAccountType: 'Premium_LRS'
          }
        }
      ]
    }
    osProfile: {
      computerName: 'vm-files01'
      adminUsername: 'operator'
      adminPassword: adminPassword
      customData: base64(loadTextContent('cloud-init.yaml'))
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: nicFiles01.id
        }
      ]
    }
  }
}

resource vmFiles02 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'vm-files02'
  location: location
  properties: {
    hardwareProfile: {
      vmSize: 'Standard_D4s_v5'
    }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        managedDisk: {
          storageAccountType: 'Premium_LRS'
        }
      }
      dataDisks: [
        {
          lun: 0
          createOption: 'Empty'
          diskSizeGB: 512
          managedDisk: {
            storageAccountType: 'Premium_LRS'
          }
        }
      ]
    }
    osProfile: {
      computerName: 'vm-files02'
      adminUsername: 'operator'
      adminPassword: adminPassword
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: nicFiles02.id
        }
      ]
    }
  }
}

resource itemFiles01 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems@2024-04-01' = {
  name: '${vaultName}/Azure/iaasvmcontainer;iaasvmcontainerv2;${resourceGroup().name};vm-files01/vm;iaasvmcontainerv2;${resourceGroup().name};vm-files01'
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines'
    policyId: policy.id
    sourceResourceId: vmFiles01.id
  }
}

resource itemFiles02 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems@2024-04-01' = {
  name: '${vaultName}/Azure/iaasvmcontainer;iaasvmcontainerv2;${resourceGroup().name};vm-files02/vm;iaasvmcontainerv2;${resourceGroup().name};vm-files02'
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines'
    policyId: policy.id
    sourceResourceId: vmFiles02.id
  }
}

module lockRestorePoints 'modules/lock.bicep' = {
  name: 'lock-restore-points'
  scope: resourceGroup('AzureBackupRG_westeurope_1')
}
